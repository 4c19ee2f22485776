//! Invariant 13: only the configured service, verified, and each certificate problem by its own name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use central::{
    CentralClient, CentralError, CentralService, ClientCertificateProblem,
    ServerCertificateProblem, UnreachableCause, certificate_status,
};
use rustls::pki_types::pem::PemObject;
use support::{Ca, HOST, PASSWORD, Server, Setup, World, friendly};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zeroize::Zeroizing;

fn server_problem(error: &CentralError) -> ServerCertificateProblem {
    match error {
        CentralError::TlsServer { problem, .. } => *problem,
        other => panic!("not a problem of the server's certificate: {other:?}"),
    }
}

fn client_problem(error: &CentralError) -> ClientCertificateProblem {
    match error {
        CentralError::TlsClient { problem, .. } => *problem,
        other => panic!("not a problem of the terminal's certificate: {other:?}"),
    }
}

#[tokio::test]
async fn invariant_13_a_server_that_is_not_the_configured_one_gets_nothing() {
    let world = World::new();
    let stranger = Ca::new("servers");
    let rows = [
        (
            world.servers.leaf_until(HOST, 2021),
            ServerCertificateProblem::Expired,
            "UK-CENT-101",
        ),
        (
            world.servers.leaf("other.invalid"),
            ServerCertificateProblem::WrongHost,
            "UK-CENT-103",
        ),
        (
            stranger.leaf(HOST),
            ServerCertificateProblem::UnknownIssuer,
            "UK-CENT-104",
        ),
        // The authority of clients is not one of servers.
        (
            world.clients.leaf(HOST),
            ServerCertificateProblem::UnknownIssuer,
            "UK-CENT-104",
        ),
    ];
    for (identity, problem, code) in rows {
        let server = world.serve_as(&identity, friendly).await;
        let client = world.client(&server);
        for _ in 0..2 {
            let error = client.nonce().await.unwrap_err();
            assert_eq!(server_problem(&error), problem, "{error:?}");
            assert_eq!(error.code(), code);
            assert!(!error.is_unreachable());
        }
        assert!(
            server.seen().is_empty(),
            "neither password nor token were sent"
        );
    }
}

#[tokio::test]
async fn invariant_13_a_token_is_not_sent_to_an_impostor_that_takes_the_services_place() {
    let world = World::new();
    let server = world.serve(friendly).await;
    let client = world.client(&server);
    client.nonce().await.unwrap();
    let address = server.address;
    server.hang_up();
    drop(server);
    // The same address now answers as somebody else, in plain text, and keeps what it hears.
    let take_over = async {
        loop {
            match tokio::net::TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    let listener = tokio::time::timeout(Duration::from_secs(5), take_over)
        .await
        .unwrap();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = vec![0; 4096];
        let count = stream.read(&mut heard).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
        heard.truncate(count);
        heard
    });
    let error = client.nonce().await.unwrap_err();
    assert_eq!(server_problem(&error), ServerCertificateProblem::Protocol);
    let heard = String::from_utf8_lossy(&heard.await.unwrap()).into_owned();
    assert!(heard.contains(HOST), "a ClientHello names the host");
    for secret in ["token-1", PASSWORD, "uthorization"] {
        assert!(!heard.contains(secret));
    }
}

#[tokio::test]
async fn invariant_14_certificates_are_judged_by_the_given_time() {
    let world = World::new();
    let server = world.serve(friendly).await;
    for (now, problem) in [
        ("20190601000000", ServerCertificateProblem::NotYetValid),
        ("21010601000000", ServerCertificateProblem::Expired),
    ] {
        let now = oqs::time::from_jst(now).unwrap();
        let client =
            CentralClient::with_time(world.config(server.address), Arc::new(move || now)).unwrap();
        assert_eq!(server_problem(&client.warm().await.unwrap_err()), problem);
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_refusal_of_the_terminals_certificate_is_told_as_such() {
    let world = World::new();
    let stranger = Ca::new("strangers");
    for tls12 in [false, true] {
        let versions: &[_] = if tls12 {
            &[&rustls::version::TLS12]
        } else {
            &[&rustls::version::TLS13]
        };
        let setup = Setup {
            identity: &world.servers.leaf(HOST),
            clients: &world.clients,
            versions,
        };
        let server = Server::start(setup, friendly).await;
        let rows = [
            (
                world.clients.leaf_until("terminal.test", 2021),
                ClientCertificateProblem::Expired,
                "UK-CENT-151",
            ),
            (
                stranger.leaf("terminal.test"),
                ClientCertificateProblem::UnknownIssuer,
                "UK-CENT-153",
            ),
        ];
        for (identity, problem, code) in rows {
            let mut config = world.config(server.address);
            config.tls12 = tls12;
            config.client_cert_pem = identity.cert.into_bytes();
            config.client_key_pem = Zeroizing::new(identity.key.into_bytes());
            // With TLS 1.3 the alert races with our first request: it must be found each time.
            for _ in 0..20 {
                let client = CentralClient::new(config.clone()).unwrap();
                let error = client.warm().await.unwrap_err();
                assert_eq!(client_problem(&error), problem, "{error:?}");
                assert_eq!(error.code(), code);
            }
        }
        assert!(server.seen().is_empty());
    }
}

#[tokio::test]
async fn tls_1_2_only_where_configured() {
    let world = World::new();
    let setup = Setup {
        identity: &world.servers.leaf(HOST),
        clients: &world.clients,
        versions: &[&rustls::version::TLS12],
    };
    let server = Server::start(setup, friendly).await;
    let error = world.client(&server).warm().await.unwrap_err();
    assert_eq!(server_problem(&error), ServerCertificateProblem::Protocol);
    assert_eq!(server.connections(), 0);
    let mut config = world.config(server.address);
    config.tls12 = true;
    CentralClient::new(config).unwrap().warm().await.unwrap();
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_ends_at_the_connect_deadline() {
    let world = World::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = world.config(listener.local_addr().unwrap());
    config.connect_timeout = Duration::from_millis(300);
    let begun = std::time::Instant::now();
    let error = CentralClient::new(config)
        .unwrap()
        .warm()
        .await
        .unwrap_err();
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
    assert!(begun.elapsed() < Duration::from_secs(3));
}

/// A server whose certificate its authority has revoked gets nothing once the authority's list is in the settings; one that the list does
/// not name is served; a list that should have been fetched anew, or that another authority made, vouches for nobody.
#[tokio::test]
async fn invariant_13_a_revocation_list_is_looked_at_when_given() {
    use ServerCertificateProblem as P;
    let world = World::new();
    let good = world.servers.leaf_numbered(HOST, 2100, Some(7));
    let revoked = world.servers.leaf_numbered(HOST, 2100, Some(8));
    let list = world.servers.revocation_list(8, 2100);
    let stale = world.servers.revocation_list(8, 2021);
    let stranger = Ca::new("strangers").revocation_list(8, 2100);
    let der = rustls::pki_types::CertificateRevocationListDer::from_pem_slice(&list).unwrap();
    for (identity, list, expected) in [
        (&good, list.clone(), None),
        (&good, der.to_vec(), None),
        (&revoked, list, Some((P::Revoked, "UK-CENT-105"))),
        (&revoked, der.to_vec(), Some((P::Revoked, "UK-CENT-105"))),
        (
            &good,
            stale,
            Some((P::RevocationListExpired, "UK-CENT-107")),
        ),
        (
            &good,
            stranger,
            Some((P::NotCoveredByRevocationList, "UK-CENT-108")),
        ),
    ] {
        let server = world.serve_as(identity, friendly).await;
        let mut config = world.config(server.address);
        config.crls = vec![list];
        let client = CentralClient::new(config).unwrap();
        let asked = client.nonce().await;
        match expected {
            None => {
                asked.unwrap();
            }
            Some((problem, code)) => {
                let error = asked.unwrap_err();
                assert_eq!(server_problem(&error), problem, "{error:?}");
                assert_eq!(error.code(), code);
                assert!(server.seen().is_empty(), "nothing was sent");
            }
        }
    }
    // Without a list in the settings nobody can tell.
    let server = world.serve_as(&revoked, friendly).await;
    world.client(&server).nonce().await.unwrap();
}

/// Several lists of one authority, in whatever order the files (or the lists of one file) stand: the newest counts. A former one that was
/// left there neither closes the connection because it is over nor hides what the newer one revokes.
#[tokio::test]
async fn invariant_13_of_several_lists_of_one_authority_the_newest_counts() {
    use ServerCertificateProblem as P;
    let world = World::new();
    let identity = world.servers.leaf_numbered(HOST, 2100, Some(8));
    let over = world.servers.revocation_list_of(7, 2020, 2021);
    let silent = world.servers.revocation_list_of(7, 2022, 2100);
    let revoking = world.servers.revocation_list_of(8, 2023, 2100);
    for (former, newer, expected) in [
        (&over, &silent, None),
        (&silent, &revoking, Some(P::Revoked)),
    ] {
        for crls in [
            vec![former.clone(), newer.clone()],
            vec![newer.clone(), former.clone()],
            vec![[former.as_slice(), newer].concat()],
            vec![[newer.as_slice(), former].concat()],
        ] {
            let server = world.serve_as(&identity, friendly).await;
            let mut config = world.config(server.address);
            config.crls = crls;
            let asked = CentralClient::new(config).unwrap().nonce().await;
            assert_eq!(asked.err().as_ref().map(server_problem), expected);
        }
    }
}

/// What is no revocation list stops the start: with none at all, revocation would not be looked at and nobody would know.
#[test]
fn a_revocation_list_that_can_not_be_read_is_refused_at_the_start() {
    let world = World::new();
    for file in [
        Vec::new(),
        b"nonsense".to_vec(),
        b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n".to_vec(),
        // PEM, and no list: a certificate put in its place.
        world.servers.pem.clone().into_bytes(),
    ] {
        let mut config = world.config("127.0.0.1:1".parse().unwrap());
        config.crls = vec![world.servers.revocation_list(8, 2100), file.clone()];
        match CentralClient::new(config) {
            Err(CentralError::Configuration { detail }) => {
                assert!(detail.contains("central.crls"), "{detail}");
            }
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(&file)),
        }
    }
}

#[test]
fn settings_that_cannot_be_used_are_refused_at_the_start() {
    let world = World::new();
    let config = || world.config("127.0.0.1:1".parse().unwrap());
    let refused = |config| match CentralClient::new(config) {
        Err(CentralError::Configuration { detail }) => detail,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("accepted"),
    };
    let mut broken = config();
    broken.ca_pem = Vec::new();
    assert!(refused(broken).contains("authority"));
    let mut broken = config();
    broken.client_cert_pem = b"nonsense".to_vec();
    assert!(refused(broken).contains("certificate"));
    let mut broken = config();
    broken.client_key_pem = Zeroizing::new(world.clients.leaf("x.test").key.into_bytes());
    assert!(refused(broken).contains("belong together"));
    let mut broken = config();
    broken.host = "not a host".to_owned();
    assert!(refused(broken).contains("host"));
    let mut broken = config();
    broken.paths.nonce = "https://elsewhere.invalid/".to_owned();
    assert!(refused(broken).contains("path"));
    let text = format!("{:?}", config());
    assert!(
        !text.contains(PASSWORD) && !text.contains("PRIVATE"),
        "{text}"
    );
}

#[test]
fn days_left_of_a_certificate() {
    let world = World::new();
    let pem = world
        .clients
        .leaf_until("terminal.test", 2027)
        .cert
        .into_bytes();
    let status = |now: &str| certificate_status(&pem, oqs::time::from_jst(now).unwrap()).unwrap();
    let now = status("20261122090000");
    assert_eq!((now.days_left, now.is_valid), (40, true));
    let past = status("20270101090001");
    assert_eq!((past.days_left, past.is_valid), (-1, false));
    assert!(!status("20191231000000").is_valid);
    assert!(certificate_status(b"nonsense", 0).is_err());
}
