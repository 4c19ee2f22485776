//! Finds a card that lies before the document camera and sets it upright: what differs from the border of the picture, as one piece, with
//! the proportions of ID-1 (85.60 x 53.98 mm, ISO/IEC 7810).

use zeroize::Zeroizing;

use crate::frame::Picture;
use crate::frame::sample::Similarity;

/// Width of the upright card, pixels.
pub const WIDTH: usize = 1200;
/// Height of the upright card, pixels.
pub const HEIGHT: usize = 757;
/// Side of the coarse picture in which the card is looked for.
const COARSE: usize = 256;
/// A pixel belongs to the card when it differs from the border by more.
const DIFFERENT: f32 = 22.0;
/// Proportions of ID-1, and how far off they may be.
pub(super) const RATIO: f32 = 1.586;
const RATIO_OFF: f32 = 0.14;
/// The card fills this much of its rectangle, and this much of the picture's width.
const FILLED: f32 = 0.80;
const SMALLEST: f32 = 0.18;

/// An upright card front, grey. Wiped when dropped.
pub struct Card {
    /// Rows of [`Card::width`] bytes.
    pub grey: Zeroizing<Vec<u8>>,
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
}

impl Card {
    /// A part with room around it, its text enlarged to `height` pixels; `None` outside. Above and below, the room is ground carried
    /// on from close to the text: the next line stands near, and a slice of it would spoil the reading.
    pub fn strip(&self, [left, top, right, bottom]: [i32; 4], height: f32) -> Option<Self> {
        let text = (bottom - top).max(1);
        let room = text;
        let (x0, y0) = (
            (left - room).max(0) as usize,
            (top - room / 2).max(0) as usize,
        );
        let (x1, y1) = (
            ((right + room).max(0) as usize).min(self.width),
            ((bottom + room / 2).max(0) as usize).min(self.height),
        );
        if x1 <= x0 + 8 || y1 <= y0 + 8 {
            return None;
        }
        let (own_top, own_bottom) = ((top - text / 8) as f32, (bottom + text / 8) as f32);
        let scale = (height / text as f32).clamp(0.8, 3.0);
        let (width, height) = (
            ((x1 - x0) as f32 * scale) as usize,
            ((y1 - y0) as f32 * scale) as usize,
        );
        let mut grey = Zeroizing::new(Vec::with_capacity(width * height));
        for y in 0..height {
            for x in 0..width {
                let (u, v) = (
                    x0 as f32 + (x as f32 + 0.5) / scale - 0.5,
                    y0 as f32 + (y as f32 + 0.5) / scale - 0.5,
                );
                grey.push(self.between(u, v.clamp(own_top, own_bottom)));
            }
        }
        (width <= 4000 && height <= 4000).then_some(Self {
            grey,
            width,
            height,
        })
    }

    fn between(&self, u: f32, v: f32) -> u8 {
        let (u, v) = (
            u.clamp(0.0, self.width as f32 - 1.0),
            v.clamp(0.0, self.height as f32 - 1.0),
        );
        let (left, top) = (u as usize, v as usize);
        let (right, bottom) = (
            (left + 1).min(self.width - 1),
            (top + 1).min(self.height - 1),
        );
        let (fx, fy) = (u - left as f32, v - top as f32);
        let at =
            |x: usize, y: usize| f32::from(self.grey.get(y * self.width + x).copied().unwrap_or(0));
        let upper = at(left, top) * (1.0 - fx) + at(right, top) * fx;
        let lower = at(left, bottom) * (1.0 - fx) + at(right, bottom) * fx;
        (upper * (1.0 - fy) + lower * fy).round() as u8
    }
}

/// The card, upright; `None` when none is plainly there.
pub fn card(picture: &Picture) -> Option<Card> {
    let scale = picture.width().max(picture.height()) as f32 / COARSE as f32;
    let (columns, rows) = (
        (picture.width() as f32 / scale) as usize,
        (picture.height() as f32 / scale) as usize,
    );
    if columns < 32 || rows < 32 {
        return None;
    }
    let colour = |at: usize| {
        picture.nearest(
            ((at % columns) as f32 + 0.5) * scale,
            ((at / columns) as f32 + 0.5) * scale,
        )
    };
    let border: Vec<usize> = (0..columns * rows)
        .filter(|at| {
            at % columns < 2
                || at % columns + 2 >= columns
                || at / columns < 2
                || at / columns + 2 >= rows
        })
        .collect();
    let mut ground = [0.0; 3];
    for (channel, value) in ground.iter_mut().enumerate() {
        let mut all: Vec<f32> = border.iter().map(|at| colour(*at)[channel]).collect();
        all.sort_by(f32::total_cmp);
        *value = all[all.len() / 2];
    }
    let different: Vec<bool> = (0..columns * rows)
        .map(|at| {
            let own = colour(at);
            own.iter()
                .zip(ground)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max)
                > DIFFERENT
        })
        .collect();
    let piece = largest_piece(&different, columns);
    let rectangle = Rectangle::around(&piece, columns)?;
    let filled = piece.len() as f32 / (rectangle.long * rectangle.short).max(1.0);
    let proportions = (rectangle.long / rectangle.short.max(1.0) / RATIO - 1.0).abs();
    if filled < FILLED || proportions > RATIO_OFF || rectangle.long < SMALLEST * columns as f32 {
        return None;
    }
    Some(upright(picture, &rectangle, scale))
}

/// The rectangle around a piece, in coarse pixels.
#[derive(Debug)]
struct Rectangle {
    centre: [f32; 2],
    long: f32,
    short: f32,
    /// Of the long side, radians, within a quarter turn.
    angle: f32,
}

impl Rectangle {
    /// Of all directions, the one with the smallest area.
    fn around(piece: &[usize], columns: usize) -> Option<Self> {
        // Only the ends of each row can touch the rectangle.
        let mut ends: Vec<[f32; 2]> = Vec::new();
        let mut sorted = piece.to_vec();
        sorted.sort_unstable();
        for row in sorted.chunk_by(|a, b| a / columns == b / columns) {
            let y = (row.first()? / columns) as f32;
            ends.push([(row.first()? % columns) as f32, y + 0.5]);
            ends.push([(row.last()? % columns) as f32 + 1.0, y + 0.5]);
        }
        let mut best: Option<(f32, Self)> = None;
        for step in 0..180 {
            let angle = (step as f32 * 0.5 - 45.0).to_radians();
            let (sin, cos) = angle.sin_cos();
            let start = [f32::MAX, f32::MIN, f32::MAX, f32::MIN];
            let [l, r, t, b] = ends.iter().fold(start, |[l, r, t, b], [x, y]| {
                let (u, v) = (x * cos + y * sin, y * cos - x * sin);
                [l.min(u), r.max(u), t.min(v), b.max(v)]
            });
            let (along, across) = (r - l, b - t);
            let (u, v) = (f32::midpoint(l, r), f32::midpoint(t, b));
            let own = Self {
                centre: [u * cos - v * sin, v * cos + u * sin],
                long: along,
                short: across,
                angle,
            };
            if best.as_ref().is_none_or(|(area, _)| along * across < *area) {
                best = Some((along * across, own));
            }
        }
        // Lying, within 45 degrees: a card on its side is not read.
        best.map(|(_, own)| own).filter(|own| own.long > own.short)
    }
}

/// Pixels of the largest connected piece.
fn largest_piece(different: &[bool], columns: usize) -> Vec<usize> {
    let mut left = different.to_vec();
    let mut best: Vec<usize> = Vec::new();
    for start in 0..left.len() {
        if !std::mem::take(&mut left[start]) {
            continue;
        }
        let (mut piece, mut next) = (Vec::new(), vec![start]);
        while let Some(at) = next.pop() {
            piece.push(at);
            let column = at % columns;
            let neighbours = [
                (column > 0).then(|| at - 1),
                (column + 1 < columns).then_some(at + 1),
                at.checked_sub(columns),
                Some(at + columns),
            ];
            for neighbour in neighbours.into_iter().flatten() {
                if left.get(neighbour).copied().unwrap_or(false) {
                    left[neighbour] = false;
                    next.push(neighbour);
                }
            }
        }
        if piece.len() > best.len() {
            best = piece;
        }
    }
    best
}

fn upright(picture: &Picture, rectangle: &Rectangle, scale: f32) -> Card {
    let step = rectangle.long * scale / WIDTH as f32;
    let (a, b) = (step * rectangle.angle.cos(), step * rectangle.angle.sin());
    let centre = rectangle.centre.map(|value| value * scale);
    let (mx, my) = (WIDTH as f32 / 2.0, HEIGHT as f32 / 2.0);
    let place = Similarity {
        a,
        b,
        dx: centre[0] - (a * mx - b * my),
        dy: centre[1] - (b * mx + a * my),
    };
    let mut grey = Zeroizing::new(Vec::with_capacity(WIDTH * HEIGHT));
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let [u, v] = place.apply([x as f32 + 0.5, y as f32 + 0.5]);
            let [red, green, blue] = picture.at(u, v);
            grey.push((0.299 * red + 0.587 * green + 0.114 * blue).round() as u8);
        }
    }
    Card {
        grey,
        width: WIDTH,
        height: HEIGHT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A white card with a dark bar at its left, on a grey table, turned by degrees.
    fn table(width: f32, degrees: f32, ratio: f32) -> Picture {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let grey: Vec<u8> = (0..1280 * 960)
            .map(|at| {
                let (x, y) = ((at % 1280) as f32 - 640.0, (at / 1280) as f32 - 480.0);
                let (u, v) = (x * cos + y * sin, y * cos - x * sin);
                let inside = u.abs() < width / 2.0 && v.abs() < width / ratio / 2.0;
                match () {
                    () if inside && u < -width / 2.0 + width / 10.0 => 60,
                    () if inside => 235,
                    () => 110,
                }
            })
            .collect();
        Picture::from_grey(1280, 960, &grey).unwrap()
    }

    #[test]
    fn a_card_is_found_and_set_upright() {
        for (width, degrees) in [(300.0, 0.0), (600.0, 12.0), (1000.0, -15.0)] {
            let found = card(&table(width, degrees, RATIO)).expect("a card");
            let at = |x: usize, y: usize| found.grey[y * WIDTH + x];
            assert!(at(40, 380) < 90 && at(40, 100) < 90, "{width} {degrees}");
            assert!(
                at(300, 380) > 200 && at(1150, 700) > 200 && at(1150, 60) > 200,
                "{width} {degrees}"
            );
        }
    }

    #[test]
    fn other_things_are_no_card() {
        assert!(card(&table(600.0, 0.0, 1.0)).is_none(), "a square");
        assert!(card(&table(600.0, 0.0, 2.4)).is_none(), "a strip");
        assert!(card(&table(80.0, 0.0, RATIO)).is_none(), "too far away");
        assert!(card(&Picture::from_grey(640, 480, &[110; 640 * 480]).unwrap()).is_none());
        assert!(card(&Picture::from_grey(3, 3, &[110; 9]).unwrap()).is_none());
    }

    #[test]
    fn strips_stay_within_the_card() {
        let found = card(&table(600.0, 0.0, RATIO)).unwrap();
        for place in [
            [0, 0, 30, 20],
            [1190, 740, 1200, 757],
            [-50, -50, 2000, 2000],
        ] {
            if let Some(strip) = found.strip(place, 48.0) {
                assert_eq!(strip.grey.len(), strip.width * strip.height);
            }
        }
        assert!(
            found
                .strip([i32::MAX - 4000, 0, i32::MIN + 4000, 1], 48.0)
                .is_none()
        );
    }
}
