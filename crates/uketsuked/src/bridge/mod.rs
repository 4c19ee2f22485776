//! Threads that stand between blocking devices and the engine.

pub(crate) mod card;
mod reset;
pub(crate) mod vision;
