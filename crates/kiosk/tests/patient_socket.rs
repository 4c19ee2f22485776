//! The patient's page over its WebSocket: what it is sent, what it may send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{LIMIT, Patient, patient};
use kiosk::Lang;
use kiosk::patient::{Choices, Guidance, Input, KeypadPurpose, LivePicture, Page, Panel, Screen};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use zeroize::Zeroizing;

fn keypad(filled: u8) -> Page {
    Page::Keypad {
        purpose: KeypadPurpose::Pin,
        length: 4,
        filled,
        tries_left: Some(3),
        notice: None,
    }
}

async fn pressed(page: &mut Patient) -> Input {
    timeout(LIMIT, page.input.recv())
        .await
        .expect("no press came")
        .unwrap()
}

fn face() -> Page {
    Page::FaceCheck {
        guidance: Some(Guidance::LookHere),
        attempt: 1,
        pin: true,
        visual: true,
    }
}

#[tokio::test]
async fn a_view_comes_at_once_and_with_every_change() {
    let mut page = patient(Page::Waiting).await;
    let mut socket = page.served.socket().await;
    let first = socket.json().await;
    assert_eq!(
        (
            first["type"].as_str(),
            first["page"].as_str(),
            first["lang"].as_str()
        ),
        (Some("view"), Some("waiting"), Some("ja"))
    );
    assert!(
        first["banner"]
            .as_str()
            .unwrap()
            .contains("シミュレーション")
    );

    page.screen.send_replace(Screen {
        choices: Choices {
            lang: Lang::En,
            ..Choices::default()
        },
        ..Screen::new(keypad(0))
    });
    let second = socket.json().await;
    assert_eq!(
        (second["page"].as_str(), second["lang"].as_str()),
        (Some("keypad"), Some("en"))
    );
    for (id, input) in [
        ("key-7", Input::Digit(7)),
        ("open-language", Input::Open(Panel::Language)),
        ("cancel", Input::Cancel),
    ] {
        socket.press(id).await;
        assert_eq!(pressed(&mut page).await, input);
    }
    page.screen
        .send_modify(|screen| screen.choices.lang = Lang::En);
    assert!(
        socket.silent().await,
        "an unchanged screen is not sent again"
    );
}

#[tokio::test]
async fn typing_sends_the_page_nothing_but_counts_invariant_5() {
    let page = patient(keypad(0)).await;
    let mut socket = page.served.socket().await;
    let mut before = socket.json().await;
    for filled in 1..=4 {
        page.screen.send_replace(Screen::new(keypad(filled)));
        let mut now = socket.json().await;
        assert_eq!(now["keypad"]["groups"][0]["filled"], filled);
        // What is heard is the same count: a sentence for each number of digits, whatever they are.
        let heard = now["sound"]["sentences"]
            .as_array()
            .unwrap()
            .last()
            .cloned();
        let count = match filled {
            4 => "speech-full".to_owned(),
            count => format!("speech-count-{count}"),
        };
        assert_eq!(heard, Some(count.into()));
        let next = now.clone();
        for view in [&mut before, &mut now] {
            view["keypad"]["groups"] = serde_json::Value::Null;
            view["keypad"]["count"] = serde_json::Value::Null;
            view["sound"]["sentences"].as_array_mut().unwrap().pop();
            for key in view["keypad"]["keys"].as_array_mut().unwrap() {
                key["enabled"] = serde_json::Value::Null;
            }
        }
        assert_eq!(
            before, now,
            "nothing but the count and what can be pressed may change"
        );
        before = next;
    }
}

#[tokio::test]
async fn pictures_come_only_during_the_face_check_and_never_old_ones_invariant_10() {
    let page = patient(Page::Waiting).await;
    let mut socket = page.served.socket().await;
    socket.json().await;
    let picture = |bytes: &[u8]| Some(LivePicture::from(Zeroizing::new(bytes.to_vec())));
    page.frames.send_replace(picture(b"earlier visit"));
    assert!(socket.silent().await, "no picture outside the face check");

    page.screen.send_replace(Screen::new(face()));
    assert_eq!(socket.json().await["page"], "face-check");
    assert!(
        socket.silent().await,
        "no picture made before the face check"
    );
    page.frames.send_replace(picture(b"now"));
    assert_eq!(socket.next().await.unwrap().into_data().as_ref(), b"now");

    page.screen.send_replace(Screen::new(Page::Waiting));
    assert_eq!(socket.json().await["page"], "waiting");
    assert_eq!(
        socket.next().await.unwrap().into_data().as_ref(),
        [0; 3],
        "invariant 5: zeros over the picture in the socket's buffer"
    );
    page.frames.send_replace(picture(b"later"));
    assert!(socket.silent().await);
    page.screen.send_replace(Screen::new(face()));
    assert_eq!(socket.json().await["page"], "face-check");
    page.screen.send_replace(Screen::new(Page::Waiting));
    assert_eq!(socket.json().await["page"], "waiting");
    assert!(socket.silent().await, "no picture, nothing to wipe");
}

#[tokio::test]
async fn malformed_messages_are_refused_and_the_next_is_served_invariant_15() {
    let mut page = patient(keypad(1)).await;
    let mut socket = page.served.socket().await;
    socket.json().await;
    let bad = [
        "",
        "{",
        "null",
        "[]",
        r#"{"type":"press"}"#,
        r#"{"type":"press","id":"key-99"}"#,
        r#"{"type":"press","id":1}"#,
        "\u{0}",
    ];
    for text in bad {
        socket.send(text).await;
    }
    socket.send_raw(Message::binary(vec![0u8; 1000])).await;
    socket.press("consent-all-yes").await; // known, but not on this screen
    socket.press("confirm").await; // on this screen, but not to be pressed yet
    socket.press("key-3").await;
    assert_eq!(pressed(&mut page).await, Input::Digit(3));
    assert!(
        page.input.try_recv().is_err(),
        "nothing else may have come through"
    );
}

#[tokio::test]
async fn an_oversized_message_closes_the_line_and_the_next_page_is_served_invariant_15() {
    let mut page = patient(keypad(1)).await;
    for message in [
        Message::text("x".repeat(1025)),
        Message::text(" ".repeat(5_000_000)),
        Message::binary(vec![0u8; 2000]),
    ] {
        let mut socket = page.served.socket().await;
        socket.json().await;
        socket.send_raw(message).await;
        assert!(socket.next().await.is_none(), "the line must be closed");
    }
    let mut socket = page.served.socket().await;
    socket.json().await;
    // Exactly the limit is still read.
    socket
        .send(&format!(
            "{}{}",
            r#"{"type":"press","id":"key-3"}"#,
            " ".repeat(1024 - 29)
        ))
        .await;
    assert_eq!(pressed(&mut page).await, Input::Digit(3));
}

#[tokio::test]
async fn a_flood_is_cut_and_then_closed_invariant_15() {
    let mut page = patient(keypad(1)).await;
    let mut socket = page.served.socket().await;
    socket.json().await;
    for _ in 0..600 {
        socket
            .send_raw(Message::text(r#"{"type":"press","id":"key-3"}"#))
            .await;
    }
    assert!(socket.next().await.is_none(), "a flood is closed");
    let mut served = 0;
    while page.input.try_recv().is_ok() {
        served += 1;
    }
    assert!((1..=60).contains(&served), "{served}");
    let mut next = page.served.socket().await;
    assert_eq!(next.json().await["page"], "keypad");
}

#[tokio::test]
async fn a_daemon_that_does_not_take_presses_blocks_nobody() {
    let page = patient(keypad(1)).await;
    let mut socket = page.served.socket().await;
    socket.json().await;
    for _ in 0..100 {
        socket.press("key-3").await; // nobody reads `input`
    }
    page.screen.send_replace(Screen::new(Page::Waiting));
    assert_eq!(socket.json().await["page"], "waiting");
}

#[tokio::test]
async fn pages_beyond_the_limit_wait_outside_and_room_comes_back() {
    let page = patient(Page::Waiting).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(page.served.socket().await);
    }
    let mut late = page.served.socket().await;
    assert_eq!(late.json().await["type"], "full");
    assert!(late.next().await.is_none(), "told why, and let go");
    drop(open);
    timeout(LIMIT, async {
        while page.served.socket().await.json().await["type"] == "full" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("room must come back when pages close");
}

#[tokio::test]
async fn when_the_daemon_lets_go_the_line_closes() {
    let page = patient(Page::Waiting).await;
    let mut socket = page.served.socket().await;
    socket.json().await;
    drop(page.screen);
    assert!(socket.next().await.is_none());
}
