//! 健康保険証利用登録 at the reader: the person of a confirmed card registers it for insurance use. No interface
//! number is public. Answered with a status.

use super::header;
use crate::answer::MessageHeader;
use crate::message::message;
use crate::record::record;

record! {
    /// A request to register.
    pub struct InsuranceUseRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<InsuranceUseRequestBody> = "MessageBody",
    }
}
message!(InsuranceUseRequest);

record! {
    /// Body of the request.
    pub struct InsuranceUseRequestBody {
        /// The proof that showed the card, as the service named it.
        registration_identifier: Option<String> = "RegistrationIdentifier",
    }
}

impl InsuranceUseRequest {
    /// Registers the person whose card the service saw under this identifier.
    pub fn new(institution_code: &str, identifier: &str, visit: &str) -> Self {
        Self {
            header: header(institution_code, visit),
            body: Some(InsuranceUseRequestBody {
                registration_identifier: Some(identifier.to_owned()),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}
