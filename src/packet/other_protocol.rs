//! Other protocols, recognised by their first bytes, so that an error can name a wrong port or what
//! stands in front of a server.

/// A protocol that is not MySQL's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OtherProtocol {
    /// What the peer did, as a sentence without a final stop.
    pub what: &'static str,
    /// Advice to the user.
    pub hint: &'static str,
}

/// Recognises what answers a client by the first bytes of the stream. Four are enough, except for X
/// Protocol and PostgreSQL.
///
/// # Source
/// RFC 9112 section 4, RFC 4253 section 4.2, RFC 8446 section 5.1; MySQL 8.0.31's X Protocol, whose
/// server begins with a notice; PostgreSQL's protocol 3.0, ErrorResponse.
pub fn answers(stream: &[u8]) -> Option<OtherProtocol> {
    let (what, hint) = match stream {
        [b'H', b'T', b'T', b'P', ..] => (HTTP, CLASSIC),
        [b'S', b'S', b'H', b'-', ..] => (SSH, TUNNEL),
        [5, 0, 0, 0, 11, 8, 5, 26, 0, ..] => ("MySQL's X Protocol answered", X_PORT),
        [b'E', 0, 0, _, 0..=9 | 11.., b'S', ..] => ("a PostgreSQL server answered", POSTGRES),
        // Read as a MySQL packet header, these bytes give a length that no greeting has.
        [0x15 | 0x16, 3, 1..=4, ..] => ("it speaks TLS from the first byte", TLS_PORT),
        [b'2' | b'4' | b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..] => (MAIL, CLASSIC),
        [_, _, _, _, ..] if is_text(stream, 4) => ("it answered with text", CLASSIC),
        _ => return None,
    };
    Some(OtherProtocol { what, hint })
}

/// Recognises what answers a client where the stream ended before a packet was whole: the beginning
/// of what `answers` knows is enough.
pub fn began_to_answer(stream: &[u8]) -> Option<OtherProtocol> {
    let (what, hint) = match stream {
        [b'H', b'T', b'T'] => (HTTP, CLASSIC),
        [b'S', b'S', b'H'] => (SSH, TUNNEL),
        [b'2' | b'4' | b'5', b'0'..=b'9', b'0'..=b'9'] => (MAIL, CLASSIC),
        // No greeting is as long as two printable bytes would say.
        [_, _] | [_, _, _] if is_text(stream, 2) => ("it answered with text", CLASSIC),
        _ => return answers(stream),
    };
    Some(OtherProtocol { what, hint })
}

/// Recognises what a client sends to a server that expects a packet with number 1.
///
/// # Source
/// The PROXY protocol, versions 1 and 2 (HAProxy's doc/proxy-protocol.txt);
/// RFC 9110 section 9, RFC 9113 section 3.4, RFC 4253 section 4.2, RFC 8446 sections 4 and 5.1, RFC
/// 5246 appendix E.2; PostgreSQL's protocol 3.0, StartupMessage and SSLRequest.
pub fn asks(stream: &[u8]) -> Option<OtherProtocol> {
    let (what, hint) = match stream {
        [b'P', b'R', b'O', b'X', ..] => (PROXY_1, PROXY),
        [b'\r', b'\n', b'\r', b'\n', ..] => (PROXY_2, PROXY),
        [b'S', b'S', b'H', b'-', ..] => ("an SSH client connects", CLIENT_PORT),
        // As a MySQL packet with number 1 it would be an old login of more than 64 KiB.
        [0x16, 3, 1..=4, 1, _, 1, 0, ..] | [0x16, 3, 1..=4, 0 | 2.., ..] => (CLIENT_HELLO, UPGRADE),
        [0x80, _, 1, 3, ..] => (CLIENT_HELLO, UPGRADE),
        [0, 0, 0, 8..=255, 0, 3, 0, _, ..] | [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2e..=0x30, ..] => {
            ("a PostgreSQL client connects", CLIENT_PORT)
        }
        [_, _, _, _, ..] if is_method(stream) => ("an HTTP client connects", CLIENT_PORT),
        [_, _, _, _, ..] if is_text(stream, 4) => ("the client sends text", CLIENT_PORT),
        _ => return None,
    };
    Some(OtherProtocol { what, hint })
}

/// Recognises what a client sends where the stream ended before its packet was whole.
pub fn began_to_ask(stream: &[u8]) -> Option<OtherProtocol> {
    let (what, hint) = match stream {
        [b'P', b'R', b'O'] => (PROXY_1, PROXY),
        [b'\r', b'\n', b'\r'] => (PROXY_2, PROXY),
        [b'S', b'S', b'H'] => ("an SSH client connects", CLIENT_PORT),
        [0x16, 3, 1..=4] => (CLIENT_HELLO, UPGRADE),
        [_, _, _] if is_method(stream) => ("an HTTP client connects", CLIENT_PORT),
        // No login is as long as two printable bytes would say.
        [_, _] | [_, _, _] if is_text(stream, 2) => ("the client sends text", CLIENT_PORT),
        _ => return asks(stream),
    };
    Some(OtherProtocol { what, hint })
}

/// Bytes that `asks` needs to tell a protocol from a MySQL packet with a wrong number.
pub fn needed(stream: &[u8]) -> usize {
    if matches!(stream, [0, 0, 0, 8..=255, ..]) { 8 } else { 4 }
}

fn is_method(stream: &[u8]) -> bool {
    let begins = |method: &&[u8]| stream.starts_with(method) || method.starts_with(stream);
    METHODS.iter().any(begins)
}

/// Whether the first four bytes are printable, of which `least` must be there.
fn is_text(stream: &[u8], least: usize) -> bool {
    let readable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t');
    stream.len() >= least && stream.iter().take(4).all(readable)
}

/// HTTP's methods, and the beginning of HTTP/2.
const METHODS: &[&[u8]] = &[
    b"GET ",
    b"HEAD ",
    b"POST ",
    b"PUT ",
    b"DELETE ",
    b"OPTIONS ",
    b"CONNECT ",
    b"TRACE ",
    b"PATCH ",
    b"PRI * HTTP/2",
];

const HTTP: &str = "a web server answered (HTTP)";
const SSH: &str = "an SSH server answered";
const MAIL: &str = "a mail or file server answered (SMTP, FTP)";
const PROXY_1: &str = "a PROXY header (version 1) comes first";
const PROXY_2: &str = "a PROXY header (version 2) comes first";
const CLIENT_HELLO: &str = "the client begins with TLS, without an SSLRequest";

const CLASSIC: &str = "Check host and port: MySQL's classic protocol is at 3306 by default.";
const TUNNEL: &str = "Check the port; through an SSH tunnel, connect to the tunnel's local end.";
const X_PORT: &str = "Connect to the classic port, 3306 by default; X Protocol is at 33060.";
const POSTGRES: &str = "Check the port: 5432 is PostgreSQL's default, 3306 is MySQL's.";
const TLS_PORT: &str = "Connect to the server's own port and not to one that expects TLS at once.";
const PROXY: &str = "Turn the PROXY protocol off at the load balancer (send-proxy), or take it off in front of tlsql.";
const UPGRADE: &str = "Set the client, or the proxy before it, to MySQL's TLS upgrade and not to TLS from the first byte.";
const CLIENT_PORT: &str = "Check the host and port that the client uses: this is a MySQL port.";

#[cfg(test)]
mod tests {
    use super::*;

    fn what(found: Option<OtherProtocol>) -> &'static str {
        found.map_or("", |found| found.what)
    }

    const ANSWERS: &[(&[u8], &str)] = &[
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"\x05\0\0\0\x0b\x08\x05\x1a\0", "X Protocol"),
        (b"E\0\0\0\x5aSFATAL\0VFATAL\0C53300\0", "PostgreSQL"),
        (b"\x15\x03\x01\0\x02\x02\x46", "TLS"),
        (b"220 mail.example.test ESMTP\r\n", "SMTP"),
        (b"421 Too many connections\r\n", "SMTP"),
        (b"+OK ready\r\n", "text"),
        (b"-ERR unknown command\r\n", "text"),
    ];

    const ASKS: &[(&[u8], &str)] = &[
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 40000 3306\r\n", "PROXY header (version 1)"),
        (b"PROXY UNKNOWN\r\n", "PROXY header (version 1)"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", "PROXY header (version 2)"),
        (b"GET / HTTP/1.1\r\n", "HTTP"),
        (b"HEAD / HTTP/1.0\r\n", "HTTP"),
        (b"OPTIONS * HTTP/1.1\r\n", "HTTP"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", "TLS"),
        (b"\x16\x03\x01\x01\x17\x01\0\x01\x13\x03\x03", "TLS"),
        (b"\x16\x03\x03\0\xc5\x01\0\0\xc1\x03\x03", "TLS"),
        (b"\x80\x2e\x01\x03\x01\0\x15", "TLS"),
        (b"\0\0\0\x4b\0\x03\0\0user\0", "PostgreSQL"),
        (b"\0\0\0\x08\x04\xd2\x16\x2f", "PostgreSQL"),
        (b"EHLO mail.example.test\r\n", "text"),
    ];

    #[test]
    fn well_known_protocols_have_their_names() {
        for (stream, name) in ANSWERS {
            assert!(what(answers(stream)).contains(name), "{}", stream.escape_ascii());
        }
        for (stream, name) in ASKS {
            assert!(what(asks(stream)).contains(name), "{}", stream.escape_ascii());
            let needed = needed(stream).max(7);
            assert_eq!(asks(&stream[..needed]), asks(stream), "{}", stream.escape_ascii());
        }
    }

    #[test]
    fn three_bytes_and_the_end_of_the_stream_are_enough_for_names_in_text() {
        for (stream, name) in ANSWERS.iter().filter(|(stream, _)| is_text(stream, 4)) {
            assert!(
                what(began_to_answer(&stream[..3])).contains(name),
                "{}",
                stream.escape_ascii()
            );
            assert!(what(began_to_answer(&stream[..2])).contains("text"));
            assert_eq!(began_to_answer(&stream[..1]), None);
        }
        for (stream, name) in ASKS.iter().filter(|(stream, _)| is_text(stream, 4)) {
            assert!(what(began_to_ask(&stream[..3])).contains(name), "{}", stream.escape_ascii());
            assert!(what(began_to_ask(&stream[..2])).contains("text"));
            assert_eq!(began_to_ask(&stream[..1]), None);
        }
        for (stream, name) in ANSWERS {
            assert!(what(began_to_answer(stream)).contains(name), "{}", stream.escape_ascii());
        }
        assert!(what(began_to_ask(b"\x16\x03\x01")).contains("TLS"));
    }

    #[test]
    fn a_mysql_packet_is_none() {
        for stream in [
            &b"\x4a\0\0\0\x0a5.7.29\0"[..],
            b"\x45\0\0\0\x0a5.7.29\0",
            b"\x0b\0\0\0\xff\x10\x04Too many connections",
            b"\x05\0\0\0\x0a8.0",
            b"",
            b"HTT",
            b"\x16",
            b"\x15\x03\0\0\x0a5.7.29",
            b"E\0\0\0\x0aSQL 5.7\0",
        ] {
            assert_eq!(answers(stream), None, "{}", stream.escape_ascii());
        }
        for stream in [
            &b"\x20\0\0\x01\x85\xae\xff\x19\0\0\0\x01\x2d"[..],
            b"\x16\x03\x01\x01\x85\xa6\xff\x19\0\0\0\x01\x2d",
            b"\x20\0\0\0\x85\xae",
            b"\0\0\0\x09\x01\x02\x03\x04",
            b"\x80\0\0\x01\x85",
            b"",
            b"PRO",
            b"\x16\x03",
        ] {
            assert_eq!(asks(stream), None, "{}", stream.escape_ascii());
        }
        for stream in [&b"\x20\0\0"[..], b"\x16\x03", b"\x47", b"\x4a\0", b"\x01\x02\0"] {
            assert_eq!(began_to_ask(stream), None, "{}", stream.escape_ascii());
            assert_eq!(began_to_answer(stream), None, "{}", stream.escape_ascii());
        }
    }

    #[test]
    fn four_bytes_tell_as_much_as_more_where_text_is_sent() {
        for stream in [&b"HTTP/1.1"[..], b"SSH-2.0-x", b"220-mail", b"+OK Dovecot"] {
            assert_eq!(answers(&stream[..4]), answers(stream));
        }
        for stream in [&b"PROXY TCP4"[..], b"SSH-2.0-x", b"GET /", b"\r\n\r\n\0\r\nQUIT\n"] {
            assert_eq!(asks(&stream[..4]), asks(stream));
        }
    }
}
