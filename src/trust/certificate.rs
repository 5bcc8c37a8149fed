//! One X.509 certificate of any version, and the facts that decide on it.

/// Read once, owned.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Box<[u8]>,
}

/// What is not a certificate or a revocation list, and why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Malformed(pub &'static str);

impl Certificate {
    /// # Errors
    /// `Malformed` if OpenSSL could not read it.
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        Ok(Self { der: der.into() })
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }
}
