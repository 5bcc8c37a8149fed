//! A plain rustls peer whose handshake keys are known, so that a test can open the records that it
//! sends, change what stands in them and seal them anew. One suite for each version, with SHA-256.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex};

use ring::{aead, hmac};
use rustls::crypto::{CryptoProvider, ring as provider};
use rustls::{
    AlertDescription, CipherSuite, ClientConfig, ClientConnection, Connection, Error, KeyLog,
    RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};

use super::handmade_server::{Direction, prf};
use super::{Host, Schedule, pki, wire};

/// Content type of a record, inside of its encryption, and what it carries.
pub type Plain = (u8, Vec<u8>);

pub struct OpenPeer {
    tls: Connection,
    keys: Arc<Keys>,
    randoms: [Vec<u8>; 2],
    is_client: bool,
    is_tls13: bool,
}

impl OpenPeer {
    /// A server and our client, which has sent its ClientHello; the server has it.
    pub fn server(version: &'static SupportedProtocolVersion, s: Schedule) -> (Host, Self) {
        let keys = Arc::new(Keys::default());
        let mut config = ServerConfig::builder_with_provider(two_suites())
            .with_protocol_versions(&[version])
            .expect("a suite")
            .with_no_client_auth()
            .with_single_cert(chain("server"), key("server"))
            .expect("a pair");
        config.key_log = keys.clone();
        let tls = ServerConnection::new(Arc::new(config)).expect("a connection");
        let mut host = Host::greeted(&pki::client(&[]), s, wire::MYSQL57);
        let mut peer = Self::new(tls.into(), keys, version);
        let hello = host.take_sent().split_off(36);
        peer.randoms[0] = hello[11..43].to_vec();
        assert_eq!(peer.read(&hello), None);
        (host, peer)
    }

    /// A client with a certificate, and our server, which asks for it and has sent its first flight;
    /// the client has it.
    pub fn client(version: &'static SupportedProtocolVersion, s: Schedule) -> (Host, Self) {
        let keys = Arc::new(Keys::default());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(pki::der(&pki::read("ca.pem")))).expect("a CA");
        let mut config = ClientConfig::builder_with_provider(two_suites())
            .with_protocol_versions(&[version])
            .expect("a suite")
            .with_root_certificates(roots)
            .with_client_auth_cert(chain("client"), key("client"))
            .expect("a pair");
        config.key_log = keys.clone();
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = ClientConnection::new(Arc::new(config), name).expect("a connection");
        let context = pki::server_as("server", &[("ssl_ca", "ca.pem")]);
        let mut host = Host::new(&context, s);
        host.settle();
        host.take_sent();
        host.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        let mut peer = Self::new(tls.into(), keys, version);
        let hello = peer.write();
        peer.randoms[0] = hello[11..43].to_vec();
        host.deliver(&hello);
        let flight = host.take_sent();
        peer.randoms[1] = flight[11..43].to_vec();
        assert_eq!(peer.read(&flight), None);
        (host, peer)
    }

    fn new(tls: Connection, keys: Arc<Keys>, version: &SupportedProtocolVersion) -> Self {
        let is_client = matches!(tls, Connection::Client(_));
        let is_tls13 = *version == rustls::version::TLS13;
        Self { tls, keys, randoms: Default::default(), is_client, is_tls13 }
    }

    /// Takes records; returns the alert that ended the connection.
    pub fn read(&mut self, mut bytes: &[u8]) -> Option<AlertDescription> {
        while !bytes.is_empty() {
            self.tls.read_tls(&mut bytes).expect("memory");
            match self.tls.process_new_packets() {
                Ok(_) => {}
                Err(Error::AlertReceived(alert)) => return Some(alert),
                Err(other) => panic!("{other:?}"),
            }
            let _ = self.tls.reader().read_to_end(&mut Vec::new());
        }
        None
    }

    pub fn write(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut out).expect("memory");
        }
        if !self.is_client && out.first() == Some(&wire::HANDSHAKE) {
            self.randoms[1] = out[11..43].to_vec();
        }
        out
    }

    /// Returns the records of its next flight with those that are encrypted changed: `change` gets
    /// handshake messages of TLS 1.3 one by one, and of TLS 1.2 the Finished.
    pub fn write_changed(&mut self, change: impl FnOnce(&mut Vec<Plain>)) -> Vec<u8> {
        let records = wire::records(&self.write());
        let encrypted = |at: usize| match self.is_tls13 {
            true => records[at].0 == wire::APPLICATION,
            false => at > 0 && records[at - 1].0 == CHANGE,
        };
        let first = (0..records.len()).find(|at| encrypted(*at)).expect("keys");
        let (clear, sealed) = records.split_at(first);
        let (mut opens, mut seals) = (self.sealer(), self.sealer());
        let opened: Vec<Plain> =
            sealed.iter().map(|(kind, body)| opens.open(*kind, body)).collect();
        let all: Vec<u8> = opened.iter().flat_map(|(_, body)| body.clone()).collect();
        let mut plain = messages(&all);
        change(&mut plain);
        let clear = clear.iter().map(|(kind, body)| wire::record(*kind, body));
        let sealed = plain.iter().map(|(kind, body)| seals.seal(*kind, body));
        clear.chain(sealed).collect::<Vec<_>>().concat()
    }

    /// The keys that this peer's handshake records are sealed with, from their first record on.
    fn sealer(&self) -> Sealer {
        if self.is_tls13 {
            let side = if self.is_client { "CLIENT" } else { "SERVER" };
            let secret = self.keys.get(&format!("{side}_HANDSHAKE_TRAFFIC_SECRET"));
            return Sealer::Tls13(Tls13::new(&secret));
        }
        let [client, server] = &self.randoms;
        let seed = [&server[..], client].concat();
        let block = prf(&self.keys.get("CLIENT_RANDOM"), b"key expansion", &seed, 40);
        Sealer::Tls12(match self.is_client {
            true => Direction::new(&block[..16], &block[32..36]),
            false => Direction::new(&block[16..32], &block[36..40]),
        })
    }
}

/// Secrets by their label (RFC 9850).
#[derive(Debug, Default)]
struct Keys(Mutex<BTreeMap<String, Vec<u8>>>);

impl Keys {
    fn get(&self, label: &str) -> Vec<u8> {
        self.0.lock().expect("no panic")[label].clone()
    }
}

impl KeyLog for Keys {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        self.0.lock().expect("no panic").insert(label.to_owned(), secret.to_vec());
    }
}

enum Sealer {
    Tls12(Direction),
    Tls13(Tls13),
}

impl Sealer {
    fn open(&mut self, kind: u8, body: &[u8]) -> Plain {
        match self {
            Self::Tls12(direction) => (kind, direction.open(kind, body)),
            Self::Tls13(direction) => direction.open(body),
        }
    }

    fn seal(&mut self, kind: u8, body: &[u8]) -> Vec<u8> {
        match self {
            Self::Tls12(direction) => direction.seal(kind, body),
            Self::Tls13(direction) => direction.seal(kind, body),
        }
    }
}

/// AES-128-GCM as in RFC 8446 sections 5.2 and 5.3.
struct Tls13 {
    key: aead::LessSafeKey,
    iv: Vec<u8>,
    sequence: u64,
}

impl Tls13 {
    fn new(secret: &[u8]) -> Self {
        let key = aead::UnboundKey::new(&aead::AES_128_GCM, &expand(secret, "key", 16));
        let key = aead::LessSafeKey::new(key.expect("16 octets"));
        Self { key, iv: expand(secret, "iv", 12), sequence: 0 }
    }

    fn next(&mut self) -> aead::Nonce {
        let mut nonce = self.iv.clone();
        for (byte, part) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= part;
        }
        self.sequence += 1;
        aead::Nonce::try_assume_unique_for_key(&nonce).expect("12 octets")
    }

    fn seal(&mut self, kind: u8, body: &[u8]) -> Vec<u8> {
        let mut inner = [body, &[kind]].concat();
        let header = header(inner.len() + 16);
        let nonce = self.next();
        self.key.seal_in_place_append_tag(nonce, header, &mut inner).expect("a record");
        wire::record(wire::APPLICATION, &inner)
    }

    fn open(&mut self, body: &[u8]) -> Plain {
        let mut body = body.to_vec();
        let (nonce, header) = (self.next(), header(body.len()));
        let mut inner = self.key.open_in_place(nonce, header, &mut body).expect("ours").to_vec();
        (inner.pop().expect("a content type"), inner)
    }
}

fn header(len: usize) -> aead::Aad<[u8; 5]> {
    let [high, low] = u16::try_from(len).expect("a record").to_be_bytes();
    aead::Aad::from([wire::APPLICATION, 3, 3, high, low])
}

/// HKDF-Expand-Label (RFC 8446 section 7.1) of at most one block, without a context.
fn expand(secret: &[u8], label: &str, len: u8) -> Vec<u8> {
    let label = format!("tls13 {label}");
    let label_len = u8::try_from(label.len()).expect("a short label");
    let info = [&[0, len, label_len][..], label.as_bytes(), &[0, 1]].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), &info);
    tag.as_ref()[..usize::from(len)].to_vec()
}

/// Splits handshake messages, each a record of its own.
fn messages(mut bytes: &[u8]) -> Vec<Plain> {
    let mut out = Vec::new();
    while let [_, a, b, c, ..] = *bytes {
        let len = u32::from_be_bytes([0, a, b, c]) as usize + 4;
        let (message, rest) = bytes.split_at(len);
        out.push((wire::HANDSHAKE, message.to_vec()));
        bytes = rest;
    }
    out
}

fn two_suites() -> Arc<CryptoProvider> {
    let mut provider = provider::default_provider();
    let kept = [0x1301, 0xc02b].map(CipherSuite::from);
    provider.cipher_suites.retain(|suite| kept.contains(&suite.suite()));
    Arc::new(provider)
}

fn chain(name: &str) -> Vec<CertificateDer<'static>> {
    vec![CertificateDer::from(pki::der(&pki::read(&format!("{name}-cert.pem"))))]
}

fn key(name: &str) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(pki::der(&pki::read(&format!("{name}-key.pem")))).into()
}

const CHANGE: u8 = 20;
