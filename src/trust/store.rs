//! The certificates and revocation lists that are trusted here.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Certificate, Dn, RevocationList};

/// Filled when a context is built, and never changed after.
#[derive(Debug, Default)]
pub struct Store {
    certificates: Vec<Certificate>,
    /// Places in `certificates` by canonical subject.
    by_subject: HashMap<Box<[u8]>, Vec<usize>>,
    /// By canonical issuer, in the order in which they were added.
    lists: HashMap<Box<[u8]>, Vec<Arc<RevocationList>>>,
    checks_revocation: bool,
}

impl Store {
    /// The same certificate again changes nothing.
    pub fn add_certificate(&mut self, certificate: Certificate) {
        let subject = certificate.subject().canonical();
        let places = self.by_subject.entry(subject.into()).or_default();
        if places.iter().any(|&place| self.certificates.get(place) == Some(&certificate)) {
            return;
        }
        places.push(self.certificates.len());
        self.certificates.push(certificate);
    }

    pub fn add_list(&mut self, list: impl Into<Arc<RevocationList>>) {
        let list = list.into();
        self.lists.entry(list.issuer().canonical().into()).or_default().push(list);
        self.check_revocation();
    }

    /// From now on each certificate of a chain needs a revocation list, also if there is none.
    pub fn check_revocation(&mut self) {
        self.checks_revocation = true;
    }

    pub fn checks_revocation(&self) -> bool {
        self.checks_revocation
    }

    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// In no order.
    #[cfg(feature = "internals")]
    pub fn lists(&self) -> impl Iterator<Item = &Arc<RevocationList>> {
        self.lists.values().flatten()
    }

    /// Those that this issuer made, in the order in which they were added.
    pub(super) fn lists_of(&self, issuer: &Dn) -> &[Arc<RevocationList>] {
        self.lists.get(issuer.canonical()).map_or(&[], Vec::as_slice)
    }

    /// The certificates that can have issued this one, in the order in which they are tried: those
    /// in their dates as they were added, then the others, the latest to expire first.
    pub(super) fn issuers<'a>(&'a self, of: &Certificate, now: i64) -> Vec<&'a Certificate> {
        let Some(places) = self.by_subject.get(of.issuer().canonical()) else {
            return Vec::new();
        };
        let found = places.iter().filter_map(|&place| self.certificates.get(place));
        in_order(found.filter(|issuer| of.may_be_issued_by(issuer)), now)
    }
}

/// OpenSSL takes the first that is in its dates, else the one that expires last.
pub(super) fn in_order<'a>(
    candidates: impl Iterator<Item = &'a Certificate>,
    now: i64,
) -> Vec<&'a Certificate> {
    let (mut found, mut stale): (Vec<_>, Vec<_>) =
        candidates.partition(|candidate| candidate.is_in_time(now));
    stale.sort_by_key(|candidate| std::cmp::Reverse(candidate.not_after()));
    found.append(&mut stale);
    found
}
