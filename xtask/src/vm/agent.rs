//! The host's side of the guest's agent: commands over a virtio port, one JSON line each way.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::json;

/// What a guest may print.
const MOST: u64 = 4 * 1024 * 1024;
/// The guest is slow; its own limits run on its own clock.
const SLOWNESS: u32 = 30;
/// How often a guest that boots is asked whether it is there.
const KNOCK: Duration = Duration::from_millis(300);

/// Commands into the guest.
pub(super) struct Agent {
    socket: PathBuf,
    last: u64,
}

/// What a command gave.
#[derive(Debug, Deserialize)]
pub(super) struct Ran {
    id: u64,
    /// Exit code; -1 when it did not end in time.
    pub(super) code: i32,
    /// Both outputs.
    pub(super) out: String,
}

impl Ran {
    /// The output of a command that must succeed.
    pub(super) fn good(self, what: &str) -> Result<String> {
        if self.code == 0 {
            return Ok(self.out);
        }
        bail!("{what}: exit code {}: {}", self.code, self.out.trim());
    }
}

impl Agent {
    pub(super) fn new(socket: &Path) -> Self {
        Self {
            socket: socket.to_owned(),
            last: 0,
        }
    }

    /// Waits until the guest answers.
    pub(super) fn wait(
        &mut self,
        limit: Duration,
        mut alive: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let until = Instant::now() + limit;
        let (_never, clock) = std::sync::mpsc::channel::<()>();
        loop {
            alive()?;
            match self.exchange("true", 10, Duration::from_secs(60)) {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > until => {
                    return Err(error.context(format!(
                        "the guest did not answer within {} s",
                        limit.as_secs()
                    )));
                }
                Err(_) => {
                    let _ = clock.recv_timeout(KNOCK);
                }
            }
        }
    }

    /// Runs a shell command in the guest, for at most so many of its seconds.
    pub(super) fn run(&mut self, command: &str, seconds: u32) -> Result<Ran> {
        self.exchange(
            command,
            seconds,
            Duration::from_secs(u64::from(seconds * SLOWNESS)),
        )
        .with_context(|| format!("in the guest: {command}"))
    }

    /// Runs one that must succeed.
    pub(super) fn must(&mut self, command: &str, seconds: u32) -> Result<String> {
        self.run(command, seconds)?.good(command)
    }

    fn exchange(&mut self, command: &str, seconds: u32, limit: Duration) -> Result<Ran> {
        self.last += 1;
        let id = self.last;
        // One client at a time may hold the port; a connection an order keeps answers apart.
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(limit))?;
        stream.set_write_timeout(Some(Duration::from_secs(10)))?;
        let mut order =
            serde_json::to_vec(&json!({ "id": id, "run": command, "seconds": seconds }))?;
        order.push(b'\n');
        stream.write_all(&order)?;
        let mut lines = BufReader::new(std::io::Read::take(stream, MOST));
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                bail!("the machine closed the port");
            }
            match serde_json::from_str::<Ran>(&line) {
                Ok(ran) if ran.id == id => return Ok(ran),
                // An answer that came too late for whoever asked.
                _ => {}
            }
        }
    }
}
