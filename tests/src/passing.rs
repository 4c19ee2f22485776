//! What every person is sent while the machine works, and in front of the camera: byte for byte, so that a test that compares what goes
//! to three persons (invariant 17) need not leave out what a slow page may miss.

use std::collections::BTreeSet;

use kiosk::patient::{Guidance, Page, Screen, Terminal, WorkStep, render};

fn sent(page: Page) -> anyhow::Result<String> {
    let mut screen = Screen::new(page);
    screen.simulated = true;
    Ok(serde_json::to_string(&render(
        &screen,
        &Terminal::default(),
    ))?)
}

/// The four views that pass by at a simulated terminal nobody set otherwise: reading, and the three steps of working. A page that is
/// slow is sent the newest only, so each of them may be missing.
///
/// # Errors
/// A view can't be written as JSON.
pub fn while_it_works() -> anyhow::Result<BTreeSet<String>> {
    [
        Page::Reading,
        Page::Working {
            step: WorkStep::CheckingCard,
        },
        Page::Working {
            step: WorkStep::AskingService,
        },
        Page::Working {
            step: WorkStep::Saving,
        },
    ]
    .into_iter()
    .map(sent)
    .collect()
}

/// Every view of the first attempt before the camera, whatever it asks for.
///
/// # Errors
/// As [`while_it_works`].
pub fn before_the_camera(pin: bool, visual: bool) -> anyhow::Result<BTreeSet<String>> {
    std::iter::once(None)
        .chain(Guidance::ALL.map(Some))
        .map(|guidance| {
            sent(Page::FaceCheck {
                guidance,
                attempt: 1,
                pin,
                visual,
            })
        })
        .collect()
}
