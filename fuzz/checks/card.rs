//! What a card answers.

use card::IssuerKeys;
use card::authenticity::check_certificate;
use card::authenticity::{check_presence, check_record};
use card::certificate::{AuthCertificate, Roots, published_roots};
use card::record::CvCertificate;
use card::record::PhotoRecord;
use card::record::header;
use std::sync::LazyLock;

/// Tag and length as a card writes them: whatever comes, no length beyond the cap is believed.
pub(crate) fn card_tlv(data: &[u8]) {
    for cap in [0, 2, 255, 0x8000, usize::MAX] {
        if let Some((_, total)) = header(data, cap) {
            assert!(total >= 2 && total <= cap);
        }
    }
}

/// The card-face record: parsed without panic; what it hands out lies inside what came.
pub(crate) fn photo_record(data: &[u8]) {
    if let Ok(record) = PhotoRecord::parse(data) {
        let signed: usize = record.groups.iter().map(|group| group.len()).sum();
        assert!(signed + record.signature.len() <= data.len());
        assert!(record.groups[2].len() >= record.photo.len());
        // Nobody finds a signature that fits by chance, also not under the record's own key.
        assert!(check_record(&record, &record.card_key).is_err());
        assert!(check_presence(&record.card_key, b"challenge", record.signature).is_err());
    }
}

/// A certificate of the simulator's test hierarchy, and the authority that signed it: without them no noise would
/// come as far as the signature and the profile.
const SEED: &[u8] = include_bytes!("../corpus/certificate/authentication.der");
const SEED_AUTHORITY: &[u8] = include_bytes!("../corpus/certificate/authority-test.der");

/// The signed part of a certificate: behind tag and length of the whole, two bytes of length.
fn signed_part(der: &[u8]) -> &[u8] {
    let (_, length) = header(&der[4..], der.len()).expect("a certificate's signed part");
    &der[4..4 + length]
}

static ROOTS: LazyLock<[Roots; 3]> = LazyLock::new(|| {
    let published: Vec<Vec<u8>> = published_roots()
        .iter()
        .map(|root| root.der.to_vec())
        .collect();
    let roots = |ders: &[Vec<u8>], simulation| Roots::new(ders, simulation).expect("authorities");
    let own = roots(&[SEED_AUTHORITY.to_vec()], true);
    // Otherwise nothing below would say anything.
    assert_eq!(
        AuthCertificate::examine(SEED.to_vec(), &own).problem(),
        None
    );
    [roots(&published, false), roots(&published, true), own]
});

/// The authentication certificate: whatever the bytes, examining ends, and only what the seed's own issuer signed
/// is without a problem.
pub(crate) fn certificate(data: &[u8]) {
    // The profile alone, so that it sees every certificate that can be parsed and not only signed ones.
    let profile = AuthCertificate::profile(data);
    for roots in ROOTS.iter() {
        let certificate = AuthCertificate::examine(data.to_vec(), roots);
        if certificate.problem().is_none() {
            let signed = signed_part(SEED);
            assert!(data.windows(signed.len()).any(|part| part == signed));
            assert_eq!(profile, Ok(()));
        }
        let _ = card::certificate::expires_soon(
            certificate.not_after_ms(),
            certificate.not_before_ms(),
        );
    }
    // The same bytes as a configured authority.
    let _ = Roots::new(&[data.to_vec()], true);
}

/// A modulus of nobody: 2048 bits, odd.
static ISSUERS: LazyLock<IssuerKeys> = LazyLock::new(|| {
    let entry = |id: &str| {
        format!(
            "[[issuer]]\nkey_id = \"{id}\"\nmodulus = \"C9{}01\"\nexponent = \"010001\"\n",
            "A7".repeat(254)
        )
    };
    let text =
        entry("36303030303233080530303100000000") + &entry("35303030303233080530303100000000");
    IssuerKeys::from_toml(&text).expect("two keys")
});

/// The CV certificate: parsed without panic, never verified under a key that did not sign it.
pub(crate) fn cvc(data: &[u8]) {
    if let Ok(certificate) = CvCertificate::parse(data) {
        assert_eq!(certificate.body.len(), 297);
        assert!(check_certificate(&certificate, &ISSUERS).is_err());
    }
}
