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
    Alert, BesideStatus, CameraStatus, CardStatus, CentralStatus, LedgerStatus, TerminalStatus,
    VisionStatus, VisitStatus,
};
use futures_util::Stream;
use tokio::net::UnixListener;
use tokio::sync::{broadcast, watch};

use crate::admin_results;
use crate::audit_watch::{self, AuditWatch};
use crate::board::Board;
use crate::clock::TrustedClock;
use crate::counter::{Counter, CounterError, CounterRequest};
use crate::happenings::Happenings;
use crate::ledger_desk::LedgerDesk;
use crate::metrics::Metrics;

/// Longest wait for the ledger before the status says that it does not answer.
const LEDGER_WAIT: Duration = Duration::from_secs(5);

/// What the answers are made from.
pub(crate) struct Admin {
    /// What is asked beside visits.
    pub(crate) counter: Counter,
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
    /// Whether the audit chain verifies.
    pub(crate) audit: Arc<AuditWatch>,
    /// Time.
    pub(crate) clock: Arc<TrustedClock>,
    /// Name of the desk.
    pub(crate) desk_name: String,
    /// Start of the daemon, ms since 1970.
    pub(crate) started_at: i64,
    /// How the folders are, if there are any.
    pub(crate) folders: Option<Arc<receipt::folders::FolderHealth>>,
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
        .route("/v1/counter", axum::routing::post(at_counter))
        .route("/v1/results", get(admin_results::list))
        .route(
            "/v1/results/{id}/release",
            axum::routing::post(admin_results::release),
        )
        .route(
            "/v1/results/{id}/deliver-again",
            axum::routing::post(admin_results::deliver_again),
        )
        .route(
            "/v1/clock/accept",
            axum::routing::post(crate::admin_clock::accept),
        )
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

/// A request at the counter, for the technician: the socket's permissions say who that may be. Names of persons may
/// stand in these answers, unlike in the others.
async fn at_counter(
    State(admin): State<Arc<Admin>>,
    body: axum::body::Bytes,
) -> (axum::http::StatusCode, Json<serde_json::Value>) {
    use axum::http::StatusCode;
    let request = serde_json::from_slice(&body).map_err(|_| CounterError::input());
    let request = request.and_then(CounterRequest::read);
    let outcome = match request {
        // Whoever may use this socket is no qualified viewer, whatever the request says of itself.
        Ok(request) if request.shows_medical() => Err(CounterError::not_qualified()),
        Ok(request) => admin.counter.carry_out("technician", request).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(answer) => (StatusCode::OK, Json(answer)),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error.json())),
    }
}

/// Binds a Unix socket that its owner and group may use, in place of a stale one.
///
/// # Errors
/// Another process answers there, or the folder can't be written.
pub(crate) fn bind(path: &Path) -> anyhow::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt as _;
    if let Ok(found) = std::fs::symlink_metadata(path) {
        use std::os::unix::fs::FileTypeExt as _;
        if !found.file_type().is_socket() {
            anyhow::bail!(
                "UK-CONF-023: {}: something that is not a socket stands there",
                path.display()
            );
        }
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

async fn ledger_status(admin: &Admin) -> (LedgerStatus, u64) {
    let looked = admin.desk.run(move |ledger| {
        let filter = ledger::ResultFilter {
            after_seq: 0,
            unacknowledged_only: true,
            state: None,
            limit: 500,
        };
        let waiting = ledger.results(filter)?.len() as u64;
        let queued = ledger.open_inquiries()?.len() as u64;
        Ok::<_, ledger::LedgerError>((waiting, queued))
    });
    let failed = |problem: String| {
        let status = LedgerStatus {
            ok: false,
            problem: Some(problem),
            ..LedgerStatus::default()
        };
        (status, 0)
    };
    let (looked, verified) = tokio::join!(
        tokio::time::timeout(LEDGER_WAIT, looked),
        audit_watch::apart(&admin.audit, LEDGER_WAIT, AuditWatch::glance)
    );
    // A long chain takes longer than who asks waits: then what the check before found.
    let Some(verified) = verified.or_else(|| admin.audit.newest()) else {
        return failed("the audit chain is being checked".to_owned());
    };
    match looked {
        Ok(Ok(Ok((waiting, queued)))) => {
            let status = LedgerStatus {
                ok: verified.problem.is_none(),
                problem: verified.problem,
                audit_records: verified.records,
                waiting,
            };
            (status, queued)
        }
        Ok(Ok(Err(error))) => failed(format!("{} {}", error.code(), error.en())),
        Ok(Err(closed)) => failed(closed.to_string()),
        Err(_) => failed("the ledger does not answer in time".to_owned()),
    }
}

fn vision_status(admin: &Admin) -> VisionStatus {
    let Some(worker) = admin.board.worker() else {
        return VisionStatus::default();
    };
    VisionStatus {
        connected: true,
        version: worker.version.to_string(),
        recipe: worker.recipe,
        source: worker.source,
        simulated: worker.simulated,
        camera: worker.camera.map(|camera| CameraStatus {
            ok: camera.ok,
            detail: camera.detail,
            width: camera.width,
            height: camera.height,
            fps: camera.fps as f32,
        }),
        beside: worker
            .beside
            .into_iter()
            .map(|camera| BesideStatus {
                role: camera.role,
                there: camera.there,
                missed: camera.missed,
            })
            .collect(),
        open: worker.open,
    }
}

async fn status(State(admin): State<Arc<Admin>>) -> Json<TerminalStatus> {
    let (ledger, queued) = ledger_status(&admin).await;
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
        vision: vision_status(&admin),
        central: CentralStatus {
            reachable: up("central"),
            last_contact: central.last_contact,
            last_problem: central.last_problem,
            queued,
        },
        ledger,
        folders: admin.folders.as_ref().map(|health| {
            let problem = health.problem();
            diagnosis::admin::FoldersStatus {
                ok: problem.is_none(),
                problem: problem.map(|(code, words)| format!("{code} {words}")),
            }
        }),
        visit: admin.board.visit().map(|visit| VisitStatus {
            visit: format!("{:016x}", visit.visit),
            reader: visit.reader,
            page: visit.page,
        }),
        ahead_of_machine_ms: admin.clock.ahead_of_machine_ms(),
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
        let event = match happenings.recv().await {
            Ok(timed) => Event::default().json_data(&timed).unwrap_or_default(),
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                Event::default().event("missed").data(missed.to_string())
            }
            Err(broadcast::error::RecvError::Closed) => return None,
        };
        Some((Ok(event), happenings))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_stale_socket_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.sock");
        let first = bind(&path).unwrap();
        let refused = bind(&path).unwrap_err().to_string();
        assert!(refused.contains("UK-CONF-020"), "{refused}");
        drop(first);
        bind(&path).unwrap();
        let file = folder.path().join("ledger.db");
        std::fs::write(&file, b"precious").unwrap();
        let refused = bind(&file).unwrap_err().to_string();
        assert!(refused.contains("UK-CONF-023"), "{refused}");
        assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    }
}
