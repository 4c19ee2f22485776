//! SELECT, READ BINARY, READ RECORD, GET DATA: what is found, and how what is not is refused.
use super::*;

const SELECT_JPKI: &str = "00A4040C0AD392F000260100000001";
const SELECT_SURFACE: &str = "00A4040C0AD3921000310001010402";

/// Rows of command and expected answer, in one session; `*` stands for any data.
fn check(person: &str, rows: &[(&str, &str)]) {
    let mut card = TestCard::of(person);
    for (index, (command, expected)) in rows.iter().enumerate() {
        let answer = card.send(command);
        let fits = match expected.strip_prefix('*') {
            Some(status) => answer.len() > 4 && answer.ends_with(status),
            None => answer == *expected,
        };
        assert!(fits, "row {index}: {command} gave {answer}, not {expected}");
    }
}

#[test]
fn applications_are_selected_by_whole_and_partial_name() {
    check(
        "normal",
        &[
            // After power-on there is no application: the pseudo SELECT MF is refused.
            ("00A40000", "6A86"),
            ("00A4000C023F00", "6A82"),
            ("00A4020C02000A", "6A82"),
            (SELECT_JPKI, "9000"),
            // In an application it is accepted and changes nothing.
            ("00A40000", "9000"),
            ("00A4020C02000A", "9000"),
            ("00A4020C02001F", "6A82"),
            // Any beginning of a name, and the next occurrence of it.
            ("00A4040C02D392", "9000"),
            ("00B0860010", "*9000"),
            ("00A4040C09D39210003100010104", "9000"),
            ("00B08100", "6A82"),
            ("00A4040E09D39210003100010104", "9000"),
            ("00A4040E09D39210003100010104", "9000"),
            ("00A4040E09D39210003100010104", "6A82"),
            ("00A4040C0AD392F000260100000002", "6A82"),
            ("00A4040C07A0000001510000", "9000"),
            ("00A4040C00", "6700"),
            // File control information only when it is asked for.
            (
                "00A404000AD392F00026010000000100",
                "6F0C840AD392F0002601000000019000",
            ),
            // P1 of an EF is 02 only.
            ("00A4090C02000A", "6A86"),
            ("00A4000C02000A", "6A82"),
        ],
    );
}

#[test]
fn reading_has_the_status_words_of_the_card() {
    check(
        "normal",
        &[
            ("00B0000000", "6986"),
            (SELECT_JPKI, "9000"),
            ("00B0000000", "6986"),
            ("00A4020C020008", "9000"),
            ("00B0000000", "8F8F009000"),
            ("00B0000001", "8F9000"),
            // Fewer bytes than asked at the end, 6B00 from the end on.
            ("00B0000200", "009000"),
            ("00B0000300", "6B00"),
            ("00B07FFF00", "6B00"),
            // Short id, which then is the current file.
            ("00B0880001", "8F9000"),
            ("00B0000100", "8F009000"),
            ("00B0880300", "6B00"),
            ("00B0930000", "6A82"),
            ("00B0800000", "6A86"),
            ("00B09F0000", "6A86"),
            ("00B0E80000", "6A86"),
            // No Le.
            ("00B00000", "6700"),
            // Key files and files of unknown purpose cannot be read.
            ("00B0980000", "6981"),
            ("00B0970000", "6981"),
            ("00B0900000", "6981"),
            // The signature certificate wants its password.
            ("00B0810000", "6982"),
            ("00B0890000", "6982"),
            // Extended Le reads at once.
            ("00B08800000000", "8F8F009000"),
        ],
    );
}

#[test]
fn whole_certificates_come_in_pieces_and_at_once() {
    let mut card = TestCard::of("normal");
    card.select(JPKI_AID);
    let pieces = card.read(0x0A);
    assert!(pieces.len() > 1200 && pieces.starts_with(&[0x30, 0x82]));
    let at_once = card.engine.transmit(&from_hex("00B08A00000000"));
    assert_eq!(at_once[..at_once.len() - 2], pieces);
    let behaviour = Behaviour {
        extended_length: false,
        ..Behaviour::default()
    };
    card.engine.set_behaviour(behaviour);
    assert_eq!(card.send("00B08A00000000"), "6700");
    assert_eq!(card.send("00B08A0004").len(), 12);
}

#[test]
fn classes_channels_and_instructions_that_do_not_exist() {
    check(
        "normal",
        &[
            ("00", "6700"),
            ("01A4040C02D392", "6881"),
            ("0CA4040C02D392", "6882"),
            ("08B0000000", "69FC"),
            ("0C200080", "69FC"),
            ("10B0000000", "6E00"),
            // The reader answers this one itself: four bytes that change with every power-on.
            ("FFCA000000", "*9000"),
            ("FF00000000", "6D00"),
            ("00440000", "6D00"),
            ("80B0000000", "6D00"),
            ("80FC0000", "6700"),
            ("80AE0000", "66F1"),
        ],
    );
    check("soon", &[("80FC0000", "9000")]);
}

#[test]
fn the_first_command_may_fail_after_power_on() {
    let mut card = TestCard::of("normal");
    card.engine.set_behaviour(Behaviour {
        first_command_6f00: true,
        ..Behaviour::default()
    });
    for _ in 0..2 {
        card.engine.power_on();
        assert_eq!(card.send(SELECT_JPKI), "6F00");
        assert_eq!(card.send(SELECT_JPKI), "9000");
    }
}

#[test]
fn the_masters_level_gives_its_data_objects() {
    check(
        "normal",
        &[
            ("00CA00F000", &to_hex(b"13221\x90\x00")),
            ("00CA00F200", &to_hex(b"20300115\x90\x00")),
            ("00CA5F5100", "E000FF8131FE45149000"),
            ("00CA123400", "6A88"),
            // A large one wants extended Le.
            ("00CA00F800", "6700"),
            ("00CA00F8000000", "*9000"),
            ("00A4020C02001E", "9000"),
            ("00B0000000", "6981"),
            ("00A4020C022F10", "6A82"),
            ("0084000010", "*9000"),
            (SELECT_SURFACE, "9000"),
            ("00CA00F000", "6A88"),
            ("00CA5F5100", "E000FF8131FE45149000"),
        ],
    );
}

#[test]
fn the_common_application_has_records() {
    let mut card = TestCard::of("normal");
    card.select(COMMON_AID);
    assert_eq!(card.send("00B2010400"), "6986");
    assert_eq!(card.send("00A4020C020001"), "9000");
    let record = card.engine.transmit(&from_hex("00B2010400"));
    assert_eq!(record.len(), 2 + 28 + 2);
    assert!(record.starts_with(&[0x01, 0x1C]));
    assert_eq!(record[2 + 15..2 + 28], *b"1322120300115");
    assert_eq!(to_hex(&record), card.send("00B2010C00"));
    assert_eq!(to_hex(&record), card.send("00B2010500"));
    assert_eq!(card.send("00B2000400"), "6A86");
    assert_eq!(card.send("00B2020400"), "6A83");
    assert_eq!(card.send("00B2010600"), "6A86");
    assert_eq!(card.send("00B0810000"), "6981");
    assert_eq!(card.tries(0x1C), 0x63C3);
}

#[test]
fn every_kind_of_token_names_itself() {
    for (person, name, surface) in [
        ("normal", "JPKIAPICCTOKEN2 ", 0x9000),
        ("face", "JPKIAPICCTOKEN2 ", 0x9000),
        ("old", "JPKIAPICCTOKEN  ", 0x6A82),
        ("expired", "JPKIAPGPSETOKEN ", 0x6A82),
        ("soon", "JPKIAPIOSTOKEN  ", 0x6A82),
    ] {
        let mut card = TestCard::of(person);
        card.select(JPKI_AID);
        assert!(card.read(0x06).starts_with(name.as_bytes()), "{person}");
        let selected = card.call([0, 0xA4, 4, 0x0C], SURFACE_AID, false).1;
        assert_eq!(selected, surface, "{person}");
    }
}

#[test]
fn an_android_phone_shows_its_certificate_after_the_pin() {
    let mut card = TestCard::of("expired");
    card.select(JPKI_AID);
    assert_eq!(card.send("00B08A0004"), "6982");
    assert_eq!(card.verify(0x18, "1234"), 0x9000);
    assert!(card.send("00B08A0004").ends_with("9000"));
}

#[test]
fn a_face_only_card_has_no_signature_certificate() {
    let mut card = TestCard::of("face");
    card.select(JPKI_AID);
    assert_eq!(card.read(0x08), [0x00, 0x8F, 0x00]);
    assert_eq!(card.send("00A4020C020001"), "6A82");
    assert_eq!(card.send("00A4020C02001A"), "6A82");
    assert!(card.read(0x0A).starts_with(&[0x30, 0x82]));
}
