//! A camera whose pictures carry their number: what the page shows tells when it was taken. Somebody stands too far away, so that
//! the worker finds and measures a face in each and never decides.

use std::io::Write as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use hw_sim::camera::{Face, frames};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;

use crate::process::repository;

/// Bits of a picture's number, one field of 80 pixels each, at the lower edge.
const BITS: u32 = 6;
/// Different pictures: two seconds of them, far longer than any delay.
const PICTURES: usize = 1 << BITS;
/// Thirty a second, as common cameras give.
const FRAME_TIME: Duration = Duration::from_micros(33_333);

/// When each of the newest pictures was taken, ms of the machine's clock.
type Taken = Arc<Mutex<[f64; PICTURES]>>;

/// The running camera; dropping it ends it.
pub(super) struct NumberedCamera {
    socket: PathBuf,
    taken: Taken,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NumberedCamera {
    /// Serves pictures on a socket, each behind its length.
    ///
    /// # Errors
    /// The portraits can't be read, or the socket can't be made.
    pub(super) fn start(socket: &Path) -> anyhow::Result<Self> {
        let pictures = Arc::new(pictures()?);
        let listener = UnixListener::bind(socket).context("the camera's socket")?;
        let taken: Taken = Arc::new(Mutex::new([0.0; PICTURES]));
        let stop = Arc::new(AtomicBool::new(false));
        let (times, ends) = (Arc::clone(&taken), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("bench-camera".into())
            .spawn(move || {
                let number = Arc::new(AtomicUsize::new(0));
                for stream in listener.incoming().flatten() {
                    if ends.load(Ordering::SeqCst) {
                        return;
                    }
                    let (pictures, number) = (Arc::clone(&pictures), Arc::clone(&number));
                    let (times, ends) = (Arc::clone(&times), Arc::clone(&ends));
                    std::thread::spawn(move || push(stream, &pictures, &number, &times, &ends));
                }
            })?;
        Ok(Self {
            socket: socket.to_owned(),
            taken,
            stop,
            thread: Some(thread),
        })
    }

    /// When the newest picture with this number was taken, ms of the machine's clock.
    pub(super) fn taken(&self, number: usize) -> f64 {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.get(number).copied().unwrap_or(0.0)
    }
}

impl Drop for NumberedCamera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = UnixStream::connect(&self.socket);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Sends pictures until the other side hangs up.
fn push(
    mut stream: UnixStream,
    pictures: &[Vec<u8>],
    next: &AtomicUsize,
    taken: &Taken,
    stop: &AtomicBool,
) {
    let mut due = Instant::now();
    while !stop.load(Ordering::SeqCst) {
        let number = next.fetch_add(1, Ordering::SeqCst) % PICTURES;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        taken.lock().unwrap_or_else(PoisonError::into_inner)[number] =
            now.unwrap_or_default().as_secs_f64() * 1000.0;
        let picture = &pictures[number];
        let length = u32::try_from(picture.len()).unwrap_or(u32::MAX);
        if stream.write_all(&length.to_be_bytes()).is_err() || stream.write_all(picture).is_err() {
            return;
        }
        due += FRAME_TIME;
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            std::thread::park_timeout(left);
        }
    }
}

/// A face that sways a little, at half its size, each picture with its number.
fn pictures() -> anyhow::Result<Vec<Vec<u8>>> {
    let face = Face::Portrait("obama".into());
    let portraits = repository().join("data/portraits");
    let mut numbered = Vec::with_capacity(PICTURES);
    for (number, jpeg) in frames(&portraits, &face, PICTURES as u64)?
        .iter()
        .enumerate()
    {
        let near = image::load_from_memory(jpeg)?.into_rgb8();
        let (width, height) = near.dimensions();
        let far = image::imageops::resize(&near, width / 2, height / 2, FilterType::Triangle);
        let mut picture = RgbImage::from_pixel(width, height, image::Rgb([150; 3]));
        image::imageops::overlay(
            &mut picture,
            &far,
            i64::from(width / 4),
            i64::from(height / 4),
        );
        mark(&mut picture, number);
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 80).encode_image(&picture)?;
        numbered.push(jpeg);
    }
    Ok(numbered)
}

fn mark(picture: &mut RgbImage, number: usize) {
    for bit in 0..BITS {
        let shade = if number >> bit & 1 == 1 { 255 } else { 0 };
        for x in bit * 80..(bit + 1) * 80 {
            for y in picture.height() - 32..picture.height() {
                picture.put_pixel(x, y, image::Rgb([shade; 3]));
            }
        }
    }
}
