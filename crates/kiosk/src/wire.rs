//! The WebSocket as both pages use it: bounded in every direction, beating, never waiting for ever.
//!
//! There is no queue to overflow: each page is sent the newest state only, and a page that does not read is let go.

use crate::patient::LivePicture;
use crate::rate::{Bucket, Verdict};
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

/// Largest message a page may send, in bytes.
pub(crate) const MAX_IN: usize = 1024;
/// Largest message sent to a page, in bytes.
const MAX_OUT: usize = 4 * 1024 * 1024;
/// Patient's pages open at once.
pub(crate) const PATIENT_PAGES: usize = 4;
/// Staff's pages open at once on one listener: a clinic's desks, with their forgotten tabs.
pub(crate) const STAFF_PAGES: usize = 32;
/// Time between two beats (a ping and an `alive` message).
const BEAT: Duration = Duration::from_secs(5);
/// A page that has answered nothing for this long is gone.
const SILENCE: Duration = Duration::from_secs(20);
/// A page that does not read is let go after this.
const SEND_LIMIT: Duration = Duration::from_secs(5);

/// Room for so many pages of one listener.
pub(crate) fn rooms(pages: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(pages))
}

/// Answers the upgrade and runs `talk` on the socket. When too many pages are open the page is told so and let go: a script can't
/// read why an upgrade was refused.
pub(crate) fn open<F, Fut>(upgrade: WebSocketUpgrade, rooms: &Arc<Semaphore>, talk: F) -> Response
where
    F: FnOnce(Wire) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let room = Arc::clone(rooms).try_acquire_owned();
    upgrade
        .max_message_size(MAX_IN)
        .max_frame_size(MAX_IN)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_OUT)
        .on_upgrade(move |socket| async move {
            let Ok(room) = room else {
                let mut wire = Wire::new(socket);
                let _ = wire.tell("full").await;
                let frame = CloseFrame {
                    code: close_code::AGAIN,
                    reason: "".into(),
                };
                let _ = wire.send(Message::Close(Some(frame))).await;
                return;
            };
            talk(Wire::new(socket)).await;
            drop(room);
        })
}

/// What came from the page.
pub(crate) enum Incoming {
    /// A text within the limits.
    Text(axum::extract::ws::Utf8Bytes),
    /// Nothing to do; go on.
    Nothing,
    /// The page is gone, or was sent away.
    Gone,
}

/// One page's socket.
pub(crate) struct Wire {
    socket: WebSocket,
    bucket: Bucket,
    beat: Interval,
    heard: Instant,
    /// Whether it was logged that a message was dropped.
    dropped: bool,
    /// Bytes of the longest picture sent since the last wiping.
    longest_picture: usize,
}

/// The page is gone.
#[derive(Debug)]
pub(crate) struct Gone;

impl Wire {
    fn new(socket: WebSocket) -> Self {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let now = Instant::now();
        Self {
            socket,
            bucket: Bucket::new(now),
            beat,
            heard: now,
            dropped: false,
            longest_picture: 0,
        }
    }

    /// Waits for the page or for the next beat; may be dropped while waiting.
    pub(crate) async fn next(&mut self) -> Incoming {
        tokio::select! {
            _ = self.beat.tick() => self.pulse().await,
            message = self.socket.recv() => self.take(message).await,
        }
    }

    async fn take(&mut self, message: Option<Result<Message, axum::Error>>) -> Incoming {
        let now = Instant::now();
        self.heard = now;
        let verdict = match message {
            Some(Ok(Message::Text(text))) => match self.bucket.take(now) {
                Verdict::Serve => return Incoming::Text(text),
                other => other,
            },
            Some(Ok(Message::Binary(_))) => self.bucket.refuse(),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Incoming::Nothing,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Incoming::Gone,
        };
        self.obey(verdict).await
    }

    /// Counts a text that made no sense.
    pub(crate) async fn senseless(&mut self) -> Incoming {
        let verdict = self.bucket.refuse();
        self.obey(verdict).await
    }

    async fn obey(&mut self, verdict: Verdict) -> Incoming {
        if verdict == Verdict::Drop && !std::mem::replace(&mut self.dropped, true) {
            tracing::warn!("a page sends too much or what no page says; it is dropped");
        }
        if verdict == Verdict::Close {
            tracing::warn!("a page sent too much and was closed");
            let frame = CloseFrame {
                code: close_code::POLICY,
                reason: "".into(),
            };
            let _ = self.send(Message::Close(Some(frame))).await;
            return Incoming::Gone;
        }
        Incoming::Nothing
    }

    /// The ping keeps the line measured; the `alive` text lets the page notice a daemon that hangs.
    async fn pulse(&mut self) -> Incoming {
        if self.heard.elapsed() > SILENCE {
            return Incoming::Gone;
        }
        let sent = async {
            self.send(Message::Ping(Bytes::new())).await?;
            self.send(Message::Text(r#"{"type":"alive"}"#.into())).await
        };
        match sent.await {
            Ok(()) => Incoming::Nothing,
            Err(Gone) => Incoming::Gone,
        }
    }

    /// Sends a view or an answer.
    pub(crate) async fn send_json(&mut self, value: &impl serde::Serialize) -> Result<(), Gone> {
        let text = serde_json::to_string(value).map_err(|_| Gone)?;
        self.send(Message::Text(text.into())).await
    }

    /// Says one word: `full`, `ended`.
    pub(crate) async fn tell(&mut self, word: &'static str) -> Result<(), Gone> {
        self.send(Message::Text(format!(r#"{{"type":"{word}"}}"#).into()))
            .await
    }

    /// Sends one camera picture.
    pub(crate) async fn send_picture(&mut self, picture: LivePicture) -> Result<(), Gone> {
        self.longest_picture = self.longest_picture.max(picture.as_ref().len());
        self.send(Message::Binary(Bytes::from_owner(picture))).await
    }

    /// Sends as many zeros as the longest picture had. The socket copies each message into one buffer that it keeps: nothing
    /// else would write over a person's picture there before the page is closed (invariant 5). A page without the face check
    /// throws pictures away.
    pub(crate) async fn wipe_pictures(&mut self) -> Result<(), Gone> {
        let length = std::mem::take(&mut self.longest_picture);
        if length == 0 {
            return Ok(());
        }
        self.send(Message::Binary(vec![0; length].into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(SEND_LIMIT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }
}
