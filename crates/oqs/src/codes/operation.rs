//! Codes of an institution's settings and of the mobile page (OQSCD033–035, 037–039, 044).

use super::Table;

pub(super) const OPERATION_TABLES: &[Table] = &[
    Table {
        number: 33,
        name: "UrlKind",
        values: UrlKind::VALUES,
    },
    Table {
        number: 34,
        name: "UrlForm",
        values: UrlForm::VALUES,
    },
    Table {
        number: 35,
        name: "UrlChange",
        values: UrlChange::VALUES,
    },
    Table {
        number: 37,
        name: "Use",
        values: Use::VALUES,
    },
    Table {
        number: 38,
        name: "PrescriptionUse",
        values: PrescriptionUse::VALUES,
    },
    Table {
        number: 39,
        name: "PrescriptionChoiceTime",
        values: PrescriptionChoiceTime::VALUES,
    },
    Table {
        number: 44,
        name: "LinkedSystem",
        values: LinkedSystem::VALUES,
    },
];

code! {
    /// URL種別 (OQSCD033): which mobile page.
    pub enum UrlKind(33) {
        Visiting = "2", "訪問診療等", "visiting care";
        Online = "3", "オンライン診療等", "online care and the alternative route";
    }
}
code! {
    /// URL形式 (OQSCD034).
    pub enum UrlForm(34) {
        Pdf = "1", "PDF", "PDF";
        Png = "2", "PNG", "PNG";
    }
}
code! {
    /// URL変更 (OQSCD035): whether the page gets a new address, which ends the old one.
    pub enum UrlChange(35) {
        No = "0", "変更しない", "keep";
        Yes = "1", "変更する", "change";
    }
}
code! {
    /// 利用設定 (OQSCD037).
    pub enum Use(37) {
        No = "0", "利用しない", "off";
        Yes = "1", "利用する", "on";
    }
}
code! {
    /// 電子処方箋の利用 (OQSCD038).
    pub enum PrescriptionUse(38) {
        No = "0", "利用しない", "off";
        ElectronicOnly = "1", "電子のみ", "electronic only";
        Both = "2", "電子と紙", "electronic and paper";
        PaperOnly = "3", "紙のみ", "paper only";
    }
}
code! {
    /// 処方箋形態の選択時期 (OQSCD039).
    pub enum PrescriptionChoiceTime(39) {
        Elsewhere = "1", "資格確認時以外", "not at the reader";
        AtQualification = "2", "資格確認時", "at the reader";
    }
}
code! {
    /// 連携システム (OQSCD044); the codes add up like bits.
    pub enum LinkedSystem(44) {
        MedicalSubsidy = "01", "医療費助成", "medical subsidies";
        MotherAndChild = "02", "母子保健", "mother and child health";
        Vaccination = "04", "予防接種", "vaccination";
        NursingCare = "08", "介護保険", "nursing care insurance";
    }
}
