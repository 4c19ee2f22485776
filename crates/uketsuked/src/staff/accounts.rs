//! The staff's accounts: a small file that `uketsukectl staff` writes and the daemon reads at each sign-in. Passwords stand in it
//! as argon2id hashes (RFC 9106), the second factor's key as it is, so the file is readable by root and the daemon alone.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::totp::{self, Key};

/// Longest name, in characters.
const NAME: usize = 40;
/// Shortest and longest password, in characters.
const PASSWORD: std::ops::RangeInclusive<usize> = 10..=64;
/// Most accounts.
const MOST: usize = 200;
/// RFC 9106's second recommended choice needs 64 MiB; a terminal with a face worker beside it gets OWASP's 19 MiB and two passes.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const HASH: usize = 32;

/// Why the accounts can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The file can't be read or written.
    #[error("the file of the staff's accounts")]
    File(#[source] std::io::Error),
    /// The file is not one of accounts, or others may read or write it.
    #[error("the file of the staff's accounts: {0}")]
    Unfit(String),
    /// A name or password that is not accepted.
    #[error("{0}")]
    Input(&'static str),
    /// No account of that name.
    #[error("there is no account of that name")]
    Unknown,
    /// The system gave no random bytes, or hashing failed.
    #[error("no hash could be made")]
    Hash,
}

impl AccountsError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(_) | Self::Unfit(_) => "UK-STAFF-003",
            Self::Input(_) => "UK-STAFF-010",
            Self::Unknown => "UK-STAFF-011",
            Self::Hash => "UK-STAFF-012",
        }
    }
}

/// The group that may read what the service alone reads: the service's own, or else that of the settings file.
#[must_use]
pub fn service_group(settings: &Path) -> Option<u32> {
    let own = nix::unistd::Group::from_name("uketsuke").ok().flatten();
    let own = own.map(|group| group.gid.as_raw());
    own.or_else(|| Some(std::fs::metadata(settings).ok()?.gid()))
}

/// One account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    /// Qualified to view medical information.
    medical: bool,
    salt: String,
    hash: String,
    memory_kib: u32,
    passes: u32,
    /// Key of the second factor, base32.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    second: Option<String>,
}

impl Drop for Account {
    fn drop(&mut self) {
        self.second.zeroize();
    }
}

/// What a list of accounts shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Name.
    pub name: String,
    /// Qualified to view medical information.
    pub medical: bool,
    /// Has a second factor.
    pub second: bool,
}

/// All accounts.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    staff: Vec<Account>,
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Accounts({})", self.staff.len())
    }
}

impl Accounts {
    /// Reads the file; none when there is none.
    ///
    /// # Errors
    /// It can't be read, is no such file, or everybody may read or write it.
    pub fn load(path: &Path) -> Result<Self, AccountsError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(AccountsError::File(error)),
        };
        let mode = std::fs::metadata(path).map_err(AccountsError::File)?.mode();
        if mode & 0o027 != 0 {
            return Err(AccountsError::Unfit(format!(
                "others may read or write it (mode {:o}); it must be 640 or stricter",
                mode & 0o777
            )));
        }
        serde_json::from_str(&text).map_err(|error| AccountsError::Unfit(error.to_string()))
    }

    /// Writes the file all at once, for its owner and the service's group alone ([`service_group`]; `like` is the settings file).
    ///
    /// # Errors
    /// It can't be written.
    pub fn save(&self, path: &Path, like: &Path) -> Result<(), AccountsError> {
        let text = serde_json::to_string_pretty(self).map_err(|_| AccountsError::Hash)?;
        let text = Zeroizing::new(text);
        let beside = path.with_extension("new");
        let _ = std::fs::remove_file(&beside);
        let write = || {
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o640)
                .open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::os::unix::fs::chown(&beside, None, service_group(like))?;
            std::fs::rename(&beside, path)
        };
        write().map_err(AccountsError::File)
    }

    /// Who has an account.
    #[must_use]
    pub fn list(&self) -> Vec<Listed> {
        let listed = |account: &Account| Listed {
            name: account.name.clone(),
            medical: account.medical,
            second: account.second.is_some(),
        };
        self.staff.iter().map(listed).collect()
    }

    /// Adds an account, or gives the one of that name a new password and second factor. Gives the `otpauth` address of the second
    /// factor for those who are qualified.
    ///
    /// # Errors
    /// A name or password that is not accepted; too many accounts; no random bytes.
    pub fn put(
        &mut self,
        name: &str,
        password: &str,
        medical: bool,
    ) -> Result<Option<Zeroizing<String>>, AccountsError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return Err(AccountsError::Input("a name has 1 to 40 characters"));
        }
        if !PASSWORD.contains(&password.chars().count()) {
            return Err(AccountsError::Input("a password has 10 to 64 characters"));
        }
        let known = self.staff.iter().position(|account| account.name == name);
        if known.is_none() && self.staff.len() >= MOST {
            return Err(AccountsError::Input("there are too many accounts"));
        }
        let mut salt = [0_u8; 16];
        let random = SystemRandom::new();
        random.fill(&mut salt).map_err(|_| AccountsError::Hash)?;
        let hash = hash(password, &salt, MEMORY_KIB, PASSES)?;
        let second = if medical {
            Some(Key::generate().ok_or(AccountsError::Hash)?)
        } else {
            None
        };
        let address = second.as_ref().map(|key| key.address(name));
        let account = Account {
            name: name.to_owned(),
            medical,
            salt: STANDARD_NO_PAD.encode(salt),
            hash: STANDARD_NO_PAD.encode(*hash),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            second: second.map(|key| key.text().to_string()),
        };
        match known.and_then(|at| self.staff.get_mut(at)) {
            Some(place) => *place = account,
            None => self.staff.push(account),
        }
        Ok(address)
    }

    /// Removes an account.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn remove(&mut self, name: &str) -> Result<(), AccountsError> {
        let before = self.staff.len();
        self.staff.retain(|account| account.name != name.trim());
        if self.staff.len() == before {
            return Err(AccountsError::Unknown);
        }
        Ok(())
    }

    /// Whether there is such an account, and whether it is one of a qualified person.
    #[must_use]
    pub fn medical(&self, name: &str) -> Option<bool> {
        self.find(name).map(|account| account.medical)
    }

    /// Another number for each password that an account is given: what was signed in with another one ends.
    #[must_use]
    pub fn edition(&self, name: &str) -> Option<u64> {
        let account = self.find(name)?;
        let digest = ring::digest::digest(&ring::digest::SHA256, account.salt.as_bytes());
        let bytes = digest.as_ref().first_chunk::<8>()?;
        Some(u64::from_be_bytes(*bytes))
    }

    fn find(&self, name: &str) -> Option<&Account> {
        self.staff.iter().find(|account| account.name == name)
    }

    /// Whether the password is this account's. A name without an account takes as long.
    #[must_use]
    pub fn password_fits(&self, name: &str, password: &str) -> bool {
        let nobody = Account {
            name: String::new(),
            medical: false,
            salt: STANDARD_NO_PAD.encode([0; 16]),
            hash: String::new(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            second: None,
        };
        let found = self.find(name);
        let account = found.unwrap_or(&nobody);
        let (Ok(salt), Ok(known)) = (
            STANDARD_NO_PAD.decode(&account.salt),
            STANDARD_NO_PAD.decode(&account.hash),
        ) else {
            return false;
        };
        let Ok(given) = hash(password, &salt, account.memory_kib, account.passes) else {
            return false;
        };
        same(&known, &*given) && found.is_some()
    }

    /// The time step of a right code of the second factor at one of these times (ms since 1970); a step not later than `after` was used
    /// before.
    #[must_use]
    pub fn code_fits(&self, name: &str, code: &str, times: [i64; 2], after: u64) -> Option<u64> {
        let key = Key::read(self.find(name)?.second.as_ref()?)?;
        // Both are compared, so that the time tells nothing about which one was near.
        let [one, other] = times.map(|now| totp::fits(&key, code, now, after));
        one.or(other)
    }
}

fn hash(
    password: &str,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
) -> Result<Zeroizing<[u8; HASH]>, AccountsError> {
    // What a changed file could ask for stays within what the terminal has.
    if memory_kib > 256 * 1024 || passes > 10 {
        return Err(AccountsError::Hash);
    }
    let params = Params::new(memory_kib, passes, 1, Some(HASH)).map_err(|_| AccountsError::Hash)?;
    let mut out = Zeroizing::new([0_u8; HASH]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut *out)
        .map_err(|_| AccountsError::Hash)?;
    Ok(out)
}

/// Compares without telling by time how much was alike.
pub(super) fn same(known: &[u8], given: &[u8]) -> bool {
    use ring::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"uketsuke staff comparison");
    hmac::verify(&key, given, hmac::sign(&key, known).as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argon2id_is_the_published_one() {
        // A short form of the reference implementation's own test: argon2id, v=19, m=256, t=2, p=1.
        let made = hash("password", b"somesalt", 256, 2).unwrap();
        let hex: String = made.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"
        );
    }

    #[test]
    fn accounts_are_kept_and_open_with_their_password_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staff.json");
        let mut accounts = Accounts::load(&path).unwrap();
        assert!(accounts.put("a", "short", false).is_err());
        assert!(accounts.put(" ", "long enough 1", false).is_err());
        assert_eq!(
            accounts.put("受付 花子", "long enough 1", false).unwrap(),
            None
        );
        let address = accounts
            .put("医師 太郎", "long enough 2", true)
            .unwrap()
            .unwrap();
        assert!(
            address.starts_with("otpauth://totp/uketsuke:"),
            "{}",
            *address
        );
        accounts.save(&path, folder.path()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("long enough"));
        let read = Accounts::load(&path).unwrap();
        assert!(read.password_fits("受付 花子", "long enough 1"));
        for (name, password) in [
            ("受付 花子", "long enough 2"),
            ("受付 花子", ""),
            ("", ""),
            ("nobody", "long enough 1"),
        ] {
            assert!(!read.password_fits(name, password), "{name} {password}");
        }
        assert_eq!(read.medical("医師 太郎"), Some(true));
        assert_eq!(read.list().len(), 2);
        let mut read = read;
        read.remove("受付 花子").unwrap();
        assert!(read.remove("受付 花子").is_err());
        assert!(!read.password_fits("受付 花子", "long enough 1"));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staff.json");
        Accounts::default().save(&path, folder.path()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Accounts::load(&path).unwrap_err().code(), "UK-STAFF-003");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::fs::write(&path, "[]").unwrap();
        assert_eq!(Accounts::load(&path).unwrap_err().code(), "UK-STAFF-003");
    }
}
