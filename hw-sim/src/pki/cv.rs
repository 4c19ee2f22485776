//! The test hierarchy of card-verifiable certificates. Key ids begin with `6`, as those of the JPKI
//! test hierarchy do: seven digits, `08 05`, three digits, padding (myna-card). A card's records
//! are signed by its municipality's key, which EF 0004 certifies under the CV CA.
use super::PrepareError;
use super::keys::SigningKey;
use crate::card::cvc::{CvcBody, KEY_ID, PublicKey};

/// Root of the chain at the master file's level.
pub(super) const ROOT: &str = "6000020";
/// CV CA of the surface AP.
pub(super) const SURFACE_CA: &str = "6000023";
/// CV CA of the text AP.
pub(super) const TEXT_CA: &str = "6000033";
/// An authority that no terminal knows.
pub(super) const STRANGER_CA: &str = "6000923";
/// The invented CA of terminals.
pub(super) const TERMINAL_CA: &str = "6990016";
/// The invented terminal.
pub(super) const TERMINAL: &str = "6990001";
/// A key that the surface AP's basic data names; what it is for is not public.
pub(super) const DATA_KEY: &str = "6000024";

/// The id of a test key.
pub(super) fn key_id(number: &str) -> [u8; KEY_ID] {
    let mut id = [0; KEY_ID];
    let text = [number.as_bytes(), &[0x08, 0x05], b"001"].concat();
    for (slot, byte) in id.iter_mut().zip(text) {
        *slot = byte;
    }
    id
}

/// The id of a municipality's key: its code after the 6 (a real one begins with 1).
pub(super) fn municipality_id(code: &str) -> [u8; KEY_ID] {
    key_id(&format!("6{code}1"))
}

/// Issues a certificate.
pub(super) fn issue(
    issuer: &str,
    issuer_key: &SigningKey,
    subject: [u8; KEY_ID],
    key: PublicKey,
) -> Result<Vec<u8>, PrepareError> {
    let body = CvcBody {
        issuer: key_id(issuer),
        subject,
        key,
    };
    let signature = issuer_key
        .sign(&body.signed_bytes())
        .ok_or(PrepareError::Crypto("a CV certificate could not be signed"))?;
    Ok(body.with_signature(&signature))
}

/// The public issuer keys for the terminal (`issuers.toml`).
pub(super) fn issuers_toml(key: &PublicKey) -> String {
    let mut text = String::from(
        "# Public keys that certify the municipalities' keys on simulated cards. Invented.\n",
    );
    for number in [SURFACE_CA, TEXT_CA] {
        text.push_str(&format!(
            "\n[[issuer]]\nkey_id = \"{}\"\nmodulus = \"{}\"\nexponent = \"{}\"\n",
            hex(&key_id(number)),
            hex(&key.modulus),
            hex(&key.exponent)
        ));
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
