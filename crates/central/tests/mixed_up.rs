//! Answers that are not what was asked for: another kind, another person, another institution, another job (invariants 1 and 10).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use central::{BulkCall, CentralDesk, CentralError, CentralService, Paths};
use oqs::bulk::BulkDownloadRequest;
use oqs::{
    CareKind, CheckupsRequest, ConsentKind, MedicinesRequest, NumberLookup, QualificationResult,
};
use support::*;

/// A service that answers every call for a list or a job with this header (beside the echo) and body.
async fn service(world: &World, header: &str, body: &str) -> Server {
    let (header, body) = (header.to_owned(), body.to_owned());
    world
        .serve(move |seen| {
            if seen.path == Paths::default().auth {
                return friendly(seen);
            }
            let request: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
            let asked = &request["XmlMsg"]["MessageHeader"]["ArbitraryFileIdentifier"];
            ok(format!(
                r#"{{"XmlMsg":{{"MessageHeader":{{"ArbitraryFileIdentifier":{asked},{header}}},"MessageBody":{body}}}}}"#
            ))
        })
        .await
}

fn list(name: &str, item: &str) -> String {
    format!(r#"{{"ResultCode":"1","{name}":[{item}]}}"#)
}

const ITEM: &str = r#"{"Date":"20261101","Name":"架空錠10mg"}"#;
const OUR_HEADER: &str = r#""MedicalInstitutionCode":"1310000001""#;

/// What the person did not agree to, or did not ask for here, is taken in under no name.
#[tokio::test]
async fn invariant_1_an_answer_of_another_kind_is_refused() {
    use ConsentKind::{Checkups, Medicines, Operations, Treatment};
    let world = World::new();
    let with_code = |name: &str, code: &str| {
        format!(r#"{{"ResultCode":"1","ViewingConsentKind":"{code}","{name}":[{ITEM}]}}"#)
    };
    let both = format!(r#"{{"ResultCode":"1","MedicineList":[{ITEM}],"CheckupList":[{ITEM}]}}"#);
    let inside = format!(r#"{{"ResultCode":"1","Document":{{"CheckupList":[{ITEM}]}}}}"#);
    let rows = [
        (Medicines, list("MedicineList", ITEM), true),
        (Medicines, list("CheckupList", ITEM), false),
        (Medicines, list("TreatmentList", ITEM), false),
        (Medicines, both, false),
        (Medicines, inside, false),
        // An empty list of another kind says nothing about anybody.
        (Medicines, list("CheckupList", ""), true),
        (Checkups, list("CheckupList", ITEM), true),
        (Checkups, list("Unknown", ITEM), true),
        (Checkups, list("MedicineList", ITEM), false),
        (Checkups, list("OperationList", ITEM), false),
        (Treatment, list("TreatmentList", ITEM), true),
        (Treatment, list("OperationList", ITEM), false),
        (Operations, with_code("OperationList", "SHJ"), true),
        (Operations, with_code("OperationList", "TKK"), false),
    ];
    let numbers = NumberLookup {
        insurer_number: "06123456",
        symbol: "12",
        number: "3456789",
        branch: "00",
        birthdate: "19750303",
        limit_certificate: false,
    };
    for (asked, body, fine) in rows {
        let server = service(&world, OUR_HEADER, &body).await;
        let client = world.client(&server);
        // In a visit with a card, and in a re-inquiry.
        let outcomes = if asked == Medicines {
            let months = ("202606", "202611");
            let card = MedicinesRequest::for_card_visit(OURS, "c-1", months.0, months.1, "ff");
            let numbers =
                MedicinesRequest::by_numbers(OURS, CareKind::Visiting, &numbers, months, "fe");
            [
                client.medicines(&card).await.map(drop),
                client.medicines_by_numbers(&numbers).await.map(drop),
            ]
        } else {
            let card = CheckupsRequest::of_kind(asked, OURS, "c-1", "ff");
            let numbers =
                CheckupsRequest::by_numbers(asked, OURS, CareKind::Online, &numbers, "fe");
            [
                client.checkups_of_visit(&card).await.map(drop),
                client.checkups(&numbers).await.map(drop),
            ]
        };
        for outcome in outcomes {
            assert_eq!(outcome.is_ok(), fine, "{asked:?}: {body}");
            if let Err(error) = outcome {
                assert_eq!(error, CentralError::OtherKind, "{body}");
                assert_eq!(error.code(), "UK-CENT-403");
            }
        }
    }
}

/// Medicines of a visit are asked for by the numbers of its qualification, and answers about others' are refused.
#[tokio::test]
async fn invariant_10_medicines_of_another_person_or_institution_are_refused() {
    let world = World::new();
    let whose = QualificationResult {
        insurer_number: Some("06123456".into()),
        insured_card_symbol: Some("12".into()),
        insured_identification_number: Some("3456789".into()),
        insured_branch_number: Some("00".into()),
        ..QualificationResult::default()
    };
    let numbers = |insurer: &str, number: &str| {
        format!(
            r#"{OUR_HEADER},"InsurerNumber":"{insurer}","InsuredPersonIdentificationNumber":"{number}""#
        )
    };
    for (header, fine) in [
        (numbers("06123456", "3456789"), true),
        (numbers("6123456", "03456789"), true),
        (OUR_HEADER.to_owned(), true),
        (numbers("06123456", "3456780"), false),
        (numbers("39123451", "3456789"), false),
        (r#""MedicalInstitutionCode":"1310000002""#.to_owned(), false),
    ] {
        let server = service(&world, &header, &list("MedicineList", ITEM)).await;
        let client = world.client(&server);
        let request =
            MedicinesRequest::for_card_visit(OURS, "c-1", "202606", "202611", "ff").about(&whose);
        let outcome = client.medicines(&request).await;
        assert_eq!(outcome.is_ok(), fine, "{header}");
        if let Err(error) = outcome {
            assert_eq!(error.code(), "UK-CENT-401", "{header}");
        }
    }
}

/// The second phase of a job is about that job.
#[tokio::test]
async fn invariant_10_the_answer_of_another_job_is_refused() {
    let world = World::new();
    for (told, fine) in [("R-1", true), ("R-2", false)] {
        let header = format!(
            r#"{OUR_HEADER},"SegmentOfResult":"1","ReceptionNumber":"{told}","NumberOfProcessingResult":"0""#
        );
        let server = service(&world, &header, "{}").await;
        let client = world.client(&server);
        let request = BulkDownloadRequest::new(OURS, "R-1", "ff");
        let taker = Box::new(|_| Ok(()));
        let tickets = client.fetch_bulk(BulkCall::Tickets, &request, taker).await;
        assert_eq!(tickets.is_ok(), fine, "{told}: {tickets:?}");
        let references = client.fetch_reference_bulk(&request).await;
        assert_eq!(references.is_ok(), fine, "{told}");
    }
}

/// A second asking what is open that is answered with the first one's answer is refused: "open" may be over.
#[tokio::test]
async fn invariant_10_an_older_answer_about_openings_is_refused() {
    let world = World::new();
    let server = world
        .serve(move |seen| {
            if seen.path == Paths::default().auth {
                return friendly(seen);
            }
            ok(format!(
                r#"{{"XmlMsg":{{"MessageHeader":{{"ArbitraryFileIdentifier":"first",{OUR_HEADER}}},"MessageBody":{{}}}}}}"#
            ))
        })
        .await;
    let client = world.client(&server);
    client.openings("first").await.unwrap();
    let refused = client.openings("second").await.unwrap_err();
    assert_eq!(refused.code(), "UK-CENT-401", "{refused:?}");
}

/// Of requests that name no identifier, or the same with each, only the terminal's own tells whose an answer is; it is taken away again.
#[tokio::test]
async fn invariant_10_an_answer_to_the_request_before_is_refused_whatever_the_asker_named() {
    use oqs::Message as _;
    let world = World::new();
    // What the asker names, what the service echoes of the header and of the search, and whether that is this request's answer.
    let mine = r#","ArbitraryFileIdentifier":"mine""#;
    for (named, header, search, fine) in [
        ("", "", "", true),
        ("", "0123456789abcdef", "", false),
        ("", "", "0123456789abcdef", false),
        (mine, "mine", "", true),
        (mine, "mine", "0123456789abcdef", false),
        (mine, "mine", "nothing", false),
    ] {
        let server = world
            .serve(move |seen| {
                if seen.path == Paths::default().auth {
                    return friendly(seen);
                }
                let request: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
                let sent = &request["XmlMsg"];
                let or = |echo: &str, sent: &serde_json::Value| match echo {
                    "" => sent.clone(),
                    "nothing" => serde_json::Value::Null,
                    other => other.into(),
                };
                let file = or(header, &sent["MessageHeader"]["ArbitraryFileIdentifier"]);
                let info = &sent["MessageBody"]["QualificationConfirmSearchInfo"];
                let search = or(search, &info["ArbitraryIdentifier"]);
                ok(format!(
                    r#"{{"XmlMsg":{{"MessageHeader":{{"ArbitraryFileIdentifier":{file},{OUR_HEADER}}},"MessageBody":{{"ResultList":[{{"ResultOfQualificationConfirmation":{{"ArbitraryIdentifier":{search},"Name":"架空"}}}}]}}}}}}"#
                ))
            })
            .await;
        let text = format!(
            r#"{{"XmlMsg":{{"MessageHeader":{{{OUR_HEADER}{named}}},"MessageBody":{{"QualificationConfirmSearchInfo":{{"InsurerNumber":"12000001"}}}}}}}}"#
        );
        let request = oqs::QualificationRequest::from_json(text.as_bytes()).unwrap();
        let told = world.client(&server).qualification(&request).await;
        assert_eq!(told.is_ok(), fine, "{named} {header} {search}: {told:?}");
        if let Ok(answer) = told {
            let told = answer.to_json();
            assert!(!told.contains("\"ArbitraryIdentifier\""), "{told}");
            assert_eq!(told.contains("mine"), !named.is_empty(), "{told}");
        }
    }
}
