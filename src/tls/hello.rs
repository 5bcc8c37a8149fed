//! The first Hello of a peer: put together, bounded, and checked for what rustls does not look at.

use super::alert;
use super::clear_messages::message_header;
use super::record::{self, Frame, Header};
use super::server_name::{self, Verdict};
use crate::bytes::Reader;
use crate::crypto::Renumbered;
use crate::error::{Code, Error};
use crate::text::quoted;

/// The first handshake message of the peer until it is whole, and the one that answers a
/// HelloRetryRequest. rustls gets it when it is whole, so that it is held once.
#[derive(Debug, Default)]
pub struct FirstHello {
    /// Handshake bytes that came so far, without the headers of their records.
    part: Vec<u8>,
    /// Client: what our ClientHello offered.
    offer: Offer,
    was_retry: bool,
    is_over: bool,
    /// Messages of which rustls has others: of a server, ClientHellos with a server_name that is
    /// ignored, and its CertificateRequest; of a client, ServerKeyExchanges.
    pub renumbered: Vec<Renumbered>,
    /// Client: the suite that a ServerHello of TLS 1.2 chose.
    pub tls12_suite: Option<u16>,
}

/// What becomes of a record.
#[derive(Debug)]
pub enum Taken {
    /// It is for rustls as it stands: it is no part of a first Hello, or all of one.
    AsItIs,
    /// The message goes on in another record.
    Part,
    /// All that was held, as records in place of this one.
    Whole(Vec<u8>),
    /// It must be refused, with this alert.
    Refused(Error, u8),
}

/// What a ServerHello is compared with.
#[derive(Debug, Default)]
struct Offer {
    session: Vec<u8>,
    /// Cipher suites, two octets each.
    suites: Vec<u8>,
    has_tls12: bool,
    has_tls13: bool,
}

impl FirstHello {
    /// Remembers what our own ClientHello, in `records`, offers.
    pub fn note_offer(&mut self, records: &[u8]) {
        let hello = joined(records);
        let Some((kind, body)) = message(&hello) else { return };
        let versions = extension(kind, body, SUPPORTED_VERSIONS).unwrap_or_default();
        let has = |version| {
            versions.get(1..).is_some_and(|list| list.chunks(2).any(|own| own == version))
        };
        let session = session(body).unwrap_or_default().to_vec();
        let suites = suites(body).unwrap_or_default().to_vec();
        self.offer = Offer { session, suites, has_tls12: has(TLS12), has_tls13: has(TLS13) };
    }

    /// Server: looks whether what answers the ClientHello is a HelloRetryRequest, so that another one
    /// follows.
    pub fn note_retry(&mut self, records: &[u8]) {
        let answer = records.get(Header::LEN..).and_then(message);
        if answer.is_some_and(|(kind, hello)| is_retry(kind, hello)) && !self.was_retry {
            (self.is_over, self.was_retry) = (false, true);
        }
    }

    /// Takes a record of the peer.
    pub fn take(&mut self, record: &[u8]) -> Taken {
        let body = record.get(Header::LEN..).unwrap_or_default();
        let is_handshake = record.first() == Some(&record::HANDSHAKE);
        // rustls has the alert for an empty record.
        if self.is_over || body.is_empty() || !is_handshake && self.part.is_empty() {
            return Taken::AsItIs;
        }
        if !is_handshake {
            // RFC 8446 section 5.1.
            return refused("a record of another type inside a handshake message", UNEXPECTED);
        }
        if self.part.is_empty() {
            // Most come in one record, which is not copied then.
            if let Some((kind, hello)) = message(body).filter(|hello| !has_ignored_name(*hello)) {
                return self.end(kind, hello).unwrap_or(Taken::AsItIs);
            }
        }
        self.part.extend_from_slice(body);
        let Some((kind, len)) = message_header(&self.part) else { return Taken::Part };
        if len > MAX_HELLO {
            let what = format!("the first message claims {len} bytes, {MAX_HELLO} at most");
            let error = Error::detail(Code::HandshakeSize, what)
                .with_hint("Upgrade the peer's TLS library: its Hello has a few KiB as a rule.");
            return Taken::Refused(error, alert::DECODE_ERROR);
        }
        if message(&self.part).is_none() {
            // No more than the message has: it is not held twice while it grows.
            let missing = len.saturating_add(4).saturating_sub(self.part.len());
            self.part.reserve_exact(missing);
            return Taken::Part;
        }
        let mut part = std::mem::take(&mut self.part);
        let hello = message(&part).map(|(_, hello)| hello).unwrap_or_default();
        if let Some(refused) = self.end(kind, hello) {
            return refused;
        }
        if kind == CLIENT_HELLO {
            self.renumbered.extend(ignore_server_name(&mut part));
        }
        Taken::Whole(record::in_clear(record::HANDSHAKE, &part))
    }

    /// Refuses a whole Hello, or notes that it came.
    fn end(&mut self, kind: u8, hello: &[u8]) -> Option<Taken> {
        if let Some((error, number)) = self.refusal(kind, hello) {
            return Some(Taken::Refused(error, number));
        }
        if kind == SERVER_HELLO && extension(kind, hello, SUPPORTED_VERSIONS).is_none() {
            let suite = chosen_suite(hello).and_then(|suite| suite.first_chunk());
            self.tls12_suite = suite.map(|suite| u16::from_be_bytes(*suite));
        }
        let is_retry = is_retry(kind, hello);
        self.is_over = !is_retry || self.was_retry;
        self.was_retry |= is_retry;
        None
    }

    /// Why a whole Hello must be refused: its renegotiation_info speaks of an earlier handshake, and
    /// somebody may have put this one behind a connection of their own (RFC 5746 sections 3.4 and
    /// 3.6), or a version or an echo is not what RFC 8446 asks for.
    fn refusal(&self, kind: u8, hello: &[u8]) -> Option<(Error, u8)> {
        let misbehaved = |why: &str, number| Some((Error::detail(Code::Misbehaved, why), number));
        let info = extension(kind, hello, RENEGOTIATION_INFO);
        if kind == SERVER_HELLO {
            if let Some((why, number)) = self.server_refusal(hello) {
                return misbehaved(why, number);
            }
        }
        if kind == CLIENT_HELLO {
            if let Some(refusal) = client_refusal(hello).or_else(|| server_name_refusal(hello)) {
                return Some(refusal);
            }
        }
        info.filter(|info| !matches!(info, [0] | [])).and_then(|_| {
            misbehaved("its renegotiation_info is of another handshake", alert::HANDSHAKE_FAILURE)
        })
    }

    fn server_refusal(&self, hello: &[u8]) -> Option<(&'static str, u8)> {
        let legacy = hello.get(..2)?;
        let random_end = hello.get(26..34)?;
        let suite = chosen_suite(hello)?;
        let chosen = extension(SERVER_HELLO, hello, SUPPORTED_VERSIONS);
        if self.was_retry && chosen != Some(TLS13) {
            // RFC 8446 section 4.1.4.
            return Some(("it left TLS 1.3 after its HelloRetryRequest", ILLEGAL));
        }
        match chosen {
            // RFC 8446 section 4.1.3.
            Some(TLS13) if legacy != TLS12 => {
                Some(("its legacy_version is not that of TLS 1.2", ILLEGAL))
            }
            Some(TLS13) if session(hello) != Some(&self.offer.session) => {
                Some(("it does not echo our legacy_session_id", ILLEGAL))
            }
            // RFC 8446 section 4.1.3; rustls sends handshake_failure.
            Some(TLS13) if self.offer.has_tls13 && !self.offers(suite) => {
                Some((OTHER_SUITE, ILLEGAL))
            }
            None if legacy == TLS12 && self.offer.has_tls12 && !self.offers(suite) => {
                Some((OTHER_SUITE, ILLEGAL))
            }
            // RFC 8446 section 4.2.1.
            Some(chosen) if chosen != TLS13 && chosen.len() == 2 => {
                Some(("its supported_versions has a version that was not offered", ILLEGAL))
            }
            // RFC 5246 section E.1; an older version is refused by rustls.
            None if legacy > TLS12 => {
                Some(("it chose a TLS version that was not offered", alert::PROTOCOL_VERSION))
            }
            // RFC 8446 section 4.1.3: a server with TLS 1.2 or 1.3 says so where it was made to
            // choose an older version.
            None if legacy == TLS12 && self.offer.has_tls13 && random_end == DOWNGRADE_TO_11 => {
                Some(("it was made to choose a version below those that both have", ILLEGAL))
            }
            _ => None,
        }
    }

    fn offers(&self, suite: &[u8]) -> bool {
        self.offer.suites.chunks(2).any(|offered| offered == suite)
    }
}

/// A client that offers neither TLS 1.2 nor 1.3 gets protocol_version, as from OpenSSL; rustls looks
/// for signature algorithms first, which older versions do not name.
fn client_refusal(hello: &[u8]) -> Option<(Error, u8)> {
    let legacy = hello.get(..2)?;
    let offers = match extension(CLIENT_HELLO, hello, SUPPORTED_VERSIONS) {
        Some(list) => list.get(1..)?,
        None => legacy,
    };
    let mut offers = offers.chunks_exact(2);
    let is_newer = |version: &[u8]| version.first() == Some(&3) && version > TLS13;
    // A legacy_version above TLS 1.2 stands for TLS 1.2 (RFC 8446 section 4.2.1).
    if offers.clone().any(|version| version == TLS12 || version == TLS13)
        || offers.len() == 0
        || legacy > TLS12 && extension(CLIENT_HELLO, hello, SUPPORTED_VERSIONS).is_none()
    {
        return None;
    }
    let error = if offers.any(is_newer) {
        Error::detail(Code::Incompatible, "it offers only TLS versions that are not known here")
            .with_hint("Allow TLSv1.2 or TLSv1.3 in the client's tls_version.")
    } else {
        Code::Version.into()
    };
    Some((error, alert::PROTOCOL_VERSION))
}

/// Returns what whole records hold, without their headers.
fn joined(mut records: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(records.len());
    while let Frame::Whole(_, record) = Frame::next(records) {
        content.extend_from_slice(record.get(Header::LEN..).unwrap_or_default());
        records = records.get(record.len()..).unwrap_or_default();
    }
    content
}

fn is_retry(kind: u8, hello: &[u8]) -> bool {
    kind == SERVER_HELLO && hello.get(2..34) == Some(RETRY)
}

fn server_name_refusal(hello: &[u8]) -> Option<(Error, u8)> {
    let content = extension(CLIENT_HELLO, hello, SERVER_NAME)?;
    let Verdict::Refuse(name) = server_name::judge(content) else { return None };
    let error =
        Error::detail(Code::Misbehaved, format!("the client's SNI is no name: {}", quoted(&name)))
            .with_hint("Set tls-sni-servername, or another host, at the client.");
    Some((error, ILLEGAL))
}

/// Whether this is a ClientHello with a server_name that rustls would refuse, and OpenSSL ignores.
fn has_ignored_name((kind, body): (u8, &[u8])) -> bool {
    let name = extension(kind, body, SERVER_NAME).filter(|_| kind == CLIENT_HELLO);
    name.is_some_and(|name| server_name::judge(name) == Verdict::Ignore)
}

/// Gives a server_name that rustls would refuse, and OpenSSL ignores, a number that nobody knows. One
/// in front of another is left to rustls, which refuses both (RFC 8446 section 4.2).
fn ignore_server_name(bytes: &mut [u8]) -> Option<Renumbered> {
    let (_, len) = message_header(bytes)?;
    let hello = bytes.get_mut(..len.saturating_add(4))?;
    let body = hello.get(4..)?;
    let (at, content) = find_extension(CLIENT_HELLO, body, SERVER_NAME)?;
    let mut behind = Reader::new(body);
    behind.skip(at.saturating_add(4).saturating_add(content.len()))?;
    let is_one_of_two = find_in(body, behind, SERVER_NAME).is_some();
    if is_one_of_two || server_name::judge(content) != Verdict::Ignore {
        return None;
    }
    let is_free = |number: &u16| extension(CLIENT_HELLO, body, usize::from(*number)).is_none();
    let number = UNASSIGNED.into_iter().find(is_free)?;
    Renumbered::new(hello, at.saturating_add(4), number)
}

fn refused(why: &str, number: u8) -> Taken {
    Taken::Refused(Error::detail(Code::Misbehaved, why), number)
}

fn session(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    reader.skip(34)?;
    let len = number(&mut reader, 1)?;
    reader.take(len)
}

/// Returns the cipher suites of a ClientHello.
fn suites(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    reader.skip(34)?;
    let session = number(&mut reader, 1)?;
    reader.skip(session)?;
    let len = number(&mut reader, 2)?;
    reader.take(len)
}

/// Returns the cipher suite of a ServerHello.
fn chosen_suite(body: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body);
    reader.skip(34)?;
    let session = number(&mut reader, 1)?;
    reader.skip(session)?;
    reader.take(2)
}

fn message(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (kind, len) = message_header(bytes)?;
    let mut reader = Reader::new(bytes);
    reader.skip(4)?;
    Some((kind, reader.take(len)?))
}

/// `None` also for what rustls will refuse.
fn extension(kind: u8, body: &[u8], wanted: usize) -> Option<&[u8]> {
    find_extension(kind, body, wanted).map(|(_, content)| content)
}

/// Returns where an extension begins, and its content.
fn find_extension(kind: u8, body: &[u8], wanted: usize) -> Option<(usize, &[u8])> {
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
    find_in(body, reader, wanted)
}

/// The same among the extensions that `reader` has left.
fn find_in<'a>(body: &[u8], mut reader: Reader<'a>, wanted: usize) -> Option<(usize, &'a [u8])> {
    loop {
        let at = body.len().saturating_sub(reader.len());
        let (extension, len) = (number(&mut reader, 2)?, number(&mut reader, 2)?);
        let content = reader.take(len)?;
        if extension == wanted {
            return Some((at, content));
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
const SERVER_NAME: usize = 0;
const SUPPORTED_VERSIONS: usize = 43;
/// Numbers for private use (RFC 8446 section 11), of which no known extension has one.
const UNASSIGNED: [u16; 3] = [0xfff1, 0xfff2, 0xfff3];
const TLS12: &[u8] = &[3, 3];
const TLS13: &[u8] = &[3, 4];
/// The end of a ServerHello's random (RFC 8446 section 4.1.3); rustls checks the one for TLS 1.2.
const DOWNGRADE_TO_11: &[u8] = b"DOWNGRD\0";
/// The random of a HelloRetryRequest (RFC 8446 section 4.1.3).
const RETRY: &[u8] = &[
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
const RENEGOTIATION_INFO: usize = 0xff01;

const OTHER_SUITE: &str = "it chose a cipher suite that was not offered";

const UNEXPECTED: u8 = alert::UNEXPECTED_MESSAGE;
const ILLEGAL: u8 = alert::ILLEGAL_PARAMETER;

/// Largest first Hello. An honest one has less than 4 KiB; key shares of the post-quantum kind and
/// long tickets make it a few KiB more. It comes before anything is known of the peer.
pub const MAX_HELLO: usize = 16 << 10;

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

    fn is_refused(first: &mut FirstHello, record: &[u8]) -> bool {
        matches!(first.take(record), Taken::Refused(..))
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
                    assert!(matches!(first.take(&record(&whole[..at])), Taken::Part));
                    let taken = first.take(&record(&whole[at..]));
                    if expected {
                        assert!(matches!(taken, Taken::Refused(_, 40)), "{kind} {at}");
                        continue;
                    }
                    // rustls gets it in one piece.
                    assert!(matches!(taken, Taken::Whole(all) if all == record(&whole)));
                    // The first one only: later ones are encrypted, or of TLS 1.3.
                    assert!(matches!(first.take(&record(&whole)), Taken::AsItIs));
                }
            }
        }
    }

    #[test]
    fn an_offer_of_several_records_is_read_whole() {
        let whole = hello(1, &[&[0, 43, 0, 3, 2, 3, 4]]);
        for at in 1..whole.len() {
            let (first, second) = whole.split_at(at);
            let records = [record(first), record(second)].concat();
            let mut offer = FirstHello::default();
            offer.note_offer(&records);
            let Offer { session, suites, has_tls12, has_tls13 } = offer.offer;
            assert_eq!((&session[..], &suites[..]), (&[9, 9][..], &[0, 1, 0, 2][..]), "{at}");
            assert_eq!((has_tls12, has_tls13), (false, true), "{at}");
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
            assert!(!is_refused(&mut first, &retry));
            assert_eq!(is_refused(&mut first, &second), refused);
            let mut first = FirstHello::default();
            assert!(!is_refused(&mut first, &retry));
            assert!(!is_refused(&mut first, &record(&[11, 0, 0, 0])), "rustls names that");
        }
    }

    #[test]
    fn what_is_no_hello_is_left_to_rustls() {
        let whole = hello(1, &[&[0xff, 1, 0, 3, 2, 8, 8]]);
        for len in 0..whole.len() - 4 {
            let mut short = whole[..4 + len].to_vec();
            short[3] = u8::try_from(len).unwrap();
            assert!(!is_refused(&mut FirstHello::default(), &record(&short)), "{len}");
        }
        for bytes in [&[][..], &[22], &[22, 3, 3, 0, 0], &[23, 3, 3, 0, 1, 0]] {
            assert!(matches!(FirstHello::default().take(bytes), Taken::AsItIs));
        }
    }
}
