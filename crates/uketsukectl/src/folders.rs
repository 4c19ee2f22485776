//! `uketsukectl folders`: what the daemon's unit needs so that it may write the folders of the settings.

use std::path::Path;

use anyhow::Context as _;
use uketsuked::config::Config;

use crate::args::{Args, Exit, FoldersCommand};
use crate::output;

/// Prints the unit's addition.
pub(crate) fn run(args: &Args, command: &FoldersCommand) -> anyhow::Result<Exit> {
    let FoldersCommand::Unit { group } = command;
    let config = Config::load(&args.config)?;
    let folders = config.folders.as_ref().context(args.lang.pick(
        "設定に [folders] がありません",
        "the settings have no [folders]",
    ))?;
    let paths = [
        Some(&folders.req),
        Some(&folders.res),
        folders.face.as_ref(),
    ];
    let text = drop_in(
        paths.into_iter().flatten().map(|path| path.as_path()),
        group,
    )?;
    if args.json {
        output::line(&serde_json::json!({ "drop_in": text }).to_string());
    } else {
        output::line(text.trim_end());
    }
    Ok(Exit::Well)
}

/// A path that systemd would take apart is refused. A folder that is not mounted does not keep the terminal from starting.
fn drop_in<'a>(paths: impl Iterator<Item = &'a Path>, group: &str) -> anyhow::Result<String> {
    let mut text =
        String::from("# Made by `uketsukectl folders unit` from the settings.\n[Service]\n");
    for path in paths {
        let shown = path.to_str().unwrap_or_default();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '+');
        anyhow::ensure!(
            path.is_absolute() && shown.chars().all(plain),
            "{}: letters, digits, - _ . + / only, from the root",
            path.display()
        );
        text += &format!("ReadWritePaths=-{shown}\n");
    }
    text += &format!("SupplementaryGroups={group}\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_is_writable_and_one_that_is_missing_stops_nothing() {
        let paths = ["/srv/oqs/req", "/srv/oqs/res"].map(Path::new);
        let text = drop_in(paths.into_iter(), "uketsuke-folders").unwrap();
        assert_eq!(
            text.lines().skip(1).collect::<Vec<_>>(),
            [
                "[Service]",
                "ReadWritePaths=-/srv/oqs/req",
                "ReadWritePaths=-/srv/oqs/res",
                "SupplementaryGroups=uketsuke-folders"
            ]
        );
        for bad in ["/srv/a b", "srv", "/srv/a\nExecStart=/x", "/srv/%h"] {
            assert!(drop_in([Path::new(bad)].into_iter(), "g").is_err(), "{bad}");
        }
    }
}
