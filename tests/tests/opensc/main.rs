//! The virtual card read by programs that we did not write: OpenSC's tools with its own JPKI driver, through
//! a pcscd of our own; the signatures verified by OpenSSL's command line. What these programs print is
//! compared with what is on the card.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod table;

use hw_sim::card::{ATRS, Counters, CredentialName, Fault, atr, hex_bytes, readable};
use table::*;

#[test]
fn certificates_and_pins_are_listed_and_read_as_they_are_on_the_card() {
    let mut table = Table::new();
    let card = table.card("card-contact");
    table.lay(card, 0);
    assert_eq!(table.good("opensc-tool", &["-n"]).trim(), "jpki");
    let list = table.good("pkcs15-tool", &["--list-certificates"]);
    let rows: Vec<(&str, &str, &str)> = list
        .split("X.509 Certificate [")
        .skip(1)
        .map(|part| {
            let field = |name: &str| {
                let line = part.lines().find_map(|l| l.trim().strip_prefix(name));
                line.unwrap().trim_start_matches([' ', ':']).trim()
            };
            (part.split(']').next().unwrap(), field("Path"), field("ID"))
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("User Authentication Certificate", "000a", "01"),
            ("Digital Signature Certificate", "0001", "02"),
            ("User Authentication Certificate CA", "000b", "03"),
            ("Digital Signature Certificate CA", "0002", "04"),
        ]
    );
    for (id, file) in [
        ("01", "auth-cert.der"),
        ("03", "auth-ca.der"),
        ("04", "sign-ca.der"),
    ] {
        assert_eq!(
            table.certificate("0", id),
            table.file("card-contact", file),
            "{file}"
        );
    }
    // OpenSSL agrees that the one issued the other.
    let (ca, leaf) = (
        table.path("certificate-0-03.pem"),
        table.path("certificate-0-01.pem"),
    );
    let verified = table.good("openssl", &["verify", "-CAfile", &ca, &leaf]);
    assert!(verified.trim().ends_with(": OK"), "{verified}");
    // The signature certificate is shown to nobody without its password.
    let refused = table.run("pkcs15-tool", &["--read-certificate", "02"]);
    assert!(!refused.ok && !refused.out.contains("BEGIN"));
    let pem = table.path("sign.pem");
    let with_password = [
        "--verify-pin",
        "--auth-id",
        "02",
        "--pin",
        "UKETSUKE01",
        "--read-certificate",
        "02",
        "-o",
        &pem,
    ];
    table.good("pkcs15-tool", &with_password);
    let der = table.path("sign.der");
    table.good(
        "openssl",
        &["x509", "-in", &pem, "-outform", "DER", "-out", &der],
    );
    assert_eq!(
        std::fs::read(der).unwrap(),
        table.file("card-contact", "sign-cert.der")
    );
    // Listing and reading cost nothing.
    assert_eq!(table.tries(), [3, 5]);
    assert_eq!(table.counters("card-contact"), Counters::ISSUED);
}

#[test]
fn the_tries_shown_are_the_tries_left() {
    let mut table = Table::new();
    let mut card = table.card("card-contact");
    for (auth, sign) in [(3, 5), (2, 4), (1, 1), (0, 0)] {
        let counters = Counters::ISSUED
            .with(CredentialName::AuthPin, auth)
            .with(CredentialName::SignPassword, sign);
        card.set_counters(counters).unwrap();
        table.lay(card, 0);
        assert_eq!(table.tries(), [auth, sign]);
        card = table.take(0);
        assert_eq!(card.counters(), counters);
    }
}

#[test]
fn the_authentication_key_signs_and_openssl_verifies() {
    let mut table = Table::new();
    let card = table.card("card-contact");
    let pin = "1112";
    table.lay(card, 0);
    let message = table.write("message", MESSAGE);
    let other = table.write("other", b"another message");
    let key = table.public_key("card-contact", "auth-cert.der");

    // A wrong PIN is one try, a right one resets it.
    let (wrong, _) = table.sign("0", "01", "0000", "SHA256-RSA-PKCS", &message);
    assert!(
        !wrong.ok && wrong.all.contains("CKR_PIN_INCORRECT"),
        "{}",
        wrong.all
    );
    assert_eq!(table.tries(), [2, 5]);
    let (said, signature) = table.sign("0", "01", pin, "SHA256-RSA-PKCS", &message);
    assert!(said.ok, "{}", said.all);
    assert_eq!(std::fs::metadata(&signature).unwrap().len(), 256);
    assert_eq!(table.tries(), [3, 5]);
    let verify = |data: &str, signature: &str, key: &str| {
        table.run(
            "openssl",
            &[
                "dgst",
                "-sha256",
                "-verify",
                key,
                "-signature",
                signature,
                data,
            ],
        )
    };
    let good = verify(&message, &signature, &key);
    assert!(good.ok && good.out.trim() == "Verified OK", "{}", good.all);
    assert!(!verify(&other, &signature, &key).ok);

    // The bare form: a DigestInfo handed over, checked with pkeyutl.
    let digest = table.path("digest");
    table.good(
        "openssl",
        &["dgst", "-sha256", "-binary", "-out", &digest, &message],
    );
    let prefix = hex_bytes("3031300d060960864801650304020105000420").unwrap();
    let info = [prefix, std::fs::read(&digest).unwrap()].concat();
    let info = table.write("digest-info", &info);
    let (said, bare) = table.sign("0", "01", pin, "RSA-PKCS", &info);
    assert!(said.ok, "{}", said.all);
    assert_eq!(
        std::fs::read(&bare).unwrap(),
        std::fs::read(&signature).unwrap()
    );
    let pkeyutl = table.good(
        "openssl",
        &[
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            &key,
            "-in",
            &digest,
            "-sigfile",
            &bare,
            "-pkeyopt",
            "digest:sha256",
        ],
    );
    assert_eq!(pkeyutl.trim(), "Signature Verified Successfully");

    // The signature key behind its own password.
    let (said, signature) = table.sign("1", "02", "UKETSUKE01", "SHA256-RSA-PKCS", &message);
    assert!(said.ok, "{}", said.all);
    let sign_key = table.public_key("card-contact", "sign-cert.der");
    assert!(verify(&message, &signature, &sign_key).ok);
    assert!(!verify(&message, &signature, &key).ok);
    assert_eq!(table.counters("card-contact"), Counters::ISSUED);
    eprintln!("{}", readable(&table.take(0).transcript()));
}

#[test]
fn a_blocked_pin_stays_blocked_for_everybody() {
    let mut table = Table::new();
    let mut card = table.card("card-contact");
    card.set_counters(Counters::ISSUED.with(CredentialName::AuthPin, 1))
        .unwrap();
    table.lay(card, 0);
    let message = table.write("message", MESSAGE);
    let (last, _) = table.sign("0", "01", "0000", "SHA256-RSA-PKCS", &message);
    assert!(!last.ok, "{}", last.all);
    assert_eq!(table.tries(), [0, 5]);
    let (locked, _) = table.sign("0", "01", "1112", "SHA256-RSA-PKCS", &message);
    // The card says 6984, which OpenSC has no better word for (6983 it would call CKR_PIN_LOCKED).
    assert!(
        !locked.ok
            && locked
                .all
                .contains("C_Login failed: rv = CKR_GENERAL_ERROR"),
        "{}",
        locked.all
    );
    assert_eq!(table.counters("card-contact").auth_pin, 0);
}

#[test]
fn a_my_number_card_is_found_behind_every_answer_to_reset() {
    let mut table = Table::new();
    let names = [
        "contact",
        "contact-da",
        "contact-c5",
        "contactless",
        "contactless-41",
        "contactless-4b",
        "odd-reader-d1",
        "odd-reader-b3",
        "unknown",
        "unknown-contact",
    ];
    // Every name that is not another card's.
    assert_eq!(names.len(), ATRS.len() - 5);
    let own = table.card("card-contact");
    let expected = table.file("card-contact", "auth-cert.der");
    let mut card = own;
    for name in names {
        card.set_atr(&atr(name).unwrap());
        table.lay(card, 0);
        assert_eq!(table.good("opensc-tool", &["-n"]).trim(), "jpki", "{name}");
        assert_eq!(table.certificate("0", "01"), expected, "{name}");
        card = table.take(0);
    }
}

#[test]
fn two_cards_lie_on_two_readers_at_once() {
    let mut table = Table::new();
    let (first, second) = (table.card("card-contact"), table.card("card-face-only"));
    table.lay(first, 0);
    table.lay(second, 1);
    for _ in 0..2 {
        assert_eq!(
            table.certificate("0", "01"),
            table.file("card-contact", "auth-cert.der")
        );
        assert_eq!(
            table.certificate("1", "01"),
            table.file("card-face-only", "auth-cert.der")
        );
    }
    // One goes, the other stays.
    table.take(0);
    assert_eq!(
        table.certificate("1", "01"),
        table.file("card-face-only", "auth-cert.der")
    );
}

#[test]
fn other_kinds_are_what_they_are_and_never_hang() {
    let mut table = Table::new();
    // Found by its application alone. The serial number is shown of a certificate that could be read, which
    // an Android phone's can't before its PIN.
    for (person, jpki, readable) in [
        ("card-face-only", true, true),
        ("card-old-juki", true, true),
        ("card-iphone", true, true),
        ("card-android", true, false),
        ("card-licence", false, false),
        ("card-fido", false, false),
        ("card-transit", false, false),
        ("card-blank", false, false),
    ] {
        let card = table.card(person);
        let before = card.counters();
        table.lay(card, 0);
        let name = table.run("opensc-tool", &["-n"]);
        assert_eq!(name.out.trim() == "jpki", jpki, "{person}: {}", name.all);
        let list = table.run("pkcs15-tool", &["--list-certificates"]);
        assert_eq!(
            list.out.contains("User Authentication Certificate]"),
            jpki,
            "{person}: {}",
            list.all
        );
        let first = list.out.split("\n\n").next().unwrap();
        assert_eq!(first.contains("Encoded serial"), readable, "{person}");
        let card = table.take(0);
        assert_eq!(card.counters(), before, "{person}");
    }
    // A phone shows its certificate only after its PIN.
    let android = table.card("card-android");
    table.lay(android, 0);
    let closed = table.run("pkcs15-tool", &["--read-certificate", "01"]);
    assert!(!closed.out.contains("BEGIN"), "{}", closed.all);
}

#[test]
fn programs_that_probe_get_an_answer_to_everything_and_cost_no_try() {
    let mut table = Table::new();
    let card = table.card("card-contact");
    table.lay(card, 0);
    let tools: [(&str, &[&str]); 12] = [
        ("pkcs15-tool", &["--dump"]),
        ("pkcs11-tool", &["--list-slots"]),
        ("pkcs11-tool", &["--list-objects"]),
        ("opensc-tool", &["--serial"]),
        ("openpgp-tool", &["--card-info"]),
        ("piv-tool", &["-n"]),
        ("cardos-tool", &["-i"]),
        ("dnie-tool", &["-a"]),
        ("eidenv", &[]),
        ("netkey-tool", &[]),
        ("egk-tool", &[]),
        ("iasecc-tool", &["--list-applications"]),
    ];
    for (tool, arguments) in tools {
        table.run(tool, arguments);
    }
    // Unknown applications, instructions, classes and malformed lengths, as any program may send them.
    let commands = [
        ("00:A4:04:00:05:A0:00:00:00:99:00", "6A, SW2=0x82"),
        ("00:A4:04:0C:07:62:76:01:FF:00:00:00", "6A, SW2=0x82"),
        ("00:FE:00:00", "6D, SW2=0x00"),
        ("80:CA:9F:7F:00", "6D, SW2=0x00"),
        ("B0:3C:00:00:00", "6E, SW2=0x00"),
        ("01:A4:04:0C:02:D3:92", "68, SW2=0x81"),
        ("0C:A4:04:0C:02:D3:92", "68, SW2=0x82"),
    ];
    let mut arguments = Vec::new();
    for (command, _) in &commands {
        arguments.extend(["-s", command]);
    }
    let said = table.good("opensc-tool", &arguments);
    let received: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("Received (SW1=0x"))
        .collect();
    assert_eq!(received.len(), commands.len(), "{said}");
    for ((command, expected), got) in commands.iter().zip(received) {
        assert!(got.starts_with(expected), "{command}: {got}");
    }
    assert_eq!(table.tries(), [3, 5]);
    assert_eq!(table.counters("card-contact"), Counters::ISSUED);
}

#[test]
fn a_card_torn_away_while_it_is_read_ends_the_reading() {
    let mut table = Table::new();
    let card = table.card("card-contact");
    table.lay(card, 0);
    table.readers[0].with_card(|card| {
        card.set_fault(Fault::Removed.on_nth("read jpki/auth-certificate", 4));
    });
    let said = table.run("pkcs15-tool", &["--read-certificate", "01"]);
    assert!(
        !said.ok && !said.out.contains("END CERTIFICATE"),
        "{}",
        said.all
    );
    // Laid down again it is whole.
    let mut card = table.take(0);
    card.clear_fault();
    table.lay(card, 0);
    assert_eq!(
        table.certificate("0", "01"),
        table.file("card-contact", "auth-cert.der")
    );
}
