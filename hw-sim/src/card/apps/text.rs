//! 券面事項入力補助AP: name, address, birth date and sex as text, and the 個人番号. The PIN opens
//! both; 照合番号A opens the number, 照合番号B the four attributes (myna-card `ap/text.rs`).
use super::{credential, private_key, transparent};
use crate::card::folder::{Folder, FolderError};
use crate::card::model::{Access, Application, CredentialName};

const PIN: u16 = 0x0011;
const A: u16 = 0x0014;
const B: u16 = 0x0015;
const SIGNING_KEY: u16 = 0x0013;
const ANY: Access = Access::AnyOf(&[PIN, A, B]);

pub(super) fn build(folder: &Folder) -> Result<Application, FolderError> {
    let file = |id: u16| folder.file(&format!("text-{id:04x}.bin"));
    let files = vec![
        transparent(0x0001, file(0x0001)?, Access::AnyOf(&[PIN, A])),
        transparent(0x0002, file(0x0002)?, Access::AnyOf(&[PIN, B])),
        transparent(0x0003, file(0x0003)?, ANY),
        transparent(0x0004, file(0x0004)?, Access::Free),
        transparent(0x0005, file(0x0005)?, Access::Free),
        transparent(0x0006, file(0x0006)?, ANY),
        transparent(0x0007, file(0x0007)?, ANY),
        transparent(0x0008, vec![0xFF; 16], Access::Never),
        credential(PIN, CredentialName::TextPin),
        credential(0x0012, CredentialName::TextBlocked),
        // A real card has a key of its own here; this one shares the surface AP's.
        private_key(
            SIGNING_KEY,
            folder.key("face-key.der")?,
            Access::Free,
            false,
        ),
        credential(A, CredentialName::TextA),
        credential(B, CredentialName::TextB),
    ];
    Ok(Application {
        aid: super::TEXT_AID,
        files,
        default_key: Some(SIGNING_KEY),
    })
}
