//! `uketsukectl doctor`: runs the checks and shows them.

use diagnosis::{Check, Report, Status};

use crate::args::{Args, Exit, Lang};
use crate::{output, settings};

/// Runs; the exit code follows the worst check.
pub(crate) fn run(args: &Args) -> Exit {
    let report = diagnosis::run(&settings::doctor_input(
        &args.config,
        args.socket.as_deref(),
    ));
    if args.json {
        output::line(&serde_json::to_string_pretty(&report).unwrap_or_default());
    } else {
        for text in lines(&report, args.lang) {
            output::line(&text);
        }
    }
    match report.status {
        Status::Failed => Exit::Failed,
        Status::Warning => Exit::Warnings,
        Status::Ok | Status::Skipped => Exit::Well,
    }
}

/// The report for people: a line per check, advice beneath those that need it, the headline last,
/// where the eye is when the command ends.
fn lines(report: &Report, lang: Lang) -> Vec<String> {
    let mut out = Vec::new();
    if report.simulated == Some(true) {
        out.push(
            lang.pick(
                "シミュレーション(実在の患者ではありません)",
                "SIMULATION (no real patients)",
            )
            .to_owned(),
        );
    }
    for check in &report.checks {
        out.extend(check_lines(check, lang));
    }
    out.push(String::new());
    out.push(
        lang.pick(&report.headline_ja, &report.headline_en)
            .to_owned(),
    );
    let first = report
        .checks
        .iter()
        .find(|check| Some(check.layer) == report.layer && check.status == report.status);
    if let Some(check) = first {
        out.push(format!(
            "{} {}",
            lang.pick("→", "->"),
            lang.pick(check.advice_ja, check.advice_en)
        ));
    }
    out
}

fn check_lines(check: &Check, lang: Lang) -> Vec<String> {
    let (ja, en) = check.layer.label();
    let label = lang.pick(ja, en);
    // What a parser says over several lines stands in one here.
    let detail: Vec<&str> = lang
        .pick(&check.detail_ja, &check.detail)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && *line != "|")
        .collect();
    let detail = output::plain(&detail.join(" "));
    let mut out = vec![format!(
        "{} {label}: {}",
        output::mark(check.status, lang),
        if check.status == Status::Ok {
            detail.as_str()
        } else {
            lang.pick(check.message_ja, check.message_en)
        }
    )];
    if check.status != Status::Ok {
        let code = check.code.unwrap_or_default();
        out.push(format!("         {code} {detail}").trim_end().to_owned());
        if matches!(check.status, Status::Failed | Status::Warning) {
            out.push(format!(
                "         {}",
                lang.pick(check.advice_ja, check.advice_en)
            ));
        }
    }
    out
}
