//! The desk's pages over HTTP, with a daemon that writes down what it is asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../common/mod.rs"]
mod common;
mod daemon;
mod done;
mod health;
mod overview;
mod page;
mod sessions;
mod shown;
