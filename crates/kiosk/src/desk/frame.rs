//! The frame around every page of the desk: banner, who is signed in, the way to the other pages, whom to phone.

use super::forms;
use super::markup::{Markup, all, el, line, none, own, text};
use super::sessions::Seen;
use crate::Lang;
use crate::texts::Texts;

/// The pages, with the words of their link.
const PAGES: &[(&str, &str)] = &[
    ("", "desk-page-home"),
    ("follow-ups", "desk-page-follow-ups"),
    ("bulk", "desk-page-bulk"),
    ("lookup", "desk-page-lookup"),
    ("reinquiry", "desk-page-reinquiry"),
    ("special", "desk-page-special"),
    ("settings", "desk-page-settings"),
];

/// What stands above the page's own content.
pub(super) struct Frame<'a> {
    /// Which page.
    pub(super) page: &'a str,
    /// Heading.
    pub(super) title: String,
    /// Who looks; `None` before the sign-in.
    pub(super) seen: Option<&'a Seen>,
    /// The language.
    pub(super) lang: Lang,
    /// Whether the terminal simulates (invariant 13).
    pub(super) simulated: bool,
    /// A sheet for the printer, without the ways to other pages.
    pub(super) sheet: bool,
}

impl Frame<'_> {
    /// The whole page.
    pub(super) fn page(&self, content: Markup) -> String {
        let texts = Texts(self.lang);
        let head = el(
            "head",
            &[],
            [
                el("meta", &[("charset", "utf-8")], []),
                el(
                    "meta",
                    &[
                        ("name", "viewport"),
                        ("content", "width=device-width, initial-scale=1"),
                    ],
                    [],
                ),
                line(
                    "title",
                    &[],
                    format!("{} - {}", self.title, texts.get("staff-page-title")),
                ),
                el("link", &[("rel", "icon"), ("href", "/icon.svg")], []),
                sheet("/size.css"),
                sheet("/base.css"),
                sheet("/desk.css"),
                el("script", &[("type", "module"), ("src", "/desk.js")], []),
            ],
        );
        let banner = if self.simulated {
            el(
                "p",
                &[("id", "banner"), ("class", "banner")],
                [text(texts.get("common-simulation"))],
            )
        } else {
            none()
        };
        let top = if self.sheet { none() } else { self.top(texts) };
        let main = el(
            "main",
            &[("id", "content")],
            [line("h1", &[("id", "title")], &self.title), content],
        );
        let foot = el(
            "footer",
            &[("id", "foot")],
            [line("p", &[], texts.get("staff-help"))],
        );
        let class = if self.sheet { "sheet" } else { "work" };
        let body = el(
            "body",
            &[("data-page", "desk"), ("class", class)],
            [banner, top, main, foot],
        );
        let html = el("html", &[("lang", self.lang.tag())], [head, body]);
        all([own("<!doctype html>"), html]).into_string()
    }

    fn top(&self, texts: Texts) -> Markup {
        let Some(seen) = self.seen else {
            return none();
        };
        let links = PAGES.iter().map(|(page, words)| {
            let target = if page.is_empty() {
                "/desk".to_owned()
            } else {
                format!("/desk/{page}")
            };
            let id = format!("go-{}", if page.is_empty() { "home" } else { page });
            let mut given = vec![("id", id.as_str()), ("href", target.as_str())];
            if *page == self.page {
                given.push(("aria-current", "page"));
            }
            line("a", &given, texts.get(words))
        });
        let other = self.lang.other_of_staff();
        let button = |action: &'static str, id: &'static str, words: String| {
            el(
                "form",
                &[("method", "post"), ("action", action)],
                [forms::key(seen), line("button", &[("id", id)], words)],
            )
        };
        let language = if other == Lang::En {
            "/desk/language/en"
        } else {
            "/desk/language/ja"
        };
        el(
            "header",
            &[("id", "head")],
            [
                el("nav", &[("aria-label", &texts.get("desk-pages"))], links),
                line(
                    "a",
                    &[("id", "go-overview"), ("href", "/")],
                    texts.get("desk-overview"),
                ),
                line(
                    "p",
                    &[("class", "who")],
                    texts.with("desk-signed-in", "name", seen.person.name.as_str()),
                ),
                button(language, "speak", Texts(other).get("common-language-name")),
                button("/desk/sign-out", "sign-out", texts.get("desk-sign-out")),
            ],
        )
    }
}

fn sheet(href: &'static str) -> Markup {
    el("link", &[("rel", "stylesheet"), ("href", href)], [])
}

/// What stands above the service's own code and words: where only the transport's number came, that nothing was said.
fn service_title(code: &str, words: &str) -> &'static str {
    if words.is_empty() && code.starts_with("HTTP ") {
        "desk-service-wordless"
    } else {
        "desk-service-said"
    }
}

/// What went wrong, with its code and the service's own words.
pub(super) fn trouble(problem: &super::port::DeskProblem, lang: Lang) -> Markup {
    let texts = Texts(lang);
    let service = match &problem.service {
        Some((code, words)) if !(code.is_empty() && words.is_empty()) => all([
            line("p", &[], texts.get(service_title(code, words))),
            el(
                "p",
                &[("class", "verbatim")],
                [line("code", &[], code), text(" "), text(words)],
            ),
        ]),
        _ => none(),
    };
    el(
        "div",
        &[("class", "trouble"), ("role", "alert"), ("id", "trouble")],
        [
            line("p", &[], problem.text.get(lang)),
            service,
            el(
                "p",
                &[("class", "small")],
                [line("code", &[], &problem.code)],
            ),
        ],
    )
}
