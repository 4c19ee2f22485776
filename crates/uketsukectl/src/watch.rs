//! `uketsukectl watch`: follows the terminal's events until Ctrl-C or the daemon's end.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use diagnosis::admin::{self, AdminError, Watch, WatchEvent};
use serde_json::Value;

use crate::args::{Args, Exit, Lang};
use crate::{output, settings, words};

const LIMIT: Duration = Duration::from_secs(5);

/// Follows; ends well after `wanted` events, an interrupt or the end of the daemon.
pub(crate) fn run(args: &Args, wanted: Option<u64>) -> anyhow::Result<Exit> {
    let socket = settings::admin_socket(&args.config, args.socket.as_deref());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let hint = args.lang.pick(
            "端末に接続できません。「uketsukectl doctor」で点検してください",
            "the terminal can't be reached; try `uketsukectl doctor`",
        );
        let mut watch = Watch::connect(&socket, LIMIT)
            .await
            .context(hint.to_owned())?;
        if !args.json {
            for text in opening(&socket, args.lang).await {
                output::line(&text);
            }
        }
        let mut seen = 0;
        while wanted.is_none_or(|wanted| seen < wanted) {
            tokio::select! {
                // The daemon's end is the usual end of watching, whether it closes the stream or breaks it off.
                event = watch.next() => match event {
                    Ok(Some(event)) => output::line(&text(&event, args)),
                    Ok(None) | Err(AdminError::Http(_)) => {
                        let ended = args.lang.pick("端末が終了しました", "the terminal has ended");
                        anyhow::ensure!(wanted.is_none(), "{ended}");
                        output::note(ended);
                        break;
                    }
                    Err(error) => return Err(error.into()),
                },
                _ = tokio::signal::ctrl_c() => break,
            }
            seen += 1;
        }
        Ok(Exit::Well)
    })
}

/// What stands above the events: at once, so that nobody wonders whether it works, and the word of the simulation.
async fn opening(socket: &Path, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    // The stream is open already; a status that does not come only leaves the banner out.
    if let Ok(status) = admin::status(socket, LIMIT).await
        && status.simulated
    {
        let banner = lang.pick(
            "シミュレーション(実在の患者ではありません)",
            "SIMULATION (no real patients)",
        );
        lines.push(banner.to_owned());
    }
    let socket = output::plain(&socket.display().to_string());
    lines.push(match lang {
        Lang::Ja => format!("{socket} を見ています(Ctrl-C で終了)"),
        Lang::En => format!("watching {socket} (Ctrl-C ends)"),
    });
    lines
}

/// One event. With `--json` one document per line; for people the time in Japan, what happened, and its fields.
fn text(event: &WatchEvent, args: &Args) -> String {
    let data: Value =
        serde_json::from_str(&event.data).unwrap_or_else(|_| event.data.clone().into());
    // An event that the daemon did not name says in its data what it is.
    let named = event.name != "message";
    if args.json {
        return if named {
            serde_json::json!({ "event": event.name, "data": data })
        } else {
            data
        }
        .to_string();
    }
    let Value::Object(mut fields) = data else {
        let name = words::name(&event.name, args.lang);
        return output::plain(&format!("{name}  {data}"));
    };
    let at = fields
        .shift_remove("at")
        .and_then(|at| at.as_i64())
        .map_or_else(|| "--:--:--".into(), time_in_japan);
    let name = match fields.shift_remove("event") {
        Some(Value::String(name)) if !named => name,
        _ => event.name.clone(),
    };
    let rest: Vec<String> = fields
        .iter()
        // What is not known is left out.
        .filter(|(_, value)| !value.is_null() && value.as_str() != Some(""))
        .map(|(key, value)| {
            let label = words::name(key, args.lang);
            match value {
                Value::String(word) => {
                    format!("{label}={}", words::value(key, word, args.lang))
                }
                other => format!("{label}={other}"),
            }
        })
        .collect();
    let name = words::name(&name, args.lang);
    output::plain(format!("{at}  {name}  {}", rest.join(" ")).trim_end())
}

/// Milliseconds since the Unix epoch as HH:MM:SS in Japan, which has no summer time.
fn time_in_japan(ms: i64) -> String {
    let seconds = ms
        .div_euclid(1000)
        .saturating_add(9 * 3600)
        .rem_euclid(86_400);
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn args(more: &[&str]) -> Args {
        Args::parse_from([&["uketsukectl", "watch"], more].concat())
    }

    #[test]
    fn json_output_is_one_document_per_line_even_for_odd_data() {
        let event = |data: &str| WatchEvent {
            name: "visit".into(),
            data: data.into(),
        };
        assert_eq!(
            text(&event("{\"a\":\n1}"), &args(&["--json"])),
            r#"{"event":"visit","data":{"a":1}}"#
        );
        assert_eq!(
            text(&event("no\njson"), &args(&["--json"])),
            r#"{"event":"visit","data":"no\njson"}"#
        );
        assert!(!text(&event("no\njson"), &args(&[])).contains('\n'));
    }

    #[test]
    fn people_see_time_name_and_fields() {
        let data = r#"{"at":1795316400000,"event":"device","device":"reader","state":"card-in","detail":"A\u001b[2J"}"#;
        let event = WatchEvent {
            name: "message".into(),
            data: data.into(),
        };
        assert_eq!(
            text(&event, &args(&["--lang", "en"])),
            "12:00:00  device  device=reader state=card-in detail=A\u{fffd}[2J"
        );
        assert_eq!(text(&event, &args(&["--json"])), data);
    }

    #[test]
    fn japanese_words_and_no_empty_values() {
        let event = WatchEvent {
            name: "message".into(),
            data: r#"{"at":1795316400000,"event":"device","device":"camera","state":"up","detail":"","code":null}"#.into(),
        };
        assert_eq!(
            text(&event, &args(&[])),
            "12:00:00  機器  機器=カメラ 状態=正常"
        );
        assert_eq!(
            text(&event, &args(&["--lang", "en"])),
            "12:00:00  device  device=camera state=up"
        );
    }
}
