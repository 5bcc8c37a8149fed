//! The limits on the work that a peer can cause for one verdict, counted down.

use super::policy::Limits;
use super::x509_error::X509Error;

/// The rest of each limit while one peer's certificates are verified.
#[derive(Debug)]
pub struct Budget {
    signatures: usize,
    unverified_crl_bytes: usize,
    distribution_point_comparisons: usize,
    /// Comparisons of a name with a constraint that are left.
    pub name_comparisons: usize,
    /// thisUpdate or nextUpdate of the revocation list that is not in its dates, for the message.
    pub list_date: Option<i64>,
}

impl Budget {
    pub fn new(limits: &Limits) -> Self {
        Self {
            signatures: limits.signatures,
            unverified_crl_bytes: limits.unverified_crl_bytes,
            distribution_point_comparisons: limits.distribution_point_comparisons,
            name_comparisons: limits.name_comparisons,
            list_date: None,
        }
    }

    /// Spends one signature check.
    ///
    /// # Errors
    /// `ChainTooLong` if none is left.
    pub fn spend_signature(&mut self) -> Result<(), X509Error> {
        self.signatures = self.signatures.checked_sub(1).ok_or(X509Error::ChainTooLong)?;
        Ok(())
    }

    /// Spends `count` comparisons of a certificate's distribution points with revocation lists.
    ///
    /// # Errors
    /// `DifferentCrlScope` if fewer are left: as if no list were in scope.
    pub fn spend_distribution_points(&mut self, count: usize) -> Result<(), X509Error> {
        let left = self.distribution_point_comparisons.checked_sub(count);
        self.distribution_point_comparisons = left.ok_or(X509Error::DifferentCrlScope)?;
        Ok(())
    }

    /// Spends `len` bytes of a revocation list that is hashed to check it with the key of a
    /// certificate whose own signature was not verified.
    ///
    /// # Errors
    /// `CrlSignatureFailure` if fewer are left: what the check of such a list would find.
    pub fn spend_unverified_crl(&mut self, len: usize) -> Result<(), X509Error> {
        let left = self.unverified_crl_bytes.checked_sub(len);
        self.unverified_crl_bytes = left.ok_or(X509Error::CrlSignatureFailure)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_with_very_many_distribution_points_finds_no_list() {
        let mut budget = Budget::new(&Limits::default());
        // Five distribution points and a hundred lists, for each set of reasons.
        for _ in 0..8 {
            assert_eq!(budget.spend_distribution_points(500), Ok(()));
        }
        let exceeded = Err(X509Error::DifferentCrlScope);
        assert_eq!(budget.spend_distribution_points(1950 * 128), exceeded);
        assert_eq!(budget.spend_distribution_points(usize::MAX), exceeded);
    }
}
