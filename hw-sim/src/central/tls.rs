//! The service's end of mutual TLS: one `rustls` configuration for each certificate it can show, all
//! of them demanding a client certificate under the authority of terminals.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};

use super::clock::SimClock;
use super::switches::ServerCertificate;

/// Why the TLS files can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing or is not PEM.
    #[error("{} can't be read as PEM (was the folder prepared?)", path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// The authority of terminals can't serve as a trust anchor.
    #[error("the authority for client certificates can't be used")]
    ClientAuthority(#[source] rustls::server::VerifierBuilderError),
    /// Certificate and key don't fit, or another refusal of rustls.
    #[error("the server certificate {stem} can't be used")]
    Server {
        /// File stem.
        stem: &'static str,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// The authority's certificate is no trust anchor.
    #[error("{} is no trust anchor", path.display())]
    Anchor {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// Which protocol versions the service speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersions {
    /// TLS 1.3 only, as the terminal expects by default.
    #[default]
    Only13,
    /// TLS 1.2 only, for terminals configured for it.
    Only12,
}

/// The configurations, in the order of [`ServerCertificate::ALL`].
pub(crate) struct TlsConfigs {
    configs: Vec<(ServerCertificate, Arc<ServerConfig>)>,
}

impl TlsConfigs {
    /// Reads `central/` below the prepared folder.
    pub(crate) fn load(
        dir: &Path,
        versions: TlsVersions,
        clock: &SimClock,
    ) -> Result<Self, TlsError> {
        let folder = dir.join("central");
        let mut configs = Vec::new();
        for which in ServerCertificate::ALL {
            configs.push((which, Arc::new(load(&folder, which, versions, clock)?)));
        }
        Ok(Self { configs })
    }

    pub(crate) fn get(&self, which: ServerCertificate) -> Option<Arc<ServerConfig>> {
        self.configs
            .iter()
            .find(|(w, _)| *w == which)
            .map(|(_, c)| Arc::clone(c))
    }
}

fn load(
    folder: &Path,
    which: ServerCertificate,
    versions: TlsVersions,
    clock: &SimClock,
) -> Result<ServerConfig, TlsError> {
    let stem = which.stem();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    let anchors = folder.join("client-ca.pem");
    for certificate in certificates(&anchors)? {
        roots.add(certificate).map_err(|source| TlsError::Anchor {
            path: anchors.clone(),
            source,
        })?;
    }
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(TlsError::ClientAuthority)?;
    let key_path = folder.join(format!("{stem}.key"));
    let key = PrivateKeyDer::from_pem_file(&key_path).map_err(|source| TlsError::Pem {
        path: key_path,
        source,
    })?;
    let versions: &[&rustls::SupportedProtocolVersion] = match versions {
        TlsVersions::Only13 => &[&rustls::version::TLS13],
        TlsVersions::Only12 => &[&rustls::version::TLS12],
    };
    let chain = certificates(&folder.join(format!("{stem}.pem")))?;
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(Now(clock.clone())))
        .with_protocol_versions(versions)
        .map_err(|source| TlsError::Server { stem, source })?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(|source| TlsError::Server { stem, source })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    read().map_err(|source| TlsError::Pem {
        path: path.to_owned(),
        source,
    })
}

/// The same clock decides about client certificates and about everything else. The handshake limit
/// is real time, since it bounds a wait and decides nothing.
#[derive(Debug)]
struct Now(SimClock);

impl TimeProvider for Now {
    fn current_time(&self) -> Option<UnixTime> {
        let ms = u64::try_from(self.0.now()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(ms)))
    }
}
