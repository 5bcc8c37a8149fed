//! What the peer's certificate says of it.

use super::conn::Conn;
use crate::trust::{Certificate, OnelineForm};

/// Which name of the peer's own certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PeerName {
    Subject,
    Issuer,
}

impl Conn {
    /// A name of the peer's own certificate in one line; `None` if it showed none that can be read.
    pub fn peer_oneline(&self, which: PeerName, form: OnelineForm) -> Option<Vec<u8>> {
        let leaf = self.negotiated.as_ref()?.peer_chain.first()?;
        let leaf = Certificate::parse(leaf).ok()?;
        let name = match which {
            PeerName::Subject => leaf.subject(),
            PeerName::Issuer => leaf.issuer(),
        };
        Some(name.oneline(form))
    }
}
