//! Every text people read, from the Fluent files in `i18n/`. A translator edits those files; no text stands in code.

use crate::Lang;
use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource, FluentValue};
use std::sync::OnceLock;
use unic_langid::LanguageIdentifier;

type Bundle = FluentBundle<FluentResource>;

/// The Fluent files of a language, as (name, content).
fn sources(lang: Lang) -> [(&'static str, &'static str); 3] {
    match lang {
        Lang::Ja => [
            ("common", include_str!("../i18n/ja/common.ftl")),
            ("patient", include_str!("../i18n/ja/patient.ftl")),
            ("staff", include_str!("../i18n/ja/staff.ftl")),
        ],
        Lang::En => [
            ("common", include_str!("../i18n/en/common.ftl")),
            ("patient", include_str!("../i18n/en/patient.ftl")),
            ("staff", include_str!("../i18n/en/staff.ftl")),
        ],
    }
}

fn bundle(lang: Lang) -> &'static Bundle {
    static JA: OnceLock<Bundle> = OnceLock::new();
    static EN: OnceLock<Bundle> = OnceLock::new();
    let cell = match lang {
        Lang::Ja => &JA,
        Lang::En => &EN,
    };
    cell.get_or_init(|| {
        let tag: LanguageIdentifier = lang.tag().parse().unwrap_or_default();
        let mut bundle = Bundle::new_concurrent(vec![tag]);
        // The isolation marks would show as boxes in some fonts, and no right-to-left language is served.
        bundle.set_use_isolating(false);
        for (name, source) in sources(lang) {
            // The files are part of the program and a test reads every line of them; what cannot be read is left out, not fatal.
            let resource =
                FluentResource::try_new(source.to_owned()).unwrap_or_else(|(rest, _)| rest);
            if bundle.add_resource(resource).is_err() {
                tracing::error!(
                    name,
                    lang = lang.tag(),
                    "a text stands twice in the Fluent files"
                );
            }
        }
        bundle
    })
}

/// The texts of one language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts(pub(crate) Lang);

impl Texts {
    /// The text of `key`.
    pub(crate) fn get(self, key: &str) -> String {
        self.format(key, None)
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
                        .find(|lang| lang.tag() == tag)
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

fn escape_into(out: &mut String, text: &str) {
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
    use std::collections::BTreeSet;
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
                if let Err((_, errors)) = FluentResource::try_new(source.to_owned()) {
                    panic!("{}/{name}: {errors:?}", lang.tag());
                }
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_keys_and_none_is_empty() {
        for ((name, ja), (_, en)) in sources(Lang::Ja).into_iter().zip(sources(Lang::En)) {
            let (ja, en) = (keys(ja), keys(en));
            assert!(ja.len() > 5, "{name} has hardly any text");
            assert_eq!(ja, en, "{name}");
            for key in ja {
                assert!(
                    key.starts_with(&format!("{name}-")),
                    "{key} does not begin with its file's name"
                );
                for lang in Lang::ALL {
                    let pattern = bundle(lang)
                        .get_message(&key)
                        .and_then(|message| message.value());
                    assert!(pattern.is_some(), "{key} in {}", lang.tag());
                }
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
            assert!(used, "{key} is used nowhere");
        }
        for part in all.split("\"").chain(
            all.split("{{")
                .map(|part| part.split(['}', '@']).next().unwrap_or_default()),
        ) {
            let looks_like_key = ["common-", "patient-", "staff-"]
                .iter()
                .any(|start| part.starts_with(start))
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            let exempt = ["staff-coming"].contains(&part);
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
        let filled = Texts(Lang::Ja).fill("<p>{{common-lang-en}}</p>{{no-such-key}}{{");
        assert_eq!(
            filled,
            "<p>English</p>\u{27E6}no-such-key\u{27E7}{{".trim_end_matches("{{")
        );
        let mut escaped = String::new();
        escape_into(&mut escaped, "<a href=\"x\">&");
        assert_eq!(escaped, "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
