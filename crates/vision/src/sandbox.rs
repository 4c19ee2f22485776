//! The worker's own sandbox, beside the unit's: no file but devices can be written, nothing can be executed, no socket but a local one
//! can be made, no memory becomes code. What the kernel does not know is left out and said in the log.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use anyhow::{Context, Result};
use landlock::{
    ABI, Access as _, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus,
};
use nix::libc;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter_all_threads,
};

/// From now on only these folders can be read, and only devices written. For this thread and those it starts.
pub(crate) fn close_files(readable: &[&Path], writable: &[&Path]) -> Result<()> {
    let abi = ABI::V5;
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .create()?;
    let devices =
        AccessFs::from_read(abi) | AccessFs::WriteFile | AccessFs::IoctlDev | AccessFs::Truncate;
    for (paths, access) in [(readable, AccessFs::from_read(abi)), (writable, devices)] {
        // What is not there now is not needed: only fixed folders are asked for.
        for path in paths.iter().filter_map(|path| PathFd::new(path).ok()) {
            rules = rules.add_rule(PathBeneath::new(path, access))?;
        }
    }
    let status = rules.restrict_self().context("landlock")?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => tracing::info!("files are closed"),
        other => tracing::warn!(?other, "the kernel's file sandbox is not complete"),
    }
    Ok(())
}

/// From now on these calls fail with EPERM, in all threads.
pub(crate) fn close_calls() -> Result<()> {
    let forbidden = [
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_setns,
        libc::SYS_unshare,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_reboot,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_open_by_handle_at,
        libc::SYS_memfd_create,
        libc::SYS_personality,
    ];
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = forbidden
        .into_iter()
        .map(|call| (call, Vec::new()))
        .collect();
    let when = |argument: u8, how: SeccompCmpOp, value: u64| -> Result<SeccompRule> {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value)?;
        Ok(SeccompRule::new(vec![condition])?)
    };
    let executable = u64::from(libc::PROT_EXEC.unsigned_abs());
    for call in [libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_pkey_mprotect] {
        rules.insert(
            call,
            vec![when(2, SeccompCmpOp::MaskedEq(executable), executable)?],
        );
    }
    let local = u64::from(libc::AF_UNIX.unsigned_abs());
    rules.insert(libc::SYS_socket, vec![when(0, SeccompCmpOp::Ne, local)?]);
    let arch =
        TargetArch::try_from(std::env::consts::ARCH).context("no filter for this processor")?;
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, arch)?;
    let program: seccompiler::BpfProgram = filter.try_into()?;
    apply_filter_all_threads(&program).context("seccomp")?;
    tracing::info!("calls are closed");
    Ok(())
}

/// What this process can still do, though it closed itself in: tried, not assumed. Empty where everything holds; `files` where the kernel knows no
/// landlock. To be called behind [`close_files`] and [`close_calls`], by a thread that both hold for.
pub(crate) fn still_open() -> Vec<String> {
    let denied = |error: &std::io::Error| error.raw_os_error() == Some(libc::EPERM);
    // The root folder is readable for everybody and in nobody's list. What a sandbox refuses is refused with EACCES.
    let files =
        !matches!(std::fs::read_dir("/"), Err(error) if error.raw_os_error() == Some(libc::EACCES));
    // A program that does not exist: without the filter the answer would be another one.
    let programs = !matches!(
        std::process::Command::new("/nonexistent/program").exec(),
        error if denied(&error)
    );
    let network = !matches!(
        std::net::UdpSocket::bind(("127.0.0.1", 0)),
        Err(error) if denied(&error)
    );
    let open = [
        ("files", files),
        ("programs", programs),
        ("network", network),
        ("code", memory_becomes_code()),
    ];
    let open: Vec<String> = open
        .iter()
        .filter(|(_, open)| *open)
        .map(|(what, _)| (*what).to_owned())
        .collect();
    if open.is_empty() {
        tracing::info!("the sandbox holds");
    } else {
        tracing::warn!(open = open.join(","), "the sandbox leaves open");
    }
    open
}

#[allow(
    unsafe_code,
    reason = "asks the kernel for a page that it must refuse, and gives it back"
)]
fn memory_becomes_code() -> bool {
    let page = NonZeroUsize::MIN.saturating_add(4095);
    // SAFETY: a new private page of no file; nothing points to it, and it is unmapped at once.
    unsafe {
        match mmap_anonymous(
            None,
            page,
            ProtFlags::PROT_READ | ProtFlags::PROT_EXEC,
            MapFlags::MAP_PRIVATE,
        ) {
            Ok(place) => {
                let _ = munmap(place, page.get());
                true
            }
            Err(_) => false,
        }
    }
}
