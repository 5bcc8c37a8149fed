//! A client's handshake and sessions: which one it offers, and where the new ones go.

use std::sync::Arc;

use super::session_cache::{Facts, Session, SessionCache, SessionKey};
use super::session_keeper::SessionKeeper;
use super::session_ticket::Tickets;

/// The part of one handshake that is about sessions. A session that was offered and not resumed is
/// forgotten with it: whatever the reason, the next handshake is a full one.
#[derive(Debug, Default)]
pub struct Resumption {
    /// Where sessions are kept; `None` where they are not.
    kept: Option<(Arc<SessionCache>, SessionKey)>,
    /// What vouches for the server, if the session that was offered is resumed.
    offered: Option<Facts>,
    /// The number in the cache of the session that was offered.
    number: Option<u64>,
}

impl Resumption {
    /// Chooses the session to offer at this Unix time: `saved`, or else one of the cache.
    pub fn new(
        kept: Option<(Arc<SessionCache>, SessionKey)>,
        saved: Option<Session>,
        now: i64,
    ) -> (Self, Option<Box<Tickets>>) {
        let saved = saved.filter(|session| session.facts.hold(now));
        let is_saved = saved.is_some();
        let session = saved.or_else(|| kept.as_ref().and_then(|(cache, key)| cache.take(key, now)));
        if kept.is_none() && session.is_none() {
            return (Self::default(), None);
        }
        let offered = session.as_ref().map(|session| session.facts);
        let number = session.as_ref().filter(|_| !is_saved).map(|session| session.number);
        let ticket = session.map(|session| session.ticket);
        let group = offered.and_then(|facts| facts.group);
        let tickets = Tickets { offered: ticket, new: Vec::new(), group };
        (Self { kept, offered, number }, Some(Box::new(tickets)))
    }

    /// Whether a session was to be offered.
    pub fn has_offered(&self) -> bool {
        self.offered.is_some()
    }

    /// Returns what vouches for the server whose session was resumed; `None` if none was offered.
    pub fn resumed(&mut self) -> Option<Facts> {
        self.number = None;
        self.offered
    }

    /// Returns what keeps the sessions of this connection, where they are kept.
    pub fn keeper(&mut self, facts: Facts, awaits_proof: bool) -> Option<SessionKeeper> {
        let (cache, key) = self.kept.clone()?;
        Some(SessionKeeper::new(cache, key, facts, awaits_proof))
    }
}

impl Drop for Resumption {
    fn drop(&mut self) {
        if let (Some((cache, key)), Some(number)) = (&self.kept, self.number) {
            cache.forget(key, number);
        }
    }
}
