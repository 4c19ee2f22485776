//! Who may connect, and what the service shows of itself (invariant 13).

use hw_sim::central::{PATH_LOGIN, ServerCertificate, TlsVersions};
use rustls::version::{TLS12, TLS13};

use crate::support::{
    Failure, Identity, Line, Terminal, post, service, service_with, tls, tls_with_list,
};

async fn touch(
    port: u16,
    identity: Identity,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Result<u16, Failure> {
    // In TLS 1.3 a refused client certificate shows with the first answer, not in the handshake.
    let mut line = Line::open(port, tls(identity, versions)).await?;
    Ok(line.send(post(PATH_LOGIN, None, "{}")).await?.0)
}

#[tokio::test]
async fn only_a_terminal_with_a_valid_certificate_gets_an_answer() {
    let service = service().await;
    let port = service.port();
    assert_eq!(
        touch(port, Identity::Terminal, &[&TLS13]).await.unwrap(),
        400
    );
    for identity in [Identity::None, Identity::Expired] {
        assert!(touch(port, identity, &[&TLS13]).await.is_err());
    }
    let notes: Vec<_> = service
        .requests()
        .into_iter()
        .filter(|r| r.status == 0)
        .collect();
    assert_eq!(notes.len(), 2, "both refusals are in the log: {notes:?}");
    assert!(notes.iter().all(|r| r.path == "(tls)"));
}

#[tokio::test]
async fn versions_are_as_configured() {
    let new = service().await;
    assert!(
        touch(new.port(), Identity::Terminal, &[&TLS12])
            .await
            .is_err()
    );
    let old = service_with(|c| c.tls = TlsVersions::Only12).await;
    assert!(
        touch(old.port(), Identity::Terminal, &[&TLS13])
            .await
            .is_err()
    );
    assert_eq!(
        touch(old.port(), Identity::Terminal, &[&TLS12])
            .await
            .unwrap(),
        400
    );
}

#[tokio::test]
async fn wrong_server_certificates_are_seen_by_a_verifying_client() {
    let service = service().await;
    for (which, word) in [
        (ServerCertificate::Expired, "Expired"),
        (ServerCertificate::OtherHost, "NotValidForName"),
        (ServerCertificate::Untrusted, "UnknownIssuer"),
    ] {
        service.set_certificate(which);
        let error = touch(service.port(), Identity::Terminal, &[&TLS13]).await;
        let error = format!("{:?}", error.unwrap_err());
        assert!(error.contains(word), "{which:?}: {error}");
    }
    service.set_certificate(ServerCertificate::Good);
    Terminal::log_in(&service).await;
}

/// The revoked certificate is good but for its authority's list: who doesn't look at one is served, who does is not; the good one stands on no
/// list, and is served to both.
#[tokio::test]
async fn a_revoked_certificate_is_seen_by_whoever_has_the_list() {
    let service = service().await;
    let looking = async || -> Result<u16, Failure> {
        let mut line = Line::open(service.port(), tls_with_list()).await?;
        Ok(line.send(post(PATH_LOGIN, None, "{}")).await?.0)
    };
    assert_eq!(looking().await.unwrap(), 400);
    service.set_certificate(ServerCertificate::Revoked);
    assert_eq!(
        touch(service.port(), Identity::Terminal, &[&TLS13])
            .await
            .unwrap(),
        400
    );
    let refused = format!("{:?}", looking().await.unwrap_err());
    assert!(refused.contains("Revoked"), "{refused}");
}

#[tokio::test]
async fn changing_the_certificate_ends_open_lines() {
    let service = service().await;
    let mut line = Line::open(service.port(), tls(Identity::Terminal, &[&TLS13]))
        .await
        .unwrap();
    assert_eq!(
        line.send(post(PATH_LOGIN, None, "{}")).await.unwrap().0,
        400
    );
    service.set_certificate(ServerCertificate::Expired);
    assert!(line.send(post(PATH_LOGIN, None, "{}")).await.is_err());
}
