//! The staff's words of an answer against the two displays of S000, in both languages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "summary/tickets.rs"]
mod tickets;

use kiosk::staff::{Offices, StaffSummary, summary};
use oqs::{Deliverable, Message, QualificationAnswer};

const OURS: &str = "1310000001";

/// Everything that staff is told of it.
fn summarise(deliverable: &Deliverable) -> Vec<StaffSummary> {
    oqs::summary::summarise(deliverable)
        .into_iter()
        .map(|one| summary(one, &Offices::default()))
        .collect()
}

fn s000(institution: &str, validity: &str) -> Vec<StaffSummary> {
    let json = format!(
        r#"{{"XmlMsg":{{"MessageHeader":{{"QualificationConfirmationDate":"20240715","SegmentOfResult":"1"}},"MessageBody":{{"ProcessingResultStatus":"1","QualificationValidity":"{validity}","ResultList":[{{"ResultOfQualificationConfirmation":{{
        "InsuredCardClassification":"A1","InsurerNumber":"12000001","InsuredIdentificationNumber":"1010001","InsurerName":"〇〇市福祉事務所","Name":"生保　一郎","Sex1":"1","Birthdate":"19900115","ReferenceNumber":"00000001",
        "PublicExpenseResultList":[{{"MedicalTicketInfo":{{"TicketType":"01","MedicalTreatmentMonth":"202407","DesignatedMedicalInstitutionCode":"{institution}","DesignatedMedicalInstitutionName":"架空医院","SingleOrCombinedUse":"01","MedicalTicketValidDate":"20240701","MedicalTicketExpirationDate":"20240731","InjuryName1":"XXX","InjuryName2":"XXX","InjuryName3":"XXX"}}}}]}}}}]}}}}}}"#
    );
    let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
    summarise(&Deliverable::from_answer(&answer, OURS))
}

fn rows(summary: &StaffSummary) -> Vec<(&str, &str)> {
    summary
        .fields
        .iter()
        .map(|field| (field.label.ja.as_str(), field.value.ja.as_str()))
        .collect()
}

#[test]
fn the_entrusted_display_of_s000() {
    let [summary] = s000(OURS, "1").try_into().unwrap();
    assert_eq!(summary.headline.ja, "○：この資格は有効です。");
    assert!(!summary.unentrusted);
    assert_eq!(
        rows(&summary),
        [
            ("照会番号", "00000001"),
            ("公費負担者番号", "12000001"),
            ("福祉事務所名", "〇〇市福祉事務所"),
            ("受給者番号", "1010001"),
            ("氏名", "生保　一郎"),
            ("性別", "男"),
            ("生年月日", "平成2年1月15日"),
            ("医療券/調剤券別", "医療券"),
            ("診療年月", "令和6年7月"),
            ("指定医療機関名", "架空医院"),
            ("単独/併用別", "単独"),
            ("有効開始年月日", "令和6年7月1日"),
            ("有効終了年月日", "令和6年7月31日"),
            ("傷病名1", "XXX"),
            ("傷病名2", "XXX"),
            ("傷病名3", "XXX"),
        ]
    );
}

#[test]
fn the_unentrusted_display_of_s000() {
    for (institution, validity) in [(OURS, "6"), ("1310000002", "1")] {
        let [summary] = s000(institution, validity).try_into().unwrap();
        assert_eq!(
            summary.headline.ja,
            "○：この資格は有効です。(医療券/調剤券情報が未登録です。)"
        );
        assert!(summary.unentrusted);
        assert!(
            summary
                .advice
                .ja
                .contains("福祉事務所「〇〇市福祉事務所」に電話し"),
            "{}",
            summary.advice.ja
        );
        assert!(
            summary
                .advice
                .en
                .contains("Phone the welfare office “〇〇市福祉事務所”")
        );
        let shown: Vec<_> = rows(&summary)
            .into_iter()
            .filter(|(_, value)| *value != "-")
            .collect();
        assert_eq!(
            shown,
            [
                ("照会番号", "00000001"),
                ("福祉事務所名", "〇〇市福祉事務所"),
                ("氏名", "生保　一郎"),
                ("性別", "男"),
                ("生年月日", "平成2年1月15日"),
            ]
        );
        assert_eq!(summary.fields.len(), 16, "withheld items stay visible as -");
    }
}

#[test]
fn an_unentrusted_person_without_a_valid_qualification_is_not_called_valid() {
    let [summary] = s000("1310000002", "2").try_into().unwrap();
    assert!(summary.unentrusted);
    assert_eq!(summary.headline.ja, "×：この資格は無効です。");
}

fn one(result: &str, validity: &str) -> StaffSummary {
    let json = format!(
        r#"{{"XmlMsg":{{"MessageBody":{{"QualificationValidity":"{validity}","ProcessingResultCode":"OQS-1","ResultList":[{result}]}}}}}}"#
    );
    let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
    let mut summaries = summarise(&Deliverable::from_answer(&answer, OURS));
    assert_eq!(summaries.len(), 1);
    summaries.remove(0)
}

#[test]
fn every_validity_says_something_else_in_both_languages() {
    let mut seen = std::collections::HashSet::new();
    for validity in ["1", "2", "3", "4", "5", "6", "7", ""] {
        for result in [
            "",
            r#"{"ResultOfQualificationConfirmation":{"InsuredCardClassification":"01","Name":"保険　花子"}}"#,
        ] {
            let summary = one(result, validity);
            for text in [
                &summary.headline.ja,
                &summary.headline.en,
                &summary.advice.ja,
                &summary.advice.en,
            ] {
                assert!(!text.is_empty(), "{validity}");
            }
            assert!(rows(&summary).contains(&("処理結果コード", "OQS-1")));
            if result.is_empty() && validity != "6" {
                seen.insert((summary.headline.ja, summary.advice.ja));
            }
        }
    }
    // The unknown code and the absent one share their words.
    assert_eq!(seen.len(), 6);
}

/// Point 6: somebody who lost an insurance because public assistance began, and of whom no assistance is registered, is no case for
/// questions about a new insurer: the welfare office is phoned. Every other loss is.
#[test]
fn not_registered_properly_is_told_apart_from_not_entitled() {
    let of = |reason: &str, beside: &str, echo: &str| {
        let json = format!(
            r#"{{"XmlMsg":{{"MessageHeader":{{"QualificationConfirmationDate":"20261122"}},"MessageBody":{{"QualificationValidity":"2","ResultList":[{{"ResultOfQualificationConfirmation":{{
            "InsuredCardClassification":"01","InsurerNumber":"06123456","InsurerName":"架空健康保険組合","DisqualificationDate":"20261101"{reason}}}}}{beside}]{echo}}}}}}}"#
        );
        let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
        let office = kiosk::staff::Office {
            name: "架空市福祉事務所".into(),
            payer_numbers: vec!["12000001".into()],
            telephone: "03-0000-0001".into(),
            hours: String::new(),
        };
        let offices = Offices::new(vec![office]);
        let shown = Deliverable::from_answer(&answer, OURS);
        let mut all = oqs::summary::summarise(&shown);
        summary(all.remove(0), &offices)
    };
    let began = r#","ReasonOfLoss":"02""#;
    let late = of(began, "", "");
    assert_eq!(late.headline.ja, "×：この資格は無効です。");
    assert!(
        late.advice.ja.contains("福祉事務所に電話") && !late.advice.ja.contains("加入していないか"),
        "{}",
        late.advice.ja
    );
    assert!(
        late.advice.en.contains("phone the welfare office")
            && late.advice.en.contains("registered late or wrongly")
    );
    assert!(rows(&late).contains(&("資格喪失事由", "生活保護受給開始")));
    assert!(rows(&late).contains(&("資格喪失年月日", "令和8年11月1日")));
    // Whose telephone it is can't be told from an insurance; the insurer is not named for a welfare office.
    let phone = late.phone.as_ref().unwrap();
    assert!(!phone.known && !late.advice.ja.contains("架空健康保険組合"));
    // A question with a payer number names the office.
    let asked = of(
        began,
        "",
        r#","QualificationConfirmSearchInfo":{"InsurerNumber":"12000001","InsuredIdentificationNumber":"1010001"}"#,
    );
    let phone = asked.phone.as_ref().unwrap();
    assert!(phone.known && phone.text.ja.contains("架空市福祉事務所"));
    // With a valid and entrusted assistance in the same answer everything is registered; with another one its own words count.
    for (own, institution, usable) in [
        ("1", OURS, true),
        ("2", OURS, false),
        ("6", OURS, false),
        ("1", "1399999999", false),
    ] {
        let assistance = format!(
            r#",{{"ResultOfQualificationConfirmation":{{"InsuredCardClassification":"A1","QualificationValidity":"{own}","InsurerNumber":"12000001","InsurerName":"架空市福祉事務所",
            "PublicExpenseResultList":[{{"MedicalTicketInfo":{{"DesignatedMedicalInstitutionCode":"{institution}"}}}}]}}}}"#
        );
        let both = of(began, &assistance, "");
        let said = &both.advice.ja;
        assert!(
            said.contains("この保険では請求せず") && both.phone.is_none(),
            "{said}"
        );
        assert_eq!(
            (
                said.contains("医療扶助の資格で受付"),
                said.contains("案内に従って")
            ),
            (usable, !usable),
            "{own} {institution}: {said}"
        );
    }
    // Any other loss, and none named: there may be a new insurer, and the reason is shown.
    for (reason, words) in [
        (r#","ReasonOfLoss":"03""#, Some("医療保険等の資格取得")),
        (r#","ReasonOfLoss":"99""#, Some("その他")),
        ("", None),
    ] {
        let other = of(reason, "", "");
        assert!(other.advice.ja.contains("加入していないか") && other.phone.is_none());
        let shown = rows(&other);
        let found = shown.iter().find(|(label, _)| *label == "資格喪失事由");
        assert_eq!(found.map(|(_, value)| *value), words);
    }
}

/// The certificate of a specific disease and every consent that the answer brings, with its times: a part that was refused is seen as
/// refused, and what nobody asked about has no row.
#[test]
fn certificates_and_consents_stand_in_words() {
    let result = r#"{"ResultOfQualificationConfirmation":{"InsuredCardClassification":"01","Name":"保険　花子",
        "SpecificDiseasesCertificateRelatedConsFlg":"1","SpecificDiseasesCertificateRelatedConsTime":"20261122093000",
        "SpecificDiseasesCertificateList":[{"SpecificDiseasesCertificateInfo":{"SpecificDiseasesDiseaseCategory":"1","SpecificDiseasesValidStartDate":"20260401","SpecificDiseasesValidEndDate":"20270331","SpecificDiseasesSelfPay":"10000"}}],
        "DiagnosisInfoConsFlg":"1","DiagnosisInfoConsTime":"20261122093000","DiagnosisInfoAvailableTime":"20261123093000",
        "AllergyInfoConsFlg":"0","TestInfoConsFlg":"2","OperationInfoConsFlg":"3","PharmacistsInfoConsFlg":"9"}}"#;
    let summary = one(result, "1");
    let rows = rows(&summary);
    for row in [
        ("特定疾病療養受療証の同意", "同意あり 令和8年11月22日 09:30"),
        ("特定疾病療養受療証 疾病区分", "人工透析"),
        (
            "特定疾病療養受療証 有効期間",
            "令和8年4月1日 - 令和9年3月31日",
        ),
        ("特定疾病療養受療証 自己負担限度額", "10000"),
        (
            "診療情報の同意",
            "同意あり 令和8年11月22日 09:30 - 令和8年11月23日 09:30",
        ),
        ("アレルギー情報の同意", "同意なし"),
        ("検査情報の同意", "有効期限切れ"),
        ("手術情報の同意", "同意取得困難"),
        ("薬剤情報の同意", "9"),
    ] {
        assert!(rows.contains(&row), "{row:?}: {rows:?}");
    }
    for absent in ["処方情報の同意", "傷病名の同意", "特定健診情報の同意"] {
        assert!(rows.iter().all(|(label, _)| *label != absent), "{absent}");
    }
    let english = summary.fields.iter();
    let english: Vec<_> = english.map(|field| field.value.en.as_str()).collect();
    assert!(english.contains(&"dialysis") && english.contains(&"no"));
    assert!(
        english
            .iter()
            .any(|value| value.ends_with("2026-11-22 09:30 to 2026-11-23 09:30")),
        "{english:?}"
    );
}

/// S000 ※1: a lookup by the numbers of medical assistance that finds nothing valid is settled by telephone; one by insurance is not.
#[test]
fn a_payer_number_that_finds_nobody_sends_staff_to_the_telephone() {
    for (insurer, phone) in [("12000001", true), ("06123456", false), ("    1234", false)] {
        let json = format!(
            r#"{{"XmlMsg":{{"MessageHeader":{{"SegmentOfResult":"1"}},"MessageBody":{{"ProcessingResultStatus":"1","QualificationValidity":"4",
            "QualificationConfirmSearchInfo":{{"InsurerNumber":"{insurer}","InsuredIdentificationNumber":"9999999"}}}}}}}}"#
        );
        let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
        let [summary] = summarise(&Deliverable::from_answer(&answer, OURS))
            .try_into()
            .unwrap();
        assert_eq!(summary.advice.ja.contains("福祉事務所に電話"), phone);
        assert_eq!(
            summary.advice.en.contains("Phone the welfare office"),
            phone
        );
        assert!(summary.headline.ja.contains("該当する資格がありません"));
    }
}

#[test]
fn an_unknown_state_names_the_help_desk() {
    let summary = one("", "");
    assert!(summary.advice.ja.contains("0800-080-4583"));
    assert!(summary.advice.en.contains("Saturdays 8:00–16:00"));
}

#[test]
fn insurance_and_assistance_of_one_card_are_two_summaries() {
    let json = r#"{"XmlMsg":{"MessageBody":{"QualificationValidity":"6","ResultList":[
        {"ResultOfQualificationConfirmation":{"InsuredCardClassification":"01","InsurerNumber":"06123456","Name":"保険　花子"}},
        {"ResultOfQualificationConfirmation":{"InsuredCardClassification":"A1","InsurerNumber":"12000001","InsurerName":"架空市福祉事務所","Name":"保険　花子"}}]}}}"#;
    let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
    let summaries = summarise(&Deliverable::from_answer(&answer, OURS));
    assert_eq!(summaries[0].headline.ja, "○：この資格は有効です。");
    assert!(rows(&summaries[0]).contains(&("保険者番号", "06123456")));
    assert!(!summaries[0].unentrusted);
    assert!(summaries[1].unentrusted);
}

#[test]
fn unreadable_names_are_pointed_out() {
    let result = |name: &str| {
        format!(
            r#"{{"ResultOfQualificationConfirmation":{{"InsuredCardClassification":"01","Name":"{name}"}}}}"#
        )
    };
    assert!(
        one(&result("●田　太郎"), "1")
            .advice
            .ja
            .contains("上書きしないでください")
    );
    assert!(!one(&result("髙田　太郎"), "1").advice.ja.contains("上書き"));
}

/// One code of the message stands for two results: the ended insurance must not look valid beside assistance.
#[test]
fn an_insurance_that_has_ended_borrows_no_validity() {
    let of = |code: &str, element: &str, date: &str| {
        let json = format!(
            r#"{{"XmlMsg":{{"MessageHeader":{{"QualificationConfirmationDate":"20261122"}},"MessageBody":{{"QualificationValidity":"{code}","ResultList":[{{"ResultOfQualificationConfirmation":{{"InsuredCardClassification":"01","{element}":"{date}"}}}}]}}}}}}"#
        );
        let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
        let summary = summarise(&Deliverable::from_answer(&answer, OURS)).remove(0);
        summary.validity
    };
    for code in ["1", "6"] {
        assert_eq!(of(code, "DisqualificationDate", "20261122"), "2", "{code}");
        assert_eq!(of(code, "DisqualificationDate", "20261123"), "1", "{code}");
        assert_eq!(
            of(code, "InsuredCardExpirationDate", "20261121"),
            "2",
            "{code}"
        );
        assert_eq!(
            of(code, "InsuredCardExpirationDate", "20261122"),
            "1",
            "{code}"
        );
    }
    assert_eq!(of("3", "DisqualificationDate", "20261101"), "3");
}

/// What we word is worded in English too; names and the service's own texts stay as they are.
#[test]
fn the_english_values_hold_no_japanese_of_ours() {
    let [summary] = s000(OURS, "1").try_into().unwrap();
    let of = |label: &str| {
        let found = summary.fields.iter().find(|field| field.label.en == label);
        found
            .map(|field| (field.value.ja.as_str(), field.value.en.as_str()))
            .unwrap()
    };
    assert_eq!(of("Date of birth"), ("平成2年1月15日", "1990-01-15"));
    assert_eq!(of("Month of treatment"), ("令和6年7月", "2024-07"));
    assert_eq!(of("Valid until").1, "2024-07-31");
    for label in ["Sex", "Kind of ticket", "Alone or combined"] {
        let (ja, en) = of(label);
        assert!(
            !ja.is_ascii() && en.is_ascii() && en != "-",
            "{label}: {ja} {en}"
        );
    }
    assert_eq!(of("Name").1, "生保　一郎");
    assert_eq!(of("Welfare office").1, "〇〇市福祉事務所");
}
