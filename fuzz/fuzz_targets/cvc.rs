//! The CV certificate: parsed without panic, never verified under a key that did not sign it.
#![no_main]

use std::sync::LazyLock;

use card::IssuerKeys;
use card::authenticity::check_certificate;
use card::record::CvCertificate;
use libfuzzer_sys::fuzz_target;

/// A modulus of nobody: 2048 bits, odd.
static ISSUERS: LazyLock<IssuerKeys> = LazyLock::new(|| {
    let entry = |id: &str| {
        format!(
            "[[issuer]]\nkey_id = \"{id}\"\nmodulus = \"C9{}01\"\nexponent = \"010001\"\n",
            "A7".repeat(254)
        )
    };
    let text = entry("36303030303233080530303100000000") + &entry("35303030303233080530303100000000");
    IssuerKeys::from_toml(&text).expect("two keys")
});

fuzz_target!(|data: &[u8]| {
    if let Ok(certificate) = CvCertificate::parse(data) {
        assert_eq!(certificate.body.len(), 297);
        assert!(check_certificate(&certificate, &ISSUERS).is_err());
    }
});
