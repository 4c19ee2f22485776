//! The handshake against a real TLS server on loopback, once for each way to fail.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::certificate::{self, CertificateSeen, Identity, KeyState};
use super::tls::{ServerProblem, Target, TlsSeen, probe};
use crate::secrets::SecretSource;

/// 2026-11-22 12:00 JST.
const NOW: i64 = 1_795_316_400_000;
const LIMIT: Duration = Duration::from_secs(5);

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

struct Leaf {
    pem: String,
    key_pem: String,
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

fn leaf(issuer: &Issuer, host: &str, until: i32) -> Leaf {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(until, 10, 1);
    let certificate = params.signed_by(&key, issuer).unwrap();
    Leaf {
        pem: certificate.pem(),
        key_pem: key.serialize_pem(),
        der: certificate.der().clone(),
        key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
    }
}

/// Serves one connection: handshake with client authentication, then a fixed answer.
fn serve(server: &Leaf, clients: &Issuer) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(clients.der().clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![server.der.clone()], server.key.clone_key())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::Stream::new(&mut connection, &mut socket);
        let mut request = [0; 1024];
        if stream.read(&mut request).is_ok_and(|n| n > 0) {
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nDate: Sun, 22 Nov 2026 03:00:01 GMT\r\nContent-Length: 0\r\n\r\n");
        }
        // The client hangs up; until then an alert must stay readable for it.
        let _ = socket.read(&mut request);
    });
    address
}

fn identity(leaf: &Leaf) -> Option<Identity> {
    Some(Identity {
        chain: vec![leaf.der.clone()],
        key: leaf.key.clone_key(),
    })
}

fn anchors(dir: &tempfile::TempDir, issuer: &Issuer) -> PathBuf {
    let path = dir.path().join("ca.pem");
    std::fs::write(&path, issuer.pem()).unwrap();
    path
}

fn shake(
    address: SocketAddr,
    host: &str,
    ca: &std::path::Path,
    identity: Option<Identity>,
) -> TlsSeen {
    probe(Target {
        host,
        addresses: &[address],
        ca,
        tls12: false,
        identity,
        now: NOW,
        limit: LIMIT,
    })
}

#[test]
fn every_way_to_fail_has_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, other) = (authority(), authority());
    let ca = anchors(&dir, &ours);
    let server = leaf(&ours, "localhost", 2030);
    let client = leaf(&ours, "terminal", 2030);

    match shake(serve(&server, &ours), "localhost", &ca, identity(&client)) {
        TlsSeen::Good {
            what,
            server_not_after,
            date,
            own_shown,
        } => {
            assert!(what.contains("TLSv1_3") && own_shown, "{what}");
            assert_eq!(date, Some(NOW + 1000));
            // 2030-10-01 00:00 UTC
            assert_eq!(server_not_after, Some(1_917_043_200_000));
        }
        other => panic!("{other:?}"),
    }
    let expired = leaf(&ours, "localhost", 2026);
    assert_eq!(
        shake(serve(&expired, &ours), "localhost", &ca, identity(&client)),
        TlsSeen::Server(ServerProblem::Expired)
    );
    assert_eq!(
        shake(
            serve(&server, &ours),
            "another.invalid",
            &ca,
            identity(&client)
        ),
        TlsSeen::Server(ServerProblem::Name)
    );
    let foreign = leaf(&other, "localhost", 2030);
    assert_eq!(
        shake(serve(&foreign, &ours), "localhost", &ca, identity(&client)),
        TlsSeen::Server(ServerProblem::Untrusted)
    );
    let stranger = leaf(&other, "terminal", 2030);
    assert!(matches!(
        shake(serve(&server, &ours), "localhost", &ca, identity(&stranger)),
        TlsSeen::OwnRefused(_)
    ));
    assert!(matches!(
        shake(serve(&server, &ours), "localhost", &ca, None),
        TlsSeen::OwnRefused(_)
    ));
    assert!(matches!(
        shake(
            serve(&server, &ours),
            "localhost",
            &dir.path().join("none"),
            None
        ),
        TlsSeen::NoAnchors(_)
    ));
}

#[test]
fn a_closed_port_a_mute_one_and_one_without_tls_are_told_apart_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let ca = anchors(&dir, &authority());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let start = Instant::now();
    let target = Target {
        host: "localhost",
        addresses: &[address],
        ca: &ca,
        tls12: true,
        identity: None,
        now: NOW,
        limit: Duration::from_millis(300),
    };
    assert!(matches!(probe(target), TlsSeen::NoConnection(reason) if reason.contains("no answer")));
    assert!(start.elapsed() < Duration::from_secs(3));
    drop(listener);
    assert!(matches!(
        shake(address, "localhost", &ca, None),
        TlsSeen::NoConnection(_)
    ));

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 512]);
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    assert!(matches!(
        shake(address, "localhost", &ca, None),
        TlsSeen::Protocol(_)
    ));
}

#[test]
fn certificate_and_key_files_are_judged_as_a_pair() {
    let dir = tempfile::tempdir().unwrap();
    let secrets = SecretSource {
        store: dir.path().into(),
        limit: LIMIT,
    };
    let (one, two) = (
        leaf(&authority(), "terminal", 2030),
        leaf(&authority(), "terminal", 2030),
    );
    let at = |name: &str, content: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let certificate = at("c.pem", &one.pem);
    let settings = |key: PathBuf| crate::CentralSettings {
        host: "localhost".into(),
        port: 443,
        connect: None,
        ca: "/x".into(),
        client_certificate: certificate.clone(),
        crls: Vec::new(),
        client_key: key,
        user_id: "u".into(),
        password_file: "/x".into(),
        tls12: false,
        institution_code: "1310000001".into(),
        login_path: None,
        nonce_path: None,
    };
    for (key, expected) in [
        (at("right.pem", &one.key_pem), KeyState::Matches),
        (at("wrong.pem", &two.key_pem), KeyState::Other),
        (at("broken.pem", "not a key"), KeyState::Broken),
        (dir.path().join("none"), KeyState::Missing),
    ] {
        let (seen, identity) = certificate::probe(&settings(key), &secrets);
        match seen {
            CertificateSeen::Read { key, .. } => assert_eq!(key, expected),
            other => panic!("{other:?}"),
        }
        assert_eq!(identity.is_some(), expected == KeyState::Matches);
    }
    std::fs::write(
        &certificate,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    assert!(matches!(
        certificate::probe(&settings(dir.path().join("none")), &secrets).0,
        CertificateSeen::Broken(_)
    ));
}
