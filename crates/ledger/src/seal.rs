//! Sealing: AES-256-GCM with a random 96-bit nonce per record; the additional data binds a record to its table, its id and
//! to simulation or production, so that a record copied elsewhere does not open. Also the mark that signs the audit head.

use crate::LedgerError;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Layout of a sealed record: one format byte, the nonce, the ciphertext with its tag. The byte leaves room for key generations.
const FORMAT: u8 = 1;

/// The ledger's key, 32 bytes, wiped when dropped. It is never derived from anything that stands in the ledger.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct LedgerKey(pub [u8; 32]);

impl std::fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LedgerKey(…)")
    }
}

pub(crate) struct Sealer {
    key: LessSafeKey,
    head: hmac::Key,
    random: SystemRandom,
    simulated: bool,
}

impl Sealer {
    pub(crate) fn new(key: &LedgerKey, simulated: bool) -> Result<Self, LedgerError> {
        let unbound = UnboundKey::new(&AES_256_GCM, &key.0).map_err(|_| LedgerError::WrongKey)?;
        // The head is signed with a key of its own, derived from the ledger key for this one purpose.
        let root = hmac::Key::new(hmac::HMAC_SHA256, &key.0);
        let derived = hmac::sign(&root, b"uketsuke ledger head v1");
        Ok(Self {
            key: LessSafeKey::new(unbound),
            head: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
            random: SystemRandom::new(),
            simulated,
        })
    }

    pub(crate) fn simulated(&self) -> bool {
        self.simulated
    }

    /// Seals `plain` for `table` and the record's `id`; `bound` are further columns that must not be exchanged.
    pub(crate) fn seal(
        &self,
        table: &str,
        id: &str,
        bound: &[&str],
        plain: &[u8],
    ) -> Result<Vec<u8>, LedgerError> {
        let mut nonce = [0u8; NONCE_LEN];
        self.random
            .fill(&mut nonce)
            .map_err(|_| LedgerError::Corrupt("no random numbers".into()))?;
        let mut body = plain.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(self.additional(table, id, bound)),
                &mut body,
            )
            .map_err(|_| LedgerError::Unacceptable("body"))?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens what [`Self::seal`] made; `None` when the key, the place or a single bit differs.
    pub(crate) fn open(
        &self,
        table: &str,
        id: &str,
        bound: &[&str],
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        let (format, rest) = sealed.split_first()?;
        if *format != FORMAT || rest.len() < NONCE_LEN + AES_256_GCM.tag_len() {
            return None;
        }
        let (nonce, body) = rest.split_at(NONCE_LEN);
        let mut body = body.to_vec();
        let plain = self
            .key
            .open_in_place(
                Nonce::try_assume_unique_for_key(nonce).ok()?,
                Aad::from(self.additional(table, id, bound)),
                &mut body,
            )
            .ok()?
            .len();
        body.truncate(plain);
        Some(body)
    }

    pub(crate) fn open_text(
        &self,
        table: &str,
        id: &str,
        bound: &[&str],
        sealed: &[u8],
    ) -> Result<String, LedgerError> {
        self.open(table, id, bound, sealed)
            .and_then(|plain| String::from_utf8(plain).ok())
            .ok_or_else(|| LedgerError::Corrupt(format!("record {table} {id} does not open")))
    }

    pub(crate) fn sign_head(&self, text: &str) -> String {
        hex(hmac::sign(&self.head, text.as_bytes()).as_ref())
    }

    pub(crate) fn head_is_ours(&self, text: &str, mark: &str) -> bool {
        unhex(mark).is_some_and(|mark| hmac::verify(&self.head, text.as_bytes(), &mark).is_ok())
    }

    fn additional(&self, table: &str, id: &str, bound: &[&str]) -> Vec<u8> {
        let flag = if self.simulated {
            "simulated"
        } else {
            "production"
        };
        let mut aad = Vec::new();
        for part in [table, id, flag].iter().chain(bound) {
            // Lengths go in front, so that no two lists of parts give the same bytes.
            aad.extend_from_slice(&(part.len() as u64).to_be_bytes());
            aad.extend_from_slice(part.as_bytes());
        }
        aad
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .map(char::from)
        .collect()
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(key: u8, simulated: bool) -> Sealer {
        Sealer::new(&LedgerKey([key; 32]), simulated).unwrap()
    }

    #[test]
    fn a_record_opens_only_with_its_key_at_its_place_in_its_world() {
        let sealed = sealer(1, false)
            .seal("results", "a", &["r"], "資格".as_bytes())
            .unwrap();
        assert!(!sealed.windows(3).any(|w| w == "資".as_bytes()));
        let ours = sealer(1, false);
        assert_eq!(
            ours.open_text("results", "a", &["r"], &sealed).unwrap(),
            "資格"
        );
        assert!(
            ours.open("results", "b", &["r"], &sealed).is_none(),
            "other id"
        );
        assert!(
            ours.open("inquiries", "a", &["r"], &sealed).is_none(),
            "other table"
        );
        assert!(
            ours.open("results", "a", &["s"], &sealed).is_none(),
            "other reader"
        );
        assert!(
            sealer(2, false)
                .open("results", "a", &["r"], &sealed)
                .is_none(),
            "other key"
        );
        assert!(
            sealer(1, true)
                .open("results", "a", &["r"], &sealed)
                .is_none(),
            "other world"
        );
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(
                ours.open("results", "a", &["r"], &bad).is_none(),
                "bit {at}"
            );
            assert!(
                ours.open("results", "a", &["r"], &sealed[..at]).is_none(),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn two_sealings_of_the_same_text_differ() {
        let s = sealer(1, false);
        assert_ne!(
            s.seal("t", "i", &[], b"x").unwrap(),
            s.seal("t", "i", &[], b"x").unwrap()
        );
    }
}
