//! What may be held before the camera: a person who turns the head, and the attacks that are tried on such terminals. All of it is drawn,
//! so figures from it show failure, never success.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use image::{Rgb, RgbImage};

use super::compose::{HEIGHT, Random, WALL, WIDTH};
use super::head::{Head, sample};

/// Turn in degrees beyond which [`Kind::LateSwap`] shows the other person: the sheet looks turned by half of it, the head by most.
const LATE: f32 = 12.0;

/// Kind of presentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The card holder, turning the head as asked.
    BonaFide,
    /// A print on white paper, held still.
    PrintFlat,
    /// A print that is tilted and bent instead of a turn.
    PrintBent,
    /// A print larger than the camera's view, tilted: no border is seen.
    PrintLarge,
    /// A photo on a phone, tilted instead of a turn.
    Phone,
    /// A video of the card holder turning the head, left and right by turns, on a tablet.
    Replay,
    /// The printed face cut out and worn before another head, which turns.
    CutOut,
    /// Another person, alive, turning as asked.
    Other,
    /// A photo for the frontal frames, another person for the turns.
    Swap,
    /// The photo while a turn is only begun, another person beyond: who watches the first half of a turn sees nobody else.
    LateSwap,
}

impl Kind {
    /// Every kind, the card holder first.
    pub const ALL: [Self; 10] = [
        Self::BonaFide,
        Self::PrintFlat,
        Self::PrintBent,
        Self::PrintLarge,
        Self::Phone,
        Self::Replay,
        Self::CutOut,
        Self::Other,
        Self::Swap,
        Self::LateSwap,
    ];

    /// Whether somebody else is seen, too.
    pub fn has_other(self) -> bool {
        matches!(
            self,
            Self::CutOut | Self::Other | Self::Swap | Self::LateSwap
        )
    }

    /// Name on command lines and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::BonaFide => "bona-fide",
            Self::PrintFlat => "print-flat",
            Self::PrintBent => "print-bent",
            Self::PrintLarge => "print-large",
            Self::Phone => "phone",
            Self::Replay => "replay",
            Self::CutOut => "cut-out",
            Self::Other => "other",
            Self::Swap => "swap",
            Self::LateSwap => "late-swap",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| format!("{text:?} is no kind of presentation"))
    }
}

/// A presentation before the camera.
pub struct Presentation {
    kind: Kind,
    victim: Arc<Head>,
    attacker: Arc<Head>,
    seed: u64,
    /// The sheet or screen that is held up, when it shows one picture only.
    held: OnceLock<Flat>,
}

impl Presentation {
    /// `victim` is on the card; `attacker` is whoever else is needed.
    pub fn new(kind: Kind, victim: Arc<Head>, attacker: Arc<Head>, seed: u64) -> Self {
        Self {
            kind,
            victim,
            attacker,
            seed,
            held: OnceLock::new(),
        }
    }

    /// Frame `number`, at 15 a second, while a turn by `yaw` degrees is being made; `asked` says whether a turn is asked for at all now.
    pub fn frame(&self, number: u64, yaw: f32, asked: bool) -> RgbImage {
        let mut random = Random::new(self.seed.wrapping_mul(7919).wrapping_add(number));
        let phase = number as f32 / 15.0 + self.seed as f32;
        let sway = [(phase * 1.7).sin() * 3.0, (phase * 2.3).cos() * 2.0];
        let mut frame = RgbImage::from_pixel(WIDTH, HEIGHT, Rgb(WALL));
        let print = |border| self.held.get_or_init(|| printed(&self.victim, border));
        match self.kind {
            Kind::BonaFide => person(&mut frame, &self.victim, yaw, sway),
            Kind::Other => person(&mut frame, &self.attacker, yaw, sway),
            Kind::Swap if asked || yaw.abs() > 3.0 => person(&mut frame, &self.attacker, yaw, sway),
            Kind::LateSwap if yaw.abs() > LATE => person(&mut frame, &self.attacker, yaw, sway),
            Kind::PrintFlat => sheet(&mut frame, print(true), 0.0, 0.0, sway),
            Kind::PrintBent => sheet(
                &mut frame,
                print(true),
                yaw * 2.0,
                0.25 * (yaw / 20.0),
                sway,
            ),
            Kind::PrintLarge | Kind::Swap | Kind::LateSwap => {
                sheet(&mut frame, print(false), yaw * 2.0, 0.0, sway);
            }
            Kind::Phone => {
                let phone = self.held.get_or_init(|| screen(self.victim.picture()));
                sheet(&mut frame, phone, yaw * 2.0, 0.0, sway);
            }
            Kind::Replay => {
                // The film runs on: two seconds to one side, two to the other.
                let turn = 24.0 * (phase * std::f32::consts::TAU / 4.0).sin();
                let quiet = (phase % 12.0) < 4.0;
                sheet(
                    &mut frame,
                    &screen(&self.victim.turned(if quiet { 0.0 } else { turn })),
                    0.0,
                    0.0,
                    sway,
                );
            }
            Kind::CutOut => {
                person(&mut frame, &self.attacker, yaw, sway);
                mask(&mut frame, &self.victim, print(false), yaw, sway);
            }
        }
        finish(&mut frame, &mut random, self.seed);
        frame
    }
}

/// The upper left corner of a portrait whose face stands in the middle.
fn corner(head: &Head, sway: [f32; 2]) -> [f32; 2] {
    let ([x, y], _) = head.face();
    [
        WIDTH as f32 / 2.0 - x + sway[0],
        HEIGHT as f32 * 0.48 - y + sway[1],
    ]
}

fn person(frame: &mut RgbImage, head: &Head, yaw: f32, sway: [f32; 2]) {
    let picture = if yaw.abs() < 0.5 {
        head.picture().clone()
    } else {
        head.turned(yaw)
    };
    let [left, top] = corner(head, sway);
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    for (x, y, pixel) in frame.enumerate_pixels_mut() {
        let (u, v) = (x as f32 + 0.5 - left, y as f32 + 0.5 - top);
        if u < 0.0 || u >= width || v < 0.0 || v >= height {
            continue;
        }
        let border = u.min(width - u).min(v);
        let share = (border / 24.0).clamp(0.0, 1.0);
        mix(pixel, sample(&picture, u, v), share);
    }
}

fn mix(under: &mut Rgb<u8>, over: Rgb<u8>, share: f32) {
    for (under, over) in under.0.iter_mut().zip(over.0) {
        *under = (f32::from(over) * share + f32::from(*under) * (1.0 - share)).round() as u8;
    }
}

/// What lies on a sheet, with the place of the face's middle in it.
struct Flat {
    picture: RgbImage,
    middle: [f32; 2],
}

/// Print: less contrast, a little blur, dots too fine to be seen singly; with or without a white border.
fn printed(head: &Head, border: bool) -> Flat {
    let from = head.picture();
    let edge = if border { 26 } else { 0 };
    let mut picture = RgbImage::from_pixel(
        from.width() + 2 * edge,
        from.height() + 2 * edge,
        Rgb([236, 235, 230]),
    );
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (u, v) = (x as i64 - i64::from(edge), y as i64 - i64::from(edge));
        if u < 0 || v < 0 || u >= i64::from(from.width()) || v >= i64::from(from.height()) {
            continue;
        }
        let dot = if (x / 2 + y / 2) % 2 == 0 { 3.0 } else { -3.0 };
        let soft = |channel: usize| {
            let at = |dx: f32, dy: f32| {
                f32::from(sample(from, u as f32 + 0.5 + dx, v as f32 + 0.5 + dy).0[channel])
            };
            (at(-0.7, 0.0) + at(0.7, 0.0) + at(0.0, -0.7) + at(0.0, 0.7)) / 4.0
        };
        *pixel =
            Rgb([0, 1, 2]
                .map(|channel| (38.0 + soft(channel) * 0.78 + dot).clamp(0.0, 255.0) as u8));
    }
    let ([x, y], _) = head.face();
    Flat {
        picture,
        middle: [x + edge as f32, y + edge as f32],
    }
}

/// A screen: dark bezel, a grid of cells, bluish and with more contrast.
fn screen(from: &RgbImage) -> Flat {
    let edge = 30;
    let mut picture = RgbImage::from_pixel(
        from.width() + 2 * edge,
        from.height() + 2 * edge,
        Rgb([14, 14, 16]),
    );
    for (x, y, pixel) in from.enumerate_pixels() {
        // The camera samples cells of a little more than two of its pixels: what is left of them is a slow beat, and a fine grid.
        let grid = if x % 3 == 2 || y % 3 == 2 { 0.86 } else { 1.06 };
        let value = |channel: usize, tint: f32| {
            let plain = f32::from(pixel.0[channel]) / 255.0;
            (plain.powf(1.12) * 255.0 * grid * tint).clamp(0.0, 255.0) as u8
        };
        picture.put_pixel(
            x + edge,
            y + edge,
            Rgb([value(0, 0.96), value(1, 0.99), value(2, 1.05)]),
        );
    }
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    Flat {
        picture,
        middle: [width / 2.0, height * 0.47],
    }
}

/// A flat thing before the camera, turned about its upright middle by degrees and bent like a part of a cylinder (0: flat).
fn sheet(frame: &mut RgbImage, flat: &Flat, turn: f32, bend: f32, sway: [f32; 2]) {
    let (width, height) = (flat.picture.width() as f32, flat.picture.height() as f32);
    let (sin, cos) = turn.clamp(-60.0, 60.0).to_radians().sin_cos();
    let far = 900.0;
    let middle = [WIDTH as f32 / 2.0 + sway[0], HEIGHT as f32 * 0.48 + sway[1]];
    for (x, y, pixel) in frame.enumerate_pixels_mut() {
        let (dx, dy) = (x as f32 + 0.5 - middle[0], y as f32 + 0.5 - middle[1]);
        // Where the ray meets the turned plane: across * cos and depth across * sin.
        let across = dx * far / (far * cos - dx * sin);
        let scale = (far + across * sin) / far;
        let down = dy * scale;
        let bent = across * (1.0 + bend * (across / width));
        let (u, v) = (flat.middle[0] + bent, flat.middle[1] + down);
        if u >= 0.0 && v >= 0.0 && u < width && v < height {
            let shade = 1.0 - 0.15 * sin.abs();
            let colour = sample(&flat.picture, u, v);
            *pixel = Rgb(colour.0.map(|value| (f32::from(value) * shade) as u8));
        }
    }
}

/// The printed face within its outline, before a head that turns: flat, and narrower as it turns.
fn mask(frame: &mut RgbImage, head: &Head, flat: &Flat, yaw: f32, sway: [f32; 2]) {
    let outline = head.outline();
    let inside = |u: f32, v: f32| {
        let mut odd = false;
        for (at, [ax, ay]) in outline.iter().enumerate() {
            let [bx, by] = outline[(at + 1) % outline.len()];
            if (*ay > v) != (by > v) && u < (bx - ax) * (v - ay) / (by - ay) + ax {
                odd = !odd;
            }
        }
        odd
    };
    // A worn mask turns with the head behind it, at most as far as paper does without falling off.
    let (sin, cos) = (yaw * 1.3).clamp(-50.0, 50.0).to_radians().sin_cos();
    let middle = [
        WIDTH as f32 / 2.0 + sway[0] - sin * 40.0,
        HEIGHT as f32 * 0.48 + sway[1],
    ];
    for (x, y, pixel) in frame.enumerate_pixels_mut() {
        let (dx, dy) = (x as f32 + 0.5 - middle[0], y as f32 + 0.5 - middle[1]);
        let across = dx / cos.max(0.3);
        let (u, v) = (
            flat.middle[0] + across,
            flat.middle[1] + dy * (1.0 + across * sin / 900.0),
        );
        if inside(u, v) {
            *pixel = sample(&flat.picture, u, v);
        }
    }
}

/// What the camera adds: light of the day, a cast, grain.
fn finish(frame: &mut RgbImage, random: &mut Random, seed: u64) {
    let light = 0.9 + 0.2 * ((seed * 37 % 11) as f32 / 10.0);
    let cast = [
        1.0 + 0.03 * ((seed % 3) as f32 - 1.0),
        1.0,
        1.0 - 0.03 * ((seed % 3) as f32 - 1.0),
    ];
    for pixel in frame.as_mut().chunks_exact_mut(3) {
        for (value, cast) in pixel.iter_mut().zip(cast) {
            *value =
                (f32::from(*value) * light * cast + random.grain() as f32).clamp(0.0, 255.0) as u8;
        }
    }
}
