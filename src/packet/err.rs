//! The ERR packet: a server's error in place of a greeting, or before it closes the connection.
//!
//! Before it knows the client's capabilities a server leaves the SQLSTATE out, but not every server
//! does; both forms are read. An ERR packet in clear is not authenticated.
//!
//! # Source
//! MySQL 5.7.29, 9.7.4, MariaDB 10.11.19 on the wire; T10–T12, T89, T92.

use crate::bytes::{Reader, TooShort, Writer};
use crate::error::{Code, Error};
use crate::packet::header::Header;

/// Whether a payload is an ERR packet and not a greeting.
pub fn is_err(payload: &[u8]) -> bool {
    payload.first() == Some(&HEADER)
}

/// The fields of an ERR packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ErrPacket<'a> {
    /// MySQL's error number.
    pub code: u16,
    /// SQLSTATE; missing where `CLIENT_PROTOCOL_41` is not negotiated.
    pub sqlstate: Option<[u8; 5]>,
    /// Text: the peer's raw bytes, or our own. `write` cuts it at `MAX_MESSAGE`.
    pub message: &'a [u8],
}

impl<'a> ErrPacket<'a> {
    /// Reads a payload (without the 4-byte packet header).
    ///
    /// # Errors
    /// `Greeting` if it is not an ERR packet, or has no whole error number.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Error> {
        let mut r = Reader::new(payload);
        if r.u8() != Some(HEADER) {
            return Err(Code::Greeting.into());
        }
        let code = r.u16().ok_or(Code::Greeting)?;
        let (sqlstate, message) = match r.rest() {
            [b'#', a, b, c, d, e, message @ ..] => (Some([*a, *b, *c, *d, *e]), message),
            message => (None, message),
        };
        Ok(Self { code, sqlstate, message })
    }

    /// Writes the packet, header included.
    ///
    /// # Errors
    /// `TooShort` if `out` is shorter than `wire_len()`; nothing is written then.
    pub fn write(&self, sequence: u8, out: &mut [u8]) -> Result<usize, TooShort> {
        let needed = self.wire_len();
        let mut w = Writer::new(out, needed)?;
        let len = needed.saturating_sub(Header::WIRE_LEN);
        // invariant: MAX_MESSAGE keeps the length far below 2^24.
        let len = u32::try_from(len).unwrap_or(Header::MAX_PAYLOAD);
        Header { len, sequence }.put(&mut w);
        w.u8(HEADER);
        w.u16(self.code);
        if let Some(sqlstate) = self.sqlstate {
            w.u8(b'#');
            w.bytes(&sqlstate);
        }
        w.bytes(self.sent_message());
        Ok(w.len())
    }

    /// Returns the number of bytes that `write` needs.
    pub fn wire_len(&self) -> usize {
        let fixed: usize = if self.sqlstate.is_some() { 13 } else { 7 };
        fixed.saturating_add(self.sent_message().len())
    }

    fn sent_message(&self) -> &'a [u8] {
        self.message.get(..Self::MAX_MESSAGE).unwrap_or(self.message)
    }

    /// Most bytes of text that a client keeps: MYSQL_ERRMSG_SIZE less its NUL.
    pub const MAX_MESSAGE: usize = 511;

    /// Shortest payload: the header byte and an error number.
    pub const MIN_PAYLOAD: usize = 3;

    /// Longest payload that is read as an ERR packet where a TLS record is expected: header byte,
    /// error number, `#`, SQLSTATE and a text of MYSQL_ERRMSG_SIZE, with nine bytes to spare.
    pub const MAX_PAYLOAD: usize = 530;
}

/// First byte of an ERR packet.
const HEADER: u8 = 0xff;

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKED: &[u8] = b"\xff\x69\x04Host '192.0.2.7' is blocked";
    const TOO_MANY: &[u8] = b"\xff\x10\x04#08004Too many connections";
    /// Answer of MySQL 5.7.29, 9.7.4 and MariaDB 10.11.19 to a first packet that they cannot read.
    const BAD_HANDSHAKE: &[u8] = b"\x16\0\0\x02\xff\x13\x04#08S01Bad handshake";
    /// Answer of MySQL 5.7.29 to a first packet with sequence number 0.
    const OUT_OF_ORDER: &[u8] = b"\x1b\0\0\x01\xff\x84\x04Got packets out of order";

    #[test]
    fn reads_the_form_without_sqlstate() {
        // T10
        let err = ErrPacket::parse(BLOCKED).unwrap();
        assert_eq!(err.code, 1129);
        assert_eq!(err.sqlstate, None);
        assert_eq!(err.message, b"Host '192.0.2.7' is blocked");
    }

    #[test]
    fn takes_the_sqlstate_out_of_the_text() {
        // T11
        let err = ErrPacket::parse(TOO_MANY).unwrap();
        assert_eq!(err.code, 1040);
        assert_eq!(err.sqlstate, Some(*b"08004"));
        assert_eq!(err.message, b"Too many connections");
    }

    #[test]
    fn fewer_than_three_bytes_are_an_error() {
        // T12
        for n in 0..3 {
            let error = ErrPacket::parse(&TOO_MANY[..n]).unwrap_err();
            assert_eq!(error.code, Code::Greeting, "{n} bytes");
        }
    }

    #[test]
    fn the_bounds_hold_the_shortest_and_the_longest_packet() {
        assert!(ErrPacket::parse(&TOO_MANY[..ErrPacket::MIN_PAYLOAD]).is_ok());
        assert!(ErrPacket::parse(&TOO_MANY[..ErrPacket::MIN_PAYLOAD - 1]).is_err());
        let message = [b'x'; ErrPacket::MAX_MESSAGE];
        let longest = ErrPacket { code: 1043, sqlstate: Some(*b"08S01"), message: &message };
        assert!(longest.wire_len() - Header::WIRE_LEN <= ErrPacket::MAX_PAYLOAD);
    }

    #[test]
    fn every_longer_prefix_has_its_code() {
        for n in 3..=TOO_MANY.len() {
            let err = ErrPacket::parse(&TOO_MANY[..n]).unwrap();
            assert_eq!(err.code, 1040, "{n} bytes");
            // A cut SQLSTATE is text like any other.
            assert_eq!(err.sqlstate.is_some(), n >= 9, "{n} bytes");
            assert_eq!(err.message, &TOO_MANY[if n >= 9 { 9 } else { 3 }..n], "{n} bytes");
        }
    }

    #[test]
    fn only_ff_begins_an_err_packet() {
        for first in 0..=0xff {
            let payload = [first, 0x10, 0x04];
            assert_eq!(is_err(&payload), first == 0xff);
            assert_eq!(ErrPacket::parse(&payload).is_ok(), first == 0xff);
        }
        assert!(!is_err(&[]));
    }

    #[test]
    fn writes_what_real_servers_write() {
        // T89, T92
        for (sequence, wire) in [(2, BAD_HANDSHAKE), (1, OUT_OF_ORDER)] {
            let err = ErrPacket::parse(&wire[4..]).unwrap();
            let mut out = [0xaa; 64];
            assert_eq!(err.wire_len(), wire.len());
            assert_eq!(err.write(sequence, &mut out), Ok(wire.len()));
            assert_eq!(&out[..wire.len()], wire);
            assert_eq!(out[wire.len()], 0xaa, "the byte behind it is not ours");
        }
    }

    #[test]
    fn less_room_than_wire_len_writes_nothing() {
        let err = ErrPacket::parse(&BAD_HANDSHAKE[4..]).unwrap();
        for n in 0..err.wire_len() {
            let mut out = vec![0xaa; n];
            assert_eq!(err.write(2, &mut out), Err(TooShort { needed: err.wire_len() }));
            assert_eq!(out, vec![0xaa; n]);
        }
    }

    #[test]
    fn a_text_that_no_client_can_hold_is_cut() {
        let message = [b'x'; 600];
        let err = ErrPacket { code: 2026, sqlstate: Some(*b"HY000"), message: &message };
        let mut out = [0; 1024];
        assert_eq!(err.write(2, &mut out), Ok(13 + 511));
        assert_eq!(Header::parse(&out), Some(Header { len: 9 + 511, sequence: 2 }));
        assert_eq!(ErrPacket::parse(&out[4..13 + 511]).unwrap().message, &message[..511]);
    }
}
