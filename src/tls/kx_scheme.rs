//! The signature scheme of a ServerKeyExchange, for which rustls may read another.
//!
//! rustls 0.23 has no `rsa_pss_pss_*` in TLS 1.2 and refuses it before the verifier is asked, although
//! its ClientHello offers it. It gets `rsa_pss_rsae_*` with the same digest, which differs in one
//! octet; the verifier gets the scheme that came, and the transcript is that of the wire.

use std::borrow::Cow;

use super::clear_messages::message_header;
use super::record::{self, Header};
use crate::bytes::Reader;
use crate::crypto::{self, Renumbered};

/// Where a TLS 1.2 server's handshake messages stand, from its ServerHello on.
#[derive(Debug, Default)]
pub struct KxScheme {
    /// The header of a message, as far as it came; of a ServerKeyExchange all up to its scheme.
    part: Vec<u8>,
    /// Octets of other messages, or behind the scheme, that are still to come.
    skipped: usize,
    /// The scheme came.
    is_over: bool,
}

impl KxScheme {
    /// Takes the next records. Where one ends the scheme of a ServerKeyExchange, and the scheme is
    /// for RSASSA-PSS keys, it is replaced there, and returned with the message that rustls reads.
    pub fn replace(
        &mut self,
        is_dhe: bool,
        records: &mut Cow<'_, [u8]>,
    ) -> Option<(u16, Renumbered)> {
        let mut start = 0_usize;
        while let Some(Ok(header)) = records.get(start..).and_then(Header::parse) {
            let (body, end) =
                (start.saturating_add(Header::LEN), start.saturating_add(header.total()));
            let is_handshake = records.get(start) == Some(&record::HANDSHAKE);
            if let Some(bytes) = records.get(body..end).filter(|_| is_handshake && !self.is_over) {
                if let Some(Found { at, scheme, message }) = self.find(is_dhe, bytes) {
                    // Only the last octet differs, and it is in this record.
                    let [_, low] = crypto::rsae_scheme(scheme)?.to_be_bytes();
                    *records.to_mut().get_mut(body.saturating_add(at))? = low;
                    return Some((scheme, message));
                }
            }
            start = end;
        }
        None
    }

    fn find(&mut self, is_dhe: bool, body: &[u8]) -> Option<Found> {
        let mut rest = body;
        while !rest.is_empty() && !self.is_over {
            let come = self.skipped.min(rest.len());
            self.skipped = self.skipped.saturating_sub(come);
            rest = rest.get(come..)?;
            let wanted = self.wanted(is_dhe).saturating_sub(self.part.len()).min(rest.len());
            let (next, behind) = rest.split_at(wanted);
            self.part.extend_from_slice(next);
            rest = behind;
            if self.part.len() < self.wanted(is_dhe) {
                continue;
            }
            let (kind, len) = message_header(&self.part)?;
            if kind != SERVER_KEY_EXCHANGE {
                self.skipped = len;
                self.part.clear();
                continue;
            }
            self.is_over = true;
            let is_whole = self.part.len() == self.scheme_end(is_dhe);
            let mut message = Some(std::mem::take(&mut self.part)).filter(|_| is_whole)?;
            let at = message.len().checked_sub(2)?;
            let scheme = u16::from_be_bytes(*message.get(at..)?.first_chunk()?);
            let other = crypto::rsae_scheme(scheme)?;
            let message = Renumbered::new(&mut message, at, other)?;
            let at = body.len().saturating_sub(rest.len()).checked_sub(1)?;
            return Some(Found { at, scheme, message });
        }
        None
    }

    /// Octets that are needed to go on: those of a header, or of a ServerKeyExchange up to its
    /// scheme as far as it has them. rustls refuses one that ends before.
    fn wanted(&self, is_dhe: bool) -> usize {
        match message_header(&self.part) {
            Some((SERVER_KEY_EXCHANGE, len)) => {
                let most = HEADER_LEN.saturating_add(len.min(MAX_PARAMS));
                self.scheme_end(is_dhe).min(most)
            }
            _ => HEADER_LEN,
        }
    }

    /// Octets of a ServerKeyExchange up to the end of its scheme, or of the next length in front.
    fn scheme_end(&self, is_dhe: bool) -> usize {
        let params = self.part.get(HEADER_LEN..).unwrap_or_default();
        let end = if is_dhe { dhe_scheme(params) } else { ecdhe_scheme(params) };
        HEADER_LEN.saturating_add(end)
    }
}

/// A scheme for RSASSA-PSS keys.
struct Found {
    /// Its last octet, in the record's body.
    at: usize,
    scheme: u16,
    message: Renumbered,
}

/// Octets up to the end of the scheme behind ServerECDHParams (RFC 8422 section 5.4), or as far as
/// that is known.
fn ecdhe_scheme(params: &[u8]) -> usize {
    match params.get(3) {
        None => 4,
        Some(len) => usize::from(*len).saturating_add(4 + SCHEME_LEN),
    }
}

/// The same behind ServerDHParams (RFC 5246 section 7.4.3): dh_p, dh_g and dh_Ys.
fn dhe_scheme(params: &[u8]) -> usize {
    let (mut reader, mut end) = (Reader::new(params), 0_usize);
    for _ in ["dh_p", "dh_g", "dh_Ys"] {
        let Some(len) = reader.take(2).and_then(|len| len.first_chunk()) else {
            return end.saturating_add(2);
        };
        let len = usize::from(u16::from_be_bytes(*len));
        end = end.saturating_add(2).saturating_add(len);
        if reader.take(len).is_none() {
            return end;
        }
    }
    end.saturating_add(SCHEME_LEN)
}

/// HandshakeType.
const SERVER_KEY_EXCHANGE: u8 = 12;

/// HandshakeType and length (RFC 5246 section 7.4).
const HEADER_LEN: usize = 4;

/// SignatureScheme.
const SCHEME_LEN: usize = 2;

/// Most octets that are held: more than a group of 8192 bits needs.
const MAX_PARAMS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn ecdhe(scheme: u16) -> Vec<u8> {
        [&[3, 0, 29, 32][..], &[9; 32], &scheme.to_be_bytes(), &[0, 2, 7, 7]].concat()
    }

    fn dhe(scheme: u16) -> Vec<u8> {
        let p = [&[3, 0][..], &[0x3a; 0x300]].concat();
        [&p[..], &[0, 1, 2, 1, 0], &[0x5b; 256], &scheme.to_be_bytes(), &[0, 2, 7, 7]].concat()
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind, 0, high, low], body].concat()
    }

    /// ServerHello, Certificate and ServerKeyExchange, and what rustls gets for the last.
    fn flight(exchange: impl Fn(u16) -> Vec<u8>, scheme: u16, read: u16) -> [Vec<u8>; 2] {
        [scheme, read].map(|scheme| {
            let certificate = message(11, &message(12, &ecdhe(0x0809)));
            let exchange = message(12, &exchange(scheme));
            [message(2, &[1; 60]), certificate, exchange, message(14, &[])].concat()
        })
    }

    /// Hands on a flight in records of this size, and returns it with what was found.
    fn hand_on(is_dhe: bool, flight: &[u8], size: usize) -> (Vec<u8>, Vec<u16>) {
        let (mut scheme, mut read, mut found) = (KxScheme::default(), Vec::new(), Vec::new());
        for part in flight.chunks(size) {
            let record = record::in_clear(record::HANDSHAKE, part);
            let mut records = Cow::Borrowed(&record[..]);
            found.extend(scheme.replace(is_dhe, &mut records).map(|(scheme, _)| scheme));
            read.extend_from_slice(&records[Header::LEN..]);
        }
        (read, found)
    }

    #[test]
    fn a_scheme_is_replaced_in_records_of_every_size() {
        for (scheme, read) in [(0x0809, 0x0804), (0x080a, 0x0805), (0x080b, 0x0806)] {
            let [wire, expected] = flight(ecdhe, scheme, read);
            for size in 1..=wire.len() {
                assert_eq!(hand_on(false, &wire, size), (expected.clone(), vec![scheme]), "{size}");
            }
            let [wire, expected] = flight(dhe, scheme, read);
            for size in (1..40).chain([255, 256, 257, wire.len()]) {
                assert_eq!(hand_on(true, &wire, size), (expected.clone(), vec![scheme]), "{size}");
            }
        }
    }

    #[test]
    fn other_schemes_and_broken_messages_stay_as_they_came() {
        for scheme in [0x0401, 0x0403, 0x0804, 0x0808, 0x080c, 0x0909] {
            for (is_dhe, [wire, _]) in
                [(false, flight(ecdhe, scheme, 0)), (true, flight(dhe, scheme, 0))]
            {
                for size in [1, 7, wire.len()] {
                    assert_eq!(hand_on(is_dhe, &wire, size), (wire.clone(), vec![]), "{scheme:x}");
                }
            }
        }
        let whole = message(12, &ecdhe(0x0809));
        for len in 0..38 {
            // The scheme is not whole; what follows is another message.
            let short = [message(12, &whole[4..][..len.min(37)]), message(14, &[8, 9])].concat();
            for size in [1, short.len()] {
                assert_eq!(hand_on(false, &short, size), (short.clone(), vec![]), "{len}");
                assert_eq!(hand_on(true, &short, size).0, short, "{len}");
            }
        }
        // As long as its message and no longer, or longer than what is held.
        for len in [3, 5, 18] {
            let cut = [&[3, 0, 29, 32][..], &[8, 9].repeat(20)].concat();
            let cut = message(12, &cut[..len * 2]);
            assert_eq!(hand_on(false, &cut, 7), (cut.clone(), vec![]), "{len}");
        }
        let long = message(12, &[&[0xff, 0xff][..], &[8, 9].repeat(4500)].concat());
        assert_eq!(hand_on(true, &long, 100), (long.clone(), vec![]));
    }
}
