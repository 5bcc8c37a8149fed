//! A TLS session and what vouches for its peer, for as long as anybody asks.

use super::peer_proof::LoginPacket;
use crate::error::verify_flag;
use crate::tls::Negotiated;

/// A TLS session that is up, or was.
#[derive(Debug)]
pub struct Session {
    pub negotiated: Negotiated,
    /// Client: the server proved that it knows the password.
    pub has_peer_proof: bool,
    /// Client that needs this proof: the host named the plugin that it answers with this packet.
    pub login_packet: Option<LoginPacket>,
}

impl Session {
    /// Whether these bytes are no more than the packet that the host announced.
    pub fn may_answer(&self, bytes: &[u8]) -> bool {
        self.login_packet.is_some_and(|packet| packet.after(bytes).is_some())
    }

    /// Notes what left of that packet. Once the server answered, the host names its next plugin.
    #[cold]
    pub fn note_answer(&mut self, sent: &[u8], is_answered: bool) {
        let packet = self.login_packet.filter(|_| !is_answered);
        self.login_packet = packet.and_then(|packet| packet.after(sent));
    }

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
