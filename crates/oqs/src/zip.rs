//! ZIP of one message, as bulk answers come (YUKI-ENT/OQSDrug2 takes `.zip` beside `.xml`). Reading: one entry,
//! stored or deflated, unpacked as it is read, with a bound on what comes out. Writing: the same, for the folders
//! and the simulated service.

use std::io::{self, Cursor, Read, Write};

use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use crate::bulk::Form;
use crate::error::OqsError;

/// Largest ZIP accepted, in bytes.
pub const MAX_ZIP: usize = 64 * 1024 * 1024;
/// Most entries a ZIP may list (folders and the message).
const MAX_ENTRIES: usize = 16;
/// A message may unpack to this many times its packed size; deflate's own limit is about 1030, XML of many
/// persons reaches 40.
const MAX_RATIO: u64 = 200;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// True for bytes that begin like a ZIP.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The message in a ZIP.
pub struct ZippedMessage<'a> {
    /// Its file name inside, without folders.
    pub name: String,
    /// By its name's ending.
    pub form: Form,
    /// Bytes when unpacked, as the ZIP says.
    pub size: u64,
    packed: &'a [u8],
    method: u16,
    crc: u32,
}

/// Finds the one message in a ZIP. Nothing is unpacked yet.
///
/// # Errors
/// Damaged, encrypted, of another method, with no or several messages, or announcing more than `limit` bytes or an
/// implausible ratio.
pub fn open(bytes: &[u8], limit: u64) -> Result<ZippedMessage<'_>, OqsError> {
    let damaged = OqsError::Zip("damaged");
    if bytes.len() > MAX_ZIP {
        return Err(OqsError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_ZIP,
        });
    }
    let end = end_record(bytes).ok_or(damaged.clone())?;
    let entries = usize::from(u16_at(bytes, end + 10).ok_or(damaged.clone())?);
    let mut at = index(u32_at(bytes, end + 16).ok_or(damaged.clone())?);
    if entries > MAX_ENTRIES {
        return Err(OqsError::Zip("too many entries"));
    }
    let mut found = None;
    for _ in 0..entries {
        let (entry, next) = entry(bytes, at).ok_or(damaged.clone())??;
        at = next;
        if let Some(message) = entry {
            if found.is_some() {
                return Err(OqsError::Zip("several messages"));
            }
            found = Some(message);
        }
    }
    let message = found.ok_or(OqsError::Zip("no message"))?;
    let packed = u64::try_from(message.packed.len()).unwrap_or(u64::MAX);
    if message.size > limit || message.size > packed.saturating_mul(MAX_RATIO).saturating_add(4096)
    {
        return Err(OqsError::ZipBomb);
    }
    Ok(message)
}

impl ZippedMessage<'_> {
    /// Unpacks while being read. Reading fails when more comes out than announced, less, or something else than
    /// was packed.
    pub fn reader(&self) -> impl Read + '_ {
        let inner: Box<dyn Read + '_> = match self.method {
            STORED => Box::new(Cursor::new(self.packed)),
            _ => Box::new(DeflateDecoder::new(self.packed)),
        };
        Checked {
            inner,
            left: self.size,
            crc: Crc::new(),
            expected: self.crc,
        }
    }

    /// The whole message in memory, when it has at most `limit` bytes.
    ///
    /// # Errors
    /// It is larger, or the ZIP is damaged.
    pub fn unpack(&self, limit: usize) -> Result<Vec<u8>, OqsError> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if size > limit {
            return Err(OqsError::TooLarge { bytes: size, limit });
        }
        let mut bytes = Vec::with_capacity(size);
        let read = self.reader().read_to_end(&mut bytes);
        read.map_err(|_| OqsError::Zip("damaged"))?;
        Ok(bytes)
    }
}

/// Counts and sums what is read.
struct Checked<R> {
    inner: R,
    left: u64,
    crc: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(u64::try_from(read).unwrap_or(u64::MAX))
            .ok_or_else(|| io::Error::other("more than announced"))?;
        self.crc.update(buffer.get(..read).unwrap_or_default());
        if read == 0 && !buffer.is_empty() && (self.left > 0 || self.crc.sum() != self.expected) {
            return Err(io::Error::other("not what was packed"));
        }
        Ok(read)
    }
}

/// One entry of the central directory, `None` for a folder, and where the next begins. Outer `None`: damaged.
fn entry(bytes: &[u8], at: usize) -> Option<Result<(Option<ZippedMessage<'_>>, usize), OqsError>> {
    if u32_at(bytes, at)? != CENTRAL {
        return None;
    }
    let (flags, method) = (u16_at(bytes, at + 8)?, u16_at(bytes, at + 10)?);
    let crc = u32_at(bytes, at + 16)?;
    let (packed, size) = (u32_at(bytes, at + 20)?, u32_at(bytes, at + 24)?);
    let name_length = usize::from(u16_at(bytes, at + 28)?);
    let extra = usize::from(u16_at(bytes, at + 30)?) + usize::from(u16_at(bytes, at + 32)?);
    let local = index(u32_at(bytes, at + 42)?);
    let name = bytes.get(at + 46..(at + 46).checked_add(name_length)?)?;
    let next = (at + 46 + name_length).checked_add(extra)?;
    if name.ends_with(b"/") && size == 0 {
        return Some(Ok((None, next)));
    }
    // ASCII in practice; a foreign name is only shown.
    let name = String::from_utf8_lossy(name);
    let name = name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .to_owned();
    let lower = name.to_ascii_lowercase();
    let form = if lower.ends_with(".xml") {
        Form::Xml
    } else if lower.ends_with(".json") {
        Form::Json
    } else {
        return Some(Err(OqsError::Zip("an entry that is no message")));
    };
    if flags & 1 != 0 {
        return Some(Err(OqsError::Zip("encrypted")));
    }
    if method != STORED && method != DEFLATED {
        return Some(Err(OqsError::Zip("an unknown method")));
    }
    if packed == u32::MAX || size == u32::MAX {
        return Some(Err(OqsError::ZipBomb));
    }
    if u32_at(bytes, local)? != LOCAL {
        return None;
    }
    let skip = usize::from(u16_at(bytes, local + 26)?) + usize::from(u16_at(bytes, local + 28)?);
    let begin = local.checked_add(30)?.checked_add(skip)?;
    let packed = bytes.get(begin..begin.checked_add(index(packed))?)?;
    let message = ZippedMessage {
        name,
        form,
        size: u64::from(size),
        packed,
        method,
        crc,
    };
    Some(Ok((Some(message), next)))
}

/// Where the end record begins; a comment may follow it.
fn end_record(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(22)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last)
        .rev()
        .find(|at| u32_at(bytes, *at) == Some(END))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let part = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(part.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let part = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(part.try_into().ok()?))
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Packs one message under a name (ASCII, no folders).
///
/// # Errors
/// The message is too large for the plain ZIP form.
pub fn pack(name: &str, message: &[u8]) -> Result<Vec<u8>, OqsError> {
    let too_large = |_| OqsError::TooLarge {
        bytes: message.len(),
        limit: MAX_ZIP,
    };
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory can't fail; the reader below would refuse a short one.
    let packed = encoder.write_all(message).and_then(|()| encoder.finish());
    let packed = packed.map_err(|_| OqsError::Zip("not packed"))?;
    let mut crc = Crc::new();
    crc.update(message);
    let size = u32::try_from(message.len()).map_err(too_large)?;
    let packed_size = u32::try_from(packed.len()).map_err(too_large)?;
    let name_length = u16::try_from(name.len()).map_err(too_large)?;
    // Version 2.0, no flags, deflated, 1980-01-01, then sizes and the length of the name.
    let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0];
    for number in [crc.sum(), packed_size, size] {
        common.extend_from_slice(&number.to_le_bytes());
    }
    common.extend_from_slice(&name_length.to_le_bytes());
    common.extend_from_slice(&[0, 0]);
    let mut zip = Vec::with_capacity(packed.len() + 200);
    zip.extend_from_slice(&LOCAL.to_le_bytes());
    zip.extend_from_slice(&common);
    zip.extend_from_slice(name.as_bytes());
    zip.extend_from_slice(&packed);
    let directory = u32::try_from(zip.len()).map_err(too_large)?;
    zip.extend_from_slice(&CENTRAL.to_le_bytes());
    zip.extend_from_slice(&[20, 0]);
    zip.extend_from_slice(&common);
    zip.extend_from_slice(&[0; 14]);
    zip.extend_from_slice(name.as_bytes());
    let length = u32::try_from(zip.len()).map_err(too_large)? - directory;
    zip.extend_from_slice(&END.to_le_bytes());
    zip.extend_from_slice(&[0, 0, 0, 0, 1, 0, 1, 0]);
    zip.extend_from_slice(&length.to_le_bytes());
    zip.extend_from_slice(&directory.to_le_bytes());
    zip.extend_from_slice(&[0, 0]);
    Ok(zip)
}
