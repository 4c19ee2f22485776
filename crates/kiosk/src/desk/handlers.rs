//! The desk's addresses: who may, what is asked of the daemon, which page answers.

use super::forms::{self, Sent, forms_of};
use super::frame::{Frame, trouble};
use super::markup::{Markup, all, el, line, none};
use super::port::{DeskProblem, Look};
use super::{Desk, Seen, Sessions, go, own_problem, views};
use crate::Lang;
use crate::texts::Texts;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

const SIGN_IN: &str = "/desk/sign-in";

impl Desk {
    pub(super) fn show(
        &self,
        seen: &Seen,
        page: &str,
        title: &str,
        status: StatusCode,
        content: Markup,
    ) -> Response {
        self.draw(seen, page, title, status, content, false)
    }

    pub(super) fn draw(
        &self,
        seen: &Seen,
        page: &str,
        title: &str,
        status: StatusCode,
        content: Markup,
        sheet: bool,
    ) -> Response {
        let frame = Frame {
            page,
            title: Texts(seen.lang).get(title),
            seen: Some(seen),
            lang: seen.lang,
            simulated: self.simulated,
            sheet,
        };
        (status, Html(frame.page(content))).into_response()
    }

    pub(super) fn refuse(
        &self,
        seen: &Seen,
        page: &str,
        title: &str,
        problem: &DeskProblem,
    ) -> Response {
        let content = trouble(problem, seen.lang);
        self.show(seen, page, title, status_of(problem), content)
    }

    /// Who sent a form, when it was sent from a page of their own session.
    pub(super) async fn sender(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(Seen, Sent), Box<Response>> {
        let seen = self
            .seen(headers)
            .await
            .ok_or_else(|| Box::new(go(SIGN_IN)))?;
        match Sent::read(body) {
            Some(sent) if Sessions::form_is_ours(&seen, sent.get("key")) => Ok((seen, sent)),
            Some(_) => {
                let problem = own_problem("UK-STAFF-008", "desk-form-old");
                Err(Box::new(self.refuse(&seen, "", "desk-page-home", &problem)))
            }
            None => Err(Box::new(StatusCode::BAD_REQUEST.into_response())),
        }
    }
}

fn status_of(problem: &DeskProblem) -> StatusCode {
    match problem.code.as_str() {
        "UK-STAFF-005" | "UK-STAFF-006" | "UK-STAFF-008" => StatusCode::FORBIDDEN,
        "UK-VISIT-505" => StatusCode::NOT_FOUND,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The overview.
pub(super) async fn home(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    let Some(seen) = desk.seen(&headers).await else {
        return go(SIGN_IN);
    };
    match desk.port.follow_ups().await {
        Ok(follow_ups) => {
            let state = desk.state.borrow().clone();
            let content = views::home(&state, &follow_ups, seen.lang);
            desk.show(&seen, "", "desk-page-home", StatusCode::OK, content)
        }
        Err(problem) => desk.refuse(&seen, "", "desk-page-home", &problem),
    }
}

/// Another language.
pub(super) async fn language(
    State(desk): State<Arc<Desk>>,
    Path(lang): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refused) = desk.sender(&headers, &body).await {
        return *refused;
    }
    let lang = Lang::STAFF.into_iter().find(|known| known.key() == lang);
    if let (Some(lang), Some(cookie)) = (lang, desk.cookie(&headers)) {
        desk.sessions.speak(cookie, lang);
    }
    go("/desk")
}

/// The follow-ups.
pub(super) async fn follow_ups(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    let Some(seen) = desk.seen(&headers).await else {
        return go(SIGN_IN);
    };
    follow_up_page(&desk, &seen, None).await
}

async fn follow_up_page(desk: &Desk, seen: &Seen, problem: Option<&DeskProblem>) -> Response {
    let lines = match desk.port.follow_ups().await {
        Ok(lines) => lines,
        Err(problem) => return desk.refuse(seen, "follow-ups", "desk-page-follow-ups", &problem),
    };
    let texts = Texts(seen.lang);
    let content = all([
        problem.map_or_else(none, |problem| trouble(problem, seen.lang)),
        views::follow_ups(&lines, Some(seen), seen.lang),
        views::offices(&desk.state.borrow().offices, seen.lang),
        el(
            "p",
            &[],
            [line(
                "a",
                &[
                    ("id", "print"),
                    ("class", "button"),
                    ("href", "/desk/print/follow-ups"),
                ],
                texts.get("desk-print"),
            )],
        ),
    ]);
    let status = problem.map_or(StatusCode::OK, status_of);
    desk.show(seen, "follow-ups", "desk-page-follow-ups", status, content)
}

/// The call was made, or something is noted on it.
pub(super) async fn settle(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (seen, sent) = match desk.sender(&headers, &body).await {
        Ok(sender) => sender,
        Err(refused) => return *refused,
    };
    let (id, written) = (
        views::follow_up_id(sent.get("id")),
        sent.get("answer").trim(),
    );
    let who = seen.person.name.as_str();
    let request = if sent.get("keep") == "note" {
        json!({"do": "note-follow-up", "id": id, "who": who, "note": written})
    } else {
        json!({"do": "close-follow-up", "id": id, "who": who, "answer": written})
    };
    match desk.port.ask(seen.actor(), request).await {
        Ok(_) => go("/desk/follow-ups"),
        Err(problem) => follow_up_page(&desk, &seen, Some(&problem)).await,
    }
}

/// A page with forms.
pub(super) async fn forms(
    State(desk): State<Arc<Desk>>,
    Path(page): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(seen) = desk.seen(&headers).await else {
        return go(SIGN_IN);
    };
    form_view(&desk, &seen, &page, StatusCode::OK, none(), None).await
}

fn title_of(page: &str) -> Option<&'static str> {
    Some(match page {
        "bulk" => "desk-page-bulk",
        "lookup" => "desk-page-lookup",
        "reinquiry" => "desk-page-reinquiry",
        "special" => "desk-page-special",
        "settings" => "desk-page-settings",
        _ => return None,
    })
}

async fn form_view(
    desk: &Desk,
    seen: &Seen,
    page: &str,
    status: StatusCode,
    above: Markup,
    again: Option<(&str, &Sent)>,
) -> Response {
    let Some(title) = title_of(page) else {
        let problem = own_problem("UK-VISIT-505", "desk-no-such-page");
        return desk.refuse(seen, "", "desk-page-home", &problem);
    };
    let look = |word: &'static str| desk.port.ask(seen.actor(), json!({ "do": word }));
    let mut parts = vec![above];
    match page {
        "settings" => parts.push(match look("settings").await {
            Ok(settings) => views::institution(&settings, seen.lang),
            Err(problem) => trouble(&problem, seen.lang),
        }),
        "special" => {
            parts.push(match look("openings").await {
                Ok(open) => views::openings(&open, seen.lang),
                Err(problem) => trouble(&problem, seen.lang),
            });
            parts.push(match look("outage-notes").await {
                Ok(notes) => views::notes(&notes, seen),
                Err(problem) => trouble(&problem, seen.lang),
            });
        }
        _ => {}
    }
    if matches!(page, "settings" | "bulk") {
        parts.push(views::ways(desk.port.ways(), seen.lang));
    }
    parts.push(forms_of(page, seen, again));
    if page == "bulk" {
        parts.push(match desk.port.jobs().await {
            Ok(jobs) => views::jobs(&jobs, seen.lang),
            Err(problem) => trouble(&problem, seen.lang),
        });
    }
    desk.show(seen, page, title, status, all(parts))
}

/// The page of a form, for a browser that comes back to the form's own address.
pub(super) async fn form_page(Path(form): Path<String>) -> Response {
    match forms::form(&form) {
        Some(form) => go(&format!("/desk/{}", form.page)),
        None => go("/desk"),
    }
}

/// A form of the counter.
pub(super) async fn carry_out(
    State(desk): State<Arc<Desk>>,
    Path(form): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (seen, sent) = match desk.sender(&headers, &body).await {
        Ok(sender) => sender,
        Err(refused) => return *refused,
    };
    let Some(form) = forms::form(&form) else {
        return go("/desk");
    };
    let answer = match form.request(&sent, &seen.person.name) {
        Ok(request) => desk.port.ask(seen.actor(), request).await,
        Err(incomplete) => Err(DeskProblem {
            code: "UK-VISIT-501".into(),
            text: incomplete.words(),
            service: None,
        }),
    };
    match answer {
        Ok(answer) => answered(&desk, &seen, form, &sent, &answer).await,
        Err(problem) => {
            let above = trouble(&problem, seen.lang);
            let again = Some((form.name, &sent));
            let page = match form.page {
                "notes" => "special",
                page => page,
            };
            form_view(&desk, &seen, page, status_of(&problem), above, again).await
        }
    }
}

async fn answered(
    desk: &Desk,
    seen: &Seen,
    form: &forms::Form,
    sent: &Sent,
    answer: &Value,
) -> Response {
    match (&answer["result"], &answer["job"]) {
        (Value::String(id), _) if views::is_id(id) && !views::says_more(answer) => {
            go(&format!("/desk/result/{id}"))
        }
        (_, Value::Number(_)) => go("/desk/bulk"),
        _ => {
            let above = views::answer(answer, &form.person(sent, seen.lang), seen.lang);
            let page = match form.page {
                "notes" => "special",
                page => page,
            };
            // Nobody found: one digit is mended, not all typed again.
            let again = views::nobody(answer).then_some((form.name, sent));
            form_view(desk, seen, page, StatusCode::OK, above, again).await
        }
    }
}

pub(super) async fn detail(
    desk: &Desk,
    headers: &HeaderMap,
    id: String,
    look: Look,
) -> Result<(Seen, super::ResultDetail), Box<Response>> {
    let seen = desk
        .seen(headers)
        .await
        .ok_or_else(|| Box::new(go(SIGN_IN)))?;
    let found = if views::is_id(&id) {
        desk.port.result(seen.actor(), id, look).await
    } else {
        Err(own_problem("UK-VISIT-505", "desk-no-such-page"))
    };
    match found {
        Ok(detail) => Ok((seen, detail)),
        Err(problem) => Err(Box::new(desk.refuse(&seen, "", "desk-result", &problem))),
    }
}

/// The place `?from=N` in a list, 0 where none is named; `None` for anything else.
pub(super) fn place(query: Option<&str>) -> Option<usize> {
    match query.unwrap_or_default() {
        "" => Some(0),
        query => query.strip_prefix("from=")?.parse().ok(),
    }
}

/// What a bulk job brought; `?from=N` is the place to begin with.
pub(super) async fn job(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(seen) = desk.seen(&headers).await else {
        return go(SIGN_IN);
    };
    let from = place(query.as_deref()).and_then(|from| u32::try_from(from).ok());
    let found = match (id.parse::<u64>().ok(), from) {
        (Some(id), Some(from)) => desk.port.job(seen.actor(), id, from).await,
        _ => Err(own_problem("UK-VISIT-505", "desk-no-such-page")),
    };
    match found {
        Ok(detail) => {
            let content = views::job(&detail, seen.lang);
            desk.show(&seen, "bulk", "desk-job", StatusCode::OK, content)
        }
        Err(problem) => desk.refuse(&seen, "bulk", "desk-job", &problem),
    }
}

/// Medical information, for qualified staff.
pub(super) async fn medical(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let (seen, detail) = match detail(&desk, &headers, id.clone(), Look::Medical).await {
        Ok(found) => found,
        Err(refused) => return *refused,
    };
    if seen.person.medical && !seen.second {
        return go(&format!("/desk/second/{id}"));
    }
    match desk.port.medical(seen.actor(), id).await {
        Ok(lists) => {
            let content = views::medical(&lists, &detail, seen.lang);
            desk.show(&seen, "result", "desk-medical", StatusCode::OK, content)
        }
        Err(problem) => desk.refuse(&seen, "result", "desk-medical", &problem),
    }
}

/// The sheet of the follow-ups.
pub(super) async fn print_follow_ups(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
) -> Response {
    let Some(seen) = desk.seen(&headers).await else {
        return go(SIGN_IN);
    };
    match desk.port.follow_ups_to_print(seen.actor()).await {
        Ok(lines) => {
            let content = all([
                views::follow_ups(&lines, None, seen.lang),
                views::printed(&seen, &desk.port.clock()),
                print_button(seen.lang),
            ]);
            desk.draw(
                &seen,
                "print",
                "desk-page-follow-ups",
                StatusCode::OK,
                content,
                true,
            )
        }
        Err(problem) => desk.refuse(&seen, "print", "desk-page-follow-ups", &problem),
    }
}

pub(super) fn print_button(lang: Lang) -> Markup {
    line(
        "button",
        &[("id", "print"), ("type", "button"), ("class", "no-print")],
        Texts(lang).get("desk-print"),
    )
}
