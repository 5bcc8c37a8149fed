//! The certificates and revocation lists that are trusted here.

use super::{Certificate, RevocationList};

/// Filled when a context is built, and never changed after.
#[derive(Debug, Default)]
pub struct Store {
    certificates: Vec<Certificate>,
    lists: Vec<RevocationList>,
    checks_revocation: bool,
}

impl Store {
    pub fn add_certificate(&mut self, certificate: Certificate) {
        self.certificates.push(certificate);
    }

    pub fn add_list(&mut self, list: RevocationList) {
        self.lists.push(list);
        self.check_revocation();
    }

    /// From now on each certificate of a chain needs a revocation list, also if there is none.
    pub fn check_revocation(&mut self) {
        self.checks_revocation = true;
    }
}
