//! Card fronts as a document camera sees them: the layout of the printed face, drawn with invented data, then laid on a table, turned,
//! worn and lit. Positions are approximate; the terminal reads text, not places.

use std::path::Path;

use ab_glyph::{Font as _, FontVec, PxScale, ScaleFont as _, point};
use image::{Rgb, RgbImage};

use super::compose::Random;
use super::head::sample;
use super::plane::{Plane, Pose};

/// Width of the drawing before it is laid down.
pub(super) const WIDTH: u32 = 1200;
pub(super) const HEIGHT: u32 = 757;
/// Debian's fonts-noto-cjk.
const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

/// What is printed on a front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// 氏名.
    pub name: String,
    /// 住所.
    pub address: String,
    /// 男 or 女.
    pub sex: String,
    /// As printed: 昭和55年2月17日, 平成元年…, or 1985年….
    pub birth: String,
    /// As printed: 2035年2月17日.
    pub expiry: String,
    /// Four digits.
    pub code: String,
    /// 追記: changes that were written later.
    pub addenda: Vec<String>,
}

/// How the card lies there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// Width of the card in the picture, pixels: 300 to 1200.
    pub width: f32,
    /// Turn, degrees.
    pub turn: f32,
    /// How far the camera looks at it from the side and from below instead of straight down, degrees (to the right, downwards).
    pub slant: [f32; 2],
    /// Scratches and faded print, 0..1.
    pub worn: f32,
    /// A bright spot of light, 0..1.
    pub glare: f32,
    /// Grain of the camera, sway and light follow from it.
    pub seed: u64,
}

/// Draws fronts; holds the font.
pub struct Printer {
    font: FontVec,
}

impl Printer {
    /// Loads the font.
    ///
    /// # Errors
    /// It is not installed (Debian package fonts-noto-cjk).
    pub fn new() -> std::io::Result<Self> {
        Self::with_font(Path::new(FONT))
    }

    /// Loads another font.
    ///
    /// # Errors
    /// It can't be read or is no font.
    pub fn with_font(path: &Path) -> std::io::Result<Self> {
        let bytes = std::fs::read(path)?;
        let font = FontVec::try_from_vec_and_index(bytes, 0).map_err(std::io::Error::other)?;
        Ok(Self { font })
    }

    /// The front by itself, 1200 pixels wide.
    pub fn front(&self, print: &Print) -> RgbImage {
        let mut card = RgbImage::new(WIDTH, HEIGHT);
        for (x, y, pixel) in card.enumerate_pixels_mut() {
            // A light, wavy ground, as against copying.
            let wave = ((x as f32 / 9.0).sin() + (y as f32 / 7.0 + x as f32 / 23.0).sin()) * 3.0;
            let base = [232.0 - y as f32 / 60.0, 240.0, 236.0 + x as f32 / 120.0];
            *pixel = Rgb(base.map(|value| (value + wave).clamp(0.0, 255.0) as u8));
        }
        // The photo's place, with a grey figure.
        for y in 250..620 {
            for x in 60..340 {
                let (dx, dy) = (x as f32 - 200.0, y as f32 - 400.0);
                let head = dx * dx / 6400.0 + dy * dy / 11_000.0 < 1.0;
                let body = y > 520 && dx.abs() < 120.0;
                card.put_pixel(
                    x,
                    y,
                    Rgb(if head || body {
                        [120, 116, 112]
                    } else {
                        [214, 218, 222]
                    }),
                );
            }
        }
        let mut text =
            |at: (f32, f32), size: f32, words: &str| self.write(&mut card, at, size, words);
        text((60.0, 46.0), 26.0, "氏名");
        text((150.0, 36.0), 40.0, &print.name);
        text((60.0, 116.0), 26.0, "住所");
        text((150.0, 112.0), 32.0, &print.address);
        text((400.0, 262.0), 38.0, &format!("{}生", print.birth));
        text((960.0, 266.0), 30.0, &format!("性別 {}", print.sex));
        text((400.0, 330.0), 34.0, &format!("{}まで有効", print.expiry));
        text((760.0, 690.0), 30.0, "架空市長");
        text((960.0, 26.0), 28.0, "個人番号カード");
        for (row, line) in print.addenda.iter().enumerate() {
            text((400.0, 440.0 + 44.0 * row as f32), 26.0, line);
        }
        text((130.0, 640.0), 40.0, &print.code);
        card
    }

    /// A picture of the front on a table.
    pub fn picture(&self, print: &Print, scene: &Scene) -> RgbImage {
        let front = self.front(print);
        let mut random = Random::new(scene.seed);
        let (columns, rows) = (1600u32, 1200u32);
        let roll = scene.turn + random.within(0.4);
        let step = WIDTH as f32 / scene.width;
        let middle = [
            columns as f32 / 2.0 + random.within(30.0),
            rows as f32 / 2.0 + random.within(30.0),
        ];
        let spot = [
            middle[0] + random.within(scene.width * 0.3),
            middle[1] + random.within(scene.width * 0.2),
        ];
        let spread = scene.width * 0.14;
        // A worn card has scratches at places of its own.
        let mut own = Random::new(scene.seed / 1000 + 17);
        let scratches: Vec<[f32; 3]> = (0..(scene.worn * 24.0) as usize)
            .map(|_| {
                [
                    own.within(1.0).abs() * WIDTH as f32,
                    own.within(1.0).abs() * HEIGHT as f32,
                    own.within(1.6),
                ]
            })
            .collect();
        let light = 0.88 + 0.1 * random.within(1.0);
        let [yaw, pitch] = scene.slant;
        let pose = Pose { roll, yaw, pitch };
        let plane = Plane::new((columns, rows), middle, 1.0 / step, pose);
        RgbImage::from_fn(columns, rows, |x, y| {
            let [u, v] = plane
                .under(x as f32 + 0.5, y as f32 + 0.5)
                .unwrap_or([f32::MAX; 2]);
            let (u, v) = (u + WIDTH as f32 / 2.0, v + HEIGHT as f32 / 2.0);
            let mut colour = [92.0, 84.0, 78.0];
            if u >= 0.0 && v >= 0.0 && u < WIDTH as f32 && v < HEIGHT as f32 {
                colour = averaged(&front, u, v, step);
                let scratched = scratches.iter().any(|[sx, sy, slope]| {
                    (u - sx).abs() < 90.0
                        && ((v - sy) - slope * (u - sx)).abs() < 1.2 * (1.0 + slope.abs())
                });
                for value in &mut colour {
                    *value += (230.0 - *value) * scene.worn * 0.35;
                    if scratched {
                        *value = 245.0;
                    }
                }
            }
            let away =
                ((x as f32 - spot[0]).powi(2) + (y as f32 - spot[1]).powi(2)) / (spread * spread);
            let shine = scene.glare * 220.0 * (-away).exp();
            let grain = random.grain() as f32 * 1.2;
            Rgb(colour.map(|value| (value * light + shine + grain).clamp(0.0, 255.0) as u8))
        })
    }

    fn write(&self, card: &mut RgbImage, (left, top): (f32, f32), size: f32, words: &str) {
        let scale = PxScale::from(size * 1.4);
        let font = self.font.as_scaled(scale);
        let mut x = left;
        for letter in words.chars() {
            let id = font.glyph_id(letter);
            let glyph = id.with_scale_and_position(scale, point(x, top + font.ascent()));
            x += font.h_advance(id);
            let Some(outline) = self.font.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            outline.draw(|gx, gy, share| {
                let (px, py) = (
                    bounds.min.x as i64 + i64::from(gx),
                    bounds.min.y as i64 + i64::from(gy),
                );
                let (Ok(px), Ok(py)) = (u32::try_from(px), u32::try_from(py)) else {
                    return;
                };
                if px < card.width() && py < card.height() {
                    let pixel = card.get_pixel_mut(px, py);
                    for value in &mut pixel.0 {
                        *value = (f32::from(*value) * (1.0 - share) + 34.0 * share) as u8;
                    }
                }
            });
        }
    }
}

/// The mean of the front under one pixel of the picture.
pub(super) fn averaged(front: &RgbImage, u: f32, v: f32, step: f32) -> [f32; 3] {
    let parts = step.ceil().clamp(1.0, 4.0) as usize;
    let mut sum = [0.0; 3];
    for part in 0..parts * parts {
        let off = |at: usize| ((at as f32 + 0.5) / parts as f32 - 0.5) * step;
        let pixel = sample(front, u + off(part % parts), v + off(part / parts));
        for (sum, value) in sum.iter_mut().zip(pixel.0) {
            *sum += f32::from(value) / (parts * parts) as f32;
        }
    }
    sum
}
