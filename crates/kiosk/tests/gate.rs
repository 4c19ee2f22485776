//! Who gets through to the pages: refusals over real listeners.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{LIMIT, patient, staff};
use kiosk::patient::Page;
use kiosk::staff::StaffState;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Error;

const PATHS: [&str; 8] = [
    "/",
    "/page.js",
    "/page.css",
    "/size.css",
    "/base.css",
    "/link.js",
    "/draw.js",
    "/icon.svg",
];

fn refused(outcome: Result<common::Socket, Error>) -> u16 {
    match outcome {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    }
}

#[tokio::test]
async fn without_a_session_nothing_is_served() {
    let page = patient(Page::Waiting).await;
    let host = page.served.host();
    for path in
        PATHS
            .into_iter()
            .chain(["/ws", "/no-such", "/?s=", "/?s=wrong", "/?s=wrong&s=again"])
    {
        let answer = page.served.request(path, &[("Host", &host)]).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.body.contains("page.js"), "{path}");
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn a_token_becomes_a_strict_cookie_once() {
    let page = patient(Page::Waiting).await;
    let host = page.served.host();
    let token = page.served.credential.issue().unwrap();
    let target = format!("/?s={}", token.as_str());
    let first = page.served.request(&target, &[("Host", &host)]).await;
    assert_eq!((first.status, first.header("location")), (303, Some("/")));
    let cookie = first.header("set-cookie").unwrap();
    assert!(
        cookie.contains("; HttpOnly")
            && cookie.contains("; SameSite=Strict")
            && cookie.contains("; Path=/"),
        "{cookie}"
    );
    assert!(!cookie.contains(token.as_str()));
    assert_eq!(
        page.served
            .request(&target, &[("Host", &host)])
            .await
            .status,
        403,
        "the token works once"
    );

    let cookie = cookie.split(';').next().unwrap();
    for path in PATHS {
        let answer = page
            .served
            .request(
                path,
                &[("Host", &host), ("Cookie", &format!("other=1; {cookie}"))],
            )
            .await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    let page = patient(Page::Waiting).await;
    let host = page.served.host();
    let cookie = page.served.sign_in().await;
    let mut answers = vec![
        page.served.request("/", &[("Host", &host)]).await,
        page.served.request("/", &[("Host", "evil.example")]).await,
    ];
    for path in PATHS.into_iter().chain(["/no-such"]) {
        answers.push(
            page.served
                .request(path, &[("Host", &host), ("Cookie", &cookie)])
                .await,
        );
    }
    for answer in answers {
        assert!(
            answer
                .header("content-security-policy")
                .unwrap()
                .starts_with("default-src 'self'"),
            "{answer:?}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    }
}

#[tokio::test]
async fn another_name_for_us_is_refused() {
    let page = patient(Page::Waiting).await;
    let cookie = page.served.sign_in().await;
    let port = page.served.port;
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "127.0.0.1.evil.example",
        "",
        "uketsuke.local",
    ] {
        let answer = page
            .served
            .request("/", &[("Host", host), ("Cookie", &cookie)])
            .await;
        assert_eq!(answer.status, 421, "{host}");
    }
    let none = page.served.request("/", &[("Cookie", &cookie)]).await;
    assert!(matches!(none.status, 400 | 421), "{none:?}");
    let two = page
        .served
        .request(
            "/",
            &[
                ("Host", &page.served.host()),
                ("Host", "evil.example"),
                ("Cookie", &cookie),
            ],
        )
        .await;
    assert!(matches!(two.status, 400 | 421), "{two:?}");
    let absolute = page
        .served
        .request(
            "http://evil.example/",
            &[("Host", &page.served.host()), ("Cookie", &cookie)],
        )
        .await;
    assert_eq!(absolute.status, 421);
    let ours = page
        .served
        .request(
            "/",
            &[("Host", &format!("localhost:{port}")), ("Cookie", &cookie)],
        )
        .await;
    assert_eq!(ours.status, 200);
}

#[tokio::test]
async fn another_origin_is_refused_also_on_the_upgrade() {
    let page = patient(Page::Waiting).await;
    let cookie = page.served.sign_in().await;
    let host = page.served.host();
    for origin in [
        "http://evil.example",
        "null",
        "https://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost",
    ] {
        let answer = page
            .served
            .request(
                "/",
                &[("Host", &host), ("Cookie", &cookie), ("Origin", origin)],
            )
            .await;
        assert_eq!(answer.status, 403, "{origin}");
        assert_eq!(
            refused(page.served.socket_with(Some(origin), Some(&cookie)).await),
            403,
            "{origin}"
        );
    }
    assert_eq!(
        refused(page.served.socket_with(None, Some(&cookie)).await),
        403,
        "an upgrade must say its origin"
    );
    assert_eq!(
        refused(
            page.served
                .socket_with(Some(&page.served.origin()), None)
                .await
        ),
        403
    );
    assert_eq!(
        refused(
            page.served
                .socket_with(Some(&page.served.origin()), Some(&cookie))
                .await
        ),
        101
    );
}

#[tokio::test]
async fn a_page_elsewhere_may_link_but_not_load() {
    let page = patient(Page::Waiting).await;
    let cookie = page.served.sign_in().await;
    let host = page.served.host();
    let with = |mode: &'static str| {
        let (served, host, cookie) = (&page.served, host.as_str(), cookie.as_str());
        async move {
            let headers = [
                ("Host", host),
                ("Cookie", cookie),
                ("Sec-Fetch-Site", "same-site"),
                ("Sec-Fetch-Mode", mode),
            ];
            served.request("/page.js", &headers).await.status
        }
    };
    assert_eq!((with("no-cors").await, with("navigate").await), (403, 200));
}

#[tokio::test]
async fn neither_cookie_opens_the_other_page() {
    let (patient, staff) = (
        patient(Page::Waiting).await,
        staff(StaffState::default()).await,
    );
    let (one, other) = (patient.served.sign_in().await, staff.served.sign_in().await);
    let value = |cookie: &str| cookie.split_once('=').unwrap().1.to_owned();
    for cookie in [other.clone(), format!("uketsuke-patient={}", value(&other))] {
        assert_eq!(
            patient
                .served
                .request(
                    "/",
                    &[("Host", &patient.served.host()), ("Cookie", &cookie)]
                )
                .await
                .status,
            403
        );
        assert_eq!(
            refused(
                patient
                    .served
                    .socket_with(Some(&patient.served.origin()), Some(&cookie))
                    .await
            ),
            403
        );
    }
    for cookie in [one.clone(), format!("uketsuke-staff={}", value(&one))] {
        assert_eq!(
            staff
                .served
                .request("/", &[("Host", &staff.served.host()), ("Cookie", &cookie)])
                .await
                .status,
            403
        );
        assert_eq!(
            refused(
                staff
                    .served
                    .socket_with(Some(&staff.served.origin()), Some(&cookie))
                    .await
            ),
            403
        );
    }
}

#[tokio::test]
async fn an_endless_request_head_is_refused_and_the_next_is_served() {
    let page = patient(Page::Waiting).await;
    let cookie = page.served.sign_in().await;
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", page.served.port))
        .await
        .unwrap();
    let flood = format!("GET / HTTP/1.1\r\nHost: x\r\nA: {}", "a".repeat(200_000));
    let _ = stream.write_all(flood.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer))
        .await
        .expect("the connection must end");
    assert!(!String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200"));
    let next = page
        .served
        .request("/", &[("Host", &page.served.host()), ("Cookie", &cookie)])
        .await;
    assert_eq!(next.status, 200);
}

#[tokio::test]
async fn the_simulation_banner_stands_before_any_connection_invariant_13() {
    let page = patient(Page::Waiting).await;
    let staff = staff(StaffState::default()).await;
    for served in [&page.served, &staff.served] {
        let cookie = served.sign_in().await;
        let answer = served
            .request("/", &[("Host", &served.host()), ("Cookie", &cookie)])
            .await;
        assert!(
            answer
                .body
                .contains("シミュレーション（実在の患者ではありません）"),
            "{}",
            answer.body
        );
        assert!(
            !answer.body.contains('\u{27E6}') && !answer.body.contains("{{"),
            "a text is missing"
        );
    }
}

#[tokio::test]
async fn the_first_view_is_small() {
    let page = patient(Page::Waiting).await;
    let cookie = page.served.sign_in().await;
    let mut bytes = 0;
    for path in PATHS {
        let answer = page
            .served
            .request(path, &[("Host", &page.served.host()), ("Cookie", &cookie)])
            .await;
        bytes += answer.head.len() + answer.body.len();
    }
    assert!(bytes < 200_000, "{bytes}");
    println!("first view: {bytes} bytes");
}
