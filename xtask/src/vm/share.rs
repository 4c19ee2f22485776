//! What the guest sees as `/host`: the programs, models, units and pictures of this tree.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{must, root};

/// Programs that run in the guest.
const PROGRAMS: [&str; 4] = ["uketsuke-vision", "uketsuked", "uketsukectl", "vm-guest"];
/// Newest C library of the guest's Debian: a program built against a newer one would not start there.
const GUEST_LIBC: (u32, u32) = (2, 36);

/// Lays everything out. The programs lose their debug information: the guest reads them through a narrow door.
pub(super) fn lay_out(folder: &Path) -> Result<()> {
    check_libc()?;
    let programs = folder.join("bin");
    fs::create_dir_all(&programs)?;
    for name in PROGRAMS {
        let from = root().join("target/debug").join(name);
        must(
            Command::new("strip")
                .arg("--strip-debug")
                .arg("-o")
                .arg(programs.join(name))
                .arg(&from),
            &format!("stripping {}", from.display()),
        )?;
    }
    for part in ["systemd", "udev", "data/models", "data/portraits"] {
        copy(&root().join(part), &folder.join(part))?;
    }
    Ok(())
}

/// A folder and what is in it; links are not followed.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

fn check_libc() -> Result<()> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    match version(&text) {
        Some(own) if own > GUEST_LIBC => bail!(
            "the programs are built against {}, the guest (Debian 12) has glibc {}.{}: build on Debian 12",
            text.trim(),
            GUEST_LIBC.0,
            GUEST_LIBC.1
        ),
        _ => Ok(()),
    }
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.trim().rsplit(' ').next()?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("glibc 2.36\n"), Some((2, 36)));
        assert!(
            version("glibc 2.4") < Some(GUEST_LIBC) && version("glibc 2.100") > Some(GUEST_LIBC)
        );
        assert_eq!(version("musl"), None);
    }

    #[test]
    fn a_folder_is_copied_whole() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::write(from.join("a/b/file"), "x").unwrap();
        copy(&from, &folder.path().join("to")).unwrap();
        assert_eq!(
            fs::read_to_string(folder.path().join("to/a/b/file")).unwrap(),
            "x"
        );
        assert!(copy(&folder.path().join("nothing"), &from).is_err());
    }
}
