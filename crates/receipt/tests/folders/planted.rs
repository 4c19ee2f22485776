//! What somebody puts under hidden names of answers and of face files, guessed or known: it is never opened, holds up nothing, nothing
//! outside the folders is written through it (invariant 15), and it is never taken for our own file (invariant 9).

use crate::common::NOW;
use crate::place::{Place, answer_everything};
use receipt::folders::{DeliveryStep, FOLDERS, FolderStore};
use receipt::{ReceiptStore, ResultState};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::Ordering;
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

/// What a receipt computer looks at.
fn shown(place: &Place, folder: &str) -> Vec<String> {
    let mut files = place.files(folder);
    files.retain(|name| !name.starts_with(".uketsuke-"));
    files
}

fn hidden(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(format!(".uketsuke-{name}.tmp"))
}

#[test]
fn inv15_pipes_and_files_under_hidden_names_hold_up_nothing_and_are_not_written() {
    let obstacles: [(&str, Obstacle); 4] = [
        ("a folder with something in it", |at, _| {
            std::fs::create_dir(at).unwrap();
            std::fs::write(at.join("inside"), "x").unwrap();
        }),
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
        assert_eq!(shown(&place, "res"), ["OQSsiquc01res_1.xml"], "{what}");
        assert_eq!(shown(&place, "face"), [FACE], "{what}");
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

#[test]
fn inv9_15_where_a_folder_stands_under_a_hidden_name_the_next_pass_takes_another_and_answers_once()
{
    let place = Place::new();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    let answers = [("res", "OQSsiquc01res_1.xml"), ("face", FACE)];
    let obstacles = answers.map(|(folder, name)| place.block(folder, name));
    let suffix = |name| place.store.hidden_suffix(name).unwrap();
    let before = answers.map(|(_, name)| suffix(name));
    place.visit(1);
    place.request("OQSsiquc01req_1.xml");
    place.request("OQSsiquc01req_2.xml");
    let _ = gateway.pass();
    answer_everything(&place.store);
    let _ = gateway.pass();
    assert!(place.at("res/OQSsiquc01res_2.xml").exists(), "not held up");
    let after = answers.map(|(_, name)| suffix(name));
    assert!(before[0] != after[0] && before[1] != after[1], "{after:?}");
    // The terminal is started anew in between, and the name is known all the same.
    place.gateway().pass().unwrap();
    place.gateway().pass().unwrap();
    for (folder, name) in answers {
        assert!(shown(&place, folder).contains(&name.to_owned()), "{name}");
    }
    for obstacle in obstacles {
        assert!(obstacle.join("inside").exists(), "it is nobody's of ours");
        std::fs::remove_dir_all(obstacle).unwrap();
    }
    // Each was written once, and nothing of it is left behind.
    for (folder, name) in answers {
        std::fs::remove_file(place.at(folder).join(name)).unwrap();
        let _ = std::fs::remove_file(place.at("res/OQSsiquc01res_2.xml"));
    }
    for _ in 0..2 {
        place.gateway().pass().unwrap();
        assert!(place.files("res").is_empty() && place.files("face").is_empty());
    }
    assert!(place.store.open_deliveries("").unwrap().is_empty());
    assert_eq!(suffix(FACE), None, "forgotten with its delivery");
}

#[test]
fn inv9_a_planted_hidden_name_does_not_keep_a_file_whose_result_is_anothers() {
    for (what, given) in [("given to another", true), ("not taken in time", false)] {
        let place = Place::new();
        let id = place.visit(1);
        let mut gateway = place.gateway();
        gateway.pass().unwrap();
        assert_eq!(place.files("face"), [FACE]);
        // The customary name, and even the one that was used.
        let planted = [
            hidden(&place.at("face"), FACE),
            place.hidden("face", FACE, "tmp"),
        ];
        for name in planted {
            std::fs::write(name, "PLANTED").unwrap();
        }
        if given {
            place.store.release(&id, FOLDERS, NOW).unwrap();
            place.store.claim(&id, "rececon", NOW, 1000).unwrap();
        } else {
            place.now.fetch_add(61_000, Ordering::SeqCst);
        }
        gateway.pass().unwrap();
        gateway.pass().unwrap();
        assert!(place.files("face").is_empty(), "{what}");
        let record = place.store.result(&id).unwrap().unwrap();
        let expected = if given {
            (ResultState::Claimed, Some("rececon"))
        } else {
            (ResultState::Waiting, None)
        };
        assert_eq!((record.state, record.owner.as_deref()), expected, "{what}");
    }
}

#[test]
fn inv9_what_stands_under_the_name_for_taking_back_neither_stops_that_nor_gives_a_taken_file_back()
{
    for (what, taken) in [("a folder there", false), ("taken just then", true)] {
        let place = Place::new();
        let id = place.visit(1);
        place.gateway().pass().unwrap();
        let away = place.at("face").join(format!(".uketsuke-{FACE}.withdrawn"));
        std::fs::create_dir(&away).unwrap();
        std::fs::write(away.join("inside"), "x").unwrap();
        place.now.fetch_add(61_000, Ordering::SeqCst);
        if taken {
            // Its taking back was noted, and somebody was quicker.
            let suffix = "00000000000000bb";
            place.store.keep_hidden_suffix(FACE, suffix).unwrap();
            let step = DeliveryStep::Withdrawing;
            place.store.note_delivery(&id, FACE, step, NOW).unwrap();
            std::fs::remove_file(place.at("face").join(FACE)).unwrap();
        }
        place.gateway().pass().unwrap();
        assert!(shown(&place, "face").is_empty(), "{what}");
        let state = place.store.result(&id).unwrap().unwrap().state;
        let expected = if taken {
            ResultState::Acknowledged
        } else {
            ResultState::Waiting
        };
        assert_eq!(state, expected, "{what}");
    }
    // A folder under the very name that was noted: the next pass takes another.
    let place = Place::new();
    let id = place.visit(1);
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    let step = DeliveryStep::Withdrawing;
    place.store.note_delivery(&id, FACE, step, NOW).unwrap();
    let away = place.hidden("face", FACE, "withdrawn");
    std::fs::create_dir(&away).unwrap();
    std::fs::write(away.join("inside"), "x").unwrap();
    assert!(gateway.pass().is_err());
    gateway.pass().unwrap();
    assert!(shown(&place, "face").is_empty());
    let state = place.store.result(&id).unwrap().unwrap().state;
    assert_eq!(state, ResultState::Waiting);
}

/// What lies under a hidden name can't be found once the note of it is lost or damaged. So a file that is not there was perhaps never seen, and
/// its result is not counted as taken: staff is told.
#[test]
fn inv9_a_file_whose_hidden_name_was_lost_is_never_counted_as_taken() {
    let customary = format!(".uketsuke-{FACE}.tmp");
    for damaged in [false, true] {
        for (step, end, given) in [
            (DeliveryStep::Ready, "tmp", false),
            (DeliveryStep::Ready, "tmp", true),
            (DeliveryStep::Withdrawing, "withdrawn", false),
        ] {
            let what = format!("{damaged} {step:?} {given}");
            let (place, id) = come_so_far(step, damaged, |place| {
                let hidden = place.hidden("face", FACE, end);
                std::fs::rename(place.at("face").join(FACE), hidden).unwrap();
            });
            if given {
                place.store.release(&id, FOLDERS, NOW).unwrap();
                place.store.claim(&id, "rececon", NOW, 1000).unwrap();
            }
            if damaged {
                // There is a note, so it is no earlier release's, and neither is this.
                std::fs::write(place.at("face").join(&customary), "PLANTED").unwrap();
            }
            place.gateway().pass().unwrap();
            place.gateway().pass().unwrap();
            let record = place.store.result(&id).unwrap().unwrap();
            assert_eq!(record.state, ResultState::Claimed, "{what}");
            let known = place.store.delivery(&id).unwrap().unwrap();
            assert_eq!(known.step, DeliveryStep::Uncollected, "{what}");
            let told = place.store.follow_ups(0, true, 10).unwrap();
            assert_eq!(told.len(), usize::from(!given), "{what}");
            assert!(told.iter().all(|one| one.reason == "uncollected"), "{what}");
            assert_eq!(place.files("face"), Vec::<String>::new(), "{what}");
        }
        // Its own name it can be found by.
        let (place, id) = come_so_far(DeliveryStep::Ready, damaged, |_| {});
        place.gateway().pass().unwrap();
        std::fs::remove_file(place.at("face").join(FACE)).unwrap();
        place.gateway().pass().unwrap();
        let state = place.store.result(&id).unwrap().unwrap().state;
        assert_eq!(state, ResultState::Acknowledged, "{damaged}");
        // Nothing was written yet: it is, under a name that is noted anew.
        let place = Place::new();
        place.gateway().pass().unwrap();
        place
            .store
            .keep_hidden_suffix(FACE, "00000000000000cc")
            .unwrap();
        forget(&place, damaged);
        place.visit(1);
        place.gateway().pass().unwrap();
        assert_eq!(place.files("face"), [FACE], "{damaged}");
    }
}

/// A delivery that came as far as this step, and whose note was lost then.
fn come_so_far(step: DeliveryStep, damaged: bool, files: impl Fn(&Place)) -> (Place, String) {
    let place = Place::new();
    let id = place.visit(1);
    place.gateway().pass().unwrap();
    place.store.note_delivery(&id, FACE, step, NOW).unwrap();
    files(&place);
    forget(&place, damaged);
    (place, id)
}

fn forget(place: &Place, damaged: bool) {
    if damaged {
        place.store.set_unreadable(FACE);
    } else {
        place.store.lose_hidden_suffix(FACE);
    }
}
