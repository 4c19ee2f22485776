//! The engine's settings and limits, from the settings file.

use std::time::Duration;

use kiosk::patient::{Choices, Theme};
use visit::Limits;

use crate::config::Config;
use crate::engine::Settings;
use crate::materials;

/// How the patient's page looks and sounds before a person chooses.
fn choices(config: &Config) -> Choices {
    let wanted = config.kiosk.defaults;
    Choices {
        lang: wanted.language,
        theme: if wanted.dark {
            Theme::Dark
        } else {
            Theme::Standard
        },
        large: wanted.large,
        low: wanted.low,
        still: wanted.still,
        speech: wanted.speech,
        volume: wanted.volume.min(kiosk::patient::LOUDEST),
        panel: None,
    }
}

/// What the engine works by.
///
/// # Errors
/// The passcode's file can't be read.
pub(super) fn settings(config: &Config, guard: visit::PasscodeGuard) -> anyhow::Result<Settings> {
    let seconds = |s: u32| Duration::from_secs(s.into());
    let passcode = match &config.kiosk.staff_passcode_file {
        Some(path) => Some(materials::read_line(path, "kiosk.staff_passcode_file")?),
        None => None,
    };
    Ok(Settings {
        limits: Limits {
            idle: seconds(config.visit.idle_s),
            consent: seconds(config.visit.consent_s),
            staff: seconds(config.visit.staff_s),
            device: seconds(config.visit.device_s),
            // The worker ends a try by itself; this only catches one that doesn't.
            capture: Duration::from_millis(u64::from(config.vision.attempt_ms) + 5_000),
            farewell: seconds(config.visit.farewell_s),
            face_attempts: config.vision.attempts,
            face: config.card.proves_face(),
            visual: passcode.is_some() && config.card.proves_visual(),
            asks_consents: !config.terminal.qualification_only,
            ..Limits::default()
        },
        choices: choices(config),
        institution_code: config.terminal.institution_code.clone(),
        desk: config.terminal.desk.clone(),
        simulated: config.simulated(),
        threshold: config.vision.threshold,
        attempt_ms: config.vision.attempt_ms,
        challenge: config.vision.challenge,
        hourly_tries: config.vision.hourly_tries,
        read_card: config.vision.read_card,
        passcode,
        guard,
    })
}
