//! Calls against a real service: what is sent, login, one kept connection, refusals, the probe.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use central::{CentralError, CentralService, ConfirmationResult, Paths, ProbeLayer};
use oqs::{MedicinesRequest, Message};
use support::*;

/// The answer to another card's proof (a repeated answer of before, say) is refused: its identifier would open that person's data.
#[tokio::test]
async fn invariant_10_a_confirmation_of_another_nonce_is_refused() {
    let world = World::new();
    for nonce in [
        r#""nonce":"//////////////////////////////////////////8=","#,
        "",
    ] {
        let body = format!(r#"{{{nonce}"result":"confirmed","confirmationId":"c-1"}}"#);
        let server = world
            .serve(move |seen| match seen.path.as_str() {
                "/assumed/card/confirm" => ok(body.clone()),
                _ => friendly(seen),
            })
            .await;
        let refused = world
            .client(&server)
            .confirm_card(&confirmation())
            .await
            .unwrap_err();
        assert!(
            matches!(refused, CentralError::BadAnswer { .. }),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_whole_visit_over_one_connection_and_one_login() {
    let world = World::new();
    let server = world
        .serve(|seen| match seen.path.as_str() {
            "/assumed/card/confirm" => confirmed(seen, r#""result":"confirmed","confirmationId":"c-1","code":"","message":"""#),
            "/assumed/medicines" => ok(r#"{"XmlMsg":{"MessageHeader":{"ArbitraryFileIdentifier":"ff"},"MessageBody":{"ResultCode":"1","MedicineList":[{"Name":"架空錠"}]}}}"#),
            path if path == Paths::default().search => ok(format!(
                r#"{{"XmlMsg":{{"MessageHeader":{{"MedicalInstitutionCode":"{OURS}"}},"MessageBody":{{"QualificationValidity":"1","ResultList":[{{"ResultOfQualificationConfirmation":{{"Name":"保険　花子"}}}}],"QualificationConfirmSearchInfo":{{"ArbitraryIdentifier":"00000000000000ff"}}}}}}}}"#
            )),
            _ => friendly(seen),
        })
        .await;
    let client = world.client(&server);
    client.warm().await.unwrap();
    let nonce = client.nonce().await.unwrap();
    assert_eq!(nonce.bytes, (0..32).collect::<Vec<u8>>());
    assert_eq!(nonce.expires_at - nonce.server_time, 24 * 3600 * 1000);
    let confirmed = client.confirm_card(&confirmation()).await.unwrap();
    assert_eq!(confirmed.id(), Some("c-1"));
    let answer = client.qualification(&request()).await.unwrap();
    assert_eq!(answer.results()[0].name.as_deref(), Some("保険　花子"));
    let medicines = MedicinesRequest::for_card_visit(OURS, "c-1", "202606", "202611", "ff");
    assert_eq!(
        client
            .medicines(&medicines)
            .await
            .unwrap()
            .medicines()
            .len(),
        1
    );

    assert_eq!(server.connections(), 1, "the connection is kept");
    let seen = server.seen();
    let login = &seen[0];
    assert_eq!(
        login.body,
        format!(r#"{{"userId":"user","password":"{PASSWORD}"}}"#)
    );
    assert_eq!(login.authorization, None);
    assert_eq!(seen.iter().filter(|seen| is_auth(seen)).count(), 1);
    for call in &seen[1..] {
        assert_eq!(
            call.authorization.as_deref(),
            Some("token-1"),
            "{}",
            call.path
        );
    }
    assert_eq!(
        seen[2].body,
        r#"{"nonce":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=","certificate":"MAA=","proof":{"kind":"authentication-key-after-pin","signature":"AQI="},"method":"pin","performedAt":"20261122000000"}"#
    );
    assert_eq!(seen[3].body, request().to_json());
}

#[tokio::test]
async fn a_stale_token_causes_one_login_more() {
    let world = World::new();
    let logins = AtomicUsize::new(0);
    let server = world
        .serve(move |seen| {
            if is_auth(seen) {
                logged_in(&format!("token-{}", logins.fetch_add(1, Ordering::SeqCst)))
            } else if seen.authorization.as_deref() == Some("token-1") {
                ok(NONCE)
            } else {
                Reply::Json(
                    401,
                    r#"{"status":"error","code":"E401","msg":"expired"}"#.into(),
                )
            }
        })
        .await;
    let client = world.client(&server);
    client.nonce().await.unwrap();
    client.nonce().await.unwrap();
    assert_eq!(server.count(&Paths::default().auth), 2);
    assert_eq!(server.count("/assumed/card/nonce"), 3);
}

#[tokio::test]
async fn a_login_that_never_helps_ends_as_refused() {
    let world = World::new();
    let server = world
        .serve(|seen| {
            if is_auth(seen) {
                logged_in("t")
            } else {
                Reply::Json(401, r#"{"status":"error","code":"E401","msg":"no"}"#.into())
            }
        })
        .await;
    let error = world.client(&server).nonce().await.unwrap_err();
    assert_eq!(
        error,
        CentralError::LoginRefused {
            code: "E401".into(),
            message: "no".into()
        }
    );
    assert_eq!(
        server.count(&Paths::default().auth),
        2,
        "one login more, not a loop"
    );
}

#[tokio::test]
async fn a_refused_login_is_told_with_the_services_words() {
    let world = World::new();
    for reply in [
        r#"{"status":"1","code":"E1","msg":"locked"}"#,
        r#"{"status":"E1","msg":"locked"}"#,
    ] {
        let server = world.serve(move |_| ok(reply)).await;
        let error = world.client(&server).warm().await.unwrap_err();
        assert_eq!(
            error,
            CentralError::LoginRefused {
                code: "E1".into(),
                message: "locked".into()
            }
        );
        assert_eq!(error.code(), "UK-CENT-201");
        assert_eq!(
            server.seen().len(),
            1,
            "a refused password is not tried again"
        );
    }
}

#[tokio::test]
async fn calls_at_the_same_time_share_one_login() {
    let world = World::new();
    let server = world
        .serve(|seen| {
            if is_auth(seen) {
                let Reply::Json(_, body) = logged_in("t") else {
                    unreachable!()
                };
                Reply::Late(Duration::from_millis(200), body)
            } else {
                ok(NONCE)
            }
        })
        .await;
    let client = world.client(&server);
    let (a, b, c) = tokio::join!(client.nonce(), client.nonce(), client.nonce());
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(server.count(&Paths::default().auth), 1);
}

#[tokio::test]
async fn a_refusal_is_passed_on_verbatim_and_not_repeated() {
    let world = World::new();
    let server = world
        .serve(|seen| {
            if is_auth(seen) {
                logged_in("t")
            } else {
                Reply::Json(
                    400,
                    r#"{"status":"error","code":"OQC-1","msg":"項目誤り"}"#.into(),
                )
            }
        })
        .await;
    let error = world
        .client(&server)
        .qualification(&request())
        .await
        .unwrap_err();
    assert_eq!(
        error,
        CentralError::Refused {
            code: "OQC-1".into(),
            message: "項目誤り".into()
        }
    );
    assert!(
        !format!("{error} {error:?}").contains("項目誤り"),
        "words may be about a patient: not in the log text"
    );
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn refusals_of_a_card_are_answers() {
    let world = World::new();
    for (name, expected) in [
        ("unknown-person", ConfirmationResult::UnknownPerson),
        ("not-registered", ConfirmationResult::NotRegistered),
        (
            "certificate-revoked",
            ConfirmationResult::CertificateRevoked,
        ),
        (
            "certificate-expired",
            ConfirmationResult::CertificateExpired,
        ),
        ("proof-invalid", ConfirmationResult::ProofInvalid),
        ("nonce-unknown", ConfirmationResult::NonceUnknown),
        (
            "newer-than-this",
            ConfirmationResult::Unknown("newer-than-this".into()),
        ),
    ] {
        let body = format!(r#""result":"{name}","confirmationId":"c-1","code":"E","message":"m""#);
        let server = world
            .serve(move |seen| {
                if is_auth(seen) {
                    logged_in("t")
                } else {
                    confirmed(seen, &body)
                }
            })
            .await;
        let answer = world
            .client(&server)
            .confirm_card(&confirmation())
            .await
            .unwrap();
        assert_eq!(answer.result, expected);
        assert_eq!(answer.id(), None, "no identifier but for a confirmed card");
        assert!(answer.is_refusal());
    }
    let server = world
        .serve(|seen| {
            if is_auth(seen) {
                logged_in("t")
            } else {
                confirmed(seen, r#""result":"confirmed""#)
            }
        })
        .await;
    let error = world
        .client(&server)
        .confirm_card(&confirmation())
        .await
        .unwrap_err();
    assert!(matches!(error, CentralError::BadAnswer { .. }), "{error:?}");
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let world = World::new();
    let elsewhere = world.serve(friendly).await;
    let to = format!("https://localhost:{}/", elsewhere.address.port());
    let server = world.serve(move |_| Reply::Redirect(to.clone())).await;
    let error = world.client(&server).warm().await.unwrap_err();
    assert!(matches!(error, CentralError::BadAnswer { .. }), "{error:?}");
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_probe_goes_layer_by_layer() {
    let world = World::new();
    let server = world.serve(friendly).await;
    let layers = |probes: Vec<central::Probe>| -> Vec<_> {
        probes
            .into_iter()
            .map(|p| (p.layer, p.outcome.is_ok()))
            .collect()
    };
    let good = layers(world.client(&server).probe().await);
    use ProbeLayer::{Connect, Login, Name, Tls};
    assert_eq!(
        good,
        [(Name, true), (Connect, true), (Tls, true), (Login, true)]
    );
    let impostor = world
        .serve_as(&world.servers.leaf("other.invalid"), friendly)
        .await;
    let bad = layers(world.client(&impostor).probe().await);
    assert_eq!(bad, [(Name, true), (Connect, true), (Tls, false)]);
}

/// Invariant 10: what is not for this institution and this visit is no answer.
#[tokio::test]
async fn medicines_for_somebody_else_are_refused() {
    for header in [
        r#""MedicalInstitutionCode":"9999999999""#,
        r#""ArbitraryFileIdentifier":"00000000000000ff""#,
        // Nothing says whose these are.
        "",
        r#""MedicalInstitutionCode":"1310000001""#,
    ] {
        let world = World::new();
        let server = world
            .serve(move |seen| {
                if is_auth(seen) {
                    logged_in("t")
                } else {
                    ok(format!(
                        r#"{{"XmlMsg":{{"MessageHeader":{{{header}}},"MessageBody":{{"ResultCode":"1"}}}}}}"#
                    ))
                }
            })
            .await;
        let client = world.client(&server);
        let ask = |institution: &str, visit: &str| {
            MedicinesRequest::for_card_visit(institution, "c", "202601", "202611", visit)
        };
        let ours = world.config(([127, 0, 0, 1], 1).into()).institution_code;
        let error = client
            .medicines(&ask(&ours, "00000000000000aa"))
            .await
            .unwrap_err();
        assert!(
            matches!(error, CentralError::BadAnswer { .. }),
            "{header}: {error:?}"
        );
    }
}
