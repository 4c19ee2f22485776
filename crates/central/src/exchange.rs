//! A request to the service over the kept connection, with repetition and sorted failures. Knows nothing of
//! what is asked.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode};
use rustls::pki_types::ServerName;
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_rustls::TlsConnector;

use crate::breaker::{Breaker, Permit};
use crate::config::CentralConfig;
use crate::connection::{self, Connection, Lent, timed_out, within};
use crate::desk_client::Repeat;
use crate::error::{CentralError, UnreachableCause};
use crate::retry::{Failure, wait_before_repeating};

/// A kept connection older than this since its last use is not trusted any more: routers on the way forget
/// idle connections without a word, and a request sent into one would wait for its whole deadline.
const LONGEST_IDLE: Duration = Duration::from_secs(240);
/// After so long without an answer, only another one tells that the service is there.
const PROBE_AFTER: Duration = Duration::from_secs(20);
/// Longest code and message taken over from the service.
const MAX_WORDS: usize = 500;

/// An answer whose status is neither a failure of the service nor of the way there.
pub(crate) enum Answer {
    /// 2xx with its body.
    Ok(Vec<u8>),
    /// 401: the token is not accepted.
    Unauthorized(Words),
    /// Any other 4xx.
    Refused(Words),
}

/// What the service says about a refusal: `{"status":"error","code":"…","msg":"…"}`.
#[derive(Default, Deserialize)]
pub(crate) struct Words {
    #[serde(default)]
    pub(crate) code: String,
    #[serde(default, rename = "msg")]
    pub(crate) message: String,
}

/// The way to the service.
pub(crate) struct Exchanger {
    config: CentralConfig,
    connector: Mutex<TlsConnector>,
    breaker: Mutex<Breaker>,
    began: Instant,
    server_name: ServerName<'static>,
    host_header: HeaderValue,
    /// The connection kept open between calls, and since when. A call takes it out, so that calls don't wait
    /// for each other.
    idle: Mutex<Option<(Connection, Instant)>>,
    /// When the service last answered a call, whatever it said.
    heard: Mutex<Option<Instant>>,
}

impl Exchanger {
    pub(crate) fn new(
        config: CentralConfig,
        connector: TlsConnector,
    ) -> Result<Self, CentralError> {
        let wrong = |what: &str| CentralError::configuration(what);
        let server_name = ServerName::try_from(config.host.clone())
            .map_err(|_| wrong("the host is neither a name nor an address"))?;
        let authority = match config.port {
            443 => config.host.clone(),
            port if config.host.contains(':') => format!("[{}]:{port}", config.host),
            port => format!("{}:{port}", config.host),
        };
        let host_header =
            HeaderValue::try_from(authority).map_err(|_| wrong("the host can't be a header"))?;
        for path in config.paths.all() {
            if !path.starts_with('/') || path.parse::<hyper::http::uri::PathAndQuery>().is_err() {
                return Err(wrong("a path of the service is not one"));
            }
        }
        Ok(Self {
            config,
            connector: Mutex::new(connector),
            breaker: Mutex::default(),
            began: Instant::now(),
            server_name,
            host_header,
            idle: Mutex::new(None),
            heard: Mutex::new(None),
        })
    }

    pub(crate) fn config(&self) -> &CentralConfig {
        &self.config
    }

    /// When a call that begins now must have ended.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.config.request_timeout
    }

    /// Takes over another TLS configuration; the kept connection ends.
    pub(crate) fn replace(&self, connector: TlsConnector) {
        *self
            .connector
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = connector;
        drop(self.lock().take());
    }

    /// True while the breaker lets no call through.
    pub(crate) fn is_paused(&self) -> bool {
        self.breaker().is_open()
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the breaker; the guard given tells it how the call ended, also when its caller gave it up.
    fn admit(&self) -> Result<Watch<'_>, CentralError> {
        match self.breaker().permit(self.began.elapsed()) {
            Permit::Go | Permit::Probe => Ok(Watch {
                exchanger: self,
                told: false,
            }),
            Permit::Wait => Err(CentralError::unreachable(
                UnreachableCause::Paused,
                "several calls in a row found nobody",
            )),
        }
    }

    /// Posts JSON and gives the answer, repeating as the policy says.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: Bytes,
        token: Option<&HeaderValue>,
        deadline: Instant,
        repeat: Repeat,
    ) -> Result<Answer, CentralError> {
        let mut watch = self.admit()?;
        let outcome = self
            .post_admitted(path, body, token, deadline, repeat)
            .await;
        watch.tell(outcome.as_ref().err());
        outcome
    }

    /// Posts JSON and gives a 200's body as it comes; any other answer in `Err` of the inner result.
    pub(crate) async fn open(
        &self,
        path: &str,
        body: Bytes,
        token: &HeaderValue,
        deadline: Instant,
    ) -> Result<Result<Lent, Answer>, CentralError> {
        let mut watch = self.admit()?;
        let outcome = self.open_admitted(path, body, token, deadline).await;
        watch.tell(outcome.as_ref().err());
        outcome
    }

    async fn open_admitted(
        &self,
        path: &str,
        body: Bytes,
        token: &HeaderValue,
        deadline: Instant,
    ) -> Result<Result<Lent, Answer>, CentralError> {
        let request = self.request(path, body, Some(token))?;
        // A connection of its own: the body may take long, and visits go on meanwhile.
        let mut connection = self.connect(deadline).await?;
        let response = connection.begin(request, deadline).await?;
        if response.status().is_success() {
            return Ok(Ok(connection.lend(response)));
        }
        let status = response.status();
        let body = timeout_at(deadline, connection.read(response)).await;
        let body = body.map_err(|_| timed_out("no answer in time"))??;
        sort(status, body).map(Err).map_err(Failure::into_error)
    }

    async fn post_admitted(
        &self,
        path: &str,
        body: Bytes,
        token: Option<&HeaderValue>,
        deadline: Instant,
        repeat: Repeat,
    ) -> Result<Answer, CentralError> {
        let mut repeated = 0;
        loop {
            let failure = match self.attempt(path, body.clone(), token, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            // What was asked may have been done although nobody heard of it.
            if repeat == Repeat::Never && !failure.was_before_sending() {
                return Err(failure.into_error());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(wait) = wait_before_repeating(&failure, repeated, left) else {
                return Err(failure.into_error());
            };
            repeated += 1;
            tracing::debug!(path, repeated, "repeating a call to the central service");
            sleep(wait).await;
        }
    }

    fn request(
        &self,
        path: &str,
        body: Bytes,
        token: Option<&HeaderValue>,
    ) -> Result<Request<Full<Bytes>>, CentralError> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, &self.host_header)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(ACCEPT, "application/json, application/xml, application/zip");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, token);
        }
        request
            .body(Full::new(body))
            .map_err(CentralError::configuration)
    }

    async fn attempt(
        &self,
        path: &str,
        body: Bytes,
        token: Option<&HeaderValue>,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let request = self.request(path, body, token)?;
        let mut connection = self.connection(deadline).await?;
        let (status, body) = connection.exchange(request, deadline).await?;
        if connection.is_open() {
            *self.lock() = Some((connection, Instant::now()));
        }
        sort(status, body)
    }

    /// Whether only a call can tell that the service is there: something failed since the last answer, or that is long ago.
    pub(crate) fn must_probe(&self) -> bool {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        self.breaker().has_failed() || heard.is_none_or(|at| at.elapsed() >= PROBE_AFTER)
    }

    /// The breaker's probe: one call that it lets through, and whose answer lets others through again. Asked by whoever looks after the
    /// service every few seconds, so that no patient's call has to find out.
    pub(crate) async fn probe(
        &self,
        path: &str,
        token: &HeaderValue,
        deadline: Instant,
    ) -> Result<Answer, CentralError> {
        let mut watch = Watch {
            exchanger: self,
            told: false,
        };
        let body = Bytes::from_static(b"{}");
        let outcome = self
            .post_admitted(path, body, Some(token), deadline, Repeat::Harmless)
            .await;
        watch.tell(outcome.as_ref().err());
        outcome
    }

    /// Makes sure that a connection stands ready for the next call.
    pub(crate) async fn warm(&self, deadline: Instant) -> Result<(), CentralError> {
        let ready = match self.kept() {
            // Nothing is sent, so it grows no younger.
            Some(kept) => kept,
            None => (self.connect(deadline).await?, Instant::now()),
        };
        *self.lock() = Some(ready);
        Ok(())
    }

    /// The kept connection, or a new one.
    async fn connection(&self, deadline: Instant) -> Result<Connection, CentralError> {
        match self.kept() {
            Some((kept, _)) => Ok(kept),
            None => self.connect(deadline).await,
        }
    }

    /// Takes the kept connection out, when it can still be trusted.
    fn kept(&self) -> Option<(Connection, Instant)> {
        let kept = self.lock().take();
        kept.filter(|(kept, since)| kept.is_open() && is_fresh(since.elapsed()))
    }

    async fn connect(&self, deadline: Instant) -> Result<Connection, CentralError> {
        let deadline = within(self.config.connect_timeout, deadline);
        let connect = async {
            let (host, port) = (&self.config.host, self.config.port);
            let fixed = self.config.connect_address;
            let addresses = connection::resolve(host, port, fixed, deadline).await?;
            let stream = connection::connect_tcp(&addresses, deadline).await?;
            self.secure(stream, deadline).await
        };
        timeout_at(deadline, connect)
            .await
            .unwrap_or_else(|_| Err(timed_out("no connection in time")))
    }

    /// TLS and HTTP over a TCP connection.
    pub(crate) async fn secure(
        &self,
        stream: tokio::net::TcpStream,
        deadline: Instant,
    ) -> Result<Connection, CentralError> {
        let name = self.server_name.clone();
        let connector = self.connector.lock();
        let connector = connector.unwrap_or_else(PoisonError::into_inner).clone();
        Connection::secure(stream, &connector, name, deadline).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the breaker how a call ended.
struct Watch<'a> {
    exchanger: &'a Exchanger,
    told: bool,
}

impl Watch<'_> {
    fn tell(&mut self, error: Option<&CentralError>) {
        self.told = true;
        let mut breaker = self.exchanger.breaker();
        match error {
            Some(CentralError::Unreachable { .. }) => {
                breaker.failed(self.exchanger.began.elapsed())
            }
            Some(_) | None => {
                breaker.answered();
                let heard = self.exchanger.heard.lock();
                *heard.unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.exchanger.breaker().abandoned();
        }
    }
}

/// Whether a connection unused for so long is still trusted.
fn is_fresh(idle: Duration) -> bool {
    idle < LONGEST_IDLE
}

fn sort(status: StatusCode, body: Vec<u8>) -> Result<Answer, Failure> {
    let out_of_order =
        || CentralError::unreachable(UnreachableCause::OutOfOrder, format!("HTTP {status}"));
    match status {
        _ if status.is_success() => Ok(Answer::Ok(body)),
        StatusCode::UNAUTHORIZED => Ok(Answer::Unauthorized(words(&body, status))),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Err(Failure::Gateway(out_of_order()))
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Err(out_of_order().into()),
        _ if status.is_server_error() => Err(out_of_order().into()),
        _ if status.is_client_error() => Ok(Answer::Refused(words(&body, status))),
        // A redirection leads to somewhere that nobody configured.
        _ => Err(CentralError::bad_answer(format!("HTTP {status}")).into()),
    }
}

fn words(body: &[u8], status: StatusCode) -> Words {
    let mut words: Words = serde_json::from_slice(body).unwrap_or_default();
    if words.code.is_empty() {
        words.code = format!("HTTP {}", status.as_u16());
    }
    for text in [&mut words.code, &mut words.message] {
        if let Some((end, _)) = text.char_indices().nth(MAX_WORDS) {
            text.truncate(end);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_kept_between_two_patients_but_not_for_long() {
        assert!(is_fresh(Duration::from_secs(31)));
        assert!(!is_fresh(Duration::from_secs(240)));
    }
}
