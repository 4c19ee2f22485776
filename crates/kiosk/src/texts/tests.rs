//! Every text exists in every language, is used, and stands in no code.

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
                Lang::Ko => text.chars().any(hangul) && !text.chars().any(|c| kana(c) || han(c)),
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
        let exempt = ["staff-coming", "patient-picture-"].contains(&part) || part.ends_with('-');
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

/// Whoever is sent to the help desk (オンライン資格確認のコールセンター) reads its number and hours in the same sentence, wherever that stands
/// (S000, お問い合わせ: weekdays 8:00–18:00, Saturdays 8:00–16:00).
#[test]
fn whoever_is_sent_to_the_help_desk_reads_its_number_and_hours() {
    let sends: [(&str, &[&str], [&str; 3]); 2] = [
        (
            "ja",
            &[
                "コールセンター（",
                "コールセンターへ",
                "コールセンター 0",
                "問い合わせてください",
            ],
            ["0800-080-4583", "平日", "土"],
        ),
        (
            "en",
            &[
                "call the help desk",
                "ask the help desk",
                "for the help desk (",
                "call centre 0",
                "note its code",
            ],
            ["0800-080-4583", "weekdays 8", "Sat"],
        ),
    ];
    for (lang, words, wanted) in sends {
        let mut all = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("i18n")
            .join(lang);
        files(&folder, &[".ftl"], &mut all);
        let mut found = 0;
        for (file, source) in all {
            for line in source.lines().filter(|line| !line.starts_with('#')) {
                let small = line.to_lowercase();
                if words.iter().any(|word| small.contains(word)) {
                    found += 1;
                    let whole = wanted.iter().all(|part| line.contains(part));
                    assert!(whole, "{file}: {line}");
                }
            }
        }
        assert!(found >= 10, "{lang}: {found} were found");
    }
}

/// Point 71: somebody whom the service doesn't know (a number that the office doesn't have, a delay) is told to speak to the staff, in every
/// language, and is told neither of an error nor of a card or a qualification that would not be valid.
#[test]
fn nobody_is_blamed_for_being_unknown_to_the_service() {
    let blaming: [(Lang, &str, &[&str]); 7] = [
        (
            Lang::Ja,
            "職員",
            &[
                "エラー",
                "無効",
                "誤",
                "間違",
                "失効",
                "使えません",
                "不正",
                "資格",
            ],
        ),
        (
            Lang::JaEasy,
            "うけつけ",
            &["エラー", "だめ", "まちが", "つかえません"],
        ),
        (
            Lang::En,
            "staff",
            &[
                "error",
                "invalid",
                "wrong",
                "not valid",
                "fail",
                "must",
                "eligib",
            ],
        ),
        (Lang::ZhHans, "工作人员", &["错误", "无效", "失败", "资格"]),
        (Lang::Ko, "직원", &["오류", "무효", "잘못", "실패", "자격"]),
        (
            Lang::Vi,
            "nhân viên",
            &["lỗi", "không hợp lệ", "sai", "hết hạn"],
        ),
        (
            Lang::Pt,
            "recepção",
            &["erro", "inválid", "errad", "vencid", "falh"],
        ),
    ];
    for (lang, whom, words) in blaming {
        let text = Texts(lang).get("patient-notice-unknown-person");
        assert!(text.contains(whom), "{lang:?}: {text}");
        for word in words {
            assert!(
                !text.to_lowercase().contains(word),
                "{lang:?}: {word}: {text}"
            );
        }
    }
}
