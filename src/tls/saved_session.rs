//! A session that the host took out of one connection, to set it on another.

use std::sync::{Arc, Mutex, PoisonError};

use super::config::ClientTls;
use super::session_cache::{Session, Terms};
use crate::config::PolicyDigest;
use crate::error::{Code, Error};

/// A session outside of any connection.
#[derive(Debug)]
pub struct SavedSession {
    maker: Arc<ClientTls>,
    policy: PolicyDigest,
    terms: Terms,
    /// `None` once it was set, in TLS 1.3.
    session: Mutex<Option<Session>>,
}

/// A session that was set on a connection.
#[derive(Debug)]
pub struct SetSession {
    maker: Arc<ClientTls>,
    terms: Terms,
    /// `None` once the handshake has begun.
    session: Option<Session>,
}

impl SavedSession {
    /// `maker` is the one under which the session was made, `policy` its settings' digest.
    pub fn new(
        maker: Arc<ClientTls>,
        policy: PolicyDigest,
        terms: Terms,
        session: Session,
    ) -> Self {
        Self { maker, policy, terms, session: Mutex::new(Some(session)) }
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
        Ok(SetSession {
            maker: self.maker.clone(),
            terms: self.terms.clone(),
            session: Some(taken),
        })
    }
}

impl SetSession {
    /// Returns the session, if a handshake on these terms may offer it, and under which it was made.
    pub fn take(&mut self, terms: &Terms) -> (Option<Session>, Option<Arc<ClientTls>>) {
        let session = self.session.take().filter(|_| self.terms == *terms);
        (session, Some(self.maker.clone()))
    }

    /// What the session was made under: the sessions of the connection are its, too.
    pub fn maker(&self) -> &Arc<ClientTls> {
        &self.maker
    }
}
