//! A TLS session and what vouches for its peer, for as long as anybody asks.

use crate::error::verify_flag;
use crate::tls::Negotiated;

/// A TLS session that is up, or was.
#[derive(Debug)]
pub struct Session {
    pub negotiated: Negotiated,
    /// Client: the server proved that it knows the password.
    pub has_peer_proof: bool,
    /// Client that needs this proof: the host named the plugin that it answers next.
    pub may_answer: bool,
}

impl Session {
    /// `verify_flag` bits that were checked and hold.
    pub fn verified(&self, checks_revocation: bool) -> u32 {
        let Negotiated { chain_verified, name_verified, pin_matched, .. } = self.negotiated;
        let chain = verify_flag::TRUST | verify_flag::TIME | verify_flag::PURPOSE;
        [
            (chain_verified, chain),
            (chain_verified && checks_revocation, verify_flag::REVOCATION),
            (name_verified, verify_flag::NAME),
            (pin_matched, verify_flag::PIN),
            (self.has_peer_proof, verify_flag::PROOF),
        ]
        .into_iter()
        .fold(0, |bits, (holds, bit)| if holds { bits | bit } else { bits })
    }
}
