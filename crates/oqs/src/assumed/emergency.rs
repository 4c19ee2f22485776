//! IF-047/048: viewing in an emergency (救急時医療情報閲覧), for institutions with the authority. Answered with
//! [`super::InformationAnswer`].

use super::header;
use crate::answer::MessageHeader;
use crate::codes::{FactorElement, InformationRequest};
use crate::message::message;
use crate::record::record;
use crate::request::SearchInfo;
use crate::values::Date;

record! {
    /// A request to view in an emergency.
    pub struct EmergencyRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<EmergencyRequestBody> = "MessageBody",
    }
}
message!(EmergencyRequest);

record! {
    /// Body: the person by numbers, or by the four items; who asks and why.
    pub struct EmergencyRequestBody {
        /// By numbers.
        search: Option<SearchInfo> = "QualificationConfirmSearchInfo",
        /// 氏名.
        name: Option<String> = "Name",
        /// 生年月日.
        birthdate: Option<Date> = "Birthdate",
        /// 性別.
        sex: Option<crate::codes::Sex> = "Sex1",
        /// 住所.
        address: Option<String> = "Address",
        /// What is asked for (OQSCD040).
        information: Option<InformationRequest> = "InformationRequest",
        /// Who asks: staff name.
        operator: Option<String> = "OperatorName",
        /// Why.
        reason: Option<String> = "ReasonText",
        /// Second factor of the viewer's sign-in (OQSCD041).
        factor: Option<FactorElement> = "SecondFactorElement",
        /// Its method (OQSCD042, by the element).
        method: Option<String> = "SecondFactorMethod",
    }
}

impl EmergencyRequest {
    /// A request with this body.
    pub fn new(institution_code: &str, body: EmergencyRequestBody, identifier: &str) -> Self {
        Self {
            header: header(institution_code, identifier),
            body: Some(body),
            extra: Vec::new(),
        }
    }
}
