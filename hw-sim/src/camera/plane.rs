//! A flat thing in space before a camera: which place of it lies under a pixel. Units are the thing's own pixels.

/// How a flat thing is held, degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Turned within the picture, clockwise.
    pub roll: f32,
    /// Its right side further away than its left one.
    pub yaw: f32,
    /// Its upper side further away than its lower one.
    pub pitch: f32,
}

/// A rectangle in space, as a camera sees it.
pub(super) struct Plane {
    middle: [f32; 3],
    right: [f32; 3],
    down: [f32; 3],
    normal: [f32; 3],
    focal: f32,
    optical: [f32; 2],
}

impl Plane {
    /// `middle` is where its middle appears, `scale` how many pixels of the picture one of its own takes there. The camera looks at
    /// the middle of a picture of this size and sees 60 degrees of its width.
    pub(super) fn new(
        (columns, rows): (u32, u32),
        middle: [f32; 2],
        scale: f32,
        pose: Pose,
    ) -> Self {
        let optical = [columns as f32 / 2.0, rows as f32 / 2.0];
        let focal = columns as f32 / 2.0 / 30f32.to_radians().tan();
        let depth = focal / scale.max(1e-3);
        let (sr, cr) = pose.roll.to_radians().sin_cos();
        let (sy, cy) = pose.yaw.to_radians().sin_cos();
        let (sp, cp) = pose.pitch.to_radians().sin_cos();
        // First about its own axes, then turned within the picture.
        let turned = |x: f32, y: f32, z: f32| [x * cr - y * sr, x * sr + y * cr, z];
        let right = turned(cy, 0.0, sy);
        let down = turned(-sy * -sp, cp, cy * -sp);
        Self {
            middle: [
                (middle[0] - optical[0]) / scale,
                (middle[1] - optical[1]) / scale,
                depth,
            ],
            normal: cross(right, down),
            right,
            down,
            focal,
            optical,
        }
    }

    /// The place under a pixel, from the rectangle's middle; `None` where the plane is not before the camera.
    pub(super) fn under(&self, x: f32, y: f32) -> Option<[f32; 2]> {
        let ray = [x - self.optical[0], y - self.optical[1], self.focal];
        let along = dot(ray, self.normal);
        if along.abs() < 1e-6 {
            return None;
        }
        let t = dot(self.middle, self.normal) / along;
        if t <= 0.0 {
            return None;
        }
        let from: [f32; 3] = std::array::from_fn(|axis| ray[axis] * t - self.middle[axis]);
        Some([dot(from, self.right), dot(from, self.down)])
    }
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_across_the_view_is_scaled_and_a_slanted_one_has_perspective() {
        let flat = Plane::new((640, 480), [300.0, 200.0], 0.5, Pose::default());
        let [u, v] = flat.under(350.0, 190.0).unwrap();
        assert!((u - 100.0).abs() < 0.01 && (v + 20.0).abs() < 0.01);
        let pose = Pose {
            pitch: 30.0,
            ..Pose::default()
        };
        let slanted = Plane::new((640, 480), [320.0, 240.0], 0.5, pose);
        let above = slanted.under(320.0, 140.0).unwrap()[1].abs();
        let below = slanted.under(320.0, 340.0).unwrap()[1].abs();
        // What is further away looks smaller: as many pixels cover more of it.
        assert!(above > below * 1.05, "{above} {below}");
        let pose = Pose {
            yaw: 20.0,
            ..Pose::default()
        };
        let slanted = Plane::new((640, 480), [320.0, 240.0], 0.5, pose);
        let right = slanted.under(420.0, 240.0).unwrap();
        let left = slanted.under(220.0, 240.0).unwrap();
        assert!(
            right[0] > -left[0] * 1.02 && right[1].abs() < 0.1,
            "{right:?} {left:?}"
        );
    }
}
