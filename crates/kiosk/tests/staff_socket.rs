//! The staff's page over its WebSocket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{LIMIT, Socket, Staff, staff};
use kiosk::Words;
use kiosk::staff::{StaffAction, StaffProblem, StaffRequest, StaffState, StaffVisit};
use tokio::time::timeout;

fn waiting(visit: u64) -> StaffState {
    StaffState {
        visit: Some(StaffVisit {
            visit,
            reader: "r".into(),
            page: "staff-coming".into(),
            waiting_for_visual: true,
        }),
        ..StaffState::default()
    }
}

const CONFIRM: &str = r#"{"type":"confirm-visual","visit":"000000000000001f","staff_name":"受付 花子","passcode":"2468"}"#;

async fn asked(page: &mut Staff) -> StaffRequest {
    timeout(LIMIT, page.requests.recv())
        .await
        .expect("no request came")
        .unwrap()
}

async fn opened(page: &Staff) -> Socket {
    let mut socket = page.served.socket().await;
    assert_eq!(socket.json().await["type"], "view");
    socket
}

#[tokio::test]
async fn each_page_has_its_own_language() {
    let page = staff(waiting(0x1f)).await;
    let (mut one, mut other) = (opened(&page).await, opened(&page).await);
    one.send(r#"{"type":"language","lang":"en"}"#).await;
    let view = one.json().await;
    assert_eq!(
        (
            view["lang"].as_str(),
            view["visit"]["visual"]["title"].as_str()
        ),
        (Some("en"), Some("Visual confirmation"))
    );
    assert!(other.silent().await);
    page.state.send_replace(StaffState::default());
    assert_eq!(one.json().await["lang"], "en");
    assert_eq!(other.json().await["lang"], "ja");
}

#[tokio::test]
async fn visual_confirmation_goes_to_the_daemon_and_its_answer_comes_back() {
    let mut page = staff(waiting(0x1f)).await;
    let mut socket = opened(&page).await;
    socket.send(CONFIRM).await;
    let request = asked(&mut page).await;
    match request.action {
        StaffAction::ConfirmVisual {
            visit: 0x1f,
            staff_name,
            passcode,
        } => {
            assert_eq!(
                (staff_name.as_str(), passcode.as_str()),
                ("受付 花子", "2468")
            );
        }
        other => panic!("{other:?}"),
    }
    let problem = StaffProblem {
        code: "UK-VISIT-021".into(),
        text: Words::new("パスコードが違います。", "Wrong passcode."),
    };
    request.reply.send(Err(problem)).unwrap();
    let reply = socket.json().await;
    assert_eq!(
        (reply["type"].as_str(), reply["ok"].as_bool()),
        (Some("reply"), Some(false))
    );
    assert_eq!(
        (reply["code"].as_str(), reply["text"].as_str()),
        (Some("UK-VISIT-021"), Some("パスコードが違います。"))
    );

    socket.send(CONFIRM).await;
    asked(&mut page).await.reply.send(Ok(())).unwrap();
    let reply = socket.json().await;
    assert_eq!(
        (reply["action"].as_str(), reply["ok"].as_bool()),
        (Some("confirm-visual"), Some(true))
    );
}

#[tokio::test]
async fn a_confirmation_never_reaches_another_visit_invariant_8() {
    let mut page = staff(waiting(0x20)).await;
    let mut socket = opened(&page).await;
    socket.send(CONFIRM).await;
    assert_eq!(socket.json().await["ok"], false);
    page.state.send_replace(StaffState::default());
    socket.json().await;
    socket.send(CONFIRM).await;
    assert_eq!(socket.json().await["ok"], false);
    assert!(
        page.requests.try_recv().is_err(),
        "nothing may have reached the daemon"
    );
}

#[tokio::test]
async fn one_request_at_a_time_and_a_dropped_answer_is_told() {
    let mut page = staff(waiting(0x1f)).await;
    let mut socket = opened(&page).await;
    socket
        .send(r#"{"type":"cancel-visit","visit":"000000000000001f","staff_name":"受付 花子"}"#)
        .await;
    let first = asked(&mut page).await;
    assert!(matches!(
        first.action,
        StaffAction::CancelVisit { visit: 0x1f, .. }
    ));
    socket.send(CONFIRM).await;
    let busy = socket.json().await;
    assert_eq!(
        (busy["action"].as_str(), busy["ok"].as_bool()),
        (Some("confirm-visual"), Some(false))
    );
    drop(first);
    let reply = socket.json().await;
    assert_eq!(
        (reply["action"].as_str(), reply["ok"].as_bool()),
        (Some("cancel-visit"), Some(false))
    );
    assert!(!reply["text"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn malformed_messages_are_refused_and_the_next_is_served_invariant_15() {
    let mut page = staff(waiting(0x1f)).await;
    let mut socket = opened(&page).await;
    for text in [
        "",
        "{}",
        r#"{"type":"press","id":"face"}"#,
        r#"{"type":"language","lang":"xx"}"#,
        r#"{"type":"cancel-visit","visit":"1f"}"#,
    ] {
        socket.send(text).await;
    }
    socket.send(&CONFIRM.replace("2468", "")).await;
    assert_eq!(
        socket.json().await["ok"],
        false,
        "an empty passcode is told, not asked"
    );
    socket.send(CONFIRM).await;
    assert!(matches!(
        asked(&mut page).await.action,
        StaffAction::ConfirmVisual { .. }
    ));
}

#[tokio::test]
async fn many_staff_pages_are_served_and_one_too_many_is_told_why() {
    let page = staff(waiting(0x1f)).await;
    let mut open = Vec::new();
    for _ in 0..32 {
        open.push(opened(&page).await);
    }
    let mut late = page.served.socket().await;
    assert_eq!(late.json().await["type"], "full");
    assert!(late.next().await.is_none(), "and is let go");
    open.pop();
    // The room is given back as soon as the closed page is noticed.
    let again = timeout(LIMIT, async {
        loop {
            if page.served.socket().await.json().await["type"] == "view" {
                return;
            }
        }
    });
    again.await.unwrap();
}
