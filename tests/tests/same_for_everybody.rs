//! Invariant 17 beyond the words (docs/invariants.md): how long an insured, an entrusted and an unentrusted person wait while the
//! service is slow, and what goes over the page's line when they are recognised by their face.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use e2e::passing::{before_the_camera, while_it_works};
use e2e::{Bench, BenchOptions, PatientPage, identify_by_pin, to_camera};
use hw_sim::camera::Face;
use hw_sim::central::Fault;
use serde_json::Value;

/// Insured, entrusted, unentrusted, and whose picture each is recognised by.
const PERSONS: [(&str, &str); 3] = [
    ("hoken", "astronaut"),
    ("seiho", "obama2"),
    ("mitaku", "biden"),
];
/// About whom the service has much to tell, and takes its time over it.
const MUCH: &str = "seiho";
/// How late each answer of the service comes.
const LATE: Duration = Duration::from_millis(700);
/// Waits that differ by less are the same to somebody who watches; one answer more or less would be more.
const ALIKE: Duration = Duration::from_millis(450);

/// How often medical lists of this visit were asked for.
fn lists_asked(bench: &Bench, after: u64) -> usize {
    let requests = bench.clinic.central().requests_after(after);
    let medical = |path: &str| {
        ["medicines", "checkups", "treatment", "operations"]
            .iter()
            .any(|list| path.ends_with(list))
    };
    requests.iter().filter(|one| medical(&one.path)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_waits_of_three_persons_are_alike_at_a_slow_service_invariant_17() {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let mut page = bench.patient().await.unwrap();
    // Signed in and with nonces in hand, as a terminal is when the day has begun.
    page.wait_for(&["waiting"]).await.unwrap();
    let late = |wait: Duration| u64::try_from(wait.as_millis()).unwrap();
    bench.clinic.central().set_fault(Fault::Slow(late(LATE)));
    let mut waits: Vec<[Duration; 3]> = Vec::new();
    let mut lists = Vec::new();
    for (person, _) in PERSONS {
        let before = bench
            .clinic
            .central_requests()
            .last()
            .map_or(0, |request| request.seq);
        identify_by_pin(&bench, &mut page, person).await.unwrap();
        let confirmed = Instant::now();
        page.wait_for(&["consents"]).await.unwrap();
        let asked = confirmed.elapsed();
        // What there is to fetch about one of them takes the service much longer: nobody may see that by the clock.
        if person == MUCH {
            bench.clinic.central().set_fault(Fault::SlowLists {
                lists: late(LATE * 4),
                others: late(LATE),
            });
        }
        page.press("consent-all-yes").await.unwrap();
        let answered = Instant::now();
        page.wait_for(&["farewell"]).await.unwrap();
        let delivered = answered.elapsed();
        bench.clinic.take().await.unwrap();
        page.wait_for(&["waiting"]).await.unwrap();
        waits.push([asked, delivered, answered.elapsed()]);
        // What is still on its way when the page is free again arrives all the same.
        tokio::time::sleep(LATE * 6).await;
        bench.clinic.central().set_fault(Fault::Slow(late(LATE)));
        lists.push(lists_asked(&bench, before));
    }
    assert!(
        lists[0] > 0,
        "medical lists are asked for behind the page: {lists:?}"
    );
    for place in 0..3 {
        let all = waits.iter().map(|waits| waits[place]);
        let (least, most) = (all.clone().min().unwrap(), all.max().unwrap());
        assert!(most - least < ALIKE, "{place}: {waits:?}");
    }
    assert!(bench.stop().await);
}

/// Every text of a visit by face, without what changes with every picture of the camera and what passes by.
async fn by_face(bench: &Bench, page: &mut PatientPage, person: &str, face: &str) -> Vec<String> {
    bench.clinic.face(&Face::Portrait(face.into())).unwrap();
    let from = page.traffic().len();
    to_camera(bench, page, person).await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    page.press("consent-all-yes").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    bench.clinic.take().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
    page.traffic()[from..].to_vec()
}

fn page_of(text: &str) -> String {
    let view: Value = serde_json::from_str(text).unwrap();
    view["page"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_persons_recognised_by_face_are_sent_the_same_invariant_17() {
    let bench = Bench::start(BenchOptions::default()).await.unwrap();
    let mut page = bench.patient().await.unwrap();
    let mut seen = Vec::new();
    for (person, face) in PERSONS {
        seen.push(by_face(&bench, &mut page, person, face).await);
    }
    alike(&seen);
    assert!(bench.stop().await);
}

const PASSES_BY: [&str; 3] = ["reading", "working", "face-check"];
/// What keeps the line alive: sent by the clock, and all that is sent beside views.
const ALIVE: &str = r#"{"type":"alive"}"#;

/// What stays is the same for all; what passes by is, for each, the machine's work, the camera's instructions and the sign of life, byte for byte.
fn alike(seen: &[Vec<String>]) {
    let stays = |came: &[String]| -> Vec<String> {
        let mut stays: Vec<String> = came
            .iter()
            // The waiting page of before may be told once more.
            .skip_while(|text| page_of(text) == "waiting")
            .filter(|text| text.as_str() != ALIVE && !PASSES_BY.contains(&page_of(text).as_str()))
            .cloned()
            .collect();
        stays.dedup();
        stays
    };
    let mut expected = while_it_works().unwrap();
    expected.extend(before_the_camera(true, true).unwrap());
    for (came, (person, _)) in seen.iter().zip(PERSONS) {
        assert_eq!(stays(&seen[0]), stays(came), "what came to {person}");
        let no_page: Vec<&String> = came
            .iter()
            .filter(|text| page_of(text).is_empty() && text.as_str() != ALIVE)
            .collect();
        assert!(no_page.is_empty(), "{person} is told {no_page:#?}");
        let passing: BTreeSet<String> = came
            .iter()
            .filter(|text| PASSES_BY.contains(&page_of(text).as_str()))
            .cloned()
            .collect();
        let other: Vec<&String> = passing.difference(&expected).collect();
        assert!(other.is_empty(), "only {person} sees {other:#?}");
    }
}

/// What a person answers, or what the service does instead of serving.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// "No" to everything.
    No,
    /// Asked one by one: yes and no, and one changed at the end.
    Mixed,
    /// The service refuses the card.
    Revoked,
    /// The service answers with an error that nobody knows.
    Failing,
}

async fn by_pin(bench: &Bench, page: &mut PatientPage, person: &str, way: Way) -> Vec<String> {
    let from = page.traffic().len();
    bench
        .clinic
        .central()
        .set_revoked(person, way == Way::Revoked);
    if way == Way::Failing {
        bench.clinic.central().set_fault(Fault::Status(400));
    }
    identify_by_pin(bench, page, person).await.unwrap();
    match way {
        Way::No => {
            page.wait_for(&["consents"]).await.unwrap();
            page.press("consent-all-no").await.unwrap();
        }
        Way::Mixed => {
            page.wait_for(&["consents"]).await.unwrap();
            for button in [
                "itemise",
                "consent-checkups-yes",
                "consent-medicines-no",
                "consent-treatment-yes",
                "consent-operations-no",
                "consent-medicines-change",
                "consent-done",
            ] {
                let there = format!("\"{button}\"");
                page.wait_until(button, |view| view.to_string().contains(&there))
                    .await
                    .unwrap();
                page.press(button).await.unwrap();
                if button.ends_with("change") {
                    let yes = |view: &Value| view.to_string().matches(r#""pressed":true"#).count();
                    page.wait_until("the changed answer", |view| yes(view) == 3)
                        .await
                        .unwrap();
                }
            }
        }
        Way::Revoked | Way::Failing => {}
    }
    let end = match way {
        Way::No | Way::Mixed => "farewell",
        Way::Revoked | Way::Failing => "trouble",
    };
    page.wait_for(&[end]).await.unwrap();
    bench.clinic.take().await.unwrap();
    bench.clinic.central().set_fault(Fault::None);
    bench.clinic.central().set_revoked(person, false);
    page.wait_for(&["waiting"]).await.unwrap();
    page.traffic()[from..].to_vec()
}

/// Whatever three persons answer, and where the service serves none of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_mixed_answers_and_refusals_are_the_same_for_three_persons_invariant_17() {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let mut page = bench.patient().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
    for way in [Way::No, Way::Mixed, Way::Revoked, Way::Failing] {
        let mut seen = Vec::new();
        for (person, _) in PERSONS {
            seen.push(by_pin(&bench, &mut page, person, way).await);
        }
        assert!(seen[0].len() > 4, "{way:?}: {:#?}", seen[0]);
        alike(&seen);
    }
    assert!(bench.stop().await);
}
