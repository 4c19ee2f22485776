//! One open patient's page: newest screen out, pictures only during the face check, single presses in.

use crate::patient::{Input, LivePicture, PatientPort, Screen, Terminal, View, render};
use crate::wire::{Gone, Incoming, Wire};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::watch;

/// Largest picture forwarded: a 640×480 JPEG has some tens of kilobytes.
const MAX_PICTURE: usize = 1024 * 1024;

/// All a page may say.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
enum FromPage<'m> {
    Press { id: &'m str },
}

/// Speaks with one page until it or the daemon goes.
pub(super) async fn talk(mut wire: Wire, port: PatientPort, terminal: Arc<Terminal>) {
    let PatientPort {
        mut screen,
        mut frames,
        input,
    } = port;
    let mut view = render(&screen.borrow_and_update().clone(), &terminal);
    let mut camera = Camera::new(&mut frames);
    camera.follow(&view);
    if wire.send_json(&view).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            changed = screen.changed() => {
                if changed.is_err() {
                    // The daemon lets go: the page closes, says "please wait" and comes back by itself.
                    return;
                }
                if show(&mut wire, &mut screen, &mut view, &mut camera, &terminal).await.is_err() {
                    return;
                }
            }
            picture = camera.next() => {
                if let Some(picture) = picture
                    && picture.as_ref().len() <= MAX_PICTURE
                    && wire.send_picture(picture).await.is_err()
                {
                    return;
                }
            }
            incoming = wire.next() => {
                let outcome = match incoming {
                    Incoming::Text(text) => match press(&view, &text) {
                        Ok(pressed) => {
                            if let Some(pressed) = pressed && input.try_send(pressed).is_err() {
                                tracing::debug!("a press was dropped: the daemon is busy or gone");
                            }
                            Incoming::Nothing
                        }
                        Err(Senseless) => wire.senseless().await,
                    },
                    other => other,
                };
                if matches!(outcome, Incoming::Gone) {
                    return;
                }
            }
        }
    }
}

async fn show(
    wire: &mut Wire,
    screen: &mut watch::Receiver<Screen>,
    view: &mut View,
    camera: &mut Camera<'_>,
    terminal: &Terminal,
) -> Result<(), Gone> {
    let next = render(&screen.borrow_and_update().clone(), terminal);
    if next == *view {
        return Ok(());
    }
    let faced = view.face.is_some();
    *view = next;
    camera.follow(view);
    wire.send_json(view).await?;
    if faced && view.face.is_none() {
        wire.wipe_pictures().await?;
    }
    Ok(())
}

/// A message that no page of ours sends.
#[derive(Debug, PartialEq)]
struct Senseless;

/// What a message presses. A button that is not on screen any more is no fault of the person: nothing, not senseless.
fn press(view: &View, text: &str) -> Result<Option<Input>, Senseless> {
    let FromPage::Press { id } = serde_json::from_str(text).map_err(|_| Senseless)?;
    Input::from_id(id).ok_or(Senseless)?;
    Ok(view.press(id))
}

/// Lets pictures through only while the face check is on screen, and none made before it came.
struct Camera<'f> {
    frames: &'f mut watch::Receiver<Option<LivePicture>>,
    open: bool,
}

impl<'f> Camera<'f> {
    fn new(frames: &'f mut watch::Receiver<Option<LivePicture>>) -> Self {
        Self {
            frames,
            open: false,
        }
    }

    fn follow(&mut self, view: &View) {
        let open = view.face.is_some();
        if open && !self.open {
            // A picture of an earlier visit may still lie there (invariant 10).
            self.frames.mark_unchanged();
        }
        self.open = open;
    }

    async fn next(&mut self) -> Option<LivePicture> {
        if !self.open || self.frames.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.frames.borrow_and_update().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patient::{KeypadPurpose, Page, Screen};

    fn keypad(filled: u8) -> View {
        let page = Page::Keypad {
            purpose: KeypadPurpose::Pin,
            length: 4,
            filled,
            tries_left: Some(3),
            notice: None,
        };
        render(&Screen::new(page), &Terminal::default())
    }

    /// Who steps with a switch or hears the screen again has pressed nothing that stands there.
    #[test]
    fn that_somebody_is_there_can_be_said_on_every_screen() {
        let waiting = render(&Screen::new(Page::Waiting), &Terminal::default());
        for view in [keypad(1), waiting] {
            assert_eq!(
                press(&view, r#"{"type":"press","id":"stay"}"#),
                Ok(Some(Input::Stay))
            );
        }
    }

    #[test]
    fn only_buttons_that_can_be_pressed_are_served() {
        assert_eq!(
            press(&keypad(1), r#"{"type":"press","id":"key-7"}"#),
            Ok(Some(Input::Digit(7)))
        );
        assert_eq!(
            press(&keypad(4), r#"{"type":"press","id":"key-7"}"#),
            Ok(None),
            "four digits are full"
        );
        assert_eq!(
            press(&keypad(3), r#"{"type":"press","id":"confirm"}"#),
            Ok(None),
            "three digits cannot be confirmed"
        );
        assert_eq!(
            press(&keypad(4), r#"{"type":"press","id":"confirm"}"#),
            Ok(Some(Input::Confirm))
        );
        assert_eq!(
            press(&keypad(4), r#"{"type":"press","id":"consent-all-yes"}"#),
            Ok(None),
            "not on this screen"
        );
    }

    #[test]
    fn what_no_page_sends_is_senseless() {
        let deep = "[".repeat(500);
        for text in [
            "",
            "x",
            "{}",
            "null",
            r#"{"type":"press"}"#,
            r#"{"type":"press","id":7}"#,
            r#"{"type":"press","id":"key-7","more":1}"#,
            r#"{"type":"press","id":"no-such"}"#,
            r#"{"type":"view","id":"key-7"}"#,
            &deep,
        ] {
            assert_eq!(press(&keypad(0), text), Err(Senseless), "{text}");
        }
    }
}
