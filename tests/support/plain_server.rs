//! Servers of stock rustls that resume whatever they are offered, and what becomes of them at a client
//! of ours.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::{
    HandshakeKind, RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion, version,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tlsql::Context;

use super::{Host, Schedule, pki, wire};

/// A server that resumes, by the version and by what it keeps of a session or hands out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Ids12,
    Tickets12,
    Stateful13,
    Tickets13,
}

pub const KINDS: [Kind; 4] = [Kind::Ids12, Kind::Tickets12, Kind::Stateful13, Kind::Tickets13];

impl Kind {
    pub fn is_tls13(self) -> bool {
        matches!(self, Self::Stateful13 | Self::Tickets13)
    }
}

pub fn server(kind: Kind) -> Arc<ServerConfig> {
    server_as("server", kind)
}

/// Shows this certificate, and asks for the client's without demanding one.
pub fn server_as(name: &str, kind: Kind) -> Arc<ServerConfig> {
    server_of(default_provider(), name, kind)
}

/// The same, by this provider.
pub fn server_of(provider: CryptoProvider, name: &str, kind: Kind) -> Arc<ServerConfig> {
    let version: &[&SupportedProtocolVersion] = match kind {
        Kind::Ids12 | Kind::Tickets12 => &[&version::TLS12],
        Kind::Stateful13 | Kind::Tickets13 => &[&version::TLS13],
    };
    let mut roots = RootCertStore::empty();
    for ca in ["ca.pem", "other-ca.pem"] {
        roots.add(CertificateDer::from(pki::der(&pki::read(ca)))).expect("a CA");
    }
    let provider = Arc::new(provider);
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
    let clients = clients.allow_unauthenticated().build().expect("a verifier");
    let cert = pki::der(&pki::read(&format!("{name}-cert.pem")));
    let key = pki::der(&pki::read(&format!("{name}-key.pem")));
    let key: PrivateKeyDer<'static> = PrivatePkcs8KeyDer::from(key).into();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(version)
        .expect("a version")
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![cert.into()], key)
        .expect("a pair");
    config.session_storage = Arc::new(NoServerSessionStorage {});
    match kind {
        Kind::Tickets12 | Kind::Tickets13 => {
            config.ticketer = Ticketer::new().expect("random bytes");
        }
        Kind::Ids12 | Kind::Stateful13 => {
            config.session_storage = ServerSessionMemoryCache::new(4096);
        }
    }
    Arc::new(config)
}

/// One connection of a client that met a server, with traffic in both directions.
pub struct Met {
    pub host: Host,
    /// What the server calls the handshake; `None` if it did not get that far.
    pub kind: Option<HandshakeKind>,
    /// How many certificates of the client the server has.
    pub client_chain: usize,
}

pub fn met(client: &Context, server: &Arc<ServerConfig>) -> Met {
    met_at(client, server, &[("host", "localhost")])
}

pub fn met_at(client: &Context, server: &Arc<ServerConfig>, facts: &[(&str, &str)]) -> Met {
    carry(host(client, facts), server)
}

pub fn host(client: &Context, facts: &[(&str, &str)]) -> Host {
    let host = Host::new(client, Schedule::Whole);
    facts.iter().fold(host, |host, (name, value)| host.with(name, value))
}

pub fn carry(host: Host, server: &Arc<ServerConfig>) -> Met {
    carry_from(&wire::greeting(wire::MYSQL57), host, server)
}

pub fn carry_from(greeting: &[u8], mut host: Host, server: &Arc<ServerConfig>) -> Met {
    host.deliver(&wire::packet(0, greeting));
    let hello = host.take_sent().split_off(SSL_REQUEST_LEN);
    let mut peer = ServerConnection::new(Arc::clone(server)).expect("a connection");
    received(&mut peer, &hello);
    settle(&mut host, &mut peer);
    if host.error.is_none() {
        // Behind any tickets.
        peer.writer().write_all(b"from the peer").expect("memory");
        host.app = b"from the host".to_vec();
        host.settle();
        settle(&mut host, &mut peer);
        assert_eq!(host.got, b"from the peer");
        let mut got = Vec::new();
        // Then it would block.
        let _ = peer.reader().read_to_end(&mut got);
        assert_eq!(got, b"from the host");
    }
    let client_chain = peer.peer_certificates().map_or(0, <[_]>::len);
    Met { kind: peer.handshake_kind(), client_chain, host }
}

/// Until neither has more to say.
pub fn settle(host: &mut Host, peer: &mut ServerConnection) {
    loop {
        let mut down = Vec::new();
        while peer.wants_write() {
            peer.write_tls(&mut down).expect("memory");
        }
        let up = host.take_sent();
        if down.is_empty() && up.is_empty() {
            return;
        }
        host.deliver(&down);
        received(peer, &up);
    }
}

pub fn received(by: &mut ServerConnection, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        by.read_tls(&mut bytes).expect("memory");
        // A failure of ours is an alert here.
        if by.process_new_packets().is_err() {
            return;
        }
    }
}

/// The packet in front of our ClientHello.
pub const SSL_REQUEST_LEN: usize = 36;
