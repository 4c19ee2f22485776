//! Serves a router on a listener with bounds: number of connections, size of and time for a request's head, orderly end.

use crate::KioskError;
use crate::desk::Peer;
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Connections served at once on one listener; more wait in the system's queue.
pub const MAX_CONNECTIONS: usize = 64;
/// Time to send a request's head, also the time an idle kept-alive connection may stay.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Size of a request's head.
const HEAD_BYTES: usize = 16 * 1024;
/// Wait after a failed accept (out of file descriptors, say), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves until `shutdown` completes; running requests may end, open pages are left to the end of the process.
///
/// # Errors
/// [`KioskError::Listener`] when the listener is broken.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), KioskError> {
    serve_with(listener, router, None, shutdown).await
}

/// The same over TLS.
///
/// # Errors
/// [`KioskError::Listener`] when the listener is broken.
pub async fn serve_tls(
    listener: TcpListener,
    router: Router,
    tls: TlsAcceptor,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), KioskError> {
    serve_with(listener, router, Some(tls), shutdown).await
}

async fn serve_with(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), KioskError> {
    listener.local_addr().map_err(KioskError::Listener)?;
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (ending, end) = watch::channel(false);
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else {
            continue;
        };
        let router = router.clone();
        let end = end.clone();
        let tls = tls.clone();
        tokio::spawn(async move {
            // Single key presses and small views: never wait to fill a segment.
            let _ = stream.set_nodelay(true);
            match tls {
                None => connection(stream, peer, router, end).await,
                Some(tls) => match timeout(HEAD_TIMEOUT, tls.accept(stream)).await {
                    Ok(Ok(stream)) => connection(stream, peer, router, end).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                    Err(_) => tracing::debug!("a handshake took too long"),
                },
            }
            drop(permit);
        });
    }
    let _ = ending.send(true);
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, Peer, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, from)) => Some((stream, Peer(from.ip()), permit)),
        Err(error) => {
            tracing::warn!(%error, "accepting a page's connection failed");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    mut end: watch::Receiver<bool>,
) {
    let router = TowerToHyperService::new(router);
    let pages = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), pages)
        .with_upgrades();
    tokio::pin!(served);
    let ended = async { end.wait_for(|over| *over).await.is_ok() };
    let outcome = tokio::select! {
        outcome = &mut served => outcome,
        _ = ended => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a page's connection ended early");
    }
}
