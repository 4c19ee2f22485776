//! Straight edges of a picture, lying and standing ones apart: the sides of a card may be among them (a Hough transform in which a pixel
//! votes in the direction of its own gradient only).

use crate::frame::Picture;

/// Longest side of the coarse picture in which edges are looked for, pixels.
const COARSE: usize = 480;
/// Change of brightness from one coarse pixel to the next, grey levels of 0..255.
pub(super) const STEP: f32 = 5.0;
/// Sides of a card within so many degrees of lying or standing.
const TILT: f32 = 25.0;
const BINS: usize = 51;
/// Votes beside a pixel's own direction, bins of a degree.
const AROUND: usize = 3;
/// Lines of each kind that are looked at further.
const MOST: usize = 26;
/// Shortest edge that counts, coarse pixels with a vote.
const FEWEST: f32 = 18.0;

/// A coarse grey picture with its slopes.
pub(super) struct Slopes {
    /// Coarse pixels.
    pub columns: usize,
    /// Coarse pixels.
    pub rows: usize,
    /// Picture pixels for one coarse pixel.
    pub scale: f32,
    across: Vec<f32>,
    down: Vec<f32>,
}

/// A line: the places (x, y) with x cos + y sin = distance, from the middle of the coarse picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub cos: f32,
    pub sin: f32,
    pub distance: f32,
}

impl Line {
    /// Where two lines meet, from the middle of the coarse picture; `None` when they are parallel.
    pub(super) fn meets(&self, other: &Self) -> Option<[f32; 2]> {
        let det = self.cos * other.sin - self.sin * other.cos;
        if det.abs() < 0.2 {
            return None;
        }
        Some([
            (self.distance * other.sin - other.distance * self.sin) / det,
            (other.distance * self.cos - self.distance * other.cos) / det,
        ])
    }
}

impl Slopes {
    /// `None` for a picture that is too small to show a card.
    pub(super) fn of(picture: &Picture) -> Option<Self> {
        let scale = (picture.width().max(picture.height()) as f32 / COARSE as f32).max(1.0);
        let (columns, rows) = (
            (picture.width() as f32 / scale) as usize,
            (picture.height() as f32 / scale) as usize,
        );
        if columns < 64 || rows < 64 {
            return None;
        }
        // Averages over the area of a coarse pixel, at most sixteen places of it.
        let parts = scale.ceil().clamp(1.0, 4.0) as usize;
        let mut grey = zeroize::Zeroizing::new(vec![0.0f32; columns * rows]);
        for (at, value) in grey.iter_mut().enumerate() {
            let (x, y) = ((at % columns) as f32, (at / columns) as f32);
            for part in 0..parts * parts {
                let off = |part: usize| (part as f32 + 0.5) / parts as f32;
                let [red, green, blue] = picture.nearest(
                    (x + off(part % parts)) * scale,
                    (y + off(part / parts)) * scale,
                );
                *value += (0.299 * red + 0.587 * green + 0.114 * blue) / (parts * parts) as f32;
            }
        }
        let (mut across, mut down) = (vec![0.0; columns * rows], vec![0.0; columns * rows]);
        for y in 1..rows - 1 {
            for x in 1..columns - 1 {
                let at = |dx: usize, dy: usize| grey[(y + dy - 1) * columns + x + dx - 1];
                let (l, r) = (
                    at(0, 0) + 2.0 * at(0, 1) + at(0, 2),
                    at(2, 0) + 2.0 * at(2, 1) + at(2, 2),
                );
                let (t, b) = (
                    at(0, 0) + 2.0 * at(1, 0) + at(2, 0),
                    at(0, 2) + 2.0 * at(1, 2) + at(2, 2),
                );
                across[y * columns + x] = (r - l) / 8.0;
                down[y * columns + x] = (b - t) / 8.0;
            }
        }
        Some(Self {
            columns,
            rows,
            scale,
            across,
            down,
        })
    }

    /// The slope at a place, from the middle of the coarse picture; nothing outside.
    pub(super) fn at(&self, x: f32, y: f32) -> [f32; 2] {
        let (x, y) = (x + self.columns as f32 / 2.0, y + self.rows as f32 / 2.0);
        if x < 0.0 || y < 0.0 || x >= self.columns as f32 || y >= self.rows as f32 {
            return [0.0; 2];
        }
        let at = y as usize * self.columns + x as usize;
        match (self.across.get(at), self.down.get(at)) {
            (Some(across), Some(down)) => [*across, *down],
            _ => [0.0; 2],
        }
    }

    /// The strongest lines: lying ones (their normal points down), then standing ones (their normal points right).
    pub(super) fn lines(&self) -> [Vec<Line>; 2] {
        let reach = (self.columns as f32).hypot(self.rows as f32) / 2.0;
        let slots = 2 * reach as usize + 2;
        let mut votes = [vec![0.0f32; BINS * slots], vec![0.0f32; BINS * slots]];
        for y in 1..self.rows - 1 {
            for x in 1..self.columns - 1 {
                let at = y * self.columns + x;
                let (gx, gy) = (self.across[at], self.down[at]);
                let size = gx.hypot(gy);
                if size < STEP || !self.is_ridge(x, y, gx, gy, size) {
                    continue;
                }
                let (px, py) = (
                    x as f32 + 0.5 - self.columns as f32 / 2.0,
                    y as f32 + 0.5 - self.rows as f32 / 2.0,
                );
                let standing = gx.abs() > gy.abs();
                // The angle of the normal off the right (standing) or off down (lying), whichever way it points.
                let off = if standing { gy / gx } else { -gx / gy };
                let degrees = off.atan().to_degrees();
                if degrees.abs() > TILT {
                    continue;
                }
                let own = (degrees + TILT).round() as usize;
                for bin in own.saturating_sub(AROUND)..=(own + AROUND).min(BINS - 1) {
                    let [cos, sin] = normal(bin, standing);
                    let slot = (px * cos + py * sin + reach + 0.5) as usize;
                    if let Some(count) = votes[usize::from(standing)].get_mut(bin * slots + slot) {
                        *count += 1.0;
                    }
                }
            }
        }
        let [lying, standing] = votes;
        [
            peaks(lying, slots, reach, false),
            peaks(standing, slots, reach, true),
        ]
    }

    /// Only the steepest pixel across an edge votes.
    fn is_ridge(&self, x: usize, y: usize, gx: f32, gy: f32, size: f32) -> bool {
        let (dx, dy) = if gx.abs() > gy.abs() { (1, 0) } else { (0, 1) };
        let of = |at: usize| self.across[at].hypot(self.down[at]);
        let before = of((y - dy) * self.columns + x - dx);
        let after = of((y + dy) * self.columns + x + dx);
        size >= before && size > after
    }
}

fn normal(bin: usize, standing: bool) -> [f32; 2] {
    let (sin, cos) = (bin as f32 - TILT).to_radians().sin_cos();
    if standing { [cos, sin] } else { [-sin, cos] }
}

fn peaks(mut votes: Vec<f32>, slots: usize, reach: f32, standing: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    // Neighbouring slots share the pixels of one edge.
    let smooth: Vec<f32> = (0..votes.len())
        .map(|at| {
            let near = |other: usize| votes.get(other).copied().unwrap_or(0.0);
            near(at) + 0.5 * (near(at.wrapping_sub(1)) + near(at + 1))
        })
        .collect();
    votes.clone_from(&smooth);
    while lines.len() < MOST {
        let Some((best, count)) = votes
            .iter()
            .copied()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))
        else {
            break;
        };
        if count < FEWEST {
            break;
        }
        let (bin, slot) = (best / slots, best % slots);
        let [cos, sin] = normal(bin, standing);
        lines.push(Line {
            cos,
            sin,
            distance: slot as f32 - reach,
        });
        for other in bin.saturating_sub(4)..=(bin + 4).min(BINS - 1) {
            let near = slot.saturating_sub(3)..=(slot + 3).min(slots - 1);
            votes[other * slots..][near].fill(0.0);
        }
    }
    lines
}
