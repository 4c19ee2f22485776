//! The desk over the network: TLS and a sign-in, or nothing.

use super::*;

/// A client that trusts the simulator's authority alone.
fn trusting(folder: &std::path::Path) -> tokio_rustls::TlsConnector {
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
    let mut roots = RootCertStore::empty();
    for ca in CertificateDer::pem_file_iter(folder.join("sim/central/ca.pem")).unwrap() {
        roots.add(ca.unwrap()).unwrap();
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tokio_rustls::TlsConnector::from(Arc::new(config))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_the_network_everything_needs_tls_and_a_sign_in() {
    let page = page().await;
    let folder = page.bench.folder.path();
    let (_state, states) = watch::channel(StaffState::default());
    let (requests, _) = mpsc::channel(4);
    let plan = DeskPlan {
        desk: Arc::new(DeskSide::start(
            page.bench.counter.clone(),
            folder.join("staff.json"),
            page.bench.stop.subscribe(),
        )),
        idle: Duration::from_secs(600),
        network: Some(vec!["localhost".into()]),
    };
    let config = StaffConfig {
        credential: Credential::generate().unwrap(),
        simulated: true,
        size: ScreenSize::default(),
    };
    let router = kiosk::staff::router_with_desk(
        StaffPort {
            state: states,
            requests,
        },
        config,
        &plan,
    );
    let settings = crate::config::StaffLan {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        names: vec!["localhost".into()],
        certificate: folder.join("sim/central/server.pem"),
        key: folder.join("sim/central/server.key"),
    };
    let address = super::super::network::open(&settings, router, page.bench.stop.subscribe())
        .await
        .unwrap();
    let connector = trusting(folder);
    let ask = async |method: &str, target: &str, host: &str, more: &str, body: &str| {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = tokio_rustls::rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let stream = connector.connect(name, stream).await.unwrap();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n{body}",
            body.len()
        );
        exchange(stream, request).await
    };
    let host = format!("localhost:{}", address.port());
    for target in ["/", "/desk", "/page.js"] {
        let answer = ask("GET", target, &host, "", "").await;
        assert_eq!(
            (answer.status, answer.location.as_str()),
            (303, "/desk/sign-in"),
            "{target}"
        );
    }
    assert_eq!(
        ask(
            "GET",
            "/ws",
            &host,
            &format!("Origin: https://{host}\r\n"),
            ""
        )
        .await
        .status,
        403
    );
    assert_eq!(
        ask("GET", "/desk/sign-in", "elsewhere.example", "", "")
            .await
            .status,
        421,
        "no other name"
    );
    assert_eq!(ask("GET", "/desk/sign-in", &host, "", "").await.status, 200);
    let body = encoded(&[("name", CLERK.0), ("password", CLERK.1)]);
    let plain = ask(
        "POST",
        "/desk/sign-in",
        &host,
        &format!("Origin: http://{host}\r\n"),
        &body,
    )
    .await;
    assert_eq!(plain.status, 403, "a page without TLS is another page");
    let entered = ask(
        "POST",
        "/desk/sign-in",
        &host,
        &format!("Origin: https://{host}\r\n"),
        &body,
    )
    .await;
    let cookie = entered.cookie.unwrap();
    assert!(cookie.starts_with("__Host-uketsuke-person="), "{cookie}");
    let overview = ask("GET", "/", &host, &format!("Cookie: {cookie}\r\n"), "").await;
    assert!(overview.status == 200 && overview.body.contains("page.js"));

    // Without TLS there is nothing.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(format!("GET /desk/sign-in HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    assert!(!String::from_utf8_lossy(&heard).contains("HTTP/1.1 200"));
}
