//! Request files that the counter answers (照会番号, tickets of a month, consented persons): carried out beside the gateway's passes, so that
//! a slow service holds up nobody, under a name that makes a repetition after a crash the same request.

use super::FOLDERS;
use super::answers::Refusal;
use super::deliver::subject_of;
use super::gateway::FolderGateway;
use super::names::{RequestName, Wanted};
use super::problem::FolderProblem;
use super::refused::Then;
use crate::counter::{self, Care, ReceiptCounter, Registration, Wish};
use crate::reason::Reason;
use oqs::{Charset, Element, MessageTree};
use serde_json::Value;
use std::ffi::OsStr;
use std::sync::{Arc, mpsc};
use tokio::runtime::Handle;

/// The most requests at the counter at one time; the others wait in `req`.
const AT_ONCE: usize = 4;
/// The most registrations in one file, as the counter has it.
const MOST: usize = crate::numbers::MOST_PERSONS;

/// The counter and where it works.
#[derive(Clone)]
pub struct FolderCounter {
    /// Carries wishes out.
    pub counter: Arc<dyn ReceiptCounter>,
    /// The runtime that it works on.
    pub runtime: Handle,
}

/// A request under way: the file's identity, and where its answer comes.
pub(crate) struct UnderWay {
    identity: String,
    answer: mpsc::Receiver<Result<Value, counter::Refusal>>,
}

impl FolderGateway {
    /// Has a request carried out, or answers it once that is done.
    pub(crate) fn at_the_counter(
        &mut self,
        name: &str,
        request: &RequestName,
        message: &MessageTree,
        charset: Charset,
    ) -> Result<(), FolderProblem> {
        let file = OsStr::new(name);
        let identity = self.identity(file)?;
        if let Some(known) = self
            .under_way
            .get(file)
            .filter(|known| known.identity == identity)
        {
            return match known.answer.try_recv() {
                Err(mpsc::TryRecvError::Empty) => Ok(()),
                // It broke off: begun anew in the next pass.
                Err(mpsc::TryRecvError::Disconnected) => {
                    self.under_way.remove(file);
                    Ok(())
                }
                Ok(outcome) => {
                    let done = self.tell(name, request, message, charset, &outcome);
                    self.under_way.remove(file);
                    done
                }
            };
        }
        let wish = match wish(request.wanted, message) {
            Ok(wish) => wish,
            Err(why) => {
                return self.refuse_saying(
                    file,
                    Refusal::Elements,
                    Some(&why),
                    Some(message),
                    charset,
                );
            }
        };
        let Some(FolderCounter { counter, runtime }) = &self.counter else {
            return self.refuse(file, Refusal::Elsewhere, Some(message), charset);
        };
        if self.under_way.len() >= AT_ONCE {
            return Ok(());
        }
        let (told, answer) = mpsc::channel();
        let (counter, change) = (Arc::clone(counter), format!("{identity} {name}"));
        runtime.spawn(async move {
            let outcome = counter
                .carry_out(FOLDERS.to_owned(), Some(change), wish)
                .await;
            // Nobody waits any more when the terminal ends; the file is still there.
            let _ = told.send(outcome);
        });
        self.under_way
            .insert(file.to_owned(), UnderWay { identity, answer });
        Ok(())
    }

    /// Whether the counter works on a request: its answer comes with no change to a folder.
    pub(crate) fn waits_for_the_counter(&self) -> bool {
        !self.under_way.is_empty()
    }

    fn tell(
        &mut self,
        name: &str,
        request: &RequestName,
        message: &MessageTree,
        charset: Charset,
        outcome: &Result<Value, counter::Refusal>,
    ) -> Result<(), FolderProblem> {
        let identifier = message.text("MessageHeader", "ArbitraryFileIdentifier");
        let frame = self.frame(charset);
        let bytes = match (outcome, request.wanted) {
            (Err(refusal), _) => {
                let (code, words) = match &refusal.service {
                    Some((code, words)) => (code.as_str(), words.as_str()),
                    None => (refusal.cause.as_str(), NOT_DONE),
                };
                frame.error(code, words, identifier)
            }
            (Ok(_), Wanted::Reference) => registrations(message)
                .ok()
                .and_then(|all| frame.registered(identifier, all.first()?)),
            (Ok(answer), _) => {
                let job = answer.get("job").and_then(Value::as_u64);
                let job = job.map(|id| self.store.bulk(id)).transpose()?.flatten();
                job.and_then(|job| frame.reception(&job))
            }
        };
        let answer = format!("{}.xml", request.answer);
        self.answer_now(
            name,
            &subject_of(name, charset),
            &answer,
            bytes,
            Then::Remove,
        )
    }
}

const NOT_DONE: &str = "オンライン資格確認から回答を得られませんでした。";

/// What a request wishes, or which element is wrong.
fn wish(wanted: Wanted, message: &MessageTree) -> Result<Wish, Reason> {
    match wanted {
        Wanted::Reference => {
            let mut all = registrations(message)?;
            match (all.pop(), all.is_empty()) {
                (Some(one), true) => Ok(Wish::RegisterReference(one)),
                _ => Err(Reason::new(
                    "ReferenceNumberRegistrationInfoは一つです",
                    "ReferenceNumberRegistrationInfo once",
                )),
            }
        }
        Wanted::References => {
            let all = registrations(message)?;
            if all.is_empty() || all.len() > MOST {
                return Err(Reason::new(
                    format!("ReferenceNumberRegistrationInfoは1～{MOST}件です"),
                    format!("1-{MOST} ReferenceNumberRegistrationInfo"),
                ));
            }
            Ok(Wish::RegisterReferences(all))
        }
        Wanted::Tickets => {
            let [month] = searched(message, ["MedicalTreatmentMonth"])?;
            if !of_digits(&month, 6) {
                return Err(Reason::new(
                    "MedicalTreatmentMonthはyyyyMMです",
                    "MedicalTreatmentMonth: yyyyMM",
                ));
            }
            Ok(Wish::FetchTickets { month })
        }
        Wanted::Consented(care) => consented(care, message),
        _ => Err(Reason::new(
            "この要求はここでは受け付けません",
            "not a request for the counter",
        )),
    }
}

fn consented(care: Care, message: &MessageTree) -> Result<Wish, Reason> {
    let [from, to, examined_from, examined_to, flag] = searched(
        message,
        [
            "ConsentDateFrom",
            "ConsentDateTo",
            "ExaminationDateFrom",
            "ExaminationDateTo",
            "MedicalTreatmentFlag",
        ],
    )?;
    let expected = if care == Care::Visiting { "2" } else { "3" };
    if flag != expected {
        return Err(Reason::new(
            format!("MedicalTreatmentFlagは{expected}です"),
            format!("MedicalTreatmentFlag is {expected}"),
        ));
    }
    let by_care_day = !(examined_from.is_empty() && examined_to.is_empty());
    if by_care_day && (care == Care::Visiting || !from.is_empty() || !to.is_empty()) {
        return Err(Reason::new(
            "ConsentDateかExaminationDateの一方を指定してください",
            "either ConsentDate or ExaminationDate",
        ));
    }
    let (from, to) = if by_care_day {
        (examined_from, examined_to)
    } else {
        (from, to)
    };
    let days = [&from, &to]
        .iter()
        .all(|day| of_digits(day, 8) && oqs::time::is_date(day));
    if !days || from > to {
        return Err(Reason::new(
            "日付はyyyyMMdd、FromはTo以前です",
            "dates: yyyyMMdd, From <= To",
        ));
    }
    Ok(Wish::FetchConsented {
        care,
        from,
        to,
        by_care_day,
    })
}

fn of_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The named elements of `QualificationConfirmSearchInfo`, empty where there is none; any other is refused.
fn searched<const N: usize>(
    message: &MessageTree,
    names: [&'static str; N],
) -> Result<[String; N], Reason> {
    let mut infos = message.in_body("QualificationConfirmSearchInfo");
    let (Some(info), None) = (infos.next(), infos.next()) else {
        return Err(Reason::new(
            "QualificationConfirmSearchInfoは一つです",
            "QualificationConfirmSearchInfo once",
        ));
    };
    fields(info, names)
}

fn fields<const N: usize>(info: &Element, names: [&'static str; N]) -> Result<[String; N], Reason> {
    let mut values = names.map(|_| String::new());
    for child in info.children() {
        let place = names.iter().position(|name| *name == child.name());
        match place.and_then(|place| values.get_mut(place)) {
            Some(value) => *value = child.text().unwrap_or_default().trim().to_owned(),
            None => return Err(Reason::unknown(child.name())),
        }
    }
    Ok(values)
}

fn registrations(message: &MessageTree) -> Result<Vec<Registration>, Reason> {
    let mut all = Vec::new();
    for info in message.in_body("ReferenceNumberRegistrationInfo") {
        let [reference_number, insurer_number, symbol, number, branch] = fields(
            info,
            [
                "ReferenceNumber",
                "InsurerNumber",
                "InsuredCardSymbol",
                "InsuredIdentificationNumber",
                "InsuredBranchNumber",
            ],
        )?;
        let one = Registration {
            reference_number,
            insurer_number,
            symbol,
            number,
            branch,
        };
        one.check().map_err(|_| {
            Reason::new(
                "ReferenceNumber・InsurerNumber・番号を確認してください",
                "ReferenceNumber, InsurerNumber, InsuredIdentificationNumber",
            )
        })?;
        all.push(one);
    }
    Ok(all)
}
