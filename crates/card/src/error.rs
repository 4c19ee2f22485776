//! What can go wrong with a card, each with a stable code and a sentence in Japanese and English.

use crate::certificate::CertificateProblem;
use crate::transport::LinkError;

/// The card threads cannot take the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardGone {
    /// They have ended.
    #[error("the card threads have ended")]
    Stopped,
    /// Their queue is full: an earlier command is still being worked on.
    #[error("the card thread's queue is full")]
    Busy,
}

/// Why a card is not accepted as genuine (invariant 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotGenuine {
    /// The card's CV certificate has not the layout of one.
    #[error("the card's CV certificate is malformed")]
    CertificateMalformed,
    /// No configured issuer key has the certificate's issuer key id.
    #[error("the issuer of the card's CV certificate is not configured")]
    IssuerUnknown,
    /// The certificate does not verify under the issuer's key.
    #[error("the card's CV certificate does not verify")]
    CertificateSignature,
    /// The photo record has not the layout of one.
    #[error("the photo record is malformed")]
    RecordMalformed,
    /// The record's signature does not cover its content.
    #[error("the photo record's signature does not verify")]
    RecordSignature,
    /// The card could not sign a fresh challenge with the key named in the record.
    #[error("the card did not prove that it holds the key named in its photo record")]
    KeyNotPresent,
}

impl NotGenuine {
    /// The reason in Japanese, for the technician.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        match self {
            Self::CertificateMalformed => "カードのCV証明書の形式が正しくありません",
            Self::IssuerUnknown => "カードのCV証明書の発行者が設定(card.issuers)にありません",
            Self::CertificateSignature => "カードのCV証明書の署名が正しくありません",
            Self::RecordMalformed => "顔写真の記録の形式が正しくありません",
            Self::RecordSignature => "顔写真の記録の署名が正しくありません",
            Self::KeyNotPresent => {
                "顔写真の記録にある鍵を、カードが持っていることを示せませんでした"
            }
        }
    }
}

/// Why a card command failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Transport trouble; see [`LinkError`].
    #[error("no exchange with the card")]
    Link(#[from] LinkError),
    /// Another program kept the card for longer than is waited for.
    #[error("another program is using the card{}", by.as_ref().map(|by| format!(": {by}")).unwrap_or_default())]
    Held {
        /// Which, as far as can be known here; for the technician.
        by: Option<String>,
    },
    /// The reader went away in the middle of a visit.
    #[error("the reader went away")]
    ReaderGone,
    /// The card was taken away.
    #[error("the card was removed")]
    CardRemoved,
    /// No session of this visit is open.
    #[error("no card session of this visit is open")]
    NoSession,
    /// This reader may not be used here.
    #[error("the reader is not accepted: {0}")]
    ReaderRefused(&'static str),
    /// The card refused a step with this status word.
    #[error("the card answered {sw:04X} to {step}")]
    Status {
        /// The step, in words.
        step: &'static str,
        /// Status word SW1-SW2.
        sw: u16,
    },
    /// The card's data for a step is cut off or unusable.
    #[error("unusable data from the card for {0}")]
    BadData(&'static str),
    /// The file holds nothing.
    #[error("{0}: the file holds nothing")]
    Empty(&'static str),
    /// The photo cannot be trusted.
    #[error("the card is not accepted as genuine: {reason}")]
    NotGenuine {
        /// Why.
        reason: NotGenuine,
    },
    /// The photo was asked for before matching number B was accepted in this session.
    #[error("matching number B has not been accepted in this session")]
    MatchingNumberFirst,
    /// A proof after PIN was asked for before the PIN was accepted in this session.
    #[error("the PIN has not been accepted in this session")]
    PinFirst,
    /// The card has no usable authentication certificate.
    #[error("no usable authentication certificate: {0}")]
    NoCertificate(CertificateProblem),
    /// The card's signature does not fit its own certificate.
    #[error("the card's signature does not verify under its certificate")]
    ProofInvalid,
    /// The nonce is empty or too long.
    #[error("the nonce cannot be signed")]
    NonceUnusable,
    /// No way without PIN is configured.
    #[error("no authentication without PIN is configured")]
    NoPinless,
    /// The way without PIN failed.
    #[error("authentication without PIN failed: {0}")]
    Pinless(String),
    /// The configuration is not acceptable (invariant 13).
    #[error("card configuration not accepted: {0}")]
    Config(String),
    /// The machine could not start a thread.
    #[error("the card threads could not be started")]
    Threads,
    /// The random generator of the machine failed.
    #[error("no random numbers")]
    Random,
}

impl CardError {
    /// The stable code shown to people and used in the documents.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.row().0
    }

    /// What happened and what to do, in Japanese.
    #[must_use]
    pub const fn ja(&self) -> &'static str {
        self.row().1
    }

    /// What happened and what to do, in English.
    #[must_use]
    pub const fn en(&self) -> &'static str {
        self.row().2
    }

    /// Whether the card session is over after this.
    #[must_use]
    pub const fn ends_session(&self) -> bool {
        match self {
            Self::Link(link) => !matches!(link, LinkError::Forbidden(_)),
            Self::Held { .. }
            | Self::ReaderGone
            | Self::CardRemoved
            | Self::NoSession
            | Self::ReaderRefused(_) => true,
            _ => false,
        }
    }

    #[rustfmt::skip] // a table reads best one entry a line
    const fn row(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Link(LinkError::ServiceGone(_)) => ("UK-CARD-001", "カードリーダーのサービス(pcscd)に接続できません。保守担当者に連絡してください。", "The smart card service (pcscd) cannot be reached. Call the technician."),
            Self::ReaderGone | Self::Link(LinkError::ReaderGone) => ("UK-CARD-002", "カードリーダーが外れました。接続を確認してください。", "The card reader went away. Check its cable."),
            Self::Held { .. } | Self::Link(LinkError::Busy) => ("UK-CARD-003", "ほかのプログラムがカードを使用中です。終了してからやり直してください。", "Another program is using the card. Close it and try again."),
            Self::CardRemoved | Self::Link(LinkError::Removed) => ("UK-CARD-004", "カードが取り外されました。もう一度置いてください。", "The card was taken away. Lay it down again."),
            Self::Link(LinkError::Reset) => ("UK-CARD-005", "カードとの通信が途中で切れました。もう一度置いてください。", "The card was reset. Lay it down again."),
            Self::Link(LinkError::Mute) => ("UK-CARD-006", "カードが応答しません。置き直してください。", "The card does not respond. Lay it down again."),
            Self::Link(LinkError::Timeout) => ("UK-CARD-007", "カードの応答が時間内にありませんでした。置き直してください。", "The card did not answer in time. Lay it down again."),
            Self::Link(LinkError::BadLength(_)) => ("UK-CARD-008", "カードの応答が途中で切れました。置き直してください。", "The card's answer was cut off. Lay it down again."),
            Self::Link(LinkError::Protocol(_)) => ("UK-CARD-009", "カードとの通信に失敗しました。置き直してください。", "Communication with the card failed. Lay it down again."),
            Self::NoSession => ("UK-CARD-010", "カードの読み取りは終了しています。もう一度置いてください。", "The card session is over. Lay the card down again."),
            Self::ReaderRefused(_) => ("UK-CARD-011", "このカードリーダーは使用できません。設定を確認してください。", "This card reader may not be used. Check the configuration."),
            Self::Status { .. } => ("UK-CARD-012", "カードが処理を受け付けませんでした。別の方法で確認してください。", "The card refused the operation. Use another way of identification."),
            Self::NotGenuine { .. } => ("UK-CARD-013", "カードの真正性を確認できません。暗証番号または目視で確認してください。", "The card could not be shown to be genuine. Use the PIN or visual confirmation."),
            Self::MatchingNumberFirst => ("UK-CARD-014", "照合番号の確認が済んでいません。", "The matching number has not been confirmed yet."),
            Self::ProofInvalid => ("UK-CARD-015", "カードの電子署名を確認できません。置き直してください。", "The card's signature does not verify. Lay the card down again."),
            Self::PinFirst => ("UK-CARD-016", "暗証番号の確認が済んでいません。", "The PIN has not been confirmed yet."),
            Self::NoPinless => ("UK-CARD-017", "暗証番号なしの認証は設定されていません。", "Authentication without a PIN is not configured."),
            Self::Pinless(_) => ("UK-CARD-018", "暗証番号なしの認証に失敗しました。暗証番号で確認してください。", "Authentication without a PIN failed. Use the PIN."),
            Self::NoCertificate(_) => ("UK-CARD-019", "利用者証明用電子証明書を使用できません。市区町村の窓口で確認してください。", "The card has no usable authentication certificate. The municipal office can renew it."),
            Self::Config(_) => ("UK-CARD-020", "カードの設定に誤りがあります。保守担当者に連絡してください。", "The card configuration is not acceptable. Call the technician."),
            Self::Link(LinkError::Forbidden(_)) => ("UK-CARD-021", "許可されていないカード命令を止めました。保守担当者に連絡してください。", "A card command that is not allowed was stopped. Call the technician."),
            Self::Link(LinkError::Stuck) => ("UK-CARD-022", "カードリーダーが応答しません。つなぎ直してください。", "The card reader hangs. Unplug it and plug it in again."),
            Self::NonceUnusable => ("UK-CARD-023", "中央サービスの確認番号を使用できません。", "The central service's nonce cannot be used."),
            Self::BadData(_) | Self::Empty(_) => ("UK-CARD-024", "カードの内容を読み取れません。置き直してください。", "The card's content cannot be read. Lay the card down again."),
            Self::Threads => ("UK-CARD-025", "端末の資源が不足しています。再起動してください。", "The terminal is short of resources. Restart it."),
            Self::Random => ("UK-CARD-026", "乱数を生成できません。保守担当者に連絡してください。", "No random numbers can be made. Call the technician."),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_code_has_one_pair_of_sentences() {
        let all = [
            CardError::Link(LinkError::ServiceGone(String::new())),
            CardError::ReaderGone,
            CardError::Held {
                by: Some("scdaemon (pid 7)".into()),
            },
            CardError::CardRemoved,
            CardError::Link(LinkError::Reset),
            CardError::Link(LinkError::Mute),
            CardError::Link(LinkError::Timeout),
            CardError::Link(LinkError::BadLength(1)),
            CardError::Link(LinkError::Protocol(String::new())),
            CardError::NoSession,
            CardError::ReaderRefused(""),
            CardError::Status { step: "", sw: 0 },
            CardError::NotGenuine {
                reason: NotGenuine::KeyNotPresent,
            },
            CardError::MatchingNumberFirst,
            CardError::ProofInvalid,
            CardError::PinFirst,
            CardError::NoPinless,
            CardError::Pinless(String::new()),
            CardError::NoCertificate(CertificateProblem::Absent),
            CardError::Config(String::new()),
            CardError::Link(LinkError::Forbidden("")),
            CardError::Link(LinkError::Stuck),
            CardError::NonceUnusable,
            CardError::BadData(""),
            CardError::Threads,
            CardError::Random,
        ];
        let mut seen = BTreeMap::new();
        for error in &all {
            assert!(error.code().starts_with("UK-CARD-"));
            assert!(
                !error.ja().is_ascii() && error.ja().ends_with('。'),
                "{}",
                error.code()
            );
            assert!(
                error.en().is_ascii() && error.en().ends_with('.'),
                "{}",
                error.code()
            );
            assert!(
                seen.insert(error.code(), error).is_none(),
                "{} twice",
                error.code()
            );
        }
        assert_eq!(seen.len(), all.len());
    }
}
