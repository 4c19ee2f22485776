//! How files are read and how little is asked of the card: nothing twice, no SELECT too many, short answers borne.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use card::pinless::SurfaceTap;
use card::scripted::Said;
use card::{
    CardAnswer, CardConfig, CardError, CardEvent, LinkError, ProofKind, ProveHow, ReaderReset,
    ResetError, VerifyOutcome,
};
use support::synthetic::{PHOTO, Synthetic, record, sw};
use support::{Desk, NUMBER, PIN, READER, config, keys};

fn desk(card: &Synthetic, change: impl FnOnce(&mut CardConfig)) -> Desk {
    let mut config = config();
    change(&mut config);
    let desk = Desk::new(config);
    desk.readers.lay(READER, card.clone());
    desk.wait(|event| matches!(event, CardEvent::CardArrived { .. }));
    desk
}

fn accepted(answer: &CardAnswer) -> bool {
    matches!(
        answer,
        CardAnswer::Pin(VerifyOutcome::Accepted)
            | CardAnswer::MatchingNumber(VerifyOutcome::Accepted)
    )
}

fn sent(card: &Synthetic) -> Vec<Vec<u8>> {
    card.memory.lock().unwrap().commands.clone()
}

/// A READ BINARY's file and offset, following the current file.
fn reads(commands: &[Vec<u8>]) -> Vec<(u8, usize)> {
    let mut file = 0;
    commands
        .iter()
        .filter(|command| command[1] == 0xB0)
        .map(|command| {
            if command[2] & 0x80 != 0 {
                file = command[2] & 0x1F;
                (file, usize::from(command[3]))
            } else {
                (
                    file,
                    usize::from(u16::from_be_bytes([command[2], command[3]])),
                )
            }
        })
        .collect()
}

#[test]
fn nothing_is_read_twice_and_nothing_selected_that_need_not_be() {
    let card = Synthetic::new();
    let desk = desk(&card, |config| config.pinless = Some(Box::new(SurfaceTap)));
    desk.identified();
    assert!(accepted(&desk.number(NUMBER)));
    assert!(matches!(desk.photo(), CardAnswer::Photo(_)));
    // The face was not recognised at once: the person types the number again.
    assert!(accepted(&desk.number(NUMBER)));
    let CardAnswer::Photo(photo) = desk.photo() else {
        panic!()
    };
    assert_eq!(photo.jp2[..], PHOTO.repeat(80));
    assert!(matches!(
        desk.prove(ProveHow::Pinless),
        CardAnswer::Proof(_)
    ));
    desk.end();
    let commands = sent(&card);
    // Each file once: JPKI 06, 0A, surface 04, 02; blocks follow one another.
    let mut seen = Vec::new();
    let mut application = 0;
    let mut with_application = Vec::new();
    for command in &commands {
        if command[1] == 0xA4 {
            application += 1;
        }
        with_application.push(application);
    }
    let read_in: Vec<i32> = commands
        .iter()
        .zip(&with_application)
        .filter(|(command, _)| command[1] == 0xB0)
        .map(|(_, application)| *application)
        .collect();
    for (read, application) in reads(&commands).into_iter().zip(read_in) {
        let read = (application, read);
        assert!(!seen.contains(&read), "{read:?} twice");
        seen.push(read);
    }
    // EF 0008 tells apart only cards without a usable PIN.
    assert!(reads(&commands).iter().all(|(file, _)| *file != 0x08));
    // Invariant 3: a reading of the counter allows one VERIFY and is not repeated before it.
    let number: Vec<usize> = commands
        .iter()
        .filter(|command| command[..2] == [0x00, 0x20] && command[3] == 0x92)
        .map(Vec::len)
        .collect();
    assert_eq!(number, [4, 19, 4, 19]);
    // Two applications, each selected once; no file is selected, they are named in READ and VERIFY.
    let selects: Vec<_> = commands.iter().filter(|c| c[1] == 0xA4).collect();
    assert_eq!(selects.len(), 2, "{selects:02X?}");
    assert!(selects.iter().all(|select| select[2] == 0x04));
}

#[test]
fn a_pin_visit_selects_three_times() {
    let card = Synthetic::new();
    let desk = desk(&card, |_| {});
    desk.identified();
    assert!(accepted(&desk.pin(PIN)));
    assert!(matches!(
        desk.prove(ProveHow::AfterPin),
        CardAnswer::Proof(_)
    ));
    let commands = sent(&card);
    let counters = commands.iter().filter(|c| c[1] == 0x20 && c[3] == 0x98);
    assert_eq!(counters.map(Vec::len).collect::<Vec<_>>(), [4, 9]);
    let selects = sent(&card).iter().filter(|c| c[1] == 0xA4).count();
    // JPKI, the surface AP for its counter, and back.
    assert_eq!(selects, 3);
}

#[test]
fn answers_shorter_than_asked_for_are_completed() {
    // At most so many bytes at a time, whatever is asked.
    for most in [1, 7, 100, 255] {
        let card = Synthetic::new();
        if most == 1 {
            // Every byte is an exchange: with a small photo.
            let small = record(&keys().signer, &keys().face, PHOTO);
            card.change(|memory| memory.record = small);
        }
        card.hook(move |_, command, answer| {
            let data = answer.len().saturating_sub(2);
            Said::Bytes(if command[1] == 0xB0 && data > most {
                [&answer[..most], &[0x90, 0x00]].concat()
            } else {
                answer
            })
        });
        let desk = desk(&card, |_| {});
        let identity = desk.identified();
        assert_eq!(identity.token, "JPKIAPICCTOKEN2", "{most}");
        assert_eq!(identity.certificate_problem, None, "{most}");
        assert!(accepted(&desk.number(NUMBER)));
        assert!(matches!(desk.photo(), CardAnswer::Photo(_)), "{most}");
    }
    // Nothing at all would never end.
    let card = Synthetic::new();
    card.hook(|_, command, answer| {
        Said::Bytes(if command[1] == 0xB0 && command[2] & 0x80 == 0 {
            sw(0x9000)
        } else {
            answer
        })
    });
    let desk = desk(&card, |_| {});
    let answer = desk.begin();
    assert!(
        matches!(answer, CardAnswer::Failed(CardError::BadData(_))),
        "{answer:?}"
    );
}

#[test]
fn readers_of_the_old_protocol_correct_the_length_and_continue() {
    let card = Synthetic::new();
    let rest: Arc<Mutex<Vec<u8>>> = Arc::default();
    card.hook(move |_, command, answer| {
        let mut rest = rest.lock().unwrap();
        Said::Bytes(match command[1] {
            // More to fetch: 61xx, then GET RESPONSE.
            0xB0 if answer.len() == 258 => {
                *rest = answer[100..256].to_vec();
                [&answer[..100], &[0x61, 156]].concat()
            }
            // Wrong length: 6Cxx with the right one.
            0xB0 if answer.len() > 2
                && command[4] != 0
                && answer.len() - 2 < usize::from(command[4]) =>
            {
                vec![0x6C, u8::try_from(answer.len() - 2).unwrap()]
            }
            0xC0 => [&std::mem::take(&mut *rest)[..], &[0x90, 0x00]].concat(),
            _ => answer,
        })
    });
    let desk = desk(&card, |_| {});
    assert_eq!(desk.identified().certificate_problem, None);
    assert!(accepted(&desk.number(NUMBER)));
    let photo = desk.photo();
    assert!(matches!(photo, CardAnswer::Photo(_)), "{photo:?}");
}

#[test]
fn extended_length_only_where_the_probe_allowed_it() {
    for (allowed, works, longest) in [
        (Vec::new(), true, 256),
        (vec!["Other reader".to_owned()], true, 256),
        // Not more at once than the probe asks for: a reader that passes that much may pass no more.
        (vec!["Scripted Reader".to_owned()], true, 1024),
        (vec!["Scripted Reader".to_owned()], false, 256),
    ] {
        let card = Synthetic::new();
        let most = Arc::new(Mutex::new(0));
        let seen = Arc::clone(&most);
        card.hook(move |_, command, answer| {
            let extended = command[1] == 0xB0 && command.len() > 5;
            if extended && !works {
                return Said::Bytes(sw(0x6700));
            }
            if answer.len() > 1026 {
                return Said::Fault(LinkError::Protocol("the reader's buffer".into()));
            }
            let mut most = seen.lock().unwrap();
            *most = (*most).max(answer.len() - 2);
            Said::Bytes(answer)
        });
        let desk = desk(&card, |config| config.extended_readers = allowed.clone());
        desk.identified();
        assert!(accepted(&desk.number(NUMBER)));
        assert!(matches!(desk.photo(), CardAnswer::Photo(_)));
        let most = *most.lock().unwrap();
        assert!(
            (longest..longest * 2).contains(&most),
            "{allowed:?}: {most}"
        );
        let tried = sent(&card)
            .iter()
            .filter(|c| c[1] == 0xB0 && c.len() > 5)
            .count();
        assert_eq!(tried > 0, longest > 256 || !works, "{allowed:?}");
        assert!(
            works || tried == 1,
            "a reader that will not is asked once a session"
        );
    }
}

#[test]
fn the_expiry_comes_from_the_chip_wherever_it_stands() {
    for (object, record, known) in [
        (Some("20300115"), None, Some("20300115")),
        (None, Some("20300115"), Some("20300115")),
        (Some("20309999"), Some("20300115"), Some("20300115")),
        (Some(""), Some("2030011X"), None),
        (None, None, None),
    ] {
        let card = Synthetic::new();
        card.change(|memory| (memory.expiry, memory.common_expiry) = (object, record));
        let desk = desk(&card, |_| {});
        assert_eq!(desk.identified().card_expiry.as_deref(), known);
        // Birth date and security code are enough when it is known.
        let short = desk.number("0201154321");
        assert_eq!(accepted(&short), known.is_some(), "{short:?}");
        assert!(accepted(&desk.number(NUMBER)), "all as printed");
        let attempts = card.memory.lock().unwrap().attempts();
        assert_eq!(attempts, if known.is_some() { 2 } else { 1 });
    }
}

/// Invariant 3: a slip in the year is asked for again and costs no try; a changed expiry is believed the second time.
#[test]
fn invariant_3_a_year_that_is_not_the_chips_is_held_back_once() {
    let card = Synthetic::new();
    card.change(|memory| memory.expiry = Some("20310115"));
    let desk = desk(&card, |_| {});
    desk.identified();
    let attempts = || card.memory.lock().unwrap().attempts();
    let first = desk.number(NUMBER);
    assert!(
        matches!(
            first,
            CardAnswer::MatchingNumber(VerifyOutcome::Implausible)
        ),
        "{first:?}"
    );
    assert_eq!(attempts(), 0);
    assert!(accepted(&desk.number(NUMBER)), "as printed, twice");
    assert_eq!(attempts(), 1);
}

#[test]
fn a_first_command_answered_6f00_is_asked_once_more() {
    let card = Synthetic::new();
    card.hook(|index, _, answer| Said::Bytes(if index == 0 { sw(0x6F00) } else { answer }));
    let identity = desk(&card, |_| {}).identified();
    assert_eq!(identity.card_expiry.as_deref(), Some("20300115"));
    assert_eq!(sent(&card)[0], sent(&card)[1]);
    assert_ne!(sent(&card)[1], sent(&card)[2]);
}

/// かざし利用: the surface key signs; name, address and photo stay out of the evidence.
#[test]
fn a_proof_by_the_surface_key_can_be_checked_without_the_photo() {
    let card = Synthetic::new();
    let desk = desk(&card, |config| config.pinless = Some(Box::new(SurfaceTap)));
    desk.identified();
    // Without the record of this session there is nothing to sign for.
    let CardAnswer::Failed(error) = desk.prove(ProveHow::Pinless) else {
        panic!()
    };
    assert_eq!(error.code(), "UK-CARD-018");
    assert!(accepted(&desk.number(NUMBER)));
    assert!(matches!(desk.photo(), CardAnswer::Photo(_)));
    let CardAnswer::Proof(proof) = desk.prove(ProveHow::Pinless) else {
        panic!()
    };
    assert_eq!(proof.kind, ProofKind::SurfaceInternalAuthentication);
    let evidence = proof.surface.unwrap();
    let key = |key: &rsa::RsaPrivateKey, message: &[u8], signature: &[u8]| {
        key.to_public_key()
            .verify(rsa::Pkcs1v15Sign::new_unprefixed(), message, signature)
            .is_ok()
    };
    let nonce = card::authenticity::digest_info(b"a nonce of the service");
    assert!(key(&keys().face, &nonce, &proof.signature));
    // The signer's signature over three digests, of which only one group is shown.
    let mut info = vec![
        0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x60,
    ];
    let first = ring::digest::digest(&ring::digest::SHA256, &evidence.signed_group);
    info.extend_from_slice(first.as_ref());
    info.extend(evidence.other_digests.concat());
    assert!(key(&keys().signer, &info, &evidence.record_signature));
    let all = [&evidence.signed_group[..], &evidence.cv_certificate].concat();
    assert!(!all.windows(9).any(|part| part == &PHOTO[20..29]));
    assert!(!all.windows(10).any(|part| part == b"name image"));
    // A key that is not the record's proves nothing.
    card.change(|memory| memory.face_key = keys().stranger.clone());
    assert!(matches!(
        desk.prove(ProveHow::Pinless),
        CardAnswer::Failed(CardError::ProofInvalid)
    ));
}

#[derive(Default)]
struct Restarts(Mutex<Vec<String>>);

struct Restart(Arc<Restarts>, bool);

impl ReaderReset for Restart {
    fn reset(&self, reader: &str) -> Result<(), ResetError> {
        self.0.0.lock().unwrap().push(reader.to_owned());
        if self.1 {
            Ok(())
        } else {
            Err(ResetError::Denied("072f:2200".into()))
        }
    }
}

#[test]
fn a_reader_that_hangs_is_restarted_once() {
    for works in [true, false] {
        let restarts = Arc::new(Restarts::default());
        let card = Synthetic::new();
        let given = Arc::clone(&restarts);
        let desk = desk(&card, move |config| {
            config.apdu_timeout = Duration::from_millis(200);
            config.reset = Some(Arc::new(Restart(given, works)));
        });
        desk.identified();
        card.hook(|_, command, answer| {
            if command[1] == 0x20 && command.len() > 5 {
                Said::Hang
            } else {
                Said::Bytes(answer)
            }
        });
        assert!(matches!(
            desk.pin(PIN),
            CardAnswer::Pin(VerifyOutcome::Unknown { .. })
        ));
        let hung = desk.wait(|event| matches!(event, CardEvent::ReaderHung { .. }));
        let CardEvent::ReaderHung { reader, trouble } = hung else {
            panic!()
        };
        assert_eq!((&reader[..], trouble.is_none()), (READER, works));
        assert_eq!(*restarts.0.lock().unwrap(), [READER]);
        desk.readers.release();
        desk.handle.shutdown();
    }
}

#[test]
fn a_driver_that_lets_go_by_itself_is_left_alone() {
    let restarts = Arc::new(Restarts::default());
    let card = Synthetic::new();
    let given = Arc::clone(&restarts);
    let desk = desk(&card, move |config| {
        config.apdu_timeout = Duration::from_millis(200);
        config.reset = Some(Arc::new(Restart(given, true)));
    });
    card.hook(|_, _, _| Said::Hang);
    assert!(matches!(desk.begin(), CardAnswer::Failed(_)));
    desk.readers.release();
    let event = desk.events.recv_timeout(Duration::from_secs(3));
    assert!(event.is_err(), "{event:?}");
    assert!(restarts.0.lock().unwrap().is_empty());
}
