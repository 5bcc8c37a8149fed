//! Our own certificate: the issuers to send behind it, and what a peer will not like about it.

use super::budget::Budget;
use super::certificate::Certificate;
use super::check::has_purpose;
use super::explain::shown;
use super::host;
use super::policy::{Limits, Name, NameRule, Purpose};
use super::store::Store;
use super::time;
use crate::crypto::SignatureFailure;

/// The issuers of a certificate that were found among CA certificates.
#[derive(Debug)]
pub struct Issuers<'a> {
    /// The issuer of the certificate, its issuer, and so on, without the self-signed one at the
    /// end, which a peer that trusts it has.
    pub found: Vec<&'a Certificate>,
    /// What the search ended without; `None` where it ended with a self-signed certificate.
    pub missing: Option<MissingIssuer>,
}

/// An issuer that was not found.
#[derive(Debug, Eq, PartialEq)]
pub struct MissingIssuer {
    /// Its name in one line.
    pub name: String,
    /// A certificate has this name, and its key did not sign.
    pub has_other_key: bool,
    /// It is that of a certificate in `Issuers::found`, not of our own.
    pub is_further: bool,
}

/// A property of a certificate that every verifying peer refuses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Defect {
    /// With notAfter.
    Expired(String),
    /// With notBefore.
    NotYetValid(String),
    /// Its extensions do not allow what we use it for.
    OtherPurpose,
}

/// Looks for the issuers of our own certificate in the store, by name, authority key identifier
/// and signature. Of several with one name the one whose key verifies counts; where none does, and
/// the algorithm of the signature is one that cannot be verified here, the first of them.
///
/// # Source
/// OpenSSL adds them where no chain was given (`SSL_MODE_NO_AUTO_CHAIN` in
/// SSL_CTX_set_mode(3)), and takes what it found where the chain does not end.
pub fn issuers<'a>(store: &'a Store, leaf: &'a Certificate, now: i64) -> Issuers<'a> {
    let limits = Limits::default();
    let mut budget = Budget::new(&limits);
    let (mut found, mut current) = (Vec::new(), leaf);
    while !current.is_self_signed() {
        let candidates = store.issuers(current, now);
        match choose(current, &candidates, &mut budget) {
            // A self-signed one ends the chain, and so does one that was here already.
            Some(issuer) if issuer.is_self_signed() => break,
            Some(issuer) if issuer == leaf || found.contains(&issuer) => break,
            Some(issuer) if found.len().saturating_add(1) < limits.chain => {
                found.push(issuer);
                current = issuer;
            }
            Some(_) => break,
            None => {
                let missing = MissingIssuer {
                    name: shown(current.issuer()),
                    has_other_key: store.has_subject(current.issuer()),
                    is_further: !found.is_empty(),
                };
                return Issuers { found, missing: Some(missing) };
            }
        }
    }
    Issuers { found, missing: None }
}

/// Returns what a verifying peer of `purpose`'s other role will refuse in our own certificate.
pub fn defects(leaf: &Certificate, purpose: Purpose, now: i64) -> Vec<Defect> {
    let mut found = Vec::new();
    match (leaf.not_before(), leaf.not_after()) {
        (Some(begin), _) if now < begin => found.push(Defect::NotYetValid(time::text(begin))),
        (_, Some(end)) if end <= now => found.push(Defect::Expired(time::text(end))),
        _ => {}
    }
    if !has_purpose(leaf, purpose, false) {
        found.push(Defect::OtherPurpose);
    }
    found
}

/// Whether a client that wants to reach this host takes the names of the certificate.
pub fn is_for(leaf: &Certificate, host: &str) -> bool {
    let alt_names = leaf.alt_names();
    let has =
        |name| host::matches(NameRule::default(), &name, leaf.subject(), alt_names.as_deref());
    Name::parse(host).is_some_and(has)
}

fn choose<'a>(
    current: &Certificate,
    candidates: &[&'a Certificate],
    budget: &mut Budget,
) -> Option<&'a Certificate> {
    let mut unverifiable = None;
    for candidate in candidates.iter().copied() {
        budget.spend_signature().ok()?;
        match current.verify_signature(candidate) {
            Ok(()) => return Some(candidate),
            Err(SignatureFailure::Bad) => {}
            Err(_) => unverifiable = unverifiable.or(Some(candidate)),
        }
    }
    unverifiable
}
