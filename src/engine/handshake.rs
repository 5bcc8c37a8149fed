//! HANDSHAKE: the peer's records go to the TLS handshake, one at a time.

use super::client::Writer;
use super::early_bytes::{EarlyBytes, begins_handshake};
use super::greeting::server_error;
use super::inbound::{Inbound, InboundEnd};
use super::io::Io;
use super::outbox::Outbox;
use super::progress::Progress;
use super::state::{Ended, State};
use super::tls::Tls;
use super::tls_session::Session;
use super::want;
use crate::config::Outcome;
use crate::error::Error;
use crate::packet::err::{self, ErrPacket};
use crate::packet::header::Header as PacketHeader;
#[cfg(feature = "keylog")]
use crate::tls::SecretLines;
use crate::tls::record::{Frame, Header};
use crate::tls::{Handshake, Next, RecordLayer, Seen};

/// A connection whose TLS handshake is not done.
#[derive(Debug)]
pub struct Handshaking {
    handshake: Handshake,
    side: Side,
    /// A TLS record came from the peer.
    pub saw_record: bool,
}

/// What only one side has to know.
#[derive(Debug)]
enum Side {
    Client {
        /// Whether the server sent something too early; `None` once the ClientHello's last byte is
        /// handed out.
        early: Option<EarlyBytes>,
        ssl_request: Writer,
    },
    Server,
}

impl Handshaking {
    pub fn client(handshake: Handshake, ssl_request: Writer) -> Self {
        let side = Side::Client { early: Some(EarlyBytes::default()), ssl_request };
        Self { handshake, side, saw_record: false }
    }

    pub fn server(handshake: Handshake) -> Self {
        Self { handshake, side: Side::Server, saw_record: false }
    }

    /// Looks at the bytes that a step presents, before anything is handed out.
    ///
    /// # Errors
    /// `EarlyBytes`.
    pub fn check_early(&mut self, wire: &[u8]) -> Result<(), Error> {
        let Side::Client { early: Some(early), .. } = &mut self.side else { return Ok(()) };
        early.note(wire);
        early.check(Outcome::Tls)
    }

    /// `want` bits, those for queued bytes left out: a client reads nothing before its ClientHello
    /// is out.
    pub fn want(&self) -> u32 {
        match self.side {
            Side::Client { early: Some(_), .. } => 0,
            _ => want::WIRE_IN,
        }
    }

    /// Everything queued so far was handed out, the ClientHello included.
    pub fn flight_sent(&mut self) {
        if let Side::Client { early, .. } = &mut self.side {
            *early = None;
        }
    }

    /// Whether the host wrote the SSLRequest itself.
    pub fn host_wrote_request(&self) -> bool {
        matches!(self.side, Side::Client { ssl_request: Writer::Host, .. })
    }

    /// Whether what we send leaves encrypted.
    pub fn encrypts(&self) -> bool {
        self.handshake.encrypts()
    }

    /// What the peer has shown so far.
    pub fn seen(&self) -> Seen {
        self.handshake.seen()
    }

    /// The secrets so far, if they are kept.
    #[cfg(feature = "keylog")]
    pub fn key_log(&self) -> Option<&SecretLines> {
        self.handshake.key_log()
    }

    /// Feeds the handshake one record; returns whether it is done.
    pub fn advance(
        &mut self,
        io: &Io<'_>,
        progress: &mut Progress,
        outbox: &mut Outbox,
    ) -> Result<Next, Error> {
        let bytes = progress.rest(io.wire_in);
        if !self.saw_record && !self.is_record_ahead(bytes, progress)? {
            return Ok(Next::More);
        }
        match Frame::next(bytes) {
            Frame::Need(len) => {
                progress.need(bytes, len);
                Ok(Next::More)
            }
            Frame::NotTls(why) => Err(self.handshake.refuse(why, outbox.tail())),
            Frame::Whole(_, record) => {
                self.saw_record = true;
                let next = self.handshake.feed(record, outbox.tail())?;
                progress.used(record.len());
                Ok(next)
            }
        }
    }

    /// Feeds a server's handshake the ClientHello that the host has seen.
    ///
    /// # Errors
    /// As `advance`.
    pub fn take_hello(&mut self, records: &[u8], outbox: &mut Outbox) -> Result<(), Error> {
        self.saw_record = true;
        self.handshake.pass(records, records.into(), outbox.tail()).map(|_| ())
    }

    /// Whether both Finished messages were checked.
    pub fn is_done(&self) -> bool {
        self.handshake.is_done()
    }

    /// Ends a handshake that is done; the state is that of TLS, or of a failure.
    pub fn finish(self) -> State {
        let (traffic, negotiated) = match self.handshake.finish() {
            Ok(finished) => finished,
            Err(error) => {
                let ended = Ended { outcome: Outcome::Tls, ..Ended::default() };
                return State::Failed(error, ended);
            }
        };
        let end = if traffic.peer_closed() { InboundEnd::CloseNotify } else { InboundEnd::Open };
        let inbound = Inbound { end, awaited_room: 0 };
        // Of a resumed connection too: what its session's first one proved was another password.
        let session = Session { negotiated, has_peer_proof: false, login_packet: None };
        State::Tls(Box::new(Tls::new(traffic, session, inbound)))
    }

    /// Looks at the first bytes of the peer's answer; `false` if more are needed.
    fn is_record_ahead(&self, bytes: &[u8], progress: &mut Progress) -> Result<bool, Error> {
        let need = match self.side {
            Side::Server => begins_handshake(bytes)?,
            Side::Client { .. } => check_err_packet(bytes)?,
        };
        if let Some(len) = need {
            progress.need(bytes, len);
        }
        Ok(need.is_none())
    }
}

/// Looks for an ERR packet in place of the server's first record; returns the length that must be
/// there to go on, or `None` if it is not one. Its number is 2, or another where the host gave the
/// SSLRequest a wrong one.
///
/// # Errors
/// `ServerError` with what the packet holds.
fn check_err_packet(bytes: &[u8]) -> Result<Option<usize>, Error> {
    let Some(head) = bytes.get(..Header::LEN) else { return Ok(Some(Header::LEN)) };
    let Some(packet) = PacketHeader::parse(head) else { return Ok(None) };
    let is_record = Header::parse(head).is_some_and(|header| header.is_ok());
    let len = usize::try_from(packet.len).unwrap_or(usize::MAX);
    let has_length = (ErrPacket::MIN_PAYLOAD..=ErrPacket::MAX_PAYLOAD).contains(&len);
    let begins = head.get(PacketHeader::WIRE_LEN..).is_some_and(err::is_err);
    if is_record || !begins || !has_length {
        return Ok(None);
    }
    let total = len.saturating_add(PacketHeader::WIRE_LEN);
    match bytes.get(PacketHeader::WIRE_LEN..total) {
        Some(payload) => Err(server_error(payload)?),
        None => Ok(Some(total)),
    }
}
