//! Moving pictures for the face screen: a drawn head, so that no person's picture is needed.

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use kiosk::patient::LivePicture;
use std::time::Duration;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// Sends 15 pictures a second.
pub(crate) async fn run(frame: watch::Sender<Option<LivePicture>>) {
    let pictures: Vec<LivePicture> = (0..8).map(|at| picture(f32::from(at as u8))).collect();
    let mut tick = tokio::time::interval(Duration::from_millis(66));
    for picture in pictures.iter().cycle() {
        tick.tick().await;
        if frame.send(Some(picture.clone())).is_err() {
            return;
        }
    }
}

/// A head that sways a little; `at` runs from 0 to 8.
pub(super) fn picture(at: f32) -> LivePicture {
    let sway = (at * std::f32::consts::TAU / 8.0).sin() * 4.0;
    let inside = |x: f32, y: f32, cx: f32, cy: f32, rx: f32, ry: f32| {
        ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0
    };
    let image = RgbImage::from_fn(640, 480, |x, y| {
        let (x, y) = (x as f32 - sway, y as f32);
        if inside(x, y, 290.0, 222.0, 9.0, 6.0)
            || inside(x, y, 350.0, 222.0, 9.0, 6.0)
            || inside(x, y, 320.0, 290.0, 30.0, 6.0)
        {
            Rgb([70, 48, 40])
        } else if inside(x, y, 320.0, 165.0, 92.0, 72.0) && y < 185.0 {
            Rgb([52, 42, 38])
        } else if inside(x, y, 320.0, 230.0, 84.0, 108.0) {
            Rgb([226, 188, 160])
        } else if inside(x, y, 320.0, 330.0, 40.0, 60.0) {
            Rgb([208, 168, 142])
        } else if inside(x, y, 320.0, 480.0, 190.0, 110.0) {
            Rgb([86, 110, 140])
        } else {
            Rgb([
                206 - (y / 12.0) as u8,
                212 - (y / 12.0) as u8,
                214 - (y / 14.0) as u8,
            ])
        }
    });
    let mut jpeg = Vec::new();
    // Writing to memory does not fail; an empty picture would be skipped by the page.
    let _ = JpegEncoder::new_with_quality(&mut jpeg, 80).encode_image(&image);
    Zeroizing::new(jpeg).into()
}
