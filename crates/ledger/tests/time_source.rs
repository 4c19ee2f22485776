//! Each audit record says where its time came from, covered by the chain (invariants 12 and 14).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place};
use serde_json::json;

/// Invariant 14: each record says where its time came from, and the chain covers it.
#[test]
fn inv12_each_record_says_where_its_time_came_from() {
    let place = Place::new();
    let mut ledger = place.open();
    ledger
        .append_audit(NOW, "a", "b", &json!({"x": 1}))
        .unwrap();
    let sources = |now: i64| match now - NOW {
        ..10 => ledger::TimeSource::Kept,
        10..20 => ledger::TimeSource::Service,
        _ => ledger::TimeSource::System,
    };
    ledger.tell_time_sources(std::sync::Arc::new(sources));
    ledger.queue_inquiry(NOW + 9, 1, "Reader 0", "{}").unwrap();
    ledger.append_audit(NOW + 10, "a", "b", &json!({})).unwrap();
    ledger.append_audit(NOW + 20, "a", "b", &json!({})).unwrap();
    let records = ledger.audit_records(0, 10).unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|one| one.time_source.as_deref().unwrap())
        .collect();
    assert_eq!(
        told,
        ["unchecked", "unchecked", "kept", "service", "system"]
    );
    assert_eq!(
        records[1].detail,
        json!({"x": 1}),
        "beside the time, not in the detail"
    );
    assert_eq!(
        records[2].detail["by"], "patient",
        "whose card and answers it rests on"
    );
    let report = ledger.verify().unwrap();
    assert!(report.intact());
    let expected = [("kept", 1), ("service", 1), ("system", 1), ("unchecked", 2)];
    let expected = expected.map(|(word, count)| (word.to_owned(), count));
    let expected = std::collections::BTreeMap::from(expected);
    assert_eq!(report.time_sources, expected.clone());
    drop(ledger);

    let mut out = Vec::new();
    ledger::export(place.options(), 0, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let report = ledger::verify_export(text.as_bytes(), None).unwrap();
    assert_eq!((report.findings, report.time_sources), (vec![], expected));
    let forged = text.replacen("\"service\"", "\"system\"", 1);
    let findings = ledger::verify_export(forged.as_bytes(), None)
        .unwrap()
        .findings;
    assert_eq!(
        findings.first().map(|found| found.seq),
        Some(4),
        "{findings:?}"
    );
}
