//! pcscd: its socket is there, somebody answers, and this user is let in.

use crate::catalogue;
use crate::pcsc_walk::{SocketState, Walk};
use crate::report::Finding;

/// `SCARD_E_NO_SERVICE`: the library found no pcscd.
const NO_SERVICE: &str = "0x8010001D";
/// `SCARD_E_SERVICE_STOPPED`: pcscd went away during the call.
const SERVICE_STOPPED: &str = "0x8010001E";
/// `SCARD_W_SECURITY_VIOLATION`: polkit said no.
const SECURITY_VIOLATION: &str = "0x8010006A";
/// `SCARD_E_NO_READERS_AVAILABLE`: a matter of the reader layer.
pub(crate) const NO_READERS: &str = "0x8010002E";

/// Judges a walk as far as the service goes.
pub(crate) fn judge(walk: &Walk) -> Finding {
    match walk.socket {
        SocketState::Missing => {
            return Finding::failed(&catalogue::PCSCD_SOCKET_MISSING, "no socket")
                .ja("ソケットがありません");
        }
        SocketState::NotASocket => {
            return Finding::failed(&catalogue::PCSCD_SOCKET_MISSING, "the path is not a socket")
                .ja("その場所にあるのはソケットではありません");
        }
        SocketState::NobodyListens => {
            return Finding::failed(&catalogue::PCSCD_NOBODY, "connection refused")
                .ja("接続を拒否されました");
        }
        SocketState::Denied => {
            return Finding::failed(&catalogue::PCSCD_SOCKET_DENIED, "permission denied")
                .ja("権限がありません");
        }
        SocketState::Listening => {}
    }
    let Some(failed) = &walk.failed else {
        return Finding::ok("SCardEstablishContext, SCardListReaders, SCardGetStatusChange: OK");
    };
    let detail = format!("{}: {} {}", failed.step, failed.code, failed.words);
    match failed.code.as_str() {
        NO_READERS => Finding::ok("SCardEstablishContext: OK"),
        SECURITY_VIOLATION => Finding::failed(&catalogue::PCSCD_REFUSED, detail),
        NO_SERVICE | SERVICE_STOPPED => Finding::failed(&catalogue::PCSCD_NOBODY, detail),
        "timeout" => Finding::failed(&catalogue::PCSCD_HANGS, detail),
        _ => Finding::failed(&catalogue::PCSCD_OTHER, detail),
    }
}
