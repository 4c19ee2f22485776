//! The command line and the exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// uketsuke 端末の状態を調べます。/ Looks after a uketsuke terminal.
#[derive(Debug, Parser)]
#[command(
    name = "uketsukectl",
    version,
    after_help = "終了コード / exit codes:\n  0  正常 / all is well\n  1  異常あり、または応答なし / something failed, or nobody answered\n  2  使い方の誤り / wrong usage\n  3  注意あり / warnings only\n\n例 / examples:\n  uketsukectl doctor\n  uketsukectl doctor --json | jq .layer\n  uketsukectl --lang en status"
)]
pub(crate) struct Args {
    /// 設定ファイル / settings file
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        default_value = "/etc/uketsuke/uketsuke.toml"
    )]
    pub(crate) config: PathBuf,
    /// 管理用ソケット(設定より優先)/ technician's socket, instead of the one in the settings
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// JSON で出力 / print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// 言語 / language
    #[arg(long, global = true, value_enum, default_value_t = Lang::Ja)]
    pub(crate) lang: Lang,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// 動作中の端末の状態 / what the running terminal says of itself
    Status,
    /// 層ごとの点検(端末が止まっていても動きます)/ check layer by layer; works while the daemon is down
    Doctor,
    /// 出来事を続けて表示(Ctrl-C で終了)/ follow what happens, until Ctrl-C
    Watch {
        /// この数だけ受け取ったら終了 / end after this many events
        #[arg(long, value_name = "N")]
        events: Option<u64>,
    },
}

/// Language of the output for people; JSON always has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// 日本語
    Ja,
    /// English
    En,
}

impl Lang {
    /// The one of two texts.
    pub(crate) fn pick<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }
}

/// What the process tells its caller; 2 (wrong usage) comes from the command-line parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Well,
    Failed,
    Warnings,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Well => 0,
            Exit::Failed => 1,
            Exit::Warnings => 3,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_options_may_stand_anywhere() {
        Args::command().debug_assert();
        let args = Args::try_parse_from([
            "uketsukectl",
            "watch",
            "--events",
            "3",
            "--json",
            "--lang",
            "en",
        ])
        .unwrap();
        assert!(
            args.json
                && args.lang == Lang::En
                && matches!(args.command, Command::Watch { events: Some(3) })
        );
    }
}
