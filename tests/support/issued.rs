//! Certificates with names of any kind, issued by a CA of the test's own.

use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};

/// A CA, or a sub-CA.
pub struct Issuer {
    key: Ed25519KeyPair,
    name: Vec<u8>,
    /// In DER.
    pub certificate: Vec<u8>,
}

/// A certificate with its chain, and its key in PKCS#8.
pub struct Issued {
    /// In DER, its own first.
    pub chain: Vec<Vec<u8>>,
    pub key: Vec<u8>,
}

impl Issuer {
    /// Makes a CA whose certificate it signs itself.
    pub fn new(name: &[u8]) -> Self {
        let (_, key) = new_key();
        let certificate = signed(&key, name, name, &key, &ca_extensions());
        Self { key, name: name.to_vec(), certificate }
    }

    /// Makes a CA below this one.
    pub fn sub_ca(&self, name: &[u8]) -> Self {
        let (_, key) = new_key();
        let certificate = signed(&self.key, &self.name, name, &key, &ca_extensions());
        Self { key, name: name.to_vec(), certificate }
    }

    /// Issues a certificate for a client; `alt_names` are the GeneralNames of a subjectAltName.
    pub fn client(&self, name: &[u8], alt_names: &[u8]) -> Issued {
        let (pkcs8, key) = new_key();
        let names = [oid(&[0x55, 0x1d, 0x11]), value(4, &value(0x30, alt_names))].concat();
        let extension = if alt_names.is_empty() { Vec::new() } else { value(0x30, &names) };
        let certificate = signed(&self.key, &self.name, name, &key, &extension);
        Issued { chain: vec![certificate], key: pkcs8 }
    }
}

impl Issued {
    /// Adds the certificate of its issuer to what the client sends.
    pub fn with(mut self, issuer: &Issuer) -> Self {
        self.chain.push(issuer.certificate.clone());
        self
    }

    /// Returns the chain in PEM.
    pub fn pem(&self) -> Vec<u8> {
        let block = |der: &Vec<u8>| {
            let text = base64(der);
            format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
        };
        self.chain.iter().map(block).collect::<String>().into_bytes()
    }
}

/// Returns a Name: a slice for each SET, with pairs of a short name and a value.
pub fn name(sets: &[&[(&str, &[u8])]]) -> Vec<u8> {
    let attribute = |(kind, text): &(&str, &[u8])| {
        let kind: &[u8] = match *kind {
            "CN" => &[0x55, 4, 3],
            "C" => &[0x55, 4, 6],
            "ST" => &[0x55, 4, 8],
            "O" => &[0x55, 4, 10],
            "OU" => &[0x55, 4, 11],
            other => panic!("{other}"),
        };
        value(0x30, &[oid(kind), value(0x0c, text)].concat())
    };
    let set = |pairs: &&[(&str, &[u8])]| {
        let mut members: Vec<_> = pairs.iter().map(attribute).collect();
        members.sort();
        value(0x31, &members.concat())
    };
    value(0x30, &sets.iter().map(set).collect::<Vec<_>>().concat())
}

pub fn value(tag: u8, body: &[u8]) -> Vec<u8> {
    let len = match body.len() {
        len @ 0..0x80 => vec![len as u8],
        len @ 0x80..0x100 => vec![0x81, len as u8],
        len => vec![0x82, (len >> 8) as u8, len as u8],
    };
    [&[tag], &len[..], body].concat()
}

fn oid(body: &[u8]) -> Vec<u8> {
    value(6, body)
}

fn new_key() -> (Vec<u8>, Ed25519KeyPair) {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let key = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("the same key");
    (pkcs8.as_ref().to_vec(), key)
}

/// basicConstraints, critical: CA:TRUE.
fn ca_extensions() -> Vec<u8> {
    let constraints = value(4, &value(0x30, &[1, 1, 0xff]));
    value(0x30, &[oid(&[0x55, 0x1d, 0x13]), vec![1, 1, 0xff], constraints].concat())
}

fn signed(
    signer: &Ed25519KeyPair,
    issuer: &[u8],
    subject: &[u8],
    key: &Ed25519KeyPair,
    extensions: &[u8],
) -> Vec<u8> {
    const ED25519: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
    let dates = [value(0x17, b"200101000000Z"), value(0x17, b"491231235959Z")].concat();
    let point = value(3, &[&[0], key.public_key().as_ref()].concat());
    let wrapped = value(0xa3, &value(0x30, extensions));
    let body = [
        &[0xa0, 3, 2, 1, 2, 2, 1, 7][..],
        ED25519,
        issuer,
        &value(0x30, &dates),
        subject,
        &value(0x30, &[ED25519, &point].concat()),
        if extensions.is_empty() { &[] } else { &wrapped },
    ];
    let body = value(0x30, &body.concat());
    let signature = value(3, &[&[0], signer.sign(&body).as_ref()].concat());
    value(0x30, &[&body, ED25519, &signature].concat())
}

pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        let word = word << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}
