//! The server's side of the upgrade: the greeting, and the client's first packet.

use super::conn::Conn;
use super::context_choice::ContextChoice;
use super::diagnosis;
use super::handshake::Handshaking;
use super::peer_proof;
use super::progress::Progress;
use super::snapshot::TlsConfig;
use super::state::State;
use super::{Phase, SslRequest, event};
use crate::config::{Outcome, Role, SSL_CERT};
use crate::error::{Code, Error};
use crate::packet;
use crate::packet::capability::CLIENT_SSL;
use crate::packet::header::Header;
use crate::packet::other_protocol;
use crate::tls::Handshake;

/// GREETING of a server.
#[derive(Debug, Default)]
pub struct ServerGreeting {
    /// Whether the queued greeting offers TLS; `None` until the host gave one.
    offers_tls: Option<bool>,
}

/// NEGOTIATE of a server: the client's first packet is awaited.
#[derive(Debug)]
pub struct ServerNegotiate {
    offers_tls: bool,
    /// Bytes of a long SSLRequest that are still to be skipped; `None` before it.
    request_rest: Option<usize>,
    /// The first bytes of the packet, for the explanation of an end.
    first: Vec<u8>,
}

impl ServerGreeting {
    /// Whether the host gave the greeting.
    pub fn is_queued(&self) -> bool {
        self.offers_tls.is_some()
    }
}

impl ServerNegotiate {
    pub fn new(offers_tls: bool) -> Self {
        Self { offers_tls, request_rest: None, first: Vec::new() }
    }

    /// The first bytes of the client's packet, 16 at most.
    pub fn first_bytes(&self) -> &[u8] {
        &self.first
    }
}

impl Conn {
    /// Queues the greeting; sets CLIENT_SSL if this context has TLS, clears it otherwise.
    ///
    /// # Errors
    /// `State` if a greeting was given; `Argument` if this is none.
    pub fn server_start(&mut self, payload: &[u8]) -> Result<(), Error> {
        let offers_tls = self.settings().tls;
        self.call(|conn| {
            let State::ServerGreeting(greeting @ ServerGreeting { offers_tls: None }) =
                &mut conn.state
            else {
                return Err(conn.was_greeted());
            };
            let too_long = || Error::detail(Code::Argument, "payload has 16 MiB or more");
            let len = u32::try_from(payload.len()).map_err(|_| too_long())?;
            if len >= Header::MAX_PAYLOAD {
                return Err(too_long());
            }
            let mut packet = vec![0; Header::WIRE_LEN];
            Header { len, sequence: 0 }.write(&mut packet).map_err(|_| Code::Argument)?;
            packet.extend_from_slice(payload);
            let own = packet.get_mut(Header::WIRE_LEN..).unwrap_or_default();
            packet::greeting::set_tls(own, offers_tls).map_err(|_| {
                let why = "payload is no greeting of protocol 10; the 4-byte header stays away";
                Error::detail(Code::Argument, why)
            })?;
            conn.options.freeze();
            conn.outbox.tail().extend_from_slice(&packet);
            greeting.offers_tls = Some(offers_tls);
            Ok(())
        })
    }

    /// Goes on for a host that wrote the greeting itself, with these capabilities.
    ///
    /// # Errors
    /// `State` if a greeting was given; `Argument` if it offers TLS that this context lacks.
    pub fn server_greeting_sent(&mut self, capabilities: u32) -> Result<(), Error> {
        self.call(|conn| {
            if !matches!(conn.state, State::ServerGreeting(ServerGreeting { offers_tls: None })) {
                return Err(conn.was_greeted());
            }
            let offers_tls = capabilities & CLIENT_SSL != 0;
            if offers_tls && !conn.settings().tls {
                let why =
                    "capabilities have CLIENT_SSL, and this context has no certificate for TLS";
                return Err(Error::detail(Code::Argument, why));
            }
            conn.options.freeze();
            conn.state.greeting_sent(offers_tls)
        })
    }

    /// Takes the client's first packet from a host that read it itself.
    ///
    /// # Errors
    /// `State` unless that packet is awaited; `Sequence`, `PacketSize`, `SslRequest`.
    pub fn server_request_read(&mut self, payload: &[u8], sequence: u8) -> Result<(), Error> {
        self.call(|conn| {
            let has_tls = conn.settings().tls;
            let State::ServerNegotiate(ServerNegotiate { offers_tls, request_rest: None, .. }) =
                conn.state
            else {
                return Err(Code::State.into());
            };
            let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
            let header = Header { len, sequence };
            check_sequence(header)?;
            let request = SslRequest::parse_login(payload)?;
            if request.capabilities & CLIENT_SSL == 0 {
                return conn.take_login(request);
            }
            check_ssl_request(header, offers_tls, has_tls)?;
            conn.request = Some(request);
            conn.enter_handshake()
        })
    }

    /// Returns the 64 capital hexadecimal digits that a server sends behind 0x01 in its OK packet, so
    /// that clients of MariaDB 11.4 and later trust it (T82): of the certificate that the client has,
    /// which is that of its session if one was resumed.
    ///
    /// # Errors
    /// `State` unless a server is in TLS, `Argument` for a salt or scramble of a wrong length, or for
    /// the salt of no password.
    pub fn own_proof(&self, salt: &[u8], scramble: &[u8]) -> Result<String, Error> {
        let is_up = self.role() == Role::Server && self.phase() == Phase::Tls;
        let negotiated = self.negotiated().filter(|_| is_up).ok_or(Code::State)?;
        peer_proof::digits(&negotiated.shown_leaf, salt, scramble)
    }

    /// Returns the reason why no greeting is taken now.
    fn was_greeted(&self) -> Error {
        match self.state {
            State::ServerGreeting(_) => {
                Error::detail(Code::State, "the greeting is queued already")
            }
            _ => Code::State.into(),
        }
    }

    /// Enters NEGOTIATE once the greeting is out.
    pub(super) fn finish_greeting(&mut self) -> Result<(), Error> {
        match self.state {
            State::ServerGreeting(ServerGreeting { offers_tls: Some(offers_tls) })
                if self.outbox.is_empty() =>
            {
                self.state.greeting_sent(offers_tls)
            }
            _ => Ok(()),
        }
    }

    /// Reads the client's first packet: an SSLRequest is used up, a plain login is left for the
    /// host.
    pub(super) fn read_request(
        &mut self,
        wire: &[u8],
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let has_tls = self.settings().tls;
        let State::ServerNegotiate(negotiate) = &mut self.state else { return Ok(()) };
        let bytes = progress.rest(wire);
        if negotiate.request_rest.is_none() {
            negotiate.first = bytes.get(..FIRST_BYTES).unwrap_or(bytes).to_vec();
            let Some(payload) = first_packet(bytes, progress)? else { return Ok(()) };
            let request = SslRequest::parse_login(payload.fixed)?;
            if request.capabilities & CLIENT_SSL == 0 {
                return self.take_login(request);
            }
            check_ssl_request(payload.header, negotiate.offers_tls, has_tls)?;
            self.request = Some(request);
            progress.used(Header::WIRE_LEN.saturating_add(payload.fixed.len()));
            negotiate.request_rest = Some(payload.rest);
        }
        let rest = negotiate.request_rest.unwrap_or(0);
        let part = rest.min(progress.rest(wire).len());
        progress.used(part);
        negotiate.request_rest = Some(rest.saturating_sub(part));
        if part == rest {
            self.enter_handshake()?;
            progress.step.events |= event::SSL_REQUEST;
        }
        Ok(())
    }

    fn take_login(&mut self, request: SslRequest) -> Result<(), Error> {
        self.request = Some(request);
        let has_tls = self.settings().tls;
        self.state.plain_chosen(if has_tls { Outcome::PlainNoTls } else { Outcome::PlainDisabled })
    }

    fn enter_handshake(&mut self) -> Result<(), Error> {
        let TlsConfig::Server(tls) = self.snapshot.tls() else {
            return Err(Code::SslRequest.into());
        };
        if self.settings().hello_event {
            return self.state.hello_awaited(ContextChoice::new(tls));
        }
        let handshake = Handshake::server(tls)?;
        self.snapshot.totals().count_start();
        self.state.tls_chosen(Handshaking::server(handshake))
    }
}

/// The client's first packet as far as its meaning goes.
struct FirstPacket<'a> {
    header: Header,
    /// The part of the payload that an SSLRequest has.
    fixed: &'a [u8],
    /// Bytes of the payload behind that. Real servers take longer packets; what is there has no
    /// meaning.
    rest: usize,
}

/// Finds the client's first packet; `None` if more bytes are needed.
fn first_packet<'a>(
    bytes: &'a [u8],
    progress: &mut Progress,
) -> Result<Option<FirstPacket<'a>>, Error> {
    let Some(header) = Header::parse(bytes) else {
        progress.need(bytes, Header::WIRE_LEN);
        return Ok(None);
    };
    let needed = other_protocol::needed(bytes);
    if header.sequence != 1 && bytes.len() < needed {
        progress.need(bytes, needed);
        return Ok(None);
    }
    check_sequence(header).map_err(|error| diagnosis::explain_client_bytes(bytes, error))?;
    let len = usize::try_from(header.len).unwrap_or(usize::MAX);
    let fixed = len.min(SslRequest::WIRE_LEN.saturating_sub(Header::WIRE_LEN));
    let need = fixed.saturating_add(Header::WIRE_LEN);
    let Some(payload) = bytes.get(Header::WIRE_LEN..need) else {
        progress.need(bytes, need);
        return Ok(None);
    };
    if let Some(other) = diagnosis::find_other_client(bytes) {
        return Err(other);
    }
    Ok(Some(FirstPacket { header, fixed: payload, rest: len.saturating_sub(fixed) }))
}

fn check_sequence(header: Header) -> Result<(), Error> {
    if header.sequence == 1 { Ok(()) } else { Err(Code::Sequence.into()) }
}

/// Checks a packet with CLIENT_SSL: its length, and that TLS was offered.
fn check_ssl_request(header: Header, offers_tls: bool, has_tls: bool) -> Result<(), Error> {
    if header.len > MAX_SSL_REQUEST {
        return Err(Code::PacketSize.into());
    }
    if offers_tls {
        return Ok(());
    }
    Err(if has_tls {
        Error::detail(Code::SslRequest, "the client asks for TLS, and the greeting offered none")
            .with_hint("Set CLIENT_SSL in the greeting, or ssl_mode=DISABLED at the client.")
    } else {
        Error::detail(Code::SslRequest, "the client asks for TLS, and this server has none")
            .with_hint("Set ssl_cert and ssl_key here, or ssl_mode=DISABLED at the client.")
            .with_hint_option(SSL_CERT.name)
    })
}

/// Bytes of a first packet by which another protocol is recognised: the longest is the signature of
/// the PROXY protocol's version 2, of 12.
const FIRST_BYTES: usize = 16;

/// A whole login in clear with CLIENT_SSL set is taken for an SSLRequest by real servers; with
/// connection attributes it may have 64 KiB.
const MAX_SSL_REQUEST: u32 = 128 << 10;
