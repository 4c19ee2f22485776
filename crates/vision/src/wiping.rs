//! Memory that is given back is wiped: decoders, inference engines and sockets keep pictures in buffers of their own, which nobody
//! else could wipe (invariant 5, docs/invariants.md). The worker and the daemon both take their memory through it.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by nature; it only adds a fill before the system's own"
)]

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, with a fill of zeros before memory goes back; for `#[global_allocator]`.
pub struct Wiping;

// SAFETY: every call goes on to the system's allocator with the same arguments; the fill stays within the block.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is live and of this size until the system's allocator takes it back.
        unsafe {
            block.write_bytes(0, layout.size());
            // So that the fill is not left out as useless.
            std::hint::black_box(block);
            System.dealloc(block, layout);
        }
    }
}
