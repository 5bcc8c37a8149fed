//! Who the server is, where its certificate alone does not tell: MariaDB's proof by password.
//!
//! # Source
//! Spec 3.8: the server's last OK packet says 0x01 and, in capital hexadecimal digits,
//! SHA-256(salt ‖ scramble ‖ SHA-256(certificate)), where the salt is what the server keeps of the
//! password. Someone between the two has another certificate and does not know the salt.

use std::fmt::Write as _;

use super::conn::Conn;
use super::phase::Phase;
use crate::config::Role;
use crate::crypto;
use crate::error::{Code, Error};

impl Conn {
    /// Client: `tlsql_peer_proof` is on, nothing else vouches for the server, and it has not proved
    /// itself yet.
    pub fn needs_peer_proof(&self) -> bool {
        self.role() == Role::Client && self.context.0.settings.awaits_proof && !self.proven
    }

    /// The 64 capital hexadecimal digits that a server with this certificate and this salt sends.
    ///
    /// # Errors
    /// `State` unless a client is in TLS, `Argument` without salt or scramble, or for the salt of
    /// no password.
    pub fn peer_proof(&self, salt: &[u8], scramble: &[u8]) -> Result<String, Error> {
        if self.role() != Role::Client || self.phase != Phase::Tls {
            return Err(Code::State.into());
        }
        let leaf = self.negotiated.as_ref().and_then(|negotiated| negotiated.peer_chain.first());
        let leaf = leaf.ok_or(Code::State)?;
        if salt.is_empty() {
            // Everybody knows the salt of no password.
            return Err(Error::detail(Code::Argument, "an empty salt proves nothing"));
        }
        if salt == EMPTY_PASSWORD {
            let why = "the salt must be of a password, not the hash of an empty password";
            return Err(Error::detail(Code::Argument, why));
        }
        if scramble.is_empty() {
            return Err(Error::detail(Code::Argument, "an empty scramble proves nothing"));
        }
        let digest = crypto::sha256(&[salt, scramble, &crypto::sha256(&[leaf])]);
        let mut text = String::new();
        for byte in digest {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02X}");
        }
        Ok(text)
    }

    /// Compares with what the server's OK packet said: 0x01 and the digits.
    ///
    /// # Errors
    /// `PeerProof`, final, if it is anything else; `State` unless the connection waits for it, and
    /// as `peer_proof`.
    pub fn confirm_peer(&mut self, salt: &[u8], scramble: &[u8], said: &[u8]) -> Result<(), Error> {
        self.check_alive()?;
        if !self.context.0.settings.awaits_proof || self.closing {
            return Err(Code::State.into());
        }
        let expected = self.peer_proof(salt, scramble)?;
        let expected = [&[SHA256_PROOF], expected.as_bytes()].concat();
        if !crypto::is_equal(&expected, said) {
            self.proven = false;
            return Err(self.fail_now(Code::PeerProof.into()));
        }
        self.proven = true;
        Ok(())
    }
}

/// The first byte of the text: which hash it is.
const SHA256_PROOF: u8 = 1;

/// SHA1(SHA1("")), which anybody can compute: a server keeps no hash for an empty password.
const EMPTY_PASSWORD: [u8; 20] = [
    0xbe, 0x1b, 0xde, 0xc0, 0xaa, 0x74, 0xb4, 0xdc, 0xb0, 0x79, 0x94, 0x3e, 0x70, 0x52, 0x80, 0x96,
    0xcc, 0xa9, 0x85, 0xf8,
];
