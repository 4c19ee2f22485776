//! What a settings file must not say, found before anything starts.

use super::problem::{ConfigProblem, value};
use super::{Config, Mode};

/// Diagonals of screens that stand on a counter, inches.
const SCREEN_INCHES: std::ops::RangeInclusive<f32> = 5.0..=32.0;

/// Refuses values that would be unsafe or can't work.
pub(super) fn check(config: &Config) -> Result<(), ConfigProblem> {
    let code = &config.terminal.institution_code;
    if code.len() != 10 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(value(
            "terminal.institution_code",
            "must be the 10 digits of the institution code",
        ));
    }
    if !(0.45..=0.60).contains(&config.vision.threshold) {
        return Err(value(
            "vision.threshold",
            "must lie between 0.45 and 0.60 for the shipped recipe",
        ));
    }
    let default = ::vision::decision::Threshold::DEFAULT.get();
    if config.vision.recipe.is_none() && (config.vision.threshold - default).abs() > f32::EPSILON {
        return Err(value(
            "vision.recipe",
            format!(
                "must name the recipe that vision.threshold was measured for, as `uketsuke-vision calibrate` prints it (this version's is {:?})",
                ::vision::RECIPE
            ),
        ));
    }
    if config
        .vision
        .recipe
        .as_ref()
        .is_some_and(|recipe| recipe.trim().is_empty())
    {
        return Err(value("vision.recipe", "must not be empty"));
    }
    if !(1..=5).contains(&config.vision.attempts) {
        return Err(value("vision.attempts", "must lie between 1 and 5"));
    }
    if !(100..=60_000).contains(&config.card.apdu_timeout_ms) {
        return Err(value(
            "card.apdu_timeout_ms",
            "must lie between 100 and 60000 milliseconds",
        ));
    }
    for (key, address) in [
        ("kiosk.patient_listen", config.kiosk.patient_listen),
        ("kiosk.staff_listen", config.kiosk.staff_listen),
    ] {
        if !address.ip().is_loopback() {
            return Err(value(key, "must be a loopback address"));
        }
    }
    if let Some(screen) = &config.kiosk.screen
        && !SCREEN_INCHES.contains(&screen.diagonal_inches)
    {
        return Err(value(
            "kiosk.screen.diagonal_inches",
            format!(
                "must be the diagonal of the visible area in inches, between {} and {}: letters are measured by it",
                SCREEN_INCHES.start(),
                SCREEN_INCHES.end()
            ),
        ));
    }
    if !(1..=240).contains(&config.staff.idle_minutes) {
        return Err(value("staff.idle_minutes", "must lie between 1 and 240"));
    }
    if let Some(lan) = &config.staff.lan {
        if lan.listen.ip().is_unspecified() {
            return Err(value(
                "staff.lan.listen",
                "must name one address of this machine, not all of them",
            ));
        }
        let plain = |name: &String| {
            !name.is_empty()
                && name.len() <= 253
                && name.bytes().all(|b| {
                    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']')
                })
        };
        if lan.names.is_empty() || !lan.names.iter().all(plain) {
            return Err(value(
                "staff.lan.names",
                "names the host as browsers ask for it, without scheme and port",
            ));
        }
    }
    if config.tickets.day > 28 || config.tickets.hour > 23 {
        return Err(value(
            "tickets.day",
            "a day from 1 to 28 (0 for never) and an hour from 0 to 23",
        ));
    }
    if config.visit.farewell_s > 10 {
        return Err(value(
            "visit.farewell_s",
            "the last page may stay 10 seconds at most (invariant 11)",
        ));
    }
    for (key, seconds) in [
        ("visit.idle_s", config.visit.idle_s),
        ("visit.consent_s", config.visit.consent_s),
        ("visit.staff_s", config.visit.staff_s),
        ("visit.device_s", config.visit.device_s),
        ("visit.farewell_s", config.visit.farewell_s),
    ] {
        if seconds == 0 || seconds > 3600 {
            return Err(value(key, "must lie between 1 and 3600"));
        }
    }
    if !(1_000..=60_000).contains(&config.vision.attempt_ms) {
        return Err(value(
            "vision.attempt_ms",
            "must lie between 1000 and 60000",
        ));
    }
    if !(1..=60).contains(&config.vision.hourly_tries) {
        return Err(value("vision.hourly_tries", "must lie between 1 and 60"));
    }
    if !(1_000..=24 * 3_600_000).contains(&config.receipt.lease_ms) {
        return Err(value(
            "receipt.lease_ms",
            "must lie between 1000 and 86400000",
        ));
    }
    if !config.ledger.durable && config.terminal.mode == Mode::Production {
        return Err(value(
            "ledger.durable",
            "must not be switched off in production: results would be lost at a power cut (invariant 9)",
        ));
    }
    if let Some(folders) = &config.folders {
        check_folders(config, folders)?;
    }
    super::offices::check(&config.welfare_office)?;
    let disk = &config.ledger.disk;
    if !(50..=98).contains(&disk.erase_percent)
        || !(disk.erase_percent..=99).contains(&disk.refuse_percent)
    {
        return Err(value(
            "ledger.disk",
            "erase_percent lies between 50 and 98, refuse_percent between it and 99",
        ));
    }
    let keep = &config.ledger.keep;
    for days in [
        keep.results_days,
        keep.inquiries_days,
        keep.follow_ups_days,
        keep.consents_days,
        keep.bulk_days,
        keep.spellings_days,
    ] {
        if !(1..=3660).contains(&days) {
            return Err(value("ledger.keep", "each lies between 1 and 3660 days"));
        }
    }
    if let Some(name) = &config.kiosk.headphones
        && (name.trim().is_empty()
            || name.chars().count() > 60
            || name.chars().any(char::is_control))
    {
        return Err(value(
            "kiosk.headphones",
            "must be 1 to 60 characters without control characters",
        ));
    }
    if config.kiosk.patient_url_file == config.kiosk.staff_url_file {
        return Err(value(
            "kiosk.staff_url_file",
            "must be another file than kiosk.patient_url_file",
        ));
    }
    for (at, client) in config.receipt.clients.iter().enumerate() {
        let same = |other: &super::ReceiptClient| {
            other.name == client.name
                || (other.uid.is_some() && other.uid == client.uid)
                || (other.user.is_some() && other.user == client.user)
        };
        if config.receipt.clients.iter().take(at).any(same) {
            return Err(value(
                "receipt.client",
                "names a client or its user twice; a result has exactly one owner (invariant 9)",
            ));
        }
        if client.name.is_empty() || client.uid.is_some() == client.user.is_some() {
            return Err(value(
                "receipt.client",
                "needs a name and exactly one of `uid` and `user`",
            ));
        }
        if let Some(unknown) = client
            .rights
            .iter()
            .find(|right| receipt::Right::from_name(right).is_none())
        {
            return Err(value(
                "receipt.client",
                format!(
                    "knows no right `{unknown}`; there are read, claim, medical, inquire, settings and audit"
                ),
            ));
        }
    }
    if config.card.surface_proof && config.card.fictitious_terminal.is_some() {
        return Err(value(
            "card.surface_proof",
            "and card.fictitious_terminal exclude each other; choose one",
        ));
    }
    if config.card.extended_length.iter().any(String::is_empty) {
        return Err(value(
            "card.extended_length",
            "must not name an empty part: it would fit every reader",
        ));
    }
    if config.card.reader.is_empty() && !config.card.second_reader.is_empty() {
        return Err(value(
            "card.second_reader",
            "has no meaning without card.reader: every reader is watched then",
        ));
    }
    if config.terminal.mode == Mode::Production && config.card.fictitious_terminal.is_some() {
        return Err(value(
            "card.fictitious_terminal",
            "is the simulator's invention and is refused in production (invariant 13)",
        ));
    }
    Ok(())
}

fn check_folders(config: &Config, folders: &super::Folders) -> Result<(), ConfigProblem> {
    let all = [
        Some(&folders.req),
        Some(&folders.res),
        folders.face.as_ref(),
    ];
    let all: Vec<_> = all.into_iter().flatten().collect();
    for (at, path) in all.iter().enumerate() {
        if !path.is_absolute() || all.iter().take(at).any(|other| other == path) {
            return Err(value(
                "folders",
                "req, res and face are three different absolute paths",
            ));
        }
        // A receipt computer fixes the names of answers, so here the folder's own name has to say it (invariant 13).
        let says_so = path.to_string_lossy().to_lowercase().contains("simulation");
        if says_so != (config.terminal.mode == Mode::Simulation) {
            return Err(value(
                "folders",
                "the paths must contain `simulation` in a simulation, and must not in production (invariant 13)",
            ));
        }
    }
    if !matches!(folders.charset.as_str(), "utf-8" | "shift_jis") {
        return Err(value("folders.charset", "is utf-8 or shift_jis"));
    }
    if !(1..=60 * 24 * 30).contains(&folders.stay_minutes) {
        return Err(value(
            "folders.stay_minutes",
            "must lie between 1 and 43200",
        ));
    }
    if !(1..=3_650).contains(&folders.rejected_days) {
        return Err(value(
            "folders.rejected_days",
            "must lie between 1 and 3650",
        ));
    }
    if !(100..=60_000).contains(&folders.poll_ms) {
        return Err(value("folders.poll_ms", "must lie between 100 and 60000"));
    }
    let name = config
        .receipt
        .clients
        .iter()
        .any(|client| client.name == receipt::folders::FOLDERS);
    if name {
        return Err(value(
            "receipt.client",
            "`folders` is the name of the folders; a result has exactly one owner (invariant 9)",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const GOOD: &str = r#"
[terminal]
institution_code = "1310000001"
mode = "simulation"
[card]
issuers = "/x/issuers.toml"
auth_roots = ["/x/ca.der"]
[central]
host = "localhost"
ca = "/x/ca.pem"
client_certificate = "/x/c.pem"
client_key = "/x/k.pem"
user_id = "u"
password_file = "/x/p"
[ledger]
path = "/x/l.db"
head = "/x/head"
key_file = "/x/key"
"#;

    fn parse(text: &str) -> Result<Config, ConfigProblem> {
        Config::parse(text, Path::new("test.toml"))
    }

    #[test]
    fn the_smallest_file_is_accepted_with_its_defaults() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.visit.farewell_s, 10);
        assert!(config.kiosk.patient_listen.ip().is_loopback());
    }

    #[test]
    fn a_client_without_rights_may_read_and_claim_and_nothing_medical() {
        let client = "[[receipt.client]]\nname = \"a\"\nuid = 1\n[ledger]";
        let config = parse(&GOOD.replace("[ledger]", client)).unwrap();
        assert_eq!(config.receipt.clients[0].rights, ["read", "claim"]);
    }

    #[test]
    fn each_mistake_is_refused_with_its_key() {
        for (change, expected) in [
            (("1310000001", "131"), "terminal.institution_code"),
            (
                ("[ledger]", "[kiosk]\nheadphones = \" \"\n[ledger]"),
                "kiosk.headphones",
            ),
            (
                ("[ledger]", "[vision]\nthreshold = 0.9\n[ledger]"),
                "vision.threshold",
            ),
            // A threshold of the site's own without the recipe that it was measured for.
            (
                ("[ledger]", "[vision]\nthreshold = 0.5\n[ledger]"),
                "vision.recipe",
            ),
            (
                (
                    "[ledger]",
                    "[vision]\nthreshold = 0.5\nrecipe = \"\"\n[ledger]",
                ),
                "vision.recipe",
            ),
            (
                (
                    "[ledger]",
                    "[kiosk]\nstaff_listen = \"0.0.0.0:80\"\n[ledger]",
                ),
                "kiosk.staff_listen",
            ),
            (
                ("[ledger]", "[staff]\nidle_minutes = 0\n[ledger]"),
                "staff.idle_minutes",
            ),
            (
                (
                    "[ledger]",
                    "[staff.lan]\nlisten = \"0.0.0.0:8443\"\nnames = [\"a\"]\ncertificate = \"c\"\nkey = \"k\"\n[ledger]",
                ),
                "staff.lan.listen",
            ),
            (
                (
                    "[ledger]",
                    "[staff.lan]\nlisten = \"192.0.2.1:8443\"\nnames = [\"https://a\"]\ncertificate = \"c\"\nkey = \"k\"\n[ledger]",
                ),
                "staff.lan.names",
            ),
            (
                ("[ledger]", "[visit]\nfarewell_s = 11\n[ledger]"),
                "visit.farewell_s",
            ),
            (
                ("[ledger]", "[[receipt.client]]\nname = \"a\"\n[ledger]"),
                "receipt.client",
            ),
            (
                (
                    "[ledger]",
                    "[[receipt.client]]\nname = \"a\"\nuid = 1\n[[receipt.client]]\nname = \"b\"\nuid = 1\n[ledger]",
                ),
                "receipt.client",
            ),
            (
                ("[ledger]", "[receipt]\nlease_ms = -1\n[ledger]"),
                "receipt.lease_ms",
            ),
            (
                (
                    "[central]",
                    "surface_proof = true\n[card.fictitious_terminal]\ncertificate = \"/a\"\nkey = \"/b\"\n[central]",
                ),
                "card.surface_proof",
            ),
            (
                ("[card]", "[card]\nextended_length = [\"\"]"),
                "card.extended_length",
            ),
            (
                ("[card]", "[card]\nsecond_reader = \"ACR\""),
                "card.second_reader",
            ),
            (
                ("[ledger]", "[vision]\nattempt_ms = 900\n[ledger]"),
                "vision.attempt_ms",
            ),
            (
                (
                    "[ledger]",
                    "[kiosk]\npatient_url_file = \"/run/uketsuke/staff.url\"\n[ledger]",
                ),
                "kiosk.staff_url_file",
            ),
        ] {
            let text = GOOD.replace(change.0, change.1);
            match parse(&text) {
                Err(ConfigProblem::Value { key, .. }) => assert_eq!(key, expected),
                other => panic!("{expected}: {other:?}"),
            }
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        let text = GOOD.replace("user_id", "verify = false\nuser_id");
        assert!(matches!(parse(&text), Err(ConfigProblem::Syntax { .. })));
    }

    #[test]
    fn invariant_13_production_refuses_the_fictitious_terminal() {
        let text = GOOD.replace("\"simulation\"", "\"production\"").replace(
            "[central]",
            "[card.fictitious_terminal]\ncertificate = \"/a\"\nkey = \"/b\"\n[central]",
        );
        assert!(matches!(
            parse(&text),
            Err(ConfigProblem::Value {
                key: "card.fictitious_terminal",
                ..
            })
        ));
    }
}
