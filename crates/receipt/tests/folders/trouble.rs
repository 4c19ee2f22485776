//! One thing that fails holds up no other, is answered once, and loses no answer.

use crate::place::{Place, answer_everything};
use receipt::ReceiptStore;
use receipt::folders::{DeliveryStep, FOLDERS, FolderGateway, FolderSettings, FolderStore};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const PERSON: &str = "<QualificationConfirmSearchInfo><InsurerNumber>06123456</InsurerNumber><InsuredIdentificationNumber>1\
                      </InsuredIdentificationNumber></QualificationConfirmSearchInfo>";

fn bulk(place: &Place, name: &str) {
    let text = format!(
        "<XmlMsg><MessageHeader><ArbitraryFileIdentifier>b1</ArbitraryFileIdentifier></MessageHeader><MessageBody>{PERSON}</MessageBody></XmlMsg>"
    );
    std::fs::write(place.at("req").join(name), text).unwrap();
}

fn text(place: &Place, file: &str) -> String {
    std::fs::read_to_string(place.at("res").join(file)).unwrap()
}

#[test]
fn inv9_a_write_that_fails_once_does_not_cost_a_bulk_request_its_reception_number() {
    let place = Place::new();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    bulk(&place, "OQSmuquc01req_1.xml");
    // As with a full disk: the hidden file can't be written.
    let mut obstacles = vec![place.block("res", "OQSmuquc01res_1.xml")];
    assert!(gateway.pass().is_err());
    obstacles.push(place.block("res", "OQSmuquc01res_1.xml"));
    assert!(gateway.pass().is_err(), "not refused meanwhile");
    gateway.pass().unwrap();
    for obstacle in obstacles {
        std::fs::remove_dir_all(obstacle).unwrap();
    }
    assert_eq!(place.files("res"), ["OQSmuquc01res_1.xml"]);
    assert!(text(&place, "OQSmuquc01res_1.xml").contains("<ReceptionNumber>"));
    assert!(place.files("req").is_empty());
    assert_eq!(place.store.bulks(FOLDERS, 0, 9).unwrap().len(), 1);
    // The store's failure is no other: the name noted, and nothing after it.
    bulk(&place, "OQSmuquc01req_2.xml");
    place.store.fail_after(Some(1));
    assert!(gateway.pass().is_err());
    place.store.fail_after(None);
    gateway.pass().unwrap();
    assert!(text(&place, "OQSmuquc01res_2.xml").contains("<ReceptionNumber>"));
}

#[test]
fn an_entry_that_cannot_be_moved_is_answered_once_and_holds_up_nothing() {
    let place = Place::new();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    std::fs::remove_dir(place.at("req/rejected")).unwrap();
    std::fs::write(place.at("req/rejected"), "in the way").unwrap();
    std::fs::create_dir(place.at("req/OQSsiquc01req_0.xml")).unwrap();
    place.request("OQSsiquc01req_9.xml");
    assert_eq!(gateway.pass().unwrap_err().code(), "UK-RCPT-031");
    assert_eq!(place.store.inquiries(FOLDERS, 0, 9).unwrap().len(), 1);
    for _ in 0..3 {
        std::fs::write(place.at("req/OQSsiquc01req_0.xml/more"), "x").unwrap();
        gateway.pass().unwrap();
    }
    answer_everything(&place.store);
    gateway.pass().unwrap();
    assert_eq!(
        place.files("res"),
        ["OQSsiquc01res_0.xml", "OQSsiquc01res_9.xml"]
    );
    assert!(text(&place, "OQSsiquc01res_0.xml").contains("UK-RCPT-702"));
    // Its place is free again, and it goes there.
    std::fs::remove_file(place.at("req/rejected")).unwrap();
    place.gateway().pass().unwrap();
    assert!(place.files("req").is_empty());
    assert_eq!(
        std::fs::read_dir(place.at("req/rejected")).unwrap().count(),
        1
    );
    assert_eq!(place.files("res").len(), 2, "answered once");
}

#[test]
fn a_face_folder_that_takes_nothing_does_not_hold_up_answers() {
    let place = Place::new();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    let name = "OQSsiquc01res_face_1310000001SIMULATION0000000001_20261122000000.xml";
    let mut obstacles = vec![place.block("face", name)];
    place.visit(1);
    place.visit(2);
    place.request("OQSsiquc01req_1.xml");
    assert!(gateway.pass().is_err());
    answer_everything(&place.store);
    obstacles.push(place.block("face", name));
    assert!(gateway.pass().is_err());
    assert_eq!(place.files("res"), ["OQSsiquc01res_1.xml"]);
    gateway.pass().unwrap();
    for obstacle in obstacles {
        std::fs::remove_dir_all(obstacle).unwrap();
    }
    assert_eq!(place.files("face").len(), 2);
}

#[test]
fn refused_requests_are_kept_for_a_time_and_not_without_end() {
    let place = Place::new();
    let real = i64::try_from(
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_millis(),
    )
    .unwrap();
    place.now.store(real, Ordering::SeqCst);
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    std::fs::write(place.at("req/strange.xml"), "06123456").unwrap();
    gateway.pass().unwrap();
    let kept = || std::fs::read_dir(place.at("req/rejected")).unwrap().count();
    assert_eq!(kept(), 1);
    place.gateway().pass().unwrap();
    assert_eq!(kept(), 1, "its time has not passed");
    // Not without end: the oldest go first.
    for n in 0..1005 {
        std::fs::write(place.at(&format!("req/rejected/{n:06}_x")), "").unwrap();
    }
    place.gateway().pass().unwrap();
    assert_eq!(kept(), 1000);
    assert!(!place.at("req/rejected/000001_strange.xml").exists());
    assert!(place.at("req/rejected/001004_x").exists());
    std::fs::create_dir_all(place.at("req/rejected/folder/inner")).unwrap();
    std::fs::create_dir(place.at("other")).unwrap();
    std::fs::write(place.at("other/file"), "x").unwrap();
    std::os::unix::fs::symlink(place.at("other"), place.at("req/rejected/folder/link")).unwrap();
    place.now.fetch_add(3_700_000, Ordering::SeqCst);
    place.gateway().pass().unwrap();
    assert_eq!(kept(), 0);
    assert!(place.at("other/file").exists(), "links are not followed");
}

#[test]
fn an_answer_that_never_comes_has_an_end() {
    let place = Place::new();
    let now = place.now.load(Ordering::SeqCst);
    place
        .store
        .note_delivery("req:gone", "gone.xml", DeliveryStep::Planned, now)
        .unwrap();
    place.gateway().pass().unwrap();
    assert_eq!(place.store.open_deliveries("").unwrap().len(), 1);
    place.now.fetch_add(61_000, Ordering::SeqCst);
    place.gateway().pass().unwrap();
    let known = place.store.delivery("req:gone").unwrap().unwrap();
    assert_eq!(known.step, DeliveryStep::Abandoned);
}

/// What can't become a message any more is answered at once; what may only be half written is left alone, and then taken.
#[test]
fn inv15_a_file_that_is_no_xml_is_answered_at_once_and_a_half_written_one_is_left_alone() {
    let place = Place::new();
    let settings = FolderSettings {
        half_written: Duration::from_secs(3_600),
        ..place.settings()
    };
    let mut gateway = FolderGateway::open(
        place.store.clone(),
        settings,
        Arc::new(|| crate::common::NOW),
    );
    gateway.pass().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(place.at("req").join(name), bytes).unwrap();
    let nothing: [&[u8]; 4] = [
        b"hello",
        b"{\"XmlMsg\":{}}",
        b"\xef\xbb\xbfPK",
        b"<html><body/></html>",
    ];
    for (n, bytes) in nothing.iter().enumerate() {
        put(&format!("OQSsiquc01req_n{n}.xml"), bytes);
    }
    let whole = format!("<XmlMsg><MessageHeader/><MessageBody>{PERSON}</MessageBody></XmlMsg>");
    let (half, _) = whole.split_at(whole.len() / 2);
    let zeros = [0_u8; 64];
    let halves: [&[u8]; 6] = [
        b"",
        b"\xef\xbb",
        b"  \r\n",
        &zeros,
        half.as_bytes(),
        "<?xml version=\"1.0\"?><XmlMsg><A>患"
            .as_bytes()
            .split_at(34)
            .0,
    ];
    for (n, bytes) in halves.iter().enumerate() {
        put(&format!("OQSsiquc01req_h{n}.xml"), bytes);
    }
    for _ in 0..3 {
        gateway.pass().unwrap();
    }
    let answered: Vec<_> = (0..nothing.len())
        .map(|n| format!("OQSsiquc01res_n{n}.xml"))
        .collect();
    assert_eq!(place.files("res"), answered);
    for file in &answered {
        assert!(text(&place, file).contains("UK-RCPT-704"), "{file}");
    }
    assert_eq!(place.files("req").len(), halves.len());
    // Written to its end, each is taken.
    for n in 0..halves.len() {
        put(&format!("OQSsiquc01req_h{n}.xml"), whole.as_bytes());
    }
    for _ in 0..3 {
        gateway.pass().unwrap();
    }
    let asked = place.store.inquiries(FOLDERS, 0, 99).unwrap();
    assert_eq!(asked.len(), halves.len());
    assert_eq!(place.files("res"), answered, "nothing was refused");
}

#[test]
fn a_refusal_comes_in_the_encoding_of_its_request() {
    let place = Place::new();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    for (name, encoding) in [("s", "Shift_JIS"), ("u", "UTF-8")] {
        let request = format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?><XmlMsg><MessageBody/></XmlMsg>"
        );
        std::fs::write(place.at(&format!("req/OQSsiquc01req_{name}.xml")), request).unwrap();
        gateway.pass().unwrap();
        std::thread::park_timeout(Duration::from_millis(1));
        let bytes = std::fs::read(place.at(&format!("res/OQSsiquc01res_{name}.xml"))).unwrap();
        let head = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(head.contains(&encoding.to_lowercase()), "{head}");
        assert_eq!(
            std::str::from_utf8(&bytes).is_ok(),
            encoding == "UTF-8",
            "{head}"
        );
    }
}

#[test]
fn inv9_15_a_result_that_cannot_be_read_holds_up_no_later_visit() {
    let place = Place::new();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    let bad = place.visit(1);
    place.store.set_unreadable(&bad);
    place.visit(2);
    gateway.pass().unwrap();
    assert_eq!(place.files("face").len(), 1, "the next visit's file");
    let newest = place.store.latest_event_seq().unwrap();
    gateway.pass().unwrap();
    assert_eq!(place.store.cursor(FOLDERS).unwrap(), newest);
    let records = place.store.audit("auditor", 0, 99, 0).unwrap().records;
    let passed: Vec<_> = records
        .iter()
        .filter(|record| record["action"] == "result-passed-over")
        .collect();
    assert_eq!(passed.len(), 1, "{records:?}");
    assert_eq!(passed[0]["detail"]["result"], bad);
    assert_eq!(passed[0]["detail"]["code"], "UK-LEDG-028");
}

#[test]
fn inv9_15_a_result_that_becomes_unreadable_before_its_file_is_written_ends_with_staff_and_an_error_file()
 {
    let place = Place::new();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    let bad = place.visit(1);
    let name = "OQSsiquc01res_face_1310000001SIMULATION0000000001_20261122000000.xml";
    let obstacle = place.block("face", name);
    assert!(gateway.pass().is_err(), "planned and not written");
    std::fs::remove_dir_all(&obstacle).unwrap();
    place.store.set_unreadable(&bad);
    place.request("OQSsiquc01req_1.xml");
    gateway.pass().unwrap();
    answer_everything(&place.store);
    let answered = place.store.inquiry_by_key("OQSsiquc01req_1.xml").unwrap();
    place
        .store
        .set_unreadable(&answered.unwrap().result_id.unwrap());
    gateway.pass().unwrap();
    let known = place.store.delivery(&bad).unwrap().unwrap();
    assert_eq!(known.step, DeliveryStep::Uncollected);
    assert!(text(&place, "OQSsiquc01res_1.xml").contains("UK-RCPT-019"));
}

#[test]
fn inv9_15_a_lookup_that_cannot_be_read_ends_with_an_error_file_and_the_gateway_goes_on() {
    let place = Place::new();
    let mut gateway = place.gateway();
    place.request("OQSsiquc01req_1.xml");
    gateway.pass().unwrap();
    place.store.set_unreadable("OQSsiquc01req_1.xml");
    gateway.pass().unwrap();
    assert!(text(&place, "OQSsiquc01res_1.xml").contains("UK-RCPT-019"));
    std::fs::remove_file(place.at("res/OQSsiquc01res_1.xml")).unwrap();
    gateway.pass().unwrap();
    let known = place.store.delivery("req:OQSsiquc01req_1.xml").unwrap();
    assert_eq!(known.unwrap().step, DeliveryStep::Taken);
}
