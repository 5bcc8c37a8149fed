//! What the verifier and the certificate resolver of a context are asked to check for one
//! connection, and what they found.
//!
//! rustls compares both as objects, so a context has one of each, and rustls tells neither which
//! connection it works for. Around each call of rustls the checks of that connection are therefore
//! put where the verifier finds them: a thread runs one such call at a time, and none calls back.

use std::cell::RefCell;

#[cfg(feature = "keylog")]
use super::key_log::SecretLines;
use super::record::TrafficSecrets;
use super::session_ticket::Tickets;
use crate::error::{Code, Error};
use crate::trust::{Name, Window};

/// The checks of one connection.
#[derive(Debug, Default)]
pub struct PeerChecks {
    /// Name that the server's certificate must have; `None` where none is compared.
    pub name: Option<Name>,
    /// Outcome of the checks of the peer's certificate, key and group; `None` before the first.
    pub verdict: Option<Result<Verified, Error>>,
    /// The scheme of the peer's ServerKeyExchange, where rustls reads another.
    pub kx_scheme: Option<u16>,
    /// The server's request for our certificate, once it came.
    pub client_auth: Option<ClientAuth>,
    /// Server: the session that the client offered last, and that fits. It counts only if the handshake
    /// turns out to resume one.
    pub session: Option<SessionOrigin>,
    /// Server: whether a connection that offered such a session was given a ticket.
    pub has_ticket: bool,
    /// Server: the place of the name whose certificate was shown; `None` for the one for all others.
    pub shown_name: Option<usize>,
    /// Server: SHA-256 of that certificate.
    pub shown_leaf: [u8; 32],
    /// TLS 1.3: what rustls made for application data. Boxed: the checks move with each call of it, and
    /// would leave copies.
    pub traffic_secrets: Option<Box<TrafficSecrets>>,
    /// The session that a client offers, and those that it gets; `None` where it keeps none.
    pub tickets: Option<Box<Tickets>>,
    /// All secrets, where `tlsql_keylog` asks for them.
    #[cfg(feature = "keylog")]
    pub key_log: Option<SecretLines>,
}

/// What holds of a certificate that was accepted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verified {
    /// It has a path to a trusted CA, and the name if one was to be compared.
    pub chain: bool,
    /// It has one of the configured fingerprints.
    pub pin: bool,
    /// When that holds.
    pub window: Window,
}

/// The full handshake that a session comes from, and that all which are resumed from it share.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionOrigin {
    /// When it was, in Unix seconds.
    pub at: i64,
    /// When its verdict on the client's certificate holds.
    pub window: Window,
    /// SHA-256 of the server's certificate that it showed, which the client keeps.
    pub leaf: [u8; 32],
}

/// How a server's request for our certificate was answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientAuth {
    /// With the certificate of `ssl_cert`.
    Shown,
    /// With an empty list: none is configured, or its key cannot sign as the server asks.
    Empty,
}

impl PeerChecks {
    pub fn new(name: Option<Name>) -> Self {
        Self { name, ..Self::default() }
    }

    /// Runs a call of rustls for the connection with these checks. The connection has them back in
    /// any case, so that a panic of rustls cannot make it forget the name.
    ///
    /// # Errors
    /// `Tls` in a thread that is ending: its thread-local values are gone.
    pub fn during<R>(&mut self, call: impl FnOnce() -> R) -> Result<R, Error> {
        let is_there = CURRENT.try_with(|_| ());
        is_there
            .map_err(|_| Error::detail(Code::Tls, "a handshake needs a thread that goes on"))?;
        CURRENT.set(Some(std::mem::take(self)));
        let _given_back = GiveBack(self);
        Ok(call())
    }

    /// Gives access to the checks of the connection that rustls works for in this thread; `None`
    /// outside of `during`.
    pub fn current<R>(use_it: impl FnOnce(&mut Self) -> R) -> Option<R> {
        CURRENT.with_borrow_mut(|current| current.as_mut().map(use_it))
    }

    /// The refusal that ended the handshake, if a check did.
    pub fn refusal(&self) -> Option<&Error> {
        self.verdict.as_ref().and_then(|verdict| verdict.as_ref().err())
    }
}

/// Gives a connection its checks back, also while a panic unwinds.
struct GiveBack<'a>(&'a mut PeerChecks);

impl Drop for GiveBack<'_> {
    fn drop(&mut self) {
        // invariant: only the verifier and the resolver look at them, and neither takes them away.
        if let Some(checks) = CURRENT.take() {
            *self.0 = checks;
        }
    }
}

thread_local! {
    static CURRENT: RefCell<Option<PeerChecks>> = const { RefCell::new(None) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_found_during_a_call_and_only_then() {
        assert!(PeerChecks::current(|_| ()).is_none());
        let mut checks = PeerChecks::new(Name::parse("db.example.test"));
        let name = checks.during(|| {
            PeerChecks::current(|current| {
                current.client_auth = Some(ClientAuth::Empty);
                current.name.clone()
            })
        });
        assert_eq!(name.unwrap(), Some(Name::parse("db.example.test")));
        assert_eq!(checks.client_auth, Some(ClientAuth::Empty));
        assert!(PeerChecks::current(|_| ()).is_none());
    }

    #[test]
    fn a_call_that_panics_leaves_no_name_for_another_connection() {
        let mut first = PeerChecks::new(Name::parse("first.example.test"));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            first.during(|| panic!("on purpose"))
        }));
        assert!(caught.is_err());
        assert_eq!(first.name, Name::parse("first.example.test"), "it is compared still");
        let mut second = PeerChecks::new(None);
        let name = second.during(|| PeerChecks::current(|current| current.name.clone()));
        assert_eq!(name.unwrap(), Some(None));
    }
}
