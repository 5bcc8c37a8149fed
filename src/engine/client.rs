//! The client's side of the upgrade: the greeting, the decision, the SSLRequest.

use super::conn::Conn;
use super::diagnosis;
use super::early_bytes::EarlyBytes;
use super::greeting::{StoredGreeting, server_error};
use super::handshake::Handshaking;
use super::progress::Progress;
use super::snapshot::TlsConfig;
use super::state::State;
use super::{SslRequest, event};
use crate::config::Outcome;
use crate::error::{Code, Details, Error};
use crate::packet::capability::{CLIENT_PROTOCOL_41, CLIENT_SSL};
use crate::packet::err::{self, ErrPacket};
use crate::packet::errno::CR_SERVER_LOST;
use crate::packet::greeting;
use crate::packet::header::Header;
use crate::tls::{ClientStart, Handshake};

/// GREETING of a client: the packet as far as it came.
#[derive(Debug, Default)]
pub struct ClientGreeting {
    packet: Vec<u8>,
}

/// NEGOTIATE of a client: the host chooses when to go on.
#[derive(Debug, Default)]
pub struct ClientNegotiate {
    pub early: EarlyBytes,
}

impl ClientGreeting {
    /// Takes the greeting from the wire as far as it is there; returns the packet once it is whole.
    fn read(&mut self, wire: &[u8], progress: &mut Progress) -> Result<Option<Vec<u8>>, Error> {
        loop {
            let header = Header::parse(&self.packet);
            let need = match header {
                None => Header::WIRE_LEN,
                Some(header) => check_header(header, self.packet.get(Header::WIRE_LEN))
                    .map_err(|e| diagnosis::explain_server_bytes(&self.packet, e))?,
            };
            let missing = need.saturating_sub(self.packet.len());
            let is_whole = |header: Header| {
                usize::try_from(header.len)
                    .is_ok_and(|len| need == len.saturating_add(Header::WIRE_LEN))
            };
            if missing == 0 && header.is_some_and(is_whole) {
                return Ok(Some(std::mem::take(&mut self.packet)));
            }
            let left = progress.rest(wire);
            let part = left.get(..missing).unwrap_or(left);
            if part.is_empty() {
                // What came is used up: any further byte helps.
                progress.need(wire, 1);
                return Ok(None);
            }
            self.packet.extend_from_slice(part);
            progress.used(part.len());
        }
    }

    /// The bytes of the packet that came so far.
    pub fn bytes(&self) -> &[u8] {
        &self.packet
    }
}

impl Conn {
    /// Reads the greeting from the wire.
    pub(super) fn read_greeting(
        &mut self,
        wire: &[u8],
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let State::ClientGreeting(greeting) = &mut self.state else { return Ok(()) };
        let Some(packet) = greeting.read(wire, progress)? else { return Ok(()) };
        let mut early = EarlyBytes::default();
        early.note(progress.rest(wire));
        self.take_greeting(&packet, early)?;
        progress.stop_with(event::GREETING);
        Ok(())
    }

    /// Takes the greeting from a host that read it itself, and every byte that it read beyond.
    ///
    /// # Errors
    /// `State` if the greeting was read; what a greeting can fail with; a refusal by ssl-mode;
    /// `EarlyBytes` if TLS will be used and `ahead` is not empty.
    pub fn client_greeting_read(
        &mut self,
        payload: &[u8],
        sequence: u8,
        ahead: &[u8],
    ) -> Result<(), Error> {
        self.call(|conn| {
            conn.check_no_greeting()?;
            let packet = rebuilt(payload, sequence)?;
            conn.take_greeting(&packet, EarlyBytes::default())?;
            conn.check_ahead(ahead)
        })
    }

    /// Takes what is left of a greeting where its bytes are gone: the version, empty if it is not
    /// known, and the two capability words.
    ///
    /// # Errors
    /// `State` if the greeting was read; a refusal by ssl-mode; `EarlyBytes` as above.
    pub fn client_greeting_facts(
        &mut self,
        version: &[u8],
        capabilities: u32,
        mariadb_capabilities: u32,
        ahead: &[u8],
    ) -> Result<(), Error> {
        self.call(|conn| {
            conn.check_no_greeting()?;
            let greeting = StoredGreeting::of_facts(version, capabilities, mariadb_capabilities);
            conn.greeting = Some(greeting);
            conn.state.greeting_read(EarlyBytes::default())?;
            conn.check_ahead(ahead)
        })
    }

    /// Answers the greeting: chooses TLS or clear text and queues what the client sends first.
    /// `request` becomes what HandshakeResponse41 must repeat.
    ///
    /// # Errors
    /// `State` unless a greeting waits; `Argument` for capabilities without CLIENT_PROTOCOL_41 that
    /// the server has; `NoTlsOffered`, `NoName`, `EarlyBytes`.
    pub fn client_start(&mut self, request: &mut SslRequest) -> Result<(), Error> {
        self.call(|conn| {
            let outcome = conn.ready_to_start()?;
            let view = conn.greeting.as_ref().and_then(StoredGreeting::view);
            let has_41 = view.is_some_and(|view| view.capabilities & CLIENT_PROTOCOL_41 != 0);
            if has_41 && request.capabilities & CLIENT_PROTOCOL_41 == 0 {
                let why = "capabilities lack CLIENT_PROTOCOL_41, which the server has";
                return Err(Error::detail(Code::Argument, why));
            }
            *request = view.map_or(*request, |greeting| request.answering(&greeting));
            if outcome == Outcome::Tls {
                request.capabilities |= CLIENT_SSL;
            } else {
                request.capabilities &= !CLIENT_SSL;
            }
            conn.begin(*request, outcome, Writer::Engine)
        })
    }

    /// Goes on for a host that wrote the SSLRequest, or its plain login, itself.
    ///
    /// # Errors
    /// `Argument` if CLIENT_SSL is not what `will_use_tls()` said; else as `client_start`.
    pub fn client_request_sent(&mut self, request: &SslRequest) -> Result<(), Error> {
        self.call(|conn| {
            let outcome = conn.ready_to_start()?;
            if (request.capabilities & CLIENT_SSL != 0) != (outcome == Outcome::Tls) {
                let why = match outcome {
                    Outcome::Tls => "capabilities lack CLIENT_SSL, and this connection uses TLS",
                    _ => "capabilities have CLIENT_SSL, and this connection uses no TLS",
                };
                return Err(Error::detail(Code::Argument, why));
            }
            conn.begin(*request, outcome, Writer::Host)
        })
    }

    /// Decides how this client goes on after the greeting.
    ///
    /// # Errors
    /// `NoTlsOffered`, `NoName`; `State` before the greeting was read.
    pub(super) fn decide(&self) -> Result<Outcome, Error> {
        let view = self.greeting.as_ref().and_then(StoredGreeting::view).ok_or(Code::State)?;
        let settings = self.settings();
        let outcome = Outcome::decide(settings.mode, self.options.transport(), view.offers_tls())?;
        let is_nameless = self.options.reference_name().is_none();
        if outcome == Outcome::Tls && settings.compares_name() && is_nameless {
            return Err(Code::NoName.into());
        }
        Ok(outcome)
    }

    fn check_no_greeting(&mut self) -> Result<(), Error> {
        match &self.state {
            State::ClientGreeting(greeting) if greeting.packet.is_empty() => {
                self.options.freeze();
                Ok(())
            }
            _ => Err(Code::State.into()),
        }
    }

    fn check_ahead(&self, ahead: &[u8]) -> Result<(), Error> {
        let mut early = EarlyBytes::default();
        early.note(ahead);
        early.check(self.decide()?)
    }

    fn ready_to_start(&self) -> Result<Outcome, Error> {
        let State::ClientNegotiate(negotiate) = &self.state else { return Err(Code::State.into()) };
        let outcome = self.decide()?;
        negotiate.early.check(outcome)?;
        Ok(outcome)
    }

    /// Enters the handshake or clear text.
    fn begin(
        &mut self,
        request: SslRequest,
        outcome: Outcome,
        writer: Writer,
    ) -> Result<(), Error> {
        if outcome != Outcome::Tls {
            self.request = Some(request);
            return self.state.plain_chosen(outcome);
        }
        let mut handshake = self.client_handshake()?;
        if writer == Writer::Engine {
            let mut packet = [0; SslRequest::WIRE_LEN];
            let len = request.write(&mut packet).map_err(|_| Code::Tls)?;
            self.outbox.tail().extend_from_slice(packet.get(..len).unwrap_or_default());
            self.outbox.add_break();
        }
        handshake.start(self.outbox.tail())?;
        self.snapshot.totals().count_start();
        self.request = Some(request);
        self.state.tls_chosen(Handshaking::client(handshake, writer))
    }

    fn client_handshake(&mut self) -> Result<Handshake, Error> {
        let session = self.options.session.take().map(|session| *session);
        let TlsConfig::Client(tls) = self.snapshot.tls() else { return Err(Code::State.into()) };
        Handshake::client(tls, ClientStart { session, ..self.start()? })
    }

    /// Returns what the handshake begins with.
    ///
    /// # Errors
    /// `State` before the greeting was read.
    pub(super) fn start(&self) -> Result<ClientStart<'_>, Error> {
        let settings = self.settings();
        let greeting = self.greeting.as_ref().ok_or(Code::State)?;
        let is_mariadb = greeting.view().is_some_and(|view| view.is_mariadb());
        Ok(ClientStart {
            name: self.options.reference_name(),
            compares_name: settings.compares_name(),
            sni: self.options.sni().or(settings.sni.as_deref()),
            offer: greeting.suite_offer(),
            // MariaDB's builds with wolfSSL forget the client's certificate with the connection, and
            // refuse an account that requires one where a session is resumed.
            place: self.options.place().filter(|_| settings.identity.is_none() || !is_mariadb),
            session: None,
        })
    }

    fn take_greeting(&mut self, packet: &[u8], early: EarlyBytes) -> Result<(), Error> {
        let payload = packet.get(Header::WIRE_LEN..).unwrap_or_default();
        if err::is_err(payload) {
            return Err(server_error(payload)?);
        }
        let greeting = StoredGreeting::read(payload).map_err(|e| {
            let error = match greeting::protocol(payload) {
                Some(version) if e.code == Code::OldProtocol => {
                    let own = greeting::VERSION;
                    e.with_detail(format!("server version = {version}, client version = {own}"))
                }
                _ => e,
            };
            diagnosis::explain_server_bytes(packet, error)
        })?;
        self.greeting = Some(greeting);
        self.state.greeting_read(early)
    }
}

/// Who wrote the SSLRequest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Writer {
    Engine,
    Host,
}

/// Puts the header that a host took away before a payload again.
fn rebuilt(payload: &[u8], sequence: u8) -> Result<Vec<u8>, Error> {
    let len = u32::try_from(payload.len()).map_err(|_| Code::PacketSize)?;
    let header = Header { len, sequence };
    check_header(header, payload.first())?;
    let mut packet = vec![0; Header::WIRE_LEN];
    // invariant: check_header allows no length that a header cannot hold.
    header.write(&mut packet).map_err(|_| Code::PacketSize)?;
    packet.extend_from_slice(payload);
    Ok(packet)
}

/// Returns the length up to which the packet has to be read next, if it can be a greeting or an ERR
/// packet; `first` is the first byte of its payload, once it came. A greeting has number 0. MariaDB
/// 10.3.27 and 10.4.13 send ERR packets with number 1 in its place, so those have any.
fn check_header(header: Header, first: Option<&u8>) -> Result<usize, Error> {
    let len = usize::try_from(header.len).unwrap_or(usize::MAX);
    let total = len.saturating_add(Header::WIRE_LEN);
    if header.sequence != 0 {
        let may_be_err = (ErrPacket::MIN_PAYLOAD..=MAX_GREETING).contains(&len);
        return match first {
            None if may_be_err => Ok(Header::WIRE_LEN.saturating_add(1)),
            Some(first) if may_be_err && err::is_err(&[*first]) => Ok(total),
            _ => {
                // What a client reports when the first packet is out of order (T09).
                let errno = Some((CR_SERVER_LOST, "HY000"));
                Err(Error::with(Code::Sequence, Details { errno, ..Details::default() }))
            }
        };
    }
    match len {
        0 => Err(Code::Greeting.into()),
        1..=MAX_GREETING => Ok(total),
        _ => Err(Code::PacketSize.into()),
    }
}

/// Real greetings have 70 to 120 bytes; the format has no limit.
const MAX_GREETING: usize = 64 << 10;
