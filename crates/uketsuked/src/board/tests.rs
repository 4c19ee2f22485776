//! What staff sees: bounded, newest first, of this day, and ended when it is over.

use super::*;

#[test]
fn alerts_are_bounded_and_newest_first() {
    let board = Board::default();
    for _ in 0..50 {
        board.alert("UK-VISIT-111", 0);
    }
    board.alert("UK-VISIT-112", 0);
    let drawn = board.draw(&(Vec::new(), 0), &[], (true, &Offices::default()), 0);
    assert_eq!(drawn.alerts.len(), ALERTS);
    assert_eq!(drawn.alerts[0].code, "UK-VISIT-112");
}

/// Several people before the camera, try after try and visit after visit, are one line, the newest: the list has room for what else happens. It
/// happened, though, and goes with the day.
#[test]
fn several_people_before_the_camera_are_told_once() {
    let board = Board::default();
    board.alert("UK-VISIT-111", 0);
    for at in 1..50 {
        board.alert("UK-VISIT-114", at);
    }
    let codes = |day| -> Vec<String> {
        let drawn = board.draw(&(Vec::new(), 0), &[], (true, &Offices::default()), day);
        drawn.alerts.into_iter().map(|alert| alert.code).collect()
    };
    assert_eq!(codes(0), ["UK-VISIT-114", "UK-VISIT-111"]);
    assert!(board.alerts()[0].closable);
    assert!(codes(DAY_MS).is_empty());
}

/// What lasts stands once and until it is settled; what happened goes with the day.
#[test]
fn alerts_end() {
    let board = Board::default();
    let codes = |day| -> Vec<String> {
        let drawn = board.draw(&(Vec::new(), 0), &[], (true, &Offices::default()), day);
        drawn.alerts.into_iter().map(|alert| alert.code).collect()
    };
    for at in [1, 2] {
        board.alert("UK-VISIT-201", at);
        board.alert("UK-VISIT-112", at);
    }
    assert_eq!(codes(0), ["UK-VISIT-112", "UK-VISIT-201", "UK-VISIT-112"]);
    assert_eq!(codes(DAY_MS), ["UK-VISIT-201"]);
    board.settle(&["UK-VISIT-201"]);
    assert_eq!(codes(0), ["UK-VISIT-112", "UK-VISIT-112"]);
    assert_eq!(board.alerts().len(), 2);
}

#[test]
fn device_news_is_told_once() {
    let board = Board::default();
    assert!(board.set_device("reader", true));
    assert!(!board.set_device("reader", true));
    assert!(board.set_device("reader", false));
    assert!(
        !board
            .draw(&(Vec::new(), 0), &[], (false, &Offices::default()), 0)
            .terminal
            .ok
    );
}

#[test]
fn visits_without_a_result_are_those_of_the_day() {
    let board = Board::default();
    let midnight = oqs::time::from_jst("20261122000000").unwrap();
    assert_eq!(day_began(midnight), midnight);
    assert_eq!(day_began(midnight + DAY_MS - 1), midnight);
    assert_eq!(day_began(midnight - 1), midnight - DAY_MS);
    board.ended("card-removed", Some("UK-VISIT-103"), midnight - 1);
    board.ended("cancelled", None, midnight + 60_000);
    board.ended("refused", Some("UK-VISIT-211"), midnight + 120_000);
    let drawn = board.draw(
        &(Vec::new(), 3),
        &[],
        (false, &Offices::default()),
        midnight,
    );
    let ended: Vec<_> = drawn
        .ended
        .iter()
        .map(|one| (one.at.as_str(), one.outcome.as_str(), one.code.as_deref()))
        .collect();
    assert_eq!(
        ended,
        [
            ("00:02", "refused", Some("UK-VISIT-211")),
            ("00:01", "cancelled", None),
        ]
    );
    assert_eq!(
        drawn.results_left_out, 3,
        "a true count of what is left out"
    );
}

#[tokio::test]
async fn todays_results_are_qualifications_of_this_day() {
    let bench = crate::counter::tests::bench().await;
    let desk = bench.counter.desk.clone();
    let noon = oqs::time::from_jst("20261122120000").unwrap();
    let body = r#"{"XmlMsg":{"MessageHeader":{"SegmentOfResult":"1"},"MessageBody":{"ProcessingResultStatus":"1"}}}"#;
    let stored = desk.run(move |ledger| {
        for visit in 0..80_u64 {
            for kind in ["qualification", "medicines"] {
                // The first ten are of the day before.
                let at = noon - if visit < 10 { DAY_MS } else { 0 };
                ledger.store_result(
                    at,
                    &ledger::NewResult {
                        visit: visit + 1,
                        reader: "r".into(),
                        kind: kind.into(),
                        body_json: body.into(),
                        simulated: true,
                    },
                )?;
            }
        }
        ledger.results_since("qualification", day_began(noon), (0, RESULTS))
    });
    let (rows, count) = stored.await.unwrap().unwrap();
    assert_eq!((rows.len(), count), (RESULTS, 70));
    assert!(
        rows.iter()
            .all(|one| one.kind == "qualification" && one.visit > 10)
    );
    assert_eq!(rows[0].visit, 80, "newest first");
}

/// What stops the ledger turns the health line; what was mended, or is only near, does not.
#[test]
fn the_ledgers_faults_stand_in_the_health_line() {
    let ok = |codes: &[&'static str]| {
        let board = Board::default();
        board.set_device("reader", true);
        for code in codes {
            board.alert(code, 0);
        }
        let drawn = board.draw(&(Vec::new(), 0), &[], (true, &Offices::default()), 0);
        assert_eq!(drawn.terminal.lines.len(), 2);
        drawn.terminal.ok
    };
    assert!(ok(&[]) && ok(&["UK-VISIT-112"]) && ok(&["UK-LEDG-019", "UK-LEDG-020", "UK-LEDG-028"]));
    assert!(!ok(&["UK-LEDG-018"]) && !ok(&["UK-LEDG-002"]));
}

#[test]
fn staff_closes_one_alert_and_no_state() {
    let board = Board::default();
    for code in ["UK-VISIT-201", "UK-VISIT-112", "UK-VISIT-112"] {
        board.alert(code, 0);
    }
    let alerts = board.alerts();
    let (newest, state) = (&alerts[0], &alerts[2]);
    assert_eq!(board.closable(state.id), None, "it ends by itself");
    assert_eq!(board.closable(newest.id).as_deref(), Some("UK-VISIT-112"));
    board.close(newest.id);
    assert_eq!(board.closable(newest.id), None);
    assert_eq!(board.alerts().len(), 2, "the other one of that code stays");
}
