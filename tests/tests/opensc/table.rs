//! A pcscd with two readers, the files of a test, and the tools at it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use e2e::{PrivatePcscd, repository};
use hw_sim::card::vpcd::VirtualReader;
use hw_sim::card::{Counters, Engine, read_card_file};
use hw_sim::persons::Register;
use tempfile::TempDir;

/// No tool needs longer, however often it asks.
pub(crate) const LIMIT_SECONDS: &str = "30";
/// Cards that are played here; of each kind one.
pub(crate) const CARDS: [&str; 9] = [
    "card-contact",
    "card-face-only",
    "card-old-juki",
    "card-android",
    "card-iphone",
    "card-licence",
    "card-fido",
    "card-transit",
    "card-blank",
];
pub(crate) const MESSAGE: &[u8] = b"a nonce of the central service";

/// Prepared once per build directory: its RSA keys take seconds to make.
pub(crate) fn prepared() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("opensc-cards");
        std::fs::create_dir_all(&folder).unwrap();
        let mut register = Register::catalogue().unwrap();
        register
            .persons
            .retain(|person| CARDS.contains(&person.id.as_str()));
        assert_eq!(register.persons.len(), CARDS.len());
        let portraits = repository().join("data/portraits");
        hw_sim::pki::prepare_with(&folder, &register, &portraits).unwrap();
        folder
    })
}

/// A pcscd with two readers, and the files of a test.
pub(crate) struct Table {
    pub(crate) readers: [VirtualReader; 2],
    pub(crate) pcscd: PrivatePcscd,
    pub(crate) dir: TempDir,
}

pub(crate) struct Said {
    pub(crate) ok: bool,
    pub(crate) out: String,
    pub(crate) all: String,
}

impl Table {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pcscd = PrivatePcscd::start(dir.path(), true).unwrap();
        let port = pcscd.vpcd_port;
        Self {
            readers: [port, port + 1].map(VirtualReader::connect),
            pcscd,
            dir,
        }
    }

    /// A card on a folder of its own.
    pub(crate) fn card(&self, person: &str) -> Engine {
        let folder = self.dir.path().join(person);
        std::fs::create_dir_all(&folder).unwrap();
        for entry in std::fs::read_dir(prepared().join("cards").join(person)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        Engine::load(&folder).unwrap()
    }

    /// Lays a card down and waits until pcscd has seen it: a tool that comes too early finds nothing.
    pub(crate) fn lay(&mut self, engine: Engine, reader: usize) {
        let wanted: String = engine
            .atr()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect::<Vec<_>>()
            .join(":");
        self.readers[reader].insert(engine).unwrap();
        let number = reader.to_string();
        let until = Instant::now() + Duration::from_secs(15);
        loop {
            let said = self.run("opensc-tool", &["-r", &number, "-a"]);
            if said.out.trim() == wanted {
                return;
            }
            assert!(Instant::now() < until, "{wanted} is not seen: {}", said.all);
        }
    }

    pub(crate) fn take(&mut self, reader: usize) -> Engine {
        self.readers[reader].remove().unwrap()
    }

    pub(crate) fn counters(&self, person: &str) -> Counters {
        read_card_file(&self.dir.path().join(person))
            .unwrap()
            .counters
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.dir.path().join(name), bytes).unwrap();
        self.path(name)
    }

    /// Runs a program against this pcscd. One that hangs is ended, and fails the test.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Said {
        let output = Command::new("timeout")
            .args(["--kill-after=5", LIMIT_SECONDS, program])
            .args(arguments)
            .env("PCSCLITE_CSOCK_NAME", self.pcscd.socket())
            // The tools keep certificates in a cache; every run shall ask the card.
            .env("HOME", self.dir.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let code = output.status.code();
        assert!(
            !matches!(code, None | Some(124 | 126 | 127 | 137)),
            "{program} {arguments:?} hung or is missing (opensc, openssl): {:?} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let all = format!("{out}{}", String::from_utf8_lossy(&output.stderr));
        Said {
            ok: output.status.success(),
            out,
            all,
        }
    }

    pub(crate) fn good(&self, program: &str, arguments: &[&str]) -> String {
        let said = self.run(program, arguments);
        assert!(said.ok, "{program} {arguments:?}: {}", said.all);
        said.out
    }

    /// Tries that `pkcs15-tool` shows of the two PINs.
    pub(crate) fn tries(&self) -> [u8; 2] {
        let text = self.good("pkcs15-tool", &["--list-pins"]);
        let of = |name: &str| {
            let part = text.split("PIN [").find(|part| part.starts_with(name));
            let part = part.unwrap_or_else(|| panic!("no {name} in {text}"));
            let line = part.lines().find_map(|line| {
                line.trim()
                    .strip_prefix("Tries left")
                    .map(|rest| rest.trim_start_matches([' ', ':']))
            });
            line.unwrap_or_else(|| panic!("no tries in {part}"))
                .parse()
                .unwrap()
        };
        [of("User Authentication PIN]"), of("Digital Signature PIN]")]
    }

    /// The DER of a certificate that `pkcs15-tool` reads.
    pub(crate) fn certificate(&self, reader: &str, id: &str) -> Vec<u8> {
        let pem = self.path(&format!("certificate-{reader}-{id}.pem"));
        let der = self.path(&format!("certificate-{reader}-{id}.der"));
        self.good(
            "pkcs15-tool",
            &["-r", reader, "--read-certificate", id, "-o", &pem],
        );
        self.good(
            "openssl",
            &["x509", "-in", &pem, "-outform", "DER", "-out", &der],
        );
        std::fs::read(der).unwrap()
    }

    pub(crate) fn file(&self, person: &str, name: &str) -> Vec<u8> {
        std::fs::read(self.dir.path().join(person).join(name)).unwrap()
    }

    /// Signs the file with `pkcs11-tool`; the signature's file.
    pub(crate) fn sign(
        &self,
        slot: &str,
        id: &str,
        pin: &str,
        mechanism: &str,
        data: &str,
    ) -> (Said, String) {
        let signature = self.path(&format!("signature-{id}-{mechanism}"));
        let said = self.run(
            "pkcs11-tool",
            &[
                "--slot-index",
                slot,
                "--login",
                "--pin",
                pin,
                "--sign",
                "--id",
                id,
                "-m",
                mechanism,
                "-i",
                data,
                "-o",
                &signature,
            ],
        );
        (said, signature)
    }

    /// The public key of a card's certificate, for OpenSSL.
    pub(crate) fn public_key(&self, person: &str, certificate: &str) -> String {
        let der = self.path(&format!("{person}/{certificate}"));
        let pem = self.good(
            "openssl",
            &["x509", "-inform", "DER", "-in", &der, "-noout", "-pubkey"],
        );
        self.write(&format!("{person}-{certificate}.pub"), pem.as_bytes())
    }
}
