//! A whole reception desk under test: the real pcscd, the simulated clinic, the face worker and the daemon
//! as processes of their own, and what a patient, staff and a receipt computer do. Used by the end-to-end
//! tests and by the demonstration.

pub mod api;
pub mod bench;
pub mod browser;
pub mod bulk_bench;
pub mod card;
pub mod central_sweep;
pub mod chain;
mod desk;
pub mod disk;
pub mod gallery;
mod http;
mod journal;
mod page;
pub mod page_bench;
pub mod passing;
mod pcscd;
mod process;
mod receipt;
pub mod receipt_race;
pub mod recorded;
pub mod scenarios;
pub mod secrets;
mod served;
mod service_manager;
mod settings;
mod staff_browser;
pub mod staff_visits;
mod watch;
pub mod worker_sweep;

pub use bench::{Bench, BenchOptions, Pcscd};
pub use desk::{
    desk_without_camera, end, matching_number, new_password, next_is_served, one_time_code,
    registered, registered_as_qualified, status, status_until, to_camera, to_method,
};
pub use http::{Answer, get, request};
pub use journal::Journal;
pub use page::{PatientPage, StaffPage};
pub use pcscd::PrivatePcscd;
pub use process::{Child, Programs, called_in, repository};
pub use receipt::ReceiptClient;
pub use served::{identify_by_pin, serve};
pub use service_manager::worker_again;
pub use staff_browser::DeskBrowser;
pub use watch::Watch;
