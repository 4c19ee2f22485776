//! Shared by the tests of this folder: the models and portraits of the tree.
#![allow(dead_code)]

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use vision::decode::{jp2, jpeg};
use vision::frame::Picture;
use vision::models::FaceModels;
use vision::recognise::Recogniser;
use zeroize::Zeroizing;

/// A folder of the tree's data.
pub(crate) fn data(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../data")
        .join(folder)
}

/// A file of data/portraits.
pub(crate) fn portrait(file: &str) -> Vec<u8> {
    std::fs::read(data("portraits").join(file)).unwrap()
}

/// A decoded file of data/portraits.
pub(crate) fn picture(file: &str) -> Picture {
    let bytes = portrait(file);
    if file.ends_with(".jp2") {
        jp2::decode(&bytes)
    } else {
        jpeg::decode(&bytes)
    }
    .unwrap()
}

/// The models, loaded once for each test program.
pub(crate) fn models() -> Arc<FaceModels> {
    static MODELS: OnceLock<Arc<FaceModels>> = OnceLock::new();
    Arc::clone(MODELS.get_or_init(|| Arc::new(FaceModels::load(&data("models")).unwrap())))
}

/// Ready to recognise.
pub(crate) fn recogniser() -> Recogniser {
    Recogniser::new(models())
}

/// A frame of 640x480: portraits scaled to `height` beside each other on grey, moved by (dx, dy).
pub(crate) fn scene(files: &[&str], height: usize, dx: i32, dy: i32) -> Picture {
    const WIDTH: usize = 640;
    const HEIGHT: usize = 480;
    let mut rgb = vec![190u8; WIDTH * HEIGHT * 3];
    let share = WIDTH as i32 / files.len().max(1) as i32;
    for (index, file) in files.iter().enumerate() {
        let portrait = picture(file);
        let scale = portrait.height() as f32 / height as f32;
        let width = (portrait.width() as f32 / scale) as i32;
        let left = share * index as i32 + (share - width) / 2 + dx;
        let top = (HEIGHT as i32 - height as i32) / 2 + dy;
        for y in 0..height as i32 {
            for x in 0..width {
                let (u, v) = (left + x, top + y);
                let inside = (0..WIDTH as i32).contains(&u) && (0..HEIGHT as i32).contains(&v);
                let own = (share * index as i32..share * (index as i32 + 1)).contains(&u);
                if inside && own {
                    let colour = portrait.at((x as f32 + 0.5) * scale, (y as f32 + 0.5) * scale);
                    let at = (v as usize * WIDTH + u as usize) * 3;
                    rgb[at..at + 3].copy_from_slice(&colour.map(|value| value as u8));
                }
            }
        }
    }
    Picture::new(WIDTH, HEIGHT, Zeroizing::new(rgb)).unwrap()
}
