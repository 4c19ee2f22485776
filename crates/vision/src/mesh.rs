//! FaceMesh: 468 points of one face, whether it is a face at all, and how the head is turned.

use zeroize::Zeroizing;

use crate::detect::Detection;
use crate::frame::Picture;
use crate::frame::sample::{Similarity, cut};
use crate::models::ModelError;
use crate::nets::SmallNet;

/// Number of points.
pub const POINTS: usize = 468;
/// Lowest flag of a face: what the detector takes for one by mistake stays far below.
pub const LOWEST_FLAG: f32 = 0.5;
/// Side of the square that the net sees, in longer sides of the detector's box.
const MARGIN: f32 = 1.5;
/// The same square in heights of the points, and how far its middle lies above theirs (below, when negative): measured on faces that the detector found.
const MARGIN_FOLLOWED: f32 = 1.395;
const RAISED: f32 = -0.033;

/// The points of a face, in pixels of the picture. Wiped when dropped.
#[derive(Clone)]
pub struct Mesh {
    points: Zeroizing<Vec<[f32; 2]>>,
    depths: Zeroizing<Vec<f32>>,
    /// How sure the net is that this is a face, 0..1.
    pub flag: f32,
    /// How the head is held.
    pub pose: Pose,
}

/// How the head is turned, degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Positive: the nose points to the picture's left. A true turn of 10 degrees shows as about 8.
    pub yaw: f32,
    /// Positive: nose down. People who look straight ahead show about +7.
    pub pitch: f32,
    /// Positive: clockwise in the picture.
    pub roll: f32,
}

impl Mesh {
    /// A point by its MediaPipe number.
    pub fn point(&self, index: usize) -> [f32; 2] {
        self.points.get(index).copied().unwrap_or_default()
    }

    /// How far each point lies behind the middle of the face, pixels (negative: nearer to the camera).
    pub fn depths(&self) -> &[f32] {
        &self.depths
    }

    /// All points.
    pub fn points(&self) -> &[[f32; 2]] {
        &self.points
    }

    /// Distance between the middles of the eyes, each taken between its corners.
    pub fn eyes(&self) -> f32 {
        let middle = |a: usize, b: usize| {
            let ([ax, ay], [bx, by]) = (self.point(a), self.point(b));
            [(ax + bx) / 2.0, (ay + by) / 2.0]
        };
        let ([lx, ly], [rx, ry]) = (middle(33, 133), middle(362, 263));
        (rx - lx).hypot(ry - ly)
    }

    /// Left, top, right and bottom of all points.
    pub fn bounds(&self) -> [f32; 4] {
        let start = [
            f32::INFINITY,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NEG_INFINITY,
        ];
        self.points.iter().fold(start, |[l, t, r, b], [x, y]| {
            [l.min(*x), t.min(*y), r.max(*x), b.max(*y)]
        })
    }

    /// Natural logarithm of how much nearer the nose lies to the picture's left cheek than to its right one: about -0.04 for each degree
    /// of a true turn to positive yaw. Of a flat sheet at 45 degrees it is below 0.5.
    pub fn parallax(&self) -> f32 {
        let way = |a: usize, b: usize| {
            let ([ax, ay], [bx, by]) = (self.point(a), self.point(b));
            (ax - bx).hypot(ay - by).max(1e-3)
        };
        (way(1, 234) / way(1, 454)).ln()
    }

    /// Mean way of the points since an earlier picture, pixels.
    pub fn moved(&self, before: &Self) -> f32 {
        let way: f32 = self
            .points
            .iter()
            .zip(before.points.iter())
            .map(|([x, y], [u, v])| (x - u).hypot(y - v))
            .sum();
        way / self.points.len().max(1) as f32
    }
}

/// Finds the points of a detected face.
pub fn locate(net: &SmallNet<2>, picture: &Picture, face: &Detection) -> Result<Mesh, ModelError> {
    let side = MARGIN * face.size[0].max(face.size[1]);
    let place = Similarity::square(face.centre, side, face.tilt(), net.side() as f32);
    look(net, picture, &place)
}

/// Finds the points of a face that was seen a moment ago, without the detector.
pub fn follow(net: &SmallNet<2>, picture: &Picture, before: &Mesh) -> Result<Mesh, ModelError> {
    let (sin, cos) = before.pose.roll.to_radians().sin_cos();
    // The square that the detector would have given: measured on levelled points.
    let levelled = |[x, y]: [f32; 2]| [x * cos + y * sin, y * cos - x * sin];
    let start = [
        f32::INFINITY,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NEG_INFINITY,
    ];
    let [left, top, right, bottom] = before.points.iter().fold(start, |[l, t, r, b], point| {
        let [x, y] = levelled(*point);
        [l.min(x), t.min(y), r.max(x), b.max(y)]
    });
    let side = MARGIN_FOLLOWED * (right - left).max(bottom - top);
    let (x, y) = (
        (left + right) / 2.0,
        (top + bottom) / 2.0 - RAISED * (bottom - top),
    );
    let centre = [x * cos - y * sin, y * cos + x * sin];
    let place = Similarity::square(
        centre,
        side,
        before.pose.roll.to_radians(),
        net.side() as f32,
    );
    look(net, picture, &place)
}

fn look(net: &SmallNet<2>, picture: &Picture, place: &Similarity) -> Result<Mesh, ModelError> {
    let mut planes = cut(picture, place, net.side());
    planes.iter_mut().for_each(|value| *value /= 255.0);
    let [points, flag] = net.run(&planes)?;
    let points = Zeroizing::new(points);
    let flag = flag.first().copied().unwrap_or(0.0);
    if points.len() != POINTS * 3
        || !points.iter().all(|value| value.is_finite())
        || !flag.is_finite()
    {
        return Err(ModelError::Run(format!(
            "{} numbers are not {POINTS} points",
            points.len()
        )));
    }
    let levelled: Zeroizing<Vec<[f32; 3]>> =
        Zeroizing::new(points.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect());
    let in_picture: Vec<[f32; 2]> = levelled
        .iter()
        .map(|[x, y, _]| place.apply([*x, *y]))
        .collect();
    let pose = pose(&levelled, &in_picture);
    let depths = levelled.iter().map(|[_, _, z]| z * place.scale()).collect();
    Ok(Mesh {
        points: Zeroizing::new(in_picture),
        depths: Zeroizing::new(depths),
        flag,
        pose,
    })
}

/// Turn and nod from the levelled points (so that a tilted head does not mix them), tilt from the eye corners in the picture.
fn pose(levelled: &[[f32; 3]], picture: &[[f32; 2]]) -> Pose {
    let way = |from: usize, to: usize| match (levelled.get(from), levelled.get(to)) {
        (Some(a), Some(b)) => [b[0] - a[0], b[1] - a[1], b[2] - a[2]],
        _ => [0.0; 3],
    };
    let (x, y) = (way(234, 454), way(10, 152));
    // Cheek to cheek times brow to chin: straight through the face.
    let z = [
        x[1] * y[2] - x[2] * y[1],
        x[2] * y[0] - x[0] * y[2],
        x[0] * y[1] - x[1] * y[0],
    ];
    let roll = match (picture.get(33), picture.get(263)) {
        (Some([ax, ay]), Some([bx, by])) => (by - ay).atan2(bx - ax),
        _ => 0.0,
    };
    Pose {
        yaw: z[0].atan2(z[2]).to_degrees(),
        pitch: (-z[1]).atan2(z[0].hypot(z[2])).to_degrees(),
        roll: roll.to_degrees(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flat face of four points, turned by angles in degrees.
    fn turned(yaw: f32, pitch: f32) -> Pose {
        let mut points = vec![[0.0; 3]; POINTS];
        for (index, [x, y]) in [
            (10, [0.0, -1.0]),
            (152, [0.0, 1.0]),
            (234, [-1.0, 0.0]),
            (454, [1.0, 0.0]),
        ] {
            let (sin, cos) = pitch.to_radians().sin_cos();
            let (y, z) = (y * cos, y * sin);
            let (sin, cos) = yaw.to_radians().sin_cos();
            points[index] = [x * cos + z * sin, y, z * cos - x * sin];
        }
        pose(&points, &[[0.0, 0.0]; POINTS])
    }

    #[test]
    fn turn_and_nod_are_told_apart() {
        for (yaw, pitch) in [
            (0.0, 0.0),
            (20.0, 0.0),
            (-20.0, 0.0),
            (0.0, 15.0),
            (0.0, -15.0),
            (10.0, 10.0),
        ] {
            let pose = turned(yaw, pitch);
            assert!(
                (pose.yaw.abs() - f32::abs(yaw)).abs() < 0.1
                    && (pose.pitch.abs() - f32::abs(pitch)).abs() < 0.1,
                "{yaw} {pitch}: {pose:?}"
            );
        }
        assert!(turned(20.0, 0.0).yaw * turned(-20.0, 0.0).yaw < 0.0);
    }

    #[test]
    fn points_of_no_extent_give_numbers() {
        let pose = pose(&[[5.0; 3]; POINTS], &[[5.0; 2]; POINTS]);
        assert!(pose.yaw.is_finite() && pose.pitch.is_finite() && pose.roll.is_finite());
    }
}
