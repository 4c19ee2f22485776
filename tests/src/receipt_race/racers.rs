//! The receipt computers of the race: as many processes of `receipt-racer`, started at one moment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::wire::Claim;
use crate::process::Programs;

/// Where a racer connects, and as whom.
#[derive(Debug, Clone)]
pub(super) struct Post {
    /// Socket.
    pub(super) socket: std::path::PathBuf,
    /// Another user's number; `None` = our own.
    pub(super) uid: Option<u32>,
}

struct Racer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Racer {
    fn start(programs: &Programs, post: &Post, arguments: &[String]) -> anyhow::Result<Self> {
        let mut command = Command::new(programs.path("receipt-racer"));
        if let Some(uid) = post.uid {
            command.args(["--uid", &uid.to_string()]);
        }
        let verb = arguments.first().context("no verb")?;
        command.arg(verb).arg(&post.socket).args(&arguments[1..]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("receipt-racer")?;
        let input = child.stdin.take().context("its input")?;
        let output = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Self {
            child,
            input,
            output,
        })
    }

    /// Everything that it printed to its end.
    fn lines(mut self) -> anyhow::Result<Vec<String>> {
        let lines = (&mut self.output).lines().collect::<Result<_, _>>()?;
        let status = self.child.wait()?;
        ensure!(status.success(), "a racer failed: {status}");
        Ok(lines)
    }
}

impl Drop for Racer {
    fn drop(&mut self) {
        // Has ended already when everything went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everybody claims every result. By client, then by result.
pub(super) fn claim(posts: &[Post], ids: &[String]) -> anyhow::Result<Vec<Vec<Claim>>> {
    let mut told = ids.join("\n");
    told.push_str("\n\n");
    let all = run(posts, &["claim".to_owned()], &told)?;
    all.iter()
        .map(|lines| {
            let claims: Option<Vec<Claim>> = lines.iter().map(|line| Claim::read(line)).collect();
            claims.context("a racer's line")
        })
        .collect()
}

/// Everybody sends `rounds` times `bytes[0]` bytes and gets `bytes[1]`.
pub(super) fn echo(
    socket: &Path,
    clients: usize,
    rounds: usize,
    bytes: [usize; 2],
) -> anyhow::Result<Vec<Duration>> {
    let post = Post {
        socket: socket.to_path_buf(),
        uid: None,
    };
    let words = ["echo".to_owned()]
        .into_iter()
        .chain([rounds, bytes[0], bytes[1]].map(|number| number.to_string()));
    let all = run(&vec![post; clients], &words.collect::<Vec<_>>(), "")?;
    let nanos = all.iter().flatten().map(|line| line.parse());
    nanos
        .map(|nanos| Ok(Duration::from_nanos(nanos?)))
        .collect()
}

fn run(posts: &[Post], arguments: &[String], told: &str) -> anyhow::Result<Vec<Vec<String>>> {
    let programs = Programs::beside_us()?;
    let mut racers = Vec::new();
    for post in posts {
        let mut racer = Racer::start(&programs, post, arguments)?;
        racer.input.write_all(told.as_bytes())?;
        racers.push(racer);
    }
    for racer in &mut racers {
        let mut line = String::new();
        racer.output.read_line(&mut line)?;
        ensure!(
            line.trim_end() == "ready",
            "a racer did not come up: {line}"
        );
    }
    for racer in &mut racers {
        racer.input.write_all(b"go\n")?;
    }
    racers.into_iter().map(Racer::lines).collect()
}
