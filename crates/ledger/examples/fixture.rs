//! Writes a small ledger of the present format into a folder: `cargo run -p ledger --example fixture -- FOLDER`.
//! The files under `tests/fixtures/` were made with it, one folder per format, and are never remade.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use ledger::{
    Beside, BulkItem, DeliveryState, Ledger, LedgerKey, NewAsk, NewBulkJob, NewConsent,
    NewFollowUp, NewResult, OpenOptions,
};
use serde_json::json;
use std::path::PathBuf;

const NOW: i64 = 1_795_273_200_000;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder"));
    std::fs::create_dir_all(&folder).unwrap();
    let options = OpenOptions {
        path: folder.join("ledger.sqlite"),
        head_path: folder.join("audit-head.json"),
        key: LedgerKey([7; 32]).into(),
        simulated: false,
    };
    let mut ledger = Ledger::open(options, NOW).unwrap();
    let new = |visit: u64, kind: &str| NewResult {
        visit,
        reader: "desk-1/Reader 0".into(),
        kind: kind.into(),
        body_json: format!("{{\"XmlMsg\":{{\"visit\":\"{visit}\"}}}}"),
        simulated: false,
    };
    let acknowledged = ledger.store_result(NOW, &new(1, "qualification")).unwrap();
    ledger
        .claim(&acknowledged.id, "rececon", NOW + 1, 60_000)
        .unwrap();
    ledger
        .acknowledge(&acknowledged.id, "rececon", NOW + 2)
        .unwrap();
    let claimed = ledger
        .store_result(NOW + 3, &new(2, "qualification"))
        .unwrap();
    ledger
        .claim(&claimed.id, "rececon", NOW + 4, 60_000)
        .unwrap();
    ledger
        .store_result(NOW + 5, &new(3, "qualification"))
        .unwrap();
    ledger
        .queue_inquiry(NOW + 6, 4, "desk-1/Reader 0", "{\"waits\":true}")
        .unwrap();
    let done = ledger
        .queue_inquiry(NOW + 7, 5, "desk-1/Reader 0", "{}")
        .unwrap();
    ledger
        .complete_inquiry(done, NOW + 8, &new(5, "qualification"), &Beside::default())
        .unwrap();
    ledger.put_state("guard", "{\"wrong\":2}").unwrap();
    ledger
        .append_audit(NOW + 9, "staff", "looked", &json!({"n": 1}))
        .unwrap();
    // What format 2 brought.
    let consent = NewConsent {
        visit: 5,
        kind: "medicines".into(),
        flow: "visiting".into(),
        flag: "1".into(),
        given_at: Some(NOW),
        until: None,
        person: "{\"who\":1}".into(),
    };
    ledger.record_consents(NOW + 10, &[consent]).unwrap();
    let follow_up = NewFollowUp {
        visit: 5,
        reader: "desk-1/Reader 0".into(),
        result_id: new(5, "qualification").id(),
        reason: "unentrusted".into(),
        note: "架空市福祉事務所".into(),
    };
    ledger.open_follow_up(NOW + 11, &follow_up).unwrap();
    let ask = NewAsk {
        client: "rececon".into(),
        key: "k".into(),
        visit: 6,
        job: None,
        request_json: "{\"number\":1}".into(),
    };
    ledger.queue_ask(NOW + 12, &ask).unwrap();
    let job = NewBulkJob {
        client: "rececon".into(),
        key: "b".into(),
        kind: "tickets".into(),
        params_json: "{\"month\":1}".into(),
        reception: "0000000000000001".into(),
        total: 1,
    };
    let job = ledger.begin_bulk(NOW + 13, &job).unwrap();
    let item = BulkItem {
        n: 0,
        who: "one".into(),
        body_json: "{\"item\":1}".into(),
    };
    ledger.add_bulk_items(job, &[item]).unwrap();
    ledger
        .note_delivery(
            NOW + 14,
            "folders",
            &new(3, "qualification").id(),
            "a.xml",
            DeliveryState::Planned,
        )
        .unwrap();
    // What format 3 brought.
    for (subject, name, state) in [
        ("req:w.xml", "b.xml", DeliveryState::Withdrawing),
        ("req:x.xml", "c.xml", DeliveryState::Abandoned),
    ] {
        ledger
            .note_delivery(NOW + 14, "folders", subject, name, state)
            .unwrap();
    }
    ledger.advance(NOW + 15, "client:rececon", 4).unwrap();
    ledger.next_number("faces").unwrap();
    ledger.remember(NOW + 16, "rececon", "r", b"one").unwrap();
    ledger.keep_answer("rececon", "r", 200, "{}").unwrap();
}
