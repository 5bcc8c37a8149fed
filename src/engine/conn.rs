//! One connection, client or server: its state and what can be asked of it.

use super::context::{Context, Tls};
use super::greeting::StoredGreeting;
use super::outbox::Outbox;
use super::phase::{Phase, Trigger};
use super::{SslRequest, want};
use crate::config::{Outcome, Profile, Role, SslMode, Transport, cipher};
use crate::error::{Code, Details, Error, verify_flag};
use crate::status::{self, Negotiated};
use crate::tls::{self, Server, Session};
use crate::trust::Name;

/// One connection; it serves one call at a time.
#[derive(Debug)]
pub struct Conn {
    pub(super) context: Context,
    pub(super) facts: ConnFacts,
    pub(super) phase: Phase,
    pub(super) outbox: Outbox,
    pub(super) session: Option<Session>,
    /// What the handshake negotiated on, once it is done.
    pub(super) negotiated: Option<Negotiated>,
    /// Client: the server showed that it knows the password.
    pub(super) proven: bool,
    pub(super) outcome: Outcome,
    pub(super) greeting: Option<StoredGreeting>,
    /// Client: bytes of the greeting packet so far.
    pub(super) inbox: Vec<u8>,
    pub(super) request: Option<SslRequest>,
    /// Client: wire bytes beyond the greeting were presented before TLS or clear text was chosen.
    pub(super) saw_ahead: bool,
    /// Client: the ClientHello's last byte was handed out.
    pub(super) flight_out: bool,
    /// A TLS record came from the peer.
    pub(super) saw_record: bool,
    /// Client: the host wrote the SSLRequest.
    pub(super) wrote_request: bool,
    /// A record came from the peer after the handshake.
    pub(super) heard: bool,
    /// Server: bytes of a long SSLRequest that are still to be passed over.
    pub(super) skip: usize,
    /// Server: the greeting offers TLS.
    pub(super) offers_tls: bool,
    /// The next step reports PLAIN.
    pub(super) plain_due: bool,
    pub(super) peer_closed: bool,
    pub(super) ended: bool,
    /// The last step left a record, or clear bytes, for want of room.
    pub(super) room_awaited: bool,
    /// No application data was sent under the keys of the last `rekey`.
    rekeyed: bool,
    pub(super) closing: bool,
    /// Met after other work of the same step: the next one returns it.
    pub(super) pending: Option<Error>,
    pub(super) failure: Option<Error>,
    started: bool,
    pub(super) greeted: bool,
}

/// What the host knows of the connection.
#[derive(Debug, Default)]
pub(super) struct ConnFacts {
    host: Option<String>,
    port: Option<u16>,
    pub transport: Transport,
    verify_name: Option<String>,
    pub sni: Option<String>,
}

impl Conn {
    pub fn new(context: &Context) -> Self {
        Self {
            context: context.clone(),
            facts: ConnFacts::default(),
            phase: Phase::Greeting,
            outbox: Outbox::default(),
            session: None,
            negotiated: None,
            proven: false,
            outcome: Outcome::None,
            greeting: None,
            inbox: Vec::new(),
            request: None,
            saw_ahead: false,
            flight_out: false,
            saw_record: false,
            wrote_request: false,
            heard: false,
            skip: 0,
            offers_tls: false,
            plain_due: false,
            peer_closed: false,
            ended: false,
            room_awaited: false,
            rekeyed: false,
            closing: false,
            pending: None,
            failure: None,
            started: false,
            greeted: false,
        }
    }

    /// A fact of this connection, until its first step: host, port, transport, verify_name, sni.
    ///
    /// # Errors
    /// `State` later, `OptionName`, `OptionValue`.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        if self.started {
            return Err(Code::State.into());
        }
        let unknown = || Error::option(Code::OptionName, name, "a connection has no such fact");
        let refused = |why: &str| Error::option(Code::OptionValue, name, why);
        let filled = || match value {
            "" => Err(refused("empty")),
            value if value.contains('\0') => Err(refused("a NUL byte in it")),
            value => Ok(Some(value.to_owned())),
        };
        let server = || {
            if value.starts_with('[') {
                return Err(refused("an address has no brackets here"));
            }
            let name = filled()?.filter(|name| Name::parse(name).is_some());
            // What is neither empty nor has a NUL.
            name.ok_or_else(|| {
                refused("a name that starts with a dot would stand for all names below it")
            })
            .map(Some)
        };
        match name.replace('-', "_").as_str() {
            "host" => self.facts.host = server()?,
            "port" => {
                self.facts.port = Some(value.parse().map_err(|_| refused("not a port number"))?);
            }
            "transport" => {
                let known = "none of tcp, unix, shared-memory, named-pipe";
                self.facts.transport = Transport::parse(value).ok_or_else(|| refused(known))?;
            }
            "verify_name" | "sni" if self.role() == Role::Server => return Err(unknown()),
            "verify_name" => self.facts.verify_name = server()?,
            "sni" => {
                let name = filled()?;
                if !name.as_deref().is_some_and(tls::is_dns_name) {
                    return Err(refused("not a DNS name"));
                }
                self.facts.sni = name;
            }
            _ => {
                return Err(Error::option(Code::OptionName, name, "a connection has no such fact"));
            }
        }
        Ok(())
    }

    pub fn role(&self) -> Role {
        self.context.role()
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What would be wanted of a step without buffers; `WIRE_OUT` tells of queued bytes only.
    pub fn want(&self) -> u32 {
        let queued = if self.outbox.is_empty() { 0 } else { want::WIRE_OUT };
        if self.closing || matches!(self.phase, Phase::Failed | Phase::Closed) {
            return queued;
        }
        queued
            | match (self.phase, self.role()) {
                (Phase::Greeting, Role::Client) => want::WIRE_IN,
                (Phase::Greeting, Role::Server) if self.greeted => 0,
                (Phase::Greeting, Role::Server) => want::START,
                (Phase::Negotiate, Role::Client) => want::START,
                (Phase::Negotiate, Role::Server) => want::WIRE_IN,
                // The event has to be fetched before anything else.
                (Phase::Plain, _) if self.plain_due => want::WIRE_IN | want::APP_IN,
                (Phase::Tls | Phase::Plain, _) if self.peer_closed || self.ended => want::APP_IN,
                (Phase::Tls | Phase::Plain, _) => want::WIRE_IN | want::APP_IN,
                _ => want::WIRE_IN,
            }
    }

    pub fn peer_closed(&self) -> bool {
        self.peer_closed
    }

    /// The failure that ended the connection.
    pub fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    pub fn greeting(&self) -> Option<&StoredGreeting> {
        self.greeting.as_ref()
    }

    pub fn request(&self) -> Option<&SslRequest> {
        self.request.as_ref()
    }

    /// Number for the next packet that the host itself sends.
    pub fn sequence(&self) -> u8 {
        let in_tls = self.outcome == Outcome::Tls;
        match self.role() {
            Role::Client if in_tls => 2,
            Role::Client => 1,
            Role::Server if self.request.is_none() => 0,
            Role::Server if in_tls => 3,
            Role::Server => 2,
        }
    }

    /// Client, after the greeting: TLS will be used. Server: the greeting may set CLIENT_SSL.
    pub fn will_use_tls(&self) -> bool {
        match self.role() {
            Role::Server => self.context.has_tls(),
            Role::Client => {
                self.outcome == Outcome::Tls || self.decide().is_ok_and(|o| o == Outcome::Tls)
            }
        }
    }

    /// `None` until the connection is up; a failed one has no outcome.
    pub fn outcome(&self) -> Outcome {
        match self.phase {
            Phase::Tls | Phase::Plain | Phase::Closed if self.is_up() => self.outcome,
            _ => Outcome::None,
        }
    }

    /// `verify_flag` bits that were checked and hold.
    pub fn verified(&self) -> u32 {
        let Some(negotiated) = &self.negotiated else { return 0 };
        let mut bits = 0;
        if negotiated.chain_verified {
            bits |= verify_flag::TRUST | verify_flag::TIME | verify_flag::PURPOSE;
            if self.context.0.settings.checks_revocation {
                bits |= verify_flag::REVOCATION;
            }
        }
        if negotiated.name_verified {
            bits |= verify_flag::NAME;
        }
        if negotiated.pin_matched {
            bits |= verify_flag::PIN;
        }
        if self.proven {
            bits |= verify_flag::PROOF;
        }
        bits
    }

    /// TLS, or a local transport that counts as secure.
    pub fn is_secure(&self) -> bool {
        self.negotiated.is_some() || self.facts.transport.is_secure()
    }

    /// What the handshake negotiated on; `None` without TLS.
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.as_ref()
    }

    /// As `Ssl_cipher` shows it; empty without TLS.
    pub fn cipher_name(&self) -> &'static str {
        self.negotiated.as_ref().map_or("", |negotiated| cipher::name(negotiated.cipher))
    }

    /// An `Ssl_*` status value of this session.
    pub fn status(&self, name: &str) -> Option<String> {
        let shared = &self.context.0;
        status::session(name, &shared.settings, self.context.counters(), self.negotiated.as_ref())
    }

    /// Whether the login may go on where `require_secure_transport` is on.
    ///
    /// # Errors
    /// `SecureTransport` with what to send; `State` before the connection is up.
    pub fn check_transport(&self) -> Result<(), Error> {
        if self.role() != Role::Server || !self.phase.is_traffic() {
            return Err(Code::State.into());
        }
        let settings = &self.context.0.settings;
        if !settings.require_secure_transport || self.is_secure() {
            return Ok(());
        }
        // Section 1.7: MariaDB has a SQLSTATE of its own.
        let errno = (settings.profile == Profile::MariaDb)
            .then_some((Code::SecureTransport.row().errno, "08004"));
        Err(Error::with(Code::SecureTransport, Details { errno, ..Details::default() }))
    }

    /// The peer's half of the transport ended, with `left` unused bytes of `wire_in`.
    ///
    /// # Errors
    /// `Truncated` or `Eof`; the connection's failure if it has one.
    pub fn eof(&mut self, left: usize) -> Result<(), Error> {
        self.check_alive()?;
        self.started = true;
        if self.closing || self.phase == Phase::Closed {
            return Ok(());
        }
        if self.room_awaited && left > 0 && !self.peer_closed {
            // Whole records are left: the host reads them first.
            return Err(Code::State.into());
        }
        self.ended = true;
        let partial = self.session.as_ref().is_some_and(Session::holds_partial_message);
        match self.phase {
            Phase::Tls | Phase::Plain if self.peer_closed => Ok(()),
            Phase::Tls | Phase::Plain if left == 0 && !partial => match self.explain_silence() {
                Some(error) => Err(self.fail_now(error)),
                None => Ok(()),
            },
            Phase::Tls | Phase::Plain => Err(self.fail_now(Code::Truncated.into())),
            _ => {
                let error = self.explain_first_bytes(&self.inbox, self.explain_end(left));
                Err(self.fail_now(error))
            }
        }
    }

    /// Says goodbye: close_notify in TLS, else nothing. Allowed in every phase.
    ///
    /// # Errors
    /// The connection's failure if it has one; `KeysUsedUp`.
    pub fn close(&mut self) -> Result<(), Error> {
        self.check_alive()?;
        self.started = true;
        if self.closing || self.phase == Phase::Closed {
            return Ok(());
        }
        match (self.phase, &mut self.session) {
            (Phase::Tls, Some(session)) => {
                if let Err(e) = session.close(self.outbox.tail()) {
                    return Err(self.fail_now(e));
                }
            }
            (Phase::Plain, _) => {}
            // What was queued for a connection that never came up is not sent.
            _ => self.outbox.clear(),
        }
        self.closing = true;
        if self.outbox.is_empty() {
            self.advance(Trigger::Drained);
        }
        Ok(())
    }

    /// Queues a KeyUpdate.
    ///
    /// # Errors
    /// `State` unless the phase is TLS and the version TLS 1.3.
    pub fn rekey(&mut self) -> Result<(), Error> {
        self.check_alive()?;
        match (self.phase, &mut self.session) {
            (Phase::Tls, Some(session)) if !self.closing && !session.holds_partial_message() => {
                if !self.rekeyed || !session.is_tls13() {
                    if let Err(e) = session.rekey(self.outbox.tail()) {
                        return Err(if e.code.is_misuse() { e } else { self.fail_now(e) });
                    }
                }
                self.rekeyed = true;
                Ok(())
            }
            _ => Err(Code::State.into()),
        }
    }

    /// Seals up to 16384 bytes as one record.
    ///
    /// # Errors
    /// `State` outside TLS and while bytes are queued; `KeysUsedUp`.
    pub fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.check_alive()?;
        if self.closing || !self.outbox.is_empty() {
            return Err(Code::State.into());
        }
        match (self.phase, &mut self.session) {
            (Phase::Tls, Some(session)) => {
                self.rekeyed = false;
                let mut wire = Vec::new();
                match session.seal(plain, &mut wire) {
                    Ok(()) => Ok(wire),
                    Err(e) => Err(self.fail_now(e)),
                }
            }
            (Phase::Plain, _) if !self.plain_due => Ok(plain.to_vec()),
            _ => Err(Code::State.into()),
        }
    }

    /// Queues bytes of a record that the caller had no room for.
    pub fn queue(&mut self, wire: &[u8]) {
        self.outbox.tail().extend_from_slice(wire);
    }

    /// Bytes before and after the plaintext in a record; 0 without TLS.
    pub fn margins(&self) -> (usize, usize) {
        match (self.phase, &self.session) {
            (Phase::Tls, Some(session)) => (session.headroom(), session.tailroom()),
            _ => (0, 0),
        }
    }

    /// Application data went out: a KeyUpdate has something to renew.
    pub(super) fn count_data(&mut self) {
        self.rekeyed = false;
    }

    pub(super) fn begin(&mut self) {
        self.started = true;
    }

    /// A failure is final and repeated.
    pub(super) fn check_alive(&mut self) -> Result<(), Error> {
        if let Some(error) = self.pending.take() {
            self.enter_failed(error);
        }
        match &self.failure {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Ends the connection outside a step, and returns the failure.
    pub(super) fn fail_now(&mut self, error: Error) -> Error {
        let error = self.explain(error);
        self.queue_farewell(&error);
        self.enter_failed(error.clone());
        error
    }

    pub(super) fn enter_failed(&mut self, error: Error) {
        self.advance(Trigger::Failure);
        self.failure = Some(error);
        self.session = None;
        self.inbox = Vec::new();
    }

    pub(super) fn advance(&mut self, trigger: Trigger) {
        // invariant: callers trigger only what the table has.
        debug_assert!(self.phase.next(trigger).is_some(), "{:?} {trigger:?}", self.phase);
        self.phase = self.phase.next(trigger).unwrap_or(self.phase);
    }

    pub(super) fn settings_mode(&self) -> SslMode {
        self.context.0.settings.mode
    }

    /// The name that VERIFY_IDENTITY compares with the certificate.
    pub(super) fn reference_name(&self) -> Option<Name> {
        let local = self.facts.transport.is_local().then_some("localhost");
        let name = self.facts.verify_name.as_deref().or(self.facts.host.as_deref()).or(local);
        name.and_then(Name::parse)
    }

    pub(super) fn client_session(&self) -> Result<Session, Error> {
        let Tls::Client(tls) = &self.context.0.tls else { return Err(Code::State.into()) };
        let settings = &self.context.0.settings;
        let name = self.reference_name().filter(|_| settings.compares_name());
        let view = self.greeting.as_ref().and_then(StoredGreeting::view);
        let server = match view.is_some_and(|view| view.may_lack_ecdhe()) {
            true => Server::MayLackEcdhe,
            false => Server::HasEcdhe,
        };
        Session::client(tls, name, self.facts.sni.as_deref().or(settings.sni.as_deref()), server)
    }

    pub(super) fn server_session(&self) -> Result<Session, Error> {
        let Tls::Server(tls) = &self.context.0.tls else { return Err(Code::SslRequest.into()) };
        Session::server(tls)
    }

    fn is_up(&self) -> bool {
        match self.outcome {
            Outcome::None => false,
            Outcome::Tls => self.negotiated.is_some(),
            _ => true,
        }
    }
}
