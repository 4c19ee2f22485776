//! `uketsukectl message show`: any message file of the interface in plain words, or as normalised JSON, and what is
//! doubtful about it. For receipt-computer makers and technicians; reads files only, asks nobody.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use oqs::bulk::{BulkLimits, Form};
use oqs::inspect::{Inspection, inspect, inspect_bulk};
use oqs::interfaces::Knowledge;
use oqs::{Charset, OqsError, labels, zip};
use serde_json::{Value, json};

use crate::args::{Args, Exit, Lang};
use crate::output;

/// Largest file read; bulk answers beyond the limit of one message are read person by person.
const MAX_FILE: u64 = 512 * 1024 * 1024;

/// Shows each file; the exit says whether anything was doubtful or unreadable.
pub(crate) fn show(args: &Args, files: &[PathBuf]) -> anyhow::Result<Exit> {
    let mut worst = Exit::Well;
    for file in files {
        let exit = match one(args, file) {
            Ok(exit) => exit,
            Err(problem) if files.len() == 1 => return Err(problem),
            Err(problem) => {
                output::error(args, &problem);
                Exit::Failed
            }
        };
        worst = match (worst, exit) {
            (Exit::Failed, _) | (_, Exit::Failed) => Exit::Failed,
            (Exit::Warnings, _) | (_, Exit::Warnings) => Exit::Warnings,
            _ => Exit::Well,
        };
    }
    Ok(worst)
}

fn one(args: &Args, file: &Path) -> anyhow::Result<Exit> {
    let shown = file.display().to_string();
    let bytes = read(file).with_context(|| shown.clone())?;
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    match inspect(&bytes, name) {
        Ok(found) => {
            print(args, &shown, &found);
            Ok(exit(&found))
        }
        Err(OqsError::TooLarge { .. } | OqsError::ZipBomb) => bulk(args, &shown, &bytes)
            .map_err(|error| explain(&error, args.lang))
            .with_context(|| shown.clone()),
        Err(error) => Err(explain(&error, args.lang)).with_context(|| shown.clone()),
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_FILE)
            .read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?
            .take(MAX_FILE)
            .read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn exit(found: &Inspection) -> Exit {
    if found.doubts.is_empty() {
        Exit::Well
    } else {
        Exit::Warnings
    }
}

/// A bulk answer beyond the size of one message: one person after the other.
fn bulk(args: &Args, shown: &str, bytes: &[u8]) -> Result<Exit, OqsError> {
    let limits = BulkLimits::default();
    let mut worst = Exit::Well;
    let mut place = 0_u64;
    let mut each = |found: Inspection| {
        place += 1;
        print(args, &format!("{shown}#{place}"), &found);
        if exit(&found) == Exit::Warnings {
            worst = Exit::Warnings;
        }
    };
    if zip::is_zip(bytes) {
        let message = zip::open(bytes, limits.bytes)?;
        inspect_bulk(message.reader(), message.form, &limits, &mut each)?;
    } else {
        let start = bytes.iter().find(|b| !b.is_ascii_whitespace());
        let form = if start == Some(&b'{') {
            Form::Json
        } else {
            Form::Xml
        };
        inspect_bulk(bytes, form, &limits, &mut each)?;
    }
    Ok(worst)
}

fn explain(error: &OqsError, lang: Lang) -> anyhow::Error {
    let hint = match error {
        OqsError::TooLarge { .. } => ("大きすぎます", "too large"),
        OqsError::ZipBomb | OqsError::Zip(_) => ("ZIPとして扱えません", "not a ZIP of one message"),
        OqsError::Dtd | OqsError::Entity => (
            "DTDや実体参照は受け付けません",
            "document types and entities are not accepted",
        ),
        OqsError::TooDeep | OqsError::TooManyElements => (
            "要素が深すぎるか多すぎます",
            "too deep, or too many elements",
        ),
        _ => (
            "オンライン資格確認のメッセージとして読めません",
            "can't be read as a message of online eligibility verification",
        ),
    };
    anyhow::anyhow!("{error}").context(lang.pick(hint.0, hint.1).to_owned())
}

fn print(args: &Args, file: &str, found: &Inspection) {
    if args.json {
        output::line(&document(file, found).to_string());
        return;
    }
    for line in lines(file, found, args.lang) {
        output::line(&output::plain(&line));
    }
}

/// The document of `--json`: one for each file (or person of a large bulk answer), one per line.
fn document(file: &str, found: &Inspection) -> Value {
    let doubts: Vec<_> = found
        .doubts
        .iter()
        .map(|doubt| {
            json!({"path": doubt.path, "kind": doubt.kind.word(), "ja": doubt.kind.ja(), "en": doubt.kind.en()})
        })
        .collect();
    let summaries: Vec<_> = found
        .summaries
        .iter()
        .map(|summary| {
            let said = kiosk::staff::summary(summary.clone(), &kiosk::staff::Offices::default());
            json!({"headline_ja": said.headline.ja, "headline_en": said.headline.en, "advice_ja": said.advice.ja,
                "advice_en": said.advice.en, "unentrusted": said.unentrusted})
        })
        .collect();
    let message: Value = serde_json::from_str(found.json()).unwrap_or_default();
    json!({
        "schema": "uketsuke-message/1",
        "file": file,
        "form": match found.form { Form::Xml => "xml", Form::Json => "json" },
        "encoding": found.charset.map(Charset::label),
        "zipped": found.zipped,
        "interface": found.interface.map(oqs::interfaces::Interface::label),
        "kind": found.kind.name(),
        "assumed": found.kind.is_assumed(),
        "simulated": found.simulated(),
        "withheld": found.withheld,
        "character_code": found.told_charset.as_ref().map(oqs::CharacterCode::code),
        "summaries": summaries,
        "doubts": doubts,
        "message": message,
    })
}

fn lines(file: &str, found: &Inspection, lang: Lang) -> Vec<String> {
    let form = match (found.form, found.charset) {
        (Form::Json, _) => "JSON UTF-8".to_owned(),
        (Form::Xml, charset) => format!("XML {}", charset.map_or("", Charset::label)),
    };
    let kind = lang.pick(found.kind.ja(), found.kind.en());
    let mut out = vec![format!("== {file}: {kind} ({form})")];
    if found.simulated() {
        out.push(format!(
            "   {}",
            lang.pick(
                "シミュレーション(実在の患者ではありません)",
                "SIMULATION (no real patients)"
            )
        ));
    }
    if let Some(name) = &found.zipped {
        out.push(format!(
            "   {}: {name}",
            lang.pick("ZIPの中の名前", "name inside the ZIP")
        ));
    }
    if let Some(interface) = found.interface {
        let mut text = format!(
            "   {} {}",
            interface.label(),
            lang.pick(interface.ja, interface.en)
        );
        if interface.prefix_inferred {
            text.push_str(lang.pick(
                "（接頭辞と番号の対応は推定）",
                " (prefix matched to the number by comparison)",
            ));
        }
        if interface.knowledge == Knowledge::Assumed {
            text.push_str(lang.pick(
                "（形式は非公開、本ソフトの想定）",
                " (form not public: assumed)",
            ));
        }
        out.push(text);
    }
    for summary in &found.summaries {
        let said = kiosk::staff::summary(summary.clone(), &kiosk::staff::Offices::default());
        out.push(format!(
            "   {}",
            lang.pick(&said.headline.ja, &said.headline.en)
        ));
        out.push(format!(
            "   → {}",
            lang.pick(&said.advice.ja, &said.advice.en)
        ));
    }
    if found.withheld {
        out.push(format!(
            "   {}",
            lang.pick(
                "未委託の医療扶助を含むため、番号などを伏せて表示しています",
                "holds an unentrusted medical assistance: numbers are withheld here as on every way out"
            )
        ));
        // It stands in the header, whose parts may be withheld: said here as it came.
        if let Some(told) = &found.told_charset {
            let label = labels::at("MessageHeader/CharacterCodeIdentifier")
                .map_or("CharacterCodeIdentifier", |(ja, en)| lang.pick(ja, en));
            out.push(format!("   {label}: {}", told.code()));
        }
    }
    let mut group = "";
    for line in &found.lines {
        let (place, name) = line.path.rsplit_once('/').unwrap_or(("", &line.path));
        if place != group {
            group = place;
            out.push(format!("   [{place}]"));
        }
        let name = labels::element_of(name);
        let label = labels::at(&line.path).map_or(name, |(ja, en)| lang.pick(ja, en));
        let meaning = line.meaning.as_ref();
        out.push(match meaning.map(|(ja, en)| lang.pick(ja, en)) {
            Some(meaning) => format!("     {label}: {meaning} ({})", line.value),
            None => format!("     {label}: {}", line.value),
        });
    }
    if found.doubts.is_empty() {
        out.push(format!(
            "   {}",
            lang.pick("疑わしい点はありません", "nothing is doubtful")
        ));
    } else {
        out.push(format!("   {}:", lang.pick("疑わしい点", "doubts")));
    }
    for doubt in &found.doubts {
        let (ja, en) = (doubt.kind.ja(), doubt.kind.en());
        let place = if doubt.path.is_empty() {
            "-"
        } else {
            &doubt.path
        };
        out.push(format!("     ! {place}: {}", lang.pick(&ja, &en)));
    }
    out
}
