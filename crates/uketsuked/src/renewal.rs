//! Watches the terminal's certificate and the authorities' revocation lists: tells staff at 60, 14 and 3 days before the certificate's end,
//! and 3 days, one day and hours before a list is over; takes over renewed files without a restart, but no list that is worse than the
//! one in use.

use std::sync::Arc;
use std::time::Duration;

use central::revocation::WORSE_LIST;
use central::{
    CentralClient, CentralConfig, RenewalWatch, RevocationList, RevocationWatch,
    certificate_status, lists_may_replace, revocation_lists,
};
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
struct InUse {
    ends: i64,
    files: Vec<Vec<u8>>,
    lists: Vec<RevocationList>,
}

/// What was told already.
#[derive(Default)]
struct Told {
    certificate: RenewalWatch,
    lists: RevocationWatch,
}

/// Works until `stop` says so.
pub(crate) async fn watch(renewal: Renewal, mut stop: watch::Receiver<bool>) {
    let mut told = Told::default();
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
    async fn look(&self, told: &mut Told, in_use: &mut Option<InUse>) {
        let read = materials::central(&self.config);
        let Ok(mut files) = read.inspect_err(|error| {
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
        let Some(lists) = self.lists(&mut files, in_use.as_ref(), now).await else {
            return;
        };
        let changed = in_use
            .as_ref()
            .is_some_and(|in_use| in_use.ends != status.not_after || in_use.files != files.crls);
        if changed {
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
                    self.alert(error.code()).await;
                    return;
                }
            }
        }
        for (list, level) in told.lists.look(&lists, now) {
            tracing::warn!(
                issuer = list.issuer,
                next_update = oqs::time::to_jst(list.next_update),
                "a revocation list is out of date soon, or already"
            );
            self.alert(level.code()).await;
        }
        *in_use = Some(InUse {
            ends: status.not_after,
            files: files.crls,
            lists,
        });
        if let Some(level) = told.certificate.look(&status) {
            tracing::warn!(
                days_left = status.days_left,
                "the terminal's certificate ends"
            );
            self.alert(level.code()).await;
        }
    }

    /// The lists to work with: those of the files, or, told to staff, still those in use where the files hold none or worse ones.
    /// `None` where there are neither.
    async fn lists(
        &self,
        files: &mut CentralConfig,
        in_use: Option<&InUse>,
        now: i64,
    ) -> Option<Vec<RevocationList>> {
        let code = match revocation_lists(&files.crls) {
            Ok(lists)
                if in_use.is_none_or(|in_use| lists_may_replace(&lists, &in_use.lists, now)) =>
            {
                return Some(lists);
            }
            Ok(_) => {
                tracing::error!(
                    code = WORSE_LIST,
                    "the revocation list put in place is not used"
                );
                WORSE_LIST
            }
            Err(error) => {
                tracing::error!(code = error.code(), %error, "a revocation list can't be read");
                error.code()
            }
        };
        self.alert(code).await;
        let in_use = in_use?;
        files.crls.clone_from(&in_use.files);
        Some(in_use.lists.clone())
    }

    /// Tells staff; the engine that no longer listens is ending.
    async fn alert(&self, code: &'static str) {
        let _ = self.engine.send(Message::Alert { code }).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// A revocation list made and due in these years, PEM.
    fn list(authority: &str, made: i32, due: i32) -> Vec<u8> {
        use rcgen::{
            CertificateParams, CertificateRevocationListParams, DnType, Issuer, KeyIdMethod,
            KeyPair, SerialNumber, date_time_ymd,
        };
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, authority);
        let issuer = Issuer::new(params, KeyPair::generate().unwrap());
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(made, 1, 1),
            next_update: date_time_ymd(due, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&issuer).unwrap();
        list.pem().unwrap().into_bytes()
    }

    /// A terminal whose revocation list is the file named beside it, and what staff is told.
    fn terminal(
        folder: &Path,
        list: &[u8],
    ) -> (Renewal, std::path::PathBuf, mpsc::Receiver<Message>) {
        let dir = folder.join("sim");
        let portraits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/portraits");
        let nobody = hw_sim::persons::Register::default();
        hw_sim::pki::prepare_with(&dir, &nobody, &portraits).unwrap();
        std::fs::write(dir.join("password"), "x").unwrap();
        let file = dir.join("list.crl");
        std::fs::write(&file, list).unwrap();
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
        let (engine, mail) = mpsc::channel(8);
        let renewal = Renewal {
            client: Arc::new(CentralClient::new(files).unwrap()),
            config,
            clock: Arc::new(TrustedClock::default()),
            engine,
        };
        (renewal, file, mail)
    }

    fn told_of(mail: &mut mpsc::Receiver<Message>) -> Vec<&'static str> {
        let mut codes = Vec::new();
        while let Ok(message) = mail.try_recv() {
            match message {
                Message::Alert { code } => codes.push(code),
                _ => codes.push("something else"),
            }
        }
        codes
    }

    /// A revocation list that the site fetched anew counts without a restart; one that is no list, over, older or another authority's is
    /// told, and the former one stays.
    #[tokio::test]
    async fn a_changed_revocation_list_is_taken_over_unless_it_is_worse() {
        let folder = tempfile::tempdir().unwrap();
        let first = list("servers", 2020, 2100);
        let (renewal, file, mut mail) = terminal(folder.path(), &first);
        let (mut told, mut in_use) = (Told::default(), None);
        for _ in 0..2 {
            renewal.look(&mut told, &mut in_use).await;
        }
        assert!(told_of(&mut mail).is_empty(), "nothing has changed");
        for (put, code) in [
            (b"no list".to_vec(), "UK-CENT-901"),
            (list("servers", 2021, 2022), "UK-CENT-174"),
            (list("servers", 2019, 2100), "UK-CENT-174"),
            (list("somebody else", 2021, 2100), "UK-CENT-174"),
        ] {
            std::fs::write(&file, put).unwrap();
            renewal.look(&mut told, &mut in_use).await;
            assert_eq!(told_of(&mut mail), [code]);
            let kept = in_use.as_ref().map(|in_use| in_use.files.clone());
            assert_eq!(kept, Some(vec![first.clone()]));
        }
        let newer = list("servers", 2021, 2100);
        std::fs::write(&file, &newer).unwrap();
        renewal.look(&mut told, &mut in_use).await;
        assert!(told_of(&mut mail).is_empty(), "taken over");
        assert_eq!(in_use.unwrap().files, [newer]);
    }

    /// A list that is over already is told once by the code of the connections that it closes, and the next one put in its place counts.
    #[tokio::test]
    async fn a_list_that_is_over_is_told_before_anybody_connects() {
        let folder = tempfile::tempdir().unwrap();
        let (renewal, file, mut mail) = terminal(folder.path(), &list("servers", 2020, 2021));
        let (mut told, mut in_use) = (Told::default(), None);
        for _ in 0..2 {
            renewal.look(&mut told, &mut in_use).await;
        }
        assert_eq!(told_of(&mut mail), ["UK-CENT-107"]);
        let newer = list("servers", 2021, 2100);
        std::fs::write(&file, &newer).unwrap();
        renewal.look(&mut told, &mut in_use).await;
        assert!(told_of(&mut mail).is_empty());
        assert_eq!(in_use.unwrap().files, [newer]);
    }
}
