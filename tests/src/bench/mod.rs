//! The bench: everything started together, and stopped together.

mod programs;
mod system;

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::bail;
use hw_sim::clinic::{Clinic, ClinicOptions};
use tempfile::TempDir;

use crate::page::{Browsers, PatientPage, StaffPage};
use crate::pcscd::PrivatePcscd;
use crate::process::{Child, Programs, repository};
use crate::receipt::ReceiptClient;
use crate::settings;
use crate::watch::Watch;
use programs::{copy_tree, prepared, start_daemon, start_vision};

/// How long a part may take to come up.
const START: Duration = Duration::from_secs(60);

/// Which pcscd the bench uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pcscd {
    /// One of its own, invisible to everybody else.
    #[default]
    Private,
    /// The system's; started when none runs.
    System,
}

/// How to start a bench.
#[derive(Debug, Clone, Default)]
pub struct BenchOptions {
    /// Which pcscd.
    pub pcscd: Pcscd,
    /// Port of the simulator's control page; `None` = no page.
    pub control_port: Option<u16>,
    /// The terminal watches only readers whose name contains this; empty = every reader.
    pub reader: String,
    /// More lines for the settings file.
    pub settings: String,
    /// Put the ledger on a disk of its own of this many bytes, visible to the daemon alone.
    pub ledger_disk: Option<u64>,
    /// Do not start the face worker.
    pub without_vision: bool,
    /// A program and its arguments that run the daemon, as a recorder of system calls does. Only for the first start.
    pub daemon_under: Vec<OsString>,
    /// The ledger does not wait for the disk: the control of the crash sweep.
    pub careless_ledger: bool,
    /// The face check asks for head turns, as terminals do that nobody set otherwise.
    pub head_turns: bool,
    /// The last page stays as long as on terminals where nobody set otherwise: long enough to hear it.
    pub unhurried: bool,
    /// The patient's page is drawn and touched in a real browser.
    pub in_browser: bool,
    /// Socket of another camera than the simulated clinic's.
    pub camera: Option<PathBuf>,
    /// Folder with what the document camera sees; without it there is none.
    pub document: Option<PathBuf>,
    /// The worker reads cards as at most sites: it is told where a document camera would be, and none is there, so that the card is held up to the
    /// face camera.
    pub reads_held_cards: bool,
    /// The receipt computer has every right, not only the usual ones.
    pub all_rights: bool,
    /// Invented persons of the simulated service beside the register, for load.
    pub invented: hw_sim::central::invented::Invented,
}

/// A running clinic with its terminal.
pub struct Bench {
    /// The simulated clinic.
    pub clinic: Clinic,
    dir: TempDir,
    programs: Programs,
    daemon: Child,
    vision: Option<Child>,
    pcscd_env: Option<PathBuf>,
    private: Option<PrivatePcscd>,
    browsers: Option<Browsers>,
    camera: PathBuf,
    document: Option<PathBuf>,
    _system: Option<Child>,
    _alone: Option<File>,
}

impl Bench {
    /// Starts everything and waits until a patient could be served.
    ///
    /// # Errors
    /// Says which part did not come up, with its log.
    pub async fn start(options: BenchOptions) -> anyhow::Result<Self> {
        let programs = Programs::beside_us()?;
        let dir = tempfile::Builder::new()
            .prefix("uketsuke-bench-")
            .tempdir()?;
        let (private, running, port, alone) = match options.pcscd {
            Pcscd::Private => {
                let pcscd = PrivatePcscd::start(dir.path(), true)?;
                let port = pcscd.vpcd_port;
                (Some(pcscd), None, port, None)
            }
            Pcscd::System => {
                let alone = system::alone_on_the_system()?;
                let running = system::system_pcscd(dir.path())?;
                (None, running, system::VPCD_PORT, Some(alone))
            }
        };
        let sim = dir.path().join("sim");
        copy_tree(&prepared()?, &sim)?;
        let clinic = Clinic::start(ClinicOptions {
            dir: sim,
            portraits: repository().join("data/portraits"),
            vpcd_port: port,
            control_port: options.control_port,
            invented: options.invented,
            ..ClinicOptions::default()
        })
        .await?;
        settings::write(
            dir.path(),
            &clinic.addresses(),
            nix::unistd::geteuid().as_raw(),
            &options.reader,
            options.all_rights,
            options.ledger_disk.is_none(),
            &options.settings,
        )?;
        if options.careless_ledger {
            settings::make_careless(dir.path())?;
        }
        if options.head_turns {
            settings::ask_for_turns(dir.path())?;
        }
        if options.unhurried {
            settings::take_time(dir.path())?;
        }
        let camera = options
            .camera
            .unwrap_or_else(|| clinic.addresses().camera.clone());
        let pcscd_env = private.as_ref().map(PrivatePcscd::socket);
        let nowhere = || dir.path().join("document-camera");
        let document = options
            .document
            .or_else(|| options.reads_held_cards.then(nowhere));
        let vision = if options.without_vision {
            None
        } else {
            let document = document.as_deref();
            Some(start_vision(&programs, dir.path(), &camera, document)?)
        };
        let daemon = start_daemon(
            &programs,
            dir.path(),
            pcscd_env.as_deref(),
            options.ledger_disk,
            &options.daemon_under,
        )?;
        let mut bench = Self {
            clinic,
            dir,
            programs,
            daemon,
            vision,
            pcscd_env,
            private,
            browsers: options.in_browser.then(Browsers::default),
            camera,
            document,
            _system: running,
            _alone: alone,
        };
        bench.wait_ready(!options.without_vision).await?;
        Ok(bench)
    }

    /// A file of the bench.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The settings file.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.path("uketsuke.toml")
    }

    /// Value for `PCSCLITE_CSOCK_NAME`, if this bench has a pcscd of its own.
    #[must_use]
    pub fn pcscd_socket(&self) -> Option<&Path> {
        self.pcscd_env.as_deref()
    }

    /// The private pcscd, to stop it.
    pub fn private_pcscd(&mut self) -> Option<&mut PrivatePcscd> {
        self.private.as_mut()
    }

    /// A built program, with the environment its clients of pcscd need.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.path(program));
        if let Some(socket) = &self.pcscd_env {
            command.env("PCSCLITE_CSOCK_NAME", socket);
        }
        command
    }

    /// Today as the simulated service has it, yyyyMMdd.
    #[must_use]
    pub fn day(&self) -> String {
        hw_sim::central::jst::day(self.clinic.central().clock().now())
    }

    /// This month, yyyyMM.
    #[must_use]
    pub fn month(&self) -> String {
        self.day().chars().take(6).collect()
    }

    /// The patient's page.
    ///
    /// # Errors
    /// It does not open.
    pub async fn patient(&self) -> anyhow::Result<PatientPage> {
        let address = self.path("kiosk.url");
        match &self.browsers {
            Some(browsers) => PatientPage::open_in_one_of(browsers, &address).await,
            None => PatientPage::open(&address).await,
        }
    }

    /// The staff's page.
    ///
    /// # Errors
    /// It does not open.
    pub async fn staff(&self) -> anyhow::Result<StaffPage> {
        StaffPage::open(&self.path("staff.url")).await
    }

    /// A receipt computer.
    #[must_use]
    pub fn receipt(&self) -> ReceiptClient {
        ReceiptClient::new(&self.path("receipt.sock"))
    }

    /// Follows what the daemon tells.
    ///
    /// # Errors
    /// Its socket does not answer.
    pub async fn watch(&self) -> anyhow::Result<Watch> {
        Watch::start(&self.path("admin.sock")).await
    }

    /// The daemon's process.
    pub fn daemon(&mut self) -> &mut Child {
        &mut self.daemon
    }

    /// The face worker's process.
    pub fn vision(&mut self) -> Option<&mut Child> {
        self.vision.as_mut()
    }

    /// Asks the daemon to stop; says whether it ended by itself. The rest of the bench goes on.
    pub fn stop_daemon(&mut self) -> bool {
        self.daemon.stop(Duration::from_secs(20))
    }

    /// SIGKILL to the daemon.
    ///
    /// # Errors
    /// It had gone already.
    pub fn kill_daemon(&mut self) -> anyhow::Result<()> {
        self.daemon.kill()
    }

    /// Starts the daemon again and waits until it serves.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn restart_daemon(&mut self) -> anyhow::Result<()> {
        self.restart_daemon_under(&[]).await
    }

    /// The same, with the daemon run by a program with its arguments.
    ///
    /// # Errors
    /// As for [`Bench::restart_daemon`].
    pub async fn restart_daemon_under(&mut self, under: &[OsString]) -> anyhow::Result<()> {
        for stale in ["kiosk.url", "staff.url"] {
            let _ = std::fs::remove_file(self.path(stale));
        }
        self.daemon = start_daemon(
            &self.programs,
            self.dir.path(),
            self.pcscd_env.as_deref(),
            None,
            under,
        )?;
        self.wait_ready(self.vision.is_some()).await
    }

    /// Changes the settings file and starts the daemon anew with it.
    ///
    /// # Errors
    /// The text to change is not there, the daemon does not end, or does not come up.
    pub async fn resettle(&mut self, from: &str, to: &str) -> anyhow::Result<()> {
        let file = self.settings();
        let text = std::fs::read_to_string(&file)?;
        let changed = text.replacen(from, to, 1);
        if changed == text {
            bail!("`{from}` does not stand in the settings");
        }
        if !self.stop_daemon() {
            bail!("the daemon did not end when asked to");
        }
        std::fs::write(&file, changed)?;
        self.restart_daemon().await
    }

    /// Starts the face worker again and waits until the daemon uses it.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn restart_vision(&mut self) -> anyhow::Result<()> {
        self.start_vision_again()?;
        self.wait_ready(true).await
    }

    /// Starts the face worker again and waits for nothing.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start_vision_again(&mut self) -> anyhow::Result<()> {
        self.vision = Some(start_vision(
            &self.programs,
            self.dir.path(),
            &self.camera,
            self.document.as_deref(),
        )?);
        Ok(())
    }

    /// The daemon's log.
    #[must_use]
    pub fn daemon_log(&self) -> String {
        self.daemon.log()
    }

    /// Stops everything; says whether the daemon ended by itself when asked to.
    pub async fn stop(mut self) -> bool {
        let ended = self.daemon.stop(Duration::from_secs(10));
        if let Some(vision) = &mut self.vision {
            let _ = vision.stop(Duration::from_secs(10));
        }
        self.clinic.shutdown().await;
        ended
    }

    async fn wait_ready(&mut self, camera: bool) -> anyhow::Result<()> {
        let until = Instant::now() + START;
        let socket = self.path("admin.sock");
        loop {
            let status = crate::http::get(&socket, "/v1/status")
                .await
                .ok()
                .and_then(|answer| answer.json().ok());
            let ready = status.as_ref().is_some_and(|status| {
                status["card"]["readers"]
                    .as_array()
                    .is_some_and(|readers| !readers.is_empty())
                    && status["central"]["reachable"] == true
                    && (!camera || status["vision"]["camera"]["ok"] == true)
            });
            if ready {
                return Ok(());
            }
            if !self.daemon.runs() || Instant::now() > until {
                let vision = self.vision.as_ref().map(Child::log).unwrap_or_default();
                bail!(
                    "the terminal does not come up; status {status:?}\n--- daemon\n{}\n--- vision\n{vision}",
                    self.daemon.log()
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
