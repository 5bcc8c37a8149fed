//! A TLS session and what vouches for its peer, for as long as anybody asks.

use super::peer_proof::{LoginPacket, beyond_packet, unproven};
use crate::error::{Error, verify_flag};
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
    /// Lets the host answer a plugin, with one packet. One that is under way is no other.
    pub fn allow_answer(&mut self) {
        let under_way = self.login_packet.filter(LoginPacket::is_under_way);
        self.login_packet = Some(under_way.unwrap_or_default());
    }

    /// Returns what is left of the packet that the host announced once these bytes have left.
    ///
    /// # Errors
    /// `State` where they are not of this packet.
    #[cold]
    pub fn after_answer(&self, bytes: &[u8]) -> Result<LoginPacket, Error> {
        let packet = self.login_packet.filter(|packet| bytes.is_empty() || !packet.is_whole());
        packet.ok_or_else(unproven)?.after(bytes).ok_or_else(beyond_packet)
    }

    /// Notes what left of that packet. Once the server answered, the host names its next plugin; the
    /// rest of a packet may still leave.
    #[cold]
    pub fn note_answer(&mut self, sent: &[u8], is_answered: bool) {
        let packet = self.login_packet.and_then(|packet| packet.after(sent));
        self.login_packet = packet.filter(|packet| !is_answered || packet.is_under_way());
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
