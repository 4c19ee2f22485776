//! The test hierarchies of the 公的個人認証サービス: `O=JPKI-TEST`, one tier, RSA-2048, profiles as
//! published certificates show them (jpki/myna `ta/*.pem`; myna-card `certs/README.md`). Addresses
//! inside them end in `.invalid`, so that nothing is ever asked of the real service.
use ring::rand::{SecureRandom, SystemRandom};
use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

use super::PrepareError;
use super::keys::{HolderKey, SigningKey};
use super::x509::{C, CN, Certificate, Extension, L, Name, O, OU};
use crate::card::matching::{DateParts, era_year};
use crate::persons::{CertificateState, Person};

const ORGANISATION: &str = "Japan Agency for Local Authority Information Systems";
const CPS: &str = "http://www.jpki-test.invalid/cps.html";
const OCSP: &str = "http://ocspauthnorm.jpki-test.invalid";
/// Policy of 利用者証明用 certificates.
const AUTH_POLICY: &[u64] = &[1, 2, 392, 200149, 8, 5, 1, 3, 30];
/// Policy of 署名用 certificates on test cards.
const SIGN_POLICY: &[u64] = &[1, 2, 392, 200149, 8, 5, 1, 0, 20];
const DIGITAL_SIGNATURE: u8 = 0x80;
const NON_REPUDIATION: u8 = 0x40;
const CERTIFICATES_AND_CRLS: u8 = 0x06;

/// Which of the two hierarchies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// 利用者証明用.
    Authentication,
    /// 署名用.
    Signature,
}

/// A certification authority.
pub(super) struct Authority {
    pub(super) certificate: Vec<u8>,
    key: SigningKey,
    usage: Use,
}

/// The serial number of both authorities' own certificates.
const AUTHORITY_SERIAL: [u8; 4] = [0x00, 0xA5, 0x17, 0x01];

impl Authority {
    /// Takes up an authority whose certificate was issued before.
    pub(super) fn existing(usage: Use, key: SigningKey, certificate: Vec<u8>) -> Self {
        Self {
            certificate,
            key,
            usage,
        }
    }

    /// Issues a self-signed authority: valid from three years ago for ten years.
    pub(super) fn issue(
        usage: Use,
        key: SigningKey,
        now: OffsetDateTime,
    ) -> Result<Self, PrepareError> {
        let own = authority_name(usage);
        let certificate = Certificate {
            serial: AUTHORITY_SERIAL.to_vec(),
            issuer: own.clone(),
            subject: own.clone(),
            not_before: now - Duration::days(3 * 365),
            not_after: now + Duration::days(7 * 365),
            spki: key.spki()?,
            extensions: vec![
                Extension::key_usage(CERTIFICATES_AND_CRLS),
                Extension::authority(),
                Extension::subject_alt_name(&japanese_name(usage)),
                Extension::crl_point(&own),
                Extension::subject_key(&key.identifier()?),
            ],
        }
        .sign(&key)?;
        Ok(Self::existing(usage, key, certificate))
    }

    /// Issues a person's certificate.
    pub(super) fn certify(
        &self,
        person: &Person,
        key: &HolderKey,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, PrepareError> {
        let issuer = authority_name(self.usage);
        let (issued, not_after) = validity(person, now)?;
        let municipality = &person.card.municipality;
        let mut random = [0u8; 18];
        SystemRandom::new()
            .fill(&mut random)
            .map_err(|_| PrepareError::Crypto("no random numbers"))?;
        let (serial, letters) = random.split_at(4);
        let common_name = format!("{}{municipality}003A", alphanumeric(letters));
        let mut subject: Name = vec![(C, "JP".into())];
        if self.usage == Use::Signature {
            subject.push((L, "Kiyose-shi".into()));
        }
        subject.push((CN, common_name));
        let distribution: Name = vec![
            (C, "JP".into()),
            (O, "JPKI-TEST".into()),
            (OU, english(self.usage).into()),
            (OU, "CRL Distribution Points".into()),
            (OU, "Tokyo-to".into()),
            (CN, "Kiyose-shi CRLDP".into()),
        ];
        let mut extensions = match self.usage {
            Use::Authentication => vec![
                Extension::key_usage(DIGITAL_SIGNATURE),
                Extension::client_auth(),
                Extension::policy(AUTH_POLICY, CPS),
            ],
            Use::Signature => vec![
                Extension::key_usage(DIGITAL_SIGNATURE | NON_REPUDIATION),
                Extension::policy(SIGN_POLICY, CPS),
                Extension::other_names(&attributes(person)),
            ],
        };
        extensions.extend([
            Extension::issuer_alt_name(&japanese_name(self.usage)),
            Extension::crl_point(&distribution),
            Extension::ocsp(OCSP),
            Extension::authority_key(&self.key.identifier()?, &issuer, &AUTHORITY_SERIAL),
            Extension::subject_key(&key.identifier),
        ]);
        Certificate {
            // Four bytes, positive and without a leading zero.
            serial: serial
                .iter()
                .enumerate()
                .map(|(i, b)| if i == 0 { b & 0x3F | 0x40 } else { *b })
                .collect(),
            issuer,
            subject,
            not_before: issued,
            not_after,
            spki: key.spki.clone(),
            extensions,
        }
        .sign(&self.key)
    }
}

fn english(usage: Use) -> &'static str {
    match usage {
        Use::Authentication => "JPKI for user authentication",
        Use::Signature => "JPKI for digital signature",
    }
}

fn authority_name(usage: Use) -> Name {
    vec![
        (C, "JP".into()),
        (O, "JPKI-TEST".into()),
        (OU, english(usage).into()),
        (OU, ORGANISATION.into()),
    ]
}

fn japanese_name(usage: Use) -> Name {
    let unit = match usage {
        Use::Authentication => "公的個人認証サービス利用者証明用（試験）",
        Use::Signature => "公的個人認証サービス署名用（試験）",
    };
    vec![
        (C, "JP".into()),
        (O, "公的個人認証サービス（試験）".into()),
        (OU, unit.into()),
        (OU, "地方公共団体情報システム機構".into()),
    ]
}

/// Name, birth date (era digit and YYYYMMDD), sex, address, and the flags of replaced characters.
fn attributes(person: &Person) -> [(&'static [u64], String); 6] {
    const NAME: &[u64] = &[1, 2, 392, 200149, 8, 5, 5, 1];
    const NAME_FLAGS: &[u64] = &[1, 2, 392, 200149, 8, 5, 5, 2];
    const SEX: &[u64] = &[1, 2, 392, 200149, 8, 5, 5, 3];
    const BIRTH: &[u64] = &[1, 2, 392, 200149, 8, 5, 5, 4];
    const ADDRESS: &[u64] = &[1, 2, 392, 200149, 8, 5, 5, 5];
    const ADDRESS_FLAGS: &[u64] = &[1, 2, 392, 200149, 8, 5, 5, 6];
    let era = DateParts::parse(&person.birth_date).and_then(era_year);
    let era = match era.map(|(name, _)| name) {
        Some("明治") => '1',
        Some("大正") => '2',
        Some("昭和") => '3',
        Some("平成") => '4',
        Some("令和") => '5',
        _ => '0',
    };
    let flags = |text: &str| "0".repeat(text.chars().count());
    [
        (NAME, person.name.clone()),
        (BIRTH, format!("{era}{}", person.birth_date)),
        (SEX, person.sex.clone()),
        (ADDRESS, person.address.clone()),
        (NAME_FLAGS, flags(&person.name)),
        (ADDRESS_FLAGS, flags(&person.address)),
    ]
}

fn alphanumeric(random: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKLMNPQRSTUVWX";
    random
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect()
}

/// Issue and end: to the end of the fifth birthday after issue in Japan, 14:59:59 UTC.
fn validity(
    person: &Person,
    now: OffsetDateTime,
) -> Result<(OffsetDateTime, OffsetDateTime), PrepareError> {
    let wrong = || PrepareError::Crypto("a certificate's dates are out of range");
    let issued = match person.card.certificate {
        CertificateState::Valid | CertificateState::Revoked => now - Duration::days(365),
        CertificateState::Expired => now - Duration::days(6 * 365 + 30),
        CertificateState::ExpiredLately => {
            let end = end_of(now.date() - Duration::days(30)).ok_or_else(wrong)?;
            return Ok((now - Duration::days(5 * 365 + 40), end));
        }
        CertificateState::ExpiresSoon => {
            let end = end_of(now.date() + Duration::days(30)).ok_or_else(wrong)?;
            return Ok((now - Duration::days(5 * 365 - 40), end));
        }
    };
    let birth = DateParts::parse(&person.birth_date).ok_or_else(wrong)?;
    let month = Month::try_from(birth.month).map_err(|_| wrong())?;
    let this_year = birthday(issued.year(), month, birth.day).ok_or_else(wrong)?;
    let first = if this_year > issued.date() {
        issued.year()
    } else {
        issued.year() + 1
    };
    let last = birthday(first + 4, month, birth.day).ok_or_else(wrong)?;
    Ok((issued, end_of(last).ok_or_else(wrong)?))
}

/// The 29th of February is kept on the 28th in other years.
fn birthday(year: i32, month: Month, day: u8) -> Option<Date> {
    Date::from_calendar_date(year, month, day)
        .or_else(|_| Date::from_calendar_date(year, month, 28))
        .ok()
}

fn end_of(day: Date) -> Option<OffsetDateTime> {
    let time = Time::from_hms(14, 59, 59).ok()?;
    Some(day.with_time(time).assume_offset(UtcOffset::UTC))
}
