//! The server's side of the upgrade: the greeting, the client's first packet, the ERR packet at a
//! failure.

use super::conn::Conn;
use super::phase::{Phase, Trigger};
use super::progress::Work;
use super::{SslRequest, event};
use crate::config::{Outcome, Role};
use crate::error::{Code, Error};
use crate::packet::capability::{CLIENT_PROTOCOL_41, CLIENT_SSL};
use crate::packet::err::ErrPacket;
use crate::packet::greeting;
use crate::packet::header::Header;

impl Conn {
    /// Queues the greeting, with CLIENT_SSL set or cleared as TLS is to be had.
    ///
    /// # Errors
    /// `State` if a greeting was given; `Argument` if this is none.
    pub fn server_start(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.ready_to_greet()?;
        let len = u32::try_from(payload.len()).map_err(|_| Code::Argument)?;
        if len >= Header::MAX_PAYLOAD {
            return Err(Code::Argument.into());
        }
        let mut packet = vec![0; Header::WIRE_LEN];
        Header { len, sequence: 0 }.write(&mut packet).map_err(|_| Code::Argument)?;
        packet.extend_from_slice(payload);
        let own = packet.get_mut(Header::WIRE_LEN..).unwrap_or_default();
        let offers_tls = self.context.has_tls();
        greeting::set_tls(own, offers_tls).map_err(|_| Code::Argument)?;
        self.begin();
        self.offers_tls = offers_tls;
        self.greeted = true;
        self.outbox.tail().extend_from_slice(&packet);
        Ok(())
    }

    /// For a host that wrote the greeting itself, with these capabilities.
    ///
    /// # Errors
    /// `State` if a greeting was given; `Argument` if it offers TLS that is not to be had.
    pub fn server_greeting_sent(&mut self, capabilities: u32) -> Result<(), Error> {
        self.ready_to_greet()?;
        let offers_tls = capabilities & CLIENT_SSL != 0;
        if offers_tls && !self.context.has_tls() {
            return Err(Code::Argument.into());
        }
        self.begin();
        self.offers_tls = offers_tls;
        self.greeted = true;
        self.advance(Trigger::GreetingDone);
        Ok(())
    }

    /// For a host that read the client's first packet itself.
    ///
    /// # Errors
    /// `State` unless that packet is awaited; `Sequence`, `PacketSize`, `SslRequest`.
    pub fn server_request_read(&mut self, payload: &[u8], sequence: u8) -> Result<(), Error> {
        self.check_alive()?;
        if self.role() != Role::Server || self.phase != Phase::Negotiate || self.closing {
            return Err(Code::State.into());
        }
        if self.skip > 0 {
            return Err(Code::State.into());
        }
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let header = Header { len, sequence };
        let result = check_sequence(header).and_then(|()| {
            let request = SslRequest::parse_login(payload)?;
            check_size(header, &request)?;
            self.take_request(request)
        });
        result.map_err(|e| self.fail_now(e))
    }

    /// Reads the client's first packet: an SSLRequest is used up, a plain login is left for the
    /// host.
    pub(super) fn read_request(&mut self, wire: &[u8], work: &mut Work) -> Result<(), Error> {
        let bytes = work.rest(wire);
        if self.skip > 0 {
            let part = self.skip.min(bytes.len());
            self.skip = self.skip.saturating_sub(part);
            work.step.wire_in_used = work.step.wire_in_used.saturating_add(part);
            if self.skip == 0 {
                self.enter_handshake(work)?;
            }
            return Ok(());
        }
        let Some(header) = Header::parse(bytes) else {
            work.need(bytes, Header::WIRE_LEN);
            return Ok(());
        };
        check_sequence(header)?;
        let len = usize::try_from(header.len).unwrap_or(usize::MAX);
        let fixed = len.min(SslRequest::WIRE_LEN.saturating_sub(Header::WIRE_LEN));
        let need = fixed.saturating_add(Header::WIRE_LEN);
        let Some(payload) = bytes.get(Header::WIRE_LEN..need) else {
            work.need(bytes, need);
            return Ok(());
        };
        let request = SslRequest::parse_login(payload)?;
        if request.capabilities & CLIENT_SSL == 0 {
            self.take_request(request)?;
            return Ok(());
        }
        check_size(header, &request)?;
        if !self.offers_tls {
            return Err(Code::SslRequest.into());
        }
        self.request = Some(request);
        work.step.wire_in_used = work.step.wire_in_used.saturating_add(need);
        // Real servers take longer packets; what is behind the fixed part has no meaning.
        self.skip = len.saturating_sub(fixed);
        if self.skip == 0 {
            self.enter_handshake(work)?;
        }
        Ok(())
    }

    /// Queues what tells a client of a failure beside the TLS alert: real servers send a clear
    /// ERR packet after a failed handshake (section 1.8).
    pub(super) fn queue_farewell(&mut self, error: &Error) {
        if self.role() == Role::Client && error.code == Code::EarlyBytes {
            // Someone is between: what is left of the first flight helps nobody.
            self.outbox.clear();
        }
        if self.role() != Role::Server || error.code == Code::Eof {
            return;
        }
        if !matches!(self.phase, Phase::Negotiate | Phase::Handshake) {
            return;
        }
        let out_of_order = error.code == Code::Sequence;
        let row = if out_of_order { error.row() } else { Code::SslRequest.row() };
        let state: Option<[u8; 5]> = row.sqlstate.as_bytes().try_into().ok();
        let packet = ErrPacket {
            code: row.errno,
            sqlstate: state.filter(|_| !out_of_order && speaks_41(self.request.as_ref())),
            message: row.text.as_bytes(),
        };
        let mut wire = vec![0; packet.wire_len()];
        if packet.write(if out_of_order { 1 } else { 2 }, &mut wire).is_ok() {
            self.outbox.tail().extend_from_slice(&wire);
        }
    }

    fn ready_to_greet(&mut self) -> Result<(), Error> {
        self.check_alive()?;
        let waits = self.phase == Phase::Greeting && !self.greeted && !self.closing;
        if self.role() == Role::Server && waits { Ok(()) } else { Err(Code::State.into()) }
    }

    /// What the host told: the SSLRequest's bytes are behind us.
    fn take_request(&mut self, request: SslRequest) -> Result<(), Error> {
        let wants_tls = request.capabilities & CLIENT_SSL != 0;
        if wants_tls && !self.offers_tls {
            return Err(Code::SslRequest.into());
        }
        self.request = Some(request);
        if wants_tls {
            return self.enter_tls();
        }
        self.outcome = match self.context.has_tls() {
            true => Outcome::PlainNoTls,
            false => Outcome::PlainDisabled,
        };
        self.plain_due = true;
        self.advance(Trigger::PlainChosen);
        Ok(())
    }

    fn enter_handshake(&mut self, work: &mut Work) -> Result<(), Error> {
        self.enter_tls()?;
        work.step.events |= event::SSL_REQUEST;
        Ok(())
    }

    fn enter_tls(&mut self) -> Result<(), Error> {
        self.session = Some(self.server_session()?);
        self.count_start();
        self.outcome = Outcome::Tls;
        self.advance(Trigger::TlsChosen);
        Ok(())
    }
}

fn check_sequence(header: Header) -> Result<(), Error> {
    if header.sequence == 1 { Ok(()) } else { Err(Code::Sequence.into()) }
}

fn check_size(header: Header, request: &SslRequest) -> Result<(), Error> {
    let too_long = header.len > MAX_SSL_REQUEST && request.capabilities & CLIENT_SSL != 0;
    if too_long { Err(Code::PacketSize.into()) } else { Ok(()) }
}

/// A whole login in clear with CLIENT_SSL set is taken for an SSLRequest by real servers; with
/// connection attributes it may have 64 KiB.
const MAX_SSL_REQUEST: u32 = 128 << 10;

/// ERR packets before the client's capabilities are known have no SQLSTATE.
fn speaks_41(request: Option<&SslRequest>) -> bool {
    request.is_none_or(|request| request.capabilities & CLIENT_PROTOCOL_41 != 0)
}
