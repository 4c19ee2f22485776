//! `uketsukectl ledger`: a backup while the terminal works, and taking one into use.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::json;
use uketsuked::config::Config;

use crate::args::{Args, Exit, Lang, LedgerCommand};
use crate::audit::{options, said};
use crate::output;

/// Carries the command out.
pub(crate) fn run(args: &Args, command: &LedgerCommand) -> anyhow::Result<Exit> {
    match command {
        LedgerCommand::Backup { out } => {
            let config = Config::load(&args.config)?;
            ledger::backup(&config.ledger.path, out).map_err(|error| said(args, error))?;
            if args.json {
                output::line(&json!({"backup": out}).to_string());
            } else {
                let text = args.lang.pick("バックアップしました", "backed up");
                output::line(&format!("{text}: {}", out.display()));
            }
        }
        LedgerCommand::AcceptRestored { staff, reason } => {
            let now = crate::settings::now();
            let (from, to) = ledger::accept_restored(&options(args)?, now, staff, reason)
                .map_err(|error| said(args, error))?;
            if args.json {
                output::line(&json!({"missing_from": from, "missing_to": to}).to_string());
            } else {
                let text = args.lang.pick(
                    "の記録は失われたものとして、監査記録に残しました",
                    "are missing, and the audit chain says so",
                );
                output::line(&format!("{from}–{to} {text}"));
                for hint in hints(&options(args)?.path, args.lang) {
                    output::line(&hint);
                }
            }
        }
    }
    Ok(Exit::Well)
}

/// What is still to be done: a file that root put there is not the daemon's, and what the backup does not know is looked at by staff.
fn hints(ledger: &Path, lang: Lang) -> Vec<String> {
    let mut hints = Vec::new();
    let folder = ledger
        .parent()
        .and_then(|folder| std::fs::metadata(folder).ok());
    if let (Some(folder), Ok(file)) = (folder, std::fs::metadata(ledger))
        && folder.uid() != file.uid()
    {
        let begin = lang.pick("先に実行してください", "first run");
        let path = ledger.display();
        hints.push(format!(
            "{begin}: chown --reference={} {path}*",
            path_of(ledger)
        ));
    }
    hints.push(
        lang.pick(
            "次に: systemctl start uketsuked、uketsukectl audit verify。復元より後の受付は台帳にありません。職員画面の「確認の必要な件」とレセプトコンピューターを照らし合わせてください。",
            "next: systemctl start uketsuked, uketsukectl audit verify. Visits after the backup are not in the ledger: compare the staff page's follow-ups and the receipt computer.",
        )
        .to_owned(),
    );
    hints
}

fn path_of(ledger: &Path) -> String {
    ledger.parent().unwrap_or(ledger).display().to_string()
}
