//! The four bytes in front of every MySQL packet.
//!
//! # Source
//! Spec 1.1. Numbers go on through the TLS handshake: greeting 0, SSLRequest 1, login inside TLS 2.

use crate::bytes::{Reader, TooShort, Writer};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// Of the payload, in bytes: 24 bits. `MAX_PAYLOAD` means that another packet continues it.
    pub len: u32,
    /// Starts at 0 with the greeting, one more per packet in either direction, 255 before 0.
    pub sequence: u8,
}

impl Header {
    /// Reads the header of a packet, or `None` if it is not all there yet.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        Some(Self { len: r.u24()?, sequence: r.u8()? })
    }

    /// Writes the header alone.
    ///
    /// # Errors
    /// `TooShort` if `out` is shorter than `Self::WIRE_LEN`; nothing is written then.
    pub fn write(self, out: &mut [u8]) -> Result<usize, TooShort> {
        let mut w = Writer::new(out, Self::WIRE_LEN)?;
        self.put(&mut w);
        Ok(w.len())
    }

    /// Writes the header in front of what `w` is to hold next.
    pub fn put(self, w: &mut Writer<'_>) {
        w.u24(self.len);
        w.u8(self.sequence);
    }

    /// Three bytes of length and one of sequence.
    pub const WIRE_LEN: usize = 4;

    /// Most that one packet carries.
    pub const MAX_PAYLOAD: u32 = 0xff_ffff;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        for (len, sequence, wire) in [
            (0, 0, [0, 0, 0, 0]),
            (32, 1, [0x20, 0, 0, 1]),
            (0x03_0201, 255, [1, 2, 3, 0xff]),
            (Header::MAX_PAYLOAD, 2, [0xff, 0xff, 0xff, 2]),
        ] {
            let header = Header { len, sequence };
            let mut out = [0xaa; 5];
            assert_eq!(header.write(&mut out), Ok(4));
            assert_eq!(out[..4], wire);
            assert_eq!(out[4], 0xaa, "the fifth byte is not ours");
            assert_eq!(Header::parse(&out), Some(header));
        }
    }

    #[test]
    fn every_shorter_prefix_is_none() {
        for n in 0..Header::WIRE_LEN {
            assert_eq!(Header::parse(&[7; 4][..n]), None, "{n} bytes");
        }
    }

    #[test]
    fn three_bytes_of_room_are_too_few() {
        let mut out = [0xaa; 3];
        assert_eq!(Header { len: 1, sequence: 0 }.write(&mut out), Err(TooShort { needed: 4 }));
        assert_eq!(out, [0xaa; 3]);
    }
}
