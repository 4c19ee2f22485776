//! The disk sweep: every system call on the ledger's folders fails once with EIO, once with ENOSPC, and with ENOSPC from then on. The
//! program must end with a defined answer, and afterwards the ledger opens, verifies and holds everything that was answered
//! (invariants 9, 12 and 15).
//!
//! Swept in whole is `ledger-visits`, which writes to the real ledger what the daemon writes; the daemon itself, whose threads make no
//! two runs alike, is played at some of the calls.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::Serialize;
use tempfile::TempDir;

use super::crash::scratch;
use super::looked::{Found, Truth, look};
use super::told::Reached;
use crate::process::Programs;

/// The calls that fail.
pub(crate) const FAILING: &str =
    "openat,write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat";
/// A program that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(60);

/// How much is swept.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only every so many calls; 1 = all.
    pub every: usize,
    /// Visits at the real daemon with an error.
    pub daemons: u32,
    /// Seed of the calls chosen for the daemon.
    pub seed: u64,
    /// Programs side by side.
    pub threads: usize,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Every run ended as it must.
    pub ok: bool,
    /// Runs with an error injected.
    pub runs: u64,
    /// Calls at which errors were injected.
    pub points: u64,
    /// Runs in which the ledger said an error with a code.
    pub typed_errors: u64,
    /// Runs that went well in spite of the error.
    pub succeeded: u64,
    /// Runs that ended otherwise: panic, signal, hang.
    pub undefined: u64,
    /// Answered, and not there afterwards; or the ledger does not open.
    pub lost: u64,
    /// There twice.
    pub doubled: u64,
    /// Not what the visit brought.
    pub mixed: u64,
    /// The audit chain does not verify.
    pub broken: u64,
    /// Visits at the real daemon with an error.
    pub daemon_runs: u64,
    /// Calls at which errors were injected while a ledger of an earlier release is written anew.
    pub anew_points: u64,
    /// Calls on the files of the folder gateway at which errors were injected.
    pub folder_points: u64,
    /// Runs with an error there.
    pub folder_runs: u64,
    /// Injected errors by system call.
    pub calls: BTreeMap<String, u64>,
    /// Error codes that were said, and how often.
    pub codes: BTreeMap<String, u64>,
    /// Seed.
    pub seed: u64,
    /// What was wrong.
    pub problems: Vec<String>,
}

impl Report {
    pub(crate) fn add(&mut self, found: Found, place: &str) {
        self.lost += found.lost;
        self.doubled += found.doubled;
        self.mixed += found.mixed;
        self.broken += found.broken;
        for problem in found.problems.into_iter().take(5) {
            self.problems.push(format!("{place}: {problem}"));
        }
    }
}

/// A call that is to fail.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// Its name.
    pub(crate) call: String,
    /// The how manieth of this name.
    pub(crate) when: usize,
    /// EIO or ENOSPC.
    pub(crate) error: &'static str,
    /// All after it fail too.
    pub(crate) on: bool,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let on = if self.on { "+" } else { "" };
        write!(f, "{} {}{on} {}", self.call, self.when, self.error)
    }
}

/// Sweeps.
///
/// # Errors
/// strace is missing, or the program does not even run without an error.
pub async fn sweep(options: &Options, tell: impl Fn(&str) + Sync) -> anyhow::Result<Report> {
    let mut report = Report {
        seed: options.seed,
        ..Report::default()
    };
    let program = Program {
        path: Programs::beside_us()?.path("ledger-visits"),
        word: None,
        from: None,
        told: BTreeMap::new(),
    };
    let mut clean = Run::new(&program)?;
    let log = clean.play(None)?;
    ensure!(
        clean.code == Some(0),
        "without an error it ends with {:?}",
        clean.code
    );
    let truth = Truth::of(clean.folder.path())?;
    ensure!(truth.results.len() == 4, "{} results", truth.results.len());
    let faults = faults(&log, options.every);
    report.points = faults.len() as u64 / 3;
    tell(&format!("{} calls, {} runs", report.points, faults.len()));
    tokio::task::block_in_place(|| {
        play_all(&program, &truth, &faults, options, &mut report, &tell)
    })?;
    tokio::task::block_in_place(|| anew(&program.path, options, &mut report, &tell))?;
    report.folder_points = tokio::task::block_in_place(|| {
        super::folders::fail_each(options.every, &mut report, &tell)
    })?;
    super::inject_daemon::sweep(options, &mut report, &tell).await?;
    let wrong = [
        report.undefined,
        report.lost,
        report.doubled,
        report.mixed,
        report.broken,
    ];
    report.ok = wrong == [0; 5] && report.runs > 0 && report.anew_points > 0;
    Ok(report)
}

/// The part about a ledger of an earlier release that is written anew, alone.
///
/// # Errors
/// As for [`sweep`].
pub fn fail_anew(options: &Options) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let program = Programs::beside_us()?.path("ledger-visits");
    anew(&program, options, &mut report, &|_: &str| {})?;
    Ok(report)
}

fn anew(
    program: &Path,
    options: &Options,
    report: &mut Report,
    tell: &(impl Fn(&str) + Sync),
) -> anyhow::Result<()> {
    let (older, truth) = super::anew::older(program)?;
    let mut clean = Run::new(&older)?;
    let log = clean.play(None)?;
    ensure!(
        clean.code == Some(0) && clean.said.contains(super::anew::TURNED),
        "not written anew: {:?} {}",
        clean.code,
        clean.said
    );
    let faults = faults(&log, options.every);
    report.anew_points = faults.len() as u64 / 3;
    play_all(&older, &truth, &faults, options, report, tell)
}

fn play_all(
    program: &Program,
    truth: &Truth,
    faults: &[Fault],
    options: &Options,
    report: &mut Report,
    tell: &(impl Fn(&str) + Sync),
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let shared = Mutex::new(std::mem::take(report));
    let outcome = std::thread::scope(|scope| {
        let work = || -> anyhow::Result<()> {
            while let Some(fault) = faults.get(next.fetch_add(1, Ordering::SeqCst)) {
                let mut run = Run::new(program)?;
                let log = run.play(Some(fault)).with_context(|| fault.to_string())?;
                ensure!(log.contains("(INJECTED)"), "{fault} was not injected");
                let found = look(run.folder.path(), truth, &run.told)?;
                let mut report = shared
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let begun = program.word.map(|word| format!("{word}, "));
                let place = format!("{}{fault}", begun.unwrap_or_default());
                report.one(fault, &place, &run, found);
                if report.runs.is_multiple_of(100) {
                    tell(&format!(
                        "{} of {} runs, {} problems",
                        report.runs,
                        faults.len(),
                        report.problems.len()
                    ));
                }
            }
            Ok(())
        };
        let workers: Vec<_> = (0..options.threads.max(1))
            .map(|_| scope.spawn(work))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a worker panicked")))
    });
    *report = shared
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    outcome
}

impl Report {
    fn one(&mut self, fault: &Fault, place: &str, run: &Run<'_>, found: Found) {
        self.ended(fault, place, (run.code, &run.codes), &run.said);
        self.add(found, place);
    }

    /// A day at the folders with an error.
    pub(crate) fn folder(
        &mut self,
        fault: &Fault,
        (code, codes): (Option<i32>, BTreeSet<String>),
        found: Found,
    ) {
        self.folder_runs += 1;
        let place = format!("folders, {fault}");
        self.ended(fault, &place, (code, &codes), "");
        drop(codes);
        self.add(found, &place);
    }

    fn ended(
        &mut self,
        fault: &Fault,
        place: &str,
        (code, codes): (Option<i32>, &BTreeSet<String>),
        said: &str,
    ) {
        self.runs += 1;
        *self.calls.entry(fault.call.clone()).or_default() += 1;
        for code in codes {
            *self.codes.entry(code.clone()).or_default() += 1;
        }
        match code {
            Some(0) => self.succeeded += 1,
            Some(3) if !codes.is_empty() => self.typed_errors += 1,
            other => {
                self.undefined += 1;
                self.problems
                    .push(format!("{place}: ended with {other:?}: {said}"));
            }
        }
    }
}

/// The faults for every call in a log of strace's.
pub(crate) fn faults(log: &str, every: usize) -> Vec<Fault> {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for line in log.lines() {
        let Some((call, _)) = line
            .split_once(' ')
            .and_then(|(_, rest)| rest.trim_start().split_once('('))
        else {
            continue;
        };
        let when = counted.entry(call).or_default();
        *when += 1;
        for (error, on) in [("EIO", false), ("ENOSPC", false), ("ENOSPC", true)] {
            all.push(Fault {
                call: call.to_owned(),
                when: *when,
                error,
                on,
            });
        }
    }
    // Whole points only.
    let points: Vec<_> = all.chunks(3).step_by(every.max(1)).collect();
    points.concat()
}

/// strace with a fault, or without one to see which calls there are; only calls that concern the ledger's files count.
pub(crate) fn injector(base: &Path, fault: Option<&Fault>, log: &Path) -> Vec<OsString> {
    strace_with(&files(base), fault, log)
}

/// The same for the files named.
pub(crate) fn strace_with(files: &[PathBuf], fault: Option<&Fault>, log: &Path) -> Vec<OsString> {
    let mut command: Vec<OsString> = ["strace", "-D", "-f", "-q", "--seccomp-bpf", "-s", "0"]
        .map(OsString::from)
        .into();
    for name in files {
        command.extend([OsString::from("-P"), name.into()]);
    }
    command.extend([OsString::from("-e"), format!("trace={FAILING}").into()]);
    if let Some(fault) = fault {
        let on = if fault.on { "+" } else { "" };
        let inject = format!(
            "inject={}:error={}:when={}{on}",
            fault.call, fault.error, fault.when
        );
        command.extend([OsString::from("-e"), inject.into()]);
    }
    command.extend([OsString::from("-o"), log.into()]);
    command
}

fn files(base: &Path) -> Vec<PathBuf> {
    [
        "ledger",
        "ledger/ledger.db",
        "ledger/ledger.db-wal",
        "ledger/ledger.db-shm",
        "head",
        "head/head",
        "head/head.new",
    ]
    .map(|name| base.join(name))
    .into()
}

/// What is played.
pub(crate) struct Program {
    /// The program, told its folder.
    pub(crate) path: PathBuf,
    /// A word more on its command line.
    pub(crate) word: Option<&'static str>,
    /// A folder with the ledger and the head that it begins with; without, it begins with none.
    pub(crate) from: Option<TempDir>,
    /// What was told of them before.
    pub(crate) told: BTreeMap<String, Reached>,
}

/// One run of a program.
struct Run<'a> {
    folder: TempDir,
    program: &'a Program,
    code: Option<i32>,
    said: String,
    codes: BTreeSet<String>,
    told: BTreeMap<String, Reached>,
}

impl<'a> Run<'a> {
    fn new(program: &'a Program) -> anyhow::Result<Self> {
        let folder = scratch()?;
        match &program.from {
            Some(from) => super::anew::copy(from.path(), folder.path())?,
            None => {
                for name in ["ledger", "head"] {
                    std::fs::create_dir(folder.path().join(name))?;
                }
            }
        }
        Ok(Self {
            folder,
            program,
            code: None,
            said: String::new(),
            codes: BTreeSet::new(),
            told: program.told.clone(),
        })
    }

    /// Plays it and gives strace's log.
    fn play(&mut self, fault: Option<&Fault>) -> anyhow::Result<String> {
        let log = self.folder.path().join("strace.log");
        let command = injector(self.folder.path(), fault, &log);
        let (strace, arguments) = command.split_first().context("no command")?;
        let child = Command::new(strace)
            .args(arguments)
            .arg(&self.program.path)
            .arg(self.folder.path())
            .args(self.program.word)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("strace (apt-get install strace)")?;
        let id = child.id();
        let output = within(child)?;
        self.code = output.status.code();
        self.said = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in self.said.lines() {
            if let Some(("error", rest)) = line.split_once(' ') {
                let code = rest.split(' ').next().unwrap_or_default();
                self.codes.insert(code.to_owned());
            }
        }
        self.told.extend(told(&self.said));
        self.said.push_str(&String::from_utf8_lossy(&output.stderr));
        super::strace::finished(&log, id)
    }
}

/// What `ledger-visits` says that a receipt computer was told.
pub(crate) fn told(said: &str) -> BTreeMap<String, Reached> {
    let lines = said.lines().filter_map(|line| line.split_once(' '));
    let told = lines.filter_map(|(word, id)| {
        let reached = match word {
            "stored" => Reached::Stored,
            "claimed" => Reached::Claimed,
            "acknowledged" => Reached::Acknowledged,
            _ => return None,
        };
        Some((id.to_owned(), reached))
    });
    told.collect()
}

/// The output of a program that ends in time; one that does not is killed, and has no exit code then.
fn within(mut child: std::process::Child) -> anyhow::Result<Output> {
    let until = Instant::now() + LONGEST;
    while child.try_wait()?.is_none() {
        if Instant::now() > until {
            child.kill()?;
            break;
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    Ok(child.wait_with_output()?)
}
