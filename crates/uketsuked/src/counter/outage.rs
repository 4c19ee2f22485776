//! In an outage four items are noted (sealed) and asked about when the service has opened that search. Who was answered leaves the list;
//! whom nobody was found for, or several, stays on it, marked, until staff takes it off: the four items stand nowhere else.

use serde_json::{Value, json};

use super::lookup::{Unfound, refused, unfound};
use super::note_store::{IN_ALL, MOST, NotFound, Note, notes};
use super::request::{FourItems, Special};
use super::special::{Asked, keeper};
use super::{Counter, CounterError, Turn, must_be, name_of};

impl Counter {
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
            visit: turn.visit(),
            not_found: None,
        };
        let count = self
            .ledger(move |ledger| {
                let known = notes(ledger)?;
                if known.persons.iter().any(|one| one.visit == note.visit) {
                    return Ok(known.len());
                }
                // Whom nobody was found for takes no place away from somebody who comes now.
                if known.waiting() >= MOST || known.len() >= IN_ALL {
                    return Err(ledger::LedgerError::Unacceptable("too many notes"));
                }
                ledger.put_state(&note.place(), &note.text()?)?;
                Ok(known.len() + 1)
            })
            .await?;
        Ok(json!({ "noted": count }))
    }

    /// After the outage: everybody noted is asked about, once. What the service refused is asked again the next time.
    pub(super) async fn ask_noted(
        &self,
        actor: &str,
        operator: &str,
    ) -> Result<Value, CounterError> {
        let operator = name_of(operator);
        must_be("operator", &operator)?;
        let _alone = self.asking.lock().await;
        self.must_be_open(Special::Outage).await?;
        let mut waiting = self.ledger(notes).await?.persons;
        waiting.retain(|note| note.not_found.is_none());
        let mut answered = Vec::new();
        let mut failures = Vec::new();
        let mut nobodies = Vec::new();
        for note in waiting {
            let (id, items) = (note.id(), note.person.asked());
            match self.ask_one(actor, &operator, note).await? {
                Ok((result, None)) => answered.push(result),
                Ok((result, Some(found))) => {
                    let several = found == Unfound::Several;
                    nobodies.push(
                        json!({"note": id, "result": result, "asked": items, "several_match": several}),
                    );
                    answered.push(result);
                }
                Err(error) => {
                    let told = error.json()["error"].take();
                    failures.push(json!({"note": id, "error": told}));
                }
            }
        }
        Ok(json!({
            "results": answered,
            "failed": failures.len(),
            "failures": failures,
            "not_found": nobodies,
        }))
    }

    /// One of them: the result, and whether it says that nobody was found or several. The inner error is the service's, about this one alone.
    async fn ask_one(
        &self,
        actor: &str,
        operator: &str,
        note: Note,
    ) -> Result<Result<(Value, Option<Unfound>), CounterError>, CounterError> {
        let asked = Asked {
            operator: operator.to_owned(),
            reason: kiosk::staff::said(
                "operation-outage-reason",
                &[("at", &oqs::time::to_jst(note.at)), ("by", &note.by)],
            )
            .ja,
            oral_consent: note.oral_consent,
        };
        // Asked again after the power went, its first answer stays the only one.
        let turn = Turn(note.visit);
        // Recorded person by person before anything is asked, as in a disaster.
        self.audit(
            &format!("staff:{operator}"),
            "outage-search",
            json!({
                "visit": note.id(),
                "staff": operator,
                "note": note.id(),
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
            Err(error) => return Ok(Err(error)),
        };
        let unfound = unfound(&answer, &self.institution_code);
        let kept = self
            .keep_used(
                turn,
                &keeper(actor, operator),
                "outage",
                answer,
                Special::Outage,
            )
            .await?;
        let result = kept["result"].clone();
        // Off the list, or marked on it, only now that its answer is durable.
        match unfound {
            Some(found) => self.mark_not_found(operator, note, &result, found).await?,
            None => {
                self.ledger(move |ledger| ledger.forget_state(&note.place()))
                    .await?;
            }
        }
        Ok(Ok((result, unfound)))
    }

    /// Nobody was found for this one, or several: it stays where staff sees it, and that stands in the audit chain.
    async fn mark_not_found(
        &self,
        operator: &str,
        mut note: Note,
        result: &Value,
        found: Unfound,
    ) -> Result<(), CounterError> {
        let now = self.clock.wall_ms();
        let result = result.as_str().unwrap_or_default().to_owned();
        let detail = json!({"note": note.id(), "visit": note.id(), "result": result});
        let (action, several) = match found {
            Unfound::Nobody => ("outage-nobody-found", false),
            Unfound::Several => ("outage-several-match", true),
        };
        note.not_found = Some(NotFound {
            at: now,
            result,
            several,
        });
        let operator = format!("staff:{operator}");
        self.ledger(move |ledger| {
            let changes = [(note.place(), Some(note.text()?))];
            ledger.change_states(now, &operator, (action, detail), &changes)
        })
        .await
    }
}
