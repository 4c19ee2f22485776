//! The desk's pages: overview, follow-ups, bulk fetches, a result, medical information.

mod answers;
mod audit;
mod follow_ups;
mod home;
mod jobs;
mod medical;
mod parts;
mod result;

pub(super) use answers::{answer, institution, openings};
pub(super) use follow_ups::follow_ups;
pub(super) use home::home;
pub(super) use jobs::jobs;
pub(super) use medical::medical;
pub(super) use parts::{follow_up_id, is_id};
pub(super) use result::{result, result_sheet};
