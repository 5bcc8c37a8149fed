//! The SSLRequest: the first packet of a client that uses TLS.
//!
//! It is the first 32 bytes of HandshakeResponse41, sent alone and in clear; the TLS ClientHello
//! follows with the next byte. Servers use the capabilities from here and skip the repeated bytes
//! inside TLS. For a server without protocol 4.1 it is the first 5 bytes of the login.
//! `engine/server.rs` checks the length and the sequence number of the packet around it.
//!
//! # Source
//! MySQL 5.7.29, 9.7.4, MariaDB 10.11.19 on the wire; T15–T18, T87–T90.

use crate::bytes::{Reader, TooShort, Writer};
use crate::error::{Code, Error};
use crate::packet::capability::{CLIENT_MYSQL, CLIENT_PROTOCOL_41, CLIENT_SSL};
use crate::packet::greeting::Greeting;
use crate::packet::header::Header;

/// The fields of an SSLRequest, which the client's HandshakeResponse41 must repeat.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SslRequest {
    pub capabilities: u32,
    /// Bytes of the largest packet that the client will send; 0 is legal (Go, Node).
    pub max_packet: u32,
    /// Low 8 bits of the collation id.
    pub charset: u8,
    /// MariaDB's second capability word; on the wire only where `CLIENT_MYSQL` is clear.
    pub mariadb_capabilities: u32,
}

impl SslRequest {
    /// Reads a payload (without the 4-byte packet header); `None` if it is a login without TLS.
    ///
    /// # Errors
    /// `SslRequest` if the payload is cut short.
    pub fn parse(payload: &[u8]) -> Result<Option<Self>, Error> {
        let request = Self::parse_login(payload)?;
        Ok(Some(request).filter(|r| r.capabilities & CLIENT_SSL != 0))
    }

    /// Reads the same fields from any first packet of a client: a login without TLS begins with
    /// them too.
    ///
    /// # Errors
    /// `SslRequest` if the payload is cut short.
    pub fn parse_login(payload: &[u8]) -> Result<Self, Error> {
        Self::read(Reader::new(payload)).ok_or(Code::SslRequest.into())
    }

    /// Removes the fields and bits that a server with this greeting cannot read. The login must
    /// repeat the result, not the original.
    pub fn answering(self, greeting: &Greeting<'_>) -> Self {
        if greeting.capabilities & CLIENT_PROTOCOL_41 == 0 {
            return Self {
                capabilities: self.capabilities & 0xffff & !CLIENT_PROTOCOL_41,
                max_packet: self.max_packet.min(Self::PRE_41_MAX_PACKET),
                charset: 0,
                mariadb_capabilities: 0,
            };
        }
        if greeting.capabilities & CLIENT_MYSQL == 0 {
            return Self { capabilities: self.capabilities & !CLIENT_MYSQL, ..self };
        }
        Self { mariadb_capabilities: 0, ..self }
    }

    /// Writes the packet, header included, with sequence number 1 and `CLIENT_SSL` set.
    ///
    /// # Errors
    /// `TooShort` if `out` is shorter than `wire_len()`; nothing is written then.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, TooShort> {
        let mut w = Writer::new(out, self.wire_len())?;
        let capabilities = self.capabilities | CLIENT_SSL;
        if self.is_pre_41() {
            Header { len: 5, sequence: 1 }.put(&mut w);
            let [a, b, ..] = capabilities.to_le_bytes();
            w.bytes(&[a, b]);
            w.u24(self.max_packet.min(Self::PRE_41_MAX_PACKET));
            return Ok(w.len());
        }
        Header { len: 32, sequence: 1 }.put(&mut w);
        w.u32(capabilities);
        w.u32(self.max_packet);
        w.u8(self.charset);
        w.zeros(19);
        w.u32(if self.capabilities & CLIENT_MYSQL == 0 { self.mariadb_capabilities } else { 0 });
        Ok(w.len())
    }

    /// Returns the number of bytes that `write` needs.
    pub fn wire_len(&self) -> usize {
        if self.is_pre_41() { Self::PRE_41_WIRE_LEN } else { Self::WIRE_LEN }
    }

    fn is_pre_41(&self) -> bool {
        self.capabilities & CLIENT_PROTOCOL_41 == 0
    }

    fn read(mut r: Reader<'_>) -> Option<Self> {
        let low = r.u16()?;
        if u32::from(low) & CLIENT_PROTOCOL_41 == 0 {
            let max_packet = r.u24()?;
            let capabilities = u32::from(low);
            return Some(Self { capabilities, max_packet, charset: 0, mariadb_capabilities: 0 });
        }
        let capabilities = u32::from(r.u16()?) << 16 | u32::from(low);
        let max_packet = r.u32()?;
        let charset = r.u8()?;
        // As real servers do, this accepts longer packets and a filler that is not zero.
        r.skip(19)?;
        let last = r.u32()?;
        let mariadb_capabilities = if capabilities & CLIENT_MYSQL == 0 { last } else { 0 };
        Some(Self { capabilities, max_packet, charset, mariadb_capabilities })
    }

    /// Header and 32 bytes.
    pub const WIRE_LEN: usize = 36;

    /// Header and 5 bytes: 16 bits of capabilities, 24 of packet size.
    pub const PRE_41_WIRE_LEN: usize = 9;

    const PRE_41_MAX_PACKET: u32 = 0xff_ffff;
}

/// Returns the low 8 bits of a collation id, which is all that the packets can hold. Larger ids
/// need `SET NAMES` after the login.
pub fn charset_byte(collation: u32) -> u8 {
    let [low, ..] = collation.to_le_bytes();
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::capability::{CLIENT_PLUGIN_AUTH, CLIENT_SECURE_CONNECTION};

    /// The payload that `mysql` 9.7 sends to a MySQL server (T15).
    const MYSQL_97: &[u8] = b"\x85\xaa\xbf\x19\x00\x00\x00\x01\xff\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    /// The payload that `mariadb` 11.8 sends to a MariaDB server (T17).
    const MARIADB_118: &[u8] = b"\x84\xaa\xbf\x00\x00\x00\x00\x01\x2d\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1d\0\0\0";
    /// LONG_PASSWORD, LONG_FLAG and SSL, 16 MiB - 1 (T18).
    const PRE_41: &[u8] = b"\x05\x08\xff\xff\xff";

    #[test]
    fn reads_what_mysql_sends() {
        let request = SslRequest::parse(MYSQL_97).unwrap().unwrap();
        assert_eq!(request.capabilities, 0x19bf_aa85);
        assert_eq!(request.max_packet, 1 << 24);
        assert_eq!(request.charset, 255);
        assert_eq!(request.mariadb_capabilities, 0);
    }

    #[test]
    fn reads_what_mariadb_sends() {
        let request = SslRequest::parse(MARIADB_118).unwrap().unwrap();
        assert_eq!(request.capabilities, 0x00bf_aa84);
        assert_eq!(request.charset, 45);
        assert_eq!(request.mariadb_capabilities, 0x1d);
    }

    #[test]
    fn reads_the_form_before_protocol_41() {
        let request = SslRequest::parse(PRE_41).unwrap().unwrap();
        assert_eq!(request.capabilities, 0x0805);
        assert_eq!(request.max_packet, 0xff_ffff);
    }

    #[test]
    fn writes_what_mysql_sends() {
        // T15
        let request = SslRequest {
            capabilities: 0x19bf_aa85,
            max_packet: 1 << 24,
            charset: 255,
            mariadb_capabilities: 0,
        };
        let mut out = [0xaa; SslRequest::WIRE_LEN];
        assert_eq!(request.answering(&server(CLIENT_MYSQL)).write(&mut out), Ok(36));
        assert_eq!(out[..4], [32, 0, 0, 1]);
        assert_eq!(&out[4..], MYSQL_97);
    }

    #[test]
    fn writes_what_it_read() {
        for payload in [MYSQL_97, MARIADB_118, PRE_41] {
            let request = SslRequest::parse(payload).unwrap().unwrap();
            let mut out = [0xaa; SslRequest::WIRE_LEN + 1];
            let n = request.write(&mut out).unwrap();
            assert_eq!(n, payload.len() + 4);
            assert_eq!(n, request.wire_len());
            assert_eq!(Header::parse(&out), Some(Header { len: n as u32 - 4, sequence: 1 }));
            assert_eq!(&out[4..n], payload);
            assert_eq!(out[n], 0xaa, "the byte behind it is not ours");
        }
    }

    #[test]
    fn charset_is_the_low_byte_of_the_collation() {
        // T16
        assert_eq!(charset_byte(309), 0x35);
        assert_eq!(charset_byte(255), 255);
    }

    #[test]
    fn a_mariadb_server_gets_the_second_word_and_bit_0_clear() {
        // T17
        let request = SslRequest {
            capabilities: 0x00bf_aa85,
            max_packet: 1 << 24,
            charset: 45,
            mariadb_capabilities: 0x1d,
        };
        let mut out = [0xaa; SslRequest::WIRE_LEN];
        let answer = request.answering(&server(0));
        assert_eq!(answer.write(&mut out), Ok(36));
        assert_eq!(&out[4..], MARIADB_118);
        assert_eq!(&out[32..], b"\x1d\0\0\0", "at offset 28 of the payload");
    }

    #[test]
    fn a_mysql_server_gets_zeros_for_the_second_word() {
        for capabilities in [0x00bf_aa85, 0x00bf_aa84] {
            let request =
                SslRequest { capabilities, max_packet: 0, charset: 45, mariadb_capabilities: 0x1d };
            let answer = request.answering(&server(CLIENT_MYSQL));
            assert_eq!(answer, SslRequest { mariadb_capabilities: 0, ..request });
            let mut out = [0xaa; SslRequest::WIRE_LEN];
            assert_eq!(answer.write(&mut out), Ok(36));
            assert_eq!(out[13..], [0; 23]);
        }
    }

    #[test]
    fn the_second_word_stays_off_the_wire_where_bit_0_is_set() {
        let request = SslRequest {
            capabilities: 0x00bf_aa85,
            max_packet: 0,
            charset: 45,
            mariadb_capabilities: 0x1d,
        };
        let mut out = [0xaa; SslRequest::WIRE_LEN];
        assert_eq!(request.write(&mut out), Ok(36));
        assert_eq!(out[13..], [0; 23]);
    }

    #[test]
    fn a_server_before_protocol_41_gets_five_bytes() {
        // T18
        let request = SslRequest {
            capabilities: 0x19bf_a205,
            max_packet: 1 << 30,
            charset: 45,
            mariadb_capabilities: 0x1d,
        };
        let mut old = server(CLIENT_MYSQL);
        old.capabilities &= !CLIENT_PROTOCOL_41;
        let answer = request.answering(&old);
        assert_eq!(answer.capabilities, 0xa005);
        assert_eq!(answer.max_packet, 0xff_ffff);
        let mut out = [0xaa; SslRequest::PRE_41_WIRE_LEN];
        assert_eq!(answer.write(&mut out), Ok(9));
        assert_eq!(&out, b"\x05\0\0\x01\x05\xa8\xff\xff\xff");
        assert_eq!(
            SslRequest::parse(&out[4..]).unwrap().unwrap(),
            SslRequest { capabilities: 0xa805, ..answer }
        );
    }

    #[test]
    fn five_bytes_hold_no_packet_size_above_24_bits() {
        let request = SslRequest {
            capabilities: 0x0805,
            max_packet: 1 << 30,
            charset: 0,
            mariadb_capabilities: 0,
        };
        let mut out = [0xaa; SslRequest::PRE_41_WIRE_LEN];
        assert_eq!(request.write(&mut out), Ok(9));
        assert_eq!(&out[4..], PRE_41);
    }

    #[test]
    fn writing_sets_the_ssl_bit() {
        let request = SslRequest {
            capabilities: CLIENT_PROTOCOL_41,
            max_packet: 0,
            charset: 0,
            mariadb_capabilities: 0,
        };
        let mut out = [0; SslRequest::WIRE_LEN];
        request.write(&mut out).unwrap();
        let read = SslRequest::parse(&out[4..]).unwrap().unwrap();
        assert_eq!(read.capabilities, CLIENT_PROTOCOL_41 | CLIENT_SSL);
    }

    #[test]
    fn longer_packets_and_any_filler_are_tolerated() {
        // T88
        let expected = SslRequest::parse(MYSQL_97).unwrap();
        for len in [33, 36, 232] {
            let mut payload = MYSQL_97.to_vec();
            payload.resize(len, 0x5a);
            payload[9..32].fill(0x21);
            assert_eq!(SslRequest::parse(&payload).unwrap(), expected, "{len} bytes");
        }
        let mut payload = PRE_41.to_vec();
        payload.extend(b"root\0");
        assert_eq!(SslRequest::parse(&payload).unwrap(), SslRequest::parse(PRE_41).unwrap());
    }

    #[test]
    fn a_plain_login_is_no_request_but_has_the_same_fields() {
        let mut login = MYSQL_97.to_vec();
        login[1] &= !0x08;
        login.extend(b"root\0");
        assert_eq!(SslRequest::parse(&login).unwrap(), None);
        let fields = SslRequest::parse_login(&login).unwrap();
        assert_eq!(fields.capabilities, 0x19bf_a285);
        assert_eq!(fields.max_packet, 1 << 24);
        assert_eq!(fields.charset, 255);
        assert_eq!(SslRequest::parse(b"\x05\x00\xff\xff\xffroot\0").unwrap(), None);
    }

    #[test]
    fn four_bytes_of_capabilities_alone_are_refused() {
        // With and without PROTOCOL_41.
        for payload in [b"\x85\xaa\xbf\x19", b"\x85\xa8\xbf\x19"] {
            assert_eq!(SslRequest::parse(payload).unwrap_err().code, Code::SslRequest);
        }
    }

    #[test]
    fn every_shorter_prefix_is_an_error_and_none_panics() {
        // T89
        let mut login = MYSQL_97.to_vec();
        login[1] &= !0x08;
        for payload in [MYSQL_97, MARIADB_118, PRE_41, &login] {
            for n in 0..payload.len() {
                assert_eq!(
                    SslRequest::parse(&payload[..n]).unwrap_err().code,
                    Code::SslRequest,
                    "{n} bytes"
                );
            }
        }
    }

    #[test]
    fn less_room_than_wire_len_writes_nothing() {
        for payload in [MYSQL_97, PRE_41] {
            let request = SslRequest::parse(payload).unwrap().unwrap();
            for n in 0..request.wire_len() {
                let mut out = vec![0xaa; n];
                assert_eq!(request.write(&mut out), Err(TooShort { needed: payload.len() + 4 }));
                assert_eq!(out, vec![0xaa; n]);
            }
        }
    }

    /// Returns the greeting of a server with the common bits and, for MySQL, `CLIENT_MYSQL`.
    fn server(bit_0: u32) -> Greeting<'static> {
        Greeting {
            server_version: b"9.7.4",
            connection_id: 1,
            capabilities: CLIENT_PROTOCOL_41
                | CLIENT_SSL
                | CLIENT_SECURE_CONNECTION
                | CLIENT_PLUGIN_AUTH
                | bit_0,
            charset: 45,
            status: 2,
            auth_data_1: &[1; 8],
            auth_data_2: &[2; 13],
            auth_plugin: b"caching_sha2_password",
            mariadb_capabilities: if bit_0 == 0 { 0x3d } else { 0 },
        }
    }
}
