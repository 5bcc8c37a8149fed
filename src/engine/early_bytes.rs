//! Nothing received before TLS can surface after it: all of that rule.
//!
//! A client's answer to the greeting is out only with the last byte of its ClientHello; whatever was
//! read before cannot be a reply to it, and somebody in between may have written it. A server reads
//! behind the SSLRequest what many clients send in the same segment, and takes nothing but the
//! beginning of a handshake record there.

use crate::config::Outcome;
use crate::error::{Code, Error};
use crate::tls::record;

/// Client: whether bytes beyond the greeting were presented before the ClientHello was out.
#[derive(Clone, Copy, Debug, Default)]
pub struct EarlyBytes(bool);

impl EarlyBytes {
    /// Notes what the peer's side presents now.
    pub fn note(&mut self, wire: &[u8]) {
        self.0 |= !wire.is_empty();
    }

    /// Refuses the bytes where TLS is used; in clear text they are the connection's first.
    ///
    /// # Errors
    /// `EarlyBytes`.
    pub fn check(self, outcome: Outcome) -> Result<(), Error> {
        if self.0 && outcome == Outcome::Tls { Err(Code::EarlyBytes.into()) } else { Ok(()) }
    }
}

/// Server: whether `wire`, which follows the SSLRequest, begins a handshake record; `None` if more
/// bytes are needed to see that.
///
/// # Errors
/// `EarlyBytes` if it begins anything else.
pub fn begins_handshake(wire: &[u8]) -> Result<Option<()>, Error> {
    match wire {
        [record::HANDSHAKE, 3, ..] => Ok(Some(())),
        [] | [record::HANDSHAKE] => Ok(None),
        _ => Err(Code::EarlyBytes.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_counts_where_tls_is_used() {
        let mut early = EarlyBytes::default();
        early.note(b"");
        assert!(early.check(Outcome::Tls).is_ok());
        early.note(b"\x16");
        early.note(b"");
        assert_eq!(early.check(Outcome::Tls).unwrap_err().code, Code::EarlyBytes);
        for plain in [Outcome::PlainDisabled, Outcome::PlainNoTls, Outcome::PlainLocal] {
            assert!(early.check(plain).is_ok());
        }
    }

    #[test]
    fn a_server_takes_a_handshake_record_and_nothing_else() {
        assert_eq!(begins_handshake(b"\x16\x03\x01").unwrap(), Some(()));
        assert_eq!(begins_handshake(b"\x16").unwrap(), None);
        assert_eq!(begins_handshake(b"").unwrap(), None);
        for other in [&b"\x16\x02"[..], b"\x15\x03", b"\x17\x03", b"GET", b"\x20\0\0\x02"] {
            assert_eq!(begins_handshake(other).unwrap_err().code, Code::EarlyBytes);
        }
    }
}
