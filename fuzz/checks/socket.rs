//! The face worker's socket.

use serde::Serialize;
use serde::de::DeserializeOwned;
use vision::protocol::{Event, MAX_PAYLOAD, Request, read_message, write_message};

fn follow<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(mut rest: &[u8]) {
    while let Ok((message, payload)) = read_message::<T>(&mut rest) {
        assert!(payload.len() <= MAX_PAYLOAD);
        let mut written = Vec::new();
        // Escapes may make a header longer than it came.
        if write_message(&mut written, &message, &payload).is_ok() {
            let (again, same) = read_message::<T>(&mut written.as_slice()).expect("our own words");
            assert_eq!(same, payload);
            assert_eq!(format!("{again:?}"), format!("{message:?}"));
        }
    }
}

/// What stands on the worker's socket, in both directions: bounded, and written again it is the same.
pub(crate) fn vision_socket(data: &[u8]) {
    follow::<Request>(data);
    follow::<Event>(data);
}
