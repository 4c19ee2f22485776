//! A result's own addresses: the page, its forms and its sheet.

use super::forms::Sent;
use super::handlers::{detail, place, print_button};
use super::markup::all;
use super::port::{DeskProblem, Fut, Look, ResultDetail};
use super::{Desk, Seen, go, own_problem, views};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// The title of a result, on the page and on its sheet: of a visit, or of an inquiry.
fn title(detail: &ResultDetail) -> &'static str {
    if crate::staff::by_card(&detail.result.reader) {
        "desk-result-visit"
    } else {
        "desk-result"
    }
}

/// One result.
pub(super) async fn result(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match detail(&desk, &headers, id, Look::Page).await {
        Ok((seen, detail)) => {
            let content = views::result(&detail, &seen);
            desk.show(&seen, "result", title(&detail), StatusCode::OK, content)
        }
        Err(refused) => *refused,
    }
}

/// The day's results that the overview has no room for; `?from=N` is the place to begin with.
pub(super) async fn results(
    State(desk): State<Arc<Desk>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(seen) = desk.seen(&headers).await else {
        return go("/desk/sign-in");
    };
    let (page, title) = ("", "staff-results");
    let found = match place(query.as_deref()) {
        Some(from) => desk.port.results(from).await,
        None => Err(own_problem("UK-VISIT-505", "desk-no-such-page")),
    };
    let calls = desk.port.follow_ups().await;
    match found.and_then(|day| Ok((day, calls?))) {
        Ok((day, calls)) => {
            let content = views::day_results(&day, &calls, seen.lang);
            desk.show(&seen, page, title, StatusCode::OK, content)
        }
        Err(problem) => desk.refuse(&seen, page, title, &problem),
    }
}

/// The accepted spelling.
pub(super) async fn spelling(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    change(&desk, &id, &headers, &body, |seen, sent| {
        let text = written(sent, "text", 60)?;
        Some(desk.port.keep_spelling(seen.actor(), id.clone(), text))
    })
    .await
}

/// Once more into the folder.
pub(super) async fn deliver_again(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    change(&desk, &id, &headers, &body, |seen, sent| {
        let reason = written(sent, "reason", 200)?;
        Some(desk.port.deliver_again(seen.actor(), id.clone(), reason))
    })
    .await
}

/// A reference number for a qualification of a result.
pub(super) async fn reference(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    change(&desk, &id, &headers, &body, |seen, sent| {
        let number = written(sent, "reference_number", 50)?;
        let index = sent.get("index").parse().ok()?;
        let port = &desk.port;
        Some(port.register_reference(seen.actor(), id.clone(), index, number))
    })
    .await
}

/// A form of a result's page: what was sent becomes a wish, `None` when it is incomplete; then the page again.
async fn change(
    desk: &Desk,
    id: &str,
    headers: &HeaderMap,
    body: &[u8],
    wish: impl FnOnce(&Seen, &Sent) -> Option<Fut<Result<(), DeskProblem>>>,
) -> Response {
    let (seen, sent) = match desk.sender(headers, body).await {
        Ok(sender) => sender,
        Err(refused) => return *refused,
    };
    let wish = views::is_id(id).then(|| wish(&seen, &sent)).flatten();
    let done = match wish {
        Some(wish) => wish.await,
        None => Err(own_problem("UK-VISIT-501", "desk-incomplete")),
    };
    match done {
        Ok(()) => go(&format!("/desk/result/{id}")),
        Err(problem) => desk.refuse(&seen, "", "desk-result", &problem),
    }
}

/// A field with something in it, of so many characters at most.
fn written(sent: &Sent, name: &str, most: usize) -> Option<String> {
    let text = sent.get(name).trim();
    let fits = !text.is_empty() && text.chars().count() <= most;
    fits.then(|| text.to_owned())
}

/// The sheet of a result.
pub(super) async fn print_result(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match detail(&desk, &headers, id, Look::Sheet).await {
        Ok((seen, detail)) => {
            let content = all([
                views::result_sheet(&detail, seen.lang),
                views::printed(&seen, &desk.port.clock()),
                print_button(seen.lang),
            ]);
            let title = title(&detail);
            desk.draw(&seen, "print", title, StatusCode::OK, content, true)
        }
        Err(refused) => *refused,
    }
}
