//! IF-039/040: the address of the institution's mobile page (マイナ在宅受付Web), for patients who can't use the
//! reader; shown or printed with a QR code.

use super::header;
use crate::answer::MessageHeader;
use crate::codes::{ProcessingStatus, UrlChange, UrlForm, UrlKind};
use crate::message::message;
use crate::record::record;

record! {
    /// A request for the address.
    pub struct AccessUrlRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<AccessUrlRequestBody> = "MessageBody",
    }
}
message!(AccessUrlRequest);

record! {
    /// Body of the request.
    pub struct AccessUrlRequestBody {
        /// Which page (OQSCD033).
        kind: Option<UrlKind> = "UrlKind",
        /// Form of the leaflet (OQSCD034).
        form: Option<UrlForm> = "UrlForm",
        /// Whether a new address is made, which ends the old one (OQSCD035).
        change: Option<UrlChange> = "UrlChange",
    }
}

record! {
    /// The address.
    pub struct AccessUrlAnswer {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<AccessUrlAnswerBody> = "MessageBody",
    }
}
message!(AccessUrlAnswer);

record! {
    /// Body of the answer.
    pub struct AccessUrlAnswerBody {
        /// 処理結果状況.
        status: Option<ProcessingStatus> = "ProcessingResultStatus",
        /// Verbatim.
        code: Option<String> = "ProcessingResultCode",
        /// Verbatim.
        message: Option<String> = "ProcessingResultMessage",
        /// Which page.
        kind: Option<UrlKind> = "UrlKind",
        /// The address, https.
        url: Option<String> = "AccessUrl",
    }
}

/// Longest address accepted, in bytes: what a QR code can be read from on a counter.
const LONGEST: usize = 500;

impl AccessUrlRequest {
    /// Asks for the page's address as it is, or for a new one.
    pub fn new(institution_code: &str, kind: UrlKind, change: bool, identifier: &str) -> Self {
        Self {
            header: header(institution_code, identifier),
            body: Some(AccessUrlRequestBody {
                kind: Some(kind),
                form: Some(UrlForm::Png),
                change: Some(if change {
                    UrlChange::Yes
                } else {
                    UrlChange::No
                }),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}

impl AccessUrlAnswer {
    /// The address, when it is one that may be shown: https, of plain characters, not too long.
    pub fn url(&self) -> Option<&str> {
        let url = self.body.as_ref()?.url.as_deref()?.trim();
        let plain = url.bytes().all(|b| b.is_ascii_graphic());
        (plain && url.starts_with("https://") && url.len() <= LONGEST).then_some(url)
    }
}
