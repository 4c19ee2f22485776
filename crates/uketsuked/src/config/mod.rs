//! The settings file: one TOML document, every key with a default where a default is safe,
//! unknown keys refused. `docs/man/uketsuke.toml.5` describes each key for operators.

mod check;
mod kiosk;
mod ledger;
mod numbers;
mod offices;
mod problem;
mod vision;

pub use self::kiosk::{Kiosk, PageDefaults, Place, ScreenSetting};
pub use self::vision::Vision;
pub use ledger::{Ledger, LedgerDisk, LedgerKeep};
pub use offices::WelfareOffice;
pub use problem::ConfigProblem;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The whole settings file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who and where this terminal is.
    pub terminal: Terminal,
    /// Card reader and what makes a card genuine.
    pub card: Card,
    /// The vision worker.
    #[serde(default)]
    pub vision: Vision,
    /// The central service.
    pub central: Central,
    /// The ledger.
    pub ledger: Ledger,
    /// The receipt computer's socket.
    #[serde(default)]
    pub receipt: Receipt,
    /// The folders of a receipt computer of today; without this section there are none.
    #[serde(default)]
    pub folders: Option<Folders>,
    /// The pages for patient and staff.
    #[serde(default)]
    pub kiosk: Kiosk,
    /// Time limits of a visit.
    #[serde(default)]
    pub visit: Visit,
    /// Scheduled fetch of tickets.
    #[serde(default)]
    pub tickets: Tickets,
    /// Staff's accounts, and their page on the clinic's network.
    #[serde(default)]
    pub staff: Staff,
    /// The technician's socket.
    #[serde(default)]
    pub admin: Admin,
    /// The welfare offices that staff is told to phone, with their telephones.
    #[serde(default)]
    pub welfare_office: Vec<WelfareOffice>,
}

/// How the terminal was installed: chosen once, never switched (invariant 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Real cards, the real service, the udev-tagged camera.
    Production,
    /// Virtual card, simulated service, pictures as camera; everything shown says so.
    Simulation,
}

/// `[terminal]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terminal {
    /// 医療機関コード, 10 digits.
    pub institution_code: String,
    /// Name of the institution as staff know it.
    #[serde(default)]
    pub institution_name: String,
    /// `production` or `simulation`.
    pub mode: Mode,
    /// Asks for the qualification only: no consent is asked, no medical information requested.
    #[serde(default)]
    pub qualification_only: bool,
    /// Name of this desk; stands in each result as the reader's name prefix.
    #[serde(default = "defaults::desk")]
    pub desk: String,
}

/// `[card]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Only readers whose PC/SC name contains this; empty = every reader.
    #[serde(default)]
    pub reader: String,
    /// With `reader` set: a second, general-purpose reader (for phones, say) whose name contains this is
    /// watched too; empty = none.
    #[serde(default)]
    pub second_reader: String,
    /// Readers (parts of names) that `uketsukectl card --probe-extended` found to pass extended length; with all
    /// others files are read in 256-byte blocks.
    #[serde(default)]
    pub extended_length: Vec<String>,
    /// After a face match, prove the card by the surface AP's own key (かざし利用) instead of its authentication
    /// key. Only for services that know the card from an earlier PIN use.
    #[serde(default)]
    pub surface_proof: bool,
    /// TOML file with the CV issuer keys under which a photo record counts (invariant 16).
    pub issuers: PathBuf,
    /// DER files of the accepted 利用者証明用 certification authorities; empty = the three published ones.
    #[serde(default)]
    pub auth_roots: Vec<PathBuf>,
    /// The fictitious terminal authentication of the simulator; refused in production.
    #[serde(default)]
    pub fictitious_terminal: Option<FictitiousTerminal>,
    /// Longest wait for one command's answer, ms.
    #[serde(default = "defaults::apdu_timeout_ms")]
    pub apdu_timeout_ms: u64,
}

impl Card {
    /// A card can be proved without its PIN after a face match.
    pub fn proves_face(&self) -> bool {
        self.fictitious_terminal.is_some() || self.surface_proof
    }

    /// A card can be proved without its PIN when staff have looked: no record was read, so the surface AP's key, which
    /// answers for that record, is not enough.
    pub fn proves_visual(&self) -> bool {
        self.fictitious_terminal.is_some()
    }
}

/// `[card.fictitious_terminal]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FictitiousTerminal {
    /// The terminal's CV certificate (568 bytes).
    pub certificate: PathBuf,
    /// Its RSA key, PKCS#8 DER.
    pub key: PathBuf,
}

/// `[central]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Central {
    /// Host name; must be in the server's certificate.
    pub host: String,
    /// TCP port.
    #[serde(default = "defaults::https")]
    pub port: u16,
    /// Address to connect to instead of resolving the host name.
    #[serde(default)]
    pub connect: Option<SocketAddr>,
    /// PEM file with the only trust anchors accepted.
    pub ca: PathBuf,
    /// Files with the authorities' revocation lists, PEM or DER; empty = revocation is not looked at. With lists, a server certificate
    /// that none of them covers, and one whose list has passed its next update, are refused.
    #[serde(default)]
    pub crls: Vec<PathBuf>,
    /// PEM file with the terminal's certificate chain.
    pub client_certificate: PathBuf,
    /// PEM file with its key (a systemd credential in production).
    pub client_key: PathBuf,
    /// Login name.
    pub user_id: String,
    /// File that holds the password (a systemd credential in production).
    pub password_file: PathBuf,
    /// Also allow TLS 1.2 with AEAD suites.
    #[serde(default)]
    pub tls12: bool,
    /// Limit for connecting, ms.
    #[serde(default = "defaults::connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// Limit for one request with all its repeats, ms.
    #[serde(default = "defaults::request_timeout_ms")]
    pub request_timeout_ms: u64,
    /// Paths below the host, when they differ from the public ones.
    #[serde(default)]
    pub paths: CentralPaths,
}

/// `[central.paths]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CentralPaths {
    /// Login.
    pub login: Option<String>,
    /// Qualification (IF-001).
    pub qualification: Option<String>,
    /// Nonce for the card (assumed).
    pub nonce: Option<String>,
    /// Card confirmation (assumed).
    pub confirm: Option<String>,
    /// Medicines (assumed).
    pub medicines: Option<String>,
    /// Prefix of all other calls (assumed).
    pub others: Option<String>,
}

/// `[receipt]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Receipt {
    /// Socket path; ignored when systemd passes the socket.
    pub socket: PathBuf,
    /// How long a claim stands before it lapses back to its owner's queue, ms.
    pub lease_ms: i64,
    /// Who may connect.
    #[serde(rename = "client")]
    pub clients: Vec<ReceiptClient>,
}

/// `[[receipt.client]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptClient {
    /// Name that stands in the audit chain and owns results.
    pub name: String,
    /// User id of the peer.
    #[serde(default)]
    pub uid: Option<u32>,
    /// Or its user name.
    #[serde(default)]
    pub user: Option<String>,
    /// What it may do: `read`, `claim`, `medical`, `inquire`, `settings`, `audit`. Without it the first two: what is more is given by
    /// name.
    #[serde(default = "defaults::rights")]
    pub rights: Vec<String>,
    /// Readers whose results it sees, by whole name or by desk; empty = all.
    #[serde(default)]
    pub readers: Vec<String>,
}

/// `[folders]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folders {
    /// Where the receipt computer writes its requests.
    pub req: PathBuf,
    /// Where it finds the answers.
    pub res: PathBuf,
    /// Where it finds what came of visits; without it no such files are written and nothing is claimed for them.
    #[serde(default)]
    pub face: Option<PathBuf>,
    /// `utf-8` or `shift_jis`, for files in `face`; answers follow their request.
    #[serde(default = "defaults::charset")]
    pub charset: String,
    /// Bulk answers as ZIP files.
    #[serde(default)]
    pub bulk_zip: bool,
    /// `ResponseFileStayTime`, minutes: a file that nobody took for so long is removed and staff is told.
    #[serde(default = "defaults::stay_minutes")]
    pub stay_minutes: u32,
    /// Days for which a refused request is kept in `req/rejected/`; patients' numbers stand in it.
    #[serde(default = "defaults::rejected_days")]
    pub rejected_days: u32,
    /// Time between two looks when the system tells of no change, ms.
    #[serde(default = "defaults::poll_ms")]
    pub poll_ms: u64,
    /// Readers whose results go to `face`; empty = all.
    #[serde(default)]
    pub readers: Vec<String>,
}

/// `[visit]` – all in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Visit {
    /// A screen that waits for the person.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub idle_s: u32,
    /// Consent questions.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub consent_s: u32,
    /// Waiting for staff.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub staff_s: u32,
    /// Limit for an answer of card or service before the visit goes another way.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub device_s: u32,
    /// Longest time the last page stays.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub farewell_s: u32,
}

/// `[tickets]` – the scheduled bulk fetch of medical tickets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tickets {
    /// Day of the month from which on they are fetched, 1 to 28; 0 = only on demand. Offices register by about the 20th.
    #[serde(deserialize_with = "numbers::whole_u8")]
    pub day: u8,
    /// Hour of the day, 0 to 23; a terminal that was off then fetches when it is on again.
    #[serde(deserialize_with = "numbers::whole_u8")]
    pub hour: u8,
}

impl Default for Tickets {
    fn default() -> Self {
        Self { day: 0, hour: 6 }
    }
}

/// `[staff]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staff {
    /// File of the accounts; `uketsukectl staff` writes it.
    pub accounts: PathBuf,
    /// Minutes without doing anything after which a session ends.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub idle_minutes: u32,
    /// The page on the clinic's network; without this section it is served on the terminal alone.
    pub lan: Option<StaffLan>,
}

/// `[staff.lan]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffLan {
    /// One address of this machine, with its port.
    pub listen: SocketAddr,
    /// Names or addresses under which browsers ask for it, without the port.
    pub names: Vec<String>,
    /// Certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

impl Default for Staff {
    fn default() -> Self {
        Self {
            accounts: "/etc/uketsuke/staff.json".into(),
            idle_minutes: 15,
            lan: None,
        }
    }
}

/// `[admin]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// Socket for `uketsukectl`.
    pub socket: PathBuf,
}

mod defaults {
    pub(super) fn yes() -> bool {
        true
    }
    pub(super) fn rights() -> Vec<String> {
        ["read", "claim"].map(String::from).to_vec()
    }
    pub(super) fn charset() -> String {
        "utf-8".into()
    }
    pub(super) fn rejected_days() -> u32 {
        30
    }
    pub(super) fn stay_minutes() -> u32 {
        1_440
    }
    pub(super) fn poll_ms() -> u64 {
        1_000
    }
    pub(super) fn desk() -> String {
        "desk-1".into()
    }
    pub(super) fn apdu_timeout_ms() -> u64 {
        5_000
    }
    pub(super) fn https() -> u16 {
        443
    }
    pub(super) fn connect_timeout_ms() -> u64 {
        3_000
    }
    pub(super) fn request_timeout_ms() -> u64 {
        10_000
    }
}

impl Default for Receipt {
    fn default() -> Self {
        Self {
            socket: "/run/uketsuke/receipt.sock".into(),
            lease_ms: 120_000,
            clients: Vec::new(),
        }
    }
}

impl Default for Visit {
    fn default() -> Self {
        Self {
            idle_s: 60,
            consent_s: 90,
            staff_s: 300,
            device_s: 20,
            farewell_s: 10,
        }
    }
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            socket: "/run/uketsuke/admin.sock".into(),
        }
    }
}

impl Config {
    /// Reads and checks a settings file.
    ///
    /// # Errors
    /// [`ConfigProblem`] says which file and key, and what to do.
    pub fn load(path: &Path) -> Result<Self, ConfigProblem> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigProblem::Unreadable {
            path: path.into(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// Parses and checks settings given as text.
    ///
    /// # Errors
    /// [`ConfigProblem`] as for [`Config::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigProblem> {
        let config: Self = toml::from_str(text).map_err(|source| ConfigProblem::Syntax {
            path: path.into(),
            source: Box::new(source),
        })?;
        check::check(&config)?;
        Ok(config)
    }

    /// The telephones of the welfare offices, for the staff's pages.
    #[must_use]
    pub fn offices(&self) -> ::kiosk::staff::Offices {
        offices::all(&self.welfare_office)
    }

    /// Whether this is a simulated terminal.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.terminal.mode == Mode::Simulation
    }
}
