//! Ledger and sockets.

use super::Entry;

pub(crate) static LEDGER_MISSING: Entry = Entry {
    code: "UK-DIAG-201",
    ja: "台帳がまだありません。",
    en: "There is no ledger yet.",
    advice_ja: "端末を一度起動すると作られます。",
    advice_en: "It is made when the daemon starts for the first time.",
};
pub(crate) static LEDGER_GONE: Entry = Entry {
    code: "UK-DIAG-202",
    ja: "台帳がありませんが、監査記録の控えは残っています。",
    en: "The ledger is gone, but the head of its audit chain is still there.",
    advice_ja: "ディスクと設定の ledger.path を確認してください。消去された可能性があります。",
    advice_en: "Check the disk and ledger.path. It may have been deleted.",
};
pub(crate) static LEDGER_KEY: Entry = Entry {
    code: "UK-DIAG-203",
    ja: "台帳の鍵を使えません。",
    en: "The ledger's key can't be used.",
    advice_ja: "設定の ledger.key_file と、資格情報 uketsuke.ledger-key を確認してください。鍵なしで新しい台帳を始めないでください。",
    advice_en: "Check ledger.key_file and the credential uketsuke.ledger-key. Do not begin a new ledger for want of a key.",
};
pub(crate) static LEDGER_DAMAGED: Entry = Entry {
    code: "UK-DIAG-204",
    ja: "台帳または監査記録に異常があります。",
    en: "The ledger or its audit chain is damaged.",
    advice_ja: "ledger.path と ledger.head をそのまま残して管理者に連絡し、「uketsukectl audit verify」で場所を確かめてください。受付は続けられます。",
    advice_en: "Keep ledger.path and ledger.head as they are, call the administrator, and find the place with \"uketsukectl audit verify\". Visits go on.",
};
pub(crate) static LEDGER_OTHER: Entry = Entry {
    code: "UK-DIAG-205",
    ja: "台帳を開けません。",
    en: "The ledger can't be opened.",
    advice_ja: "表示された理由(権限、ディスク)を確認してください。",
    advice_en: "Look at the reason shown (permissions, disk).",
};
pub(crate) static LEDGER_MIXED: Entry = Entry {
    code: "UK-DIAG-206",
    ja: "台帳と設定が食い違っています(本番とシミュレーション)。",
    en: "Ledger and settings disagree (production and simulation).",
    advice_ja: "設定の ledger.path を確認してください。",
    advice_en: "Check ledger.path in the settings.",
};
pub(crate) static DISK_FULL: Entry = Entry {
    code: "UK-DIAG-207",
    ja: "ディスクの空きがありません。",
    en: "The disk is full.",
    advice_ja: "不要なファイルを消してください。空くまで受付できません。",
    advice_en: "Delete what is not needed. Until then no visit can be served.",
};
pub(crate) static DISK_LOW: Entry = Entry {
    code: "UK-DIAG-208",
    ja: "ディスクの空きが少なくなっています。",
    en: "The disk is getting full.",
    advice_ja: "不要なファイルを消してください。",
    advice_en: "Delete what is not needed.",
};
pub(crate) static DAEMON_DOWN: Entry = Entry {
    code: "UK-DIAG-211",
    ja: "端末のデーモン(uketsuked)が動いていません。",
    en: "The terminal's daemon (uketsuked) is not running.",
    advice_ja: "「systemctl restart uketsuked」を実行し、「journalctl -u uketsuked」を確認してください。",
    advice_en: "Run `systemctl restart uketsuked` and look at `journalctl -u uketsuked`.",
};
pub(crate) static DAEMON_SILENT: Entry = Entry {
    code: "UK-DIAG-212",
    ja: "端末のデーモンが応答しません。",
    en: "The terminal's daemon does not answer.",
    advice_ja: "「systemctl restart uketsuked」を実行してください。",
    advice_en: "Run `systemctl restart uketsuked`.",
};
pub(crate) static SOCKET_MISSING: Entry = Entry {
    code: "UK-DIAG-213",
    ja: "レセプトコンピューター用のソケットがありません。",
    en: "The receipt computer's socket is missing.",
    advice_ja: "「systemctl restart uketsuke-receipt.socket uketsuked」を実行してください。",
    advice_en: "Run `systemctl restart uketsuke-receipt.socket uketsuked`.",
};
pub(crate) static SOCKET_OPEN: Entry = Entry {
    code: "UK-DIAG-214",
    ja: "ソケットが誰にでも開かれています。",
    en: "A socket is open to everybody.",
    advice_ja: "権限を 0660 に戻してください(systemd のソケット設定を確認)。",
    advice_en: "Set its mode back to 0660 (see the systemd socket unit).",
};
pub(crate) static SOCKET_KIND: Entry = Entry {
    code: "UK-DIAG-215",
    ja: "ソケットの場所に別のものがあります。",
    en: "Something else lies where a socket should be.",
    advice_ja: "そのファイルを取り除き、端末を再起動してください。",
    advice_en: "Remove that file and restart the daemon.",
};
pub(crate) static SOCKET_DENIED: Entry = Entry {
    code: "UK-DIAG-216",
    ja: "この利用者はソケットを開けません。",
    en: "This user may not open the socket.",
    advice_ja: "root か uketsuke-admin グループの利用者で実行してください。",
    advice_en: "Run as root or as a user in the group uketsuke-admin.",
};
pub(crate) static SOCKET_NO_CLIENTS: Entry = Entry {
    code: "UK-DIAG-217",
    ja: "レセプトコンピューターが一つも登録されていません。",
    en: "No receipt computer is registered.",
    advice_ja: "設定に [[receipt.client]] を加えてください。",
    advice_en: "Add a [[receipt.client]] to the settings.",
};
pub(crate) static DAEMON_MIXED: Entry = Entry {
    code: "UK-DIAG-218",
    ja: "動いているデーモンと設定が食い違っています(本番とシミュレーション)。",
    en: "The running daemon and the settings disagree (production and simulation).",
    advice_ja: "--config で正しい設定ファイルを指定してください。",
    advice_en: "Name the right settings file with --config.",
};
pub(crate) static FOLDERS_FAIL: Entry = Entry {
    code: "UK-DIAG-221",
    ja: "フォルダー(req/res/face)を処理できていません。",
    en: "The folders (req/res/face) are not being served.",
    advice_ja: "表示された理由を確認してください。書き込めないときは uketsukectl folders unit の内容をサービスに加えてください。",
    advice_en: "Look at the reason shown. If they can't be written, add what uketsukectl folders unit prints to the service.",
};
pub(crate) static FOLDER_MISSING: Entry = Entry {
    code: "UK-DIAG-222",
    ja: "設定のフォルダーがありません。",
    en: "A folder of the settings is not there.",
    advice_ja: "マウントと設定の [folders] を確認してください。",
    advice_en: "Check the mount and [folders] in the settings.",
};
pub(crate) static FOLDER_OPEN: Entry = Entry {
    code: "UK-DIAG-223",
    ja: "フォルダーが誰にでも開かれています。患者の情報が読まれます。",
    en: "A folder is open to everybody: patients' data can be read.",
    advice_ja: "chmod o-rwx を実行してください(man uketsuke-folders)。",
    advice_en: "Run chmod o-rwx on it (man uketsuke-folders).",
};
pub(crate) static FOLDER_GROUP: Entry = Entry {
    code: "UK-DIAG-224",
    ja: "フォルダーのグループに権限がありません。レセプトコンピューターがファイルを読めないことがあります。",
    en: "The folder's group lacks its rights: the receipt computer may be unable to read or take files.",
    advice_ja: "chgrp uketsuke-folders と chmod 2770 を実行してください(man uketsuke-folders)。",
    advice_en: "Run chgrp uketsuke-folders and chmod 2770 on it (man uketsuke-folders).",
};

/// All of this file.
pub(super) static STORAGE: &[&Entry] = &[
    &LEDGER_MISSING,
    &LEDGER_GONE,
    &LEDGER_KEY,
    &LEDGER_DAMAGED,
    &LEDGER_OTHER,
    &LEDGER_MIXED,
    &DISK_FULL,
    &DISK_LOW,
    &DAEMON_DOWN,
    &DAEMON_SILENT,
    &SOCKET_MISSING,
    &SOCKET_OPEN,
    &SOCKET_KIND,
    &SOCKET_DENIED,
    &SOCKET_NO_CLIENTS,
    &DAEMON_MIXED,
    &FOLDERS_FAIL,
    &FOLDER_MISSING,
    &FOLDER_OPEN,
    &FOLDER_GROUP,
];
