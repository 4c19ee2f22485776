//! The browser's policy: Chromium names audio outputs only to a page that may use the microphone, and without their names a person's headphones are
//! never found (`docs/installation.md`, "Headphones").

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;

use crate::catalogue;
use crate::report::Finding;

/// The policy that lists pages which may use the microphone without being asked.
const POLICY: &str = "AudioCaptureAllowedUrls";

/// Whether one of the folder's files names the patient's page. Chromium reads all of them; one that is no JSON it leaves out.
pub(crate) fn judge(folder: &Path, page: SocketAddr) -> Finding {
    let wanted = format!("http://{page}");
    let missing = |why: String| {
        let detail = format!("{POLICY}: {wanted} ({why})");
        Finding::warning(&catalogue::BROWSER_POLICY, detail)
    };
    match named(folder, &wanted) {
        Ok(Some(file)) => Finding::ok(format!("{wanted}: {file}")),
        Ok(None) => missing(format!("{}: not named", folder.display())),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Finding::skipped(&catalogue::NEEDS_ROOT, folder.display().to_string())
        }
        Err(error) => missing(format!("{}: {error}", folder.display())),
    }
}

/// The name of the file that lists this page, if one does.
fn named(folder: &Path, wanted: &str) -> io::Result<Option<String>> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        if !entry.path().is_file() {
            continue;
        }
        let policies = serde_json::from_slice(&std::fs::read(entry.path())?);
        let listed = |policies: Value| {
            policies
                .get(POLICY)
                .and_then(Value::as_array)
                .is_some_and(|urls| {
                    let urls = urls.iter().filter_map(Value::as_str);
                    urls.map(|url| url.trim_end_matches('/'))
                        .any(|url| url == wanted)
                })
        };
        if policies.is_ok_and(listed) {
            return Ok(Some(entry.file_name().to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Status;

    /// The file as `docs/installation.md` shows it is enough, beside others; another port, another policy, or no folder at all is not.
    #[test]
    fn the_page_must_stand_in_the_policy() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("managed");
        let page = SocketAddr::from(([127, 0, 0, 1], 8701));
        let status = || judge(&folder, page);
        let absent = status();
        assert_eq!(
            (absent.status, absent.entry.map(|entry| entry.code)),
            (Status::Warning, Some("UK-DIAG-103"))
        );
        assert!(
            absent.detail.contains("http://127.0.0.1:8701"),
            "{}",
            absent.detail
        );
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("uketsuke.json");
        let installation = include_str!("../../../../docs/installation.md");
        let shown = installation
            .lines()
            .find(|line| line.contains(POLICY))
            .unwrap();
        for (policy, expected) in [
            ("", Status::Warning),
            (
                r#"{"AudioCaptureAllowedUrls": "http://127.0.0.1:8701"}"#,
                Status::Warning,
            ),
            (
                r#"{"AudioCaptureAllowedUrls": ["http://127.0.0.1:8702"]}"#,
                Status::Warning,
            ),
            (
                r#"{"VideoCaptureAllowedUrls": ["http://127.0.0.1:8701"]}"#,
                Status::Warning,
            ),
            (
                r#"{"AudioCaptureAllowedUrls": ["http://127.0.0.1:8701/"]}"#,
                Status::Ok,
            ),
            (shown, Status::Ok),
        ] {
            std::fs::write(&file, policy).unwrap();
            assert_eq!(status().status, expected, "{policy}");
        }
        std::fs::write(folder.join("another.json"), "{").unwrap();
        assert_eq!(status().status, Status::Ok, "beside a broken one");
    }
}
