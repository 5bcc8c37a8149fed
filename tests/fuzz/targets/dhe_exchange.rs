//! The key exchange of TLS 1.2 with DHE: a client meets a ServerKeyExchange that a server with the
//! right key signed, whatever is in it; a server meets a ClientKeyExchange of any kind.

use std::sync::LazyLock;

use ring::rand::SystemRandom;
use ring::signature::{self, RsaEncoding, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tlsql::{Code, event};

use super::checked_conn::CheckedConn;
use super::contexts::{GREETING, RSA_CERT, RSA_KEY};
use super::cursor::Cursor;
use super::dh::{self, GROUPS};
use super::stream::{self, CAPABILITIES};

/// Bit 0 of the first byte is the role.
pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    match script.u8() & 1 {
        0 => drop(client(&mut script)),
        _ => drop(server(&mut script)),
    }
}

/// What became of a client.
pub struct Ending {
    /// A client sent its ChangeCipherSpec, a server its flight.
    pub went_on: bool,
    pub failure: Option<Code>,
}

/// Lets a client meet the suite, the parameters, the signature and the bytes behind it that the
/// script has.
pub fn client(script: &mut Cursor<'_>) -> Ending {
    let bits = script.u8();
    // TLS 1.2 beside 1.3, or alone.
    let mut client = CheckedConn::client(if bits & 1 == 0 { 0 } else { 8 }, false);
    client.wire.extend(packet(0, GREETING));
    client.drain();
    stream::start(&mut client, CAPABILITIES);
    let hello = client.drain();
    let client_random = &hello[36 + 5 + 4 + 2..][..32];

    let exchange = KeyExchange::read(script, bits, client_random);
    let mut flight = message(2, &server_hello(exchange.suite, bits & 4 != 0));
    flight.extend(message(11, &certificate_list()));
    flight.extend(message(12, &exchange.message()));
    flight.extend(message(14, &[]));
    // The messages in as many records as the script wants.
    let size = script.size().clamp(1, 16_384);
    client.wire.extend(flight.chunks(size).flat_map(|part| record(22, part)));
    client.wire.extend_from_slice(script.bytes());
    // rustls says its own public value before it looks at the other one.
    let went_on = kinds(&client.drain()).contains(&(20, None));

    if went_on {
        exchange.check_taken();
    }
    assert!(!client.had(event::SECURED), "nobody knows the server's secret");
    client.finish();
    Ending { went_on, failure: client.failure() }
}

/// A ServerKeyExchange and the suite that it is for.
struct KeyExchange {
    suite: u16,
    p: Vec<u8>,
    g: Vec<u8>,
    public: Vec<u8>,
    /// The parameters are p, g and the public value and nothing else.
    is_whole: bool,
    params: Vec<u8>,
    scheme: u16,
    /// As it was made, and as it is sent.
    sound: Vec<u8>,
    signature: Vec<u8>,
}

impl KeyExchange {
    fn read(script: &mut Cursor<'_>, bits: u8, client_random: &[u8]) -> Self {
        let suite = script.pick(&CHOSEN);
        let group = &GROUPS[usize::from(script.u8()) % GROUPS.len()];
        let (p, g) = (number(&group.p, script), number(&group.g, script));
        let public = public(&p, script);
        let mut params: Vec<u8> = [&p, &g, &public].into_iter().flat_map(|n| vector(n)).collect();
        let is_whole = bits & 2 == 0;
        if !is_whole {
            // Other lengths, or what is none of DHE.
            let flips = script.u8() & 3;
            script.flip(&mut params, flips);
            let len = script.size();
            params.truncate(params.len().saturating_sub(len));
            params.extend_from_slice(script.bytes());
        }
        let signed = [client_random, &SERVER_RANDOM, &params].concat();
        let (scheme, encoding) = script.pick(&SCHEMES);
        let mut sound = vec![0; 256];
        KEY.sign(encoding, &SystemRandom::new(), &signed, &mut sound).unwrap();
        let mut signature = sound.clone();
        let flips = script.u8() & 3;
        script.flip(&mut signature, flips);
        signature.truncate(256usize.saturating_sub(script.size()));
        Self { suite, p, g, public, is_whole, params, scheme, sound, signature }
    }

    fn message(&self) -> Vec<u8> {
        [&self.params[..], &self.scheme.to_be_bytes(), &vector(&self.signature)].concat()
    }

    /// Checks what must hold if a client goes on with it.
    fn check_taken(&self) {
        assert_eq!(self.signature, self.sound, "a signature is checked");
        let params = &self.params;
        let is_curve = matches!(params[..], [3, 0, 23 | 24 | 29, ..]);
        assert_eq!(self.suite == ECDHE, is_curve, "a group for another suite: {params:02x?}");
        let (p, g) = (dh::trim(&self.p), dh::trim(&self.g));
        let is_known = GROUPS.iter().any(|known| known.is_known && known.p == p && known.g == g);
        assert!(!self.is_whole || is_known, "an unknown group is taken");
        let public = &self.public;
        assert!(!self.is_whole || dh::is_inside(public, p), "Ys = {public:02x?}");
    }
}

/// Lets a server meet the suite, the groups of the ClientHello, and the bytes in place of the
/// client's public value that the script has.
pub fn server(script: &mut Cursor<'_>) -> Ending {
    let mut server = CheckedConn::rsa_server();
    stream::greet(&mut server);
    server.drain();
    server.wire.extend(packet(1, &ssl_request()));
    let suite = script.pick(&SUITES);
    let groups = script.bytes();
    server.wire.extend(record(22, &message(1, &client_hello(suite, groups))));
    let flight = server.drain();
    let went_on = kinds(&flight).contains(&(22, Some(2)));
    if went_on {
        let p = chosen_prime(&flight).expect("a ServerKeyExchange");
        assert!(GROUPS[2..5].iter().any(|group| group.p == p), "a group of RFC 7919");
        let bits = script.u8();
        let public = public(&p, script);
        let mut body = vector(&public);
        if bits & 1 != 0 {
            let len = script.size();
            body.truncate(body.len().saturating_sub(len));
            body.extend_from_slice(script.bytes());
        }
        // No certificate, as the server asks for one.
        let messages = [message(11, &[0, 0, 0]), message(16, &body)].concat();
        let records = messages.chunks(16_384).map(|part| record(22, part));
        server.wire.extend(records.flatten());
        server.wire.extend([record(20, &[1]), record(22, &[7; 40])].concat());
        server.drain();
        // The Finished is none.
        let is_good = bits & 1 == 0 && dh::is_inside(&public, &p) && is_square_of_2(&public);
        match server.failure() {
            Some(Code::Decrypt) => assert!(bits & 1 != 0 || dh::is_inside(&public, &p)),
            Some(_) => assert!(!is_good, "{:?} for a good value", server.failure()),
            None => panic!("a Finished without keys is taken"),
        }
    }
    assert!(!server.had(event::SECURED), "nobody knows the client's secret");
    server.finish();
    Ending { went_on, failure: server.failure() }
}

/// Reads changes of a number: their count, each of them, and octets to cut off or zeros to prepend.
fn number(base: &[u8], script: &mut Cursor<'_>) -> Vec<u8> {
    let mut number = base.to_vec();
    let flips = script.u8() & 3;
    script.flip(&mut number, flips);
    let size = script.u8();
    match size {
        0..0xf0 => number.truncate(number.len().saturating_sub(usize::from(size))),
        _ => drop(number.splice(0..0, std::iter::repeat_n(0, usize::from(size & 15)))),
    }
    number
}

/// Returns a public value: small, at the upper edge, of the script, or long.
fn public(p: &[u8], script: &mut Cursor<'_>) -> Vec<u8> {
    match script.u8() % 4 {
        0 => vec![script.u8()],
        1 => {
            let mut near = p.to_vec();
            if let Some(last) = near.last_mut() {
                *last = last.wrapping_sub(script.u8());
            }
            near
        }
        2 => script.bytes().to_vec(),
        _ => {
            let len = usize::from(script.u16());
            vec![script.u8(); len.min(40_000)]
        }
    }
}

/// Returns whether it is 4 or 16, which are squares modulo any p.
fn is_square_of_2(value: &[u8]) -> bool {
    matches!(dh::trim(value), [4 | 16])
}

fn server_hello(suite: u16, has_extended_secret: bool) -> Vec<u8> {
    let mut extensions = vec![0xff, 1, 0, 1, 0];
    if has_extended_secret {
        extensions.extend([0, 23, 0, 0]);
    }
    let [high, low] = suite.to_be_bytes();
    [&[3, 3], &SERVER_RANDOM[..], &[0, high, low, 0], &vector(&extensions)].concat()
}

fn client_hello(suite: u16, groups: &[u8]) -> Vec<u8> {
    let [high, low] = suite.to_be_bytes();
    let mut extensions = vec![0, 13, 0, 6, 0, 4, 8, 4, 4, 1];
    if !groups.is_empty() {
        let list = vector(groups);
        extensions.extend([&[0, 10], &vector(&list)[..]].concat());
    }
    [&[3, 3], &[7; 32][..], &[0, 0, 2, high, low, 1, 0], &vector(&extensions)].concat()
}

/// Returns what a client asks for in its SSLRequest.
fn ssl_request() -> Vec<u8> {
    let mut out = (CAPABILITIES | 0x800).to_le_bytes().to_vec();
    out.extend([0, 0, 0, 1, 45]);
    out.resize(32, 0);
    out
}

fn certificate_list() -> Vec<u8> {
    let leaf = CertificateDer::from_pem_slice(RSA_CERT).unwrap();
    let entry = [&[0], &vector(&leaf)[..]].concat();
    [&[0], &vector(&entry)[..]].concat()
}

/// Returns p of the ServerKeyExchange in a server's flight.
fn chosen_prime(flight: &[u8]) -> Option<Vec<u8>> {
    let messages: Vec<u8> = records(flight).into_iter().flat_map(|(_, body)| body).collect();
    let mut rest = &messages[..];
    while let [kind, a, b, c, behind @ ..] = rest {
        let len = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let (body, behind) = behind.split_at_checked(len)?;
        if *kind == 12 {
            let (len, body) = body.split_first_chunk()?;
            return Some(body.get(..usize::from(u16::from_be_bytes(*len)))?.to_vec());
        }
        rest = behind;
    }
    None
}

/// Returns each record's type, and the first octet of a handshake record.
fn kinds(stream: &[u8]) -> Vec<(u8, Option<u8>)> {
    let kind = |(kind, body): (u8, Vec<u8>)| (kind, body.first().copied().filter(|_| kind == 22));
    records(stream).into_iter().map(kind).collect()
}

fn records(mut stream: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut out = Vec::new();
    // A server's ERR packet ends them.
    while let &[kind @ 20..=23, 3, _, high, low, ref rest @ ..] = stream {
        let len = usize::from(u16::from_be_bytes([high, low]));
        let (body, rest) = rest.split_at(len);
        out.push((kind, body.to_vec()));
        stream = rest;
    }
    out
}

fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    // invariant: all are short.
    [&[u8::try_from(payload.len()).unwrap(), 0, 0, sequence], payload].concat()
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3], &vector(body)[..]].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, a, b, c], body].concat()
}

/// Returns bytes behind their length in two octets.
fn vector(body: &[u8]) -> Vec<u8> {
    [&u16::try_from(body.len()).unwrap().to_be_bytes(), body].concat()
}

const SUITES: [u16; 3] = [0x009e, 0x009f, 0xccaa];
/// What a server may choose: ECDHE too, whose parameters are others.
const CHOSEN: [u16; 4] = [0x009e, 0x009f, 0xccaa, ECDHE];
const ECDHE: u16 = 0xc02f;
const SERVER_RANDOM: [u8; 32] = [0x5e; 32];

/// With their numbers; of the last one the number is another's.
const SCHEMES: [(u16, &dyn RsaEncoding); 6] = [
    (0x0804, &signature::RSA_PSS_SHA256),
    (0x0805, &signature::RSA_PSS_SHA384),
    (0x0806, &signature::RSA_PSS_SHA512),
    (0x0401, &signature::RSA_PKCS1_SHA256),
    (0x0501, &signature::RSA_PKCS1_SHA384),
    (0x0403, &signature::RSA_PKCS1_SHA256),
];

static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    let der = PrivatePkcs8KeyDer::from_pem_slice(RSA_KEY).unwrap();
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap()
});
