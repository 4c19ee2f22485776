//! The XML form of the element tree.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;
