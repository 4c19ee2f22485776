//! The little HTTP that a test speaks: one request over TCP or a Unix socket, whole answer back.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| String::from_utf8_lossy(&self.body).into_owned())
    }
}

/// Sends one request over a stream and gives the answer's head back, body unread.
pub(crate) async fn send<S>(
    stream: S,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> anyhow::Result<Response<Incoming>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Ok(sender
        .send_request(request.body(Full::new(Bytes::from(body)))?)
        .await?)
}

/// One request over a Unix socket.
///
/// # Errors
/// Nobody listens, or no whole answer within ten seconds.
pub async fn request(
    socket: &Path,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> anyhow::Result<Answer> {
    let work = async {
        let stream = tokio::net::UnixStream::connect(socket)
            .await
            .with_context(|| format!("{}", socket.display()))?;
        let mut all = vec![("host", "terminal")];
        all.extend_from_slice(headers);
        let response = send(stream, method, uri, &all, body.to_vec()).await?;
        let (head, body) = response.into_parts();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.collect().await?.to_bytes().to_vec(),
        })
    };
    tokio::time::timeout(Duration::from_secs(10), work)
        .await
        .context("no answer within ten seconds")?
}

/// GET over a Unix socket.
///
/// # Errors
/// As for [`request`].
pub async fn get(socket: &Path, uri: &str) -> anyhow::Result<Answer> {
    request(socket, "GET", uri, &[], &[]).await
}
