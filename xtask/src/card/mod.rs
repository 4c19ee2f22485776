//! The long proofs of the card side: `sweep card`, `bench card`.

pub(crate) mod bench;
pub(crate) mod sweep;

use std::path::PathBuf;

/// Where the simulator's cards for these tasks are kept between runs.
fn prepared() -> anyhow::Result<PathBuf> {
    let folder = crate::root().join("target/card-proofs");
    e2e::card::cards(&folder, &e2e::card::sweep::PERSONS)?;
    Ok(folder)
}
