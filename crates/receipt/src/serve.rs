//! The accept loop: who connects, how many connections each user has, and an orderly end.

use crate::clients::{ClientError, Clients};
use crate::config::ReceiptConfig;
use crate::connection::{Connection, GRACE};
use crate::counter::ReceiptCounter;
use crate::router::{App, Peer, router};
use crate::store::ReceiptStore;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Connections beyond a user's limit that are told so at one time; further ones are closed without a word.
const TOLD: usize = 4;
/// All users whom no rule names share this many connections.
const STRANGERS: usize = 4;
/// What was counted is waited for so long at the end, and a third of that twice more when the connections are closed.
const RECORDED: Duration = Duration::from_secs(3);
/// Pause after a failed accept (too many open files, say), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the receipt computer until `shutdown` completes; then answers are finished, for five seconds at most, and
/// everything is closed, within eleven seconds also over a store that does not answer. The socket's file stays: whoever made it removes it.
///
/// # Errors
/// A mistake in `config.clients`; nothing was served then.
pub async fn serve(
    listener: UnixListener,
    store: Arc<dyn ReceiptStore>,
    counter: Arc<dyn ReceiptCounter>,
    config: ReceiptConfig,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ClientError> {
    let clients = Clients::resolve(&config.clients)?;
    let (close, closing) = watch::channel(false);
    let app = App::new(store, counter, &config, closing.clone());
    let router = router(app.clone());
    let mut recording = tokio::spawn(app.clone().keep_recording());
    let seats = Seats::default();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = shutdown.as_mut() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let Some((peer, seat)) = admit(&stream, &clients, &seats, &app, config.connections_per_user) else {
                        continue;
                    };
                    let connection = Connection {
                        router: router.clone(),
                        peer,
                        too_many: seat.too_many,
                        simulated: config.simulated,
                        request_timeout: config.request_timeout,
                        idle_timeout: config.idle_timeout,
                        total_timeout: config.total_timeout,
                        closing: closing.clone(),
                    };
                    connections.spawn(async move {
                        connection.serve(stream).await;
                        drop(seat);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "receipt socket: accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    close.send_replace(true);
    // Whatever a slow client does now, this is written; what it still adds, at the end.
    app.record_all(RECORDED).await;
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE + Duration::from_secs(1), all)
        .await
        .is_err()
    {
        // A task that is told to end may still be counting.
        connections.shutdown().await;
    }
    match tokio::time::timeout(RECORDED / 3, &mut recording).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(%error, "receipt socket: the recording of what was counted failed");
        }
        // The ledger hangs. What it had not come to is counted on, and told below.
        Err(_) => {
            recording.abort();
            let _ = recording.await;
        }
    }
    app.record_all(RECORDED / 3).await;
    app.tell_left();
    Ok(())
}

/// Who connects, and a seat for the connection; `None` when it is to be closed at once.
fn admit(
    stream: &UnixStream,
    clients: &Clients,
    seats: &Seats,
    app: &App,
    limit: usize,
) -> Option<(Peer, Seat)> {
    let uid = match stream.peer_cred() {
        Ok(credentials) => credentials.uid(),
        Err(error) => {
            tracing::warn!(%error, "receipt socket: no peer credentials");
            return None;
        }
    };
    let client = clients.by_uid(uid);
    if client.is_none() {
        tracing::warn!(code = "UK-RCPT-001", uid, "receipt socket: unknown user");
        app.stranger(uid);
    }
    // Strangers are counted together, so that many users cannot add up.
    let (who, limit) = if client.is_some() {
        (Some(uid), limit.max(1))
    } else {
        (None, STRANGERS)
    };
    Some((Peer(client), seats.take(who, limit)?))
}

/// Open connections per user.
#[derive(Clone, Default)]
struct Seats(Arc<Mutex<HashMap<Option<u32>, usize>>>);

impl Seats {
    fn take(&self, who: Option<u32>, limit: usize) -> Option<Seat> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(who).or_default();
        if *count >= limit + TOLD {
            return None;
        }
        *count += 1;
        Some(Seat {
            seats: self.clone(),
            who,
            too_many: *count > limit,
        })
    }
}

/// Given back when the connection has ended, however it ended.
struct Seat {
    seats: Seats,
    who: Option<u32>,
    too_many: bool,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.who);
            }
        }
    }
}
