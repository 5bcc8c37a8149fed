//! The two receivers of the same bytes: a connection of ours, and stock rustls, which was brought to
//! the same keys.

use std::io::{ErrorKind, Read, Write};
use std::sync::{Arc, LazyLock};

use rustls::client::Resumption;
use rustls::time_provider::TimeProvider;
use rustls::{
    ClientConfig, ClientConnection, Connection, Error, ExtractedSecrets, InvalidMessage,
    RootCertStore, ServerConfig, ServerConnection,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tlsql::{Code, Phase, event};

use super::super::checked_conn::CheckedConn;
use super::super::promises::{APP_OUT_SIZE, AppRoom, WIRE_OUT_SIZE};
use super::super::{contexts, stream};
use super::record_keys::Direction;
use super::secrets::{self, SUITES, Secrets};

/// What became of a receiver.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// All is well.
    Taken,
    /// A close_notify came.
    Closed,
    /// It refused something, with this code and this alert.
    Refused(Code, Option<u8>),
    /// The peer's fatal alert came.
    Alert(u8),
}

/// Our end.
pub struct Ours {
    pub end: CheckedConn,
    sent: Vec<u8>,
}

/// rustls' end.
pub struct Rustls {
    tls: Connection,
    error: Option<Error>,
    pub plain: Vec<u8>,
    is_closed: bool,
}

/// What the peer of both has.
pub struct Peer {
    pub writes: Direction,
    /// For the records of ours, and for those of rustls.
    pub reads: [Direction; 2],
}

/// Returns both receivers in one role, with the same keys, behind their handshakes.
pub fn pair(is_client: bool, suite: usize) -> (Ours, Rustls, Peer) {
    let (ours, first) = secrets::during(Secrets::Keep, || shake_ours(is_client, suite));
    let (rustls, second) = secrets::during(Secrets::Replace, || shake_rustls(is_client, suite));
    let is_tls13 = suite < SUITES / 2;
    let [written, read] = secrets::traffic(is_client).map(Option::unwrap_or_default);
    let writes = Direction::new(first.tx, is_tls13, written);
    let of_ours = Direction::new(first.rx, is_tls13, read.clone());
    let of_rustls = Direction::new(second.rx, is_tls13, read);
    (ours, rustls, Peer { writes, reads: [of_ours, of_rustls] })
}

impl Ours {
    /// Takes bytes in parts of this size; the plaintext goes into rooms of this kind.
    pub fn deliver(&mut self, bytes: &[u8], part: usize, room: AppRoom) {
        for part in bytes.chunks(part.max(1)) {
            self.end.wire.extend_from_slice(part);
            self.settle(room);
        }
    }

    /// Steps until nothing moves.
    pub fn settle(&mut self, room: AppRoom) {
        loop {
            let moved = self.end.step(usize::MAX, WIRE_OUT_SIZE, &[], room);
            if !moved.did_anything() {
                return;
            }
            self.sent.extend(moved.wire_out);
        }
    }

    /// Sends application data.
    pub fn write(&mut self, mut data: &[u8]) {
        let mut rounds = 0;
        while !data.is_empty() {
            let moved = self.end.step(0, WIRE_OUT_SIZE, data, ROOM);
            data = &data[moved.step.app_in_used..];
            self.sent.extend(moved.wire_out);
            rounds += 1;
            assert!(rounds < 100, "data does not leave");
        }
    }

    /// Seals a record of application data, if it may.
    pub fn seal(&mut self, data: &[u8]) -> bool {
        let mut record = Vec::new();
        let is_sealed = self.end.call(|conn| {
            record.extend(conn.seal(data)?);
            Ok(())
        });
        self.sent.extend(record);
        is_sealed
    }

    pub fn has_sent(&self) -> bool {
        !self.sent.is_empty()
    }

    pub fn take_sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.sent)
    }

    pub fn verdict(&self) -> Verdict {
        let alert = self.end.conn.failure().and_then(tlsql::Error::alert);
        match (self.end.failure(), alert) {
            (Some(Code::Alert), Some(alert)) if alert.from_peer => Verdict::Alert(alert.number),
            (Some(code), alert) => Verdict::Refused(code, alert.map(|alert| alert.number)),
            (None, _) if self.end.had(event::PEER_CLOSED) => Verdict::Closed,
            (None, _) => Verdict::Taken,
        }
    }
}

impl Rustls {
    pub fn deliver(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.error.is_none() && !self.is_closed {
            self.tls.read_tls(&mut bytes).expect("memory");
            let result = self.tls.process_new_packets();
            match result {
                Ok(state) => self.is_closed |= state.peer_has_closed(),
                Err(error) => self.error = Some(error),
            }
            match self.tls.reader().read_to_end(&mut self.plain) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub fn write(&mut self, data: &[u8]) {
        self.tls.writer().write_all(data).expect("memory");
    }

    pub fn update_keys(&mut self) {
        self.tls.refresh_traffic_keys().expect("TLS 1.3");
    }

    pub fn close(&mut self) {
        self.tls.send_close_notify();
    }

    /// Whether the end of the transport, now, is no truncation.
    pub fn may_end(&mut self) -> bool {
        self.tls.read_tls(&mut &[][..]).expect("memory");
        self.tls.process_new_packets().is_ok() && self.tls.reader().read(&mut [0]).is_ok()
    }

    pub fn take_sent(&mut self) -> Vec<u8> {
        let mut sent = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut sent).expect("memory");
        }
        sent
    }

    /// What became of it, where this fatal alert was its last record.
    pub fn verdict(&self, alert: Option<u8>) -> Verdict {
        use InvalidMessage as M;
        let code = match &self.error {
            None if self.is_closed => return Verdict::Closed,
            None => return Verdict::Taken,
            Some(Error::AlertReceived(number)) if alert.is_none() => {
                return Verdict::Alert(u8::from(*number));
            }
            Some(Error::DecryptError) => Code::Decrypt,
            Some(Error::PeerSentOversizedRecord) => Code::Record,
            Some(Error::InvalidMessage(M::HandshakePayloadTooLarge)) => Code::HandshakeSize,
            Some(Error::InvalidMessage(
                M::InvalidContentType
                | M::UnknownProtocolVersion
                | M::MessageTooLarge
                | M::InvalidEmptyPayload,
            )) => Code::Record,
            Some(
                Error::AlertReceived(_)
                | Error::InvalidMessage(_)
                | Error::PeerMisbehaved(_)
                | Error::InappropriateMessage { .. }
                | Error::InappropriateHandshakeMessage { .. },
            ) => Code::Misbehaved,
            Some(other) => panic!("rustls: {other:?}"),
        };
        Verdict::Refused(code, alert)
    }

    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}

/// Brings one of our ends to traffic.
fn shake_ours(is_client: bool, suite: usize) -> (Ours, ExtractedSecrets) {
    let mut peer = end(!is_client, suite);
    let mut end =
        if is_client { CheckedConn::client(0, false) } else { CheckedConn::server(0, false) };
    if is_client {
        end.wire.extend(packet(0, contexts::GREETING));
        end.drain();
        stream::start(&mut end, stream::CAPABILITIES);
    } else {
        stream::greet(&mut end);
        end.drain();
        let capabilities = stream::CAPABILITIES | tlsql::capability::CLIENT_SSL;
        let request = [&capabilities.to_le_bytes()[..], &[0, 0, 0, 1, 45], &[0; 23]];
        end.wire.extend(packet(1, &request.concat()));
    }
    let mut up = end.drain();
    if is_client {
        up.drain(..4 + 32);
    }
    let mut rounds = 0;
    while end.conn.phase() != Phase::Tls || !up.is_empty() || peer.wants_write() {
        feed(&mut peer, &up);
        while peer.wants_write() {
            peer.write_tls(&mut end.wire).expect("memory");
        }
        up = end.drain();
        assert!(rounds < 8, "a handshake without end");
        rounds += 1;
        assert_eq!(end.failure(), None);
    }
    (Ours { end, sent: Vec::new() }, extract(peer))
}

/// Brings one of rustls' ends to traffic.
fn shake_rustls(is_client: bool, suite: usize) -> (Rustls, ExtractedSecrets) {
    let (mut tls, mut peer) = (end(is_client, suite), end(!is_client, suite));
    while tls.wants_write() || peer.wants_write() {
        carry(&mut tls, &mut peer);
        carry(&mut peer, &mut tls);
    }
    assert!(!tls.is_handshaking() && !peer.is_handshaking());
    (Rustls { tls, error: None, plain: Vec::new(), is_closed: false }, extract(peer))
}

fn carry(from: &mut Connection, to: &mut Connection) {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).expect("memory");
    }
    feed(to, &bytes);
}

fn feed(end: &mut Connection, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        end.read_tls(&mut bytes).expect("memory");
        end.process_new_packets().expect("a good record");
    }
}

fn extract(peer: Connection) -> ExtractedSecrets {
    let secrets = match peer {
        Connection::Client(peer) => peer.dangerous_extract_secrets(),
        Connection::Server(peer) => peer.dangerous_extract_secrets(),
    };
    secrets.expect("secrets")
}

/// Returns stock rustls with one suite.
fn end(is_client: bool, suite: usize) -> Connection {
    static CONFIGS: LazyLock<Vec<(Arc<ClientConfig>, Arc<ServerConfig>)>> = LazyLock::new(|| {
        (0..SUITES).map(|suite| (Arc::new(client(suite)), Arc::new(server(suite)))).collect()
    });
    let (client, server) = &CONFIGS[suite % SUITES];
    if is_client {
        let name = ServerName::try_from(contexts::HOST).expect("a name");
        ClientConnection::new(client.clone(), name).expect("a connection").into()
    } else {
        ServerConnection::new(server.clone()).expect("a connection").into()
    }
}

fn client(suite: usize) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(contexts::CA).expect("a CA")).expect("a root");
    let mut config = ClientConfig::builder_with_details(secrets::provider(suite), Arc::new(Now))
        .with_safe_default_protocol_versions()
        .expect("a suite")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.enable_secret_extraction = true;
    config.resumption = Resumption::disabled();
    config
}

fn server(suite: usize) -> ServerConfig {
    let chain = vec![CertificateDer::from_pem_slice(contexts::SERVER_CERT).expect("a chain")];
    let key = PrivateKeyDer::from_pem_slice(contexts::SERVER_KEY).expect("a key");
    let mut config = ServerConfig::builder_with_details(secrets::provider(suite), Arc::new(Now))
        .with_safe_default_protocol_versions()
        .expect("a suite")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a pair");
    config.enable_secret_extraction = true;
    config.send_tls13_tickets = 0;
    config
}

/// When the certificates are good.
#[derive(Debug)]
struct Now;

impl TimeProvider for Now {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(contexts::NOW)))
    }
}

/// Returns a packet of MySQL's protocol.
fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let [low, high] = u16::try_from(payload.len()).expect("a short packet").to_le_bytes();
    [&[low, high, 0, sequence], payload].concat()
}

/// Room that is ample.
pub const ROOM: AppRoom = AppRoom::Copy(APP_OUT_SIZE);
