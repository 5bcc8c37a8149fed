//! A session that the host took out of one connection, to set it on another.

use std::sync::{Mutex, PoisonError};

use super::session_cache::{Session, SessionKey};
use crate::config::PolicyDigest;
use crate::error::{Code, Error};

/// A session outside of any connection.
#[derive(Debug)]
pub struct SavedSession {
    policy: PolicyDigest,
    key: SessionKey,
    /// `None` once it was set, in TLS 1.3.
    session: Mutex<Option<Session>>,
}

/// A session that was set on a connection.
#[derive(Debug)]
pub struct SetSession {
    key: SessionKey,
    session: Session,
}

impl SavedSession {
    /// `policy` is the digest of the settings that the session was taken under, `key` that of its
    /// server.
    pub fn new(policy: PolicyDigest, key: SessionKey, session: Session) -> Self {
        Self { policy, key, session: Mutex::new(Some(session)) }
    }

    /// Takes the session for a connection under this policy; one of TLS 1.2 stays too.
    ///
    /// # Errors
    /// `SessionPolicy` for another policy; `State` for a ticket of TLS 1.3 that was taken already.
    pub fn set_under(&self, policy: PolicyDigest) -> Result<SetSession, Error> {
        if policy != self.policy {
            return Err(Code::SessionPolicy.into());
        }
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = session.take().ok_or_else(|| {
            let why = "the session was set already, and one of TLS 1.3 is good for one connection";
            Error::detail(Code::State, why)
        })?;
        *session = taken.again();
        Ok(SetSession { key: self.key.clone(), session: taken })
    }
}

impl SetSession {
    /// Whether its time is past.
    pub fn is_past(&self, now: i64) -> bool {
        self.session.facts.are_past(now)
    }

    /// Returns the session, if a handshake with the server of this key may offer it at this Unix time.
    pub fn fit_for(self, key: Option<&SessionKey>, now: i64) -> Option<Session> {
        let Self { key: own, session } = self;
        (key == Some(&own) && session.facts.hold(now)).then_some(session)
    }
}
