//! `uketsukectl results`: who owns which result, and staff's release from an owner that is dead (invariant 9).

use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::{Args, Exit};
use crate::{counter, output};

/// `uketsukectl results …`
#[derive(Debug, Subcommand)]
pub(crate) enum ResultsCommand {
    /// 取り込みが済んでいない結果と引き取り先 / results that nobody has acknowledged, and their owners
    List,
    /// 引き取り先から外し、別のシステムが引き取れるようにする(監査記録に残ります)/ take a result from its owner; stands in the audit chain
    Release {
        /// 結果の番号 / the result's id
        #[arg(value_name = "ID")]
        id: String,
        /// 判断した職員の名前 / who decides so
        #[arg(long, value_name = "NAME")]
        staff: String,
        /// 理由 / why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// 時間内に引き取られなかったファイルを、新しい名前でもう一度フォルダーに出す / write a file once more that nobody took in time
    DeliverAgain {
        /// 結果の番号 / the result's id
        #[arg(value_name = "ID")]
        id: String,
        /// 判断した職員の名前 / who decides so
        #[arg(long, value_name = "NAME")]
        staff: String,
        /// 理由 / why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Carries the command out.
pub(crate) fn run(args: &Args, command: &ResultsCommand) -> anyhow::Result<Exit> {
    let (method, uri, body) = match command {
        ResultsCommand::List => ("GET", "/v1/results".to_owned(), Value::Null),
        ResultsCommand::Release { id, staff, reason } => {
            let body = json!({"staff": staff, "reason": reason});
            (
                "POST",
                format!("/v1/results/{}/release", plain(args, id)?),
                body,
            )
        }
        ResultsCommand::DeliverAgain { id, staff, reason } => {
            let body = json!({"staff": staff, "reason": reason});
            let uri = format!("/v1/results/{}/deliver-again", plain(args, id)?);
            ("POST", uri, body)
        }
    };
    counter::send(args, method, &uri, &body, |answer| match command {
        ResultsCommand::List => list(args, answer),
        ResultsCommand::Release { id, .. } => output::line(&format!(
            "{id}: {}",
            args.lang.pick(
                "引き取りを解除しました。監査記録に残りました",
                "released; the audit chain says so"
            )
        )),
        ResultsCommand::DeliverAgain { id, .. } => output::line(&format!(
            "{id}: {}",
            args.lang.pick(
                "もう一度フォルダーに出します。監査記録に残りました",
                "comes to the folder once more; the audit chain says so"
            )
        )),
    })
}

/// An id has letters, digits and hyphens; anything else is none and must not become another address.
fn plain<'a>(args: &Args, id: &'a str) -> anyhow::Result<&'a str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    anyhow::ensure!(
        !id.is_empty() && id.chars().all(plain),
        "{}",
        args.lang
            .pick("結果の番号ではありません", "this is not the id of a result")
    );
    Ok(id)
}

fn list(args: &Args, answer: &Value) {
    let results = answer["results"].as_array().cloned().unwrap_or_default();
    if results.is_empty() {
        output::line(args.lang.pick("ありません", "none"));
    }
    for result in results {
        let word = |name: &str| output::plain(result[name].as_str().unwrap_or("-"));
        let lapsed = if result["lapsed"] == true {
            args.lang.pick("(期限切れ)", " (lapsed)")
        } else {
            ""
        };
        output::line(&format!(
            "{}  {}  {}  {}{lapsed}",
            word("id"),
            word("stored_at"),
            word("state"),
            word("owner")
        ));
    }
}
