//! The whole simulated clinic in one process: two virtual readers, the camera, the central service
//! and the control page, started together and stopped together.

mod desk;
mod slot;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::camera::{CameraError, CameraMode, CameraServer, Face};
use crate::card::vpcd::{self, VirtualReader};
use crate::card::vscard::UsbReader;
use crate::card::{Counters, Engine};
use crate::central::invented::Invented;
use crate::central::{
    CentralSim, CentralSimConfig, CentralSimError, INSTITUTION_CODE, RequestLog, SimClock,
};
use crate::control::{self, ControlError};
use crate::persons::{Register, RegisterError};
use crate::pki;

pub use desk::{Desk, DeskError, LayOptions};
use slot::Port;
pub use slot::ReaderState;

/// What the clinic starts with. Only `dir` has no default worth keeping.
#[derive(Clone, Debug)]
pub struct ClinicOptions {
    /// The prepared folder; prepared on start where something is missing.
    pub dir: PathBuf,
    /// The persons; the simulator's own when absent.
    pub register: Option<Register>,
    /// Folder of `<face>.jpg`.
    pub portraits: PathBuf,
    /// TCP port of vpcd's first slot on this machine; the second reader is the next port.
    pub vpcd_port: u16,
    /// Sockets of CCID readers in QEMU (`ccid-card-passthru`); they are readers 2 and on.
    pub qemu_readers: Vec<PathBuf>,
    /// Port of the control page on loopback: 0 takes a free one, `None` starts none.
    pub control_port: Option<u16>,
    /// Where the central service listens.
    pub central_listen: SocketAddr,
    /// The medical institution of the clinic.
    pub institution_code: String,
    /// Socket of the camera; `camera.sock` in `dir` when absent.
    pub camera_socket: Option<PathBuf>,
    /// The service's clock.
    pub clock: SimClock,
    /// Persons beside the register, for load; none at first.
    pub invented: Invented,
}

impl Default for ClinicOptions {
    fn default() -> Self {
        Self {
            dir: PathBuf::new(),
            register: None,
            portraits: default_portraits(),
            vpcd_port: vpcd::DEFAULT_PORT,
            qemu_readers: Vec::new(),
            control_port: None,
            central_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            institution_code: INSTITUTION_CODE.to_owned(),
            camera_socket: None,
            clock: SimClock::system(),
            invented: Invented::default(),
        }
    }
}

/// `data/portraits` below the current folder, or that of the source tree.
fn default_portraits() -> PathBuf {
    let here = PathBuf::from("data/portraits");
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/portraits");
    if here.is_dir() {
        here
    } else {
        tree.canonicalize().unwrap_or(tree)
    }
}

/// Why the clinic did not start.
#[derive(Debug, thiserror::Error)]
pub enum ClinicError {
    /// The register of persons.
    #[error("the register of persons can't be used")]
    Register(#[from] RegisterError),
    /// Keys, certificates and cards.
    #[error("the folder {} can't be prepared", dir.display())]
    Prepare {
        /// Which folder.
        dir: PathBuf,
        /// Why.
        #[source]
        source: pki::PrepareError,
    },
    /// The camera.
    #[error("the camera can't be started")]
    Camera(#[from] CameraError),
    /// The central service.
    #[error("the central service can't be started")]
    Central(#[from] CentralSimError),
    /// The thread of a reader in QEMU.
    #[error("a reader for QEMU can't be started")]
    Reader(#[source] std::io::Error),
    /// The control page.
    #[error("the control page can't be started")]
    Control(#[from] ControlError),
    /// A background task ended by itself.
    #[error("a background task ended by itself")]
    Task(#[from] tokio::task::JoinError),
}

/// The running clinic.
pub struct Clinic {
    desk: Arc<Desk>,
    control: Option<(SocketAddr, JoinHandle<()>)>,
}

/// Where everything is, for those who start against it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Addresses {
    /// Always true: nothing here is real.
    pub simulation: bool,
    /// The prepared folder.
    pub dir: PathBuf,
    /// Host name under which the service's certificate is valid.
    pub central_host: &'static str,
    /// The service's port.
    pub central_port: u16,
    /// The service's address, for a terminal that does not resolve names.
    pub central_address: SocketAddr,
    /// The medical institution of the clinic.
    pub institution_code: String,
    /// The camera's socket (`--source stream:SOCKET`).
    pub camera: PathBuf,
    /// Ports of the virtual readers.
    pub vpcd_ports: Vec<u16>,
    /// The control page.
    pub control: Option<String>,
}

impl Clinic {
    /// Prepares what is missing and starts everything. Needs a Tokio runtime.
    pub async fn start(options: ClinicOptions) -> Result<Self, ClinicError> {
        let register = match options.register {
            Some(register) => register,
            None => Register::default_register()?,
        };
        prepare(&options.dir, &options.portraits, &register).await?;
        let socket = options
            .camera_socket
            .unwrap_or_else(|| options.dir.join("camera.sock"));
        let camera = CameraServer::start(&socket, &options.portraits)?;
        let mut central = CentralSimConfig::new(&options.dir, register.clone());
        central.listen = options.central_listen;
        central.institution_code = options.institution_code.clone();
        central.clock = options.clock;
        central.invented = options.invented;
        let central = CentralSim::start(central).await?;
        let mut ports: Vec<Port> = [options.vpcd_port, options.vpcd_port.saturating_add(1)]
            .map(|port| Port::Vpcd(port, VirtualReader::connect(port)))
            .into();
        for socket in options.qemu_readers {
            let reader = UsbReader::start(&socket).map_err(ClinicError::Reader)?;
            ports.push(Port::Qemu(socket, reader));
        }
        let desk = Arc::new(Desk::new(options.dir, register, ports, camera, central));
        let control = match options.control_port {
            None => None,
            Some(port) => Some(control::start(Arc::clone(&desk), port).await?),
        };
        Ok(Self { desk, control })
    }

    /// Where everything is.
    pub fn addresses(&self) -> Addresses {
        let central = self.desk.central();
        Addresses {
            simulation: true,
            dir: self.desk.dir().to_owned(),
            central_host: "localhost",
            central_port: central.port(),
            central_address: central.address(),
            institution_code: central.institution_code().to_owned(),
            camera: self.desk.camera().socket().to_owned(),
            vpcd_ports: self.desk.readers().iter().filter_map(|r| r.port).collect(),
            control: self.control.as_ref().map(|(a, _)| format!("http://{a}/")),
        }
    }

    /// Everything that stands on the desk, for what the methods below don't cover.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// The central service.
    pub fn central(&self) -> &CentralSim {
        self.desk.central()
    }

    /// The camera.
    pub fn camera(&self) -> &CameraServer {
        self.desk.camera()
    }

    /// Lays a person's card on the first reader.
    pub async fn lay(&self, person: &str) -> Result<(), DeskError> {
        self.lay_on(person, 0).await
    }

    /// Lays a person's card on a reader (0 or 1).
    pub async fn lay_on(&self, person: &str, reader: usize) -> Result<(), DeskError> {
        let person = person.to_owned();
        self.blocking(move |desk| desk.lay(&person, reader)).await
    }

    /// Lays a person's card on a reader, with something odd about it from its first command on.
    pub async fn lay_with(
        &self,
        person: &str,
        reader: usize,
        options: LayOptions,
    ) -> Result<(), DeskError> {
        let person = person.to_owned();
        self.blocking(move |desk| desk.lay_with(&person, reader, options))
            .await
    }

    /// Takes the card away from the first reader; nothing happens when there is none.
    pub async fn take(&self) -> Result<(), DeskError> {
        self.take_from(0).await
    }

    /// Takes the card away from a reader.
    pub async fn take_from(&self, reader: usize) -> Result<(), DeskError> {
        self.blocking(move |desk| desk.take(reader)).await
    }

    /// Works on the card that lies on a reader: faults, counters, transcript. `None` without a card.
    pub fn with_card<R>(&self, reader: usize, work: impl FnOnce(&mut Engine) -> R) -> Option<R> {
        self.desk.with_card(reader, work)
    }

    /// Tries left on a person's card, wherever it is.
    pub fn card_counters(&self, person: &str) -> Result<Counters, DeskError> {
        self.desk.counters(person)
    }

    /// Puts somebody before the camera.
    pub fn face(&self, face: &Face) -> Result<(), DeskError> {
        Ok(self.desk.camera().set_face(face)?)
    }

    /// Lets whoever stands before the camera hold a person's card up to it.
    pub async fn hold_up(&self, person: &str) -> Result<(), DeskError> {
        let person = person.to_owned();
        self.blocking(move |desk| desk.hold_up(&person)).await
    }

    /// Puts a card away that was held up.
    pub fn put_away(&self) {
        self.desk.put_away();
    }

    /// Unplugs the camera, or plugs it in.
    pub fn camera_gone(&self, gone: bool) {
        self.desk.camera().set_gone(gone);
    }

    /// Freezes the camera or lets it run.
    pub fn camera_mode(&self, mode: CameraMode) {
        self.desk.camera().set_mode(mode);
    }

    /// Takes the central service down.
    pub async fn central_down(&self) -> Result<(), DeskError> {
        Ok(self.desk.central().set_down(true).await?)
    }

    /// Brings the central service back, on the same port.
    pub async fn central_up(&self) -> Result<(), DeskError> {
        Ok(self.desk.central().set_down(false).await?)
    }

    /// What was asked of the central service.
    pub fn central_requests(&self) -> Vec<RequestLog> {
        self.desk.central().requests()
    }

    /// Takes the cards away and stops everything.
    pub async fn shutdown(mut self) {
        if let Some((_, task)) = self.control.take() {
            task.abort();
            let _ = task.await;
        }
        self.desk.central().stop().await;
        let desk = Arc::clone(&self.desk);
        drop(self);
        // Joins the threads of cards and camera.
        let _ = tokio::task::spawn_blocking(move || {
            desk.clear();
            drop(desk);
        })
        .await;
    }

    async fn blocking(
        &self,
        work: impl FnOnce(&Desk) -> Result<(), DeskError> + Send + 'static,
    ) -> Result<(), DeskError> {
        let desk = Arc::clone(&self.desk);
        tokio::task::spawn_blocking(move || work(&desk))
            .await
            .map_err(|_| DeskError::Interrupted)?
    }
}

/// Making RSA keys takes seconds, so it happens beside the runtime.
async fn prepare(dir: &Path, portraits: &Path, register: &Register) -> Result<(), ClinicError> {
    let (to, from, persons) = (dir.to_owned(), portraits.to_owned(), register.clone());
    tokio::task::spawn_blocking(move || pki::prepare_with(&to, &persons, &from))
        .await?
        .map_err(|source| ClinicError::Prepare {
            dir: dir.to_owned(),
            source,
        })?;
    Ok(())
}
