//! AWS-LC keeps the keys of records in memory of C's, where `tests/freed_secrets.rs` does not look: a
//! block that is given back there holds no key.

#![cfg(all(feature = "aws-lc-rs", target_os = "linux", target_env = "gnu"))]

use std::cell::Cell;
use std::ffi::c_void;
use std::slice;

use tlsql::crypto::aead::{AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305};
use tlsql::tls::record::{APPLICATION_DATA, Keys};

/// No other bytes of the process are like these.
const KEY: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";

#[test]
fn no_key_is_left_when_a_connection_ends() {
    for aead in [&AES_128_GCM, &AES_256_GCM, &CHACHA20_POLY1305] {
        for is_tls13 in [false, true] {
            let key = &KEY[..aead.key_len()];
            let mut keys = Keys::from_parts(aead, key, &[7; 12], 0, is_tls13).unwrap();
            let mut record = vec![0; keys.headroom() + 100 + keys.tailroom()];
            keys.seal(APPLICATION_DATA, &mut record).unwrap();
            assert_eq!(freed_with_key(|| drop(keys)), (1, 0), "{aead:?} {is_tls13}");
        }
    }
}

#[test]
fn a_block_with_a_key_is_found() {
    let mut block = vec![0; 600];
    block[100..132].copy_from_slice(&KEY);
    assert_eq!(freed_with_key(|| drop(block)), (1, 1));
}

/// Returns how many blocks a call gives back in this thread, and how many of them have the key in them.
fn freed_with_key(call: impl FnOnce()) -> (usize, usize) {
    FREED.set(Some((0, 0)));
    call();
    FREED.take().unwrap()
}

thread_local! {
    static FREED: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

unsafe extern "C" {
    fn __libc_free(block: *mut c_void);
}

/// Stands in for C's, which Rust's own allocator calls too.
///
/// # Safety
/// As for C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(block: *mut c_void) {
    let freed = FREED.try_with(Cell::get).ok().flatten();
    if let Some((all, with_key)) = freed.filter(|_| !block.is_null()) {
        // SAFETY: the block is one of malloc's, and nobody else has it any more.
        let bytes: &[u8] =
            unsafe { slice::from_raw_parts(block.cast(), libc::malloc_usable_size(block)) };
        let has_key = bytes.windows(16).any(|window| window == &KEY[..16]);
        FREED.set(Some((all + 1, with_key + usize::from(has_key))));
    }
    // SAFETY: as the caller's.
    unsafe { __libc_free(block) };
}
