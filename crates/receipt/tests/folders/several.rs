//! Several receipt programs at one folder.

use crate::place::{Place, serving};
use receipt::{ReceiptStore, ResultState};
use std::time::Duration;

#[test]
fn inv9_several_programs_read_a_folder_and_one_of_them_moves_files_away() {
    let place = Place::new();
    let all: Vec<String> = (1..=5).map(|visit| place.visit(visit)).collect();
    std::fs::create_dir_all(place.at("moved")).unwrap();
    std::fs::create_dir_all(place.at("face")).unwrap();
    let (face, moved) = (place.at("face"), place.at("moved"));
    let until = std::time::Instant::now() + Duration::from_secs(30);
    let read = serving(&place, || {
        let mover = std::thread::spawn({
            let (face, moved) = (face.clone(), moved.clone());
            move || {
                let mut count = 0;
                while count < 5 && std::time::Instant::now() < until {
                    for entry in std::fs::read_dir(&face).unwrap().flatten() {
                        let name = entry.file_name().into_string().unwrap();
                        if !name.starts_with('.') {
                            std::thread::park_timeout(Duration::from_millis(30));
                            std::fs::rename(entry.path(), moved.join(&name)).unwrap();
                            count += 1;
                        }
                    }
                }
                count
            }
        });
        // The other program only reads, and finds a file whole or not at all.
        let mut read = std::collections::BTreeMap::new();
        while !mover.is_finished() {
            for entry in std::fs::read_dir(&face).unwrap().flatten() {
                let name = entry.file_name().into_string().unwrap();
                let Ok(text) = std::fs::read_to_string(entry.path()) else {
                    continue;
                };
                if !name.starts_with('.') {
                    assert!(text.trim_end().ends_with("</XmlMsg>"), "{name}: {text}");
                    let known = read.entry(name).or_insert_with(|| text.clone());
                    assert_eq!(*known, text, "never another content under one name");
                }
            }
        }
        assert_eq!(mover.join().unwrap(), 5);
        // The gateway sees that the last was taken, and that is all it does.
        let news = std::time::Instant::now() + Duration::from_secs(10);
        let settled = |id: &String| {
            let record = place.store.result(id).unwrap().unwrap();
            record.state == ResultState::Acknowledged
        };
        while !all.iter().all(settled) && std::time::Instant::now() < news {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        read
    });
    assert!(!read.is_empty(), "the reader saw files");
    assert!(place.files("face").is_empty(), "nothing comes back");
    assert_eq!(place.files("moved").len(), 5);
    for id in &all {
        let record = place.store.result(id).unwrap().unwrap();
        assert_eq!(record.state, ResultState::Acknowledged, "{id}");
    }
}
