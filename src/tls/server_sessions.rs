//! A server's sessions: the cache of TLS 1.2 session ids, and tickets. They belong to a context and
//! outlive its reloads; what decides on them is of one reload.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::{ProducesTickets, StoresServerSessions};
use zeroize::Zeroizing;

use super::checks::PeerChecks;
use super::session_stamp::{SessionRules, SessionStamp, Unfit};
use super::ticket_keys::TicketKeys;
use crate::error::Error;

/// What all connections of a server context share.
#[derive(Debug, Default)]
pub struct ServerSessions {
    keys: TicketKeys,
    cache: Mutex<Cache>,
    misses: AtomicU64,
    timeouts: AtomicU64,
    overflows: AtomicU64,
}

/// What became of sessions that clients offered, and what is kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SessionCounts {
    /// Session ids that were not in the cache, or not to be resumed.
    pub misses: u64,
    /// Session ids and tickets that were too old.
    pub timeouts: u64,
    /// Entries that made room for others.
    pub overflows: u64,
    /// Entries in the cache.
    pub entries: u64,
}

/// A context's sessions under the rules of one reload: what rustls stores sessions in, and what it
/// makes tickets with.
#[derive(Debug)]
pub struct RuledSessions {
    sessions: Arc<ServerSessions>,
    rules: SessionRules,
}

impl ServerSessions {
    /// Entries in the cache, as many as MySQL has.
    pub const CACHE_SIZE: usize = 128;

    /// Sets the keys of tickets: those that other servers have too.
    ///
    /// # Errors
    /// `Argument`.
    pub fn set_keys(&self, current: &[u8], previous: Option<&[u8]>) -> Result<(), Error> {
        self.keys.set(current, previous)
    }

    pub fn counts(&self) -> SessionCounts {
        let [misses, timeouts, overflows] = [&self.misses, &self.timeouts, &self.overflows]
            .map(|counter| counter.load(Ordering::Relaxed));
        let entries = self.with_cache(|cache| cache.entries.len());
        SessionCounts {
            misses,
            timeouts,
            overflows,
            entries: entries.try_into().unwrap_or(u64::MAX),
        }
    }

    fn with_cache<R>(&self, work: impl FnOnce(&mut Cache) -> R) -> R {
        work(&mut self.cache.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RuledSessions {
    pub fn new(sessions: Arc<ServerSessions>, rules: SessionRules) -> Self {
        Self { sessions, rules }
    }

    /// Checks a session that a client offers, and counts one that is too old.
    fn check(&self, stamp: &SessionStamp) -> Result<(), Unfit> {
        self.rules.check(stamp).inspect_err(|why| {
            if *why == Unfit::TimedOut {
                count(&self.sessions.timeouts);
            }
        })
    }
}

impl ProducesTickets for RuledSessions {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        self.rules.lifetime
    }

    /// `None` for a session that is too large, and for a second ticket of a resumed connection: rustls then
    /// sends none, or an empty one.
    fn encrypt(&self, session: &[u8]) -> Option<Vec<u8>> {
        // A resumed connection used up one ticket and gets one.
        let is_given = PeerChecks::current(|checks| {
            checks.session.is_some() && std::mem::replace(&mut checks.has_ticket, true)
        });
        if is_given? {
            return None;
        }
        let len = SessionStamp::LEN.checked_add(session.len()).filter(|len| *len <= MAX_SESSION)?;
        let mut plain = Zeroizing::new(Vec::with_capacity(len));
        self.rules.stamp()?.write(&mut plain);
        plain.extend_from_slice(session);
        self.sessions.keys.seal(&plain, self.rules.clock.unix_seconds())
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let plain = self.sessions.keys.open(ticket)?;
        let (stamp, session) = SessionStamp::read(&plain)?;
        self.check(&stamp).ok()?;
        Some(session.to_vec())
    }
}

/// Of TLS 1.2: rustls keeps sessions of TLS 1.3 in tickets only, where there are tickets.
impl StoresServerSessions for RuledSessions {
    fn put(&self, id: Vec<u8>, session: Vec<u8>) -> bool {
        let session = Zeroizing::new(session);
        let Some(stamp) = self.rules.stamp().filter(|_| session.len() <= MAX_SESSION) else {
            return false;
        };
        if self.sessions.with_cache(|cache| cache.add(id, Entry { stamp, session })) {
            count(&self.sessions.overflows);
        }
        true
    }

    fn get(&self, id: &[u8]) -> Option<Vec<u8>> {
        let found = self.sessions.with_cache(|cache| {
            cache.entries.get(id).map(|entry| (entry.stamp, entry.session.clone()))
        });
        let Some((stamp, session)) = found else {
            count(&self.sessions.misses);
            return None;
        };
        match self.check(&stamp) {
            Ok(()) => Some(session.to_vec()),
            Err(Unfit::TimedOut) => {
                self.sessions.with_cache(|cache| cache.remove(id));
                None
            }
            Err(Unfit::Other) => {
                count(&self.sessions.misses);
                None
            }
        }
    }

    fn take(&self, id: &[u8]) -> Option<Vec<u8>> {
        let session = self.get(id)?;
        self.sessions.with_cache(|cache| cache.remove(id));
        Some(session)
    }

    fn can_cache(&self) -> bool {
        true
    }
}

/// Sessions by their ids; the oldest makes room.
#[derive(Default)]
struct Cache {
    entries: HashMap<Vec<u8>, Entry>,
    /// Their ids, the oldest first.
    order: VecDeque<Vec<u8>>,
}

struct Entry {
    stamp: SessionStamp,
    session: Zeroizing<Vec<u8>>,
}

impl Cache {
    /// Returns whether the oldest entry made room.
    fn add(&mut self, id: Vec<u8>, entry: Entry) -> bool {
        if self.entries.insert(id.clone(), entry).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() <= ServerSessions::CACHE_SIZE {
            return false;
        }
        let oldest = self.order.pop_front();
        oldest.is_some_and(|oldest| self.entries.remove(&oldest).is_some())
    }

    fn remove(&mut self, id: &[u8]) {
        if self.entries.remove(id).is_some() {
            self.order.retain(|known| known != id);
        }
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sessions", self.entries.len())
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Most bytes of a session, which the certificates of the client are part of: one with a longer chain
/// makes a full handshake each time. A client sends its ticket in its ClientHello, or two of them,
/// which has to stay below the 16 KiB that one may have.
const MAX_SESSION: usize = 6 << 10;
