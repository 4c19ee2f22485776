//! The real daemon with the race's results in its ledger and the race's users in its settings.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ledger::{Ledger, LedgerKey, NewResult, OpenOptions};

use super::racers::Post;
use crate::bench::{Bench, BenchOptions};

/// First of the users that the racers become; nobody else has such numbers.
const FIRST_UID: u32 = 61_000;

/// Starts a terminal that knows so many clients, with so many results waiting in its ledger, and gives where each client connects
/// and the results' ids. Needs root: each client is a user.
///
/// # Errors
/// The desk does not come up, or its ledger does not take the results.
pub(super) async fn start(
    names: &[String],
    results: usize,
    body: &str,
    tell: &dyn Fn(&str),
) -> anyhow::Result<(Bench, Vec<Post>, Vec<String>)> {
    let mut clients = String::new();
    for (name, uid) in names.iter().zip(FIRST_UID..) {
        clients += &format!("[[receipt.client]]\nname = \"{name}\"\nuid = {uid}\n");
    }
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        settings: clients,
        ..BenchOptions::default()
    })
    .await?;
    anyhow::ensure!(bench.stop_daemon(), "the daemon did not end when asked to");
    let ids = fill(&bench.path(""), results, body, tell)?;
    bench.restart_daemon().await?;
    // The racers are of our group and no other user's files lie there.
    std::fs::set_permissions(bench.path(""), std::fs::Permissions::from_mode(0o710))?;
    let socket = bench.path("receipt.sock");
    let posts = (FIRST_UID..).take(names.len()).map(|uid| Post {
        socket: socket.clone(),
        uid: Some(uid),
    });
    Ok((bench, posts.collect(), ids))
}

/// What visits would have left: results without an owner.
fn fill(
    folder: &Path,
    results: usize,
    body: &str,
    tell: &dyn Fn(&str),
) -> anyhow::Result<Vec<String>> {
    let options = OpenOptions {
        path: folder.join("ledger/ledger.db"),
        head_path: folder.join("head/head"),
        key: LedgerKey([0x5a; 32]).into(),
        simulated: true,
    };
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let now = i64::try_from(since.as_millis())?;
    // Not durable while it is filled: nothing is measured here, and the disk has it when the daemon's first write is synced.
    let mut ledger = Ledger::open_with(options, now, false)?;
    let mut ids = Vec::with_capacity(results);
    for n in 0..results {
        let new = NewResult {
            visit: 1_000_000 + n as u64,
            reader: "desk-1/Reader 0".to_owned(),
            kind: "qualification".to_owned(),
            body_json: body.to_owned(),
            simulated: true,
        };
        ids.push(ledger.store_result(now, &new)?.id);
        if (n + 1) % 250 == 0 {
            tell(&format!("{} of {results} results stored", n + 1));
        }
    }
    Ok(ids)
}
