//! What one verdict may still cost.

use super::{Limits, X509Error};

/// Counts down from the limits.
#[derive(Debug)]
pub struct Work {
    signatures: usize,
    hashed_for_anyone: usize,
    places: usize,
    pub name_comparisons: usize,
    /// Of the revocation list that was out of its dates, for the message.
    pub list_date: Option<i64>,
}

impl Work {
    pub fn new(limits: &Limits) -> Self {
        Self {
            signatures: limits.signatures,
            hashed_for_anyone: limits.hashed_for_anyone,
            places: limits.place_comparisons,
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

    /// Before the places that a certificate names are compared with the lists of its issuer.
    ///
    /// # Errors
    /// `DifferentCrlScope`: no list is found for so many.
    pub fn compare_places(&mut self, count: usize) -> Result<(), X509Error> {
        self.places = self.places.checked_sub(count).ok_or(X509Error::DifferentCrlScope)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_with_very_many_places_finds_no_list() {
        let mut work = Work::new(&Limits::default());
        // Five places and a hundred lists, for each set of reasons.
        for _ in 0..8 {
            assert_eq!(work.compare_places(500), Ok(()));
        }
        assert_eq!(work.compare_places(1950 * 128), Err(X509Error::DifferentCrlScope));
        assert_eq!(work.compare_places(usize::MAX), Err(X509Error::DifferentCrlScope));
    }
}
