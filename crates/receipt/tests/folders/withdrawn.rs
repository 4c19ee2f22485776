//! Files that are taken back, and folders that are not there: what nobody took is never counted as taken, and what somebody took is never
//! given to another (invariant 9).

use crate::common::NOW;
use crate::place::Place;
use receipt::folders::{DeliveryStep, FOLDERS, FolderStore};
use receipt::{ReceiptStore, ResultState};
use std::sync::atomic::Ordering;

/// A result whose file lies in `face`.
fn written(place: &Place) -> (String, String) {
    let id = place.visit(1);
    place.gateway().pass().unwrap();
    let [name] = place.files("face").try_into().unwrap();
    (id, name)
}

fn given_back(place: &Place, id: &str, what: &str) {
    let record = place.store.result(id).unwrap().unwrap();
    assert_eq!(
        (record.state, record.owner),
        (ResultState::Waiting, None),
        "{what}"
    );
    assert!(place.files("face").is_empty(), "{what}");
    let told = place.store.follow_ups(0, true, 10).unwrap();
    assert_eq!(told.len(), 1, "{what}");
    assert_eq!(told[0].reason, "uncollected", "{what}");
}

#[test]
fn inv9_a_file_that_was_taken_back_is_never_counted_as_taken_whenever_the_power_goes() {
    // The store fails at each of its writes in turn, as it does when the power goes or the disk is full.
    for writes in 0..4 {
        let place = Place::new();
        let (id, name) = written(&place);
        place.now.fetch_add(61_000, Ordering::SeqCst);
        place.store.fail_after(Some(writes));
        let _ = place.gateway().pass();
        let _ = place.gateway().pass();
        let record = place.store.result(&id).unwrap().unwrap();
        assert_ne!(record.state, ResultState::Acknowledged, "{writes}");
        place.store.fail_after(None);
        place.gateway().pass().unwrap();
        place.gateway().pass().unwrap();
        given_back(&place, &id, &format!("{writes} writes"));
        let known = place.store.delivery(&id).unwrap().unwrap();
        assert_eq!(known.step, DeliveryStep::Uncollected, "{name}");
    }
    // Between the steps on the disk: noted and not moved; moved and not released; released and not removed.
    for (step, named, away) in [
        (DeliveryStep::Withdrawing, true, false),
        (DeliveryStep::Withdrawing, false, true),
        (DeliveryStep::Withdrawing, true, true),
        (DeliveryStep::Uncollected, false, true),
    ] {
        let place = Place::new();
        let (id, name) = written(&place);
        let (file, hidden) = (
            place.at("face").join(&name),
            place.hidden("face", &name, "withdrawn"),
        );
        if away {
            std::fs::copy(&file, &hidden).unwrap();
        }
        if !named {
            std::fs::remove_file(&file).unwrap();
        }
        if step == DeliveryStep::Uncollected {
            let known = place.store.delivery(&id).unwrap().unwrap();
            let ended = receipt::folders::DeliveryRecord { step, ..known };
            place
                .store
                .end_delivery(&ended, Some(&id), true, NOW)
                .unwrap();
        } else {
            place.store.note_delivery(&id, &name, step, NOW).unwrap();
        }
        place.gateway().pass().unwrap();
        given_back(&place, &id, &format!("{step:?} {named} {away}"));
    }
}

#[test]
fn inv9_a_file_that_somebody_took_at_the_last_moment_was_taken() {
    let place = Place::new();
    let (id, name) = written(&place);
    place
        .store
        .note_delivery(&id, &name, DeliveryStep::Withdrawing, NOW)
        .unwrap();
    std::fs::remove_file(place.at("face").join(&name)).unwrap();
    place.gateway().pass().unwrap();
    let record = place.store.result(&id).unwrap().unwrap();
    assert_eq!(
        (record.state, record.owner.as_deref()),
        (ResultState::Acknowledged, Some(FOLDERS))
    );
    assert!(place.store.follow_ups(0, true, 10).unwrap().is_empty());
}

#[test]
fn inv9_what_staff_gave_to_another_does_not_stay_in_the_folder() {
    use DeliveryStep::{Planned, Ready, Written};
    for step in [Planned, Ready, Written] {
        let place = Place::new();
        let (id, name) = written(&place);
        let hidden = place.hidden("face", &name, "tmp");
        if step != Written {
            std::fs::rename(place.at("face").join(&name), &hidden).unwrap();
            place.store.note_delivery(&id, &name, step, NOW).unwrap();
        }
        let mut gateway = place.gateway();
        if step == Written {
            gateway.pass().unwrap();
            gateway.pass().unwrap();
        }
        place.store.release(&id, FOLDERS, NOW).unwrap();
        place.store.claim(&id, "rececon", NOW, 1000).unwrap();
        gateway.pass().unwrap();
        gateway.pass().unwrap();
        assert!(place.files("face").is_empty(), "{step:?}");
        let record = place.store.result(&id).unwrap().unwrap();
        assert_eq!(
            (record.state, record.owner.as_deref()),
            (ResultState::Claimed, Some("rececon")),
            "{step:?}"
        );
        assert!(place.store.follow_ups(0, true, 10).unwrap().is_empty());
        assert!(place.store.open_deliveries("").unwrap().is_empty());
    }
}

#[test]
fn inv9_a_folder_that_is_not_mounted_holds_nothing_that_was_taken() {
    let place = Place::new();
    let (id, name) = written(&place);
    let state = || place.store.result(&id).unwrap().unwrap().state;
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    // Not there at all, then an empty folder in its place, before and after a start.
    std::fs::rename(place.at("face"), place.at("elsewhere")).unwrap();
    for fresh in [false, true] {
        let mut anew = place.gateway();
        let gateway = if fresh { &mut anew } else { &mut gateway };
        let _ = gateway.pass();
        std::fs::create_dir_all(place.at("face")).unwrap();
        let problem = gateway.pass();
        if fresh {
            assert_eq!(problem.unwrap_err().code(), "UK-RCPT-033");
        }
        assert_eq!(state(), ResultState::Claimed, "{fresh}");
        assert!(place.files("face").is_empty(), "nothing is hidden there");
        std::fs::remove_dir(place.at("face")).unwrap();
        if fresh {
            assert_eq!(gateway.pass().unwrap_err().code(), "UK-RCPT-033");
            assert!(!place.at("face").exists(), "and it is not made");
        }
    }
    // The others go on meanwhile.
    place.request("OQSsiquc01req_1.xml");
    let mut anew = place.gateway();
    assert!(anew.pass().is_err());
    assert_eq!(place.store.inquiries(FOLDERS, 0, 9).unwrap().len(), 1);
    // It is back: what is taken now was taken.
    std::fs::rename(place.at("elsewhere"), place.at("face")).unwrap();
    anew.pass().unwrap();
    assert_eq!(place.files("face"), [name.as_str()]);
    std::fs::remove_file(place.at("face").join(&name)).unwrap();
    anew.pass().unwrap();
    assert_eq!(state(), ResultState::Acknowledged);
}

#[test]
fn inv9_of_a_folder_that_staff_says_is_new_nobody_knows_what_was_taken() {
    let place = Place::new();
    let (id, _) = written(&place);
    std::fs::rename(place.at("face"), place.at("elsewhere")).unwrap();
    std::fs::create_dir(place.at("face")).unwrap();
    std::fs::write(place.at("face/uketsuke-new-folder.txt"), "").unwrap();
    place.now.fetch_add(1000, Ordering::SeqCst);
    place.gateway().pass().unwrap();
    let record = place.store.result(&id).unwrap().unwrap();
    assert_eq!(
        (record.state, record.owner.as_deref()),
        (ResultState::Claimed, Some(FOLDERS)),
        "neither taken nor given to another"
    );
    assert_eq!(place.store.follow_ups(0, true, 9).unwrap().len(), 1);
    place.visit(2);
    place.gateway().pass().unwrap();
    assert_eq!(place.files("face").len(), 1, "and it is used");
}
