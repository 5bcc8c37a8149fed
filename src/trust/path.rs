//! From a peer's certificate to a trusted one.
//!
//! A path is built first and checked then, in OpenSSL's order, so that the first failure has
//! OpenSSL's number. Where OpenSSL takes the first of several CA certificates with one subject and
//! fails with its key, the next one is tried too.

use super::budget::Budget;
use super::check::check;
use super::store::in_order;
use super::{Certificate, Policy, Refusal, Store, X509Error};

/// Whether `leaf`, with the other certificates that the peer sent, leads to a trusted one and
/// fulfils the policy at `now`, in Unix seconds. Returns the chain, leaf first.
///
/// # Errors
/// The first failure, in OpenSSL's order.
pub fn verify<'a>(
    store: &'a Store,
    leaf: &'a Certificate,
    others: &'a [Certificate],
    policy: &Policy,
    now: i64,
) -> Result<Vec<&'a Certificate>, Box<Refusal>> {
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
    let mut ways = Ways::default();
    let mut first = None;
    for _ in 0..limits.ways.max(1) {
        ways.restart();
        let built = build(store, leaf, others, policy, now, &mut ways);
        let checked =
            built.and_then(|chain| check(&chain, store, policy, now, &mut budget).map(|()| chain));
        match checked {
            Ok(chain) => return Ok(chain),
            Err(refusal) => {
                let another = ways.turn(&refusal);
                let refusal = first.get_or_insert(refusal);
                if !another {
                    return Err(refusal.clone());
                }
            }
        }
    }
    Err(first.unwrap_or_else(|| Refusal::of(X509Error::Unspecified, 0, leaf)))
}

fn build<'a>(
    store: &'a Store,
    leaf: &'a Certificate,
    others: &'a [Certificate],
    policy: &Policy,
    now: i64,
    ways: &mut Ways,
) -> Result<Vec<&'a Certificate>, Box<Refusal>> {
    let mut chain = vec![leaf];
    let mut pool: Vec<&Certificate> = others.iter().collect();
    let mut from_peer = !pool.is_empty();
    // The certificates at the front of the chain that came from the peer.
    let mut untrusted = 1;
    loop {
        let current = chain.last().copied().unwrap_or(leaf);
        let has_room = chain.len() < policy.limits.chain;
        // The store comes first, also while the peer's list has more.
        let candidates = if has_room { store.issuers(current, now) } else { Vec::new() };
        if let Some(issuer) = ways.choose(chain.len(), &candidates) {
            let ends = if !current.is_self_signed() {
                chain.push(issuer);
                from_peer = false;
                issuer.is_self_signed()
            } else if current == issuer {
                // Only the very same certificate stands for itself.
                true
            } else {
                false
            };
            if ends {
                return Ok(chain);
            }
            if !current.is_self_signed() {
                continue;
            }
        }
        let next = if from_peer && has_room && !current.is_self_signed() {
            next_of_peer(current, &mut pool, &chain, now)
        } else {
            None
        };
        match next {
            Some(issuer) => {
                chain.push(issuer);
                untrusted = chain.len();
            }
            None => return Err(no_anchor(&chain, untrusted, has_room)),
        }
    }
}

/// Takes a certificate that can have issued `current` from the peer's list.
fn next_of_peer<'a>(
    current: &Certificate,
    pool: &mut Vec<&'a Certificate>,
    chain: &[&'a Certificate],
    now: i64,
) -> Option<&'a Certificate> {
    let fits = |candidate: &&Certificate| {
        let again = chain.contains(candidate);
        let itself = current.is_self_issued() && chain.len() == 1;
        current.may_be_issued_by(candidate) && (itself || !again)
    };
    let found = in_order(pool.iter().copied().filter(fits), now).first().copied()?;
    pool.retain(|candidate| !std::ptr::eq(*candidate, found));
    Some(found)
}

fn no_anchor(chain: &[&Certificate], untrusted: usize, has_room: bool) -> Box<Refusal> {
    let depth = chain.len().saturating_sub(1);
    let last = chain.last().copied();
    let error = match last {
        _ if !has_room => X509Error::ChainTooLong,
        Some(last) if last.is_self_signed() => match depth {
            0 => X509Error::SelfSignedLeaf,
            _ => X509Error::SelfSignedInChain,
        },
        _ if untrusted < chain.len() => X509Error::UnableToGetIssuer,
        _ => X509Error::UnableToGetIssuerLocally,
    };
    Box::new(Refusal::new(error, depth, last))
}

/// Which of several CA certificates with one subject was taken, at each place of the chain.
#[derive(Default)]
struct Ways {
    choices: Vec<Choice>,
    /// How many of `choices` the present attempt has come to.
    used: usize,
}

struct Choice {
    /// The place in the chain that it filled.
    place: usize,
    taken: usize,
    count: usize,
}

impl Ways {
    fn restart(&mut self) {
        self.used = 0;
    }

    fn choose<'a>(
        &mut self,
        place: usize,
        candidates: &[&'a Certificate],
    ) -> Option<&'a Certificate> {
        if candidates.len() < 2 {
            return candidates.first().copied();
        }
        if self.choices.len() == self.used {
            self.choices.push(Choice { place, taken: 0, count: candidates.len() });
        }
        let choice = self.choices.get(self.used)?;
        self.used = self.used.saturating_add(1);
        candidates.get(choice.taken).copied()
    }

    /// Whether there is another way after this failure: another certificate with the key that did
    /// not fit, or another one for a self-signed certificate that was not the same.
    fn turn(&mut self, refusal: &Refusal) -> bool {
        let place = match refusal.error {
            X509Error::SignatureFailure
            | X509Error::UnsupportedSignatureAlgorithm
            | X509Error::SelfSignedLeaf
            | X509Error::SelfSignedInChain => refusal.depth.saturating_add(1),
            _ => return false,
        };
        let Some(at) = self.choices.iter().position(|choice| choice.place == place) else {
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
