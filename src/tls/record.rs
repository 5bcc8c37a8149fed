//! Records on the wire (RFC 8446 section 5.1): their headers, their limits, and where the next ends.

/// Type and length of a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    pub kind: u8,
    /// Length of the body, in bytes.
    pub len: usize,
}

/// What stands at the front of the peer's bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Frame<'a> {
    /// A whole record, header included.
    Whole(Header, &'a [u8]),
    /// The length that must be there to go on, from the front of the bytes.
    Need(usize),
    /// Five bytes that begin no TLS record.
    NotTls(&'a [u8]),
}

/// The bytes do not begin a TLS record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotARecord;

impl Header {
    pub const LEN: usize = 5;

    /// Reads a header; `None` until five bytes are there.
    pub fn parse(bytes: &[u8]) -> Option<Result<Self, NotARecord>> {
        let (&[kind, major, _minor, high, low], _) = bytes.split_first_chunk()?;
        let len = usize::from(u16::from_be_bytes([high, low]));
        if !(CHANGE_CIPHER_SPEC..=APPLICATION_DATA).contains(&kind) || major != 3 || len > MAX_BODY
        {
            return Some(Err(NotARecord));
        }
        Some(Ok(Self { kind, len }))
    }

    /// Length of header and body.
    pub fn total(self) -> usize {
        Self::LEN.saturating_add(self.len)
    }
}

impl<'a> Frame<'a> {
    /// Reads the next record, which its header alone delimits.
    pub fn next(bytes: &'a [u8]) -> Self {
        let Some((parsed, head)) = Header::parse(bytes).zip(bytes.get(..Header::LEN)) else {
            return Self::Need(Header::LEN);
        };
        let Ok(header) = parsed else { return Self::NotTls(head) };
        match bytes.get(..header.total()) {
            Some(record) => Self::Whole(header, record),
            None => Self::Need(header.total()),
        }
    }
}

/// ContentType.
pub const INVALID: u8 = 0;
pub const CHANGE_CIPHER_SPEC: u8 = 20;
pub const ALERT: u8 = 21;
pub const HANDSHAKE: u8 = 22;
pub const APPLICATION_DATA: u8 = 23;

/// Largest plaintext of a record, in bytes.
pub const MAX_PLAINTEXT: usize = 1 << 14;

/// Largest body of a record, in bytes. RFC 5246 section 6.2.3 allows 2048 bytes of expansion, RFC
/// 8446 section 5.2 256: the larger one here, since the version may not be known yet. rustls applies
/// the smaller one.
const MAX_BODY: usize = MAX_PLAINTEXT + 2048;

/// Largest record, header included.
pub const MAX_RECORD: usize = Header::LEN + MAX_BODY;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_bytes_of_a_record() {
        let handshake = Header { kind: HANDSHAKE, len: 512 };
        assert_eq!(Header::parse(b"\x16\x03\x01\x02\x00"), Some(Ok(handshake)));
        assert_eq!(handshake.total(), 517);
        assert_eq!(Header::parse(b"\x16\x03\x01\x02"), None);
    }

    #[test]
    fn other_protocols_are_no_records() {
        for bytes in [b"HTTP/", b"SSH-2", b"\x16\0\0\x02\xff", b"\x18\x03\x03\0\x01"] {
            assert_eq!(Header::parse(bytes), Some(Err(NotARecord)));
            assert_eq!(Frame::next(bytes), Frame::NotTls(bytes));
        }
        assert_eq!(Header::parse(b"\x17\x03\x03\x48\x01"), Some(Err(NotARecord)));
    }

    #[test]
    fn a_frame_is_whole_or_says_what_it_needs() {
        let wire = b"\x17\x03\x03\x00\x03abcdef";
        for len in 0..5 {
            assert_eq!(Frame::next(&wire[..len]), Frame::Need(5), "{len}");
        }
        for len in 5..8 {
            assert_eq!(Frame::next(&wire[..len]), Frame::Need(8), "{len}");
        }
        let header = Header { kind: APPLICATION_DATA, len: 3 };
        assert_eq!(Frame::next(wire), Frame::Whole(header, &wire[..8]));
    }
}
