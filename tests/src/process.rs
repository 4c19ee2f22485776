//! Child processes that are stopped by process id, whatever happens to the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Root of the source tree: the one that the present folder lies in, else the one that cargo runs a program of, else, for a program that is
/// run by itself from somewhere else, the one it was built in. A program that was copied acts on the tree it is called in.
#[must_use]
pub fn repository() -> PathBuf {
    called_in().unwrap_or_else(|| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .map_or_else(PathBuf::new, Path::to_path_buf)
    })
}

/// The source tree of the present folder, or of the package that cargo runs.
#[must_use]
pub fn called_in() -> Option<PathBuf> {
    let ours = |folder: &&Path| {
        folder.join("xtask/Cargo.toml").is_file() && folder.join("crates/visit").is_dir()
    };
    [
        std::env::current_dir().ok(),
        std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
    ]
    .into_iter()
    .flatten()
    .find_map(|from| from.ancestors().find(ours).map(Path::to_path_buf))
}

/// Where the built programs are.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The folder of the running program, or its parent for a test binary.
    ///
    /// # Errors
    /// `uketsuked` has not been built.
    pub fn beside_us() -> anyhow::Result<Self> {
        let exe = std::env::current_exe()?;
        let folder = exe
            .ancestors()
            .skip(1)
            .find(|folder| folder.join("uketsuked").is_file());
        match folder {
            Some(folder) => Ok(Self {
                folder: folder.to_path_buf(),
            }),
            None => bail!("the programs have not been built: run `cargo build --workspace` first"),
        }
    }

    /// A program by its name.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A child process with its log; killed when dropped.
#[derive(Debug)]
pub struct Child {
    name: String,
    child: std::process::Child,
    log: PathBuf,
}

impl Child {
    /// Starts a command; standard output and error go to `LOG`.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("{}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| {
                format!(
                    "{name} can't be started ({})",
                    command.get_program().display()
                )
            })?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_path_buf(),
        })
    }

    /// Process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the process wrote so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// How it ended, when it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// SIGKILL, as a crash.
    ///
    /// # Errors
    /// It had already gone.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child
            .kill()
            .with_context(|| format!("{} is gone already", self.name))?;
        let _ = self.child.wait();
        Ok(())
    }

    /// SIGTERM, then SIGKILL when it does not end in time; says whether it ended by itself.
    pub fn stop(&mut self, limit: Duration) -> bool {
        let Ok(id) = i32::try_from(self.child.id()) else {
            return false;
        };
        if !self.runs() {
            return true;
        }
        let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        let until = Instant::now() + limit;
        while Instant::now() < until {
            if !self.runs() {
                return true;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        false
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.stop(Duration::from_secs(5));
    }
}
