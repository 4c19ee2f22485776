//! Cuts a turned and scaled square out of a picture, as the nets want it: planes of red, green and blue.

use zeroize::Zeroizing;

use super::{FINE, Picture};

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
    if blend && lies_within(picture, place, side) {
        cut_within(picture, place, side, steps, [red, green, blue]);
        return planes;
    }
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

/// Does the whole square lie inside the picture, with room for neighbours?
fn lies_within(picture: &Picture, place: &Similarity, side: usize) -> bool {
    let (right, bottom) = (picture.width() as f32 - 3.0, picture.height() as f32 - 3.0);
    let end = side as f32;
    [[0.0, 0.0], [end, 0.0], [0.0, end], [end, end]]
        .into_iter()
        .all(|corner| {
            let [x, y] = place.apply(corner);
            (1.0..=right).contains(&x) && (1.0..=bottom).contains(&y)
        })
}

/// [`cut`] without a question at any place: these are counted in whole numbers, from one pixel of the square to the next.
fn cut_within(
    picture: &Picture,
    place: &Similarity,
    side: usize,
    steps: usize,
    [red, green, blue]: [&mut [f32]; 3],
) {
    let fine = |value: f64| (value * FINE) as i64;
    let [a, b, dx, dy] = [place.a, place.b, place.dx, place.dy].map(f64::from);
    let step = 1.0 / steps as f64;
    let share = (step * step) as f32;
    let mut offsets = [[0; 2]; MOST * MOST];
    for (slot, sub) in offsets.iter_mut().zip(0..steps * steps) {
        let [x, y] = [sub % steps, sub / steps].map(|sub| (sub as f64 + 0.5) * step);
        *slot = [fine(a * x - b * y), fine(b * x + a * y)];
    }
    let offsets = offsets.get(..steps * steps).unwrap_or_default();
    let right = [fine(a), fine(b)];
    let rows = red
        .chunks_exact_mut(side)
        .zip(green.chunks_exact_mut(side))
        .zip(blue.chunks_exact_mut(side));
    for (row, ((red, green), blue)) in rows.enumerate() {
        let row = row as f64;
        // Places are counted from the middle of the first pixel.
        let [mut u, mut v] = [fine(dx - b * row - 0.5), fine(dy + a * row - 0.5)];
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            let mut sum = [0.0; 4];
            for [x, y] in offsets {
                let colour = picture.within(u + x, v + y).unwrap_or_default();
                for at in 0..4 {
                    sum[at] += colour[at];
                }
            }
            [*red, *green, *blue, _] = sum.map(|sum| sum * share);
            u += right[0];
            v += right[1];
        }
    }
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

    /// Inside, across the edge and far off: what is cut is the mean of the places that the square has there.
    #[test]
    fn each_pixel_is_the_mean_of_its_places() {
        let (width, height, side) = (90, 70, 12);
        let mut state = 1u32;
        let rgb = (0..3 * width * height)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let picture = Picture::new(width, height, Zeroizing::new(rgb)).unwrap();
        let mut within = 0;
        for centre in [
            [45.0, 35.0],
            [15.3, 16.2],
            [3.0, 35.0],
            [74.9, 52.1],
            [89.0, 69.0],
            [500.0, 0.0],
        ] {
            for (square, steps) in [(10.0, 1), (14.0, 1), (20.0, 2), (26.0, 2), (29.0, 3)] {
                for angle in [0.0, 0.4, -1.7, 3.1] {
                    let place = Similarity::square(centre, square, angle, side as f32);
                    within += usize::from(lies_within(&picture, &place, side));
                    let planes = cut(&picture, &place, side);
                    for (at, red) in planes[..side * side].iter().enumerate() {
                        let mut mean = [0.0; 3];
                        for sub in 0..steps * steps {
                            let part = |sub: usize| (sub as f32 + 0.5) / steps as f32;
                            let [u, v] = place.apply([
                                (at % side) as f32 + part(sub % steps),
                                (at / side) as f32 + part(sub / steps),
                            ]);
                            for (mean, value) in mean.iter_mut().zip(picture.at(u, v)) {
                                *mean += value / (steps * steps) as f32;
                            }
                        }
                        let own = [*red, planes[side * side + at], planes[2 * side * side + at]];
                        for (own, mean) in own.iter().zip(mean) {
                            assert!((own - mean).abs() < 0.02, "{place:?} {at}: {own} {mean}");
                        }
                    }
                }
            }
        }
        assert!((20..100).contains(&within), "{within}");
    }
}
