//! A service that hangs, breaks off, is busy, or answers nonsense.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use central::{CentralClient, CentralError, CentralService, Paths, ProbeLayer, UnreachableCause};

use support::*;

#[tokio::test]
async fn a_service_that_is_busy_for_a_moment_is_asked_again() {
    let world = World::new();
    for (status, failures, works) in [
        (503, 2, true),
        (502, 1, true),
        (504, 2, true),
        (503, 3, false),
        (500, 1, false),
    ] {
        let calls = AtomicUsize::new(0);
        let server = world
            .serve(move |seen| {
                if !is_auth(seen) && calls.fetch_add(1, Ordering::SeqCst) < failures {
                    return Reply::Json(status, "busy".into());
                }
                friendly(seen)
            })
            .await;
        let outcome = world.client(&server).nonce().await;
        let asked = server.count("/assumed/card/nonce");
        if works {
            outcome.unwrap();
            assert_eq!(asked, failures + 1, "{status}");
        } else {
            let error = outcome.unwrap_err();
            let cause = UnreachableCause::OutOfOrder;
            assert!(
                matches!(error, CentralError::Unreachable { cause: c, .. } if c == cause),
                "{error:?}"
            );
            assert_eq!(asked, if status == 500 { 1 } else { 3 }, "{status}");
        }
    }
}

/// Invariant 15: a service that hangs, before or within its answer, costs no more than the deadline.
#[tokio::test]
async fn invariant_15_a_hanging_service_ends_at_the_deadline() {
    let world = World::new();
    for within in [false, true] {
        let server = world
            .serve(move |_| if within { Reply::Drip } else { Reply::Never })
            .await;
        let mut config = world.config(server.address);
        config.request_timeout = Duration::from_millis(400);
        let client = CentralClient::new(config).unwrap();
        let begun = Instant::now();
        let error = client.warm().await.unwrap_err();
        let took = begun.elapsed();
        assert!(
            matches!(
                error,
                CentralError::Unreachable {
                    cause: UnreachableCause::Timeout,
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(error.code(), "UK-CENT-003");
        assert!(
            took >= Duration::from_millis(380) && took < Duration::from_secs(3),
            "{took:?}"
        );
    }
}

/// Invariant 10: the answer to a call that was given up can't be taken for that of the next.
#[tokio::test]
async fn invariant_10_a_late_answer_does_not_reach_the_next_call() {
    let world = World::new();
    let calls = AtomicUsize::new(0);
    let late = NONCE.replace("AAEC", "////");
    let server = world
        .serve(
            move |seen| match (is_auth(seen), calls.fetch_add(1, Ordering::SeqCst)) {
                (false, 1) => Reply::Late(Duration::from_millis(500), late.clone()),
                _ => friendly(seen),
            },
        )
        .await;
    let mut config = world.config(server.address);
    config.request_timeout = Duration::from_millis(400);
    let client = CentralClient::new(config).unwrap();
    assert!(client.nonce().await.is_err());
    assert_eq!(
        client.nonce().await.unwrap().bytes,
        (0..32).collect::<Vec<u8>>()
    );
    assert_eq!(
        server.connections(),
        2,
        "the connection of the late answer is dropped"
    );
    let closed = async {
        while server.ended.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let closed = tokio::time::timeout(Duration::from_secs(5), closed).await;
    assert!(closed.is_ok(), "and closed, not left to the service");
}

#[tokio::test]
async fn invariant_10_an_answer_for_somebody_else_is_refused() {
    let world = World::new();
    for body in [
        r#"{"XmlMsg":{"MessageHeader":{"MedicalInstitutionCode":"9999999999"},"MessageBody":{"QualificationValidity":"1"}}}"#,
        r#"{"XmlMsg":{"MessageBody":{"QualificationConfirmSearchInfo":{"ArbitraryIdentifier":"00000000000000fe"}}}}"#,
        r#"{"XmlMsg":{"MessageBody":{"ResultList":[{"ResultOfQualificationConfirmation":{"ArbitraryIdentifier":"1"}}]}}}"#,
        // Nothing says whose these are.
        r#"{"XmlMsg":{"MessageBody":{"QualificationValidity":"1"}}}"#,
        r#"{"XmlMsg":{"MessageBody":{"ResultList":[{"ResultOfQualificationConfirmation":{"Name":"誰か"}}]}}}"#,
    ] {
        let server = world
            .serve(move |seen| {
                if is_auth(seen) {
                    logged_in("t")
                } else {
                    ok(body)
                }
            })
            .await;
        let error = world
            .client(&server)
            .qualification(&request())
            .await
            .unwrap_err();
        assert!(
            matches!(error, CentralError::BadAnswer { .. }),
            "{body}: {error:?}"
        );
    }
}

#[tokio::test]
async fn invariant_15_answers_over_four_mebibytes_are_cut_off() {
    let world = World::new();
    for (bytes, announced, too_large) in [
        (5 << 20, true, true),
        (5 << 20, false, true),
        ((4 << 20) + 1, false, true),
        (4 << 20, false, false),
    ] {
        let server = world
            .serve(move |seen| {
                if is_auth(seen) {
                    logged_in("t")
                } else {
                    Reply::Large { bytes, announced }
                }
            })
            .await;
        let error = world.client(&server).nonce().await.unwrap_err();
        let CentralError::BadAnswer { detail } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(detail.contains("too large"), too_large, "{bytes}: {detail}");
        assert_eq!(error.code(), "UK-CENT-401");
    }
}

#[tokio::test]
async fn malformed_answers_are_told_apart_from_outages() {
    let world = World::new();
    let nonces = [
        "",
        "{",
        "null",
        r#"{"nonce":"AAEC","expiresAt":"20261123090000","serverTime":"20261122090000"}"#,
        r#"{"nonce":"*","expiresAt":"20261123090000","serverTime":"20261122090000"}"#,
        r#"{"nonce":"AAECAwQFBgcICQoLDA0ODw==","expiresAt":"tomorrow","serverTime":"20261122090000"}"#,
    ];
    for body in nonces {
        let server = world
            .serve(move |seen| {
                if is_auth(seen) {
                    logged_in("t")
                } else {
                    ok(body)
                }
            })
            .await;
        let error = world.client(&server).nonce().await.unwrap_err();
        assert!(
            matches!(error, CentralError::BadAnswer { .. }),
            "{body}: {error:?}"
        );
        let error = world
            .client(&server)
            .qualification(&request())
            .await
            .unwrap_err();
        assert!(
            matches!(error, CentralError::BadAnswer { .. }),
            "{body}: {error:?}"
        );
    }
    for body in [
        "{}",
        r#"{"status":"0"}"#,
        r#"{"status":"0","result":{"idToken":""}}"#,
        "{\"status\":\"0\",\"result\":{\"idToken\":\"a\\nb\"}}",
    ] {
        let server = world.serve(move |_| ok(body)).await;
        let error = world.client(&server).warm().await.unwrap_err();
        assert!(
            matches!(error, CentralError::BadAnswer { .. }),
            "{body}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_made_anew() {
    let world = World::new();
    let server = world.serve(friendly).await;
    let client = world.client(&server);
    for round in 1..=3 {
        client.nonce().await.unwrap();
        assert_eq!(server.connections(), round);
        server.hang_up();
    }
    assert_eq!(
        server.count(&Paths::default().auth),
        1,
        "the token outlives the connection"
    );
}

#[tokio::test]
async fn a_service_that_is_down_is_unreachable() {
    let world = World::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let begun = Instant::now();
    let error = CentralClient::new(world.config(address))
        .unwrap()
        .nonce()
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            CentralError::Unreachable {
                cause: UnreachableCause::Connect,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_unreachable());
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn an_unknown_host_is_a_failure_of_name_resolution() {
    let world = World::new();
    let mut config = world.config("127.0.0.1:1".parse().unwrap());
    config.connect_address = None;
    config.host = "no-such-host.invalid".to_owned();
    let client = CentralClient::new(config).unwrap();
    let error = client.nonce().await.unwrap_err();
    assert!(
        matches!(
            error,
            CentralError::Unreachable {
                cause: UnreachableCause::NameResolution,
                ..
            }
        ),
        "{error:?}"
    );
    let probes = client.probe().await;
    assert_eq!(probes.len(), 1);
    assert_eq!(probes[0].layer, ProbeLayer::Name);
    assert!(probes[0].outcome.is_err());
}

#[tokio::test]
async fn a_connection_that_breaks_within_a_call_is_made_anew() {
    let world = World::new();
    for (breaks, works) in [(1, true), (2, true), (3, false)] {
        let calls = AtomicUsize::new(0);
        let server = world
            .serve(move |seen| {
                if !is_auth(seen) && calls.fetch_add(1, Ordering::SeqCst) < breaks {
                    return Reply::HangUp;
                }
                friendly(seen)
            })
            .await;
        let outcome = world.client(&server).nonce().await;
        assert_eq!(outcome.is_ok(), works, "{breaks}");
        if let Err(error) = outcome {
            assert_eq!(error.code(), "UK-CENT-004");
        }
        assert_eq!(server.count("/assumed/card/nonce"), (breaks + 1).min(3));
    }
}

/// The service writes down each emergency view and each search in a disaster or an outage as a use: what may have been done is not done
/// again by itself. A search by numbers changes nothing, and is.
#[tokio::test]
async fn what_is_logged_as_a_use_goes_out_once() {
    use central::CentralDesk;
    use oqs::assumed::{EmergencyRequest, SettingsRequest, SpecialInquiryRequest};
    let world = World::new();
    for failure in [0, 502, 503, 504] {
        let server = world
            .serve(move |seen| match seen.path.as_str() {
                path if path.starts_with("/assumed/if/") && failure == 0 => Reply::HangUp,
                path if path.starts_with("/assumed/if/") => Reply::Json(failure, "busy".into()),
                _ => friendly(seen),
            })
            .await;
        let client = world.client(&server);
        client.warm().await.unwrap();
        let (special, emergency) = (
            SpecialInquiryRequest::default(),
            EmergencyRequest::default(),
        );
        assert!(client.emergency(&emergency).await.is_err());
        assert!(client.special_inquiry(&special).await.is_err());
        assert!(client.special_information(&special).await.is_err());
        // The first client asks nobody for a while now.
        let settings = SettingsRequest::new(OURS, "1");
        assert!(world.client(&server).settings(&settings).await.is_err());
        let asked = |name: &str| server.count(&format!("/assumed/if/{name}"));
        for name in ["047", "special", "special-information"] {
            assert_eq!(asked(name), 1, "{name} {failure}");
        }
        assert_eq!(asked("041"), 3, "{failure}");
    }
}

#[tokio::test]
async fn an_answer_announced_too_large_is_not_waited_for() {
    let world = World::new();
    let server = world.serve(|_| Reply::Announced(5 << 20)).await;
    let error = world.client(&server).warm().await.unwrap_err();
    assert!(matches!(error, CentralError::BadAnswer { .. }), "{error:?}");
}

#[tokio::test]
async fn a_warm_client_notices_that_the_service_has_gone_and_is_back() {
    let world = World::new();
    let server = world.serve(friendly).await;
    let client = world.client(&server);
    client.warm().await.unwrap();
    client.warm().await.unwrap();
    assert_eq!(
        server.connections(),
        1,
        "warming a warm client costs nothing"
    );
    server.hang_up();
    let again = async {
        while server.connections() < 2 {
            client.warm().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again)
        .await
        .unwrap();
    assert_eq!(
        server.count(&Paths::default().auth),
        1,
        "the token is still good"
    );
    drop(server);
    let gone = async {
        loop {
            if let Err(error) = client.warm().await {
                return error;
            }
            tokio::task::yield_now().await;
        }
    };
    let error = tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .unwrap();
    assert!(error.is_unreachable(), "{error}");
}

/// An open connection and a good handshake are no answer: while the service behind them gives 503, looks at it find nobody, and the
/// breaker stays open.
#[tokio::test]
async fn a_service_that_takes_connections_and_answers_nothing_is_not_there() {
    let world = World::new();
    let broken = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen_broken = std::sync::Arc::clone(&broken);
    let server = world
        .serve(move |seen| {
            if seen_broken.load(Ordering::SeqCst) && !is_auth(seen) {
                Reply::Json(503, String::new())
            } else {
                friendly(seen)
            }
        })
        .await;
    let mut config = world.config(server.address);
    config.request_timeout = Duration::from_millis(400);
    let client = CentralClient::new(config).unwrap();
    client.warm().await.unwrap();
    broken.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert!(client.nonce().await.unwrap_err().is_unreachable());
    }
    assert!(client.is_paused());
    let looked = client.warm().await.unwrap_err();
    assert!(looked.is_unreachable(), "{looked}");
    assert!(
        client.is_paused(),
        "a connection does not close the breaker"
    );
    broken.store(false, Ordering::SeqCst);
    client.warm().await.unwrap();
    assert!(!client.is_paused(), "an answer does");
    client.nonce().await.unwrap();
}
