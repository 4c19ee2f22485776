//! `uketsuked`, the terminal's daemon.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;
use uketsuked::config::Config;

/// What is freed is wiped: sockets and parsers keep pictures and answers in buffers of their own (invariant 5).
#[global_allocator]
static MEMORY: vision::wiping::Wiping = vision::wiping::Wiping;

/// The daemon of the uketsuke reception terminal: card, face, consent, central service, receipt computer.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// Settings file.
    #[arg(long, default_value = "/etc/uketsuke/uketsuke.toml")]
    config: PathBuf,
    /// Only read and check the settings.
    #[arg(long)]
    check: bool,
    /// With --check: the folder from which the face worker takes profile.toml and attack-model.toml.
    #[arg(long, default_value = "/etc/uketsuke-vision", requires = "check")]
    site_models: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log();
    match work(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Once: a person reads the answer, whoever keeps a log reads the log.
            if arguments.check {
                #[allow(clippy::print_stderr, reason = "the check answers a person")]
                {
                    eprintln!("uketsuked: {error:#}");
                }
            } else {
                tracing::error!("{error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn work(arguments: &Arguments) -> anyhow::Result<()> {
    let config = Config::load(&arguments.config).map_err(|problem| {
        let code = format!("{}: {}", problem.code(), problem.ja());
        anyhow::Error::new(problem).context(code)
    })?;
    if arguments.check {
        uketsuked::check_files(&config, &arguments.site_models)?;
        #[allow(clippy::print_stdout, reason = "the check answers a person")]
        {
            println!(
                "設定に問題はありません。 / The settings are sound: {}",
                arguments.config.display()
            );
        }
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(uketsuked::run(config, stopped()));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    outcome
}

/// SIGTERM or SIGINT.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) {
        (Ok(mut term), Ok(mut int)) => {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
        }
        _ => std::future::pending().await,
    }
}

/// To the journal where systemd started us, to standard error otherwise.
fn log() {
    let filter = EnvFilter::try_from_env("UKETSUKE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let journal = std::env::var_os("JOURNAL_STREAM").and_then(|_| tracing_journald::layer().ok());
    match journal {
        Some(journal) => registry.with(journal).init(),
        None => registry
            .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
            .init(),
    }
}
