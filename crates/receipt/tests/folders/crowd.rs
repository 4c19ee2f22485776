//! Files that are left alone: however many lie in `req`, they hide no request, and one that nobody finishes does not stay for ever
//! (invariant 15).

use crate::place::Place;
use receipt::ReceiptStore;
use receipt::folders::{FOLDERS, FolderGateway, FolderSettings};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[test]
fn inv15_temporary_files_without_number_hide_no_request() {
    let place = Place::new();
    for n in 0..10 {
        place.request(&format!("OQSsiquc01req_{n}.xml"));
    }
    for n in 0..30_000 {
        let name = match n % 3 {
            0 => format!(".{n}"),
            1 => format!("~{n}"),
            _ => format!("{n}.tmp"),
        };
        std::fs::write(place.at("req").join(name), "").unwrap();
    }
    place.gateway().pass().unwrap();
    assert_eq!(place.store.inquiries(FOLDERS, 0, 99).unwrap().len(), 10);
    assert_eq!(place.files("req").len(), 30_000, "they are left alone");
}

#[test]
fn a_temporary_file_that_nobody_finishes_is_refused_and_kept() {
    let place = Place::new();
    let settings = FolderSettings {
        unfinished: Duration::from_millis(300),
        ..place.settings()
    };
    let clock = Arc::new(|| crate::common::NOW);
    let mut gateway = FolderGateway::open(place.store.clone(), settings, clock);
    std::fs::write(place.at("req/OQSsiquc01req_1.xml.tmp"), "<XmlMsg>").unwrap();
    std::fs::create_dir(place.at("req/.made-by-another-program")).unwrap();
    gateway.pass().unwrap();
    assert_eq!(place.files("req").len(), 2);
    let until = Instant::now() + Duration::from_secs(10);
    while place.files("req").len() == 2 && Instant::now() < until {
        std::thread::park_timeout(Duration::from_millis(50));
        gateway.pass().unwrap();
    }
    // What is no file is nobody's request.
    assert_eq!(place.files("req"), [".made-by-another-program"]);
    let [answer] = place.files("res").try_into().unwrap();
    let text = std::fs::read_to_string(place.at("res").join(answer)).unwrap();
    assert!(text.contains("UK-RCPT-707"), "{text}");
    let kept = std::fs::read_dir(place.at("req/rejected")).unwrap().count();
    assert_eq!(kept, 1);
}
