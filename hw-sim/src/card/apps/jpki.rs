//! 公的個人認証AP: certificates, the keys behind PIN and password, token information.
use super::{credential, external, opaque, private_key, terminal_ca, transparent};
use crate::card::folder::{Folder, FolderError};
use crate::card::model::{Access, Application, CredentialName};
use crate::persons::CardSort;

/// 利用者証明用PIN.
const AUTH_PIN: u16 = 0x0018;
/// 署名用パスワード.
const SIGN_PASSWORD: u16 = 0x001B;

pub(super) fn build(folder: &Folder) -> Result<Application, FolderError> {
    let kind = folder.card.kind;
    // A phone shows even the authentication certificate only after its PIN (jpki/myna cli.rs).
    let auth_certificate = match kind {
        CardSort::Android => Access::AnyOf(&[AUTH_PIN]),
        _ => Access::Free,
    };
    let sign_certificate = folder.file_if_there("sign-cert.der")?;
    let mut files = vec![
        transparent(0x0002, folder.file("sign-ca.der")?, Access::Free),
        opaque(0x0005),
        transparent(0x0006, token_info(kind), Access::Free),
        transparent(
            0x0008,
            availability(sign_certificate.is_some()),
            Access::Free,
        ),
        transparent(0x0009, vec![0xFF; 16], Access::Never),
        transparent(0x000A, folder.file("auth-cert.der")?, auth_certificate),
        transparent(0x000B, folder.file("auth-ca.der")?, Access::Free),
        external(0x0010),
        terminal_ca(0x0016, folder)?,
        private_key(
            0x0017,
            folder.auth_key()?,
            Access::AnyOfOrTerminal(&[AUTH_PIN]),
            false,
        ),
        credential(AUTH_PIN, CredentialName::AuthPin),
        opaque(0x0019),
        credential(SIGN_PASSWORD, CredentialName::SignPassword),
        opaque(0x001C),
        opaque(0x001E),
    ];
    if let Some(certificate) = sign_certificate {
        files.push(transparent(
            0x0001,
            certificate,
            Access::AnyOf(&[SIGN_PASSWORD]),
        ));
        files.push(private_key(
            0x001A,
            folder.key("sign-key.der")?,
            Access::AnyOf(&[SIGN_PASSWORD]),
            false,
        ));
    }
    Ok(Application {
        aid: super::JPKI_AID,
        files,
        default_key: None,
    })
}

/// EF 0008: 8F where a certificate is present (myna-card).
fn availability(sign: bool) -> Vec<u8> {
    vec![if sign { 0x8F } else { 0x00 }, 0x8F, 0x00]
}

/// EF 0006: a PKCS#11 CK_TOKEN_INFO of 160 bytes with 32-bit big-endian numbers (myna-card). The
/// first 32 bytes say what kind of token answers.
fn token_info(kind: CardSort) -> Vec<u8> {
    let name = match kind {
        CardSort::OldJuki => "JPKIAPICCTOKEN",
        CardSort::Android => "JPKIAPGPSETOKEN",
        CardSort::Iphone => "JPKIAPIOSTOKEN",
        _ => "JPKIAPICCTOKEN2",
    };
    let mut out = padded(name, 32);
    out.extend(padded("UKETSUKE SIMULATION", 32));
    out.extend(padded("VIRTUAL CARD", 16));
    out.extend(padded("SIM", 16));
    // Flags (random, login required, PIN set, initialised), sessions, PIN lengths, memory unknown.
    for word in [0x040Du32, 0, 0, 0, 0, 16, 4] {
        out.extend(word.to_be_bytes());
    }
    for _ in 0..4 {
        out.extend(u32::MAX.to_be_bytes());
    }
    // Real cards write ASCII into the two version slots.
    out.extend(b"0301");
    out.extend([b' '; 16]);
    out
}

fn padded(text: &str, length: usize) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    out.resize(length, b' ');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_information_has_its_fixed_size_and_name() {
        for (kind, name) in [
            (CardSort::Normal, "JPKIAPICCTOKEN2 "),
            (CardSort::OldJuki, "JPKIAPICCTOKEN  "),
            (CardSort::Android, "JPKIAPGPSETOKEN "),
            (CardSort::Iphone, "JPKIAPIOSTOKEN  "),
        ] {
            let info = token_info(kind);
            assert_eq!(info.len(), 160);
            assert!(info.starts_with(name.as_bytes()));
        }
    }
}
