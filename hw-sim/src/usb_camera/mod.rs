//! A USB camera in software, for a virtual machine: it speaks the USB/IP protocol to the machine's `vhci_hcd`, whose kernel then has a
//! real `uvcvideo` device. Connecting plugs it in, dropping it pulls it out.
//!
//! What it shows is set with [`UsbCamera::show`]; what goes wrong with [`UsbCamera::set_fault`].

mod descriptors;
mod feeder;
mod form;
mod wire;

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use descriptors::Shape;
use feeder::Feed;
pub use feeder::{Counts, Fault};
pub use form::Form;
use wire::{Ask, Setup};

/// Longest time the machine may take to take a message.
const WRITE_LIMIT: Duration = Duration::from_secs(10);

/// A camera that is plugged in.
pub struct UsbCamera {
    stream: TcpStream,
    feed: Arc<Feed>,
    threads: Vec<JoinHandle<()>>,
}

impl UsbCamera {
    /// Plugs it in: `stream` leads to a program in the machine that hands its end to the kernel. Nothing is shown yet.
    ///
    /// # Errors
    /// When the connection can't be set up.
    pub fn plug(stream: TcpStream, shape: Shape) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_LIMIT))?;
        let feed = Arc::new(Feed::new(shape));
        let out = Arc::new(Mutex::new(stream.try_clone()?));
        let incoming = BufReader::new(stream.try_clone()?);
        let mut camera = Self {
            stream,
            feed: Arc::clone(&feed),
            threads: Vec::new(),
        };
        let (frames, answers) = (Arc::clone(&feed), Arc::clone(&out));
        camera.threads.push(
            std::thread::Builder::new()
                .name("usb-camera-frames".into())
                .spawn(move || frames.run(&out))?,
        );
        camera.threads.push(
            std::thread::Builder::new()
                .name("usb-camera".into())
                .spawn(move || {
                    if let Err(error) = serve(incoming, &feed, &answers) {
                        tracing::debug!(%error, "the USB camera was disconnected");
                    }
                    feed.stop();
                })?,
        );
        Ok(camera)
    }

    /// Shows these pictures (JPEG), over and over. `first` are shown once after each start, as of a camera that looks for its exposure.
    ///
    /// # Errors
    /// A picture that can't be turned into one of the camera's forms.
    pub fn show(&self, first: &[Vec<u8>], then: &[Vec<u8>]) -> Result<(), image::ImageError> {
        self.feed.show(first, then)
    }

    /// What goes wrong from now on.
    pub fn set_fault(&self, fault: Fault) {
        self.feed.set_fault(fault);
    }

    /// What was sent so far.
    pub fn counts(&self) -> Counts {
        self.feed.counts()
    }

    /// Does the machine still hold the connection?
    pub fn plugged(&self) -> bool {
        !self.feed.stopped()
    }
}

impl Drop for UsbCamera {
    fn drop(&mut self) {
        self.feed.stop();
        let _ = self.stream.shutdown(Shutdown::Both);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn serve(mut from: BufReader<TcpStream>, feed: &Feed, out: &Mutex<TcpStream>) -> io::Result<()> {
    loop {
        let message = match wire::read(&mut from)? {
            Ask::Bulk { seq, length } => {
                feed.want(seq, length);
                continue;
            }
            Ask::Unlink { seq, which } => wire::unlinked(seq, feed.take_back(which)),
            Ask::Control {
                seq,
                setup,
                data,
                inward,
                length,
            } => control(feed, seq, setup, &data, inward, length),
        };
        send(out, &message)?;
    }
}

fn control(
    feed: &Feed,
    seq: u32,
    setup: Setup,
    data: &[u8],
    inward: bool,
    length: usize,
) -> Vec<u8> {
    if inward {
        return match feed.shape.answer(setup, feed.chosen()) {
            Some(mut answer) => {
                answer.truncate(length.min(setup.length.into()));
                wire::submitted(seq, 0, answer.len(), &answer)
            }
            None => wire::submitted(seq, wire::STALL, 0, &[]),
        };
    }
    let known = match (setup.kind, setup.request) {
        // Clear and set feature, set configuration and interface.
        (0x00..=0x02, 1 | 3 | 9 | 11) => true,
        // Set probe or commit of the streaming interface: byte 2 is the format.
        (0x21, 1) if setup.index & 0xff == 1 => {
            if let Some(&index) = data.get(2) {
                feed.choose(index, setup.value >> 8 == 2);
            }
            true
        }
        _ => false,
    };
    let status = if known { 0 } else { wire::STALL };
    wire::submitted(seq, status, length, &[])
}

fn send(out: &Mutex<TcpStream>, message: &[u8]) -> io::Result<()> {
    out.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .write_all(message)
}

#[cfg(test)]
mod tests;
