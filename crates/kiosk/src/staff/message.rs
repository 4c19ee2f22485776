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
    Present {},
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
        #[serde(default)]
        staff_name: String,
    },
    RestartVisit {
        visit: String,
        #[serde(default)]
        staff_name: String,
    },
    CloseAlert {
        alert: String,
        #[serde(default)]
        staff_name: String,
    },
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}

/// A message understood.
#[derive(Debug)]
pub(super) enum Said {
    /// Somebody touches the page.
    Present,
    /// Show the page in this language.
    Language(Lang),
    /// Ask the daemon.
    Ask(Ask),
}

/// A request with the visit it is for, if it is for one.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) visit: Option<u64>,
    pub(super) action: StaffAction,
}

impl Ask {
    /// Who is signed in does it under that name, whatever was typed (invariant 8).
    ///
    /// # Errors
    /// Nobody is named, or the form lacks a field: the action and what to say.
    pub(super) fn by(
        mut self,
        signed_in: Option<String>,
    ) -> Result<Self, (&'static str, &'static str)> {
        let action = self.name();
        let (StaffAction::ConfirmVisual {
            staff_name: name, ..
        }
        | StaffAction::CancelVisit { by: name, .. }
        | StaffAction::RestartVisit { by: name, .. }
        | StaffAction::CloseAlert { by: name, .. }) = &mut self.action;
        if let Some(signed_in) = signed_in {
            *name = signed_in;
        }
        if name.is_empty() {
            let key = if action == CONFIRM_VISUAL {
                "staff-reply-incomplete"
            } else {
                "staff-reply-nameless"
            };
            return Err((action, key));
        }
        match &self.action {
            StaffAction::ConfirmVisual { passcode, .. } if passcode.is_empty() => {
                Err((action, "staff-reply-incomplete"))
            }
            _ => Ok(self),
        }
    }

    /// The name of the action in the answer to the page.
    pub(super) fn name(&self) -> &'static str {
        match self.action {
            StaffAction::ConfirmVisual { .. } => CONFIRM_VISUAL,
            StaffAction::CancelVisit { .. } => "cancel-visit",
            StaffAction::RestartVisit { .. } => "restart-visit",
            StaffAction::CloseAlert { .. } => "close-alert",
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
        FromPage::Present {} => Ok(Said::Present),
        FromPage::Language { lang } if Lang::STAFF.contains(&lang) => Ok(Said::Language(lang)),
        FromPage::Language { .. } => Err(Senseless),
        FromPage::CancelVisit { visit, staff_name } => {
            let visit = visit_number(&visit)?;
            let by = name_of(&staff_name)?;
            Ok(Said::Ask(Ask {
                visit: Some(visit),
                action: StaffAction::CancelVisit { visit, by },
            }))
        }
        FromPage::RestartVisit { visit, staff_name } => {
            let visit = visit_number(&visit)?;
            let by = name_of(&staff_name)?;
            Ok(Said::Ask(Ask {
                visit: Some(visit),
                action: StaffAction::RestartVisit { visit, by },
            }))
        }
        FromPage::CloseAlert { alert, staff_name } => {
            if alert.is_empty() || !alert.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Senseless);
            }
            let alert = alert.parse().map_err(|_| Senseless)?;
            let by = name_of(&staff_name)?;
            Ok(Said::Ask(Ask {
                visit: None,
                action: StaffAction::CloseAlert { alert, by },
            }))
        }
        FromPage::ConfirmVisual {
            visit,
            staff_name,
            passcode,
        } => {
            let visit = visit_number(&visit)?;
            let staff_name = name_of(&staff_name)?;
            if passcode.chars().count() > MAX_FIELD {
                return Err(Senseless);
            }
            Ok(Said::Ask(Ask {
                visit: Some(visit),
                action: StaffAction::ConfirmVisual {
                    visit,
                    staff_name,
                    passcode,
                },
            }))
        }
    }
}

/// A typed name within its bounds; may be empty.
fn name_of(typed: &str) -> Result<String, Senseless> {
    let name = typed.trim();
    if name.chars().count() > MAX_FIELD || name.chars().any(char::is_control) {
        return Err(Senseless);
    }
    Ok(name.to_owned())
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
            visit: Some(255),
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
            let Ok(Said::Ask(asked)) = read(&text) else {
                panic!("{text}")
            };
            let told = asked.by(None).unwrap_err();
            assert_eq!(told, ("confirm-visual", "staff-reply-incomplete"));
        }
    }

    #[test]
    fn an_alert_is_closed_by_its_number_under_a_name() {
        let read = |alert: &str, name: &str| {
            let text =
                format!(r#"{{"type":"close-alert","alert":"{alert}","staff_name":"{name}"}}"#);
            match read(&text) {
                Ok(Said::Ask(asked)) => Some(asked),
                _ => None,
            }
        };
        for bad in ["", "-1", "x", "1 ", "99999999999999999999"] {
            assert!(read(bad, "a").is_none(), "{bad}");
        }
        let nameless = read("7", " ").unwrap().by(None).unwrap_err();
        assert_eq!(nameless, ("close-alert", "staff-reply-nameless"));
        for signed_in in [None, Some("hanako".to_owned())] {
            let wanted = signed_in.clone().unwrap_or("taro".to_owned());
            let asked = read("7", "taro").unwrap().by(signed_in).unwrap();
            assert_eq!(asked.visit, None, "it is for no visit");
            let StaffAction::CloseAlert { alert: 7, by } = asked.action else {
                panic!("{asked:?}");
            };
            assert_eq!(by, wanted);
        }
    }

    #[test]
    fn who_cancels_or_begins_anew_is_named() {
        for kind in ["cancel-visit", "restart-visit"] {
            let text =
                |more: &str| format!(r#"{{"type":"{kind}","visit":"00000000000000ff"{more}}}"#);
            let ask = |more: &str| match read(&text(more)) {
                Ok(Said::Ask(asked)) => asked,
                other => panic!("{other:?}"),
            };
            let nameless = ask("").by(None).unwrap_err();
            assert_eq!(nameless, (kind, "staff-reply-nameless"));
            for (asked, wanted) in [
                (ask(r#","staff_name":" 受付 花子 ""#).by(None), "受付 花子"),
                (
                    ask(r#","staff_name":"other""#).by(Some("clerk".into())),
                    "clerk",
                ),
                (ask("").by(Some("clerk".into())), "clerk"),
            ] {
                let (StaffAction::CancelVisit { by, .. } | StaffAction::RestartVisit { by, .. }) =
                    asked.unwrap().action
                else {
                    panic!("{kind}")
                };
                assert_eq!(by, wanted);
            }
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
