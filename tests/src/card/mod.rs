//! The card side alone: the very threads of the terminal, the simulator's virtual card beneath them, in process or
//! through the real pcscd. For the sweep over every fault at every command, and for measuring.

pub mod measure;
pub mod sweep;
mod table;
pub mod visit;

pub use table::{Laid, Table, cards};
