//! Request files beyond the lookup by number: the customary names that the counter answers, and those that a folder is refused, each with
//! a code and never in silence. Invariant 1: none opens medical information.

use crate::common::{INSURED, NOW};
use crate::place::Place;
use receipt::ReceiptStore;
use receipt::counter::{Care, Refusal, ScriptedCounter, Why, Wish};
use receipt::folders::{DeliveryStep, FOLDERS, FolderCounter, FolderStore};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Desk {
    place: Place,
    script: Arc<ScriptedCounter>,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        Self {
            place: Place::new(),
            script: Arc::default(),
            runtime,
        }
    }

    fn put(&self, name: &str, body: &str) {
        let text = format!(
            "<XmlMsg><MessageHeader><ArbitraryFileIdentifier>mine</ArbitraryFileIdentifier></MessageHeader><MessageBody>{body}</MessageBody></XmlMsg>"
        );
        std::fs::write(self.place.at("req").join(name), text).unwrap();
    }

    /// Passes until `answer` lies there, and what it says.
    fn answer(&self, answer: &str) -> String {
        let counter = FolderCounter {
            counter: self.script.clone(),
            runtime: self.runtime.handle().clone(),
        };
        let mut gateway = self.place.gateway().with_counter(Some(counter));
        let until = Instant::now() + Duration::from_secs(20);
        let path = self.place.at("res").join(answer);
        while !path.exists() {
            assert!(
                Instant::now() < until,
                "{answer}: {:?}",
                self.place.files("res")
            );
            gateway.pass().unwrap();
        }
        std::fs::read_to_string(path).unwrap()
    }
}

fn registration(number: u32) -> String {
    format!(
        "<ReferenceNumberRegistrationInfo><ReferenceNumber>P{number}</ReferenceNumber><InsurerNumber>06123456</InsurerNumber>\
         <InsuredIdentificationNumber>{number}</InsuredIdentificationNumber></ReferenceNumberRegistrationInfo>"
    )
}

#[test]
fn a_reference_number_is_registered_and_the_service_speaks_for_itself_when_it_is_not() {
    let desk = Desk::new();
    desk.script.answer(Ok(json!({})));
    desk.put("OQSsiimm01req_1.xml", &registration(7));
    let told = desk.answer("OQSsiimm01res_1.xml");
    for part in [
        "<SegmentOfResult>1<",
        "<ReferenceNumber>P7<",
        "<ArbitraryFileIdentifier>mine<",
        "<ProcessingResultStatus>1<",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let asked = desk.script.asked();
    assert!(
        matches!(&asked[..], [(client, Wish::RegisterReference(one))] if client == FOLDERS && one.number == "7"),
        "{asked:?}"
    );
    assert_eq!(desk.place.files("req"), Vec::<String>::new());
    desk.script.answer(Err(Refusal {
        why: Why::SaidNo,
        cause: "UK-VISIT-504".into(),
        words: ("断られました。".into(), "Refused.".into()),
        field: None,
        service: Some(("E123".into(), "該当者なし".into())),
    }));
    desk.put("OQSsiimm01req_2.xml", &registration(8));
    let told = desk.answer("OQSsiimm01res_2.xml");
    assert!(
        told.contains("<ErrorCode>E123<") && told.contains("該当者なし"),
        "{told}"
    );
}

#[test]
fn tickets_consented_persons_and_many_references_come_in_two_phases() {
    let desk = Desk::new();
    let store = &desk.place.store;
    let info = |inner: &str| {
        format!("<QualificationConfirmSearchInfo>{inner}</QualificationConfirmSearchInfo>")
    };
    let days = "<ConsentDateFrom>20261101</ConsentDateFrom><ConsentDateTo>20261122</ConsentDateTo>";
    let care_days = "<ExaminationDateFrom>20261101</ExaminationDateFrom><ExaminationDateTo>20261122</ExaminationDateTo>";
    let flag = |flag: u8| format!("<MedicalTreatmentFlag>{flag}</MedicalTreatmentFlag>");
    let wishes = [
        (
            "OQSmutic",
            "tickets",
            info("<MedicalTreatmentMonth>202611</MedicalTreatmentMonth>"),
        ),
        ("OQSmuhvq", "visiting", info(&format!("{days}{}", flag(2)))),
        (
            "OQSmuonq",
            "online",
            info(&format!("{care_days}{}", flag(3))),
        ),
        ("OQSmuimm", "references", registration(1) + &registration(2)),
    ];
    for (prefix, kind, body) in wishes {
        let job = store.begin_shared_bulk(NOW, kind, 1);
        let reception = store.bulk(job).unwrap().unwrap().reception;
        desk.script.answer(Ok(json!({ "job": job })));
        desk.put(&format!("{prefix}01req_1.xml"), &body);
        let told = desk.answer(&format!("{prefix}01res_1.xml"));
        let shown = reception.split('#').next().unwrap();
        assert!(
            told.contains(&format!("<ReceptionNumber>{shown}<")),
            "{told}"
        );
        let fetch = format!("<ReceptionNumber>{reception}</ReceptionNumber>");
        desk.put(&format!("{prefix}02req_2.xml"), &fetch);
        let told = desk.answer(&format!("{prefix}02res_2.xml"));
        assert!(told.contains("<SegmentOfResult>2<"), "{told}");
        // Another kind's fetch does not open it.
        let other = if kind == "tickets" {
            "OQSmuhvq"
        } else {
            "OQSmutic"
        };
        desk.put(&format!("{other}02req_{kind}.xml"), &fetch);
        let told = desk.answer(&format!("{other}02res_{kind}.xml"));
        assert!(told.contains("<ErrorCode>UK-RCPT-708<"), "{told}");
        let answer = if kind == "references" {
            "{\"reference_number\":\"P1\",\"registered\":true,\"service_code\":null,\"service_message\":null}"
        } else {
            INSURED
        };
        store.answer_bulk(NOW, job, answer);
        desk.put(&format!("{prefix}02req_3.xml"), &fetch);
        let mut gateway = desk.place.gateway();
        for _ in 0..3 {
            gateway.pass().unwrap();
        }
        assert!(
            desk.place
                .files("res")
                .contains(&format!("{prefix}02res_3.zip")),
            "{:?}",
            desk.place.files("res")
        );
    }
    let asked: Vec<Wish> = desk
        .script
        .asked()
        .into_iter()
        .map(|(_, wish)| wish)
        .collect();
    assert!(matches!(&asked[0], Wish::FetchTickets { month } if month == "202611"));
    assert!(matches!(
        &asked[1],
        Wish::FetchConsented {
            care: Care::Visiting,
            by_care_day: false,
            ..
        }
    ));
    assert!(matches!(
        &asked[2],
        Wish::FetchConsented {
            care: Care::Online,
            by_care_day: true,
            ..
        }
    ));
    assert!(matches!(&asked[3], Wish::RegisterReferences(all) if all.len() == 2));
}

#[test]
fn inv1_what_a_folder_may_not_ask_is_refused_with_a_code_and_asks_nobody() {
    let desk = Desk::new();
    let lookup = "<StartDate>202611</StartDate><EndDate>202611</EndDate>";
    for (name, code, part) in [
        ("YZKsiquc01", "UK-RCPT-711", "<MessageContents>UK-RCPT-711 "),
        ("TKKsiquc01", "UK-RCPT-711", "<ResultCode>9<"),
        ("OQSsihvq01", "UK-RCPT-710", "<SegmentOfResult>9<"),
        ("OQSsiupd01", "UK-RCPT-710", "<SegmentOfResult>9<"),
        (
            "OQSmutic01",
            "UK-RCPT-709",
            "<ErrorMessage>受付不可: QualificationConfirmSearchInfoは一つです。<",
        ),
        (
            "OQSsiquc01",
            "UK-RCPT-706",
            "<ErrorMessage>受付不可: QualificationConfirmSearchInfoがありません。<",
        ),
    ] {
        desk.put(&format!("{name}req_1.xml"), lookup);
        let told = desk.answer(&format!("{name}res_1.xml"));
        assert!(told.contains(&format!("<ErrorCode>{code}<")), "{told}");
        assert!(told.contains(part), "{part}: {told}");
        assert!(told.contains("<ArbitraryFileIdentifier>mine<"), "{told}");
    }
    assert_eq!(desk.script.asked(), []);
    let (from, to) = (0, 100);
    assert_eq!(desk.place.store.inquiries(FOLDERS, from, to).unwrap(), []);
}

#[test]
fn a_request_whose_answers_name_was_planned_for_another_is_answered_all_the_same() {
    let place = Place::new();
    place
        .store
        .note_delivery(
            "req:rejected 1 x",
            "OQSsiquc01res_1.xml",
            DeliveryStep::Planned,
            NOW,
        )
        .unwrap();
    place.request("OQSsiquc01req_1.xml");
    let mut gateway = place.gateway();
    for _ in 0..3 {
        gateway.pass().unwrap();
        crate::place::answer_everything(&place.store);
    }
    assert_eq!(place.files("req"), Vec::<String>::new());
    assert_eq!(place.files("res"), ["OQSsiquc01res_1_error_000001.xml"]);
}
