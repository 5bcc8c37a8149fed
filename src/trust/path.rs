//! The path from a peer's certificate to a trusted one.
//!
//! A path is built first and checked then, in OpenSSL's order, so that the first failure has
//! OpenSSL's number. Where OpenSSL takes the first of several CA certificates with one subject and
//! fails with its key, the next one is tried too.

use super::budget::Budget;
use super::certificate::Certificate;
use super::check::check;
use super::policy::Policy;
use super::refusal::Refusal;
use super::store::{Store, in_order};
use super::window::Window;
use super::x509_error::X509Error;

/// Verifies `leaf` at `now`, in Unix seconds: builds a path to a trusted certificate, over `others`
/// that the peer sent, and checks it against the policy. Returns the chain, leaf first, and when the
/// verdict holds.
///
/// # Errors
/// The first failure, in OpenSSL's order.
pub fn verify<'a>(
    store: &'a Store,
    leaf: &'a Certificate,
    others: &'a [Certificate],
    policy: &Policy,
    now: i64,
) -> Result<(Vec<&'a Certificate>, Window), Box<Refusal>> {
    let bytes = others.iter().map(|other| other.der().len()).fold(0, usize::saturating_add);
    let limits = &policy.limits;
    if others.len() >= limits.certificates || bytes > limits.bytes {
        return Err(Refusal::of(X509Error::ChainTooLong, 0, leaf));
    }
    if !leaf.key_suffices(policy.level) {
        return Err(Refusal::of(X509Error::LeafKeyTooSmall, 0, leaf));
    }
    if !leaf.has_key() {
        return Err(Refusal::of(X509Error::Unspecified, 0, leaf));
    }
    let mut budget = Budget::new(limits);
    let mut alternatives = Alternatives::default();
    let mut window = Window::ALWAYS;
    others.iter().for_each(|other| window.add_certificate(other, now));
    let mut first = None;
    for _ in 0..limits.paths.max(1) {
        alternatives.restart();
        let path = Path::new(store, leaf, others, policy, now);
        let checked = path.build(&mut alternatives, &mut window).and_then(|chain| {
            window.add_lists(store, &chain, now);
            check(&chain, store, policy, now, &mut budget).map(|()| chain)
        });
        match checked {
            Ok(chain) => return Ok((chain, window)),
            Err(refusal) => {
                let has_another = alternatives.advance(&refusal);
                let refusal = first.get_or_insert(refusal);
                if !has_another {
                    refusal.other_key = is_by_other_key(store, refusal);
                    return Err(refusal.clone());
                }
            }
        }
    }
    Err(first.unwrap_or_else(|| Refusal::of(X509Error::Unspecified, 0, leaf)))
}

/// Whether the store's CAs of the issuer's name have other keys than the one that signed what was
/// refused. It costs signature checks, so that it is asked once, for a path that was refused.
fn is_by_other_key(store: &Store, refusal: &Refusal) -> bool {
    let is_of_issuer = matches!(
        refusal.error,
        X509Error::UnableToGetIssuer
            | X509Error::UnableToGetIssuerLocally
            | X509Error::SignatureFailure
    );
    let certificate = refusal.certificate.as_ref().filter(|_| is_of_issuer);
    certificate.is_some_and(|certificate| store.has_other_key(certificate))
}

/// A path that is being built.
struct Path<'a> {
    store: &'a Store,
    max_len: usize,
    now: i64,
    leaf: &'a Certificate,
    chain: Vec<&'a Certificate>,
    /// Certificates of the peer that are not in the chain and may still follow.
    from_peer: Vec<&'a Certificate>,
    /// Number of certificates at the front of the chain that came from the peer.
    untrusted: usize,
}

impl<'a> Path<'a> {
    fn new(
        store: &'a Store,
        leaf: &'a Certificate,
        others: &'a [Certificate],
        policy: &Policy,
        now: i64,
    ) -> Self {
        Self {
            store,
            max_len: policy.limits.chain,
            now,
            leaf,
            chain: vec![leaf],
            from_peer: others.iter().collect(),
            untrusted: 1,
        }
    }

    /// Adds issuers until one is a self-signed certificate of the store, and their dates to the
    /// window. The store is asked first, also while the peer's list has more.
    fn build(
        mut self,
        alternatives: &mut Alternatives,
        window: &mut Window,
    ) -> Result<Vec<&'a Certificate>, Box<Refusal>> {
        loop {
            let current = self.chain.last().copied().unwrap_or(self.leaf);
            let candidates =
                if self.has_room() { self.store.issuers(current, self.now) } else { Vec::new() };
            // Which of several is taken depends on their dates too.
            let met = candidates.iter().copied().chain([current]);
            met.for_each(|certificate| window.add_certificate(certificate, self.now));
            let issuer = alternatives.choose(self.chain.len(), &candidates);
            if current.is_self_signed() {
                // Only the very same certificate in the store makes it trusted.
                let is_trusted = issuer == Some(current);
                return if is_trusted { Ok(self.chain) } else { Err(self.no_anchor()) };
            }
            if let Some(issuer) = issuer {
                self.chain.push(issuer);
                // As in OpenSSL, none of the peer's certificates follows one of the store.
                self.from_peer.clear();
                if issuer.is_self_signed() {
                    return Ok(self.chain);
                }
            } else if let Some(issuer) = self.take_from_peer(current) {
                self.chain.push(issuer);
                self.untrusted = self.chain.len();
            } else {
                return Err(self.no_anchor());
            }
        }
    }

    fn has_room(&self) -> bool {
        self.chain.len() < self.max_len
    }

    /// Takes a certificate that can have issued `current` from the peer's list.
    fn take_from_peer(&mut self, current: &Certificate) -> Option<&'a Certificate> {
        if !self.has_room() {
            return None;
        }
        let fits = |candidate: &&Certificate| {
            let again = self.chain.contains(candidate);
            let itself = current.is_self_issued() && self.chain.len() == 1;
            current.may_be_issued_by(candidate) && (itself || !again)
        };
        let candidates = self.from_peer.iter().copied().filter(fits);
        let found = in_order(candidates, self.now).first().copied()?;
        self.from_peer.retain(|candidate| !std::ptr::eq(*candidate, found));
        Some(found)
    }

    /// Returns the refusal of a path that cannot be continued and has not reached the store.
    fn no_anchor(&self) -> Box<Refusal> {
        let depth = self.chain.len().saturating_sub(1);
        let last = self.chain.last().copied();
        let error = match last {
            _ if !self.has_room() => X509Error::ChainTooLong,
            Some(last) if last.is_self_signed() => match depth {
                0 => X509Error::SelfSignedLeaf,
                _ => X509Error::SelfSignedInChain,
            },
            _ if self.untrusted < self.chain.len() => X509Error::UnableToGetIssuer,
            _ => X509Error::UnableToGetIssuerLocally,
        };
        Box::new(Refusal::new(error, depth, last))
    }
}

/// The choices among CA certificates with one subject, in the order in which a path meets them.
#[derive(Default)]
struct Alternatives {
    choices: Vec<Choice>,
    /// Number of `choices` that the present path has met.
    used: usize,
}

struct Choice {
    /// Position in the chain that was filled.
    position: usize,
    /// Index of the candidate that was taken.
    taken: usize,
    /// Number of candidates.
    count: usize,
}

impl Alternatives {
    /// Begins another path with the choices as they are.
    fn restart(&mut self) {
        self.used = 0;
    }

    /// Returns the candidate that the present path takes at this position of the chain.
    fn choose<'a>(
        &mut self,
        position: usize,
        candidates: &[&'a Certificate],
    ) -> Option<&'a Certificate> {
        if candidates.len() < 2 {
            return candidates.first().copied();
        }
        if self.choices.len() == self.used {
            self.choices.push(Choice { position, taken: 0, count: candidates.len() });
        }
        let choice = self.choices.get(self.used)?;
        self.used = self.used.saturating_add(1);
        candidates.get(choice.taken).copied()
    }

    /// Moves the choice that led to this failure to its next candidate: another certificate where
    /// a key did not fit, or where a self-signed certificate was not the same. Returns false if
    /// there is none.
    fn advance(&mut self, refusal: &Refusal) -> bool {
        let position = match refusal.error {
            X509Error::SignatureFailure
            | X509Error::UnsupportedSignatureAlgorithm
            | X509Error::SelfSignedLeaf
            | X509Error::SelfSignedInChain => refusal.depth.saturating_add(1),
            _ => return false,
        };
        let Some(at) = self.choices.iter().position(|choice| choice.position == position) else {
            return false;
        };
        self.choices.truncate(at.saturating_add(1));
        match self.choices.last_mut() {
            Some(choice) => {
                choice.taken = choice.taken.saturating_add(1);
                choice.taken < choice.count
            }
            None => false,
        }
    }
}
