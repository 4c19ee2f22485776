//! `uketsuke-vision`: the worker process, and its check for technicians.

#![allow(clippy::print_stdout, reason = "the check speaks on standard output")]

mod process;
mod sandbox;
mod tasks;

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use sd_notify::NotifyState;
use vision::engine::Sources;
use vision::models::FaceModels;
use vision::ocr::tesseract::Tesseract;
use vision::pad::AttackModel;
use vision::profile::Profile;
use vision::server::{ServerConfig, serve};
use vision::source::SourceSpec;

#[global_allocator]
static MEMORY: vision::wiping::Wiping = vision::wiping::Wiping;

/// How long a worker that can't begin waits before it ends.
const BEFORE_ANOTHER_START: Duration = Duration::from_secs(1);

/// Camera and face matching worker of uketsuke.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    task: Option<tasks::Task>,
    /// Socket to listen on.
    #[arg(long)]
    socket: Option<PathBuf>,
    /// Folder with the face models and models.toml.
    #[arg(long)]
    models: Option<PathBuf>,
    /// v4l2:DEVICE, pictures:FOLDER or stream:SOCKET (the latter two only with --simulation).
    #[arg(long)]
    source: Option<SourceSpec>,
    /// Camera over the card's front; matching number B is then read with Tesseract. May be the face camera.
    #[arg(long)]
    document: Option<SourceSpec>,
    /// Infrared camera beside the face camera.
    #[arg(long)]
    infrared: Option<SourceSpec>,
    /// Manifest of an operator's own recognition nets, in place of the shipped recipe.
    #[arg(long)]
    profile: Option<PathBuf>,
    /// Manifest of an operator's own attack-detection model, one more layer of doubt.
    #[arg(long)]
    attack_model: Option<PathBuf>,
    /// Folder in which `profile.toml` and `attack-model.toml` are taken as the two above, where they are.
    #[arg(long)]
    site_models: Option<PathBuf>,
    /// No real patients: other sources than the camera are accepted, and every answer says so.
    #[arg(long)]
    simulation: bool,
    /// Log as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    arguments.find_site_models();
    // Before any task, too: they look at faces of patients, staff and strangers (invariant 5, docs/invariants.md).
    process::wipe_what_c_gives_back();
    if let Some(task) = &arguments.task {
        process::keep_memory_private();
        return task.run();
    }
    let result = work(&arguments).inspect_err(|error| {
        tracing::error!("{error:#}");
        // The service manager starts a worker again at once. What fails before it serves fails again: not many times a second.
        if !error.is::<vision::server::ServeError>() {
            std::thread::park_timeout(BEFORE_ANOTHER_START);
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = std::io::Write::write_fmt(
                &mut std::io::stderr(),
                format_args!("uketsuke-vision: {error:#}\n"),
            );
            ExitCode::FAILURE
        }
    }
}

impl Arguments {
    /// What is named by itself goes before what lies in the folder.
    fn find_site_models(&mut self) {
        let Some(folder) = &self.site_models else {
            return;
        };
        let found = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
        self.profile = self.profile.take().or_else(|| found("profile.toml"));
        self.attack_model = self
            .attack_model
            .take()
            .or_else(|| found("attack-model.toml"));
    }
}

fn work(arguments: &Arguments) -> Result<()> {
    let (Some(socket), Some(models), Some(source)) =
        (&arguments.socket, &arguments.models, &arguments.source)
    else {
        Arguments::command()
            .error(
                ErrorKind::MissingRequiredArgument,
                "--socket, --models and --source are needed, or one of the commands",
            )
            .exit();
    };
    process::start_log(arguments.json);
    // Invariant 13, before anything is opened.
    source
        .accepted(arguments.simulation)
        .context(vision::codes::SOURCE_REFUSED.code)?;
    process::keep_memory_private();
    let listener = listen(socket).with_context(|| format!("listening on {}", socket.display()))?;
    close_files(arguments, models)?;
    let ocr = match &arguments.document {
        None => None,
        Some(_) => Tesseract::load()
            .inspect_err(|error| tracing::warn!(%error, "card fronts can't be read"))
            .ok(),
    };
    let mut models = FaceModels::load(models).context(vision::codes::MODELS_UNUSABLE.code)?;
    if let Some(profile) = &arguments.profile {
        models = models
            .with_profile(Profile::load(profile).context(vision::codes::MODELS_UNUSABLE.code)?);
    }
    let models = Arc::new(models);
    let attack_model = match &arguments.attack_model {
        Some(manifest) => Some(Arc::new(
            AttackModel::load(manifest).context(vision::codes::MODELS_UNUSABLE.code)?,
        )),
        None => None,
    };
    sandbox::close_calls()?;
    let open = sandbox::still_open();
    tracing::info!(source = %source, recipe = models.recipe(), simulation = arguments.simulation, "ready");
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    let config = ServerConfig {
        sources: Sources {
            face: source.clone(),
            document: arguments.document.clone(),
            infrared: arguments.infrared.clone(),
        },
        ocr,
        simulation: arguments.simulation,
        models,
        attack_model,
        open,
    };
    serve(&listener, config, &AtomicBool::new(false), || {
        let _ = sd_notify::notify(&[NotifyState::Watchdog]);
    })?;
    Ok(())
}

/// Models, libraries and devices, and in simulation what the frames come from.
fn close_files(arguments: &Arguments, models: &Path) -> Result<()> {
    let mut readable = vec![
        Path::new("/usr"),
        Path::new("/lib"),
        Path::new("/lib64"),
        Path::new("/etc"),
        Path::new("/proc"),
        Path::new("/sys"),
        models,
    ];
    readable.extend(
        [&arguments.profile, &arguments.attack_model]
            .into_iter()
            .flatten()
            .filter_map(|path| path.parent())
            // A bare file name lies in the present folder.
            .map(|folder| {
                if folder.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    folder
                }
            }),
    );
    let sources = [&arguments.source, &arguments.document, &arguments.infrared];
    for source in sources.into_iter().flatten() {
        if let SourceSpec::Pictures(path) = source {
            readable.push(path);
        }
    }
    sandbox::close_files(&readable, &[Path::new("/dev")])
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
