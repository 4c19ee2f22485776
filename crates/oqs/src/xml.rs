//! The XML form of the element tree.

mod read;
mod write;

pub(crate) use read::{read, read_leniently, read_stream};
pub(crate) use write::write;
