//! Pictures: the card's photo, picture files, a camera's frames.

use vision::decode::jp2;
use vision::decode::jpeg;
use vision::decode::png;
use vision::frame::MAX_PIXELS;

/// The card's photo: whatever the bytes, decoding ends, and a picture has the size it says.
pub(crate) fn jpeg2000(data: &[u8]) {
    if let Ok(picture) = jp2::decode(data) {
        let pixels = picture.width() * picture.height();
        assert!(pixels > 0 && pixels as u64 <= jp2::MAX_PIXELS);
    }
}

/// A picture file given to the evaluation or the simulator.
pub(crate) fn png(data: &[u8]) {
    if let Ok(picture) = png::decode(data) {
        let pixels = picture.width() * picture.height();
        assert!(pixels > 0 && pixels <= MAX_PIXELS);
    }
}

/// A frame of a camera, with Huffman tables or without; what is decoded can be sent on as the live picture.
pub(crate) fn mjpeg(data: &[u8]) {
    let _ = jpeg::has_tables(data);
    if let Ok(picture) = jpeg::decode(data) {
        let pixels = picture.width() * picture.height();
        assert!(pixels > 0 && pixels <= MAX_PIXELS);
        if pixels <= 64 * 64 {
            assert!(jpeg::encode(&picture, 70).is_ok());
        }
    }
}
