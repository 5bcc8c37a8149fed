//! The TLS handshake, by rustls: one record in, records out, until there is traffic.

use std::borrow::Cow;

use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;

use super::alert;
use super::cert_request;
use super::checks::{ClientAuth, PeerChecks, SessionOrigin, Verified};
use super::clear_messages::MAX_MESSAGE;
use super::config::{ClientTls, PeerRules, ServerTls, SuiteOffer};
use super::error;
use super::intake::Intake;
#[cfg(feature = "keylog")]
use super::key_log::SecretLines;
use super::kx_scheme::KxScheme;
use super::negotiated::Negotiated;
use super::record::{self, Header, NotARecord};
use super::resumption::{Offer, Resumption};
use super::saved_session::SetSession;
use super::session_cache::{Facts, Place, SessionKey};
use super::session_keeper::SessionKeeper;
use super::session_ticket::Tickets;
use super::traffic::{HandedOver, RecordLayer, Traffic};
use super::unbuffered::Connection;
use crate::crypto::{self, Recognised, RecognisedKind};
use crate::error::{Code, Error};
use crate::trust::Name;

/// A handshake that is not done.
#[derive(Debug)]
pub struct Handshake {
    connection: Connection,
    intake: Intake,
    kx_scheme: KxScheme,
    checks: PeerChecks,
    peer: PeerRules,
    /// Client: the session that is offered, and where new ones go.
    resumption: Resumption,
    /// TLS 1.2: how much of handshake messages the peer's encrypted records held, once its
    /// change_cipher_spec came.
    encrypted: Option<usize>,
}

/// What one client's handshake begins with.
#[derive(Debug, Default)]
pub struct ClientStart<'a> {
    /// The server's name, and whether it is compared with its certificate.
    pub name: Option<Name>,
    pub compares_name: bool,
    pub sni: Option<&'a str>,
    pub offer: SuiteOffer,
    /// Where the server is; sessions are kept where that is known.
    pub place: Option<Place<'a>>,
    /// A session that the host sets.
    pub session: Option<SetSession>,
}

/// What a record led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// Another record of the peer is needed.
    More,
    /// Both Finished messages were checked: `finish` comes next.
    Done,
}

/// What a handshake has seen of its peer, for the explanation of a failure. Nothing of it is
/// authenticated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// The suite that was chosen; 0 before ServerHello.
    pub suite: u16,
    pub is_tls13: bool,
    /// Client: the server's request for our certificate, once it came.
    pub client_auth: Option<ClientAuth>,
}

impl ClientStart<'_> {
    /// Returns the key of the sessions that may be offered; `None` where it is not known where the
    /// server is.
    pub fn session_key(&self) -> Option<SessionKey> {
        let offer = self.offer.number();
        Some(SessionKey::new(self.place?, self.name.as_ref(), self.sni, offer))
    }
}

impl Handshake {
    /// Prepares a client's handshake.
    ///
    /// # Errors
    /// `OptionValue` if the SNI is no DNS name; `Tls`.
    pub fn client(tls: &ClientTls, start: ClientStart<'_>) -> Result<Self, Error> {
        let key = start.session_key();
        let ClientStart { name, compares_name, sni, offer, session, .. } = start;
        let now = tls.peer().clock.unix_seconds();
        let (resumption, Offer { policy, tickets }) = Resumption::new(tls, key, session, now);
        let (config, server_name) = tls.connection(sni, offer, &policy)?;
        // rustls asks for the session here.
        let checks = PeerChecks::new(name.filter(|_| compares_name));
        let mut checks = PeerChecks { tickets, ..checks };
        let is_known = checks.tickets.as_ref().is_some_and(|tickets| tickets.group.is_some());
        let new = || UnbufferedClientConnection::new(config, server_name);
        let connection =
            checks.during(|| if is_known { crypto::with_one_share(new) } else { new() })?;
        let connection = Connection::client(connection.map_err(|e| error::from_rustls(&e))?);
        Ok(Self { resumption, ..Self::new(connection, checks, tls.peer()) })
    }

    /// Prepares a server's handshake.
    ///
    /// # Errors
    /// `Tls`.
    pub fn server(tls: &ServerTls) -> Result<Self, Error> {
        Self::server_after(Intake::new(tls.peer.max_bytes), tls)
    }

    /// Prepares a server's handshake whose ClientHello has come already, by way of this intake.
    ///
    /// # Errors
    /// `Tls`.
    pub fn server_after(intake: Intake, tls: &ServerTls) -> Result<Self, Error> {
        let connection = UnbufferedServerConnection::new(tls.config.clone());
        let connection = Connection::server(connection.map_err(|e| error::from_rustls(&e))?);
        let new = Self::new(connection, PeerChecks::default(), tls.peer);
        let mut handshake = Self { intake, ..new };
        handshake.intake.first_hello.renumbered.extend(tls.cert_request.clone());
        Ok(handshake)
    }

    #[cfg_attr(not(feature = "keylog"), allow(unused_mut, reason = "a key log is added"))]
    fn new(connection: Connection, mut checks: PeerChecks, peer: PeerRules) -> Self {
        #[cfg(feature = "keylog")]
        if peer.keeps_secrets {
            checks.key_log = Some(SecretLines::default());
        }
        Self {
            connection,
            intake: Intake::new(peer.max_bytes),
            kx_scheme: KxScheme::default(),
            checks,
            peer,
            resumption: Resumption::default(),
            encrypted: None,
        }
    }

    /// Appends a client's ClientHello to `wire`.
    ///
    /// # Errors
    /// `Tls`.
    pub fn start(&mut self, wire: &mut Vec<u8>) -> Result<(), Error> {
        let before = wire.len();
        self.drive(wire, |connection, wire| connection.run(wire, &mut Vec::new()))?;
        self.intake.first_hello.note_offer(wire.get(before..).unwrap_or_default());
        Ok(())
    }

    /// Takes one whole record. What it makes us send is appended to `wire`, also if it fails.
    ///
    /// # Errors
    /// The codes from `Alert` to `CertOther`; final.
    pub fn feed(&mut self, record: &[u8], wire: &mut Vec<u8>) -> Result<Next, Error> {
        let taken = self.intake.take(record, self.encrypted.is_none());
        let taken = taken.map_err(|(error, number)| self.refuse_with(error, number, wire))?;
        let Some(records) = taken else { return Ok(Next::More) };
        self.pass(record, records, wire)
    }

    /// Passes on to rustls what the intake made of a record. What it makes us send is appended to
    /// `wire`, also if it fails.
    ///
    /// # Errors
    /// As `feed`.
    pub fn pass(
        &mut self,
        record: &[u8],
        mut records: Cow<'_, [u8]>,
        wire: &mut Vec<u8>,
    ) -> Result<Next, Error> {
        if self.connection.pending().saturating_add(records.len()) > MAX_INBOX {
            let what = format!("{} bytes, and it goes on", self.connection.pending());
            let error = Error::detail(Code::HandshakeSize, what);
            return Err(self.refuse_with(error, alert::DECODE_ERROR, wire));
        }
        self.replace_kx_scheme(&mut records);
        let before = wire.len();
        self.drive(wire, |c, wire| c.read_in_handshake(records, wire))
            .map_err(|error| self.explain_size(error))?;
        if alert::is_close_notify(record) {
            // rustls ignores it before it knows the version, and in TLS 1.2; nothing follows it.
            return Err(error::close_notify());
        }
        self.intake.first_hello.note_retry(wire.get(before..).unwrap_or_default());
        if is_short_ciphertext(record) {
            // RFC 8446 section 5.2: it cannot be decrypted.
            let error = Error::detail(Code::Record, "a record too short to be encrypted");
            return Err(self.refuse_with(error, alert::BAD_RECORD_MAC, wire));
        }
        self.count_encrypted(record);
        if !self.is_done() {
            return Ok(Next::More);
        }
        if self.has_bytes_behind_finished() {
            let error = Error::detail(Code::Misbehaved, "bytes behind its Finished message");
            return Err(self.refuse_with(error, alert::UNEXPECTED_MESSAGE, wire));
        }
        Ok(Next::Done)
    }

    /// Refuses what begins no TLS record.
    pub fn refuse(&mut self, why: NotARecord, wire: &mut Vec<u8>) -> Error {
        let (error, number) = why.refusal();
        self.refuse_with(error, number, wire)
    }

    /// Whether what we send leaves encrypted.
    pub fn encrypts(&self) -> bool {
        self.connection.encrypts()
    }

    /// Returns what the peer has shown so far.
    pub fn seen(&self) -> Seen {
        Seen {
            suite: self.connection.suite(),
            is_tls13: self.connection.is_tls13(),
            client_auth: self.checks.client_auth,
        }
    }

    /// Returns the secrets so far, if they are kept.
    #[cfg(feature = "keylog")]
    pub fn key_log(&self) -> Option<&SecretLines> {
        self.checks.key_log.as_ref()
    }

    /// Whether both Finished messages were checked.
    pub fn is_done(&self) -> bool {
        !self.connection.is_handshaking()
    }

    /// Ends a handshake that is done.
    ///
    /// # Errors
    /// `Tls`.
    pub fn finish(self) -> Result<(Traffic, Negotiated), Error> {
        let Self { mut connection, mut checks, peer, mut resumption, intake, .. } = self;
        connection.shrink();
        let offered_session = resumption.has_offered();
        let resumed = connection.is_resumed();
        let origin = checks.session.filter(|_| resumed);
        let shown_leaf = origin.map_or(checks.shown_leaf, |origin| origin.leaf);
        let facts = facts(&connection, &mut checks, &mut resumption, peer)?;
        if let Some(tickets) = checks.tickets.as_mut().filter(|_| intake.has_large_ticket()) {
            // The keeper stays: a proof that fails makes it forget the others.
            tickets.new.clear();
        }
        let lifetime = intake.ticket_lifetime();
        let keeper = keeper(&mut checks, &mut resumption, facts, peer, lifetime);
        let PeerChecks { name, shown_name, traffic_secrets, .. } = checks;
        let Facts { verified, client_auth, .. } = facts;
        let Verified { chain, pin, window } = verified;
        let chain_verified = peer.verifies_chain && chain;
        let kept = peer.keeps_chain.then(|| connection.peer_chain());
        let negotiated = Negotiated {
            version: connection.version(),
            cipher: connection.suite(),
            resumed,
            offered_session,
            chain_verified,
            name_verified: chain_verified && name.is_some(),
            pin_matched: pin,
            window,
            client_auth,
            shown_name,
            shown_leaf,
            peer_chain: kept.unwrap_or_default(),
            #[cfg(feature = "keylog")]
            key_log: checks.key_log.unwrap_or_default(),
        };
        let handed_over = HandedOver { secrets: traffic_secrets, keeper };
        Ok((Traffic::new(connection, handed_over)?, negotiated))
    }

    /// Whether more than Finished stood in the record that ended the handshake: the keys of what
    /// follows belong to the record layer that takes over. rustls refuses it in TLS 1.3 only; in TLS
    /// 1.2 it has read whole messages already, and Finished is all that is encrypted.
    fn has_bytes_behind_finished(&self) -> bool {
        let is_tls12 = !self.connection.is_tls13();
        self.connection.pending() > 0 || (is_tls12 && self.encrypted != Some(FINISHED))
    }

    fn count_encrypted(&mut self, record: &[u8]) {
        match &mut self.encrypted {
            // A warning may come in front of Finished.
            Some(len) if record.first() == Some(&record::HANDSHAKE) => {
                let body = record.len().saturating_sub(Header::LEN);
                let plain = body.saturating_sub(record::tls12_expansion(self.connection.suite()));
                *len = len.saturating_add(plain);
            }
            None if record.first() == Some(&record::CHANGE_CIPHER_SPEC) => self.encrypted = Some(0),
            _ => {}
        }
    }

    /// Makes a call of rustls for this connection and turns its failure into ours.
    fn drive(
        &mut self,
        wire: &mut Vec<u8>,
        call: impl FnOnce(&mut Connection, &mut Vec<u8>) -> Result<(), rustls::Error>,
    ) -> Result<(), Error> {
        let before = wire.len();
        let (connection, renumbered) =
            (&mut self.connection, &mut self.intake.first_hello.renumbered);
        let is_clear_server = !connection.is_client() && !connection.encrypts();
        let call = || {
            let result = call(connection, wire);
            if is_clear_server {
                cert_request::as_sent(wire.get_mut(before..).unwrap_or_default());
            }
            result
        };
        let result = self.checks.during(|| crypto::during(renumbered, call))?;
        if self.connection.is_full() {
            // The session that was offered is not resumed: new ones are of this handshake.
            self.checks.session = None;
        }
        if let Some(suite) = crypto::recognised(self.connection.suite()) {
            // Where the whole flight came in one record, rustls has written a certificate, a key
            // exchange and a signature by now, and failed at the PRF only. Nothing of that may leave.
            wire.truncate(before);
            wire.extend_from_slice(&alert::fatal(alert::HANDSHAKE_FAILURE));
            return Err(refuse_suite(suite));
        }
        result.map_err(|error| {
            let refusal = self.checks.refusal().cloned();
            self.connection.fail(&error, refusal, before, wire)
        })
    }

    /// Gives rustls a scheme that it has in TLS 1.2 for one of `rsa_pss_pss_*` in a ServerKeyExchange;
    /// the verifier gets the one that came.
    fn replace_kx_scheme(&mut self, records: &mut Cow<'_, [u8]>) {
        let Some(suite) = self.intake.first_hello.tls12_suite.filter(|_| self.encrypted.is_none())
        else {
            return;
        };
        if let Some((scheme, message)) = self.kx_scheme.replace(crypto::is_dhe(suite), records) {
            self.checks.kx_scheme = Some(scheme);
            self.intake.first_hello.renumbered.push(message);
        }
    }

    /// Says of a message that is too large what it can be: what comes behind the peer's certificate
    /// is no certificate.
    fn explain_size(&self, error: Error) -> Error {
        match (error.code, &self.checks.verdict) {
            (Code::HandshakeSize, None) => {
                error.with_detail(format!("{MAX_MESSAGE} bytes at most for a certificate list"))
            }
            (Code::HandshakeSize, Some(_)) => {
                let number = error.alert().map_or(alert::DECODE_ERROR, |alert| alert.number);
                let what = format!("a message claims more than {MAX_MESSAGE} bytes");
                Error::detail(Code::Misbehaved, what).with_alert(number)
            }
            _ => error,
        }
    }

    fn refuse_with(&mut self, error: Error, number: u8, wire: &mut Vec<u8>) -> Error {
        self.connection.send_alert(number, wire);
        error.with_alert(number)
    }
}

/// Returns what vouches for the peer: the verdict on its certificate, or that of the session.
///
/// # Errors
/// `Tls` where nothing vouches for a server: it showed no certificate, and no session was offered.
fn facts(
    connection: &Connection,
    checks: &mut PeerChecks,
    resumption: &mut Resumption,
    peer: PeerRules,
) -> Result<Facts, Error> {
    if connection.is_client() && connection.is_resumed() {
        let nothing = || Error::detail(Code::Tls, "a session was resumed that was not offered");
        return resumption.resumed().ok_or_else(nothing);
    }
    let verified = match checks.verdict.take() {
        Some(verdict) => verdict?,
        None if connection.is_client() => {
            return Err(Error::detail(Code::Tls, "nothing vouches for the server"));
        }
        // The client showed no certificate in this handshake: a session has those that were verified.
        None => {
            let session = checks.session.take().filter(|_| connection.is_resumed());
            session.map_or_else(Verified::default, |SessionOrigin { window, .. }| Verified {
                chain: connection.has_peer_chain(),
                window,
                ..Verified::default()
            })
        }
    };
    let client_auth = checks.client_auth;
    Ok(Facts::new(verified, client_auth, peer.clock.unix_seconds()))
}

/// Returns what keeps the sessions of a client, with those of the handshake in it: TLS 1.2 made one, of
/// this lifetime.
fn keeper(
    checks: &mut PeerChecks,
    resumption: &mut Resumption,
    facts: Facts,
    peer: PeerRules,
    lifetime: u32,
) -> Option<SessionKeeper> {
    let Tickets { new, group, .. } = checks.tickets.take().map(|tickets| *tickets)?;
    let mut keeper = resumption.keeper(Facts { group, ..facts }, peer.awaits_proof)?;
    new.into_iter().for_each(|ticket| keeper.keep(ticket, lifetime));
    Some(keeper)
}

fn refuse_suite(suite: &Recognised) -> Error {
    let code = match suite.kind {
        RecognisedKind::Cbc => Code::CbcOnly,
        RecognisedKind::RsaKeyExchange => Code::RsaKeyExchange,
    };
    Error::detail(code, suite.name).with_alert(alert::HANDSHAKE_FAILURE)
}

/// Whether a record of encrypted type is too short for TLS 1.3: header, one byte of inner content
/// type, tag. rustls keeps what it cannot decrypt while it waits for the end of 0-RTT data, and tries
/// it again with each record; one of length 0 would not count towards its limit. In every other state
/// it refuses such a record itself.
fn is_short_ciphertext(record: &[u8]) -> bool {
    record.first() == Some(&record::APPLICATION_DATA) && record.len() < Header::LEN + 17
}

/// Length of a Finished message of TLS 1.2 (RFC 5246 section 7.4.9).
const FINISHED: usize = 4 + 12;

/// Most bytes of the peer that wait for the end of a handshake message. An honest one has a few KiB;
/// rustls itself stops at 64 KiB for one.
pub(super) const MAX_INBOX: usize = (64 << 10) + record::MAX_RECORD;
