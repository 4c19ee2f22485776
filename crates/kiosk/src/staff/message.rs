//! What the staff's page may say, checked before anything of it is used.

use crate::Lang;
use crate::staff::StaffAction;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Longest name or passcode, in characters.
const MAX_FIELD: usize = 64;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
enum FromPage {
    Language {
        lang: Lang,
    },
    ConfirmVisual {
        visit: String,
        staff_name: String,
        #[serde(deserialize_with = "secret")]
        passcode: Zeroizing<String>,
    },
    CancelVisit {
        visit: String,
    },
    RestartVisit {
        visit: String,
    },
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}

/// A message understood.
#[derive(Debug)]
pub(super) enum Said {
    /// Show the page in this language.
    Language(Lang),
    /// Ask the daemon.
    Ask(Ask),
    /// The form was sent without its fields.
    Incomplete,
}

/// A request with the visit it is for.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) visit: u64,
    pub(super) action: StaffAction,
}

impl Ask {
    /// Who is signed in confirms under that name, whatever was typed (invariant 8).
    pub(super) fn by(mut self, signed_in: Option<String>) -> Self {
        if let (StaffAction::ConfirmVisual { staff_name, .. }, Some(name)) =
            (&mut self.action, signed_in)
        {
            *staff_name = name;
        }
        self
    }

    /// The name of the action in the answer to the page.
    pub(super) fn name(&self) -> &'static str {
        match self.action {
            StaffAction::ConfirmVisual { .. } => CONFIRM_VISUAL,
            StaffAction::CancelVisit { .. } => "cancel-visit",
            StaffAction::RestartVisit { .. } => "restart-visit",
        }
    }
}

/// The name of visual confirmation in messages.
pub(super) const CONFIRM_VISUAL: &str = "confirm-visual";

/// A message that our page does not send.
#[derive(Debug)]
pub(super) struct Senseless;

/// Reads one message.
pub(super) fn read(text: &str) -> Result<Said, Senseless> {
    match serde_json::from_str(text).map_err(|_| Senseless)? {
        FromPage::Language { lang } if Lang::STAFF.contains(&lang) => Ok(Said::Language(lang)),
        FromPage::Language { .. } => Err(Senseless),
        FromPage::CancelVisit { visit } => {
            let visit = visit_number(&visit)?;
            Ok(Said::Ask(Ask {
                visit,
                action: StaffAction::CancelVisit { visit },
            }))
        }
        FromPage::RestartVisit { visit } => {
            let visit = visit_number(&visit)?;
            Ok(Said::Ask(Ask {
                visit,
                action: StaffAction::RestartVisit { visit },
            }))
        }
        FromPage::ConfirmVisual {
            visit,
            staff_name,
            passcode,
        } => {
            let visit = visit_number(&visit)?;
            let staff_name = staff_name.trim();
            if staff_name.chars().count() > MAX_FIELD
                || passcode.chars().count() > MAX_FIELD
                || staff_name.chars().any(char::is_control)
            {
                return Err(Senseless);
            }
            if staff_name.is_empty() || passcode.is_empty() {
                return Ok(Said::Incomplete);
            }
            let staff_name = staff_name.to_owned();
            Ok(Said::Ask(Ask {
                visit,
                action: StaffAction::ConfirmVisual {
                    visit,
                    staff_name,
                    passcode,
                },
            }))
        }
    }
}

/// Exactly sixteen hex digits, as the page was given them.
fn visit_number(text: &str) -> Result<u64, Senseless> {
    if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Senseless);
    }
    u64::from_str_radix(text, 16).map_err(|_| Senseless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_arrives_whole() {
        let said = read(r#"{"type":"confirm-visual","visit":"00000000000000ff","staff_name":" 受付 花子 ","passcode":"2468"}"#).unwrap();
        let Said::Ask(Ask {
            visit: 255,
            action:
                StaffAction::ConfirmVisual {
                    visit: 255,
                    staff_name,
                    passcode,
                },
        }) = said
        else {
            panic!("{said:?}");
        };
        assert_eq!(
            (staff_name.as_str(), passcode.as_str()),
            ("受付 花子", "2468")
        );
    }

    #[test]
    fn an_empty_form_is_told_so() {
        for (name, code) in [("", "1"), ("a", ""), ("  ", "1")] {
            let text = format!(
                r#"{{"type":"confirm-visual","visit":"00000000000000ff","staff_name":"{name}","passcode":"{code}"}}"#
            );
            assert!(matches!(read(&text), Ok(Said::Incomplete)));
        }
    }

    #[test]
    fn what_our_page_does_not_send_is_senseless() {
        let long = "x".repeat(65);
        for text in [
            r#"{"type":"cancel-visit","visit":"ff"}"#.to_owned(),
            r#"{"type":"cancel-visit","visit":"+0000000000000ff"}"#.to_owned(),
            r#"{"type":"cancel-visit"}"#.to_owned(),
            r#"{"type":"language","lang":"fr"}"#.to_owned(),
            r#"{"type":"language","lang":"vi"}"#.to_owned(),
            r#"{"type":"confirm-visual","visit":"00000000000000ff","staff_name":"a\u0000","passcode":"1"}"#.to_owned(),
            format!(r#"{{"type":"confirm-visual","visit":"00000000000000ff","staff_name":"{long}","passcode":"1"}}"#),
            format!(r#"{{"type":"confirm-visual","visit":"00000000000000ff","staff_name":"a","passcode":"{long}"}}"#),
            "[]".to_owned(),
        ] {
            assert!(read(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_passcode_is_never_printed() {
        let said = read(r#"{"type":"confirm-visual","visit":"00000000000000ff","staff_name":"a","passcode":"geheim"}"#).unwrap();
        assert!(!format!("{said:?}").contains("geheim"));
    }
}
