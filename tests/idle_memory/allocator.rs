//! An allocator that counts what one connection holds, by the sizes that were asked for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The bytes of one connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bytes {
    pub held: isize,
    /// The most that was held at one time.
    pub peak: isize,
}

thread_local! {
    static COUNTED: Cell<Option<Bytes>> = const { Cell::new(None) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs a call for one connection, and adds to `bytes` what it allocates and frees.
pub fn count<T>(bytes: &mut Bytes, call: impl FnOnce() -> T) -> T {
    COUNTED.set(Some(*bytes));
    let done = call();
    *bytes = COUNTED.take().expect("calls are not nested");
    done
}

fn note(change: isize) {
    // Also while the thread ends and its variables are gone.
    let _ = COUNTED.try_with(|counted| {
        if let Some(Bytes { held, peak }) = counted.get() {
            let held = held + change;
            counted.set(Some(Bytes { held, peak: peak.max(held) }));
        }
    });
}

// SAFETY: memory is the system's. A block that grows is a new one, and the old one is freed: the
// trait's own `realloc` does so.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        // SAFETY: as the caller's.
        unsafe { System.dealloc(block, layout) };
    }
}
