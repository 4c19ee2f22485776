//! Folders: what the gateway says of them, that they are there, and that the receipt computer's account may read and take what is written
//! for it, and nobody else.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::admin::FoldersStatus;
use crate::catalogue;
use crate::report::Finding;

/// One folder, as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FolderSeen {
    pub(crate) path: PathBuf,
    /// Permission bits and group; `None` when there is no folder.
    pub(crate) there: Option<(u32, String)>,
}

/// Looks at the folders of the settings.
pub(crate) fn probe(folders: &[PathBuf]) -> Vec<FolderSeen> {
    folders
        .iter()
        .map(|path| {
            let meta = std::fs::metadata(path).ok().filter(|meta| meta.is_dir());
            FolderSeen {
                path: path.clone(),
                there: meta.map(|meta| {
                    let group = nix::unistd::Group::from_gid(meta.gid().into());
                    let group = group.ok().flatten();
                    let name = group.map_or_else(|| meta.gid().to_string(), |group| group.name);
                    (meta.mode() & 0o7777, name)
                }),
            }
        })
        .collect()
}

/// Judges them; `said` is what the running gateway says.
pub(crate) fn judge(seen: &[FolderSeen], said: Option<&FoldersStatus>, simulated: bool) -> Finding {
    if seen.is_empty() {
        return Finding::ok("none in the settings").ja("設定されていません");
    }
    if let Some(problem) = said.and_then(|said| said.problem.as_ref()) {
        return Finding::failed(&catalogue::FOLDERS_FAIL, problem.clone());
    }
    let mut detail = Vec::new();
    for one in seen {
        let path = one.path.display();
        let Some((mode, group)) = &one.there else {
            return Finding::failed(&catalogue::FOLDER_MISSING, path.to_string());
        };
        let text = format!("{path} {mode:04o} {group}");
        if !simulated && mode & 0o007 != 0 {
            return Finding::failed(&catalogue::FOLDER_OPEN, text);
        }
        if !simulated && mode & 0o2070 != 0o2070 {
            return Finding::warning(&catalogue::FOLDER_GROUP, text);
        }
        detail.push(text);
    }
    Finding::ok(detail.join(", ")).ja(detail.join("、"))
}
