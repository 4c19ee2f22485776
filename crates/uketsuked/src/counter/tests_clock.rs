//! The way back from a time that the service has pushed ahead, against the simulated service (invariants 1, 8, 14).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ledger::{NewConsent, StoredConsent};
use oqs::ConsentKind;
use serde_json::{Value, json};

use super::tests::{Bench, CLINIC, bench};
use crate::clock::{STATE_KEY, TrustedClock};
use crate::medical_later::{self, Asker};

const HOUR: i64 = 3_600_000;

/// The service was two hours ahead when it was heard last, and is so still.
async fn pushed() -> (Bench, i64) {
    let bench = bench().await;
    let machine = bench.counter.clock.machine_ms();
    bench.sim.set_server_time_skew(2 * HOUR);
    bench.counter.clock.service_said(machine + 2 * HOUR);
    (bench, machine)
}

impl Bench {
    /// A consent of the reader for medicines, recorded with its visit.
    async fn consented(&self, visit: u64, given_at: i64, until: i64) {
        let consent = NewConsent {
            visit,
            kind: ConsentKind::Medicines.en().to_owned(),
            flow: "reader".to_owned(),
            flag: "1".to_owned(),
            given_at: Some(given_at),
            until: Some(until),
            person: String::new(),
        };
        let job = move |ledger: &mut ledger::Ledger| ledger.record_consents(given_at, &[consent]);
        self.counter.ledger(job).await.unwrap();
    }

    async fn consent_of(&self, visit: u64) -> StoredConsent {
        let found = self.counter.ledger(move |ledger| ledger.consents_of(visit));
        found.await.unwrap().remove(0)
    }

    async fn accepts(&self) -> Result<Value, String> {
        let accepted = self.counter.accept_clock("鈴木", "時計");
        accepted.await.map_err(|error| error.code)
    }

    fn ahead(&self) -> i64 {
        self.counter.clock.ahead_of_machine_ms()
    }
}

/// While the service says so the time stays; once it agrees with the machine's clock the time goes back, now and at the next start. A consent that
/// had ended stays ended, and what waited under it is never asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariants_1_14_the_time_goes_back_on_somebodys_word_and_revives_nothing() {
    let (bench, machine) = pushed().await;
    let found = bench.ask(
        json!({"do": "lookup", "insurer_number": "06123456", "symbol": "12", "number": "3456789",
        "branch": "00", "birth_date": "19750303"}),
    );
    let visit = found.await.unwrap()["visit"].as_str().map(str::to_owned);
    let visit = u64::from_str_radix(&visit.unwrap(), 16).unwrap();
    bench.consented(visit, machine - HOUR, machine + HOUR).await;
    bench
        .consented(2, machine - HOUR, machine + 30 * HOUR)
        .await;
    let noted = move |ledger: &mut ledger::Ledger| {
        let kinds = [ConsentKind::Medicines];
        let (key, text) = medical_later::noted(ledger, visit, "confirmed", &kinds)?.unwrap();
        ledger.put_state(&key, &text)
    };
    bench.counter.ledger(noted).await.unwrap();

    assert_eq!(bench.accepts().await, Err("UK-VISIT-403".into()));
    assert!((bench.ahead() - 2 * HOUR).abs() < 60_000, "as it was");
    assert_eq!(bench.consent_of(visit).await.withdrawn_at, None);

    bench.sim.set_server_time_skew(0);
    bench.occupied.store(true, Ordering::SeqCst);
    assert_eq!(bench.accepts().await, Err("UK-VISIT-404".into()));
    assert!((bench.ahead() - 2 * HOUR).abs() < 60_000, "as it was");
    bench.occupied.store(false, Ordering::SeqCst);
    let tried =
        json!({"202601": {"day": "29991231", "job": 1}, "202512": {"day": "20260101", "job": 2}});
    let marked = format!("{} 0a", machine + HOUR);
    let kept = move |ledger: &mut ledger::Ledger| {
        ledger.put_state("tickets-schedule", &tried.to_string())?;
        ledger.put_state("folder-mark:res", &marked)
    };
    bench.counter.ledger(kept).await.unwrap();
    let answer = bench.accepts().await.unwrap();
    assert_eq!(answer["consents_ended"], 2, "{answer}");
    let seconds = answer["set_back_seconds"].as_i64().unwrap();
    assert!((seconds - 7_200).abs() < 60, "{answer}");
    assert!(bench.ahead() < 60_000, "{}", bench.ahead());
    let now = bench.counter.clock.wall_ms();
    let (ended, open) = (bench.consent_of(visit).await, bench.consent_of(2).await);
    assert!(ended.until.unwrap() > now && !ended.holds(now), "revived");
    assert!(!open.holds(now), "nobody knows by which time it was given");

    let asker = Asker {
        central: Arc::clone(&bench.counter.visits),
        desk: bench.counter.desk.clone(),
        clock: Arc::clone(&bench.counter.clock),
        engine: bench.counter.engine.clone(),
        live_visit: Arc::new(AtomicU64::new(0)),
        institution_code: CLINIC.into(),
        simulated: true,
    };
    assert!(asker.pass().await.is_ok());
    assert_eq!(bench.medical_requests(), 0, "never asked for");
    let waits =
        move |ledger: &mut ledger::Ledger| medical_later::is_noted(ledger, visit, "medicines");
    assert!(!bench.counter.ledger(waits).await.unwrap());

    let states = |ledger: &mut ledger::Ledger| {
        let tried = ledger.get_state("tickets-schedule")?.unwrap_or_default();
        Ok((
            tried,
            ledger.get_state("folder-mark:res")?.unwrap_or_default(),
        ))
    };
    let (tried, marked) = bench.counter.ledger(states).await.unwrap();
    assert!(
        !tried.contains("29991231") && tried.contains("20260101"),
        "{tried}"
    );
    let since = marked.split(' ').next().unwrap().parse::<i64>().unwrap();
    assert!((since - (machine - HOUR)).abs() < 60_000, "{marked}");

    // The next start.
    let kept = bench.counter.ledger(|ledger| ledger.get_state(STATE_KEY));
    let next = TrustedClock::default();
    next.not_before(kept.await.unwrap().unwrap().parse().unwrap());
    assert!(next.ahead_of_machine_ms() < 60_000);
    let records = bench.counter.ledger(|ledger| ledger.audit_records(0, 100));
    let records = records.await.unwrap();
    let record = records.iter().find(|one| one.action == "clock-set-back");
    let record = record.unwrap();
    assert_eq!(record.actor, "staff:鈴木");
    assert_eq!(record.detail["consents_ended"], 2);
    assert_eq!(
        bench
            .alerts
            .lock()
            .unwrap()
            .iter()
            .filter(|one| **one == "set-back")
            .count(),
        1
    );
    assert_eq!(bench.accepts().await, Err("UK-VISIT-402".into()));
}

/// Without the service's word, and while its clock is behind the machine's, nothing is set back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_14_without_a_second_witness_the_time_stays() {
    let (bench, _) = pushed().await;
    bench.sim.set_server_time_skew(-HOUR);
    assert_eq!(bench.accepts().await, Err("UK-VISIT-403".into()));
    bench.sim.set_server_time_skew(0);
    bench.sim.set_fault(hw_sim::central::Fault::Status(503));
    let unheard = bench.accepts().await.unwrap_err();
    assert!(unheard.starts_with("UK-CENT-"), "{unheard}");
    assert!((bench.ahead() - 2 * HOUR).abs() < 60_000, "as it was");
    let kept = bench.counter.ledger(|ledger| ledger.get_state(STATE_KEY));
    assert_eq!(kept.await.unwrap(), None);
}

/// Invariant 8: an account that wrong passwords have locked is open after what its lock had left, not two hours later and not at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_8_locks_go_back_with_the_time() {
    let (bench, machine) = pushed().await;
    let locked = json!({"受付 花子": [5, machine + 2 * HOUR + 600_000, 7]}).to_string();
    let kept = move |ledger: &mut ledger::Ledger| ledger.put_state("staff-guards", &locked);
    bench.counter.ledger(kept).await.unwrap();
    bench.sim.set_server_time_skew(0);
    bench.accepts().await.unwrap();
    let read = bench
        .counter
        .ledger(|ledger| ledger.get_state("staff-guards"));
    let guards: Value = serde_json::from_str(&read.await.unwrap().unwrap()).unwrap();
    let until = guards["受付 花子"][1].as_i64().unwrap() - bench.counter.clock.wall_ms();
    assert!(until > 300_000 && until <= 15 * 60_000, "{until}");
}
