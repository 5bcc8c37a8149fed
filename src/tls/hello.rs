//! What rustls does not look at in a peer's first Hello.

use super::alert;
use super::record::{self, Header};
use crate::bytes::Reader;

/// The first handshake message, until it is whole, and the one that answers a HelloRetryRequest. No
/// longer than the session's inbox, which holds it too.
#[derive(Debug, Default)]
pub struct FirstHello {
    part: Vec<u8>,
    was_retry: bool,
    is_over: bool,
}

impl FirstHello {
    /// Takes a record; why it must be refused, once the message is whole: its renegotiation_info
    /// speaks of an earlier handshake, and somebody may have put this one behind a connection of
    /// their own (RFC 5746 sections 3.4 and 3.6), or TLS 1.3 was left after a HelloRetryRequest
    /// (RFC 8446 section 4.1.4).
    pub fn refusal(&mut self, record: &[u8]) -> Option<Refusal> {
        let is_handshake = record.first() == Some(&record::HANDSHAKE);
        if self.is_over || !is_handshake {
            return None;
        }
        self.part.extend_from_slice(record.get(Header::LEN..).unwrap_or_default());
        let (kind, body) = message(&self.part)?;
        let is_retry = kind == SERVER_HELLO && body.get(2..34) == Some(RETRY);
        let left = kind == SERVER_HELLO && extension(kind, body, SUPPORTED_VERSIONS) != Some(TLS13);
        let refusal = match self.was_retry {
            true if left => Some(Refusal {
                why: "it left TLS 1.3 after its HelloRetryRequest",
                alert: alert::ILLEGAL_PARAMETER,
            }),
            _ => extension(kind, body, RENEGOTIATION_INFO)
                .filter(|info| !matches!(info, [0] | []))
                .map(|_| "its renegotiation_info is of another handshake")
                .map(|why| Refusal { why, alert: alert::HANDSHAKE_FAILURE }),
        };
        (self.part, self.is_over) = (Vec::new(), !is_retry || self.was_retry);
        self.was_retry |= is_retry;
        refusal
    }
}

/// Why a Hello cannot be taken, and the alert for it.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    pub why: &'static str,
    pub alert: u8,
}

fn message(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut reader = Reader::new(bytes);
    let (kind, len) = (reader.u8()?, number(&mut reader, 3)?);
    Some((kind, reader.take(len)?))
}

/// `None` also for what rustls will refuse.
fn extension(kind: u8, body: &[u8], wanted: usize) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    // Version and random; the session.
    reader.skip(34)?;
    let session = number(&mut reader, 1)?;
    reader.skip(session)?;
    if kind == CLIENT_HELLO {
        let suites = number(&mut reader, 2)?;
        reader.skip(suites)?;
        let compressions = number(&mut reader, 1)?;
        reader.skip(compressions)?;
    } else {
        reader.skip(3)?;
    }
    reader.skip(2)?;
    loop {
        let (extension, len) = (number(&mut reader, 2)?, number(&mut reader, 2)?);
        let content = reader.take(len)?;
        if extension == wanted {
            return Some(content);
        }
    }
}

/// Big-endian, as all numbers of TLS and none of MySQL.
fn number(reader: &mut Reader<'_>, octets: usize) -> Option<usize> {
    let bytes = reader.take(octets)?.iter();
    Some(bytes.fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const SUPPORTED_VERSIONS: usize = 43;
const TLS13: &[u8] = &[3, 4];
/// The random of a HelloRetryRequest (RFC 8446 section 4.1.3).
const RETRY: &[u8] = &[
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
const RENEGOTIATION_INFO: usize = 0xff01;

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(kind: u8, extensions: &[&[u8]]) -> Vec<u8> {
        let list = extensions.concat();
        let fixed: &[u8] = match kind {
            1 => &[2, 9, 9, 0, 4, 0, 1, 0, 2, 1, 0],
            _ => &[0, 0xc0, 0x2f, 0],
        };
        let len = u8::try_from(list.len()).unwrap();
        let body = [&[3, 3], &[7; 32][..], fixed, &[0, len], &list].concat();
        [&[kind, 0, 0, u8::try_from(body.len()).unwrap()], &body[..]].concat()
    }

    fn record(body: &[u8]) -> Vec<u8> {
        [&[22, 3, 3, 0, u8::try_from(body.len()).unwrap()], body].concat()
    }

    #[test]
    fn an_info_that_is_not_empty_is_found_at_every_split() {
        let other: &[u8] = &[0, 23, 0, 0];
        for (info, expected) in [
            (&[0xff, 1, 0, 1, 0][..], false),
            (&[0xff, 1, 0, 0], false),
            (&[0xff, 1, 0, 3, 2, 8, 8], true),
            (other, false),
        ] {
            for kind in [1, 2] {
                let whole = hello(kind, &[other, info]);
                for at in 1..whole.len() {
                    let mut first = FirstHello::default();
                    assert!(first.refusal(&record(&whole[..at])).is_none());
                    assert!(first.refusal(&[21, 3, 3, 0, 2, 1, 0]).is_none(), "an alert between");
                    assert_eq!(
                        first.refusal(&record(&whole[at..])).is_some(),
                        expected,
                        "{kind} {at}"
                    );
                    // The first one only: later ones are encrypted, or of TLS 1.3.
                    assert!(first.refusal(&record(&whole)).is_none());
                }
            }
        }
    }

    #[test]
    fn tls_13_is_not_left_after_a_retry() {
        let versions: &[u8] = &[0, 43, 0, 2, 3, 4];
        let with_random = |extensions: &[&[u8]], random: &[u8]| {
            let mut whole = hello(2, extensions);
            whole[6..38].copy_from_slice(random);
            record(&whole)
        };
        let retry = with_random(&[versions], RETRY);
        for (second, refused) in [
            (with_random(&[versions], &[7; 32]), false),
            (with_random(&[], &[7; 32]), true),
            (with_random(&[&[0xff, 1, 0, 3, 2, 8, 8]], &[7; 32]), true),
            (with_random(&[&[0, 43, 0, 2, 3, 3]], &[7; 32]), true),
        ] {
            let mut first = FirstHello::default();
            assert!(first.refusal(&retry).is_none());
            assert_eq!(first.refusal(&second).is_some(), refused);
            assert!(first.refusal(&second).is_none(), "it is over");
            let mut first = FirstHello::default();
            assert!(first.refusal(&retry).is_none());
            assert!(first.refusal(&record(&[11, 0, 0, 0])).is_none(), "rustls names that");
        }
    }

    #[test]
    fn what_is_no_hello_is_left_to_rustls() {
        let whole = hello(1, &[&[0xff, 1, 0, 3, 2, 8, 8]]);
        for len in 0..whole.len() - 4 {
            let mut short = whole[..4 + len].to_vec();
            short[3] = u8::try_from(len).unwrap();
            assert!(FirstHello::default().refusal(&record(&short)).is_none(), "{len}");
        }
        for bytes in [&[][..], &[22], &[22, 3, 3, 0, 0], &[23, 3, 3, 0, 1, 0]] {
            assert!(FirstHello::default().refusal(bytes).is_none());
        }
    }
}
