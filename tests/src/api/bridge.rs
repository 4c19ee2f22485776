//! TCP on this machine to a Unix socket, for programs that speak TCP only. Whoever connects here is this process's user there.

use std::path::PathBuf;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// What came from outside: it waits until this is answered with what is to be passed on.
pub(super) struct Waiting {
    /// Part of a request.
    pub(super) part: Vec<u8>,
    /// Takes it back.
    pub(super) on: oneshot::Sender<Vec<u8>>,
}

/// A bridge; it ends when it is dropped.
pub(super) struct Bridge {
    /// Its port on 127.0.0.1.
    pub(super) port: u16,
    running: JoinHandle<()>,
}

impl Bridge {
    /// Whoever holds the receiver puts in order what a request may need before that is passed on.
    pub(super) async fn open(socket: PathBuf) -> anyhow::Result<(Self, mpsc::Receiver<Waiting>)> {
        let (ask, asked) = mpsc::channel(16);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let running = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (socket, ask) = (socket.clone(), ask.clone());
                tokio::spawn(async move {
                    // Without a daemon the other side hears it as a closed connection.
                    let Ok(mut far) = UnixStream::connect(&socket).await else {
                        return;
                    };
                    let ((mut from, mut to), (mut answers, mut requests)) =
                        (near.split(), far.split());
                    let there = async {
                        let mut part = vec![0; 64 * 1024];
                        while let Ok(count @ 1..) = from.read(&mut part).await {
                            let (on, ready) = oneshot::channel();
                            let part = part.get(..count).unwrap_or_default().to_vec();
                            if ask.send(Waiting { part, on }).await.is_err() {
                                break;
                            }
                            let Ok(part) = ready.await else {
                                break;
                            };
                            if requests.write_all(&part).await.is_err() {
                                break;
                            }
                        }
                        let _ = requests.shutdown().await;
                    };
                    let back = async {
                        let _ = tokio::io::copy(&mut answers, &mut to).await;
                        let _ = to.shutdown().await;
                    };
                    tokio::join!(there, back);
                });
            }
        });
        Ok((Self { port, running }, asked))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.running.abort();
    }
}
