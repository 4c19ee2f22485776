//! The chip: a face turned and scaled so that its parts lie where the descriptor net learned them.
//!
//! Least-squares similarity from 18 FaceMesh points to dlib's mean face shape with padding 0.20, 150 pixels.
//! Points, padding, flip averaging and threshold belong together ([`crate::RECIPE`]).

use zeroize::Zeroizing;

use crate::frame::Picture;
use crate::frame::sample::{Similarity, cut};
use crate::mesh::Mesh;

/// Side of the chip, pixels.
pub const SIDE: usize = 150;
/// Room around the mean shape, in its own size. Measured better than dlib's 0.25.
const PADDING: f32 = 0.20;

/// FaceMesh number and place in dlib's mean shape (0..1).
const SHAPE: [(usize, [f32; 2]); 18] = [
    (33, [0.121_737, 0.216_423]),
    (160, [0.187_122, 0.178_758]),
    (158, [0.265_825, 0.179_852]),
    (133, [0.334_606, 0.231_733]),
    (153, [0.260_918, 0.245_099]),
    (144, [0.182_743, 0.244_077]),
    (362, [0.645_647, 0.231_733]),
    (385, [0.714_428, 0.179_852]),
    (387, [0.793_132, 0.178_758]),
    (263, [0.858_516, 0.216_423]),
    (373, [0.797_51, 0.244_077]),
    (380, [0.719_335, 0.245_099]),
    (61, [0.254_149, 0.780_233]),
    (291, [0.726_104, 0.780_233]),
    (0, [0.490_127, 0.727_388]),
    (2, [0.490_127, 0.628_106]),
    (1, [0.490_127, 0.515_625]),
    (168, [0.490_127, 0.203_352]),
];

/// Cuts the chip: three planes of [`SIDE`] x [`SIDE`], 0..255. `None` when the points do not span a face.
pub fn chip(picture: &Picture, mesh: &Mesh) -> Option<Zeroizing<Vec<f32>>> {
    let pairs: Vec<Pair> = SHAPE
        .iter()
        .map(|(index, place)| (mesh.point(*index), place.map(in_chip)))
        .collect();
    let place = fit(&pairs)?.inverse()?;
    Some(cut(picture, &place, SIDE))
}

fn in_chip(place: f32) -> f32 {
    (PADDING + place) / (2.0 * PADDING + 1.0) * SIDE as f32
}

/// A point and where it should come to lie.
pub(crate) type Pair = ([f32; 2], [f32; 2]);

/// The similarity that brings the first of each pair nearest to the second (least squares, closed form in the plane).
pub(crate) fn fit(pairs: &[Pair]) -> Option<Similarity> {
    let count = pairs.len() as f32;
    let mean = |pick: fn(&Pair) -> [f32; 2]| {
        let sum = pairs
            .iter()
            .map(pick)
            .fold([0.0, 0.0], |[x, y], [u, v]| [x + u, y + v]);
        sum.map(|value| value / count)
    };
    let (from, to) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
    for ([x, y], [u, v]) in pairs {
        let (x, y, u, v) = (x - from[0], y - from[1], u - to[0], v - to[1]);
        along += x * u + y * v;
        across += x * v - y * u;
        spread += x * x + y * y;
    }
    if !spread.is_finite() || spread < 1e-3 {
        return None;
    }
    let (a, b) = (along / spread, across / spread);
    Some(Similarity {
        a,
        b,
        dx: to[0] - (a * from[0] - b * from[1]),
        dy: to[1] - (b * from[0] + a * from[1]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_similarity_is_found_again() {
        let truth = Similarity {
            a: 0.8,
            b: -0.3,
            dx: 40.0,
            dy: -12.0,
        };
        let pairs: Vec<_> = SHAPE
            .iter()
            .map(|(_, [x, y])| ([x * 100.0, y * 100.0], truth.apply([x * 100.0, y * 100.0])))
            .collect();
        let found = fit(&pairs).unwrap();
        for (got, expected) in [
            (found.a, truth.a),
            (found.b, truth.b),
            (found.dx, truth.dx),
            (found.dy, truth.dy),
        ] {
            assert!((got - expected).abs() < 1e-3, "{found:?}");
        }
    }

    #[test]
    fn points_in_one_place_are_refused() {
        assert!(fit(&[([3.0, 3.0], [1.0, 2.0]); 18]).is_none());
        assert!(fit(&[([f32::NAN, 3.0], [1.0, 2.0]); 18]).is_none());
    }

    /// The shape is symmetric about the nose to within 2 % of a chip: a swapped pair of eye points would show here.
    #[test]
    fn the_shape_is_symmetric() {
        for (left, right) in [(0, 9), (1, 8), (2, 7), (3, 6), (4, 11), (5, 10), (12, 13)] {
            let ([lx, ly], [rx, ry]) = (SHAPE[left].1, SHAPE[right].1);
            assert!(
                (lx + rx - 2.0 * 0.490_127).abs() < 0.02 && (ly - ry).abs() < 0.001,
                "{left} {right}"
            );
        }
    }
}
