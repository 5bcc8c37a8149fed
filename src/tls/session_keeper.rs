//! Where the sessions of one connection go, once its handshake is done.

use std::sync::Arc;

use super::session_cache::{Facts, SessionCache, SessionKey};
use super::session_ticket::Ticket;

/// Puts a connection's tickets into the cache: only a few, and of a server that has to prove itself
/// none before it has.
#[derive(Debug)]
pub struct SessionKeeper {
    cache: Arc<SessionCache>,
    key: SessionKey,
    facts: Facts,
    /// Tickets of a server that has not proved itself; `None` where it has, or need not.
    waiting: Option<Vec<Ticket>>,
    /// How many more are kept.
    left: usize,
}

impl SessionKeeper {
    pub fn new(
        cache: Arc<SessionCache>,
        key: SessionKey,
        facts: Facts,
        awaits_proof: bool,
    ) -> Self {
        let waiting = (awaits_proof && !facts.verified.proof).then(Vec::new);
        Self { cache, key, facts, waiting, left: MAX_TICKETS }
    }

    /// Keeps one more ticket, if it may.
    pub fn keep(&mut self, ticket: Ticket) {
        if self.left == 0 {
            return;
        }
        self.left = self.left.saturating_sub(1);
        match &mut self.waiting {
            Some(waiting) => waiting.push(ticket),
            None => self.cache.add(self.key.clone(), ticket, self.facts),
        }
    }

    /// The server has proved itself: what waited for that is kept.
    pub fn prove(&mut self) {
        self.facts.verified.proof = true;
        for ticket in self.waiting.take().unwrap_or_default() {
            self.cache.add(self.key.clone(), ticket, self.facts);
        }
    }

    /// Whether it keeps another ticket.
    pub fn takes_more(&self) -> bool {
        self.left > 0
    }

    /// Whether tickets wait for the server's proof.
    #[cfg(not(feature = "rustls-records"))]
    pub fn is_waiting(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| !waiting.is_empty())
    }
}

/// Tickets that are kept of one connection: OpenSSL's servers send two. The connection that resumes by
/// one brings the next.
const MAX_TICKETS: usize = 2;
