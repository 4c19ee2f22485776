//! Sentences that any layer may need.

use super::Entry;

pub(crate) static NEEDS_EARLIER: Entry = Entry {
    code: "UK-DIAG-001",
    ja: "前の段階に異常があるため確認していません。",
    en: "Not checked, because an earlier layer is broken.",
    advice_ja: "先に前の段階を直してください。",
    advice_en: "Repair the earlier layer first.",
};
pub(crate) static TOOK_TOO_LONG: Entry = Entry {
    code: "UK-DIAG-002",
    ja: "時間内に応答がありませんでした。",
    en: "There was no answer in time.",
    advice_ja: "機器を再起動し、もう一度確認してください。",
    advice_en: "Restart the device or service and check again.",
};
pub(crate) static NEEDS_ROOT: Entry = Entry {
    code: "UK-DIAG-003",
    ja: "この利用者には読む権限がないため確認していません。",
    en: "Not checked, because this user may not read it.",
    advice_ja: "root で uketsukectl doctor を実行してください。",
    advice_en: "Run uketsukectl doctor as root.",
};
pub(crate) static CONFIG_FILE: Entry = Entry {
    code: "UK-DIAG-101",
    ja: "設定ファイルを使えません。",
    en: "The settings file can't be used.",
    advice_ja: "表示された行と項目を直してください。項目の説明は uketsuke.toml(5) にあります。",
    advice_en: "Correct the line and key shown. uketsuke.toml(5) describes every key.",
};
pub(crate) static CONFIG_ABSENT: Entry = Entry {
    code: "UK-CONF-001",
    ja: "設定ファイルを読めません。",
    en: "The settings file can't be read.",
    advice_ja: "ファイルを作るか（見本と説明は uketsuke.toml(5)）、--config で場所を指定してください。権限も確認してください。",
    advice_en: "Create it (uketsuke.toml(5) describes every key), or name another one with --config. Check its permissions, too.",
};
pub(crate) static CONFIG_NAMED_FILE: Entry = Entry {
    code: "UK-DIAG-102",
    ja: "設定ファイルが指すファイルを読めません。",
    en: "A file named in the settings can't be read.",
    advice_ja: "ファイルの場所と権限を確認してください。",
    advice_en: "Check that the file exists and may be read.",
};
pub(crate) static BROWSER_POLICY: Entry = Entry {
    code: "UK-DIAG-103",
    ja: "ブラウザーのポリシーが、ヘッドホンの出力を患者画面に教えません。",
    en: "The browser's policy names no audio outputs to the patient's page, so headphones are never found.",
    advice_ja: "/etc/chromium/policies/managed/uketsuke.json の AudioCaptureAllowedUrls に表示されたアドレスを書いてください(docs/installation.md の Headphones)。それまで、本人に関することは音声では流れません。",
    advice_en: "Write the address shown into AudioCaptureAllowedUrls of /etc/chromium/policies/managed/uketsuke.json (docs/installation.md, Headphones). Until then nothing about the person is spoken.",
};

/// All of this file.
pub(super) static GENERAL: &[&Entry] = &[
    &NEEDS_EARLIER,
    &TOOK_TOO_LONG,
    &NEEDS_ROOT,
    &CONFIG_FILE,
    &CONFIG_NAMED_FILE,
    &BROWSER_POLICY,
];
