//! The face worker's socket.

use serde::Serialize;
use serde::de::DeserializeOwned;
use vision::decision::Threshold;
use vision::jobs::{Jobs, Purpose};
use vision::order::{LONGEST_READING, Order};
use vision::protocol::{Event, MAX_PAYLOAD, Request, read_message, write_message};
use vision::session::LONGEST_DEADLINE;

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

/// What the worker makes of requests, without camera and engine: within every limit, and at most one job is open.
fn obey(mut rest: &[u8]) {
    let jobs = Jobs::default();
    jobs.admit(1);
    while let Ok((request, payload)) = read_message::<Request>(&mut rest) {
        let random = payload.first().copied().unwrap_or_default();
        let Ok(order) = Order::of(&request, random) else {
            continue;
        };
        match order {
            Order::Compare { visit, rules, .. } => {
                let threshold = rules.threshold.get();
                assert!((Threshold::LOWEST..=Threshold::HIGHEST).contains(&threshold));
                assert!(rules.deadline <= LONGEST_DEADLINE);
                let (job, _) = jobs.open(1, visit, Purpose::Compare).expect("admitted");
                assert!(jobs.is_open(job) && jobs.comparing());
            }
            Order::Read {
                visit,
                deadline,
                known,
                ..
            } => {
                assert!(deadline <= LONGEST_READING);
                assert!((1..=12).contains(&known.today.1));
                let (job, _) = jobs.open(1, visit, Purpose::ReadCard).expect("admitted");
                assert!(jobs.is_open(job) && !jobs.comparing());
            }
            Order::Stop { visit } => {
                if let Some(job) = jobs.close_visit(1, visit) {
                    assert!(job.visit == visit && !jobs.is_open(job));
                }
            }
            Order::Hello | Order::Check { .. } => {}
        }
    }
}

/// What stands on the worker's socket, in both directions: bounded, written again it is the same, and obeyed within the limits.
pub(crate) fn vision_socket(data: &[u8]) {
    follow::<Request>(data);
    follow::<Event>(data);
    obey(data);
}
