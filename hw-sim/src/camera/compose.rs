//! Making frames: portraits at the size of a person before the terminal, on a plain wall, moved,
//! brightened and grained a little differently in every frame, as a live camera's are.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageError, Rgb, RgbImage};

use super::head::Head;

/// Width of a frame in pixels.
pub const WIDTH: u32 = 640;
/// Height of a frame in pixels.
pub const HEIGHT: u32 = 480;
/// Height in pixels, chin to hairline, at which a single face is shown.
pub const FACE_HEIGHT: u32 = 200;
const TWO_FACES_HEIGHT: u32 = 150;
/// The portraits are head-and-shoulder crops: the face takes about half of their height...
const FACE_SHARE: f32 = 0.5;
/// ...and its middle lies a little above theirs.
const FACE_MIDDLE: f32 = 0.45;
pub(super) const WALL: [u8; 3] = [196, 201, 204];
/// Pixels over which the border of a portrait fades into the wall.
const FADE: i32 = 24;
const QUALITY: u8 = 85;

/// A portrait, scaled, and where its upper left corner lies.
struct Figure {
    picture: RgbImage,
    /// The same as a head that turns, where its points are known.
    head: Option<Head>,
    left: i32,
    top: i32,
    /// Columns of the frame that belong to this figure.
    columns: std::ops::Range<i32>,
}

/// Who stands before the camera.
pub(super) struct Scene {
    figures: Vec<Figure>,
}

impl Scene {
    /// The wall.
    pub(super) fn empty() -> Self {
        Self {
            figures: Vec::new(),
        }
    }

    /// One person in the middle, or two beside each other.
    pub(super) fn new(pictures: &[(PathBuf, RgbImage)]) -> Self {
        let count = pictures.len().max(1) as u32;
        let face = if count == 1 {
            FACE_HEIGHT
        } else {
            TWO_FACES_HEIGHT
        };
        let share = WIDTH / count;
        let figures = pictures
            .iter()
            .zip(0u32..)
            .map(|((path, picture), n)| figure(path, picture, face, n * share..(n + 1) * share))
            .collect();
        Self { figures }
    }

    /// Frame number `number` as JPEG. The same number gives the same bytes.
    pub(super) fn jpeg(&self, number: u64, yaw: f32) -> Result<Vec<u8>, ImageError> {
        encode(&self.frame(number, yaw))
    }

    fn frame(&self, number: u64, yaw: f32) -> RgbImage {
        let mut random = Random::new(number);
        let mut frame = RgbImage::from_pixel(WIDTH, HEIGHT, Rgb(WALL));
        // A person sways slowly; the hand of the camera does not shake by ten pixels a frame.
        let phase = number as f32 / 15.0;
        let sway_x = (phase * 1.7).sin() * 5.0 + random.within(1.0);
        let sway_y = (phase * 2.3).cos() * 3.0 + random.within(1.0);
        for figure in &self.figures {
            figure.draw(
                &mut frame,
                yaw,
                sway_x.round() as i32,
                sway_y.round() as i32,
            );
        }
        let light = 1.0 + 0.03 * (phase * 0.9).sin() + random.within(0.01);
        let light = (light * 256.0) as i32;
        for pixel in frame.as_mut().chunks_exact_mut(3) {
            let grain = random.grain();
            for value in pixel {
                *value = (i32::from(*value) * light / 256 + grain).clamp(0, 255) as u8;
            }
        }
        frame
    }
}

/// A frame as JPEG.
pub(super) fn encode(frame: &RgbImage) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode(
        frame.as_raw(),
        frame.width(),
        frame.height(),
        ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

/// A portrait scaled until its face has this height.
pub(super) fn scaled(picture: &RgbImage, face: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let scale = face as f32 / (height.max(1) as f32 * FACE_SHARE);
    imageops::resize(
        picture,
        ((width as f32 * scale) as u32).max(1),
        ((height as f32 * scale) as u32).max(1),
        FilterType::Triangle,
    )
}

fn figure(path: &Path, picture: &RgbImage, face: u32, columns: std::ops::Range<u32>) -> Figure {
    let scaled = scaled(picture, face);
    let middle = (columns.start + columns.end) as i32 / 2;
    Figure {
        left: middle - scaled.width() as i32 / 2,
        top: HEIGHT as i32 * 48 / 100 - (scaled.height() as f32 * FACE_MIDDLE) as i32,
        columns: columns.start as i32..columns.end as i32,
        head: Head::load(path, scaled.clone(), picture.dimensions()),
        picture: scaled,
    }
}

impl Figure {
    fn draw(&self, frame: &mut RgbImage, yaw: f32, dx: i32, dy: i32) {
        let turned = self
            .head
            .as_ref()
            .filter(|_| yaw.abs() >= 0.5)
            .map(|head| head.turned(yaw));
        let picture = turned.as_ref().unwrap_or(&self.picture);
        let (width, height) = (self.picture.width() as i32, self.picture.height() as i32);
        let from_left = self.columns.start.max(self.left + dx);
        let to_right = self.columns.end.min(self.left + dx + width);
        for y in (self.top + dy).max(0)..(self.top + dy + height).min(HEIGHT as i32) {
            let row = y - self.top - dy;
            for x in from_left..to_right {
                let column = x - self.left - dx;
                // The lower border is not faded where the body leaves the frame.
                let border = column
                    .min(width - 1 - column)
                    .min(row)
                    .min(height - 1 - row);
                let share = border.clamp(0, FADE);
                let Rgb(over) = *picture.get_pixel(column as u32, row as u32);
                let Rgb(under) = frame.get_pixel_mut(x as u32, y as u32);
                for (under, over) in under.iter_mut().zip(over) {
                    let mixed = i32::from(over) * share + i32::from(*under) * (FADE - share);
                    *under = (mixed / FADE) as u8;
                }
            }
        }
    }
}

/// xorshift64*: reproducible, and good enough for grain.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Uniform in -limit..limit.
    pub(super) fn within(&mut self, limit: f32) -> f32 {
        ((self.next() >> 40) as f32 / (1u32 << 23) as f32 - 1.0) * limit
    }

    /// -3..=3, small values more often.
    pub(super) fn grain(&mut self) -> i32 {
        let bits = self.next() >> 32;
        (bits & 3) as i32 - (bits >> 2 & 3) as i32
    }
}
