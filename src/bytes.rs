//! Bounded reading and writing of little-endian bytes.
//!
//! A read past the end returns `None`, and the length of a write is checked once, before the first
//! byte. Neither can panic, so the packet code that uses them cannot either.

use std::mem;

/// Takes values off the front of a slice; a read that does not fit takes nothing.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn u8(&mut self) -> Option<u8> {
        let [byte] = self.array()?;
        Some(byte)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u24(&mut self) -> Option<u32> {
        let [a, b, c] = self.array()?;
        Some(u32::from_le_bytes([a, b, c, 0]))
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(taken)
    }

    pub fn skip(&mut self, n: usize) -> Option<()> {
        self.take(n).map(drop)
    }

    /// Takes the bytes before the next NUL, and the NUL; `None` if there is none.
    pub fn until_nul(&mut self) -> Option<&'a [u8]> {
        let n = self.rest.iter().position(|&byte| byte == 0)?;
        let taken = self.take(n)?;
        self.skip(1)?;
        Some(taken)
    }

    /// Returns the bytes that are not taken yet, and takes none.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn len(&self) -> usize {
        self.rest.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }
}

/// Fills a caller's slice from the front.
#[derive(Debug)]
pub struct Writer<'a> {
    /// The part that is not written yet.
    free: &'a mut [u8],
    written: usize,
}

impl<'a> Writer<'a> {
    /// Begins to write `needed` bytes at most.
    ///
    /// # Errors
    /// `TooShort` if `out` is shorter than that.
    pub fn new(out: &'a mut [u8], needed: usize) -> Result<Self, TooShort> {
        let free = out.get_mut(..needed).ok_or(TooShort { needed })?;
        Ok(Self { free, written: 0 })
    }

    pub fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }

    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes the low 24 bits.
    pub fn u24(&mut self, value: u32) {
        let [a, b, c, _] = value.to_le_bytes();
        self.bytes(&[a, b, c]);
    }

    pub fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub fn zeros(&mut self, n: usize) {
        if let Some(part) = self.advance(n) {
            part.fill(0);
        }
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        if let Some(part) = self.advance(bytes.len()) {
            part.copy_from_slice(bytes);
        }
    }

    /// Returns the number of bytes written.
    #[allow(clippy::len_without_is_empty, reason = "only the length of a finished packet is used")]
    pub fn len(&self) -> usize {
        self.written
    }

    /// Takes the next `n` bytes for writing.
    fn advance(&mut self, n: usize) -> Option<&'a mut [u8]> {
        // invariant: `new` got the whole length. What does not fit would be left out.
        if n > self.free.len() {
            return None;
        }
        let (part, free) = mem::take(&mut self.free).split_at_mut_checked(n)?;
        self.free = free;
        self.written = self.written.saturating_add(n);
        Some(part)
    }
}

/// The slice to write into is too short.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooShort {
    /// Length that the slice must have.
    pub needed: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_little_endian() {
        let mut r = Reader::new(b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b");
        assert_eq!(r.u8(), Some(0x01));
        assert_eq!(r.u16(), Some(0x0302));
        assert_eq!(r.u24(), Some(0x06_0504));
        assert_eq!(r.u32(), Some(0x0a09_0807));
        assert_eq!(r.rest(), b"\x0b");
    }

    #[test]
    fn a_read_that_does_not_fit_takes_nothing() {
        let mut r = Reader::new(b"ab");
        assert_eq!(r.u24(), None);
        assert_eq!(r.u32(), None);
        assert_eq!(r.take(3), None);
        assert_eq!(r.take(usize::MAX), None);
        assert_eq!(r.skip(3), None);
        assert_eq!(r.until_nul(), None);
        assert_eq!(r.len(), 2);
        assert_eq!(r.u16(), Some(0x6261));
        assert!(r.is_empty());
        assert_eq!(r.u8(), None);
        assert_eq!(r.take(0), Some(&b""[..]));
    }

    #[test]
    fn a_string_ends_before_its_nul() {
        let mut r = Reader::new(b"one\0\0two");
        assert_eq!(r.until_nul(), Some(&b"one"[..]));
        assert_eq!(r.until_nul(), Some(&b""[..]));
        assert_eq!(r.until_nul(), None);
        assert_eq!(r.rest(), b"two");
    }

    #[test]
    fn writes_what_a_reader_reads() {
        let mut out = [0xaa; 16];
        let mut w = Writer::new(&mut out, 14).unwrap();
        w.u8(1);
        w.u16(0x0203);
        w.u24(0xff04_0506);
        w.u32(0x0708_090a);
        w.zeros(2);
        w.bytes(b"xy");
        assert_eq!(w.len(), 14);
        let expected = b"\x01\x03\x02\x06\x05\x04\x0a\x09\x08\x07\0\0xy\xaa\xaa";
        assert_eq!(&out, expected, "and nothing beyond the length asked for");
    }

    #[test]
    fn what_exceeds_the_length_asked_for_is_left_out() {
        let mut out = [0xaa; 8];
        let mut w = Writer::new(&mut out, 3).unwrap();
        w.u16(0x0201);
        w.u32(0xffff_ffff);
        w.zeros(2);
        w.u8(3);
        assert_eq!(w.len(), 3);
        assert_eq!(out, [1, 2, 3, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa]);
    }

    #[test]
    fn a_slice_that_is_too_short_is_not_written_to() {
        let mut out = [0xaa; 3];
        assert_eq!(Writer::new(&mut out, 4).unwrap_err(), TooShort { needed: 4 });
        assert_eq!(Writer::new(&mut out, usize::MAX).unwrap_err(), TooShort { needed: usize::MAX });
        assert_eq!(out, [0xaa; 3]);
    }
}
