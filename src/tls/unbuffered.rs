//! rustls' unbuffered connections behind one type for both roles: all that the next version of
//! rustls replaces.

#[cfg(feature = "rustls-records")]
mod traffic;

use std::borrow::Cow;
use std::fmt;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus};
use rustls::{AlertDescription, CommonState, HandshakeKind, ProtocolVersion};
use zeroize::Zeroizing;

use super::alert;
use super::error;
#[cfg(not(feature = "rustls-records"))]
use super::kernel::Kernel;
use super::peer_chain::PeerChain;
use super::record;
#[cfg(not(feature = "rustls-records"))]
use super::record::Keys;
use crate::crypto::{SharedOpener, SharedSealer};
use crate::error::Error;

/// A rustls connection, and the records that it has not used up.
pub struct Connection {
    side: Side,
    /// Part of a handshake message: one may span several records. rustls decrypts in it, so it is
    /// wiped before it is freed.
    inbox: Zeroizing<Vec<u8>>,
    peer_closed: bool,
    /// What seals our records, once there are keys.
    sealer: Option<SharedSealer>,
    /// What opens the peer's.
    opener: Option<SharedOpener>,
}

/// Boxed: a connection moves when its phase changes, and each move of something large leaves a copy
/// of whatever lies between its fields.
enum Side {
    Client(Box<UnbufferedClientConnection>),
    Server(Box<UnbufferedServerConnection>),
}

impl Connection {
    pub fn client(connection: UnbufferedClientConnection) -> Self {
        Self::new(Side::Client(Box::new(connection)))
    }

    pub fn server(connection: UnbufferedServerConnection) -> Self {
        Self::new(Side::Server(Box::new(connection)))
    }

    fn new(side: Side) -> Self {
        Self { side, inbox: Zeroizing::default(), peer_closed: false, sealer: None, opener: None }
    }

    /// Lets rustls read records of a handshake, after what it left of earlier ones. What it sends is
    /// appended to `wire`, also if it fails.
    pub fn read_in_handshake(
        &mut self,
        records: Cow<'_, [u8]>,
        wire: &mut Vec<u8>,
    ) -> Result<(), rustls::Error> {
        match records {
            Cow::Owned(records) if self.inbox.is_empty() => self.inbox = Zeroizing::new(records),
            records => append(&mut self.inbox, &records),
        }
        let result = self.run(wire, &mut Vec::new());
        // What was put together of many records is not kept for the rest of the handshake.
        if self.inbox.capacity() > SMALL_INBOX {
            self.shrink();
        }
        result
    }

    /// Frees the memory of the inbox, if nothing waits in it.
    pub fn shrink(&mut self) {
        if self.inbox.is_empty() {
            self.inbox = Zeroizing::default();
        }
    }

    /// Lets rustls work on what it has.
    pub fn run(&mut self, wire: &mut Vec<u8>, plain: &mut Vec<u8>) -> Result<(), rustls::Error> {
        // What a call that panicked made belongs to another connection.
        drop((SharedSealer::take_new(), SharedOpener::take_new()));
        let result = match &mut self.side {
            Side::Client(connection) => run(&mut **connection, &mut self.inbox, wire, plain),
            Side::Server(connection) => run(&mut **connection, &mut self.inbox, wire, plain),
        };
        self.note_keys();
        self.peer_closed |= result?;
        Ok(())
    }

    /// Whether our records leave encrypted.
    pub fn encrypts(&self) -> bool {
        self.sealer.as_ref().is_some_and(SharedSealer::is_active)
    }

    /// Returns the number of the fatal alert that left, in clear at the end of `queued` or encrypted.
    fn sent_alert(&self, queued: &[u8]) -> Option<u8> {
        match &self.sealer {
            Some(sealer) if sealer.is_active() => sealer.alert(),
            _ => alert::fatal_number(record::last(queued)?),
        }
    }

    /// Appends a fatal alert, encrypted once there are keys. Nothing may be sent behind it.
    pub fn send_alert(&mut self, number: u8, wire: &mut Vec<u8>) {
        match &self.sealer {
            Some(sealer) if sealer.is_active() => {
                wire.extend(sealer.seal_alert(number).unwrap_or_default());
            }
            _ => wire.extend(alert::fatal(number)),
        }
    }

    /// Turns a failure of rustls into ours, or into `refusal` if one of our checks was the reason, and
    /// sees to it that an alert leaves, unless the peer's own ended the connection: rustls sends none
    /// for some failures. The alert that is reported is the one that left. `wire` has what was sent,
    /// from `before` on.
    pub fn fail(
        &mut self,
        error: &rustls::Error,
        refusal: Option<Error>,
        before: usize,
        wire: &mut Vec<u8>,
    ) -> Error {
        let sent = self.sent_alert(wire.get(before..).unwrap_or_default());
        let is_close = matches!(error, rustls::Error::AlertReceived(AlertDescription::CloseNotify));
        if is_close && sent == Some(alert::DECODE_ERROR) {
            // In TLS 1.3 the level means nothing (RFC 8446 section 6), and rustls' answer is not due.
            wire.truncate(before);
            return error::close_notify();
        }
        let ours = refusal.unwrap_or_else(|| error::in_connection(error, sent));
        match (sent, error) {
            (Some(number), _) => ours.with_alert(number),
            (None, rustls::Error::AlertReceived(_)) => ours,
            (None, _) => {
                let number = error::due_alert(error);
                self.send_alert(number, wire);
                ours.with_alert(number)
            }
        }
    }

    pub fn is_handshaking(&self) -> bool {
        self.common().is_handshaking()
    }

    /// Whether a close_notify came.
    pub fn peer_closed(&self) -> bool {
        self.peer_closed
    }

    /// Bytes of a message of which the rest did not come yet.
    pub fn pending(&self) -> usize {
        self.inbox.len()
    }

    pub fn is_client(&self) -> bool {
        matches!(self.side, Side::Client(_))
    }

    /// Returns the keys that a handshake ended with: those that seal, and those that open. `None`
    /// before it is done, and while rustls has something to send.
    #[cfg(not(feature = "rustls-records"))]
    pub fn keys(&self) -> Option<(Keys, Keys)> {
        if self.is_handshaking() || self.common().wants_write() {
            return None;
        }
        let is_tls13 = self.is_tls13();
        let sealing = self.sealer.as_ref()?.with_keys(|keys| Keys::new(keys, is_tls13))?;
        let opening = self.opener.as_ref()?.with_keys(|keys| Keys::new(keys, is_tls13))?;
        Some((sealing, opening))
    }

    /// Returns what makes sessions of a client's tickets in TLS 1.3, after a handshake that is done.
    #[cfg(not(feature = "rustls-records"))]
    pub fn into_kernel(self) -> Option<Kernel> {
        let Side::Client(connection) = self.side else { return None };
        let (_, kernel) = connection.dangerous_into_kernel_connection().ok()?;
        Some(Kernel::new(kernel))
    }

    /// Number of the version that was negotiated; 0 before.
    pub fn version(&self) -> u16 {
        self.common().protocol_version().map_or(0, u16::from)
    }

    pub fn is_tls13(&self) -> bool {
        self.common().protocol_version() == Some(ProtocolVersion::TLSv1_3)
    }

    /// IANA number of the suite that was chosen; 0 before.
    pub fn suite(&self) -> u16 {
        // Where rustls offers a session it has that one's suite until the server answers.
        let chosen = self.common().negotiated_cipher_suite().filter(|_| self.version() != 0);
        chosen.map_or(0, |suite| u16::from(suite.suite()))
    }

    /// Whether the handshake resumes a session; `false` before that is decided.
    pub fn is_resumed(&self) -> bool {
        self.common().handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Whether the handshake resumes no session; `false` before that is decided.
    pub fn is_full(&self) -> bool {
        let kind = self.common().handshake_kind();
        kind.is_some_and(|kind| kind != HandshakeKind::Resumed)
    }

    /// Whether the peer showed a certificate, now or when the session was made.
    pub fn has_peer_chain(&self) -> bool {
        self.common().peer_certificates().is_some_and(|chain| !chain.is_empty())
    }

    /// Certificates that the peer showed.
    pub fn peer_chain(&self) -> PeerChain {
        let chain = self.common().peer_certificates().unwrap_or_default();
        PeerChain::new(chain.iter().map(AsRef::as_ref))
    }

    fn common(&self) -> &CommonState {
        match &self.side {
            Side::Client(connection) => connection,
            Side::Server(connection) => connection,
        }
    }

    /// Takes over the keys that a call of rustls made.
    fn note_keys(&mut self) {
        if let Some(sealer) = SharedSealer::take_new() {
            self.sealer = Some(sealer);
        }
        if let Some(opener) = SharedOpener::take_new() {
            self.opener = Some(opener);
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_client() { "Client" } else { "Server" })
    }
}

/// Most room for records that a handshake keeps: wiping takes longer than moving a short record.
const SMALL_INBOX: usize = 2048;

/// Appends to a buffer that may hold plaintext: where it has to grow, the old memory is wiped.
fn append(inbox: &mut Zeroizing<Vec<u8>>, record: &[u8]) {
    let len = inbox.len().saturating_add(record.len());
    if inbox.capacity() < len {
        let capacity = len.max(inbox.capacity().saturating_mul(2));
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(inbox);
        *inbox = larger;
    }
    inbox.extend_from_slice(record);
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

/// Lets rustls work until it wants more records or a write; returns whether a close_notify came.
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
            // rustls still holds the alert, and hands it out before it looks at a record again.
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
        if wire.capacity() == 0 {
            wire.reserve(FLIGHT);
        }
        wire.resize(start.saturating_add(size.required_size), 0);
        let room = wire.get_mut(start..).unwrap_or_default();
        return match chunk.encode(room) {
            Ok(_) => Ok(()),
            Err(_) => Err(rustls::Error::EncryptError),
        };
    }
    Ok(())
}

/// Room for a flight, as most are.
const FLIGHT: usize = 1024;
