//! `uketsuke-vision`: the worker process, and its check for technicians.

#![allow(clippy::print_stdout, reason = "the check speaks on standard output")]

mod camera_check;
mod check;
mod process;

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use sd_notify::NotifyState;
use vision::models::FaceModels;
use vision::server::{ServerConfig, serve};
use vision::source::SourceSpec;

/// Camera and face matching worker of uketsuke.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    /// Socket to listen on.
    #[arg(long)]
    socket: Option<PathBuf>,
    /// Folder with the face models and models.toml.
    #[arg(long)]
    models: Option<PathBuf>,
    /// v4l2:DEVICE, pictures:FOLDER or stream:SOCKET (the latter two only with --simulation).
    #[arg(long)]
    source: Option<SourceSpec>,
    /// No real patients: other sources than the camera are accepted, and every answer says so.
    #[arg(long)]
    simulation: bool,
    /// Log as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Task {
    /// Load the models, compare their SHA-256, run them once, print the times.
    Check(check::CheckArguments),
    /// Open a camera for a few seconds and count what it delivers.
    Camera(camera_check::CameraArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.task {
        Some(Task::Check(check)) => check::run(check),
        Some(Task::Camera(camera)) => camera_check::run(camera),
        None => work(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            let _ = std::io::Write::write_fmt(
                &mut std::io::stderr(),
                format_args!("uketsuke-vision: {error:#}\n"),
            );
            ExitCode::FAILURE
        }
    }
}

fn work(arguments: &Arguments) -> Result<()> {
    let (Some(socket), Some(models), Some(source)) =
        (&arguments.socket, &arguments.models, &arguments.source)
    else {
        bail!("--socket, --models and --source are needed");
    };
    process::start_log(arguments.json);
    // Invariant 13, before anything is opened.
    source
        .accepted(arguments.simulation)
        .context(vision::codes::SOURCE_REFUSED.code)?;
    process::keep_memory_private();
    let models = Arc::new(FaceModels::load(models).context(vision::codes::MODELS_UNUSABLE.code)?);
    let listener = listen(socket).with_context(|| format!("listening on {}", socket.display()))?;
    tracing::info!(source = %source, recipe = vision::RECIPE, simulation = arguments.simulation, "ready");
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    let config = ServerConfig {
        source: source.clone(),
        simulation: arguments.simulation,
        models,
    };
    serve(&listener, config, &AtomicBool::new(false), || {
        let _ = sd_notify::notify(&[NotifyState::Watchdog]);
    })?;
    Ok(())
}

/// Replaces a socket that an earlier run left behind, nothing else; open to owner and group.
fn listen(path: &Path) -> Result<UnixListener> {
    if let Ok(present) = std::fs::symlink_metadata(path) {
        if !present.file_type().is_socket() {
            bail!("something else is there already");
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}
