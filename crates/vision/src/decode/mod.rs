//! From bytes that came from outside to pictures, with every size checked before it is believed.

pub mod grey;
pub mod jp2;
pub mod jpeg;
pub mod nv12;
pub mod png;
pub mod yuv;
pub mod yuyv;

/// Why bytes are not a picture that is accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than any picture that is expected here.
    #[error("{0} bytes are too long")]
    TooLong(usize),
    /// The header announces a size, depth or number of components that is not accepted.
    #[error("not accepted: {width}x{height}, {components} components of {depth} bits")]
    NotAccepted {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Colour components, alpha included.
        components: u32,
        /// Bits of each.
        depth: u8,
    },
    /// Damaged, cut off or of another kind. The text is the decoder's.
    #[error("damaged: {0}")]
    Damaged(String),
}
