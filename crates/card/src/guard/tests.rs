//! The library's own functions against the guard, and what ends a session.

use std::sync::{Arc, Mutex};

use myna_card::ap::jpki::{self, JpkiAp, SignatureScheme};
use myna_card::ap::surface::{self, SurfaceAp};
use myna_card::ap::text::{self, TextAp};
use myna_card::{Card, Pin};
use zeroize::Zeroizing;

use super::*;

type Sent = Arc<Mutex<Vec<Vec<u8>>>>;

struct Recorder<F> {
    sent: Sent,
    answer: F,
}

impl<F: FnMut(&[u8]) -> Result<Vec<u8>, LinkError>> RawLink for Recorder<F> {
    fn transmit(&mut self, command: &[u8]) -> Result<Answer, LinkError> {
        self.sent.lock().unwrap().push(command.to_vec());
        (self.answer)(command).map(Zeroizing::new)
    }
}

fn guarded<F: FnMut(&[u8]) -> Result<Vec<u8>, LinkError>>(
    answer: F,
) -> (Card<Guard<Recorder<F>>>, Sent) {
    let sent = Sent::default();
    (
        Card::new(Guard::new(Recorder {
            sent: Arc::clone(&sent),
            answer,
        })),
        sent,
    )
}

fn yes(_: &[u8]) -> Result<Vec<u8>, LinkError> {
    Ok(vec![0x90, 0x00])
}

/// A card that says yes to everything: only the guard stands between myna-card and 個人番号.
#[test]
fn invariant_4_the_librarys_own_functions_for_the_number_are_refused() {
    let code_a = Pin::numeric("537686771788").unwrap();
    let (mut card, sent) = guarded(yes);

    assert!(
        TextAp::select(&mut card).is_err(),
        "the application of the number"
    );
    let mut surface = SurfaceAp::select(&mut card).unwrap();
    assert!(surface.verify_code_a(&code_a).is_err());
    assert!(surface.read_my_number_image().is_err());
    assert!(surface.read_ef(surface::ef::MY_NUMBER_IMAGE).is_err());
    assert!(surface.retries(surface::ef::CODE_A).is_err());
    assert!(surface.card().verify(&code_a).is_err());
    let key = myna_card::ShortEfId::from_ef_id(surface::ef::CODE_A).unwrap();
    assert!(surface.card().verify_sfi(key, &code_a).is_err());
    let file = myna_card::ShortEfId::from_ef_id(surface::ef::MY_NUMBER_IMAGE).unwrap();
    assert!(surface.card().read_binary_chunk_sfi(file, 0, 256).is_err());
    let number = myna_card::ShortEfId::from_ef_id(0x0001).unwrap();
    assert!(
        surface
            .card()
            .read_binary_chunk_sfi(number, 0, 256)
            .is_err()
    );
    assert!(surface.card().select_df(&text::DF).is_err());
    assert!(surface.card().select_df(&text::DF[..9]).is_err());

    let sent = sent.lock().unwrap();
    assert_eq!(
        sent.len(),
        1,
        "only SELECT of 券面事項確認AP left the terminal: {sent:02X?}"
    );
    assert_eq!(sent[0][5..], surface::DF);
}

#[test]
fn invariants_2_and_3_the_librarys_own_verify_and_change_functions_are_refused() {
    let pin = Pin::numeric("1234").unwrap();
    let (mut card, sent) = guarded(|command: &[u8]| {
        Ok(if command[1] == 0x20 {
            vec![0x63, 0xC3]
        } else {
            vec![0x90, 0x00]
        })
    });
    let mut jpki = JpkiAp::select(&mut card).unwrap();
    assert!(jpki.auth_pin_retries().is_ok());
    assert!(jpki.verify_auth_pin(&pin).is_err());
    assert!(jpki.change_auth_pin(&pin, &pin).is_err());
    assert!(jpki.card().change_reference_data(&pin).is_err());
    assert!(jpki.card().change_key(&pin).is_err());
    assert!(
        jpki.verify_sign_pin(&Pin::new("PASSWORD1").unwrap())
            .is_err()
    );
    assert!(
        jpki.sign_with_sign_key(SignatureScheme::Verbatim, &[0; 51])
            .is_err()
    );
    assert!(jpki.read_ef(jpki::ef::SIGN_CERTIFICATE).is_err());
    let sent = sent.lock().unwrap();
    assert!(
        sent.iter()
            .all(|command| command[1] != 0x20 || command.len() == 4),
        "{sent:02X?}"
    );
    assert!(
        sent.iter()
            .all(|command| !matches!(command[1], 0x24 | 0x32 | 0x2A)),
        "{sent:02X?}"
    );
}

#[test]
fn a_refusal_is_no_fault_and_says_why() {
    let (card, sent) = guarded(yes);
    let mut guard = card.into_transport();
    assert!(matches!(
        RawLink::transmit(&mut guard, &[0x00, 0xB2, 1, 4, 0]),
        Err(LinkError::Forbidden(_))
    ));
    assert!(guard.fault().is_none());
    assert!(guard.take_refusal().is_some());
    assert!(guard.take_refusal().is_none());
    assert!(sent.lock().unwrap().is_empty());
}

#[test]
fn invariant_16_nothing_continues_after_the_first_fault() {
    let select = [&[0x00, 0xA4, 0x04, 0x0C, 0x0A][..], &jpki::DF].concat();
    let faults: [Result<Vec<u8>, LinkError>; 6] = [
        Err(LinkError::Reset),
        Err(LinkError::Removed),
        Err(LinkError::Timeout),
        Ok(vec![]),
        Ok(vec![0x90]),
        Ok(vec![0x00; 3]), // more than SELECT without Le may answer
    ];
    for fault in faults {
        let mut script =
            vec![Ok(vec![0x90, 0x00]), fault.clone(), Ok(vec![0x90, 0x00])].into_iter();
        let (card, sent) = guarded(move |_: &[u8]| script.next().unwrap());
        let mut guard = card.into_transport();
        assert!(RawLink::transmit(&mut guard, &select).is_ok());
        let first = RawLink::transmit(&mut guard, &select).unwrap_err();
        assert_eq!(
            RawLink::transmit(&mut guard, &select).unwrap_err(),
            first,
            "{fault:?}"
        );
        assert_eq!(guard.fault(), Some(&first));
        assert_eq!(sent.lock().unwrap().len(), 2, "{fault:?}");
    }
}

#[test]
fn invariant_15_a_session_has_an_end() {
    let (card, sent) = guarded(yes);
    let mut guard = card.into_transport();
    while RawLink::transmit(&mut guard, &[0x00, 0xCA, 0x00, 0xF2, 0x00]).is_ok() {}
    assert_eq!(sent.lock().unwrap().len(), MOST_EXCHANGES as usize);
}
