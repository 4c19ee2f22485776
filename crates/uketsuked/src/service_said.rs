//! The service's own code and words, kept verbatim beside our sentence for the help desk: on the staff's page, for the receipt computer that
//! asked, in the audit chain; never on the patient's page and in no log, since they may be about a person.

use central::{CentralError, Confirmation};
use kiosk::staff::ServiceSaid;
use oqs::assumed::StatusAnswer;
use serde_json::Value;

/// Longest code and longest words kept, characters.
const CODE: usize = 64;
const WORDS: usize = 300;

/// What the service said, bounded and without control characters; nothing when it said nothing.
pub(crate) fn said(code: &str, words: &str) -> Option<ServiceSaid> {
    let kept = |text: &str, most: usize| -> String {
        let plain = text.trim().chars().filter(|c| !c.is_control());
        plain.take(most).collect()
    };
    let (code, words) = (kept(code, CODE), kept(words, WORDS));
    (!code.is_empty() || !words.is_empty()).then_some(ServiceSaid { code, words })
}

/// In a failed call.
pub(crate) fn in_error(error: &CentralError) -> Option<ServiceSaid> {
    error
        .service_words()
        .and_then(|(code, words)| said(code, words))
}

/// In a confirmation that is none.
pub(crate) fn in_confirmation(confirmation: &Confirmation) -> Option<ServiceSaid> {
    said(&confirmation.code, &confirmation.message)
}

/// In an answer that is only a status.
pub(crate) fn in_status(answer: &StatusAnswer) -> Option<ServiceSaid> {
    let body = answer.body.as_ref()?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    said(&text(&body.code), &text(&body.message))
}

/// In an answer about medical information: its result code and words.
pub(crate) fn in_list((code, words): (Option<&str>, Option<&str>)) -> Option<ServiceSaid> {
    said(code.unwrap_or_default(), words.unwrap_or_default())
}

/// Into the detail of an audit record.
pub(crate) fn into_detail(service: Option<&ServiceSaid>, detail: &mut Value) {
    if let Some(service) = service {
        detail["service_code"] = service.code.as_str().into();
        detail["service_message"] = service.words.as_str().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_said_is_bounded_and_shown_in_no_log() {
        let kept = said(" E-1\n", &"あ".repeat(1000)).unwrap();
        assert_eq!(
            (kept.code.as_str(), kept.words.chars().count()),
            ("E-1", WORDS)
        );
        assert!(!format!("{kept:?}").contains('あ'));
        assert_eq!(said(" ", ""), None);
    }
}
