//! The authentication certificate: whatever the bytes, examining ends, and only the seeds' own issuer could make
//! one without a problem.
#![no_main]

use std::sync::LazyLock;

use card::certificate::{AuthCertificate, Roots, published_roots};
use libfuzzer_sys::fuzz_target;

static ROOTS: LazyLock<[Roots; 2]> = LazyLock::new(|| {
    let ders: Vec<Vec<u8>> = published_roots().iter().map(|root| root.der.to_vec()).collect();
    [false, true].map(|simulation| Roots::new(&ders, simulation).expect("the published roots"))
});

fuzz_target!(|data: &[u8]| {
    for roots in ROOTS.iter() {
        let certificate = AuthCertificate::examine(data.to_vec(), roots);
        assert!(certificate.problem().is_some());
        let _ = card::certificate::expires_soon(certificate.not_after_ms(), certificate.not_before_ms());
    }
    // The same bytes as a configured authority.
    let _ = Roots::new(&[data.to_vec()], true);
});
