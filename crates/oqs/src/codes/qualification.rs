//! Codes about who was asked for and what holds (OQSCD002–010, 015, 017, 027, 032).

use super::Table;

pub(super) const QUALIFICATION_TABLES: &[Table] = &[
    Table {
        number: 2,
        name: "ReferenceClassification",
        values: ReferenceClassification::VALUES,
    },
    Table {
        number: 3,
        name: "SegmentOfResult",
        values: SegmentOfResult::VALUES,
    },
    Table {
        number: 4,
        name: "ProcessingStatus",
        values: ProcessingStatus::VALUES,
    },
    Table {
        number: 5,
        name: "CharacterCode",
        values: CharacterCode::VALUES,
    },
    Table {
        number: 6,
        name: "QualificationValidity",
        values: QualificationValidity::VALUES,
    },
    Table {
        number: 7,
        name: "Sex",
        values: Sex::VALUES,
    },
    Table {
        number: 8,
        name: "ReasonOfLoss",
        values: ReasonOfLoss::VALUES,
    },
    Table {
        number: 9,
        name: "PersonalFamily",
        values: PersonalFamily::VALUES,
    },
    Table {
        number: 10,
        name: "CardClassification",
        values: CardClassification::VALUES,
    },
    Table {
        number: 15,
        name: "Preschool",
        values: Preschool::VALUES,
    },
    Table {
        number: 17,
        name: "PrescriptionIssue",
        values: PrescriptionIssue::VALUES,
    },
    Table {
        number: 27,
        name: "SamePerson",
        values: SamePerson::VALUES,
    },
    Table {
        number: 32,
        name: "QualificationChange",
        values: QualificationChange::VALUES,
    },
];

code! {
    /// 照会区分 (OQSCD002): by what the person was looked up.
    pub enum ReferenceClassification(2) {
        Card = "1", "マイナンバーカード", "My Number Card";
        InsuranceInformation = "2", "被保険者証情報", "numbers on an insurance card";
    }
}
code! {
    /// 処理結果区分 (OQSCD003): of the whole message.
    pub enum SegmentOfResult(3) {
        Normal = "1", "正常終了", "finished";
        InProgress = "2", "処理中", "still working";
        Abnormal = "9", "異常終了", "failed";
    }
}
code! {
    /// 処理結果状況 (OQSCD004): of one person.
    pub enum ProcessingStatus(4) {
        Normal = "1", "正常終了", "finished";
        Error = "2", "エラー", "error";
    }
}
code! {
    /// 文字コード識別 (OQSCD005). Public sources disagree (0/1 or 1/2); 0/1 is the better supported.
    pub enum CharacterCode(5) {
        Utf8 = "0", "UTF-8", "UTF-8";
        ShiftJis = "1", "Shift_JIS", "Shift_JIS";
    }
}
code! {
    /// 資格有効性 (OQSCD006).
    pub enum QualificationValidity(6) {
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
    pub enum Sex(7) {
        Male = "1", "男", "male";
        Female = "2", "女", "female";
        Unset = "3", "未設定", "not set";
    }
}
code! {
    /// 資格喪失事由 (OQSCD008).
    pub enum ReasonOfLoss(8) {
        Death = "01", "死亡", "death";
        PublicAssistance = "02", "生活保護受給開始", "public assistance began";
        OtherInsurance = "03", "医療保険等の資格取得", "another insurance was acquired";
        Other = "99", "その他", "other";
    }
}
code! {
    /// 本人・家族 (OQSCD009).
    pub enum PersonalFamily(9) {
        Self_ = "1", "本人", "insured person";
        Family = "2", "家族", "family member";
    }
}
code! {
    /// 証区分 (OQSCD010).
    pub enum CardClassification(10) {
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
    /// 未就学区分 (OQSCD015).
    pub enum Preschool(15) {
        Yes = "1", "未就学", "below school age";
    }
}
code! {
    /// 処方箋の発行形態 (OQSCD017).
    pub enum PrescriptionIssue(17) {
        Electronic = "1", "電子処方箋", "electronic";
        Paper = "2", "紙の処方箋", "paper";
    }
}
code! {
    /// 同一個人 (OQSCD027).
    pub enum SamePerson(27) {
        Yes = "1", "あり", "the same person occurs";
    }
}
code! {
    /// 資格変更確認 (OQSCD032): the qualification asked for against the one found.
    pub enum QualificationChange(32) {
        Same = "0", "一致", "the same";
        Different = "1", "不一致", "differs";
    }
}
