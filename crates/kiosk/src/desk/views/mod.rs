//! The desk's pages: overview, follow-ups, bulk fetches, a result, medical information.

mod answers;
mod audit;
mod follow_ups;
mod home;
mod job;
mod jobs;
mod medical;
mod notes;
mod parts;
mod result;
mod results;

pub(super) use answers::{answer, institution, nobody, openings, says_more, ways};
pub use follow_ups::settled_by_ticket;
pub(super) use follow_ups::{follow_ups, offices};
pub(super) use home::home;
pub(super) use job::job;
pub(super) use jobs::jobs;
pub(super) use medical::medical;
pub(super) use notes::notes;
pub(super) use parts::{follow_up_id, is_id, printed};
pub(super) use result::{result, result_sheet};
pub(super) use results::day_results;
