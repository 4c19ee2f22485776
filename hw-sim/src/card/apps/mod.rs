//! The applications on a card, each as a table of its files: id, content, who may use it. Ids and
//! access conditions follow myna-card (`ap/*.rs`), OpenSC card-jpki.c and the jpki/myna sources.
pub(crate) mod common;
pub(crate) mod jpki;
pub(crate) mod surface;
pub(crate) mod text;

use super::cvc::PublicKey;
use super::folder::{Folder, FolderError};
use super::model::{Access, Application, Body, CardKey, CredentialName, Ef};
use crate::persons::CardSort;

/// 公的個人認証AP.
pub const JPKI_AID: &[u8] = &[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];
/// 券面事項確認AP.
pub const SURFACE_AID: &[u8] = &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02];
/// 券面事項入力補助AP.
pub const TEXT_AID: &[u8] = &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08];
/// 住基AP.
pub const JUKI_AID: &[u8] = &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x01];
/// 共通カードAP.
pub const COMMON_AID: &[u8] = &[0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00];
/// GlobalPlatform issuer security domain, current after power-on.
pub const ISD_AID: &[u8] = &[0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00];

/// All applications of a card. Phones carry only the JPKI AP.
pub(crate) fn build(folder: &Folder) -> Result<Vec<Application>, FolderError> {
    Ok(match folder.card.kind {
        CardSort::Android | CardSort::Iphone => vec![jpki::build(folder)?],
        CardSort::OldJuki => vec![jpki::build(folder)?, common::juki()],
        CardSort::Normal | CardSort::FaceOnly => vec![
            jpki::build(folder)?,
            common::common(folder)?,
            common::juki(),
            surface::build(folder)?,
            text::build(folder)?,
        ],
        // What these know is in `other_chips`.
        CardSort::DrivingLicence
        | CardSort::Fido
        | CardSort::Transit
        | CardSort::Blank
        | CardSort::NoChip => Vec::new(),
    })
}

/// Data objects at the level of the master file (myna-card `mf.rs`).
pub(crate) fn issuer_data(folder: &Folder, tag: u16) -> Option<Vec<u8>> {
    let card = &folder.card;
    Some(match tag {
        0x0042 | 0x00F7 => common::KEY_REFERENCE.to_vec(),
        0x0045 => card.serial.clone().into_bytes(),
        // GlobalPlatform's card recognition data: its arc 1.2.840.114283 and nothing more.
        0x0066 => vec![
            0x73, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x01,
        ],
        0x00F0 => card.municipality.clone().into_bytes(),
        0x00F2 => card.expiry.clone().into_bytes(),
        // The certificate of the level above, without its template's header.
        0x00F8 => folder.file("mf-00f8.bin").ok()?,
        _ => return None,
    })
}

fn transparent(id: u16, content: Vec<u8>, read: Access) -> Ef {
    Ef {
        id,
        body: Body::Transparent { content, read },
    }
}

fn credential(id: u16, name: CredentialName) -> Ef {
    Ef {
        id,
        body: Body::Credential(name),
    }
}

fn external(id: u16) -> Ef {
    Ef {
        id,
        body: Body::External,
    }
}

fn opaque(id: u16) -> Ef {
    Ef {
        id,
        body: Body::Opaque,
    }
}

fn private_key(id: u16, key: CardKey, signs: Access, internal: bool) -> Ef {
    Ef {
        id,
        body: Body::PrivateKey {
            key,
            signs,
            internal,
        },
    }
}

fn terminal_ca(id: u16, folder: &Folder) -> Result<Ef, FolderError> {
    let name = "terminal-ca.bin";
    let key = PublicKey::parse(&folder.file(name)?).ok_or_else(|| FolderError::Content {
        path: folder.path.join(name),
        problem: "not a public key".into(),
    })?;
    Ok(Ef {
        id,
        body: Body::TerminalCa(key),
    })
}
