//! Why a chain was refused.

use super::X509Error;

/// The first failure, and what was at hand to explain it.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub error: X509Error,
    /// 0 is the peer's certificate, 1 its issuer, and so on.
    pub depth: usize,
}

impl Refusal {
    pub fn new(error: X509Error, depth: usize) -> Self {
        Self { error, depth }
    }
}
