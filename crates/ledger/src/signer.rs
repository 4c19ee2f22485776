//! The key that signs heads of the audit chain: Ed25519, made with the ledger and sealed in it. Its public half is what an
//! auditor keeps; with it a head, or an exported chain, is checked without any secret of the terminal.

use crate::LedgerError;
use crate::seal::{Sealer, hex, unhex};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

/// Name of its record in the table `meta`.
const PLACE: &str = "signer";

pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    public: String,
}

impl Signer {
    fn from_seed(seed: &[u8]) -> Result<Self, LedgerError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| LedgerError::Corrupt("the signing key is unusable".into()))?;
        let public = hex(pair.public_key().as_ref());
        Ok(Self { pair, public })
    }

    /// Makes a new one and seals it in the database.
    pub(crate) fn create(connection: &Connection, sealer: &Sealer) -> Result<Self, LedgerError> {
        let seed = Zeroizing::new(sealer.random::<32>()?);
        store(connection, sealer, seed.as_slice())?;
        Self::from_seed(seed.as_slice())
    }

    /// The one sealed in the database, if any.
    pub(crate) fn load(
        connection: &Connection,
        sealer: &Sealer,
    ) -> Result<Option<Self>, LedgerError> {
        let sealed: Option<Vec<u8>> = connection
            .query_row("SELECT value FROM meta WHERE key = ?1", [PLACE], |row| {
                row.get(0)
            })
            .optional()?;
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let seed = sealer
            .open("meta", PLACE, &[], &sealed)
            .map(Zeroizing::new)
            .ok_or(LedgerError::WrongKey)?;
        Self::from_seed(&seed).map(Some)
    }

    /// Public key, 64 hexadecimal digits.
    pub(crate) fn public(&self) -> &str {
        &self.public
    }

    /// Signature over a text, hexadecimal.
    pub(crate) fn sign(&self, text: &str) -> String {
        hex(self.pair.sign(text.as_bytes()).as_ref())
    }
}

/// Keeps the seed under the newest generation.
pub(crate) fn store(
    connection: &Connection,
    sealer: &Sealer,
    seed: &[u8],
) -> Result<(), LedgerError> {
    let sealed = sealer.seal("meta", PLACE, &[], seed)?;
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        params![PLACE, sealed],
    )?;
    Ok(())
}

/// Whether `signature` is one of `public` over `text`; all three as they stand in a head (hexadecimal).
pub(crate) fn holds(public: &str, text: &str, signature: &str) -> bool {
    let (Some(public), Some(signature)) = (unhex(public), unhex(signature)) else {
        return false;
    };
    UnparsedPublicKey::new(&ED25519, public)
        .verify(text.as_bytes(), &signature)
        .is_ok()
}
