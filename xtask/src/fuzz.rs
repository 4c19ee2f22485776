//! `cargo xtask fuzz TARGET`: lets libFuzzer look for bytes from outside that make a parser panic or hang.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::{must, root};

/// What is fuzzed: a parser of what comes from outside each.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// Tag and length.
    CardTlv,
    /// The card-face record and its signatures.
    PhotoRecord,
    /// The authentication certificate.
    Certificate,
    /// The card-verifiable certificate.
    Cvc,
    /// The card's photo, JPEG 2000.
    Jpeg2000,
    /// Picture files.
    Png,
    /// A camera's frames.
    Mjpeg,
    /// The face worker's socket.
    VisionSocket,
    /// Messages of the central service and the receipt computer in XML.
    MessageXml,
    /// The same in JSON.
    MessageJson,
    /// Zipped messages.
    MessageZip,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::CardTlv => "card-tlv",
            Self::PhotoRecord => "photo-record",
            Self::Certificate => "certificate",
            Self::Cvc => "cvc",
            Self::Jpeg2000 => "jpeg2000",
            Self::Png => "png",
            Self::Mjpeg => "mjpeg",
            Self::VisionSocket => "vision-socket",
            Self::MessageXml => "message-xml",
            Self::MessageJson => "message-json",
            Self::MessageZip => "message-zip",
        }
    }
}

/// How to fuzz.
#[derive(Args)]
pub(crate) struct FuzzArguments {
    /// Which parser.
    #[arg(value_enum)]
    target: Target,
    /// For how long, in seconds, after the build.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Result {
    target: &'static str,
    seconds: u64,
    executions: u64,
    findings: usize,
    artifacts: Vec<String>,
}

/// Says whether nothing was found.
pub(crate) fn run(arguments: &FuzzArguments) -> anyhow::Result<bool> {
    let name = arguments.target.name();
    prepare_tool()?;
    let folder = root().join("fuzz");
    let work = root().join("target/fuzz-work").join(name);
    let (corpus, artifacts) = (work.join("corpus"), work.join("artifacts"));
    // The seeds in the tree stay small; what the fuzzer adds is kept outside it.
    for path in [&corpus, &artifacts] {
        std::fs::create_dir_all(path)?;
    }
    let before = findings(&artifacts)?;
    eprintln!("== building the fuzz target {name} (nightly)");
    must(
        fuzz(&folder).args(["build", name]).stdout(Stdio::null()),
        "cargo fuzz build",
    )?;
    eprintln!("== fuzzing {name} for {} s", arguments.seconds);
    let began = Instant::now();
    let output = fuzz(&folder)
        .args(["run", name])
        .arg(&corpus)
        .arg(folder.join("corpus").join(name))
        .arg("--")
        .arg(format!("-max_total_time={}", arguments.seconds))
        .arg("-timeout=10")
        .arg(format!("-rss_limit_mb={}", most_memory(arguments.target)))
        .arg(format!("-max_len={}", longest(name)))
        .arg("-print_final_stats=1")
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .context("cargo fuzz run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let new: Vec<String> = findings(&artifacts)?
        .into_iter()
        .filter(|finding| !before.contains(finding))
        .collect();
    if !output.status.success() && new.is_empty() {
        let tail: Vec<&str> = said.lines().rev().take(20).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        bail!("the fuzzer could not run:\n{}", tail.join("\n"));
    }
    let result = Result {
        target: name,
        seconds: began.elapsed().max(Duration::from_secs(1)).as_secs(),
        executions: executions(&said),
        findings: new.len(),
        artifacts: new,
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&result)?);
    } else {
        println!(
            "{}: {} executions in {} s, {} findings {:?}",
            result.target, result.executions, result.seconds, result.findings, result.artifacts
        );
    }
    Ok(result.findings == 0)
}

/// Most memory, MB. The face worker ends itself at 700 MB, so a picture that takes more is a finding.
fn most_memory(target: Target) -> u32 {
    match target {
        Target::Jpeg2000 | Target::Png | Target::Mjpeg => 700,
        _ => 2048,
    }
}

/// cargo-fuzz and a nightly compiler, installed if missing, saying so.
fn prepare_tool() -> anyhow::Result<()> {
    let there = |program: &str, arguments: &[&str]| {
        Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if !there("cargo", &["+nightly", "--version"]) {
        eprintln!("== a nightly compiler is needed and will be installed with rustup");
        must(
            Command::new("rustup").args([
                "toolchain",
                "install",
                "nightly",
                "--profile",
                "minimal",
            ]),
            "rustup",
        )?;
    }
    if !there("cargo", &["fuzz", "--version"]) {
        eprintln!("== cargo-fuzz is needed and will be installed with cargo install");
        must(
            Command::new("cargo").args(["install", "cargo-fuzz", "--locked", "--quiet"]),
            "cargo install cargo-fuzz",
        )?;
    }
    Ok(())
}

/// `cargo +nightly fuzz`, outside of the environment that the stable cargo gave this program.
fn fuzz(folder: &std::path::Path) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(["+nightly", "fuzz"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", root().join("target/fuzz-build"));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| {
            name == "CARGO"
                || name == "RUSTUP_TOOLCHAIN"
                || name == "RUSTC"
                || name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
        }) {
            command.env_remove(name);
        }
    }
    command
}

fn findings(folder: &std::path::Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.path().display().to_string());
    }
    names.sort();
    Ok(names)
}

/// `stat::number_of_executed_units: N` of libFuzzer.
fn executions(said: &str) -> u64 {
    said.lines()
        .filter_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .filter_map(|number| number.trim().parse::<u64>().ok())
        .sum()
}

/// Longest input: ordinary camera pictures and card photos must fit in, and text needs less.
fn longest(name: &str) -> u32 {
    match name {
        "mjpeg" | "png" => 256 * 1024,
        "jpeg2000" => 64 * 1024,
        _ => 16 * 1024,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_number_of_executions_is_read_from_the_fuzzers_words() {
        let said = "Done 120 runs\nstat::number_of_executed_units: 120\nstat::average: 60\n";
        assert_eq!(super::executions(said), 120);
        assert_eq!(super::executions(""), 0);
    }
}
