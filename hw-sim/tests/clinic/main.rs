//! The simulated clinic from outside: the central service over real mutual TLS, the camera over its
//! socket, the control page over HTTP, the virtual reader against a stand-in for vpcd.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

mod camera;
mod central_words;
mod cli;
mod confirm;
mod control;
mod faults;
mod institutions;
mod qualification;
mod several;
mod support;
mod tls;
