//! The greeting: a server's first packet, protocol version 10 (HandshakeV10).
//!
//! A server may send an ERR packet in its place (`err::is_err`). Another protocol version is an
//! error of its own, apart from a damaged greeting.
//!
//! # Source
//! The 15 recorded greetings in `tests/data/captures`; T01–T08, T84–T86.

use crate::bytes::{Reader, TooShort, Writer};
use crate::error::{Code, Error};
use crate::packet::capability::{
    CLIENT_MYSQL, CLIENT_PLUGIN_AUTH, CLIENT_SSL, CLIENT_SSL_VERIFY_SERVER_CERT,
};

/// The only protocol version that clients of MySQL 5.7 and later accept.
pub const VERSION: u8 = 10;

/// Returns the protocol version of a greeting; `None` if the payload is empty.
pub fn protocol(payload: &[u8]) -> Option<u8> {
    payload.first().copied()
}

/// Sets or clears `CLIENT_SSL` in a server's own greeting, in place, and for MySQL also
/// `CLIENT_SSL_VERIFY_SERVER_CERT`.
///
/// # Errors
/// As `Greeting::parse`; the payload is unchanged then.
pub fn set_tls(payload: &mut [u8], on: bool) -> Result<(), Error> {
    let greeting = Greeting::parse(payload)?;
    let mut bits = CLIENT_SSL;
    if greeting.capabilities & CLIENT_MYSQL != 0 {
        // MariaDB leaves bit 30 clear, with TLS and without.
        bits |= CLIENT_SSL_VERIFY_SERVER_CERT;
    }
    let new = if on { greeting.capabilities | bits } else { greeting.capabilities & !bits };
    let [a, b, c, d] = new.to_le_bytes();
    // Protocol version, server version and its NUL, connection id, auth data, filler.
    let before = greeting.server_version.len().saturating_add(1 + 1 + 4 + 8 + 1);
    // invariant: parsing found all of these bytes.
    let [low_1, low_2, _charset, _status_1, _status_2, high_1, high_2, ..] =
        payload.get_mut(before..).unwrap_or_default()
    else {
        return Err(Code::Greeting.into());
    };
    (*low_1, *low_2, *high_1, *high_2) = (a, b, c, d);
    Ok(())
}

/// The fields of a greeting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Greeting<'a> {
    /// Server version as it was sent: MariaDB up to 10.x puts `5.5.5-` in front.
    pub server_version: &'a [u8],
    pub connection_id: u32,
    /// Capabilities, the high 16 bits joined to the low.
    pub capabilities: u32,
    /// Low 8 bits of the collation id.
    pub charset: u8,
    pub status: u16,
    /// The first 8 bytes of the auth data; `auth_data()` joins it to the rest.
    pub auth_data_1: &'a [u8],
    /// The rest of the auth data: at least 13 bytes, usually 12 and a NUL.
    pub auth_data_2: &'a [u8],
    /// Name of the authentication plugin; `mysql_native_password` where the server names none.
    pub auth_plugin: &'a [u8],
    /// MariaDB's second capability word; 0 unless `CLIENT_MYSQL` is clear.
    pub mariadb_capabilities: u32,
}

impl<'a> Greeting<'a> {
    /// Reads a payload (without the 4-byte packet header) that is not an ERR packet. Bytes after
    /// the fields are ignored, and the NUL after the plugin name may be missing.
    ///
    /// # Errors
    /// `OldProtocol` if the version is not 10, `Greeting` if a field is cut short or malformed.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Error> {
        match protocol(payload) {
            Some(VERSION) => Self::read(Reader::new(payload)).ok_or(Code::Greeting.into()),
            Some(_) => Err(Code::OldProtocol.into()),
            None => Err(Code::Greeting.into()),
        }
    }

    pub fn offers_tls(&self) -> bool {
        self.capabilities & CLIENT_SSL != 0
    }

    /// Whether the server is MariaDB: by bit 0, which it clears since 10.2, or by its version text.
    pub fn is_mariadb(&self) -> bool {
        self.capabilities & CLIENT_MYSQL == 0 || names_mariadb(self.server_version)
    }

    /// Returns the three numbers at the front of the server version, without MariaDB's `5.5.5-`;
    /// `None` if there are none.
    pub fn version_number(&self) -> Option<Version> {
        self.numbers().map(|(version, _)| version)
    }

    /// Returns the three numbers, and the text after them.
    fn numbers(&self) -> Option<(Version, &'a [u8])> {
        let (major, rest) = number(without_prefix(self.server_version))?;
        let (minor, rest) = number(rest.strip_prefix(b".")?)?;
        let (patch, rest) = number(rest.strip_prefix(b".")?)?;
        Some(((major, minor, patch), rest))
    }

    /// Guesses who built the server by the text after the version number: MySQL's own words, the
    /// number of a distribution or a fork, or anything else, as proxies and compatible servers have
    /// it.
    pub fn build(&self) -> Build {
        let Some((_, rest)) = self.numbers() else { return Build::Other };
        let begins_with = |words: &[&[u8]]| words.iter().any(|word| rest.starts_with(word));
        match rest {
            _ if self.is_mariadb() => Build::Other,
            [] => Build::Community,
            _ if begins_with(&COMMUNITY_WORDS) => Build::Community,
            [b'-', b'0'..=b'9', ..] | [b'-', b'u', b'0'..=b'9', ..] => Build::MySql,
            _ if begins_with(&OTHER_WORDS) => Build::MySql,
            _ => Build::Other,
        }
    }

    /// Whether some servers of this version have no ECDHE: MySQL before 8.0.16 and MariaDB before
    /// 11 were also built with OpenSSL 1.0.x, where a server must turn it on.
    pub fn may_lack_ecdhe(&self) -> bool {
        let is_old = self.version_number().is_some_and(|version| version < (8, 0, 16));
        is_old || self.server_version.starts_with(b"5.5.5-")
    }

    /// Writes the whole auth data (the scramble: 20 bytes in practice) into `out`, without the NUL
    /// that ends it on the wire, and returns its length.
    ///
    /// # Errors
    /// `TooShort` if `out` is shorter than that; nothing is written then.
    pub fn auth_data(&self, out: &mut [u8]) -> Result<usize, TooShort> {
        let part_2 = self.auth_data_2.strip_suffix(b"\0").unwrap_or(self.auth_data_2);
        let mut w = Writer::new(out, self.auth_data_1.len().saturating_add(part_2.len()))?;
        w.bytes(self.auth_data_1);
        w.bytes(part_2);
        Ok(w.len())
    }

    fn read(mut r: Reader<'a>) -> Option<Self> {
        r.skip(1)?;
        let server_version = r.until_nul()?;
        let connection_id = r.u32()?;
        let auth_data_1 = r.take(8)?;
        r.skip(1)?;
        let low = r.u16()?;
        let charset = r.u8()?;
        let status = r.u16()?;
        let capabilities = u32::from(r.u16()?) << 16 | u32::from(low);
        let auth_len = r.u8()?;
        r.skip(6)?;
        let last = r.u32()?;
        let mariadb_capabilities = if capabilities & CLIENT_MYSQL == 0 { last } else { 0 };
        // Clients read the length as a signed byte, and refuse a negative one.
        if auth_len > 0x7f || r.len() < MIN_AUTH_DATA_2 {
            return None;
        }
        let (auth_data_2, auth_plugin) = if capabilities & CLIENT_PLUGIN_AUTH == 0 {
            (r.rest(), NATIVE_PASSWORD)
        } else {
            let part_2 = usize::from(auth_len).saturating_sub(8).max(MIN_AUTH_DATA_2);
            (r.take(part_2)?, r.until_nul().unwrap_or(r.rest()))
        };
        Some(Self {
            server_version,
            connection_id,
            capabilities,
            charset,
            status,
            auth_data_1,
            auth_data_2,
            auth_plugin,
            mariadb_capabilities,
        })
    }
}

/// Whether a version text has MariaDB's name in it.
pub fn names_mariadb(version: &[u8]) -> bool {
    version.windows(MARIADB.len()).any(|part| part == MARIADB)
}

/// Removes MariaDB's prefix. There was a MySQL 5.5.5 too: a word follows it and not a number.
fn without_prefix(version: &[u8]) -> &[u8] {
    match version.strip_prefix(b"5.5.5-") {
        Some(rest) if rest.first().is_some_and(u8::is_ascii_digit) => rest,
        _ => version,
    }
}

/// Splits the decimal number off the front.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let value = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((value, rest))
}

/// Major, minor and patch level.
type Version = (u32, u32, u32);

/// The builder of a server, guessed from its version text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Build {
    /// A version text like that of MySQL's own Community builds.
    Community,
    /// MySQL, built by others or for others.
    MySql,
    Other,
}

const COMMUNITY_WORDS: [&[u8]; 3] = [b"-log", b"-debug", b"-community"];
const OTHER_WORDS: [&[u8]; 6] =
    [b"-commercial", b"-enterprise", b"-standard", b"-ndb", b"-cluster", b"-google"];
const MARIADB: &[u8] = b"MariaDB";
const NATIVE_PASSWORD: &[u8] = b"mysql_native_password";
/// Bytes of the shortest second part of the auth data, even where the length byte is smaller.
const MIN_AUTH_DATA_2: usize = 13;

#[cfg(test)]
mod tests {
    use super::*;

    /// MySQL 5.7.29 with TLS (T01), without the NUL behind the plugin name.
    const MYSQL_57: &[u8] = b"\x0a5.7.29\0\x03\0\0\0%Nd\x1e\x04Epj\0\xff\xff\x08\x02\0\xff\xc1\x15\
        \0\0\0\0\0\0\0\0\0\0E:j(,V,\x1f8@SB\0mysql_native_password";
    /// MySQL 9.7.4 without TLS (T03).
    const MYSQL_97_OFF: &[u8] = b"\x0a9.7.4-2\0\x09\0\0\0\x12\x11%^&*@\x15\0\xff\xf7\xff\x02\0\
        \xff\x9f\x15\0\0\0\0\0\0\0\0\0\0C,P\\`\x0aw\x70+\x06\x1bT\0caching_sha2_password\0";
    /// MariaDB 11.8 with TLS (T04).
    const MARIADB_118: &[u8] = b"\x0a11.8.6-MariaDB\0\x05\0\0\0~3~G%#~u\0\xfe\xff\x2d\x02\0\
        \xff\x81\x15\0\0\0\0\0\0\x3d\0\0\0Nf9'V[F.R3FE\0mysql_native_password\0";
    /// MariaDB 10.11 with TLS (T05).
    const MARIADB_1011: &[u8] = b"\x0a5.5.5-10.11.19-MariaDB-0+deb12u1\0\x04\0\0\0?]66M]n3\0\
        \xfe\xff\x08\x02\0\xff\x81\x15\0\0\0\0\0\0\x1d\0\0\0Pw'[rNod*?Af\0mysql_native_password\0";

    /// Offset of the low capabilities of `MYSQL_57`.
    const LOW: usize = 21;

    #[test]
    fn reads_mysql_57() {
        // T01
        let greeting = Greeting::parse(MYSQL_57).unwrap();
        assert_eq!(greeting.server_version, b"5.7.29");
        assert_eq!(greeting.connection_id, 3);
        assert_eq!(greeting.capabilities, 0xc1ff_ffff);
        assert_eq!(greeting.charset, 8);
        assert_eq!(greeting.status, 2);
        assert_eq!(greeting.auth_data_1, b"%Nd\x1e\x04Epj");
        assert_eq!(greeting.auth_data_2, b"E:j(,V,\x1f8@SB\0");
        assert_eq!(greeting.auth_plugin, b"mysql_native_password");
        assert_eq!(greeting.mariadb_capabilities, 0);
        assert_eq!(greeting.version_number(), Some((5, 7, 29)));
        assert!(greeting.offers_tls());
        assert!(!greeting.is_mariadb());
        let mut scramble = [0xaa; 21];
        assert_eq!(greeting.auth_data(&mut scramble), Ok(20));
        assert_eq!(&scramble, b"%Nd\x1e\x04EpjE:j(,V,\x1f8@SB\xaa");
    }

    #[test]
    fn every_shorter_prefix_is_an_error_up_to_the_plugin_name() {
        // T02, T07
        let name = MYSQL_57.len() - b"mysql_native_password".len();
        for n in 0..name {
            let error = Greeting::parse(&MYSQL_57[..n]).unwrap_err();
            assert_eq!(error.code, Code::Greeting, "{n} bytes");
        }
        for n in name..MYSQL_57.len() {
            let greeting = Greeting::parse(&MYSQL_57[..n]).unwrap();
            assert_eq!(greeting.auth_plugin, &MYSQL_57[name..n], "{n} bytes");
        }
    }

    #[test]
    fn bytes_behind_the_fields_are_ignored() {
        let mut longer = MYSQL_57.to_vec();
        longer.extend(b"\0\0more");
        assert_eq!(Greeting::parse(&longer).unwrap(), Greeting::parse(MYSQL_57).unwrap());
    }

    #[test]
    fn sees_that_tls_is_off() {
        // T03
        let greeting = Greeting::parse(MYSQL_97_OFF).unwrap();
        assert_eq!(greeting.capabilities, 0x9fff_f7ff);
        assert_eq!(greeting.auth_plugin, b"caching_sha2_password");
        assert_eq!(greeting.version_number(), Some((9, 7, 4)));
        assert!(!greeting.offers_tls());
    }

    #[test]
    fn mariadb_offers_tls_although_bit_30_is_clear() {
        // T04
        let greeting = Greeting::parse(MARIADB_118).unwrap();
        assert_eq!(greeting.capabilities, 0x81ff_fffe);
        assert_eq!(greeting.mariadb_capabilities, 0x3d);
        assert_eq!(greeting.version_number(), Some((11, 8, 6)));
        assert!(greeting.is_mariadb());
        assert!(greeting.offers_tls());
    }

    #[test]
    fn mariadb_10_has_a_prefix_that_is_no_version() {
        // T05
        let greeting = Greeting::parse(MARIADB_1011).unwrap();
        assert_eq!(greeting.server_version, b"5.5.5-10.11.19-MariaDB-0+deb12u1");
        assert_eq!(greeting.version_number(), Some((10, 11, 19)));
        assert!(greeting.is_mariadb());
    }

    #[test]
    fn another_protocol_version_has_its_own_error() {
        // T06
        for version in [0, 9, 11, 254] {
            let mut payload = MYSQL_57.to_vec();
            payload[0] = version;
            assert_eq!(protocol(&payload), Some(version));
            let error = Greeting::parse(&payload).unwrap_err();
            assert_eq!(error.code, Code::OldProtocol, "version {version}");
        }
        assert_eq!(protocol(&[]), None);
        assert_eq!(Greeting::parse(b"\x09").unwrap_err().code, Code::OldProtocol);
    }

    #[test]
    fn an_auth_length_above_127_is_damage() {
        // T08
        let mut payload = MYSQL_57.to_vec();
        payload.resize(1024, b'x');
        for (len, is_good) in [(21, true), (0x7f, true), (0x80, false), (0xff, false)] {
            payload[LOW + 7] = len;
            let parsed = Greeting::parse(&payload);
            assert_eq!(parsed.is_ok(), is_good, "length {len}");
            assert!(is_good || parsed.unwrap_err().code == Code::Greeting);
        }
    }

    #[test]
    fn a_smaller_auth_length_still_means_13_bytes() {
        let mut payload = MYSQL_57.to_vec();
        for len in [0, 8, 20] {
            payload[LOW + 7] = len;
            let greeting = Greeting::parse(&payload).unwrap();
            assert_eq!(greeting, Greeting::parse(MYSQL_57).unwrap(), "length {len}");
        }
    }

    #[test]
    fn an_auth_length_beyond_the_payload_is_damage() {
        let mut payload = MYSQL_57.to_vec();
        let room = payload.len() - (LOW + 18);
        payload[LOW + 7] = u8::try_from(room + 8).unwrap();
        assert_eq!(Greeting::parse(&payload).unwrap().auth_plugin, b"");
        payload[LOW + 7] += 1;
        assert_eq!(Greeting::parse(&payload).unwrap_err().code, Code::Greeting);
    }

    #[test]
    fn an_unterminated_version_is_damage() {
        let error = Greeting::parse(b"\x0a5.7.29").unwrap_err();
        assert_eq!(error.code, Code::Greeting);
        let error = Greeting::parse(&[0x0a; 4096]).unwrap_err();
        assert_eq!(error.code, Code::Greeting);
    }

    #[test]
    fn without_plugin_auth_the_rest_is_scramble() {
        let mut payload = MYSQL_57[..LOW + 18 + 13].to_vec();
        payload[LOW + 5] &= !0x08;
        payload[LOW + 7] = 0;
        let greeting = Greeting::parse(&payload).unwrap();
        assert_eq!(greeting.auth_data_2, b"E:j(,V,\x1f8@SB\0");
        assert_eq!(greeting.auth_plugin, b"mysql_native_password");
        payload.pop();
        assert_eq!(Greeting::parse(&payload).unwrap_err().code, Code::Greeting);
    }

    #[test]
    fn auth_data_needs_room_for_all_of_it() {
        let greeting = Greeting::parse(MYSQL_57).unwrap();
        for n in 0..20 {
            let mut out = vec![0xaa; n];
            assert_eq!(greeting.auth_data(&mut out), Err(TooShort { needed: 20 }));
            assert_eq!(out, vec![0xaa; n]);
        }
    }

    #[test]
    fn version_numbers() {
        let of = |server_version| {
            Greeting { server_version, ..Greeting::parse(MYSQL_57).unwrap() }.version_number()
        };
        assert_eq!(of(b"8.0.36"), Some((8, 0, 36)));
        assert_eq!(of(b"8.0.36-0ubuntu0.22.04.1"), Some((8, 0, 36)));
        assert_eq!(of(b"5.5.5-m3"), Some((5, 5, 5)));
        assert_eq!(of(b"5.5.5-"), Some((5, 5, 5)));
        assert_eq!(of(b"5.5.5-10.2"), None);
        assert_eq!(of(b"8.0"), None);
        assert_eq!(of(b"8..1"), None);
        assert_eq!(of(b"4294967295.0.4294967295"), Some((u32::MAX, 0, u32::MAX)));
        assert_eq!(of(b"4294967296.0.0"), None);
        assert_eq!(of(b"+8.0.1"), None);
        assert_eq!(of(b"proxy"), None);
        assert_eq!(of(b""), None);
    }

    #[test]
    fn builds() {
        for (server_version, build) in [
            (&b"5.7.22"[..], Build::Community),
            (b"5.7.22-log", Build::Community),
            (b"8.0.31-commercial", Build::MySql),
            (b"5.7.22-enterprise-commercial-advanced-log", Build::MySql),
            (b"5.7.25-ndb-7.6.9-cluster-gpl", Build::MySql),
            (b"8.0.36-u1-cloud", Build::MySql),
            (b"5.7.22-22-log", Build::MySql),
            (b"8.0.36-0ubuntu0.22.04.1", Build::MySql),
            (b"5.7.25-TiDB-v6.1.0", Build::Other),
            (b"8.0.11-proxy", Build::Other),
            (b"5.6.47.0", Build::Other),
            (b"5.5.5-10.11.19-MariaDB", Build::Other),
            (b"10.11.5-MariaDB-log", Build::Other),
            (b"", Build::Other),
        ] {
            let greeting = Greeting { server_version, ..Greeting::parse(MYSQL_57).unwrap() };
            assert_eq!(greeting.build(), build, "{}", server_version.escape_ascii());
        }
    }

    #[test]
    fn old_servers_may_lack_ecdhe() {
        for (server_version, may) in [
            (&b"5.7.29"[..], true),
            (b"5.6.51-log", true),
            (b"8.0.15", true),
            (b"8.0.16", false),
            (b"8.0.31-commercial", false),
            (b"9.7.4", false),
            (b"5.5.5-10.11.19-MariaDB-0+deb12u1", true),
            (b"11.8.6-MariaDB", false),
            (b"10.1.48-MariaDB", false),
            (b"", false),
        ] {
            let greeting = Greeting { server_version, ..Greeting::parse(MYSQL_57).unwrap() };
            assert_eq!(greeting.may_lack_ecdhe(), may, "{}", server_version.escape_ascii());
        }
    }

    #[test]
    fn old_mariadb_shows_in_the_version_only() {
        let greeting = Greeting {
            server_version: b"5.5.5-10.1.48-MariaDB",
            ..Greeting::parse(MYSQL_57).unwrap()
        };
        assert!(greeting.is_mariadb());
        assert_eq!(greeting.version_number(), Some((10, 1, 48)));
    }

    #[test]
    fn mysql_gets_bits_11_and_30() {
        // T84, T85
        let mut payload = MYSQL_57.to_vec();
        set_tls(&mut payload, false).unwrap();
        assert_eq!(Greeting::parse(&payload).unwrap().capabilities, 0x81ff_f7ff);
        set_tls(&mut payload, true).unwrap();
        assert_eq!(payload, MYSQL_57, "and no other byte has changed");
        set_tls(&mut payload, true).unwrap();
        assert_eq!(payload, MYSQL_57);
    }

    #[test]
    fn mariadb_gets_bit_11_only() {
        // T86
        let mut payload = MARIADB_118.to_vec();
        set_tls(&mut payload, false).unwrap();
        let off = Greeting::parse(&payload).unwrap();
        assert_eq!(off.capabilities, 0x81ff_f7fe);
        assert_eq!(off.mariadb_capabilities, 0x3d);
        set_tls(&mut payload, true).unwrap();
        assert_eq!(payload, MARIADB_118);

        let mut with_bit_30 = payload;
        let high = with_bit_30.windows(4).position(|part| part == b"\x02\0\xff\x81").unwrap() + 3;
        with_bit_30[high] |= 0x40;
        for on in [true, false] {
            set_tls(&mut with_bit_30, on).unwrap();
            assert_eq!(with_bit_30[high], 0xc1, "bit 30 is left as given");
        }
    }

    #[test]
    fn set_tls_leaves_damage_as_it_is() {
        for n in 0..LOW + 18 + 13 {
            let mut payload = MYSQL_57[..n].to_vec();
            assert_eq!(set_tls(&mut payload, false).unwrap_err().code, Code::Greeting);
            assert_eq!(payload, &MYSQL_57[..n]);
        }
        let mut payload = MYSQL_57.to_vec();
        payload[0] = 9;
        let before = payload.clone();
        assert_eq!(set_tls(&mut payload, false).unwrap_err().code, Code::OldProtocol);
        assert_eq!(payload, before);
    }
}
