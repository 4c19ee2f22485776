//! Sockets: the daemon answers its technician, and the receipt computer's socket is there, open to
//! its group and to nobody else.

use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use crate::admin::{AdminError, TerminalStatus};
use crate::catalogue;
use crate::report::Finding;

/// Judges the technician's socket.
pub(crate) fn judge_admin(answer: &Result<TerminalStatus, AdminError>, simulated: bool) -> Finding {
    match answer {
        Ok(status) if status.simulated != simulated => Finding::failed(
            &catalogue::DAEMON_MIXED,
            format!("the daemon says simulated = {}", status.simulated),
        )
        .ja(format!("デーモンの報告: simulated = {}", status.simulated)),
        Ok(status) => Finding::ok(format!(
            "uketsuked {}, desk {}",
            status.version, status.desk
        ))
        .ja(format!("uketsuked {}、{}", status.version, status.desk)),
        Err(AdminError::Connect { source, .. })
            if source.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            Finding::skipped(&catalogue::SOCKET_DENIED, "permission denied").ja("権限がありません")
        }
        Err(error @ AdminError::Connect { source, .. }) => {
            Finding::failed(&catalogue::DAEMON_DOWN, format!("{error}: {source}"))
        }
        Err(error) => Finding::failed(&catalogue::DAEMON_SILENT, error.to_string()),
    }
}

/// A socket's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SocketFile {
    pub(crate) listening: bool,
    pub(crate) is_socket: bool,
    pub(crate) mode: u32,
    pub(crate) owner: String,
    pub(crate) group: String,
}

/// Looks at the socket's file; `None` when nothing is there (or its folder is closed to this user).
/// It does not connect: systemd holds this socket, and a connection would start a stopped daemon.
pub(crate) fn probe(path: &Path) -> Option<SocketFile> {
    let meta = std::fs::metadata(path).ok()?;
    let user = nix::unistd::User::from_uid(meta.uid().into())
        .ok()
        .flatten();
    let group = nix::unistd::Group::from_gid(meta.gid().into())
        .ok()
        .flatten();
    Some(SocketFile {
        listening: std::fs::read_to_string("/proc/net/unix")
            .map_or(true, |table| listens(&table, path)),
        is_socket: meta.file_type().is_socket(),
        mode: meta.mode() & 0o7777,
        owner: user.map_or_else(|| meta.uid().to_string(), |user| user.name),
        group: group.map_or_else(|| meta.gid().to_string(), |group| group.name),
    })
}

/// Whether the kernel's table of Unix sockets has a listener at `path` (flag `__SO_ACCEPTCON`).
pub(crate) fn listens(table: &str, path: &Path) -> bool {
    table.lines().any(|line| {
        let mut fields = line.split_ascii_whitespace();
        let flags = fields
            .nth(3)
            .and_then(|flags| u32::from_str_radix(flags, 16).ok())
            .unwrap_or(0);
        flags & 0x1_0000 != 0 && fields.nth(3).is_some_and(|bound| Path::new(bound) == path)
    })
}

/// Judges the receipt computer's socket and who may use it.
pub(crate) fn judge_receipt(file: Option<&SocketFile>, clients: &[String]) -> Finding {
    let Some(file) = file else {
        return Finding::failed(&catalogue::SOCKET_MISSING, "nothing at the path")
            .ja("何もありません");
    };
    if !file.is_socket {
        return Finding::failed(&catalogue::SOCKET_KIND, "not a socket")
            .ja("ソケットではありません");
    }
    let detail = format!(
        "mode {:04o}, {}:{}; clients: {}",
        file.mode,
        file.owner,
        file.group,
        if clients.is_empty() {
            "none".into()
        } else {
            clients.join(", ")
        }
    );
    let ja = format!(
        "権限 {:04o}、{}:{}、クライアント: {}",
        file.mode,
        file.owner,
        file.group,
        if clients.is_empty() {
            "なし".into()
        } else {
            clients.join("、")
        }
    );
    if file.mode & 0o007 != 0 {
        return Finding::failed(&catalogue::SOCKET_OPEN, detail).ja(ja);
    }
    if !file.listening {
        return Finding::failed(
            &catalogue::SOCKET_MISSING,
            format!("nobody listens; {detail}"),
        )
        .ja(format!("応答する相手がいません。{ja}"));
    }
    if clients.is_empty() {
        return Finding::warning(&catalogue::SOCKET_NO_CLIENTS, detail).ja(ja);
    }
    Finding::ok(detail).ja(ja)
}
