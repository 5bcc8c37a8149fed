//! A client's handshake and sessions: which one it offers, and where the new ones go.

use super::client_policy::ClientPolicy;
use super::config::ClientTls;
use super::saved_session::SetSession;
use super::session_cache::{Facts, SessionKey};
use super::session_keeper::{Keep, SessionKeeper};
use super::session_ticket::Tickets;

/// The part of one handshake that is about sessions. A session that was offered and not resumed is
/// forgotten with it: whatever the reason, the next handshake is a full one.
#[derive(Debug, Default)]
pub struct Resumption {
    /// Where sessions are kept; `None` where they are not.
    kept: Option<Keep>,
    /// What vouches for the server, if the session that was offered is resumed.
    offered: Option<Facts>,
    /// The number in the cache of the session that was offered.
    number: Option<u64>,
}

/// What the session that a handshake offers asks of it.
#[derive(Debug)]
pub struct Offer {
    /// The one under which the session was made, or that of the context.
    pub policy: ClientPolicy,
    pub tickets: Option<Box<Tickets>>,
}

impl Resumption {
    /// Chooses the session to offer at this Unix time to the server of this key: the one that the host
    /// has set, which no other stands in for, or else one of the context's.
    pub fn new(
        tls: &ClientTls,
        key: Option<SessionKey>,
        set: Option<SetSession>,
        now: i64,
    ) -> (Self, Offer) {
        let mut number = None;
        let session = match (set, tls.sessions(), &key) {
            (Some(set), cache, key) => {
                if let Some(cache) = cache.filter(|_| set.is_past(now)) {
                    cache.count_past();
                }
                set.fit_for(key.as_ref(), now)
            }
            (None, Some(cache), Some(key)) => {
                let session = cache.take(key, now);
                number = session.as_ref().map(|session| session.number);
                session
            }
            _ => None,
        };
        let policy = session.as_ref().map_or(tls.policy(), |session| &session.policy).clone();
        let kept = tls.sessions().cloned().zip(key);
        let kept = kept.map(|(cache, key)| Keep {
            cache,
            key,
            policy: policy.clone(),
            clock: tls.peer().clock,
        });
        let offered = session.as_ref().map(|session| session.facts);
        let ticket = session.map(|session| session.ticket);
        let group = offered.and_then(|facts| facts.group);
        let tickets = (kept.is_some() || ticket.is_some())
            .then(|| Box::new(Tickets { offered: ticket, new: Vec::new(), group }));
        (Self { kept, offered, number }, Offer { policy, tickets })
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
        Some(SessionKeeper::new(self.kept.clone()?, facts, awaits_proof))
    }
}

impl Drop for Resumption {
    fn drop(&mut self) {
        if let (Some(Keep { cache, key, .. }), Some(number)) = (&self.kept, self.number) {
            cache.forget(key, number);
        }
    }
}
