//! Bounded reading and writing of little-endian bytes.
//!
//! Reading past the end is `None`, and room is asked for once, before the first byte is written;
//! neither can panic, so the packet code above cannot either.

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

    /// The bytes before the next NUL, which is taken too; `None` if there is no NUL.
    pub fn until_nul(&mut self) -> Option<&'a [u8]> {
        let n = self.rest.iter().position(|&byte| byte == 0)?;
        let taken = self.take(n)?;
        self.skip(1)?;
        Some(taken)
    }

    /// All bytes not taken yet; takes none.
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
    room: &'a mut [u8],
    written: usize,
}

impl<'a> Writer<'a> {
    /// Promises that no more than `needed` bytes will be written.
    ///
    /// # Errors
    /// `Room` if `out` is shorter than that.
    pub fn new(out: &'a mut [u8], needed: usize) -> Result<Self, Room> {
        let room = out.get_mut(..needed).ok_or(Room { needed })?;
        Ok(Self { room, written: 0 })
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
        if let Some(place) = self.advance(n) {
            place.fill(0);
        }
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        if let Some(place) = self.advance(bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    /// How many bytes were written.
    #[allow(clippy::len_without_is_empty, reason = "a writer is asked only when it is done")]
    pub fn len(&self) -> usize {
        self.written
    }

    fn advance(&mut self, n: usize) -> Option<&'a mut [u8]> {
        // invariant: `new` was told the whole length. What does not fit would be left out.
        if n > self.room.len() {
            return None;
        }
        let (place, room) = mem::take(&mut self.room).split_at_mut_checked(n)?;
        self.room = room;
        self.written = self.written.saturating_add(n);
        Some(place)
    }
}

/// The slice given is too short.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Room {
    /// Length that would do.
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
    fn too_little_room_is_told_before_anything_is_written() {
        let mut out = [0xaa; 3];
        assert_eq!(Writer::new(&mut out, 4).unwrap_err(), Room { needed: 4 });
        assert_eq!(Writer::new(&mut out, usize::MAX).unwrap_err(), Room { needed: usize::MAX });
        assert_eq!(out, [0xaa; 3]);
    }
}
