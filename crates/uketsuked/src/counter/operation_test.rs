//! The operation test (運用テスト): each capability once against the service the terminal is configured for (its test
//! environment, during set-up), with a sheet of results. It looks nobody up: searches use numbers that belong to no
//! one, and nothing is changed but what is set back.

use kiosk::Words;
use kiosk::staff::said;
use oqs::assumed::{InsuranceUseRequest, ReinquiryRequest};
use oqs::{CareKind, CheckupsRequest, MedicinesRequest, QualificationRequest};
use serde_json::{Value, json};

use super::operation_sheet::{
    Came, Outcome, Sheet, labelled, nobodys, nobodys_insurance, refused_as_it_should, somebody,
};
use super::request::{Care, Numbers};
use super::{Counter, CounterError};

/// An identifier that the service gave to no card.
pub(super) const NOBODY: &str = "UNYO-TEST";
/// What the settings switch off is not asked.
pub(super) const NOT_USED: &str = "operation-not-used";
/// What nobody knows to be switched on is not asked either.
pub(super) const NOT_READ: &str = "operation-not-read";

impl Counter {
    /// Runs all steps, also after one that failed. `actor` is who runs it: named to the service where it wants an operator.
    pub(super) async fn operation_test(&self, actor: &str) -> Result<Value, CounterError> {
        let mut sheet = Sheet::new();
        let warm = self.visits.warm().await;
        let warm = warm.map(|()| String::new()).map_err(CounterError::from);
        sheet.note("operation-connection", warm);

        let nonce = self.visits.nonce().await;
        let nonce = nonce.map(|nonce| {
            let told = crate::staff::day_and_time(nonce.server_time);
            labelled("operation-service-time", &told)
        });
        sheet.note(
            "operation-card-confirmation",
            nonce.map_err(CounterError::from),
        );

        let outcome = self.nobody(&nobodys_insurance()).await;
        sheet.note("operation-qualification", outcome);
        let outcome = self.nobody(&nobodys("12999999", "9999999", "")).await;
        sheet.note("operation-assistance", outcome);

        let settings = self.settings().await;
        let known = settings.as_ref().ok().cloned();
        let outcome = match settings {
            Err(error) => Err(error),
            Ok(settings) if settings["medical_assistance"] == true => {
                Ok(said("operation-assistance-on", &[]))
            }
            Ok(_) => Err(CounterError::assistance_off()),
        };
        sheet.note("operation-settings", outcome);

        self.bulk_steps(&mut sheet, known.as_ref()).await;
        if !self.qualification_only {
            sheet.note("operation-medicines", self.medicines_of_nobody().await);
            sheet.note("operation-checkups", self.checkups_of_nobody().await);
        }

        let request = InsuranceUseRequest::new(&self.institution_code, NOBODY, &Self::identifier());
        let answer = self.visits.register_insurance_use(&request).await;
        // The call is known, and nobody was registered.
        let outcome = answer
            .map_err(CounterError::from)
            .and_then(|answer| super::lookup::said_no_to_the_person(&answer));
        sheet.note("operation-insurance-use", outcome);

        for (care, step) in [
            (Care::Online, "operation-mobile-page"),
            (Care::Visiting, "operation-mobile-page-visiting"),
        ] {
            let url = self.access_url(care, false).await;
            sheet.note(
                step,
                url.map(|url| url["url"].as_str().unwrap_or_default().to_owned()),
            );
        }
        for (care, setting, step) in [
            (
                CareKind::Visiting,
                "visiting_care",
                "operation-reinquiry-visiting",
            ),
            (
                CareKind::Online,
                "online_care",
                "operation-reinquiry-online",
            ),
        ] {
            let outcome = match &known {
                Some(known) if known[setting] == true => self.reinquire_nobody(care).await,
                Some(_) => Ok(Came::NotRun(NOT_USED)),
                None => Ok(Came::NotRun(NOT_READ)),
            };
            sheet.note(step, outcome);
        }

        sheet.note("operation-reference-number", self.register_nobody().await);
        sheet.note("operation-passcode", self.passcode_for_nobody().await);
        let openings = self.openings().await;
        sheet.note(
            "operation-openings",
            openings.map(|open| openings_in_words(&open)),
        );

        self.further_steps(&mut sheet, actor).await;
        Ok(json!({
            "ok": sheet.ok(),
            "at": oqs::time::to_jst(self.clock.wall_ms()),
            "simulated": self.simulated,
            "institution_code": self.institution_code,
            "sheet": sheet.rows(),
        }))
    }

    /// The service gives the passcode for visual confirmation; it is told to nobody and not taken over.
    async fn passcode_for_nobody(&self) -> Result<Words, CounterError> {
        let (_, until) = self.fetch_passcode().await?;
        let until = until.map(crate::staff::day_and_time).unwrap_or_default();
        Ok(labelled("operation-until", &until))
    }

    /// Medical information must not be given without a consent (invariant 1 holds on the service's side too).
    async fn medicines_of_nobody(&self) -> Result<String, CounterError> {
        let month: String = self.today().chars().take(6).collect();
        let request = MedicinesRequest::for_card_visit(
            &self.institution_code,
            NOBODY,
            &month,
            &month,
            &Self::identifier(),
        );
        let answer = self.visits.medicines(&request).await?;
        let body = answer.body.as_ref();
        refused_as_it_should(
            body.and_then(|b| b.result_code.as_deref()),
            body.and_then(|b| b.message_contents.as_deref()),
        )
    }

    async fn checkups_of_nobody(&self) -> Result<String, CounterError> {
        let request =
            CheckupsRequest::for_card_visit(&self.institution_code, NOBODY, &Self::identifier());
        let answer = self.visits.checkups_of_visit(&request).await?;
        let body = answer.body.as_ref();
        refused_as_it_should(
            body.and_then(|b| b.result_code.as_deref()),
            body.and_then(|b| b.message_contents.as_deref()),
        )
    }

    /// A re-inquiry that must find nobody.
    async fn reinquire_nobody(&self, care: CareKind) -> Outcome {
        let identifier = Self::identifier();
        let request = ReinquiryRequest::new(
            &self.institution_code,
            &self.today(),
            care.clone(),
            super::lookup::search(&nobodys_insurance(), &identifier),
            &identifier,
        );
        let answer = self.central.reinquire(&care, &request).await?;
        super::lookup::nobody_found(&answer).map(Came::from)
    }

    /// A reference number for nobody: the service must know the call and say no to the person.
    async fn register_nobody(&self) -> Result<Words, CounterError> {
        let numbers = nobodys("06999999", "9999999", "");
        match self.register_reference(NOBODY, &numbers).await {
            Err(error) if error.code == "UK-VISIT-504" => {
                let said = error.service.map(|(code, words)| format!("{code} {words}"));
                Ok(labelled("operation-said", &said.unwrap_or_default()))
            }
            Err(error) => Err(error),
            Ok(_) => Err(somebody()),
        }
    }

    /// A search that must find nobody; nothing of it is stored.
    async fn nobody(&self, numbers: &Numbers) -> Result<Words, CounterError> {
        let request = QualificationRequest::by_numbers(
            &self.institution_code,
            &self.today(),
            &numbers.lookup(),
            &Self::identifier(),
        );
        let answer = self.central.lookup(&request).await?;
        super::lookup::nobody_found(&answer)
    }
}

/// What is open now, in both languages.
fn openings_in_words(open: &Value) -> Words {
    let each = [
        ("disaster", "operation-open-disaster"),
        ("outage", "operation-open-outage"),
        ("emergency_authority", "operation-open-emergency"),
    ];
    Words::each(|lang| {
        let parts = each.map(|(name, key)| {
            let state = if open[name] == true { "yes" } else { "no" };
            said(key, &[("open", state)]).get(lang).to_owned()
        });
        let between = said("operation-between", &[]);
        parts.join(between.get(lang))
    })
}
