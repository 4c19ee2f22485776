//! Vision worker: it answers, has its models, and lives in the same world as the terminal
//! (invariant 13). When the daemon runs, it is asked instead: the worker serves one connection,
//! and a second one would take the daemon's place.

use crate::admin::{BesideStatus, VisionStatus};
use crate::catalogue;
use crate::pcsc_walk::SocketState;
use crate::report::Finding;

/// What the worker said of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Worker {
    pub(crate) version: String,
    pub(crate) recipe: String,
    pub(crate) source: String,
    /// `None` when the daemon does not say.
    pub(crate) simulated: Option<bool>,
    pub(crate) models: Option<usize>,
    pub(crate) beside: Vec<BesideStatus>,
    pub(crate) open: Vec<String>,
}

/// How the worker was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum WorkerSeen {
    /// It answered, to us or to the daemon.
    Answered(Worker),
    /// No answer on an open connection.
    Silent(String),
    /// Its socket can't be used.
    Socket(SocketState),
}

/// What a camera check said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CameraSeen {
    pub(crate) ok: bool,
    pub(crate) detail: String,
    pub(crate) size: (u32, u32),
    pub(crate) fps: f32,
}

/// From the daemon's status document, when it says that the worker is connected.
pub(crate) fn from_daemon(status: &VisionStatus) -> (WorkerSeen, Option<CameraSeen>) {
    let camera = status.camera.as_ref().map(|camera| CameraSeen {
        ok: camera.ok,
        detail: camera.detail.clone(),
        size: (camera.width, camera.height),
        fps: camera.fps,
    });
    let worker = Worker {
        version: status.version.clone(),
        recipe: status.recipe.clone(),
        source: status.source.clone(),
        simulated: (!status.recipe.is_empty()).then_some(status.simulated),
        models: None,
        beside: status.beside.clone(),
        open: status.open.clone(),
    };
    (WorkerSeen::Answered(worker), camera)
}

/// Judges when the person is asked to turn the head: what a site switched off stands in every readiness report.
pub(crate) fn judge_challenge(challenge: &str, simulated: bool) -> Finding {
    match challenge {
        "always" => Finding::ok("head turns (vision.challenge): always")
            .ja("首振りの確認(vision.challenge): always"),
        // A simulated terminal protects nobody.
        other if simulated => Finding::ok(format!(
            "head turns (vision.challenge): {other}; simulation"
        ))
        .ja(format!(
            "首振りの確認(vision.challenge): {other}(シミュレーション)"
        )),
        other => Finding::warning(&catalogue::FACE_CHALLENGE_REDUCED, other),
    }
}

fn in_words(camera: &BesideStatus) -> String {
    let state = match (camera.there, camera.missed) {
        (true, _) => "connected",
        (false, true) => "gone",
        (false, false) => "none",
    };
    format!("{} camera: {state}", camera.role)
}

/// Judges the worker.
pub(crate) fn judge(seen: &WorkerSeen, simulated: bool) -> Finding {
    let worker = match seen {
        WorkerSeen::Answered(worker) => worker,
        WorkerSeen::Silent(reason) => {
            return Finding::failed(&catalogue::VISION_SILENT, reason.clone());
        }
        WorkerSeen::Socket(SocketState::Denied) => {
            return Finding::failed(&catalogue::VISION_DENIED, "permission denied")
                .ja("権限がありません");
        }
        WorkerSeen::Socket(state) => {
            return Finding::failed(&catalogue::VISION_DOWN, format!("socket: {state:?}"))
                .ja(format!("ソケット: {}", state.ja()));
        }
    };
    let beside: Vec<String> = worker.beside.iter().map(in_words).collect();
    let said: Vec<&str> = [&worker.version, &worker.recipe, &worker.source]
        .into_iter()
        .chain(&beside)
        .map(String::as_str)
        .filter(|word| !word.is_empty())
        .collect();
    let connected = said.is_empty();
    let detail = if connected {
        "connected (the daemon says)".to_owned()
    } else {
        said.join("; ")
    };
    if worker.simulated.is_some_and(|worker| worker != simulated) {
        return Finding::failed(&catalogue::VISION_MIXED, detail);
    }
    if worker.models == Some(0) {
        return Finding::failed(&catalogue::VISION_NO_MODELS, detail);
    }
    if !worker.open.is_empty() {
        return Finding::warning(
            &catalogue::VISION_OPEN,
            format!("{}; {detail}", worker.open.join(", ")),
        );
    }
    if worker.beside.iter().any(|camera| camera.missed) {
        return Finding::warning(&catalogue::VISION_CAMERA_MISSED, detail);
    }
    let finding = Finding::ok(detail);
    if connected {
        finding.ja("接続中（デーモンの報告）")
    } else {
        finding
    }
}
