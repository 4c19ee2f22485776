//! Bounds on every message that is read, so that no input makes a reader grow without end (invariant 15).

/// Largest message accepted, in bytes (the cap public clients use for face result files).
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Deepest nesting of elements accepted.
pub const MAX_DEPTH: usize = 32;
/// Most elements (and JSON values) accepted in one message.
pub const MAX_ELEMENTS: usize = 100_000;
/// Longest element name accepted, in bytes.
pub const MAX_NAME: usize = 128;
