//! One TLS connection: records in, records out, nothing else.

use std::sync::Arc;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedStatus, WriteTraffic,
};
use rustls::{CommonState, ProtocolVersion};

use super::config::{ClientTls, Server, ServerTls};
use super::error;
use super::hello::FirstHello;
use super::record::{self, Header};
use super::verifier::Verdict;
use crate::crypto::{self, Recognised, RecognisedKind};
use crate::error::{Code, Error};
use crate::status::Negotiated;
use crate::trust::Name;

/// A rustls connection with the buffers that it works on.
#[derive(Debug)]
pub struct Session {
    side: Side,
    /// Records that rustls has not used up: a handshake message may span several.
    inbox: Vec<u8>,
    first_hello: FirstHello,
    peer_closed: bool,
    verdict: Arc<Verdict>,
    /// A chain is verified if the peer shows one.
    verifies_chain: bool,
    verifies_name: bool,
}

impl Session {
    /// # Errors
    /// `OptionValue` if `sni` is no DNS name.
    pub fn client(
        tls: &ClientTls,
        name: Option<Name>,
        sni: Option<&str>,
        server: Server,
    ) -> Result<Self, Error> {
        let verifies_name = name.is_some();
        let (config, server_name, verdict) = tls.connection(name, sni, server)?;
        let connection = UnbufferedClientConnection::new(config, server_name);
        let side = Side::Client(connection.map_err(|e| error::from_rustls(&e))?);
        Ok(Self::new(side, verdict, tls.verifies_chain(), verifies_name))
    }

    /// # Errors
    /// `Tls`.
    pub fn server(tls: &ServerTls) -> Result<Self, Error> {
        let (config, verdict) = tls.connection()?;
        let connection = UnbufferedServerConnection::new(config);
        let side = Side::Server(connection.map_err(|e| error::from_rustls(&e))?);
        Ok(Self::new(side, verdict, tls.verifies_chain(), false))
    }

    /// A client's first flight, appended to `wire`.
    ///
    /// # Errors
    /// `Tls`.
    pub fn start(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.run(wire, &mut Vec::new())
    }

    /// Takes one whole record. What it makes us send is appended to `wire`, also if it fails;
    /// plaintext is appended to `plain`.
    ///
    /// # Errors
    /// The codes from `Alert` to `CertOther`; final.
    pub fn feed(
        &mut self,
        record: &[u8],
        wire: &mut Vec<u8>,
        plain: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if self.inbox.len().saturating_add(record.len()) > MAX_INBOX {
            return Err(self.refuse_size(wire));
        }
        let handshaking = self.is_handshaking();
        if handshaking && is_short_ciphertext(record) {
            return Err(Code::Record.into());
        }
        if let Some(hello) = self.first_hello.refusal(record).filter(|_| handshaking) {
            wire.extend_from_slice(&[21, 3, 3, 0, 2, 2, hello.alert]);
            return Err(Error::detail(Code::Misbehaved, hello.why).with_alert(hello.alert));
        }
        let result = self.run_on(record, wire, plain);
        if handshaking && !self.is_handshaking() && self.inbox.is_empty() {
            // The certificates' memory is not kept for the traffic.
            self.inbox = Vec::new();
        }
        match result {
            // rustls sends no alert for the length of a message.
            Err(error) if error.code == Code::HandshakeSize && error.alert().is_none() => {
                Err(self.refuse_size(wire))
            }
            result => result,
        }
    }

    /// Takes what is no record, for which rustls sends the alert that this row has: decode_error.
    fn refuse_size(&mut self, wire: &mut Vec<u8>) -> Error {
        match self.run_on(NO_RECORD, wire, &mut Vec::new()) {
            Err(error) => error.with_code(Code::HandshakeSize),
            Ok(()) => Code::HandshakeSize.into(),
        }
    }

    /// Takes the head of what is no TLS record, for the alert that rustls makes of it.
    pub fn refuse(&mut self, head: &[u8], wire: &mut Vec<u8>) -> Error {
        match self.feed(head, wire, &mut Vec::new()) {
            Err(error) => error.with_code(Code::Record),
            Ok(()) => Code::Record.into(),
        }
    }

    /// Appends `plain`, at most 16384 bytes, to `wire` as one record, after what TLS itself has to
    /// send.
    ///
    /// # Errors
    /// `KeysUsedUp`.
    pub fn seal(&mut self, plain: &[u8], wire: &mut Vec<u8>) -> Result<(), Error> {
        self.side.write(&mut self.inbox, wire, |traffic, out| traffic.encrypt(plain, out))
    }

    /// Appends a close_notify to `wire`.
    ///
    /// # Errors
    /// `KeysUsedUp`.
    pub fn close(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        self.side.write(&mut self.inbox, wire, |traffic, out| traffic.queue_close_notify(out))
    }

    /// Appends a KeyUpdate to `wire`, TLS 1.3 only.
    ///
    /// # Errors
    /// `State` in TLS 1.2.
    pub fn rekey(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        if !self.is_tls13() {
            return Err(Code::State.into());
        }
        self.side.refresh(&mut self.inbox)?;
        self.run(wire, &mut Vec::new())
    }

    pub fn is_handshaking(&self) -> bool {
        self.side.common().is_handshaking()
    }

    /// A close_notify came.
    pub fn peer_closed(&self) -> bool {
        self.peer_closed
    }

    /// Part of a message came, and the rest did not.
    pub fn holds_partial_message(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// Most plaintext that a record of this header can hold.
    pub fn plaintext_bound(&self, header: Header) -> usize {
        // TLS 1.3 does not authenticate the outer type (RFC 8446 section 5.2), TLS 1.2 does.
        if header.kind != record::APPLICATION_DATA && !self.is_tls13() {
            return 0;
        }
        let body = header.len.saturating_sub(self.overhead().saturating_sub(Header::LEN));
        // A larger one is refused when it is opened.
        body.min(record::MAX_PLAINTEXT)
    }

    /// Bytes of a record beside its plaintext, the header included.
    pub fn overhead(&self) -> usize {
        self.headroom().saturating_add(self.tailroom())
    }

    /// Bytes of a record before its plaintext: the header, and AES-GCM's explicit nonce in TLS 1.2.
    pub fn headroom(&self) -> usize {
        let chacha = matches!(self.cipher(), 0xcca8..=0xccaa);
        if self.is_tls13() || chacha { Header::LEN } else { Header::LEN.saturating_add(8) }
    }

    /// Bytes of a record after its plaintext: the tag, and the inner type in TLS 1.3.
    pub fn tailroom(&self) -> usize {
        if self.is_tls13() { 17 } else { 16 }
    }

    pub fn negotiated(&self) -> Negotiated {
        let common = self.side.common();
        let chain = common.peer_certificates().unwrap_or_default();
        Negotiated {
            version: common.protocol_version().map_or(0, u16::from),
            cipher: self.cipher(),
            peer_chain: chain.iter().map(|der| der.to_vec()).collect(),
            chain_verified: self.verifies_chain && self.verdict.accepted(),
            name_verified: self.verifies_name && self.verdict.accepted(),
            pin_matched: self.verdict.pinned(),
        }
    }

    /// What the peer has shown so far. Nothing of it is authenticated until the handshake is done.
    pub fn seen(&self) -> Seen {
        Seen { suite: self.cipher(), showed_certificate: self.verdict.showed_certificate() }
    }

    fn new(side: Side, verdict: Arc<Verdict>, verifies_chain: bool, verifies_name: bool) -> Self {
        let (inbox, first_hello) = (Vec::new(), FirstHello::default());
        Self {
            side,
            inbox,
            first_hello,
            peer_closed: false,
            verdict,
            verifies_chain,
            verifies_name,
        }
    }

    fn run_on(
        &mut self,
        record: &[u8],
        wire: &mut Vec<u8>,
        plain: &mut Vec<u8>,
    ) -> Result<(), Error> {
        self.inbox.extend_from_slice(record);
        self.run(wire, plain)
    }

    fn run(&mut self, wire: &mut Vec<u8>, plain: &mut Vec<u8>) -> Result<(), Error> {
        let before = wire.len();
        let result = self.side.run(&mut self.inbox, wire, plain);
        if let Some(suite) = crypto::recognised(self.cipher()) {
            // Where the whole flight came in one record, rustls has written a certificate, a key
            // exchange and a signature by now, and failed at the PRF only. Nothing of that may leave.
            wire.truncate(before);
            wire.extend_from_slice(HANDSHAKE_FAILURE);
            return Err(refuse_suite(suite));
        }
        match result {
            Ok(closed) => {
                self.peer_closed |= closed;
                Ok(())
            }
            Err(e) => {
                // The verifier's own words, if it was a certificate or a group.
                let error = match (&e, self.verdict.refusal()) {
                    (
                        rustls::Error::InvalidCertificate(_) | rustls::Error::Other(_),
                        Some(refusal),
                    ) => refusal.clone(),
                    _ => error::from_rustls(&e),
                };
                if error::lacks_alert(&e) {
                    wire.extend_from_slice(HANDSHAKE_FAILURE);
                }
                let queued = wire.get(before..).unwrap_or_default();
                let alert = error::queued_alert(&e, queued);
                Err(alert.map_or(error.clone(), |number| error.with_alert(number)))
            }
        }
    }

    pub fn is_tls13(&self) -> bool {
        self.side.common().protocol_version() == Some(ProtocolVersion::TLSv1_3)
    }

    fn cipher(&self) -> u16 {
        self.side.common().negotiated_cipher_suite().map_or(0, |suite| u16::from(suite.suite()))
    }
}

/// What tells more of a failed handshake than its last alert.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// The suite that was chosen; 0 before ServerHello.
    pub suite: u16,
    /// Client: the server asked for a certificate; whether it was shown one.
    pub showed_certificate: Option<bool>,
}

/// A fatal alert in clear: what it is for is seen before there are keys.
const HANDSHAKE_FAILURE: &[u8] = &[21, 3, 3, 0, 2, 2, 40];

fn refuse_suite(suite: &Recognised) -> Error {
    let code = match suite.kind {
        RecognisedKind::Cbc => Code::CbcOnly,
        RecognisedKind::RsaKeyExchange => Code::RsaKeyExchange,
    };
    Error::detail(code, suite.name).with_alert(40)
}

enum Side {
    Client(UnbufferedClientConnection),
    Server(UnbufferedServerConnection),
}

impl std::fmt::Debug for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Client(_)) { "Client" } else { "Server" })
    }
}

impl Side {
    fn common(&self) -> &CommonState {
        match self {
            Self::Client(connection) => connection,
            Self::Server(connection) => connection,
        }
    }

    fn run(
        &mut self,
        inbox: &mut Vec<u8>,
        wire: &mut Vec<u8>,
        plain: &mut Vec<u8>,
    ) -> Result<bool, rustls::Error> {
        match self {
            Self::Client(connection) => run(connection, inbox, wire, plain),
            Self::Server(connection) => run(connection, inbox, wire, plain),
        }
    }

    fn write(
        &mut self,
        inbox: &mut [u8],
        wire: &mut Vec<u8>,
        encode: impl FnMut(&mut dyn Traffic, &mut [u8]) -> Result<usize, EncryptError>,
    ) -> Result<(), Error> {
        match self {
            Self::Client(c) => write(c.process_tls_records(inbox), wire, encode),
            Self::Server(s) => write(s.process_tls_records(inbox), wire, encode),
        }
    }

    fn refresh(&mut self, inbox: &mut [u8]) -> Result<(), Error> {
        let result = match self {
            Self::Client(c) => refresh(c.process_tls_records(inbox)),
            Self::Server(s) => refresh(s.process_tls_records(inbox)),
        };
        result.map_err(|e| error::from_rustls(&e))
    }
}

/// Either side's way to hand records to rustls.
trait Unbuffered {
    type Data;
    fn wants_write(&self) -> bool;
    fn process<'c, 'i>(&'c mut self, records: &'i mut [u8])
    -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Unbuffered for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn wants_write(&self) -> bool {
        CommonState::wants_write(self)
    }

    fn process<'c, 'i>(
        &'c mut self,
        records: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(records)
    }
}

impl Unbuffered for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn wants_write(&self) -> bool {
        CommonState::wants_write(self)
    }

    fn process<'c, 'i>(
        &'c mut self,
        records: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(records)
    }
}

/// Lets rustls work until it wants more records or a write; tells whether a close_notify came.
fn run(
    connection: &mut impl Unbuffered,
    inbox: &mut Vec<u8>,
    wire: &mut Vec<u8>,
    plain: &mut Vec<u8>,
) -> Result<bool, rustls::Error> {
    let mut peer_closed = false;
    loop {
        let UnbufferedStatus { mut discard, state } = connection.process(inbox);
        let mut blocked = false;
        let result = match state {
            Ok(ConnectionState::EncodeTlsData(chunk)) => encode(chunk, wire),
            Ok(ConnectionState::TransmitTlsData(sent)) => {
                sent.done();
                Ok(())
            }
            Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
                match traffic.next_record() {
                    Some(Ok(record)) => {
                        discard = discard.saturating_add(record.discard);
                        plain.extend_from_slice(record.payload);
                    }
                    Some(Err(e)) => break Err(e),
                    None => break Ok(()),
                }
            },
            Ok(ConnectionState::PeerClosed) => {
                peer_closed = true;
                Ok(())
            }
            Ok(ConnectionState::ReadEarlyData(_)) => {
                Err(rustls::Error::General("early data was never offered".to_owned()))
            }
            Ok(_) => {
                blocked = true;
                Ok(())
            }
            Err(e) => Err(e),
        };
        inbox.drain(..discard.min(inbox.len()));
        if let Err(e) = result {
            // The alert is still in there. rustls hands it out before it looks at a record again.
            while connection.wants_write() {
                match connection.process(inbox).state {
                    Ok(ConnectionState::EncodeTlsData(chunk)) => encode(chunk, wire)?,
                    _ => break,
                }
            }
            return Err(e);
        }
        if blocked {
            return Ok(peer_closed);
        }
    }
}

fn encode<Data>(
    mut chunk: EncodeTlsData<'_, Data>,
    wire: &mut Vec<u8>,
) -> Result<(), rustls::Error> {
    let start = wire.len();
    // rustls tells the size when it does not fit, and keeps the chunk.
    if let Err(EncodeError::InsufficientSize(size)) = chunk.encode(&mut []) {
        wire.resize(start.saturating_add(size.required_size), 0);
        let room = wire.get_mut(start..).unwrap_or_default();
        return match chunk.encode(room) {
            Ok(_) => Ok(()),
            Err(_) => Err(rustls::Error::EncryptError),
        };
    }
    Ok(())
}

/// Either side's `WriteTraffic`.
trait Traffic {
    fn encrypt(&mut self, plain: &[u8], out: &mut [u8]) -> Result<usize, EncryptError>;
    fn queue_close_notify(&mut self, out: &mut [u8]) -> Result<usize, EncryptError>;
}

impl<Data> Traffic for WriteTraffic<'_, Data> {
    fn encrypt(&mut self, plain: &[u8], out: &mut [u8]) -> Result<usize, EncryptError> {
        self.encrypt(plain, out)
    }

    fn queue_close_notify(&mut self, out: &mut [u8]) -> Result<usize, EncryptError> {
        self.queue_close_notify(out)
    }
}

fn write<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    wire: &mut Vec<u8>,
    mut encode: impl FnMut(&mut dyn Traffic, &mut [u8]) -> Result<usize, EncryptError>,
) -> Result<(), Error> {
    let Ok(ConnectionState::WriteTraffic(mut traffic)) = status.state else {
        // invariant: the caller is in the TLS phase.
        return Err(Code::Tls.into());
    };
    let start = wire.len();
    let mut room = 0;
    loop {
        wire.resize(start.saturating_add(room), 0);
        match encode(&mut traffic, wire.get_mut(start..).unwrap_or_default()) {
            Ok(made) => {
                wire.truncate(start.saturating_add(made));
                return Ok(());
            }
            Err(EncryptError::InsufficientSize(size)) if size.required_size > room => {
                room = size.required_size;
            }
            Err(e) => {
                wire.truncate(start);
                return Err(error::from_encrypt(&e));
            }
        }
    }
}

fn refresh<Data>(status: UnbufferedStatus<'_, '_, Data>) -> Result<(), rustls::Error> {
    match status.state? {
        ConnectionState::WriteTraffic(traffic) => traffic.refresh_traffic_keys(),
        _ => Err(rustls::Error::HandshakeNotComplete),
    }
}

/// A record of encrypted type that is too short for TLS 1.3: header, one byte of inner type, tag.
/// rustls keeps what it cannot decrypt while it waits for the end of 0-RTT data, and tries it again
/// with each record; one of length 0 would not count towards its limit.
fn is_short_ciphertext(record: &[u8]) -> bool {
    record.first() == Some(&record::APPLICATION_DATA) && record.len() < Header::LEN + 17
}

/// A header of no content type (RFC 8446 section 5.1).
const NO_RECORD: &[u8] = &[0xff; Header::LEN];

/// An honest handshake message has a few KiB; rustls itself stops at 64 KiB for one.
const MAX_INBOX: usize = (64 << 10) + 18_437;
