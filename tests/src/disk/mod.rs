//! What the disk keeps when the power goes, and what the terminal makes of it (invariants 9, 10, 12 and 15): the daemon's system calls on
//! the ledger's folders are recorded with strace, the disk is rebuilt after every one of them, and the ledger opened again.

pub mod anew;
pub mod crash;
mod daemon_again;
pub mod folders;
pub mod inject;
mod inject_daemon;
pub mod kills;
mod looked;
mod rebuilt;
mod record;
mod strace;
mod told;

/// Random numbers that a seed repeats (xorshift64*); for choosing moments, not for secrets.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`; 0 when there is none.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16;
        value.checked_rem(end).unwrap_or(0)
    }
}
