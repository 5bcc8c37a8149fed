//! What is left of a rustls connection while tickets of TLS 1.3 may come: it alone can make sessions of
//! them.

use std::fmt;

use rustls::client::ClientConnectionData;
use rustls::kernel::KernelConnection;

use super::checks::PeerChecks;
use super::session_ticket::Ticket;

/// The rest of a client's connection, without its records.
pub struct Kernel(Box<KernelConnection<ClientConnectionData>>);

impl Kernel {
    pub fn new(connection: KernelConnection<ClientConnectionData>) -> Self {
        Self(Box::new(connection))
    }

    /// Makes a session of the body of a NewSessionTicket; `None` if rustls cannot.
    pub fn read(&mut self, body: &[u8]) -> Option<Ticket> {
        let mut checks = PeerChecks { tickets: Some(Box::default()), ..PeerChecks::default() };
        let result = checks.during(|| self.0.handle_new_session_ticket(body));
        result.ok()?.ok()?;
        checks.tickets?.new.pop()
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kernel")
    }
}
