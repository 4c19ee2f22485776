//! Lists of medical information as the simulated service gives them: the contents of real answers are not public.

use crate::answer::MessageHeader;
use crate::message::message;
use crate::record::record;
use crate::values::Date;

record! {
    /// Medical information found in an emergency or a disaster.
    pub struct InformationAnswer {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<InformationBody> = "MessageBody",
    }
}
message!(InformationAnswer);

record! {
    /// Body of such an answer.
    pub struct InformationBody {
        /// `1` when something follows.
        result_code: Option<String> = "ResultCode",
        /// Why not, verbatim.
        message_contents: Option<String> = "MessageContents",
        /// 薬剤.
        medicines: Vec<InformationItem> = "MedicineList/Medicine",
        /// 診療.
        treatments: Vec<InformationItem> = "TreatmentList/Treatment",
        /// 手術.
        operations: Vec<InformationItem> = "OperationList/Operation",
        /// 特定健診.
        checkups: Vec<InformationItem> = "CheckupList/Checkup",
    }
}

record! {
    /// One item: a medicine dispensed, a treatment, an operation, a value of a checkup.
    pub struct InformationItem {
        /// Date.
        date: Option<Date> = "Date",
        /// What.
        name: Option<String> = "Name",
        /// How much, for how long; the value of a checkup.
        amount: Option<String> = "Amount",
        /// Where.
        institution: Option<String> = "Institution",
    }
}
