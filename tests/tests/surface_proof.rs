//! かざし利用: the terminal's own proof by the surface AP's key, judged by the simulated service as far as public
//! documentation lets it be judged. A proof is one card's and one nonce's (invariant 16).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use card::pinless::SurfaceTap;
use card::{CardProof, ProofKind};
use e2e::card::visit::{Kind, NONCE, play};
use e2e::card::{Laid, Table, cards};
use hw_sim::central::surface_proved;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(10);

fn prepared() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("surface-proof");
        let persons = ["seiho", "hoken", "card-genuine", "card-forged-hybrid"];
        cards(&folder, &persons).unwrap();
        folder
    })
}

/// A face visit of `person`, proved by the surface AP's key.
fn proof_of(person: &str) -> CardProof {
    let card = Laid::new(prepared(), &[person]).unwrap();
    let mut table = Table::in_process(prepared(), LIMIT, |config| {
        config.pinless = Some(Box::new(SurfaceTap));
    })
    .unwrap();
    table.lay(&card).unwrap();
    let outcome = play(&mut table, Kind::Face, person).unwrap();
    table.end();
    assert!(outcome.finished, "{}", outcome.ended);
    let proof = outcome.proof.unwrap();
    assert_eq!(proof.kind, ProofKind::SurfaceInternalAuthentication);
    proof
}

/// The evidence as the request carries it.
fn written(proof: &CardProof) -> Value {
    let evidence = proof.surface.as_ref().unwrap();
    json!({
        "cvCertificate": STANDARD.encode(&evidence.cv_certificate),
        "signedGroup": STANDARD.encode(&evidence.signed_group),
        "otherDigests": STANDARD.encode(evidence.other_digests.concat()),
        "recordSignature": STANDARD.encode(&evidence.record_signature),
    })
}

#[test]
fn invariant_16_a_surface_proof_is_one_cards_and_one_nonces() {
    let (own, other) = (proof_of("seiho"), proof_of("hoken"));
    let record = written(&own);
    let judge = |person: &str, record: &Value, nonce: &[u8], signature: &[u8]| {
        surface_proved(prepared(), person, record, nonce, signature)
    };
    assert!(judge("seiho", &record, NONCE, &own.signature));
    assert!(judge("hoken", &written(&other), NONCE, &other.signature));

    // Another person's card, whole or in parts; another nonce; a signature of nothing.
    assert!(!judge("hoken", &record, NONCE, &own.signature));
    assert!(!judge("seiho", &written(&other), NONCE, &other.signature));
    assert!(!judge("seiho", &record, NONCE, &other.signature));
    assert!(!judge(
        "seiho",
        &record,
        b"a nonce of another visit........",
        &own.signature
    ));
    assert!(!judge("seiho", &record, NONCE, &[]));
    assert!(!judge("nobody", &record, NONCE, &own.signature));

    // Every part of the evidence exchanged, altered, cut off and left out.
    for part in [
        "cvCertificate",
        "signedGroup",
        "otherDigests",
        "recordSignature",
    ] {
        let bytes = STANDARD.decode(record[part].as_str().unwrap()).unwrap();
        let mut altered = bytes.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        for wrong in [altered, bytes[..bytes.len() - 1].to_vec(), Vec::new()] {
            let mut record = record.clone();
            record[part] = json!(STANDARD.encode(wrong));
            assert!(!judge("seiho", &record, NONCE, &own.signature), "{part}");
        }
        let mut without = record.clone();
        without.as_object_mut().unwrap().remove(part);
        assert!(!judge("seiho", &without, NONCE, &own.signature), "{part}");
    }
    for part in ["signedGroup", "otherDigests", "recordSignature"] {
        let mut mixed = record.clone();
        mixed[part] = written(&other)[part].clone();
        assert!(!judge("seiho", &mixed, NONCE, &own.signature), "{part}");
    }
}

/// A certificate beside another person's genuine record: nothing on the card contradicts it, and the terminal cannot
/// tell. Only the service, which knows whose surface key stands beside which certificate, refuses it.
#[test]
fn invariant_16_a_surface_proof_beside_anothers_certificate_is_refused_by_the_service() {
    let (genuine, forged) = ("card-genuine", "card-forged-hybrid");
    let proof = proof_of(forged);
    let certificate = prepared().join("cards").join(genuine).join("auth-cert.der");
    assert_eq!(proof.certificate_der, std::fs::read(certificate).unwrap());
    let record = written(&proof);
    // The evidence as such is sound: it is the forger's own.
    assert!(surface_proved(
        prepared(),
        forged,
        &record,
        NONCE,
        &proof.signature
    ));
    // The certificate names the other.
    assert!(!surface_proved(
        prepared(),
        genuine,
        &record,
        NONCE,
        &proof.signature
    ));
}
