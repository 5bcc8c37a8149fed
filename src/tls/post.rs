//! Handshake messages after the handshake: KeyUpdate and NewSessionTicket in TLS 1.3, and in TLS 1.2
//! what would begin another handshake, which is refused.

use zeroize::Zeroizing;

use super::alert;
use super::clear_messages::{MAX_MESSAGE, MAX_TICKET, NEW_SESSION_TICKET};
use super::kernel::Kernel;
use super::record::{Allowances, Flood};
use super::session_keeper::SessionKeeper;
use super::ticket;
use crate::error::{Code, Error};

/// The messages of one connection.
#[derive(Debug)]
pub struct PostHandshake {
    /// Part of a message: it exists only while the rest has not come, and is wiped, since a ticket is
    /// a secret.
    partial: Zeroizing<Vec<u8>>,
    is_client: bool,
    is_tls13: bool,
    /// What keeps the sessions of this connection: it exists only while one may come, or a proof of
    /// the server decides on them.
    sessions: Option<Box<Sessions>>,
}

/// A client's sessions after the handshake.
#[derive(Debug)]
struct Sessions {
    /// Makes sessions of tickets; `None` where no more are expected.
    kernel: Option<Kernel>,
    keeper: SessionKeeper,
}

/// What the messages of a record ask for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Asked {
    /// The keys of the peer's records change behind this one; whether an answer is due.
    pub key_update: Option<bool>,
    /// TLS 1.2: a new handshake, for which a warning is due.
    pub renegotiation: bool,
}

/// A failure, and the alert for it.
pub type Refusal = (Error, u8);

impl PostHandshake {
    pub fn new(is_client: bool, is_tls13: bool) -> Self {
        Self { partial: Zeroizing::default(), is_client, is_tls13, sessions: None }
    }

    /// Keeps sessions of tickets that come, and those that wait for the server's proof.
    pub fn keep_sessions(&mut self, keeper: SessionKeeper, kernel: Option<Kernel>) {
        self.sessions = Some(Box::new(Sessions { kernel, keeper }));
        self.drop_spent();
    }

    /// Whether tickets are still waited for.
    pub fn awaits_tickets(&self) -> bool {
        self.sessions.as_ref().is_some_and(|sessions| sessions.kernel.is_some())
    }

    /// Application data came: servers send their tickets before it.
    #[cold]
    pub fn data_came(&mut self) {
        if let Some(sessions) = &mut self.sessions {
            sessions.kernel = None;
        }
        self.drop_spent();
    }

    /// Notes whether the server has proved itself.
    pub fn note_proof(&mut self, is_proved: bool) {
        if let Some(sessions) = &mut self.sessions {
            sessions.keeper.note_proof(is_proved);
        }
    }

    fn keep_ticket(&mut self, body: &[u8]) {
        let Some(sessions) = &mut self.sessions else { return };
        // RFC 8446 section 4.6.1: one of no lifetime is to be discarded.
        let lifetime = ticket::lifetime(body).filter(|lifetime| *lifetime != 0);
        if let Some(lifetime) = lifetime.filter(|_| body.len() <= MAX_TICKET) {
            let ticket = sessions.kernel.as_mut().and_then(|kernel| kernel.read(body));
            ticket.into_iter().for_each(|ticket| sessions.keeper.keep(ticket, lifetime));
        }
        self.drop_spent();
    }

    /// Frees what has no more to do.
    fn drop_spent(&mut self) {
        let Some(Sessions { kernel, keeper }) = self.sessions.as_deref_mut() else { return };
        if !keeper.takes_more() {
            *kernel = None;
        }
        if kernel.is_none() && !keeper.heeds_proofs() {
            self.sessions = None;
        }
    }

    /// Whether part of a message came, and the rest did not.
    pub fn holds_partial(&self) -> bool {
        !self.partial.is_empty()
    }

    pub fn is_client(&self) -> bool {
        self.is_client
    }

    /// Reads the content of a handshake record, behind what is left of earlier ones.
    ///
    /// # Errors
    /// A `Refusal`; final.
    pub fn read(&mut self, content: &[u8], allowed: &mut Allowances) -> Result<Asked, Refusal> {
        if content.is_empty() {
            // RFC 8446 section 5.4; RFC 5246 section 6.2.1 forbids to send one.
            return Err(unexpected("an empty handshake record"));
        }
        let mut asked = Asked::default();
        if !self.holds_partial() {
            let rest = self.take_whole(content, allowed, &mut asked)?;
            append(&mut self.partial, rest);
            return Ok(asked);
        }
        append(&mut self.partial, content);
        let messages = std::mem::take(&mut self.partial);
        let rest = self.take_whole(&messages, allowed, &mut asked)?;
        if rest.len() == messages.len() {
            self.partial = messages;
        } else {
            append(&mut self.partial, rest);
        }
        Ok(asked)
    }

    /// Handles the messages that are whole, and returns the rest.
    fn take_whole<'a>(
        &mut self,
        mut messages: &'a [u8],
        allowed: &mut Allowances,
        asked: &mut Asked,
    ) -> Result<&'a [u8], Refusal> {
        while let Some((&[kind, a, b, c], rest)) = messages.split_first_chunk() {
            let len = u32::from_be_bytes([0, a, b, c]);
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            if len > MAX_MESSAGE {
                let what = format!("a message of type {kind} claims {len} bytes");
                let error = Error::detail(Code::HandshakeSize, what).with_hint(
                    "Upgrade the peer's TLS library: what it sends behind a handshake is short.",
                );
                return Err((error, alert::DECODE_ERROR));
            }
            let Some((body, rest)) = rest.split_at_checked(len) else { break };
            self.take(kind, body, rest.is_empty(), allowed, asked)?;
            messages = rest;
        }
        Ok(messages)
    }

    fn take(
        &mut self,
        kind: u8,
        body: &[u8],
        is_last: bool,
        allowed: &mut Allowances,
        asked: &mut Asked,
    ) -> Result<(), Refusal> {
        let restart = if self.is_client { HELLO_REQUEST } else { CLIENT_HELLO };
        match (self.is_tls13, kind) {
            (true, NEW_SESSION_TICKET) if self.is_client => {
                ticket::check(body)?;
                self.keep_ticket(body);
                Ok(())
            }
            (true, KEY_UPDATE) => {
                asked.key_update = Some(key_update(body, is_last, allowed)?);
                Ok(())
            }
            (false, kind) if kind == restart => {
                if kind == HELLO_REQUEST && !body.is_empty() {
                    let what = "a message goes on behind its last field";
                    return Err((Error::detail(Code::Misbehaved, what), alert::DECODE_ERROR));
                }
                allowed.renegotiation().map_err(too_many)?;
                asked.renegotiation = true;
                Ok(())
            }
            _ => Err(unexpected("a message at the wrong moment")),
        }
    }
}

/// Reads a KeyUpdate (RFC 8446 section 4.6.3); returns whether an answer is due.
fn key_update(body: &[u8], is_last: bool, allowed: &mut Allowances) -> Result<bool, Refusal> {
    let &[request] = body else {
        let what = "a KeyUpdate of another length";
        return Err((Error::detail(Code::Misbehaved, what), alert::DECODE_ERROR));
    };
    if !is_last {
        // RFC 8446 section 5.1: keys change at the end of a record only.
        return Err(unexpected("key epoch with pending fragment"));
    }
    allowed.key_update().map_err(too_many)?;
    match request {
        UPDATE_NOT_REQUESTED => Ok(false),
        UPDATE_REQUESTED => Ok(true),
        _ => {
            let what = "invalid key update";
            Err((Error::detail(Code::Misbehaved, what), alert::ILLEGAL_PARAMETER))
        }
    }
}

/// Returns a KeyUpdate message.
pub fn key_update_message(requests_answer: bool) -> [u8; 5] {
    let request = if requests_answer { UPDATE_REQUESTED } else { UPDATE_NOT_REQUESTED };
    [KEY_UPDATE, 0, 0, 1, request]
}

/// Returns the refusal of what TLS does not expect now.
pub fn unexpected(what: &str) -> Refusal {
    (Error::detail(Code::Misbehaved, what), alert::UNEXPECTED_MESSAGE)
}

/// Returns the refusal of more than an honest peer sends.
pub fn too_many(flood: Flood) -> Refusal {
    unexpected(flood.0)
}

/// Appends to a buffer that holds secrets: where it has to grow, the old memory is wiped.
fn append(partial: &mut Zeroizing<Vec<u8>>, content: &[u8]) {
    let len = partial.len().saturating_add(content.len());
    if partial.capacity() < len {
        let mut larger = Zeroizing::new(Vec::with_capacity(len.next_power_of_two()));
        larger.extend_from_slice(partial);
        *partial = larger;
    }
    partial.extend_from_slice(content);
}

/// HandshakeType (RFC 8446 section 4, RFC 5246 section 7.4).
const HELLO_REQUEST: u8 = 0;
const CLIENT_HELLO: u8 = 1;
const KEY_UPDATE: u8 = 24;

/// KeyUpdateRequest.
const UPDATE_NOT_REQUESTED: u8 = 0;
const UPDATE_REQUESTED: u8 = 1;
