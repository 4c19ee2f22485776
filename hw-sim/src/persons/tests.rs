//! The register that the simulator carries, on any day; and what a register may not hold.

use super::*;
use crate::central::jst;

#[test]
fn the_default_register_holds_the_promised_persons() {
    let register = Register::default_register().unwrap();
    let seiho = register.person("seiho").unwrap();
    assert!(seiho.insurance.is_some());
    assert_eq!(
        seiho.assistance.as_ref().unwrap().tickets[0].institution_code,
        "1310000001"
    );
    assert_eq!(seiho.card.pin, "1234");
    let mitaku = register.person("mitaku").unwrap();
    let assistance = mitaku.assistance.as_ref().unwrap();
    assert_eq!(assistance.validity, "6");
    assert_ne!(assistance.tickets[0].institution_code, "1310000001");
    assert!(!assistance.recipient_number.is_empty());
    assert_eq!(mitaku.card.pin, "2345");
    assert!(register.person("hoken").unwrap().assistance.is_none());
    assert!(!register.person("mitouroku").unwrap().registered);
    assert!(register.person("shiranai").unwrap().unknown);
    assert_eq!(
        register.person("kao").unwrap().card.kind,
        CardSort::FaceOnly
    );
    assert_eq!(
        register.person("kigen").unwrap().card.certificate,
        CertificateState::Expired
    );
    assert!(register.person("futari").unwrap().card.western_birth_date);
}

/// Everything that a patient may lay down, and everything that a card may be in.
#[test]
fn the_catalogue_holds_a_card_of_every_kind() {
    let catalogue = Register::catalogue().unwrap();
    let all = Register::with_catalogue().unwrap().persons.len();
    let own = Register::default_register().unwrap().persons.len();
    assert_eq!(all, own + catalogue.persons.len());
    let has = |what: &dyn Fn(&CardSpec) -> bool| {
        assert!(catalogue.persons.iter().any(|person| what(&person.card)));
    };
    for kind in [
        CardSort::Normal,
        CardSort::FaceOnly,
        CardSort::Android,
        CardSort::Iphone,
        CardSort::OldJuki,
        CardSort::DrivingLicence,
        CardSort::Fido,
        CardSort::Transit,
        CardSort::Blank,
        CardSort::NoChip,
    ] {
        has(&|card| card.kind == kind);
    }
    for state in [
        CertificateState::Valid,
        CertificateState::Expired,
        CertificateState::ExpiredLately,
        CertificateState::ExpiresSoon,
        CertificateState::Revoked,
    ] {
        has(&|card| card.certificate == state);
    }
    for forgery in [
        RecordForgery::Genuine,
        RecordForgery::UnknownIssuer,
        RecordForgery::FalseIssuer,
        RecordForgery::PhotoReplaced,
        RecordForgery::Copied,
    ] {
        has(&|card| card.record_forgery() == forgery && card.certificate_of().is_some());
    }
    has(&|card| card.western_birth_date);
    has(&|card| card.sign_certificate == Some(false));
    has(&|card| card.auth_key == KeySort::P384);
    has(&|card| card.ber == BerForm::Long && card.behaviour().first_command_6f00);
    has(&|card| card.atr() == "contact" && card.behaviour().reset_clears);
    has(&|card| card.atr() == "unknown");
    has(&|card| card.tries.len() == 2 && card.tries.values().all(|tries| *tries > 0));
}

#[test]
fn bad_registers_are_refused_with_the_reason() {
    let good = r#"
[[person]]
id = "a"
name = "架空　太郎"
kana = "ｶｸｳ"
sex = "1"
birth_date = "19900115"
address = "東京都"
[person.card]
pin = "1234"
expiry = "20300115"
security_code = "4321"
portrait = "obama"
"#;
    assert_eq!(Register::from_toml(good).unwrap().persons.len(), 1);
    for (from, to, reason) in [
        ("id = \"a\"", "id = \"../a\"", "id must be"),
        ("pin = \"1234\"", "pin = \"12a4\"", "four digits"),
        ("\"19900115\"", "\"19901315\"", "birth_date"),
        ("\"4321\"", "\"432\"", "security code"),
        ("\"obama\"", "\"../obama\"", "portrait"),
        ("sex = \"1\"", "sex = \"3\"", "sex"),
        ("pin =", "atr = \"3B\"\npin =", "card.atr"),
        ("pin =", "tries = { auth_pin = 16 }\npin =", "card.tries"),
        ("pin =", "tries = { pin = 1 }\npin =", "not valid TOML"),
        (
            "pin =",
            "kind = \"fido\"\nforged = {}\npin =",
            "can be forged",
        ),
        (
            "pin =",
            "forged = { record = \"copied\" }\npin =",
            "needs forged.certificate_of",
        ),
        (
            "pin =",
            "forged = { certificate_of = \"a\" }\npin =",
            "must name a genuine card",
        ),
    ] {
        let error = Register::from_toml(&good.replace(from, to)).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    let twice = format!("{good}{good}");
    assert!(Register::from_toml(&twice).is_err());
    assert!(Register::from_toml("[[person]]\nnonsense = 1").is_err());
}

/// Noon in Japan on days at which registers with fixed dates broke, and at the ends of months.
const DAYS: [(i64, &str); 6] = [
    (1_772_334_000_000, "20260301"),
    (1_774_926_000_000, "20260331"),
    (1_795_316_400_000, "20261122"),
    (1_798_686_000_000, "20261231"),
    (1_798_772_400_000, "20270101"),
    (1_835_406_000_000, "20280229"),
];

#[test]
fn on_every_day_the_ticket_is_valid_and_the_medicines_are_recent() {
    for (now, today) in DAYS {
        assert_eq!(jst::day(now), today);
        let register = Register::from_toml_at(DEFAULT, now).unwrap();
        let year_ago = when::day("start-of-12-months-ago", now).unwrap();
        for person in register.persons.iter().map(|person| person.as_of(now)) {
            assert!(person.card.expiry.as_str() > today, "{}", person.id);
            assert!(person.matching_number_b().is_ok());
            for ticket in person.assistance.iter().flat_map(|a| &a.tickets) {
                assert_eq!(ticket.month, today[..6], "{}", person.id);
                assert!(jst::is_day(&ticket.valid_start) && jst::is_day(&ticket.valid_end));
                assert!(ticket.valid_start.as_str() <= today);
                assert!(ticket.valid_end.as_str() >= today);
            }
            for medicine in &person.medicines {
                assert!(medicine.date.as_str() < today, "{}", person.id);
                assert!(medicine.date > year_ago, "{}", person.id);
            }
            if let Some(insurance) = &person.insurance {
                assert!(insurance.valid_start.as_str() < today, "{}", person.id);
                assert!(insurance.valid_end.as_deref().is_none_or(|end| end > today));
            }
            if let Some(assistance) = &person.assistance {
                assert!(assistance.qualification_date.as_str() < today);
            }
        }
        let seiho = register.person("seiho").unwrap();
        assert_eq!(seiho.medicines.len(), 2);
        assert_eq!(seiho.assistance.as_ref().unwrap().tickets.len(), 1);
    }
}

#[test]
fn dates_may_stand_as_they_are_and_nonsense_is_refused() {
    let with =
        |date: &str| DEFAULT.replacen("month = \"this-month\"", &format!("month = \"{date}\""), 1);
    let fixed = Register::from_toml(&with("202611")).unwrap();
    for (now, _) in DAYS {
        let seiho = fixed.person("seiho").unwrap().as_of(now);
        assert_eq!(seiho.assistance.unwrap().tickets[0].month, "202611");
    }
    for bad in ["20261", "soon", "today", "13-moons-ago"] {
        let error = Register::from_toml(&with(bad)).unwrap_err();
        assert!(error.to_string().contains(bad), "{error}");
        assert!(error.to_string().contains("seiho"), "{error}");
    }
}
