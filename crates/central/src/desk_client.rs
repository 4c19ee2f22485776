//! The adapter's calls of the desk. Only IF-001's path is public; the others stand below one configured prefix
//! (`/assumed/if/013` …), assumed like the rest of [`crate::assumed`].

use hyper::body::Bytes;
use oqs::assumed::{
    AccessUrlAnswer, AccessUrlRequest, EmergencyRequest, InformationAnswer, OpeningAnswer,
    PasscodeAnswer, PasscodeRequest, ReinquiryRequest, SettingsAnswer, SettingsRequest,
    SettingsUpdateRequest, SpecialInquiryRequest, StatusAnswer, UsageReport, WithdrawalRequest,
};
use oqs::bulk::{BulkDownloadRequest, BulkReception};
use oqs::{
    BulkRegistrationAnswer, CareKind, CheckupsAnswer, CheckupsRequest, Element, MedicinesAnswer,
    MedicinesRequest, Message, QualificationAnswer, QualificationRequest, ReferenceNumberAnswer,
    ReferenceNumberRequest,
};

use crate::client::CentralClient;
use crate::desk::{BulkCall, BulkFetched, BulkRequest, BulkTaker, CentralDesk};
use crate::download::Asked;
use crate::error::CentralError;
use crate::person::born_as_asked;
use crate::service::{CentralService, Fut};

/// Whether a call may be sent again when nobody knows what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It changes nothing, or the second time nothing more.
    Harmless,
    /// It changes something, or the service logs each as a use: emergency, disaster, outage.
    Never,
}

impl CentralClient {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.exchanger.config().paths.others)
    }

    pub(crate) async fn ask<Q: Message + Sync, A: Message>(
        &self,
        name: &str,
        request: &Q,
        repeat: Repeat,
    ) -> Result<A, CentralError> {
        let path = self.path(name);
        let body = self
            .call_repeating(&path, request.to_json(), repeat)
            .await?;
        let answer = A::from_json(&body).map_err(CentralError::bad_answer)?;
        echoed(
            &self.exchanger.config().institution_code,
            &request.to_element(),
            &answer.to_element(),
        )?;
        Ok(answer)
    }
}

/// An answer must be for this institution and for what was asked: a late or doubled answer of another call is
/// refused (invariant 10).
pub(crate) fn echoed(ours: &str, request: &Element, answer: &Element) -> Result<(), CentralError> {
    let institution = header_text(answer, "MedicalInstitutionCode");
    if institution.is_some_and(|told| told.trim() != ours) {
        return Err(CentralError::bad_answer("it is for another institution"));
    }
    let name = "ArbitraryFileIdentifier";
    let (asked, told) = (header_text(request, name), header_text(answer, name));
    if asked.is_some() && asked.map(str::trim) != told.map(str::trim) {
        return Err(CentralError::bad_answer("it is for another request"));
    }
    // The second phase of a bulk call: another job's answer is about other persons.
    let job = "ReceptionNumber";
    if let (Some(asked), Some(told)) = (
        text_in(request, "MessageBody", job),
        header_text(answer, job),
    ) && asked.trim() != told.trim()
    {
        return Err(CentralError::bad_answer("it is the answer of another job"));
    }
    // Medical information by numbers: what is told of another person's numbers is not what was asked for.
    for name in [
        "InsurerNumber",
        "InsuranceCardSymbol",
        "InsuredPersonIdentificationNumber",
        "BranchNumber",
    ] {
        let bare = |text: &str| text.trim().trim_start_matches('0').to_owned();
        let (asked, told) = (header_text(request, name), header_text(answer, name));
        if let (Some(asked), Some(told)) = (asked, told)
            && bare(asked) != bare(told)
        {
            return Err(CentralError::bad_answer("it is about other numbers"));
        }
    }
    Ok(())
}

pub(crate) fn header_text<'a>(root: &'a Element, name: &str) -> Option<&'a str> {
    text_in(root, "MessageHeader", name)
}

fn text_in<'a>(root: &'a Element, part: &str, name: &str) -> Option<&'a str> {
    let part = root.children().iter().find(|child| child.name() == part)?;
    part.children()
        .iter()
        .find(|child| child.name() == name)?
        .text()
}

macro_rules! calls {
    ($($method:ident($request:ty) -> $answer:ty = $name:literal, $repeat:ident;)*) => {
        $(fn $method<'a>(&'a self, request: &'a $request) -> Fut<'a, Result<$answer, CentralError>> {
            Box::pin(self.ask($name, request, Repeat::$repeat))
        })*
    };
}

impl CentralDesk for CentralClient {
    calls! {
        register_reference(ReferenceNumberRequest) -> ReferenceNumberAnswer = "003", Harmless;
        begin_reference_bulk(ReferenceNumberRequest) -> BulkReception = "009", Harmless;
        fetch_reference_bulk(BulkDownloadRequest) -> BulkRegistrationAnswer = "011", Harmless;
        withdraw(WithdrawalRequest) -> StatusAnswer = "037", Never;
        access_url(AccessUrlRequest) -> AccessUrlAnswer = "039", Never;
        settings(SettingsRequest) -> SettingsAnswer = "041", Harmless;
        update_settings(SettingsUpdateRequest) -> SettingsAnswer = "043", Harmless;
        emergency(EmergencyRequest) -> InformationAnswer = "047", Never;
        passcode(PasscodeRequest) -> PasscodeAnswer = "049", Harmless;
        special_information(SpecialInquiryRequest) -> InformationAnswer = "special-information", Never;
        report_usage(UsageReport) -> StatusAnswer = "usage-report", Never;
    }

    fn lookup<'a>(
        &'a self,
        request: &'a QualificationRequest,
    ) -> Fut<'a, Result<QualificationAnswer, CentralError>> {
        self.qualification(request)
    }

    fn begin_bulk<'a>(
        &'a self,
        request: &'a BulkRequest,
    ) -> Fut<'a, Result<BulkReception, CentralError>> {
        Box::pin(async move {
            let name = format!("{:03}", request.call().number());
            match request {
                BulkRequest::Qualification(message) => {
                    self.ask(&name, message, Repeat::Harmless).await
                }
                BulkRequest::Tickets(message) => self.ask(&name, message, Repeat::Harmless).await,
                BulkRequest::Consented(_, message) => {
                    self.ask(&name, message, Repeat::Harmless).await
                }
            }
        })
    }

    fn fetch_bulk<'a>(
        &'a self,
        call: BulkCall,
        request: &'a BulkDownloadRequest,
        taker: BulkTaker,
    ) -> Fut<'a, Result<BulkFetched, CentralError>> {
        Box::pin(async move {
            let path = self.path(&format!("{:03}", call.number() + 2));
            let message = request.to_element();
            let asked = Asked {
                identifier: header_text(&message, "ArbitraryFileIdentifier").map(str::to_owned),
                job: text_in(&message, "MessageBody", "ReceptionNumber").map(str::to_owned),
            };
            self.download(&path, Bytes::from(request.to_json()), asked, taker)
                .await
        })
    }

    fn reinquire<'a>(
        &'a self,
        care: &'a CareKind,
        request: &'a ReinquiryRequest,
    ) -> Fut<'a, Result<QualificationAnswer, CentralError>> {
        let name = if *care == CareKind::Visiting {
            "025"
        } else {
            "027"
        };
        Box::pin(async move {
            let answer = self.ask(name, request, Repeat::Harmless).await?;
            let search = request.body.as_ref().and_then(|body| body.search.as_ref());
            born_as_asked(
                search.and_then(|search| search.birthdate.as_deref()),
                &answer,
            )?;
            Ok(answer)
        })
    }

    fn special_inquiry<'a>(
        &'a self,
        request: &'a SpecialInquiryRequest,
    ) -> Fut<'a, Result<QualificationAnswer, CentralError>> {
        Box::pin(async move {
            let answer = self.ask("special", request, Repeat::Never).await?;
            let born = request
                .body
                .as_ref()
                .and_then(|body| body.birthdate.as_deref());
            born_as_asked(born, &answer)?;
            Ok(answer)
        })
    }

    fn openings<'a>(&'a self, identifier: &'a str) -> Fut<'a, Result<OpeningAnswer, CentralError>> {
        Box::pin(async move {
            let request =
                SettingsRequest::new(&self.exchanger.config().institution_code, identifier);
            self.ask("openings", &request, Repeat::Harmless).await
        })
    }

    fn checkups<'a>(
        &'a self,
        request: &'a CheckupsRequest,
    ) -> Fut<'a, Result<CheckupsAnswer, CentralError>> {
        Box::pin(async {
            let answer: CheckupsAnswer = self.ask("checkups", request, Repeat::Harmless).await?;
            if answer.is_mixed_up(request.kind()) {
                return Err(CentralError::OtherKind);
            }
            Ok(answer)
        })
    }

    fn medicines_by_numbers<'a>(
        &'a self,
        request: &'a MedicinesRequest,
    ) -> Fut<'a, Result<MedicinesAnswer, CentralError>> {
        CentralService::medicines(self, request)
    }
}
