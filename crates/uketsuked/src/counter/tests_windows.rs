//! How long the consent of each flow serves (invariant 1), against the simulated service: the kept window is the earlier of the service's time
//! and the flow's own.

use hw_sim::central::Care;
use serde_json::{Value, json};

use super::tests::{Bench, CLINIC, bench, with};
use super::tests_medical::{DAY, ask};

/// Until when each kind of this visit may be viewed, as the ledger keeps it.
async fn kept_until(bench: &Bench, found: &Value) -> Vec<(String, Option<i64>)> {
    let visit = u64::from_str_radix(found["visit"].as_str().unwrap(), 16).unwrap();
    let kept = bench
        .counter
        .ledger(move |ledger| ledger.consents_of(visit));
    let kept = kept.await.unwrap().into_iter();
    kept.filter(|one| one.flag == "1")
        .map(|one| (one.flow, one.until))
        .collect()
}

fn on(care: &str, day: &str) -> Value {
    with(ask(care), json!({ "care_day": day }))
}

/// The end of the day after a moment's day in Japan.
fn end_of_day_after(ms: i64) -> i64 {
    let day: String = oqs::time::to_jst(ms).chars().take(8).collect();
    oqs::time::from_jst(&format!("{day}000000")).unwrap() + 2 * DAY - 1_000
}

/// 通常とは異なる動線 (fever, in-car, emergency admission): the qualification and what the consent opens, to the end of the day after the care
/// day and no longer, whatever the service says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_the_alternative_route_serves_to_the_end_of_the_next_day() {
    let bench = bench().await;
    let now = bench.now();
    let today = bench.today();
    // The mobile page was told a day of care far ahead: the service's time is long.
    bench.sim.add_consent(hw_sim::central::HomeConsent {
        examination: oqs::time::to_jst(now + 10 * DAY).chars().take(8).collect(),
        ..bench.home_consent(Care::Online, &["YZK"], CLINIC, now)
    });
    let found = bench.ask(on("alternative-route", &today)).await.unwrap();
    assert_eq!(found["medical"][0]["kind"], "medicines", "{found}");
    assert_eq!(
        kept_until(&bench, &found).await,
        [("alternative-route".to_owned(), Some(end_of_day_after(now)))]
    );
    // Looked at as of the care that is to come, the service's own time is the earlier one.
    let late: String = oqs::time::to_jst(now + 20 * DAY).chars().take(8).collect();
    let found = bench.ask(on("online", &late)).await.unwrap();
    let service = end_of_day_after(now + 10 * DAY);
    assert_eq!(
        kept_until(&bench, &found).await,
        [("online".to_owned(), Some(service))]
    );
    // A care that is over for two days opens nothing, and nothing is asked.
    let asked = bench.medical_requests();
    let over: String = oqs::time::to_jst(now - 3 * DAY).chars().take(8).collect();
    let found = bench.ask(on("alternative-route", &over)).await.unwrap();
    assert_eq!(found["medical"], json!([]));
    assert_eq!(bench.medical_requests(), asked);
    let slip = bench
        .ask_fully(on("alternative-route", "20261131"))
        .await
        .unwrap_err();
    assert_eq!(slip.json()["error"]["field"], "care_day");
}

/// 往診: one call, one consent. What a consent brought once it brings no second time; a new consent does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_a_house_call_is_asked_for_each_time() {
    let bench = bench().await;
    let given = bench.now() - 3_600_000;
    bench.consent(Care::Visiting, &["YZK"], CLINIC, given);
    let first = bench.ask(ask("house-call")).await.unwrap();
    assert_eq!(first["medical"][0]["kind"], "medicines", "{first}");
    let given = given / 1_000 * 1_000;
    assert_eq!(
        kept_until(&bench, &first).await,
        [("house-call".to_owned(), Some(given + DAY))],
        "the service's time would be a year"
    );
    let asked = bench.medical_requests();
    let second = bench.ask(ask("house-call")).await.unwrap();
    assert_eq!(second["medical"], json!([]));
    assert_eq!(second["medical_failed"][0]["code"], "UK-VISIT-525");
    assert_eq!(bench.medical_requests(), asked, "nothing was asked");
    // A clock set back ends what is kept here (invariant 14), and takes nothing back of what was served.
    let now = bench.now();
    let back = ledger::SetBack {
        from: now + 1_000,
        to: now - 3_000_000,
        staff: "staff:test".into(),
        reason: "test".into(),
    };
    let back = bench
        .counter
        .ledger(move |ledger| ledger.set_time_back(&back, &[]));
    assert_eq!(back.await.unwrap(), 2);
    let third = bench.ask(ask("house-call")).await.unwrap();
    assert_eq!(third["medical_failed"][0]["code"], "UK-VISIT-525");
    assert_eq!(bench.medical_requests(), asked, "nothing was asked");
    bench.consent(Care::Visiting, &["YZK"], CLINIC, bench.now());
    let anew = bench.ask(ask("house-call")).await.unwrap();
    assert_eq!(anew["medical"][0]["kind"], "medicines", "{anew}");
    // Visiting care stands on the same consent at the service, and serves again and again.
    for _ in 0..2 {
        let visiting = bench.ask(ask("visiting")).await.unwrap();
        assert_eq!(visiting["medical"][0]["kind"], "medicines", "{visiting}");
    }
    // Yesterday's consent serves no house call today; what visiting care keeps is another matter.
    let old = super::tests::bench().await;
    old.consent(Care::Visiting, &["YZK"], CLINIC, old.now() - 2 * DAY);
    assert_eq!(
        old.ask(ask("house-call")).await.unwrap()["medical"],
        json!([])
    );
    assert_eq!(old.medical_requests(), 0);
    assert_eq!(
        old.ask(ask("visiting")).await.unwrap()["medical"][0]["kind"],
        "medicines"
    );
}

/// Withdrawn at the service, a consent ends in both of the flows that stand on it, with the reason of who wanted it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_names_its_reason_and_ends_both_flows() {
    for (by_patient, reason, code) in [
        (true, "by the patient", "2"),
        (false, "by the institution", "1"),
    ] {
        let bench = bench().await;
        bench.consent(Care::Visiting, &["YZK"], CLINIC, bench.now() - 3_600_000);
        let visiting = bench.ask(ask("visiting")).await.unwrap();
        let call = bench.ask(ask("house-call")).await.unwrap();
        let withdraw = with(
            ask("house-call"),
            json!({"do": "withdraw", "by_patient": by_patient}),
        );
        let Ok(super::CounterRequest::Withdraw { numbers, .. }) =
            super::CounterRequest::read(withdraw.clone())
        else {
            panic!("a withdrawal");
        };
        let sent = bench
            .counter
            .withdrawal(super::request::Care::HouseCall, by_patient, &numbers);
        let sent = oqs::Message::to_json(&sent);
        assert!(
            sent.contains(&format!(r#""ConsentInvalidationReason":"{code}""#)),
            "{sent}"
        );
        bench.ask(withdraw).await.unwrap();
        for found in [&visiting, &call] {
            let visit = u64::from_str_radix(found["visit"].as_str().unwrap(), 16).unwrap();
            let kept = bench
                .counter
                .ledger(move |ledger| ledger.consents_of(visit));
            let mut kept = kept.await.unwrap();
            // A kind that was never agreed to has nothing to end.
            kept.retain(|one| one.flag == "1");
            assert!(!kept.is_empty() && kept.iter().all(|one| one.withdrawn_at.is_some()));
        }
        let audit = bench.counter.ledger(|ledger| ledger.audit_records(0, 500));
        let audit = audit.await.unwrap();
        let mut ended = audit.iter().filter(|one| one.action == "consent-withdrawn");
        assert!(ended.clone().count() >= 2);
        assert!(ended.all(|one| one.detail["reason"] == reason), "{reason}");
    }
}

/// What was agreed to and brings nothing is said, in the answer and in the audit chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consented_kind_that_brings_nothing_is_said() {
    let bench = bench().await;
    bench.consent(Care::Visiting, &["YZK", "SHJ"], CLINIC, bench.now());
    let found = bench.ask(ask("visiting")).await.unwrap();
    assert_eq!(found["medical"][0]["kind"], "medicines");
    assert_eq!(found["medical_nothing"], json!(["operations"]), "{found}");
    assert_eq!(found["medical_failed"], json!([]));
    let audit = bench.counter.ledger(|ledger| ledger.audit_records(0, 500));
    let audit = audit.await.unwrap();
    let fetched = audit
        .iter()
        .find(|one| one.action == "medical-fetched")
        .unwrap();
    assert_eq!(fetched.detail["nothing"], json!(["operations"]));
}
