//! BlazeFace ("back", 256): where faces are, with six key points each.
//!
//! Anchors, row layout and score follow MediaPipe's BlazeFace; the picture is padded to a centred square first.

use crate::frame::Picture;
use crate::frame::shrink::letterbox;
use crate::models::ModelError;
use crate::nets::SmallNet;

/// Lowest score of a face.
pub const LOWEST_SCORE: f32 = 0.5;
/// Two boxes that overlap by more are one face.
const OVERLAP: f32 = 0.3;
/// Most faces that are looked at in one picture.
const MOST_FACES: usize = 8;

/// A face as the detector sees it, in pixels of the picture.
#[derive(Clone, Debug)]
pub struct Detection {
    /// 0.5..1.
    pub score: f32,
    /// Middle of the box.
    pub centre: [f32; 2],
    /// Width and height of the box.
    pub size: [f32; 2],
    /// Eye on the picture's left, eye on its right, nose, mouth, left ear, right ear.
    pub points: [[f32; 2]; 6],
}

impl Detection {
    /// Distance between the eyes.
    pub fn eyes(&self) -> f32 {
        let [[x0, y0], [x1, y1], ..] = self.points;
        (x1 - x0).hypot(y1 - y0)
    }

    /// Slope of the line through the eyes, radians.
    pub fn tilt(&self) -> f32 {
        let [[x0, y0], [x1, y1], ..] = self.points;
        (y1 - y0).atan2(x1 - x0)
    }

    fn overlap(&self, other: &Self) -> f32 {
        let side = |axis: usize| {
            let low = (self.centre[axis] - self.size[axis] / 2.0)
                .max(other.centre[axis] - other.size[axis] / 2.0);
            let high = (self.centre[axis] + self.size[axis] / 2.0)
                .min(other.centre[axis] + other.size[axis] / 2.0);
            (high - low).max(0.0)
        };
        let common = side(0) * side(1);
        common
            / (self.size[0] * self.size[1] + other.size[0] * other.size[1] - common)
                .max(f32::EPSILON)
    }
}

/// All faces, the surest first.
pub fn detect(net: &SmallNet<4>, picture: &Picture) -> Result<Vec<Detection>, ModelError> {
    let (mut planes, place) = letterbox(picture, net.side());
    planes
        .iter_mut()
        .for_each(|value| *value = *value / 127.5 - 1.0);
    let [fine_scores, coarse_scores, fine_rows, coarse_rows] = net.run(&planes)?;
    let mut found = Vec::new();
    collect(&mut found, &fine_scores, &fine_rows, 16, 2);
    collect(&mut found, &coarse_scores, &coarse_rows, 8, 6);
    for face in &mut found {
        face.centre = place.apply(face.centre);
        face.size = face.size.map(|side| side * place.scale());
        face.points = face.points.map(|point| place.apply(point));
    }
    Ok(distinct(found))
}

/// Reads the rows of one grid: `cells` x `cells` places with `each` anchors; a row is box and six points relative to the anchor.
fn collect(found: &mut Vec<Detection>, scores: &[f32], rows: &[f32], cells: usize, each: usize) {
    let stride = 256.0 / cells as f32;
    for (index, (score, row)) in scores.iter().zip(rows.chunks_exact(16)).enumerate() {
        let score = 1.0 / (1.0 + (-score).exp());
        let cell = index / each;
        if score.is_nan() || score < LOWEST_SCORE || cell >= cells * cells {
            continue;
        }
        let anchor = [
            ((cell % cells) as f32 + 0.5) * stride,
            ((cell / cells) as f32 + 0.5) * stride,
        ];
        let &[dx, dy, width, height, ref points @ ..] = row else {
            continue;
        };
        let mut keys = [[0.0; 2]; 6];
        for (key, pair) in keys.iter_mut().zip(points.chunks_exact(2)) {
            *key = [pair[0] + anchor[0], pair[1] + anchor[1]];
        }
        let plausible = row.iter().all(|value| value.is_finite()) && width > 1.0 && height > 1.0;
        if plausible {
            found.push(Detection {
                score,
                centre: [dx + anchor[0], dy + anchor[1]],
                size: [width, height],
                points: keys,
            });
        }
    }
}

/// Keeps the surest of boxes that mean the same face.
pub(crate) fn distinct(mut found: Vec<Detection>) -> Vec<Detection> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for face in found {
        if kept.len() < MOST_FACES && kept.iter().all(|other| other.overlap(&face) <= OVERLAP) {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(score: f32, x: f32) -> Detection {
        Detection {
            score,
            centre: [x, 100.0],
            size: [40.0, 40.0],
            points: [
                [x - 10.0, 90.0],
                [x + 10.0, 90.0],
                [0.0; 2],
                [0.0; 2],
                [0.0; 2],
                [0.0; 2],
            ],
        }
    }

    #[test]
    fn the_surest_of_overlapping_boxes_stays() {
        let kept = distinct(vec![face(0.6, 100.0), face(0.9, 105.0), face(0.7, 300.0)]);
        assert_eq!(kept.iter().map(|f| f.score).collect::<Vec<_>>(), [0.9, 0.7]);
        assert!((kept[0].overlap(&kept[0]) - 1.0).abs() < 1e-6);
        assert_eq!(kept[0].overlap(&kept[1]), 0.0);
    }

    #[test]
    fn anchors_lie_in_row_order_and_low_scores_are_left_out() {
        let mut scores = vec![-10.0; 512];
        let mut rows = vec![0.0; 512 * 16];
        // Second anchor of the cell in column 3, row 1.
        let index = (16 + 3) * 2 + 1;
        scores[index] = 3.0;
        rows[index * 16..index * 16 + 6].copy_from_slice(&[1.0, 2.0, 30.0, 40.0, -5.0, -6.0]);
        scores[0] = f32::NAN;
        scores[1] = 5.0; // but of no size
        let mut found = Vec::new();
        collect(&mut found, &scores, &rows, 16, 2);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].centre, found[0].size, found[0].points[0]),
            ([57.0, 26.0], [30.0, 40.0], [51.0, 18.0])
        );
    }

    #[test]
    fn too_many_boxes_are_cut_off() {
        assert_eq!(
            distinct((0..50).map(|i| face(0.8, i as f32 * 100.0)).collect()).len(),
            MOST_FACES
        );
    }
}
