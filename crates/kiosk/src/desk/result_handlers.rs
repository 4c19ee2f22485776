//! A result's own addresses: the page, its forms and its sheet.

use super::handlers::{detail, print_button};
use super::markup::all;
use super::{Desk, go, own_problem, views};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// One result.
pub(super) async fn result(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match detail(&desk, &headers, id).await {
        Ok((seen, detail)) => {
            let content = views::result(&detail, &seen);
            desk.show(&seen, "result", "desk-result", StatusCode::OK, content)
        }
        Err(refused) => *refused,
    }
}

/// The accepted spelling.
pub(super) async fn spelling(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (seen, sent) = match desk.sender(&headers, &body).await {
        Ok(sender) => sender,
        Err(refused) => return *refused,
    };
    let text = sent.get("text").trim().to_owned();
    if !views::is_id(&id) || text.is_empty() || text.chars().count() > 60 {
        let problem = own_problem("UK-VISIT-501", "desk-incomplete");
        return desk.refuse(&seen, "", "desk-result", &problem);
    }
    match desk
        .port
        .keep_spelling(seen.actor(), id.clone(), text)
        .await
    {
        Ok(()) => go(&format!("/desk/result/{id}")),
        Err(problem) => desk.refuse(&seen, "", "desk-result", &problem),
    }
}

/// Once more into the folder.
pub(super) async fn deliver_again(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (seen, sent) = match desk.sender(&headers, &body).await {
        Ok(sender) => sender,
        Err(refused) => return *refused,
    };
    let reason = sent.get("reason").trim().to_owned();
    if !views::is_id(&id) || !(1..=200).contains(&reason.chars().count()) {
        let problem = own_problem("UK-VISIT-501", "desk-incomplete");
        return desk.refuse(&seen, "", "desk-result", &problem);
    }
    match desk
        .port
        .deliver_again(seen.actor(), id.clone(), reason)
        .await
    {
        Ok(()) => go(&format!("/desk/result/{id}")),
        Err(problem) => desk.refuse(&seen, "", "desk-result", &problem),
    }
}

/// A reference number for a qualification of a result.
pub(super) async fn reference(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (seen, sent) = match desk.sender(&headers, &body).await {
        Ok(sender) => sender,
        Err(refused) => return *refused,
    };
    let number = sent.get("reference_number").trim().to_owned();
    let index = sent.get("index").parse::<usize>().ok();
    let fits = views::is_id(&id) && (1..=50).contains(&number.chars().count());
    let Some(index) = index.filter(|_| fits) else {
        let problem = own_problem("UK-VISIT-501", "desk-incomplete");
        return desk.refuse(&seen, "", "desk-result", &problem);
    };
    match desk
        .port
        .register_reference(seen.actor(), id.clone(), index, number)
        .await
    {
        Ok(()) => go(&format!("/desk/result/{id}")),
        Err(problem) => desk.refuse(&seen, "", "desk-result", &problem),
    }
}

/// The sheet of a result.
pub(super) async fn print_result(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match detail(&desk, &headers, id).await {
        Ok((seen, detail)) => {
            let content = all([
                views::result_sheet(&detail, seen.lang),
                print_button(seen.lang),
            ]);
            desk.draw(&seen, "print", "desk-result", StatusCode::OK, content, true)
        }
        Err(refused) => *refused,
    }
}
