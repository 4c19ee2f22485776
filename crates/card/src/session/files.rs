//! Reading transparent files, every length checked before it is believed.
//!
//! The first block names its file by short identifier, so no SELECT is needed; the blocks after it continue
//! in the file that has thereby become current (myna-card card.rs, JICSAP table 5). 256 bytes a block;
//! extended READs only where a technician's probe found that the reader passes them, and never for more at once
//! than that probe asked for: a reader that breaks off beyond its buffer would lose the card at every photo.
//! myna-card's own loop trusts the length a card writes and keeps copies that nobody wipes, so the loops
//! are ours (invariants 5 and 15).

use zeroize::Zeroizing;

use super::{Session, from_link};
use crate::error::CardError;
use crate::record::header;
use crate::transport::RawLink as _;

/// Most bytes of one READ BINARY with a short length.
const BLOCK: usize = 256;
/// Most bytes of one READ BINARY with extended length: what the technician's probe asks for, no more.
pub(crate) const EXTENDED_BLOCK: usize = 1024;
/// READ BINARY carries a 15-bit offset.
const LARGEST_FILE: usize = 0x8000;
/// Most bytes of tag and length that are waited for.
const LONGEST_HEADER: usize = 8;
/// Continued answers (61xx) that one block may take.
const MOST_PARTS: usize = 4;

impl Session {
    /// Reads the object that a file of the selected application holds, without filler behind it. A file of nothing
    /// but filler is [`CardError::Empty`].
    pub(super) fn read_object(
        &mut self,
        step: &'static str,
        file: u16,
        cap: usize,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let mut first = Zeroizing::new(Vec::with_capacity(BLOCK));
        first.extend_from_slice(&self.read_first(step, file, BLOCK)?);
        let cap = cap.min(LARGEST_FILE);
        let (_, total) = loop {
            match header(&first, cap) {
                Some(object) => break object,
                // A card may break its answer off within tag and length.
                None if !first.is_empty() && first.len() < LONGEST_HEADER => {
                    let part = self.read_block(step, first.len(), BLOCK - first.len())?;
                    if part.is_empty() {
                        return Err(CardError::BadData(step));
                    }
                    first.extend_from_slice(&part);
                }
                None if first.iter().all(|byte| *byte == 0xFF) => {
                    return Err(CardError::Empty(step));
                }
                None => return Err(CardError::BadData(step)),
            }
        };
        // Reserved once: growing would leave an unwiped copy behind.
        let mut content = Zeroizing::new(Vec::with_capacity(total.max(first.len())));
        content.extend_from_slice(&first);
        while content.len() < total {
            let missing = total - content.len();
            let part = match self.read_extended(step, content.len(), missing)? {
                Some(part) => part,
                None => self.read_block(step, content.len(), missing.min(BLOCK))?,
            };
            // A card may give less than asked; nothing at all would never end.
            if part.is_empty() {
                return Err(CardError::BadData(step));
            }
            content.extend_from_slice(&part);
        }
        content.truncate(total);
        Ok(content)
    }

    /// The first `want` bytes of a file, or all of a shorter one.
    pub(crate) fn read_start(
        &mut self,
        step: &'static str,
        file: u16,
        want: usize,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let first = self.read_first(step, file, want)?;
        if first.len() >= want {
            return Ok(first);
        }
        let mut content = Zeroizing::new(Vec::with_capacity(want));
        content.extend_from_slice(&first);
        let mut more = !first.is_empty();
        while more && content.len() < want {
            match self.read_block(step, content.len(), want - content.len()) {
                Ok(part) => {
                    content.extend_from_slice(&part);
                    more = !part.is_empty();
                }
                // The file ends here: the offset lies beyond it. Any other refusal is no end.
                Err(CardError::Status { sw: 0x6B00, .. }) => more = false,
                Err(error) => return Err(error),
            }
        }
        Ok(content)
    }

    /// One answer with bytes of a file's beginning; the short identifier makes it the current file.
    fn read_first(
        &mut self,
        step: &'static str,
        file: u16,
        want: usize,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let file = u8::try_from(file & 0x1F).unwrap_or(0);
        self.read(step, 0x80 | file, 0, want)
    }

    fn read_block(
        &mut self,
        step: &'static str,
        offset: usize,
        want: usize,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let [p1, p2] = u16::try_from(offset).unwrap_or(u16::MAX).to_be_bytes();
        self.read(step, p1, p2, want)
    }

    /// One READ BINARY with a short length, with the corrections that ISO/IEC 7816-3 foresees for readers
    /// with the old protocol: 6Cxx (another length) and 61xx (more to fetch).
    fn read(
        &mut self,
        step: &'static str,
        p1: u8,
        p2: u8,
        want: usize,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        // 256 is written as zero.
        let le = |count: usize| u8::try_from(count % BLOCK).unwrap_or(0);
        let (mut data, mut sw) = self.ask(step, &[0x00, 0xB0, p1, p2, le(want)])?;
        if let [0x6C, right] = sw.to_be_bytes()
            && usize::from(right) < want
            && right != 0
        {
            (data, sw) = self.ask(step, &[0x00, 0xB0, p1, p2, right])?;
        }
        if sw >> 8 == 0x61 {
            let mut whole = Zeroizing::new(Vec::with_capacity(want));
            whole.extend_from_slice(&data);
            for _ in 0..MOST_PARTS {
                let [0x61, more] = sw.to_be_bytes() else {
                    break;
                };
                let (part, next) = self.ask(step, &[0x00, 0xC0, 0x00, 0x00, more])?;
                if whole.len() + part.len() > want {
                    return Err(CardError::BadData(step));
                }
                whole.extend_from_slice(&part);
                sw = next;
            }
            data = whole;
        }
        match sw {
            // 6282: the file ended before the length asked for (ISO/IEC 7816-4).
            0x9000 | 0x6282 => Ok(data),
            _ => Err(CardError::Status { step, sw }),
        }
    }

    /// As much as the probe has shown to pass, in one command, where allowed. `None`: go on in blocks.
    fn read_extended(
        &mut self,
        step: &'static str,
        offset: usize,
        missing: usize,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, CardError> {
        if !self.extended || missing <= BLOCK {
            return Ok(None);
        }
        let [p1, p2] = u16::try_from(offset).unwrap_or(u16::MAX).to_be_bytes();
        let [high, low] = u16::try_from(missing.min(EXTENDED_BLOCK))
            .unwrap_or(u16::MAX)
            .to_be_bytes();
        match self.ask(step, &[0x00, 0xB0, p1, p2, 0x00, high, low])? {
            (data, 0x9000) => Ok(Some(data)),
            // This card, or the reader after all, will not.
            _ => {
                self.extended = false;
                Ok(None)
            }
        }
    }

    /// One command, its data and its status word.
    pub(crate) fn ask(
        &mut self,
        step: &'static str,
        command: &[u8],
    ) -> Result<(Zeroizing<Vec<u8>>, u16), CardError> {
        let mut answer = self.guard_mut().transmit(command).map_err(from_link)?;
        let sw = match answer.split_last_chunk::<2>() {
            Some((_, sw)) => u16::from_be_bytes(*sw),
            None => return Err(CardError::BadData(step)),
        };
        let data = answer.len() - 2;
        answer.truncate(data);
        Ok((answer, sw))
    }
}
