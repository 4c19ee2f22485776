//! Which comparison is open, and for whom. Whoever closes it first sends its outcome, so that each has exactly one.
//!
//! A stop is answered at once, while the engine is still busy with its present frame; what the engine says later is dropped.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// An open comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Unique for the life of the worker.
    pub id: u64,
    /// Connection that asked for it.
    pub peer: u64,
    /// Visit number.
    pub visit: u64,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Compares the patient's face.
    Compare,
    /// Reads the card's front.
    ReadCard,
}

#[derive(Default)]
struct State {
    last: u64,
    peer: u64,
    open: Option<Job>,
}

/// The one open comparison, if any.
#[derive(Default)]
pub struct Jobs(Mutex<State>);

impl Jobs {
    /// From now on only this connection may open comparisons; what a former one had open is closed, with nobody left to hear of it.
    pub fn admit(&self, peer: u64) {
        let mut state = self.state();
        state.peer = peer;
        state.open = None;
    }

    /// Opens one; a former one is closed and returned, its outcome is the caller's to send. `None` for a connection that was replaced.
    pub fn open(&self, peer: u64, visit: u64, purpose: Purpose) -> Option<(Job, Option<Job>)> {
        let mut state = self.state();
        if state.peer != peer {
            return None;
        }
        state.last += 1;
        let job = Job {
            id: state.last,
            peer,
            visit,
            purpose,
        };
        let former = state.open.replace(job);
        Some((job, former))
    }

    /// May the engine go on with it?
    pub fn is_open(&self, job: Job) -> bool {
        self.state().open == Some(job)
    }

    /// Is any open?
    pub fn any(&self) -> bool {
        self.state().open.is_some()
    }

    /// Is a face being compared? Only then somebody looks at the patient's camera already.
    pub fn comparing(&self) -> bool {
        self.state()
            .open
            .is_some_and(|job| job.purpose == Purpose::Compare)
    }

    /// Closes this one; true exactly once.
    pub fn close(&self, job: Job) -> bool {
        self.take(|open| open == job).is_some()
    }

    /// Closes this visit's.
    pub fn close_visit(&self, peer: u64, visit: u64) -> Option<Job> {
        self.take(|open| open.peer == peer && open.visit == visit)
    }

    /// Closes what a connection that has gone left behind; nobody is there to hear an outcome.
    pub fn close_peer(&self, peer: u64) {
        self.take(|open| open.peer == peer);
    }

    fn take(&self, which: impl FnOnce(Job) -> bool) -> Option<Job> {
        self.state().open.take_if(|open| which(*open))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_is_closed_once() {
        let jobs = Jobs::default();
        jobs.admit(1);
        let (first, none) = jobs.open(1, 70, Purpose::Compare).unwrap();
        assert_eq!(none, None);
        assert!(jobs.is_open(first) && jobs.any() && jobs.comparing());
        let (second, former) = jobs.open(1, 70, Purpose::Compare).unwrap();
        assert_eq!(former, Some(first));
        assert!(!jobs.is_open(first) && !jobs.close(first));
        assert_eq!(jobs.close_visit(1, 71), None);
        assert_eq!(jobs.close_visit(2, 70), None);
        assert_eq!(jobs.close_visit(1, 70), Some(second));
        assert!(!jobs.close(second) && !jobs.any());
        jobs.open(1, 70, Purpose::Compare).unwrap();
        jobs.admit(2);
        assert!(!jobs.any());
        // A late request of the replaced connection disturbs nobody.
        assert_eq!(jobs.open(1, 70, Purpose::Compare), None);
        let (third, _) = jobs.open(2, 70, Purpose::ReadCard).unwrap();
        jobs.close_peer(1);
        assert!(jobs.is_open(third) && jobs.any() && !jobs.comparing());
        jobs.close_peer(2);
        assert!(!jobs.is_open(third));
    }
}
