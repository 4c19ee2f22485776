//! Who may speak to the control page: a browser that came to this address, not a page from elsewhere
//! that rebinds a name to it or posts a form across.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::api::Problem;

/// The names of loopback at this port.
fn is_here(authority: &str, port: u16) -> bool {
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|host| authority == format!("{host}:{port}"))
}

fn allowed(method: &Method, headers: &HeaderMap, port: u16) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|v: &HeaderValue| v.to_str().unwrap_or(""))
    };
    let host = text(header::HOST).is_some_and(|host| is_here(host, port));
    let origin = text(header::ORIGIN).is_none_or(|origin| {
        origin
            .strip_prefix("http://")
            .is_some_and(|authority| is_here(authority, port))
    });
    // A form can't send JSON, and a script from elsewhere needs a preflight that nobody answers.
    let body = method == Method::GET
        || text(header::CONTENT_TYPE).is_some_and(|t| t.starts_with("application/json"));
    host && origin && body
}

/// Checks every request and adds the headers that every answer has.
pub(super) async fn check(State(port): State<u16>, request: Request, next: Next) -> Response {
    let mut response = if allowed(request.method(), request.headers(), port) {
        next.run(request).await
    } else {
        Problem {
            status: StatusCode::FORBIDDEN,
            code: "foreign-request",
            ja: "この要求は受け付けられません".to_owned(),
            en: "Host, Origin or Content-Type is not that of this page".to_owned(),
        }
        .into_response()
    };
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_page_may_speak() {
        let rows: &[(&str, Option<&str>, Option<&str>, bool)] = &[
            ("127.0.0.1:80", None, Some("application/json"), true),
            (
                "localhost:80",
                Some("http://localhost:80"),
                Some("application/json"),
                true,
            ),
            ("127.0.0.1:81", None, Some("application/json"), false),
            ("evil.example:80", None, Some("application/json"), false),
            (
                "127.0.0.1:80",
                Some("http://evil.example"),
                Some("application/json"),
                false,
            ),
            (
                "127.0.0.1:80",
                Some("null"),
                Some("application/json"),
                false,
            ),
            ("127.0.0.1:80", None, Some("text/plain"), false),
            ("127.0.0.1:80", None, None, false),
        ];
        for (host, origin, content, expected) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            if let Some(content) = content {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content));
            }
            let got = allowed(&Method::POST, &headers, 80);
            assert_eq!(got, *expected, "{host} {origin:?} {content:?}");
        }
        assert!(!allowed(&Method::GET, &HeaderMap::new(), 80), "no Host");
    }
}
