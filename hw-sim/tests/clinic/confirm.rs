//! Login, nonce and the confirmation of a card.

use hw_sim::central::{PATH_CONFIRM, PATH_LOGIN, PATH_NONCE, PATH_SEARCH};
use serde_json::json;

use crate::support::{
    DAY_MS, Identity, Line, Terminal, confirmation, prepared, service, service_with, tls,
};

#[tokio::test]
async fn a_wrong_login_gets_no_token() {
    let service = service().await;
    let nobody = Terminal {
        port: service.port(),
        token: String::new(),
        identity: Identity::Terminal,
    };
    let wrong = json!({"userId": "sim-clinic", "password": "guess"});
    let (status, answer) = nobody.ask(PATH_LOGIN, &wrong).await.unwrap();
    assert_eq!((status, &answer["status"]), (401, &json!("error")));
    for path in [PATH_NONCE, PATH_CONFIRM, PATH_SEARCH] {
        let (status, _) = nobody.ask(path, &json!({})).await.unwrap();
        assert_eq!(status, 401, "{path}");
    }
    assert!(
        service
            .requests()
            .iter()
            .all(|r| !r.summary.contains("guess")),
        "the password is in the log"
    );
}

#[tokio::test]
async fn a_token_runs_out() {
    let service = service_with(|c| c.token_life = std::time::Duration::from_secs(60)).await;
    let terminal = Terminal::log_in(&service).await;
    service.clock().shift(59_000);
    terminal.nonce().await;
    service.clock().shift(1_000);
    let (status, _) = terminal.ask(PATH_NONCE, &json!({})).await.unwrap();
    assert_eq!(status, 401);
    let again = Terminal::log_in(&service).await;
    again.nonce().await;
    service.forget_tokens();
    assert_eq!(again.ask(PATH_NONCE, &json!({})).await.unwrap().0, 401);
}

#[tokio::test]
async fn the_same_proof_gets_the_same_answer_and_another_gets_none() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let nonce = terminal.nonce().await;
    let first = terminal.confirm("seiho", &nonce).await;
    assert_eq!(first["result"], "confirmed");
    assert_eq!(terminal.confirm("seiho", &nonce).await, first);
    // Another card's proof on the same nonce, good in itself.
    let other = terminal.confirm("hoken", &nonce).await;
    assert_eq!(other["result"], "nonce-unknown");
    assert!(other.get("confirmationId").is_none());
}

#[tokio::test]
async fn a_bad_proof_is_refused_and_spends_nothing() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let nonce = terminal.nonce().await;
    // The certificate of one person, the key of another.
    let stolen = confirmation("seiho", &nonce, "hoken");
    let answer = terminal.ok(PATH_CONFIRM, stolen).await;
    assert_eq!(answer["result"], "proof-invalid");
    assert!(answer.get("confirmationId").is_none());
    // A good signature over another nonce.
    let mut replayed = confirmation("seiho", &terminal.nonce().await, "seiho");
    replayed["nonce"] = json!(nonce);
    let answer = terminal.ok(PATH_CONFIRM, replayed).await;
    assert_eq!(answer["result"], "proof-invalid");
    assert_eq!(
        terminal.confirm("seiho", &nonce).await["result"],
        "confirmed"
    );
}

#[tokio::test]
async fn a_certificate_of_another_hierarchy_is_refused() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let nonce = terminal.nonce().await;
    let mut body = confirmation("seiho", &nonce, "seiho");
    let client = std::fs::read_to_string(prepared().join("terminal/client.pem"));
    let pem: String = client
        .unwrap()
        .lines()
        .skip(1)
        .take_while(|l| !l.starts_with('-'))
        .collect();
    body["certificate"] = json!(pem);
    let answer = terminal.ok(PATH_CONFIRM, body).await;
    assert_eq!(answer["result"], "proof-invalid");
}

#[tokio::test]
async fn who_can_not_be_served_is_told_why() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    service.set_revoked("hoken", true);
    for (person, expected) in [
        ("mitouroku", "not-registered"),
        ("shiranai", "unknown-person"),
        ("kigen", "certificate-expired"),
        ("hoken", "certificate-revoked"),
        ("seiho", "confirmed"),
    ] {
        let answer = terminal.confirm(person, &terminal.nonce().await).await;
        assert_eq!(answer["result"], expected, "{person}");
        assert_eq!(
            answer.get("confirmationId").is_some(),
            expected == "confirmed"
        );
        assert_eq!(
            answer["message"].as_str().unwrap().is_empty(),
            expected == "confirmed",
            "a refusal has words"
        );
    }
    service.set_revoked("hoken", false);
    terminal.confirmed("hoken").await;
}

#[tokio::test]
async fn a_certificate_is_judged_by_the_services_clock() {
    let service = service().await;
    // One line for all, since the terminal's own certificate would run out as well.
    let config = tls(Identity::Terminal, &[&rustls::version::TLS13]);
    let mut line = Line::open(service.port(), config).await.unwrap();
    let mut judge = async || {
        let login = json!({"userId": "sim-clinic", "password": "sim-password"});
        let answer = line.json(PATH_LOGIN, None, login).await;
        let token = answer["result"]["idToken"].as_str().unwrap();
        let answer = line.json(PATH_NONCE, Some(token), json!({})).await;
        let body = confirmation("seiho", answer["nonce"].as_str().unwrap(), "seiho");
        line.json(PATH_CONFIRM, Some(token), body).await["result"].clone()
    };
    assert_eq!(judge().await, "confirmed");
    service.clock().shift(12 * 366 * DAY_MS);
    assert_eq!(judge().await, "certificate-expired");
    service.clock().shift(-24 * 366 * DAY_MS);
    assert_eq!(judge().await, "certificate-expired", "not yet valid");
}

#[tokio::test]
async fn a_proof_made_in_an_outage_is_taken_within_a_day() {
    let service = service_with(|c| c.token_life = std::time::Duration::from_secs(48 * 3600)).await;
    let terminal = Terminal::log_in(&service).await;
    let (early, late) = (terminal.nonce().await, terminal.nonce().await);
    service.clock().shift(DAY_MS - 60_000);
    assert_eq!(
        terminal.confirm("seiho", &early).await["result"],
        "confirmed"
    );
    service.clock().shift(60_000);
    assert_eq!(
        terminal.confirm("seiho", &late).await["result"],
        "nonce-unknown"
    );
}

#[tokio::test]
async fn malformed_confirmations_are_refused_with_words() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let good = confirmation("seiho", &terminal.nonce().await, "seiho");
    for (field, value) in [
        ("nonce", json!("not base64!")),
        ("certificate", json!("A".repeat(100_000))),
        ("proof", json!({})),
        ("method", json!("guess")),
        ("performedAt", json!("yesterday")),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let (status, answer) = terminal.ask(PATH_CONFIRM, &bad).await.unwrap();
        assert_eq!(status, 400, "{field}: {answer}");
        assert_eq!(answer["status"], "error");
        assert!(!answer["msg"].as_str().unwrap().is_empty());
    }
    // None of them spent the nonce.
    assert_eq!(terminal.ok(PATH_CONFIRM, good).await["result"], "confirmed");
}
