//! Who holds which certificate: the authority's check of a card's authentication certificate, and the
//! register behind it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ring::signature::{
    ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::jst;
use crate::persons::{CardSort, Person, Register};

/// sha256WithRSAEncryption (RFC 8017).
const SHA256_WITH_RSA: &str = "1.2.840.113549.1.1.11";

/// id-ecPublicKey (RFC 5480).
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";

/// Why the register can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// A file of the prepared folder is missing.
    #[error("{} can't be read (was the folder prepared?)", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is no certificate.
    #[error("{} is not a certificate", path.display())]
    NotACertificate {
        /// Which file.
        path: PathBuf,
    },
}

/// What is wrong with a certificate that a card showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CertificateProblem {
    Malformed,
    OtherAuthority,
    OutsideValidity,
}

/// The register, and the way from a certificate to a person.
pub(crate) struct People {
    register: Register,
    /// Index into the register by the serial number of the certificate.
    by_serial: HashMap<Vec<u8>, usize>,
    authority: Vec<u8>,
}

/// For so long after its certificate's end a card still serves for the qualification alone; a telephone does not
/// (public notice KB0012286).
const GRACE_MONTHS: i64 = 3;

/// A certificate that verified, and whose it is if the service knows.
pub(crate) struct Holder<'a> {
    pub(crate) person: Option<&'a Person>,
    /// End of the certificate's validity, in milliseconds since the Unix epoch.
    pub(crate) not_after: i64,
    /// It has ended, lately enough that the card still serves for the qualification alone.
    pub(crate) in_grace: bool,
    key: Vec<u8>,
    algorithm: &'static dyn VerificationAlgorithm,
}

impl Holder<'_> {
    /// A signature over the message by this certificate's key: RSASSA-PKCS1-v1_5 with SHA-256, or ECDSA
    /// P-384 with SHA-384.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm, &self.key)
            .verify(message, signature)
            .is_ok()
    }
}

impl People {
    /// Reads the authority and the certificates of all persons the service is to know.
    pub(crate) fn load(dir: &Path, register: Register) -> Result<Self, PeopleError> {
        let authority_path = dir.join("terminal").join("auth-ca.der");
        let authority = read(&authority_path)?;
        parse(&authority).ok_or(PeopleError::NotACertificate {
            path: authority_path,
        })?;
        let mut by_serial = HashMap::new();
        for (index, person) in register.persons.iter().enumerate() {
            // A 住基カード's certificates are of another, former authority; a forged card's are not
            // its holder's.
            let other = person.card.kind == CardSort::OldJuki || !person.card.kind.has_jpki();
            if person.unknown || other || person.card.certificate_of().is_some() {
                continue;
            }
            let path = dir.join("cards").join(&person.id).join("auth-cert.der");
            let der = read(&path)?;
            let certificate = parse(&der).ok_or(PeopleError::NotACertificate { path })?;
            by_serial.insert(certificate.raw_serial().to_vec(), index);
        }
        Ok(Self {
            register,
            by_serial,
            authority,
        })
    }

    /// A person the service knows, with the dates as of `now`.
    pub(crate) fn by_id(&self, id: &str, now: i64) -> Option<Person> {
        self.persons().find(|p| p.id == id).map(|p| p.as_of(now))
    }

    /// Everybody the service knows, with the dates as of `now`.
    pub(crate) fn known(&self, now: i64) -> Vec<Person> {
        self.persons().map(|p| p.as_of(now)).collect()
    }

    fn persons(&self) -> impl Iterator<Item = &Person> {
        self.register.persons.iter().filter(|p| !p.unknown)
    }

    /// Checks issuer, signature and validity of a certificate and finds its holder.
    pub(crate) fn holder(&self, der: &[u8], now: i64) -> Result<Holder<'_>, CertificateProblem> {
        let certificate = parse(der).ok_or(CertificateProblem::Malformed)?;
        let authority = parse(&self.authority).ok_or(CertificateProblem::OtherAuthority)?;
        if !issued_by(&certificate, &authority) || certificate.is_ca() {
            return Err(CertificateProblem::OtherAuthority);
        }
        let person = self
            .by_serial
            .get(certificate.raw_serial())
            .and_then(|index| self.register.persons.get(*index));
        let seconds = now.div_euclid(1000);
        let not_after = (certificate.validity().not_after.timestamp()).saturating_mul(1000);
        let in_grace = now > not_after && person.is_some_and(|p| serves_after(p, not_after, now));
        for (link, in_grace) in [(&certificate, in_grace), (&authority, false)] {
            let validity = link.validity();
            let ended = seconds > validity.not_after.timestamp();
            if seconds < validity.not_before.timestamp() || (ended && !in_grace) {
                return Err(CertificateProblem::OutsideValidity);
            }
        }
        let key = certificate.public_key();
        Ok(Holder {
            person,
            algorithm: if key.algorithm.algorithm.to_id_string() == EC_PUBLIC_KEY {
                &ECDSA_P384_SHA384_ASN1
            } else {
                &RSA_PKCS1_2048_8192_SHA256
            },
            not_after,
            in_grace,
            key: key.subject_public_key.data.to_vec(),
        })
    }
}

/// Whether a person's card serves for the qualification alone, its certificate having ended then.
pub(crate) fn serves_after(person: &Person, not_after: i64, now: i64) -> bool {
    person.card.kind.has_card_face()
        && jst::months_after(&jst::day(not_after), GRACE_MONTHS)
            .is_some_and(|end| jst::day(now) <= end)
}

fn issued_by(certificate: &X509Certificate<'_>, authority: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == authority.subject().as_raw()
        && certificate.signature_algorithm.algorithm.to_id_string() == SHA256_WITH_RSA
        && UnparsedPublicKey::new(
            &RSA_PKCS1_2048_8192_SHA256,
            &authority.public_key().subject_public_key.data,
        )
        .verify(
            certificate.tbs_certificate.as_ref(),
            &certificate.signature_value.data,
        )
        .is_ok()
}

/// A certificate and nothing after it.
fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Some(certificate),
        _ => None,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, PeopleError> {
    fs::read(path).map_err(|source| PeopleError::File {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;
    use crate::card::JPKI_AID;
    use crate::card::tests::{TestCard, prepared, register};

    fn now() -> i64 {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(time.as_millis()).unwrap()
    }

    /// The algorithm is the certificate's, and a forger's card stands for its victim, never for the forger.
    #[test]
    fn a_holder_is_known_by_the_key_of_the_certificate() {
        let people = People::load(&prepared().dir, register()).unwrap();
        for (card, pin, person, holds) in [
            ("normal", "1234", "normal", true),
            ("next", "1234", "next", true),
            ("forged", "9999", "normal", false),
        ] {
            let mut chip = TestCard::of(card);
            chip.select(JPKI_AID);
            assert_eq!(chip.verify(0x18, pin), 0x9000);
            let der = chip.read(0x0A);
            let (signature, status) = chip.call([0x80, 0x2A, 3, 0x97], b"nonce", true);
            assert_eq!(status, 0x9000, "{card}");
            let holder = people.holder(&der, now()).ok().unwrap();
            assert_eq!(holder.person.unwrap().id, person);
            assert_eq!(holder.signed(b"nonce", &signature), holds, "{card}");
            assert!(!holder.signed(b"another", &signature), "{card}");
        }
    }
}
