//! Other protocols, recognised by their first bytes, so that an error can name a wrong port.

/// A protocol that is not MySQL's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OtherProtocol {
    /// The server that answers, as a sentence without a final stop.
    pub what: &'static str,
    /// Advice to the user.
    pub hint: &'static str,
}

/// Recognises a protocol by the first bytes of a stream. Four are enough, except for X Protocol and
/// PostgreSQL.
///
/// # Source
/// RFC 9112 section 4, RFC 4253 section 4.2, RFC 8446 section 5.1; MySQL 8.0.31's X Protocol, whose
/// server begins with a notice; PostgreSQL's protocol 3.0, ErrorResponse.
pub fn recognise(stream: &[u8]) -> Option<OtherProtocol> {
    let (what, hint) = match stream {
        [b'H', b'T', b'T', b'P', ..] => ("a web server answered (HTTP)", CLASSIC),
        [b'S', b'S', b'H', b'-', ..] => ("an SSH server answered", TUNNEL),
        [5, 0, 0, 0, 11, 8, 5, 26, 0, ..] => ("MySQL's X Protocol answered", X_PORT),
        [b'E', 0, 0, _, 0..=9 | 11.., b'S', ..] => ("a PostgreSQL server answered", POSTGRES),
        // Read as a MySQL packet header, these bytes give a length that no greeting has.
        [0x15 | 0x16, 3, 1..=4, ..] => ("it speaks TLS from the first byte", TLS_PORT),
        [b'2' | b'4' | b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..] => {
            ("a mail or file server answered (SMTP, FTP)", CLASSIC)
        }
        [a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| is_text(**byte)) => {
            ("it answered with text", CLASSIC)
        }
        _ => return None,
    };
    Some(OtherProtocol { what, hint })
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t')
}

const CLASSIC: &str = "Check host and port: MySQL's classic protocol is at 3306 by default.";
const TUNNEL: &str = "Check the port; through an SSH tunnel, connect to the tunnel's local end.";
const X_PORT: &str = "Connect to the classic port, 3306 by default; X Protocol is at 33060.";
const POSTGRES: &str = "Check the port: 5432 is PostgreSQL's default, 3306 is MySQL's.";
const TLS_PORT: &str = "Connect to the server's own port and not to one that expects TLS at once.";

#[cfg(test)]
mod tests {
    use super::*;

    fn what(stream: &[u8]) -> &'static str {
        recognise(stream).map_or("", |found| found.what)
    }

    #[test]
    fn well_known_protocols_have_their_names() {
        for (stream, name) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], "HTTP"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
            (b"\x05\0\0\0\x0b\x08\x05\x1a\0", "X Protocol"),
            (b"E\0\0\0\x5aSFATAL\0VFATAL\0C53300\0", "PostgreSQL"),
            (b"\x15\x03\x01\0\x02\x02\x46", "TLS"),
            (b"220 mail.example.test ESMTP\r\n", "SMTP"),
            (b"421 Too many connections\r\n", "SMTP"),
            (b"+OK ready\r\n", "text"),
            (b"-ERR unknown command\r\n", "text"),
        ] {
            assert!(what(stream).contains(name), "{}", stream.escape_ascii());
        }
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
            assert_eq!(what(stream), "", "{}", stream.escape_ascii());
        }
    }

    #[test]
    fn four_bytes_tell_as_much_as_more_where_text_is_sent() {
        for stream in [&b"HTTP/1.1"[..], b"SSH-2.0-x", b"220-mail", b"+OK Dovecot"] {
            assert_eq!(recognise(&stream[..4]), recognise(stream));
        }
    }
}
