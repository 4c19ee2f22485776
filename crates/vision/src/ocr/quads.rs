//! Finds what may be a card among other things: four straight edges with the proportions of ID-1, each of them seen over most of its length.
//! A hand may cover a part, the card may be slanted, and posters, windows and screens have such edges, too: several candidates are returned,
//! and only reading tells a card from the rest.

use super::find::RATIO;
use super::lines::{Line, STEP, Slopes};
use crate::frame::Picture;

/// How far the proportions may be off: a slant shortens one of them.
const RATIO_OFF: f32 = 0.20;
/// Share of the picture's width or height (of the longer) that a card takes at least.
const SMALLEST: f32 = 0.18;
/// Each side is seen over this much of its length, and all four over this much in the mean.
const SIDE_SEEN: f32 = 0.40;
const MEAN_SEEN: f32 = 0.66;
/// Places at which a side is looked at.
const PLACES: usize = 40;
/// Two candidates are of one thing when their middles lie closer than this much of the width.
const SAME: f32 = 0.25;
/// Most of a front is light ground; some of it is dark print. Grey levels off the ground, and shares.
const GROUND: f32 = 28.0;
const GROUND_SHARE: f32 = 0.62;
const PRINT: f32 = 40.0;
const PRINT_SHARE: f32 = 0.012;

/// Corners of a candidate in the picture: upper left, upper right, lower right, lower left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quad {
    /// Pixels of the picture.
    pub corners: [[f32; 2]; 4],
    /// Share of the four sides that is seen, 0..1.
    pub seen: f32,
}

impl Quad {
    /// Whether both are of one thing.
    pub fn is_near(&self, other: &Self) -> bool {
        let width = length(self.corners[0], self.corners[1]);
        length(self.middle(), other.middle()) < SAME * width
    }

    fn middle(&self) -> [f32; 2] {
        let sum = |axis: usize| self.corners.iter().map(|corner| corner[axis]).sum::<f32>();
        [sum(0) / 4.0, sum(1) / 4.0]
    }

    /// Light ground with dark print on it, as a front has; a shelf, a window and a person have not.
    fn is_printed(&self, picture: &Picture) -> bool {
        const ACROSS: usize = 48;
        const DOWN: usize = 30;
        let [a, b, c, d] = self.corners;
        let mut grey = zeroize::Zeroizing::new(Vec::with_capacity(ACROSS * DOWN));
        for at in 0..ACROSS * DOWN {
            let (u, v) = (
                ((at % ACROSS) as f32 + 0.5) / ACROSS as f32,
                ((at / ACROSS) as f32 + 0.5) / DOWN as f32,
            );
            let on = |axis: usize| {
                let upper = a[axis] + u * (b[axis] - a[axis]);
                let lower = d[axis] + u * (c[axis] - d[axis]);
                upper + v * (lower - upper)
            };
            let [red, green, blue] = picture.nearest(on(0), on(1));
            grey.push(0.299 * red + 0.587 * green + 0.114 * blue);
        }
        grey.sort_by(f32::total_cmp);
        let ground = grey[grey.len() * 6 / 10];
        let share = |wanted: &dyn Fn(f32) -> bool| {
            grey.iter().filter(|value| wanted(**value)).count() as f32 / grey.len() as f32
        };
        share(&|value| (value - ground).abs() < GROUND) >= GROUND_SHARE
            && share(&|value| value < ground - PRINT) >= PRINT_SHARE
    }
}

/// The candidates, best first, at most `most`.
pub fn quads(picture: &Picture, most: usize) -> Vec<Quad> {
    let Some(slopes) = Slopes::of(picture) else {
        return Vec::new();
    };
    let [mut lying, mut standing] = slopes.lines();
    // From the top, and from the left.
    lying.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    standing.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    let smallest = SMALLEST * slopes.columns.max(slopes.rows) as f32;
    let mut found: Vec<(f32, Quad)> = Vec::new();
    for (upper, top) in lying.iter().enumerate() {
        for bottom in lying.iter().skip(upper + 1) {
            if bottom.distance - top.distance < smallest / RATIO / 1.5 {
                continue;
            }
            for (first, left) in standing.iter().enumerate() {
                for right in standing.iter().skip(first + 1) {
                    if right.distance - left.distance < smallest * 0.8 {
                        continue;
                    }
                    let Some(corners) = corners(top, right, bottom, left) else {
                        continue;
                    };
                    if !is_like_a_card(&corners, smallest) {
                        continue;
                    }
                    if let Some(seen) = seen(&slopes, &corners) {
                        // Of two with equally good edges the larger one: a card's print has edges of its own within.
                        let size = length(corners[0], corners[1]) / slopes.columns as f32;
                        found.push((seen + 0.1 * size, Quad { corners, seen }));
                    }
                }
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (dx, dy) = (slopes.columns as f32 / 2.0, slopes.rows as f32 / 2.0);
    let mut best: Vec<Quad> = Vec::new();
    for (_, mut quad) in found {
        quad.corners = quad
            .corners
            .map(|[x, y]| [(x + dx) * slopes.scale, (y + dy) * slopes.scale]);
        if best.iter().any(|other| quad.is_near(other)) || !quad.is_printed(picture) {
            continue;
        }
        best.push(quad);
        if best.len() == most {
            break;
        }
    }
    best
}

fn corners(top: &Line, right: &Line, bottom: &Line, left: &Line) -> Option<[[f32; 2]; 4]> {
    Some([
        top.meets(left)?,
        top.meets(right)?,
        bottom.meets(right)?,
        bottom.meets(left)?,
    ])
}

fn is_like_a_card(corners: &[[f32; 2]; 4], smallest: f32) -> bool {
    let [upper_left, upper_right, lower_right, lower_left] = *corners;
    let (top, bottom) = (
        length(upper_left, upper_right),
        length(lower_left, lower_right),
    );
    let (left, right) = (
        length(upper_left, lower_left),
        length(upper_right, lower_right),
    );
    let (along, down) = (f32::midpoint(top, bottom), f32::midpoint(left, right));
    let like = |a: f32, b: f32| (a / b.max(1.0) - 1.0).abs() < 0.30;
    along >= smallest
        && like(top, bottom)
        && like(left, right)
        && (along / down.max(1.0) / RATIO - 1.0).abs() < RATIO_OFF
}

/// Share of the sides along which the brightness changes across them, always in the same way; `None` below the limits.
fn seen(slopes: &Slopes, corners: &[[f32; 2]; 4]) -> Option<f32> {
    let mut sum = 0.0;
    for (from, to) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
        let (from, to) = (corners[from], corners[to]);
        let size = length(from, to).max(1.0);
        // Pointing inwards.
        let (nx, ny) = ((from[1] - to[1]) / size, (to[0] - from[0]) / size);
        let (mut lighter, mut darker) = (0usize, 0usize);
        for place in 0..PLACES {
            // The corners are round.
            let share = 0.05 + 0.9 * (place as f32 + 0.5) / PLACES as f32;
            let (x, y) = (
                from[0] + share * (to[0] - from[0]),
                from[1] + share * (to[1] - from[1]),
            );
            let mut steepest = 0.0f32;
            for off in [-1.0, 0.0, 1.0] {
                let [gx, gy] = slopes.at(x + off * nx, y + off * ny);
                let across = gx * nx + gy * ny;
                if across.abs() > steepest.abs() {
                    steepest = across;
                }
            }
            lighter += usize::from(steepest > STEP * 0.7);
            darker += usize::from(steepest < -STEP * 0.7);
        }
        let share = lighter.max(darker) as f32 / PLACES as f32;
        if share < SIDE_SEEN {
            return None;
        }
        sum += share / 4.0;
    }
    (sum >= MEAN_SEEN).then_some(sum)
}

fn length(from: [f32; 2], to: [f32; 2]) -> f32 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grey things with four corners on a grey ground, each with its brightness; those that are `true` carry words of dark print in their middle.
    fn scene(things: &[([[f32; 2]; 4], u8, bool)]) -> Picture {
        let grey: Vec<u8> = (0..640 * 480)
            .map(|at| {
                let (x, y) = ((at % 640) as f32 + 0.5, (at / 640) as f32 + 0.5);
                things
                    .iter()
                    .rev()
                    .find(|(corners, ..)| {
                        (0..4).all(|side| {
                            let (from, to) = (corners[side], corners[(side + 1) % 4]);
                            (to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0])
                                > 0.0
                        })
                    })
                    .map_or(120, |(corners, brightness, print)| {
                        let middle =
                            |axis: usize| corners.iter().map(|at| at[axis]).sum::<f32>() / 4.0;
                        let width = corners[1][0] - corners[0][0];
                        let (u, v) = ((x - middle(0)) / width, (y - middle(1)) / width);
                        let row = (v * 20.0).floor();
                        let letters =
                            (v * 20.0 - row) < 0.35 && (u * 61.0 + row * 7.3).sin() > -0.2;
                        let words =
                            (u * 9.0 + row * 2.9).sin() > 0.0 && u.abs() < 0.38 && v.abs() < 0.22;
                        if *print && letters && words {
                            40
                        } else {
                            *brightness
                        }
                    })
            })
            .collect();
        Picture::from_grey(640, 480, &grey).unwrap()
    }

    fn rectangle(left: f32, top: f32, width: f32, height: f32) -> [[f32; 2]; 4] {
        let (right, bottom) = (left + width, top + height);
        [[left, top], [right, top], [right, bottom], [left, bottom]]
    }

    #[test]
    fn what_is_no_card_is_no_candidate() {
        // A square has other sides than a card. (A plain sheet of a card's sides may be a candidate: what is read off it decides.)
        let square = rectangle(200.0, 100.0, 240.0, 240.0);
        let found = quads(&scene(&[(square, 230, false)]), 3);
        assert!(found.is_empty(), "{found:?}");
        assert!(quads(&Picture::from_grey(20, 20, &[9; 400]).unwrap(), 3).is_empty());
        assert!(quads(&scene(&[]), 3).is_empty());
    }
}
