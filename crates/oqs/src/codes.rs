//! Code tables as enums. An unknown code is kept verbatim, so that a newer service is not misread.
//!
//! Values: the published tables of public clients (hangilc/myclinic-ts `codes.ts` and others following 別紙5-1).

use crate::element::Content;
use crate::error::OqsError;
use crate::record::Value;

macro_rules! code {
    ($(#[$meta:meta])* pub enum $type:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $code:literal, $ja:literal, $en:literal;)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $type {
            $($(#[$variant_meta])* #[doc = concat!("`", $code, "` ", $ja, ".")] $variant,)*
            /// A code that is not in the table, verbatim.
            Unknown(String),
        }

        impl $type {
            /// The variant of a code; surrounding spaces do not matter for known codes.
            pub fn from_code(code: &str) -> Self {
                match code.trim() {
                    $($code => Self::$variant,)*
                    _ => Self::Unknown(code.to_owned()),
                }
            }

            /// The code on the wire.
            pub fn code(&self) -> &str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown(code) => code,
                }
            }

            /// Name in Japanese; an unknown code stands for itself.
            pub fn ja(&self) -> &str {
                match self {
                    $(Self::$variant => $ja,)*
                    Self::Unknown(code) => code,
                }
            }

            /// Name in English; an unknown code stands for itself.
            pub fn en(&self) -> &str {
                match self {
                    $(Self::$variant => $en,)*
                    Self::Unknown(code) => code,
                }
            }

            /// False for a code that is not in the table.
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown(_))
            }
        }

        impl Value for $type {
            fn read(name: &str, content: Content) -> Result<Option<Self>, OqsError> {
                Ok(String::read(name, content)?.map(|code| Self::from_code(&code)))
            }

            fn write(&self) -> Option<Content> {
                Some(Content::Text(self.code().to_owned()))
            }

            #[cfg(test)]
            fn sample() -> Self {
                [$($code),*].first().map_or(Self::Unknown(String::new()), |code| Self::from_code(code))
            }
        }
    };
}

code! {
    /// 照会区分 (OQSCD002): by what the person was looked up.
    pub enum ReferenceClassification {
        Card = "1", "マイナンバーカード", "My Number Card";
        InsuranceInformation = "2", "被保険者証情報", "numbers on an insurance card";
    }
}
code! {
    /// 処理結果区分 (OQSCD003): of the whole message.
    pub enum SegmentOfResult {
        Normal = "1", "正常終了", "finished";
        InProgress = "2", "処理中", "still working";
        Abnormal = "9", "異常終了", "failed";
    }
}
code! {
    /// 処理結果状況 (OQSCD004): of one person.
    pub enum ProcessingStatus {
        Normal = "1", "正常終了", "finished";
        Error = "2", "エラー", "error";
    }
}
code! {
    /// 文字コード識別 (OQSCD005). Public sources disagree (0/1 or 1/2); 0/1 is the better supported.
    pub enum CharacterCode {
        Utf8 = "0", "UTF-8", "UTF-8";
        ShiftJis = "1", "Shift_JIS", "Shift_JIS";
    }
}
code! {
    /// 資格有効性 (OQSCD006).
    pub enum QualificationValidity {
        Valid = "1", "有効", "valid";
        Invalid = "2", "無効", "not valid";
        InvalidNewer = "3", "無効(新しい資格あり)", "not valid, a newer qualification exists";
        None = "4", "該当資格なし", "no qualification found";
        Several = "5", "複数該当", "several qualifications match";
        /// 未委託: medical assistance only.
        ValidUnregistered = "6", "有効(未登録)", "valid, not registered for this institution";
    }
}
code! {
    /// 性別 (OQSCD007).
    pub enum Sex {
        Male = "1", "男", "male";
        Female = "2", "女", "female";
        Unset = "3", "未設定", "not set";
    }
}
code! {
    /// 本人・家族 (OQSCD009).
    pub enum PersonalFamily {
        Self_ = "1", "本人", "insured person";
        Family = "2", "家族", "family member";
    }
}
code! {
    /// 証区分 (OQSCD010).
    pub enum CardClassification {
        General = "01", "一般", "general";
        Retired = "02", "退職", "retired";
        ShortTerm = "03", "短期一般", "short term";
        ShortTermRetired = "04", "短期退職", "short term, retired";
        SpecialMedicalExpense = "05", "特別療養費対象", "special medical expenses";
        SpecialRetired = "06", "特例退職", "special retired";
        SelfDefence = "07", "自衛官", "self-defence official";
        MedicalAssistance = "A1", "医療扶助", "medical assistance";
    }
}
code! {
    /// 同意区分 (OQSCD016).
    pub enum ConsentFlag {
        No = "0", "同意なし", "no";
        Yes = "1", "同意あり", "yes";
        Expired = "2", "有効期限切れ", "expired";
        CouldNotObtain = "3", "同意取得困難", "could not be obtained";
    }
}
code! {
    /// 処方箋の発行形態 (OQSCD017).
    pub enum PrescriptionIssue {
        Electronic = "1", "電子処方箋", "electronic";
        Paper = "2", "紙の処方箋", "paper";
    }
}
code! {
    /// 券別 (OQSCD018).
    pub enum TicketType {
        Medical = "01", "医療券", "medical ticket";
        Dispensing = "02", "調剤券", "dispensing ticket";
    }
}
code! {
    /// 診療別 (OQSCD019).
    pub enum TreatmentType {
        Inpatient = "01", "入院", "inpatient";
        Outpatient = "02", "入院外", "outpatient";
        Dental = "03", "歯科", "dental";
        Dispensing = "04", "調剤", "dispensing";
        VisitingNursing = "05", "訪問看護", "visiting nursing";
    }
}
code! {
    /// 単独・併用 (OQSCD020).
    pub enum SingleOrCombined {
        Single = "01", "単独", "alone";
        Combined = "02", "併用", "with other cover";
    }
}
code! {
    /// あり・なし (OQSCD021, 023, 024, 025).
    pub enum YesNo {
        Yes = "01", "あり", "yes";
        No = "02", "なし", "no";
    }
}
code! {
    /// 指定医療機関確認 (OQSCD026): whether the ticket names the institution that asked.
    pub enum InstitutionMatch {
        Same = "0", "一致", "same";
        Different = "1", "不一致", "differs";
    }
}
