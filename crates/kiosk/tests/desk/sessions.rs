//! Who may see and do something, and for how long.

use crate::common::LIMIT;
use crate::page::{page, page_on};
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::test]
async fn nothing_is_shown_or_done_without_a_sign_in_and_the_forms_own_key() {
    let page = page(Duration::from_secs(600)).await;
    for target in [
        "/desk",
        "/desk/follow-ups",
        "/desk/lookup",
        "/desk/result/r-1",
        "/desk/medical/r-1",
        "/desk/job/3",
        "/desk/print/follow-ups",
        "/desk/live",
    ] {
        let answer = page.get("", target).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/desk/sign-in")),
            "{target}"
        );
    }
    let wrong = page
        .post("", "/desk/sign-in", "name=clerk&password=wrong")
        .await;
    assert!(
        wrong.status == 403
            && wrong.body.contains("UK-STAFF-001")
            && wrong.header("set-cookie").is_none()
    );
    assert!(
        wrong
            .header("content-security-policy")
            .unwrap()
            .contains("form-action 'self'")
    );
    let clerk = page.sign_in("clerk").await;
    assert!(
        page.get(&clerk, "/desk")
            .await
            .body
            .contains("シミュレーション"),
        "invariant 13"
    );
    for body in ["month=2026-11", "month=2026-11&key=guessed"] {
        let forged = page.post(&clerk, "/desk/do/tickets", body).await;
        assert!(
            forged.status == 403 && forged.body.contains("UK-STAFF-008"),
            "{body}"
        );
    }
    assert!(page.asked().is_empty(), "{:?}", page.asked());
    let begun = page.send(&clerk, "/desk/do/tickets", "month=2026-11").await;
    assert_eq!(begun.header("location"), Some("/desk/bulk"), "{begun:?}");
    assert_eq!(
        page.asked(),
        [(
            "clerk".to_owned(),
            json!({"do": "fetch-tickets", "month": "202611"})
        )]
    );
    let other = page.sign_in("doctor").await;
    let drawn = page.get(&other, "/desk/lookup").await.body;
    let theirs = drawn
        .split("name=\"key\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let crossed = page
        .post(
            &clerk,
            "/desk/do/tickets",
            &format!("month=2026-11&key={theirs}"),
        )
        .await;
    assert_eq!(crossed.status, 403, "another session's key");
    page.send(&clerk, "/desk/sign-out", "x=1").await;
    assert_eq!(page.get(&clerk, "/desk").await.status, 303);
}

#[tokio::test]
async fn medical_information_needs_the_second_factor_and_a_fresh_cookie_comes_with_it() {
    let page = page(Duration::from_secs(600)).await;
    let clerk = page.sign_in("clerk").await;
    assert!(
        page.get(&clerk, "/desk/medical/r-1")
            .await
            .body
            .contains("UK-STAFF-005")
    );
    let doctor = page.sign_in("doctor").await;
    let asked = page.get(&doctor, "/desk/medical/r-1").await;
    assert_eq!(asked.header("location"), Some("/desk/second/r-1"));
    let wrong = page.send(&doctor, "/desk/second/r-1", "code=000000").await;
    assert!(wrong.body.contains("UK-STAFF-004"));
    let given = page
        .send(&doctor, "/desk/second/r-1", "code=123%20456")
        .await;
    assert_eq!(
        given.header("location"),
        Some("/desk/medical/r-1"),
        "{given:?}"
    );
    let fresh = given
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_ne!(fresh, doctor);
    assert_eq!(
        page.get(&doctor, "/desk").await.status,
        303,
        "the old cookie has ended"
    );
    let shown = page.get(&fresh, "/desk/medical/r-1").await.body;
    assert!(
        shown.contains("架空錠") && shown.contains("class=\"twice\""),
        "{shown}"
    );
    assert!(
        shown.contains("9mg 7日分"),
        "the dose that the first row lacks: {shown}"
    );
    assert!(
        shown.contains("この種類の記録はありません") && shown.contains("UK-STAFF-013"),
        "a kind with nothing, and one that can't be read: {shown}"
    );
    assert_eq!(
        page.asked().pop().unwrap().1,
        json!({"medical": "r-1", "qualified": true})
    );
}

#[tokio::test]
async fn an_open_page_is_told_of_changes_and_of_its_sessions_end() {
    let page = page(Duration::from_secs(2)).await;
    let clerk = page.sign_in("clerk").await;
    let host = page.served.host();
    let mut live = TcpStream::connect(&host).await.unwrap();
    let request = format!(
        "GET /desk/live HTTP/1.1\r\nHost: {host}\r\nCookie: {}; {clerk}\r\n\r\n",
        page.gate
    );
    live.write_all(request.as_bytes()).await.unwrap();
    let mut told = String::new();
    let mut heard = [0; 2048];
    for wanted in ["text/event-stream", "event: changed", "event: ended"] {
        while !told.contains(wanted) {
            let read = timeout(LIMIT, live.read(&mut heard))
                .await
                .unwrap()
                .unwrap();
            assert!(read > 0, "{told}");
            told.push_str(&String::from_utf8_lossy(&heard[..read]));
        }
        page.changes.send_modify(|count| *count += 1);
    }
    assert_eq!(page.get(&clerk, "/desk").await.status, 303, "idle too long");
    assert_eq!(
        page.asked().pop().unwrap(),
        ("clerk".to_owned(), json!({"left": false}))
    );
}

#[tokio::test]
async fn a_removed_account_reads_nothing_more_and_its_open_pages_end() {
    for network in [None, Some(vec!["127.0.0.1".to_owned()])] {
        let over_network = network.is_some();
        let page = page_on(Duration::from_secs(600), network).await;
        let clerk = page.sign_in("clerk").await;
        let mut socket = page.socket(&clerk).await.unwrap();
        let view = socket.json().await;
        let signed_in = view["visit"]["signed_in"].as_str().unwrap();
        assert!(signed_in.contains("clerk"), "{signed_in}");
        let targets = [
            "/desk",
            "/desk/follow-ups",
            "/desk/lookup",
            "/desk/bulk",
            "/desk/result/r-1",
            "/desk/print/result/r-1",
            "/desk/print/follow-ups",
        ];
        for target in targets {
            assert_eq!(page.get(&clerk, target).await.status, 200, "{target}");
        }
        page.removed.lock().unwrap().push("clerk".into());
        if over_network {
            assert_eq!(socket.json().await["type"], "ended");
            assert!(socket.next().await.is_none(), "and is closed");
            assert!(page.socket(&clerk).await.is_none());
        } else {
            let view = socket.json().await;
            assert!(view["visit"]["signed_in"].is_null(), "{view}");
        }
        for target in targets {
            let refused = page.get(&clerk, target).await;
            assert_eq!(
                refused.header("location"),
                Some("/desk/sign-in"),
                "{target}"
            );
        }
        page.removed.lock().unwrap().clear();
        assert_eq!(
            page.get(&clerk, "/desk").await.status,
            303,
            "ended for good"
        );
        let ends = page.asked();
        assert_eq!(
            ends.last().unwrap(),
            &("clerk".to_owned(), json!({"left": false}))
        );
    }
}

#[tokio::test]
async fn over_the_network_a_socket_keeps_a_session_only_by_what_somebody_does() {
    let page = page_on(Duration::from_secs(2), Some(vec!["127.0.0.1".into()])).await;
    let clerk = page.sign_in("clerk").await;
    let mut socket = page.socket(&clerk).await.unwrap();
    assert_eq!(socket.json().await["type"], "view");
    // Cancelling and confirming over the socket is doing something.
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(900)).await;
        let text = r#"{"type":"cancel-visit","visit":"00000000000000ff"}"#;
        socket.send(text).await;
        assert_eq!(socket.json().await["action"], "cancel-visit");
    }
    // What the page opens again by itself is not.
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(page.socket(&clerk).await);
    }
    assert!(page.socket(&clerk).await.is_none(), "the session has ended");
    assert_eq!(socket.json().await["type"], "ended");
}

/// On the terminal's own screen a result stands for the idle time; then it is taken away, and a sign-in brings it back, no touch, no other
/// browser.
#[tokio::test]
async fn results_leave_a_screen_at_which_nobody_is_signed_in() {
    let idle = Duration::from_secs(2);
    let page = page(idle).await;
    let named = |id: &str, name: &str| kiosk::staff::StaffResult {
        id: id.into(),
        name: name.into(),
        ..crate::daemon::result().result
    };
    page.state
        .send_modify(|state| state.results = vec![named("r-1", "first")]);
    let mut socket = page.socket("").await.unwrap();
    assert_eq!(names(&socket.json().await), ["first"]);
    // Somebody is there.
    for _ in 0..4 {
        tokio::time::sleep(idle / 2).await;
        socket.send(r#"{"type":"present"}"#).await;
        assert!(socket.silent().await);
    }
    let view = socket.json().await;
    assert!(names(&view).is_empty(), "{view}");
    let said = view["results"]["remark"].as_str().unwrap();
    assert!(
        said.contains("1 件") && said.contains("サインイン"),
        "{said}"
    );
    page.state
        .send_modify(|state| state.results.insert(0, named("r-2", "second")));
    assert_eq!(names(&socket.json().await), ["second"], "who comes is seen");
    socket.send(r#"{"type":"present"}"#).await;
    let mut other = page.socket("").await.unwrap();
    assert_eq!(names(&other.json().await), ["second"]);
    let clerk = page.sign_in("clerk").await;
    let mut signed_in = page.socket(&clerk).await.unwrap();
    assert_eq!(names(&signed_in.json().await), ["second", "first"]);
}

fn names(view: &serde_json::Value) -> Vec<&str> {
    let items = view["results"]["items"].as_array().unwrap().iter();
    items.map(|one| one["name"].as_str().unwrap()).collect()
}

/// After a restart of the daemon, or on a page that is opened late, the results of the morning do not stand there again: their time began
/// when they were stored.
#[tokio::test]
async fn results_that_were_stored_long_ago_are_not_shown_to_whoever_opens_the_page() {
    let page = page(Duration::from_secs(600)).await;
    let stored = |id: &str, seconds_ago: i64| kiosk::staff::StaffResult {
        id: id.into(),
        name: id.into(),
        stored_at: crate::daemon::NOW - seconds_ago * 1000,
        ..crate::daemon::result().result
    };
    page.state
        .send_modify(|state| state.results = vec![stored("new", 599), stored("old", 601)]);
    let mut socket = page.socket("").await.unwrap();
    let view = socket.json().await;
    assert_eq!(names(&view), ["new"]);
    let said = view["results"]["remark"].as_str().unwrap();
    assert!(said.contains("1 件"), "{said}");
    let clerk = page.sign_in("clerk").await;
    let mut signed_in = page.socket(&clerk).await.unwrap();
    assert_eq!(names(&signed_in.json().await), ["new", "old"]);
}

/// Where nobody has an account no sign-in could bring a result back: all of the day stay, until the first account is made.
#[tokio::test]
async fn without_any_account_no_result_leaves_the_screen() {
    let page = page(Duration::from_secs(2)).await;
    page.accounts.store(false, Ordering::Relaxed);
    let old = kiosk::staff::StaffResult {
        name: "old".into(),
        stored_at: crate::daemon::NOW - 3_600_000,
        ..crate::daemon::result().result
    };
    page.state.send_modify(|state| state.results = vec![old]);
    let mut socket = page.socket("").await.unwrap();
    let view = socket.json().await;
    assert_eq!(names(&view), ["old"]);
    assert!(view["results"]["remark"].is_null(), "{view}");
    page.accounts.store(true, Ordering::Relaxed);
    assert!(names(&socket.json().await).is_empty());
}

/// Guesses of one machine of the network use up that machine's tries, and nobody else's; nor do they touch the second factor.
#[tokio::test]
async fn guesses_of_one_machine_keep_nobody_else_out() {
    let page = page(Duration::from_secs(600)).await;
    let doctor = page.sign_in("doctor").await;
    let host = page.served.host();
    let mut refused = 0;
    for _ in 0..80 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let mut stream = socket.connect(host.parse().unwrap()).await.unwrap();
        let body = "name=doctor&password=wrong";
        let text = format!(
            "POST /desk/sign-in HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            page.gate,
            body.len()
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        refused += u32::from(answer.contains("UK-STAFF-009"));
    }
    assert!(refused >= 60, "{refused}");
    page.sign_in("clerk").await;
    let given = page.send(&doctor, "/desk/second/none", "code=123456").await;
    assert_eq!(given.header("location"), Some("/desk"), "{given:?}");
}
