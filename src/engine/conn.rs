//! One connection, client or server, and what can be asked of it.

use super::context::Context;
use super::greeting::StoredGreeting;
use super::options::ConnOptions;
use super::outbox::Outbox;
use super::peer_proof;
use super::snapshot::Snapshot;
use super::state::State;
use super::{OnelineForm, Phase, SslRequest, want};
use crate::config::{Outcome, Profile, Role, Settings};
use crate::error::{Code, Details, Error};
use crate::status;
use crate::tls::Negotiated;

/// One connection; it serves one call at a time.
#[derive(Debug)]
pub struct Conn {
    pub(super) snapshot: Snapshot,
    pub(super) options: ConnOptions,
    pub(super) state: State,
    /// Bytes for the peer that wait for room.
    pub(super) outbox: Outbox,
    pub(super) greeting: Option<StoredGreeting>,
    /// The client's first packet: the SSLRequest, or the fields of a plain login that it has too.
    pub(super) request: Option<SslRequest>,
    /// A failure met after other work of the same step: the next call returns it.
    pub(super) deferred: Option<Error>,
    /// The last misuse, if more is known of it than its code.
    pub(super) misuse: Option<Error>,
}

impl Conn {
    pub fn new(context: &Context) -> Self {
        Self {
            snapshot: context.snapshot(),
            options: ConnOptions::default(),
            state: State::new(context.role()),
            outbox: Outbox::default(),
            greeting: None,
            request: None,
            deferred: None,
            misuse: None,
        }
    }

    /// Sets an option of this connection, until its first step: host, port, transport, verify_name,
    /// sni.
    ///
    /// # Errors
    /// `State` later, `OptionName`, `OptionValue`.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.options.set(self.role(), name, value)
    }

    pub fn role(&self) -> Role {
        self.settings().role
    }

    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// Returns what a step without buffers would want; `WIRE_OUT` stands for queued bytes only.
    #[inline(always)]
    pub fn want(&self) -> u32 {
        let queued = if self.outbox.is_empty() { 0 } else { want::WIRE_OUT };
        queued | self.state.want()
    }

    /// Whether a close_notify came.
    pub fn peer_closed(&self) -> bool {
        self.state.peer_closed()
    }

    /// The failure that ended the connection.
    pub fn failure(&self) -> Option<&Error> {
        if let State::Failed(error, _) = &self.state { Some(error) } else { None }
    }

    pub fn greeting(&self) -> Option<&StoredGreeting> {
        self.greeting.as_ref()
    }

    /// The client's first packet: the SSLRequest, or the fields of a plain login that it has too.
    pub fn request(&self) -> Option<&SslRequest> {
        self.request.as_ref()
    }

    /// Number for the next packet that the host itself sends.
    pub fn sequence(&self) -> u8 {
        let in_tls = self.state.outcome() == Outcome::Tls;
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
            Role::Server => self.settings().tls,
            Role::Client => {
                let is_decided = self.state.outcome() == Outcome::Tls;
                is_decided || self.decide().is_ok_and(|outcome| outcome == Outcome::Tls)
            }
        }
    }

    /// `Undecided` until the connection is up, and once it failed.
    pub fn outcome(&self) -> Outcome {
        self.state.outcome_when_up()
    }

    /// `verify_flag` bits that were checked and hold.
    pub fn verified(&self) -> u32 {
        let checks_revocation = self.settings().checks_revocation();
        self.state.session().map_or(0, |session| session.verified(checks_revocation))
    }

    /// Whether the connection has TLS, or a local transport that counts as secure.
    pub fn is_secure(&self) -> bool {
        self.negotiated().is_some() || self.options.transport().is_secure()
    }

    /// What the handshake negotiated; `None` without TLS.
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.state.session().map(|session| &session.negotiated)
    }

    /// The subject of the peer's certificate in one line; `None` if it showed none that can be read.
    pub fn peer_subject(&self, form: OnelineForm) -> Option<Vec<u8>> {
        self.negotiated()?.peer_subject(form)
    }

    /// The issuer of the peer's certificate in one line.
    pub fn peer_issuer(&self, form: OnelineForm) -> Option<Vec<u8>> {
        self.negotiated()?.peer_issuer(form)
    }

    /// The suite as `Ssl_cipher` shows it; empty without TLS.
    pub fn cipher_name(&self) -> &'static str {
        self.negotiated().map_or("", Negotiated::cipher_name)
    }

    /// A status value of this session.
    pub fn status(&self, name: &str) -> Option<String> {
        status::session(name, self.settings(), self.snapshot.counters(), self.negotiated())
    }

    /// Checks whether the login may go on where `require_secure_transport` is on.
    ///
    /// # Errors
    /// `SecureTransport` with what to send; `State` before the connection is up.
    pub fn check_transport(&self) -> Result<(), Error> {
        if self.role() != Role::Server || !self.phase().is_traffic() {
            return Err(Code::State.into());
        }
        let settings = self.settings();
        if !settings.require_secure_transport || self.is_secure() {
            return Ok(());
        }
        // MariaDB has a SQLSTATE of its own.
        let errno = (settings.profile == Profile::MariaDb)
            .then_some((Code::SecureTransport.row().errno, "08004"));
        Err(Error::with(Code::SecureTransport, Details { errno, ..Details::default() }))
    }

    /// Returns this connection's failure if it has this code, or its last misuse of which a reason is
    /// known; else what is known of the code alone.
    pub fn explain(&self, code: Code) -> Error {
        self.known_error(code).cloned().unwrap_or(code.into())
    }

    /// Bytes before and after the plaintext in a record; 0 without TLS.
    pub fn margins(&self) -> (usize, usize) {
        if let State::Tls(tls) = &self.state { tls.margins() } else { (0, 0) }
    }

    /// Client: whether `tlsql_peer_proof` is on, nothing else vouches for the server, and it has not
    /// proved itself yet.
    pub fn needs_peer_proof(&self) -> bool {
        let has_proof = || self.state.session().is_some_and(|session| session.has_peer_proof);
        self.role() == Role::Client && self.settings().awaits_proof && !has_proof()
    }

    /// Returns the 64 capital hexadecimal digits that a server with this certificate and this salt
    /// sends.
    ///
    /// # Errors
    /// `State` unless a client is in TLS, `Argument` for a salt or scramble of a wrong length, or for
    /// the salt of no password.
    pub fn peer_proof(&self, salt: &[u8], scramble: &[u8]) -> Result<String, Error> {
        let session = self.state.session().filter(|_| self.phase() == Phase::Tls);
        let session = session.filter(|_| self.role() == Role::Client).ok_or(Code::State)?;
        let leaf = session.negotiated.peer_fingerprint(256).ok_or(Code::State)?;
        peer_proof::digits(&leaf, salt, scramble)
    }

    /// Client: names the authentication plugin that the host answers next. While the connection
    /// needs the proof it sends nothing without this, and then one packet, begun before the server
    /// answers.
    ///
    /// # Errors
    /// `PeerProof`, final, while the proof is needed and the plugin does not only hash; `State` for
    /// a server, and while the proof is needed before TLS.
    pub fn auth_plugin(&mut self, name: &[u8]) -> Result<(), Error> {
        self.call(|conn| {
            if conn.role() != Role::Client {
                return Err(Code::State.into());
            }
            if !conn.needs_peer_proof() {
                return Ok(());
            }
            let State::Tls(tls) = &mut conn.state else { return Err(Code::State.into()) };
            peer_proof::check_plugin(name)?;
            tls.session.allow_answer();
            Ok(())
        })
    }

    /// Compares the proof with the text of the server's OK packet: 0x01 and the digits.
    ///
    /// # Errors
    /// `PeerProof`, final, if it is anything else; `State` unless the connection waits for it, and
    /// as `peer_proof`.
    pub fn confirm_peer(&mut self, salt: &[u8], scramble: &[u8], text: &[u8]) -> Result<(), Error> {
        self.call(|conn| {
            let State::Tls(_) = conn.state else { return Err(Code::State.into()) };
            peer_proof::check_awaited(conn.settings())?;
            let digits = conn.peer_proof(salt, scramble)?;
            let State::Tls(tls) = &mut conn.state else { return Err(Code::State.into()) };
            let is_proved = tls.note_proof(peer_proof::is_same(&digits, text));
            if is_proved { Ok(()) } else { Err(Code::PeerProof.into()) }
        })
    }

    pub(super) fn settings(&self) -> &Settings {
        self.snapshot.settings()
    }
}
