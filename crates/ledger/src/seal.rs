//! Sealing: AES-256-GCM with a random 96-bit nonce per record; the additional data binds a record to its table, its id and
//! to simulation or production, so that a record copied elsewhere does not open. Keys have generations ([`crate::keys`]).
//! Also the mark under which the audit head is known as ours.

use crate::LedgerError;
use crate::keys::LedgerKeys;
use crate::signer::Signer;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::BTreeMap;

/// Layout of a record sealed with generation 1: this byte, the nonce, the ciphertext with its tag.
const FIRST: u8 = 1;
/// Layout of every other generation: this byte, the generation (4 bytes, big endian), nonce, ciphertext with tag.
const NUMBERED: u8 = 2;

/// Seals and opens records, and signs heads.
pub(crate) struct Sealer {
    keys: BTreeMap<u32, (LessSafeKey, hmac::Key)>,
    newest: u32,
    random: SystemRandom,
    simulated: bool,
    signer: Option<Signer>,
}

impl Sealer {
    pub(crate) fn new(keys: &LedgerKeys, simulated: bool) -> Result<Self, LedgerError> {
        let mut opened = BTreeMap::new();
        for (generation, key) in keys.iter() {
            let unbound =
                UnboundKey::new(&AES_256_GCM, &key.0).map_err(|_| LedgerError::WrongKey)?;
            // The head is marked with a key of its own, derived from the ledger key for this one purpose.
            let root = hmac::Key::new(hmac::HMAC_SHA256, &key.0);
            let derived = hmac::sign(&root, b"uketsuke ledger head v1");
            let mark = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
            opened.insert(generation, (LessSafeKey::new(unbound), mark));
        }
        Ok(Self {
            keys: opened,
            newest: keys.newest(),
            random: SystemRandom::new(),
            simulated,
            signer: None,
        })
    }

    pub(crate) fn simulated(&self) -> bool {
        self.simulated
    }

    pub(crate) fn newest(&self) -> u32 {
        self.newest
    }

    pub(crate) fn has(&self, generation: u32) -> bool {
        self.keys.contains_key(&generation)
    }

    pub(crate) fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    pub(crate) fn set_signer(&mut self, signer: Signer) {
        self.signer = Some(signer);
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], LedgerError> {
        let mut bytes = [0u8; N];
        self.random
            .fill(&mut bytes)
            .map_err(|_| LedgerError::Corrupt("no random numbers".into()))?;
        Ok(bytes)
    }

    /// The generation that a record was sealed with.
    pub(crate) fn generation_of(sealed: &[u8]) -> Option<u32> {
        split(sealed).map(|(generation, _, _)| generation)
    }

    /// Seals `plain` for `table` and the record's `id`; `bound` are further columns that must not be exchanged.
    pub(crate) fn seal(
        &self,
        table: &str,
        id: &str,
        bound: &[&str],
        plain: &[u8],
    ) -> Result<Vec<u8>, LedgerError> {
        let nonce = self.random::<NONCE_LEN>()?;
        let mut body = plain.to_vec();
        let (key, _) = self.keys.get(&self.newest).ok_or(LedgerError::WrongKey)?;
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(self.additional(table, id, bound)),
            &mut body,
        )
        .map_err(|_| LedgerError::Unacceptable("body"))?;
        let mut sealed = Vec::with_capacity(5 + NONCE_LEN + body.len());
        if self.newest == 1 {
            sealed.push(FIRST);
        } else {
            sealed.push(NUMBERED);
            sealed.extend_from_slice(&self.newest.to_be_bytes());
        }
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
        let (generation, nonce, body) = split(sealed)?;
        let (key, _) = self.keys.get(&generation)?;
        let mut body = body.to_vec();
        let plain = key
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

    /// The mark that only a holder of the ledger's key can make, with the newest generation.
    pub(crate) fn mark(&self, text: &str) -> Option<String> {
        let (_, key) = self.keys.get(&self.newest)?;
        Some(hex(hmac::sign(key, text.as_bytes()).as_ref()))
    }

    pub(crate) fn mark_holds(&self, generation: u32, text: &str, mark: &str) -> bool {
        let Some((_, key)) = self.keys.get(&generation) else {
            return false;
        };
        unhex(mark).is_some_and(|mark| hmac::verify(key, text.as_bytes(), &mark).is_ok())
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

/// Generation, nonce and ciphertext of a sealed record.
fn split(sealed: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (generation, rest) = match sealed.split_first()? {
        (&FIRST, rest) => (1, rest),
        (&NUMBERED, rest) => {
            let (number, rest) = rest.split_first_chunk::<4>()?;
            (u32::from_be_bytes(*number), rest)
        }
        _ => return None,
    };
    if rest.len() < NONCE_LEN + AES_256_GCM.tag_len() {
        return None;
    }
    let (nonce, body) = rest.split_at(NONCE_LEN);
    Some((generation, nonce, body))
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
    use crate::LedgerKey;

    fn sealer(key: u8, simulated: bool) -> Sealer {
        Sealer::new(&LedgerKey([key; 32]).into(), simulated).unwrap()
    }

    #[test]
    fn older_generations_open_and_the_newest_seals() {
        let hex = |byte: u8| format!("{byte:02x}").repeat(32);
        let keys = |text: &str| Sealer::new(&LedgerKeys::parse(text).unwrap(), false).unwrap();
        let first = keys(&hex(1)).seal("t", "i", &[], b"x").unwrap();
        let both = keys(&format!("1 {}\n7 {}", hex(1), hex(2)));
        assert_eq!(both.open("t", "i", &[], &first).unwrap(), b"x");
        let second = both.seal("t", "i", &[], b"y").unwrap();
        assert_eq!(Sealer::generation_of(&first), Some(1));
        assert_eq!(Sealer::generation_of(&second), Some(7));
        assert_eq!(both.open("t", "i", &[], &second).unwrap(), b"y");
        let late = keys(&format!("7 {}", hex(2)));
        assert_eq!(late.open("t", "i", &[], &second).unwrap(), b"y");
        assert!(late.open("t", "i", &[], &first).is_none());
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
