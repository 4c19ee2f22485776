//! The operation test (運用テスト): each capability once against the service the terminal is configured for (its test
//! environment, during set-up), with a sheet of results. It looks nobody up: searches use numbers that belong to no
//! one, and nothing is changed but what is set back.

use std::time::Instant;

use central::{BulkCall, BulkRequest, BulkTaker};
use oqs::assumed::{InsuranceUseRequest, PasscodeRequest, ReinquiryRequest};
use oqs::bulk::{BulkDownloadRequest, BulkState, TicketSearchRequest};
use oqs::{CareKind, CheckupsRequest, MedicinesRequest, Month, QualificationRequest};
use serde_json::{Value, json};

use super::request::{Care, Numbers};
use super::{Counter, CounterError};

/// An identifier that the service gave to no card.
const NOBODY: &str = "UNYO-TEST";

/// One line of the sheet.
struct Line {
    ja: &'static str,
    en: &'static str,
    outcome: Result<String, CounterError>,
    ms: u128,
}

impl Counter {
    /// Runs all steps, also after one that failed.
    pub(super) async fn operation_test(&self) -> Result<Value, CounterError> {
        let mut lines = Vec::new();
        let mut note = |ja, en, begun: Instant, outcome: Result<String, CounterError>| {
            lines.push(Line {
                ja,
                en,
                outcome,
                ms: begun.elapsed().as_millis(),
            });
        };
        let begun = Instant::now();
        let warm = self.visits.warm().await;
        note(
            "接続とログイン",
            "connection and login",
            begun,
            warm.map(|()| String::new()).map_err(Into::into),
        );

        let begun = Instant::now();
        let nonce = self.visits.nonce().await;
        let nonce = nonce.map(|nonce| oqs::time::to_jst(nonce.server_time));
        note(
            "カード確認の準備（想定の方式）",
            "card confirmation, first half (assumed form)",
            begun,
            nonce.map_err(Into::into),
        );

        let begun = Instant::now();
        let outcome = self.nobody("06999999", "9999999", "19000101").await;
        note(
            "資格確認（該当なしの番号）",
            "qualification by numbers of nobody",
            begun,
            outcome,
        );

        let begun = Instant::now();
        let outcome = self.nobody("12999999", "9999999", "").await;
        note(
            "医療扶助の照会（該当なしの番号）",
            "medical assistance by numbers of nobody",
            begun,
            outcome,
        );

        let begun = Instant::now();
        let settings = self.settings().await;
        let assistance = settings
            .as_ref()
            .ok()
            .and_then(|s| s["medical_assistance"].as_bool());
        let outcome = match (settings, assistance) {
            (Err(error), _) => Err(error),
            (Ok(_), Some(true)) => Ok("医療扶助: 利用する / medical assistance: on".to_owned()),
            (Ok(_), _) => Err(CounterError::new(
                "UK-VISIT-506",
                "環境設定の「医療扶助」が「利用する」になっていません。",
                "Medical assistance is not switched on in the service's settings.",
            )),
        };
        note("環境設定", "settings", begun, outcome);

        let begun = Instant::now();
        let month: Month = self.today().chars().take(6).collect::<String>().into();
        let request = BulkRequest::Tickets(TicketSearchRequest::new(
            &self.institution_code,
            &month,
            &Self::identifier(),
        ));
        let taken = self.central.begin_bulk(&request).await;
        let outcome = taken.map_err(CounterError::from).and_then(|reception| {
            let number = reception.reception_number().map(str::to_owned);
            number.ok_or_else(|| CounterError::said_no("", ""))
        });
        let reception = outcome.as_ref().ok().cloned();
        note(
            "委託先資格情報の一括取得（受付）",
            "bulk fetch of tickets, first phase",
            begun,
            outcome,
        );
        if let Some(reception) = reception {
            let begun = Instant::now();
            let outcome = self.second_phase(&reception).await;
            note(
                "委託先資格情報の一括取得（結果の受け取り。保存はしません）",
                "bulk fetch of tickets, second phase (nothing is kept)",
                begun,
                outcome,
            );
        }

        if !self.qualification_only {
            let begun = Instant::now();
            let outcome = self.medicines_of_nobody().await;
            note(
                "薬剤情報（同意のない照会が断られること）",
                "medicines (asked without a consent: must be refused)",
                begun,
                outcome,
            );
            let begun = Instant::now();
            let outcome = self.checkups_of_nobody().await;
            note(
                "健診情報（同意のない照会が断られること）",
                "checkups (asked without a consent: must be refused)",
                begun,
                outcome,
            );
        }

        let begun = Instant::now();
        let request = InsuranceUseRequest::new(&self.institution_code, NOBODY, &Self::identifier());
        let answer = self.visits.register_insurance_use(&request).await;
        let outcome = answer.map_err(CounterError::from).and_then(|answer| {
            // The call is known, and nobody was registered.
            (!answer.is_done()).then(String::new).ok_or_else(somebody)
        });
        note(
            "健康保険証利用登録（該当なし）",
            "registration for insurance use (of nobody)",
            begun,
            outcome,
        );

        let begun = Instant::now();
        let url = self.access_url(Care::Online, false).await;
        note(
            "医療機関アクセスURL",
            "address of the mobile page",
            begun,
            url.map(|u| u["url"].as_str().unwrap_or_default().to_owned()),
        );

        let begun = Instant::now();
        let outcome = self.reinquire_nobody().await;
        note(
            "再照会（該当なしの番号、訪問診療等）",
            "re-inquiry by numbers of nobody",
            begun,
            outcome,
        );

        let begun = Instant::now();
        let outcome = self.register_nobody().await;
        note(
            "照会番号登録（該当なしの番号）",
            "reference number for numbers of nobody",
            begun,
            outcome,
        );

        let begun = Instant::now();
        let request = PasscodeRequest::new(&self.institution_code, &Self::identifier());
        let told = self.central.passcode(&request).await;
        let outcome = told.map_err(CounterError::from).and_then(|answer| {
            let given = answer.passcode().map(|(_, until)| until);
            // The passcode itself is told to nobody.
            given
                .map(|until| until.map(oqs::time::to_jst).unwrap_or_default())
                .ok_or_else(|| CounterError::said_no("", ""))
        });
        note(
            "目視確認用パスコード",
            "passcode for visual confirmation",
            begun,
            outcome,
        );

        let begun = Instant::now();
        let openings = self.openings().await;
        note(
            "災害時・障害時の開放状況",
            "disaster and outage openings",
            begun,
            openings.map(|o| o.to_string()),
        );

        let sheet: Vec<Value> = lines
            .iter()
            .map(|line| {
                let mut row = json!({
                    "ja": line.ja,
                    "en": line.en,
                    "ok": line.outcome.is_ok(),
                    "ms": u64::try_from(line.ms).unwrap_or(u64::MAX),
                });
                match &line.outcome {
                    Ok(detail) => row["detail"] = detail.as_str().into(),
                    Err(error) => row["error"] = error.json()["error"].clone(),
                }
                row
            })
            .collect();
        let ok = lines.iter().all(|line| line.outcome.is_ok());
        Ok(json!({
            "ok": ok,
            "at": oqs::time::to_jst(self.clock.wall_ms()),
            "simulated": self.simulated,
            "institution_code": self.institution_code,
            "sheet": sheet,
        }))
    }

    /// One look at a bulk result: ready or still working, both will do.
    async fn second_phase(&self, reception: &str) -> Result<String, CounterError> {
        let request =
            BulkDownloadRequest::new(&self.institution_code, reception, &Self::identifier());
        let taker: BulkTaker = Box::new(|_| Ok(()));
        let fetched = (self.central)
            .fetch_bulk(BulkCall::Tickets, &request, taker)
            .await?;
        match fetched.state {
            BulkState::Finished => Ok(format!("{0}件 / {0} persons", fetched.persons)),
            BulkState::Working => Ok("処理中 / still working".to_owned()),
            BulkState::Failed { code, message } => Err(CounterError::said_no(&code, &message)),
        }
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
        refused_as_it_should(answer.is_ok(), answer.body.and_then(|b| b.message_contents))
    }

    async fn checkups_of_nobody(&self) -> Result<String, CounterError> {
        let request =
            CheckupsRequest::for_card_visit(&self.institution_code, NOBODY, &Self::identifier());
        let answer = self.visits.checkups_of_visit(&request).await?;
        refused_as_it_should(answer.is_ok(), answer.body.and_then(|b| b.message_contents))
    }

    /// A re-inquiry that must find nobody.
    async fn reinquire_nobody(&self) -> Result<String, CounterError> {
        let numbers = nobodys("06999999", "9999999", "19000101");
        let identifier = Self::identifier();
        let search = super::lookup::search(&numbers, &identifier);
        let care = CareKind::Visiting;
        let request = ReinquiryRequest::new(
            &self.institution_code,
            &self.today(),
            care.clone(),
            search,
            &identifier,
        );
        let answer = self.central.reinquire(&care, &request).await?;
        if answer.results().is_empty() {
            return Ok(answer.validity().map_or("", |v| v.code()).to_owned());
        }
        Err(somebody())
    }

    /// A reference number for nobody: the service must know the call and say no to the person.
    async fn register_nobody(&self) -> Result<String, CounterError> {
        let numbers = nobodys("06999999", "9999999", "");
        match self.register_reference("UNYO-TEST", &numbers).await {
            Err(error) if error.code == "UK-VISIT-504" => {
                Ok(error.service.map(|(code, _)| code).unwrap_or_default())
            }
            Err(error) => Err(error),
            Ok(_) => Err(somebody()),
        }
    }

    /// A search that must find nobody; nothing of it is stored.
    async fn nobody(
        &self,
        insurer: &str,
        number: &str,
        born: &str,
    ) -> Result<String, CounterError> {
        let numbers = nobodys(insurer, number, born);
        let request = QualificationRequest::by_numbers(
            &self.institution_code,
            &self.today(),
            &numbers.lookup(),
            &Self::identifier(),
        );
        let answer = self.central.lookup(&request).await?;
        super::lookup::refused(&answer)?;
        match answer.results().len() {
            0 => Ok(answer.validity().map_or("", |v| v.code()).to_owned()),
            _ => Err(somebody()),
        }
    }
}

fn nobodys(insurer: &str, number: &str, born: &str) -> Numbers {
    Numbers {
        insurer_number: insurer.to_owned(),
        number: number.to_owned(),
        birth_date: born.to_owned(),
        ..Numbers::default()
    }
}

fn refused_as_it_should(given: bool, words: Option<String>) -> Result<String, CounterError> {
    if given {
        return Err(somebody());
    }
    Ok(words.unwrap_or_default())
}

fn somebody() -> CounterError {
    CounterError::new(
        "UK-VISIT-507",
        "該当者がいないはずの番号で結果が返りました。接続先を確認してください。",
        "Numbers of nobody gave a result. Check which service this is.",
    )
}
