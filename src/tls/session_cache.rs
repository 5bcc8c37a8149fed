//! A client's sessions, by the server that they are of and by what vouches for it (D18).
//!
//! A cache belongs to one policy, whose digest is the same for all its sessions. What else a verdict
//! depends on is in the key, and when it holds beside each session. So is the verifier that it was made
//! under, which is another context's where the host has set a session of that.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::NamedGroup;

use super::checks::{ClientAuth, Verified};
use super::client_policy::ClientPolicy;
use super::session_ticket::Ticket;
use crate::config::Transport;
use crate::trust::Name;

/// Where a server is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub host: &'a str,
    pub port: Option<u16>,
    pub transport: Transport,
}

/// What a session is only good for beside the policy: where the server is, its name, whether that was
/// compared or not, the SNI, and the suites that are offered.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SessionKey(Arc<[u8]>);

/// What vouches for the server of a session, and since when.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The verdict of the full handshake that the session goes back to.
    pub verified: Verified,
    /// How its request for our certificate was answered.
    pub client_auth: Option<ClientAuth>,
    /// Unix seconds of that handshake.
    pub since: i64,
    /// Unix seconds at which the session ends, whatever its verdict is.
    pub until: i64,
    /// TLS 1.3: the group of the last handshake's keys.
    pub group: Option<NamedGroup>,
}

/// A session that can be offered.
#[derive(Debug)]
pub struct Session {
    pub ticket: Ticket,
    pub facts: Facts,
    /// The one that it was made under.
    pub policy: ClientPolicy,
    /// Its number in the cache.
    pub number: u64,
}

/// Sessions that the caches of a context have dropped, whatever cache they were in.
#[derive(Debug, Default)]
pub struct DroppedSessions {
    timeouts: AtomicU64,
    overflows: AtomicU64,
}

/// Sessions, and their bound. The lock is taken in handshakes and for tickets alone.
pub struct SessionCache {
    most: usize,
    dropped: Arc<DroppedSessions>,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    sessions: HashMap<SessionKey, VecDeque<Session>>,
    /// The keys of all sessions, by their numbers: the lowest is the oldest.
    order: BTreeMap<u64, SessionKey>,
    last: u64,
}

impl SessionKey {
    pub fn new(place: Place<'_>, name: Option<&Name>, sni: Option<&str>, offer: u8) -> Self {
        let (kind, text) = match name {
            None => (0, ""),
            Some(Name::Dns(text)) => (1, text.as_str()),
            Some(Name::Ip { text, .. }) => (2, text.as_str()),
        };
        let mut parts = vec![offer, kind, u8::from(sni.is_some())];
        add(&mut parts, text);
        add(&mut parts, sni.unwrap_or_default());
        let transport = match place.transport {
            Transport::Tcp => 0,
            Transport::Unix => 1,
            Transport::SharedMemory => 2,
            Transport::NamedPipe => 3,
        };
        let [high, low] = place.port.unwrap_or_default().to_be_bytes();
        parts.extend([transport, u8::from(place.port.is_some()), high, low]);
        add(&mut parts, place.host);
        Self(parts.into())
    }
}

/// Adds a part behind its length, so that no two keys read alike.
fn add(parts: &mut Vec<u8>, text: &str) {
    let len = u64::try_from(text.len()).unwrap_or(u64::MAX);
    parts.extend(len.to_be_bytes());
    parts.extend(text.as_bytes());
}

impl Session {
    /// Returns the same session once more; `None` in TLS 1.3.
    pub fn again(&self) -> Option<Self> {
        let ticket = self.ticket.again()?;
        Some(Self { ticket, policy: self.policy.clone(), ..*self })
    }
}

impl Facts {
    /// Those of a full handshake.
    pub fn new(verified: Verified, client_auth: Option<ClientAuth>, since: i64) -> Self {
        Self { verified, client_auth, since, until: since.saturating_add(MAX_AGE), group: None }
    }

    /// Those of a ticket that the server gave now, and takes for so many seconds; 0 where it gave none,
    /// or said nothing: then the session ends as it would have before.
    pub fn of_ticket(self, lifetime: u32, now: i64) -> Self {
        if lifetime == 0 {
            return self;
        }
        let last = self.since.saturating_add(MAX_AGE);
        Self { until: last.min(now.saturating_add(lifetime.into())), ..self }
    }

    /// Whether the verdict holds still, and the session has not ended.
    pub fn hold(&self, now: i64) -> bool {
        self.verified.window.contains(now) && (self.since..self.until).contains(&now)
    }

    /// Whether the verdict or the session has ended.
    pub fn are_past(&self, now: i64) -> bool {
        now >= self.verified.window.until.min(self.until)
    }
}

impl DroppedSessions {
    /// Returns the number of those whose time was past.
    pub fn timeouts(&self) -> u64 {
        self.timeouts.load(Ordering::Relaxed)
    }

    /// Returns the number of those that made room in a full cache.
    pub fn overflows(&self) -> u64 {
        self.overflows.load(Ordering::Relaxed)
    }
}

impl SessionCache {
    /// `most` is the number of sessions that it keeps; `dropped` counts those that it drops.
    pub fn new(most: usize, dropped: Arc<DroppedSessions>) -> Self {
        Self { most, dropped, entries: Mutex::default() }
    }

    /// Takes the newest session of this key that can be offered now; one of TLS 1.2 stays too.
    pub fn take(&self, key: &SessionKey, now: i64) -> Option<Session> {
        self.with(|entries| {
            while let Some(newest) = entries.pop_newest(key) {
                if newest.facts.are_past(now) {
                    count(&self.dropped.timeouts);
                }
                if !newest.facts.hold(now) {
                    continue;
                }
                if let Some(again) = newest.again() {
                    entries.put(key.clone(), again);
                }
                return Some(newest);
            }
            None
        })
    }

    /// Counts a session that the host has set, and whose time is past.
    pub fn count_past(&self) {
        count(&self.dropped.timeouts);
    }

    /// Adds a session; the oldest one makes room.
    pub fn add(&self, key: &SessionKey, ticket: Ticket, facts: Facts, policy: &ClientPolicy) {
        let (is_tls13, policy) = (ticket.is_tls13(), policy.clone());
        self.with(|entries| {
            entries.last = entries.last.saturating_add(1);
            let number = entries.last;
            // The server speaks one version, and one session of TLS 1.2 is enough.
            entries.drop_where(key, |old| !is_tls13 || !old.ticket.is_tls13());
            entries.put(key.clone(), Session { ticket, facts, policy, number });
            entries.drop_oldest(key, MAX_PER_SERVER);
            while entries.order.len() > self.most {
                let Some(oldest) = entries.order.first_key_value().map(|(_, key)| key.clone())
                else {
                    break;
                };
                entries.drop_oldest(&oldest, entries.count(&oldest).saturating_sub(1));
                count(&self.dropped.overflows);
            }
        });
    }

    /// Forgets a session that was offered and is of no use.
    pub fn forget(&self, key: &SessionKey, number: u64) {
        self.with(|entries| entries.drop_where(key, |session| session.number == number));
    }

    /// Forgets all sessions of this key.
    pub fn forget_all(&self, key: &SessionKey) {
        self.with(|entries| entries.drop_where(key, |_| true));
    }

    /// The number of sessions.
    pub fn len(&self) -> usize {
        self.with(|entries| entries.order.len())
    }

    /// The number of sessions that it keeps at most.
    pub fn most(&self) -> usize {
        self.most
    }

    fn with<R>(&self, work: impl FnOnce(&mut Entries) -> R) -> R {
        work(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Entries {
    fn put(&mut self, key: SessionKey, session: Session) {
        self.order.insert(session.number, key.clone());
        self.sessions.entry(key).or_default().push_back(session);
    }

    fn pop_newest(&mut self, key: &SessionKey) -> Option<Session> {
        let session = self.sessions.get_mut(key)?.pop_back();
        self.dropped(key, session.as_ref());
        session
    }

    /// Drops the oldest sessions of a key, so that so many stay.
    fn drop_oldest(&mut self, key: &SessionKey, most: usize) {
        while self.count(key) > most {
            let oldest = self.sessions.get_mut(key).and_then(VecDeque::pop_front);
            self.dropped(key, oldest.as_ref());
        }
    }

    fn drop_where(&mut self, key: &SessionKey, is_one: impl Fn(&Session) -> bool) {
        let Some(sessions) = self.sessions.get_mut(key) else { return };
        sessions.retain(|session| {
            let stays = !is_one(session);
            if !stays {
                self.order.remove(&session.number);
            }
            stays
        });
        self.dropped(key, None);
    }

    /// Makes the rest fit after a session of this key has gone.
    fn dropped(&mut self, key: &SessionKey, session: Option<&Session>) {
        if let Some(session) = session {
            self.order.remove(&session.number);
        }
        if self.count(key) == 0 {
            self.sessions.remove(key);
        }
    }

    fn count(&self, key: &SessionKey) -> usize {
        self.sessions.get(key).map_or(0, VecDeque::len)
    }
}

impl fmt::Debug for SessionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionCache")
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Longest time after a full handshake in which its sessions are offered, in seconds: the day that RFC
/// 5246 appendix F.1.4 advises. RFC 8446 section 4.6.1 allows seven.
const MAX_AGE: i64 = 24 * 60 * 60;

/// Tickets of TLS 1.3 for one server, as many as rustls itself keeps: connections that a pool opens at
/// once take one each.
const MAX_PER_SERVER: usize = 8;
