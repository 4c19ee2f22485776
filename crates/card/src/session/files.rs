//! Reading transparent files in 256-byte blocks, every length checked before it is believed.
//!
//! myna-card's own `read_binary_all` trusts the length a card writes and reserves that much memory, so
//! the loops are ours (invariant 15). Files with personal images are read past the library altogether,
//! because it keeps copies that nobody wipes (invariant 5).

use zeroize::Zeroizing;

use super::{Session, from_link};
use crate::error::CardError;
use crate::record::header;
use crate::transport::RawLink as _;

/// Most bytes of one READ BINARY with a short length.
const BLOCK: usize = 256;
/// READ BINARY carries a 15-bit offset.
const LARGEST_FILE: usize = 0x8000;

impl Session {
    /// Reads the object that an ordinary file of the selected application holds, without filler.
    pub(super) fn read_object(
        &mut self,
        step: &'static str,
        file: u16,
        cap: usize,
    ) -> Result<Vec<u8>, CardError> {
        let selected = self.card.select_ef(file);
        self.step(step, selected)?;
        let mut content = self.read_block(step, 0, BLOCK)?;
        let (_, total) = header(&content, cap.min(LARGEST_FILE)).ok_or(CardError::BadData(step))?;
        content.reserve_exact(total.saturating_sub(content.len()));
        while content.len() < total {
            let want = (total - content.len()).min(BLOCK);
            let block = self.read_block(step, content.len(), want)?;
            if block.len() != want {
                return Err(CardError::BadData(step));
            }
            content.extend_from_slice(&block);
        }
        content.truncate(total);
        Ok(content)
    }

    pub(super) fn read_block(
        &mut self,
        step: &'static str,
        offset: usize,
        want: usize,
    ) -> Result<Vec<u8>, CardError> {
        let le = u32::try_from(want).unwrap_or(0);
        let block = self.card.read_binary_chunk(offset, le);
        self.step(step, block)
    }

    /// The same for a file whose content must not survive in freed memory.
    pub(super) fn read_secret_object(
        &mut self,
        step: &'static str,
        file: u16,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let selected = self.card.select_ef(file);
        self.step(step, selected)?;
        let first = self.read_secret_block(step, 0, BLOCK)?;
        let (_, total) = header(&first, LARGEST_FILE).ok_or(CardError::BadData(step))?;
        // Reserved once: growing would leave an unwiped copy behind.
        let mut content = Zeroizing::new(Vec::with_capacity(total.max(first.len())));
        content.extend_from_slice(&first);
        while content.len() < total {
            let want = (total - content.len()).min(BLOCK);
            let block = self.read_secret_block(step, content.len(), want)?;
            if block.len() != want {
                return Err(CardError::BadData(step));
            }
            content.extend_from_slice(&block);
        }
        content.truncate(total);
        Ok(content)
    }

    fn read_secret_block(
        &mut self,
        step: &'static str,
        offset: usize,
        want: usize,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let [p1, p2] = u16::try_from(offset).unwrap_or(u16::MAX).to_be_bytes();
        // 256 is written as zero.
        let le = u8::try_from(want % BLOCK).unwrap_or(0);
        let mut answer = self
            .guard_mut()
            .transmit(&[0x00, 0xB0, p1, p2, le])
            .map_err(from_link)?;
        let sw = match answer.split_last_chunk::<2>() {
            Some((_, sw)) => u16::from_be_bytes(*sw),
            None => return Err(CardError::BadData(step)),
        };
        if sw != 0x9000 {
            return Err(CardError::Status { step, sw });
        }
        let data = answer.len() - 2;
        answer.truncate(data);
        Ok(answer)
    }
}
