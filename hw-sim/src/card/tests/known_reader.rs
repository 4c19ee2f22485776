//! The card seen by a reader library that was measured on real cards (`myna-card`): what it parses
//! there, it parses here.
use myna_card::ap::{common::CommonAp, jpki, jpki::JpkiAp, juki::JukiAp};
use myna_card::ap::{surface, surface::SurfaceAp, text, text::TextAp};
use myna_card::mf::MasterFile;
use myna_card::{Card, Pin, Retries, Transmit};

use super::*;

struct Link(Engine);

impl Transmit for Link {
    fn transmit(&mut self, command: &[u8]) -> myna_card::Result<Vec<u8>> {
        Ok(self.0.transmit(command))
    }
}

fn card(person: &str) -> (Card<Link>, TempDir) {
    let TestCard { engine, folder } = TestCard::of(person);
    (Card::new(Link(engine)), folder)
}

fn pin(value: &str) -> Pin {
    Pin::new(value).unwrap()
}

#[test]
fn the_jpki_application_reads_like_a_real_one() {
    let (mut card, _folder) = card("normal");
    let mut ap = JpkiAp::select(&mut card).unwrap();
    assert_eq!(ap.read_token_type().unwrap(), jpki::TokenType::Card);
    let info = ap.read_token_info().unwrap();
    assert_eq!(info.manufacturer_id, "UKETSUKE SIMULATION");
    assert_eq!(
        info.flags,
        jpki::token_flag::RNG
            | jpki::token_flag::LOGIN_REQUIRED
            | jpki::token_flag::USER_PIN_INITIALIZED
            | jpki::token_flag::TOKEN_INITIALIZED
    );
    assert_eq!((info.max_pin_len, info.min_pin_len), (16, 4));
    let present = ap.read_certificate_availability().unwrap();
    assert!(present.has_sign_certificate() && present.has_auth_certificate());
    let certificate = ap.read_auth_certificate_der().unwrap();
    assert_eq!(
        certificate,
        std::fs::read(prepared().card_folder("normal").join("auth-cert.der")).unwrap()
    );
    assert!(ap.read_auth_ca_certificate_der().is_ok());
    assert!(ap.read_sign_certificate_der().is_err());
    assert!(ap.read_sign_ca_certificate_der().is_ok());
    assert_eq!(ap.auth_pin_retries().unwrap(), Retries::Remaining(3));
    assert!(ap.verify_auth_pin(&pin("0000")).is_err());
    assert_eq!(ap.auth_pin_retries().unwrap(), Retries::Remaining(2));
    ap.verify_auth_pin(&pin("1234")).unwrap();
    let scheme = jpki::SignatureScheme::Sha256DigestInfo;
    assert_eq!(ap.sign_with_auth_key(scheme, b"m").unwrap().len(), 256);
    ap.verify_sign_pin(&pin("UKETSUKE01")).unwrap();
    assert!(ap.read_sign_certificate_der().is_ok());
    ap.change_auth_pin(&pin("1234"), &pin("9876")).unwrap();
    ap.verify_auth_pin(&pin("9876")).unwrap();
}

#[test]
fn the_surface_application_reads_like_a_real_one() {
    let (mut card, _folder) = card("normal");
    let mut ap = SurfaceAp::select(&mut card).unwrap();
    let basic = ap.read_ap_basic_data().unwrap();
    assert_eq!(basic.municipality_code, "13221");
    assert_eq!(basic.public_key_id.to_string(), "6000024/001");
    let certificate = ap.read_certificate().unwrap();
    assert_eq!(certificate.issuer_key_id.to_string(), "6000023/001");
    assert!(ap.read_card_face().is_err());
    let birth = myna_card::data::Date::parse(b"19900115").unwrap();
    let b = myna_card::data::verification_code_b(birth, 2030, b"4321").unwrap();
    assert!(ap.verify_code_b(&pin("02011520304322")).is_err());
    assert_eq!(
        ap.retries(surface::ef::CODE_B).unwrap(),
        Retries::Remaining(9)
    );
    ap.verify_code_b(&b).unwrap();
    let face = ap.read_card_face().unwrap();
    assert_eq!(face.birth_date, birth);
    assert_eq!(face.public_key.bits(), 2048);
    assert_eq!(face.photo.format, myna_card::data::ImageFormat::Jpeg2000);
    assert_eq!(face.name_image.format, myna_card::data::ImageFormat::Png);
    assert_eq!(face.expiry.year, 2030);
    assert_eq!(
        face.photo.data,
        std::fs::read(prepared().card_folder("normal").join("photo.jp2")).unwrap()
    );
    assert!(ap.read_my_number_image().is_err());
    assert!(ap.read_age_record().is_err());
    ap.verify_birth_date(&pin("020115")).unwrap();
    assert_eq!(ap.read_age_record().unwrap().public_key, face.public_key);
    let number = TestCard::of("normal").engine.card().my_number.clone();
    ap.verify_code_a(&pin(&number)).unwrap();
    assert_eq!(ap.read_my_number_image().unwrap().signature.len(), 256);
}

#[test]
fn the_text_application_reads_like_a_real_one() {
    let (mut card, _folder) = card("normal");
    let mut ap = TextAp::select(&mut card).unwrap();
    assert!(ap.read_attributes().is_err());
    assert_eq!(
        ap.retries(text::ef::BLOCKED_0012).unwrap(),
        Retries::Blocked
    );
    assert!(ap.read_ap_basic_data().is_ok());
    assert_eq!(
        ap.read_certificate().unwrap().issuer_key_id.to_string(),
        "6000033/001"
    );
    ap.verify_pin(&pin("1234")).unwrap();
    let attributes = ap.read_attributes().unwrap();
    assert_eq!(attributes.name, "架空　太郎");
    assert_eq!(attributes.sex, myna_card::data::Sex::Male);
    assert!(ap.read_my_number().is_ok());
    assert!(ap.read_integrity_record().is_ok());
    assert!(ap.read_signed_public_key().is_ok());
    assert!(ap.read_session_key_public_key().is_ok());
}

#[test]
fn the_other_levels_read_like_real_ones() {
    let (mut card, _folder) = card("normal");
    {
        let mut mf = MasterFile::new(&mut card);
        assert_eq!(mf.data_object(0x00F0).unwrap(), b"13221");
        // Retried with extended Le after 6700.
        let chain = mf.certificate_chain().unwrap();
        assert_eq!(chain[0].subject_key_id.to_string(), "6000023/001");
    }
    assert_eq!(card.contact_atr().unwrap(), CONTACT_ATR);
    let mut common = CommonAp::select(&mut card).unwrap();
    let info = common.read_card_info().unwrap();
    assert_eq!(info.expiry.year, 2030);
    assert_eq!(info.serial.len(), 15);
    assert_eq!(common.internal_authenticate(b"c").unwrap().len(), 256);
    common.change_pin(&pin("1234"), &pin("4321")).unwrap();
    let mut juki = JukiAp::select(&mut card).unwrap();
    assert_eq!(juki.pin_retries().unwrap(), Retries::Remaining(3));
    juki.verify_pin(&pin("1234")).unwrap();
}
