//! Who gets through to a page: Host, Origin, token, cookie; and the headers every answer carries.
//!
//! A page elsewhere in the same browser must neither read nor drive ours: its name for us is refused (Host, against DNS rebinding),
//! its own name is refused (Origin, also on the WebSocket upgrade), and it has no cookie (SameSite=Strict, HttpOnly).

use crate::desk::Desk;
use crate::texts::Texts;
use crate::{Credential, Lang, PageKind};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;

/// The names under which a loopback page may be asked for.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

const CONTENT_POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The staff's desk sends forms to itself.
const STAFF_POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

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
    pub(crate) door: Door,
}

/// What opens a page.
pub(crate) enum Door {
    /// On the terminal itself: a token in the first address, then the cookie of the browser's session.
    Token(Credential),
    /// On the clinic's network, over TLS and under these names: personal sign-in.
    Person(Vec<String>, Arc<Desk>),
}

/// What is served over the network before anybody has signed in: the sign-in itself and what it is drawn with.
const BEFORE_SIGN_IN: [&str; 7] = [
    "/desk/sign-in",
    "/desk.css",
    "/desk.js",
    "/draw.js",
    "/base.css",
    "/size.css",
    "/icon.svg",
];

/// What a page opens by itself and again, whether or not anybody is there.
const LOOKING: [&str; 2] = ["/ws", "/desk/live"];

/// The middleware that stands before every route of a page.
pub(crate) async fn guard(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let checked = match gate.check(request.method(), request.uri(), request.headers()) {
        Ok(Pass::Through) => gate.person(request.uri(), request.headers()).await,
        other => other,
    };
    let mut response = match checked {
        Ok(Pass::Through) => worded(gate.kind, next.run(request).await),
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
    if gate.kind == PageKind::Staff {
        response.headers_mut().insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(STAFF_POLICY),
        );
        // Without any referrer a browser sends its forms with the origin "null".
        response.headers_mut().insert(
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        );
    }
    response
}

/// A refusal of the server below us (no such address, a form that is too large or can't be read) as a page in words, where staff would
/// else meet an empty page or a line of English.
fn worded(kind: PageKind, answer: Response) -> Response {
    let kind_of = answer.headers().get(header::CONTENT_TYPE);
    let plain = kind_of.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let failed = answer.status().is_client_error() || answer.status().is_server_error();
    if kind != PageKind::Staff || !failed || !plain {
        return answer;
    }
    let page = Texts(Lang::Ja).fill(include_str!("../assets/unserved.html"));
    (answer.status(), Html(page)).into_response()
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
    fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Pass, Refusal> {
        let host = only(headers, &header::HOST).ok_or(Refusal::Host)?;
        // An absolute request target would overrule Host (RFC 9112 §3.2.2), so both must agree.
        if !self.is_ours(host)
            || uri
                .authority()
                .is_some_and(|authority| authority.as_str() != host)
        {
            return Err(Refusal::Host);
        }
        let (scheme, credential) = match &self.door {
            Door::Token(credential) => ("http://", Some(credential)),
            Door::Person(..) => ("https://", None),
        };
        check_origin(method, uri, headers, host, scheme)?;
        let Some(credential) = credential else {
            return Ok(Pass::Through);
        };
        if uri.path() == "/"
            && let Some(token) = uri.query().and_then(token_of)
        {
            let cookie = credential
                .exchange(self.kind, token)
                .ok_or(Refusal::Token)?;
            return new_session(self.kind, &cookie)
                .map(Pass::NewSession)
                .ok_or(Refusal::Token);
        }
        if cookies(headers, self.kind.cookie()).any(|value| credential.opens(self.kind, value)) {
            Ok(Pass::Through)
        } else {
            Err(Refusal::Session)
        }
    }
}

impl Gate {
    fn is_ours(&self, host: &str) -> bool {
        match &self.door {
            Door::Token(_) => is_ours(host),
            Door::Person(names, _) => names
                .iter()
                .any(|ours| ours.eq_ignore_ascii_case(name_of(host))),
        }
    }

    /// Over the network nothing is shown to somebody who has not signed in.
    async fn person(&self, uri: &Uri, headers: &HeaderMap) -> Result<Pass, Refusal> {
        let Door::Person(_, desk) = &self.door else {
            return Ok(Pass::Through);
        };
        if BEFORE_SIGN_IN.contains(&uri.path()) {
            return Ok(Pass::Through);
        }
        // Sockets and streams are opened by the page itself, and can't say so in a header of their own: they only look.
        let seen = match desk.cookie(headers) {
            Some(cookie) if LOOKING.contains(&uri.path()) => desk.see(cookie, false).await,
            _ => desk.seen(headers).await,
        };
        if seen.is_some() {
            return Ok(Pass::Through);
        }
        if uri.path() == "/ws" {
            return Err(Refusal::Session);
        }
        let target = [(header::LOCATION, HeaderValue::from_static("/desk/sign-in"))];
        let answer = (StatusCode::SEE_OTHER, target).into_response();
        Ok(Pass::NewSession(answer))
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
    let name = name_of(host);
    LOOPBACK.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

/// The name without the port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => host,
    }
}

fn check_origin(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    host: &str,
    scheme: &str,
) -> Result<(), Refusal> {
    // A form, too, must say which page it comes from.
    let socket = uri.path() == "/ws" || method == Method::POST;
    if headers.contains_key(header::ORIGIN) {
        let same = only(headers, &header::ORIGIN)
            .and_then(|origin| origin.strip_prefix(scheme))
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

pub(crate) fn cookies<'h>(
    headers: &'h HeaderMap,
    name: &'static str,
) -> impl Iterator<Item = &'h str> {
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
