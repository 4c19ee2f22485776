//! `uketsukectl reset-reader`: resets a hung reader's USB port. The daemon has no devices in its sandbox; its request
//! is carried out by a service of its own that runs this command.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use card::ReaderReset as _;
use card::reset::{LibUsb, UsbReset};
use clap::Args as ClapArgs;

use crate::args::{Args, Exit};
use crate::output;

/// No reader's name is longer (PC/SC's own limit is 128 bytes).
const LONGEST: u64 = 256;

/// What `reset-reader` can be told.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ResetArgs {
    /// PC/SC のリーダー名 / the reader's PC/SC name
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        conflicts_with = "request"
    )]
    reader: String,
    /// この要求ファイルを処理して消す / carry out and remove this request file
    #[arg(long, value_name = "PATH")]
    request: Option<PathBuf>,
}

/// Resets; the request is removed whatever comes of it, so that it is not tried for ever.
pub(crate) fn run(args: &Args, reset: &ResetArgs) -> anyhow::Result<Exit> {
    let name = match &reset.request {
        Some(path) => take(path)?,
        None => reset.reader.clone(),
    };
    UsbReset(LibUsb).reset(&name)?;
    let shown = output::plain(&name);
    if args.json {
        output::line(&serde_json::json!({ "reset": shown }).to_string());
    } else {
        output::line(&format!(
            "{}: {shown}",
            args.lang
                .pick("リーダーを再起動しました", "the reader was restarted")
        ));
    }
    Ok(Exit::Well)
}

/// Reads a request and removes it.
fn take(path: &Path) -> anyhow::Result<String> {
    let mut name = String::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(LONGEST + 1).read_to_string(&mut name))
        .with_context(|| path.display().to_string());
    std::fs::remove_file(path).with_context(|| path.display().to_string())?;
    if read? as u64 > LONGEST {
        bail!("{}: no reader has so long a name", path.display());
    }
    Ok(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_once_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reader-reset");
        std::fs::write(&path, "ACS ACR1252 00 00\n").unwrap();
        assert_eq!(take(&path).unwrap(), "ACS ACR1252 00 00");
        assert!(take(&path).is_err(), "it is gone");
        std::fs::write(&path, "x".repeat(300)).unwrap();
        assert!(take(&path).is_err());
        assert!(!path.exists());
    }
}
