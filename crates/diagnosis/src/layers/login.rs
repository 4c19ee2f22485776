//! Login: the service takes our name and password.

use crate::catalogue;
use crate::report::Finding;

/// What a login came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoginSeen {
    /// Logged in.
    Ok,
    /// The password can't be read.
    NoPassword(String),
    /// Not for this user.
    Denied,
    /// The service said no.
    Refused(String),
    /// The service did not answer.
    Unreachable(String),
    /// Anything else.
    Other(String),
}

/// Judges the outcome.
pub(crate) fn judge(seen: &LoginSeen) -> Finding {
    match seen {
        LoginSeen::Ok => Finding::ok("logged in").ja("ログインできました"),
        LoginSeen::NoPassword(reason) => {
            Finding::failed(&catalogue::LOGIN_NO_PASSWORD, reason.clone())
        }
        LoginSeen::Denied => {
            Finding::skipped(&catalogue::NEEDS_ROOT, "password or key: permission denied")
                .ja("パスワードまたは鍵: 権限がありません")
        }
        LoginSeen::Refused(detail) => Finding::failed(&catalogue::LOGIN_REFUSED, detail.clone()),
        LoginSeen::Unreachable(detail) => {
            Finding::failed(&catalogue::LOGIN_UNREACHABLE, detail.clone())
        }
        LoginSeen::Other(detail) => Finding::failed(&catalogue::LOGIN_OTHER, detail.clone()),
    }
}
