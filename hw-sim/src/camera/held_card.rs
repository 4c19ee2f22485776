//! A card front that a person holds up to the face camera: the person behind it, a room with straight edges and sheets of its own, fingers over a
//! part of the card, the picture a little blurred and compressed as a camera's is.

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageError, Rgb, RgbImage, imageops};

use super::CameraError;
use super::card_front::{Print, Printer, WIDTH, averaged};
use super::compose::{Random, scaled};
use super::plane::{Plane, Pose};

const QUALITY: u8 = 88;
const SKIN: [f32; 3] = [196.0, 152.0, 124.0];

/// How the card is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// The camera's picture, pixels.
    pub frame: (u32, u32),
    /// Width of the card in the picture, pixels.
    pub width: f32,
    /// How it is turned and slanted; it sways by about a degree around that.
    pub pose: Pose,
    /// Things behind the person: a shelf, posters, a door. A plain wall otherwise.
    pub clutter: bool,
    /// Blur of the lens and of the hand, standard deviation in pixels.
    pub blur: f32,
    /// Sway, grain and light follow from it.
    pub seed: u64,
}

/// What is before the camera instead of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bare {
    /// Nothing is held up.
    Nothing,
    /// A sheet of paper without a word on it, lying A5.
    Sheet,
}

/// Draws frames of one room with one person.
pub struct HeldScene {
    person: Option<RgbImage>,
}

impl HeldScene {
    /// With the person of this portrait (`<name>.jpg` in the folder), or with nobody.
    ///
    /// # Errors
    /// There is no such portrait.
    pub fn new(portraits: &Path, name: Option<&str>) -> Result<Self, CameraError> {
        let person = name
            .map(|name| super::portrait(portraits, name).map(|(_, picture)| picture))
            .transpose()?;
        Ok(Self { person })
    }

    /// One frame, as pixels that went through the camera's JPEG.
    ///
    /// # Errors
    /// It can't be encoded.
    pub fn picture(
        &self,
        printer: &Printer,
        print: &Print,
        held: &Held,
    ) -> Result<RgbImage, ImageError> {
        let jpeg = self.jpeg(printer, print, held)?;
        Ok(image::load_from_memory(&jpeg)?.into_rgb8())
    }

    /// One frame without a card. Of `held` the card's width counts for a sheet.
    ///
    /// # Errors
    /// It can't be encoded.
    pub fn without_card(&self, bare: Bare, held: &Held) -> Result<RgbImage, ImageError> {
        let sheet = || RgbImage::from_pixel(WIDTH, WIDTH * 148 / 210, Rgb([242, 242, 238]));
        let jpeg = self.frame((bare == Bare::Sheet).then(sheet).as_ref(), held)?;
        Ok(image::load_from_memory(&jpeg)?.into_rgb8())
    }

    /// One frame as JPEG.
    ///
    /// # Errors
    /// It can't be encoded.
    pub fn jpeg(
        &self,
        printer: &Printer,
        print: &Print,
        held: &Held,
    ) -> Result<Vec<u8>, ImageError> {
        self.frame(Some(&printer.front(print)), held)
    }

    /// With this in the hand, or with nothing.
    fn frame(&self, thing: Option<&RgbImage>, held: &Held) -> Result<Vec<u8>, ImageError> {
        let mut random = Random::new(held.seed);
        let (columns, rows) = held.frame;
        let mut frame = room(held);
        self.stand(&mut frame, held);
        if let Some(thing) = thing {
            hold(&mut frame, thing, held, &mut random);
        }
        if held.blur > 0.0 {
            frame = imageops::blur(&frame, held.blur);
        }
        let light = 0.95 + 0.05 * random.within(1.0);
        for pixel in frame.as_mut().chunks_exact_mut(3) {
            let grain = random.grain() as f32 * 0.8;
            for value in pixel {
                *value = (f32::from(*value) * light + grain).clamp(0.0, 255.0) as u8;
            }
        }
        let mut bytes = Vec::with_capacity(128 * 1024);
        JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode(
            frame.as_raw(),
            columns,
            rows,
            ExtendedColorType::Rgb8,
        )?;
        Ok(bytes)
    }

    /// The person, behind the card, face at a third of the picture's height.
    fn stand(&self, frame: &mut RgbImage, held: &Held) {
        let Some(person) = &self.person else { return };
        let (columns, rows) = held.frame;
        let figure = scaled(person, rows * 2 / 5);
        let left = i64::from(columns) / 2 - i64::from(figure.width()) / 2;
        let top = i64::from(rows) * 3 / 8 - (figure.height() as f32 * 0.45) as i64;
        imageops::overlay(frame, &figure, left, top);
    }
}

/// The wall, and with clutter a door, a shelf, a window and posters, one of them with a card's proportions.
fn room(held: &Held) -> RgbImage {
    let (columns, rows) = held.frame;
    let mut own = Random::new(held.seed / 1000 + 91);
    let shift = own.within(40.0);
    RgbImage::from_fn(columns, rows, |x, y| {
        // In parts of a picture of 640 x 480.
        let (u, v) = (
            x as f32 * 640.0 / columns as f32 + shift,
            y as f32 * 480.0 / rows as f32,
        );
        let within = |l: f32, t: f32, r: f32, b: f32| u >= l && u < r && v >= t && v < b;
        let plain = [186.0 - v / 20.0, 190.0 - v / 20.0, 192.0 - v / 20.0];
        let colour = match () {
            () if !held.clutter => plain,
            // A poster with lines of text, of a card's proportions, and a window.
            () if within(20.0, 60.0, 179.0, 160.0) => {
                let line = within(34.0, 70.0, 160.0, 150.0) && (v as i32 / 6) % 2 == 0;
                if line && (u as i32 / 5) % 3 != 0 {
                    [70.0, 72.0, 90.0]
                } else {
                    [236.0, 234.0, 226.0]
                }
            }
            () if within(470.0, 40.0, 620.0, 200.0) => [222.0, 232.0, 240.0],
            // The door's frame and a shelf with the backs of folders.
            () if within(0.0, 0.0, 8.0, 480.0) || within(632.0, 0.0, 700.0, 480.0) => {
                [110.0, 88.0, 70.0]
            }
            () if within(430.0, 230.0, 640.0, 238.0) || within(430.0, 330.0, 640.0, 338.0) => {
                [96.0, 80.0, 66.0]
            }
            () if within(430.0, 238.0, 640.0, 330.0) => {
                let back = (u as i32 / 17) % 4;
                [
                    [150.0, 60.0, 60.0],
                    [70.0, 96.0, 130.0],
                    [200.0, 190.0, 150.0],
                    [90.0, 120.0, 90.0],
                ][back.unsigned_abs() as usize]
            }
            () => plain,
        };
        Rgb(colour.map(|value| value as u8))
    })
}

/// The thing in the hand, as wide as a card is asked to be.
fn hold(frame: &mut RgbImage, front: &RgbImage, held: &Held, random: &mut Random) {
    let (columns, rows) = held.frame;
    let scale = held.width / WIDTH as f32;
    let pose = Pose {
        roll: held.pose.roll + random.within(1.0),
        yaw: held.pose.yaw + random.within(1.0),
        pitch: held.pose.pitch + random.within(1.0),
    };
    let middle = [
        columns as f32 / 2.0 + random.within(columns as f32 / 40.0),
        rows as f32 * 0.55 + random.within(rows as f32 / 40.0),
    ];
    let plane = Plane::new(held.frame, middle, scale, pose);
    let step = 1.0 / scale;
    let (half_width, half_height) = (front.width() as f32 / 2.0, front.height() as f32 / 2.0);
    for (x, y, pixel) in frame.enumerate_pixels_mut() {
        let Some([u, v]) = plane.under(x as f32 + 0.5, y as f32 + 0.5) else {
            continue;
        };
        let inside = u.abs() < half_width && v.abs() < half_height;
        let corner = (u.abs() - half_width + 45.0)
            .max(0.0)
            .hypot((v.abs() - half_height + 45.0).max(0.0));
        let mut colour = None;
        if inside && corner < 45.0 {
            colour = Some(averaged(front, u + half_width, v + half_height, step));
        }
        if let Some(hand) = hand(u, v, half_width, half_height, inside) {
            colour = Some(hand);
        }
        if let Some(colour) = colour {
            *pixel = Rgb(colour.map(|value| value.clamp(0.0, 255.0) as u8));
        }
    }
}

/// The hand that holds the card by its right side: the thumb before it, four fingers behind it, the palm beside and below.
fn hand(u: f32, v: f32, half_width: f32, half_height: f32, inside: bool) -> Option<[f32; 3]> {
    let capsule = |from: [f32; 2], to: [f32; 2], radius: f32| {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let share =
            (((u - from[0]) * dx + (v - from[1]) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        let away = (u - from[0] - share * dx).hypot(v - from[1] - share * dy);
        (away < radius).then(|| 1.0 - 0.35 * (away / radius).powi(2))
    };
    let thumb = capsule(
        [half_width + 260.0, half_height + 120.0],
        [half_width - 110.0, 120.0],
        75.0,
    );
    let palm = capsule(
        [half_width + 300.0, half_height + 500.0],
        [half_width + 210.0, 180.0],
        230.0,
    );
    let fingers = (0..3).find_map(|finger| {
        let row = -120.0 + finger as f32 * 150.0;
        capsule(
            [half_width + 200.0, row + 60.0],
            [half_width + 10.0, row],
            66.0,
        )
    });
    let behind = if inside { None } else { palm.or(fingers) };
    thumb
        .or(behind)
        .map(|shade| SKIN.map(|value| value * shade))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_is_drawn_before_the_person_and_the_thumb_before_the_card() {
        let printer = Printer::new().expect("fonts-noto-cjk");
        let print = Print {
            name: "架空 太郎".into(),
            address: "東京都架空市".into(),
            sex: "男".into(),
            birth: "昭和55年2月17日".into(),
            expiry: "2035年2月17日".into(),
            code: "2285".into(),
            addenda: Vec::new(),
        };
        let scene = HeldScene { person: None };
        let held = Held {
            frame: (640, 480),
            width: 400.0,
            pose: Pose::default(),
            clutter: true,
            blur: 0.0,
            seed: 5,
        };
        let picture = scene.picture(&printer, &print, &held).unwrap();
        assert_eq!(picture.dimensions(), (640, 480));
        // The card's middle is light, the thumb at its lower right side has the colour of skin.
        let light = picture.get_pixel(320, 300);
        assert!(light[0] > 190 && light[2] > 190, "{light:?}");
        let skin = picture.get_pixel(515, 335);
        assert!(skin[0] > skin[2] + 40, "{skin:?}");
        let again = scene.picture(&printer, &print, &held).unwrap();
        assert_eq!(picture, again);
    }
}
