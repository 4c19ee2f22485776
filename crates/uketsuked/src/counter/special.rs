//! Disaster, outage and emergency. A disaster search works only while the service says that it is open, with operator
//! and reason recorded; in an outage four items are noted (sealed) and asked when the service has opened that search;
//! emergency viewing needs the institution's authority and a second factor.

use oqs::assumed::{
    EmergencyRequest, EmergencyRequestBody, InformationAnswer, SpecialInquiryRequest,
    SpecialInquiryRequestBody,
};
use oqs::{FactorElement, InformationRequest, Message as _, Sex};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lookup::{finds_nobody, refused};
use super::request::{FourItems, Special};
use super::{Counter, CounterError, Turn, must_be, name_of};

/// Where the notes of an outage stand, sealed.
const NOTES: &str = "outage-notes";
/// Most persons noted in an outage.
const MOST: usize = 200;

/// Who asks, why, on what consent.
pub(super) struct Asked {
    pub(super) operator: String,
    pub(super) reason: String,
    pub(super) oral_consent: bool,
}

/// Somebody noted in an outage.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) person: FourItems,
    pub(super) at: i64,
    pub(super) by: String,
    /// The person agreed, by word of mouth, to being asked about.
    #[serde(default)]
    pub(super) oral_consent: bool,
    /// The visit under which the answer is kept, from the noting on; 0 in a note of an earlier version.
    #[serde(default)]
    pub(super) visit: u64,
}

impl Counter {
    /// What is open now.
    pub(super) async fn openings(&self) -> Result<Value, CounterError> {
        let answer = self.central.openings().await?;
        let now = self.clock.wall_ms();
        Ok(json!({
            "disaster": answer.disaster_open(now),
            "outage": answer.outage_open(now),
            "emergency_authority": answer.emergency_authority(),
        }))
    }

    async fn must_be_open(&self, mode: Special) -> Result<(), CounterError> {
        let answer = self.central.openings().await?;
        let now = self.clock.wall_ms();
        let open = match mode {
            Special::Disaster => answer.disaster_open(now),
            Special::Outage => answer.outage_open(now),
        };
        if open {
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
        let nobody = finds_nobody(&answer, &self.institution_code);
        let mut found = self
            .keep(turn, &keeper(actor, &operator), "disaster", answer)
            .await?;
        self.count_use(Special::Disaster).await?;
        if nobody {
            found["asked"] = person.asked();
        }
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

    fn special_request(
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

    /// During an outage: the card face's four items, kept sealed until the service can be asked.
    pub(super) async fn note_outage(
        &self,
        turn: Turn,
        person: FourItems,
        operator: &str,
        oral_consent: bool,
    ) -> Result<Value, CounterError> {
        let by = name_of(operator);
        person.check()?;
        must_be("operator", &by)?;
        let note = Note {
            person,
            at: self.clock.wall_ms(),
            by,
            oral_consent,
            visit: turn.0,
        };
        let count = self
            .ledger(move |ledger| {
                let mut notes = notes(ledger)?;
                if notes.iter().any(|one| one.visit == note.visit) {
                    return Ok(notes.len());
                }
                if notes.len() >= MOST {
                    return Err(ledger::LedgerError::Unacceptable("too many notes"));
                }
                notes.push(note);
                keep_notes(ledger, &notes)?;
                Ok(notes.len())
            })
            .await?;
        Ok(json!({ "noted": count }))
    }

    /// After the outage: everybody noted is asked; who was answered leaves the list.
    pub(super) async fn ask_noted(
        &self,
        actor: &str,
        operator: &str,
    ) -> Result<Value, CounterError> {
        let operator = name_of(operator);
        must_be("operator", &operator)?;
        let _alone = self.asking.lock().await;
        self.must_be_open(Special::Outage).await?;
        let waiting = self.ledger(|ledger| notes(ledger)).await?;
        let mut answered = Vec::new();
        let mut failed = 0;
        let mut failures = Vec::new();
        let mut nobodies = Vec::new();
        for note in waiting {
            let asked = Asked {
                operator: operator.clone(),
                reason: kiosk::staff::said(
                    "operation-outage-reason",
                    &[("at", &oqs::time::to_jst(note.at)), ("by", &note.by)],
                )
                .ja,
                oral_consent: note.oral_consent,
            };
            // Asked again after the power went, its first answer stays the only one.
            let turn = match note.visit {
                0 => Turn::fresh(),
                visit => Turn(visit),
            };
            // Recorded person by person before anything is asked, as in a disaster.
            self.audit(
                &format!("staff:{operator}"),
                "outage-search",
                json!({
                    "visit": format!("{:016x}", turn.visit()),
                    "staff": operator,
                    "note": format!("{:016x}", note.visit),
                    "oral_consent": note.oral_consent,
                    "through": name_of(actor),
                }),
            )
            .await?;
            let identifier = Self::identifier();
            let request = self.special_request(Special::Outage, &note.person, &asked, &identifier);
            let outcome = match self.central.special_inquiry(&request).await {
                Ok(answer) => refused(&answer).map(|()| answer),
                Err(error) => Err(error.into()),
            };
            let answer = match outcome {
                Ok(answer) => answer,
                Err(error) => {
                    failed += 1;
                    let told = error.json()["error"].take();
                    failures.push(json!({"note": format!("{:016x}", note.visit), "error": told}));
                    continue;
                }
            };
            let nobody = finds_nobody(&answer, &self.institution_code);
            let kept = self
                .keep(turn, &keeper(actor, &operator), "outage", answer)
                .await?;
            if nobody {
                // Off the list with it goes what was written down: a slip must be seen now.
                nobodies.push(json!({"result": kept["result"], "asked": note.person.asked()}));
            }
            answered.push(kept["result"].clone());
            self.count_use(Special::Outage).await?;
            // Gone from the list only now that its answer is durable.
            self.ledger(move |ledger| {
                let mut left = notes(ledger)?;
                left.retain(|n| {
                    n.visit != note.visit || n.at != note.at || n.person.name != note.person.name
                });
                keep_notes(ledger, &left)
            })
            .await?;
        }
        Ok(json!({
            "results": answered,
            "failed": failed,
            "failures": failures,
            "not_found": nobodies,
        }))
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
        if !self.central.openings().await?.emergency_authority() {
            return Err(CounterError::not_open());
        }
        self.audit(
            &format!("staff:{operator}"),
            "emergency-viewing",
            json!({"visit": format!("{:016x}", turn.visit()), "staff": operator, "reason": reason.chars().take(200).collect::<String>(), "factor": element.code(), "method": method.chars().take(2).collect::<String>()}),
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
            method: Some(method.chars().take(2).collect()),
            ..EmergencyRequestBody::default()
        };
        let request = EmergencyRequest::new(&self.institution_code, body, &Self::identifier());
        let answer = self.central.emergency(&request).await?;
        let mut found = json!({"visit": format!("{:016x}", turn.visit())});
        medical_json(&answer, false, &mut found)?;
        Ok(found)
    }
}

/// For whom a found result is kept: the client that asked, or the member of staff.
fn keeper(actor: &str, operator: &str) -> String {
    if actor.starts_with(super::CLIENT) {
        actor.to_owned()
    } else {
        format!("staff:{operator}")
    }
}

pub(super) fn notes(ledger: &ledger::Ledger) -> Result<Vec<Note>, ledger::LedgerError> {
    let text = ledger.get_state(NOTES)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

pub(super) fn keep_notes(
    ledger: &mut ledger::Ledger,
    notes: &[Note],
) -> Result<(), ledger::LedgerError> {
    let text =
        serde_json::to_string(notes).map_err(|_| ledger::LedgerError::Unacceptable("notes"))?;
    ledger.put_state(NOTES, &text)
}

/// Puts the lists into the answer as `information`, as received; free text of the service and what is not known of an item stay out
/// beside an unentrusted person (invariant 6). Parts of the message that are not shown are named as `not_shown`: nobody may take
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
    let mut names: Vec<_> = left_out.iter().map(|element| element.name()).collect();
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
