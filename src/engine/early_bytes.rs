//! Nothing received before TLS can surface after it: all of that rule.
//!
//! A client's answer to the greeting is out only with the last byte of its ClientHello; whatever was
//! read before cannot be a reply to it, and somebody in between may have written it. A server reads
//! behind the SSLRequest what many clients send in the same segment, and takes nothing but the
//! beginning of a handshake record there.

use crate::config::Outcome;
use crate::error::{Alert, Code, Details, Error};
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

/// Server: returns the number of bytes that are needed to see whether `wire`, which follows the
/// SSLRequest, begins a handshake record; `None` if it does.
///
/// # Errors
/// `EarlyBytes` if it begins anything else. A client whose TLS fails before its ClientHello sends an
/// alert.
pub fn begins_handshake(wire: &[u8]) -> Result<Option<usize>, Error> {
    match wire {
        [record::HANDSHAKE, 3, ..] => Ok(None),
        [] | [record::HANDSHAKE | record::ALERT] => Ok(Some(record::Header::LEN)),
        [record::ALERT, 3, _, 0, 2, _, number, ..] => {
            let alert = Some(Alert { number: *number, from_peer: true });
            let detail = Some("the client sent an alert in place of its ClientHello".to_owned());
            let error = Error::with(Code::EarlyBytes, Details { alert, detail, ..Details::default() });
            Err(error.with_hint("Look into the client's log: its TLS failed before it began."))
        }
        [record::ALERT, 3, rest @ ..] if may_be_alert(rest) => Ok(Some(ALERT_RECORD)),
        _ => Err(Error::detail(Code::EarlyBytes, "no TLS handshake begins behind the SSLRequest")
            .with_hint("The client's ClientHello belongs there, and its login inside TLS; nothing was used.")),
    }
}

/// Whether these bytes, behind a record's type and major version, are a part of an alert in clear.
fn may_be_alert(rest: &[u8]) -> bool {
    matches!(rest, [] | [_] | [_, 0] | [_, 0, 2] | [_, 0, 2, _])
}

/// Bytes of an alert in clear: header, level and description.
const ALERT_RECORD: usize = record::Header::LEN + 2;

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
        assert_eq!(begins_handshake(b"\x16\x03\x01").unwrap(), None);
        assert_eq!(begins_handshake(b"\x16").unwrap(), Some(5));
        assert_eq!(begins_handshake(b"").unwrap(), Some(5));
        for other in [
            &b"\x16\x02"[..],
            b"\x15\x02",
            b"\x15\x03\x03\0\x1a",
            b"\x17\x03",
            b"GET",
            b"\x20\0\0\x02",
        ] {
            assert_eq!(begins_handshake(other).unwrap_err().code, Code::EarlyBytes);
        }
    }

    #[test]
    fn an_alert_is_named_once_it_is_whole() {
        let alert = b"\x15\x03\x01\0\x02\x02\x50";
        assert_eq!(begins_handshake(&alert[..1]).unwrap(), Some(5));
        for len in 2..alert.len() {
            assert_eq!(begins_handshake(&alert[..len]).unwrap(), Some(7), "{len}");
        }
        let error = begins_handshake(alert).unwrap_err();
        assert_eq!(error.code, Code::EarlyBytes);
        assert!(error.message().contains("alert 80 internal_error"), "{error}");
    }
}
