//! Answers to reset. A card is never to be recognised by one (jpki/myna removed its guard again, commit
//! 2133ed1), so a virtual card can be given any.

/// Known answers by name, with their source: Ludovic Rousseau's `smartcard_list.txt` of pcsc-tools where
/// nothing else is said.
pub const ATRS: [(&str, &[u8]); 15] = [
    // My Number Cards over the air, of three makes: `3B 88 80 01`, then what their ATQB says.
    ("contactless", &CONTACTLESS_ATR),
    (
        "contactless-41",
        &[
            0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x41, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x3B,
        ],
    ),
    (
        "contactless-4b",
        &[
            0x3B, 0x88, 0x80, 0x01, 0x00, 0x4B, 0x51, 0xFF, 0xB3, 0x81, 0xD1, 0x00, 0x0F,
        ],
    ),
    // The same cards on readers that form the answer in a way of their own.
    (
        "odd-reader-d1",
        &[
            0x3B, 0xF5, 0x91, 0x00, 0xFF, 0x91, 0x81, 0x71, 0xFE, 0x40, 0x00, 0x42, 0x00, 0x01,
            0x00, 0xD1, 0xD6,
        ],
    ),
    (
        "odd-reader-b3",
        &[
            0x3B, 0xF5, 0x91, 0x00, 0xFF, 0x91, 0x81, 0x71, 0xFE, 0x40, 0x00, 0x42, 0x00, 0x01,
            0xB3, 0xA1, 0x15,
        ],
    ),
    // Contacts. The first is the one that OpenSC card-jpki.c knows.
    ("contact", &CONTACT_ATR),
    (
        "contact-da",
        &[
            0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1,
            0x73, 0xC6, 0x01, 0xC0, 0x3B,
        ],
    ),
    (
        "contact-c5",
        &[
            0x3B, 0xC5, 0xFF, 0x81, 0x31, 0xFB, 0x45, 0x80, 0x73, 0xC6, 0x01, 0x00, 0x00,
        ],
    ),
    // Invented, well formed, in no list.
    (
        "unknown",
        &[
            0x3B, 0x88, 0x80, 0x01, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x01,
        ],
    ),
    (
        "unknown-contact",
        &[0x3B, 0x85, 0x81, 0x01, 0x55, 0x4B, 0x53, 0x49, 0x4D, 0x4C],
    ),
    ("old-juki", &OLD_JUKI_ATR),
    // A driving licence (Type B), a FIDO token (YubiKey NEO), a FeliCa card (PC/SC part 3: storage
    // card, standard 11, card name 003B), and a Type A chip without historical bytes.
    (
        "driving-licence",
        &[
            0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00, 0x91, 0x81, 0xC1, 0x00, 0xD8,
        ],
    ),
    (
        "fido",
        &[
            0x3B, 0x8C, 0x80, 0x01, 0x59, 0x75, 0x62, 0x69, 0x6B, 0x65, 0x79, 0x4E, 0x45, 0x4F,
            0x72, 0x33, 0x58,
        ],
    ),
    (
        "felica",
        &[
            0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x11, 0x00,
            0x3B, 0x00, 0x00, 0x00, 0x00, 0x42,
        ],
    ),
    ("blank", &[0x3B, 0x80, 0x80, 0x01, 0x01]),
];

/// ATR of a contactless My Number Card as pcscd forms it.
pub const CONTACTLESS_ATR: [u8; 13] = [
    0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F,
];
/// Contact ATR, shared by My Number Cards and the former 住基カード.
pub const CONTACT_ATR: [u8; 9] = [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14];
/// ATR of a former 住基カード.
pub const OLD_JUKI_ATR: [u8; 13] = [
    0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x14, 0xE0, 0xB3, 0x81, 0x91, 0x00, 0x5E,
];
/// The longest that ISO/IEC 7816-3 allows.
pub(crate) const LONGEST: usize = 33;

/// An ATR by name, or as hexadecimal digits beginning with 3B or 3F (spaces and colons ignored).
pub fn atr(text: &str) -> Option<Vec<u8>> {
    if let Some((_, bytes)) = ATRS.iter().find(|(name, _)| *name == text) {
        return Some(bytes.to_vec());
    }
    let digits: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != ':')
        .collect();
    let bytes = super::hex_bytes(&digits)?;
    let plausible =
        matches!(bytes.first(), Some(0x3B | 0x3F)) && (2..=LONGEST).contains(&bytes.len());
    plausible.then_some(bytes)
}

/// Whether this is the answer of a chip behind contacts: PC/SC readers begin what they form for
/// contactless cards with `3B 8n 80 01` (PC/SC part 3, 3.1.3.2.3); the odd readers' answers count too.
pub(crate) fn is_contact(atr: &[u8]) -> bool {
    !matches!(
        atr,
        [0x3B, 0x80..=0x8F, 0x80, 0x01, ..] | [0x3B, 0xF5, 0x91, ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_well_formed_and_its_check_byte_right() {
        for (name, bytes) in ATRS {
            assert_eq!(bytes[0], 0x3B, "{name}");
            assert!(bytes.len() <= LONGEST);
            // T0 says which interface bytes follow and how many historical ones end it.
            let historical = usize::from(bytes[1] & 0x0F);
            let (mut at, mut indicator, mut other_than_t0) = (2, bytes[1], false);
            loop {
                let present = usize::try_from((indicator & 0x70).count_ones()).unwrap();
                if indicator & 0x80 == 0 {
                    at += present;
                    break;
                }
                indicator = bytes[at + present];
                other_than_t0 |= indicator & 0x0F != 0;
                at += present + 1;
            }
            assert!(other_than_t0, "{name}");
            assert_eq!(at + historical + 1, bytes.len(), "{name}");
            let check = bytes[1..].iter().fold(0, |sum, byte| sum ^ byte);
            assert_eq!(check, 0, "{name}");
        }
    }

    #[test]
    fn names_and_digits_are_understood() {
        assert_eq!(atr("contact").unwrap(), CONTACT_ATR);
        assert_eq!(atr("3b:80 80:01 01").unwrap(), [0x3B, 0x80, 0x80, 1, 1]);
        for wrong in ["", "nothing", "3B", "3", "0080800101", &"3B".repeat(34)] {
            assert_eq!(atr(wrong), None, "{wrong}");
        }
        assert!(is_contact(&CONTACT_ATR) && is_contact(&atr("contact-da").unwrap()));
        for name in ["contactless", "odd-reader-b3", "felica", "blank", "unknown"] {
            assert!(!is_contact(&atr(name).unwrap()), "{name}");
        }
    }
}
