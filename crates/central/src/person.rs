//! Whose an answer is: its results must have been born on the day that was asked about (invariant 10). The service may mix answers up, and a
//! wrong person joined to a result is the worst that can happen.

use oqs::time::is_date;
use oqs::{QualificationAnswer, QualificationRequest};

use crate::error::CentralError;

/// Every result that names a day of birth names the one asked about. Where either side names none, or none that exists, nothing can be
/// compared.
pub(crate) fn born_as_asked(
    asked: Option<&str>,
    answer: &QualificationAnswer,
) -> Result<(), CentralError> {
    let Some(asked) = asked.map(str::trim).filter(|day| is_date(day)) else {
        return Ok(());
    };
    let echo = answer
        .body
        .as_ref()
        .and_then(|body| body.search_info.as_ref());
    let echo = echo.and_then(|echo| echo.birthdate.as_deref());
    let results = answer.results().iter();
    let told = results.filter_map(|result| result.birthdate.as_deref());
    let mut told = told.chain(echo).map(str::trim).filter(|day| is_date(day));
    if told.any(|day| day != asked) {
        return Err(CentralError::OtherPerson);
    }
    Ok(())
}

/// What the service says that it looked for must be what was asked for: insurer or payer, and number (invariant 10). Of the results nothing is
/// compared: whoever changed the insurer is found by the old numbers and told with the new ones.
pub(crate) fn numbers_as_asked(
    request: &QualificationRequest,
    answer: &QualificationAnswer,
) -> Result<(), CentralError> {
    let echo = answer
        .body
        .as_ref()
        .and_then(|body| body.search_info.as_ref());
    let (Some(asked), Some(told)) = (request.search_info(), echo) else {
        return Ok(());
    };
    // Digits of either width are the same number.
    let narrow = |letter: char| match letter {
        '０'..='９' => char::from_digit(letter as u32 - '０' as u32, 10).unwrap_or(letter),
        other => other,
    };
    let bare = |text: &str| {
        let text: String = text.trim().chars().map(narrow).collect();
        text.trim_start_matches('0').to_owned()
    };
    let differ = |asked: Option<&str>, told: Option<&str>| match (asked.map(bare), told.map(bare)) {
        (Some(asked), Some(told)) => !asked.is_empty() && !told.is_empty() && asked != told,
        _ => false,
    };
    let number = |info: &oqs::SearchInfo| {
        let number = info.insured_identification_number.as_deref();
        number.map(str::to_owned)
    };
    if differ(
        asked.insurer_number.as_deref(),
        told.insurer_number.as_deref(),
    ) || differ(number(asked).as_deref(), number(told).as_deref())
    {
        return Err(CentralError::OtherPerson);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use oqs::Message as _;

    fn answer(births: &[&str]) -> QualificationAnswer {
        let results: Vec<_> = births
            .iter()
            .map(|born| {
                serde_json::json!({"ResultOfQualificationConfirmation": {"Name": "架空", "Birthdate": born}})
            })
            .collect();
        let told = serde_json::json!({"XmlMsg": {"MessageBody": {"ResultList": results}}});
        QualificationAnswer::from_json(told.to_string().as_bytes()).unwrap()
    }

    /// Invariant 10: each result counts, and what can't be compared refuses nobody.
    #[test]
    fn invariant_10_an_answer_about_somebody_born_on_another_day_is_refused() {
        for (asked, told, fine) in [
            (Some("19900115"), &["19900115"] as &[_], true),
            (Some("19900115"), &["19900115", "19900116"], false),
            (Some("19900115"), &["20000115"], false),
            (Some("19900115"), &["19900000"], true),
            (Some("19900115"), &[], true),
            (Some(""), &["19900116"], true),
            (None, &["19900116"], true),
        ] {
            assert_eq!(
                born_as_asked(asked, &answer(told)).is_ok(),
                fine,
                "{asked:?} {told:?}"
            );
        }
    }

    /// Invariant 10: the numbers that the service says it looked for are those that were asked for.
    #[test]
    fn invariant_10_an_answer_about_other_numbers_is_refused() {
        let of = |numbers: &str| {
            format!(
                r#"{{"XmlMsg":{{"MessageBody":{{"QualificationConfirmSearchInfo":{{{numbers}}}}}}}}}"#
            )
        };
        let payer =
            r#""InsurerNumber":"12000001","InsuredIdentificationNumber":"1010001""#.to_owned();
        for (told, fine) in [
            (payer.as_str(), true),
            (r#""InsuredIdentificationNumber":"1010001""#, true),
            (r#""InsuredIdentificationNumber":"01010001 ""#, true),
            (r#""InsuredIdentificationNumber":"１０１０００１""#, true),
            (r#""InsuredIdentificationNumber":"1010027""#, false),
            (r#""InsurerNumber":"12000009""#, false),
            (r#""InsurerNumber":"""#, true),
            ("", true),
        ] {
            let request = QualificationRequest::from_json(of(&payer).as_bytes()).unwrap();
            let answer = QualificationAnswer::from_json(of(told).as_bytes()).unwrap();
            assert_eq!(numbers_as_asked(&request, &answer).is_ok(), fine, "{told}");
        }
    }
}
