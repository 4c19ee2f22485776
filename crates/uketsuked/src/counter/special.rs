//! Disaster and emergency. A disaster search works only while the service says that it is open, with operator and reason recorded;
//! emergency viewing needs the institution's authority and a second factor.

use oqs::assumed::{
    EmergencyRequest, EmergencyRequestBody, InformationAnswer, SpecialInquiryRequest,
    SpecialInquiryRequestBody,
};
use oqs::{
    BiometricFactor, Element, FactorElement, InformationRequest, KnowledgeFactor, Message as _,
    PossessionFactor, Sex,
};
use serde_json::{Value, json};

use super::lookup::{refused, tell_unfound, unfound};
use super::request::{FourItems, Special};
use super::{Counter, CounterError, Turn, must_be, name_of};

/// Who asks, why, on what consent.
pub(super) struct Asked {
    pub(super) operator: String,
    pub(super) reason: String,
    pub(super) oral_consent: bool,
}

impl Counter {
    /// What is open now.
    pub(super) async fn openings(&self) -> Result<Value, CounterError> {
        let answer = self.central.openings(&Self::identifier()).await?;
        let now = self.clock.wall_ms();
        Ok(json!({
            "disaster": answer.disaster_open(now),
            "outage": answer.outage_open(now),
            "emergency_authority": answer.emergency_authority(),
        }))
    }

    /// Whether the service has opened this search now.
    pub(super) async fn is_open(&self, mode: Special) -> Result<bool, CounterError> {
        let answer = self.central.openings(&Self::identifier()).await?;
        let now = self.clock.wall_ms();
        Ok(match mode {
            Special::Disaster => answer.disaster_open(now),
            Special::Outage => answer.outage_open(now),
        })
    }

    pub(super) async fn must_be_open(&self, mode: Special) -> Result<(), CounterError> {
        if self.is_open(mode).await? {
            Ok(())
        } else {
            Err(CounterError::not_open())
        }
    }

    /// A person without a card, under a disaster opening.
    pub(super) async fn disaster(
        &self,
        turn: Turn,
        actor: &str,
        person: FourItems,
        asked: Asked,
        information: bool,
    ) -> Result<Value, CounterError> {
        let (operator, reason) = (name_of(&asked.operator), asked.reason.trim().to_owned());
        person.check()?;
        must_be("operator", &operator)?;
        must_be("reason", &reason)?;
        if information && self.qualification_only {
            return Err(CounterError::qualification_only());
        }
        self.must_be_open(Special::Disaster).await?;
        // Recorded before anything is asked: operator, reason, consent (invariant 1).
        self.audit(
            &format!("staff:{operator}"),
            "disaster-search",
            json!({
                "visit": format!("{:016x}", turn.visit()),
                "staff": operator,
                "reason": reason.chars().take(200).collect::<String>(),
                "oral_consent": asked.oral_consent,
                "information": information,
                "through": name_of(actor),
            }),
        )
        .await?;
        let identifier = Self::identifier();
        let request = self.special_request(Special::Disaster, &person, &asked, &identifier);
        let answer = self.central.special_inquiry(&request).await?;
        refused(&answer)?;
        let unentrusted = oqs::delivery::Deliverable::from_answer(&answer, &self.institution_code)
            .any_unentrusted();
        let unfound = unfound(&answer, &self.institution_code);
        let mut found = self
            .keep_used(
                turn,
                &keeper(actor, &operator),
                "disaster",
                answer,
                Special::Disaster,
            )
            .await?;
        tell_unfound(&mut found, unfound, person.asked());
        // Found and stored: what is wrong with the information stands beside the result, so that nobody asks for the person again.
        if information {
            let medical = match self.central.special_information(&request).await {
                Ok(medical) => medical_json(&medical, unentrusted, &mut found),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = medical {
                found["information_error"] = error.json()["error"].take();
            }
        }
        Ok(found)
    }

    pub(super) fn special_request(
        &self,
        mode: Special,
        person: &FourItems,
        asked: &Asked,
        identifier: &str,
    ) -> SpecialInquiryRequest {
        let body = SpecialInquiryRequestBody {
            name: Some(person.name.clone()),
            birthdate: Some(person.birth_date.as_str().into()),
            sex: Some(Sex::from_code(&person.sex)),
            address: Some(person.address.clone()),
            mode: Some(mode.word().to_owned()),
            operator: Some(name_of(&asked.operator)),
            reason: Some(asked.reason.trim().to_owned()),
            oral_consent: Some(if asked.oral_consent { "1" } else { "0" }.to_owned()),
            ..SpecialInquiryRequestBody::default()
        };
        SpecialInquiryRequest::new(&self.institution_code, &self.today(), body, identifier)
    }

    /// 救急時医療情報閲覧: only with the authority that the service gave this institution.
    pub(super) async fn emergency(
        &self,
        turn: Turn,
        person: FourItems,
        asked: Asked,
        factor: &str,
        method: &str,
    ) -> Result<Value, CounterError> {
        if self.qualification_only {
            return Err(CounterError::qualification_only());
        }
        let (operator, reason) = (name_of(&asked.operator), asked.reason.trim().to_owned());
        let element = FactorElement::from_code(factor);
        person.check()?;
        must_be("operator", &operator)?;
        must_be("reason", &reason)?;
        if !element.is_known() {
            return Err(CounterError::field("factor", "factor"));
        }
        if !is_method_of(&element, method) {
            return Err(CounterError::field("method", "method"));
        }
        if !self
            .central
            .openings(&Self::identifier())
            .await?
            .emergency_authority()
        {
            return Err(CounterError::not_open());
        }
        self.audit(
            &format!("staff:{operator}"),
            "emergency-viewing",
            json!({"visit": format!("{:016x}", turn.visit()), "staff": operator, "reason": reason.chars().take(200).collect::<String>(), "factor": element.code(), "method": method}),
        )
        .await?;
        let body = EmergencyRequestBody {
            name: Some(person.name.clone()),
            birthdate: Some(person.birth_date.as_str().into()),
            sex: Some(Sex::from_code(&person.sex)),
            address: Some(person.address.clone()),
            information: Some(InformationRequest::EmergencyFull),
            operator: Some(operator),
            reason: Some(reason),
            factor: Some(element),
            method: Some(method.to_owned()),
            ..EmergencyRequestBody::default()
        };
        let request = EmergencyRequest::new(&self.institution_code, body, &Self::identifier());
        let answer = self.central.emergency(&request).await?;
        let mut found = json!({"visit": format!("{:016x}", turn.visit())});
        emergency_json(&answer, &mut found)?;
        Ok(found)
    }
}

/// Whether it is a method of this element (OQSCD042: the codes mean something else with each of OQSCD041).
fn is_method_of(element: &FactorElement, method: &str) -> bool {
    match element {
        FactorElement::Knowledge => KnowledgeFactor::from_code(method).is_known(),
        FactorElement::Biometric => BiometricFactor::from_code(method).is_known(),
        FactorElement::Possession => PossessionFactor::from_code(method).is_known(),
        _ => false,
    }
}

/// For whom a found result is kept: the client that asked, or the member of staff.
pub(super) fn keeper(actor: &str, operator: &str) -> String {
    if actor.starts_with(super::CLIENT) {
        actor.to_owned()
    } else {
        format!("staff:{operator}")
    }
}

/// An emergency's lists. Nothing is known of this person's ticket: withheld as beside an unentrusted one (invariant 6).
fn emergency_json(answer: &InformationAnswer, found: &mut Value) -> Result<(), CounterError> {
    medical_json(answer, true, found)
}

/// Puts the lists into the answer as `information`, as received; free text of the service and what is not known of an item stay out
/// beside an unentrusted person, and beside one of whom nobody knows whether he is (invariant 6). Parts of the message that are not shown are named as `not_shown`: nobody may take
/// the lists for all that there is.
fn medical_json(
    answer: &InformationAnswer,
    unentrusted: bool,
    found: &mut Value,
) -> Result<(), CounterError> {
    let body = answer.body.as_ref();
    let code = body.and_then(|body| body.result_code.as_deref());
    if code.map(str::trim) != Some("1") {
        let words = body.and_then(|body| body.message_contents.as_deref());
        return Err(CounterError::said_no(
            code.unwrap_or(""),
            words.unwrap_or(""),
        ));
    }
    let mut shown = answer.clone();
    shown.header = None;
    shown.extra.clear();
    let mut left_out = Vec::new();
    if let Some(body) = &mut shown.body {
        left_out.append(&mut body.extra);
        if unentrusted {
            body.message_contents = None;
            let lists = [
                &mut body.medicines,
                &mut body.treatments,
                &mut body.operations,
                &mut body.checkups,
            ];
            for item in lists.into_iter().flatten() {
                left_out.append(&mut item.extra);
            }
        }
    }
    let mut names: Vec<_> = left_out.iter().flat_map(names_of).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(20);
    if !names.is_empty() {
        found["not_shown"] = json!(names);
    }
    let mut message: Value = serde_json::from_str(&shown.to_json()).unwrap_or_default();
    found["information"] = message["XmlMsg"]["MessageBody"].take();
    Ok(())
}

/// The name of a part that is left out; what stands unknown in a list that is shown is named by its place there.
fn names_of(element: &Element) -> Vec<String> {
    const SHOWN: [&str; 4] = [
        "MedicineList",
        "TreatmentList",
        "OperationList",
        "CheckupList",
    ];
    let list = element.name();
    if !SHOWN.contains(&list) {
        return vec![list.to_owned()];
    }
    let inner = element.children().iter();
    inner.map(|one| format!("{list}/{}", one.name())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> InformationAnswer {
        let text = r#"{"XmlMsg":{"MessageBody":{"ResultCode":"1","MessageContents":"受給者番号 2020002",
            "Vaccine":"x","MedicineList":[{"Medicine":{"Name":"架空錠10mg","RecipientNumber":"2020002"}}]}}}"#;
        InformationAnswer::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn invariant_6_an_emergency_answer_passes_no_words_and_nothing_unknown() {
        let mut found = json!({});
        emergency_json(&answer(), &mut found).unwrap();
        let text = found.to_string();
        assert!(text.contains("架空錠10mg"), "{text}");
        assert!(!text.contains("2020002"), "{text}");
        assert_eq!(found["not_shown"], json!(["RecipientNumber", "Vaccine"]));
    }

    /// A list of which a part is not shown is not named as a whole: the rest of it is there.
    #[test]
    fn what_stands_unknown_in_a_list_is_named_by_its_place() {
        let text = r#"{"XmlMsg":{"MessageBody":{"ResultCode":"1",
            "MedicineList":[{"Medicine":{"Name":"架空錠10mg"}},{"Injection":{"Name":"架空注"}},{"Owner":"2020002"}]}}}"#;
        let answer = InformationAnswer::from_json(text.as_bytes()).unwrap();
        let mut found = json!({});
        emergency_json(&answer, &mut found).unwrap();
        let text = found.to_string();
        assert!(text.contains("架空錠10mg"), "{text}");
        assert!(
            !text.contains("架空注") && !text.contains("2020002"),
            "{text}"
        );
        assert_eq!(
            found["not_shown"],
            json!(["MedicineList/Injection", "MedicineList/Owner"])
        );
    }

    #[test]
    fn a_method_belongs_to_its_element() {
        for (factor, methods) in [("1", 3), ("2", 5), ("3", 3)] {
            let element = FactorElement::from_code(factor);
            for method in 0..=9 {
                let code = format!("{method:02}");
                let fits = (1..=methods).contains(&method);
                assert_eq!(is_method_of(&element, &code), fits, "{factor} {code}");
            }
            assert!(!is_method_of(&element, "99") && !is_method_of(&element, "1"));
        }
    }
}
