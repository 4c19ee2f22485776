//! The forms in which the camera sends pictures, made from JPEG files.

use image::{ImageError, ImageFormat, RgbImage};

/// How pixels travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// JPEG pictures.
    Mjpeg,
    /// 4:2:2, two bytes a pixel.
    Yuyv,
    /// 4:2:0, all brightness first.
    Nv12,
    /// Brightness only.
    Grey,
}

impl Form {
    /// The class's identifier and bits per pixel; `None` for MJPEG, which has a descriptor of its own kind.
    pub(super) fn guid(self) -> Option<([u8; 16], u8)> {
        // The Microsoft media GUIDs: four letters, then 0000-0010-8000-00AA00389B71.
        let media = |letters: &[u8; 4]| {
            let mut guid = [
                0, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71,
            ];
            for (to, from) in guid.iter_mut().zip(letters) {
                *to = *from;
            }
            guid
        };
        match self {
            Self::Mjpeg => None,
            Self::Yuyv => Some((media(b"YUY2"), 16)),
            Self::Nv12 => Some((media(b"NV12"), 12)),
            Self::Grey => Some((media(b"Y800"), 8)),
        }
    }

    /// A picture of exactly `width` times `height` pixels in this form.
    ///
    /// # Errors
    /// What the JPEG decoder or encoder says.
    pub fn make(self, jpeg: &[u8], width: u32, height: u32) -> Result<Vec<u8>, ImageError> {
        let picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)?.into_rgb8();
        let fits = picture.dimensions() == (width, height);
        if self == Self::Mjpeg && fits {
            return Ok(jpeg.to_vec());
        }
        let picture = if fits {
            picture
        } else {
            image::imageops::thumbnail(&picture, width, height)
        };
        if self == Self::Mjpeg {
            let mut out = Vec::new();
            picture.write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(
                &mut out, 85,
            ))?;
            return Ok(out);
        }
        Ok(self.raw(&picture))
    }

    fn raw(self, picture: &RgbImage) -> Vec<u8> {
        let (width, height) = picture.dimensions();
        let at = |x: u32, y: u32| yuv(picture.get_pixel(x.min(width - 1), y.min(height - 1)).0);
        let luma = || (0..height).flat_map(move |y| (0..width).map(move |x| (x, y)));
        match self {
            Self::Mjpeg => Vec::new(),
            // The device says nothing about colour spaces, so grey is full range, as infrared cameras send it.
            Self::Grey => luma()
                .map(|(x, y)| {
                    let [r, g, b] = picture.get_pixel(x, y).0.map(f32::from);
                    (0.299 * r + 0.587 * g + 0.114 * b).round() as u8
                })
                .collect(),
            Self::Yuyv => luma()
                .flat_map(|(x, y)| {
                    let [luma, u, v] = at(x, y);
                    [luma, if x % 2 == 0 { u } else { v }]
                })
                .collect(),
            Self::Nv12 => {
                let mut out: Vec<u8> = luma().map(|(x, y)| at(x, y)[0]).collect();
                for y in (0..height).step_by(2) {
                    for x in (0..width).step_by(2) {
                        let [_, u, v] = at(x, y);
                        out.extend([u, v]);
                    }
                }
                out
            }
        }
    }
}

/// ITU-R BT.601, limited range.
fn yuv(rgb: [u8; 3]) -> [u8; 3] {
    let [r, g, b] = rgb.map(f32::from);
    let luma = 0.299 * r + 0.587 * g + 0.114 * b;
    [
        16.0 + luma * 219.0 / 255.0,
        128.0 + (b - luma) / 1.772 * 224.0 / 255.0,
        128.0 + (r - luma) / 1.402 * 224.0 / 255.0,
    ]
    .map(|value| value.round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_known_colours() {
        let mut jpeg = Vec::new();
        RgbImage::from_pixel(16, 8, image::Rgb([255, 0, 0]))
            .write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(
                &mut jpeg, 100,
            ))
            .unwrap();
        assert_eq!(Form::Mjpeg.make(&jpeg, 16, 8).unwrap(), jpeg);
        assert!(
            Form::Mjpeg
                .make(&jpeg, 32, 16)
                .unwrap()
                .starts_with(&[0xff, 0xd8])
        );
        let yuyv = Form::Yuyv.make(&jpeg, 16, 8).unwrap();
        let nv12 = Form::Nv12.make(&jpeg, 16, 8).unwrap();
        let grey = Form::Grey.make(&jpeg, 16, 8).unwrap();
        assert_eq!((yuyv.len(), nv12.len(), grey.len()), (256, 192, 128));
        // Red: Y 81, U 90, V 240; as grey 76.
        for (got, expected) in [
            (&yuyv[..4], [81, 90, 81, 240]),
            (&[nv12[0], nv12[128], nv12[129], grey[0]], [81, 90, 240, 76]),
        ] {
            assert!(
                got.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2),
                "{got:?}"
            );
        }
        assert!(Form::Grey.make(b"no picture", 16, 8).is_err());
    }
}
