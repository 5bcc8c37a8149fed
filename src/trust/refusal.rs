//! Why a chain was refused.

use super::{Certificate, X509Error};

/// The first failure, and what was at hand to explain it.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub error: X509Error,
    /// 0 is the peer's certificate, 1 its issuer, and so on.
    pub depth: usize,
    /// The one at that depth.
    pub certificate: Option<Certificate>,
    /// Of a revocation list that is out of its dates: when it ended, or when it begins.
    pub list_date: Option<i64>,
}

impl Refusal {
    pub fn new(error: X509Error, depth: usize, certificate: Option<&Certificate>) -> Self {
        Self { error, depth, certificate: certificate.cloned(), list_date: None }
    }

    pub fn of(error: X509Error, depth: usize, certificate: &Certificate) -> Box<Self> {
        Box::new(Self::new(error, depth, Some(certificate)))
    }
}
