//! A server's handshakes are all full ones, whatever its client offers. Those of a client are in
//! `client_resumption.rs`.

mod support;

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::server::ServerSessionMemoryCache;
use rustls::{
    ClientConfig, ClientConnection, Connection, HandshakeKind, RootCertStore, ServerConfig,
    ServerConnection, SupportedProtocolVersion, version,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use support::{Host, Schedule, pki, wire};
use tlsql::{Context, Phase};

const VERSIONS: [(&str, &SupportedProtocolVersion); 2] =
    [("TLSv1.2", &version::TLS12), ("TLSv1.3", &version::TLS13)];

/// What a plain server keeps of a session, or hands to its client to keep.
#[derive(Clone, Copy, Debug)]
enum Offer {
    Tickets,
    Cache,
}

/// The servers and clients of these tests do resume, so that a full handshake is tlsql's doing.
#[test]
fn plain_rustls_resumes_with_itself() {
    for (name, version) in VERSIONS {
        for offer in [Offer::Tickets, Offer::Cache] {
            let (client, server) = (plain_client(version), plain_server(version, offer));
            let kinds = [(); 2].map(|()| {
                let mut client = client_of(&client);
                let mut server = server_of(&server);
                exchange(&mut client, &mut server);
                client.handshake_kind()
            });
            let expected = [Some(HandshakeKind::Full), Some(HandshakeKind::Resumed)];
            assert_eq!(kinds, expected, "{name} {offer:?}");
        }
    }
}

#[test]
fn a_server_context_resumes_no_session() {
    for (name, version) in VERSIONS {
        let context = server_context(name);
        let client = plain_client(version);
        let first = Met::client(&context, &client);
        for attempt in ["second", "third"] {
            let next = Met::client(&context, &client);
            let what = format!("{name}, {attempt} connection");
            assert_eq!(next.kind, Some(HandshakeKind::Full), "{what}");
            assert_eq!(next.tickets, 0, "{what}");
            assert_eq!(next.host.conn.phase(), Phase::Tls, "{what}");
            // The client's certificate, which a resumed handshake would not show again.
            assert_ne!(next.host.conn.verified(), 0, "{what}");
            assert_eq!(next.host.conn.verified(), first.host.conn.verified(), "{what}");
        }
    }
}

/// A client that kept a session of another server with the same name offers it.
#[test]
fn a_server_context_takes_no_session_of_another_server() {
    for (name, version) in VERSIONS {
        for offer in [Offer::Tickets, Offer::Cache] {
            let client = plain_client(version);
            let mut first = client_of(&client);
            exchange(&mut first, &mut server_of(&plain_server(version, offer)));
            let met = Met::client(&server_context(name), &client);
            assert!(met.offered, "{name} {offer:?}: the client offers its session");
            assert_eq!(met.kind, Some(HandshakeKind::Full), "{name} {offer:?}");
            assert_eq!(met.host.conn.phase(), Phase::Tls, "{name} {offer:?}");
        }
    }
}

/// A connection of ours that met a plain peer, with traffic in both directions.
struct Met {
    host: Host,
    /// What the peer calls the handshake; `None` if it did not get that far.
    kind: Option<HandshakeKind>,
    /// Tickets that the peer got, in TLS 1.3.
    tickets: u32,
    /// The peer's ClientHello had a session to resume.
    offered: bool,
}

impl Met {
    fn client(context: &Context, config: &Arc<ClientConfig>) -> Self {
        let mut host = Host::new(context, Schedule::Whole);
        host.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        let greeting = host.take_sent();
        assert_eq!(greeting[3], 0, "the greeting");
        let mut peer = client_of(config);
        let hello = sent(&mut peer);
        let offered = offers_session(&hello);
        carry(&mut host, &mut peer, hello);
        let Connection::Client(client) = &peer else { unreachable!() };
        Self {
            kind: peer.handshake_kind(),
            tickets: client.tls13_tickets_received(),
            host,
            offered,
        }
    }
}

/// The handshake, and then a few bytes each way, which come behind any tickets.
fn carry(host: &mut Host, peer: &mut Connection, hello: Vec<u8>) {
    match peer {
        Connection::Server(_) => received(peer, &hello),
        Connection::Client(_) => host.deliver(&hello),
    }
    settle(host, peer);
    if host.error.is_some() {
        return;
    }
    peer.writer().write_all(b"from the peer").expect("memory");
    host.app = b"from the host".to_vec();
    host.settle();
    settle(host, peer);
    assert_eq!(host.got, b"from the peer");
    let mut got = Vec::new();
    // Then it would block.
    let _ = peer.reader().read_to_end(&mut got);
    assert_eq!(got, b"from the host");
}

/// Until neither has more to say.
fn settle(host: &mut Host, peer: &mut Connection) {
    loop {
        let (down, up) = (sent(peer), host.take_sent());
        if down.is_empty() && up.is_empty() {
            return;
        }
        host.deliver(&down);
        received(peer, &up);
    }
}

/// The same between two plain connections; the server's first bytes come behind its tickets.
fn exchange(client: &mut Connection, server: &mut Connection) {
    server.writer().write_all(b"after the tickets").expect("memory");
    loop {
        let (up, down) = (sent(client), sent(server));
        if up.is_empty() && down.is_empty() {
            return;
        }
        received(server, &up);
        received(client, &down);
    }
}

fn sent(from: &mut Connection) -> Vec<u8> {
    let mut out = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut out).expect("memory");
    }
    out
}

fn received(by: &mut Connection, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        by.read_tls(&mut bytes).expect("memory");
        // A failure of ours is an alert here.
        if by.process_new_packets().is_err() {
            return;
        }
    }
}

/// Whether a ClientHello offers to resume: a ticket or an identity of TLS 1.3, or a session id
/// where TLS 1.3 is not offered, in which the field means nothing.
fn offers_session(hello: &[u8]) -> bool {
    const SESSION_TICKET: u16 = 35;
    const PRE_SHARED_KEY: u16 = 41;
    const SUPPORTED_VERSIONS: u16 = 43;
    let is_tls13 = |version: &[u8]| version == [3, 4];
    let extensions = wire::hello_extensions(hello);
    let find = |number| extensions.iter().find(|(kind, _)| *kind == number);
    let ticket = find(SESSION_TICKET).is_some_and(|(_, body)| !body.is_empty());
    let (_, message) = wire::records(hello).remove(0);
    // Type and length, version, random, and then the session id behind its length.
    let tls13 = find(SUPPORTED_VERSIONS).is_some_and(|(_, list)| list[1..].chunks(2).any(is_tls13));
    let session_id = message[4 + 2 + 32] != 0 && !tls13;
    ticket || session_id || find(PRE_SHARED_KEY).is_some()
}

/// It asks for the client's certificate.
fn server_context(version: &str) -> Context {
    pki::server_as("server", &[("ssl_ca", "ca.pem"), ("tls_version", version)])
}

fn plain_server(version: &'static SupportedProtocolVersion, offer: Offer) -> Arc<ServerConfig> {
    let (chain, key) = pair("server");
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a pair");
    match offer {
        Offer::Tickets => config.ticketer = Ticketer::new().expect("random bytes"),
        Offer::Cache => config.session_storage = ServerSessionMemoryCache::new(32),
    }
    Arc::new(config)
}

/// It shows a certificate if it is asked for one.
fn plain_client(version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(pki::der(&pki::read("ca.pem")))).expect("a CA");
    let (chain, key) = pair("client");
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .expect("a pair");
    config.resumption = Resumption::in_memory_sessions(32);
    Arc::new(config)
}

fn pair(name: &str) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let cert = pki::der(&pki::read(&format!("{name}-cert.pem")));
    let key = pki::der(&pki::read(&format!("{name}-key.pem")));
    (vec![cert.into()], PrivatePkcs8KeyDer::from(key).into())
}

fn server_of(config: &Arc<ServerConfig>) -> Connection {
    ServerConnection::new(Arc::clone(config)).expect("a connection").into()
}

fn client_of(config: &Arc<ClientConfig>) -> Connection {
    let name = ServerName::try_from("localhost").expect("a name");
    ClientConnection::new(Arc::clone(config), name).expect("a connection").into()
}
