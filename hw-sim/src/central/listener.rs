//! Accepting connections, closing the door and opening it again on the same port.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::switches::Fault;
use super::{Shared, web};

/// More connections than this wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 64;
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// Also the life of an idle kept-alive connection.
const HEADER_LIMIT: Duration = Duration::from_secs(60);

/// What the door is told. The answer says that it has been done.
pub(crate) enum Door {
    /// Stop listening, drop every connection, keep the port reserved.
    Close(oneshot::Sender<io::Result<()>>),
    /// Listen again.
    Open(oneshot::Sender<io::Result<()>>),
}

enum Gate {
    Open(TcpListener),
    /// Bound, not listening: connections are refused, and nobody else gets the port.
    Closed(TcpSocket),
    /// Neither worked; an `Open` tries again.
    Lost,
}

/// Binds and listens.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    bind(address)?.listen(128)
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Runs until the sender of `commands` is dropped.
pub(crate) async fn run(
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    mut commands: mpsc::Receiver<Door>,
) {
    let mut gate = Gate::Open(listener);
    let mut connections = JoinSet::new();
    loop {
        let room = connections.len() < MAX_CONNECTIONS;
        let command = tokio::select! {
            command = commands.recv() => command,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = accept(&gate), if room => {
                match accepted {
                    Ok(stream) => {
                        connections.spawn(connection(stream, Arc::clone(&shared)));
                    }
                    Err(error) => tracing::warn!(%error, "a connection could not be accepted"),
                }
                continue;
            }
        };
        match command {
            None => return,
            Some(Door::Close(done)) => {
                connections.shutdown().await;
                let result;
                (gate, result) = close(gate, address);
                let _ = done.send(result);
            }
            Some(Door::Open(done)) => {
                let result;
                (gate, result) = open(gate, address);
                let _ = done.send(result);
            }
        }
    }
}

fn close(gate: Gate, address: SocketAddr) -> (Gate, io::Result<()>) {
    match gate {
        Gate::Open(listener) => {
            // Two sockets can't share the port while one of them listens, so this one goes first.
            drop(listener);
            match bind(address) {
                Ok(socket) => (Gate::Closed(socket), Ok(())),
                Err(error) => (Gate::Lost, Err(error)),
            }
        }
        closed => (closed, Ok(())),
    }
}

fn open(gate: Gate, address: SocketAddr) -> (Gate, io::Result<()>) {
    let listener = match gate {
        Gate::Open(listener) => Ok(listener),
        Gate::Closed(socket) => socket.listen(128),
        Gate::Lost => listen(address),
    };
    match listener {
        Ok(listener) => (Gate::Open(listener), Ok(())),
        Err(error) => (Gate::Lost, Err(error)),
    }
}

async fn accept(gate: &Gate) -> io::Result<TcpStream> {
    match gate {
        Gate::Open(listener) => match listener.accept().await {
            Ok((stream, _)) => Ok(stream),
            Err(error) => {
                // Out of file descriptors, most likely: turning at full speed would not help.
                tokio::time::sleep(Duration::from_millis(100)).await;
                Err(error)
            }
        },
        Gate::Closed(_) | Gate::Lost => std::future::pending().await,
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let mut dropped = shared.switches.generation();
    dropped.mark_unchanged();
    tokio::select! {
        _ = dropped.changed() => {}
        () = serve(stream, Arc::clone(&shared)) => {}
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    if shared.switches.fault() == Fault::Hang {
        // Held open and silent, until the switch closes it.
        let _held = stream;
        return std::future::pending().await;
    }
    let Some(config) = shared.tls.get(shared.switches.certificate()) else {
        return;
    };
    let _ = stream.set_nodelay(true);
    let handshake = TlsAcceptor::from(config).accept(stream);
    let stream = match tokio::time::timeout(HANDSHAKE_LIMIT, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            shared.note("(tls)", 0, format!("handshake refused: {error}"));
            return;
        }
        Err(_) => {
            shared.note("(tls)", 0, "handshake not finished in time".to_owned());
            return;
        }
    };
    let peer = peer_name(&stream);
    let service =
        service_fn(move |request| web::answer(Arc::clone(&shared), request, peer.clone()));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The name in the client's certificate.
fn peer_name(stream: &tokio_rustls::server::TlsStream<TcpStream>) -> Option<Arc<str>> {
    use x509_parser::prelude::{FromDer, X509Certificate};
    let certificates = stream.get_ref().1.peer_certificates()?;
    let (_, certificate) = X509Certificate::from_der(certificates.first()?).ok()?;
    let name = certificate.subject().iter_common_name().next()?;
    name.as_str().ok().map(Arc::from)
}

/// `web::answer` fails on purpose when an answer is to be lost.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer, as switched")]
pub(crate) struct AnswerLost;
