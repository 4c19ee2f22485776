//! The list, row by row: which command passes in which state.

use super::*;

fn jpki() -> Allowlist {
    selected(Application::Jpki)
}

fn surface() -> Allowlist {
    selected(Application::Surface)
}

fn selected(application: Application) -> Allowlist {
    let mut rules = Allowlist::default();
    let aid = match application {
        Application::Jpki => JPKI_AID,
        Application::Surface => SURFACE_AID,
        Application::Common => COMMON_AID,
    };
    pass(
        &mut rules,
        &[&[0x00, 0xA4, 0x04, 0x0C, 0x0A][..], &aid].concat(),
        0x9000,
    );
    rules
}

fn pass(rules: &mut Allowlist, command: &[u8], status: u16) {
    let permit = rules
        .check(command)
        .unwrap_or_else(|reason| panic!("{command:02X?}: {reason}"));
    rules.note(&permit, status);
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

fn digest_info(key: &str) -> Vec<u8> {
    let mut command = hex(&format!("80 2A 00 {key} 33"));
    command.extend_from_slice(&SHA256_INFO);
    command.extend_from_slice(&[0xAB; 32]);
    command.push(0);
    command
}

fn pin_try() -> Vec<u8> {
    hex("00 20 00 98 04 31 32 33 34")
}

fn number_try() -> Vec<u8> {
    [&hex("00 20 00 92 0E")[..], b"55021720352285"].concat()
}

#[test]
fn invariant_4_what_is_not_listed_is_refused_in_every_state() {
    let never = [
        "00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 08", // text application: holds the number
        "00 A4 04 0C 0A D3 92 10 00 31 00 01 01 04 01", // 住基
        "00 A4 04 0C 09 D3 92 10 00 31 00 01 01 04",    // a prefix matches the text application too
        "00 A4 04 00 0A D3 92 F0 00 26 01 00 00 00 01 00", // other form
        "00 A4 00 00",
        "00 A4 02 0C 02 00 01", // 署名用 certificate, age record, number file
        "00 A4 02 0C 02 00 05", // image of the number
        "00 A4 02 0C 02 00 11",
        "00 A4 02 0C 02 00 13", // matching number A
        "00 A4 02 0C 02 00 1B", // 署名用 password
        "00 A4 02 0C 02 01 06",
        "00 A4 00 0C 02 3F 00",
        "00 B0 81 00 00",       // number file by short id
        "00 B0 85 00 00",       // its image by short id
        "00 B0 E6 00 00",       // reserved bits
        "00 B0 86 00 00 00 00", // extended
        "00 B2 01 04 00",
        "00 20 00 93 0C 35 33 37 36 38 36 37 37 31 37 38 38", // matching number A
        "00 20 00 94 0C 35 33 37 36 38 36 37 37 31 37 38 38", // the same in the text application
        "00 20 00 93",                                        // even its counter
        "00 20 00 9B",
        "00 20 00 91",
        "00 20 00 00",
        "00 20 01 98",
        "00 20 00 98 04",             // counter query with a length
        "00 24 01 80 04 31 31 31 31", // change PIN
        "80 32 00 80 04 31 31 31 31",
        "00 CA 7F 21 00",
        "00 CA 00 45 00",       // card identification number
        "80 2A 00 9A 01 00 00", // 署名用 key
        "00 88 00 99 01 00 00",
        "00 84 00 00 10", // only inside terminal authentication
        "00 C0 00 00 00", // nothing to continue
        "0C B0 00 00 00",
        "01 B0 86 00 20", // logical channel
        "80 AE 00 00 00",
        "FF CA 00 00 00",
        "00",
        "",
        "00 B0",
        "00 20 00 98 05 31 32 33 34", // length field says more than there is
        "00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01 00 00", // bytes behind the command
    ];
    for text in never {
        for mut rules in [Allowlist::default(), jpki(), surface()] {
            rules.grant(Credential::Pin);
            assert!(
                rules.check(&hex(text)).is_err(),
                "{text} in {:?}",
                rules.application()
            );
        }
    }
    let mut long = vec![0x00, 0xB0, 0x86, 0x00];
    long.resize(70_000, 0xFF);
    assert!(jpki().check(&long).is_err());
}

#[test]
fn reading_follows_the_application_and_the_file() {
    let mut rules = jpki();
    assert!(
        rules.check(&hex("00 B0 00 00 00")).is_err(),
        "no file selected"
    );
    pass(&mut rules, &hex("00 A4 02 0C 02 00 0A"), 0x9000);
    pass(&mut rules, &hex("00 B0 05 00 24"), 0x9000);
    pass(&mut rules, &hex("00 A4 02 0C 02 00 18"), 0x9000);
    assert!(
        rules.check(&hex("00 B0 00 00 00")).is_err(),
        "a key is not a file"
    );
    pass(&mut rules, &hex("00 A4 02 0C 02 00 0A"), 0x6A82);
    assert!(
        rules.check(&hex("00 B0 00 00 00")).is_err(),
        "the card did not select it"
    );
    assert!(
        rules.check(&hex("00 A4 02 0C 02 00 02")).is_err(),
        "surface file in JPKI"
    );
    assert!(
        rules.check(&hex("00 B0 84 00 00")).is_err(),
        "surface file in JPKI"
    );

    let mut rules = surface();
    pass(&mut rules, &hex("00 A4 02 0C 02 00 02"), 0x9000);
    pass(&mut rules, &hex("00 B0 00 00 00"), 0x9000);
    pass(&mut rules, &hex("00 B0 84 00 00"), 0x9000);
    assert!(
        rules.check(&hex("00 A4 02 0C 02 00 0A")).is_err(),
        "JPKI file in surface"
    );

    // A failed SELECT of an application leaves nothing selected, whatever the card thinks.
    pass(
        &mut rules,
        &[&hex("00 A4 04 0C 0A")[..], &JPKI_AID].concat(),
        0x6A82,
    );
    assert!(rules.check(&hex("00 B0 00 00 00")).is_err());
    assert_eq!(rules.application(), None);
}

#[test]
fn invariant_2_a_pin_needs_a_person_and_a_counter_of_two_or_more() {
    // No counter read.
    let mut rules = jpki();
    rules.grant(Credential::Pin);
    assert!(rules.check(&pin_try()).is_err());
    for (status, passes) in [
        (0x63C3, true),
        (0x63C2, true),
        (0x63C1, false),
        (0x63C0, false),
        (0x6984, false),
        (0x6300, false),
        (0x9000, false),
        (0x6F00, false),
    ] {
        let mut rules = jpki();
        pass(&mut rules, &hex("00 20 00 98"), status);
        assert!(rules.check(&pin_try()).is_err(), "nobody typed anything");
        rules.grant(Credential::Pin);
        assert_eq!(rules.check(&pin_try()).is_ok(), passes, "{status:04X}");
        rules.grant(Credential::Pin);
        assert!(rules.check(&pin_try()).is_err(), "the reading is spent");
    }
}

#[test]
fn invariant_2_one_entry_is_one_verify() {
    let mut rules = jpki();
    pass(&mut rules, &hex("00 20 00 98"), 0x63C3);
    rules.grant(Credential::Pin);
    pass(&mut rules, &pin_try(), 0x63C2);
    pass(&mut rules, &hex("00 20 00 98"), 0x63C2);
    assert!(rules.check(&pin_try()).is_err());
    assert!(!rules.accepted(Credential::Pin));
}

#[test]
fn invariant_3_matching_number_b_needs_a_counter_of_four_or_more() {
    for (status, passes) in [
        (0x63CA, true),
        (0x63C4, true),
        (0x63C3, false),
        (0x63C0, false),
    ] {
        let mut rules = surface();
        pass(&mut rules, &hex("00 20 00 92"), status);
        rules.grant(Credential::MatchingNumber);
        assert_eq!(rules.check(&number_try()).is_ok(), passes, "{status:04X}");
    }
    let mut rules = surface();
    pass(&mut rules, &hex("00 20 00 92"), 0x63CA);
    rules.grant(Credential::Pin);
    assert!(
        rules.check(&number_try()).is_err(),
        "an entry of the other kind"
    );
    rules.grant(Credential::MatchingNumber);
    assert!(
        rules
            .check(&hex("00 20 00 92 0C 31 31 31 31 31 31 31 31 31 31 31 31"))
            .is_err()
    );
}

#[test]
fn acceptance_ends_with_any_select_of_an_application() {
    for next in [JPKI_AID, SURFACE_AID] {
        let mut rules = jpki();
        pass(&mut rules, &hex("00 20 00 98"), 0x63C3);
        rules.grant(Credential::Pin);
        pass(&mut rules, &pin_try(), 0x9000);
        assert!(rules.accepted(Credential::Pin));
        pass(
            &mut rules,
            &[&hex("00 A4 04 0C 0A")[..], &next].concat(),
            0x9000,
        );
        assert!(!rules.accepted(Credential::Pin));
    }
}

#[test]
fn signatures_only_over_a_sha_256_digest_info_with_the_right_key() {
    assert!(jpki().check(&digest_info("97")).is_ok());
    assert!(surface().check(&digest_info("00")).is_ok());
    assert!(jpki().check(&digest_info("00")).is_err());
    assert!(surface().check(&digest_info("97")).is_err());
    assert!(jpki().check(&digest_info("9A")).is_err());
    assert!(Allowlist::default().check(&digest_info("97")).is_err());
    let mut other = digest_info("97");
    other[5 + 12] ^= 1;
    assert!(jpki().check(&other).is_err(), "another algorithm");
}

#[test]
fn terminal_authentication_passes_only_while_it_runs() {
    let long = |header: &str, count: u16| {
        let mut command = hex(header);
        command.push(0);
        command.extend_from_slice(&count.to_be_bytes());
        command.resize(7 + usize::from(count), 0x55);
        command
    };
    let run = [
        hex("00 A4 02 0C 02 00 16"),
        long("80 A2 06 C1", 307),
        long("80 A2 00 C1", 261),
        hex("00 84 00 00 10"),
        long("00 82 00 96", 256),
    ];
    let mut open = jpki();
    open.set_terminal_authentication(true);
    for command in &run {
        pass(&mut open, command, 0x9000);
    }
    open.set_terminal_authentication(false);
    for command in &run {
        assert!(open.check(command).is_err());
    }
    let mut wrong_place = surface();
    wrong_place.set_terminal_authentication(true);
    for command in &run {
        assert!(wrong_place.check(command).is_err());
    }
}

#[test]
fn invariant_15_a_card_that_always_has_more_is_cut_off() {
    let mut rules = jpki();
    pass(&mut rules, &hex("00 A4 02 0C 02 00 0A"), 0x9000);
    pass(&mut rules, &hex("00 B0 00 00 00"), 0x61FF);
    let mut continued = 0;
    while let Ok(permit) = rules.check(&hex("00 C0 00 00 FF")) {
        rules.note(&permit, 0x61FF);
        continued += 1;
    }
    assert_eq!(continued, MOST_CONTINUATIONS);
}

#[test]
fn of_the_common_application_only_the_first_record_is_read() {
    let mut rules = Allowlist::default();
    pass(
        &mut rules,
        &[&hex("00 A4 04 0C 0A")[..], &COMMON_AID].concat(),
        0x9000,
    );
    pass(&mut rules, &hex("00 B2 01 0C 00"), 0x9000);
    for never in [
        "00 B2 02 0C 00",
        "00 B2 01 04 00",
        "00 B2 01 14 00",
        "00 B2 01 0C 00 00 00",
        "00 A4 02 0C 02 00 01",
        "00 B0 81 00 00",
        "00 20 00 9C",
        "00 20 00 9C 04 31 32 33 34",
        "00 88 00 99 01 00 00",
    ] {
        assert!(rules.check(&hex(never)).is_err(), "{never}");
    }
    for mut elsewhere in [Allowlist::default(), jpki(), surface()] {
        assert!(elsewhere.check(&hex("00 B2 01 0C 00")).is_err());
    }
}

#[test]
fn other_cards_are_only_asked_for_their_names() {
    let licence = [&hex("00 A4 04 0C 10")[..], &LICENCE_AID].concat();
    for select in [&licence[..], &SELECT_FIDO] {
        let mut rules = jpki();
        pass(&mut rules, select, 0x9000);
        assert_eq!(rules.application(), None);
        for never in [
            "00 B0 81 00 00",
            "00 B0 8A 00 00",
            "00 20 00 81",
            "00 A4 02 0C 02 00 01",
        ] {
            assert!(rules.check(&hex(never)).is_err(), "{never}");
        }
    }
}

#[test]
fn extended_reads_pass_only_where_a_probe_allowed_them() {
    let mut rules = jpki();
    let read = hex("00 B0 8A 00 00 08 00");
    assert!(rules.check(&read).is_err());
    rules.set_extended_reads(true);
    assert_eq!(rules.check(&read).unwrap().longest_data(), 0x0800);
    // The short identifier of a file that is not on the list stays refused.
    assert!(rules.check(&hex("00 B0 81 00 00 08 00")).is_err());
    assert!(
        rules
            .check(&hex("00 20 00 98 00 00 04 31 32 33 34"))
            .is_err()
    );
}

#[test]
fn card_expiry_is_asked_before_any_application_only() {
    assert!(Allowlist::default().check(&hex("00 CA 00 F2 00")).is_ok());
    assert!(jpki().check(&hex("00 CA 00 F2 00")).is_err());
}
