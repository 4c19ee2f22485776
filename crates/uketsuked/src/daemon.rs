//! Start: opens what the settings name, wires the parts, tells systemd, and waits for the end ([`stop`]).

mod limits;
mod stop;

use std::os::fd::FromRawFd as _;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use central::{CentralClient, CentralService};
use kiosk::ScreenSize;
use kiosk::desk::{DeskPlan, StaffDesk};
use kiosk::patient::{PatientConfig, PatientPort, Screen};
use kiosk::staff::{StaffConfig, StaffPort, StaffState};
use receipt::folders::{FolderCounter, FolderHealth, FolderSettings};
use receipt::{ClientRule, ReceiptConfig, Right};
use tokio::net::UnixListener;
use tokio::sync::{Notify, mpsc, watch};

use crate::admin::{self, Admin};
use crate::board::Board;
use crate::bridge;
use crate::clock::TrustedClock;
use crate::config::Config;
use crate::counter::Counter;
use crate::engine::{Engine, Parts};
use crate::happenings::Happenings;
use crate::inquiry::LedgerQueue;
use crate::ledger_desk::LedgerDesk;
use crate::ledger_start::{self, Begun};
use crate::metrics::Metrics;
use crate::pages::{self, Page};
use crate::preview::Preview;
use crate::receipt_store::LedgerStore;
use crate::staff::DeskSide;
use crate::{
    installation, ledger_care, materials, medical_later, number_inquiries, renewal, replay,
};

/// Messages that may wait for the engine.
const MAILBOX: usize = 256;
/// Key presses that may wait.
const PRESSES: usize = 32;

/// Runs the terminal until `stop` resolves.
///
/// # Errors
/// Something named in the settings can't be opened; the message names the key and what to do.
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    installation::check(&config)?;
    let clock = Arc::new(TrustedClock::default());
    let simulated = config.simulated();
    let (end, ended) = watch::channel(false);

    let board = Arc::new(Board::default());
    let Begun {
        ledger,
        guard,
        audit,
    } = ledger_start::begin(&config, &clock, &board)?;
    let desk = LedgerDesk::start(ledger)?;
    let settled = desk.clone();

    let trusted = Arc::clone(&clock);
    let client = Arc::new(CentralClient::with_time(
        materials::central(&config)?,
        Arc::new(move || trusted.wall_ms()),
    )?);
    let central: Arc<dyn CentralService> = Arc::clone(&client) as _;
    let (mailbox, mail) = mpsc::channel(MAILBOX);
    let preview = Preview::default();
    let card = bridge::card::start(&config, Arc::clone(&clock), mailbox.clone())?;
    let vision = bridge::vision::start(bridge::vision::Setup {
        socket: config.vision.socket.clone(),
        recipe: config.vision.recipe().to_owned(),
        simulated,
        engine: mailbox.clone(),
        preview: preview.clone(),
        board: Arc::clone(&board),
    })?;

    let happenings = Happenings::default();
    let live_visit = Arc::new(AtomicU64::new(0));

    let (screen, screens) = watch::channel(Screen::new(kiosk::patient::Page::Starting));
    let (input, presses) = mpsc::channel(PRESSES);
    let (staff_page, staff_pages) = watch::channel(StaffState::default());
    let (requests, asked) = mpsc::channel(PRESSES);
    let patient = PatientPort {
        screen: screens,
        frames: preview.subscribe(),
        input,
    };
    let staff = StaffPort {
        state: staff_pages,
        requests,
    };
    open_patient_page(&config, patient, &ended).await?;

    let receipt = receipt_listener(&config)?;
    let asks = Arc::new(Notify::new());
    let store = Arc::new(LedgerStore {
        desk: desk.clone(),
        asks: Arc::clone(&asks),
    });
    let offices = config.offices();
    let counter = Counter {
        central: Arc::clone(&client) as _,
        visits: Arc::clone(&central),
        desk: desk.clone(),
        clock: Arc::clone(&clock),
        happenings: happenings.clone(),
        engine: mailbox.clone(),
        news: Arc::default(),
        institution_code: config.terminal.institution_code.clone(),
        desk_name: config.terminal.desk.clone(),
        simulated,
        test_service: simulated || central::is_test_environment(&config.central.host),
        qualification_only: config.terminal.qualification_only,
        tickets: (config.tickets.day > 0).then_some((config.tickets.day, config.tickets.hour)),
        asking: Arc::default(),
        offices: offices.clone(),
    };
    let folder_health = Arc::new(FolderHealth::default());
    if let Some(folders) = &config.folders {
        open_folders(
            &config,
            folders,
            store.as_ref().clone(),
            FolderCounter {
                counter: Arc::new(counter.clone()),
                runtime: tokio::runtime::Handle::current(),
            },
            (&clock, &folder_health),
            ended.clone(),
        )?;
    }
    let receipt_config = receipt_settings(&config, &clock);
    let mut receipt_end = ended.clone();
    let receipt_task = tokio::spawn(receipt::serve(
        receipt,
        store,
        Arc::new(counter.clone()),
        receipt_config,
        async move {
            let _ = receipt_end.wait_for(|end| *end).await;
        },
    ));

    tokio::spawn(counter.clone().work_on_jobs(ended.clone()));
    tokio::spawn(counter.clone().remind_of_notes(ended.clone()));
    if let Some((day, hour)) = counter.tickets {
        tokio::spawn(counter.clone().keep_schedule(day, hour, ended.clone()));
    }
    tokio::spawn(renewal::watch(
        renewal::Renewal {
            client,
            config: config.clone(),
            clock: Arc::clone(&clock),
            engine: mailbox.clone(),
        },
        ended.clone(),
    ));

    let desk_side = DeskSide::start(
        counter.clone(),
        config.staff.accounts.clone(),
        ended.clone(),
    );
    open_staff_pages(&config, staff, Arc::new(desk_side), &ended).await?;

    let admin = Admin {
        counter: counter.clone(),
        board: Arc::clone(&board),
        desk: desk.clone(),
        happenings: happenings.clone(),
        metrics: Arc::new(Metrics::default()),
        simulated,
        audit: Arc::clone(&audit),
        clock: Arc::clone(&clock),
        desk_name: config.terminal.desk.clone(),
        started_at: clock.wall_ms(),
        folders: config.folders.is_some().then_some(folder_health),
    };
    admin::open(&config.admin.socket, admin, ended.clone())?;

    let all_due = Arc::new(AtomicBool::new(true));
    let queue = LedgerQueue {
        desk: desk.clone(),
        clock: Arc::clone(&clock),
        happenings: happenings.clone(),
        engine: mailbox.clone(),
        live_visit: Arc::clone(&live_visit),
        all_due: Arc::clone(&all_due),
        institution_code: config.terminal.institution_code.clone(),
        simulated,
        given: Mutex::default(),
    };
    tokio::spawn(replay::run(Arc::clone(&central), queue, ended.clone()));
    tokio::spawn(medical_later::run(
        medical_later::Asker {
            central: Arc::clone(&central),
            desk: desk.clone(),
            clock: Arc::clone(&clock),
            engine: mailbox.clone(),
            live_visit: Arc::clone(&live_visit),
            institution_code: config.terminal.institution_code.clone(),
            simulated,
        },
        ended.clone(),
    ));
    let engine_central = Arc::clone(&central);
    let drawing = Arc::clone(&board);
    let drawn_from = desk.clone();
    let drawn_at = Arc::clone(&clock);
    tokio::spawn(async move {
        drawing
            .keep_drawing(drawn_from, (simulated, offices), staff_page, move || {
                drawn_at.wall_ms()
            })
            .await
    });

    tokio::spawn(number_inquiries::run(
        number_inquiries::Asker {
            central: Arc::clone(&engine_central),
            desk: desk.clone(),
            clock: Arc::clone(&clock),
            engine: mailbox.clone(),
            news: asks,
            desk_name: config.terminal.desk.clone(),
            counter: counter.clone(),
            institution_code: config.terminal.institution_code.clone(),
            simulated,
        },
        ended.clone(),
    ));
    tokio::spawn(ledger_care::run(
        ledger_care::Care {
            desk: desk.clone(),
            clock: Arc::clone(&clock),
            engine: mailbox.clone(),
            board: Arc::clone(&board),
            settings: config.ledger.clone(),
            audit,
            nobody_takes_medical: ledger_care::nobody_takes_medical(&config),
        },
        ended.clone(),
    ));
    let stopper = mailbox.clone();
    let engine = Engine::new(Parts {
        clock,
        card: Box::new(card),
        vision: Box::new(vision),
        central,
        desk: desk.clone(),
        happenings,
        board,
        screen,
        preview,
        live_visit,
        all_due,
        mailbox,
        settings: limits::settings(&config, guard)?,
    });
    let running = tokio::spawn(engine.run(mail, presses, asked, || {
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
    }));
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tracing::info!(simulated, desk = config.terminal.desk, "ready");

    stop::Running {
        engine: running,
        stopper,
        receipt: receipt_task,
        desk: settled,
        end,
    }
    .until(stop)
    .await
}

async fn open_patient_page(
    config: &Config,
    patient: PatientPort,
    ended: &watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let terminal = crate::screens::terminal(config)?;
    let credential = pages::credential(&config.kiosk.patient_url_file)?;
    let router = kiosk::patient::router(
        patient,
        PatientConfig {
            credential: credential.clone(),
            terminal,
            size: crate::screens::patient(config)?,
        },
    );
    Page {
        name: "patient",
        listen: config.kiosk.patient_listen,
        url_file: config.kiosk.patient_url_file.clone(),
        credential,
    }
    .open(router, ended.clone())
    .await?;
    Ok(())
}

/// The staff's page on the terminal's own second screen, and on the clinic's network where that is configured.
async fn open_staff_pages(
    config: &Config,
    staff: StaffPort,
    desk: Arc<dyn StaffDesk>,
    ended: &watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let credential = pages::credential(&config.kiosk.staff_url_file)?;
    let page = StaffConfig {
        credential: credential.clone(),
        simulated: config.simulated(),
        size: ScreenSize::new(config.kiosk.staff_pixels_per_mm)
            .context("kiosk.staff_pixels_per_mm")?,
    };
    let mut plan = DeskPlan {
        desk,
        idle: Duration::from_secs(u64::from(config.staff.idle_minutes) * 60),
        network: None,
    };
    if let Some(lan) = &config.staff.lan {
        plan.network = Some(lan.names.clone());
        let router = kiosk::staff::router_with_desk(staff.clone(), page.clone(), &plan);
        let address = crate::staff::network::open(lan, router, ended.clone()).await?;
        tracing::info!(%address, "the staff's page is on the network");
        plan.network = None;
    }
    let router = kiosk::staff::router_with_desk(staff, page, &plan);
    Page {
        name: "staff",
        listen: config.kiosk.staff_listen,
        url_file: config.kiosk.staff_url_file.clone(),
        credential,
    }
    .open(router, ended.clone())
    .await?;
    Ok(())
}

/// The receipt computer's socket: handed over by systemd, or made here.
fn receipt_listener(config: &Config) -> anyhow::Result<UnixListener> {
    let mut handed = sd_notify::listen_fds().context("sockets handed over by systemd")?;
    match (handed.next(), handed.next()) {
        (None, _) => admin::bind(&config.receipt.socket),
        (Some(_), Some(_)) => {
            anyhow::bail!("UK-CONF-021: systemd hands over more than one socket; one is expected")
        }
        (Some(fd), None) => {
            // SAFETY: systemd opened this descriptor for us and `listen_fds` names it once.
            #[allow(
                unsafe_code,
                reason = "taking over a descriptor from systemd is unsafe by nature"
            )]
            let listener = unsafe { std::os::unix::net::UnixListener::from_raw_fd(fd) };
            listener
                .local_addr()
                .context("UK-CONF-022: systemd handed over something that is not a Unix socket")?;
            listener.set_nonblocking(true)?;
            Ok(UnixListener::from_std(listener)?)
        }
    }
}

/// The folders' thread. What fails later is logged and tried again; a path that is no folder ends the start. A missing one does not: it may
/// be mounted later, and only the gateway knows whether it was ever served.
fn open_folders(
    config: &Config,
    folders: &crate::config::Folders,
    store: LedgerStore,
    counter: FolderCounter,
    (clock, health): (&Arc<TrustedClock>, &Arc<FolderHealth>),
    ended: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let settings = FolderSettings {
        req: folders.req.clone(),
        res: folders.res.clone(),
        face: folders.face.clone(),
        charset: if folders.charset == "shift_jis" {
            oqs::Charset::ShiftJis
        } else {
            oqs::Charset::Utf8
        },
        bulk_zip: folders.bulk_zip,
        stay: Duration::from_secs(u64::from(folders.stay_minutes) * 60),
        rejected: Duration::from_secs(u64::from(folders.rejected_days) * 86_400),
        settle: Duration::from_millis(300),
        half_written: Duration::from_secs(30),
        unfinished: Duration::from_secs(3_600),
        poll: Duration::from_millis(folders.poll_ms),
        readers: folders.readers.clone(),
        institution_code: config.terminal.institution_code.clone(),
        simulated: config.simulated(),
    };
    for path in [
        Some(&folders.req),
        Some(&folders.res),
        folders.face.as_ref(),
    ]
    .into_iter()
    .flatten()
    {
        anyhow::ensure!(
            !path.exists() || path.is_dir(),
            "UK-RCPT-031 folders: {} is not a folder",
            path.display()
        );
    }
    let (clock, health) = (Arc::clone(clock), Arc::clone(health));
    std::thread::Builder::new()
        .name("folders".into())
        .spawn(move || {
            let clock = Arc::new(move || clock.wall_ms());
            let counter = Some(counter);
            receipt::folders::serve_folders(
                Arc::new(store),
                settings,
                clock,
                counter,
                &health,
                &ended,
            );
        })?;
    Ok(())
}

fn receipt_settings(config: &Config, clock: &Arc<TrustedClock>) -> ReceiptConfig {
    let clients = config
        .receipt
        .clients
        .iter()
        .map(|client| ClientRule {
            name: client.name.clone(),
            uid: client.uid,
            user: client.user.clone(),
            rights: client
                .rights
                .iter()
                .filter_map(|right| Right::from_name(right))
                .collect(),
            readers: client.readers.clone(),
        })
        .collect();
    let clock = Arc::clone(clock);
    let mut settings = ReceiptConfig::new(
        clients,
        config.simulated(),
        Arc::new(move || clock.wall_ms()),
    );
    settings
        .institution_code
        .clone_from(&config.terminal.institution_code);
    // The settings were checked: the lease is positive.
    settings.default_lease = Duration::from_millis(config.receipt.lease_ms.unsigned_abs());
    settings
}
