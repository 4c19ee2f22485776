//! What somebody puts under the hidden names of answers and of face files, which anybody can guess: it is never opened, holds up nothing,
//! and nothing outside the folders is written through it (invariant 15).

use crate::place::{Place, answer_everything};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

const FACE: &str = "OQSsiquc01res_face_1310000001SIMULATION0000000001_20261122000000.xml";

/// Puts something in the way at a path; the second is a file outside.
type Obstacle = fn(&Path, &Path);

/// One pass, which must come to its end.
fn pass(place: &Place) {
    let mut gateway = place.gateway();
    let (told, ended) = mpsc::channel();
    std::thread::spawn(move || told.send(gateway.pass()));
    let outcome = ended.recv_timeout(Duration::from_secs(20));
    outcome.expect("the pass does not end").unwrap();
}

fn hidden(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(format!(".uketsuke-{name}.tmp"))
}

#[test]
fn inv15_pipes_and_files_under_hidden_names_hold_up_nothing_and_are_not_written() {
    let obstacles: [(&str, Obstacle); 3] = [
        ("a pipe", |at, _| {
            nix::unistd::mkfifo(at, nix::sys::stat::Mode::from_bits_truncate(0o666)).unwrap();
        }),
        ("a second name", |at, outside| {
            std::fs::hard_link(outside, at).unwrap();
        }),
        ("a read-only file", |at, _| {
            std::fs::write(at, "x".repeat(100_000)).unwrap();
            std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o444)).unwrap();
        }),
    ];
    for (what, obstacle) in obstacles {
        let place = Place::new();
        let outside = place.at("outside.xml");
        std::fs::write(&outside, "PLANTED").unwrap();
        place.gateway().pass().unwrap();
        for (folder, name) in [("res", "OQSsiquc01res_1.xml"), ("face", FACE)] {
            obstacle(&hidden(&place.at(folder), name), &outside);
        }
        place.visit(1);
        place.request("OQSsiquc01req_1.xml");
        pass(&place);
        answer_everything(&place.store);
        pass(&place);
        assert_eq!(place.files("res"), ["OQSsiquc01res_1.xml"], "{what}");
        assert_eq!(place.files("face"), [FACE], "{what}");
        for file in [
            place.at("res/OQSsiquc01res_1.xml"),
            place.at("face").join(FACE),
        ] {
            let about = std::fs::symlink_metadata(&file).unwrap();
            assert!(about.is_file() && !about.file_type().is_fifo(), "{what}");
            assert_eq!(about.permissions().mode() & 0o777, 0o660, "{what}");
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.trim_end().ends_with("</XmlMsg>"), "{what}: {text}");
        }
        let outside = std::fs::read_to_string(&outside).unwrap();
        assert_eq!(outside, "PLANTED", "{what}");
    }
}
