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
    async fn look(&self, told: &mut RenewalWatch, in_use: &mut Option<i64>) {
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
        if in_use.is_some_and(|ends| ends != status.not_after) {
            match self.client.renew(&files) {
                Ok(()) => tracing::info!(
                    days_left = status.days_left,
                    "a renewed certificate is in use"
                ),
                Err(error) => {
                    tracing::error!(code = error.code(), "the renewed certificate can't be used");
                    let _ = self
                        .engine
                        .send(Message::Alert { code: error.code() })
                        .await;
                    return;
                }
            }
        }
        *in_use = Some(status.not_after);
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
