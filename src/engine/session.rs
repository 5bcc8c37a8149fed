//! Sessions that the host of a client takes out of one connection and sets on another.

use super::Phase;
use super::conn::Conn;
use super::options::BEGUN;
use super::snapshot::TlsConfig;
use super::state::State;
use crate::config::Role;
use crate::error::{Code, Error};
use crate::tls::SavedSession;

impl Conn {
    /// Takes a session out of those that this client connection's context keeps of its server, so that
    /// it can be set on another connection.
    ///
    /// # Errors
    /// `State` for a server, outside TLS, before the server has proved itself where it must, and where
    /// there is none.
    pub fn take_session(&self) -> Result<SavedSession, Error> {
        let why = |why| Error::detail(Code::State, why);
        if self.role() != Role::Client {
            return Err(why("a server has no sessions to take"));
        }
        match self.state {
            State::Tls(_) => {}
            State::Closing(Phase::Tls, _) => {
                return Err(why("sessions are taken before tlsql_conn_close()"));
            }
            _ => return Err(why("sessions are taken while the connection is in TLS")),
        }
        if self.needs_peer_proof() {
            return Err(why("the server has not proved itself yet"));
        }
        let TlsConfig::Client(tls) = self.snapshot.tls() else { return Err(Code::State.into()) };
        let cache =
            tls.sessions().ok_or_else(|| why("tlsql_session_cache_size is 0: none is kept"))?;
        let key = self.start()?.session_key();
        let key = key.ok_or_else(|| {
            why(match self.options.place() {
                None => "no host was set: none is kept",
                Some(_) => "a client with a certificate keeps none of a MariaDB server",
            })
        })?;
        let now = self.settings().clock.unix_seconds();
        let session = cache.take(&key, now);
        let session = session.ok_or_else(|| {
            why("there is none: the server gave none, or not yet, or another connection has it")
        })?;
        let policy = self.snapshot.policy_digest();
        Ok(SavedSession::new(policy, key, session))
    }

    /// Sets the session that this client connection offers, in place of one that its context keeps. A
    /// session that is past, or was made for another server or name, is not offered, and no other in its
    /// place: the handshake is a full one.
    ///
    /// # Errors
    /// `State` for a server, once the connection has begun, for a second session, and for a ticket of
    /// TLS 1.3 that was set already; `SessionPolicy` for a session of another policy.
    pub fn set_session(&mut self, saved: &SavedSession) -> Result<(), Error> {
        let why = |why| Error::detail(Code::State, why);
        if self.role() != Role::Client {
            return Err(why("a server offers no session"));
        }
        if self.options.is_frozen() {
            return Err(why(BEGUN));
        }
        if self.options.session.is_some() {
            return Err(why("a session is set already"));
        }
        let set = saved.set_under(self.snapshot.policy_digest())?;
        self.options.session = Some(Box::new(set));
        Ok(())
    }
}
