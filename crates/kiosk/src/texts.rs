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
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    fn keys(source: &str) -> BTreeSet<String> {
        source
            .lines()
            .filter(|line| !line.starts_with([' ', '#', '}', '-']))
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key.trim().to_owned()))
            .collect()
    }

    fn files(folder: &Path, ends: &[&str], into: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, ends, into);
            } else if !path.to_string_lossy().ends_with("tests.rs")
                && ends.iter().any(|end| path.to_string_lossy().ends_with(end))
            {
                into.push((
                    path.display().to_string(),
                    std::fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }

    fn all_sources() -> Vec<(String, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        files(&root.join("src"), &[".rs"], &mut found);
        files(&root.join("assets"), &[".html", ".js", ".css"], &mut found);
        found
    }

    /// What ships of a source file: without its tests and its comments.
    fn shipped(source: &str) -> String {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn every_file_parses_without_error() {
        for lang in Lang::ALL {
            for (name, source) in sources(lang) {
                if let Err((_, errors)) = FluentResource::try_new((*source).to_owned()) {
                    panic!("{}/{name}: {errors:?}", lang.tag());
                }
            }
        }
    }

    #[test]
    fn every_language_has_the_same_keys_and_none_is_empty() {
        for lang in Lang::ALL {
            for (name, source) in sources(lang) {
                let (_, japanese) = sources(Lang::Ja)
                    .iter()
                    .find(|(known, _)| known == name)
                    .unwrap();
                let (wanted, found) = (keys(japanese), keys(source));
                assert!(found.len() > 4, "{name} has hardly any text");
                assert_eq!(wanted, found, "{}/{name}", lang.key());
                for key in found {
                    assert!(
                        key.starts_with(&format!("{name}-")),
                        "{key} does not begin with its file's name"
                    );
                    let pattern = bundle(lang)
                        .get_message(&key)
                        .and_then(|message| message.value());
                    assert!(pattern.is_some(), "{key} in {}", lang.key());
                }
            }
            let wanted = if Lang::STAFF.contains(&lang) { 11 } else { 2 };
            assert_eq!(sources(lang).len(), wanted, "{}", lang.key());
        }
    }

    /// A translation takes exactly the values that the Japanese text takes.
    #[test]
    fn every_language_puts_in_the_same_values() {
        let values = |source: &str, key: &str| -> BTreeSet<String> {
            let from = source
                .split_once(&format!("\n{key} ="))
                .map_or("", |(_, rest)| rest);
            let own = from
                .lines()
                .enumerate()
                .take_while(|(at, line)| *at == 0 || line.starts_with(' '));
            own.flat_map(|(_, line)| line.split('$').skip(1))
                .map(|rest| rest.chars().take_while(char::is_ascii_lowercase).collect())
                .collect()
        };
        for lang in Lang::ALL {
            for (name, source) in sources(lang) {
                let japanese = sources(Lang::Ja)
                    .iter()
                    .find(|(known, _)| known == name)
                    .unwrap()
                    .1;
                for key in keys(source) {
                    assert_eq!(
                        values(source, &key),
                        values(japanese, &key),
                        "{key} in {}",
                        lang.key()
                    );
                }
            }
        }
    }

    /// Nobody is shown the letters of another language: a forgotten translation is Japanese or English text.
    #[test]
    fn no_translation_is_left_in_another_language() {
        let kana = |c: char| ('\u{3041}'..='\u{30FA}').contains(&c);
        let han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
        let hangul = |c: char| ('\u{AC00}'..='\u{D7A3}').contains(&c);
        let english: BTreeMap<String, String> = standing(Lang::En, &["patient", "common"])
            .into_iter()
            .collect();
        for lang in Lang::ALL {
            for (key, text) in standing(lang, &["patient", "common"]) {
                let text = text.replace("QR", "").replace("My Number", "");
                let right = match lang {
                    Lang::Ja => text.chars().any(|c| kana(c) || han(c)),
                    Lang::JaEasy => {
                        text.chars().any(kana)
                            && (!text.chars().any(han) || key == "common-language-name")
                    }
                    Lang::ZhHans => text.chars().any(han) && !text.chars().any(kana),
                    Lang::Ko => {
                        text.chars().any(hangul) && !text.chars().any(|c| kana(c) || han(c))
                    }
                    Lang::En | Lang::Vi | Lang::Pt => {
                        !text.chars().any(|c| kana(c) || han(c) || hangul(c))
                    }
                };
                let borrowed = key == "patient-confirm" || key == "patient-language";
                assert!(right || borrowed, "{key} in {}: {text}", lang.key());
                let copied = lang != Lang::En && english.get(&key) == Some(&text) && text.len() > 3;
                assert!(!copied, "{key} in {}: {text}", lang.key());
            }
        }
    }

    #[test]
    fn every_key_is_used_and_every_used_key_exists() {
        let shipped: Vec<String> = all_sources()
            .iter()
            .map(|(_, source)| shipped(source))
            .collect();
        let all = shipped.concat();
        let mut known = BTreeSet::new();
        for (_, source) in sources(Lang::Ja) {
            known.extend(keys(source));
        }
        for key in &known {
            let used = [
                format!("\"{key}\""),
                format!("{{{{{key}}}}}"),
                format!("{{{{{key}@"),
            ]
            .iter()
            .any(|form| all.contains(form.as_str()));
            // Counts have a text each; the code puts the number behind the common part.
            let counted = key.trim_end_matches(|c: char| c.is_ascii_digit());
            // Words of the audit chain: asked for by the chain's word, which comes from other parts of the terminal.
            let used = used || key.starts_with("audit-");
            // What other parts of the terminal ask for by word or code: `tests/texts.rs` of the daemon and `staff/said.rs` hold them.
            let elsewhere = ["alerts-", "errors-", "input-", "operation-", "results-"];
            let used = used || elsewhere.iter().any(|start| key.starts_with(start));
            let used = used || (counted != key && all.contains(&format!("\"{counted}{{")));
            assert!(used, "{key} is used nowhere");
        }
        for part in all.split("\"").chain(
            all.split("{{")
                .map(|part| part.split(['}', '@']).next().unwrap_or_default()),
        ) {
            let looks_like_key = ["common-", "patient-", "speech-", "staff-", "desk-"]
                .iter()
                .any(|start| part.starts_with(start))
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            let exempt =
                ["staff-coming", "patient-picture-"].contains(&part) || part.ends_with('-');
            assert!(
                !looks_like_key || exempt || known.contains(part),
                "{part} has no text"
            );
        }
    }

    #[test]
    fn no_text_stands_in_code_or_pages() {
        for (name, source) in all_sources() {
            let source = shipped(&source);
            let found = source.chars().find(|c| matches!(*c, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}'));
            assert_eq!(found, None, "{name}");
            if name.ends_with(".html") {
                let mut rest = source.as_str();
                while let Some((_, after)) = rest.split_once('>') {
                    let text = after.split('<').next().unwrap_or_default();
                    let outside = text.split("{{").enumerate().map(|(at, part)| {
                        if at == 0 {
                            part
                        } else {
                            part.split_once("}}").map_or("", |p| p.1)
                        }
                    });
                    for part in outside {
                        assert!(!part.chars().any(char::is_alphabetic), "{name}: {part:?}");
                    }
                    rest = after;
                }
            }
        }
    }

    #[test]
    fn a_template_is_filled_and_escaped() {
        let filled = Texts(Lang::Ja).fill("<p>{{common-language-name@en}}</p>{{no-such-key}}{{");
        assert_eq!(
            filled,
            "<p>English</p>\u{27E6}no-such-key\u{27E7}{{".trim_end_matches("{{")
        );
        let mut escaped = String::new();
        escape_into(&mut escaped, "<a href=\"x\">&");
        assert_eq!(escaped, "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
