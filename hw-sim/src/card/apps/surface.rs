//! 券面事項確認AP: what is printed on the card, signed, behind three credentials that open three
//! different amounts (myna-card `ap/surface.rs`). The signing key needs no credential: it proves
//! that the card is there.
use super::{credential, private_key, transparent};
use crate::card::folder::{Folder, FolderError};
use crate::card::model::{Access, Application, CredentialName};

/// The card face with the photo.
pub(crate) const CARD_FACE: u16 = 0x0002;
const BIRTH_DATE: u16 = 0x0011;
const B: u16 = 0x0012;
const A: u16 = 0x0013;
const SIGNING_KEY: u16 = 0x001A;

pub(super) fn build(folder: &Folder) -> Result<Application, FolderError> {
    let files = vec![
        transparent(
            0x0001,
            folder.file("surface-0001.bin")?,
            Access::AnyOf(&[BIRTH_DATE]),
        ),
        transparent(
            CARD_FACE,
            folder.file("surface-0002.bin")?,
            Access::AnyOf(&[A, B]),
        ),
        transparent(0x0003, folder.file("surface-0003.bin")?, Access::Free),
        transparent(0x0004, folder.file("surface-0004.bin")?, Access::Free),
        transparent(
            0x0005,
            folder.file("surface-0005.bin")?,
            Access::AnyOf(&[A]),
        ),
        transparent(0x0006, vec![0xFF; 16], Access::AnyOf(&[A, B])),
        credential(BIRTH_DATE, CredentialName::BirthDate),
        credential(B, CredentialName::SurfaceB),
        credential(A, CredentialName::SurfaceA),
        private_key(
            SIGNING_KEY,
            folder.key("face-key.der")?,
            Access::Free,
            false,
        ),
    ];
    Ok(Application {
        aid: super::SURFACE_AID,
        files,
        default_key: Some(SIGNING_KEY),
    })
}
