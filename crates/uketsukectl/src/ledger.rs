//! `uketsukectl ledger`: a backup while the terminal works, and taking one into use.

use serde_json::json;
use uketsuked::config::Config;

use crate::args::{Args, Exit, LedgerCommand};
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
            }
        }
    }
    Ok(Exit::Well)
}
