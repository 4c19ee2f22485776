//! The photograph as a card carries it: grey, 240×320, JPEG 2000 in a JP2 container of about 8 kB.
//! Real cards store it grey even when the holder gave a colour picture; their size in points is not
//! public. Encoding is done by `opj_compress` (Debian package libopenjp2-tools).
use std::io::Cursor;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use image::imageops::FilterType;
use image::{GrayImage, ImageReader, Limits, Luma};

/// Width in points.
pub const WIDTH: u32 = 240;
/// Height in points.
pub const HEIGHT: u32 = 320;
/// 240×320 bytes divided by this is about 8 kB.
const RATIO: &str = "9.5";
/// The encoder needs well under a second.
const ENCODER_LIMIT: &str = "30";

/// Why no photo was made.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// The picture cannot be read or the photo not written.
    #[error("{path} cannot be read or written")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Not a JPEG or PNG, or an unreasonable one.
    #[error("{path} is not a usable picture")]
    Picture {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        #[source]
        source: image::ImageError,
    },
    /// A JPEG that was cut off: the decoder would paint the rest grey.
    #[error("{path} is damaged: the end is missing")]
    CutOff {
        /// The file.
        path: PathBuf,
    },
    /// The photo would take the place of the picture that it is made from.
    #[error("{path} is the picture itself: name another file for the photo")]
    OntoItself {
        /// The file that was named for the photo.
        path: PathBuf,
    },
    /// The encoder is not there or failed.
    #[error("opj_compress (package libopenjp2-tools) failed: {0}")]
    Encoder(String),
}

/// Makes the card photo of a picture: the middle of it in the proportions of a card photo.
///
/// # Errors
/// When the picture cannot be used, is the file that the photo is to be written to (also under another name), or the encoder fails.
pub fn card_photo(input_jpeg: &Path, out_jp2: &Path) -> Result<(), PhotoError> {
    let io = |source| PhotoError::Io {
        path: input_jpeg.to_owned(),
        source,
    };
    let picture = |source| PhotoError::Picture {
        path: input_jpeg.to_owned(),
        source,
    };
    if same_file(input_jpeg, out_jp2) {
        return Err(PhotoError::OntoItself {
            path: out_jp2.to_owned(),
        });
    }
    let bytes = std::fs::read(input_jpeg).map_err(io)?;
    if bytes.starts_with(&[0xff, 0xd8]) && !ends(&bytes) {
        return Err(PhotoError::CutOff {
            path: input_jpeg.to_owned(),
        });
    }
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(io)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(8192);
    limits.max_image_height = Some(8192);
    reader.limits(limits);
    let grey = reader.decode().map_err(picture)?.to_luma8();
    encode(&cropped(&grey), out_jp2)
}

/// Whether both names lead to one file, links followed. A file that is not there is none.
fn same_file(one: &Path, other: &Path) -> bool {
    let file = |path: &Path| {
        std::fs::metadata(path)
            .ok()
            .map(|about| (about.dev(), about.ino()))
    };
    file(one).is_some_and(|one| Some(one) == file(other))
}

/// Whether a JPEG has its end (EOI, ITU-T T.81 B.1.1.3) behind its last start of a scan.
fn ends(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    match (last(0xda), last(0xd9)) {
        (Some(scan), Some(end)) => end > scan,
        _ => false,
    }
}

/// Whether the terminal's own models find one face in a photo: `uketsuke-vision` beside this program or on the path is asked, with the models of
/// the installation or of the source tree. `None` where that can't be done.
pub fn shows_one_face(photo: &Path) -> Option<bool> {
    let beside = std::env::current_exe()
        .ok()
        .map(|own| own.with_file_name("uketsuke-vision"))
        .filter(|program| program.is_file());
    let models = [
        PathBuf::from("/usr/share/uketsuke/models"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/models"),
    ]
    .into_iter()
    .find(|folder| folder.join("models.toml").is_file())?;
    let output = Command::new("timeout")
        .arg(ENCODER_LIMIT)
        .arg(beside.unwrap_or_else(|| "uketsuke-vision".into()))
        .args(["check", "--runs", "1", "--json", "--models"])
        .arg(models)
        .arg("--picture")
        .arg(photo)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    told["face"].as_bool()
}

/// A photo for a person whose portrait is not there: an oval on a plain ground, nobody's face. The ground's
/// shade follows from the person's id, so that two photos differ.
///
/// # Errors
/// When the encoder fails.
pub fn placeholder_photo(person: &str, out_jp2: &Path) -> Result<(), PhotoError> {
    let shade = person.bytes().fold(0u8, u8::wrapping_add) % 100;
    let image = GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let dx = (f64::from(x) - 120.0) / 75.0;
        let dy = (f64::from(y) - 150.0) / 100.0;
        Luma([if dx * dx + dy * dy < 1.0 {
            170
        } else {
            40 + shade
        }])
    });
    encode(&image, out_jp2)
}

/// The largest middle part with the card's proportions, scaled.
fn cropped(grey: &GrayImage) -> GrayImage {
    let (width, height) = grey.dimensions();
    let (crop_width, crop_height) = if width * HEIGHT > height * WIDTH {
        ((height * WIDTH / HEIGHT).max(1), height)
    } else {
        (width, (width * HEIGHT / WIDTH).max(1))
    };
    let left = width.saturating_sub(crop_width) / 2;
    let top = height.saturating_sub(crop_height) / 2;
    let part = image::imageops::crop_imm(grey, left, top, crop_width, crop_height).to_image();
    image::imageops::resize(&part, WIDTH, HEIGHT, FilterType::CatmullRom)
}

fn encode(image: &GrayImage, out_jp2: &Path) -> Result<(), PhotoError> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let stem = format!(
        ".photo-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let pgm = out_jp2.with_file_name(format!("{stem}.pgm"));
    let jp2 = out_jp2.with_file_name(format!("{stem}.jp2"));
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| PhotoError::Io { path, source }
    };
    let mut bytes = format!("P5\n{} {}\n255\n", image.width(), image.height()).into_bytes();
    bytes.extend_from_slice(image.as_raw());
    std::fs::write(&pgm, bytes).map_err(io(&pgm))?;
    let encoded = run_encoder(&pgm, &jp2);
    // The grey picture is a person's face: it does not stay, whatever happened.
    let _ = std::fs::remove_file(&pgm);
    encoded.and_then(|()| std::fs::rename(&jp2, out_jp2).map_err(io(out_jp2)))
}

fn run_encoder(pgm: &Path, jp2: &Path) -> Result<(), PhotoError> {
    let output = Command::new("timeout")
        .args([ENCODER_LIMIT, "opj_compress", "-r", RATIO, "-i"])
        .arg(pgm)
        .arg("-o")
        .arg(jp2)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| PhotoError::Encoder(error.to_string()))?;
    if output.status.success() && jp2.exists() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: String = said.trim().chars().take(300).collect();
    Err(PhotoError::Encoder(format!("{}: {said}", output.status)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portrait_becomes_a_small_grey_jp2_of_the_card_size() {
        let folder = tempfile::tempdir().unwrap();
        let jpeg = folder.path().join("in.jpg");
        image::RgbImage::from_fn(500, 400, |x, y| {
            image::Rgb([(x % 256) as u8, (y % 256) as u8, ((x * y) % 251) as u8])
        })
        .save(&jpeg)
        .unwrap();
        let jp2 = folder.path().join("photo.jp2");
        card_photo(&jpeg, &jp2).unwrap();
        let bytes = std::fs::read(&jp2).unwrap();
        assert_eq!(bytes[4..8], *b"jP  ");
        assert!((4000..10_000).contains(&bytes.len()), "{}", bytes.len());
        // The image header box: height, width, one component.
        let at = bytes.windows(4).position(|w| w == b"ihdr").unwrap() + 4;
        assert_eq!(bytes[at..at + 4], HEIGHT.to_be_bytes());
        assert_eq!(bytes[at + 4..at + 8], WIDTH.to_be_bytes());
        assert_eq!(bytes[at + 8..at + 10], [0, 1]);
        // Nothing else stays behind.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("in.jpg");
        std::fs::write(&text, "not a picture").unwrap();
        let jp2 = folder.path().join("photo.jp2");
        assert!(card_photo(&text, &jp2).is_err());
        assert!(card_photo(&folder.path().join("absent.jpg"), &jp2).is_err());
        assert!(!jp2.exists());
    }

    #[test]
    fn a_picture_is_never_written_over_and_one_without_its_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| folder.path().join(name);
        let (jpeg, jp2) = (of("in.jpg"), of("photo.jp2"));
        image::RgbImage::from_fn(500, 400, |x, y| {
            image::Rgb([(x % 256) as u8, (y % 256) as u8, ((x * y) % 251) as u8])
        })
        .save(&jpeg)
        .unwrap();
        let before = std::fs::read(&jpeg).unwrap();
        std::os::unix::fs::symlink(&jpeg, of("soft.jpg")).unwrap();
        std::fs::hard_link(&jpeg, of("hard.jpg")).unwrap();
        for out in [&jpeg, &of("soft.jpg"), &of("hard.jpg")] {
            assert!(
                matches!(card_photo(&jpeg, out), Err(PhotoError::OntoItself { .. })),
                "{}",
                out.display()
            );
            assert_eq!(std::fs::read(&jpeg).unwrap(), before);
        }
        for length in [before.len() - 1, before.len() * 2 / 3] {
            std::fs::write(of("cut.jpg"), &before[..length]).unwrap();
            let said = card_photo(&of("cut.jpg"), &jp2).unwrap_err().to_string();
            assert!(said.ends_with("damaged: the end is missing"), "{said}");
        }
        assert!(!jp2.exists());
        // Behind its end a camera may have left anything.
        std::fs::write(&jpeg, [&before[..], &[0; 700]].concat()).unwrap();
        card_photo(&jpeg, &jp2).unwrap();
    }

    #[test]
    fn the_middle_is_kept_in_the_card_proportions() {
        for (width, height) in [(640, 480), (300, 640), (240, 320), (1, 1)] {
            let out = cropped(&GrayImage::new(width, height));
            assert_eq!(out.dimensions(), (WIDTH, HEIGHT));
        }
    }
}
