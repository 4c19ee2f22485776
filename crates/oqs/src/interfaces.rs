//! The list of interfaces: number, name, file prefix, and how much of each is public. Numbers and names: a public
//! index of the official document; prefixes: YUKI-ENT/OQSDrug2, Takemistu5041/Powershell and others.

/// How much of an interface is public, and so how far this crate goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// Its elements are public; typed here.
    Public,
    /// Only its name is public; the form in [`crate::assumed`] is invented.
    Assumed,
    /// Only its name is public; nothing is built on it.
    NotPublic,
}

/// What a message is, as its file name or its contents tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface {
    /// First number, as in `OQS-IF-001`; 0 for the drug and checkup calls, which have none in that list.
    pub number: u16,
    /// Last number of the group.
    pub last: u16,
    /// Name in Japanese.
    pub ja: &'static str,
    /// Name in English.
    pub en: &'static str,
    /// Begin of the file names, without phase and direction (`OQSsiquc`); empty when not seen.
    pub prefix: &'static str,
    /// Whether the prefix was matched to the number by comparison only.
    pub prefix_inferred: bool,
    /// Two-phase calls (`01req 01res 02req 02res`).
    pub two_phase: bool,
    /// How much is public.
    pub knowledge: Knowledge,
}

macro_rules! interface {
    ($number:literal-$last:literal $prefix:literal $inferred:literal $two:literal $knowledge:ident $ja:literal $en:literal) => {
        Interface {
            number: $number,
            last: $last,
            ja: $ja,
            en: $en,
            prefix: $prefix,
            prefix_inferred: $inferred,
            two_phase: $two,
            knowledge: Knowledge::$knowledge,
        }
    };
}

/// All interfaces known by name.
pub const INTERFACES: &[Interface] = &[
    interface!(1-2 "OQSsiquc" false false Public "資格確認" "qualification"),
    interface!(3-4 "OQSsiimm" false false Public "照会番号登録" "registering a reference number"),
    interface!(5-8 "OQSmuquc" false true Public "資格確認一括照会" "bulk qualification"),
    interface!(9-12 "OQSmuimm" false true Public "照会番号一括登録" "registering reference numbers in bulk"),
    interface!(13-16 "OQSmutic" true true Public "委託先資格情報の一括取得（医療扶助）" "bulk fetch of medical tickets"),
    interface!(17-20 "OQSmuhvq" true true Public "同意済資格情報一括取得（訪問診療等）" "consented persons, visiting care"),
    interface!(21-24 "OQSmuonq" true true Public "同意済資格情報一括取得（オンライン診療等）" "consented persons, online care"),
    interface!(25-26 "OQSsihvq" true false Assumed "資格確認（訪問診療等）" "re-inquiry, visiting care"),
    interface!(27-28 "OQSsionq" true false Assumed "資格確認（オンライン診療等）" "re-inquiry, online care"),
    interface!(29-32 "" false true NotPublic "資格確認一括照会（訪問診療等）" "bulk re-inquiry, visiting care"),
    interface!(33-36 "" false true NotPublic "資格確認一括照会（オンライン診療等）" "bulk re-inquiry, online care"),
    interface!(37-38 "OQSsihvd" true false Assumed "閲覧同意取り消し（訪問診療等）" "withdrawing a consent"),
    interface!(39-40 "OQSsiurl" true false Assumed "医療機関アクセスURL取得" "address of the mobile page"),
    interface!(41-42 "OQSsiinq" true false Assumed "医療機関環境設定情報照会" "settings of the institution"),
    interface!(43-44 "OQSsiupd" true false Assumed "医療機関環境設定情報更新" "changing settings"),
    interface!(45-46 "" false false NotPublic "電子カルテ情報共有サービス施設利用状況回答" "use of the record sharing service"),
    interface!(47-48 "" false false Assumed "資格確認（救急時医療情報閲覧）" "emergency viewing"),
    interface!(49-50 "" false false Assumed "目視確認用パスコード取得" "passcode for visual confirmation"),
    interface!(51-56 "" false false NotPublic "アクティベーションコード 照会・発行・無効化" "activation codes"),
    interface!(0-0 "TKKsiquc" false false Public "特定健診情報閲覧" "checkups"),
    interface!(0-0 "YZKsiquc" false false Public "薬剤情報等閲覧" "medicines"),
];

/// Direction and phase of a message file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `01req`.
    Request,
    /// `01res`.
    Answer,
    /// `02req`.
    Download,
    /// `02res`.
    Final,
}

/// Which interface a file name belongs to (`OQSsiquc01req_202611220001.xml`), and which of its messages.
pub fn of_file_name(name: &str) -> Option<(&'static Interface, Part)> {
    let interface = INTERFACES
        .iter()
        .find(|interface| !interface.prefix.is_empty() && name.starts_with(interface.prefix))?;
    let part = match name.get(interface.prefix.len()..)?.get(..5)? {
        "01req" => Part::Request,
        "01res" => Part::Answer,
        "02req" if interface.two_phase => Part::Download,
        "02res" if interface.two_phase => Part::Final,
        _ => return None,
    };
    Some((interface, part))
}

/// The interface of a number.
pub fn of_number(number: u16) -> Option<&'static Interface> {
    INTERFACES
        .iter()
        .find(|interface| number > 0 && (interface.number..=interface.last).contains(&number))
}

impl Interface {
    /// `OQS-IF-013–016`, or the prefix where there is no number.
    pub fn label(&self) -> String {
        if self.number == 0 {
            self.prefix.to_owned()
        } else {
            format!("OQS-IF-{:03}–{:03}", self.number, self.last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_1_to_56_are_all_listed_once() {
        for number in 1..=56 {
            let found = INTERFACES
                .iter()
                .filter(|i| i.number > 0 && (i.number..=i.last).contains(&number));
            assert_eq!(found.count(), 1, "{number}");
        }
        assert!(of_number(0).is_none() && of_number(57).is_none());
    }

    #[test]
    fn file_names_tell_the_message() {
        let of = |name| of_file_name(name).map(|(i, part)| (i.number, part));
        assert_eq!(
            of("OQSsiquc01req_202611220001.xml"),
            Some((1, Part::Request))
        );
        assert_eq!(
            of("OQSsiquc01res_face_1310000001ABCDEFGHIJ0123456789_20261122093000.xml"),
            Some((1, Part::Answer))
        );
        assert_eq!(
            of("OQSmutic02res_202611220001.zip"),
            Some((13, Part::Final))
        );
        assert_eq!(of("OQSsiquc02req_202611220001.xml"), None);
        assert_eq!(of("YZKsiquc01res_1.xml").map(|f| f.0), Some(0));
        assert_eq!(of("../OQSsiquc01req_1.xml"), None);
        assert_eq!(of("OQS"), None);
    }
}
