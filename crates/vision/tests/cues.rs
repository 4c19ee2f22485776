//! Cues and sharpness on people as cameras deliver them: hard-compressed MJPEG has a grid of its own, which must not be taken for a screen's.
//!
//! `cargo test -p vision --test cues -- --nocapture` prints the tables of docs/face.md.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{recogniser, scene};
use vision::cues::{REGULAR, measure};
use vision::decode::jpeg;
use vision::frame::Picture;
use vision::protocol::Guidance;
use vision::quality::judge;
use vision::recognise::{Face, Sighting};
use zeroize::Zeroizing;

const PORTRAITS: [&str; 4] = ["obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.jpg"];
const QUALITIES: [u8; 8] = [10, 20, 30, 40, 50, 60, 75, 85];

/// Bilinear, to another size.
fn scaled(picture: &Picture, width: usize, height: usize) -> Picture {
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let u = (x as f32 + 0.5) * picture.width() as f32 / width as f32 - 0.5;
            let v = (y as f32 + 0.5) * picture.height() as f32 / height as f32 - 0.5;
            let (left, top) = (u.floor(), v.floor());
            let (fx, fy) = (u - left, v - top);
            let at = |dx: f32, dy: f32| picture.nearest(left + dx + 0.5, top + dy + 0.5);
            let (a, b, c, d) = (at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0), at(1.0, 1.0));
            for channel in 0..3 {
                let upper = a[channel] * (1.0 - fx) + b[channel] * fx;
                let lower = c[channel] * (1.0 - fx) + d[channel] * fx;
                rgb.push((upper * (1.0 - fy) + lower * fy).round() as u8);
            }
        }
    }
    Picture::new(width, height, Zeroizing::new(rgb)).unwrap()
}

fn blurred(picture: &Picture, sigma: f32) -> Picture {
    let far = (3.0 * sigma).ceil() as i32;
    let weights: Vec<f32> = (-far..=far)
        .map(|at| (-(at * at) as f32 / (2.0 * sigma * sigma)).exp())
        .collect();
    let total: f32 = weights.iter().sum();
    let along = |from: &Picture, dx: i32, dy: i32| {
        let (width, height) = (from.width(), from.height());
        let mut rgb = Vec::with_capacity(width * height * 3);
        for y in 0..height as i32 {
            for x in 0..width as i32 {
                let mut sum = [0.0f32; 3];
                for (weight, at) in weights.iter().zip(-far..=far) {
                    let colour =
                        from.nearest((x + at * dx) as f32 + 0.5, (y + at * dy) as f32 + 0.5);
                    for (sum, value) in sum.iter_mut().zip(colour) {
                        *sum += value * weight / total;
                    }
                }
                rgb.extend(sum.map(|value| value.round() as u8));
            }
        }
        Picture::new(width, height, Zeroizing::new(rgb)).unwrap()
    };
    along(&along(picture, 1, 0), 0, 1)
}

/// As a small sensor sees a dim room.
fn dim_and_grainy(picture: &Picture) -> Picture {
    let mut state = 1u64;
    let mut grain = || {
        // The sum of four even numbers is nearly a bell: standard deviation 6.
        (0..4)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
            })
            .sum::<f32>()
            * 10.4
    };
    let rgb = picture
        .rgb()
        .chunks(3)
        .flat_map(|pixel| {
            let own = grain();
            [0, 1, 2].map(|at| (f32::from(pixel[at]) * 0.5 + own).clamp(0.0, 255.0) as u8)
        })
        .collect();
    Picture::new(picture.width(), picture.height(), Zeroizing::new(rgb)).unwrap()
}

fn through_jpeg(picture: &Picture, quality: u8) -> Picture {
    jpeg::decode(&jpeg::encode(picture, quality).unwrap()).unwrap()
}

fn face(picture: &Picture) -> Box<Face> {
    let Sighting::One(face) = recogniser().look(picture).unwrap() else {
        panic!("one face")
    };
    face
}

/// Somebody who stands there is no screen, however hard the camera compresses and however it scales.
#[test]
fn compressed_and_enlarged_pictures_of_people_are_not_regular() {
    type Way = fn(&Picture, u8) -> Picture;
    let ways: [(&str, Way); 5] = [
        ("as it is", |whole, quality| through_jpeg(whole, quality)),
        ("of 480x360, enlarged, then compressed", |whole, quality| {
            through_jpeg(&scaled(&scaled(whole, 480, 360), 640, 480), quality)
        }),
        ("of 320x240, enlarged, then compressed", |whole, quality| {
            through_jpeg(&scaled(&scaled(whole, 320, 240), 640, 480), quality)
        }),
        ("compressed at 480x360, then enlarged", |whole, quality| {
            scaled(&through_jpeg(&scaled(whole, 480, 360), quality), 640, 480)
        }),
        ("at half the light, with grain", |whole, quality| {
            through_jpeg(&dim_and_grainy(whole), quality)
        }),
    ];
    println!(
        "largest pattern measure of four portraits, limit {REGULAR}; JPEG quality {QUALITIES:?}"
    );
    let scenes: Vec<Picture> = PORTRAITS
        .iter()
        .map(|file| scene(&[file], 400, 0, 0))
        .collect();
    let mut worst = 0.0f32;
    for (name, way) in ways {
        let row: Vec<f32> = QUALITIES
            .iter()
            .map(|quality| {
                scenes
                    .iter()
                    .map(|whole| {
                        // The place is the face's, whether or not the detector still sees it in what the codec leaves.
                        let bounds = face(whole).mesh.bounds();
                        measure(&way(whole, *quality), bounds).pattern
                    })
                    .fold(0.0, f32::max)
            })
            .collect();
        println!("{name}: {row:.2?}");
        worst = row.into_iter().fold(worst, f32::max);
    }
    assert!(worst < REGULAR, "{worst}");
}

/// What sharpness is judged by, from sharp to blurred: (blur in pixels, share, variance, sharp enough).
#[test]
fn sharp_faces_are_compared_and_blurred_ones_are_not() {
    println!("share of fine in coarse structure (limit 0.004) and whether it is compared");
    for file in PORTRAITS {
        let whole = scene(&[file], 400, 0, 0);
        let mut row = Vec::new();
        for sigma in [0.0, 0.5, 1.0, 1.5, 2.0] {
            let frame = if sigma > 0.0 {
                blurred(&whole, sigma)
            } else {
                through_jpeg(&whole, 90)
            };
            let found = face(&frame);
            let light = found.light;
            let sharp = judge(&found.measure(None)) != Err(Guidance::HoldStill);
            row.push((
                sigma,
                light.laplacian / light.coarse,
                light.laplacian,
                sharp,
            ));
        }
        println!("{file}: {row:.4?}");
        assert!(row[0].3 && row[1].3, "{file}: sharp, and must be compared");
        assert!(
            !row[4].3,
            "{file}: blurred by two pixels, and must not be compared"
        );
    }
}
