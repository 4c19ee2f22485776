//! The command line and the exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::card::CardArgs;
use crate::clock::ClockCommand;
use crate::counter::CounterCommand;
use crate::reset::ResetArgs;
use crate::results::ResultsCommand;

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
    /// カードを一段ずつ点検(暗証番号は使わず、回数も減りません)/ walk a card step by step; spends no try
    Card(CardArgs),
    /// 応答しないリーダーを USB ごと再起動 / restart a reader that hangs, by its USB port
    ResetReader(ResetArgs),
    /// 出来事を続けて表示(Ctrl-C で終了)/ follow what happens, until Ctrl-C
    Watch {
        /// この数だけ受け取ったら終了 / end after this many events
        #[arg(long, value_name = "N")]
        events: Option<u64>,
    },
    /// メッセージファイルを調べる(端末は不要)/ look into message files; needs no terminal
    Message {
        /// 何をするか / what to do
        #[command(subcommand)]
        action: MessageAction,
    },
    /// 監査記録の検証と書き出し / the audit chain: verify, export, note its head
    #[command(subcommand)]
    Audit(AuditCommand),
    /// 台帳のバックアップと復帰 / the ledger: backup, and taking a backup into use
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// 未受取の結果と、職員による引き取りの解除 / results not yet taken over, and taking one away from a dead owner
    #[command(subcommand)]
    Results(ResultsCommand),
    /// 進んだ時刻を戻す(UK-VISIT-401)/ the terminal's time, after the central service's clock was ahead
    #[command(subcommand)]
    Clock(ClockCommand),
    /// 窓口の照会・一括取得・設定・災害時など / the counter: lookups, bulk fetches, settings, disaster, outage
    #[command(subcommand)]
    Counter(CounterCommand),
    /// レセプトコンピューター用フォルダー / the folders of a receipt computer
    #[command(subcommand)]
    Folders(FoldersCommand),
    /// 職員画面の職員の登録 / accounts of the staff's page
    #[command(subcommand)]
    Staff(StaffCommand),
}

/// `uketsukectl folders …`
#[derive(Debug, Subcommand)]
pub(crate) enum FoldersCommand {
    /// フォルダーへの書き込みを許すサービスの追加設定を表示 / print what the service needs to write the folders of the settings
    Unit {
        /// フォルダーのグループ / group of the folders
        #[arg(long, value_name = "NAME", default_value = "uketsuke-folders", value_parser = plain_name)]
        group: String,
    },
}

/// A name that a unit takes as one word.
fn plain_name(name: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(plain) {
        return Err("letters, digits, - and _".to_owned());
    }
    Ok(name.to_owned())
}

/// `uketsukectl staff …`
#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// 登録された職員 / who is registered
    List,
    /// 職員を登録(パスワードを作って表示)/ register somebody; a password is made and shown
    Add {
        /// 職員の名前 / name
        name: String,
        /// 医療情報を見られる有資格者(2つ目の確認が要ります)/ qualified to view medical information, with a second factor
        #[arg(long)]
        medical: bool,
        /// パスワードを標準入力から読む / read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// パスワードと2つ目の確認を作りなおす / a new password and second factor
    Reset {
        /// 職員の名前 / name
        name: String,
        /// パスワードを標準入力から読む / read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// 登録を消す / remove an account
    Remove {
        /// 職員の名前 / name
        name: String,
    },
    /// 院内ネットワーク用の自己署名証明書を作る / make a self-signed certificate for the clinic's network
    Certificate {
        /// 有効日数 / valid for so many days
        #[arg(long, value_name = "N", default_value_t = 397, value_parser = clap::value_parser!(u32).range(1..=825))]
        days: u32,
    },
}

/// `uketsukectl audit …`
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// 改ざん・欠落がないか確かめる / find a changed, removed, inserted or cut-off record and name its place
    Verify {
        /// 書き出したファイルを確かめる(鍵は不要)/ check an exported file instead of the ledger; needs no key
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// その端末の公開鍵(16 進 64 桁)/ public key of the terminal, for --file
        #[arg(long, value_name = "HEX", requires = "file", value_parser = public_key)]
        public_key: Option<String>,
        /// 以前に控えた先頭記録と比べる / compare with a head noted earlier by `audit head`
        #[arg(long, value_name = "FILE", conflicts_with = "file")]
        head: Vec<PathBuf>,
    },
    /// 署名付きで書き出す / write the records with a signed head, one JSON document per line
    Export {
        /// 書き出し先(新しいファイル)/ a new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// この番号から / from this record on
        #[arg(long, value_name = "N", default_value_t = 0)]
        from: u64,
    },
    /// 署名付きの先頭記録を表示 / print the signed head, to be noted elsewhere
    Head,
}

/// A public key as `audit head` prints it. A mistyped one is no sign of tampering.
fn public_key(text: &str) -> Result<String, String> {
    let key = text.trim();
    if key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(key.to_ascii_lowercase())
    } else {
        Err("公開鍵は 16 進 64 桁です(`audit head` の public_key)/ a public key has 64 hexadecimal digits (public_key of `audit head`)".into())
    }
}

/// `uketsukectl ledger …`
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// 端末を動かしたままバックアップ / copy the ledger while the terminal works
    Backup {
        /// 書き出し先(新しいファイル)/ a new file
        out: PathBuf,
    },
    /// 戻したバックアップを使い始める(端末は止めておく)/ take a restored backup into use, with the daemon stopped
    AcceptRestored {
        /// 判断した職員の名前 / who decides so
        #[arg(long)]
        staff: String,
        /// 理由 / why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MessageAction {
    /// XML・JSON・ZIP の内容と疑わしい点を表示 / show XML, JSON or ZIP files in plain words, with what is doubtful
    Show {
        /// ファイル(「-」は標準入力)/ files; `-` is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
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
