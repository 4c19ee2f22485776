//! The sheets over the patient's page.

use kiosk::patient::{Choices, Page, Panel, Screen};

/// Every sheet, over a page that opens it.
pub(super) fn all(method: &Page) -> impl Iterator<Item = (&'static str, Screen)> {
    Panel::ALL.into_iter().map(|panel| {
        let under = match panel {
            Panel::Meaning => Page::Consents {
                answers: [None; 4],
                itemised: false,
            },
            _ => method.clone(),
        };
        let mut screen = Screen::new(under);
        screen.choices = Choices {
            panel: Some(panel),
            ..Choices::default()
        };
        (panel.name(), screen)
    })
}
