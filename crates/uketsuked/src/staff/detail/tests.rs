//! What is told of a result beside the earlier one.

use super::*;
use kiosk::staff::ResultState;

fn summary(unentrusted: bool, fields: &[(&str, &str)]) -> StaffSummary {
    StaffSummary {
        unentrusted,
        doubtful: false,
        classification: Words::new("医療扶助", "Medical assistance"),
        headline: Words::new("有効", "Valid"),
        fields: fields
            .iter()
            .map(|(label, value)| StaffField {
                item: "",
                label: Words::new(*label, *label),
                value: Words::new(*value, *value),
            })
            .collect(),
        ..StaffSummary::default()
    }
}

fn result(summaries: Vec<StaffSummary>) -> StaffResult {
    StaffResult {
        id: "r".into(),
        at: String::new(),
        stored_at: 0,
        visit: 1,
        reader: String::new(),
        name: String::new(),
        state: ResultState::Waiting,
        medical: false,
        remark: None,
        summaries,
    }
}

#[test]
fn what_changed_is_told_and_what_is_withheld_is_not_invariant_6() {
    let old = result(vec![summary(
        false,
        &[("番号", "12000009"), ("住所", "旧町")],
    )]);
    let moved = result(vec![summary(
        false,
        &[("番号", "12000009"), ("住所", "新町")],
    )]);
    let told = changes(&old, &moved);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].before.ja.as_str(), told[0].now.ja.as_str()),
        ("旧町", "新町")
    );
    let unentrusted = result(vec![summary(true, &[("番号", "-"), ("住所", "旧町")])]);
    assert!(
        changes(&old, &unentrusted).is_empty(),
        "the number is not told"
    );
}

/// The same item of two qualifications: each row says of which.
#[test]
fn equal_items_of_two_qualifications_are_told_apart() {
    let both = |one: &str, two: &str| {
        result(vec![
            StaffSummary {
                classification: Words::new("健康保険", "Insurance"),
                ..summary(false, &[("照会番号", one)])
            },
            StaffSummary {
                classification: Words::new("医療扶助", "Assistance"),
                ..summary(false, &[("照会番号", two)])
            },
        ])
    };
    let told = changes(&both("A-1", "B-1"), &both("A-2", "B-2"));
    let labels: Vec<&str> = told.iter().map(|one| one.label.ja.as_str()).collect();
    assert_eq!(labels, ["照会番号 (健康保険)", "照会番号 (医療扶助)"]);
    let told = changes(&both("A-1", "B-1"), &both("A-2", "B-1"));
    assert_eq!(
        told[0].label.ja, "照会番号",
        "one alone needs no more words"
    );
}

/// A lookup by numbers asks about one qualification: the other one that a card brought before is not lost by it, and neither is a
/// certificate that it did not ask for.
#[test]
fn what_a_lookup_did_not_ask_for_is_no_loss_and_no_news() {
    let insurance = |fields: &[(&str, &str)]| StaffSummary {
        classification: Words::new("健康保険", "Insurance"),
        ..summary(false, fields)
    };
    let by_card = StaffResult {
        reader: "desk-1/ACS ACR39U 00 00".into(),
        ..result(vec![
            insurance(&[("住所", "旧町"), ("限度額", "区分ア")]),
            summary(false, &[]),
        ])
    };
    for how in [
        "number:staff:鈴木",
        "number:rececon",
        "online:staff:鈴木",
        "house-call:x",
    ] {
        let by_numbers = StaffResult {
            reader: format!("desk-1/{how}"),
            ..result(vec![insurance(&[("住所", "新町"), ("限度額", "-")])])
        };
        let told = changes(&by_card, &by_numbers);
        assert_eq!(told.len(), 1, "{how}");
        assert_eq!(
            (told[0].label.ja.as_str(), told[0].now.ja.as_str()),
            ("住所", "新町")
        );
        let told = changes(&by_numbers, &by_card);
        assert_eq!(told.len(), 1, "no news either: {how}");
    }
    let lost = StaffResult {
        reader: "desk-1/ACS ACR39U 00 00".into(),
        ..result(vec![insurance(&[("住所", "旧町"), ("限度額", "-")])])
    };
    let told = changes(&by_card, &lost);
    let labels: Vec<_> = told.iter().map(|one| one.label.ja.as_str()).collect();
    assert_eq!(labels, ["限度額", "医療扶助"], "with a card both are lost");
}

#[test]
fn lost_and_unmappable_letters_are_marked_once() {
    let shown = result(vec![summary(
        false,
        &[
            ("氏名", "髙●橋"),
            ("住所", "𠮷野町"),
            ("氏名", "●"),
            ("記号", "あ"),
        ],
    )]);
    let marked = marked(&shown);
    assert_eq!(marked.len(), 2);
    assert!(marked[0].lost && !marked[1].lost);
    assert_eq!(marked[1].label.ja, "住所");
}
