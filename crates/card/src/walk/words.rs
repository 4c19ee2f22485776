//! What a step found wrong, in words: those of the error, or those that only a technician hears.

use serde::Serialize;

use crate::certificate::CertificateProblem;
use crate::error::CardError;

/// What is wrong and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable code.
    pub code: &'static str,
    /// Japanese.
    pub ja: &'static str,
    /// English.
    pub en: &'static str,
}

impl Problem {
    pub(super) const NO_CARD: Self = Self {
        code: "UK-CARD-301",
        ja: "カードが置かれていません(チップが応答しないカードも同じに見えます)。ケースから出し、向きを確かめて置き、やり直してください。--wait 秒数 で待てます。",
        en: "No card lies on the reader, or its chip does not answer. Take it out of its case, mind the side, and run again; --wait SECONDS waits for one.",
    };
    pub(super) const OTHER_CARD: Self = Self {
        code: "UK-CARD-302",
        ja: "マイナンバーカードではありません。マイナンバーカードを置いてやり直してください。",
        en: "This is not a My Number Card. Lay one down and run again.",
    };
    pub(super) const NO_EXPIRY: Self = Self {
        code: "UK-CARD-303",
        ja: "カードの有効期限を読み取れません。照合番号は14けたの入力になります。",
        en: "The card does not tell its expiry; matching number B is typed with all 14 digits.",
    };
    pub(super) const PIN_LOW: Self = Self {
        code: "UK-CARD-304",
        ja: "暗証番号の残り回数が足りません。市区町村の窓口で再設定できます。",
        en: "Too few tries are left for the PIN. The municipal office can set it anew.",
    };
    pub(super) const NUMBER_LOW: Self = Self {
        code: "UK-CARD-305",
        ja: "照合番号の残り回数が足りない(4回以上必要)ため、顔での確認はできません。暗証番号を使ってください。市区町村の窓口で直せます。",
        en: "Too few tries are left for matching number B (four are needed): no identification by face. Use the PIN; the municipal office can set the counter anew.",
    };
    pub(super) const EXPIRES_SOON: Self = Self {
        code: "UK-CARD-306",
        ja: "電子証明書の有効期限まで3か月を切っています。市区町村の窓口で更新できます。",
        en: "The certificate ends within three months. The municipal office can renew it.",
    };
    pub(super) const EXPIRED: Self = Self {
        code: "UK-CARD-307",
        ja: "電子証明書の有効期限が過ぎています。使えるかどうかは資格確認等システムが判断します。",
        en: "The certificate has ended. Whether it may still be used is the central service's decision.",
    };
    pub(super) const NO_PHOTO: Self = Self {
        code: "UK-CARD-308",
        ja: "顔写真の記録が見つかりません。顔での確認はできません。",
        en: "There is no photo record: no identification by face.",
    };
    pub(super) const NO_EXTENDED: Self = Self {
        code: "UK-CARD-309",
        ja: "拡張長は使えません。256バイトずつ読み取ります(正常に動作します)。",
        en: "Extended length does not pass; files are read in 256-byte blocks, which works.",
    };
    pub(super) const HELD_BY_TERMINAL: Self = Self {
        code: "UK-CARD-310",
        ja: "カードはほかのプログラム(動作中の端末など)が使用中です。受付の終了を待つか、--reader で別のリーダーを指定してください。",
        en: "Another program (the running terminal, perhaps) holds the card. Wait for the visit's end, or name another reader with --reader.",
    };
    pub(super) const PHOTO_OPEN: Self = Self {
        code: "UK-CARD-311",
        ja: "顔写真の記録が照合番号なしで読み取れます。正規のカードではないおそれがあります。",
        en: "The photo record opens without matching number B. This may not be a genuine card.",
    };
    pub(super) const TRIES_UNSAID: Self = Self {
        code: "UK-CARD-312",
        ja: "カードが残り回数を答えないため、この番号での確認はできません。",
        en: "The card does not say how many tries are left, so this number is not asked for.",
    };
    pub(super) const NOT_YET: Self = Self {
        code: "UK-CARD-313",
        ja: "電子証明書の有効期間がまだ始まっていません。端末の時計とカードを確認してください。",
        en: "The certificate's validity has not begun. Check the terminal's clock and the card.",
    };
    pub(super) const NO_SERVICE: Self = Self {
        code: "UK-CARD-315",
        ja: "カードリーダーのサービス(pcscd)が動いていません。systemctl restart pcscd.socket pcscd.service で再起動し、uketsukectl doctor で確認してください。",
        en: "The smart card service (pcscd) does not run. Restart it with systemctl restart pcscd.socket pcscd.service, then look with uketsukectl doctor.",
    };
    pub(super) const SERVICE_HANGS: Self = Self {
        code: "UK-CARD-316",
        ja: "カードリーダーのサービス(pcscd)が応答しません。systemctl restart pcscd.service で再起動してください。続く場合はリーダーをつなぎ直してください。",
        en: "The smart card service (pcscd) hangs. Restart it with systemctl restart pcscd.service; if that does not help, unplug the reader and plug it in again.",
    };
    pub(super) const CHIP_FAILS: Self = Self {
        code: "UK-CARD-317",
        ja: "チップがエラーを返しました。置き直しても同じなら、マイナンバーカードではないか、チップの故障です。",
        en: "The chip answered with an error. If that stays after laying it anew, it is no My Number Card or its chip is broken.",
    };
    pub(super) const NO_WAY_LEFT: Self = Self {
        code: "UK-CARD-318",
        ja: "暗証番号も照合番号も使えないため、職員の目視でしか確認できません。どちらも市区町村の窓口で直せます。",
        en: "Neither PIN nor matching number B can be used: only staff can confirm by sight. The municipal office can set both anew.",
    };
    pub(super) const NO_READER: Self = Self {
        code: "UK-CARD-314",
        ja: "使えるカードリーダーが見つかりません。接続、--reader の名前、設定の card.reader を確認してください。",
        en: "No card reader that may be used is there. Check its cable, the name after --reader and card.reader in the settings.",
    };

    /// The words of an error.
    pub(super) const fn of(error: &CardError) -> Self {
        Self {
            code: error.code(),
            ja: error.ja(),
            en: error.en(),
        }
    }

    /// The words of a certificate's problem.
    pub(super) const fn certificate(problem: CertificateProblem) -> Self {
        Self {
            code: problem.code(),
            ja: problem.ja(),
            en: problem.en(),
        }
    }
}
