//! The long proofs of what must never be lost: `sweep crash` and `sweep disk`.

pub(crate) mod crash;
pub(crate) mod disk;

use serde::Serialize;

/// A runtime as the tests have it.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

/// The report on standard output, in one line for programs and in many for people.
fn print(json: bool, report: &impl Serialize) -> serde_json::Result<()> {
    let text = if json {
        serde_json::to_string(report)
    } else {
        serde_json::to_string_pretty(report)
    };
    println!("{}", text?);
    Ok(())
}
