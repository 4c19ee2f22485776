//! The ways in which the service fails on demand, and the requests that it refuses.

use std::time::Duration;

use http_body_util::Full;
use hw_sim::central::{Fault, PATH_CONFIRM, PATH_LOGIN, PATH_NONCE};
use hyper::Request;
use hyper::body::Bytes;
use rustls::version::TLS13;
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{Identity, Line, Terminal, confirmation, post, service, tls};

async fn line(port: u16) -> Line {
    Line::open(port, tls(Identity::Terminal, &[&TLS13]))
        .await
        .unwrap()
}

#[tokio::test]
async fn down_refuses_and_up_answers_on_the_same_port() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let mut open = line(service.port()).await;
    assert_eq!(
        open.send(post(PATH_LOGIN, None, "{}")).await.unwrap().0,
        400
    );
    for _ in 0..3 {
        service.set_down(true).await.unwrap();
        assert!(service.is_down());
        let refused = TcpStream::connect(("127.0.0.1", service.port())).await;
        assert_eq!(
            refused.unwrap_err().kind(),
            std::io::ErrorKind::ConnectionRefused
        );
        assert!(
            open.send(post(PATH_LOGIN, None, "{}")).await.is_err(),
            "an open line is dropped"
        );
        // Asked twice: nothing changes.
        service.set_down(true).await.unwrap();
        service.set_down(false).await.unwrap();
        // Tokens and nonces are kept, as by a service that lost only its network.
        terminal.nonce().await;
        open = line(service.port()).await;
    }
}

#[tokio::test]
async fn hanging_answers_nobody_and_then_drops_who_waits() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let mut open = line(service.port()).await;
    service.set_hang(true);
    let limit = Duration::from_millis(300);
    let asked = open.send(post(PATH_NONCE, Some(&terminal.token), "{}"));
    let mut asked = Box::pin(asked);
    assert!(tokio::time::timeout(limit, &mut asked).await.is_err());
    let body = json!({});
    let mut fresh = Box::pin(terminal.ask(PATH_NONCE, &body));
    assert!(tokio::time::timeout(limit, &mut fresh).await.is_err());
    service.set_hang(false);
    assert!(asked.await.is_err());
    assert!(fresh.await.is_err());
    terminal.nonce().await;
}

#[tokio::test]
async fn an_answer_can_get_lost_after_the_work_was_done() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let body = confirmation("seiho", &terminal.nonce().await, "seiho");
    service.set_fault(Fault::LoseAnswer);
    assert!(terminal.ask(PATH_CONFIRM, &body).await.is_err());
    service.set_fault(Fault::None);
    // The nonce was spent by this proof, so the same answer comes.
    assert_eq!(terminal.ok(PATH_CONFIRM, body).await["result"], "confirmed");
    let last = service.requests().pop().unwrap();
    assert!(last.summary.contains("(repeated)"), "{last:?}");
}

#[tokio::test]
async fn it_can_answer_rubbish() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    service.set_fault(Fault::Status(503));
    let (status, answer) = terminal.ask(PATH_NONCE, &json!({})).await.unwrap();
    assert_eq!((status, &answer["status"]), (503, &json!("error")));
    service.set_fault(Fault::NotJson);
    assert!(terminal.ask(PATH_NONCE, &json!({})).await.is_err());
    service.set_fault(Fault::Oversized(5 * 1024 * 1024));
    let (_, answer) = terminal.ask(PATH_NONCE, &json!({})).await.unwrap();
    assert_eq!(answer.as_str().unwrap().len(), 5 * 1024 * 1024 - 2);
}

#[tokio::test]
async fn the_time_it_tells_can_be_wrong() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let told = async || {
        let answer = terminal.ok(PATH_NONCE, json!({})).await;
        answer["serverTime"].as_str().unwrap()[..4]
            .parse::<i32>()
            .unwrap()
    };
    let year = told().await;
    service.set_server_time_skew(366 * 24 * 3_600_000);
    assert_eq!(told().await, year + 1);
}

#[tokio::test]
async fn malformed_requests_get_a_status_and_words() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let token = Some(terminal.token.as_str());
    let deep = "[".repeat(10_000);
    let get = Request::get(PATH_LOGIN)
        .header("host", "localhost")
        .body(Full::new(Bytes::new()))
        .unwrap();
    let mut plain = post(PATH_NONCE, token, "{}");
    plain
        .headers_mut()
        .insert("content-type", "text/plain".parse().unwrap());
    for (request, expected) in [
        (post(PATH_NONCE, token, "not json"), 400),
        (post(PATH_NONCE, token, "[]"), 400),
        (post(PATH_NONCE, token, deep), 400),
        (post(PATH_NONCE, token, vec![0xFF; 100]), 400),
        (
            post(PATH_NONCE, token, "x".repeat(4 * 1024 * 1024 + 1)),
            413,
        ),
        (post("/elsewhere", token, "{}"), 404),
        (get, 405),
        (plain, 415),
    ] {
        let mut line = line(service.port()).await;
        let what = format!("{} {}", request.method(), request.uri());
        let (status, body) = line.send(request).await.unwrap();
        assert_eq!(status, expected, "{what}");
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["status"], "error");
    }
    // And the next one is served.
    terminal.nonce().await;
}
