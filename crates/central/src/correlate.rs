//! An answer is known by the identifiers that it echoes. Those that the one who asks did not send the terminal adds, used once, and takes away from
//! the answer again (invariant 10). Who sends both, or one, may send the same with every request: then an added one must come back, and where none
//! was added numbers and date of birth decide.

use oqs::{QualificationAnswer, QualificationRequest};

use crate::CentralError;

/// What was added to a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Added {
    /// `ArbitraryFileIdentifier` of the header.
    file: bool,
    /// `ArbitraryIdentifier` of what is searched for.
    search: bool,
}

impl Added {
    /// The header named an identifier of the one who asks, and the search none: only the added one tells this request's answer from another's.
    pub(crate) fn must_come_back(self) -> bool {
        self.search && !self.file
    }
}

/// An identifier that was never sent before: 16 hexadecimal digits, the length of the reader's own (`facts/oqs` §3.4).
///
/// # Errors
/// The system gives no random numbers.
pub(crate) fn fresh() -> Result<String, CentralError> {
    let mut bytes = [0; 8];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| CentralError::configuration("the system gives no random numbers"))?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}

/// The request with each identifier that it does not name.
pub(crate) fn complete(
    request: &QualificationRequest,
    fresh: &str,
) -> (QualificationRequest, Added) {
    let mut request = request.clone();
    let mut added = Added::default();
    let header = request.header.get_or_insert_with(Default::default);
    added.file = fill(&mut header.arbitrary_file_identifier, fresh);
    if let Some(info) = request
        .body
        .as_mut()
        .and_then(|body| body.search_info.as_mut())
    {
        added.search = fill(&mut info.arbitrary_identifier, fresh);
    }
    (request, added)
}

fn fill(place: &mut Option<String>, fresh: &str) -> bool {
    let empty = place.as_deref().is_none_or(|text| text.trim().is_empty());
    if empty {
        *place = Some(fresh.to_owned());
    }
    empty
}

/// The answer without what was added: who asked gets their own identifiers back and no others.
pub(crate) fn take_back(answer: &mut QualificationAnswer, added: Added) {
    if added.file
        && let Some(header) = &mut answer.header
    {
        header.arbitrary_file_identifier = None;
    }
    let Some(body) = answer.body.as_mut().filter(|_| added.search) else {
        return;
    };
    if let Some(echo) = &mut body.search_info {
        echo.arbitrary_identifier = None;
    }
    for result in &mut body.results {
        result.arbitrary_identifier = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oqs::Message as _;

    fn request(header: &str, info: &str) -> QualificationRequest {
        let text = format!(
            r#"{{"XmlMsg":{{"MessageHeader":{{"MedicalInstitutionCode":"1310000001"{header}}},"MessageBody":{{"QualificationConfirmSearchInfo":{{"InsurerNumber":"12000001"{info}}}}}}}}}"#
        );
        QualificationRequest::from_json(text.as_bytes()).unwrap()
    }

    /// Invariant 10: no request leaves without identifiers, and those that the one who asks did not choose were never used before.
    #[test]
    fn invariant_10_what_names_no_identifier_gets_one_and_what_does_keeps_it() {
        let file = r#","ArbitraryFileIdentifier":"mine""#;
        let search = r#","ArbitraryIdentifier":"A1""#;
        let rows = [
            ("", "", (true, true)),
            (file, "", (false, true)),
            ("", search, (true, false)),
            (file, search, (false, false)),
            (r#","ArbitraryFileIdentifier":" ""#, "", (true, true)),
        ];
        for (header, info, (in_header, in_search)) in rows {
            let (sent, added) = complete(&request(header, info), "f0");
            let file = sent.header.as_ref().unwrap();
            let file = file.arbitrary_file_identifier.as_deref();
            let search = sent.search_info().unwrap().arbitrary_identifier.as_deref();
            assert_eq!(file, Some(if in_header { "f0" } else { "mine" }));
            assert_eq!(search, Some(if in_search { "f0" } else { "A1" }));
            assert_eq!((added.file, added.search), (in_header, in_search));
        }
        let (one, two) = (fresh().unwrap(), fresh().unwrap());
        assert_eq!(one.len(), 16);
        assert_ne!(one, two);
    }

    #[test]
    fn the_answer_names_only_what_was_asked_with() {
        let text = r#"{"XmlMsg":{"MessageHeader":{"ArbitraryFileIdentifier":"f0"},"MessageBody":{"QualificationConfirmSearchInfo":{"ArbitraryIdentifier":"A1"},"ResultList":[{"ResultOfQualificationConfirmation":{"ArbitraryIdentifier":"A1","Name":"架空"}}]}}}"#;
        let mut answer = QualificationAnswer::from_json(text.as_bytes()).unwrap();
        take_back(
            &mut answer,
            Added {
                file: true,
                search: false,
            },
        );
        let told = answer.to_json();
        assert!(!told.contains("f0") && told.contains("A1"), "{told}");
        take_back(
            &mut answer,
            Added {
                file: false,
                search: true,
            },
        );
        assert!(!answer.to_json().contains("A1"));
    }
}
