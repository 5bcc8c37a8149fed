//! How sessions come out of rustls and go back in: by the connection that it works for. rustls would
//! look one up by a server name, which is none here where no SNI is sent, and is told neither host nor
//! port.

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls_pki_types::ServerName;

use super::checks::PeerChecks;
use super::session_ticket::{Ticket, Tickets};

/// Gives rustls the session that the connection offers, and the connection those that rustls makes.
/// It holds nothing itself.
#[derive(Debug)]
pub struct OfConnection;

impl ClientSessionStore for OfConnection {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        with_tickets(|tickets| tickets.group = Some(group));
    }

    /// That of the session which is offered: without one, nobody knows what the server takes.
    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        with_tickets(|tickets| tickets.group)?
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        keep(Ticket::Tls12(Box::new(value)));
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        match offered(|ticket| !ticket.is_tls13())? {
            Ticket::Tls12(value) => Some(*value),
            Ticket::Tls13(_) => None,
        }
    }

    /// Nothing: a session that is of no use is forgotten where the handshake ends.
    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        keep(Ticket::Tls13(Box::new(value)));
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        match offered(Ticket::is_tls13)? {
            Ticket::Tls13(value) => Some(*value),
            Ticket::Tls12(_) => None,
        }
    }
}

/// Adds a ticket to those of the connection; one of a connection that keeps none is dropped.
fn keep(ticket: Ticket) {
    with_tickets(|tickets| tickets.new.push(ticket));
}

/// Takes the ticket that the connection offers, if it is of this kind.
fn offered(is_kind: impl FnOnce(&Ticket) -> bool) -> Option<Ticket> {
    with_tickets(|tickets| {
        if tickets.offered.as_ref().is_some_and(is_kind) { tickets.offered.take() } else { None }
    })?
}

fn with_tickets<R>(use_them: impl FnOnce(&mut Tickets) -> R) -> Option<R> {
    PeerChecks::current(|checks| checks.tickets.as_deref_mut().map(use_them)).flatten()
}
