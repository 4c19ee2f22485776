//! The short form of `cargo xtask sweep api`: schemathesis over the OpenAPI document against the real daemon. `cargo xtask test` installs
//! it into `target/schemathesis`, saying so first; without it this fails and says how it comes there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use e2e::api::{Options, sweep};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv15_the_terminal_keeps_to_its_openapi_document_and_every_operation_answers() {
    let options = Options {
        examples: 3,
        seed: 20_261_122,
        long: false,
    };
    let report = sweep(&options, |step| println!("{step}")).await.unwrap();
    println!("{report:#?}");
    assert!(report.without_2xx.is_empty(), "{:#?}", report.without_2xx);
    assert!(report.failed.is_empty(), "{}", report.said);
    assert_eq!((report.server_errors, report.schema_violations), (0, 0));
    assert!(report.ok && report.operations >= 38);
    assert!(report.cases >= report.operations && report.checks.len() >= 5);
}
