//! A peer that has the keys of a connection, and makes records that no library makes.

use std::sync::{Arc, Mutex};

use ring::{aead, hkdf};
use rustls::crypto::{CryptoProvider, ring as provider};
use rustls::{
    ClientConfig, ClientConnection, Connection, ConnectionTrafficSecrets, ExtractedSecrets, KeyLog,
    RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion, version,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use tlsql::Phase;

use super::{Host, Schedule, pki, wire};

/// The keys of both directions of a peer.
pub struct Forger {
    is_tls13: bool,
    writes: Direction,
    reads: Direction,
}

struct Direction {
    key: aead::LessSafeKey,
    iv: [u8; 12],
    number: u64,
    has_explicit_nonce: bool,
    /// TLS 1.3: the traffic secret.
    secret: Vec<u8>,
}

pub const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS12, &version::TLS13];

/// Both of our roles, in both versions.
pub const CASES: [(bool, &SupportedProtocolVersion); 4] =
    [(true, VERSIONS[0]), (false, VERSIONS[0]), (true, VERSIONS[1]), (false, VERSIONS[1])];

impl Forger {
    /// Takes one of our ends, a client or a server, through a handshake with plain rustls, and then
    /// takes the peer's keys.
    pub fn of(
        is_client: bool,
        version: &'static SupportedProtocolVersion,
        schedule: Schedule,
    ) -> (Host, Self) {
        let log = Arc::new(SecretLog::default());
        let (mut host, mut peer) =
            pair_with(is_client, version, schedule, Arc::new(provider::default_provider()), &log);
        let mut up = host.take_sent();
        while host.conn.phase() != Phase::Tls || !up.is_empty() || peer.wants_write() {
            let mut rest = &up[..];
            while !rest.is_empty() {
                peer.read_tls(&mut rest).expect("memory");
                peer.process_new_packets().expect("a good record");
            }
            let mut down = Vec::new();
            while peer.wants_write() {
                peer.write_tls(&mut down).expect("memory");
            }
            host.deliver(&down);
            up = host.take_sent();
        }
        let secrets = match peer {
            Connection::Client(peer) => peer.dangerous_extract_secrets(),
            Connection::Server(peer) => peer.dangerous_extract_secrets(),
        };
        let ExtractedSecrets { tx, rx } = secrets.expect("secrets");
        let (of_client, of_server) = log.take();
        let (written, read) =
            if is_client { (of_server, of_client) } else { (of_client, of_server) };
        let is_tls13 = version.version == version::TLS13.version;
        let writes = Direction::new(tx, is_tls13, written);
        (host, Self { is_tls13, writes, reads: Direction::new(rx, is_tls13, read) })
    }

    /// Changes the keys of the next records, behind a KeyUpdate.
    pub fn update(&mut self) {
        self.writes.update();
    }

    /// Seals a record of this type; in TLS 1.3 it is the inner one.
    pub fn record(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
        if self.is_tls13 {
            return self.inner(&[content, &[kind]].concat());
        }
        let (nonce, explicit) = self.writes.next_nonce();
        let aad = tls12_data(self.writes.number - 1, [kind, 3, 3], content.len());
        let mut sealed = content.to_vec();
        self.writes.key.seal_in_place_append_tag(nonce, aad, &mut sealed).expect("a record");
        wire::record(kind, &[explicit, sealed].concat())
    }

    /// TLS 1.3: seals a record with this TLSInnerPlaintext.
    pub fn inner(&mut self, inner: &[u8]) -> Vec<u8> {
        assert!(self.is_tls13);
        let mut sealed = inner.to_vec();
        let [high, low] = u16::try_from(inner.len() + 16).expect("a length").to_be_bytes();
        let (nonce, _) = self.writes.next_nonce();
        let header = aead::Aad::from([APPLICATION_DATA, 3, 3, high, low]);
        self.writes.key.seal_in_place_append_tag(nonce, header, &mut sealed).expect("a record");
        wire::record(APPLICATION_DATA, &sealed)
    }

    /// Opens our end's records, and changes keys behind a KeyUpdate: type and content of each.
    pub fn open(&mut self, stream: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut open = |(kind, body)| {
            let record = self.open_one(kind, body);
            if let (22, [24, ..]) = (record.0, &record.1[..]) {
                self.reads.update();
            }
            record
        };
        wire::records(stream).into_iter().map(&mut open).collect()
    }

    fn open_one(&mut self, kind: u8, mut body: Vec<u8>) -> (u8, Vec<u8>) {
        let number = self.reads.number;
        if self.is_tls13 {
            assert_eq!(kind, APPLICATION_DATA, "the outer type of a record in TLS 1.3");
            let [high, low] = u16::try_from(body.len()).expect("a length").to_be_bytes();
            let (nonce, _) = self.reads.next_nonce();
            let header = aead::Aad::from([kind, 3, 3, high, low]);
            let inner = self.reads.key.open_in_place(nonce, header, &mut body).expect("a record");
            let mut inner = inner.to_vec();
            return (inner.pop().expect("a content type"), inner);
        }
        let explicit = if self.reads.has_explicit_nonce { 8 } else { 0 };
        let (own_nonce, _) = self.reads.next_nonce();
        let (front, sealed) = body.split_at_mut(explicit);
        let nonce = match <[u8; 8]>::try_from(&*front) {
            Ok(counter) => {
                let nonce = [&self.reads.iv[..4], &counter].concat();
                aead::Nonce::try_assume_unique_for_key(&nonce).expect("12 octets")
            }
            Err(_) => own_nonce,
        };
        let aad = tls12_data(number, [kind, 3, 3], sealed.len() - 16);
        (kind, self.reads.key.open_in_place(nonce, aad, sealed).expect("a record").to_vec())
    }
}

impl Direction {
    fn new(
        (number, secrets): (u64, ConnectionTrafficSecrets),
        is_tls13: bool,
        secret: Vec<u8>,
    ) -> Self {
        let (algorithm, key, iv) = match secrets {
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&aead::AES_256_GCM, key, iv),
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&aead::AES_128_GCM, key, iv),
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => {
                (&aead::CHACHA20_POLY1305, key, iv)
            }
            _ => panic!("another AEAD"),
        };
        let key = aead::UnboundKey::new(algorithm, key.as_ref()).expect("a key");
        Self {
            key: aead::LessSafeKey::new(key),
            iv: iv.as_ref().try_into().expect("12 octets"),
            number,
            has_explicit_nonce: !is_tls13 && *algorithm != aead::CHACHA20_POLY1305,
            secret,
        }
    }

    /// RFC 8446 section 7.2.
    fn update(&mut self) {
        self.secret = expand(&self.secret, "traffic upd", self.secret.len());
        let algorithm = self.key.algorithm();
        let key = expand(&self.secret, "key", algorithm.key_len());
        self.key = aead::LessSafeKey::new(aead::UnboundKey::new(algorithm, &key).expect("a key"));
        self.iv = expand(&self.secret, "iv", 12).try_into().expect("12 octets");
        self.number = 0;
    }

    /// Returns the next record's nonce, and what of it stands in the record.
    fn next_nonce(&mut self) -> (aead::Nonce, Vec<u8>) {
        let mut nonce = self.iv;
        for (byte, part) in nonce[4..].iter_mut().zip(self.number.to_be_bytes()) {
            *byte ^= part;
        }
        self.number += 1;
        let explicit = if self.has_explicit_nonce { nonce[4..].to_vec() } else { Vec::new() };
        (aead::Nonce::assume_unique_for_key(nonce), explicit)
    }
}

/// The additional data of RFC 5246 section 6.2.3.3.
fn tls12_data(number: u64, head: [u8; 3], len: usize) -> aead::Aad<Vec<u8>> {
    let len = u16::try_from(len).expect("a length");
    aead::Aad::from([&number.to_be_bytes()[..], &head, &len.to_be_bytes()].concat())
}

/// HKDF-Expand-Label (RFC 8446 section 7.1) with an empty context.
fn expand(secret: &[u8], label: &str, len: usize) -> Vec<u8> {
    struct Len(usize);
    impl hkdf::KeyType for Len {
        fn len(&self) -> usize {
            self.0
        }
    }
    let algorithm = if secret.len() == 32 { hkdf::HKDF_SHA256 } else { hkdf::HKDF_SHA384 };
    let label = format!("tls13 {label}");
    let lengths = [&u16::try_from(len).expect("a length").to_be_bytes()[..], &[label.len() as u8]];
    let info = [&lengths.concat()[..], label.as_bytes(), &[0]];
    let mut out = vec![0; len];
    let prk = hkdf::Prk::new_less_safe(algorithm, secret);
    prk.expand(&info, Len(len)).expect("a length").fill(&mut out).expect("a length");
    out
}

/// The traffic secrets of client and server, which rustls logs.
#[derive(Debug, Default)]
struct SecretLog(Mutex<(Vec<u8>, Vec<u8>)>);

impl SecretLog {
    fn take(&self) -> (Vec<u8>, Vec<u8>) {
        self.0.lock().expect("one thread").clone()
    }
}

impl KeyLog for SecretLog {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        let mut secrets = self.0.lock().expect("one thread");
        match label {
            "CLIENT_TRAFFIC_SECRET_0" => secrets.0 = secret.to_vec(),
            "SERVER_TRAFFIC_SECRET_0" => secrets.1 = secret.to_vec(),
            _ => {}
        }
    }
}

/// Returns one of our ends, a client or a server, that has sent all that it sends by itself, and plain
/// rustls with this provider for the other end. What our end sent for MySQL is taken away.
pub fn pair(
    is_client: bool,
    version: &'static SupportedProtocolVersion,
    schedule: Schedule,
    provider: Arc<CryptoProvider>,
) -> (Host, Connection) {
    pair_with(is_client, version, schedule, provider, &Arc::default())
}

fn pair_with(
    is_client: bool,
    version: &'static SupportedProtocolVersion,
    schedule: Schedule,
    provider: Arc<CryptoProvider>,
    log: &Arc<SecretLog>,
) -> (Host, Connection) {
    if is_client {
        let mut host = Host::greeted(&pki::client(&[]), schedule, wire::MYSQL57);
        host.sent.drain(..36);
        return (host, server(version, provider, log));
    }
    let mut host = Host::new(&pki::server_as("server", &[]), schedule);
    host.settle();
    host.take_sent();
    host.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
    (host, client(version, provider, log))
}

fn server(
    version: &'static SupportedProtocolVersion,
    provider: Arc<CryptoProvider>,
    log: &Arc<SecretLog>,
) -> Connection {
    let key = PrivatePkcs8KeyDer::from(pki::der(&pki::read("server-key.pem")));
    let chain = vec![CertificateDer::from(pki::der(&pki::read("server-cert.pem")))];
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_no_client_auth()
        .with_single_cert(chain, key.into())
        .expect("a pair");
    config.enable_secret_extraction = true;
    config.key_log = log.clone();
    config.send_tls13_tickets = 0;
    ServerConnection::new(Arc::new(config)).expect("a connection").into()
}

fn client(
    version: &'static SupportedProtocolVersion,
    provider: Arc<CryptoProvider>,
    log: &Arc<SecretLog>,
) -> Connection {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(pki::der(&pki::read("ca.pem")))).expect("a root");
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.enable_secret_extraction = true;
    config.key_log = log.clone();
    let name = ServerName::try_from("localhost").expect("a name");
    ClientConnection::new(Arc::new(config), name).expect("a connection").into()
}

const APPLICATION_DATA: u8 = 23;
