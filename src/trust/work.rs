//! What one verdict may still cost.

use super::{Limits, X509Error};

/// Counts down from the limits.
#[derive(Debug)]
pub struct Work {
    signatures: usize,
    hashed_for_anyone: usize,
    pub name_comparisons: usize,
    /// Of the revocation list that was out of its dates, for the message.
    pub list_date: Option<i64>,
}

impl Work {
    pub fn new(limits: &Limits) -> Self {
        Self {
            signatures: limits.signatures,
            hashed_for_anyone: limits.hashed_for_anyone,
            name_comparisons: limits.name_comparisons,
            list_date: None,
        }
    }

    /// Before each signature check.
    ///
    /// # Errors
    /// `ChainTooLong` when the peer has caused as many as it may.
    pub fn signature(&mut self) -> Result<(), X509Error> {
        self.signatures = self.signatures.checked_sub(1).ok_or(X509Error::ChainTooLong)?;
        Ok(())
    }

    /// Before a revocation list of this length is checked with a key that no CA vouches for.
    ///
    /// # Errors
    /// `CrlSignatureFailure`, which is what the check would have found.
    pub fn hash_for_anyone(&mut self, len: usize) -> Result<(), X509Error> {
        let left = self.hashed_for_anyone.checked_sub(len);
        self.hashed_for_anyone = left.ok_or(X509Error::CrlSignatureFailure)?;
        Ok(())
    }
}
