//! Settings at the service, reference numbers, the mobile page's address, the passcode, and the follow-up list.

use oqs::assumed::{
    AccessUrlRequest, InstitutionSettings, PasscodeRequest, SettingsAnswer, SettingsRequest,
    SettingsUpdateRequest,
};
use oqs::{ReferenceNumberRegistration, ReferenceNumberRequest, UrlKind, Use};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::request::{Care, Numbers};
use super::{Counter, CounterError, call_notes, must_be, name_of, qr, settle};
use crate::engine::Message;

/// Lines of the follow-up list.
const LISTED: usize = 200;
/// Longest answer and note.
const LONGEST: &str = "five-hundred";

impl Counter {
    /// IF-041.
    pub(super) async fn settings(&self) -> Result<Value, CounterError> {
        let request = SettingsRequest::new(&self.institution_code, &Self::identifier());
        shown(&self.central.settings(&request).await?)
    }

    /// IF-043, above all medical assistance on or off.
    pub(super) async fn update_settings(
        &self,
        medical_assistance: Option<bool>,
        visiting_care: Option<bool>,
        online_care: Option<bool>,
    ) -> Result<Value, CounterError> {
        let flag = |wanted: Option<bool>| wanted.map(|on| if on { Use::Yes } else { Use::No });
        let settings = InstitutionSettings {
            medical_assistance: flag(medical_assistance),
            visiting_care: flag(visiting_care),
            online_care: flag(online_care),
            ..InstitutionSettings::default()
        };
        if settings == InstitutionSettings::default() {
            return Err(CounterError::field(
                "medical_assistance, visiting_care, online_care",
                "one-of-them",
            ));
        }
        let request =
            SettingsUpdateRequest::new(&self.institution_code, settings, &Self::identifier());
        shown(&self.central.update_settings(&request).await?)
    }

    /// IF-003: the clinic's patient ID for a person, so that the card works as 診察券.
    pub(super) async fn register_reference(
        &self,
        reference_number: &str,
        numbers: &Numbers,
    ) -> Result<Value, CounterError> {
        must_be("insurer_number", numbers.insurer_number.trim())?;
        must_be("number", numbers.number.trim())?;
        let registration = ReferenceNumberRegistration::new(
            reference_number,
            &numbers.insurer_number,
            &numbers.symbol,
            &numbers.number,
            &numbers.branch,
        )
        .map_err(|_| CounterError::field("reference_number", super::references::FORM))?;
        let request = ReferenceNumberRequest::new(
            &self.institution_code,
            vec![registration],
            &Self::identifier(),
        );
        let answer = self.central.register_reference(&request).await?;
        let outcome = answer.body.unwrap_or_default();
        if !outcome.is_registered() {
            return Err(CounterError::said_no(
                outcome.processing_result_code.as_deref().unwrap_or(""),
                outcome.processing_result_message.as_deref().unwrap_or(""),
            ));
        }
        Ok(json!({"registered": reference_number.trim()}))
    }

    /// IF-039: for patients who can't use the reader.
    pub(super) async fn access_url(&self, care: Care, change: bool) -> Result<Value, CounterError> {
        let kind = match care {
            Care::Visiting | Care::HouseCall => UrlKind::Visiting,
            Care::Online | Care::AlternativeRoute => UrlKind::Online,
        };
        let request =
            AccessUrlRequest::new(&self.institution_code, kind, change, &Self::identifier());
        let answer = self.central.access_url(&request).await?;
        let Some(url) = answer.url() else {
            let body = answer.body.unwrap_or_default();
            return Err(CounterError::said_no(
                body.code.as_deref().unwrap_or(""),
                body.message.as_deref().unwrap_or(""),
            ));
        };
        let drawing = qr::svg(url).ok_or_else(CounterError::input)?;
        Ok(json!({"url": url, "qr_svg": drawing}))
    }

    /// IF-049: takes over the passcode for visual confirmation. Whoever is signed in at the staff's page and fetched it is told it once, as
    /// nobody could confirm by sight otherwise; a client of the socket (its answers are kept to be repeated) and a technician hear its end alone.
    /// It stands in no record (invariant 5).
    pub(super) async fn passcode(&self, actor: &str) -> Result<Value, CounterError> {
        let (passcode, until) = self.fetch_passcode().await?;
        let told = actor
            .starts_with(crate::staff::SIGNED_IN)
            .then(|| passcode.to_string());
        let taken = Message::Passcode { passcode, until };
        if self.engine.send(taken).await.is_err() {
            return Err(CounterError::of("UK-VISIT-301"));
        }
        let mut taken = json!({"taken_over": true, "until": until.map(oqs::time::to_jst)});
        if let Some(passcode) = told {
            taken["passcode"] = passcode.into();
        }
        Ok(taken)
    }

    /// The passcode that the service gives now, and its end. One that has ended already is none.
    pub(super) async fn fetch_passcode(
        &self,
    ) -> Result<(Zeroizing<String>, Option<i64>), CounterError> {
        let request = PasscodeRequest::new(&self.institution_code, &Self::identifier());
        let answer = self.central.passcode(&request).await?;
        let now = self.clock.wall_ms();
        match answer.passcode() {
            Some((code, until)) if until.is_none_or(|until| now <= until) => {
                Ok((Zeroizing::new(code.to_owned()), until))
            }
            _ => {
                let body = answer.body.as_ref();
                let word = |text: Option<&String>| text.cloned().unwrap_or_default();
                Err(CounterError::said_no(
                    &word(body.and_then(|body| body.code.as_ref())),
                    &word(body.and_then(|body| body.message.as_ref())),
                ))
            }
        }
    }

    /// Whom to phone, and what came of earlier calls.
    pub(super) async fn follow_ups(&self) -> Result<Value, CounterError> {
        let found = self
            .ledger(|ledger| {
                let mut found = Vec::new();
                // Open ones first, each the newest first, however many settled ones there are.
                for open in [true, false] {
                    let left = LISTED.saturating_sub(found.len());
                    found.extend(ledger.newest_follow_ups(settle::REASONS, open, left)?);
                }
                let with = found.into_iter().map(|f| {
                    let proposal = settle::proposal(ledger, f.id)?;
                    Ok((f, proposal))
                });
                with.collect::<Result<Vec<_>, ledger::LedgerError>>()
            })
            .await?;
        let list: Vec<_> = found
            .iter()
            .map(|(f, proposal)| {
                json!({
                    "proposal": proposal,
                    "id": f.id,
                    "since": oqs::time::to_jst(f.made_at),
                    "result": f.result_id,
                    "reason": f.reason,
                    "office": f.note,
                    "closed": f.closed_at.map(oqs::time::to_jst),
                    "by": f.closed_by,
                    "answer": f.outcome,
                    "unreadable": f.unreadable,
                })
            })
            .collect();
        Ok(json!({ "follow_ups": list }))
    }

    /// The call was made: by whom, and what the office answered.
    pub(super) async fn close_follow_up(
        &self,
        id: u64,
        who: &str,
        answer: &str,
    ) -> Result<Value, CounterError> {
        let (who, answer) = (name_of(who), answer.trim().to_owned());
        must_be("who", &who)?;
        must_be("answer", &answer)?;
        if answer.chars().count() > 500 {
            return Err(CounterError::field("answer", LONGEST));
        }
        let now = self.clock.wall_ms();
        let closed = self
            .ledger(move |ledger| {
                let known = ledger
                    .follow_up(id)?
                    .filter(|known| settle::REASONS.contains(&known.reason.as_str()))
                    .ok_or(ledger::LedgerError::NotFound)?;
                // The first outcome stands; whoever comes later hears that theirs was not kept.
                if known.closed_at.is_some() {
                    return Ok(false);
                }
                ledger.close_follow_up(now, id, &format!("staff:{who}"), &answer)?;
                Ok(true)
            })
            .await?;
        if closed {
            Ok(json!({"closed": id}))
        } else {
            Err(CounterError::closed_already())
        }
    }

    /// Something to remember on a call that is still open: nobody answered, they call back.
    pub(super) async fn note_follow_up(
        &self,
        id: u64,
        who: &str,
        note: &str,
    ) -> Result<Value, CounterError> {
        let (who, note) = (name_of(who), note.trim().to_owned());
        must_be("who", &who)?;
        must_be("note", &note)?;
        if note.chars().count() > 500 {
            return Err(CounterError::field("note", LONGEST));
        }
        let now = self.clock.wall_ms();
        self.ledger(move |ledger| {
            let known = ledger.follow_up(id)?;
            let open = |known: &ledger::FollowUp| {
                settle::REASONS.contains(&known.reason.as_str()) && known.closed_at.is_none()
            };
            if !known.as_ref().is_some_and(open) {
                return Err(ledger::LedgerError::NotFound);
            }
            call_notes::note(ledger, now, id, &format!("staff:{who}"), &note)
        })
        .await?;
        Ok(json!({"noted_on": id}))
    }
}

fn shown(answer: &SettingsAnswer) -> Result<Value, CounterError> {
    let Some(settings) = answer.settings() else {
        let body = answer.body.as_ref();
        let word = |text: Option<&String>| text.cloned().unwrap_or_default();
        return Err(CounterError::said_no(
            &word(body.and_then(|body| body.code.as_ref())),
            &word(body.and_then(|body| body.message.as_ref())),
        ));
    };
    let on = |setting: &Option<Use>| setting.as_ref().map(|setting| *setting == Use::Yes);
    let others = settings.others().into_iter().map(|one| {
        json!({
            "name": one.name,
            "ja": one.ja,
            "en": one.en,
            "value_ja": one.value_ja,
            "value_en": one.value_en,
        })
    });
    Ok(json!({
        "medical_assistance": on(&settings.medical_assistance),
        "visiting_care": on(&settings.visiting_care),
        "online_care": on(&settings.online_care),
        "emergency_authority": settings.emergency_authority.as_ref().map(|a| a.code()),
        "others": others.collect::<Vec<_>>(),
    }))
}
