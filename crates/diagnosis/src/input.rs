//! What the checks need to know. Filled by whoever has the settings (`uketsukectl`), so that this
//! crate knows no settings file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Everything a run needs.
#[derive(Debug, Clone)]
pub struct DoctorInput {
    /// Wall time now, milliseconds since the Unix epoch.
    pub now: i64,
    /// The settings file that was read, or why it could not be.
    pub config: ConfigState,
    /// The settings; `None` when the file could not be read. PC/SC is looked at all the same.
    pub settings: Option<Settings>,
    /// Time limits.
    pub limits: Limits,
    /// Where the system keeps its things; tests set other places.
    pub system: SystemPaths,
}

/// Outcome of reading the settings file.
#[derive(Debug, Clone)]
pub enum ConfigState {
    /// Read and accepted.
    Loaded {
        /// The file.
        path: PathBuf,
    },
    /// Not accepted.
    Problem {
        /// The file.
        path: PathBuf,
        /// Stable code (`UK-CONF-NNN`).
        code: &'static str,
        /// The chain of reasons.
        detail: String,
    },
}

/// The part of the settings that the checks use.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether this is a simulated terminal (invariant 13).
    pub simulated: bool,
    /// Only readers whose name contains this; empty = every reader.
    pub reader_filter: String,
    /// Files that must be readable, by the key that names them.
    pub files: Vec<(&'static str, PathBuf)>,
    /// Address of the patient's page, where it has a place for headphones (`kiosk.headphones`); else nothing of the browser is looked at.
    pub headphones_page: Option<SocketAddr>,
    /// Socket of the vision worker.
    pub vision_socket: PathBuf,
    /// When the person is asked to turn the head: `always`, `on-doubt`, `off`.
    pub face_challenge: String,
    /// The central service.
    pub central: CentralSettings,
    /// The ledger.
    pub ledger: LedgerSettings,
    /// Socket of the receipt computer.
    pub receipt_socket: PathBuf,
    /// Clients the receipt socket knows.
    pub receipt_clients: Vec<String>,
    /// `req`, `res` and `face`; empty = no folders are served.
    pub folders: Vec<PathBuf>,
    /// Socket of the technician.
    pub admin_socket: PathBuf,
}

/// Where and how the central service is reached.
#[derive(Debug, Clone)]
pub struct CentralSettings {
    /// Host name, as in the server's certificate.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Address to connect to instead of resolving the name.
    pub connect: Option<SocketAddr>,
    /// PEM file with the accepted trust anchors.
    pub ca: PathBuf,
    /// PEM file with the terminal's certificate.
    pub client_certificate: PathBuf,
    /// Revocation lists of the authorities.
    pub crls: Vec<PathBuf>,
    /// PEM file with its key.
    pub client_key: PathBuf,
    /// Login name.
    pub user_id: String,
    /// File with the password.
    pub password_file: PathBuf,
    /// Also TLS 1.2.
    pub tls12: bool,
    /// Institution code sent with requests.
    pub institution_code: String,
    /// Path of the login call, when not the public one.
    pub login_path: Option<String>,
    /// Path of the nonce call, when not the assumed one.
    pub nonce_path: Option<String>,
}

/// Where the ledger is.
#[derive(Debug, Clone)]
pub struct LedgerSettings {
    /// Database file.
    pub path: PathBuf,
    /// Head of the audit chain.
    pub head: PathBuf,
    /// File with the sealing key (64 hex digits).
    pub key_file: PathBuf,
}

/// The longest each check may take. A check over its limit is reported, never waited for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One PC/SC walk.
    pub pcsc: Duration,
    /// Answers of the vision worker and of the technician's socket.
    pub local: Duration,
    /// The camera's first picture (a camera that sleeps needs seconds).
    pub camera: Duration,
    /// One network step.
    pub network: Duration,
    /// Verifying the audit chain.
    pub ledger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pcsc: Duration::from_secs(5),
            local: Duration::from_secs(2),
            camera: Duration::from_secs(8),
            network: Duration::from_secs(5),
            ledger: Duration::from_secs(20),
        }
    }
}

/// Places of the operating system.
#[derive(Debug, Clone)]
pub struct SystemPaths {
    /// pcscd's socket.
    pub pcscd_socket: PathBuf,
    /// USB devices in sysfs.
    pub usb_devices: PathBuf,
    /// The udev link of the face camera.
    pub face_camera: PathBuf,
    /// Present when the time service has synchronised the clock.
    pub time_synchronised: PathBuf,
    /// Sealed credentials.
    pub credential_store: PathBuf,
    /// Chromium's policies that the machine's administrator set: a folder of JSON files.
    pub browser_policies: PathBuf,
}

impl Default for SystemPaths {
    fn default() -> Self {
        Self {
            // libpcsclite honours the same variable.
            pcscd_socket: std::env::var_os("PCSCLITE_CSOCK_NAME")
                .map_or_else(|| "/run/pcscd/pcscd.comm".into(), PathBuf::from),
            usb_devices: "/sys/bus/usb/devices".into(),
            face_camera: "/dev/uketsuke/face-camera".into(),
            time_synchronised: "/run/systemd/timesync/synchronized".into(),
            credential_store: "/etc/credstore.encrypted".into(),
            browser_policies: "/etc/chromium/policies/managed".into(),
        }
    }
}
