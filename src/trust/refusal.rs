//! The reason why a chain was refused.

use super::certificate::Certificate;
use super::x509_error::X509Error;

/// The first failure of a chain, and what a message about it needs.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub error: X509Error,
    /// Depth of the failure: 0 is the peer's certificate, 1 its issuer, and so on.
    pub depth: usize,
    /// The certificate at that depth.
    pub certificate: Option<Certificate>,
    /// Unix seconds: nextUpdate of a CRL that has expired, thisUpdate of one not yet valid.
    pub list_date: Option<i64>,
    /// The store has a CA of the issuer's name, and another key of it signed.
    pub other_key: bool,
}

impl Refusal {
    #[cold]
    #[inline(never)]
    pub fn new(error: X509Error, depth: usize, certificate: Option<&Certificate>) -> Self {
        Self { error, depth, certificate: certificate.cloned(), list_date: None, other_key: false }
    }

    /// Returns a boxed refusal, for errors before a path is built.
    #[cold]
    #[inline(never)]
    pub fn of(error: X509Error, depth: usize, certificate: &Certificate) -> Box<Self> {
        Box::new(Self::new(error, depth, Some(certificate)))
    }
}
