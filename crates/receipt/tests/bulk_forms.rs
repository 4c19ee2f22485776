//! The forms in which the answers of a bulk job come.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{INSURED, NOW, Server, config};
use receipt::Right;
use receipt::memory::MemoryStore;
use std::sync::Arc;

#[test]
fn the_whole_of_a_bulk_job_comes_as_one_message_in_either_encoding() {
    let store = Arc::new(MemoryStore::default());
    let server = Server::start(&store, config("alpha", &Right::ALL));
    let job = store.begin_shared_bulk(NOW, "tickets", 2);
    store.answer_bulk(NOW, job, INSURED);
    let target = format!("/v1/bulk/{job}/answers");
    let xml = "application/xml";
    assert_eq!(server.accept(&target, xml).problem(), "UK-RCPT-034");
    store.answer_bulk(NOW, job, INSURED);
    let whole = server.accept(&target, xml);
    assert_eq!(whole.status, 200, "{whole:?}");
    assert_eq!(
        whole.header("content-type"),
        "application/xml; charset=UTF-8"
    );
    assert_eq!(whole.header("vary"), "Accept");
    let text = whole.text();
    assert_eq!(text.matches("<BulkConfirmUnit>").count(), 2, "{text}");
    assert!(text.contains("<NumberOfProcessingResult>2<") && text.contains("𠮷田　髙一"));
    assert!(text.contains("SIMULATION"), "invariant 13: {text}");
    let japanese = server.accept(&target, "application/xml; charset=Shift_JIS");
    assert_eq!(
        japanese.header("content-type"),
        "application/xml; charset=Shift_JIS"
    );
    let marked = b"<Name>\x81\xac";
    let parts = &mut japanese.body.windows(marked.len());
    assert!(
        parts.any(|part| part == marked),
        "what Shift_JIS lacks is a geta mark"
    );
    let tag = format!(
        "Accept: {xml}\r\nIf-None-Match: {}\r\n",
        whole.header("etag")
    );
    assert_eq!(server.ask("GET", &target, &tag, b"").status, 304);
    let pages = server.accept(&format!("{target}?limit=1"), xml);
    assert_eq!(pages.problem(), "UK-RCPT-010");
    let neither = server.accept(&target, "text/html");
    assert_eq!(neither.problem(), "UK-RCPT-006");
    // Each was recorded, like the same in JSON.
    let read = store.readings();
    assert_eq!(
        read.iter()
            .filter(|(id, ..)| *id == format!("bulk-{job}"))
            .count(),
        3
    );
}
