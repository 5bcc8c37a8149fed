//! What rustls makes of a session that its client may resume: a TLS 1.2 session, or a ticket of
//! TLS 1.3.

use std::fmt;

use rustls::NamedGroup;
use rustls::client::{Tls12ClientSessionValue, Tls13ClientSessionValue};

/// The secrets of one session, and what its server showed.
pub enum Ticket {
    /// Good for any number of connections.
    Tls12(Box<Tls12ClientSessionValue>),
    /// Good for one connection (RFC 8446 appendix C.4).
    Tls13(Box<Tls13ClientSessionValue>),
}

/// The tickets that pass between a connection and rustls.
#[derive(Debug, Default)]
pub struct Tickets {
    /// Handed to rustls when it asks, once.
    pub offered: Option<Ticket>,
    /// Made by rustls in this handshake, or of a NewSessionTicket.
    pub new: Vec<Ticket>,
    /// TLS 1.3: the group of the keys that the offered session was made with; once the handshake is
    /// done, that of its own.
    pub group: Option<NamedGroup>,
}

impl Ticket {
    /// Returns another one of the same session; `None` in TLS 1.3.
    pub fn again(&self) -> Option<Self> {
        match self {
            Self::Tls12(value) => Some(Self::Tls12(value.clone())),
            Self::Tls13(_) => None,
        }
    }

    pub fn is_tls13(&self) -> bool {
        matches!(self, Self::Tls13(_))
    }
}

/// What was derived would print the ticket.
impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_tls13() { "Tls13" } else { "Tls12" })
    }
}
