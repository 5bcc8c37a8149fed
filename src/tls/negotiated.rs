//! What a handshake negotiated, and who the peer is.

use std::fmt::Write as _;

use super::checks::ClientAuth;
use super::handshake::Seen;
#[cfg(feature = "keylog")]
use super::key_log::SecretLines;
use super::peer_chain::PeerChain;
use crate::config::{cipher, version};
use crate::crypto;
use crate::trust::{Certificate, OnelineForm, Window};

/// The outcome of a finished handshake.
#[derive(Clone, Debug, Default)]
pub struct Negotiated {
    /// 0x0303 or 0x0304.
    pub version: u16,
    /// IANA number of the suite.
    pub cipher: u16,
    /// A session was resumed: the peer showed no certificate, and that of the session counts.
    pub resumed: bool,
    /// Client: a session was offered, whether it was resumed or not.
    pub offered_session: bool,
    /// Certificates that the peer showed; none with `tlsql_keep_peer_chain=OFF`.
    pub peer_chain: PeerChain,
    pub chain_verified: bool,
    pub name_verified: bool,
    /// The peer's certificate has one of the configured fingerprints.
    pub pin_matched: bool,
    /// When the verdict on the peer's chain holds, if it was verified.
    pub window: Window,
    /// Client: the server's request for our certificate, if it came.
    pub client_auth: Option<ClientAuth>,
    /// Server: the place of the name whose certificate was shown; `None` for the one for all others.
    pub shown_name: Option<usize>,
    /// Server: SHA-256 of the certificate that this handshake showed, or the one that its session
    /// comes from.
    pub shown_leaf: [u8; 32],
    /// The secrets of the session, where `tlsql_keylog` asks for them.
    #[cfg(feature = "keylog")]
    pub key_log: SecretLines,
}

impl Negotiated {
    /// Returns the suite's name as `Ssl_cipher` shows it.
    pub fn cipher_name(&self) -> &'static str {
        cipher::name(self.cipher)
    }

    /// Returns the version's name as `Ssl_version` shows it.
    pub fn version_name(&self) -> &'static str {
        version::name(self.version)
    }

    /// Returns what the handshake had seen of the peer, for the explanation of a later failure.
    pub fn seen(&self) -> Seen {
        let is_tls13 = self.version == TLS13;
        Seen { suite: self.cipher, is_tls13, client_auth: self.client_auth }
    }

    /// Reads the peer's own certificate; `None` if it showed none that can be read. It is not kept,
    /// since few hosts ask.
    pub fn peer(&self) -> Option<Certificate> {
        self.peer_chain.leaf()
    }

    /// Returns the subject of the peer's certificate in one line.
    pub fn peer_subject(&self, form: OnelineForm) -> Option<Vec<u8>> {
        Some(self.peer()?.subject().oneline(form))
    }

    /// Returns the issuer of the peer's certificate in one line.
    pub fn peer_issuer(&self, form: OnelineForm) -> Option<Vec<u8>> {
        Some(self.peer()?.issuer().oneline(form))
    }

    /// Returns the SHA-2 hash of the peer's certificate; `None` if it showed none, or for another
    /// number of bits than 256, 384 and 512.
    pub fn peer_fingerprint(&self, bits: u32) -> Option<Vec<u8>> {
        Some(crypto::fingerprint(self.peer_chain.get(0)?, bits)?.as_ref().to_vec())
    }
}

/// Returns the proof that a server with the certificate of this SHA-256 and this salt of the password
/// sends: SHA-256(salt, scramble, SHA-256(certificate)) in capital hexadecimal digits. Somebody
/// between the two has another certificate and does not know the salt. The caller sees to it that all
/// three have the lengths of MariaDB.
///
/// # Source
/// MariaDB 11.4's OK packet, seen from 11.8 (T82).
pub fn password_proof(certificate: &[u8], salt: &[u8], scramble: &[u8]) -> String {
    let mut text = String::new();
    for byte in crypto::sha256(&[salt, scramble, certificate]) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
    }
    text
}

/// Number of TLS 1.3.
const TLS13: u16 = 0x0304;

/// Compares a proof in a time that does not depend on where the two differ.
pub fn is_same_proof(expected: &[u8], found: &[u8]) -> bool {
    crypto::is_equal(expected, found)
}
