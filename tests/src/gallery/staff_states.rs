//! The states of a day at the desk, in the product's own words: results are summaries of answers as the service gives them, alerts and
//! queue are told as the daemon tells them. Every person is invented.

use kiosk::staff::{
    Office, Offices, ResultState, ServiceSaid, StaffAlert, StaffEnded, StaffQueued, StaffResult,
    StaffState, StaffSummary, StaffVisit, TerminalLine, TerminalState, alert, part, queued,
    summary,
};
use oqs::{Deliverable, Message as _, QualificationAnswer};

/// This institution's number.
const OURS: &str = "1310000001";
/// The texts of all alerts; each begins a line with its code.
const ALERTS: &str = include_str!("../../../crates/kiosk/i18n/ja/alerts.ftl");

/// The names of the states with what they show.
pub(super) fn states() -> Vec<(&'static str, StaffState)> {
    let quiet = StaffState {
        terminal: terminal(&[("reader", true), ("camera", true), ("central", true)]),
        ..StaffState::default()
    };
    let visual = StaffState {
        visit: Some(StaffVisit {
            visit: 0x1f3a,
            reader: "desk-1/ACS ACR39U ICC Reader 00 00".into(),
            page: "staff-coming".into(),
            waiting_for_visual: true,
        }),
        ..quiet.clone()
    };
    let mut expired = result("5", ResultState::Waiting, insurance("1"));
    expired.remark = Some("UK-VISIT-216".into());
    let both = [insurance("1"), assistance(OURS)].concat();
    let by = "レセコン".to_owned();
    let day = StaffState {
        results: vec![
            expired,
            result("3", ResultState::Waiting, both),
            result("2", ResultState::Taken, insurance("2")),
            result("1", ResultState::Claimed { by }, insurance("1")),
        ],
        results_left_out: 12,
        ..quiet.clone()
    };
    let unentrusted = StaffState {
        simulated: true,
        results: vec![result("4", ResultState::Waiting, assistance("1310000002"))],
        ..visual.clone()
    };
    let trouble = StaffState {
        terminal: terminal(&[("reader", false), ("camera", true), ("central", false)]),
        alerts: vec![one_alert("UK-CARD-001"), one_alert("UK-VISIT-201")],
        queued: vec![StaffQueued {
            id: "q1".into(),
            at: "9:41".into(),
            visit: 0x1f39,
            reason: queued("UK-CENT-001"),
            next_at: "10:15".into(),
        }],
        ended: vec![
            ended("refused", Some("UK-VISIT-210")),
            ended("refused", Some("UK-VISIT-211")),
            ended("card-removed", None),
        ],
        ..day.clone()
    };
    let alerts = StaffState {
        alerts: codes().iter().zip(1..).map(one_of_all).collect(),
        ..quiet.clone()
    };
    vec![
        ("quiet", quiet),
        ("visual", visual),
        ("day", day),
        ("unentrusted", unentrusted),
        ("trouble", trouble),
        ("alerts", alerts),
    ]
}

/// Every code that has a text of its own.
fn codes() -> Vec<String> {
    let lines = ALERTS.lines().filter_map(|line| line.split_once(" ="));
    let own = lines.filter_map(|(key, _)| key.strip_prefix("alerts-uk-"));
    let codes = own.filter(|code| !code.ends_with("-do"));
    codes
        .map(|code| format!("UK-{}", code.to_ascii_uppercase()))
        .collect()
}

fn one_of_all((code, id): (&String, u64)) -> StaffAlert {
    StaffAlert {
        id,
        ..one_alert(code)
    }
}

fn one_alert(code: &str) -> StaffAlert {
    let (text, advice) = alert(code);
    StaffAlert {
        id: if code.starts_with("UK-CARD") { 1 } else { 2 },
        closable: !code.contains("201"),
        code: code.to_owned(),
        at: "10:12".into(),
        text,
        advice,
        service: code.starts_with("UK-VISIT-2").then(|| ServiceSaid {
            code: "SIM-1".into(),
            words: "原文のまま表示します。".into(),
        }),
    }
}

fn ended(outcome: &str, code: Option<&str>) -> StaffEnded {
    StaffEnded {
        at: "9:58".into(),
        outcome: outcome.to_owned(),
        code: code.map(str::to_owned),
    }
}

fn terminal(parts: &[(&str, bool)]) -> TerminalState {
    TerminalState {
        ok: parts.iter().all(|(_, up)| *up),
        lines: parts
            .iter()
            .map(|(name, up)| TerminalLine {
                ok: *up,
                text: part(name, *up),
            })
            .collect(),
    }
}

fn result(id: &str, state: ResultState, summaries: Vec<StaffSummary>) -> StaffResult {
    StaffResult {
        medical: true,
        id: id.into(),
        at: "10:05".into(),
        stored_at: 0,
        visit: 0x1f38,
        reader: "desk-1/ACS ACR39U ICC Reader 00 00".into(),
        name: "架空　花子".into(),
        state,
        remark: None,
        summaries,
    }
}

fn insurance(validity: &str) -> Vec<StaffSummary> {
    summaries(
        validity,
        r#""InsuredCardClassification":"01","InsurerNumber":"06990001","InsurerName":"架空健康保険組合","InsuredCardSymbol":"架空12","InsuredIdentificationNumber":"345","InsuredBranchNumber":"00","Name":"架空　花子","Sex1":"2","Birthdate":"19580301""#,
    )
}

/// With a ticket that names this institution.
fn assistance(institution: &str) -> Vec<StaffSummary> {
    let ticket = format!(
        r#""InsuredCardClassification":"A1","InsurerNumber":"12990001","InsuredIdentificationNumber":"1010001","InsurerName":"架空市福祉事務所","Name":"架空　花子","Sex1":"2","Birthdate":"19580301","ReferenceNumber":"00000001","PublicExpenseResultList":[{{"MedicalTicketInfo":{{"TicketType":"01","MedicalTreatmentMonth":"202611","DesignatedMedicalInstitutionCode":"{institution}","DesignatedMedicalInstitutionName":"架空医院","SingleOrCombinedUse":"01","MedicalTicketValidDate":"20261101","MedicalTicketExpirationDate":"20261130","InjuryName1":"架空症","InjuryName2":"架空炎"}}}}]"#
    );
    summaries("1", &ticket)
}

/// What staff is told of an answer of the service.
fn summaries(validity: &str, qualification: &str) -> Vec<StaffSummary> {
    let json = format!(
        r#"{{"XmlMsg":{{"MessageHeader":{{"QualificationConfirmationDate":"20261123","SegmentOfResult":"1"}},"MessageBody":{{"ProcessingResultStatus":"1","QualificationValidity":"{validity}","ResultList":[{{"ResultOfQualificationConfirmation":{{{qualification}}}}}]}}}}}}"#
    );
    let offices = Offices::new(vec![Office {
        name: "架空市福祉事務所".into(),
        payer_numbers: vec!["1299".into()],
        telephone: "03-0000-0001".into(),
        hours: "平日8:30～17:15".into(),
    }]);
    let answer = QualificationAnswer::from_json(json.as_bytes());
    let told = answer.map(|answer| {
        let deliverable = Deliverable::from_answer(&answer, OURS);
        oqs::summary::summarise(&deliverable)
    });
    let told = told.unwrap_or_default().into_iter();
    told.map(|one| summary(one, &offices)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pictures show what the product says: both displays, a telephone, and every alert there is.
    #[test]
    fn the_states_hold_what_staff_is_told() {
        let states = states();
        let of = |name: &str| {
            let found = states.iter().find(|(known, _)| *known == name);
            &found.unwrap().1
        };
        let unentrusted = &of("unentrusted").results[0].summaries[0];
        assert!(unentrusted.unentrusted && unentrusted.phone.as_ref().unwrap().known);
        let both = &of("day").results[1].summaries;
        assert_eq!(both.len(), 2);
        assert!(
            both.iter()
                .all(|one| one.validity == "1" && !one.unentrusted)
        );
        let alerts = &of("alerts").alerts;
        assert!(alerts.len() > 30, "{}", alerts.len());
        let (text, _) = alert("UK-VISIT-210");
        assert!(alerts.iter().any(|one| one.text == text));
        let mut ids: Vec<_> = alerts.iter().map(|one| &one.code).collect();
        ids.dedup();
        assert_eq!(ids.len(), alerts.len());
    }
}
