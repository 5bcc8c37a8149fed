//! The store of trusted certificates and CRLs.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use super::certificate::Certificate;
use super::crl::{OutOfTime, RevocationList};
use super::dn::Dn;
use super::policy::Limits;

/// Trusted certificates and CRLs. It is filled when a context is built, and does not change after.
#[derive(Debug, Default)]
pub struct Store {
    certificates: Vec<Arc<Certificate>>,
    /// Indexes into `certificates` by canonical subject.
    by_subject: HashMap<Box<[u8]>, Vec<usize>>,
    /// CRLs by canonical issuer, in the order in which they were added.
    lists: HashMap<Box<[u8]>, Vec<Arc<RevocationList>>>,
    checks_revocation: bool,
}

impl Store {
    /// Adds a certificate, if it is not there yet.
    pub fn add_certificate(&mut self, certificate: impl Into<Arc<Certificate>>) {
        let certificate = certificate.into();
        let subject = certificate.subject().canonical();
        let indexes = self.by_subject.entry(subject.into()).or_default();
        if indexes.iter().any(|&index| self.certificates.get(index) == Some(&certificate)) {
            return;
        }
        indexes.push(self.certificates.len());
        self.certificates.push(certificate);
    }

    /// Adds a CRL, if it is not there yet, and turns the check of revocation on.
    pub fn add_list(&mut self, list: impl Into<Arc<RevocationList>>) {
        let list = list.into();
        if !self.has_list(&list) {
            self.lists.entry(list.issuer().canonical().into()).or_default().push(list);
        }
        self.check_revocation();
    }

    /// Turns the check of revocation on: each certificate of a chain needs a CRL, even if the store
    /// has none.
    pub fn check_revocation(&mut self) {
        self.checks_revocation = true;
    }

    pub fn checks_revocation(&self) -> bool {
        self.checks_revocation
    }

    pub fn certificates(&self) -> &[Arc<Certificate>] {
        &self.certificates
    }

    /// Returns the certificates in an order that depends only on what can change a verdict: by
    /// subject, and those of one subject as they are tried.
    pub fn certificates_in_order(&self) -> impl Iterator<Item = &Certificate> {
        let indexes = by_name(&self.by_subject).flatten();
        indexes.filter_map(|&index| self.certificates.get(index)).map(Arc::as_ref)
    }

    /// Returns the CRLs by issuer, and those of one issuer as they were added.
    pub fn lists_in_order(&self) -> impl Iterator<Item = &RevocationList> {
        by_name(&self.lists).flatten().map(Arc::as_ref)
    }

    /// Returns all CRLs, in no order.
    #[cfg(feature = "internals")]
    pub fn lists(&self) -> impl Iterator<Item = &Arc<RevocationList>> {
        self.lists.values().flatten()
    }

    /// Verifies the signatures of the CRLs of trusted CAs that hold now, and remembers them, so that no
    /// handshake has to: a long list takes milliseconds. It tries as many as a handshake may, whatever
    /// the files hold, and leaves the others to that.
    pub fn verify_lists(&self, now: i64) {
        let mut left = Limits::default().signatures;
        for (issuer, lists) in &self.lists {
            let indexes = self.by_subject.get(issuer).map_or(&[][..], Vec::as_slice);
            let issuers = indexes.iter().filter_map(|&index| self.certificates.get(index));
            let is_used = |list: &&Arc<RevocationList>| {
                !list.is_delta()
                    && !list.has_malformed_extension()
                    && list.out_of_time(now).is_none()
            };
            for list in lists.iter().filter(is_used) {
                let key_id = list.authority_key_id();
                let fits =
                    |issuer: &&Arc<Certificate>| key_id.is_none_or(|id| id.identifies(issuer));
                for issuer in issuers.clone().filter(fits).take(left) {
                    left = left.saturating_sub(1);
                    if list.verify_and_remember(issuer.spki()).is_ok() {
                        break;
                    }
                }
            }
        }
    }

    /// Returns the newest CRL of each issuer that has none which holds now, by issuer, and why it does
    /// not.
    pub fn lists_out_of_time(&self, now: i64) -> Vec<(&Arc<RevocationList>, OutOfTime)> {
        let newest = by_name(&self.lists).filter_map(|lists| {
            let full = || lists.iter().filter(|list| !list.is_delta());
            let holds = full().any(|list| list.out_of_time(now).is_none());
            let newest = full().max_by_key(|list| list.this_update()).filter(|_| !holds)?;
            Some((newest, newest.out_of_time(now)?))
        });
        newest.collect()
    }

    /// Whether it has a CRL of the same octets.
    pub fn has_list(&self, list: &RevocationList) -> bool {
        self.lists_of(list.issuer()).iter().any(|each| each.der() == list.der())
    }

    /// Returns the CRLs of this issuer, in the order in which they were added.
    pub(super) fn lists_of(&self, issuer: &Dn) -> &[Arc<RevocationList>] {
        self.lists.get(issuer.canonical()).map_or(&[], Vec::as_slice)
    }

    /// Whether a certificate has this subject, whatever its key is.
    pub(super) fn has_subject(&self, name: &Dn) -> bool {
        self.by_subject.contains_key(name.canonical())
    }

    /// Whether the certificates of its issuer's name have other keys than the one that signed it, by
    /// key identifiers, the kind of key or the signature; `false` if there is none of that name, or
    /// more than a peer may have us try.
    pub(super) fn has_other_key(&self, of: &Certificate) -> bool {
        let indexes = self.by_subject.get(of.issuer().canonical()).map_or(&[][..], Vec::as_slice);
        if indexes.len() > Limits::default().paths {
            return false;
        }
        let mut named = indexes.iter().filter_map(|&index| self.certificates.get(index)).peekable();
        named.peek().is_some() && named.all(|issuer| of.is_by_other_key(issuer))
    }

    /// Returns the certificates that can have issued this one, in the order in which they are
    /// tried.
    pub(super) fn issuers<'a>(&'a self, of: &Certificate, now: i64) -> Vec<&'a Certificate> {
        let Some(indexes) = self.by_subject.get(of.issuer().canonical()) else {
            return Vec::new();
        };
        let found = indexes.iter().filter_map(|&index| self.certificates.get(index));
        let found = found.map(Arc::as_ref);
        in_order(found.filter(|issuer| of.may_be_issued_by(issuer)), now)
    }
}

/// Returns what the map has, by the octets of the names.
fn by_name<V>(map: &HashMap<Box<[u8]>, V>) -> impl Iterator<Item = &V> {
    let names = map.keys().collect::<BinaryHeap<_>>().into_sorted_vec();
    names.into_iter().filter_map(|name| map.get(name))
}

/// Sorts issuers in the order in which they are tried: those that are valid now, as they were
/// added, then the others, the last to expire first. OpenSSL takes the first of this order.
pub(super) fn in_order<'a>(
    candidates: impl Iterator<Item = &'a Certificate>,
    now: i64,
) -> Vec<&'a Certificate> {
    let (mut found, mut stale) = (Vec::new(), Vec::<&Certificate>::new());
    for candidate in candidates {
        if candidate.is_in_time(now) {
            found.push(candidate);
        } else {
            let at = stale.partition_point(|other| other.not_after() >= candidate.not_after());
            stale.insert(at, candidate);
        }
    }
    found.append(&mut stale);
    found
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::pem::PemObject;
    use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};

    use super::*;

    /// Of the CA in `tests/data/refusals`.
    const CA: &[u8] = include_bytes!("../../tests/data/refusals/ca.pem");
    const LIST: &[u8] = include_bytes!("../../tests/data/refusals/expired-crl.pem");
    /// Unix seconds at which that list was new.
    const IN_TIME: i64 = 1_793_577_600;

    #[test]
    fn as_many_lists_are_verified_as_a_handshake_may() {
        let ca = Certificate::parse(&CertificateDer::from_pem_slice(CA).unwrap()).unwrap();
        let list = CertificateRevocationListDer::from_pem_slice(LIST).unwrap();
        let most = Limits::default().signatures;
        let mut store = Store::default();
        // add_list takes equal ones once.
        let list = || Arc::new(RevocationList::parse(&list).unwrap());
        let issuer = list().issuer().canonical().into();
        store.lists.insert(issuer, (0..=most).map(|_| list()).collect());
        let spki = ca.spki().to_vec();
        store.add_certificate(ca);
        store.verify_lists(IN_TIME);
        let verified = store.lists_in_order().filter(|list| list.is_verified(&spki)).count();
        assert_eq!((verified, most), (64, 64));
    }
}
