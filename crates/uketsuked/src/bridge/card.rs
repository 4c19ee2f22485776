//! The card threads' events, carried to the engine.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use card::{CardConfig, CardHandle, IssuerKeys, PinlessAuthenticator};
use tokio::sync::mpsc;

use crate::clock::TrustedClock;
use crate::config::Config;
use crate::engine::Message;
use crate::materials;

/// Starts the card threads over the system's pcscd and forwards what they say.
///
/// # Errors
/// Issuer keys, roots or the fictitious terminal's files can't be read or make no sense.
pub(crate) fn start(
    config: &Config,
    clock: Arc<TrustedClock>,
    engine: mpsc::Sender<Message>,
) -> anyhow::Result<CardHandle> {
    let mut handle = card::spawn(settings(config, clock)?)?;
    let events = handle
        .events()
        .context("the card's events were already taken")?;
    std::thread::Builder::new()
        .name("card-events".into())
        .spawn(move || {
            while let Ok(event) = events.recv() {
                if engine.blocking_send(Message::Card(event)).is_err() {
                    return;
                }
            }
            // At the stop nobody listens any more; otherwise the threads have died.
            let _ = engine.blocking_send(Message::CardThreadsGone);
        })?;
    Ok(handle)
}

/// What the settings' files hold.
type Files = (
    IssuerKeys,
    Vec<Vec<u8>>,
    Option<Box<dyn PinlessAuthenticator>>,
);

/// Whether the card's files of the settings are there and make sense.
///
/// # Errors
/// The key of the settings, the file, and what is wrong.
pub(crate) fn check(config: &Config) -> anyhow::Result<()> {
    let (_, roots, _) = files(config)?;
    card::certificate::Roots::new(&roots, config.simulated()).context("card.auth_roots")?;
    Ok(())
}

fn files(config: &Config) -> anyhow::Result<Files> {
    let section = &config.card;
    let issuers = std::fs::read_to_string(&section.issuers)
        .with_context(|| format!("card.issuers: {}", section.issuers.display()))?;
    let issuers = IssuerKeys::from_toml(&issuers)
        .with_context(|| format!("card.issuers: {}", section.issuers.display()))?;
    let auth_roots = if section.auth_roots.is_empty() {
        card::certificate::published_roots()
            .iter()
            .map(|root| root.der.to_vec())
            .collect()
    } else {
        section
            .auth_roots
            .iter()
            .map(|path| materials::read(path, "card.auth_roots").map(|bytes| bytes.to_vec()))
            .collect::<anyhow::Result<Vec<_>>>()?
    };
    let pinless: Option<Box<dyn PinlessAuthenticator>> = match &section.fictitious_terminal {
        None if section.surface_proof => Some(Box::new(card::pinless::SurfaceTap)),
        None => None,
        Some(files) => {
            let certificate =
                materials::read(&files.certificate, "card.fictitious_terminal.certificate")?;
            let key = materials::read(&files.key, "card.fictitious_terminal.key")?;
            Some(Box::new(card::pinless::FictitiousTerminal::new(
                certificate.to_vec(),
                &key,
            )?))
        }
    };
    Ok((issuers, auth_roots, pinless))
}

fn settings(config: &Config, clock: Arc<TrustedClock>) -> anyhow::Result<CardConfig> {
    let section = &config.card;
    let (issuers, auth_roots, pinless) = files(config)?;
    Ok(CardConfig {
        simulation: config.simulated(),
        reader_filters: [&section.reader, &section.second_reader]
            .into_iter()
            .filter(|reader| !reader.is_empty())
            .cloned()
            .collect(),
        extended_readers: section.extended_length.clone(),
        reset: Some(Arc::new(super::reset::Restart::beside(
            &config.admin.socket,
        ))),
        issuers,
        auth_roots,
        pinless,
        apdu_timeout: Duration::from_millis(section.apdu_timeout_ms),
        clock: Arc::new(move || clock.wall_ms()),
    })
}
