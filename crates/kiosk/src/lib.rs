//! What people see: the patient's touch page and the staff's page.
//!
//! Both are small web pages served on loopback. The daemon pushes a state (`patient::Screen`, `staff::StaffState`); this crate
//! renders every text of it here, from Fluent files, and the page only draws what it is sent.
//! Architecture invariant: the patient's types have no field in which a qualification or an assistance could travel
//! (invariant 17, docs/invariants.md), and no field that could hold a digit of a PIN (invariant 5).

mod assets;
#[cfg(test)]
mod contrast;
mod credential;
pub mod desk;
mod error;
mod guard;
pub mod patient;
mod rate;
mod serve;
mod size;
pub mod staff;
mod texts;
mod wire;
mod words;

pub use credential::{Credential, PageKind};
pub use error::KioskError;
pub use serve::{MAX_CONNECTIONS, serve, serve_tls};
pub use size::ScreenSize;
pub use words::{Lang, Words};
