//! Pointer and length, in and out.

use libc::c_char;
use std::mem::size_of;

use crate::engine::Sink;
use crate::error::{Code, Error};

/// Bytes that a caller lends for reading; NULL is allowed when the length is 0.
pub fn bytes<'a>(pointer: *const u8, len: usize) -> Result<&'a [u8], Error> {
    check(pointer, len)?;
    Ok(checked(pointer, len))
}

/// As `bytes`, of a range that passed `check`.
pub fn checked<'a>(pointer: *const u8, len: usize) -> &'a [u8] {
    if len == 0 {
        return &[];
    }
    // SAFETY: the header says that `len` bytes are readable there until the call returns.
    unsafe { std::slice::from_raw_parts(pointer, len) }
}

/// Bytes that a caller lends for reading and writing, and has written: a range that passed `check`.
pub fn checked_mut<'a>(pointer: *mut u8, len: usize) -> &'a mut [u8] {
    if len == 0 {
        return &mut [];
    }
    // SAFETY: the header says that `len` bytes are readable and writable there until the call
    // returns, and the caller has checked that no other buffer overlaps them.
    unsafe { std::slice::from_raw_parts_mut(pointer, len) }
}

/// UTF-8 text that a caller lends.
pub fn text<'a>(pointer: *const c_char, len: usize) -> Result<&'a str, Error> {
    std::str::from_utf8(bytes(pointer.cast(), len)?)
        .map_err(|_| Error::detail(Code::Argument, "not UTF-8"))
}

/// The value of an option, or of a connection's fact: UTF-8 that a caller lends.
pub fn option_value<'a>(
    option: &str,
    pointer: *const c_char,
    len: usize,
) -> Result<&'a str, Error> {
    let name = option.replace('-', "_");
    std::str::from_utf8(bytes(pointer.cast(), len)?)
        .map_err(|_| Error::option(Code::Argument, &name, "the value is not UTF-8"))
}

/// A place for a result.
pub fn put<T>(place: *mut T, value: T) -> Result<(), Error> {
    if place.is_null() {
        return Err(Code::Null.into());
    }
    // SAFETY: the header says that an out-parameter is NULL or writable.
    unsafe { place.write(value) };
    Ok(())
}

/// Copies raw bytes out; `needed` gets their number.
pub fn copy_bytes(from: &[u8], buf: *mut u8, cap: usize, needed: *mut usize) -> Result<(), Error> {
    check(buf, cap)?;
    put(needed, from.len())?;
    let mut room = RawSink::new(buf, cap);
    if room.remaining() < from.len() {
        return Err(Code::Room.into());
    }
    room.put(from);
    Ok(())
}

/// Copies text out, NUL-terminated; `needed` gets its length and the NUL's.
pub fn copy_text(
    from: &str,
    buf: *mut c_char,
    cap: usize,
    needed: *mut usize,
) -> Result<(), Error> {
    let terminated = [from.as_bytes(), b"\0"].concat();
    copy_bytes(&terminated, buf.cast(), cap, needed)
}

/// Memory that nobody has written yet: no slice is formed over it.
pub struct RawSink {
    pointer: *mut u8,
    left: usize,
}

impl RawSink {
    /// The caller has checked that `pointer` is not NULL unless `cap` is 0.
    pub fn new(pointer: *mut u8, cap: usize) -> Self {
        Self { pointer, left: cap }
    }
}

impl Sink for RawSink {
    fn remaining(&self) -> usize {
        self.left
    }

    fn put(&mut self, bytes: &[u8]) {
        let len = bytes.len().min(self.left);
        if len == 0 {
            return;
        }
        // SAFETY: the header says that the capacity given is writable, `len` fits what is left of
        // it, and `bytes` is the library's own memory or a buffer checked not to overlap.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.pointer, len);
            self.pointer = self.pointer.add(len);
        }
        self.left = self.left.saturating_sub(len);
    }

    fn stage(&mut self, head: usize, bytes: &[u8], tail: usize) -> &mut [u8] {
        let len = head.saturating_add(bytes.len()).saturating_add(tail);
        if len == 0 || len > self.left {
            return &mut [];
        }
        // SAFETY: the header says that the capacity given is writable, `len` fits what is left of
        // it, and `bytes` is the library's own memory or a buffer checked not to overlap; the slice
        // covers only what was written here, and borrows the sink.
        unsafe {
            let inside = self.pointer.add(head);
            zero_margin(self.pointer, head);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), inside, bytes.len());
            zero_margin(inside.add(bytes.len()), tail);
            std::slice::from_raw_parts_mut(self.pointer, len)
        }
    }

    fn commit(&mut self, len: usize) {
        let len = len.min(self.left);
        // SAFETY: `len` fits what is left of the capacity.
        self.pointer = unsafe { self.pointer.add(len) };
        self.left = self.left.saturating_sub(len);
    }
}

/// Zeroes the bytes before or behind a plaintext: the lengths that records have cost no call.
///
/// # Safety
/// `len` bytes are writable at `at`.
unsafe fn zero_margin(at: *mut u8, len: usize) {
    // SAFETY: as the caller's; each arm writes `len` bytes.
    unsafe {
        match len {
            5 => at.write_bytes(0, 5),
            13 => at.write_bytes(0, 13),
            16 => at.write_bytes(0, 16),
            17 => at.write_bytes(0, 17),
            _ => at.write_bytes(0, len),
        }
    }
}

/// Returns the plaintext of a record that is to be sealed, behind `head` bytes: both are part of a range
/// that passed `check`. It is not to be held while `record` lends the whole.
pub fn plain<'a>(pointer: *const u8, head: usize, plain_len: usize) -> &'a [u8] {
    // SAFETY: the header says that the caller has written `plain_len` bytes there, in a range that is
    // readable until the call returns.
    unsafe { std::slice::from_raw_parts(pointer.add(head), plain_len) }
}

/// Returns a record that is to be sealed where its plaintext lies: the plaintext stands behind `head`
/// bytes and before `tail` bytes, which need not have been written. All of it is part of a range that
/// passed `check`.
pub fn record<'a>(pointer: *mut u8, head: usize, plain_len: usize, tail: usize) -> &'a mut [u8] {
    let behind = head.saturating_add(plain_len);
    let len = behind.saturating_add(tail);
    if len == 0 {
        return &mut [];
    }
    // SAFETY: the header says that `len` bytes are writable there until the call returns, of which
    // the caller has written the plaintext; the rest is written here.
    unsafe {
        zero_margin(pointer, head);
        zero_margin(pointer.add(behind), tail);
        std::slice::from_raw_parts_mut(pointer, len)
    }
}

/// NULL only with length 0, and a range that can exist.
pub fn check(pointer: *const u8, len: usize) -> Result<(), Error> {
    match range(pointer, len) {
        Some(_) => Ok(()),
        None if pointer.is_null() => Err(Code::Null.into()),
        None => Err(unfit(pointer, "")),
    }
}

/// Returns what `range` does of a pointer that the header calls `name`.
pub fn named_range(pointer: *const u8, len: usize, name: &str) -> Result<(usize, usize), Error> {
    range(pointer, len).ok_or_else(|| unfit(pointer, name))
}

#[cold]
#[inline(never)]
fn unfit(pointer: *const u8, name: &str) -> Error {
    match pointer.is_null() {
        true => Error::detail(Code::Null, name),
        false => Error::detail(Code::Argument, "a length is beyond PTRDIFF_MAX"),
    }
}

/// Returns the first address of a range and the one behind its last, 0 and 0 if it is empty; `None` for
/// what `check` refuses.
#[inline]
pub fn range(pointer: *const u8, len: usize) -> Option<(usize, usize)> {
    if len == 0 {
        return Some((0, 0));
    }
    let (start, len) = (pointer.addr(), isize::try_from(len).ok()?);
    let end = start.checked_add_signed(len)?;
    (start != 0).then_some((start, end))
}

/// Whether two ranges share a byte. An empty one is 0 to 0: nothing begins before its end, and it
/// need not be compared.
#[inline]
pub fn meet(x: (usize, usize), y: (usize, usize)) -> bool {
    (x.0 < y.1) & (y.0 < x.1)
}

/// A struct whose first field is its size, as the caller compiled it.
pub trait Sized32: Copy {
    fn set_struct_size(&mut self, size: u32);
}

/// The size that the caller gave a struct: no smaller than ours, and none that only memory which nobody
/// set can hold.
pub fn struct_size<T: Sized32>(place: *const T) -> Result<usize, Error> {
    if place.is_null() {
        return Err(Code::Null.into());
    }
    // SAFETY: the header says that struct_size, the first field, is set before the call.
    let size = unsafe { place.cast::<u32>().read() };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if !(size_of::<T>()..=MAX_STRUCT).contains(&size) {
        return Err(Code::StructSize.into());
    }
    Ok(size)
}

/// Far above what any struct of a later header will have.
const MAX_STRUCT: usize = 1 << 16;

/// Writes what the library knows and zeroes the rest of the caller's larger struct.
pub fn write_struct<T: Sized32>(place: *mut T, value: T) -> Result<(), Error> {
    write_sized(place, struct_size(place)?, value);
    Ok(())
}

/// Does what `write_struct` does, where `size` is what `struct_size` returned.
pub fn write_sized<T: Sized32>(place: *mut T, size: usize, mut value: T) {
    value.set_struct_size(u32::try_from(size).unwrap_or(u32::MAX));
    // SAFETY: the header says that struct_size bytes are writable, and they are at least ours.
    unsafe { place.write(value) };
    let rest = size.saturating_sub(size_of::<T>());
    if rest > 0 {
        // SAFETY: as above.
        unsafe { place.cast::<u8>().add(size_of::<T>()).write_bytes(0, rest) };
    }
}

/// Reads a struct; what the library does not know must be zero.
pub fn read_struct<T: Sized32>(place: *const T) -> Result<T, Error> {
    let size = struct_size(place)?;
    // SAFETY: the header says that struct_size bytes are readable, and they are at least ours.
    let (value, rest) = unsafe {
        let rest = place.cast::<u8>().add(size_of::<T>());
        (place.read(), std::slice::from_raw_parts(rest, size.saturating_sub(size_of::<T>())))
    };
    if rest.iter().any(|byte| *byte != 0) {
        return Err(Code::StructSize.into());
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_staged_in_memory_that_nobody_wrote() {
        for (head, tail) in [(5, 17), (13, 16), (5, 16), (0, 0), (1, 40)] {
            let mut memory = Vec::<u8>::with_capacity(64);
            let mut sink = RawSink::new(memory.as_mut_ptr(), 64);
            sink.put(b"ab");
            let expected = [&vec![0; head], &b"xyz"[..], &vec![0; tail]].concat();
            assert_eq!(sink.stage(head, b"xyz", tail), expected);
            assert_eq!(sink.remaining(), 62);
            sink.commit(expected.len());
            assert_eq!(sink.remaining(), 62 - expected.len());
            assert_eq!(sink.stage(head, &[7; 64], tail), b"", "it does not fit");
            assert_eq!(sink.remaining(), 62 - expected.len());
        }
    }

    #[test]
    fn the_margins_of_a_record_are_zeroed() {
        for (head, tail) in [(5, 17), (13, 16), (0, 0)] {
            let mut buf = vec![7; head + 3 + tail + 1];
            let len = record(buf.as_mut_ptr(), head, 3, tail).len();
            assert_eq!(len, head + 3 + tail);
            assert_eq!(buf, [&vec![0; head], &[7; 3][..], &vec![0; tail], &[7]].concat());
        }
    }
}
