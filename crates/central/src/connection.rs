//! One connection to the central service: name resolution, TCP, TLS, HTTP/1.1, and one exchange on it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::error::{CentralError, UnreachableCause};
use crate::tls;

/// Largest answer accepted, in bytes.
pub(crate) const MAX_ANSWER: usize = oqs::limits::MAX_BYTES;
/// Largest head of an answer, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 4;

/// Resolves the host. An address from the settings is taken as it is.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
    fixed: Option<SocketAddr>,
    deadline: Instant,
) -> Result<Vec<SocketAddr>, CentralError> {
    if let Some(fixed) = fixed {
        return Ok(vec![fixed]);
    }
    let unresolved = |detail: &dyn ToString| {
        CentralError::unreachable(UnreachableCause::NameResolution, detail.to_string())
    };
    let lookup = timeout_at(deadline, tokio::net::lookup_host((host, port))).await;
    let found = lookup
        .map_err(|_| unresolved(&"name resolution took too long"))?
        .map_err(|error| unresolved(&error))?;
    let addresses: Vec<_> = found.take(MAX_ADDRESSES).collect();
    if addresses.is_empty() {
        return Err(unresolved(&"the name has no address"));
    }
    Ok(addresses)
}

/// Connects to the first address that answers, giving each an even share of the time left.
pub(crate) async fn connect_tcp(
    addresses: &[SocketAddr],
    deadline: Instant,
) -> Result<TcpStream, CentralError> {
    let mut last = CentralError::unreachable(UnreachableCause::Connect, "no address");
    for (index, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let shares = u32::try_from(addresses.len() - index).unwrap_or(1);
        let until = Instant::now() + left / shares;
        last = match timeout_at(until, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Requests are small; waiting to fill packets only delays them.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => CentralError::unreachable(UnreachableCause::Connect, error),
            Err(_) => CentralError::unreachable(UnreachableCause::Timeout, "no connection in time"),
        };
    }
    Err(last)
}

/// A verified connection that is ready for an exchange.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    alert: AlertSlot,
    driver: AbortHandle,
}

/// Closes the socket at once: a late answer can't meet a later request (invariant 10).
impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    /// TLS and HTTP over a TCP connection. Fails before anything but the handshake was sent when the
    /// server's certificate is not acceptable.
    pub(crate) async fn secure(
        stream: TcpStream,
        connector: &TlsConnector,
        host: ServerName<'static>,
        deadline: Instant,
    ) -> Result<Self, CentralError> {
        let handshake = timeout_at(deadline, connector.connect(host, stream)).await;
        let stream = handshake
            .map_err(|_| timed_out("the TLS handshake took too long"))?
            .map_err(|error| from_io(&error))?;
        let alert = AlertSlot::default();
        let io = TokioIo::new(Watched {
            stream,
            alert: Arc::clone(&alert),
        });
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(io)
            .await
            .map_err(|error| broken(&error))?;
        let driver = tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, "connection to the central service ended");
            }
        });
        Ok(Self {
            sender,
            alert,
            driver: driver.abort_handle(),
        })
    }

    /// True when an exchange may be tried on it.
    pub(crate) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// One request and its whole answer. After an error the connection must be dropped.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Result<(StatusCode, Vec<u8>), CentralError> {
        let exchange = async {
            let ready = self.sender.ready().await;
            ready.map_err(|error| self.explain(&error))?;
            let sent = self.sender.send_request(request).await;
            let answer = sent.map_err(|error| self.explain(&error))?;
            let status = answer.status();
            Ok((status, self.read(answer).await?))
        };
        timeout_at(deadline, exchange)
            .await
            .unwrap_or_else(|_| Err(timed_out("no answer in time")))
    }

    /// One request and the head of its answer.
    pub(crate) async fn begin(
        &mut self,
        request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Result<Response<Incoming>, CentralError> {
        let begin = async {
            let ready = self.sender.ready().await;
            ready.map_err(|error| self.explain(&error))?;
            let sent = self.sender.send_request(request).await;
            sent.map_err(|error| self.explain(&error))
        };
        timeout_at(deadline, begin)
            .await
            .unwrap_or_else(|_| Err(timed_out("no answer in time")))
    }

    /// The body, with the connection bound to it: it ends when the body is dropped.
    pub(crate) fn lend(self, answer: Response<Incoming>) -> Lent {
        Lent {
            body: answer.into_body(),
            _connection: self,
        }
    }

    pub(crate) async fn read(&self, answer: Response<Incoming>) -> Result<Vec<u8>, CentralError> {
        let too_large = || CentralError::bad_answer("the answer is too large");
        let mut body = answer.into_body();
        let announced = hyper::body::Body::size_hint(&body).lower();
        if announced > u64::try_from(MAX_ANSWER).unwrap_or(u64::MAX) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.explain(&error))?;
            if let Some(data) = frame.data_ref() {
                if bytes.len() + data.len() > MAX_ANSWER {
                    return Err(too_large());
                }
                bytes.extend_from_slice(data);
            }
        }
        Ok(bytes)
    }

    /// A failed exchange: an alert of the server says more than the broken connection it leaves behind.
    fn explain(&self, error: &hyper::Error) -> CentralError {
        let alert = self.alert.lock().unwrap_or_else(PoisonError::into_inner);
        match alert.as_ref() {
            Some(alert) => tls::classify(alert),
            None if error.is_parse() => CentralError::bad_answer("the answer is not HTTP"),
            None => broken(error),
        }
    }
}

/// A body that is still coming.
pub(crate) struct Lent {
    /// The body.
    pub(crate) body: Incoming,
    _connection: Connection,
}

fn broken(error: &hyper::Error) -> CentralError {
    CentralError::unreachable(UnreachableCause::Broken, error)
}

pub(crate) fn timed_out(what: &str) -> CentralError {
    CentralError::unreachable(UnreachableCause::Timeout, what)
}

fn from_io(error: &io::Error) -> CentralError {
    match tls_error(error) {
        Some(error) => tls::classify(error),
        None => CentralError::unreachable(UnreachableCause::Broken, error),
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// What TLS said when the connection ended.
type AlertSlot = Arc<Mutex<Option<rustls::Error>>>;

/// Watches a TLS stream for the reason of its end. When the service refuses our certificate it sends an
/// alert and closes; the writing side then often fails first, with a bare reset, so the alert is looked
/// for before the failure is passed on.
struct Watched<S> {
    stream: S,
    alert: AlertSlot,
}

impl<S: AsyncRead + Unpin> Watched<S> {
    fn note(&self, error: &io::Error) {
        if let Some(error) = tls_error(error) {
            let mut slot = self.alert.lock().unwrap_or_else(PoisonError::into_inner);
            slot.get_or_insert_with(|| error.clone());
        }
    }

    fn look_for_alert(&mut self, context: &mut Context<'_>) {
        let mut bytes = [0; 512];
        // What has arrived is already here; a few reads find the alert behind session tickets.
        for _ in 0..4 {
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Err(error)) => return self.note(&error),
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(Ok(())) | Poll::Pending => return,
            }
        }
    }

    fn wrote<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &outcome {
            self.note(error);
            self.look_for_alert(context);
        }
        outcome
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Poll::Ready(Err(error)) = &outcome {
            self.note(error);
        }
        outcome
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        self.wrote(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The deadline a step has: its own allowance, but never later than the call's.
pub(crate) fn within(allowance: Duration, deadline: Instant) -> Instant {
    (Instant::now() + allowance).min(deadline)
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;

    use super::*;

    /// What a socket does after a refusal: writing fails bare, the alert waits to be read.
    struct Refused;

    impl AsyncRead for Refused {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let alert = rustls::Error::AlertReceived(AlertDescription::CertificateRevoked);
            Poll::Ready(Err(io::Error::other(alert)))
        }
    }

    impl AsyncWrite for Refused {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn the_alert_behind_a_failed_write_is_found() {
        use tokio::io::AsyncWriteExt;
        let alert = AlertSlot::default();
        let mut watched = Watched {
            stream: Refused,
            alert: Arc::clone(&alert),
        };
        assert!(watched.write_all(b"request").await.is_err());
        let expected = rustls::Error::AlertReceived(AlertDescription::CertificateRevoked);
        assert_eq!(*alert.lock().unwrap(), Some(expected));
    }
}
