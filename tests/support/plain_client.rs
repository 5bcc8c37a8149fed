//! Clients of stock rustls that keep sessions, and what becomes of them at a server of ours.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue,
    Tls12Resumption, Tls13ClientSessionValue,
};
use rustls::crypto::ring::default_provider;
use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, NamedGroup, RootCertStore,
    SupportedProtocolVersion, version,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use tlsql::{Context, Phase};

use super::{Host, Schedule, pki, wire};

/// What a client keeps of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Keeps {
    /// TLS 1.2: the session's id.
    Id,
    /// TLS 1.2: a ticket.
    Ticket12,
    /// TLS 1.3.
    Ticket13,
}

pub const WAYS: [Keeps; 3] = [Keeps::Id, Keeps::Ticket12, Keeps::Ticket13];

impl Keeps {
    /// The version, as `tls_version` spells it.
    pub fn version(self) -> &'static str {
        if self == Self::Ticket13 { "TLSv1.3" } else { "TLSv1.2" }
    }

    fn rustls_version(self) -> &'static SupportedProtocolVersion {
        if self == Self::Ticket13 { &version::TLS13 } else { &version::TLS12 }
    }
}

/// A client of stock rustls with an empty store of sessions.
pub struct PlainClient(Arc<ClientConfig>);

/// A connection of a server of ours, with traffic in both directions if it came to that.
pub struct Met {
    pub host: Host,
    /// What the client calls the handshake.
    pub kind: Option<HandshakeKind>,
    /// The ClientHello offered a session.
    pub offered: bool,
    /// Tickets of TLS 1.3 that the client got.
    pub tickets: u32,
}

impl PlainClient {
    /// Makes a client that shows the certificate `NAME-cert.pem` if it is asked for one.
    pub fn new(keeps: Keeps, name: &str) -> Self {
        let chain = vec![CertificateDer::from(pki::der(&pki::read(&format!("{name}-cert.pem"))))];
        let key = pki::der(&pki::read(&format!("{name}-key.pem")));
        Self::with(keeps, Some((chain, key)), default_provider())
    }

    /// Makes a client that first sends a key share that the server does not take.
    pub fn retrying(keeps: Keeps) -> Self {
        let mut provider = default_provider();
        // rustls sends a share of the first alone.
        provider.kx_groups.insert(0, &UnknownGroup);
        Self::with(keeps, None, provider)
    }

    pub fn with(
        keeps: Keeps,
        identity: Option<(Vec<CertificateDer<'static>>, Vec<u8>)>,
        provider: rustls::crypto::CryptoProvider,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(pki::der(&pki::read("ca.pem")))).expect("a CA");
        let builder = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[keeps.rustls_version()])
            .expect("a version")
            .with_root_certificates(roots);
        let mut config = match identity {
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, PrivatePkcs8KeyDer::from(key).into())
                .expect("a pair"),
            None => builder.with_no_client_auth(),
        };
        let of_12 = match keeps {
            Keeps::Id => Tls12Resumption::SessionIdOnly,
            _ => Tls12Resumption::SessionIdOrTickets,
        };
        config.resumption = Resumption::store(Arc::new(OneName(ClientSessionMemoryCache::new(32))))
            .tls12_resumption(of_12);
        Self(Arc::new(config))
    }

    /// Connects under the name `localhost`.
    pub fn meet(&self, context: &Context) -> Met {
        self.meet_as(context, "localhost", Schedule::Whole)
    }

    /// Connects under a name that is sent as SNI; the server's certificate must have it only in a
    /// full handshake.
    pub fn meet_as(&self, context: &Context, name: &str, schedule: Schedule) -> Met {
        self.join(Host::new(context, schedule), name)
    }

    /// Connects to a server that a test has made ready.
    pub fn join(&self, mut host: Host, name: &str) -> Met {
        host.deliver(&wire::packet(1, &wire::ssl_request(wire::MYSQL_PROGRAM)));
        host.take_sent();
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let mut peer = ClientConnection::new(self.0.clone(), name).expect("a connection");
        let hello = sent(&mut peer);
        let offered = offers_session(&hello);
        host.deliver(&hello);
        settle(&mut host, &mut peer);
        if host.error.is_none() && host.conn.phase() == Phase::Tls {
            exchange(&mut host, &mut peer);
        }
        Met { kind: peer.handshake_kind(), tickets: peer.tls13_tickets_received(), host, offered }
    }
}

impl Met {
    /// Returns whether the session that was offered was resumed, in the words of both ends.
    pub fn resumed(&self) -> bool {
        assert_eq!(self.host.conn.phase(), Phase::Tls, "{:?}", self.host.error);
        let resumed = self.host.conn.negotiated().expect("TLS").resumed;
        assert_eq!(resumed, self.kind == Some(HandshakeKind::Resumed), "{:?}", self.kind);
        let reused = self.host.conn.status("Ssl_sessions_reused").expect("a variable");
        assert_eq!(reused, u8::from(resumed).to_string());
        resumed
    }
}

/// A group that the server does not have.
#[derive(Debug)]
struct UnknownGroup;

impl SupportedKxGroup for UnknownGroup {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, rustls::Error> {
        Ok(Box::new(Self))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X448
    }
}

impl ActiveKeyExchange for UnknownGroup {
    fn complete(self: Box<Self>, _: &[u8]) -> Result<SharedSecret, rustls::Error> {
        unreachable!("the server chose a group that it does not have")
    }

    fn pub_key(&self) -> &[u8] {
        &[7; 56]
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X448
    }
}

/// A store that does not tell names apart, as a client may be written that gives one session to all.
#[derive(Debug)]
struct OneName(ClientSessionMemoryCache);

fn one_name() -> ServerName<'static> {
    ServerName::try_from("one.test").expect("a name")
}

impl ClientSessionStore for OneName {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {
        // So that a HelloRetryRequest comes each time.
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(one_name(), value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(&one_name())
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.0.remove_tls12_session(&one_name());
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(one_name(), value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(&one_name())
    }
}

fn exchange(host: &mut Host, peer: &mut ClientConnection) {
    peer.writer().write_all(b"from the client").expect("memory");
    host.app = b"from the host".to_vec();
    host.settle();
    settle(host, peer);
    assert_eq!(host.got, b"from the client");
    let mut got = Vec::new();
    // Then it would block.
    let _ = peer.reader().read_to_end(&mut got);
    assert_eq!(got, b"from the host");
}

/// Carries bytes until neither has more to say.
fn settle(host: &mut Host, peer: &mut ClientConnection) {
    loop {
        let (up, down) = (sent(peer), host.take_sent());
        if up.is_empty() && down.is_empty() {
            return;
        }
        host.deliver(&up);
        let mut rest = &down[..];
        while !rest.is_empty() {
            peer.read_tls(&mut rest).expect("memory");
            if peer.process_new_packets().is_err() {
                break;
            }
        }
    }
}

fn sent(from: &mut ClientConnection) -> Vec<u8> {
    let mut out = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut out).expect("memory");
    }
    out
}

/// Whether a ClientHello offers to resume: a ticket or an identity of TLS 1.3, or a session id
/// where TLS 1.3 is not offered, in which the field means nothing.
pub fn offers_session(hello: &[u8]) -> bool {
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
