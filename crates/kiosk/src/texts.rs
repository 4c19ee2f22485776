//! Every text people read, from the Fluent files in `i18n/`. A translator edits those files; no text stands in code.

use crate::Lang;
use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource, FluentValue};
use std::sync::OnceLock;
use unic_langid::LanguageIdentifier;

type Bundle = FluentBundle<FluentResource>;

/// One language's Fluent files, as (name, content). Staff read Japanese or English only.
macro_rules! files {
    ($folder:literal) => {
        &[
            (
                "common",
                include_str!(concat!("../i18n/", $folder, "/common.ftl")),
            ),
            (
                "patient",
                include_str!(concat!("../i18n/", $folder, "/patient.ftl")),
            ),
        ]
    };
    ($folder:literal, staff) => {
        &[
            (
                "common",
                include_str!(concat!("../i18n/", $folder, "/common.ftl")),
            ),
            (
                "patient",
                include_str!(concat!("../i18n/", $folder, "/patient.ftl")),
            ),
            (
                "speech",
                include_str!(concat!("../i18n/", $folder, "/speech.ftl")),
            ),
            (
                "staff",
                include_str!(concat!("../i18n/", $folder, "/staff.ftl")),
            ),
            (
                "desk",
                include_str!(concat!("../i18n/", $folder, "/desk.ftl")),
            ),
            (
                "audit",
                include_str!(concat!("../i18n/", $folder, "/audit.ftl")),
            ),
            (
                "alerts",
                include_str!(concat!("../i18n/", $folder, "/alerts.ftl")),
            ),
            (
                "errors",
                include_str!(concat!("../i18n/", $folder, "/errors.ftl")),
            ),
            (
                "input",
                include_str!(concat!("../i18n/", $folder, "/input.ftl")),
            ),
            (
                "operation",
                include_str!(concat!("../i18n/", $folder, "/operation.ftl")),
            ),
            (
                "results",
                include_str!(concat!("../i18n/", $folder, "/results.ftl")),
            ),
        ]
    };
}

/// The Fluent files of a language, as (name, content).
fn sources(lang: Lang) -> &'static [(&'static str, &'static str)] {
    match lang {
        Lang::Ja => files!("ja", staff),
        Lang::JaEasy => files!("ja-easy"),
        Lang::En => files!("en", staff),
        Lang::ZhHans => files!("zh-hans"),
        Lang::Ko => files!("ko"),
        Lang::Vi => files!("vi"),
        Lang::Pt => files!("pt"),
    }
}

fn bundle(lang: Lang) -> &'static Bundle {
    static BUNDLES: [OnceLock<Bundle>; Lang::ALL.len()] =
        [const { OnceLock::new() }; Lang::ALL.len()];
    BUNDLES[lang as usize].get_or_init(|| {
        let tag: LanguageIdentifier = lang.plural_tag().parse().unwrap_or_default();
        let mut bundle = Bundle::new_concurrent(vec![tag]);
        // The isolation marks would show as boxes in some fonts, and no right-to-left language is served.
        bundle.set_use_isolating(false);
        for (name, source) in sources(lang) {
            // The files are part of the program and a test reads every line of them; what cannot be read is left out, not fatal.
            let resource =
                FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(rest, _)| rest);
            if bundle.add_resource(resource).is_err() {
                tracing::error!(
                    name,
                    lang = lang.key(),
                    "a text stands twice in the Fluent files"
                );
            }
        }
        bundle
    })
}

/// The texts of these files that stand by themselves, without a value put in, as (key, text).
pub(crate) fn standing(lang: Lang, names: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (_, source) in sources(lang)
        .iter()
        .filter(|(name, _)| names.contains(name))
    {
        let resource =
            FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(rest, _)| rest);
        for entry in resource.entries() {
            if let fluent_syntax::ast::Entry::Message(message) = entry
                && let Some(pattern) = &message.value
                && let [fluent_syntax::ast::PatternElement::TextElement { value }] =
                    pattern.elements.as_slice()
            {
                found.push((message.id.name.to_owned(), (*value).trim().to_owned()));
            }
        }
    }
    found
}

/// The keys of one file of a language.
#[cfg(test)]
pub(crate) fn standing_keys(lang: Lang, name: &str) -> std::collections::BTreeSet<String> {
    let mut found = std::collections::BTreeSet::new();
    for (_, source) in sources(lang).iter().filter(|(known, _)| *known == name) {
        let resource =
            FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(rest, _)| rest);
        for entry in resource.entries() {
            if let fluent_syntax::ast::Entry::Message(message) = entry {
                found.insert(message.id.name.to_owned());
            }
        }
    }
    found
}

/// The texts of one language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts(pub(crate) Lang);

impl Texts {
    /// The text of `key`.
    pub(crate) fn get(self, key: &str) -> String {
        self.format(key, None)
    }

    /// The text of `key`, when there is one.
    pub(crate) fn find(self, key: &str) -> Option<String> {
        let there = bundle(self.0).get_message(key)?.value().is_some();
        there.then(|| self.get(key))
    }

    /// The text of `key` with one value put in.
    pub(crate) fn with<'v>(
        self,
        key: &str,
        name: &'static str,
        value: impl Into<FluentValue<'v>>,
    ) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value);
        self.format(key, Some(&args))
    }

    /// The text of `key` with two values put in.
    pub(crate) fn with_two<'v>(
        self,
        key: &str,
        (first, one): (&'static str, impl Into<FluentValue<'v>>),
        (second, two): (&'static str, impl Into<FluentValue<'v>>),
    ) -> String {
        let mut args = FluentArgs::new();
        args.set(first, one);
        args.set(second, two);
        self.format(key, Some(&args))
    }

    /// The text of `key` with all these values put in; those it does not name are left out.
    pub(crate) fn with_all(self, key: &str, values: &[(&'static str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, *value);
        }
        self.format(key, Some(&args))
    }

    /// Whether staff can be told this in every language of theirs.
    pub(crate) fn has(key: &str) -> bool {
        Lang::STAFF
            .into_iter()
            .all(|lang| bundle(lang).get_message(key).is_some())
    }

    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = bundle(self.0);
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return missing(key);
        };
        let mut errors = Vec::new();
        let text = bundle
            .format_pattern(pattern, args, &mut errors)
            .into_owned();
        if errors.is_empty() {
            text
        } else {
            missing(key)
        }
    }

    /// Puts every `{{key}}` of a page's template in this language; `{{key@en}}` asks for a language by name.
    pub(crate) fn fill(self, template: &str) -> String {
        let mut out = String::with_capacity(template.len() + 1024);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let Some((key, tail)) = after.split_once("}}") else {
                out.push_str(after);
                return out;
            };
            let (key, texts) = match key.split_once('@') {
                Some((key, tag)) => (
                    key,
                    Lang::ALL
                        .into_iter()
                        .find(|lang| lang.key() == tag)
                        .map_or(self, Texts),
                ),
                None => (key, self),
            };
            escape_into(&mut out, &texts.get(key));
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// What stands where a text is missing: visible to the test that looks for it, harmless to a person.
fn missing(key: &str) -> String {
    format!("\u{27E6}{key}\u{27E7}")
}

pub(crate) fn escape_into(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests;
