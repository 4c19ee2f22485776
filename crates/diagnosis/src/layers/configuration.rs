//! Configuration: the settings file is accepted, and the files it names can be read.

use std::path::PathBuf;

use crate::catalogue;
use crate::input::{ConfigState, Settings};
use crate::report::Finding;
use crate::secrets::{Secret, SecretSource};

/// The settings file itself.
pub(crate) fn judge(state: &ConfigState) -> Finding {
    match state {
        ConfigState::Loaded { path } => Finding::ok(path.display().to_string()),
        ConfigState::Problem { code, detail, .. } if *code == catalogue::CONFIG_ABSENT.code => {
            Finding::failed(&catalogue::CONFIG_ABSENT, detail.clone())
        }
        ConfigState::Problem { code, detail, .. } => Finding {
            detail_ja: None,
            code: Some(code),
            ..Finding::failed(&catalogue::CONFIG_FILE, detail.clone())
        },
    }
}

/// What became of a file that the settings name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileState {
    /// Can be read.
    Readable,
    /// Not for this user.
    Denied,
    /// Missing, empty or otherwise unreadable.
    Unreadable(String),
}

/// Looks at every named file.
pub(crate) fn probe(
    settings: &Settings,
    secrets: &SecretSource,
) -> Vec<(&'static str, PathBuf, FileState)> {
    settings
        .files
        .iter()
        .map(|(key, path)| {
            let state = match secrets.read(path) {
                Secret::Read(content) if content.is_empty() => {
                    FileState::Unreadable("empty".into())
                }
                Secret::Read(_) => FileState::Readable,
                Secret::Denied => FileState::Denied,
                Secret::Missing(reason) => FileState::Unreadable(reason),
            };
            (*key, path.clone(), state)
        })
        .collect()
}

/// Judges all named files in one finding: the broken ones are listed.
pub(crate) fn judge_files(files: &[(&'static str, PathBuf, FileState)]) -> Finding {
    let list = |wanted: fn(&FileState) -> bool| -> Vec<String> {
        files
            .iter()
            .filter(|(_, _, state)| wanted(state))
            .map(|(key, path, state)| match state {
                FileState::Unreadable(reason) => format!("{key} = {} ({reason})", path.display()),
                _ => format!("{key} = {}", path.display()),
            })
            .collect()
    };
    let broken = list(|state| matches!(state, FileState::Unreadable(_)));
    if !broken.is_empty() {
        return Finding::failed(&catalogue::CONFIG_NAMED_FILE, broken.join("; "));
    }
    let denied = list(|state| *state == FileState::Denied);
    if !denied.is_empty() {
        return Finding::skipped(&catalogue::NEEDS_ROOT, denied.join("; "));
    }
    Finding::ok(format!("{} files readable", files.len()))
        .ja(format!("{}個のファイルを読めます", files.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Status;

    #[test]
    fn the_settings_files_own_code_is_kept() {
        let finding = judge(&ConfigState::Problem {
            path: "/x".into(),
            code: "UK-CONF-002",
            detail: "line 3: unknown key".into(),
        });
        assert_eq!(
            (finding.status, finding.code),
            (Status::Failed, Some("UK-CONF-002"))
        );
        assert!(finding.detail.contains("line 3"));
        let absent = judge(&ConfigState::Problem {
            path: "/x".into(),
            code: "UK-CONF-001",
            detail: "/x: no such file".into(),
        });
        assert_eq!(absent.entry.map(|entry| entry.code), Some("UK-CONF-001"));
        assert!(
            absent
                .entry
                .map_or("", |entry| entry.advice_en)
                .contains("--config"),
            "{}",
            absent.entry.map_or("", |entry| entry.advice_en)
        );
    }

    #[test]
    fn a_missing_file_outweighs_one_for_root_only() {
        let files = |last| {
            vec![
                ("a.x", PathBuf::from("/a"), FileState::Readable),
                ("b.y", "/b".into(), FileState::Denied),
                ("c.z", "/c".into(), last),
            ]
        };
        assert_eq!(
            judge_files(&files(FileState::Readable)).status,
            Status::Skipped
        );
        let finding = judge_files(&files(FileState::Unreadable("no such file".into())));
        assert_eq!(
            (finding.status, finding.detail.as_str()),
            (Status::Failed, "c.z = /c (no such file)")
        );
    }
}
