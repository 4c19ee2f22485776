//! Signing in and out, and the second factor.

use super::frame::{Frame, trouble};
use super::markup::{Markup, SET, all, el, line, none};
use super::port::{DeskProblem, Left};
use super::tries::{Peer, Tries};
use super::views::is_id;
use super::{Desk, forms, go, own_problem};
use crate::Lang;
use crate::texts::Texts;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;
use zeroize::Zeroizing;

/// The address a request comes from, as the listener told it.
type From = Option<Extension<Peer>>;

impl Desk {
    /// `of`: the tries at passwords, or those at codes by somebody signed in, which nobody outside uses up.
    fn may_try(&self, of: &Mutex<Tries>, from: From) -> Result<(), DeskProblem> {
        let mut tries = of.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.take(from.map(|peer| peer.0), Instant::now()) {
            Ok(())
        } else {
            Err(own_problem("UK-STAFF-009", "desk-too-many"))
        }
    }
}

fn form(
    desk: &Desk,
    lang: Lang,
    status: StatusCode,
    problem: Option<&DeskProblem>,
    name: &str,
) -> Response {
    let texts = Texts(lang);
    let field = |id: &'static str, kind: &'static str, words: String, value: &str| {
        el(
            "p",
            &[("class", "field")],
            [
                line("label", &[("for", id)], words),
                el(
                    "input",
                    &[
                        ("id", id),
                        ("name", id),
                        ("type", kind),
                        ("maxlength", "64"),
                        ("required", SET),
                        ("autocomplete", "off"),
                        ("value", value),
                    ],
                    [],
                ),
            ],
        )
    };
    let content = el(
        "form",
        &[
            ("method", "post"),
            ("action", "/desk/sign-in"),
            ("class", "form"),
        ],
        [
            el(
                "input",
                &[("type", "hidden"), ("name", "lang"), ("value", lang.key())],
                [],
            ),
            problem.map_or_else(none, |problem| trouble(problem, lang)),
            line("p", &[], texts.get("desk-sign-in-explain")),
            field("name", "text", texts.get("desk-sign-in-name"), name),
            field(
                "password",
                "password",
                texts.get("desk-sign-in-password"),
                "",
            ),
            line(
                "button",
                &[("id", "sign-in"), ("class", "primary")],
                texts.get("desk-sign-in"),
            ),
        ],
    );
    let other = lang.other_of_staff();
    let speak = el(
        "p",
        &[],
        [line(
            "a",
            &[
                ("id", "speak"),
                ("class", "button"),
                ("lang", other.tag()),
                ("href", &format!("/desk/sign-in?lang={}", other.key())),
            ],
            Texts(other).get("common-language-name"),
        )],
    );
    let content = all([content, speak]);
    page_of(desk, lang, status, texts.get("desk-sign-in"), content)
}

/// A language of the staff's page by its key; Japanese for everything else.
fn spoken(key: &str) -> Lang {
    let known = Lang::STAFF.into_iter().find(|lang| lang.key() == key);
    known.unwrap_or(Lang::Ja)
}

fn page_of(
    desk: &Desk,
    lang: Lang,
    status: StatusCode,
    title: String,
    content: Markup,
) -> Response {
    let frame = Frame {
        page: "sign-in",
        title,
        seen: None,
        lang,
        simulated: desk.simulated,
        sheet: false,
    };
    (status, Html(frame.page(content))).into_response()
}

/// The form.
pub(super) async fn page(State(desk): State<Arc<Desk>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let lang = spoken(query.strip_prefix("lang=").unwrap_or_default());
    form(&desk, lang, StatusCode::OK, None, "")
}

/// Name and password.
pub(super) async fn enter(
    State(desk): State<Arc<Desk>>,
    from: From,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(sent) = forms::Sent::read(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let lang = spoken(sent.get("lang"));
    let (name, password) = (sent.get("name").trim().to_owned(), sent.get("password"));
    let entered = match desk.may_try(&desk.tries, from) {
        Ok(()) => {
            desk.port
                .sign_in(name.clone(), Zeroizing::new(password.to_owned()))
                .await
        }
        Err(problem) => Err(problem),
    };
    match entered {
        Ok(person) => {
            // Whoever was signed in before on this screen no longer is.
            if let Some(before) = desk
                .cookie(&headers)
                .and_then(|cookie| desk.sessions.end(cookie))
            {
                desk.port.left(before, Left::SignedOut);
            }
            let cookie = desk.sessions.begin(person, lang, Instant::now());
            let Some(cookie) = cookie.ok().and_then(|cookie| desk.set_cookie(&cookie)) else {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            };
            let mut response = go("/desk");
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            response
        }
        Err(problem) => {
            let status = if problem.code == "UK-STAFF-009" {
                StatusCode::TOO_MANY_REQUESTS
            } else {
                StatusCode::FORBIDDEN
            };
            form(&desk, lang, status, Some(&problem), &name)
        }
    }
}

/// Out.
pub(super) async fn leave(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let (Some(seen), Some(sent)) = (desk.seen(&headers).await, forms::Sent::read(&body))
        && super::Sessions::form_is_ours(&seen, sent.get("key"))
        && let Some(name) = desk
            .cookie(&headers)
            .and_then(|cookie| desk.sessions.end(cookie))
    {
        desk.port.left(name, Left::SignedOut);
    }
    go("/desk/sign-in")
}

fn second_form(
    desk: &Desk,
    seen: &super::Seen,
    id: &str,
    status: StatusCode,
    problem: Option<&DeskProblem>,
) -> Response {
    let texts = Texts(seen.lang);
    let content = el(
        "form",
        &[
            ("method", "post"),
            ("action", &format!("/desk/second/{id}")),
            ("class", "form"),
        ],
        [
            forms::key(seen),
            problem.map_or_else(none, |problem| trouble(problem, seen.lang)),
            line("p", &[], texts.get("desk-second-explain")),
            el(
                "p",
                &[("class", "field")],
                [
                    line("label", &[("for", "code")], texts.get("desk-second-code")),
                    el(
                        "input",
                        &[
                            ("id", "code"),
                            ("name", "code"),
                            ("inputmode", "numeric"),
                            ("maxlength", "8"),
                            ("required", SET),
                            ("autocomplete", "off"),
                        ],
                        [],
                    ),
                ],
            ),
            line(
                "button",
                &[("id", "give-code"), ("class", "primary")],
                texts.get("desk-second"),
            ),
        ],
    );
    page_of(desk, seen.lang, status, texts.get("desk-second"), content)
}

/// The second factor's form, on the way to the medical information of this result (`none`: to the overview).
pub(super) async fn second(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match desk.seen(&headers).await {
        Some(seen) if is_id(&id) => second_form(&desk, &seen, &id, StatusCode::OK, None),
        _ => go("/desk/sign-in"),
    }
}

/// The code.
pub(super) async fn second_given(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    from: From,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (Some(seen), Some(sent), true) = (
        desk.seen(&headers).await,
        forms::Sent::read(&body),
        is_id(&id),
    ) else {
        return go("/desk/sign-in");
    };
    if !super::Sessions::form_is_ours(&seen, sent.get("key")) {
        let problem = own_problem("UK-STAFF-008", "desk-form-old");
        return second_form(&desk, &seen, &id, StatusCode::FORBIDDEN, Some(&problem));
    }
    let code = Zeroizing::new(forms::plain_digits(sent.get("code")));
    let given = match desk.may_try(&desk.codes, from) {
        Ok(()) => {
            desk.port
                .second_factor(seen.person.name.clone(), code)
                .await
        }
        Err(problem) => Err(problem),
    };
    if let Err(problem) = given {
        return second_form(&desk, &seen, &id, StatusCode::FORBIDDEN, Some(&problem));
    }
    let raised = desk
        .cookie(&headers)
        .map(|cookie| desk.sessions.raise(cookie));
    let Some(Ok(Some(fresh))) = raised else {
        return go("/desk/sign-in");
    };
    let Some(cookie) = desk.set_cookie(&fresh) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let target = if id == "none" {
        "/desk".to_owned()
    } else {
        format!("/desk/medical/{id}")
    };
    let mut response = go(&target);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}
