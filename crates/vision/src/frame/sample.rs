//! Cuts a turned and scaled square out of a picture, as the nets want it: planes of red, green and blue.

use zeroize::Zeroizing;

use super::Picture;

/// A turn, scale and shift without mirroring: (x, y) becomes (a x - b y + dx, b x + a y + dy).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    /// Scale times cosine.
    pub a: f32,
    /// Scale times sine.
    pub b: f32,
    /// Shift to the right.
    pub dx: f32,
    /// Shift downwards.
    pub dy: f32,
}

impl Similarity {
    /// The image of a point.
    pub fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [
            self.a * x - self.b * y + self.dx,
            self.b * x + self.a * y + self.dy,
        ]
    }

    /// Scale factor.
    pub fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }

    /// The way back; `None` when everything falls into one point.
    pub fn inverse(&self) -> Option<Self> {
        let square = self.a * self.a + self.b * self.b;
        if !square.is_finite() || square < 1e-12 {
            return None;
        }
        let (a, b) = (self.a / square, -self.b / square);
        Some(Self {
            a,
            b,
            dx: -(a * self.dx - b * self.dy),
            dy: -(b * self.dx + a * self.dy),
        })
    }

    /// A square of `side` pixels around `centre`, turned by `angle` (radians), as seen from a square of `target` pixels.
    pub fn square(centre: [f32; 2], side: f32, angle: f32, target: f32) -> Self {
        let scale = side / target;
        let (a, b) = (scale * angle.cos(), scale * angle.sin());
        let middle = target / 2.0;
        Self {
            a,
            b,
            dx: centre[0] - (a - b) * middle,
            dy: centre[1] - (b + a) * middle,
        }
    }
}

/// Most places of the picture that are averaged for one pixel, in each direction.
const MOST: usize = 4;

/// Three planes of `side` x `side`, values 0..255. `place` leads from the square into the picture.
///
/// Where the square is coarser than the picture, several places are averaged for each of its pixels.
pub fn cut(picture: &Picture, place: &Similarity, side: usize) -> Zeroizing<Vec<f32>> {
    let plane = side * side;
    let mut planes = Zeroizing::new(vec![0.0; plane * 3]);
    let scale = place.scale();
    let steps = if scale.is_finite() {
        (scale - 0.25).ceil().clamp(1.0, MOST as f32) as usize
    } else {
        1
    };
    // Far above two picture pixels per step neighbours say the same as a blend of them.
    let blend = scale < 2.5;
    let step = 1.0 / steps as f32;
    let share = step * step;
    let offset = |sub: usize| (sub as f32 + 0.5) * step;
    // Where each of a pixel's places lies in it, rows first.
    let mut offsets = [[0.0f32; 2]; MOST * MOST];
    for (slot, sub) in offsets.iter_mut().zip(0..steps * steps) {
        *slot = [offset(sub % steps), offset(sub / steps)];
    }
    let offsets = offsets.get(..steps * steps).unwrap_or_default();
    let (red, rest) = planes.split_at_mut(plane);
    let (green, blue) = rest.split_at_mut(plane);
    let pixels = red.iter_mut().zip(green).zip(blue);
    let places = (0..side).flat_map(|row| (0..side).map(move |column| [column, row]));
    for (((red, green), blue), [column, row]) in pixels.zip(places) {
        let mut sum = [0.0; 3];
        for [right, down] in offsets {
            let [u, v] = place.apply([column as f32 + right, row as f32 + down]);
            let colour = if blend {
                picture.at(u, v)
            } else {
                picture.nearest(u, v)
            };
            for (sum, value) in sum.iter_mut().zip(colour) {
                *sum += value * share;
            }
        }
        [*red, *green, *blue] = sum;
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_again() {
        let there = Similarity {
            a: 1.3,
            b: -0.4,
            dx: 12.0,
            dy: -7.0,
        };
        let back = there.inverse().unwrap();
        let [x, y] = back.apply(there.apply([31.0, 17.0]));
        assert!(
            (x - 31.0).abs() < 1e-4 && (y - 17.0).abs() < 1e-4,
            "{x} {y}"
        );
        assert!(
            Similarity {
                a: 0.0,
                b: 0.0,
                dx: 1.0,
                dy: 1.0
            }
            .inverse()
            .is_none()
        );
    }

    #[test]
    fn a_square_is_cut_around_its_centre() {
        let place = Similarity::square([100.0, 50.0], 40.0, 0.0, 20.0);
        assert_eq!(place.apply([0.0, 0.0]), [80.0, 30.0]);
        assert_eq!(place.apply([20.0, 20.0]), [120.0, 70.0]);
        let turned = Similarity::square([100.0, 50.0], 40.0, std::f32::consts::FRAC_PI_2, 20.0);
        let [x, y] = turned.apply([20.0, 10.0]);
        assert!(
            (x - 100.0).abs() < 1e-3 && (y - 70.0).abs() < 1e-3,
            "{x} {y}"
        );
    }

    #[test]
    fn shrinking_averages() {
        // Alternating columns of 0 and 200: shrunk to a quarter they are 100 everywhere, never one of both.
        let grey: Vec<u8> = (0..64 * 64)
            .map(|i| if i % 2 == 0 { 0 } else { 200 })
            .collect();
        let picture = Picture::from_grey(64, 64, &grey).unwrap();
        let planes = cut(
            &picture,
            &Similarity::square([32.0, 32.0], 64.0, 0.0, 16.0),
            16,
        );
        assert_eq!(planes.len(), 3 * 16 * 16);
        assert!(
            planes.iter().all(|v| (v - 100.0).abs() < 1.0),
            "{:?}",
            &planes[..8]
        );
    }
}
