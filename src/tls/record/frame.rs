//! Records on the wire (RFC 8446 section 5.1): their headers, their limits, and where the next ends.

use crate::error::alert::number as alert;
use crate::error::{Code, Error};

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
    /// Bytes that begin no TLS record.
    NotTls(NotARecord),
}

/// Why bytes do not begin a TLS record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotARecord {
    /// Its version is not 3.x: another protocol.
    Version,
    /// Its content type is none that is known.
    Type(u8),
    /// It claims so many bytes.
    Size(usize),
}

impl NotARecord {
    /// Returns the failure, and the alert for it (RFC 8446 sections 5, 5.1 and 5.2).
    pub fn refusal(self) -> (Error, u8) {
        match self {
            Self::Version => (Code::Record.into(), alert::DECODE_ERROR),
            Self::Type(kind) => {
                let what = format!("a record of type {kind}, which TLS does not have");
                (Error::detail(Code::Record, what), alert::UNEXPECTED_MESSAGE)
            }
            Self::Size(len) => (too_large(len, MAX_BODY), alert::RECORD_OVERFLOW),
        }
    }
}

/// Returns the failure for a record of more than `most` bytes.
pub fn too_large(len: usize, most: usize) -> Error {
    let what = format!("a record of {len} bytes, {most} at most");
    Error::detail(Code::Record, what).with_hint("Upgrade the TLS library of the peer.")
}

impl Header {
    pub const LEN: usize = 5;

    /// Reads a header; `None` until five bytes are there.
    pub fn parse(bytes: &[u8]) -> Option<Result<Self, NotARecord>> {
        let (&[kind, major, _minor, high, low], _) = bytes.split_first_chunk()?;
        let len = usize::from(u16::from_be_bytes([high, low]));
        Some(match kind {
            _ if major != 3 => Err(NotARecord::Version),
            CHANGE_CIPHER_SPEC..=APPLICATION_DATA if len > MAX_BODY => Err(NotARecord::Size(len)),
            CHANGE_CIPHER_SPEC..=APPLICATION_DATA => Ok(Self { kind, len }),
            _ => Err(NotARecord::Type(kind)),
        })
    }

    /// Length of header and body.
    pub fn total(self) -> usize {
        Self::LEN.saturating_add(self.len)
    }
}

impl<'a> Frame<'a> {
    /// Reads the next record, which its header alone delimits.
    #[inline]
    pub fn next(bytes: &'a [u8]) -> Self {
        let header = match Header::parse(bytes) {
            None => return Self::Need(Header::LEN),
            Some(Err(why)) => return Self::NotTls(why),
            Some(Ok(header)) => header,
        };
        match bytes.get(..header.total()) {
            Some(record) => Self::Whole(header, record),
            None => Self::Need(header.total()),
        }
    }
}

/// Returns the last of whole records, header included.
pub fn last(mut records: &[u8]) -> Option<&[u8]> {
    let mut last = None;
    while let Frame::Whole(_, record) = Frame::next(records) {
        last = Some(record);
        records = records.get(record.len()..).unwrap_or_default();
    }
    last
}

/// Returns how much longer than its content the body of an encrypted record is in TLS 1.2: AES-GCM has
/// a part of the nonce in front (RFC 5288 section 3), ChaCha20-Poly1305 has none (RFC 7905 section 2).
pub fn tls12_expansion(suite: u16) -> usize {
    if matches!(suite, 0xcca8..=0xccaa) { 16 } else { 8 + 16 }
}

/// Returns bytes as records in clear.
pub fn in_clear(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut records = Vec::with_capacity(bytes.len().saturating_add(2 * Header::LEN));
    for part in bytes.chunks(MAX_PLAINTEXT) {
        // invariant: a part has 2^14 bytes at most.
        let [high, low] = u16::try_from(part.len()).unwrap_or(0).to_be_bytes();
        records.extend([kind, 3, 3, high, low]);
        records.extend_from_slice(part);
    }
    records
}

/// ContentType.
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
        for (bytes, why) in [
            (b"HTTP/", NotARecord::Version),
            (b"SSH-2", NotARecord::Version),
            (b"\x16\0\0\x02\xff", NotARecord::Version),
            (b"\x18\x03\x03\0\x01", NotARecord::Type(24)),
            (b"\x00\x03\x03\0\x01", NotARecord::Type(0)),
            (b"\x17\x03\x03\x48\x01", NotARecord::Size(18433)),
        ] {
            assert_eq!(Header::parse(bytes), Some(Err(why)));
            assert_eq!(Frame::next(bytes), Frame::NotTls(why));
        }
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
