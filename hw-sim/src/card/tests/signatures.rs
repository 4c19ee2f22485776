//! What the card signs, checked with the public keys a terminal would use.
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey as CertificateKey;

use super::*;
use crate::card::cvc::PublicKey;

/// The key in the authentication certificate that the card shows.
fn certificate_key(card: &mut TestCard, file: u8) -> PublicKey {
    let der = card.read(file);
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    let CertificateKey::RSA(key) = certificate.public_key().parsed().unwrap() else {
        panic!("not an RSA key");
    };
    PublicKey {
        exponent: key.exponent.to_vec(),
        modulus: key
            .modulus
            .iter()
            .copied()
            .skip_while(|b| *b == 0)
            .collect(),
    }
}

fn raw(key: &PublicKey) -> RsaPublicKey {
    RsaPublicKey::new(
        BigUint::from_bytes_be(&key.modulus),
        BigUint::from_bytes_be(&key.exponent),
    )
    .unwrap()
}

#[test]
fn the_authentication_key_signs_after_its_pin_in_all_six_ways() {
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    let message = b"nonce of the central service";
    let hash = ring::digest::digest(&ring::digest::SHA256, message);
    let info = [
        &from_hex("3031300D060960864801650304020105000420")[..],
        hash.as_ref(),
    ]
    .concat();
    assert_eq!(card.call([0x80, 0x2A, 0, 0x97], &info, true).1, 0x6982);
    assert_eq!(card.verify(0x18, "1234"), 0x9000);
    let key = certificate_key(&mut card, 0x0A);
    let components = RsaPublicKeyComponents {
        n: &key.modulus,
        e: &key.exponent,
    };
    let sign = |card: &mut TestCard, p1: u8, data: &[u8]| {
        let (signature, status) = card.call([0x80, 0x2A, p1, 0x97], data, true);
        assert_eq!((signature.len(), status), (256, 0x9000), "P1={p1}");
        signature
    };
    for (p1, data) in [(0, &info[..]), (2, hash.as_ref()), (3, message)] {
        let signature = sign(&mut card, p1, data);
        components
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, &signature)
            .unwrap();
    }
    let bare = sign(&mut card, 1, message);
    raw(&key)
        .verify(Pkcs1v15Sign::new_unprefixed(), hash.as_ref(), &bare)
        .unwrap();
    for (p1, data) in [(4, hash.as_ref()), (5, &message[..])] {
        let signature = sign(&mut card, p1, data);
        components
            .verify(&RSA_PSS_2048_8192_SHA256, message, &signature)
            .unwrap();
    }
    // The classic form: the key selected, P2=80. One VERIFY serves for many signatures.
    assert_eq!(card.send("00A4020C020017"), "9000");
    let (signature, _) = card.call([0x80, 0x2A, 0, 0x80], &info, true);
    components
        .verify(&RSA_PKCS1_2048_8192_SHA256, message, &signature)
        .unwrap();
    // Wrong forms.
    assert_eq!(card.call([0x80, 0x2A, 6, 0x97], &info, true).1, 0x6A86);
    assert_eq!(card.call([0x80, 0x2A, 2, 0x97], &[1; 31], true).1, 0x6985);
    assert_eq!(card.call([0x80, 0x2A, 0, 0x97], &[1; 246], true).1, 0x6985);
    assert_eq!(card.call([0x80, 0x2A, 0, 0x97], &info, false).1, 0x6700);
    assert_eq!(card.call([0x80, 0x2A, 0, 0x00], &info, true).1, 0x6A88);
    assert_eq!(card.call([0x80, 0x2A, 0, 0x98], &info, true).1, 0x6981);
    // The signature key is behind its own password.
    assert_eq!(card.call([0x80, 0x2A, 3, 0x9A], message, true).1, 0x6982);
    assert_eq!(card.verify(0x1B, "UKETSUKE01"), 0x9000);
    let (signature, _) = card.call([0x80, 0x2A, 3, 0x9A], message, true);
    assert!(certificate_key(&mut card, 0x01).verifies(message, &signature));
}

/// Both steps of the authenticity check that invariant 16 rests on: the record's three-digest
/// signature under the key that EF 0004 certifies, and the presence of the key inside the record.
#[test]
fn the_card_face_is_signed_and_its_key_is_present() {
    let mut card = TestCard::of("normal");
    card.select(SURFACE_AID);
    assert_eq!(card.verify(0x12, "02011520304321"), 0x9000);
    let face = card.read(0x02);
    let (outer, _) = tlv::first(&face).unwrap();
    let objects = tlv::all(outer.value);
    let whole = |tags: &[u16]| -> Vec<u8> {
        objects
            .iter()
            .filter(|o| tags.contains(&o.tag))
            .flat_map(|o| o.whole.to_vec())
            .collect()
    };
    let info = records::triple_digest_info(&[
        whole(&[0xDF22, 0xDF23, 0xDF24]),
        whole(&[0xDF25, 0xDF26]),
        whole(&[0xDF27]),
    ]);
    assert_eq!(info.len(), 115);
    let certificate = card.read(0x04);
    assert_eq!(certificate.len(), cvc::LENGTH);
    let issuer = cvc::CvcBody::parse_object(&certificate[cvc::HEADER..]).unwrap();
    assert!(issuer.issuer.starts_with(b"6000023\x08\x05001"));
    assert!(issuer.subject.starts_with(b"6132211\x08\x05001"));
    let signature = tlv::find(&objects, 0xDF28).unwrap();
    raw(&issuer.key)
        .verify(Pkcs1v15Sign::new_unprefixed(), &info, signature)
        .unwrap();
    // The certificate itself, under the key the terminal is configured with.
    let trusted = std::fs::read_to_string(prepared().dir.join("terminal/issuers.toml")).unwrap();
    let trusted: toml::Table = toml::from_str(&trusted).unwrap();
    let entry = &trusted["issuer"][0];
    assert_eq!(
        entry["key_id"].as_str().unwrap(),
        to_hex(&issuer.issuer).to_lowercase()
    );
    let ca = PublicKey {
        modulus: from_hex(entry["modulus"].as_str().unwrap()),
        exponent: from_hex(entry["exponent"].as_str().unwrap()),
    };
    let body = &certificate[cvc::HEADER + 5..cvc::HEADER + 5 + 297];
    assert!(ca.verifies(body, &certificate[certificate.len() - 256..]));
    // Presence: no credential, default key.
    let key = PublicKey::parse(tlv::find(&objects, 0xDF24).unwrap()).unwrap();
    assert_eq!(raw(&key).n().bits(), 2048);
    let (proof, status) = card.call([0x80, 0x2A, 3, 0], b"challenge", true);
    assert_eq!(status, 0x9000);
    assert!(key.verifies(b"challenge", &proof));
    assert_eq!(card.call([0, 0x88, 0, 0x9A], b"challenge", true).1, 0x6985);
    // Photo and pictures are what they should be.
    assert_eq!(tlv::find(&objects, 0xDF27).unwrap()[4..8], *b"jP  ");
    for picture in [0xDF25, 0xDF26, 0xDF2A] {
        assert!(
            tlv::find(&objects, picture)
                .unwrap()
                .starts_with(b"\x89PNG")
        );
    }
    assert_eq!(tlv::find(&objects, 0xDF29).unwrap(), b"20300115");
}

#[test]
fn the_ordinary_records_are_signed_over_everything_before_the_signature() {
    let mut card = TestCard::of("normal");
    let number = card.engine.card().my_number.clone();
    card.select(SURFACE_AID);
    let issuer = cvc::CvcBody::parse_object(&card.read(0x04)[cvc::HEADER..]).unwrap();
    assert_eq!(card.verify(0x11, "020115"), 0x9000);
    assert_eq!(card.verify(0x13, &number), 0x9000);
    let age = card.read(0x01);
    assert_eq!(age.len(), 547);
    let number_picture = card.read(0x05);
    card.select(TEXT_AID);
    assert_eq!(card.verify(0x11, "1234"), 0x9000);
    let digests = card.read(0x03);
    assert_eq!(digests.len(), 336);
    let own_key = card.read(0x07);
    assert_eq!(own_key.len(), 536);
    for record in [&age, &number_picture, &digests, &own_key] {
        let (outer, _) = tlv::first(record).unwrap();
        let objects = tlv::all(outer.value);
        let signature = objects.last().unwrap();
        let signed = &outer.value[..outer.value.len() - signature.whole.len()];
        assert!(issuer.key.verifies(signed, signature.value));
    }
    // What the digests cover: the number with its filler, the attributes without the offsets.
    let file = card.read(0x01);
    assert_eq!(file.len(), 17);
    assert_eq!(file[3..15], *number.as_bytes());
    let (outer, _) = tlv::first(&digests).unwrap();
    let objects = tlv::all(outer.value);
    let sha256 = |bytes: &[u8]| ring::digest::digest(&ring::digest::SHA256, bytes);
    assert_eq!(tlv::find(&objects, 0xDF31).unwrap(), sha256(&file).as_ref());
    let attributes = card.read(0x02);
    let table = 3 + 3 + 8;
    assert_eq!(
        tlv::find(&objects, 0xDF32).unwrap(),
        sha256(&attributes[table..]).as_ref()
    );
}

#[test]
fn only_the_common_application_answers_internal_authenticate() {
    let mut card = TestCard::of("normal");
    card.select(SURFACE_AID);
    assert_eq!(card.verify(0x12, "02011520304321"), 0x9000);
    let face = card.read(0x02);
    let (outer, _) = tlv::first(&face).unwrap();
    let key = tlv::find(&tlv::all(outer.value), 0xDF24).unwrap().to_vec();
    card.select(COMMON_AID);
    let (proof, status) = card.call([0, 0x88, 0, 0x99], b"hello", true);
    assert_eq!(status, 0x9000);
    assert!(PublicKey::parse(&key).unwrap().verifies(b"hello", &proof));
    card.select(JPKI_AID);
    assert_eq!(card.call([0, 0x88, 0, 0x97], b"hello", true).1, 0x6982);
}

#[test]
fn challenges_are_random_and_of_the_length_asked() {
    let mut card = TestCard::of("normal");
    let (first, _) = card.call([0, 0x84, 0, 0], &[], true);
    let (second, _) = card.call([0, 0x84, 0, 0], &[], true);
    assert_eq!(first.len(), 256);
    assert_ne!(first, second);
    assert_eq!(card.send("0084000001").len(), 2 + 4);
    assert_eq!(card.send("00840000000010"), "6985");
    assert_eq!(card.send("00840000"), "6700");
    assert_eq!(card.send("0084000110"), "6A86");
}

#[test]
fn the_invented_number_can_be_nobodys() {
    for person in ["normal", "face"] {
        let number = TestCard::of(person).engine.card().my_number.clone();
        assert_eq!(number.len(), 12);
        let digits: Vec<u32> = number.bytes().map(|b| u32::from(b - b'0')).collect();
        let sum: u32 = (1..=11)
            .map(|n| digits[11 - n] * (if n <= 6 { n as u32 + 1 } else { n as u32 - 5 }))
            .sum();
        let right = if sum % 11 <= 1 { 0 } else { 11 - sum % 11 };
        assert_ne!(digits[11], right);
    }
}
