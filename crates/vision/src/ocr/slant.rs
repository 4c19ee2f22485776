//! Sets a slanted rectangle upright: the projective map that leads the upright card's corners to the four corners in the picture.

use zeroize::Zeroizing;

use super::find::{Card, HEIGHT, WIDTH};
use super::quads::Quad;
use crate::frame::Picture;

/// Print that is enlarged by more was blurred by lens and hand before; it is sharpened by this much against the neighbouring pixels. Found on
/// drawn cards of 350 pixels in frames of 640 x 480: with 0 and 0.7 of five frames one and two were read whole, with 1.4 three of three.
const ENLARGED: f32 = 1.5;
const SHARPEN: f32 = 1.4;

/// From the unit square into the picture.
struct Projection {
    rows: [[f32; 3]; 3],
}

impl Projection {
    /// The closed form for a square (Heckbert, 1989); `None` when the corners do not span a shape that bulges everywhere.
    fn to([a, b, c, d]: [[f32; 2]; 4]) -> Option<Self> {
        let (dx1, dy1) = (b[0] - c[0], b[1] - c[1]);
        let (dx2, dy2) = (d[0] - c[0], d[1] - c[1]);
        let (sx, sy) = (a[0] - b[0] + c[0] - d[0], a[1] - b[1] + c[1] - d[1]);
        let det = dx1 * dy2 - dx2 * dy1;
        if det.abs() < 1.0 {
            return None;
        }
        let (g, h) = ((sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det);
        Some(Self {
            rows: [
                [b[0] - a[0] + g * b[0], d[0] - a[0] + h * d[0], a[0]],
                [b[1] - a[1] + g * b[1], d[1] - a[1] + h * d[1], a[1]],
                [g, h, 1.0],
            ],
        })
    }

    fn apply(&self, u: f32, v: f32) -> [f32; 2] {
        let [x, y, w] = self.rows.map(|[a, b, c]| a * u + b * v + c);
        [x / w, y / w]
    }
}

fn light(picture: &Picture, x: f32, y: f32) -> f32 {
    let [red, green, blue] = picture.at(x, y);
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// The upright card; `None` when the corners are no rectangle's.
pub fn upright(picture: &Picture, quad: &Quad) -> Option<Card> {
    let place = Projection::to(quad.corners)?;
    let [upper_left, upper_right, ..] = quad.corners;
    let enlarged = WIDTH as f32 / (upper_right[0] - upper_left[0]).max(1.0);
    let sharpen = if enlarged > ENLARGED { SHARPEN } else { 0.0 };
    let mut grey = Zeroizing::new(Vec::with_capacity(WIDTH * HEIGHT));
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let [u, v] = place.apply(
                (x as f32 + 0.5) / WIDTH as f32,
                (y as f32 + 0.5) / HEIGHT as f32,
            );
            let mut value = light(picture, u, v);
            if sharpen > 0.0 {
                let beside = light(picture, u - 1.0, v) + light(picture, u + 1.0, v);
                let above_below = light(picture, u, v - 1.0) + light(picture, u, v + 1.0);
                value += sharpen * (value - (beside + above_below) / 4.0);
            }
            grey.push(value.round().clamp(0.0, 255.0) as u8);
        }
    }
    Some(Card {
        grey,
        width: WIDTH,
        height: HEIGHT,
    })
}
