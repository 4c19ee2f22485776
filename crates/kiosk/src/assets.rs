//! The pages' fixed parts. They are built into the program: nothing is read from disk, nothing can be exchanged.

use crate::guard::{Door, Gate, guard};
use crate::texts::Texts;
use crate::{Lang, PageKind, ScreenSize};
use axum::handler::Handler;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::{MethodRouter, get};
use axum::{Router, middleware};
use std::sync::Arc;

/// What a page is made of.
pub(crate) struct Site {
    pub(crate) kind: PageKind,
    pub(crate) door: Door,
    pub(crate) simulated: bool,
    pub(crate) size: ScreenSize,
    pub(crate) page: &'static str,
    pub(crate) script: &'static str,
    pub(crate) style: &'static str,
}

impl Site {
    /// The page with its socket, all of it behind the gate.
    pub(crate) fn router(self, socket: MethodRouter, more: Router) -> Router {
        let gate = Arc::new(Gate {
            kind: self.kind,
            door: self.door,
        });
        let page = Texts(Lang::default()).fill(&page(self.page, self.simulated));
        Router::new()
            .route("/", get(html(page)))
            .route("/page.js", get(script(self.script)))
            .route("/page.css", get(style(self.style)))
            .merge(common(self.size))
            .merge(more)
            .route("/ws", socket)
            .layer(middleware::from_fn_with_state(gate, guard))
    }
}

/// Puts the simulation banner into a page's template, so that it stands there before and without a connection (invariant 13).
fn page(template: &str, simulated: bool) -> String {
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
fn html<S: Clone + Send + Sync + 'static>(page: String) -> impl Handler<((),), S> {
    let page: Arc<str> = page.into();
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
fn style<S: Clone + Send + Sync + 'static>(source: &'static str) -> impl Handler<((),), S> {
    async move || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], source).into_response()
}

/// What both pages load.
fn common(size: ScreenSize) -> Router {
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
