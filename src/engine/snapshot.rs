//! What was in force when a connection was made, which it keeps to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::race::OnceBox;

use crate::config::{Builder, PolicyDigest, Role, Settings};
use crate::error::Error;
use crate::fs::Watch;
use crate::status::Counters;
use crate::tls::{ClientTls, DroppedSessions, Negotiated, ServerSessions, ServerTls};

/// Settings, and what was made of them; never changed, and cheap to clone.
#[derive(Clone, Debug)]
pub struct Snapshot(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    settings: Settings,
    tls: TlsConfig,
    /// The digest of the settings, once somebody asked.
    policy: OnceBox<PolicyDigest>,
    /// The files that the settings came from. `None` where others that could not be used turned TLS
    /// off: whatever is there now may be better.
    files: Option<Watch>,
    /// Those of the context, which all its snapshots share.
    totals: Arc<Totals>,
}

/// What the settings allow of TLS.
#[derive(Debug)]
pub enum TlsConfig {
    Off,
    Client(Arc<ClientTls>),
    Server(ServerTls),
}

/// Handshakes of all connections of a context, and its sessions.
#[derive(Debug, Default)]
pub struct Totals {
    started: AtomicU64,
    finished: AtomicU64,
    /// Of the finished ones, those that resumed a session.
    resumed: AtomicU64,
    /// Client: full ones, though a session was offered.
    refused: AtomicU64,
    /// Client: sessions that are kept no more.
    dropped: Arc<DroppedSessions>,
    /// A server's.
    sessions: Arc<ServerSessions>,
}

impl Snapshot {
    /// # Errors
    /// `NotLoaded`, `NoCa`, `NoCert`, `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`,
    /// `OwnCert`.
    pub fn new(builder: &Builder) -> Result<Self, Error> {
        Self::make(builder, None)
    }

    /// Makes what is to follow these settings: counters go on, and so do a client's sessions where the
    /// policy is the same. What takes long is done here and not in a handshake.
    ///
    /// # Errors
    /// As `new`.
    pub fn next(&self, builder: &Builder) -> Result<Self, Error> {
        let next = Self::make(builder, Some(self))?;
        if let Some(trust) = &next.settings().trust {
            trust.verify_lists(next.settings().clock.unix_seconds());
        }
        Ok(next)
    }

    fn make(builder: &Builder, current: Option<&Self>) -> Result<Self, Error> {
        let mut settings = Settings::of(builder)?;
        let totals = current.map(|current| current.totals().clone()).unwrap_or_default();
        let same = current.and_then(|current| current.client_of_same_policy(&settings));
        let (settings, tls) = match TlsConfig::new(&settings, same.map(Arc::as_ref), &totals) {
            Ok(tls) => {
                if let Some(current) = current.filter(|_| same.is_some()) {
                    // The verifier keeps it, and two equal ones would take twice the memory.
                    settings.trust = current.settings().trust.clone();
                }
                (settings, tls)
            }
            Err(error) => {
                (Settings::without_tls(builder, builder.locate(&settings, error))?, TlsConfig::Off)
            }
        };
        Ok(Self::of(settings, tls, Some(builder.files()), totals))
    }

    /// Returns a server's settings with TLS off, since others cannot be used.
    pub fn without_tls(&self) -> Self {
        let Parts { settings, totals, .. } = &*self.0;
        Self::of(settings.with_tls_off(), TlsConfig::Off, None, totals.clone())
    }

    fn of(settings: Settings, tls: TlsConfig, files: Option<Watch>, totals: Arc<Totals>) -> Self {
        Self(Arc::new(Parts { settings, tls, policy: OnceBox::new(), files, totals }))
    }

    /// The digest of the settings, which takes a while to make where there are long lists.
    pub fn policy_digest(&self) -> PolicyDigest {
        *self.0.policy.get_or_init(|| Box::new(self.settings().policy_digest()))
    }

    /// What the client connections share, if its sessions are good under these settings.
    fn client_of_same_policy(&self, settings: &Settings) -> Option<&Arc<ClientTls>> {
        let TlsConfig::Client(tls) = self.tls() else { return None };
        (settings.policy_digest() == self.policy_digest()).then_some(tls)
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub fn tls(&self) -> &TlsConfig {
        &self.0.tls
    }

    /// OPENS FILES: whether a file or directory that was read is another now, and whenever there is none
    /// because others could not be used.
    pub fn files_changed(&self) -> bool {
        self.0.files.as_ref().is_none_or(|files| files.changed().is_some())
    }

    pub fn counters(&self) -> Counters {
        let TlsConfig::Client(tls) = self.tls() else { return self.0.totals.counters(None) };
        self.0.totals.counters(tls.sessions().map(|cache| (cache.len(), cache.most())))
    }

    pub fn totals(&self) -> &Arc<Totals> {
        &self.0.totals
    }
}

impl TlsConfig {
    fn new(settings: &Settings, same: Option<&ClientTls>, totals: &Totals) -> Result<Self, Error> {
        Ok(match (settings.tls, settings.role) {
            (false, _) => Self::Off,
            (true, Role::Client) => {
                Self::Client(Arc::new(ClientTls::new(settings, same, &totals.dropped)?))
            }
            (true, Role::Server) => Self::Server(ServerTls::new(settings, &totals.sessions)?),
        })
    }
}

impl Totals {
    /// Counts a handshake that begins.
    pub fn count_start(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a handshake that is done.
    pub fn count_finish(&self, negotiated: &Negotiated) {
        self.finished.fetch_add(1, Ordering::Relaxed);
        if negotiated.resumed {
            self.resumed.fetch_add(1, Ordering::Relaxed);
        } else if negotiated.offered_session {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A server's sessions.
    pub fn sessions(&self) -> &ServerSessions {
        &self.sessions
    }

    fn counters(&self, sessions: Option<(usize, usize)>) -> Counters {
        Counters {
            started: self.started.load(Ordering::Relaxed),
            finished: self.finished.load(Ordering::Relaxed),
            resumed: self.resumed.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            kept: sessions,
            timeouts: self.dropped.timeouts(),
            overflows: self.dropped.overflows(),
            sessions: self.sessions.counts(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_verifies_the_lists_itself() {
        // With the same policy the second has what the first has.
        let builder = |version, now| {
            let mut builder = Builder::new(Role::Client);
            builder.set("tls-version", version).unwrap();
            builder.add_ca(include_bytes!("../../tests/data/refusals/ca.pem")).unwrap();
            builder.add_crl(include_bytes!("../../tests/data/refusals/expired-crl.pem")).unwrap();
            builder.set_clock(now);
            builder
        };
        let first = Snapshot::new(&builder("TLSv1.2", IN_TIME)).unwrap();
        let next = first.next(&builder("TLSv1.3", IN_TIME)).unwrap();
        let late = first.next(&builder("TLSv1.3", IN_TIME + 100 * YEAR)).unwrap();
        let are_verified = |snapshot: &Snapshot| {
            let trust = snapshot.settings().trust.as_ref().unwrap();
            let ca = &trust.certificates()[0];
            trust.lists_in_order().map(|list| list.is_verified(ca.spki())).collect::<Vec<_>>()
        };
        assert_eq!((are_verified(&first), are_verified(&next)), (vec![false], vec![true]));
        assert_eq!(are_verified(&late), [false], "no handshake would verify it");
    }

    /// Unix seconds at which that list was new.
    const IN_TIME: u64 = 1_793_577_600;
    const YEAR: u64 = 365 * 86_400;
}
