//! Steps of the operation test with two phases: persons by numbers, tickets, consents, reference numbers. What the second phase brings is
//! counted and not kept; of nobody it must bring nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use central::{BulkRequest, BulkTaker, CentralError};
use kiosk::Words;
use kiosk::staff::said;
use oqs::bulk::{
    BulkDownloadRequest, BulkPart, BulkQualificationRequest, BulkReception, BulkState,
    ConsentSearchPeriod, ConsentSearchRequest, TicketSearchRequest,
};
use oqs::{CareKind, Month, ReferenceNumberRegistration, ReferenceNumberRequest};
use serde_json::Value;

use super::operation_sheet::{Came, Outcome, Sheet, labelled, nobodys_insurance, somebody};
use super::operation_test::{NOBODY, NOT_READ, NOT_USED};
use super::{Counter, CounterError};

/// Looks at a bulk job, and the pause between them.
const LOOKS: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// What a second phase brought.
#[derive(Clone, Copy)]
struct Fetched {
    persons: usize,
    /// Qualifications of all persons together.
    found: usize,
}

impl Counter {
    /// The lines of what has two phases. `settings` are those of the institution as the service gave them.
    pub(super) async fn bulk_steps(&self, sheet: &mut Sheet, settings: Option<&Value>) {
        sheet.note("operation-persons-bulk", self.persons_of_nobody().await);

        let month: Month = self.today().chars().take(6).collect::<String>().into();
        let tickets = BulkRequest::Tickets(TicketSearchRequest::new(
            &self.institution_code,
            &month,
            &Self::identifier(),
        ));
        let begun = self.first_phase(&tickets).await;
        let reception = begun.as_ref().ok().cloned();
        let told = begun.map(|number| labelled("operation-reception", &number));
        sheet.note("operation-tickets-begun", told);
        if let Some(reception) = reception {
            let fetched = self.second_phase(&tickets, &reception).await;
            sheet.note("operation-tickets-fetched", fetched.map(counted));
        }

        for (care, setting, step) in [
            (
                CareKind::Visiting,
                "visiting_care",
                "operation-consents-visiting",
            ),
            (CareKind::Online, "online_care", "operation-consents-online"),
        ] {
            let outcome = match settings {
                Some(settings) if settings[setting] == true => self.consents(care).await,
                Some(_) => Ok(Came::NotRun(NOT_USED)),
                None => Ok(Came::NotRun(NOT_READ)),
            };
            sheet.note(step, outcome);
        }
        sheet.note(
            "operation-reference-numbers",
            self.references_of_nobody().await,
        );
    }

    async fn first_phase(&self, request: &BulkRequest) -> Result<String, CounterError> {
        reception_of(&self.central.begin_bulk(request).await?)
    }

    /// Looks at the bulk result until it is there.
    async fn second_phase(
        &self,
        request: &BulkRequest,
        reception: &str,
    ) -> Result<Fetched, CounterError> {
        for _ in 0..LOOKS {
            let download =
                BulkDownloadRequest::new(&self.institution_code, reception, &Self::identifier());
            let found = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&found);
            let taker: BulkTaker = Box::new(move |part| {
                if let BulkPart::Unit(unit) = part {
                    counter.fetch_add(unit.results.len(), Ordering::Relaxed);
                }
                Ok(())
            });
            let fetched = (self.central)
                .fetch_bulk(request.call(), &download, taker)
                .await?;
            match fetched.state {
                BulkState::Finished => {
                    return Ok(Fetched {
                        persons: fetched.persons,
                        found: found.load(Ordering::Relaxed),
                    });
                }
                BulkState::Working => tokio::time::sleep(PAUSE).await,
                BulkState::Failed { code, message } => {
                    return Err(CounterError::said_no(&code, &message));
                }
            }
        }
        Err(not_finished())
    }

    /// IF-005–008: one person asked for, and that person is nobody.
    async fn persons_of_nobody(&self) -> Outcome {
        let identifier = Self::identifier();
        let request = BulkRequest::Qualification(BulkQualificationRequest::new(
            &self.institution_code,
            &self.today(),
            vec![super::lookup::search(&nobodys_insurance(), &identifier)],
            &identifier,
        ));
        let reception = self.first_phase(&request).await?;
        let fetched = self.second_phase(&request, &reception).await?;
        match (fetched.persons, fetched.found) {
            (1, 0) => Ok(counted(fetched).into()),
            (_, 0) => Err(CounterError::said_no("", "")),
            _ => Err(somebody()),
        }
    }

    /// IF-017–020 or IF-021–024: who consented today.
    async fn consents(&self, care: CareKind) -> Outcome {
        let today = self.today();
        let period = ConsentSearchPeriod::Consented(today.as_str().into(), today.as_str().into());
        let search = ConsentSearchRequest::new(
            &self.institution_code,
            care.clone(),
            period,
            &Self::identifier(),
        );
        let request = BulkRequest::Consented(care, search);
        let reception = self.first_phase(&request).await?;
        let fetched = self.second_phase(&request, &reception).await?;
        Ok(counted(fetched).into())
    }

    /// IF-009–012.
    async fn references_of_nobody(&self) -> Result<Words, CounterError> {
        let one = ReferenceNumberRegistration::new(NOBODY, "06999999", "", "9999999", "")
            .map_err(|_| CounterError::input())?;
        let request =
            ReferenceNumberRequest::new(&self.institution_code, vec![one], &Self::identifier());
        let reception = reception_of(&self.central.begin_reference_bulk(&request).await?)?;
        for _ in 0..LOOKS {
            let request =
                BulkDownloadRequest::new(&self.institution_code, &reception, &Self::identifier());
            let answer = self.central.fetch_reference_bulk(&request).await?;
            let state = answer.header.as_ref().map(oqs::MessageHeader::bulk_state);
            match state {
                Some(BulkState::Working) => tokio::time::sleep(PAUSE).await,
                Some(BulkState::Finished) => {
                    let units = answer.body.map(|body| body.units).unwrap_or_default();
                    let [unit] = units.as_slice() else {
                        return Err(CounterError::said_no("", ""));
                    };
                    if unit.is_registered() {
                        return Err(somebody());
                    }
                    let text = |text: &Option<String>| text.clone().unwrap_or_default();
                    let (code, words) = (
                        text(&unit.processing_result_code),
                        text(&unit.processing_result_message),
                    );
                    return Ok(labelled("operation-said", &format!("{code} {words}")));
                }
                Some(BulkState::Failed { code, message }) => {
                    return Err(CounterError::said_no(&code, &message));
                }
                None => return Err(CounterError::said_no("", "")),
            }
        }
        Err(not_finished())
    }
}

fn counted(fetched: Fetched) -> Words {
    let count = fetched.persons.to_string();
    said("operation-persons", &[("count", &count)])
}

/// The first phase gave a number.
fn reception_of(reception: &BulkReception) -> Result<String, CounterError> {
    match reception.reception_number() {
        Some(number) => Ok(number.to_owned()),
        None => {
            let header = reception.header.clone().unwrap_or_default();
            Err(CounterError::said_no(
                header.error_code.as_deref().unwrap_or(""),
                header.error_message.as_deref().unwrap_or(""),
            ))
        }
    }
}

fn not_finished() -> CounterError {
    CounterError::from(CentralError::Unreachable {
        cause: central::UnreachableCause::Timeout,
        detail: "a bulk job was not finished in time".to_owned(),
    })
}
