//! The card-face record (surface EF 0002) and CV certificate (EF 0004), taken apart without copying.
//!
//! Layout: myna-card `ap::surface` and `data`, jpki/myna libmyna tags 33–42. Lengths on the card are not
//! minimal DER and the file carries FF filler, so the reader is lenient about form and strict about
//! bounds: no length is believed before it is compared with what is there.

use myna_card::tlv::ber;

use crate::error::NotGenuine;

/// Tag and whole length of the object that `data` begins with, before its value is there. `None` when it
/// is no object or claims more than `cap` bytes.
#[must_use]
pub fn header(data: &[u8], cap: usize) -> Option<(u32, usize)> {
    let header = ber::parse_header(data).ok()?;
    let total = header.header_len.checked_add(header.length)?;
    (total <= cap).then_some((header.tag, total))
}

struct Object<'a> {
    tag: u32,
    /// Tag, length and value as written: what signatures cover.
    whole: &'a [u8],
    value: &'a [u8],
}

fn take(data: &[u8]) -> Option<(Object<'_>, &[u8])> {
    let header = ber::parse_header(data).ok()?;
    let total = header.header_len.checked_add(header.length)?;
    let (whole, rest) = data.split_at_checked(total)?;
    let value = whole.get(header.header_len..)?;
    Some((
        Object {
            tag: header.tag,
            whole,
            value,
        },
        rest,
    ))
}

/// An RSA public key as the card writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey<'a> {
    /// Big-endian modulus of exactly 2048 bits, odd.
    pub modulus: &'a [u8],
    /// Big-endian exponent, 65537.
    pub exponent: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// Reads `90 <exponent> 91 <modulus>`. Only the RSA-2048 keys with exponent 65537 that cards carry
    /// are accepted: anything else would let a forger choose a weak key.
    fn parse(data: &'a [u8]) -> Option<Self> {
        let (exponent, rest) = take(data)?;
        let (modulus, rest) = take(rest)?;
        let sound = exponent.tag == 0x90
            && modulus.tag == 0x91
            && rest.is_empty()
            && exponent.value == [0x01, 0x00, 0x01]
            && modulus.value.len() == 256
            && modulus.value[0] >= 0x80
            && modulus.value[255] % 2 == 1;
        sound.then_some(Self {
            modulus: modulus.value,
            exponent: exponent.value,
        })
    }
}

/// The parts of EF 0002 that matter here.
#[derive(Debug)]
pub struct PhotoRecord<'a> {
    /// The three groups the signature covers, each hashed by itself: DF22–DF24, DF25–DF26, DF27.
    pub groups: [&'a [u8]; 3],
    /// DF24, the card's own public key.
    pub card_key: PublicKey<'a>,
    /// DF27, JPEG 2000.
    pub photo: &'a [u8],
    /// DF28.
    pub signature: &'a [u8],
}

const RECORD_TAGS: [u32; 7] = [0xDF22, 0xDF23, 0xDF24, 0xDF25, 0xDF26, 0xDF27, 0xDF28];

impl<'a> PhotoRecord<'a> {
    /// Takes the record apart. The signed objects must stand in their order without gap, as on every card
    /// seen; then each group is one run of bytes.
    ///
    /// # Errors
    /// [`NotGenuine::RecordMalformed`].
    pub fn parse(file: &'a [u8]) -> Result<Self, NotGenuine> {
        Self::read(file).ok_or(NotGenuine::RecordMalformed)
    }

    fn read(file: &'a [u8]) -> Option<Self> {
        let (outer, _filler) = take(file)?;
        let (offsets, body) = take(outer.value)?;
        if outer.tag != 0xFF20 || offsets.tag != 0xDF21 {
            return None;
        }
        let mut ends = [0; RECORD_TAGS.len()];
        let mut values = [&body[..0]; RECORD_TAGS.len()];
        let mut rest = body;
        let mut end = 0;
        for (place, tag) in RECORD_TAGS.into_iter().enumerate() {
            let (object, after) = take(rest)?;
            if object.tag != tag {
                return None;
            }
            end += object.whole.len();
            ends[place] = end;
            values[place] = object.value;
            rest = after;
        }
        let (photo, signature) = (values[5], values[6]);
        if photo.is_empty() || signature.len() != 256 {
            return None;
        }
        Some(Self {
            groups: [
                &body[..ends[2]],
                &body[ends[2]..ends[4]],
                &body[ends[4]..ends[5]],
            ],
            card_key: PublicKey::parse(values[2])?,
            photo,
            signature,
        })
    }
}

/// A CV certificate (tag 7F21, 568 bytes).
#[derive(Debug)]
pub struct CvCertificate<'a> {
    /// 証明者鍵ID: whose key signed it.
    pub issuer_id: &'a [u8],
    /// 被証明者鍵ID: whose key it certifies.
    pub subject_id: &'a [u8],
    /// The certified key.
    pub key: PublicKey<'a>,
    /// The 297 signed bytes: value of 5F4E.
    pub body: &'a [u8],
    /// Value of 5F37.
    pub signature: &'a [u8],
}

impl<'a> CvCertificate<'a> {
    /// Takes the certificate apart.
    ///
    /// # Errors
    /// [`NotGenuine::CertificateMalformed`].
    pub fn parse(file: &'a [u8]) -> Result<Self, NotGenuine> {
        Self::read(file).ok_or(NotGenuine::CertificateMalformed)
    }

    fn read(file: &'a [u8]) -> Option<Self> {
        let (outer, _filler) = take(file)?;
        let (body, rest) = take(outer.value)?;
        let (signature, rest) = take(rest)?;
        if outer.tag != 0x7F21
            || body.tag != 0x5F4E
            || signature.tag != 0x5F37
            || signature.value.len() != 256
            || !rest.is_empty()
        {
            return None;
        }
        let (issuer_id, after) = body.value.split_at_checked(16)?;
        let (subject_id, key) = after.split_at_checked(16)?;
        Some(Self {
            issuer_id,
            subject_id,
            key: PublicKey::parse(key)?,
            body: body.value,
            signature: signature.value,
        })
    }
}
