//! What TLS 1.3 needs of rustls after the handshake: the keys behind each KeyUpdate.

use std::fmt;

use rustls::client::ClientConnectionData;
use rustls::kernel::KernelConnection;
use rustls::server::ServerConnectionData;
use rustls::{ConnectionTrafficSecrets, Error};

/// The rest of a rustls connection, without its records.
pub enum Kernel {
    Client(Box<KernelConnection<ClientConnectionData>>),
    Server(Box<KernelConnection<ServerConnectionData>>),
}

/// The number of the first record under new keys, and the keys.
pub type Secrets = (u64, ConnectionTrafficSecrets);

impl Kernel {
    pub fn is_client(&self) -> bool {
        matches!(self, Self::Client(_))
    }

    /// Returns the keys behind the next KeyUpdate that is sent (RFC 8446 section 7.2).
    pub fn next_sealing(&mut self) -> Result<Secrets, Error> {
        match self {
            Self::Client(kernel) => kernel.update_tx_secret(),
            Self::Server(kernel) => kernel.update_tx_secret(),
        }
    }

    /// Returns the keys behind the next KeyUpdate that comes.
    pub fn next_opening(&mut self) -> Result<Secrets, Error> {
        match self {
            Self::Client(kernel) => kernel.update_rx_secret(),
            Self::Server(kernel) => kernel.update_rx_secret(),
        }
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_client() { "Client" } else { "Server" })
    }
}
