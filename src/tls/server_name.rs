//! A client's server_name (RFC 6066 section 3), which says nothing to a MySQL server (T91c).
//!
//! rustls refuses a name that is no DNS name. MySQL and MariaDB ignore it, and client libraries send
//! what their user typed: `127.1`, `db.example.test:3306`.

use rustls_pki_types::DnsName;

use crate::bytes::Reader;
use crate::text;

/// What becomes of the content of a server_name extension.
#[derive(Debug, Eq, PartialEq)]
pub enum Verdict {
    /// rustls reads it.
    Read,
    /// rustls would refuse it, and OpenSSL ignores it.
    Ignore,
    /// OpenSSL refuses it too; the name as a message shows it.
    Refuse(String),
}

pub fn judge(content: &[u8]) -> Verdict {
    let Some(name) = only_name(content) else { return Verdict::Read };
    if DnsName::try_from(name).is_ok() {
        Verdict::Read
    } else if name.len() > MAX_NAME || name.contains(&0) {
        Verdict::Refuse(text::shorten(&String::from_utf8_lossy(name), MAX_SHOWN))
    } else {
        Verdict::Ignore
    }
}

/// The name of a list that has one host_name and nothing else; another list is left to rustls.
fn only_name(content: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(content);
    let list = number(&mut reader)?;
    let (is_whole, kind, len) = (list == reader.len(), reader.u8()?, number(&mut reader)?);
    let name = reader.take(len)?;
    (is_whole && kind == HOST_NAME && reader.is_empty()).then_some(name)
}

fn number(reader: &mut Reader<'_>) -> Option<usize> {
    reader.u16().map(|number| usize::from(number.swap_bytes()))
}

const HOST_NAME: u8 = 0;
/// Octets of the longest name that OpenSSL takes: TLSEXT_MAXLEN_host_name.
const MAX_NAME: usize = 255;
/// Characters of a name that a message shows.
const MAX_SHOWN: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn content(name: &[u8]) -> Vec<u8> {
        let len = u16::try_from(name.len()).unwrap();
        [&(len + 3).to_be_bytes()[..], &[0], &len.to_be_bytes(), name].concat()
    }

    #[test]
    fn names_are_read_ignored_or_refused() {
        for good in ["localhost", "db.example.test", "db.example.test.", "xn--bcher-kva.example"] {
            assert_eq!(judge(&content(good.as_bytes())), Verdict::Read, "{good}");
        }
        for odd in [
            "127.1",
            "127.0.0.1",
            "::1",
            "[::1]",
            "db.example.test:3306",
            "-db",
            "db_.example.-test",
            "a..b",
            ".",
            "",
            "b\u{fc}cher.example",
            "my host",
            "0",
            "db/../x",
        ] {
            assert_eq!(judge(&content(odd.as_bytes())), Verdict::Ignore, "{odd}");
        }
        assert!(matches!(judge(&content(b"a\0b")), Verdict::Refuse(_)));
        let Verdict::Refuse(shown) = judge(&content(&[b'a'; 256])) else {
            panic!("it is too long")
        };
        assert!(shown.chars().count() <= MAX_SHOWN + 3, "{shown}");
    }

    #[test]
    fn another_list_is_left_to_rustls() {
        let two = [&[0, 8, 0, 0, 1, b'-'][..], &[0, 0, 1, b'-']].concat();
        for list in [&b""[..], b"\0\0", b"\0\x01\0", b"\0\x04\0\0\x02-", b"\0\x04\x01\0\x01-", &two]
        {
            assert_eq!(judge(list), Verdict::Read, "{}", list.escape_ascii());
        }
    }
}
