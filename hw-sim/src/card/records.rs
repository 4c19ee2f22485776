//! The signed records of the 券面 applications, byte for byte as a card stores them (layouts:
//! myna-card `ap/surface.rs`, `ap/text.rs`; jpki/myna). Signatures come from the caller, who holds
//! the issuer's key; nothing here knows a private key.
use ring::digest::{SHA256, digest};

use super::signing::digest_info;
use super::tlv::{self, long_object, object, object_in};
use crate::persons::BerForm;

/// What the card face (surface AP EF 0002) holds.
pub(crate) struct CardFace<'a> {
    pub(crate) birth_date: &'a str,
    pub(crate) sex: &'a str,
    /// The card's public key objects (`90`, `91`).
    pub(crate) key: &'a [u8],
    pub(crate) name_png: &'a [u8],
    pub(crate) address_png: &'a [u8],
    pub(crate) photo: &'a [u8],
    pub(crate) expiry: &'a str,
    pub(crate) code_png: &'a [u8],
}

/// Signs a DigestInfo (PKCS#1 v1.5 over these bytes as they are).
pub(crate) type SignDigestInfo<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

const FACE: u16 = 0xFF20;
const OFFSETS: u16 = 0xDF21;
const PHOTO: u16 = 0xDF27;
const SIGNATURE: u16 = 0xDF28;
/// Order of the objects after the offsets.
const FACE_TAGS: [u16; 9] = [
    0xDF22, 0xDF23, 0xDF24, 0xDF25, 0xDF26, PHOTO, SIGNATURE, 0xDF29, 0xDF2A,
];
/// Physical files are longer than their object; the rest is FF.
const BLOCK: usize = 256;

/// Surface AP EF 0002, with offsets and filler.
pub(crate) fn card_face(
    form: BerForm,
    face: &CardFace<'_>,
    sign: SignDigestInfo<'_>,
) -> Option<Vec<u8>> {
    let mut objects: Vec<(u16, Vec<u8>)> = vec![
        (0xDF22, face.birth_date.as_bytes().to_vec()),
        (0xDF23, face.sex.as_bytes().to_vec()),
        (0xDF24, face.key.to_vec()),
        (0xDF25, face.name_png.to_vec()),
        (0xDF26, face.address_png.to_vec()),
        (PHOTO, face.photo.to_vec()),
        (SIGNATURE, Vec::new()),
        (0xDF29, face.expiry.as_bytes().to_vec()),
        (0xDF2A, face.code_png.to_vec()),
    ];
    sign_face(form, &mut objects, sign)?;
    assemble_face(form, &objects)
}

/// The same card face with another photo and the old signature, which then no longer fits.
pub(crate) fn with_photo(face: &[u8], photo: &[u8]) -> Option<Vec<u8>> {
    let mut objects = face_objects(face)?;
    replace(&mut objects, PHOTO, photo)?;
    assemble_face(form_of(face), &objects)
}

/// The same card face with another photo, signed anew.
pub(crate) fn with_signed_photo(
    face: &[u8],
    photo: &[u8],
    sign: SignDigestInfo<'_>,
) -> Option<Vec<u8>> {
    let mut objects = face_objects(face)?;
    replace(&mut objects, PHOTO, photo)?;
    sign_face(form_of(face), &mut objects, sign)?;
    assemble_face(form_of(face), &objects)
}

/// Bytes of the three digests: (birth date, sex, key), (name, address), (photo), objects whole.
/// One DigestInfo declares SHA-256 but holds all three, 96 bytes (measured by myna-card).
pub(crate) fn triple_digest_info(groups: &[Vec<u8>; 3]) -> Vec<u8> {
    let mut info = vec![0x30, 0x71];
    // The inner AlgorithmIdentifier is that of an ordinary DigestInfo; the lengths are not.
    info.extend_from_slice(digest_info(&[]).get(2..17).unwrap_or_default());
    info.extend_from_slice(&[0x04, 0x60]);
    for group in groups {
        info.extend_from_slice(digest(&SHA256, group).as_ref());
    }
    info
}

fn sign_face(
    form: BerForm,
    objects: &mut [(u16, Vec<u8>)],
    sign: SignDigestInfo<'_>,
) -> Option<()> {
    let group = |tags: &[u16]| -> Vec<u8> {
        let chosen = objects.iter().filter(|(tag, _)| tags.contains(tag));
        chosen
            .flat_map(|(tag, value)| face_object(form, *tag, value))
            .collect()
    };
    let groups = [
        group(&[0xDF22, 0xDF23, 0xDF24]),
        group(&[0xDF25, 0xDF26]),
        group(&[PHOTO]),
    ];
    let signature = sign(&triple_digest_info(&groups))?;
    replace(objects, SIGNATURE, &signature)
}

fn replace(objects: &mut [(u16, Vec<u8>)], tag: u16, value: &[u8]) -> Option<()> {
    let slot = objects.iter_mut().find(|(t, _)| *t == tag)?;
    slot.1 = value.to_vec();
    Some(())
}

fn face_objects(face: &[u8]) -> Option<Vec<(u16, Vec<u8>)>> {
    let (outer, _) = tlv::first(face)?;
    let inner = tlv::all(outer.value);
    FACE_TAGS
        .iter()
        .map(|tag| Some((*tag, tlv::find(&inner, *tag)?.to_vec())))
        .collect()
}

/// Pictures, key and signature always have the long length; the short fields the short one.
fn face_object(form: BerForm, tag: u16, value: &[u8]) -> Vec<u8> {
    match tag {
        0xDF22 | 0xDF23 | 0xDF29 => object_in(form, tag, value),
        _ => long_object(tag, value),
    }
}

/// The form in which a record was written, told by the length of its table of offsets.
fn form_of(face: &[u8]) -> BerForm {
    match face.get(5 + 2) {
        Some(0x82) => BerForm::Long,
        _ => BerForm::Usual,
    }
}

fn assemble_face(form: BerForm, objects: &[(u16, Vec<u8>)]) -> Option<Vec<u8>> {
    let written: Vec<Vec<u8>> = objects
        .iter()
        .map(|(t, v)| face_object(form, *t, v))
        .collect();
    let header = 5;
    let table = object_in(form, OFFSETS, &vec![0; 2 * written.len()]).len();
    let mut position = header + table;
    let mut offsets = Vec::new();
    for part in &written {
        offsets.extend(u16::try_from(position).ok()?.to_be_bytes());
        position += part.len();
    }
    // READ BINARY addresses 15 bits.
    if position > 0x7FFF {
        return None;
    }
    let mut content = object_in(form, OFFSETS, &offsets);
    content.extend(written.concat());
    Some(filled(long_object(FACE, &content)))
}

/// Pads with FF to the next whole block, at least one byte, as physical files are.
pub(crate) fn filled(mut file: Vec<u8>) -> Vec<u8> {
    let size = (file.len() / BLOCK + 1) * BLOCK;
    file.resize(size, 0xFF);
    file
}

/// Surface AP EF 0001 (age record, 547 bytes) and EF 0005 (number image): objects, then an
/// ordinary SHA-256 signature over everything before it.
pub(crate) fn signed_record(
    form: BerForm,
    outer: u16,
    objects: &[(u16, &[u8])],
    signature_tag: u16,
    sign: SignDigestInfo<'_>,
) -> Option<Vec<u8>> {
    let mut content: Vec<u8> = objects
        .iter()
        .flat_map(|(t, v)| object_in(form, *t, v))
        .collect();
    let signature = sign(&digest_info(digest(&SHA256, &content).as_ref()))?;
    content.extend(long_object(signature_tag, &signature));
    Some(long_object(outer, &content))
}

/// Text AP EF 0002: the four attributes, with offsets of each.
pub(crate) fn attributes(
    form: BerForm,
    name: &str,
    address: &str,
    birth_date: &str,
    sex: &str,
) -> Vec<u8> {
    let object = |tag, value: &[u8]| object_in(form, tag, value);
    let objects = [
        object(0xDF22, name.as_bytes()),
        object(0xDF23, address.as_bytes()),
        object(0xDF24, birth_date.as_bytes()),
        object(0xDF25, sex.as_bytes()),
    ];
    let table = object(0xDF21, &vec![0; 2 * objects.len()]).len();
    let length = table + objects.iter().map(Vec::len).sum::<usize>();
    let mut position = object(0xFF20, &vec![0; length]).len() - length + table;
    let mut offsets = Vec::new();
    for part in &objects {
        offsets.extend(u16::try_from(position).unwrap_or(u16::MAX).to_be_bytes());
        position += part.len();
    }
    let mut content = object(0xDF21, &offsets);
    content.extend(objects.concat());
    object(0xFF20, &content)
}

/// Text AP EF 0001: the number and its filler, 17 bytes.
pub(crate) fn my_number(number: &str) -> Vec<u8> {
    let mut file = object(0xFF10, number.as_bytes());
    file.extend([0xFF, 0xFF]);
    file
}

/// Text AP EF 0003: digests of EF 0001 (with filler) and EF 0002 (without the offsets), signed.
pub(crate) fn text_digests(
    form: BerForm,
    number_file: &[u8],
    attributes_file: &[u8],
    sign: SignDigestInfo<'_>,
) -> Option<Vec<u8>> {
    let (outer, _) = tlv::first(attributes_file)?;
    let (_, after_offsets) = tlv::first(outer.value)?;
    signed_record(
        form,
        0xFF30,
        &[
            (0xDF31, digest(&SHA256, number_file).as_ref()),
            (0xDF32, digest(&SHA256, after_offsets).as_ref()),
        ],
        0xDF33,
        sign,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file of a test card's synthetic holder, published by myna-card.
    #[test]
    fn attributes_are_written_like_the_published_file() {
        let expected = "FF2065DF2108000E002000590064DF220FE9BB92E6A190E38080E5B9B9E4B99F\
            DF2336E69DB1E4BAACE983BDE6B885E780ACE5B882E8A6B3E5B883E5AD90E58D97EFBC91EFBC92EFBC8D\
            EFBC97EFBC8DEFBC92EFBC90EFBC92DF24083139383030323137DF250131";
        let file = attributes(
            BerForm::Usual,
            "黒桐　幹也",
            "東京都清瀬市観布子南１２－７－２０２",
            "19800217",
            "1",
        );
        let hex: String = file.iter().map(|b| format!("{b:02X}")).collect();
        assert_eq!(hex, expected);
        assert_eq!(
            my_number("537686677188"),
            b"\xFF\x10\x0C537686677188\xFF\xFF"
        );
    }

    fn face(photo: &[u8]) -> Vec<u8> {
        card_face(
            BerForm::Usual,
            &CardFace {
                birth_date: "19900115",
                sex: "1",
                key: &[7; 265],
                name_png: &[1; 200],
                address_png: &[2; 90],
                photo,
                expiry: "20300115",
                code_png: &[3; 80],
            },
            &|info| Some([info, &[0; 256 - 115]].concat()),
        )
        .unwrap()
    }

    #[test]
    fn the_card_face_has_true_offsets_filler_and_the_three_digest_signature() {
        let photo = vec![9; 7000];
        let file = face(&photo);
        assert_eq!(file.len() % BLOCK, 0);
        assert_eq!(file.last(), Some(&0xFF));
        let (outer, filler) = tlv::first(&file).unwrap();
        assert!(filler.iter().all(|b| *b == 0xFF));
        let inner = tlv::all(outer.value);
        let table = tlv::find(&inner, OFFSETS).unwrap();
        assert_eq!(table.len(), 0x12);
        for (pair, tag) in table.chunks(2).zip(FACE_TAGS) {
            let at = usize::from(u16::from_be_bytes([pair[0], pair[1]]));
            assert_eq!(file[at..at + 2], tag.to_be_bytes());
        }
        let signature = tlv::find(&inner, SIGNATURE).unwrap();
        assert_eq!(
            signature[..19],
            [
                0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                0x01, 0x05, 0x00, 0x04, 0x60
            ]
        );
        let whole = |tag: u16| inner.iter().find(|o| o.tag == tag).unwrap().whole;
        let third = digest(&SHA256, whole(PHOTO));
        assert_eq!(signature[19 + 64..19 + 96], *third.as_ref());
        let second = digest(&SHA256, &[whole(0xDF25), whole(0xDF26)].concat());
        assert_eq!(signature[19 + 32..19 + 64], *second.as_ref());
    }

    #[test]
    fn another_photo_keeps_or_renews_the_signature_as_asked() {
        let file = face(&[9; 700]);
        let signature = |file: &[u8]| {
            let (outer, _) = tlv::first(file).unwrap();
            tlv::find(&tlv::all(outer.value), SIGNATURE)
                .unwrap()
                .to_vec()
        };
        let forged = with_photo(&file, &[8; 900]).unwrap();
        assert_eq!(signature(&forged), signature(&file));
        let sign = |info: &[u8]| Some([info, &[0; 256 - 115]].concat());
        let genuine = with_signed_photo(&file, &[8; 900], &sign).unwrap();
        assert_ne!(signature(&genuine), signature(&file));
        assert_eq!(with_signed_photo(&genuine, &[9; 700], &sign).unwrap(), file);
        assert!(with_photo(&file, &vec![0; 40_000]).is_none());
    }
}
