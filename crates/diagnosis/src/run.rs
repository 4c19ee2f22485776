//! Runs the checks: the chains that do not depend on each other side by side, each chain in the order
//! of its layers, every wait with its limit. A check whose ground is broken is skipped and says so.

use std::time::Instant;

use crate::admin::{self, AdminError, TerminalStatus};
use crate::bounded::{ms_since, within};
use crate::catalogue;
use crate::input::{DoctorInput, Settings};
use crate::layers::{
    browser_policy, camera, card, certificate, clock, configuration, folders, ledger, login,
    login_probe, name_resolution, pcscd, reader, revocation, sockets, tls, vision_probe,
    vision_worker,
};
use crate::pcsc_walk;
use crate::report::{About, Check, Finding, Layer, Report, Status};
use crate::secrets::SecretSource;

/// Runs all checks. Blocks for as long as the limits in `input` allow, at most (about their sum over
/// the network chain); must not be called on an async worker thread.
#[must_use]
pub fn run(input: &DoctorInput) -> Report {
    let start = Instant::now();
    let secrets = SecretSource {
        store: input.system.credential_store.clone(),
        limit: input.limits.local,
    };
    let mut checks = vec![Check::new(
        Layer::Configuration,
        "settings-file",
        configuration::judge(&input.config),
        0,
    )];
    let mut daemon_running = false;

    let Some(settings) = &input.settings else {
        checks.extend(pcsc_chain(input, "", None));
        checks.extend(
            Layer::ALL
                .iter()
                .filter(|layer| **layer > Layer::Card)
                .map(|layer| Check::new(*layer, "all", Finding::needs(Layer::Configuration), 0)),
        );
        return finish(input, None, daemon_running, checks, start);
    };

    let mut timer = Timer::new();
    let files = configuration::probe(settings, &secrets);
    checks.push(timer.check(
        Layer::Configuration,
        "named-files",
        configuration::judge_files(&files),
    ));
    if let Some(page) = settings.headphones_page {
        let policy = browser_policy::judge(&input.system.browser_policies, page);
        checks.push(timer.check(Layer::Configuration, "browser-policy", policy));
    }
    let daemon = ask_daemon(input, settings);
    let daemon_ms = timer.lap();
    daemon_running = daemon.is_ok();
    let status = daemon.as_ref().ok();

    std::thread::scope(|scope| {
        let chains = [
            scope.spawn(|| pcsc_chain(input, &settings.reader_filter, Some(settings.simulated))),
            scope.spawn(|| vision_chain(input, settings, status)),
            scope.spawn(|| network_chain(input, settings, &secrets)),
            scope.spawn(|| storage_chain(input, settings, &secrets, status)),
        ];
        for chain in chains {
            checks.extend(chain.join().unwrap_or_default());
        }
    });

    let ahead =
        status.and_then(|status| clock::judge_daemon(input.now, status.ahead_of_machine_ms));
    checks.extend(ahead.map(|finding| Check::new(Layer::Clock, "daemon-clock", finding, 0)));

    checks.push(Check::new(
        Layer::Sockets,
        "daemon",
        sockets::judge_admin(&daemon, settings.simulated),
        daemon_ms,
    ));
    let mut timer = Timer::new();
    let receipt = sockets::probe(&settings.receipt_socket);
    checks.push(
        timer.check(
            Layer::Sockets,
            "receipt-socket",
            sockets::judge_receipt(receipt.as_ref(), &receipt_clients(settings))
                .at(&settings.receipt_socket),
        ),
    );
    let said = daemon
        .as_ref()
        .ok()
        .and_then(|status| status.folders.as_ref());
    checks.push(timer.check(
        Layer::Folders,
        "folders",
        folders::judge(&folders::probe(&settings.folders), said, settings.simulated),
    ));
    finish(
        input,
        Some(settings.simulated),
        daemon_running,
        checks,
        start,
    )
}

/// Who takes results: a clinic with folders needs no client of the socket.
fn receipt_clients(settings: &Settings) -> Vec<String> {
    let folders = (!settings.folders.is_empty()).then(|| "req/res/face".to_owned());
    settings
        .receipt_clients
        .iter()
        .cloned()
        .chain(folders)
        .collect()
}

fn finish(
    input: &DoctorInput,
    simulated: Option<bool>,
    daemon_running: bool,
    checks: Vec<Check>,
    start: Instant,
) -> Report {
    let uid = nix::unistd::geteuid();
    let user = nix::unistd::User::from_uid(uid)
        .ok()
        .flatten()
        .map_or_else(|| uid.to_string(), |user| user.name);
    Report::assemble(
        About {
            at: input.now,
            simulated,
            user,
            daemon_running,
        },
        checks,
        ms_since(start),
    )
}

fn ask_daemon(input: &DoctorInput, settings: &Settings) -> Result<TerminalStatus, AdminError> {
    let path = settings.admin_socket.clone();
    let limit = input.limits.local;
    within(limit + limit, move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|source| AdminError::Connect {
            path: path.clone(),
            source,
        })?;
        runtime.block_on(admin::status(&path, limit))
    })
    .unwrap_or(Err(AdminError::Timeout))
}

fn pcsc_chain(input: &DoctorInput, filter: &str, simulated: Option<bool>) -> Vec<Check> {
    let mut timer = Timer::new();
    let walk = pcsc_walk::walk(
        &input.system.pcscd_socket,
        &input.system.usb_devices,
        input.limits.pcsc,
    );
    let service = timer.check(
        Layer::Pcscd,
        "pcsc-walk",
        pcscd::judge(&walk).at(&input.system.pcscd_socket),
    );
    let reader = if service.status == Status::Failed {
        Finding::needs(Layer::Pcscd)
    } else {
        reader::judge(&walk, filter, simulated)
    };
    let reader = timer.check(Layer::Reader, "readers", reader);
    let card = match reader.status {
        Status::Failed | Status::Skipped => Finding::needs(if service.status == Status::Failed {
            Layer::Pcscd
        } else {
            Layer::Reader
        }),
        _ => card::judge(&reader::wanted(&walk, filter)),
    };
    let card = timer.check(Layer::Card, "card", card);
    vec![service, reader, card]
}

fn vision_chain(
    input: &DoctorInput,
    settings: &Settings,
    daemon: Option<&TerminalStatus>,
) -> Vec<Check> {
    let mut timer = Timer::new();
    let (worker, picture) = match daemon {
        Some(status) if status.vision.connected => vision_worker::from_daemon(&status.vision),
        // A daemon that is not content with the worker loses nothing when we take its place for a moment.
        _ => {
            let (socket, limits) = (settings.vision_socket.clone(), input.limits);
            // Hello and camera have limits of their own; this one is the last resort.
            within(limits.local * 3 + limits.camera, move || {
                vision_probe::probe(&socket, &limits)
            })
            .unwrap_or((
                vision_worker::WorkerSeen::Silent("no answer in time".into()),
                None,
            ))
        }
    };
    let asked_daemon = daemon.is_some_and(|status| status.vision.connected);
    let worker = timer.check(
        Layer::VisionWorker,
        "worker",
        vision_worker::judge(&worker, settings.simulated).at(&settings.vision_socket),
    );
    let challenge = timer.check(
        Layer::VisionWorker,
        "head-turns",
        vision_worker::judge_challenge(&settings.face_challenge, settings.simulated),
    );
    let device = (!settings.simulated).then(|| input.system.face_camera.exists());
    let camera = match (worker.status, device) {
        (Status::Ok, _) => camera::judge(picture.as_ref(), device, asked_daemon),
        (_, Some(false)) => camera::judge(None, device, asked_daemon),
        _ => Finding::needs(Layer::VisionWorker),
    };
    let camera = timer.check(Layer::Camera, "camera", camera);
    vec![worker, challenge, camera]
}

fn network_chain(input: &DoctorInput, settings: &Settings, secrets: &SecretSource) -> Vec<Check> {
    let central = &settings.central;
    let limit = input.limits.network;
    let mut timer = Timer::new();

    let (seen, identity) = certificate::probe(central, secrets);
    let key_denied = matches!(
        seen,
        certificate::CertificateSeen::Read {
            key: certificate::KeyState::Denied,
            ..
        }
    );
    let own = timer.check(
        Layer::Certificate,
        "client-certificate",
        certificate::judge(&seen, input.now),
    );

    let lists = revocation::probe(central, secrets).map(|seen| {
        timer.check(
            Layer::Certificate,
            "revocation-lists",
            revocation::judge(&seen, input.now),
        )
    });

    let resolved = name_resolution::probe(central, limit);
    let resolution = timer.check(
        Layer::NameResolution,
        "resolve",
        name_resolution::judge(&resolved, &central.host),
    );
    if resolution.status == Status::Failed {
        let skipped = [Layer::Tls, Layer::Login]
            .map(|layer| Check::new(layer, "all", Finding::needs(Layer::NameResolution), 0));
        let clock = clock_check(input, None);
        return std::iter::once(own)
            .chain(lists)
            .chain([resolution])
            .chain(skipped)
            .chain([clock])
            .collect();
    }

    let has_identity = identity.is_some();
    let seen = tls::probe(tls::Target {
        host: &central.host,
        addresses: &resolved.addresses(),
        ca: &central.ca,
        tls12: central.tls12,
        identity,
        now: input.now,
        limit,
    });
    let finding = match (&seen, own.status) {
        (tls::TlsSeen::OwnRefused(_), Status::Failed) => Finding::needs(Layer::Certificate),
        _ if !has_identity && key_denied => tls::judge_without_own(&seen, input.now),
        _ => tls::judge(&seen, input.now),
    };
    let tls = timer.check(Layer::Tls, "handshake", finding);

    let mut service_time = match &seen {
        tls::TlsSeen::Good { date, .. } => *date,
        _ => None,
    };
    let login = match tls.status {
        Status::Failed => Finding::needs(Layer::Tls),
        // Skipped means that our own certificate or key is what is missing, or not for this user.
        Status::Skipped if key_denied => Finding::skipped(
            &catalogue::NEEDS_ROOT,
            "the terminal's key is for root only",
        )
        .ja("端末の鍵は root だけが読めます"),
        Status::Skipped => Finding::needs(Layer::Certificate),
        _ => {
            let (seen, time) = login_probe::probe(central, secrets, input.now, limit);
            service_time = time.or(service_time);
            login::judge(&seen)
        }
    };
    let login = timer.check(Layer::Login, "login", login);
    let clock = clock_check(input, service_time);
    std::iter::once(own)
        .chain(lists)
        .chain([resolution, tls, login, clock])
        .collect()
}

fn clock_check(input: &DoctorInput, service: Option<i64>) -> Check {
    Check::new(
        Layer::Clock,
        "clock",
        clock::judge(input.now, service, input.system.time_synchronised.exists()),
        0,
    )
}

fn storage_chain(
    input: &DoctorInput,
    settings: &Settings,
    secrets: &SecretSource,
    daemon: Option<&TerminalStatus>,
) -> Vec<Check> {
    let mut timer = Timer::new();
    let finding = match daemon {
        Some(status) => ledger::judge(&ledger::LedgerSeen::Daemon(status.ledger.clone())),
        None => {
            let (place, secrets, simulated) =
                (settings.ledger.clone(), secrets.clone(), settings.simulated);
            match within(input.limits.ledger, move || {
                ledger::probe(&place, simulated, &secrets)
            }) {
                Some(seen) => ledger::judge(&seen),
                None => Finding::failed(&catalogue::TOOK_TOO_LONG, "verifying the audit chain")
                    .ja("監査記録の連鎖を検証中"),
            }
        }
    };
    let chain = timer.check(Layer::Ledger, "audit-chain", finding);
    let space = timer.check(
        Layer::Ledger,
        "free-space",
        ledger::judge_space(ledger::free_space(&settings.ledger.path)),
    );
    vec![chain, space]
}

/// Time since the last check.
struct Timer(Instant);

impl Timer {
    fn new() -> Self {
        Self(Instant::now())
    }

    fn lap(&mut self) -> u64 {
        let ms = ms_since(self.0);
        self.0 = Instant::now();
        ms
    }

    fn check(&mut self, layer: Layer, name: &'static str, finding: Finding) -> Check {
        let ms = self.lap();
        Check::new(layer, name, finding, ms)
    }
}
