//! Matches when a job is done, as rust-status does, without the standard
//! library: a guest of half the size, which brings its own allocator.
#![no_std]

extern crate alloc;

use alloc::format;
use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::Cell;
use httsleep::{Call, Result};

fn check(call: &Call) -> Result<bool> {
    let status = call.find("$.status")?.ok_or("the body has no status")?.string()?;
    call.reason(&format!("the job is {}", status));
    Ok(match call.config().get("want") {
        Some(want) => want.elements().iter().any(|one| one.is_string(&status)),
        None => status == "done",
    })
}

httsleep::export! { "evaluate" => check }

/// Gives memory from the end of the heap, and starts over when all of it was
/// given back: after each evaluation, whose values do not outlive it.
struct Arena {
    end: Cell<usize>,
    live: Cell<usize>,
}

// A guest has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { end: Cell::new(0), live: Cell::new(0) };

extern "C" {
    /// Where the linker says that the heap begins.
    static __heap_base: u8;
}

const PAGE: usize = 64 << 10;

unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.live.get() == 0 {
            self.end.set(core::ptr::addr_of!(__heap_base) as usize);
        }
        let start = (self.end.get() + layout.align() - 1) & !(layout.align() - 1);
        let end = match start.checked_add(layout.size()) {
            Some(end) => end,
            None => return core::ptr::null_mut(),
        };
        let size = wasm32::memory_size(0) * PAGE;
        if end > size && wasm32::memory_grow(0, (end - size + PAGE - 1) / PAGE) == usize::MAX {
            return core::ptr::null_mut();
        }
        self.end.set(end);
        self.live.set(self.live.get() + 1);
        start as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {
        self.live.set(self.live.get() - 1);
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    wasm32::unreachable()
}
