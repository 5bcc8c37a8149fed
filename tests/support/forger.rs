//! A peer that has the keys of a connection, and makes records that no library makes.

use std::sync::{Arc, Mutex};

use rustls::crypto::{CryptoProvider, ring as provider};
use rustls::{
    ClientConfig, ClientConnection, Connection, ExtractedSecrets, KeyLog, RootCertStore,
    ServerConfig, ServerConnection, SupportedProtocolVersion, version,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use tlsql::Phase;

use super::record_keys::Direction;
use super::{Host, Schedule, pki, wire};

/// The keys of both directions of a peer.
pub struct Forger {
    writes: Direction,
    reads: Direction,
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
        (host, Self { writes, reads: Direction::new(rx, is_tls13, read) })
    }

    /// Changes the keys of the next records, behind a KeyUpdate.
    pub fn update(&mut self) {
        self.writes.update();
    }

    /// Seals a record of this type; in TLS 1.3 it is the inner one.
    pub fn record(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
        self.writes.record(kind, content)
    }

    /// TLS 1.3: seals a record with this TLSInnerPlaintext.
    pub fn inner(&mut self, inner: &[u8]) -> Vec<u8> {
        self.writes.inner(inner)
    }

    /// Opens our end's records, and changes keys behind a KeyUpdate: type and content of each.
    pub fn open(&mut self, stream: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut open = |(kind, body)| {
            let record = self.reads.open(kind, body);
            if let (22, [24, ..]) = (record.0, &record.1[..]) {
                self.reads.update();
            }
            record
        };
        wire::records(stream).into_iter().map(&mut open).collect()
    }
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
