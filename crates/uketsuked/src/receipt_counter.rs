//! The receipt computer at the counter: the trait of `receipt` over the same counter that staff and technician use.

use receipt::counter::{Answered, Care, Numbers, Person, ReceiptCounter, Refusal, Why, Wish};
use receipt::counter::{SpecialMode, Withdrawer};

use crate::counter::request::{self, CounterRequest};
use crate::counter::{CLIENT, Counter, CounterError, Turn};

impl ReceiptCounter for Counter {
    fn carry_out(&self, client: String, change: Option<String>, wish: Wish) -> Answered<'_> {
        Box::pin(async move {
            let actor = format!("{CLIENT}{client}");
            let turn = change.map_or_else(Turn::fresh, |change| Turn::named(&actor, &change));
            self.carry_out_as(turn, &actor, asked(wish))
                .await
                .map_err(refusal)
        })
    }
}

fn asked(wish: Wish) -> CounterRequest {
    use CounterRequest as R;
    match wish {
        Wish::Settings => R::Settings,
        Wish::ChangeSettings {
            medical_assistance,
            visiting_care,
            online_care,
        } => R::UpdateSettings {
            medical_assistance,
            visiting_care,
            online_care,
        },
        Wish::RegisterReference(one) => R::RegisterReference {
            reference_number: one.reference_number,
            numbers: request::Numbers {
                insurer_number: one.insurer_number,
                symbol: one.symbol,
                number: one.number,
                branch: one.branch,
                ..request::Numbers::default()
            },
        },
        Wish::RegisterReferences(registrations) => R::RegisterReferences { registrations },
        Wish::FetchTickets { month } => R::FetchTickets { month },
        Wish::FetchConsented {
            care: of,
            from,
            to,
            by_care_day,
        } => R::FetchConsented {
            care: care(of),
            from,
            to,
            by_care_day,
        },
        Wish::Reinquire {
            care: of,
            care_day,
            numbers: whose,
            medical,
        } => R::Reinquire {
            care: care(of),
            care_day,
            numbers: numbers(whose),
            takes_medical: medical,
        },
        Wish::Withdraw {
            care: of,
            by,
            numbers: whose,
        } => R::Withdraw {
            care: care(of),
            by_patient: by == Withdrawer::Patient,
            numbers: numbers(whose),
        },
        Wish::AccessUrl { care: of, change } => R::AccessUrl {
            care: care(of),
            change,
        },
        Wish::Openings => R::Openings,
        Wish::Disaster {
            person,
            operator,
            reason,
            oral_consent,
            information,
        } => R::Disaster {
            person: four(person),
            operator,
            reason,
            oral_consent,
            information,
        },
        Wish::NoteOutage {
            person,
            operator,
            oral_consent,
        } => R::NoteOutage {
            person: four(person),
            operator,
            oral_consent,
        },
        Wish::OutageNotes => R::OutageNotes,
        Wish::RemoveNote {
            id,
            operator,
            reason,
        } => R::RemoveNote {
            id,
            operator,
            reason,
        },
        Wish::Passcode => R::Passcode,
        Wish::OperationTest => R::OperationTest,
        Wish::AskNoted { operator } => R::AskNoted { operator },
        Wish::ReportUsage { mode, operator } => R::ReportUsage {
            mode: match mode {
                SpecialMode::Disaster => request::Special::Disaster,
                SpecialMode::Outage => request::Special::Outage,
            },
            operator,
        },
        Wish::Emergency {
            person,
            operator,
            reason,
            factor,
            method,
        } => R::Emergency {
            person: four(person),
            operator,
            reason,
            factor,
            method,
        },
    }
}

fn care(care: Care) -> request::Care {
    match care {
        Care::Visiting => request::Care::Visiting,
        Care::HouseCall => request::Care::HouseCall,
        Care::Online => request::Care::Online,
        Care::AlternativeRoute => request::Care::AlternativeRoute,
    }
}

fn numbers(numbers: Numbers) -> request::Numbers {
    request::Numbers {
        insurer_number: numbers.insurer_number,
        symbol: numbers.symbol,
        number: numbers.number,
        branch: numbers.branch,
        birth_date: numbers.birth_date,
        limit_certificate: numbers.limit_certificate,
    }
}

fn four(person: Person) -> request::FourItems {
    request::FourItems {
        name: person.name,
        birth_date: person.birth_date,
        sex: person.sex,
        address: person.address,
    }
}

/// What the receipt computer can do about it, by the code of the cause.
fn refusal(error: CounterError) -> Refusal {
    let why = match error.code.as_str() {
        "UK-VISIT-501" | "UK-LEDG-014" => Why::Implausible,
        "UK-VISIT-502" => Why::QualificationOnly,
        "UK-VISIT-503" => Why::NotOpen,
        "UK-VISIT-504" | "UK-CENT-301" => Why::SaidNo,
        "UK-VISIT-505" | "UK-LEDG-009" => Why::Unknown,
        "UK-VISIT-526" => Why::NothingToReport,
        "UK-LEDG-001" => Why::Full,
        // It was reached, and what it answered was not taken in.
        "UK-CENT-401" | "UK-CENT-402" | "UK-CENT-403" => Why::Discarded,
        code if code.starts_with("UK-CENT-") => Why::Unreachable,
        _ => Why::Unavailable,
    };
    let field = error.field.map(|(name, line)| match line {
        Some(line) => format!("{name} (line {line})"),
        None => name,
    });
    Refusal {
        why,
        field,
        cause: error.code,
        words: (error.ja, error.en),
        service: error.service,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central::CentralError;

    /// What was answered and discarded is told as that, in the cause's own words, and not as a service that is not reached.
    #[test]
    fn a_discarded_answer_is_not_an_unreachable_service() {
        for (error, why) in [
            (CentralError::OtherPerson, Why::Discarded),
            (CentralError::OtherKind, Why::Discarded),
            (CentralError::taker_failed(), Why::Unreachable),
        ] {
            let words = (error.ja().to_owned(), error.en().to_owned());
            let code = error.code();
            let told = refusal(error.into());
            assert_eq!((told.why, told.cause.as_str()), (why, code));
            assert_eq!(told.words, words);
        }
    }
}
