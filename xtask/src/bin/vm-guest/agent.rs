//! One JSON object a line from the host, one line back for each: `{"id", "run", "seconds"}` is answered by `{"id", "code", "out"}`.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// Most output that is sent back; the last bytes count.
const MOST_OUT: usize = 256 * 1024;
/// Longest line that is read.
const MOST_IN: usize = 1024 * 1024;
/// Pause before looking again whether the host has connected.
const AWAY: Duration = Duration::from_millis(100);

/// Options of `agent`.
#[derive(clap::Args)]
pub(crate) struct AgentArguments {
    /// The virtio port.
    #[arg(long, default_value = "/dev/virtio-ports/agent.0")]
    port: PathBuf,
    /// Where the host's cameras are plugged in.
    #[arg(long, default_value = "0.0.0.0:3241")]
    cameras: std::net::SocketAddr,
}

#[derive(Deserialize)]
struct Order {
    id: u64,
    run: String,
    seconds: u64,
}

#[derive(Serialize)]
struct Answer {
    id: u64,
    /// Exit code; -1 when it did not end in time or could not be started.
    code: i32,
    out: String,
}

/// Serves until the machine ends.
pub(crate) fn run(arguments: &AgentArguments) -> Result<()> {
    let address = arguments.cameras;
    std::thread::spawn(move || {
        if let Err(error) = crate::cameras::serve(address) {
            eprintln!("vm-guest: cameras: {error:#}");
        }
    });
    let mut port = File::options()
        .read(true)
        .write(true)
        .open(&arguments.port)
        .with_context(|| format!("opening {}", arguments.port.display()))?;
    let out = Arc::new(Mutex::new(port.try_clone()?));
    let (_never, clock) = channel::<()>();
    let mut line = Vec::new();
    let mut chunk = [0; 64 * 1024];
    loop {
        let count = port.read(&mut chunk)?;
        if count == 0 {
            // Nobody at the other end yet.
            let _ = clock.recv_timeout(AWAY);
            line.clear();
            continue;
        }
        for byte in chunk.get(..count).unwrap_or_default() {
            if *byte != b'\n' {
                line.push(*byte);
                continue;
            }
            if let Ok(order) = serde_json::from_slice::<Order>(&line) {
                let out = Arc::clone(&out);
                std::thread::spawn(move || answer(&order, &out));
            }
            line.clear();
        }
        if line.len() > MOST_IN {
            line.clear();
        }
    }
}

fn answer(order: &Order, out: &Mutex<File>) {
    let (code, text) = execute(&order.run, Duration::from_secs(order.seconds))
        .unwrap_or_else(|error| (-1, format!("{error:#}")));
    let answer = Answer {
        id: order.id,
        code,
        out: text,
    };
    if let Ok(mut bytes) = serde_json::to_vec(&answer) {
        bytes.push(b'\n');
        let mut port = out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = port.write_all(&bytes);
    }
}

/// Runs it in a shell of its own process group, so that all of it can be ended.
fn execute(command: &str, limit: Duration) -> Result<(i32, String)> {
    let (reader, writer) = std::io::pipe()?;
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0)
        .spawn()?;
    let group = Pid::from_raw(i32::try_from(child.id())?);
    let (ended, end) = channel();
    std::thread::spawn(move || {
        let _ = ended.send(child.wait());
    });
    let text = std::thread::spawn(move || last_bytes(reader));
    let code = match end.recv_timeout(limit) {
        Ok(status) => status?.code().unwrap_or(-1),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            let _ = killpg(group, Signal::SIGKILL);
            -1
        }
    };
    let bytes = text.join().unwrap_or_default();
    Ok((code, String::from_utf8_lossy(&bytes).into_owned()))
}

fn last_bytes(mut from: impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    let mut chunk = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        all.extend_from_slice(chunk.get(..count).unwrap_or_default());
        if all.len() > 2 * MOST_OUT {
            all.drain(..all.len() - MOST_OUT);
        }
    }
    let start = all.len().saturating_sub(MOST_OUT);
    all.split_off(start)
}
