//! The staff's page on the clinic's network: one named address, TLS with the clinic's certificate, personal sign-in for everything.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto, version};

use crate::config::StaffLan;

/// TLS 1.3, and 1.2 with its AEAD suites for older browsers of the clinic; no client certificate.
fn acceptor(settings: &StaffLan) -> anyhow::Result<TlsAcceptor> {
    let certificate = &settings.certificate;
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| anyhow::anyhow!("{error}"))
        .with_context(|| {
            format!(
                "UK-CONF-024 staff.lan.certificate: {}",
                certificate.display()
            )
        })?;
    let key = PrivateKeyDer::from_pem_file(&settings.key)
        .map_err(|error| anyhow::anyhow!("{error}"))
        .with_context(|| format!("UK-CONF-024 staff.lan.key: {}", settings.key.display()))?;
    let provider = Arc::new(crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("UK-CONF-024 staff.lan: certificate and key don't belong together")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Listens and serves until `stop`.
///
/// # Errors
/// The address is taken, or certificate and key can't be used.
pub(crate) async fn open(
    settings: &StaffLan,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<SocketAddr> {
    let tls = acceptor(settings)?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("staff.lan.listen: {} can't be listened on", settings.listen))?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let ending = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        if let Err(error) = kiosk::serve_tls(listener, router, tls, ending).await {
            tracing::error!(error = %crate::chain(&error), "the staff's page on the network ended");
        }
    });
    Ok(address)
}
