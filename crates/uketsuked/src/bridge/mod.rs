//! Threads that stand between blocking devices and the engine.

pub(crate) mod card;
pub(crate) mod vision;
