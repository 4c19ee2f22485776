//! Codes of medical tickets (OQSCD018–026) and of certificates (OQSCD011–014).

use super::Table;

pub(super) const TICKET_TABLES: &[Table] = &[
    Table {
        number: 11,
        name: "LimitCertificateKind",
        values: LimitCertificateKind::VALUES,
    },
    Table {
        number: 12,
        name: "LimitCategory",
        values: LimitCategory::VALUES,
    },
    Table {
        number: 13,
        name: "DiseaseCategory",
        values: DiseaseCategory::VALUES,
    },
    Table {
        number: 14,
        name: "LimitChanged",
        values: LimitChanged::VALUES,
    },
    Table {
        number: 18,
        name: "TicketType",
        values: TicketType::VALUES,
    },
    Table {
        number: 19,
        name: "TreatmentType",
        values: TreatmentType::VALUES,
    },
    Table {
        number: 20,
        name: "SingleOrCombined",
        values: SingleOrCombined::VALUES,
    },
    Table {
        number: 21,
        name: "YesNo",
        values: YesNo::VALUES,
    },
    Table {
        number: 22,
        name: "Consistency",
        values: Consistency::VALUES,
    },
    Table {
        number: 23,
        name: "YesNo",
        values: YesNo::VALUES,
    },
    Table {
        number: 24,
        name: "YesNo",
        values: YesNo::VALUES,
    },
    Table {
        number: 25,
        name: "YesNo",
        values: YesNo::VALUES,
    },
    Table {
        number: 26,
        name: "InstitutionMatch",
        values: InstitutionMatch::VALUES,
    },
];

code! {
    /// 限度額適用認定証区分 (OQSCD011).
    pub enum LimitCertificateKind(11) {
        Limit = "01", "限度額適用", "limit";
        LimitAndMeals = "02", "限度額適用・標準負担額減額", "limit and reduced standard charge";
        Meals = "03", "標準負担額減額", "reduced standard charge";
    }
}
code! {
    /// 適用区分 (OQSCD012).
    pub enum LimitCategory(12) {
        A = "A01", "ア", "a";
        I = "A02", "イ", "i";
        U = "A03", "ウ", "u";
        E = "A04", "エ", "e";
        O = "A05", "オ", "o";
        OBorder = "A06", "オ(境)", "o (border)";
        Working3 = "B01", "現役並みⅢ", "income as in working age III";
        Working2 = "B02", "現役並みⅡ", "income as in working age II";
        Working1 = "B03", "現役並みⅠ", "income as in working age I";
        General = "B04", "一般", "general";
        Low2 = "B05", "低所得Ⅱ", "low income II";
        Low1 = "B06", "低所得Ⅰ", "low income I";
        Low1Pension = "B07", "低所得Ⅰ(老福)", "low income I (old-age welfare pension)";
        Low1Border = "B08", "低所得Ⅰ(境)", "low income I (border)";
        General2 = "B09", "一般Ⅱ", "general II";
        General1 = "B10", "一般Ⅰ", "general I";
    }
}
code! {
    /// 特定疾病 (OQSCD013).
    pub enum DiseaseCategory(13) {
        Dialysis = "1", "人工透析", "dialysis";
        Coagulation = "2", "血液凝固因子", "coagulation factor";
        Hiv = "3", "血液製剤HIV", "HIV by blood products";
    }
}
code! {
    /// 限度額情報の変更 (OQSCD014), in bulk answers.
    pub enum LimitChanged(14) {
        No = "0", "変更なし", "not changed";
        YesOrUnknown = "1", "変更あり・判定不能", "changed, or can't be told";
    }
}
code! {
    /// 券別 (OQSCD018).
    pub enum TicketType(18) {
        Medical = "01", "医療券", "medical ticket";
        Dispensing = "02", "調剤券", "dispensing ticket";
    }
}
code! {
    /// 診療別 (OQSCD019).
    pub enum TreatmentType(19) {
        Inpatient = "01", "入院", "inpatient";
        Outpatient = "02", "入院外", "outpatient";
        Dental = "03", "歯科", "dental";
        Dispensing = "04", "調剤", "dispensing";
        VisitingNursing = "05", "訪問看護", "visiting nursing";
    }
}
code! {
    /// 単独・併用 (OQSCD020).
    pub enum SingleOrCombined(20) {
        Single = "01", "単独", "alone";
        Combined = "02", "併用", "with other cover";
    }
}
code! {
    /// あり・なし (OQSCD021, 023, 024, 025).
    pub enum YesNo(21) {
        Yes = "01", "あり", "yes";
        No = "02", "なし", "no";
    }
}
code! {
    /// 社会保険との整合性 (OQSCD022).
    pub enum Consistency(22) {
        Inconsistent = "1", "不整合あり", "not consistent";
    }
}
code! {
    /// 指定医療機関確認 (OQSCD026): whether the ticket names the institution that asked.
    pub enum InstitutionMatch(26) {
        Same = "0", "一致", "same";
        Different = "1", "不一致", "differs";
    }
}
