//! What one verdict may still cost.

use super::{Limits, X509Error};

/// Counts down from the limits.
#[derive(Debug)]
pub struct Work {
    signatures: usize,
    pub name_comparisons: usize,
}

impl Work {
    pub fn new(limits: &Limits) -> Self {
        Self { signatures: limits.signatures, name_comparisons: limits.name_comparisons }
    }

    /// Before each signature check.
    ///
    /// # Errors
    /// `ChainTooLong` when the peer has caused as many as it may.
    pub fn signature(&mut self) -> Result<(), X509Error> {
        self.signatures = self.signatures.checked_sub(1).ok_or(X509Error::ChainTooLong)?;
        Ok(())
    }
}
