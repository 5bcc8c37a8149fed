//! The validator over made and real certificates: an acceptance is a chain that holds, and neither
//! another try nor more room turns it into a refusal.

use std::sync::Arc;

use tlsql::trust::{Certificate, Limits, RevocationList, matches, verify};

use super::chain_case::ChainCase;
use super::cursor::Cursor;
use super::x509_reference;

pub fn run(data: &[u8]) {
    verdict(data);
}

/// Runs a script; returns what the validator decided: the chain's length, or OpenSSL's number.
/// `None` if there was no certificate to verify.
pub fn verdict(data: &[u8]) -> Option<Result<usize, i32>> {
    let mut script = Cursor::new(data);
    let small = script.u8();
    let case = ChainCase::read(&mut script)?;
    let verdict = case.verify(&case.policy.limits, &case.others);
    assert_eq!(verdict, case.verify(&case.policy.limits, &case.others), "the second time");
    if let Ok(chain) = &verdict {
        check_chain(&case, chain);
    }
    check_limits(&case, &verdict, small);
    check_more_from_the_peer(&case, &verdict);
    Some(verdict.map(|chain| chain.len()).map_err(|(number, _)| number))
}

type Verdict = Result<Vec<Vec<u8>>, (i32, usize)>;

impl ChainCase {
    fn verify(&self, limits: &Limits, others: &[Certificate]) -> Verdict {
        let policy = tlsql::trust::Policy { limits: *limits, ..self.policy.clone() };
        match verify(&self.store, &self.leaf, others, &policy, self.now) {
            Ok((chain, window)) => {
                assert!(window.contains(self.now), "{window:?} is not around {}", self.now);
                for now in [window.from, window.until - 1] {
                    let again = verify(&self.store, &self.leaf, others, &policy, now);
                    assert_eq!(again.ok(), Some((chain.clone(), window)), "at {now}");
                }
                Ok(chain.iter().map(|certificate| certificate.der().to_vec()).collect())
            }
            Err(refusal) => {
                // Its text and its certificate are for people; they must be there to be shown.
                assert!(!refusal.error.text().is_empty());
                assert!(refusal.depth < limits.chain.max(1), "{}", refusal.depth);
                Err((refusal.error.number(), refusal.depth))
            }
        }
    }
}

/// Checks every property of a chain that can be checked without the validator.
fn check_chain(case: &ChainCase, chain: &[Vec<u8>]) {
    let chain: Vec<_> = chain.iter().map(|der| Certificate::parse(der).unwrap()).collect();
    let (first, last) = (chain.first().unwrap(), chain.last().unwrap());
    assert_eq!(*first, case.leaf);
    assert!(case.anchors.contains(last) && last.is_self_signed() && last.is_self_issued());
    assert!(chain.len() <= case.policy.limits.chain);
    for (depth, certificate) in chain.iter().enumerate() {
        if let Some(parsed) = x509_reference::parse(certificate.der()) {
            let validity = parsed.validity();
            let (begin, end) = (validity.not_before.timestamp(), validity.not_after.timestamp());
            assert!((begin..end).contains(&case.now), "{begin} to {end} is not {}", case.now);
        }
        assert!(certificate.not_before().is_some_and(|begin| begin <= case.now));
        assert!(certificate.not_after().is_some_and(|end| end > case.now));
        let known = case.others.contains(certificate) || case.anchors.contains(certificate);
        assert!(depth == 0 || known, "nobody gave the certificate at {depth}");
        assert!(!chain[..depth].contains(certificate), "it is there twice");
        assert!(depth == 0 || depth + 1 == chain.len() || certificate.is_ca());
        if let Some(issuer) = chain.get(depth + 1) {
            assert_eq!(certificate.issuer(), issuer.subject());
            assert!(x509_reference::is_signed_by(certificate.der(), issuer.der()), "at {depth}");
        }
        not_revoked(case, certificate);
    }
    if let Some(name) = &case.policy.name {
        let alt_names = first.alt_names();
        assert!(matches(case.policy.name_rule, name, first.subject(), alt_names.as_deref()));
    }
}

/// Checks that the issuer has a list, and that the certificate is not in it where it is the only
/// one.
fn not_revoked(case: &ChainCase, certificate: &Certificate) {
    if !case.store.checks_revocation() {
        return;
    }
    let lists: Vec<&Arc<RevocationList>> =
        case.store.lists().filter(|list| list.issuer() == certificate.issuer()).collect();
    assert!(lists.iter().any(|list| !list.is_delta()), "nothing to tell whether it is revoked");
    if let [list] = lists[..] {
        assert!(!list.revokes(certificate.serial()));
        assert!(list.this_update().is_some_and(|time| time <= case.now));
    }
}

fn check_limits(case: &ChainCase, verdict: &Verdict, small: u8) {
    let limits = case.policy.limits;
    let [none, tiny] = [0, usize::from(small & 7)];
    for size in [none, 1] {
        let cut = case.verify(&Limits { chain: size, ..limits }, &case.others);
        assert!(cut.is_err(), "a chain of {size}");
    }
    // The anchor's own signature is not checked, and a list's only once.
    if let Ok(chain) = case.verify(&Limits { signatures: 0, ..limits }, &case.others) {
        assert_eq!(chain.len(), 1, "nobody checked a signature");
    }
    let most =
        Limits { chain: 100, signatures: 1000, name_comparisons: usize::MAX, paths: 100, ..limits };
    for less in [
        Limits { chain: tiny, ..limits },
        Limits { signatures: tiny, ..limits },
        Limits { name_comparisons: tiny, ..limits },
        Limits { paths: 1, ..limits },
        Limits { paths: 0, ..limits },
        Limits { chain: tiny + 2, signatures: usize::from(small >> 3), paths: 2, ..limits },
    ] {
        if let Ok(chain) = case.verify(&less, &case.others) {
            assert!(chain.len() <= less.chain);
            for more in [limits, most] {
                assert_eq!(case.verify(&more, &case.others).as_ref(), Ok(&chain));
            }
        }
    }
    if let Ok(chain) = verdict {
        assert_eq!(case.verify(&most, &case.others).as_ref(), Ok(chain));
    }
}

/// Checks that copies of the leaf among the peer's certificates change nothing.
fn check_more_from_the_peer(case: &ChainCase, verdict: &Verdict) {
    let Ok(chain) = verdict else { return };
    let copy = std::slice::from_ref(&case.leaf);
    for others in [[copy, &case.others].concat(), [&case.others[..], copy, copy].concat()] {
        assert_eq!(case.verify(&case.policy.limits, &others).as_ref(), Ok(chain));
    }
}
