//! A prepared folder, and a terminal's end of the wire that shares no code with the service.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full};
use hw_sim::central::{
    CentralSim, CentralSimConfig, PASSWORD, PATH_CONFIRM, PATH_LOGIN, PATH_MEDICINES, PATH_NONCE,
    PATH_SEARCH, SimClock, USER_ID,
};
use hw_sim::persons::Register;
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub const CLINIC: &str = "1310000001";
pub const DAY_MS: i64 = 24 * 3_600_000;
const LIMIT: Duration = Duration::from_secs(20);

pub fn register() -> Register {
    Register::default_register().unwrap()
}

pub fn portraits() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/portraits")
}

/// The prepared folder. Making its RSA keys takes long, so it is kept with the build's own
/// temporary files and made anew after a week.
pub fn prepared() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(base).unwrap();
        let lock = File::create(base.join("clinic-fixture.lock")).unwrap();
        lock.lock().unwrap();
        let folder = base.join("clinic-fixture");
        let stamp = folder.join("stamp");
        let age = fs::metadata(&stamp)
            .ok()
            .and_then(|m| m.modified().ok()?.elapsed().ok());
        let same =
            fs::read_to_string(&stamp).is_ok_and(|t| t == include_str!("../../persons.toml"));
        if !same || age.is_none_or(|age| age > Duration::from_secs(7 * 24 * 3600)) {
            let _ = fs::remove_dir_all(&folder);
        }
        hw_sim::pki::prepare_with(&folder, &register(), &portraits()).unwrap();
        fs::write(&stamp, include_str!("../../persons.toml")).unwrap();
        folder
    })
}

pub async fn service() -> CentralSim {
    service_with(|_| {}).await
}

pub async fn service_with(change: impl FnOnce(&mut CentralSimConfig)) -> CentralSim {
    let mut config = CentralSimConfig::new(prepared(), register());
    config.clock = SimClock::system();
    change(&mut config);
    CentralSim::start(config).await.unwrap()
}

/// What a TLS client may get wrong.
#[derive(Clone, Copy, PartialEq)]
pub enum Identity {
    Terminal,
    Expired,
    None,
    /// A certificate that names the clinic.
    Clinic,
    /// The same of another institution.
    Hospital,
}

pub fn tls(
    identity: Identity,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    let dir = prepared();
    let mut roots = RootCertStore::empty();
    for der in CertificateDer::pem_file_iter(dir.join("central/ca.pem")).unwrap() {
        roots.add(der.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    let stem = match identity {
        Identity::None => return builder.with_no_client_auth(),
        Identity::Terminal => "client",
        Identity::Expired => "expired-client",
        Identity::Clinic => "clinic",
        Identity::Hospital => "hospital",
    };
    let chain = CertificateDer::pem_file_iter(dir.join(format!("terminal/{stem}.pem")))
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.join(format!("terminal/{stem}.key"))).unwrap();
    builder.with_client_auth_cert(chain, key).unwrap()
}

/// The same for the terminal, with the revocation list of the service's authority.
pub fn tls_with_list() -> ClientConfig {
    let dir = prepared();
    let mut roots = RootCertStore::empty();
    for der in CertificateDer::pem_file_iter(dir.join("central/ca.pem")).unwrap() {
        roots.add(der.unwrap()).unwrap();
    }
    let list = CertificateRevocationListDer::from_pem_file(dir.join("central/revoked.crl"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .with_crls([list.unwrap()])
        .only_check_end_entity_revocation()
        .enforce_revocation_expiration()
        .build()
        .unwrap();
    let chain = CertificateDer::pem_file_iter(dir.join("terminal/client.pem"))
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.join("terminal/client.key")).unwrap();
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_webpki_verifier(verifier)
        .with_client_auth_cert(chain, key)
        .unwrap()
}

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A connection that stays open.
pub struct Line {
    sender: hyper::client::conn::http1::SendRequest<Full<Bytes>>,
}

impl Line {
    pub async fn open(port: u16, config: ClientConfig) -> Result<Self, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let name = ServerName::try_from("localhost")?;
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await?;
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), Failure> {
        let answer = self.sender.send_request(request).await?;
        let status = answer.status().as_u16();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}

impl Line {
    /// A request that must be answered with 200.
    pub async fn json(&mut self, path: &str, token: Option<&str>, body: Value) -> Value {
        let (status, bytes) = self
            .send(post(path, token, body.to_string()))
            .await
            .unwrap();
        assert_eq!(status, 200, "{path}");
        serde_json::from_slice(&bytes).unwrap()
    }
}

pub fn post(path: &str, token: Option<&str>, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let mut request = Request::post(path)
        .header("host", "localhost")
        .header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    request.body(Full::new(body.into())).unwrap()
}

/// A logged-in terminal.
pub struct Terminal {
    pub port: u16,
    pub token: String,
    /// With which certificate it connects.
    pub identity: Identity,
}

impl Terminal {
    pub async fn log_in(service: &CentralSim) -> Self {
        Self::log_in_at(service.port()).await
    }

    /// The same at a service of another process.
    pub async fn log_in_at(port: u16) -> Self {
        let mut terminal = Self {
            port,
            token: String::new(),
            identity: Identity::Terminal,
        };
        let answer = terminal
            .ok(PATH_LOGIN, json!({"userId": USER_ID, "password": PASSWORD}))
            .await;
        assert_eq!(answer["status"], "0");
        terminal.token = answer["result"]["idToken"].as_str().unwrap().to_owned();
        terminal
    }

    /// Another institution's terminal, or one that tries to be: its certificate and a login. The answer to the login when it is refused.
    pub async fn log_in_as(port: u16, identity: Identity, user: &str) -> Result<Self, Value> {
        let mut terminal = Self {
            port,
            token: String::new(),
            identity,
        };
        let login = json!({"userId": user, "password": PASSWORD});
        let (status, answer) = terminal.ask(PATH_LOGIN, &login).await.unwrap();
        if status != 200 {
            return Err(answer);
        }
        terminal.token = answer["result"]["idToken"].as_str().unwrap().to_owned();
        Ok(terminal)
    }

    /// One request on a connection of its own.
    pub async fn ask(&self, path: &str, body: &Value) -> Result<(u16, Value), Failure> {
        let config = tls(self.identity, &[&rustls::version::TLS13]);
        let work = async {
            let mut line = Line::open(self.port, config).await?;
            let token = (!self.token.is_empty()).then_some(self.token.as_str());
            let (status, bytes) = line.send(post(path, token, body.to_string())).await?;
            Ok((status, serde_json::from_slice(&bytes)?))
        };
        tokio::time::timeout(LIMIT, work).await?
    }

    pub async fn ok(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(path, &body).await.unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub async fn nonce(&self) -> String {
        let answer = self.ok(PATH_NONCE, json!({})).await;
        answer["nonce"].as_str().unwrap().to_owned()
    }

    pub async fn confirm(&self, person: &str, nonce: &str) -> Value {
        self.ok(PATH_CONFIRM, confirmation(person, nonce, person))
            .await
    }

    /// Card laid, proof made: the confirmation's identifier.
    pub async fn confirmed(&self, person: &str) -> String {
        let answer = self.confirm(person, &self.nonce().await).await;
        assert_eq!(answer["result"], "confirmed", "{answer}");
        answer["confirmationId"].as_str().unwrap().to_owned()
    }

    /// IF-001 by card; `consents` in the order checkups, medicines, treatment, operations.
    pub async fn search(&self, confirmation: &str, consents: &str) -> Value {
        let flag = |n: usize| consents.get(n..=n).unwrap();
        self.search_info(json!({
            "CardConfirmationIdentifier": confirmation,
            "LimitApplicationCertificateRelatedConsFlg": "1",
            "SpecificHealthCheckupsInfoConsFlg": flag(0),
            "PharmacistsInfoConsFlg": flag(1),
            "DiagnosisInfoConsFlg": flag(2),
            "OperationInfoConsFlg": flag(3),
            "ArbitraryIdentifier": "00000000000000aa",
        }))
        .await
    }

    pub async fn search_info(&self, info: Value) -> Value {
        self.ok(
            PATH_SEARCH,
            json!({"XmlMsg": {
                "MessageHeader": {
                    "QualificationConfirmationDate": "20261122",
                    "MedicalInstitutionCode": CLINIC,
                    "ArbitraryFileIdentifier": "abc",
                },
                "MessageBody": {"QualificationConfirmSearchInfo": info},
            }}),
        )
        .await["XmlMsg"]
            .clone()
    }

    pub async fn medicines(&self, confirmation: &str, insurer: &str, number: &str) -> Value {
        self.ok(
            PATH_MEDICINES,
            json!({"XmlMsg": {
                "MessageHeader": {
                    "MedicalInstitutionCode": CLINIC,
                    "InsurerNumber": insurer,
                    "InsuredPersonIdentificationNumber": number,
                },
                "MessageBody": {
                    "StartDate": "200001", "EndDate": "209912", "FileCategory": "2",
                    "CardConfirmationIdentifier": confirmation,
                },
            }}),
        )
        .await["XmlMsg"]["MessageBody"]
            .clone()
    }
}

/// The body of a confirmation: `signer`'s key over the nonce, beside `person`'s certificate.
pub fn confirmation(person: &str, nonce: &str, signer: &str) -> Value {
    let certificate = fs::read(prepared().join(format!("cards/{person}/auth-cert.der"))).unwrap();
    json!({
        "nonce": nonce,
        "certificate": STANDARD.encode(certificate),
        "proof": {
            "kind": "authentication-key-after-pin",
            "signature": STANDARD.encode(sign(signer, &STANDARD.decode(nonce).unwrap())),
        },
        "method": "pin",
        "performedAt": "20261122093000",
    })
}

pub fn sign(person: &str, message: &[u8]) -> Vec<u8> {
    let der = fs::read(prepared().join(format!("cards/{person}/auth-key.der"))).unwrap();
    let key = RsaKeyPair::from_pkcs8(&der)
        .or_else(|_| RsaKeyPair::from_der(&der))
        .unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message,
        &mut signature,
    )
    .unwrap();
    signature
}

/// The results of an answer.
pub fn results(message: &Value) -> Vec<&Value> {
    message["MessageBody"]["ResultList"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| &r["ResultOfQualificationConfirmation"])
        .collect()
}
