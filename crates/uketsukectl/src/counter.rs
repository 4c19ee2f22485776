//! `uketsukectl counter`: the counter's requests for a technician, over the daemon's own socket. What is about a person comes from a file
//! or from standard input, so that it stands in no list of processes and in no shell's history.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use diagnosis::admin;
use serde_json::{Value, json};

use crate::args::{Args, Exit};
use crate::{output, settings};

/// The operation test asks the service several times.
const LIMIT: Duration = Duration::from_secs(120);
/// Longest request file.
const MOST: u64 = 64 * 1024;

/// `uketsukectl counter …`
#[derive(Debug, Subcommand)]
pub(crate) enum CounterCommand {
    /// カードなしの資格照会(番号は FILE から)/ lookup by number, without a card; the numbers come from FILE
    Lookup {
        /// JSON ファイル(「-」は標準入力)/ a JSON file; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// 医療券・調剤券の一括取得を始める / begin to fetch the tickets of a month
    Tickets {
        /// 診療年月(yyyyMM)/ month, yyyyMM
        #[arg(long, value_name = "MONTH")]
        month: String,
    },
    /// 一括処理の進み具合と差分 / how a bulk job stands, and what changed
    Job {
        /// 番号 / its number
        #[arg(value_name = "N")]
        job: u64,
    },
    /// 確認の電話が必要な患者の一覧 / whom to phone, and what came of earlier calls
    FollowUps,
    /// 電話の結果を記録 / the call was made
    CloseFollowUp {
        /// 番号 / its number
        #[arg(value_name = "N")]
        id: u64,
        /// 電話した職員の名前 / who called
        #[arg(long, value_name = "NAME")]
        staff: String,
        /// 福祉事務所の回答 / what the office answered
        #[arg(long, value_name = "TEXT")]
        answer: String,
    },
    /// 医療機関の設定の表示と変更 / show or change the institution's settings at the service
    Settings {
        /// 医療扶助 / medical assistance
        #[arg(long, value_enum)]
        medical_assistance: Option<Switch>,
        /// 訪問診療等 / visiting care
        #[arg(long, value_enum)]
        visiting_care: Option<Switch>,
        /// オンライン診療等 / online care
        #[arg(long, value_enum)]
        online_care: Option<Switch>,
    },
    /// 災害時・障害時の機能が開放されているか / which searches for disaster and outage are open
    Openings,
    /// 災害時の照会(四項目は FILE から)/ search during a disaster; the four items come from FILE
    Disaster {
        /// JSON ファイル(「-」は標準入力)/ a JSON file; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// 照会する職員の名前 / who asks
        #[arg(long, value_name = "NAME")]
        staff: String,
        /// 理由 / why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// 口頭で同意を得た / the person agreed by word of mouth
        #[arg(long)]
        oral_consent: bool,
    },
    /// 障害時の控え(四項目は FILE から)/ note a person during an outage; the four items come from FILE
    NoteOutage {
        /// JSON ファイル(「-」は標準入力)/ a JSON file; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// 控えた職員の名前 / who notes
        #[arg(long, value_name = "NAME")]
        staff: String,
        /// 照会されることに口頭で同意を得た / the person agreed, by word of mouth, to being asked about
        #[arg(long)]
        oral_consent: bool,
    },
    /// 控えた患者を復旧後に照会 / ask about everybody noted, after the outage
    AskNoted {
        /// 照会する職員の名前 / who asks
        #[arg(long, value_name = "NAME")]
        staff: String,
    },
    /// 災害時・障害時の利用報告 / report the use of a special mode
    ReportUsage {
        /// どちらの機能か / which mode
        #[arg(long, value_enum)]
        mode: Mode,
        /// 報告する職員の名前 / who reports
        #[arg(long, value_name = "NAME")]
        staff: String,
    },
    /// 運用テスト / the operation test
    OperationTest,
}

/// A setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// 利用する
    On,
    /// 利用しない
    Off,
}

/// A special mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// 災害時
    Disaster,
    /// システム障害時
    Outage,
}

/// Carries the command out.
pub(crate) fn run(args: &Args, command: &CounterCommand) -> anyhow::Result<Exit> {
    let request = request(command)?;
    send(args, "POST", "/v1/counter", &request, |answer| {
        // People read the same document: its words are Japanese and English already.
        let text = serde_json::to_string_pretty(answer).unwrap_or_default();
        for line in text.lines() {
            output::line(&output::plain(line));
        }
    })
}

fn request(command: &CounterCommand) -> anyhow::Result<Value> {
    let on = |switch: &Option<Switch>| switch.map(|switch| switch == Switch::On);
    Ok(match command {
        CounterCommand::Lookup { file } => merged(read(file)?, json!({"do": "lookup"}))?,
        CounterCommand::Tickets { month } => json!({"do": "fetch-tickets", "month": month}),
        CounterCommand::Job { job } => json!({"do": "job", "job": job}),
        CounterCommand::FollowUps => json!({"do": "follow-ups"}),
        CounterCommand::CloseFollowUp { id, staff, answer } => {
            json!({"do": "close-follow-up", "id": id, "who": staff, "answer": answer})
        }
        CounterCommand::Settings {
            medical_assistance: None,
            visiting_care: None,
            online_care: None,
        } => json!({"do": "settings"}),
        CounterCommand::Settings {
            medical_assistance,
            visiting_care,
            online_care,
        } => json!({
            "do": "update-settings",
            "medical_assistance": on(medical_assistance),
            "visiting_care": on(visiting_care),
            "online_care": on(online_care),
        }),
        CounterCommand::Openings => json!({"do": "openings"}),
        CounterCommand::Disaster {
            file,
            staff,
            reason,
            oral_consent,
        } => merged(
            read(file)?,
            json!({"do": "disaster", "operator": staff, "reason": reason, "oral_consent": oral_consent}),
        )?,
        CounterCommand::NoteOutage {
            file,
            staff,
            oral_consent,
        } => merged(
            read(file)?,
            json!({"do": "note-outage", "operator": staff, "oral_consent": oral_consent}),
        )?,
        CounterCommand::AskNoted { staff } => json!({"do": "ask-noted", "operator": staff}),
        CounterCommand::ReportUsage { mode, staff } => {
            let mode = match mode {
                Mode::Disaster => "disaster",
                Mode::Outage => "outage",
            };
            json!({"do": "report-usage", "mode": mode, "operator": staff})
        }
        CounterCommand::OperationTest => json!({"do": "operation-test"}),
    })
}

/// A JSON object from a file or from standard input, in UTF-8, UTF-16 with its mark, or Shift_JIS, as an editor on a clinic's computer
/// may have written it.
fn read(file: &Path) -> anyhow::Result<Value> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().take(MOST).read_to_end(&mut bytes)?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("{}", file.display()))?;
        opened
            .take(MOST)
            .read_to_end(&mut bytes)
            .with_context(|| format!("{}", file.display()))?;
    }
    let Some(text) = text_of(&bytes) else {
        bail!("{}: neither UTF-8 nor Shift_JIS", file.display());
    };
    // The text itself is not shown: it is about a person.
    serde_json::from_str(&text).map_err(|error| {
        anyhow::anyhow!(
            "{}: not JSON (line {}, column {})",
            file.display(),
            error.line(),
            error.column()
        )
    })
}

/// The text of a file: by its byte order mark, else UTF-8, else Shift_JIS; `None` when it is none of them.
fn text_of(bytes: &[u8]) -> Option<String> {
    let (encoding, mark) = match encoding_rs::Encoding::for_bom(bytes) {
        Some(found) => found,
        None if std::str::from_utf8(bytes).is_ok() => (encoding_rs::UTF_8, 0),
        None => (encoding_rs::SHIFT_JIS, 0),
    };
    let body = bytes.get(mark..)?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(body)?;
    Some(text.into_owned())
}

/// Both objects in one; what the command line says wins.
fn merged(mut base: Value, more: Value) -> anyhow::Result<Value> {
    match (base.as_object_mut(), more) {
        (Some(base), Value::Object(more)) => base.extend(more),
        _ => bail!("the file must hold one JSON object"),
    }
    Ok(base)
}

/// Sends a request and shows its answer, or why it was refused.
pub(crate) fn send(
    args: &Args,
    method: &str,
    uri: &str,
    body: &Value,
    show: impl FnOnce(&Value),
) -> anyhow::Result<Exit> {
    let socket = settings::admin_socket(&args.config, args.socket.as_deref());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (done, answer) = runtime
        .block_on(admin::ask(&socket, method, uri, body, LIMIT))
        .context(args.lang.pick(
            "端末が応答しません。「uketsukectl doctor」で点検してください",
            "the terminal did not answer; try `uketsukectl doctor`",
        ))?;
    if args.json {
        output::line(&serde_json::to_string_pretty(&answer)?);
    } else if done {
        show(&answer);
    } else {
        let error = &answer["error"];
        let word = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let service = match error["service_code"].as_str() {
            Some(code) => format!(" [{code} {}]", word("service_message")),
            None => String::new(),
        };
        let words = word(args.lang.pick("ja", "en"));
        bail!(
            "{}",
            output::plain(&format!("{} {words}{service}", word("code")))
        );
    }
    // The operation test answers in full also when a line of its sheet failed.
    Ok(if done && answer["ok"] != Value::Bool(false) {
        Exit::Well
    } else {
        Exit::Failed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_comes_from_a_file_and_the_command_line_wins() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("person.json");
        std::fs::write(&file, r#"{"do":"passcode","name":"未託","operator":"x"}"#).unwrap();
        let note = CounterCommand::NoteOutage {
            file: file.clone(),
            staff: "鈴木".into(),
            oral_consent: true,
        };
        let expected =
            json!({"do": "note-outage", "name": "未託", "operator": "鈴木", "oral_consent": true});
        assert_eq!(request(&note).unwrap(), expected);
        // As editors of a clinic's computer write it.
        let text = r#"{"name":"未託"}"#;
        let utf16: Vec<u8> = std::iter::once(0xFEFF)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let (sjis, _, lost) = encoding_rs::SHIFT_JIS.encode(text);
        assert!(!lost);
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        for bytes in [marked, utf16, sjis.into_owned()] {
            std::fs::write(&file, &bytes).unwrap();
            assert_eq!(request(&note).unwrap(), expected, "{bytes:?}");
        }
        std::fs::write(&file, b"\xFF\x80{}").unwrap();
        assert!(request(&note).is_err());
        std::fs::write(&file, "[1]").unwrap();
        assert!(request(&note).is_err());
        std::fs::write(&file, r#"{"name":"未託"#).unwrap();
        let error = request(&note).unwrap_err().to_string();
        assert!(!error.contains("未託"), "{error}");
    }

    #[test]
    fn settings_without_a_change_are_only_shown() {
        let none = CounterCommand::Settings {
            medical_assistance: None,
            visiting_care: None,
            online_care: None,
        };
        assert_eq!(request(&none).unwrap(), json!({"do": "settings"}));
        let off = CounterCommand::Settings {
            medical_assistance: Some(Switch::Off),
            visiting_care: None,
            online_care: None,
        };
        assert_eq!(request(&off).unwrap()["medical_assistance"], json!(false));
    }
}
