//! Medical information under consents of visiting and online care, against the simulated service, which checks them by itself (invariant 1).

use std::time::Duration;

use hw_sim::central::{Care, Fault, HomeConsent};
use ledger::StoredResult;
use serde_json::{Value, json};

use super::tests::{Bench, CLINIC, bench, with};

pub(super) const DAY: i64 = 24 * 3_600_000;

fn insured() -> Value {
    json!({"insurer_number": "06123456", "symbol": "12", "number": "3456789", "branch": "00", "birth_date": "19750303"})
}

pub(super) fn ask(care: &str) -> Value {
    with(json!({"do": "reinquire", "care": care}), insured())
}

impl Bench {
    pub(super) fn consent(&self, care: Care, kinds: &[&str], institution: &str, at: i64) {
        let consent = self.home_consent(care, kinds, institution, at);
        self.sim.add_consent(consent);
    }

    /// What somebody agreed to on the mobile page, for a care of the same day.
    pub(super) fn home_consent(
        &self,
        care: Care,
        kinds: &[&str],
        institution: &str,
        at: i64,
    ) -> HomeConsent {
        HomeConsent {
            person: "mitaku".into(),
            institution_code: institution.into(),
            care,
            at,
            examination: oqs::time::to_jst(at).chars().take(8).collect(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            withdrawn: false,
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.counter.clock.wall_ms()
    }

    /// How many medical requests the service has seen.
    pub(super) fn medical_requests(&self) -> usize {
        let is = |path: &str| path.ends_with("/medicines") || path.ends_with("/checkups");
        self.sim
            .requests()
            .iter()
            .filter(|one| is(&one.path))
            .count()
    }

    async fn stored(&self) -> Vec<StoredResult> {
        let listed = self
            .counter
            .ledger(|ledger| ledger.newest_results(100))
            .await;
        listed.unwrap()
    }

    async fn of_kind(&self, kind: &str) -> Vec<StoredResult> {
        let mut stored = self.stored().await;
        stored.retain(|one| one.kind == kind);
        stored
    }

    /// Waits until the persons of all jobs were asked about.
    async fn all_asked(&self) {
        for _ in 0..300 {
            let todo = self
                .counter
                .ledger(|ledger| ledger.get_state("consented-medical"));
            if todo.await.unwrap().as_deref() == Some("{}") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("consented persons wait");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_a_reinquiry_brings_what_the_consent_opens_and_nothing_else() {
    let bench = bench().await;
    bench.consent(Care::Visiting, &["YZK"], CLINIC, bench.now() - DAY);
    let found = bench.ask(ask("visiting")).await.unwrap();
    let medical = found["medical"].as_array().unwrap();
    assert_eq!(medical.len(), 1, "{found}");
    assert_eq!(medical[0]["kind"], "medicines");
    assert_eq!(found["medical_failed"], json!([]));
    assert_eq!(bench.medical_requests(), 1, "checkups are not consented to");
    let id = medical[0]["result"].as_str().unwrap().to_owned();
    let stored = bench.counter.ledger(move |ledger| ledger.result(&id)).await;
    let stored = stored.unwrap().unwrap();
    assert!(stored.body_json.contains("架空錠10mg"));
    assert_eq!(stored.reader, "desk-1/visiting:staff:test");
    assert_eq!(
        format!("{:016x}", stored.visit),
        found["visit"].as_str().unwrap(),
        "under the visit of the qualification (invariant 10)"
    );
    assert_eq!(
        stored.owner, None,
        "whoever may have medical information takes it"
    );

    // Another care, another kind, another person's consent: never.
    assert_eq!(
        bench.ask(ask("online")).await,
        Err("UK-VISIT-504".into()),
        "no consent for online care"
    );
    bench.consent(Care::Online, &["TKK"], CLINIC, bench.now());
    let found = bench.ask(ask("online")).await.unwrap();
    assert_eq!(found["medical"][0]["kind"], "checkups");
    assert_eq!(found["medical"].as_array().unwrap().len(), 1);
    assert_eq!(bench.medical_requests(), 2);
    let checkups = bench.of_kind("checkups").await;
    assert!(checkups.len() == 1 && checkups[0].body_json.contains("132/84"));

    // By payer and recipient number as well, and every request stands in the audit chain.
    let recipient = json!({"do": "reinquire", "care": "visiting", "insurer_number": "12000009", "number": "2020002"});
    let found = bench.ask(recipient).await.unwrap();
    assert_eq!(found["medical"][0]["kind"], "medicines", "{found}");
    let of_recipient = bench.of_kind("medicines").await;
    assert!(
        of_recipient[0].body_json.contains("架空錠10mg")
            && !of_recipient[0].body_json.contains("2020002"),
        "invariant 6: beside an unentrusted assistance the echoed numbers are not kept"
    );
    let recorded = bench
        .counter
        .ledger(|ledger| ledger.audit_records(0, 500))
        .await
        .unwrap();
    let fetched: Vec<_> = recorded
        .iter()
        .filter(|record| record.action == "medical-fetched")
        .collect();
    assert_eq!(fetched.len(), 3);
    assert!(!format!("{fetched:?}").contains("架空"), "no content");

    // Qualification only: no medical question at all.
    let before = bench.medical_requests();
    let only = super::Counter {
        qualification_only: true,
        ..bench.counter.clone()
    };
    let request = serde_json::from_value(ask("visiting")).unwrap();
    let found = only.carry_out("staff:test", request).await.unwrap();
    assert_eq!(found["medical"], json!([]));
    assert_eq!(bench.medical_requests(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_a_window_that_has_ended_is_asked_about_no_more() {
    let bench = bench().await;
    bench.consent(Care::Online, &["YZK", "TKK"], CLINIC, bench.now());
    let found = bench.ask(ask("online")).await.unwrap();
    assert_eq!(found["medical"].as_array().unwrap().len(), 2, "{found}");
    let asked = bench.medical_requests();

    // The service's answer still carries the old window while the terminal's trusted time has gone past it.
    bench.counter.clock.service_said(bench.now() + 3 * DAY);
    let found = bench.ask(ask("online")).await.unwrap();
    assert_eq!(found["medical"], json!([]), "{found}");
    assert_eq!(found["medical_failed"], json!([]), "nothing was asked");
    assert_eq!(bench.medical_requests(), asked);

    // The other way round the service refuses by itself: its time has passed the window, the terminal asks by number all the same.
    bench.sim.clock().shift(3 * DAY);
    let request = oqs::CheckupsRequest::by_numbers(
        oqs::ConsentKind::Checkups,
        CLINIC,
        oqs::CareKind::Online,
        &oqs::NumberLookup {
            insurer_number: "06123456",
            symbol: "12",
            number: "3456789",
            branch: "00",
            ..oqs::NumberLookup::default()
        },
        "id-1",
    );
    let answer = bench.counter.central.checkups(&request).await.unwrap();
    assert!(!answer.is_ok() && answer.contents().is_empty());
}

/// What the service checks by itself, whatever the terminal does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_the_service_refuses_another_institution_kind_person_or_care() {
    let bench = bench().await;
    let numbers = oqs::NumberLookup {
        insurer_number: "06123456",
        number: "3456789",
        ..oqs::NumberLookup::default()
    };
    let months = crate::inquiry::medicine_months(bench.now());
    let of = |care: oqs::CareKind, numbers: &oqs::NumberLookup<'_>| {
        oqs::MedicinesRequest::by_numbers(CLINIC, care, numbers, (&months.0, &months.1), "id-1")
    };
    let given = |request: oqs::MedicinesRequest| {
        let central = std::sync::Arc::clone(&bench.counter.central);
        async move {
            central
                .medicines_by_numbers(&request)
                .await
                .unwrap()
                .is_ok()
        }
    };
    let visiting = of(oqs::CareKind::Visiting, &numbers);
    let online = of(oqs::CareKind::Online, &numbers);
    let outpatient = of(oqs::CareKind::Outpatient, &numbers);
    let other_branch = oqs::NumberLookup {
        branch: "01",
        ..numbers
    };
    let relative = of(oqs::CareKind::Visiting, &other_branch);
    assert!(!given(visiting.clone()).await, "no consent");
    bench.consent(Care::Visiting, &["YZK"], "1319999999", bench.now());
    assert!(
        !given(visiting.clone()).await,
        "given to another institution"
    );
    bench.consent(Care::Visiting, &["TKK"], CLINIC, bench.now());
    assert!(!given(visiting.clone()).await, "another kind");
    bench.consent(Care::Visiting, &["YZK"], CLINIC, bench.now() + DAY);
    assert!(!given(visiting.clone()).await, "not given yet");
    bench.consent(Care::Visiting, &["YZK"], CLINIC, bench.now());
    assert!(!given(online).await, "another care");
    assert!(!given(outpatient).await, "no card");
    assert!(!given(relative).await, "another member of the family");
    assert!(given(visiting.clone()).await);
    assert!(bench.sim.set_setting(CLINIC, "VisitingCareUse", "0"));
    assert!(!given(visiting).await, "visiting care is switched off");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_a_withdrawal_ends_what_may_be_viewed_here_too() {
    let bench = bench().await;
    bench.consent(Care::Visiting, &["YZK"], CLINIC, bench.now());
    let found = bench.ask(ask("visiting")).await.unwrap();
    let visit = u64::from_str_radix(found["visit"].as_str().unwrap(), 16).unwrap();
    let holding = |visit: u64| {
        let now = bench.now();
        let counter = bench.counter.clone();
        async move {
            let found = counter
                .ledger(move |ledger| ledger.consents_of(visit))
                .await;
            let found = found.unwrap();
            assert!(found.iter().all(|one| one.flow == "visiting"));
            found.iter().filter(|one| one.holds(now)).count()
        }
    };
    assert_eq!(holding(visit).await, 1);
    let end = with(
        json!({"do": "withdraw", "care": "visiting", "by_patient": true}),
        insured(),
    );
    bench.ask(end).await.unwrap();
    assert_eq!(holding(visit).await, 0, "what was fetched is shown no more");

    // Given again for less: what the service no longer holds ends here as well.
    bench.consent(Care::Visiting, &["YZK", "TKK"], CLINIC, bench.now());
    let found = bench.ask(ask("visiting")).await.unwrap();
    let visit = u64::from_str_radix(found["visit"].as_str().unwrap(), 16).unwrap();
    assert_eq!(holding(visit).await, 2);
    bench.consent(Care::Visiting, &["TKK"], CLINIC, bench.now());
    bench.ask(ask("visiting")).await.unwrap();
    assert_eq!(
        holding(visit).await,
        1,
        "medicines are withdrawn at the service"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_a_fetch_of_consents_brings_medical_information_once() {
    let bench = bench().await;
    bench.consent(Care::Online, &["YZK", "TKK"], CLINIC, bench.now());
    let day = bench.today();
    let fetch = json!({"do": "fetch-consented", "care": "online", "from": day, "to": day, "by_care_day": true});
    let begun = bench.ask(fetch.clone()).await.unwrap();
    assert_eq!(bench.job(&begun).await["persons"], 1);
    bench.all_asked().await;
    let qualification = bench.of_kind("qualification").await;
    assert_eq!(qualification.len(), 1);
    assert_eq!(
        (qualification[0].state, qualification[0].owner.as_deref()),
        (ledger::ResultState::Acknowledged, Some("terminal")),
        "imported from the job, not a second time from here (invariant 9)"
    );
    for (kind, told) in [("medicines", "架空錠10mg"), ("checkups", "132/84")] {
        let stored = bench.of_kind(kind).await;
        assert_eq!(stored.len(), 1, "{kind}");
        assert!(stored[0].body_json.contains(told));
        assert_eq!(stored[0].visit, qualification[0].visit);
        assert_eq!(
            (stored[0].state, stored[0].owner.as_deref()),
            (ledger::ResultState::Waiting, None),
            "handed on as any medical result"
        );
    }
    assert_eq!(bench.medical_requests(), 2);
    let verified = bench.counter.ledger(|ledger| ledger.verify()).await;
    assert_eq!(
        verified.unwrap().findings,
        [],
        "no false alarm (invariant 12)"
    );

    // Fetched again a little later under the same consent: not asked again.
    let begun = bench.ask(fetch.clone()).await.unwrap();
    bench.job(&begun).await;
    bench.all_asked().await;
    assert_eq!(bench.medical_requests(), 2);

    // Nothing is asked of persons whose window has ended meanwhile.
    bench.counter.clock.service_said(bench.now() + 3 * DAY);
    let begun = bench.ask(fetch).await.unwrap();
    bench.job(&begun).await;
    bench.all_asked().await;
    assert_eq!(bench.medical_requests(), 2);
    assert_eq!(bench.stored().await.len(), 3);
}

/// The service is away when the persons' turn comes: they are asked about when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_persons_of_a_fetch_are_asked_about_after_an_outage() {
    let bench = bench().await;
    bench.stop.send(true).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    bench.consent(Care::Online, &["YZK"], CLINIC, bench.now());
    let day = bench.today();
    let fetch = json!({"do": "fetch-consented", "care": "online", "from": day, "to": day, "by_care_day": true});
    let begun = bench.ask(fetch).await.unwrap();
    let id = begun["job"].as_u64().unwrap();
    let job = || bench.counter.ledger(move |ledger| ledger.bulk_job(id));
    while !bench.counter.look_at(&job().await.unwrap().unwrap()).await {}
    bench.sim.set_down(true).await.unwrap();
    assert_eq!(
        bench.counter.medical_of_consented().await,
        super::consented::Asked::Later
    );
    assert!(bench.of_kind("medicines").await.is_empty());
    bench.sim.set_down(false).await.unwrap();
    let mut asked = super::consented::Asked::Later;
    for _ in 0..40 {
        asked = bench.counter.medical_of_consented().await;
        if asked == super::consented::Asked::All {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(asked, super::consented::Asked::All);
    assert_eq!(bench.of_kind("medicines").await.len(), 1);
    assert_eq!(bench.of_kind("qualification").await.len(), 1);
    bench.all_asked().await;
}

/// A checkup document that comes where medicines were asked for is handed on under no name, and that is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_a_list_of_another_kind_is_stored_for_nobody() {
    let bench = bench().await;
    bench.consent(Care::Visiting, &["YZK", "TKK"], CLINIC, bench.now() - DAY);
    bench.sim.set_fault(Fault::SwapLists);
    let found = bench.ask(ask("visiting")).await.unwrap();
    assert_eq!(found["medical"], json!([]), "{found}");
    let failed = found["medical_failed"].as_array().unwrap();
    assert_eq!(failed.len(), 2, "{found}");
    assert!(failed.iter().all(|one| one["code"] == "UK-CENT-403"));
    let stored = bench.stored().await;
    assert_eq!(stored.len(), 1, "the qualification");
    assert!(!stored[0].body_json.contains("架空錠") && !found.to_string().contains("132/84"));
    let alerts = bench.alerts.lock().unwrap().clone();
    assert!(alerts.contains(&"UK-VISIT-510"), "staff hears: {alerts:?}");

    bench.sim.set_fault(Fault::None);
    let found = bench.ask(ask("visiting")).await.unwrap();
    assert_eq!(found["medical"].as_array().unwrap().len(), 2, "{found}");
}
