//! Watches the terminal's certificate: tells staff at 60, 14 and 3 days before its end, and takes over a renewed file
//! without a restart.

use std::sync::Arc;
use std::time::Duration;

use central::{CentralClient, RenewalWatch, certificate_status};
use tokio::sync::{mpsc, watch};

use crate::clock::TrustedClock;
use crate::config::Config;
use crate::engine::Message;
use crate::materials;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(3600);

/// What the watch works with.
pub(crate) struct Renewal {
    /// The client that uses the certificate.
    pub(crate) client: Arc<CentralClient>,
    /// Settings, with the file's place.
    pub(crate) config: Config,
    /// Time.
    pub(crate) clock: Arc<TrustedClock>,
    /// The engine, for alerts.
    pub(crate) engine: mpsc::Sender<Message>,
}

/// What the client works with: when its certificate ends, and the revocation lists as they were read. A list that the site fetched anew
/// has to count at once, since one that is out of date vouches for nobody.
#[derive(PartialEq)]
struct InUse {
    ends: i64,
    lists: Vec<Vec<u8>>,
}

/// Works until `stop` says so.
pub(crate) async fn watch(renewal: Renewal, mut stop: watch::Receiver<bool>) {
    let mut told = RenewalWatch::default();
    let mut in_use = None;
    loop {
        renewal.look(&mut told, &mut in_use).await;
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

impl Renewal {
    async fn look(&self, told: &mut RenewalWatch, in_use: &mut Option<InUse>) {
        let read = materials::central(&self.config);
        let Ok(files) = read.inspect_err(|error| {
            tracing::warn!(%error, "the certificate can't be looked at");
        }) else {
            return;
        };
        let now = self.clock.wall_ms();
        let status = match certificate_status(&files.client_cert_pem, now) {
            Ok(status) => status,
            Err(error) => {
                tracing::warn!(code = error.code(), "the certificate can't be read");
                return;
            }
        };
        let found = InUse {
            ends: status.not_after,
            lists: files.crls.clone(),
        };
        if in_use.as_ref().is_some_and(|in_use| *in_use != found) {
            match self.client.renew(&files) {
                Ok(()) => tracing::info!(
                    days_left = status.days_left,
                    "a renewed certificate or revocation list is in use"
                ),
                Err(error) => {
                    tracing::error!(
                        code = error.code(),
                        "the renewed certificate or revocation list can't be used"
                    );
                    let _ = self
                        .engine
                        .send(Message::Alert { code: error.code() })
                        .await;
                    return;
                }
            }
        }
        *in_use = Some(found);
        if let Some(level) = told.look(&status) {
            tracing::warn!(
                days_left = status.days_left,
                "the terminal's certificate ends"
            );
            let _ = self
                .engine
                .send(Message::Alert { code: level.code() })
                .await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// A revocation list that the site fetched anew counts without a restart; one that is no list is told, and the former one stays.
    #[tokio::test]
    async fn a_changed_revocation_list_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("sim");
        let portraits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/portraits");
        let nobody = hw_sim::persons::Register::default();
        hw_sim::pki::prepare_with(&dir, &nobody, &portraits).unwrap();
        std::fs::write(dir.join("password"), "x").unwrap();
        let list = std::fs::read(dir.join("central/revoked.crl")).unwrap();
        let file = dir.join("list.crl");
        std::fs::write(&file, &list).unwrap();
        let d = dir.display();
        let text = format!(
            "[terminal]\ninstitution_code = \"1310000001\"\nmode = \"simulation\"\n\
             [card]\nissuers = \"{d}/terminal/issuers.toml\"\nauth_roots = [\"{d}/terminal/auth-ca.der\"]\n\
             [central]\nhost = \"localhost\"\nca = \"{d}/central/ca.pem\"\ncrls = [\"{d}/list.crl\"]\n\
             client_certificate = \"{d}/terminal/client.pem\"\nclient_key = \"{d}/terminal/client.key\"\n\
             user_id = \"u\"\npassword_file = \"{d}/password\"\n\
             [ledger]\npath = \"{d}/l.db\"\nhead = \"{d}/head\"\nkey_file = \"{d}/key\"\n"
        );
        let config = Config::parse(&text, Path::new("test.toml")).unwrap();
        let files = materials::central(&config).unwrap();
        let (engine, mut mail) = mpsc::channel(8);
        let renewal = Renewal {
            client: Arc::new(CentralClient::new(files).unwrap()),
            config,
            clock: Arc::new(TrustedClock::default()),
            engine,
        };
        let (mut told, mut in_use) = (RenewalWatch::default(), None);
        for _ in 0..2 {
            renewal.look(&mut told, &mut in_use).await;
        }
        assert!(mail.try_recv().is_err(), "nothing has changed");

        std::fs::write(&file, "no list").unwrap();
        renewal.look(&mut told, &mut in_use).await;
        assert!(matches!(
            mail.try_recv(),
            Ok(Message::Alert {
                code: "UK-CENT-901"
            })
        ));
        assert!(
            in_use
                .as_ref()
                .is_some_and(|kept| kept.lists == [list.clone()])
        );

        let newer = [list.as_slice(), b"\n"].concat();
        std::fs::write(&file, &newer).unwrap();
        renewal.look(&mut told, &mut in_use).await;
        assert!(mail.try_recv().is_err(), "taken over");
        assert!(in_use.is_some_and(|kept| kept.lists == [newer]));
    }
}
