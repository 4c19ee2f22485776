//! The stable codes of this area with their sentences: what people see, and what the documents explain.

/// A stable code with a sentence in Japanese and in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `UK-FACE-NNN`.
    pub code: &'static str,
    /// Japanese sentence: what happened, what to do.
    pub ja: &'static str,
    /// English sentence.
    pub en: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $ja:literal, $en:literal;)*) => {
        $(#[doc = $en] pub const $name: Code = Code { code: $code, ja: $ja, en: $en };)*
        /// Every code of this area, for documents and look-up.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    MODELS_UNUSABLE = "UK-FACE-001", "顔照合用のモデルファイルがないか、壊れています。uketsuke を入れ直してください。",
        "The face models are missing or damaged. Install uketsuke again.";
    CAMERA_ABSENT = "UK-FACE-002", "カメラが見つからないか、開けないか、画像が来ないか、画像が止まっています。接続と、レンズの覆い（シャッター）が開いているかを確かめてください。",
        "The camera is not there, cannot be opened, gives no pictures, or its picture stands still. Check its cable, and that its shutter is open.";
    CAMERA_LOST = "UK-FACE-003", "顔照合の途中でカメラが外れたか、応答しなくなりました。暗証番号か目視確認をお使いください。",
        "The camera went away or stopped answering during the face check. Use the PIN or visual confirmation.";
    THRESHOLD_REFUSED = "UK-FACE-004", "顔照合のしきい値が許された範囲（0.45～0.60）にありません。設定を直してください。",
        "The face threshold is outside its bounds (0.45 to 0.60). Correct the configuration.";
    PHOTO_UNUSABLE = "UK-FACE-005", "カードの顔写真を照合に使えません。暗証番号か目視確認をお使いください。",
        "The photo on the card cannot be used for the face check. Use the PIN or visual confirmation.";
    SOURCE_REFUSED = "UK-FACE-006", "本番運用ではカメラ以外の映像を使えません。",
        "In production only a camera is accepted as frame source.";
    MESSAGE_REFUSED = "UK-FACE-007", "顔照合プロセスへの要求を解釈できません。uketsuke の版をそろえてください。",
        "The vision worker does not understand the request. Use matching versions of uketsuke.";
    INFERENCE_FAILED = "UK-FACE-008", "顔照合の計算に失敗しました。暗証番号か目視確認をお使いください。",
        "The face computation failed. Use the PIN or visual confirmation.";
    BUSY = "UK-FACE-009", "顔照合プロセスが応答していません。しばらく待つか、再起動してください。",
        "The vision worker is not keeping up. Wait, or restart it.";
    PICTURE_REFUSED = "UK-FACE-010", "画像ファイルを読めません。JPEG・PNG・JPEG 2000 の通常のファイル（16 MB 以下、約 200 万画素以下）を指定してください。",
        "The picture file cannot be used. Name a regular JPEG, PNG or JPEG 2000 file of at most 16 MB and two megapixels.";
    WORKER_GONE = "UK-FACE-011", "顔照合プロセスが終了したか、応答しません。自動で始め直します。その間は暗証番号か目視確認をお使いください。",
        "The vision worker has ended or does not answer. It is started again by itself; use the PIN or visual confirmation meanwhile.";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique_and_speak_both_languages() {
        for (index, code) in ALL.iter().enumerate() {
            assert_eq!(code.code, format!("UK-FACE-{:03}", index + 1));
            assert!(
                code.ja.ends_with('。') && code.en.ends_with('.') && code.en.is_ascii(),
                "{}",
                code.code
            );
        }
    }
}
