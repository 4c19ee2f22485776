//! Who gets through to a page: Host, Origin, token, cookie; and the headers every answer carries.
//!
//! A page elsewhere in the same browser must neither read nor drive ours: its name for us is refused (Host, against DNS rebinding),
//! its own name is refused (Origin, also on the WebSocket upgrade), and it has no cookie (SameSite=Strict, HttpOnly).

use crate::texts::Texts;
use crate::{Credential, Lang, PageKind};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;

/// The names under which a loopback page may be asked for.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

const CONTENT_POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Headers of every answer.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// The gate of one page.
pub(crate) struct Gate {
    pub(crate) kind: PageKind,
    pub(crate) credential: Credential,
}

/// The middleware that stands before every route of a page.
pub(crate) async fn guard(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let mut response = match gate.check(request.uri(), request.headers()) {
        Ok(Pass::Through) => next.run(request).await,
        Ok(Pass::NewSession(cookie)) => cookie,
        Err(refusal) => {
            tracing::warn!(page = ?gate.kind, why = refusal.why(), "request refused");
            refusal.into_response()
        }
    };
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

enum Pass {
    Through,
    NewSession(Response),
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Host,
    Origin,
    Token,
    Session,
}

impl Refusal {
    fn why(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Origin => "origin",
            Self::Token => "token",
            Self::Session => "session",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = if self == Self::Host {
            StatusCode::MISDIRECTED_REQUEST
        } else {
            StatusCode::FORBIDDEN
        };
        (
            status,
            Html(Texts(Lang::Ja).fill(include_str!("../assets/refused.html"))),
        )
            .into_response()
    }
}

impl Gate {
    fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<Pass, Refusal> {
        let host = only(headers, &header::HOST).ok_or(Refusal::Host)?;
        // An absolute request target would overrule Host (RFC 9112 §3.2.2), so both must agree.
        if !is_ours(host)
            || uri
                .authority()
                .is_some_and(|authority| authority.as_str() != host)
        {
            return Err(Refusal::Host);
        }
        check_origin(uri, headers, host)?;
        if uri.path() == "/"
            && let Some(token) = uri.query().and_then(token_of)
        {
            let cookie = self
                .credential
                .exchange(self.kind, token)
                .ok_or(Refusal::Token)?;
            return new_session(self.kind, &cookie)
                .map(Pass::NewSession)
                .ok_or(Refusal::Token);
        }
        if cookies(headers, self.kind.cookie()).any(|value| self.credential.opens(self.kind, value))
        {
            Ok(Pass::Through)
        } else {
            Err(Refusal::Session)
        }
    }
}

/// The one value of a header that must not stand twice.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        None
    } else {
        first.to_str().ok()
    }
}

fn is_ours(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => host,
    };
    LOOPBACK.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

fn check_origin(uri: &Uri, headers: &HeaderMap, host: &str) -> Result<(), Refusal> {
    let socket = uri.path() == "/ws";
    if headers.contains_key(header::ORIGIN) {
        let same = only(headers, &header::ORIGIN)
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(|name| name.eq_ignore_ascii_case(host));
        if !same {
            return Err(Refusal::Origin);
        }
    } else if socket {
        return Err(Refusal::Origin);
    }
    // Browsers say where a request comes from; a page elsewhere may link to us, but not load parts of us.
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let mode = headers.get("sec-fetch-mode").map(HeaderValue::as_bytes);
    let from_elsewhere = matches!(site, Some(b"cross-site" | b"same-site"));
    if from_elsewhere && mode != Some(b"navigate") {
        Err(Refusal::Origin)
    } else {
        Ok(())
    }
}

fn token_of(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("s="))
}

fn cookies<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn new_session(kind: PageKind, cookie: &str) -> Option<Response> {
    let cookie = HeaderValue::from_str(&format!(
        "{}={cookie}; Path=/; HttpOnly; SameSite=Strict",
        kind.cookie()
    ))
    .ok()?;
    Some(
        (
            StatusCode::SEE_OTHER,
            [
                (header::SET_COOKIE, cookie),
                (header::LOCATION, HeaderValue::from_static("/")),
            ],
        )
            .into_response(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_ours() {
        for ours in [
            "127.0.0.1",
            "127.0.0.1:8701",
            "localhost:8701",
            "LOCALHOST",
            "[::1]:8701",
            "[::1]",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in [
            "",
            "evil.example",
            "evil.example:8701",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "127.0.0.2",
            "127.0.0.1:",
            "127.0.0.1:80a",
            "::1",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
