//! The FICTITIOUS terminal authentication: it opens key 0017 without a PIN, once, for whoever
//! holds the key of a certificate under the terminals' CA, and nobody else.
use super::*;
use crate::pki::SigningKey;

struct Terminal {
    certificate: Vec<u8>,
    key: SigningKey,
}

fn terminal() -> Terminal {
    let dir = prepared().dir.join("terminal");
    let certificate = std::fs::read(dir.join("terminal.cvc")).unwrap();
    assert_eq!(certificate.len(), 568);
    Terminal {
        certificate,
        key: SigningKey::load(&dir.join("terminal.key")).unwrap(),
    }
}

fn present(card: &mut TestCard, certificate: &[u8]) -> (u16, u16) {
    let (first, second) = certificate.split_at(307);
    assert_eq!(second.len(), 261);
    let first = card.call([0x80, 0xA2, 0x06, 0xC1], first, false).1;
    (first, card.call([0x80, 0xA2, 0x00, 0xC1], second, false).1)
}

fn respond(card: &mut TestCard, key: &SigningKey) -> u16 {
    let challenge = from_hex(&card.send("0084000010"));
    let message = [TERMINAL_AUTH_LABEL, &challenge[..16]].concat();
    let signature = key.sign(&message).unwrap();
    card.call([0, 0x82, 0, 0x96], &signature, false).1
}

fn signs(card: &mut TestCard) -> u16 {
    card.call([0x80, 0x2A, 2, 0x97], &[7; 32], true).1
}

#[test]
fn a_certified_terminal_may_use_the_key_without_a_pin() {
    // The PIN of this card is blocked, as on every 顔認証マイナンバーカード.
    for person in ["normal", "face"] {
        let terminal = terminal();
        let mut card = TestCard::of(person);
        card.select(JPKI_AID);
        assert_eq!(signs(&mut card), 0x6982);
        assert_eq!(card.send("00A4020C020016"), "9000");
        assert_eq!(present(&mut card, &terminal.certificate), (0x9000, 0x9000));
        assert_eq!(signs(&mut card), 0x6982);
        assert_eq!(respond(&mut card, &terminal.key), 0x9000);
        assert_eq!(signs(&mut card), 0x9000);
        // It opens nothing else, and it ends with the application.
        if person == "normal" {
            assert_eq!(card.send("00B0810001"), "6982");
            assert_eq!(card.call([0x80, 0x2A, 2, 0x9A], &[7; 32], true).1, 0x6982);
        }
        card.select(SURFACE_AID);
        card.select(JPKI_AID);
        assert_eq!(signs(&mut card), 0x6982);
    }
}

#[test]
fn nobody_else_is_accepted() {
    let terminal = terminal();
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    // Before EF 0016 is selected there is no key to check against.
    assert_eq!(present(&mut card, &terminal.certificate), (0x6986, 0x6986));
    assert_eq!(card.send("00A4020C020016"), "9000");
    assert_eq!(card.send("80A2000001AA"), "6A86");
    // The second part alone, and an answer before the certificate.
    assert_eq!(
        card.call([0x80, 0xA2, 0, 0xC1], &terminal.certificate[307..], false)
            .1,
        0x6985
    );
    assert_eq!(respond(&mut card, &terminal.key), 0x6985);
    // A changed certificate, and one of another hierarchy.
    let mut changed = terminal.certificate.clone();
    changed[200] ^= 1;
    assert_eq!(present(&mut card, &changed), (0x9000, 0x6982));
    assert_eq!(respond(&mut card, &terminal.key), 0x6985);
    let mut production = terminal.certificate.clone();
    production[10] = b'5';
    assert_eq!(present(&mut card, &production), (0x6A88, 0x6985));
    let mut broken = terminal.certificate.clone();
    broken[2] = 0x81;
    assert_eq!(present(&mut card, &broken), (0x6A80, 0x6985));
    // Somebody else's key.
    assert_eq!(present(&mut card, &terminal.certificate), (0x9000, 0x9000));
    let other = prepared().dir.join("issuer/municipality-key.der");
    assert_eq!(
        respond(&mut card, &SigningKey::load(&other).unwrap()),
        0x6982
    );
    assert_eq!(signs(&mut card), 0x6982);
}

#[test]
fn an_answer_serves_one_challenge() {
    let terminal = terminal();
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    card.send("00A4020C020016");
    present(&mut card, &terminal.certificate);
    let challenge = from_hex(&card.send("0084000010"));
    let message = [TERMINAL_AUTH_LABEL, &challenge[..16]].concat();
    let signature = terminal.key.sign(&message).unwrap();
    // A newer challenge makes the old answer worthless; without one there is nothing to answer.
    card.send("0084000010");
    assert_eq!(card.call([0, 0x82, 0, 0x96], &signature, false).1, 0x6982);
    assert_eq!(card.call([0, 0x82, 0, 0x96], &signature, false).1, 0x6985);
    // A challenge of another length does not count.
    card.send("0084000008");
    assert_eq!(card.call([0, 0x82, 0, 0x96], &signature, false).1, 0x6985);
}
