//! `uketsukectl status`: what the running terminal says of itself.

use std::time::Duration;

use anyhow::Context;
use diagnosis::admin::{self, TerminalStatus};

use crate::args::{Args, Exit, Lang};
use crate::{output, settings, words};

const LIMIT: Duration = Duration::from_secs(5);

/// Asks and shows; fails when nobody answers or the terminal can't serve.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let socket = settings::admin_socket(&args.config, args.socket.as_deref());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let hint = args.lang.pick(
        "端末から状態を得られません。「uketsukectl doctor」で点検してください",
        "the terminal did not give its status; try `uketsukectl doctor`",
    );
    let document = runtime
        .block_on(admin::status_json(&socket, LIMIT))
        .context(hint.to_owned())?;
    let status: TerminalStatus =
        serde_json::from_value(document.clone()).context(hint.to_owned())?;
    if args.json {
        output::line(&serde_json::to_string_pretty(&document)?);
    } else {
        for text in lines(&status, args.lang) {
            output::line(&output::plain(&text));
        }
    }
    let folders_fail = status.folders.as_ref().is_some_and(|folders| !folders.ok);
    let camera_fails = status.vision.camera.as_ref().is_some_and(|c| !c.ok);
    Ok(
        match (
            status.ok,
            status.alerts.is_empty() && !camera_fails && !folders_fail,
        ) {
            (false, _) => Exit::Failed,
            (true, false) => Exit::Warnings,
            (true, true) => Exit::Well,
        },
    )
}

/// The status for people.
fn lines(status: &TerminalStatus, lang: Lang) -> Vec<String> {
    let word = |good: bool| {
        if good {
            lang.pick("正常", "ok")
        } else {
            lang.pick("異常", "NOT OK")
        }
    };
    let mut out = Vec::new();
    if status.simulated {
        out.push(
            lang.pick(
                "シミュレーション(実在の患者ではありません)",
                "SIMULATION (no real patients)",
            )
            .to_owned(),
        );
    }
    out.push(format!(
        "uketsuked {} {} {}",
        status.version,
        status.desk,
        if status.ok {
            lang.pick("受付できます", "ready")
        } else {
            lang.pick("異常があります", "NOT ALL IS WELL")
        }
    ));
    let none = lang.pick("なし", "none");
    let readers = if status.card.readers.is_empty() {
        none.to_owned()
    } else {
        status.card.readers.join("; ")
    };
    out.push(format!(
        "{}: {} / {}: {readers}",
        lang.pick("カードサービス", "card service"),
        word(status.card.service_up),
        lang.pick("リーダー", "readers")
    ));
    let camera = status
        .vision
        .camera
        .as_ref()
        .map_or(lang.pick("未確認", "not checked"), |camera| {
            word(camera.ok)
        });
    out.push(format!(
        "{}: {} / {}: {camera}",
        lang.pick("顔照合", "vision worker"),
        word(status.vision.connected),
        lang.pick("カメラ", "camera")
    ));
    let central = match status.central.reachable {
        None => lang.pick("未接続", "not contacted yet"),
        Some(reachable) => word(reachable),
    };
    let with = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        if text.is_empty() {
            String::new()
        } else {
            format!(" {text}")
        }
    };
    out.push(format!(
        "{}: {central}{} / {}: {}",
        lang.pick("資格確認サービス", "central service"),
        with(&status.central.last_problem),
        lang.pick("保留中", "queued"),
        status.central.queued
    ));
    out.push(format!(
        "{}: {}{} / {}: {}",
        lang.pick("台帳", "ledger"),
        word(status.ledger.ok),
        with(&status.ledger.problem),
        lang.pick("未受取の結果", "results waiting"),
        status.ledger.waiting
    ));
    if let Some(folders) = &status.folders {
        out.push(format!(
            "{}: {}{}",
            lang.pick("フォルダー", "folders"),
            word(folders.ok),
            with(&folders.problem)
        ));
    }
    let visit = status.visit.as_ref().map_or_else(
        || none.to_owned(),
        |visit| {
            let page = words::page(&visit.page, lang);
            format!("{} {} {page}", visit.visit, visit.reader)
        },
    );
    out.push(format!("{}: {visit}", lang.pick("受付中", "visit")));
    out.extend(
        status
            .alerts
            .iter()
            .map(|alert| format!("{} {}", alert.code, lang.pick(&alert.ja, &alert.en))),
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_name_what_is_broken() {
        let mut status = TerminalStatus {
            ok: false,
            simulated: true,
            folders: Some(admin::FoldersStatus {
                ok: false,
                problem: Some("UK-RCPT-033 req".into()),
            }),
            ..TerminalStatus::default()
        };
        status.alerts.push(admin::Alert {
            code: "UK-CENT-001".into(),
            ja: "接続できません".into(),
            en: "no connection".into(),
        });
        let (ja, en) = (
            lines(&status, Lang::Ja).join("\n"),
            lines(&status, Lang::En).join("\n"),
        );
        assert!(
            ja.contains("異常があります")
                && ja.contains("接続できません")
                && ja.starts_with("シミュレーション"),
            "{ja}"
        );
        assert!(en.contains("folders: NOT OK UK-RCPT-033 req"), "{en}");
        assert!(
            en.contains("NOT ALL IS WELL")
                && en.contains("UK-CENT-001 no connection")
                && en.is_ascii(),
            "{en}"
        );
    }
}
