//! The packet header: four bytes in front of every MySQL packet.
//!
//! Sequence numbers continue through the TLS handshake: greeting 0, SSLRequest 1, login inside TLS
//! 2. What a first packet may have as its length and number is checked by `check_header` in
//! `engine/client.rs` and by `check_sequence` and `check_ssl_request` in `engine/server.rs`.
//!
//! # Source
//! MySQL 5.7.29, 9.7.4, MariaDB 10.11.19 and 11.8 on the wire; T09, T19, T92, T93.

use crate::bytes::{Reader, TooShort, Writer};

/// Length and sequence number of a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// Bytes of the payload: 24 bits. After `MAX_PAYLOAD` another packet continues it.
    pub len: u32,
    /// Sequence number: 0 for the greeting, then one more for each packet in either direction; 0
    /// follows 255.
    pub sequence: u8,
}

impl Header {
    /// Reads the header of a packet; `None` if there are fewer than four bytes.
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

    /// Writes the header into a packet that is being written.
    pub fn put(self, w: &mut Writer<'_>) {
        w.u24(self.len);
        w.u8(self.sequence);
    }

    /// Three bytes of length and one of sequence.
    pub const WIRE_LEN: usize = 4;

    /// Bytes of the longest payload of one packet.
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
