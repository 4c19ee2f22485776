//! Who sees which result on the overview over the network: recorded before it is shown, once for each session and result.

use crate::daemon::result;
use crate::page::{Page, page_on};
use kiosk::staff::{StaffResult, StaffState};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;

fn today(ids: &[&str]) -> StaffState {
    let results = ids.iter().map(|id| StaffResult {
        id: (*id).into(),
        ..result().result
    });
    StaffState {
        results: results.collect(),
        ..StaffState::default()
    }
}

async fn network() -> Page {
    let page = page_on(Duration::from_secs(600), Some(vec!["127.0.0.1".into()])).await;
    page.state.send_replace(today(&["r-2", "r-1"]));
    page
}

fn looks(page: &Page) -> Vec<(String, Value)> {
    let asked = page.asked().into_iter();
    asked
        .filter_map(|(who, what)| Some((who, what.get("overview")?.clone())))
        .collect()
}

fn shown(view: &Value) -> Vec<&str> {
    let items = view["results"]["items"].as_array().unwrap().iter();
    items.map(|one| one["id"].as_str().unwrap()).collect()
}

fn look(who: &str, ids: &[&str]) -> (String, Value) {
    (who.to_owned(), json!(ids))
}

#[tokio::test]
async fn each_session_is_recorded_once_for_each_result_it_is_shown() {
    let page = network().await;
    let clerk = page.sign_in("clerk").await;
    let mut socket = page.socket(&clerk).await.unwrap();
    assert_eq!(shown(&socket.json().await), ["r-2", "r-1"]);
    assert_eq!(looks(&page), [look("clerk", &["r-2", "r-1"])]);

    // Neither another drawing, nor another page of the session, nor a reload is a new look; a new result is.
    socket.send(r#"{"type":"language","lang":"en"}"#).await;
    assert_eq!(socket.json().await["lang"], "en");
    let mut another = page.socket(&clerk).await.unwrap();
    assert_eq!(shown(&another.json().await).len(), 2);
    assert_eq!(looks(&page).len(), 1);
    drop(another);
    page.state.send_replace(today(&["r-3", "r-2", "r-1"]));
    assert_eq!(shown(&socket.json().await), ["r-3", "r-2", "r-1"]);
    let all = [
        look("clerk", &["r-2", "r-1"]),
        look("clerk", &["r-3"]),
        look("doctor", &["r-3", "r-2", "r-1"]),
        look("clerk", &["r-3", "r-2", "r-1"]),
    ];
    assert_eq!(looks(&page), all[..2]);

    // Another person, and the same one signed in anew, are other eyes.
    for (name, recorded) in [("doctor", 3), ("clerk", 4)] {
        let person = page.sign_in(name).await;
        let mut socket = page.socket(&person).await.unwrap();
        assert_eq!(shown(&socket.json().await).len(), 3);
        assert_eq!(looks(&page), all[..recorded]);
    }
}

#[tokio::test]
async fn what_can_not_be_recorded_is_not_shown() {
    let page = network().await;
    page.full.store(true, Ordering::Relaxed);
    let clerk = page.sign_in("clerk").await;
    let mut socket = page.socket(&clerk).await.unwrap();
    let view = socket.json().await;
    assert!(shown(&view).is_empty(), "{view}");
    let remark = view["results"]["remark"].as_str().unwrap();
    assert!(
        remark.contains("2 件") && remark.contains("UK-LEDG-005"),
        "{remark}"
    );
    // It is shown by itself when it can be recorded.
    page.full.store(false, Ordering::Relaxed);
    let view = socket.json().await;
    assert_eq!(shown(&view), ["r-2", "r-1"]);
    assert_eq!(looks(&page), [look("clerk", &["r-2", "r-1"])]);
}

/// While the ledger hangs the page comes all the same, without what nobody can record, and says why; the rest comes when it answers again.
#[tokio::test]
async fn a_ledger_that_hangs_keeps_nobody_waiting() {
    let page = network().await;
    page.hangs.store(true, Ordering::Relaxed);
    let clerk = page.sign_in("clerk").await;
    let mut socket = page.socket(&clerk).await.unwrap();
    let view = tokio::time::timeout(Duration::from_secs(6), socket.json());
    let view = view.await.unwrap();
    assert!(shown(&view).is_empty(), "{view}");
    let remark = view["results"]["remark"].as_str().unwrap();
    assert!(
        remark.contains("2 件") && remark.contains("UK-STAFF-015"),
        "{remark}"
    );
    page.hangs.store(false, Ordering::Relaxed);
    assert_eq!(shown(&socket.json().await), ["r-2", "r-1"]);
    assert_eq!(looks(&page), [look("clerk", &["r-2", "r-1"])]);
}

/// Somebody who signs out elsewhere while the ledger hangs is told at once, before any wait for it is over.
#[tokio::test]
async fn a_session_that_ends_meanwhile_is_told_first() {
    let page = network().await;
    page.hangs.store(true, Ordering::Relaxed);
    let clerk = page.sign_in("clerk").await;
    let mut socket = page.socket(&clerk).await.unwrap();
    page.send(&clerk, "/desk/sign-out", "x=1").await;
    let told = tokio::time::timeout(Duration::from_secs(2), socket.json());
    assert_eq!(
        told.await.unwrap()["type"],
        "ended",
        "before anything is shown"
    );
    assert!(looks(&page).is_empty());
}

/// The terminal's own screen shows the day without a sign-in: whose eyes they are nobody knows, and nothing is recorded of them.
#[tokio::test]
async fn the_terminals_own_screen_names_nobody() {
    let page = page_on(Duration::from_secs(600), None).await;
    page.state.send_replace(today(&["r-1"]));
    let clerk = page.sign_in("clerk").await;
    let mut socket = page.socket(&clerk).await.unwrap();
    assert_eq!(shown(&socket.json().await), ["r-1"]);
    assert!(looks(&page).is_empty());
}

#[tokio::test]
async fn who_prints_the_list_of_calls_is_recorded() {
    let page = network().await;
    let clerk = page.sign_in("clerk").await;
    assert_eq!(page.get(&clerk, "/desk/print/follow-ups").await.status, 200);
    let printed = ("clerk".to_owned(), json!({"printed": "follow-ups"}));
    assert_eq!(page.asked(), [printed]);
}
