//! Steps of the operation test beside the first calls: withdrawal of consents, settings, medical kinds, special searches, emergency
//! viewing, the report of use. Everything is asked about nobody; a "no" counts only when the service has processed the message and says so.

use kiosk::Words;
use kiosk::staff::said;
use oqs::assumed::{
    EmergencyRequest, EmergencyRequestBody, InformationAnswer, SpecialInquiryRequest,
    SpecialInquiryRequestBody, UsageReport, UsageReportBody, WithdrawalRequest,
};
use oqs::{
    CareKind, CheckupsRequest, ConsentKind, FactorElement, InformationRequest, MedicinesRequest,
    Sex, Timestamp, WithdrawalReason,
};

use super::operation_sheet::{
    Came, Outcome, Sheet, labelled, nobodys_insurance, refused_as_it_should, somebody,
};
use super::operation_test::NOBODY;
use super::request::Special;
use super::{Counter, CounterError};

/// In production what is not open is not asked.
const NOT_OPEN: &str = "operation-not-open";

impl Counter {
    /// The further lines of the sheet. `actor` runs the test.
    pub(super) async fn further_steps(&self, sheet: &mut Sheet, actor: &str) {
        let operator = operator(actor);
        sheet.note("operation-withdrawal", self.withdraw_nobody().await);
        sheet.note(
            "operation-settings-update",
            self.settings_as_they_are().await,
        );
        if !self.qualification_only {
            for (kind, step) in [
                (ConsentKind::Treatment, "operation-treatment"),
                (ConsentKind::Operations, "operation-operations"),
            ] {
                sheet.note(step, self.list_of_nobody(kind).await);
            }
            sheet.note(
                "operation-visiting-care",
                self.visiting_list_of_nobody().await,
            );
            sheet.note(
                "operation-visiting-medicines",
                self.visiting_medicines_of_nobody().await,
            );
            sheet.note(
                "operation-emergency",
                self.emergency_of_nobody(&operator).await,
            );
        }
        for (step, mode) in [
            ("operation-disaster", Special::Disaster),
            ("operation-outage", Special::Outage),
        ] {
            sheet.note(step, self.special_of_nobody(mode, &operator).await);
        }
        if !self.qualification_only {
            sheet.note(
                "operation-disaster-information",
                self.information_of_nobody(&operator).await,
            );
        }
        sheet.note(
            "operation-usage-report",
            self.report_for_the_test(&operator).await,
        );
    }

    async fn withdraw_nobody(&self) -> Result<Words, CounterError> {
        let identifier = Self::identifier();
        let numbers = nobodys_insurance();
        let request = WithdrawalRequest::new(
            &self.institution_code,
            CareKind::Visiting,
            super::lookup::search(&numbers, &identifier),
            Vec::new(),
            WithdrawalReason::ByInstitution,
            &identifier,
        );
        let answer = self.central.withdraw(&request).await?;
        super::lookup::said_no_to_the_person(&answer)
    }

    /// Writes back what stands there at this moment: what was changed since the test began stays changed.
    async fn settings_as_they_are(&self) -> Result<String, CounterError> {
        let assistance = self.settings().await?["medical_assistance"].as_bool();
        if assistance.is_none() {
            return Err(CounterError::said_no("", ""));
        }
        let after = self.update_settings(assistance, None, None).await?;
        if after["medical_assistance"].as_bool() != assistance {
            return Err(CounterError::said_no("", ""));
        }
        Ok(String::new())
    }

    async fn list_of_nobody(&self, kind: ConsentKind) -> Result<String, CounterError> {
        let request =
            CheckupsRequest::of_kind(kind, &self.institution_code, NOBODY, &Self::identifier());
        let answer = self.visits.checkups_of_visit(&request).await?;
        let body = answer.body.as_ref();
        refused_as_it_should(
            body.and_then(|b| b.result_code.as_deref()),
            body.and_then(|b| b.message_contents.as_deref()),
        )
    }

    async fn visiting_list_of_nobody(&self) -> Result<String, CounterError> {
        let numbers = nobodys_insurance();
        let request = CheckupsRequest::by_numbers(
            ConsentKind::Checkups,
            &self.institution_code,
            CareKind::Visiting,
            &numbers.lookup(),
            &Self::identifier(),
        );
        let answer = self.central.checkups(&request).await?;
        let body = answer.body.as_ref();
        refused_as_it_should(
            body.and_then(|b| b.result_code.as_deref()),
            body.and_then(|b| b.message_contents.as_deref()),
        )
    }

    /// The service records every such viewing in this institution's name: in production it is asked for only with the authority. Who runs
    /// the test stands in the audit chain (`counter-begun`) and is the operator that the service is told.
    async fn emergency_of_nobody(&self, operator: &str) -> Outcome {
        let authority = self
            .central
            .openings(&Self::identifier())
            .await?
            .emergency_authority();
        if !authority && !self.test_service {
            return Ok(Came::NotRun(NOT_OPEN));
        }
        let body = EmergencyRequestBody {
            name: typed("operation-nobody-name"),
            birthdate: Some("19000101".into()),
            sex: Some(Sex::from_code("1")),
            address: typed("operation-nobody-operator"),
            information: Some(InformationRequest::EmergencyFull),
            operator: Some(operator.to_owned()),
            reason: typed("operation-nobody-reason"),
            factor: Some(FactorElement::from_code("3")),
            method: Some("02".to_owned()),
            ..EmergencyRequestBody::default()
        };
        let request = EmergencyRequest::new(&self.institution_code, body, &Self::identifier());
        let answer = self.central.emergency(&request).await?;
        let words = no_information(&answer)?;
        let key = if authority {
            "operation-authority-yes"
        } else {
            "operation-authority-no"
        };
        let state = said(key, &[]);
        Ok(Came::Brought(Words::each(|lang| {
            format!("{} {words}", state.get(lang)).trim_end().to_owned()
        })))
    }

    /// A search for nobody, under an opening if there is one.
    fn nobodys_special(&self, mode: Special, operator: &str) -> SpecialInquiryRequest {
        let body = SpecialInquiryRequestBody {
            name: typed("operation-nobody-name"),
            birthdate: Some("19000101".into()),
            sex: Some(Sex::from_code("1")),
            address: typed("operation-nobody-operator"),
            mode: Some(mode.word().to_owned()),
            operator: Some(operator.to_owned()),
            reason: typed("operation-nobody-reason"),
            oral_consent: Some("0".to_owned()),
            ..SpecialInquiryRequestBody::default()
        };
        SpecialInquiryRequest::new(
            &self.institution_code,
            &self.today(),
            body,
            &Self::identifier(),
        )
    }

    /// Medical information of a disaster: refused while it is not open, and for nobody when it is.
    async fn information_of_nobody(&self, operator: &str) -> Outcome {
        if !self.test_service && !self.is_open(Special::Disaster).await? {
            return Ok(Came::NotRun(NOT_OPEN));
        }
        let request = self.nobodys_special(Special::Disaster, operator);
        no_information(&self.central.special_information(&request).await?).map(Came::from)
    }

    /// A report of no use at all. A service in production would take it for a real one: there it is not sent.
    async fn report_for_the_test(&self, operator: &str) -> Outcome {
        if !self.test_service {
            return Ok(Came::NotRun("operation-would-be-real"));
        }
        let now = Timestamp::from_ms(self.clock.wall_ms());
        let body = UsageReportBody {
            mode: Some(Special::Outage.word().to_owned()),
            from: Some(now.clone()),
            to: Some(now),
            persons: Some("0".to_owned()),
            operator: Some(operator.to_owned()),
            extra: Vec::new(),
        };
        let report = UsageReport::new(&self.institution_code, body, &Self::identifier());
        super::lookup::done(&self.central.report_usage(&report).await?)?;
        Ok(String::new().into())
    }

    async fn visiting_medicines_of_nobody(&self) -> Result<String, CounterError> {
        let month: String = self.today().chars().take(6).collect();
        let request = MedicinesRequest::by_numbers(
            &self.institution_code,
            CareKind::Visiting,
            &nobodys_insurance().lookup(),
            (&month, &month),
            &Self::identifier(),
        );
        let (code, words) = {
            let answer = self.central.medicines_by_numbers(&request).await?;
            let (code, words) = answer.said();
            (code.map(str::to_owned), words.map(str::to_owned))
        };
        refused_as_it_should(code.as_deref(), words.as_deref())
    }

    async fn special_of_nobody(&self, mode: Special, operator: &str) -> Outcome {
        let open = self.is_open(mode).await?;
        // In production an attempt that nobody opened would stand in this institution's name.
        if !open && !self.test_service {
            return Ok(Came::NotRun(NOT_OPEN));
        }
        let request = self.nobodys_special(mode, operator);
        let answer = self.central.special_inquiry(&request).await?;
        if open {
            return super::lookup::nobody_found(&answer).map(Came::from);
        }
        match super::lookup::refused(&answer) {
            Err(error) => with_a_code(error).map(Came::from),
            Ok(()) => Err(somebody()),
        }
    }
}

/// Who runs the test, as the service is told.
fn operator(actor: &str) -> String {
    super::name_of(actor.strip_prefix("staff:").unwrap_or(actor))
}

/// A "no" of the service that names its code is what the step wants.
fn with_a_code(error: CounterError) -> Result<Words, CounterError> {
    match &error.service {
        Some((code, words)) if !code.is_empty() => {
            Ok(labelled("operation-said", &format!("{code} {words}")))
        }
        _ => Err(error),
    }
}

fn no_information(answer: &InformationAnswer) -> Result<String, CounterError> {
    let body = answer.body.as_ref();
    refused_as_it_should(
        body.and_then(|b| b.result_code.as_deref()),
        body.and_then(|b| b.message_contents.as_deref()),
    )
}

/// What the test types in for nobody, in the service's language.
fn typed(key: &str) -> Option<String> {
    Some(said(key, &[]).ja)
}
