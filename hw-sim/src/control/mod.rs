//! The control page and its HTTP interface, on loopback only: lay a card, take it away, choose whose
//! face stands before the camera, take the central service down.

mod api;
mod camera;
mod cards;
pub mod client;
mod guard;
mod office;
mod serve;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::clinic::Desk;

/// The port that `hw-sim` uses when none is given.
pub const DEFAULT_PORT: u16 = 8690;

/// Why the control page did not start.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The port is taken.
    #[error("the control page can't listen on 127.0.0.1:{port}")]
    Listen {
        /// Which port.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Serves until the task is aborted.
pub(crate) async fn start(
    desk: Arc<Desk>,
    port: u16,
) -> Result<(SocketAddr, JoinHandle<()>), ControlError> {
    let failed = |source| ControlError::Listen { port, source };
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = api::router(desk, address.port());
    Ok((address, tokio::spawn(serve::run(listener, router))))
}
