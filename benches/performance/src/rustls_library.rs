//! rustls with ring, by its buffered and by its unbuffered interface.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::client::{ClientConnectionData, Resumption, UnbufferedClientConnection};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection, WebPkiClientVerifier};
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig,
    ServerConnection, SupportedProtocolVersion, version,
};

use crate::library::{Conn, Context, Library, Setup};

pub struct Rustls {
    pub buffered: bool,
}

const SUITES: [[CipherSuite; 3]; 3] = [
    [
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ],
    [
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ],
    [
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ],
];

impl Library for Rustls {
    fn context(&self, setup: &Setup) -> Box<dyn Context> {
        let config = if setup.is_server { server(setup) } else { client(setup) };
        Box::new(RustlsContext { config, buffered: self.buffered })
    }

    fn version(&self) -> String {
        "rustls 0.23".into()
    }
}

enum Config {
    Client(Arc<ClientConfig>),
    Server(Arc<ServerConfig>),
}

fn provider(setup: &Setup) -> Arc<rustls::crypto::CryptoProvider> {
    let mut provider = ring::default_provider();
    provider.cipher_suites.retain(|suite| SUITES[setup.suite].contains(&suite.suite()));
    Arc::new(provider)
}

fn version(setup: &Setup) -> &'static SupportedProtocolVersion {
    if setup.is_tls13 { &version::TLS13 } else { &version::TLS12 }
}

fn client(setup: &Setup) -> Config {
    let builder = ClientConfig::builder_with_provider(provider(setup));
    let builder = builder.with_protocol_versions(&[version(setup)]).unwrap();
    let builder = builder.with_root_certificates(roots(setup).unwrap());
    let mut config = match identity(setup) {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
        None => builder.with_no_client_auth(),
    };
    config.resumption = Resumption::disabled();
    Config::Client(Arc::new(config))
}

fn server(setup: &Setup) -> Config {
    let provider = provider(setup);
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_protocol_versions(&[version(setup)]).unwrap();
    let builder = match roots(setup) {
        Some(roots) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
        None => builder.with_no_client_auth(),
    };
    let (chain, key) = identity(setup).unwrap();
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    Config::Server(Arc::new(config))
}

fn roots(setup: &Setup) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(setup.ca.as_ref()?).unwrap() {
        roots.add(root.unwrap()).unwrap();
    }
    Some(roots)
}

fn identity(setup: &Setup) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let [cert, key] = setup.identity.as_ref()?;
    let chain = CertificateDer::pem_file_iter(cert).unwrap().map(Result::unwrap).collect();
    Some((chain, PrivateKeyDer::from_pem_file(key).unwrap()))
}

struct RustlsContext {
    config: Config,
    buffered: bool,
}

impl Context for RustlsContext {
    fn connect(&self) -> Box<dyn Conn> {
        let name = "localhost".try_into().unwrap();
        match (&self.config, self.buffered) {
            (Config::Client(config), true) => {
                Box::new(Buffered(ClientConnection::new(config.clone(), name).unwrap().into()))
            }
            (Config::Server(config), true) => {
                Box::new(Buffered(ServerConnection::new(config.clone()).unwrap().into()))
            }
            (Config::Client(config), false) => Box::new(Unbuffered(Side::Client(
                UnbufferedClientConnection::new(config.clone(), name).unwrap(),
            ))),
            (Config::Server(config), false) => Box::new(Unbuffered(Side::Server(
                UnbufferedServerConnection::new(config.clone()).unwrap(),
            ))),
        }
    }
}

struct Buffered(Connection);

impl Buffered {
    fn read(&mut self, mut wire: &[u8]) {
        while !wire.is_empty() {
            self.0.read_tls(&mut wire).unwrap();
            self.0.process_new_packets().unwrap();
        }
    }

    fn write(&mut self, wire: &mut [u8]) -> usize {
        let mut made = 0;
        while self.0.wants_write() {
            made += self.0.write_tls(&mut &mut wire[made..]).unwrap();
        }
        made
    }
}

impl Conn for Buffered {
    fn handshake(&mut self, wire_in: &mut [u8], wire_out: &mut [u8]) -> (usize, bool) {
        self.read(wire_in);
        (self.write(wire_out), !self.0.is_handshaking())
    }

    fn seal(&mut self, plain: &[u8], wire: &mut [u8]) -> usize {
        let mut made = 0;
        for part in plain.chunks(16384) {
            self.0.writer().write_all(part).unwrap();
            made += self.write(&mut wire[made..]);
        }
        made
    }

    fn open(&mut self, mut wire: &mut [u8], plain: &mut [u8]) -> usize {
        let mut made = 0;
        while !wire.is_empty() {
            let used = self.0.read_tls(&mut &*wire).unwrap();
            wire = &mut wire[used..];
            let ready = self.0.process_new_packets().unwrap().plaintext_bytes_to_read();
            self.0.reader().read_exact(&mut plain[made..made + ready]).unwrap();
            made += ready;
        }
        made
    }
}

struct Unbuffered(Side);

enum Side {
    Client(UnbufferedClientConnection),
    Server(UnbufferedServerConnection),
}

impl Conn for Unbuffered {
    fn handshake(&mut self, wire_in: &mut [u8], wire_out: &mut [u8]) -> (usize, bool) {
        let (mut used, mut made) = (0, 0);
        loop {
            let turn = match &mut self.0 {
                Side::Client(conn) => turn::<ClientConnectionData>(
                    conn.process_tls_records(&mut wire_in[used..]),
                    &mut wire_out[made..],
                ),
                Side::Server(conn) => turn::<ServerConnectionData>(
                    conn.process_tls_records(&mut wire_in[used..]),
                    &mut wire_out[made..],
                ),
            };
            used += turn.discard;
            made += turn.made;
            if let Some(done) = turn.end {
                return (made, done);
            }
        }
    }

    fn seal(&mut self, plain: &[u8], wire: &mut [u8]) -> usize {
        match &mut self.0 {
            Side::Client(conn) => encrypt(conn.process_tls_records(&mut []), plain, wire),
            Side::Server(conn) => encrypt(conn.process_tls_records(&mut []), plain, wire),
        }
    }

    fn open_in_place(&mut self, wire: &mut [u8]) -> usize {
        let (mut used, mut made) = (0, 0);
        while used < wire.len() {
            let (discard, plain) = match &mut self.0 {
                Side::Client(conn) => decrypt(conn.process_tls_records(&mut wire[used..])),
                Side::Server(conn) => decrypt(conn.process_tls_records(&mut wire[used..])),
            };
            used += discard;
            made += plain;
        }
        made
    }
}

struct Turn {
    discard: usize,
    made: usize,
    /// Nothing more can be done; whether the handshake is complete.
    end: Option<bool>,
}

fn turn<D>(status: UnbufferedStatus<'_, '_, D>, out: &mut [u8]) -> Turn {
    let (mut made, mut end) = (0, None);
    match status.state.unwrap() {
        ConnectionState::EncodeTlsData(mut data) => made = data.encode(out).unwrap(),
        ConnectionState::TransmitTlsData(data) => data.done(),
        ConnectionState::BlockedHandshake => end = Some(false),
        ConnectionState::WriteTraffic(_) => end = Some(true),
        other => panic!("in a handshake: {other:?}"),
    }
    Turn { discard: status.discard, made, end }
}

fn encrypt<D>(status: UnbufferedStatus<'_, '_, D>, plain: &[u8], wire: &mut [u8]) -> usize {
    let Ok(ConnectionState::WriteTraffic(mut traffic)) = status.state else {
        panic!("no traffic");
    };
    traffic.encrypt(plain, wire).unwrap()
}

/// Returns the bytes to discard, and the length of the plaintext.
fn decrypt<D>(status: UnbufferedStatus<'_, '_, D>) -> (usize, usize) {
    let (mut discard, mut plain) = (status.discard, 0);
    match status.state.unwrap() {
        ConnectionState::ReadTraffic(mut traffic) => {
            while let Some(record) = traffic.next_record() {
                let record = record.unwrap();
                discard += record.discard;
                plain += record.payload.len();
            }
        }
        ConnectionState::WriteTraffic(_) => {}
        other => panic!("in traffic: {other:?}"),
    }
    (discard, plain)
}
