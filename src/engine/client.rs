//! The client's side of the upgrade: the greeting, the decision, the SSLRequest.

use super::conn::Conn;
use super::greeting::{StoredGreeting, server_said};
use super::phase::{Phase, Trigger};
use super::progress::Work;
use super::{SslRequest, event};
use crate::config::{Outcome, Role};
use crate::error::{Code, Details, Error};
use crate::packet::capability::{CLIENT_PROTOCOL_41, CLIENT_SSL};
use crate::packet::err;
use crate::packet::greeting;
use crate::packet::header::Header;

impl Conn {
    /// Takes the greeting from the wire as far as it is there.
    pub(super) fn read_greeting(&mut self, wire: &[u8], work: &mut Work) -> Result<(), Error> {
        let mut left = work.rest(wire);
        loop {
            let need = match Header::parse(&self.inbox) {
                None => Header::WIRE_LEN,
                Some(header) => {
                    check_header(header).map_err(|e| self.explain_first_bytes(&self.inbox, e))?
                }
            };
            let missing = need.saturating_sub(self.inbox.len());
            if missing == 0 && need > Header::WIRE_LEN {
                break;
            }
            let (part, tail) = left.split_at(missing.min(left.len()));
            if part.is_empty() {
                // What came is used up: any further byte goes on.
                work.need(wire, 1);
                return Ok(());
            }
            self.inbox.extend_from_slice(part);
            work.step.wire_in_used = work.step.wire_in_used.saturating_add(part.len());
            left = tail;
        }
        let packet = std::mem::take(&mut self.inbox);
        self.take_greeting(&packet)?;
        self.saw_ahead = !left.is_empty();
        work.stop_with(event::GREETING);
        Ok(())
    }

    /// For a host that read the greeting itself.
    ///
    /// # Errors
    /// What a greeting can fail with; a refusal by ssl-mode; `EarlyBytes` if TLS will be used and
    /// bytes beyond the greeting were read.
    pub fn client_greeting_read(
        &mut self,
        payload: &[u8],
        sequence: u8,
        ahead: &[u8],
    ) -> Result<(), Error> {
        self.check_alive()?;
        if self.role() != Role::Client || self.phase != Phase::Greeting || self.closing {
            return Err(Code::State.into());
        }
        if !self.inbox.is_empty() {
            return Err(Code::State.into());
        }
        self.begin();
        let result = rebuilt(payload, sequence)
            .and_then(|packet| self.take_greeting(&packet))
            .and_then(|()| self.decide())
            .and_then(|outcome| match outcome {
                Outcome::Tls if !ahead.is_empty() => Err(Code::EarlyBytes.into()),
                _ => Ok(()),
            });
        result.map_err(|e| self.fail_now(e))
    }

    /// Answers the greeting: chooses TLS or clear text and queues what the client sends first.
    /// `request` becomes what HandshakeResponse41 must repeat.
    ///
    /// # Errors
    /// `State` unless a greeting waits; `Argument` for capabilities without CLIENT_PROTOCOL_41 that
    /// the server has; `NoTlsOffered`, `NoName`, `EarlyBytes`.
    pub fn client_start(&mut self, request: &mut SslRequest) -> Result<(), Error> {
        let outcome = self.ready_to_start()?;
        let outcome = outcome.map_err(|e| self.fail_now(e))?;
        let view = self.greeting.as_ref().and_then(StoredGreeting::view);
        let speaks_41 = view.is_some_and(|view| view.capabilities & CLIENT_PROTOCOL_41 != 0);
        if speaks_41 && request.capabilities & CLIENT_PROTOCOL_41 == 0 {
            return Err(Code::Argument.into());
        }
        *request = self.answer(*request, outcome);
        self.go_on(*request, outcome, true).map_err(|e| self.fail_now(e))
    }

    /// For a host that wrote the SSLRequest, or its plain login, itself.
    ///
    /// # Errors
    /// `Argument` if CLIENT_SSL is not what `will_use_tls()` said; else as `client_start`.
    pub fn client_request_sent(&mut self, request: &SslRequest) -> Result<(), Error> {
        let outcome = self.ready_to_start()?;
        let outcome = outcome.map_err(|e| self.fail_now(e))?;
        if (request.capabilities & CLIENT_SSL != 0) != (outcome == Outcome::Tls) {
            return Err(Code::Argument.into());
        }
        self.go_on(*request, outcome, false).map_err(|e| self.fail_now(e))
    }

    /// How this client goes on (sections 2.2 and 2.3), or why it cannot.
    pub(super) fn decide(&self) -> Result<Outcome, Error> {
        let view = self.greeting.as_ref().and_then(StoredGreeting::view).ok_or(Code::State)?;
        let mode = self.settings_mode();
        let outcome = Outcome::decide(mode, self.facts.transport, view.offers_tls())?;
        let nameless = self.reference_name().is_none();
        if outcome == Outcome::Tls && self.context.0.settings.compares_name() && nameless {
            return Err(Code::NoName.into());
        }
        Ok(outcome)
    }

    fn ready_to_start(&mut self) -> Result<Result<Outcome, Error>, Error> {
        self.check_alive()?;
        if self.role() != Role::Client || self.phase != Phase::Negotiate || self.closing {
            return Err(Code::State.into());
        }
        let outcome = self.decide();
        if matches!(outcome, Ok(Outcome::Tls)) && self.saw_ahead {
            // Nothing received before TLS can surface after it.
            return Ok(Err(Code::EarlyBytes.into()));
        }
        Ok(outcome)
    }

    fn answer(&self, request: SslRequest, outcome: Outcome) -> SslRequest {
        let view = self.greeting.as_ref().and_then(StoredGreeting::view);
        let mut request = view.map_or(request, |greeting| request.answering(&greeting));
        match outcome {
            Outcome::Tls => request.capabilities |= CLIENT_SSL,
            _ => request.capabilities &= !CLIENT_SSL,
        }
        request
    }

    fn go_on(
        &mut self,
        request: SslRequest,
        outcome: Outcome,
        write_request: bool,
    ) -> Result<(), Error> {
        if outcome == Outcome::Tls {
            let mut session = self.client_session()?;
            if write_request {
                let mut packet = [0; SslRequest::WIRE_LEN];
                let len = request.write(&mut packet).map_err(|_| Code::Tls)?;
                self.outbox.tail().extend_from_slice(packet.get(..len).unwrap_or_default());
            }
            session.start(self.outbox.tail())?;
            self.count_start();
            self.session = Some(session);
            self.advance(Trigger::TlsChosen);
        } else {
            self.plain_due = true;
            self.advance(Trigger::PlainChosen);
        }
        self.wrote_request = !write_request;
        self.request = Some(request);
        self.outcome = outcome;
        Ok(())
    }

    fn take_greeting(&mut self, packet: &[u8]) -> Result<(), Error> {
        let payload = packet.get(Header::WIRE_LEN..).unwrap_or_default();
        if err::is_err(payload) {
            return Err(server_said(payload)?);
        }
        let greeting =
            StoredGreeting::new(payload).map_err(|e| match greeting::protocol(payload) {
                Some(version) if e.code == Code::OldProtocol => {
                    let own = greeting::VERSION;
                    let why = format!("server version = {version}, client version = {own}");
                    self.explain_first_bytes(packet, Error::detail(Code::OldProtocol, why))
                }
                _ => self.explain_first_bytes(packet, e),
            })?;
        self.greeting = Some(greeting);
        self.advance(Trigger::GreetingDone);
        Ok(())
    }
}

/// The packet that a host took the header from.
fn rebuilt(payload: &[u8], sequence: u8) -> Result<Vec<u8>, Error> {
    let len = u32::try_from(payload.len()).map_err(|_| Code::PacketSize)?;
    let header = Header { len, sequence };
    check_header(header)?;
    let mut packet = vec![0; Header::WIRE_LEN];
    // invariant: check_header allows no length that a header cannot hold.
    header.write(&mut packet).map_err(|_| Code::PacketSize)?;
    packet.extend_from_slice(payload);
    Ok(packet)
}

/// The whole packet's length, if it can be a greeting's.
fn check_header(header: Header) -> Result<usize, Error> {
    if header.sequence != 0 {
        let errno = Some((CR_SERVER_LOST, "HY000"));
        return Err(Error::with(Code::Sequence, Details { errno, ..Details::default() }));
    }
    match usize::try_from(header.len) {
        Ok(0) => Err(Code::Greeting.into()),
        Ok(len) if len <= MAX_GREETING => Ok(len.saturating_add(Header::WIRE_LEN)),
        _ => Err(Code::PacketSize.into()),
    }
}

/// What a client says when the first packet is out of order (T09).
const CR_SERVER_LOST: u16 = 2013;

/// Real greetings have 70 to 120 bytes; the format has no limit.
const MAX_GREETING: usize = 64 << 10;
