//! TLS: the service can be connected to, its certificate holds, and it accepts ours. A handshake of
//! our own instead of the central client's, because here every way to fail has to be told apart.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, RootCertStore};
use rustls_pki_types::pem::PemObject;

use super::certificate::{Identity, days_left, ms};
use crate::catalogue;
use crate::report::Finding;

/// Days before the end of the server's certificate at which to say so.
const SERVER_SOON: i64 = 7;

/// What is wrong with the server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServerProblem {
    /// Out of date.
    Expired,
    /// For another host.
    Name,
    /// Not from a configured authority.
    Untrusted,
    /// Anything else.
    Other(String),
}

/// What a handshake came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TlsSeen {
    /// Works.
    Good {
        /// Protocol and cipher suite.
        what: String,
        /// End of the server certificate's validity, ms.
        server_not_after: Option<i64>,
        /// The server's time from its HTTP answer, ms.
        date: Option<i64>,
        /// Whether our certificate was shown.
        own_shown: bool,
    },
    /// Our authority file can't be used.
    NoAnchors(String),
    /// No TCP connection.
    NoConnection(String),
    /// The server's certificate does not hold.
    Server(ServerProblem),
    /// The server does not accept ours.
    OwnRefused(String),
    /// No TLS on the other side, or none that we accept.
    Protocol(String),
}

/// What a handshake needs.
pub(crate) struct Target<'a> {
    pub(crate) host: &'a str,
    pub(crate) addresses: &'a [SocketAddr],
    pub(crate) ca: &'a Path,
    pub(crate) tls12: bool,
    pub(crate) identity: Option<Identity>,
    pub(crate) now: i64,
    pub(crate) limit: Duration,
}

/// The verifier looks at the caller's time, not at the clock, so that a report is of one moment.
#[derive(Debug)]
struct At(i64);

impl rustls::time_provider::TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_millis(
            u64::try_from(self.0).ok()?,
        )))
    }
}

/// Connects and shakes hands. Ends within `limit`.
pub(crate) fn probe(target: Target<'_>) -> TlsSeen {
    let deadline = Instant::now() + target.limit;
    let own_shown = target.identity.is_some();
    let mut roots = RootCertStore::empty();
    match CertificateDer::pem_file_iter(target.ca) {
        Ok(found) => {
            roots.add_parsable_certificates(found.take(64).filter_map(Result::ok));
        }
        Err(error) => return TlsSeen::NoAnchors(error.to_string()),
    }
    if roots.is_empty() {
        return TlsSeen::NoAnchors("no certificate in the file".into());
    }
    let versions: &[&rustls::SupportedProtocolVersion] = if target.tls12 {
        &[&rustls::version::TLS13, &rustls::version::TLS12]
    } else {
        &[&rustls::version::TLS13]
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_details(provider, Arc::new(At(target.now)))
        .with_protocol_versions(versions)
        .map(|builder| builder.with_root_certificates(roots))
        .and_then(|builder| match target.identity {
            Some(identity) => builder.with_client_auth_cert(identity.chain, identity.key),
            None => Ok(builder.with_no_client_auth()),
        });
    let config = match config {
        Ok(config) => config,
        Err(error) => return TlsSeen::Protocol(error.to_string()),
    };
    let Ok(name) = ServerName::try_from(target.host.to_owned()) else {
        return TlsSeen::Server(ServerProblem::Other(format!(
            "\"{}\" is not a host name",
            target.host
        )));
    };
    let mut socket = match connect(target.addresses, deadline) {
        Ok(socket) => socket,
        Err(reason) => return TlsSeen::NoConnection(reason),
    };
    match ClientConnection::new(Arc::new(config), name) {
        Ok(connection) => talk(connection, &mut socket, target.host, deadline, own_shown),
        Err(error) => TlsSeen::Protocol(error.to_string()),
    }
}

fn connect(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, String> {
    let mut reason = String::from("no address");
    for address in addresses {
        let Some(left) = left(deadline) else { break };
        match TcpStream::connect_timeout(address, left) {
            Ok(socket) => return Ok(socket),
            Err(error) => reason = format!("{address}: {error}"),
        }
    }
    Err(reason)
}

fn left(deadline: Instant) -> Option<Duration> {
    deadline
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
}

/// Handshake, then one HEAD request: under TLS 1.3 a server says only after the handshake whether it
/// accepts the client's certificate, and its answer's Date serves the clock check.
fn talk(
    mut connection: ClientConnection,
    socket: &mut TcpStream,
    host: &str,
    deadline: Instant,
    own_shown: bool,
) -> TlsSeen {
    let mut answer = Vec::new();
    let request = format!("HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let outcome = (|| -> std::io::Result<()> {
        while connection.is_handshaking() {
            limit_waits(socket, deadline)?;
            connection.complete_io(socket)?;
        }
        connection.writer().write_all(request.as_bytes())?;
        let mut buffer = [0_u8; 2048];
        while answer.len() < 16 << 10 && !answer.windows(4).any(|four| four == b"\r\n\r\n") {
            limit_waits(socket, deadline)?;
            let read = rustls::Stream::new(&mut connection, socket).read(&mut buffer)?;
            if read == 0 {
                break;
            }
            answer.extend_from_slice(buffer.get(..read).unwrap_or_default());
        }
        Ok(())
    })();
    match outcome {
        Err(error) if answer.is_empty() => classify(&error, !connection.is_handshaking()),
        _ => good(&connection, &answer, own_shown),
    }
}

fn limit_waits(socket: &TcpStream, deadline: Instant) -> std::io::Result<()> {
    let left = left(deadline).ok_or(ErrorKind::TimedOut)?;
    socket.set_read_timeout(Some(left))?;
    socket.set_write_timeout(Some(left))
}

fn good(connection: &ClientConnection, answer: &[u8], own_shown: bool) -> TlsSeen {
    let server_not_after = connection
        .peer_certificates()
        .and_then(|chain| chain.first())
        .and_then(|der| x509_parser::parse_x509_certificate(der).ok())
        .map(|(_, parsed)| ms(parsed.validity().not_after.timestamp()));
    let what = format!(
        "{:?}, {:?}",
        connection
            .protocol_version()
            .map_or(rustls::ProtocolVersion::Unknown(0), |v| v),
        connection.negotiated_cipher_suite().map(|s| s.suite())
    );
    TlsSeen::Good {
        what: what.replace("Some(", "").replace(')', ""),
        server_not_after,
        date: date_of(answer),
        own_shown,
    }
}

/// The `Date` field of an HTTP answer, ms.
pub(crate) fn date_of(answer: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(answer).ok()?;
    let value = text.lines().find_map(|line| {
        line.split_once(':')
            .filter(|(name, _)| name.eq_ignore_ascii_case("date"))
            .map(|(_, value)| value.trim())
    })?;
    let time = httpdate::parse_http_date(value)
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    i64::try_from(time.as_millis()).ok()
}

/// Names what an error of the connection means. `after`: the handshake had ended on our side.
pub(crate) fn classify(error: &std::io::Error, after: bool) -> TlsSeen {
    let Some(tls) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    else {
        return match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                TlsSeen::NoConnection("connected, but no answer in time".into())
            }
            // Some servers just hang up on a certificate they don't want.
            _ if after => {
                TlsSeen::OwnRefused(format!("connection closed after the handshake: {error}"))
            }
            _ => TlsSeen::Protocol(format!("connection closed during the handshake: {error}")),
        };
    };
    match tls {
        rustls::Error::InvalidCertificate(problem) => TlsSeen::Server(match problem {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => ServerProblem::Expired,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                ServerProblem::Name
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                ServerProblem::Untrusted
            }
            other => ServerProblem::Other(format!("{other:?}")),
        }),
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError => TlsSeen::OwnRefused(format!("alert {alert:?}")),
            AlertDescription::HandshakeFailure if after => {
                TlsSeen::OwnRefused(format!("alert {alert:?}"))
            }
            other => TlsSeen::Protocol(format!("alert {other:?}")),
        },
        other => TlsSeen::Protocol(other.to_string()),
    }
}

/// Judges the handshake.
pub(crate) fn judge(seen: &TlsSeen, now: i64) -> Finding {
    match seen {
        TlsSeen::NoAnchors(reason) => Finding::failed(&catalogue::TLS_CA, reason.clone()),
        TlsSeen::NoConnection(reason) => {
            Finding::failed(&catalogue::TLS_NO_CONNECTION, reason.clone())
        }
        TlsSeen::Server(ServerProblem::Expired) => Finding::failed(
            &catalogue::TLS_EXPIRED,
            "the server's certificate is out of date",
        )
        .ja("サーバーの証明書の期限が切れています"),
        TlsSeen::Server(ServerProblem::Name) => Finding::failed(
            &catalogue::TLS_NAME,
            "the server's certificate is for another name",
        )
        .ja("サーバーの証明書の名前が違います"),
        TlsSeen::Server(ServerProblem::Untrusted) => {
            Finding::failed(&catalogue::TLS_UNTRUSTED, "unknown issuer").ja("発行元が不明です")
        }
        TlsSeen::Server(ServerProblem::Other(reason)) => {
            Finding::failed(&catalogue::TLS_SERVER_OTHER, reason.clone())
        }
        TlsSeen::OwnRefused(reason) => {
            Finding::failed(&catalogue::TLS_CLIENT_REFUSED, reason.clone())
        }
        TlsSeen::Protocol(reason) => Finding::failed(&catalogue::TLS_PROTOCOL, reason.clone()),
        TlsSeen::Good {
            what,
            server_not_after,
            own_shown,
            ..
        } => {
            let days = server_not_after.map(|until| days_left(now, until));
            let detail = format!(
                "{what}; server certificate: {} days left",
                days.map_or("?".into(), |d| d.to_string())
            );
            let finding = if !own_shown {
                Finding::skipped(&catalogue::TLS_NOT_OWN, detail)
            } else if days.is_some_and(|days| days < SERVER_SOON) {
                Finding::warning(&catalogue::TLS_SERVER_SOON, detail)
            } else {
                Finding::ok(detail)
            };
            finding.ja(format!(
                "{what}、サーバーの証明書: 残り{}日",
                days.map_or("?".into(), |d| d.to_string())
            ))
        }
    }
}

/// Judges a handshake made without our certificate because this user can't read its key: a refusal
/// is then what has to happen.
pub(crate) fn judge_without_own(seen: &TlsSeen, now: i64) -> Finding {
    match seen {
        TlsSeen::OwnRefused(reason) => Finding::skipped(&catalogue::TLS_NOT_OWN, reason.clone()),
        other => judge(other, now),
    }
}
