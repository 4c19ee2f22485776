//! The keys under which a card's CV certificate must verify.
//!
//! They are configuration, because the authority does not publish them: `[[issuer]]` tables with the
//! 16-byte 証明者鍵ID and the RSA key. Ids that begin with `6` belong to the JPKI test hierarchy
//! (myna-card's documentation of key ids) and are refused outside simulations.

use serde::Deserialize;

/// Why the issuer file was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Not the expected TOML.
    #[error("issuer file: {0}")]
    Syntax(String),
    /// One entry's value is unusable.
    #[error("issuer {index}: {field} is unusable")]
    Value {
        /// Position, from 1.
        index: usize,
        /// Which field.
        field: &'static str,
    },
    /// Two entries have the same key id.
    #[error("issuer {0}: key id appears twice")]
    Twice(usize),
    /// More entries than any sensible file has.
    #[error("too many issuers")]
    TooMany,
}

/// One issuer's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerKey {
    /// 証明者鍵ID.
    pub id: [u8; 16],
    /// RSA modulus, big-endian, no leading zero.
    pub modulus: Vec<u8>,
    /// RSA exponent, big-endian, no leading zero.
    pub exponent: Vec<u8>,
}

/// All configured issuer keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuerKeys(Vec<IssuerKey>);

const MOST: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    issuer: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    key_id: String,
    modulus: String,
    exponent: String,
}

impl IssuerKeys {
    /// Reads `[[issuer]] key_id = "<32 hex>" modulus = "<hex>" exponent = "010001"`.
    ///
    /// # Errors
    /// [`IssuerError`] names the first entry that will not do.
    pub fn from_toml(text: &str) -> Result<Self, IssuerError> {
        let file: File = toml::from_str(text)
            .map_err(|error| IssuerError::Syntax(error.message().to_owned()))?;
        if file.issuer.len() > MOST {
            return Err(IssuerError::TooMany);
        }
        let mut keys: Vec<IssuerKey> = Vec::new();
        for (entry, index) in file.issuer.iter().zip(1..) {
            let bad = |field| IssuerError::Value { index, field };
            let id = unhex(&entry.key_id)
                .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())
                .ok_or(bad("key_id"))?;
            let modulus = unhex(&entry.modulus)
                .filter(|m| {
                    (256..=512).contains(&m.len()) && m[0] >= 0x80 && m[m.len() - 1] % 2 == 1
                })
                .ok_or(bad("modulus"))?;
            let exponent = unhex(&entry.exponent)
                .map(|e| e.into_iter().skip_while(|b| *b == 0).collect::<Vec<u8>>())
                .filter(|e| (1..=4).contains(&e.len()) && e[e.len() - 1] % 2 == 1 && e[..] != [1])
                .ok_or(bad("exponent"))?;
            if keys.iter().any(|key| key.id == id) {
                return Err(IssuerError::Twice(index));
            }
            keys.push(IssuerKey {
                id,
                modulus,
                exponent,
            });
        }
        Ok(Self(keys))
    }

    /// The key with exactly this id; all 16 bytes count.
    #[must_use]
    pub fn find(&self, id: &[u8]) -> Option<&IssuerKey> {
        self.0.iter().find(|key| key.id == id)
    }

    /// Whether any key belongs to a test hierarchy (id begins with ASCII `6`).
    #[must_use]
    pub fn has_test_keys(&self) -> bool {
        self.0.iter().any(|key| key.id[0] == b'6')
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none; then no photo can be trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) || digits.len() > 1024 {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            u8::try_from(high << 4 | low).ok()
        })
        .collect()
}

/// Upper-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            let _ = write!(out, "{byte:02X}");
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toml_with(id: &str, modulus: &str, exponent: &str) -> String {
        format!(
            "[[issuer]]\nkey_id = \"{id}\"\nmodulus = \"{modulus}\"\nexponent = \"{exponent}\"\n"
        )
    }
    const ID: &str = "35303030303233080530303100000000";

    #[test]
    fn reads_a_key_and_finds_it_by_all_sixteen_bytes() {
        let modulus = format!("C9{}01", "AA".repeat(254));
        let keys = IssuerKeys::from_toml(&toml_with(ID, &modulus, "010001")).unwrap();
        let id = unhex(ID).unwrap();
        assert_eq!(keys.find(&id).unwrap().exponent, [1, 0, 1]);
        let mut other = id.clone();
        other[15] = 1;
        assert!(keys.find(&other).is_none());
        assert!(!keys.has_test_keys());
    }

    #[test]
    fn invariant_13_test_hierarchy_ids_are_recognised() {
        let modulus = format!("C9{}01", "AA".repeat(254));
        let keys =
            IssuerKeys::from_toml(&toml_with(&ID.replacen("35", "36", 1), &modulus, "010001"));
        assert!(keys.unwrap().has_test_keys());
    }

    #[test]
    fn unusable_entries_are_named() {
        let good = format!("C9{}01", "AA".repeat(254));
        for (id, modulus, exponent, field) in [
            ("35", &good[..], "010001", "key_id"),
            (ID, "C901", "010001", "modulus"),
            (
                ID,
                &format!("C9{}02", "AA".repeat(254)),
                "010001",
                "modulus",
            ),
            (ID, "zz", "010001", "modulus"),
            (ID, &good, "000001", "exponent"),
            (ID, &good, "", "exponent"),
            (ID, &good, "0100010001", "exponent"),
        ] {
            let error = IssuerKeys::from_toml(&toml_with(id, modulus, exponent)).unwrap_err();
            assert_eq!(
                error,
                IssuerError::Value { index: 1, field },
                "{modulus:.8} {exponent}"
            );
        }
        let twice = toml_with(ID, &good, "010001").repeat(2);
        assert_eq!(IssuerKeys::from_toml(&twice), Err(IssuerError::Twice(2)));
        assert!(matches!(
            IssuerKeys::from_toml("issuer = 3"),
            Err(IssuerError::Syntax(_))
        ));
    }
}
