//! What rustls does not look at in a peer's first Hello.

use super::record::{self, Header};
use crate::bytes::Reader;

/// The first handshake message, until it is whole. No longer than the session's inbox, which holds
/// it too.
#[derive(Debug, Default)]
pub struct FirstHello {
    part: Vec<u8>,
    is_over: bool,
}

impl FirstHello {
    /// Takes a record. Whether the message is whole now and its renegotiation_info speaks of an
    /// earlier handshake: somebody may have put this one behind a connection of their own (RFC 5746
    /// sections 3.4 and 3.6).
    pub fn renegotiates(&mut self, record: &[u8]) -> bool {
        let is_handshake = record.first() == Some(&record::HANDSHAKE);
        if self.is_over || !is_handshake {
            return false;
        }
        self.part.extend_from_slice(record.get(Header::LEN..).unwrap_or_default());
        let Some((kind, body)) = message(&self.part) else { return false };
        let found = renegotiation_info(kind, body).is_some_and(|info| !matches!(info, [0] | []));
        (self.part, self.is_over) = (Vec::new(), true);
        found
    }
}

fn message(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut reader = Reader::new(bytes);
    let (kind, len) = (reader.u8()?, number(&mut reader, 3)?);
    Some((kind, reader.take(len)?))
}

/// `None` also for what rustls will refuse.
fn renegotiation_info(kind: u8, body: &[u8]) -> Option<&[u8]> {
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
        if extension == RENEGOTIATION_INFO {
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
                    assert!(!first.renegotiates(&record(&whole[..at])));
                    assert!(!first.renegotiates(&[21, 3, 3, 0, 2, 1, 0]), "an alert between");
                    assert_eq!(first.renegotiates(&record(&whole[at..])), expected, "{kind} {at}");
                    // The first one only: later ones are encrypted, or of TLS 1.3.
                    assert!(!first.renegotiates(&record(&whole)));
                }
            }
        }
    }

    #[test]
    fn what_is_no_hello_is_left_to_rustls() {
        let whole = hello(1, &[&[0xff, 1, 0, 3, 2, 8, 8]]);
        for len in 0..whole.len() - 4 {
            let mut short = whole[..4 + len].to_vec();
            short[3] = u8::try_from(len).unwrap();
            assert!(!FirstHello::default().renegotiates(&record(&short)), "{len}");
        }
        for bytes in [&[][..], &[22], &[22, 3, 3, 0, 0], &[23, 3, 3, 0, 1, 0]] {
            assert!(!FirstHello::default().renegotiates(bytes));
        }
    }
}
