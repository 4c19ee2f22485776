//! One connection: its requests, its limits, its end.

use crate::problem::{Kind, Problem};
use crate::router::{ConnectionEnd, Peer, finish, refuse_unknown};
use crate::timed_io::TimedIo;
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tower_service::Service;

/// A connection that is to end may still finish its answer for so long.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
/// Headers beyond this are refused by the parser.
const MAX_HEADER: usize = 16 * 1024;

/// What a connection needs.
pub(crate) struct Connection {
    pub(crate) router: Router,
    pub(crate) peer: Peer,
    /// The user has too many connections; this one only gets to hear so.
    pub(crate) too_many: bool,
    pub(crate) simulated: bool,
    pub(crate) request_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) total_timeout: Duration,
    pub(crate) closing: watch::Receiver<bool>,
}

impl Connection {
    /// Serves until the client closes, a limit is reached, or the server closes.
    pub(crate) async fn serve(self, stream: UnixStream) {
        let Self {
            router,
            peer,
            too_many,
            simulated,
            request_timeout,
            idle_timeout,
            total_timeout,
            mut closing,
        } = self;
        let total = if too_many {
            request_timeout
        } else {
            total_timeout
        };
        let end = Instant::now() + total;
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let answer = answer(router.clone(), peer.clone(), too_many, end, request);
            async move { Ok::<_, Infallible>(finish(answer.await, simulated)) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(request_timeout)
            .max_buf_size(MAX_HEADER)
            .keep_alive(!too_many)
            .serve_connection(TokioIo::new(TimedIo::new(stream, idle_timeout)), service);
        let mut connection = pin!(connection);
        let done = tokio::select! {
            done = connection.as_mut() => done,
            () = tokio::time::sleep_until(end) => finish_up(connection).await,
            () = closed(&mut closing) => finish_up(connection).await,
        };
        if let Err(error) = done {
            tracing::debug!(%error, "receipt connection ended");
        }
    }
}

/// Waits until the server closes.
pub(crate) async fn closed(closing: &mut watch::Receiver<bool>) {
    // An error means that the server is gone altogether, which is the same.
    let _ = closing.wait_for(|closing| *closing).await;
}

/// Lets the present answer end, but not for ever.
async fn finish_up<F>(mut connection: std::pin::Pin<&mut F>) -> Result<(), hyper::Error>
where
    F: GracefulConnection,
{
    connection.as_mut().wind_down();
    tokio::time::timeout(GRACE, connection)
        .await
        .unwrap_or(Ok(()))
}

/// The two things needed of hyper's connection type, whose full name nobody wants to write twice.
trait GracefulConnection: Future<Output = Result<(), hyper::Error>> {
    fn wind_down(self: std::pin::Pin<&mut Self>);
}

impl<I, S> GracefulConnection for http1::Connection<I, S>
where
    S: hyper::service::HttpService<Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    fn wind_down(self: std::pin::Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

async fn answer(
    mut router: Router,
    peer: Peer,
    too_many: bool,
    end: Instant,
    request: Request<Incoming>,
) -> Response {
    if let Some(refusal) = refuse_unknown(&peer) {
        return refusal;
    }
    if too_many {
        return Problem::new(Kind::TooManyConnections).into_response();
    }
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    request.extensions_mut().insert(ConnectionEnd(end));
    match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
