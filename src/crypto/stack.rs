//! The stack on which a private key was handled. ring, and what decrypts a key, leave parts of it
//! there, and whatever is moved to the heap later takes along what lies between its fields.

use std::hint::black_box;

use zeroize::Zeroizing;

/// Runs work with a private key, then wipes the stack that it used.
pub fn wiped_after<R>(work: impl FnOnce() -> R) -> R {
    let done = apart(work);
    wipe();
    done
}

/// Has a frame of its own, where that of `wipe` will be.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[inline(never)]
fn wipe() {
    black_box(&mut *Zeroizing::new([0_u64; WIPED]));
}

/// Words of 64 bits: more than ring's frames have together.
const WIPED: usize = 4096;
