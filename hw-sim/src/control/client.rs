//! The command line's half of the control interface: one small HTTP request over loopback, with limits
//! on time and size.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Drawing a card that is held up takes a second, and many on a busy machine.
const LIMIT: Duration = Duration::from_secs(40);
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens, or the connection broke.
    #[error(
        "no simulator answers on 127.0.0.1:{port} (is `hw-sim run` running? `--control PORT` names another port; the control page's address shows it)"
    )]
    Unreachable {
        /// The port tried.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Somebody else listens there.
    #[error("what listens on 127.0.0.1:{port} is not the simulator")]
    NotTheSimulator {
        /// The port tried.
        port: u16,
    },
    /// The simulator said no.
    #[error("{en}\n{ja}")]
    Refused {
        /// A stable word.
        code: String,
        /// In Japanese.
        ja: String,
        /// In English.
        en: String,
    },
}

/// Asks (`body` absent: GET) and gives the JSON answer.
pub fn call(port: u16, path: &str, body: Option<&Value>) -> Result<Value, ClientError> {
    let text =
        exchange(port, path, body).map_err(|source| ClientError::Unreachable { port, source })?;
    let (ok, answer) = parse(&text).ok_or(ClientError::NotTheSimulator { port })?;
    if ok {
        return Ok(answer);
    }
    let word = |name: &str| answer["error"][name].as_str().map(str::to_owned);
    match (word("code"), word("ja"), word("en")) {
        (Some(code), Some(ja), Some(en)) => Err(ClientError::Refused { code, ja, en }),
        _ => Err(ClientError::NotTheSimulator { port }),
    }
}

fn exchange(port: u16, path: &str, body: Option<&Value>) -> io::Result<Vec<u8>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let method = if body.is_some() { "POST" } else { "GET" };
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    Ok(answer)
}

/// Status and JSON body of a whole answer. The simulator always sends a Content-Length for JSON, so
/// that nothing is chunked.
fn parse(answer: &[u8]) -> Option<(bool, Value)> {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    let body = serde_json::from_slice(answer.get(end + 4..)?).ok()?;
    Some((status == "200", body))
}
