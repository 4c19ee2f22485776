//! What the daemon says in stable words, for people: pages, states, devices. A word that is not known here is shown as
//! it is.

use crate::args::Lang;

/// A page of the patient's screen.
pub(crate) fn page(name: &str, lang: Lang) -> &str {
    let (ja, en) = match name {
        "starting" => ("起動中", "starting"),
        "out-of-service" => ("休止中", "out of service"),
        "waiting" => ("カード待ち", "waiting for a card"),
        "reading" => ("カード読み取り中", "reading the card"),
        "not-my-number-card" => ("別のカード", "another card"),
        "method" => ("方法の選択", "choosing a way"),
        "keypad" => ("番号の入力", "typing digits"),
        "face-check" => ("顔認証", "face check"),
        "staff-coming" => ("職員待ち", "waiting for staff"),
        "working" => ("処理中", "working"),
        "consents" => ("同意の確認", "consents"),
        "farewell" => ("終了", "farewell"),
        "trouble" => ("エラー表示", "trouble"),
        other => (other, other),
    };
    lang.pick(ja, en)
}

/// The name of an event or of one of its fields.
pub(crate) fn name(word: &str, lang: Lang) -> &str {
    if lang == Lang::En {
        return word;
    }
    match word {
        "state" => "状態",
        "visit-ended" => "受付終了",
        "alert" => "注意",
        "device" => "機器",
        "stored" => "結果を保存",
        "queue" => "保留の照会",
        "missed" => "表示できなかった数",
        "visit" => "受付番号",
        "outcome" => "結果",
        "machine_ms" => "待ち時間ms",
        "code" => "コード",
        "detail" => "詳細",
        "kind" => "種類",
        other => other,
    }
}

/// The value of an event's field.
pub(crate) fn value<'a>(field: &str, word: &'a str, lang: Lang) -> &'a str {
    if lang == Lang::En {
        return word;
    }
    match (field, word) {
        ("device", "reader") => "カードリーダー",
        ("device", "camera") => "カメラ",
        ("device", "central") => "資格確認サービス",
        ("device", "pcscd") => "カードサービス",
        ("state", "up") => "正常",
        ("state", "down") => "使えません",
        ("state", "card-in") => "カードあり",
        ("state", "card-out") => "カードなし",
        ("state", "answered") => "回答あり",
        ("state", "postponed") => "延期",
        ("state", "dropped") => "取りやめ",
        ("state", "waiting") => "カード待ち",
        ("state", "identifying") => "カード読み取り中",
        ("state", "choosing-method") => "方法の選択",
        ("state", "face") => "顔認証",
        ("state", "pin") => "暗証番号",
        ("state", "visual") => "目視確認",
        ("state", "confirming") => "カードの確認中",
        ("state", "registering") => "利用登録の確認",
        ("state", "consenting") => "同意の確認",
        ("state", "inquiring") => "資格の照会中",
        ("state", "delivering") => "結果の保存中",
        ("state", "farewell") => "終了画面",
        ("outcome", "delivered") => "お渡し済み",
        ("outcome", "queued") => "保留",
        ("outcome", "card-removed") => "カードが取り出された",
        ("outcome", "card-held-up") => "カードをカメラに見せるために取った",
        ("outcome", "card-swapped") => "カードが入れかわった",
        ("outcome", "idle") => "操作なし",
        ("outcome", "device") => "機器の異常",
        ("outcome", "unreachable") => "サービスにつながらない",
        ("outcome", "cancelled") => "中止",
        ("outcome", "restart") => "再起動",
        ("outcome", "begun-anew") => "やり直し",
        ("outcome", "not-usable") => "使えないカード",
        ("outcome", "refused") => "断られた",
        ("kind", "qualification") => "資格",
        ("kind", "medicines") => "薬剤",
        _ => word,
    }
}
