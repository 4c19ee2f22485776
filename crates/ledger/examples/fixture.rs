//! Writes a small ledger of the present format into a folder: `cargo run -p ledger --example fixture -- FOLDER`.
//! The files under `tests/fixtures/` were made with it, one folder per format, and are never remade.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use ledger::{Ledger, LedgerKey, NewResult, OpenOptions};
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
        .complete_inquiry(done, NOW + 8, &new(5, "qualification"))
        .unwrap();
    ledger.put_state("guard", "{\"wrong\":2}").unwrap();
    ledger
        .append_audit(NOW + 9, "staff", "looked", &json!({"n": 1}))
        .unwrap();
}
