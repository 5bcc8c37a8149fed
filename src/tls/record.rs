//! The record header (RFC 8446 section 5.1): all that is read of a record before it is decrypted.

/// Type and length of a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    pub kind: u8,
    /// Of the body, in bytes.
    pub len: usize,
}

impl Header {
    pub const LEN: usize = 5;

    /// `None` until five bytes are there.
    pub fn parse(bytes: &[u8]) -> Option<Result<Self, NotARecord>> {
        let (&[kind, major, _minor, high, low], _) = bytes.split_first_chunk()?;
        let len = usize::from(u16::from_be_bytes([high, low]));
        if !(20..=23).contains(&kind) || major != 3 || len > MAX_BODY {
            return Some(Err(NotARecord));
        }
        Some(Ok(Self { kind, len }))
    }

    /// Header and body.
    pub fn total(self) -> usize {
        Self::LEN.saturating_add(self.len)
    }
}

/// The bytes do not begin a TLS record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotARecord;

pub const HANDSHAKE: u8 = 22;
pub const APPLICATION_DATA: u8 = 23;

/// Largest plaintext of a record.
pub const MAX_PLAINTEXT: usize = 1 << 14;

/// RFC 5246 section 6.2.3 allows 2048 bytes of expansion, RFC 8446 256: the larger one here, since
/// the version may not be known yet. rustls applies the smaller one.
const MAX_BODY: usize = MAX_PLAINTEXT + 2048;

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
    fn other_protocols_are_told_apart() {
        for bytes in [b"HTTP/", b"SSH-2", b"\x16\0\0\x02\xff", b"\x18\x03\x03\0\x01"] {
            assert_eq!(Header::parse(bytes), Some(Err(NotARecord)));
        }
        assert_eq!(Header::parse(b"\x17\x03\x03\x48\x01"), Some(Err(NotARecord)));
    }
}
