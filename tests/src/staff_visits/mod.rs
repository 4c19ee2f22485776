//! The demonstration's visits without a patient before the machine, done by staff on their page in a real browser: every field
//! is filled and every button touched there, and what the service was asked is looked at beside what the page says.

mod care;
mod numbers;
mod special;

use crate::bench::Bench;
use crate::staff_browser::DeskBrowser;
use anyhow::{Context as _, bail, ensure};

/// Names of these visits, as the demonstration has them.
pub const NAMES: [&str; 6] = [
    "number-valid",
    "number-invalid",
    "bulk-settles",
    "reinquiry",
    "disaster",
    "outage",
];

/// Plays one of [`NAMES`] at the desk. Who sits there must be qualified, with the second factor given.
///
/// # Errors
/// Something is not as it must be.
pub async fn play(bench: &Bench, desk: &mut DeskBrowser, name: &str) -> anyhow::Result<()> {
    let played = match name {
        "number-valid" => numbers::valid(bench, desk).await,
        "number-invalid" => numbers::invalid(bench, desk).await,
        "bulk-settles" => numbers::bulk_settles(bench, desk).await,
        "reinquiry" => care::reinquiry(bench, desk).await,
        "disaster" => special::disaster(bench, desk).await,
        "outage" => special::outage(bench, desk).await,
        other => bail!("there is no visit `{other}` at the desk"),
    };
    played.with_context(|| name.to_owned())
}

/// Fails unless the page tells this problem.
async fn refused(desk: &mut DeskBrowser, code: &str) -> anyhow::Result<()> {
    let text = desk.text().await?;
    ensure!(text.contains(code), "was to be refused with {code}: {text}");
    Ok(())
}

/// Fails unless the page is a result; gives its text.
async fn a_result(desk: &mut DeskBrowser) -> anyhow::Result<String> {
    let (path, text) = (desk.path().await?, desk.text().await?);
    ensure!(
        path.starts_with("/desk/result/"),
        "no result but {path}: {text}"
    );
    Ok(text)
}

/// Fails unless the text has all of these.
fn has(text: &str, words: &[&str]) -> anyhow::Result<()> {
    for word in words {
        ensure!(text.contains(word), "`{word}` is not there: {text}");
    }
    Ok(())
}
