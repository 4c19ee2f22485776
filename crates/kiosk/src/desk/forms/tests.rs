//! What is typed into the forms, and what of it the counter is told.

use super::*;

fn sent(text: &str) -> Sent {
    Sent::read(text.as_bytes()).unwrap()
}

#[test]
fn numbers_are_made_plain_and_the_identity_must_be_confirmed() {
    let form = form("assistance").unwrap();
    let typed = "insurer_number=%EF%BC%91%EF%BC%92%20000009&number=2020-002";
    assert_eq!(
        form.request(&sent(typed), "a"),
        Err(Incomplete {
            label: "desk-identity",
            line: None
        }),
        "no identity"
    );
    let request = form
        .request(&sent(&format!("{typed}&identity=yes")), "a")
        .unwrap();
    assert_eq!(
        request,
        json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"})
    );
}

#[test]
fn choices_ticks_and_the_operator_are_sent_as_the_counter_wants_them() {
    let disaster = form("disaster").unwrap();
    let typed =
        "name=a&birth_date=1975-03-03&sex=2&address=b&reason=c&oral_consent=true&operator=forged";
    let request = disaster.request(&sent(typed), "signed in").unwrap();
    assert_eq!(request["operator"], "signed in");
    assert_eq!(request["birth_date"], "19750303");
    assert_eq!(
        (&request["oral_consent"], &request["information"]),
        (&json!(true), &json!(false))
    );
    let institution = form("institution").unwrap();
    let request = institution
        .request(
            &sent("medical_assistance=false&visiting_care=&sure=yes"),
            "a",
        )
        .unwrap();
    assert_eq!(
        request,
        json!({"do": "update-settings", "medical_assistance": false})
    );
    for (typed, label) in [
        (
            "medical_assistance=maybe&sure=yes",
            "desk-medical-assistance",
        ),
        ("medical_assistance=false", "desk-institution-sure"),
    ] {
        let refused = institution.request(&sent(typed), "a");
        let line = None;
        assert_eq!(refused, Err(Incomplete { label, line }), "{typed}");
    }
    let passcode = form("passcode").unwrap();
    assert!(passcode.request(&sent(""), "a").is_err(), "not agreed to");
    let fetch = passcode.request(&sent("sure=yes"), "a").unwrap();
    assert_eq!(fetch, json!({"do": "passcode"}));
}

/// What the counter refuses an insurance without, the form says: needed where only insurances are asked about, and named as needed for
/// these where somebody may be found by payer and recipient number alone.
#[test]
fn a_birth_date_is_asked_for_wherever_an_insurance_is_asked_about() {
    for (name, always) in [
        ("insurance", true),
        ("reinquire", false),
        ("withdraw", false),
    ] {
        let form = form(name).unwrap();
        let field = form.fields.iter().find(|field| field.name == "birth_date");
        let drawn = form.field(field.unwrap(), Texts(Lang::Ja), &Sent::nothing());
        let drawn = drawn.into_string();
        assert_eq!(drawn.contains(" required"), always, "{name}: {drawn}");
        assert_eq!(
            drawn.contains("医療保険では必須"),
            !always,
            "{name}: {drawn}"
        );
        let typed = "care=visiting&by_patient=true&identity=yes&insurer_number=06123456&number=1";
        let refused = form.request(&sent(typed), "a");
        if always {
            let (label, line) = ("desk-birth-date", None);
            assert_eq!(refused, Err(Incomplete { label, line }), "{name}");
        } else {
            assert!(refused.is_ok(), "{name}");
        }
        let whole = format!("{typed}&birth_date=19750303");
        assert!(form.request(&sent(&whole), "a").is_ok(), "{name}");
    }
}

/// What must be chosen begins with a choice of nothing, which the browser and the terminal refuse (invariant 11: the default is no).
#[test]
fn nothing_that_must_be_said_is_chosen_beforehand_inv11() {
    let mut choices = Vec::new();
    for form in FORMS {
        for field in form.fields {
            let (true, Kind::Choice(offered)) = (field.required, field.kind) else {
                continue;
            };
            choices.push((form.name, field.name));
            let drawn = form.field(field, Texts(Lang::Ja), &Sent::nothing());
            let drawn = drawn.into_string();
            let first = "required><option value=\"\" selected>";
            assert!(drawn.contains(first), "{}: {drawn}", form.name);
            let all: String = form
                .fields
                .iter()
                .filter(|other| other.required && other.name != field.name)
                .map(|other| {
                    let value = match other.kind {
                        Kind::Choice(offered) => offered[0].0,
                        Kind::Registrations => "P-1%2C06123456%2C1%2C2",
                        _ => "20261101",
                    };
                    format!("{}={value}&", other.name)
                })
                .collect();
            for nothing in [all.clone(), format!("{all}{}=", field.name)] {
                let request = form.request(&sent(&nothing), "a");
                let (label, line) = (field.label, None);
                let incomplete = Err(Incomplete { label, line });
                assert_eq!(request, incomplete, "{} {}", form.name, field.name);
            }
            let whole = format!("{all}{}={}", field.name, offered[0].0);
            assert!(form.request(&sent(&whole), "a").is_ok(), "{whole}");
        }
    }
    for known in [
        ("disaster", "oral_consent"),
        ("disaster", "sex"),
        ("withdraw", "by_patient"),
        ("reinquire", "care"),
    ] {
        assert!(choices.contains(&known), "{known:?}");
    }
}

#[test]
fn registrations_are_lines_of_columns() {
    let form = form("references").unwrap();
    let typed = "registrations=P-1%2C06123456%2C12%2C3456789%2C00%0D%0AP-2%09%EF%BC%90612-3456%09%0977%0D%0A";
    let request = form.request(&sent(typed), "a").unwrap();
    assert_eq!(
        request,
        json!({"do": "register-references", "registrations": [
            {"reference_number": "P-1", "insurer_number": "06123456", "symbol": "12", "number": "3456789", "branch": "00"},
            {"reference_number": "P-2", "insurer_number": "06123456", "symbol": "", "number": "77", "branch": ""},
        ]})
    );
    for (strange, line) in [
        ("", None),
        ("P-1", Some(1)),
        ("P-1%2C1%2C2%2C%2C", Some(1)),
        ("%2C06123456%2C1%2C2", Some(1)),
        ("P-1%2C06123456%2C1%2C2%0D%0A%0D%0AP-3 06123456 12", Some(2)),
    ] {
        let typed = format!("registrations={strange}");
        let refused = form.request(&sent(&typed), "a").unwrap_err();
        assert_eq!(refused.line, line, "{strange}");
        let told = refused.words();
        let nth = line.map_or_else(String::new, |line| format!("{line}件目"));
        assert!(told.ja.contains(&nth) && !told.ja.contains("06123456"));
    }
}

#[test]
fn strange_bodies_are_refused() {
    for strange in [
        "a=1&a=2".to_owned(),
        format!("a={}", "x".repeat(601)),
        "a=%00".to_owned(),
    ] {
        assert!(Sent::read(strange.as_bytes()).is_none(), "{strange:.20}");
    }
    let many: String = (0..40).map(|n| format!("f{n}=1&")).collect();
    assert!(Sent::read(many.as_bytes()).is_none());
}
