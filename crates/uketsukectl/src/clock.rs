//! `uketsukectl clock`: the way back when the central service's clock was ahead and has pushed the terminal's time (UK-VISIT-401).

use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::{Args, Exit};
use crate::{counter, output};

/// `uketsukectl clock …`
#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    /// 進んだ時刻を、端末の時計まで戻す(有効な同意は先にすべて終わらせ、監査記録に残ります)/ set the terminal's time back to the machine's clock; every consent that is still open is ended first; stands in the audit chain
    Accept {
        /// 判断した人の名前 / who decides so
        #[arg(long, value_name = "NAME")]
        staff: String,
        /// 理由 / why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Carries the command out.
pub(crate) fn run(args: &Args, command: &ClockCommand) -> anyhow::Result<Exit> {
    let ClockCommand::Accept { staff, reason } = command;
    let body = json!({"staff": staff, "reason": reason});
    counter::send(args, "POST", "/v1/clock/accept", &body, |answer| {
        output::line(&told(args, answer));
    })
}

fn told(args: &Args, answer: &Value) -> String {
    let number = |name: &str| answer[name].as_u64().unwrap_or_default();
    let (minutes, ended) = (number("set_back_seconds") / 60, number("consents_ended"));
    args.lang
        .pick(
            "時刻を{minutes}分戻しました。終わらせた同意: {ended}件。監査記録に残りました",
            "set back by {minutes} minutes; consents ended: {ended}; the audit chain says so",
        )
        .replace("{minutes}", &minutes.to_string())
        .replace("{ended}", &ended.to_string())
}
