//! A worker that grows ends by itself, to be started anew. A test program of its own: what it takes counts for the whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use common::{data, models};
use vision::engine::Sources;
use vision::server::{ServeError, ServerConfig, serve};
use vision::source::SourceSpec;

/// Invariant 15: no unbounded growth.
#[test]
fn invariant_15_a_worker_that_grows_ends_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("vision.sock")).unwrap();
    let config = ServerConfig {
        sources: Sources {
            face: SourceSpec::Pictures(data("portraits")),
            document: None,
            infrared: None,
        },
        ocr: None,
        simulation: true,
        models: models(),
        attack_model: None,
        open: Vec::new(),
    };
    let (stop, alive) = (AtomicBool::new(false), AtomicU32::new(0));
    let mut taken: Vec<Vec<u8>> = Vec::new();
    let result = std::thread::scope(|scope| {
        let serving = scope.spawn(|| {
            serve(&listener, config, &stop, || {
                alive.fetch_add(1, Ordering::SeqCst);
            })
        });
        while !serving.is_finished() && taken.len() < 16 {
            if alive.load(Ordering::SeqCst) >= 2 {
                // Touched, or it would not count.
                taken.push(vec![taken.len() as u8 + 1; 50 << 20]);
            }
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        while !serving.is_finished() && alive.load(Ordering::SeqCst) < 200 {
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        stop.store(true, Ordering::SeqCst);
        serving.join().unwrap()
    });
    assert!(
        matches!(result, Err(ServeError::Memory(mb)) if mb > 700),
        "{result:?} with {} blocks",
        taken.len()
    );
}
