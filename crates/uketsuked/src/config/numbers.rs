//! Numbers of the settings whose bounds [`super::check`] names. What does not even fit its place becomes the largest that does, which no bound admits: so
//! whoever wrote 300 reads "between 1 and 60" and not the name of a Rust type.

use serde::{Deserialize, Deserializer};

/// A number whose upper bound is below 255.
pub(super) fn whole_u8<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let written = i64::deserialize(deserializer)?;
    Ok(u8::try_from(written).unwrap_or(u8::MAX))
}

/// A number whose upper bound is below 4294967295.
pub(super) fn whole_u32<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let written = i64::deserialize(deserializer)?;
    Ok(u32::try_from(written).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Config, ConfigProblem};

    const GOOD: &str = include_str!("../../tests/good.toml");

    /// Too large, too small, negative or far beyond what the setting is kept in: it is always the bounds that are told.
    #[test]
    fn a_number_out_of_range_is_answered_with_the_range() {
        for (section, key, written, bounds) in [
            ("vision", "hourly_tries", "300", "between 1 and 60"),
            ("vision", "hourly_tries", "61", "between 1 and 60"),
            ("vision", "hourly_tries", "-1", "between 1 and 60"),
            (
                "vision",
                "hourly_tries",
                "9223372036854775807",
                "between 1 and 60",
            ),
            ("vision", "attempts", "256", "between 1 and 5"),
            ("vision", "attempt_ms", "-1", "between 1000 and 60000"),
            ("visit", "idle_s", "5000000000", "between 1 and 3600"),
            ("visit", "farewell_s", "-5", "10 seconds"),
            ("staff", "idle_minutes", "-1", "between 1 and 240"),
            ("tickets", "day", "-1", "from 1 to 28"),
            ("tickets", "hour", "1000", "from 0 to 23"),
            (
                "kiosk.screen",
                "width_px = 1280\nheight_px = 800\ndiagonal_inches",
                "70",
                "between 5 and 32",
            ),
            (
                "kiosk.screen",
                "width_px = 1280\nheight_px = 800\ndiagonal_inches",
                "nan",
                "between 5 and 32",
            ),
            ("ledger.disk", "erase_percent", "900", "between 50 and 98"),
            ("ledger.keep", "results_days", "-3", "between 1 and 3660"),
        ] {
            let text = format!("{GOOD}\n[{section}]\n{key} = {written}\n");
            let said = match Config::parse(&text, Path::new("uketsuke.toml")) {
                Err(ConfigProblem::Value { reason, .. }) => reason,
                other => panic!("{key} = {written}: {other:?}"),
            };
            assert!(said.contains(bounds), "{key} = {written}: {said}");
        }
    }
}
