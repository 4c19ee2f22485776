//! TLS towards the central service: the only trust is the configured authority, the host name is always
//! verified, and what goes wrong is told apart (invariant 13).

use std::sync::Arc;
use std::time::Duration;

use rustls::client::{Resumption, VerifierBuilderError, WebPkiServerVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore, version};

use crate::config::{CentralConfig, TimeSource};
use crate::error::{CentralError, ClientCertificateProblem, ServerCertificateProblem};
use crate::revocation::{RevocationList, revocation_lists};

/// The TLS side of the configuration.
pub(crate) fn client_config(
    config: &CentralConfig,
    time: TimeSource,
) -> Result<ClientConfig, CentralError> {
    let broken = |what: &str| CentralError::configuration(what);
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&config.ca_pem, "the authority's file")? {
        roots
            .add(certificate)
            .map_err(|_| broken("the authority's file holds no usable certificate"))?;
    }
    let chain = certificates(&config.client_cert_pem, "the terminal's certificate file")?;
    let key = PrivateKeyDer::from_pem_slice(&config.client_key_pem)
        .map_err(|_| broken("the terminal's key file is not a PEM private key"))?;
    // TLS 1.2 of this provider has ECDHE with AEAD suites only.
    let versions: &[_] = if config.tls12 {
        &[&version::TLS13, &version::TLS12]
    } else {
        &[&version::TLS13]
    };
    let provider = Arc::new(ring::default_provider());
    let mut verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    if !config.crls.is_empty() {
        // The authority's list speaks about the server's own certificate; a certificate no list covers is refused, and so is one whose
        // list is older than its authority allows: what was revoked since then would not be on it. The library judges by the first
        // list of an authority that it comes to, so it is given the newest of each only.
        let lists = revocation_lists(&config.crls)?;
        verifier = verifier
            .with_crls(lists.into_iter().map(RevocationList::into_der))
            .only_check_end_entity_revocation()
            .enforce_revocation_expiration();
    }
    let verifier = verifier.build().map_err(|why| match why {
        VerifierBuilderError::InvalidCrl(why) => CentralError::configuration(format!(
            "a revocation list (central.crls) can't be read: {why:?}"
        )),
        _ => broken("the authority's file can't be used"),
    })?;
    let mut tls = ClientConfig::builder_with_details(provider, Arc::new(Time(time)))
        .with_protocol_versions(versions)
        .map_err(CentralError::configuration)?
        .with_webpki_verifier(verifier)
        .with_client_auth_cert(chain, key)
        .map_err(|_| broken("the terminal's certificate and key don't belong together"))?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A resumed session would not look at the server's certificate again.
    tls.resumption = Resumption::disabled();
    Ok(tls)
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, CentralError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(CentralError::configuration(format!(
            "{what} is not PEM certificates"
        ))),
    }
}

/// The daemon's time for judging certificates.
struct Time(TimeSource);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let now = u64::try_from((self.0)()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(now)))
    }
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Time")
    }
}

/// Sorts a TLS failure: the server's certificate, ours, or the protocol. With TLS 1.3 a refusal of our
/// certificate arrives as an alert only after the handshake, on the first read.
pub(crate) fn classify(error: &rustls::Error) -> CentralError {
    use rustls::Error as E;
    match error {
        E::InvalidCertificate(why) => CentralError::TlsServer {
            problem: server_problem(why),
            detail: why.to_string(),
        },
        E::AlertReceived(alert) => match client_problem(*alert) {
            Some(problem) => CentralError::TlsClient {
                problem,
                detail: format!("alert {alert:?}"),
            },
            None => protocol(error),
        },
        other => protocol(other),
    }
}

fn protocol(error: &rustls::Error) -> CentralError {
    CentralError::TlsServer {
        problem: ServerCertificateProblem::Protocol,
        detail: error.to_string(),
    }
}

fn server_problem(why: &CertificateError) -> ServerCertificateProblem {
    use CertificateError as C;
    use ServerCertificateProblem as P;
    match why {
        C::Expired | C::ExpiredContext { .. } => P::Expired,
        C::NotValidYet | C::NotValidYetContext { .. } => P::NotYetValid,
        C::NotValidForName | C::NotValidForNameContext { .. } => P::WrongHost,
        C::UnknownIssuer | C::BadSignature => P::UnknownIssuer,
        C::Revoked => P::Revoked,
        C::ExpiredRevocationList | C::ExpiredRevocationListContext { .. } => {
            P::RevocationListExpired
        }
        C::UnknownRevocationStatus => P::NotCoveredByRevocationList,
        _ => P::Other,
    }
}

fn client_problem(alert: AlertDescription) -> Option<ClientCertificateProblem> {
    use AlertDescription as A;
    use ClientCertificateProblem as P;
    match alert {
        A::CertificateExpired => Some(P::Expired),
        A::CertificateRevoked => Some(P::Revoked),
        A::UnknownCA => Some(P::UnknownIssuer),
        A::CertificateRequired | A::NoCertificate => Some(P::Missing),
        A::BadCertificate | A::UnsupportedCertificate | A::CertificateUnknown | A::AccessDenied => {
            Some(P::Refused)
        }
        _ => None,
    }
}
