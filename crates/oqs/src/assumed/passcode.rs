//! IF-049/050: the passcode with which staff starts visual confirmation at the reader.

use super::header;
use crate::answer::MessageHeader;
use crate::codes::ProcessingStatus;
use crate::message::message;
use crate::record::record;
use crate::values::Timestamp;

record! {
    /// Asks for the passcode.
    pub struct PasscodeRequest {
        /// Header; there is no body.
        header: Option<MessageHeader> = "MessageHeader",
    }
}
message!(PasscodeRequest);

record! {
    /// The passcode.
    pub struct PasscodeAnswer {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<PasscodeAnswerBody> = "MessageBody",
    }
}
message!(PasscodeAnswer);

record! {
    /// Body of the answer.
    pub struct PasscodeAnswerBody {
        /// 処理結果状況.
        status: Option<ProcessingStatus> = "ProcessingResultStatus",
        /// Verbatim.
        code: Option<String> = "ProcessingResultCode",
        /// Verbatim.
        message: Option<String> = "ProcessingResultMessage",
        /// The passcode.
        passcode: Option<String> = "VisualConfirmationPasscode",
        /// Until when it holds.
        valid_until: Option<Timestamp> = "PasscodeValidTime",
    }
}

impl PasscodeRequest {
    /// Asks for the institution's passcode.
    pub fn new(institution_code: &str, identifier: &str) -> Self {
        Self {
            header: header(institution_code, identifier),
            extra: Vec::new(),
        }
    }
}

impl PasscodeAnswer {
    /// The passcode and its end (ms since the Unix epoch), when there is one: 4 to 16 letters and digits.
    pub fn passcode(&self) -> Option<(&str, Option<i64>)> {
        let body = self.body.as_ref()?;
        let code = body.passcode.as_deref()?.trim();
        let usable =
            (4..=16).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
        let until = body.valid_until.as_ref().and_then(Timestamp::ms);
        (usable && body.status == Some(ProcessingStatus::Normal)).then_some((code, until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message as _;

    #[test]
    fn only_a_whole_passcode_of_a_processed_request_is_one() {
        for (status, code, usable) in [
            ("1", r#""4649""#, true),
            ("1", r#"" 4649 ""#, true),
            ("1", r#""ab12cd34ef56gh78""#, true),
            ("2", r#""4649""#, false),
            ("1", r#""464""#, false),
            ("1", r#""ab12cd34ef56gh789""#, false),
            ("1", r#""46 49""#, false),
            ("1", r#""４６４９""#, false),
            ("1", r#""""#, false),
            ("1", "null", false),
        ] {
            let text = format!(
                r#"{{"XmlMsg":{{"MessageBody":{{"ProcessingResultStatus":"{status}","VisualConfirmationPasscode":{code},"PasscodeValidTime":"20261122235959"}}}}}}"#
            );
            let Ok(answer) = PasscodeAnswer::from_json(text.as_bytes()) else {
                assert!(!usable, "{text}");
                continue;
            };
            let told = answer.passcode();
            assert_eq!(told.is_some(), usable, "{text}");
            if let Some((code, until)) = told {
                assert_eq!(code, code.trim());
                assert_eq!(
                    until.map(crate::time::to_jst).as_deref(),
                    Some("20261122235959")
                );
            }
        }
    }
}
