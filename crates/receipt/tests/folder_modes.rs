//! Under the unit's mask (0077) the receipt computer's account, which is in the folders' group, must read what is written for it. In a
//! program of its own, because the mask is the whole process's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;
#[path = "folders/place.rs"]
#[allow(dead_code)] // each test file uses its own part
mod place;

use nix::sys::stat::{Mode, umask};
use place::Place;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn files_and_the_folder_of_refused_requests_are_their_groups_whatever_the_mask() {
    umask(Mode::from_bits_truncate(0o077));
    let place = Place::new();
    place.visit(1);
    std::fs::write(place.at("req").join("strange.xml"), "<a/>").unwrap();
    let mut gateway = place.gateway();
    for _ in 0..3 {
        gateway.pass().unwrap();
    }
    let mode = |path: &str| {
        std::fs::metadata(place.at(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    for folder in ["face", "res"] {
        let files = place.files(folder);
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(mode(&format!("{folder}/{}", files[0])), 0o660);
    }
    assert_eq!(mode("req/rejected"), 0o770);
}
