//! A server's CertificateRequest of TLS 1.2, for which rustls writes another.
//!
//! rustls 0.23 leaves `rsa_pss_pss_*` out there, so that a client with such a key shows no
//! certificate. It gets schemes with SHA-1 in their place, which it writes in TLS 1.2 only and which
//! no signature is verified by. What leaves names `rsa_pss_pss_*`, and the transcript is that of the
//! wire.

use std::borrow::Cow;
use std::ops::Range;

use rustls::SignatureScheme;

use super::record::{self, Header};
use crate::crypto::{self, Renumbered};

/// Returns the schemes for rustls to ask a client for: each for RSASSA-PSS keys is for TLS 1.3, and has
/// the one that stands in for it in TLS 1.2 behind it.
pub fn with_stand_ins(schemes: &[SignatureScheme]) -> Vec<SignatureScheme> {
    let both = schemes.iter().flat_map(|scheme| [Some(*scheme), stand_in(*scheme)]);
    both.flatten().collect()
}

/// Returns the message that rustls writes where it has these schemes with stand-ins; `None` if none of
/// them has one.
pub fn message(schemes: &[SignatureScheme]) -> Option<Renumbered> {
    let read = schemes.iter().map(|scheme| stand_in(*scheme).unwrap_or(*scheme));
    let (read, sent) = (octets(read), octets(schemes.iter().copied()));
    let len = u16::try_from(read.len()).ok()?.to_be_bytes();
    let body = [CERT_TYPES, &len, &read, NO_NAMES].concat();
    let [high, low] = u16::try_from(body.len()).ok()?.to_be_bytes();
    let message = [&[CERTIFICATE_REQUEST, 0, high, low], &body[..]].concat();
    (read != sent).then(|| Renumbered::with(message, SCHEMES_AT, sent))
}

/// Turns what rustls wrote in clear, at the beginning of these records, into what is sent.
pub fn as_sent(records: &mut [u8]) {
    let bodies = bodies(records);
    let flight: Vec<u8> =
        bodies.iter().filter_map(|body| records.get(body.clone())).flatten().copied().collect();
    let Cow::Owned(sent) = crypto::on_the_wire(&flight) else { return };
    let mut sent = sent.into_iter();
    for body in bodies {
        let octets = records.get_mut(body).unwrap_or_default();
        octets.iter_mut().zip(&mut sent).for_each(|(octet, next)| *octet = next);
    }
}

/// Returns where the bodies of the handshake records are, up to the first of another type: what
/// follows that one is encrypted.
fn bodies(records: &[u8]) -> Vec<Range<usize>> {
    let (mut bodies, mut start) = (Vec::new(), 0_usize);
    while let Some(rest) =
        records.get(start..).filter(|rest| rest.first() == Some(&record::HANDSHAKE))
    {
        let Some(Ok(header)) = Header::parse(rest) else { break };
        let end = start.saturating_add(header.total());
        bodies.push(start.saturating_add(Header::LEN)..end);
        start = end;
    }
    bodies
}

/// A scheme that rustls writes in TLS 1.2 and not in TLS 1.3. One may stand in a list twice.
fn stand_in(scheme: SignatureScheme) -> Option<SignatureScheme> {
    match u16::from(scheme) {
        0x0809 | 0x080b => Some(SignatureScheme::RSA_PKCS1_SHA1),
        0x080a => Some(SignatureScheme::ECDSA_SHA1_Legacy),
        _ => None,
    }
}

fn octets(schemes: impl Iterator<Item = SignatureScheme>) -> Vec<u8> {
    schemes.flat_map(|scheme| u16::from(scheme).to_be_bytes()).collect()
}

/// HandshakeType.
const CERTIFICATE_REQUEST: u8 = 13;

/// certificate_types with their length: rsa_sign and ecdsa_sign (RFC 5246 section 7.4.4).
const CERT_TYPES: &[u8] = &[2, 1, 64];

/// certificate_authorities, of which there are none.
const NO_NAMES: &[u8] = &[0, 0];

/// Behind the message's header, certificate_types and the length of the list.
const SCHEMES_AT: usize = 4 + CERT_TYPES.len() + 2;

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: [u16; 5] = [0x0403, 0x0804, 0x0809, 0x080a, 0x080b];

    fn schemes(numbers: &[u16]) -> Vec<SignatureScheme> {
        numbers.iter().map(|number| (*number).into()).collect()
    }

    /// ServerHello, CertificateRequest and ServerHelloDone.
    fn flight(pss: [u8; 6]) -> Vec<u8> {
        let head: &[u8] = &[13, 0, 0, 17, 2, 1, 64, 0, 10, 4, 3, 8, 4];
        [&[2, 0, 0, 3, 13, 0, 0], head, &pss, &[0, 0, 14, 0, 0, 0]].concat()
    }

    #[test]
    fn each_scheme_has_its_stand_in_behind_it() {
        let expected = [0x0403, 0x0804, 0x0809, 0x0201, 0x080a, 0x0203, 0x080b, 0x0201];
        assert_eq!(with_stand_ins(&schemes(&ASKED)), schemes(&expected));
        assert!(message(&schemes(&ASKED[..2])).is_none());
    }

    #[test]
    fn schemes_are_put_into_records_of_every_size() {
        let read = flight([2, 1, 2, 3, 2, 1]);
        let sent = flight([8, 9, 8, 10, 8, 11]);
        for size in 1..=read.len() {
            let cut = |flight: &[u8]| -> Vec<u8> {
                let records = flight.chunks(size);
                records.flat_map(|part| record::in_clear(record::HANDSHAKE, part)).collect()
            };
            // What is behind change_cipher_spec only looks like one.
            let behind = [&[20, 3, 3, 0, 1, 1][..], &cut(&read)].concat();
            let mut records = [cut(&read), behind.clone()].concat();
            let mut messages: Vec<_> = message(&schemes(&ASKED)).into_iter().collect();
            crypto::during(&mut messages, || as_sent(&mut records));
            assert_eq!(records, [cut(&sent), behind].concat(), "{size}");
        }
    }

    #[test]
    fn other_messages_stay() {
        let mut messages: Vec<_> = message(&schemes(&ASKED)).into_iter().collect();
        let one_more = [13, 0, 0, 17, 2, 1, 64, 0, 10, 4, 1, 8, 4, 2, 1, 2, 3, 2, 1, 0, 0];
        let whole = flight([2, 1, 2, 3, 2, 1]);
        let inside = [&[11, 0, 0, 40][..], &whole].concat();
        for body in [&one_more[..], &inside, &whole[..20], &[], &[13, 0, 0]] {
            let mut records = record::in_clear(record::HANDSHAKE, body);
            let before = records.clone();
            crypto::during(&mut messages, || as_sent(&mut records));
            assert_eq!(records, before);
        }
    }
}
