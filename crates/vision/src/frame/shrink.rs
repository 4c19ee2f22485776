//! The whole picture, shrunk into a square with empty room on two sides, as the detector wants it. Every pixel counts by its area.

use zeroize::Zeroizing;

use super::Picture;
use super::sample::Similarity;

/// Which pixels of a line fall into one smaller pixel, and how much of each.
struct Share {
    first: usize,
    weights: Vec<f32>,
}

/// Three planes of `side` x `side`, 0..255, and the way from the square into the picture. Pictures that are smaller are enlarged.
pub fn letterbox(picture: &Picture, side: usize) -> (Zeroizing<Vec<f32>>, Similarity) {
    let (width, height) = (picture.width(), picture.height());
    let scale = width.max(height) as f32 / side as f32;
    let place = Similarity::square(
        [width as f32 / 2.0, height as f32 / 2.0],
        width.max(height) as f32,
        0.0,
        side as f32,
    );
    let columns: Vec<Share> = (0..side)
        .map(|at| share(at, scale, place.dx, width))
        .collect();
    let mut planes = Zeroizing::new(vec![0.0; 3 * side * side]);
    let mut line = Zeroizing::new(vec![0.0f32; width * 3]);
    for row in 0..side {
        let rows = share(row, scale, place.dy, height);
        if rows.weights.is_empty() {
            continue;
        }
        line.fill(0.0);
        let lines = picture.rgb().chunks_exact(width * 3).skip(rows.first);
        for (source, weight) in lines.zip(&rows.weights) {
            for (sum, value) in line.iter_mut().zip(source) {
                *sum += f32::from(*value) * weight;
            }
        }
        for (column, share) in columns.iter().enumerate() {
            let mut sum = [0.0f32; 3];
            let pixels = line.as_chunks::<3>().0.iter().skip(share.first);
            for (pixel, weight) in pixels.zip(&share.weights) {
                for (sum, value) in sum.iter_mut().zip(pixel) {
                    *sum += value * weight;
                }
            }
            for (channel, value) in sum.into_iter().enumerate() {
                if let Some(slot) = planes.get_mut(channel * side * side + row * side + column) {
                    *slot = value;
                }
            }
        }
    }
    (planes, place)
}

/// The part of a line of `length` pixels that lies under the smaller pixel `at`; its weights sum to one, less at the edge.
fn share(at: usize, scale: f32, shift: f32, length: usize) -> Share {
    let (from, to) = (at as f32 * scale + shift, (at as f32 + 1.0) * scale + shift);
    let (low, high) = (from.max(0.0), to.min(length as f32));
    if low >= high {
        return Share {
            first: 0,
            weights: Vec::new(),
        };
    }
    let first = low.floor() as usize;
    let last = (high.ceil() as usize).min(length);
    let weights = (first..last)
        .map(|pixel| ((pixel as f32 + 1.0).min(high) - (pixel as f32).max(low)).max(0.0) / scale)
        .collect();
    Share { first, weights }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_counts_once_and_the_room_beside_is_black() {
        let grey: Vec<u8> = (0..64 * 48)
            .map(|at| if at % 2 == 0 { 0 } else { 200 })
            .collect();
        let picture = Picture::from_grey(64, 48, &grey).unwrap();
        let (planes, place) = letterbox(&picture, 16);
        assert_eq!(planes.len(), 3 * 256);
        // 48 rows are 12 of 16, in the middle.
        assert_eq!(planes[16], 0.0);
        assert_eq!(planes[15 * 16 + 3], 0.0);
        for row in 2..14 {
            assert!(
                (planes[row * 16 + 5] - 100.0).abs() < 0.01,
                "{row}: {}",
                planes[row * 16 + 5]
            );
        }
        assert_eq!(place.apply([0.0, 2.0]), [0.0, 0.0]);
        assert_eq!(place.apply([16.0, 14.0]), [64.0, 48.0]);
    }

    #[test]
    fn odd_scales_keep_the_mean() {
        let picture = Picture::from_grey(50, 50, &[90; 2500]).unwrap();
        let (planes, _) = letterbox(&picture, 16);
        assert!(planes.iter().all(|value| (value - 90.0).abs() < 0.01));
        let (large, _) = letterbox(&Picture::from_grey(3, 3, &[90; 9]).unwrap(), 16);
        assert!(large.iter().all(|value| (value - 90.0).abs() < 0.01));
    }
}
