//! A head that turns: the portrait as a texture on the points of its face in space, with hair and shoulders following less and less.
//!
//! The points come from the same kind of landmark net as the terminal's (`uketsuke-vision landmarks`), so a turn looks better here than a
//! real one would; that is said where figures are given.

use std::path::Path;

use image::{Rgb, RgbImage};

use super::compose::{FACE_HEIGHT, scaled};
use super::mesh::triangles;

/// The axis of the neck lies this far behind the face's middle, in face widths.
const AXIS: f32 = 0.45;
/// Rings around the face: how far out (in half face sizes), and how far back (in face widths).
const RINGS: [(f32, f32); 2] = [(1.22, 0.35), (1.55, 0.62)];
/// Points of a ring.
const AROUND: usize = 28;

/// A portrait with its points.
pub struct Head {
    picture: RgbImage,
    points: Vec<[f32; 3]>,
    /// Points from here on are the wall and the shoulders: they stay.
    fixed_from: usize,
    triangles: Vec<[usize; 3]>,
    centre: [f32; 2],
    width: f32,
}

impl Head {
    /// A portrait at the size of a person before the terminal. `None` when it can't be read or has no points.
    pub fn open(portrait: &Path) -> Option<Self> {
        let picture = image::open(portrait).ok()?.into_rgb8();
        let scaled = scaled(&picture, FACE_HEIGHT);
        Self::load(portrait, scaled, picture.dimensions())
    }

    /// Reads the points beside a portrait (`NAME.points.json`) and scales both. `None` when there are none.
    pub fn load(portrait: &Path, picture: RgbImage, full: (u32, u32)) -> Option<Self> {
        let text = std::fs::read_to_string(portrait.with_extension("points.json")).ok()?;
        let value: serde_json::Value = serde_json::from_str(&text).ok()?;
        let scale = picture.width() as f32 / full.0.max(1) as f32;
        let points: Vec<[f32; 3]> = value["points"]
            .as_array()?
            .iter()
            .filter_map(|point| {
                let at =
                    |index: usize| point.get(index)?.as_f64().map(|value| value as f32 * scale);
                Some([at(0)?, at(1)?, at(2)?])
            })
            .collect();
        (points.len() >= 468).then(|| Self::new(picture, points))
    }

    fn new(picture: RgbImage, mut points: Vec<[f32; 3]>) -> Self {
        let bounds = |axis: usize| {
            points
                .iter()
                .fold((f32::MAX, f32::MIN), |(low, high), point| {
                    (low.min(point[axis]), high.max(point[axis]))
                })
        };
        let ((left, right), (top, bottom)) = (bounds(0), bounds(1));
        let (width, height) = (right - left, bottom - top);
        let centre = [f32::midpoint(left, right), f32::midpoint(top, bottom)];
        let (columns, rows) = (picture.width() as f32, picture.height() as f32);
        for (out, back) in RINGS {
            for step in 0..AROUND {
                let (sin, cos) = (step as f32 / AROUND as f32 * std::f32::consts::TAU).sin_cos();
                let x = centre[0] + cos * out * width / 2.0;
                let y = centre[1] + sin * out * height / 2.0;
                // Below the chin there is a neck, which hardly turns.
                if x > 2.0 && y > 2.0 && x < columns - 2.0 && y < rows - 2.0 && sin < 0.8 {
                    points.push([x, y, back * width]);
                }
            }
        }
        let fixed_from = points.len();
        for step in 0..=8 {
            let part = step as f32 / 8.0;
            points.push([part * columns, 0.0, width]);
            points.push([part * columns, rows, width]);
            points.push([0.0, part * rows, width]);
            points.push([columns, part * rows, width]);
        }
        let flat: Vec<[f32; 2]> = points.iter().map(|[x, y, _]| [*x, *y]).collect();
        let triangles = triangles(&flat);
        Self {
            picture,
            points,
            fixed_from,
            triangles,
            centre,
            width,
        }
    }

    /// The portrait as it is.
    pub fn picture(&self) -> &RgbImage {
        &self.picture
    }

    /// Middle and width of the face, pixels.
    pub fn face(&self) -> ([f32; 2], f32) {
        (self.centre, self.width)
    }

    /// Outline of the face: the points that are farthest out in each direction.
    pub fn outline(&self) -> Vec<[f32; 2]> {
        (0..48)
            .filter_map(|step| {
                let (sin, cos) = (step as f32 / 48.0 * std::f32::consts::TAU).sin_cos();
                let far =
                    |p: &&[f32; 3]| (p[0] - self.centre[0]) * cos + (p[1] - self.centre[1]) * sin;
                let points = self.points.iter().take(468);
                points
                    .max_by(|a, b| far(a).total_cmp(&far(b)))
                    .map(|p| [p[0], p[1]])
            })
            .collect()
    }

    /// The head turned by degrees; positive: the nose to the picture's left.
    pub fn turned(&self, yaw: f32) -> RgbImage {
        let (sin, cos) = yaw.to_radians().sin_cos();
        let axis = AXIS * self.width;
        let moved: Vec<[f32; 3]> = self
            .points
            .iter()
            .enumerate()
            .map(|(at, [x, y, z])| {
                if at >= self.fixed_from {
                    return [*x, *y, *z];
                }
                let (across, back) = (x - self.centre[0], z - axis);
                [
                    self.centre[0] + across * cos + back * sin,
                    *y,
                    axis + back * cos - across * sin,
                ]
            })
            .collect();
        let mut out = self.picture.clone();
        let mut depth = vec![f32::MAX; (out.width() * out.height()) as usize];
        for triangle in &self.triangles {
            draw(
                &self.picture,
                triangle.map(|at| self.points[at]),
                triangle.map(|at| moved[at]),
                &mut out,
                &mut depth,
            );
        }
        out
    }
}

/// Colours one triangle; what lies behind something nearer stays hidden.
fn draw(
    texture: &RgbImage,
    from: [[f32; 3]; 3],
    to: [[f32; 3]; 3],
    out: &mut RgbImage,
    depth: &mut [f32],
) {
    let [a, b, c] = to;
    let area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
    if area.abs() < 1e-3 {
        return;
    }
    let span = |axis: usize, limit: u32| {
        let low = a[axis].min(b[axis]).min(c[axis]).floor().max(0.0) as u32;
        let high =
            (a[axis].max(b[axis]).max(c[axis]).ceil().max(0.0) as u32).min(limit.saturating_sub(1));
        low..=high
    };
    let width = out.width();
    for y in span(1, out.height()) {
        for x in span(0, width) {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let v = ((px - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (py - a[1])) / area;
            let w = ((b[0] - a[0]) * (py - a[1]) - (px - a[0]) * (b[1] - a[1])) / area;
            let u = 1.0 - v - w;
            if u < -1e-4 || v < -1e-4 || w < -1e-4 {
                continue;
            }
            let z = u * a[2] + v * b[2] + w * c[2];
            let Some(known) = depth.get_mut((y * width + x) as usize) else {
                continue;
            };
            if z < *known {
                *known = z;
                let at = |axis: usize| u * from[0][axis] + v * from[1][axis] + w * from[2][axis];
                out.put_pixel(x, y, sample(texture, at(0), at(1)));
            }
        }
    }
}

/// Colour between four pixels, the border repeated.
pub(super) fn sample(picture: &RgbImage, x: f32, y: f32) -> Rgb<u8> {
    let (x, y) = (
        (x - 0.5).clamp(0.0, picture.width() as f32 - 1.001),
        (y - 0.5).clamp(0.0, picture.height() as f32 - 1.001),
    );
    let (left, top) = (x as u32, y as u32);
    let (right, bottom) = (
        (left + 1).min(picture.width() - 1),
        (top + 1).min(picture.height() - 1),
    );
    let (fx, fy) = (x - left as f32, y - top as f32);
    let mut colour = [0u8; 3];
    for (channel, value) in colour.iter_mut().enumerate() {
        let at = |x, y| f32::from(picture.get_pixel(x, y).0[channel]);
        let upper = at(left, top) * (1.0 - fx) + at(right, top) * fx;
        let lower = at(left, bottom) * (1.0 - fx) + at(right, bottom) * fx;
        *value = (upper * (1.0 - fy) + lower * fy).round() as u8;
    }
    Rgb(colour)
}
