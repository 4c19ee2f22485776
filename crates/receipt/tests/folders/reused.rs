//! A request's name that was used before: after a restart it is told from a request of which only the removal is left, so that neither is
//! a person's request swallowed nor a request answered twice (invariant 9).

use crate::place::{Place, answer_everything};
use receipt::ReceiptStore;
use receipt::folders::FOLDERS;

const NAME: &str = "OQSsiquc01req_1.xml";

fn other_person(place: &Place) {
    let text = "<XmlMsg><MessageBody><QualificationConfirmSearchInfo><InsurerNumber>06123456</InsurerNumber><InsuredIdentificationNumber>2\
                </InsuredIdentificationNumber></QualificationConfirmSearchInfo></MessageBody></XmlMsg>";
    std::fs::write(place.at("req").join(NAME), text).unwrap();
}

/// The request that lies there is refused, said so, and kept; the one of before stays the only one asked.
fn refused(place: &Place, what: &str) {
    place.gateway().pass().unwrap();
    let files = place.files("res");
    let error = files.iter().find(|name| name.contains("error"));
    let error = error.unwrap_or_else(|| panic!("{what}: {files:?}"));
    let text = std::fs::read_to_string(place.at("res").join(error)).unwrap();
    assert!(text.contains("UK-RCPT-705"), "{what}: {text}");
    let kept = std::fs::read_dir(place.at("req/rejected")).unwrap().count();
    assert_eq!(kept, 1, "{what}");
    assert!(place.files("req").is_empty(), "{what}");
    let asked = place.store.inquiries(FOLDERS, 0, 9).unwrap().len();
    assert_eq!(asked, 1, "{what}");
}

#[test]
fn inv9_a_name_used_again_while_the_terminal_was_off_is_refused_and_not_swallowed() {
    // Its answer was taken, lies there, or has not come yet.
    for answered in ["taken", "there", "not yet"] {
        let place = Place::new();
        let mut gateway = place.gateway();
        place.request(NAME);
        gateway.pass().unwrap();
        if answered != "not yet" {
            answer_everything(&place.store);
            gateway.pass().unwrap();
        }
        if answered == "taken" {
            std::fs::remove_file(place.at("res/OQSsiquc01res_1.xml")).unwrap();
            gateway.pass().unwrap();
        }
        drop(gateway);
        other_person(&place);
        refused(&place, answered);
    }
    // The same question again after its answer was taken is another one too.
    let place = Place::new();
    let mut gateway = place.gateway();
    place.request(NAME);
    gateway.pass().unwrap();
    answer_everything(&place.store);
    gateway.pass().unwrap();
    std::fs::remove_file(place.at("res/OQSsiquc01res_1.xml")).unwrap();
    gateway.pass().unwrap();
    drop(gateway);
    place.request(NAME);
    refused(&place, "the same question");
}

#[test]
fn inv9_a_request_whose_removal_failed_is_not_answered_twice_after_a_restart() {
    let place = Place::new();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    place.request(NAME);
    // Noted, and the power goes before it is removed: the very file is there at the next start.
    place.store.fail_after(Some(0));
    assert!(gateway.pass().is_err());
    place.store.fail_after(None);
    drop(gateway);
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    answer_everything(&place.store);
    gateway.pass().unwrap();
    assert_eq!(place.files("res"), ["OQSsiquc01res_1.xml"]);
    assert!(place.files("req").is_empty());
    assert_eq!(place.store.inquiries(FOLDERS, 0, 9).unwrap().len(), 1);
}
