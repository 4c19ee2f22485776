//! 共通カードAP and 住基AP: the card's serial number as a record, a key that answers INTERNAL
//! AUTHENTICATE, and the two references of the 住民基本台帳用PIN (myna-card `ap/common.rs`).
use super::{credential, private_key};
use crate::card::folder::{Folder, FolderError};
use crate::card::model::{Access, Application, Body, CredentialName, Ef};

/// Sixteen bytes that name a key of the test hierarchy; which one is not public.
pub(crate) const KEY_REFERENCE: [u8; 16] = *b"6000020\x08\x05001\0\0\0\0";

pub(super) fn common(folder: &Folder) -> Result<Application, FolderError> {
    let card = &folder.card;
    let info = format!("{}{}{}", card.serial, card.municipality, card.expiry);
    let mut record = vec![0x01, 0x1C];
    record.extend_from_slice(info.as_bytes());
    Ok(Application {
        aid: super::COMMON_AID,
        files: vec![
            records(0x0001, record),
            records(0x0002, KEY_REFERENCE.to_vec()),
            // A key of its own on a real card, whose public half is nowhere on the card.
            private_key(0x0019, folder.key("face-key.der")?, Access::Free, true),
            credential(0x001C, CredentialName::CommonPin),
        ],
        default_key: None,
    })
}

pub(super) fn juki() -> Application {
    Application {
        aid: super::JUKI_AID,
        files: vec![
            records(0x0002, KEY_REFERENCE.to_vec()),
            credential(0x001C, CredentialName::JukiPin),
        ],
        default_key: None,
    }
}

fn records(id: u16, record: Vec<u8>) -> Ef {
    Ef {
        id,
        body: Body::Records(vec![record]),
    }
}
