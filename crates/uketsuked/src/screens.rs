//! What the settings say about the screens, in the kiosk's own types.

use anyhow::Context as _;
use kiosk::ScreenSize;
use kiosk::patient::{MobileRoute, Side, Terminal};

use crate::config::{Config, Place};

/// Size of the patient's screen: from its diagonal and resolution when they are given.
///
/// # Errors
/// The numbers make no sense.
pub(crate) fn patient(config: &Config) -> anyhow::Result<ScreenSize> {
    match config.kiosk.screen {
        Some(screen) => {
            let size = ScreenSize::from_diagonal(
                screen.diagonal_inches,
                screen.width_px,
                screen.height_px,
            )
            .context("kiosk.screen")?;
            match screen.low_reach_mm {
                Some(reach) => size
                    .with_low_reach(reach)
                    .context("kiosk.screen.low_reach_mm"),
                None => Ok(size),
            }
        }
        None => ScreenSize::new(config.kiosk.pixels_per_mm).context("kiosk.pixels_per_mm"),
    }
}

/// What the patient's page must know of this terminal.
///
/// # Errors
/// The mobile route's address can't be drawn.
pub(crate) fn terminal(config: &Config) -> anyhow::Result<Terminal> {
    let mobile = match &config.kiosk.mobile_url {
        Some(address) => Some(MobileRoute::new(address).context("kiosk.mobile_url")?),
        None => None,
    };
    Ok(Terminal {
        simulated: config.simulated(),
        qualification_only: config.terminal.qualification_only,
        mobile,
        reader_at: side(config.kiosk.reader_at),
        camera_at: side(config.kiosk.camera_at),
        headphones: config.kiosk.headphones.clone(),
    })
}

fn side(place: Place) -> Side {
    match place {
        Place::Above => Side::Above,
        Place::Below => Side::Below,
        Place::Left => Side::Left,
        Place::Right => Side::Right,
        Place::Front => Side::Front,
    }
}
