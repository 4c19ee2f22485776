//! What the service manager does for the face worker, where none runs: an ended one is started again after the pause of the shipped unit.

use std::time::Duration;

use anyhow::Context as _;

use crate::bench::Bench;
use crate::process::{Child, repository};

/// The worker's unit, below the source tree.
const UNIT: &str = "systemd/system/uketsuke-vision.service";

/// Starts the face worker again if it ended, and says in a line how it ended and what was done. `None`: it runs, or there is none.
///
/// # Errors
/// The unit names no pause, or the worker can't be started.
pub async fn worker_again(bench: &mut Bench) -> anyhow::Result<Option<String>> {
    let Some(ended) = bench.vision().and_then(Child::ended) else {
        return Ok(None);
    };
    let pause = unit_pause()?;
    tokio::time::sleep(pause).await;
    bench.start_vision_again()?;
    Ok(Some(format!(
        "uketsuke-vision ended ({ended}) and was started again after {} ms, as systemd does (RestartSec in {UNIT}). A visit goes on by PIN or staff meanwhile.",
        pause.as_millis()
    )))
}

/// How long the service manager waits before it starts the worker again, as the shipped unit says.
pub(crate) fn unit_pause() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string(repository().join(UNIT)).context(UNIT)?;
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix("RestartSec="))
        .with_context(|| format!("no RestartSec in {UNIT}"))?;
    let (number, milliseconds) = match value.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (value.trim_end_matches('s'), 1000),
    };
    Ok(Duration::from_millis(
        number.trim().parse::<u64>()? * milliseconds,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_s_pause_is_read_from_the_unit() {
        assert!(unit_pause().unwrap() <= Duration::from_millis(500));
    }
}
