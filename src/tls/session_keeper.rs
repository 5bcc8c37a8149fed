//! Where the sessions of one connection go, once its handshake is done.

use std::sync::Arc;

use super::client_policy::ClientPolicy;
use super::session_cache::{Facts, SessionCache, SessionKey};
use super::session_ticket::Ticket;
use crate::config::Clock;

/// Puts a connection's tickets into the cache: only a few, and of a server that has to prove itself
/// none before it has, in this connection. Where it fails to, none stays.
#[derive(Debug)]
pub struct SessionKeeper {
    keep: Keep,
    facts: Facts,
    proof: Proof,
    /// How many more are kept.
    left: usize,
}

/// The server's proof by password in this connection.
#[derive(Debug)]
enum Proof {
    NotNeeded,
    /// Tickets wait for it.
    Awaited(Vec<(Ticket, Facts)>),
    Given,
}

/// Where the sessions of a connection are kept, and what they are made under.
#[derive(Clone, Debug)]
pub struct Keep {
    pub cache: Arc<SessionCache>,
    pub key: SessionKey,
    pub policy: ClientPolicy,
    pub clock: Clock,
}

impl SessionKeeper {
    pub fn new(keep: Keep, facts: Facts, awaits_proof: bool) -> Self {
        let proof = if awaits_proof { Proof::Awaited(Vec::new()) } else { Proof::NotNeeded };
        Self { keep, facts, proof, left: MAX_TICKETS }
    }

    /// Keeps one more ticket, if it may: one that its server takes for so many seconds, 0 where it said
    /// nothing.
    pub fn keep(&mut self, ticket: Ticket, lifetime: u32) {
        if self.left == 0 {
            return;
        }
        self.left = self.left.saturating_sub(1);
        let facts = self.facts.of_ticket(lifetime, self.keep.clock.unix_seconds());
        match &mut self.proof {
            Proof::Awaited(waiting) => waiting.push((ticket, facts)),
            Proof::NotNeeded | Proof::Given => self.keep.add(ticket, facts),
        }
    }

    /// Keeps what waited for the server's proof, or forgets all sessions of a server that failed to
    /// give it: one that proved itself once may have known that account's password alone.
    pub fn note_proof(&mut self, is_proved: bool) {
        let waiting = match std::mem::replace(&mut self.proof, Proof::Given) {
            Proof::Awaited(waiting) if is_proved => waiting,
            _ => Vec::new(),
        };
        for (ticket, facts) in waiting {
            self.keep.add(ticket, facts);
        }
        if !is_proved {
            self.left = 0;
            self.keep.cache.forget_all(&self.keep.key);
        }
    }

    /// Whether it keeps another ticket.
    pub fn takes_more(&self) -> bool {
        self.left > 0
    }

    /// Whether a proof of the server, also one that fails behind another, decides on its sessions.
    #[cfg(not(feature = "rustls-records"))]
    pub fn heeds_proofs(&self) -> bool {
        !matches!(self.proof, Proof::NotNeeded)
    }
}

impl Keep {
    fn add(&self, ticket: Ticket, facts: Facts) {
        self.cache.add(&self.key, ticket, facts, &self.policy);
    }
}

/// Tickets that are kept of one connection: OpenSSL's servers send two. The connection that resumes by
/// one brings the next.
const MAX_TICKETS: usize = 2;
