//! VERIFY, its counters and what each credential opens. Losing tries must survive the power and
//! the process, because that is what makes invariants 2 and 3 testable.
use super::*;

#[test]
fn a_pin_counts_down_blocks_and_success_resets() {
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    assert_eq!(card.tries(0x18), 0x63C3);
    assert_eq!(card.verify(0x18, "0000"), 0x63C2);
    assert_eq!(card.verify(0x18, "12345"), 0x63C1);
    assert_eq!(card.tries(0x18), 0x63C1);
    assert_eq!(card.verify(0x18, "1234"), 0x9000);
    // Asking after success still says 63C3, never 9000.
    assert_eq!(card.tries(0x18), 0x63C3);
    for left in [0x63C2, 0x63C1, 0x63C0, 0x6984] {
        assert_eq!(card.verify(0x18, "9999"), left);
    }
    assert_eq!(card.verify(0x18, "1234"), 0x6984);
    assert_eq!(card.tries(0x18), 0x63C0);
    // The other credentials are not touched.
    assert_eq!(card.tries(0x1B), 0x63C5);
}

#[test]
fn lost_tries_survive_power_and_process() {
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    assert_eq!(card.verify(0x18, "0000"), 0x63C2);
    card.engine.power_off();
    card.engine = Engine::load(card.folder.path()).unwrap();
    card.engine.power_on();
    card.select(JPKI_AID);
    assert_eq!(card.tries(0x18), 0x63C2);
    assert_eq!(card.engine.counters().auth_pin, 2);
    assert_eq!(
        read_card_file(card.folder.path())
            .unwrap()
            .counters
            .auth_pin,
        2
    );
}

#[test]
fn a_try_is_written_off_before_the_answer() {
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    card.engine.set_fault(Fault::RemovedAfter.at(1));
    assert_eq!(
        card.engine.exchange(b"\x00\x20\x00\x98\x040000"),
        Reply::Removed
    );
    let again = Engine::load(card.folder.path()).unwrap();
    assert_eq!(again.counters().auth_pin, 2);
}

#[test]
fn without_a_place_for_the_counter_nothing_is_compared() {
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    let gone = card.folder.path().to_owned();
    std::fs::remove_dir_all(&gone).unwrap();
    assert_eq!(card.verify(0x18, "1234"), 0x6581);
    assert_eq!(card.send("00B0810004"), "6982");
    std::fs::create_dir(&gone).unwrap();
}

#[test]
fn verify_names_its_key_by_current_file_or_short_id() {
    let mut card = TestCard::of("normal");
    assert_eq!(card.send("00200080"), "6986");
    card.select(JPKI_AID);
    assert_eq!(card.send("00200080"), "6986");
    assert_eq!(card.send("00A4020C020018"), "9000");
    assert_eq!(card.send("00200080"), "63C3");
    assert_eq!(card.send("002000800431323334"), "9000");
    assert_eq!(card.send("00200180"), "6A86");
    assert_eq!(card.send("00200018"), "6A86");
    assert_eq!(card.send("0020008A"), "6981");
    assert_eq!(card.send("00200093"), "6A88");
}

#[test]
fn security_status_ends_with_the_application_and_the_power_only() {
    let mut card = TestCard::of("normal");
    let certificate = "00B0810004";
    card.select(JPKI_AID);
    assert_eq!(card.verify(0x1B, "UKETSUKE01"), 0x9000);
    assert!(card.send(certificate).ends_with("9000"));
    // A warm reset keeps it, and so does selecting the same application again.
    card.engine.reset();
    assert!(card.send(certificate).ends_with("9000"));
    card.select(JPKI_AID);
    assert!(card.send(certificate).ends_with("9000"));
    card.select(SURFACE_AID);
    card.select(JPKI_AID);
    assert_eq!(card.send(certificate), "6982");
    // Power off ends it.
    assert_eq!(card.verify(0x1B, "UKETSUKE01"), 0x9000);
    card.engine.power_off();
    assert_eq!(card.send(certificate), "");
    card.engine.power_on();
    card.select(JPKI_AID);
    assert_eq!(card.send(certificate), "6982");
    // A wrong entry ends what the right one opened.
    assert_eq!(card.verify(0x1B, "UKETSUKE01"), 0x9000);
    assert_eq!(card.verify(0x1B, "UKETSUKE02"), 0x63C4);
    assert_eq!(card.send(certificate), "6982");
}

#[test]
fn the_behaviours_that_cards_differ_in_can_be_switched() {
    let mut card = TestCard::of("normal");
    card.engine.set_behaviour(Behaviour {
        reselect_clears: true,
        reset_clears: true,
        ..Behaviour::default()
    });
    card.select(JPKI_AID);
    assert_eq!(card.verify(0x18, "1234"), 0x9000);
    card.select(JPKI_AID);
    assert_eq!(card.call([0x80, 0x2A, 2, 0x97], &[7; 32], true).1, 0x6982);
    assert_eq!(card.verify(0x18, "1234"), 0x9000);
    card.engine.reset();
    assert_eq!(card.send("00B0860001"), "6A82");
}

/// A credential (short id and value) and the files that it opens.
type Opens<'a> = (Option<(u8, &'a str)>, &'a [u8]);

/// Which credential opens which file, as measured on cards (myna-card): everything not named is
/// refused with 6982.
#[test]
fn each_credential_opens_exactly_its_files() {
    let number = TestCard::of("normal").engine.card().my_number.clone();
    let b = "02011520304321";
    let surface: [Opens<'_>; 4] = [
        (None, &[3, 4]),
        (Some((0x11, "020115")), &[1, 3, 4]),
        (Some((0x12, b)), &[2, 3, 4, 6]),
        (Some((0x13, &number)), &[2, 3, 4, 5, 6]),
    ];
    let text: [Opens<'_>; 4] = [
        (None, &[4, 5]),
        (Some((0x11, "1234")), &[1, 2, 3, 4, 5, 6, 7]),
        (Some((0x14, &number)), &[1, 3, 4, 5, 6, 7]),
        (Some((0x15, b)), &[2, 3, 4, 5, 6, 7]),
    ];
    for (aid, cases, files) in [(SURFACE_AID, surface, 6), (TEXT_AID, text, 8)] {
        for (credential, opened) in cases {
            let mut card = TestCard::of("normal");
            card.select(aid);
            if let Some((id, value)) = credential {
                assert_eq!(card.verify(id, value), 0x9000);
            }
            for file in 1..=files {
                let expected = if opened.contains(&file) {
                    0x9000
                } else {
                    0x6982
                };
                let (_, status) = card.call([0, 0xB0, 0x80 | file, 0], &[], true);
                assert_eq!(status, expected, "{credential:?} file {file:02X}");
            }
        }
    }
}

#[test]
fn counters_as_issued() {
    let mut card = TestCard::of("normal");
    for (aid, keys) in [
        (JPKI_AID, &[(0x18, 0x63C3), (0x1B, 0x63C5)][..]),
        (
            SURFACE_AID,
            &[(0x11, 0x63CA), (0x12, 0x63CA), (0x13, 0x63CA)],
        ),
        (
            TEXT_AID,
            &[
                (0x11, 0x63C3),
                (0x12, 0x63C0),
                (0x14, 0x63CA),
                (0x15, 0x63CA),
            ],
        ),
        (COMMON_AID, &[(0x1C, 0x63C3)]),
        (JUKI_AID, &[(0x1C, 0x63C3)]),
    ] {
        card.select(aid);
        for (key, tries) in keys {
            assert_eq!(card.tries(*key), *tries, "{aid:02X?} {key:02X}");
        }
    }
    card.select(TEXT_AID);
    assert_eq!(card.verify(0x12, "1234"), 0x6984);
    let mut face = TestCard::of("face");
    face.select(JPKI_AID);
    assert_eq!(face.tries(0x18), 0x63C0);
    assert_eq!(face.verify(0x18, "1234"), 0x6984);
    assert_eq!(face.tries(0x1B), 0x63C0);
    // Its face can still be read; the birth date is printed in Western years.
    face.select(SURFACE_AID);
    assert_eq!(face.verify(0x12, "01050920301111"), 0x9000);
}

#[test]
fn a_pin_is_changed_only_after_the_old_one() {
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    assert_eq!(card.send("00A4020C020018"), "9000");
    assert_eq!(card.send("002401800435363738"), "6982");
    assert_eq!(card.send("002000800431323334"), "9000");
    assert_eq!(card.send("0024018003353637"), "6A80");
    assert_eq!(card.send("002401800435363738"), "9000");
    card.engine = Engine::load(card.folder.path()).unwrap();
    card.engine.power_on();
    card.select(JPKI_AID);
    assert_eq!(card.verify(0x18, "1234"), 0x63C2);
    assert_eq!(card.verify(0x18, "5678"), 0x9000);
    card.select(COMMON_AID);
    assert_eq!(card.verify(0x1C, "1234"), 0x9000);
    assert_eq!(card.send("8032009C0434343434"), "9000");
    assert_eq!(card.verify(0x1C, "4444"), 0x9000);
    card.select(SURFACE_AID);
    assert_eq!(card.verify(0x12, "02011520304321"), 0x9000);
    assert_eq!(card.send("002401920431323334"), "6985");
}

#[test]
fn the_transcript_shows_verifies_without_their_secrets() {
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    card.tries(0x18);
    card.verify(0x18, "1234");
    let transcript = card.engine.transcript();
    let verifies: Vec<&Entry> = transcript.iter().filter(|e| e.is_verify()).collect();
    assert_eq!(verifies.len(), 1);
    assert_eq!(verifies[0].command, "0020009804********");
    assert_eq!(verifies[0].status, "9000");
    assert!(!format!("{transcript:?}").contains("31323334"));
}
