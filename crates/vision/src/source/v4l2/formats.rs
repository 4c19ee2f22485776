//! The forms in which a camera may send its pictures, in the order in which they are preferred.

use v4l::Format;
use v4l::format::Quantization;
use zeroize::Zeroizing;

use crate::decode::yuv::Range;
use crate::decode::{grey, jpeg, nv12, yuyv};
use crate::frame::{Frame, MAX_PIXELS};
use crate::source::FrameError;
use crate::source::role::Role;

/// Fewer pixels in a side than this show no face that could be compared.
const LEAST: u32 = 120;

/// How pixels travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Single JPEG pictures: the only one that is fast over USB 2, and it needs no packing for the patient's page.
    Mjpeg,
    /// Colour, two bytes a pixel.
    Yuyv,
    /// Colour, one and a half bytes a pixel.
    Nv12,
    /// Brightness, one byte a pixel.
    Grey,
}

impl Encoding {
    const COLOUR: [Self; 4] = [Self::Mjpeg, Self::Yuyv, Self::Nv12, Self::Grey];
    const INFRARED: [Self; 4] = [Self::Grey, Self::Mjpeg, Self::Yuyv, Self::Nv12];

    /// The kernel's four letters.
    pub(super) fn letters(self) -> [u8; 4] {
        match self {
            Self::Mjpeg => *b"MJPG",
            Self::Yuyv => *b"YUYV",
            Self::Nv12 => *b"NV12",
            Self::Grey => *b"GREY",
        }
    }

    /// Those that the driver offers, the best first.
    pub(super) fn wanted(role: Role, offered: &[[u8; 4]]) -> Vec<Self> {
        let order = match role {
            Role::Infrared => Self::INFRARED,
            Role::Face | Role::Document => Self::COLOUR,
        };
        order
            .into_iter()
            .filter(|encoding| offered.contains(&encoding.letters()))
            .collect()
    }
}

/// What driver and worker agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) encoding: Encoding,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Bytes from one row to the next; of no meaning for MJPEG.
    stride: usize,
    range: Range,
    /// Most bytes of a picture, as the driver says.
    pub(super) most: usize,
}

impl Layout {
    /// `None` when the driver settled on something else than it was asked for, or on a size that is of no use.
    pub(super) fn agreed(encoding: Encoding, format: &Format) -> Option<Self> {
        let (width, height) = (format.width as usize, format.height as usize);
        let usable = format.fourcc.repr == encoding.letters()
            && format.width >= LEAST
            && format.height >= LEAST
            && width.checked_mul(height)? <= MAX_PIXELS;
        let least = match encoding {
            Encoding::Yuyv => width.checked_mul(2)?,
            _ => width,
        };
        usable.then_some(Self {
            encoding,
            width,
            height,
            stride: (format.stride as usize).max(least),
            range: if matches!(format.quantization, Quantization::FullRange) {
                Range::Full
            } else {
                Range::Limited
            },
            most: (format.size as usize).min(jpeg::MAX_BYTES.max(MAX_PIXELS * 3)),
        })
    }

    /// One capture's bytes.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<Frame, FrameError> {
        let Self {
            width,
            height,
            stride,
            range,
            ..
        } = *self;
        let picture = match self.encoding {
            Encoding::Mjpeg => {
                let picture =
                    jpeg::decode(bytes).map_err(|error| FrameError::Broken(error.to_string()))?;
                return Ok(Frame {
                    picture,
                    jpeg: Some(Zeroizing::new(bytes.to_vec())),
                });
            }
            Encoding::Yuyv => yuyv::decode(bytes, width, height, stride, range),
            Encoding::Nv12 => nv12::decode(bytes, width, height, stride, range),
            Encoding::Grey => grey::decode(bytes, width, height, stride),
        };
        let picture = picture.ok_or_else(|| {
            FrameError::Broken(format!(
                "{} bytes are no {width}x{height} picture",
                bytes.len()
            ))
        })?;
        Ok(Frame {
            picture,
            jpeg: None,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use v4l::format::FourCC;

    use super::*;
    use crate::frame::Picture;

    const SIDE: usize = 128;

    pub(crate) fn layout(encoding: Encoding) -> Layout {
        let mut format = Format::new(SIDE as u32, SIDE as u32, FourCC::new(&encoding.letters()));
        format.size = (SIDE * SIDE * 2) as u32;
        Layout::agreed(encoding, &format).unwrap()
    }

    /// A picture of one brightness in each encoding. Limited range: 180 becomes (180 - 16) * 255 / 219 = 191.
    fn flat(encoding: Encoding) -> Vec<u8> {
        let pixels = SIDE * SIDE;
        match encoding {
            Encoding::Mjpeg => jpeg::encode(
                &Picture::from_grey(SIDE, SIDE, &vec![191; pixels]).unwrap(),
                95,
            )
            .unwrap()
            .to_vec(),
            Encoding::Yuyv => [180, 128].repeat(pixels),
            Encoding::Nv12 => [vec![180; pixels], vec![128; pixels / 2]].concat(),
            Encoding::Grey => vec![191; pixels],
        }
    }

    #[test]
    fn one_picture_in_every_form() {
        for encoding in Encoding::COLOUR {
            let layout = layout(encoding);
            let bytes = flat(encoding);
            let frame = layout.decode(&bytes).unwrap();
            assert_eq!(
                (frame.picture.width(), frame.picture.height()),
                (SIDE, SIDE)
            );
            assert!(
                frame
                    .picture
                    .rgb()
                    .iter()
                    .all(|value| value.abs_diff(191) <= 1),
                "{encoding:?}"
            );
            assert_eq!(frame.jpeg.is_some(), encoding == Encoding::Mjpeg);
            assert!(
                matches!(
                    layout.decode(&bytes[..bytes.len() / 2]),
                    Err(FrameError::Broken(_))
                ) || encoding == Encoding::Mjpeg,
                "{encoding:?}"
            );
            assert!(matches!(layout.decode(&[]), Err(FrameError::Broken(_))));
        }
    }

    #[test]
    fn order_of_preference() {
        let offered = [*b"GREY", *b"NV12", *b"H264", *b"YUYV", *b"MJPG"];
        assert_eq!(Encoding::wanted(Role::Face, &offered), Encoding::COLOUR);
        assert_eq!(
            Encoding::wanted(Role::Infrared, &offered),
            Encoding::INFRARED
        );
        assert_eq!(
            Encoding::wanted(Role::Document, &offered[..2]),
            [Encoding::Nv12, Encoding::Grey]
        );
        assert!(Encoding::wanted(Role::Face, &[*b"H264"]).is_empty());
    }

    #[test]
    fn sizes_and_rows_that_a_driver_may_say() {
        let mut format = Format::new(640, 480, FourCC::new(b"YUYV"));
        assert_eq!(
            Layout::agreed(Encoding::Yuyv, &format).unwrap().stride,
            1280
        );
        format.stride = 1344;
        assert_eq!(
            Layout::agreed(Encoding::Yuyv, &format).unwrap().stride,
            1344
        );
        // Another encoding than asked for, too small, too large.
        assert!(Layout::agreed(Encoding::Nv12, &format).is_none());
        for (width, height) in [(64, 480), (640, 0), (4096, 2160), (u32::MAX, u32::MAX)] {
            let format = Format::new(width, height, FourCC::new(b"YUYV"));
            assert!(
                Layout::agreed(Encoding::Yuyv, &format).is_none(),
                "{width}x{height}"
            );
        }
        let mut full = Format::new(640, 480, FourCC::new(b"NV12"));
        full.quantization = Quantization::FullRange;
        assert_eq!(
            Layout::agreed(Encoding::Nv12, &full).unwrap().range,
            Range::Full
        );
    }
}
