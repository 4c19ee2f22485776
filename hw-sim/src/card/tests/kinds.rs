//! Kinds of cards beyond the ordinary one: other chips, contacts, the next generation, odd encodings, and
//! forgeries with what gives each of them away (invariant 16).
use ring::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::*;
use crate::card::cvc::{self, CvcBody, PublicKey};
use crate::pki::SigningKey;

const SELECT_JPKI: &str = "00A4040C0AD392F000260100000001";
const LICENCE_DF1: &str = "00A4040C10A0000002310100000000000000000000";
const FIDO: &str = "00A4040008A0000006472F000100";

/// What lies in the same wallet answers as itself and never as a My Number Card.
#[test]
fn other_chips_know_their_own_and_nothing_else() {
    let fido = to_hex(b"U2F_V2\x90\x00");
    for (person, atr, licence, key) in [
        ("driving-licence", "driving-licence", "9000", "6A82"),
        ("fido", "fido", "6A82", fido.as_str()),
        ("transit", "felica", "6A81", "6A81"),
        ("blank", "blank", "6A82", "6A82"),
    ] {
        let mut card = TestCard::of(person);
        assert_eq!(card.engine.atr(), super::atr(atr).unwrap(), "{person}");
        assert!(card.engine.has_chip());
        assert_ne!(card.send(SELECT_JPKI), "9000", "{person}");
        assert_eq!(card.send(LICENCE_DF1), licence, "{person}");
        assert_eq!(card.send(FIDO), key, "{person}");
        // No PIN of theirs is ever compared, whatever is sent.
        assert_ne!(card.send("002000800431323334"), "9000", "{person}");
        assert_ne!(card.send("002000810431323334"), "9000", "{person}");
        // Readers tell the identifier of what lies there: eight bytes of FeliCa, four of the others.
        let id = card.send("FFCA000000");
        let length = if person == "transit" { 10 } else { 6 };
        assert_eq!(id.len(), 2 * length, "{person}: {id}");
        assert!(id.ends_with("9000"));
    }
    assert!(!TestCard::of("no-chip").engine.has_chip());
}

/// The identifier of a Type B card is new with every power-on, and only its reader tells it.
#[test]
fn an_identifier_is_no_identity() {
    let mut card = TestCard::of("normal");
    let first = card.send("FFCA000000");
    assert_eq!(card.send("FFCA000000"), first);
    card.engine.power_on();
    assert_ne!(card.send("FFCA000000"), first);
    // Behind contacts the command reaches the card, which does not know the class.
    card.engine.set_atr(&CONTACT_ATR);
    assert_eq!(card.send("FFCA000000"), "6E00");
}

/// myna-card: no reset ends the status over the air. A chip behind contacts restarts, as any chip does.
#[test]
fn a_reset_is_felt_behind_contacts_only() {
    for (person, kept) in [("normal", true), ("next", false)] {
        let mut card = TestCard::of(person);
        assert_eq!(card.engine.is_contact(), !kept);
        card.select(JPKI_AID);
        assert_eq!(card.verify(0x18, "1234"), 0x9000);
        card.engine.reset();
        let answer = card.call([0x80, 0x2A, 3, 0x97], b"message", true).1;
        assert_eq!(answer == 0x9000, kept, "{person}: {answer:04X}");
    }
}

/// The next card's certificate is for P-384 (announced). The command's form is invented.
#[test]
fn a_p384_key_signs_what_its_certificate_verifies() {
    let mut card = TestCard::of("next");
    card.select(JPKI_AID);
    let der = card.read(0x0A);
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    let ca = std::fs::read(prepared().dir.join("terminal/auth-ca.der")).unwrap();
    let (_, ca) = X509Certificate::from_der(&ca).unwrap();
    certificate.verify_signature(Some(ca.public_key())).unwrap();
    let algorithm = &certificate.public_key().algorithm;
    assert_eq!(algorithm.algorithm.to_id_string(), "1.2.840.10045.2.1");
    let curve = algorithm.parameters.as_ref().unwrap().as_oid().unwrap();
    assert_eq!(curve.to_id_string(), "1.3.132.0.34");
    assert_eq!(card.call([0x80, 0x2A, 3, 0x97], b"nonce", true).1, 0x6982);
    assert_eq!(card.verify(0x18, "1234"), 0x9000);
    let (signature, status) = card.call([0x80, 0x2A, 3, 0x97], b"nonce", true);
    assert_eq!(status, 0x9000);
    let point = &certificate.public_key().subject_public_key.data;
    UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, point)
        .verify(b"nonce", &signature)
        .unwrap();
    for p1 in [0, 1, 2, 4, 5] {
        assert_eq!(card.call([0x80, 0x2A, p1, 0x97], &[7; 48], true).1, 0x6985);
    }
    assert_eq!(card.engine.traffic().signatures, 1);
}

/// BER allows lengths that are not minimal, and cards write them (jpki/myna commit 2e897df). Every length
/// of this card is written that way, offsets and signatures with them.
#[test]
fn lengths_that_are_never_minimal_still_make_a_whole_card() {
    let mut card = TestCard::of("next");
    card.select(SURFACE_AID);
    assert_eq!(card.verify(0x12, "11121220351111"), 0x9000);
    let face = card.read(0x02);
    assert_eq!(face[5..10], [0xDF, 0x21, 0x82, 0x00, 0x12]);
    let (outer, _) = tlv::first(&face).unwrap();
    let objects = tlv::all(outer.value);
    for (pair, object) in tlv::find(&objects, 0xDF21)
        .unwrap()
        .chunks(2)
        .zip(&objects[1..])
    {
        let at = usize::from(u16::from_be_bytes([pair[0], pair[1]]));
        assert_eq!(face[at..at + object.whole.len()], *object.whole);
        assert_eq!(object.whole[2], 0x82);
    }
    assert!(record_is_genuine(&mut card));
    // Another photo is written in the same form.
    prepared()
        .resign_photo(&mut card.engine, b"another face")
        .unwrap();
    assert!(record_is_genuine(&mut card));
    // The measured reader library takes it.
    let TestCard { engine, folder } = card;
    let mut link = myna_card::Card::new(Link(engine));
    let mut ap = myna_card::ap::surface::SurfaceAp::select(&mut link).unwrap();
    ap.verify_code_b(&myna_card::Pin::new("11121220351111").unwrap())
        .unwrap();
    assert_eq!(ap.read_card_face().unwrap().photo.data, b"another face");
    let mut ap = myna_card::ap::text::TextAp::select(&mut link).unwrap();
    ap.verify_pin(&myna_card::Pin::new("1234").unwrap())
        .unwrap();
    assert_eq!(ap.read_attributes().unwrap().name, "架空　次");
    drop(folder);
}

struct Link(Engine);

impl myna_card::Transmit for Link {
    fn transmit(&mut self, command: &[u8]) -> myna_card::Result<Vec<u8>> {
        Ok(self.0.transmit(command))
    }
}

/// The three checks a terminal makes, each with the key it would use.
struct Checks {
    /// EF 0004 is signed by the authority it names, and that is one the terminal knows.
    issuer: bool,
    /// The card-face record is signed by the key in EF 0004.
    record: bool,
    /// The chip holds the key that the record names.
    presence: bool,
    /// The chip holds the key of the certificate it shows.
    proof: bool,
}

/// The card's face, its issuer's certificate and the card's key.
fn face(card: &mut TestCard) -> (Vec<u8>, CvcBody, Vec<u8>) {
    let number = ["02011520304321", "11121220351111"];
    card.select(SURFACE_AID);
    let opened = number.iter().any(|b| card.verify(0x12, b) == 0x9000);
    assert!(opened);
    let certificate = card.read(0x04);
    let body = CvcBody::parse_object(&certificate[cvc::HEADER..]).unwrap();
    (card.read(0x02), body, certificate)
}

fn record_is_genuine(card: &mut TestCard) -> bool {
    let (record, body, _) = face(card);
    let (outer, _) = tlv::first(&record).unwrap();
    let objects = tlv::all(outer.value);
    let group = |tags: &[u16]| -> Vec<u8> {
        let chosen = objects.iter().filter(|o| tags.contains(&o.tag));
        chosen.flat_map(|o| o.whole.to_vec()).collect()
    };
    let info = records::triple_digest_info(&[
        group(&[0xDF22, 0xDF23, 0xDF24]),
        group(&[0xDF25, 0xDF26]),
        group(&[0xDF27]),
    ]);
    let signature = tlv::find(&objects, 0xDF28).unwrap();
    raw_rsa(&body.key, signature).ends_with(&info)
}

/// The block inside a signature.
fn raw_rsa(key: &PublicKey, signature: &[u8]) -> Vec<u8> {
    let n = rsa::BigUint::from_bytes_be(&key.modulus);
    let e = rsa::BigUint::from_bytes_be(&key.exponent);
    rsa::BigUint::from_bytes_be(signature)
        .modpow(&e, &n)
        .to_bytes_be()
}

fn checks(person: &str) -> Checks {
    let mut card = TestCard::of(person);
    let (record, body, certificate) = face(&mut card);
    let (outer, _) = tlv::first(&record).unwrap();
    let named = tlv::find(&tlv::all(outer.value), 0xDF24).unwrap().to_vec();
    let authority = SigningKey::load(&prepared().dir.join("issuer/cv-ca-key.der"))
        .unwrap()
        .public();
    let issuer = body.issuer.starts_with(b"6000023")
        && authority.verifies(
            &body.signed_bytes(),
            &certificate[certificate.len() - 256..],
        );
    let (answer, _) = card.call([0x80, 0x2A, 3, 0], b"challenge", true);
    let presence = PublicKey::parse(&named)
        .unwrap()
        .verifies(b"challenge", &answer);
    let record = record_is_genuine(&mut card);
    card.select(JPKI_AID);
    let pin = if person == "normal" { "1234" } else { "9999" };
    assert_eq!(card.verify(0x18, pin), 0x9000);
    let (signature, _) = card.call([0x80, 0x2A, 3, 0x97], b"nonce", true);
    let der = card.read(0x0A);
    let (_, shown) = X509Certificate::from_der(&der).unwrap();
    let key = &shown.public_key().subject_public_key.data;
    let algorithm = &ring::signature::RSA_PKCS1_2048_8192_SHA256;
    let proof = UnparsedPublicKey::new(algorithm, key)
        .verify(b"nonce", &signature)
        .is_ok();
    let genuine = prepared().card_folder("normal").join("auth-cert.der");
    assert_eq!(der, std::fs::read(genuine).unwrap(), "{person}");
    Checks {
        issuer,
        record,
        presence,
        proof,
    }
}

#[test]
fn invariant_16_every_forgery_fails_at_its_own_check() {
    for (person, [issuer, record, presence, proof]) in [
        ("normal", [true, true, true, true]),
        // The forger's own record, under an own authority or under a borrowed name.
        ("forged", [false, true, true, false]),
        ("forged-issuer", [false, true, true, false]),
        // The genuine record, with another photo in it.
        ("forged-photo", [true, false, false, false]),
        // The genuine record whole: only the chip's key is missing.
        ("forged-copy", [true, true, false, false]),
    ] {
        let got = checks(person);
        assert_eq!(
            [got.issuer, got.record, got.presence, got.proof],
            [issuer, record, presence, proof],
            "{person}"
        );
    }
    // The two that name their issuer differ in the name they give.
    let issuer = |person: &str| face(&mut TestCard::of(person)).1.issuer;
    assert_ne!(issuer("forged"), issuer("normal"));
    assert_eq!(issuer("forged-issuer"), issuer("normal"));
    // And the forger's photo is not the holder's where it was replaced.
    let photo = |person: &str| {
        let (record, ..) = face(&mut TestCard::of(person));
        let (outer, _) = tlv::first(&record).unwrap();
        tlv::find(&tlv::all(outer.value), 0xDF27).unwrap().to_vec()
    };
    assert_eq!(photo("forged-copy"), photo("normal"));
}

/// A key reference of unknown purpose answers the question for tries (AokiApp/jsapdu; myna-card's fuzz
/// example) and is not a PIN.
#[test]
fn the_unknown_reference_0010_answers_and_counts_nothing() {
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    let asked = card.send("00200090");
    assert!(asked.starts_with("63C"), "{asked}");
    assert_eq!(card.send("00A4020C020010"), "9000");
    assert_eq!(card.send("8082008000"), asked);
    assert_eq!(card.send("002000900431323334"), "6985");
    assert_eq!(card.send("00200090"), asked);
    assert_eq!(card.send("80820098"), "63C3");
    assert_eq!(card.send("00200010"), "6A86");
    assert_eq!(card.engine.counters(), Counters::ISSUED);
}

#[test]
fn the_expiry_can_be_missing_at_the_masters_level_only() {
    let mut card = TestCard::of("normal");
    card.engine.set_behaviour(Behaviour {
        without_expiry_object: true,
        ..Behaviour::default()
    });
    assert_eq!(card.send("00CA00F200"), "6A88");
    assert_eq!(card.send("00CA00F000"), to_hex(b"13221\x90\x00"));
    card.select(COMMON_AID);
    assert!(
        card.send("00B2010C00")
            .ends_with(&to_hex(b"20300115\x90\x00"))
    );
}
