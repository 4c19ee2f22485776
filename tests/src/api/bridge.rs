//! TCP on this machine to a Unix socket, for programs that speak TCP only. Whoever connects here is this process's user there.

use std::path::PathBuf;

use tokio::net::{TcpListener, UnixStream};
use tokio::task::JoinHandle;

/// A bridge; it ends when it is dropped.
pub(super) struct Bridge {
    /// Its port on 127.0.0.1.
    pub(super) port: u16,
    running: JoinHandle<()>,
}

impl Bridge {
    pub(super) async fn open(socket: PathBuf) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let running = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let socket = socket.clone();
                tokio::spawn(async move {
                    // Without a daemon the other side hears it as a closed connection.
                    if let Ok(mut far) = UnixStream::connect(&socket).await {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        Ok(Self { port, running })
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.running.abort();
    }
}
