//! The pages' fixed parts. They are built into the program: nothing is read from disk, nothing can be exchanged.

use crate::ScreenSize;
use axum::Router;
use axum::handler::Handler;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;

/// Puts the simulation banner into a page's template, so that it stands there before and without a connection (invariant 13).
pub(crate) fn page(template: &str, simulated: bool) -> String {
    template.replace(
        "<!--banner-->",
        if simulated {
            include_str!("../assets/banner.html")
        } else {
            ""
        },
    )
}

/// Answers with an HTML page.
pub(crate) fn html<S: Clone + Send + Sync + 'static>(page: String) -> impl Handler<((),), S> {
    let page: std::sync::Arc<str> = page.into();
    async move || Html(page.to_string())
}

/// Answers with a script.
pub(crate) fn script<S: Clone + Send + Sync + 'static>(
    source: &'static str,
) -> impl Handler<((),), S> {
    async move || {
        (
            [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
            source,
        )
            .into_response()
    }
}

/// Answers with a style sheet.
pub(crate) fn style<S: Clone + Send + Sync + 'static>(
    source: &'static str,
) -> impl Handler<((),), S> {
    async move || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], source).into_response()
}

/// What both pages load.
pub(crate) fn common(size: ScreenSize) -> Router {
    let sheet = size.style_sheet();
    Router::new()
        .route("/link.js", get(script(include_str!("../assets/link.js"))))
        .route("/draw.js", get(script(include_str!("../assets/draw.js"))))
        .route(
            "/icon.svg",
            get(async || {
                (
                    [(header::CONTENT_TYPE, "image/svg+xml")],
                    include_str!("../assets/icon.svg"),
                )
            }),
        )
        .route("/base.css", get(style(include_str!("../assets/base.css"))))
        .route(
            "/size.css",
            get(async move || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], sheet)),
        )
}
