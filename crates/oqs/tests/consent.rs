//! Invariant 1: the gate before medical information.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use oqs::{
    Consent, ConsentFlag, ConsentKind, Consents, QualificationAnswer, QualificationAnswerBody,
    QualificationResult, may_request,
};

fn consent(flag: &str, until: Option<&str>) -> Consent {
    Consent {
        flag: Some(ConsentFlag::from_code(flag)),
        time: Some("20261122090000".into()),
        available_until: until.map(Into::into),
    }
}

#[test]
fn invariant_1_only_a_yes_that_has_not_run_out_opens_a_kind() {
    let until = Some("20261123090000");
    let rows = [
        ("1", until, "20261122090001", true),
        ("1", until, "20261123090000", true),
        ("1", until, "20261123090001", false),
        ("0", until, "20261122090001", false),
        ("2", until, "20261122090001", false),
        ("3", until, "20261122090001", false),
        ("9", until, "20261122090001", false),
        ("1", None, "20261122090001", false),
        ("1", Some("soon"), "20261122090001", false),
        ("1", Some("20261332090000"), "20261122090001", false),
        ("1", until, "", false),
        ("1", until, "2026112209", false),
    ];
    for (flag, until, now, expected) in rows {
        let consents = Consents {
            medicines: consent(flag, until),
            ..Consents::default()
        };
        let may = |kind| may_request(kind, &consents, now);
        assert_eq!(
            may(ConsentKind::Medicines),
            expected,
            "{flag} {until:?} {now}"
        );
        for other in [
            ConsentKind::Checkups,
            ConsentKind::Treatment,
            ConsentKind::Operations,
        ] {
            assert!(!may(other), "a consent opens its own kind only");
        }
    }
}

#[test]
fn invariant_1_disagreeing_results_give_the_narrower_consent() {
    let result = |flag: Option<&str>, until: &str| QualificationResult {
        medicines_consent: flag.map(ConsentFlag::from_code),
        medicines_available_time: Some(until.into()),
        ..QualificationResult::default()
    };
    let of = |results: Vec<QualificationResult>| {
        let body = QualificationAnswerBody {
            results,
            ..QualificationAnswerBody::default()
        };
        let answer = QualificationAnswer {
            body: Some(body),
            ..QualificationAnswer::default()
        };
        may_request(
            ConsentKind::Medicines,
            &Consents::from_answer(&answer),
            "20261122120000",
        )
    };
    let (late, past) = ("20261123000000", "20261122110000");
    assert!(of(vec![result(Some("1"), late), result(Some("1"), late)]));
    assert!(of(vec![result(None, past), result(Some("1"), late)]));
    assert!(!of(vec![result(Some("1"), late), result(Some("0"), late)]));
    assert!(!of(vec![result(Some("0"), late), result(Some("1"), late)]));
    assert!(!of(vec![result(Some("1"), late), result(Some("1"), past)]));
    assert!(!of(vec![result(Some("1"), past), result(Some("1"), late)]));
    assert!(!of(vec![]));
}
