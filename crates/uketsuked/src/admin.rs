//! The technician's socket: status, what happens, counters. HTTP/1.1 on a Unix socket that only root, the
//! service and its admin group may open; nothing about a person stands in any answer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use axum::{Json, Router};
use diagnosis::admin::{
    Alert, CardStatus, CentralStatus, LedgerStatus, TerminalStatus, VisionStatus, VisitStatus,
};
use futures_util::Stream;
use tokio::net::UnixListener;
use tokio::sync::{broadcast, watch};

use crate::board::Board;
use crate::happenings::Happenings;
use crate::ledger_desk::LedgerDesk;
use crate::metrics::Metrics;

/// What the answers are made from.
pub(crate) struct Admin {
    /// Staff's board, for devices, visit and alerts.
    pub(crate) board: Arc<Board>,
    /// Ledger.
    pub(crate) desk: LedgerDesk,
    /// What happens.
    pub(crate) happenings: Happenings,
    /// Counters.
    pub(crate) metrics: Arc<Metrics>,
    /// Simulated terminal.
    pub(crate) simulated: bool,
    /// Name of the desk.
    pub(crate) desk_name: String,
    /// Start of the daemon, ms since 1970.
    pub(crate) started_at: i64,
}

/// Listens on the socket until `stop`; removes the socket afterwards.
///
/// # Errors
/// The socket can't be made.
pub(crate) fn open(
    path: &Path,
    admin: Admin,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let listener = bind(path)?;
    let counting = (admin.happenings.watch(), Arc::clone(&admin.metrics));
    tokio::spawn(count(counting.0, counting.1, stop.clone()));
    let router = Router::new()
        .route("/v1/status", get(status))
        .route("/v1/watch", get(follow))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(admin));
    let path = PathBuf::from(path);
    tokio::spawn(async move {
        let ending = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        tokio::select! {
            served = async { axum::serve(listener, router).await } => {
                if let Err(error) = served {
                    tracing::error!(%error, "the technician's socket ended");
                }
            }
            () = ending => {}
        }
        let _ = std::fs::remove_file(path);
    });
    Ok(())
}

/// Binds a Unix socket that its owner and group may use, in place of a stale one.
///
/// # Errors
/// Another process answers there, or the folder can't be written.
pub(crate) fn bind(path: &Path) -> anyhow::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt as _;
    if path.exists() {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            anyhow::bail!(
                "UK-CONF-020: {}: another process listens there already",
                path.display()
            );
        }
        std::fs::remove_file(path).with_context(|| format!("{}", path.display()))?;
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    let listener = UnixListener::bind(path).with_context(|| format!("{}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

async fn count(
    mut happenings: broadcast::Receiver<crate::happenings::Timed>,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            told = happenings.recv() => match told {
                Ok(timed) => metrics.count(&timed.happening),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
        }
    }
}

async fn status(State(admin): State<Arc<Admin>>) -> Json<TerminalStatus> {
    let ledger = admin
        .desk
        .run(|ledger| {
            let report = ledger.verify();
            let filter = ledger::ResultFilter {
                after_seq: 0,
                unacknowledged_only: true,
                state: None,
                limit: 500,
            };
            let waiting = ledger.results(filter).map_or(0, |rows| rows.len() as u64);
            let queued = ledger.open_inquiries().map_or(0, |rows| rows.len() as u64);
            (report, waiting, queued)
        })
        .await;
    let (ledger, queued) = match ledger {
        Ok((Ok(report), waiting, queued)) => {
            let problem = (!report.intact()).then(|| "the audit chain does not verify".to_owned());
            (
                LedgerStatus {
                    ok: problem.is_none(),
                    problem,
                    audit_records: report.records,
                    waiting,
                },
                queued,
            )
        }
        Ok((Err(error), waiting, queued)) => (
            LedgerStatus {
                ok: false,
                problem: Some(format!("{} {}", error.code(), error.en())),
                audit_records: 0,
                waiting,
            },
            queued,
        ),
        Err(closed) => (
            LedgerStatus {
                ok: false,
                problem: Some(closed.to_string()),
                ..LedgerStatus::default()
            },
            0,
        ),
    };
    let devices = admin.board.devices();
    let up = |device: &str| devices.get(device).copied();
    let central = admin.board.central();
    Json(TerminalStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        simulated: admin.simulated,
        started_at: admin.started_at,
        ok: ledger.ok
            && up("reader") == Some(true)
            && up("pcscd") != Some(false)
            && up("central") != Some(false),
        desk: admin.desk_name.clone(),
        card: CardStatus {
            service_up: up("pcscd") != Some(false) && !devices.is_empty(),
            readers: admin.board.readers(),
        },
        vision: VisionStatus {
            connected: up("camera") == Some(true),
            ..VisionStatus::default()
        },
        central: CentralStatus {
            reachable: up("central"),
            last_contact: central.last_contact,
            last_problem: central.last_problem,
            queued,
        },
        ledger,
        visit: admin.board.visit().map(|visit| VisitStatus {
            visit: format!("{:016x}", visit.visit),
            reader: visit.reader,
            page: visit.page,
        }),
        alerts: admin
            .board
            .alerts()
            .into_iter()
            .map(|alert| Alert {
                code: alert.code,
                ja: alert.text.ja,
                en: alert.text.en,
            })
            .collect(),
    })
}

async fn metrics(State(admin): State<Arc<Admin>>) -> String {
    let devices: BTreeMap<_, _> = admin.board.devices();
    admin.metrics.text(&devices)
}

async fn follow(
    State(admin): State<Arc<Admin>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let happenings = admin.happenings.watch();
    let stream = futures_util::stream::unfold(happenings, |mut happenings| async move {
        loop {
            match happenings.recv().await {
                Ok(timed) => {
                    let event = Event::default().json_data(&timed).unwrap_or_default();
                    return Some((Ok(event), happenings));
                }
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    return Some((
                        Ok(Event::default().event("missed").data(missed.to_string())),
                        happenings,
                    ));
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
