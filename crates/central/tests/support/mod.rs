//! A real HTTPS service with mutual TLS for the tests, scripted per request, and a PKI for both sides.
#![allow(dead_code, unreachable_pub, missing_docs)]

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use central::{
    CardConfirmation, CentralClient, CentralConfig, ConfirmationMethod, Nonce, Paths, ProofKind,
};
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use oqs::{ConsentAnswers, QualificationRequest};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

pub const HOST: &str = "oqs.test";
pub const OURS: &str = "1310000001";
pub const PASSWORD: &str = "correct horse";

/// A certification authority.
pub struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Leaf {
    pub cert: String,
    pub key: String,
}

impl Ca {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    pub fn leaf(&self, host: &str) -> Leaf {
        self.leaf_until(host, 2100)
    }

    pub fn leaf_until(&self, host: &str, year: i32) -> Leaf {
        self.leaf_numbered(host, year, None)
    }

    /// The same with a serial number, as it would stand on a revocation list.
    pub fn leaf_numbered(&self, host: &str, year: i32, serial: Option<u64>) -> Leaf {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.serial_number = serial.map(SerialNumber::from);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap().pem();
        Leaf {
            cert,
            key: key.serialize_pem(),
        }
    }
}

impl Ca {
    /// This authority's revocation list, PEM: one serial number, and the year in which the next list is due.
    pub fn revocation_list(&self, revoked: u64, next_update: i32) -> Vec<u8> {
        self.revocation_list_of(revoked, 2020, next_update)
    }

    /// The same, made in another year.
    pub fn revocation_list_of(&self, revoked: u64, made: i32, next_update: i32) -> Vec<u8> {
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(made, 1, 1),
            next_update: date_time_ymd(next_update, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(revoked),
                revocation_time: date_time_ymd(2020, 1, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.issuer).unwrap();
        list.pem().unwrap().into_bytes()
    }
}

/// One request as the service saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub authorization: Option<String>,
    pub body: String,
}

/// What the service does with a request.
pub enum Reply {
    Json(u16, String),
    /// The same after a while.
    Late(Duration, String),
    /// A body of this many bytes, announced or not.
    Large {
        bytes: usize,
        announced: bool,
    },
    /// A body that never ends, a byte at a time.
    Drip,
    Never,
    /// Closes the connection without an answer.
    HangUp,
    /// Announces a body of this many bytes and sends none of it.
    Announced(usize),
    Redirect(String),
}

/// An answer with this body that says, as a service does, to which request it belongs.
pub fn answered(seen: &Seen, body: &str) -> Reply {
    let request: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
    let asked = &request["XmlMsg"]["MessageHeader"]["ArbitraryFileIdentifier"];
    ok(format!(
        r#"{{"XmlMsg":{{"MessageHeader":{{"ArbitraryFileIdentifier":{asked}}},"MessageBody":{body}}}}}"#
    ))
}

pub fn ok(body: impl Into<String>) -> Reply {
    Reply::Json(200, body.into())
}

/// An answer about a card's proof, with the nonce of the request.
pub fn confirmed(seen: &Seen, rest: &str) -> Reply {
    let asked: serde_json::Value = serde_json::from_str(&seen.body).unwrap_or_default();
    ok(format!(r#"{{"nonce":{},{rest}}}"#, asked["nonce"]))
}

pub fn logged_in(token: &str) -> Reply {
    ok(format!(
        r#"{{"status":"0","msg":"","result":{{"accessToken":"a","refreshToken":"r","idToken":"{token}","linkSysCharCd":"0"}}}}"#
    ))
}

pub const NONCE: &str = r#"{"nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","expiresAt":"20261123090000","serverTime":"20261122090000"}"#;

/// The service everybody wants: logs in, gives a nonce.
pub fn friendly(seen: &Seen) -> Reply {
    if seen.path == Paths::default().auth {
        logged_in("token-1")
    } else {
        ok(NONCE)
    }
}

type Handler = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// A running service.
pub struct Server {
    pub address: SocketAddr,
    /// TLS connections that were completed.
    pub connections: Arc<AtomicUsize>,
    /// Those that ended.
    pub ended: Arc<AtomicUsize>,
    pub requests: Arc<Mutex<Vec<Seen>>>,
    open: Arc<Mutex<JoinSet<()>>>,
    accepting: tokio::task::AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// How a service is set up.
pub struct Setup<'a> {
    pub identity: &'a Leaf,
    pub clients: &'a Ca,
    pub versions: &'a [&'static rustls::SupportedProtocolVersion],
}

impl Server {
    pub async fn start(
        setup: Setup<'_>,
        handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(setup.clients.pem.as_bytes()).unwrap())
            .unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(setup.versions)
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(setup.identity.cert.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(setup.identity.key.as_bytes()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let ended = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let open = Arc::new(Mutex::new(JoinSet::new()));
        let handler: Handler = Arc::new(handler);
        let accepting = {
            let (ended, connections, requests, open) = (
                Arc::clone(&ended),
                Arc::clone(&connections),
                Arc::clone(&requests),
                Arc::clone(&open),
            );
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let ended = Arc::clone(&ended);
                    let (acceptor, connections, requests, handler) = (
                        acceptor.clone(),
                        Arc::clone(&connections),
                        Arc::clone(&requests),
                        Arc::clone(&handler),
                    );
                    open.lock().unwrap().spawn(async move {
                        let Ok(stream) = acceptor.accept(stream).await else {
                            return;
                        };
                        connections.fetch_add(1, Ordering::SeqCst);
                        let service = hyper::service::service_fn(move |request| {
                            answer(request, Arc::clone(&requests), Arc::clone(&handler))
                        });
                        let _ = hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                        ended.fetch_add(1, Ordering::SeqCst);
                    });
                }
            })
            .abort_handle()
        };
        Self {
            address,
            connections,
            ended,
            requests,
            open,
            accepting,
        }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.requests.lock().unwrap().clone()
    }

    pub fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.path == path).count()
    }

    /// Closes every connection, as a service does with idle ones.
    pub fn hang_up(&self) {
        self.open.lock().unwrap().abort_all();
    }
}

async fn answer(
    request: Request<Incoming>,
    requests: Arc<Mutex<Vec<Seen>>>,
    handler: Handler,
) -> Result<Response<Scripted>, std::io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let authorization = head.headers.get("authorization");
    let seen = Seen {
        path: head.uri.path().to_owned(),
        authorization: authorization.map(|value| value.to_str().unwrap().to_owned()),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    requests.lock().unwrap().push(seen.clone());
    let mut response = Response::builder();
    let body = match handler(&seen) {
        Reply::Json(status, body) => {
            response = response.status(status);
            Scripted::Whole(body.into())
        }
        Reply::Late(after, body) => {
            tokio::time::sleep(after).await;
            Scripted::Whole(body.into())
        }
        Reply::Large { bytes, announced } => Scripted::Blank {
            left: bytes,
            announced,
        },
        Reply::Drip => Scripted::Drip(Box::pin(tokio::time::sleep(Duration::ZERO))),
        Reply::Never => std::future::pending().await,
        Reply::HangUp => return Err(std::io::ErrorKind::Other.into()),
        Reply::Announced(bytes) => Scripted::Announced(bytes),
        Reply::Redirect(to) => {
            response = response.status(302).header("location", to);
            Scripted::Whole(Bytes::new())
        }
    };
    Ok(response.body(body).unwrap())
}

/// A body.
pub enum Scripted {
    Whole(Bytes),
    Blank { left: usize, announced: bool },
    Drip(Pin<Box<tokio::time::Sleep>>),
    Announced(usize),
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => return Poll::Ready(None),
            Self::Whole(bytes) => std::mem::take(bytes),
            Self::Blank { left: 0, .. } => return Poll::Ready(None),
            Self::Blank { left, .. } => {
                let now = (*left).min(64 * 1024);
                *left -= now;
                Bytes::from(vec![b' '; now])
            }
            Self::Announced(_) => return Poll::Pending,
            Self::Drip(sleep) => {
                std::task::ready!(sleep.as_mut().poll(context));
                *sleep = Box::pin(tokio::time::sleep(Duration::from_millis(20)));
                Bytes::from_static(b" ")
            }
        };
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self {
            Self::Whole(bytes) => hyper::body::SizeHint::with_exact(bytes.len() as u64),
            Self::Blank {
                left,
                announced: true,
            } => hyper::body::SizeHint::with_exact(*left as u64),
            Self::Announced(bytes) => hyper::body::SizeHint::with_exact(*bytes as u64),
            _ => hyper::body::SizeHint::default(),
        }
    }
}

/// Both authorities, and a terminal's certificate.
pub struct World {
    pub servers: Ca,
    pub clients: Ca,
    pub terminal: Leaf,
}

impl World {
    pub fn new() -> Self {
        let clients = Ca::new("clients");
        Self {
            servers: Ca::new("servers"),
            terminal: clients.leaf("terminal.test"),
            clients,
        }
    }

    /// A service with a good certificate.
    pub async fn serve(&self, handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
        self.serve_as(&self.servers.leaf(HOST), handler).await
    }

    /// A service with a given certificate.
    pub async fn serve_as(
        &self,
        identity: &Leaf,
        handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let setup = Setup {
            identity,
            clients: &self.clients,
            versions: &[&rustls::version::TLS13],
        };
        Server::start(setup, handler).await
    }

    pub fn config(&self, address: SocketAddr) -> CentralConfig {
        CentralConfig {
            host: HOST.to_owned(),
            port: address.port(),
            connect_address: Some(address),
            crls: Vec::new(),
            ca_pem: self.servers.pem.clone().into_bytes(),
            client_cert_pem: self.terminal.cert.clone().into_bytes(),
            client_key_pem: Zeroizing::new(self.terminal.key.clone().into_bytes()),
            user_id: "user".to_owned(),
            password: Zeroizing::new(PASSWORD.to_owned()),
            paths: Paths::default(),
            tls12: false,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            institution_code: OURS.to_owned(),
        }
    }

    pub fn client(&self, server: &Server) -> CentralClient {
        CentralClient::new(self.config(server.address)).unwrap()
    }
}

/// A proof of a card.
pub fn confirmation() -> CardConfirmation {
    let nonce = Nonce {
        bytes: vec![7; 32],
        expires_at: 0,
        server_time: 0,
    };
    let kind = ProofKind::AuthenticationKeyAfterPin;
    CardConfirmation::new(
        &nonce,
        vec![0x30, 0],
        kind,
        vec![1, 2],
        ConfirmationMethod::Pin,
        1_795_273_200_000,
    )
}

/// A request for a qualification.
pub fn request() -> QualificationRequest {
    QualificationRequest::for_card_visit(
        OURS,
        "20261122",
        "c-1",
        ConsentAnswers::default(),
        "00000000000000ff",
    )
}

/// True for a login.
pub fn is_auth(seen: &Seen) -> bool {
    seen.path == Paths::default().auth
}
