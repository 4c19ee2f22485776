//! Issues a person's card: the folder that `card::Engine` plays. A card that was issued before for
//! the same person under the same authorities is left alone, its counters with it.
use std::path::Path;

use ring::digest::{SHA256, digest};
use time::OffsetDateTime;

use super::PrepareError;
use super::cv;
use super::forgery::Victim;
use super::jpki::Authority;
use super::keys::{HolderKey, SigningKey};
use crate::card::records::{self, CardFace, SignDigestInfo};
use crate::card::{
    CardFile, Counters, Credentials, FORMAT, images, read_card_file, tlv, write, write_card_file,
};
use crate::persons::{
    BerForm, CardSort, CardSpec, CertificateState, KeySort, Person, RecordForgery,
};
use crate::photo;

/// `photo_source` of a card whose person has no portrait.
pub(super) const PLACEHOLDER: &str = "placeholder";
/// `photo_source` of a card that has no photo at all.
const NO_PHOTO: &str = "none";
const AUTH_KEY: &str = "auth-key.der";
const FACE_KEY: &str = "face-key.der";
const SIGN_KEY: &str = "sign-key.der";
const NOTE: &str = "シミュレーション（実在の人物ではありません） / SIMULATION (nobody real)";

/// Who issues.
pub(super) struct Issuers {
    pub(super) authentication: Authority,
    pub(super) signature: Authority,
    pub(super) cv_ca: SigningKey,
    /// Signs the records; certified in EF 0004.
    pub(super) municipality: SigningKey,
    pub(super) terminal_ca: SigningKey,
    /// Signs what forgers sign; only there when somebody forges.
    pub(super) stranger: Option<SigningKey>,
}

/// Key files that a card needs.
pub(super) fn key_files(card: &CardSpec) -> Vec<(&'static str, KeySort)> {
    let mut files = Vec::new();
    if card.kind.has_jpki() {
        files.push((AUTH_KEY, card.auth_key));
    }
    if card.kind.has_card_face() {
        files.push((FACE_KEY, KeySort::Rsa2048));
    }
    if card.has_sign_certificate() {
        files.push((SIGN_KEY, KeySort::Rsa2048));
    }
    files
}

/// Issues the card into its folder, unless it is there already. Returns where its photo is from.
pub(super) fn issue(
    folder: &Path,
    person: &Person,
    issuers: &Issuers,
    portraits: &Path,
    now: OffsetDateTime,
) -> Result<String, PrepareError> {
    let face = person.card.kind.has_card_face();
    let portrait = ["jpg", "jpeg", "png"]
        .iter()
        .map(|end| portraits.join(format!("{}.{end}", person.card.portrait)))
        .find(|path| face && path.is_file());
    let source = match &portrait {
        Some(path) => portrait_source(&person.card.portrait, path)?,
        None if face => PLACEHOLDER.to_owned(),
        None => NO_PHOTO.to_owned(),
    };
    let victim = person
        .card
        .certificate_of()
        .map(|victim| Victim::load(&folder.with_file_name(victim)))
        .transpose()?;
    let order = order_number(person, &source, issuers, victim.as_ref(), now);
    if let Ok(card) = read_card_file(folder)
        && card.order == order
    {
        return Ok(source);
    }
    let mut card = card_file(person, source.clone(), order);
    if card.kind.has_jpki() {
        certificates(folder, person, issuers, victim.as_ref(), now)?;
    }
    if card.kind.has_card_face() {
        let photo_file = folder.join("photo.jp2");
        match &portrait {
            Some(path) => photo::card_photo(path, &photo_file)?,
            None => photo::placeholder_photo(&person.id, &photo_file)?,
        }
        let photo = std::fs::read(&photo_file).map_err(|source| PrepareError::Io {
            path: photo_file,
            source,
        })?;
        Maker::new(folder, person, &card, issuers)?.make(&photo)?;
        if let Some(victim) = &victim {
            victim.forge(folder, person.card.record_forgery(), &photo, &mut card)?;
        }
    }
    // Last, because its presence says that the card is whole.
    write_card_file(folder, &card)?;
    Ok(source)
}

/// Name and digest of a portrait: a changed picture makes another card.
fn portrait_source(stem: &str, path: &Path) -> Result<String, PrepareError> {
    let bytes = std::fs::read(path).map_err(|source| PrepareError::Io {
        path: path.to_owned(),
        source,
    })?;
    let short = hex(digest(&SHA256, &bytes)
        .as_ref()
        .get(..8)
        .unwrap_or_default());
    Ok(format!("{stem} {short}"))
}

/// Changes with everything that makes another card necessary.
fn order_number(
    person: &Person,
    source: &str,
    issuers: &Issuers,
    victim: Option<&Victim>,
    now: OffsetDateTime,
) -> String {
    let Person {
        name,
        sex,
        birth_date,
        address,
        card,
        ..
    } = person;
    // What ends soon would have ended by the next month.
    let month = match card.certificate {
        CertificateState::ExpiresSoon | CertificateState::ExpiredLately => {
            i32::from(u8::from(now.month())) + 12 * now.year()
        }
        CertificateState::Valid | CertificateState::Expired | CertificateState::Revoked => 0,
    };
    let order = format!("{FORMAT} {month} {source} {name} {sex} {birth_date} {address} {card:?}");
    let issuer_keys = [
        issuers.authentication.certificate.clone(),
        issuers.signature.certificate.clone(),
        issuers.cv_ca.public().modulus,
        issuers.municipality.public().modulus,
        issuers.terminal_ca.public().modulus,
    ];
    let copied = victim.map_or("", |victim| victim.card.order.as_str());
    let all = [order.as_bytes(), copied.as_bytes(), &issuer_keys.concat()].concat();
    hex(digest(&SHA256, &all).as_ref().get(..16).unwrap_or_default())
}

fn card_file(person: &Person, photo_source: String, order: String) -> CardFile {
    let spec = &person.card;
    let mut counters = Counters::ISSUED;
    if spec.kind == CardSort::FaceOnly {
        // No PIN was ever set: every PIN reference of the card stands blocked.
        counters.auth_pin = 0;
        counters.sign_password = 0;
        counters.text_pin = 0;
        counters.common_pin = 0;
        counters.juki_pin = 0;
    }
    for (name, tries) in &spec.tries {
        counters = counters.with(*name, *tries);
    }
    let digits = invented_digits(&person.id);
    CardFile {
        format: FORMAT,
        order,
        note: NOTE.into(),
        person: person.id.clone(),
        kind: spec.kind,
        atr: spec.atr().to_owned(),
        auth_key: spec.auth_key,
        name: person.name.clone(),
        address: person.address.clone(),
        sex: person.sex.clone(),
        birth_date: person.birth_date.clone(),
        western_birth_date: spec.western_birth_date,
        expiry: spec.expiry.clone(),
        security_code: spec.security_code.clone(),
        municipality: spec.municipality.clone(),
        serial: format!("9{}", digits.get(11..25).unwrap_or_default()),
        my_number: impossible_number(digits.get(..11).unwrap_or_default()),
        photo_source,
        credentials: Credentials {
            auth_pin: spec.pin.clone(),
            sign_password: spec.sign_password.clone(),
            text_pin: spec.pin.clone(),
            common_pin: spec.pin.clone(),
            juki_pin: spec.pin.clone(),
        },
        counters,
        behaviour: spec.behaviour(),
    }
}

/// Thirty-two digits that follow from the id.
fn invented_digits(id: &str) -> String {
    let bytes = digest(&SHA256, id.as_bytes());
    bytes
        .as_ref()
        .iter()
        .map(|b| char::from(b'0' + b % 10))
        .collect()
}

/// A 個人番号 whose check digit is wrong, so that it belongs to nobody. The right digit is
/// 11 − Σ(digit × weight) mod 11, 0 when that is 10 or more (総務省令 平成26年第85号).
fn impossible_number(eleven: &str) -> String {
    let sum: u32 = eleven
        .bytes()
        .rev()
        .zip([2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6])
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let right = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    format!("{eleven}{}", (right + 1) % 10)
}

fn certificates(
    folder: &Path,
    person: &Person,
    issuers: &Issuers,
    victim: Option<&Victim>,
    now: OffsetDateTime,
) -> Result<(), PrepareError> {
    let auth_key = HolderKey::load(&folder.join(AUTH_KEY), person.card.auth_key)?;
    let auth = match victim {
        Some(victim) => victim.file("auth-cert.der")?,
        None => issuers.authentication.certify(person, &auth_key, now)?,
    };
    write(&folder.join("auth-cert.der"), &auth)?;
    write(
        &folder.join("auth-ca.der"),
        &issuers.authentication.certificate,
    )?;
    write(&folder.join("sign-ca.der"), &issuers.signature.certificate)?;
    write(
        &folder.join("terminal-ca.bin"),
        &issuers.terminal_ca.public().objects(),
    )?;
    let sign_certificate = folder.join("sign-cert.der");
    if person.card.has_sign_certificate() {
        let sign_key = HolderKey::load(&folder.join(SIGN_KEY), KeySort::Rsa2048)?;
        let sign = issuers.signature.certify(person, &sign_key, now)?;
        write(&sign_certificate, &sign)?;
    } else if sign_certificate.exists() {
        // The card changed: it has no such certificate any more.
        std::fs::remove_file(&sign_certificate).map_err(|source| PrepareError::Io {
            path: sign_certificate,
            source,
        })?;
    }
    Ok(())
}

/// Makes the files of the 券面 applications.
struct Maker<'a> {
    folder: &'a Path,
    card: &'a CardFile,
    issuers: &'a Issuers,
    form: BerForm,
    forgery: RecordForgery,
    /// The card's public key, as in DF24, DF12, DF42 and EF 0007.
    key: Vec<u8>,
}

impl<'a> Maker<'a> {
    fn new(
        folder: &'a Path,
        person: &Person,
        card: &'a CardFile,
        issuers: &'a Issuers,
    ) -> Result<Self, PrepareError> {
        let key = SigningKey::load(&folder.join(FACE_KEY))?;
        Ok(Self {
            folder,
            card,
            issuers,
            form: person.card.ber,
            forgery: person.card.record_forgery(),
            key: key.public().objects(),
        })
    }

    fn make(&self, photo: &[u8]) -> Result<(), PrepareError> {
        let signer = self.signer()?;
        let sign: SignDigestInfo<'_> = &|info| signer.sign_digest_info(info);
        self.surface(photo, sign)?;
        self.text(sign)?;
        let upper = cv::issue(
            cv::ROOT,
            &self.issuers.cv_ca,
            cv::key_id(cv::SURFACE_CA),
            self.issuers.cv_ca.public(),
        )?;
        self.write(
            "mf-00f8.bin",
            tlv::first(&upper).map(|(outer, _)| outer.value.to_vec()),
        )
    }

    /// Who signs the records: the municipality, or a stranger.
    fn signer(&self) -> Result<&SigningKey, PrepareError> {
        match self.forgery {
            RecordForgery::UnknownIssuer | RecordForgery::FalseIssuer => self
                .issuers
                .stranger
                .as_ref()
                .ok_or(PrepareError::Crypto("there is no forger's key")),
            _ => Ok(&self.issuers.municipality),
        }
    }

    fn surface(&self, photo: &[u8], sign: SignDigestInfo<'_>) -> Result<(), PrepareError> {
        let card = self.card;
        let drawn = |png: Option<Vec<u8>>| png.ok_or(PrepareError::Crypto("a picture failed"));
        let name_png = drawn(images::text(&card.name))?;
        let address_png = drawn(images::text(&card.address))?;
        let code_png = drawn(images::digits(&card.security_code))?;
        let number_png = drawn(images::digits(&card.my_number))?;
        let age = records::signed_record(
            self.form,
            0xFF10,
            &[(0xDF11, card.birth_date.as_bytes()), (0xDF12, &self.key)],
            0xDF13,
            sign,
        );
        self.write("surface-0001.bin", age)?;
        let face = CardFace {
            birth_date: &card.birth_date,
            sex: &card.sex,
            key: &self.key,
            name_png: &name_png,
            address_png: &address_png,
            photo,
            expiry: &card.expiry,
            code_png: &code_png,
        };
        self.write(
            "surface-0002.bin",
            records::card_face(self.form, &face, sign),
        )?;
        self.write("surface-0003.bin", Some(self.basic_data()))?;
        self.certificate("surface-0004.bin", cv::SURFACE_CA)?;
        let number = records::signed_record(
            self.form,
            0xFF40,
            &[(0xDF41, &number_png), (0xDF42, &self.key)],
            0xDF43,
            sign,
        );
        self.write("surface-0005.bin", number)
    }

    /// Surface AP EF 0003. The last object is opaque on real cards too.
    fn basic_data(&self) -> Vec<u8> {
        let opaque = [&cv::key_id(cv::DATA_KEY)[..], &self.noise(256)].concat();
        let content = [
            tlv::object(0xDF31, &[0x06, 0x03, 0x0E, 0x01]),
            tlv::object(0xDF32, &cv::key_id(cv::DATA_KEY)),
            tlv::object(0xDF33, &[0]),
            tlv::object(0xDF34, self.card.municipality.as_bytes()),
            tlv::long_object(0xDF35, &opaque),
        ];
        records::filled(tlv::long_object(0xFF30, &content.concat()))
    }

    fn text(&self, sign: SignDigestInfo<'_>) -> Result<(), PrepareError> {
        let card = self.card;
        let number = records::my_number(&card.my_number);
        let attributes = records::attributes(
            self.form,
            &card.name,
            &card.address,
            &card.birth_date,
            &card.sex,
        );
        let digests = records::text_digests(self.form, &number, &attributes, sign);
        self.write("text-0001.bin", Some(number))?;
        self.write("text-0002.bin", Some(attributes))?;
        self.write("text-0003.bin", digests)?;
        self.certificate("text-0004.bin", cv::TEXT_CA)?;
        let mut third = self.noise(32);
        third.resize(128, 0xFF);
        let basic = [
            tlv::object(0xDF41, &[0x06, 0x03, 0x0E, 0x01]),
            tlv::object(0xDF42, &cv::key_id(cv::DATA_KEY)),
            tlv::long_object(0xDF43, &third),
        ];
        let basic = tlv::long_object(0xFF40, &basic.concat());
        self.write("text-0005.bin", Some(records::filled(basic)))?;
        self.write("text-0006.bin", Some(tlv::long_object(0xA1, &self.key)))?;
        let key = records::signed_record(self.form, 0xFF50, &[(0xDF51, &self.key)], 0xDF52, sign);
        self.write("text-0007.bin", key)
    }

    fn certificate(&self, file: &str, ca: &str) -> Result<(), PrepareError> {
        let signer = self.signer()?;
        // A stranger certifies itself, under a name of its own or under the authority's.
        let (ca, issuer) = match self.forgery {
            RecordForgery::UnknownIssuer => (cv::STRANGER_CA, signer),
            RecordForgery::FalseIssuer => (ca, signer),
            _ => (ca, &self.issuers.cv_ca),
        };
        let subject = cv::municipality_id(&self.card.municipality);
        let certificate = cv::issue(ca, issuer, subject, signer.public())?;
        self.write(file, Some(certificate))
    }

    /// Bytes that mean nothing but stay the same for a card.
    fn noise(&self, length: usize) -> Vec<u8> {
        let block = |n: u8| digest(&SHA256, &[self.card.serial.as_bytes(), &[n]].concat());
        (0..=u8::MAX)
            .flat_map(|n| block(n).as_ref().to_vec())
            .take(length)
            .collect()
    }

    fn write(&self, file: &str, bytes: Option<Vec<u8>>) -> Result<(), PrepareError> {
        let bytes = bytes.ok_or(PrepareError::Crypto("a card record could not be made"))?;
        Ok(write(&self.folder.join(file), &bytes)?)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
