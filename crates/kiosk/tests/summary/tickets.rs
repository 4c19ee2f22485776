//! Tickets: kind, month, period and prescriber.

use super::*;

/// Advice in both languages for an entrusted person with these tickets (institution, kind, month, from, to), at the first one's
/// institution on 2026-11-22.
fn of_tickets(tickets: &[(&str, &str, &str, &str, &str)]) -> (String, String) {
    let first = tickets[0].0;
    let tickets: Vec<String> = tickets
        .iter()
        .map(|(code, kind, month, from, to)| {
            format!(
                r#"{{"MedicalTicketInfo":{{"TicketType":"{kind}","MedicalTreatmentMonth":"{month}","DesignatedMedicalInstitutionCode":"{code}","MedicalTicketValidDate":"{from}","MedicalTicketExpirationDate":"{to}"}}}}"#
            )
        })
        .collect();
    let json = format!(
        r#"{{"XmlMsg":{{"MessageHeader":{{"QualificationConfirmationDate":"20261122"}},"MessageBody":{{"QualificationValidity":"1","ResultList":[{{"ResultOfQualificationConfirmation":{{"InsuredCardClassification":"A1","InsurerName":"架空市福祉事務所","PublicExpenseResultList":[{}]}}}}]}}}}}}"#,
        tickets.join(",")
    );
    let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
    let summary = summarise(&Deliverable::from_answer(&answer, first)).remove(0);
    assert!(!summary.unentrusted);
    assert_eq!(summary.headline.ja, "○：この資格は有効です。");
    let go_on = summary.advice.ja.contains("そのまま受付できます");
    assert_eq!(
        summary.doubtful, !go_on,
        "the page says so by its colour too"
    );
    (summary.advice.ja, summary.advice.en)
}

/// Kind, month and period of the ticket against the day of the visit: what is wrong, whom to phone, what not to claim with,
/// in both languages; nobody is refused.
#[test]
fn a_ticket_of_another_period_is_pointed_out() {
    const FITS: (&str, &str, &str, &str, &str) = (OURS, "01", "202611", "20261101", "20261130");
    let (ja, en) = of_tickets(&[FITS]);
    assert!(ja.contains("そのまま受付できます") && en.contains("Go on"));
    for (ticket, ja_word, en_word) in [
        (
            (OURS, "01", "202611", "20261101", "20261121"),
            "有効期間",
            "period",
        ),
        (
            (OURS, "01", "202611", "20261123", "20261130"),
            "有効期間",
            "period",
        ),
        (
            (OURS, "01", "202610", "20261001", "20261130"),
            "診療年月",
            "another month",
        ),
        (
            (OURS, "02", "202611", "20261101", "20261130"),
            "種類",
            "kind",
        ),
    ] {
        let (ja, en) = of_tickets(&[ticket]);
        assert!(ja.contains(ja_word), "{ja}");
        assert!(en.contains(en_word), "{en}");
        assert!(ja.contains("福祉事務所「架空市福祉事務所」に電話し") && ja.contains("請求せず"));
        assert!(en.contains("Phone the welfare office") && en.contains("Do not claim"));
        assert!(!ja.contains("そのまま受付できます") && !en.contains("Go on"));
        assert!(ja.contains("受付はできます"), "nobody is refused: {ja}");
        // One that fits beside it is enough; two that fit half each are not one that fits.
        let (ja, _) = of_tickets(&[ticket, FITS]);
        assert!(ja.contains("そのまま受付できます"), "{ja}");
    }
    let halves = [
        (OURS, "02", "202611", "20261101", "20261130"),
        (OURS, "01", "202610", "20261001", "20261031"),
    ];
    assert!(!of_tickets(&halves).0.contains("そのまま受付できます"));
    // The first and the last day of the period count.
    let first = (OURS, "01", "202611", "20261122", "20261122");
    assert!(of_tickets(&[first]).0.contains("そのまま受付できます"));
}

/// 調剤券 is the pharmacy's kind: at one the judgement turns round.
#[test]
fn a_pharmacy_needs_a_dispensing_ticket() {
    const PHARMACY: &str = "1340000001";
    let of = |kind| {
        of_tickets(&[(PHARMACY, kind, "202611", "20261101", "20261130")])
            .0
            .contains("種類")
    };
    assert_eq!((of("01"), of("02")), (true, false));
}

/// Point 27: the ticket of a pharmacy is called 調剤券 and names who prescribed, on the page and in every form that is handed on.
#[test]
fn a_dispensing_ticket_names_its_prescriber() {
    const PHARMACY: &str = "1340000001";
    let json = format!(
        r#"{{"XmlMsg":{{"MessageHeader":{{"QualificationConfirmationDate":"20261115","SegmentOfResult":"1"}},"MessageBody":{{"ProcessingResultStatus":"1","QualificationValidity":"1","ResultList":[{{"ResultOfQualificationConfirmation":{{
        "InsuredCardClassification":"A1","InsurerNumber":"12000001","InsuredIdentificationNumber":"1010001","InsurerName":"〇〇市福祉事務所","Name":"生保　一郎","Sex1":"1","Birthdate":"19900115",
        "PublicExpenseResultList":[{{"MedicalTicketInfo":{{"TicketType":"02","MedicalTreatmentMonth":"202611","DesignatedMedicalInstitutionCode":"{PHARMACY}","DesignatedMedicalInstitutionName":"架空薬局",
        "PrescriptionIssuerMedicalInstitutionCode":"1310000001","PrescriptionIssuerMedicalInstitutionName":"架空クリニック","MedicalTicketValidDate":"20261101","MedicalTicketExpirationDate":"20261130"}}}}]}}}}]}}}}}}"#
    );
    let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
    let delivered = Deliverable::from_answer(&answer, PHARMACY);
    let [summary] = summarise(&delivered).try_into().unwrap();
    assert!(
        !summary.unentrusted && !summary.doubtful,
        "{}",
        summary.advice.ja
    );
    let rows = rows(&summary);
    assert!(rows.contains(&("医療券/調剤券別", "調剤券")), "{rows:?}");
    assert!(
        rows.contains(&("処方箋発行元医療機関名", "架空クリニック")),
        "{rows:?}"
    );
    let xml = delivered.to_xml(oqs::Charset::Utf8).unwrap().bytes;
    for form in [delivered.to_json(), String::from_utf8(xml).unwrap()] {
        assert!(
            form.contains("PrescriptionIssuerMedicalInstitutionCode")
                && form.contains("架空クリニック")
        );
    }
    // At the clinic that prescribed it is another's ticket, and says nothing (invariant 6).
    let elsewhere = Deliverable::from_answer(&answer, OURS);
    assert!(elsewhere.any_unentrusted() && !elsewhere.to_json().contains("架空クリニック"));
}
