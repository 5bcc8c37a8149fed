//! Chains that were verified already, so that the next handshake of a pool does not do it again.
//!
//! A cache belongs to one verifier, and so to one policy: anchors, lists, level and rules are those
//! of the verdict. It knows a chain by all that else went into that.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::crypto;
use crate::trust::{Name, Purpose, Window};

/// The hash of a chain as the peer sent it, of its purpose, and of the name that was compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChainKey([u8; 32]);

/// Accepted chains, and when each verdict holds; the one whose last use is the longest ago is the first.
/// The lock is taken in handshakes alone.
#[derive(Default)]
pub struct ChainCache(Mutex<Vec<(ChainKey, Window)>>);

impl ChainKey {
    /// `chain` has the DER of the leaf, then of what else the peer sent.
    pub fn new<'a>(
        purpose: Purpose,
        name: Option<&Name>,
        chain: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let (kind, text) = match name {
            None => (0, ""),
            Some(Name::Dns(text)) => (1, text.as_str()),
            Some(Name::Ip { text, .. }) => (2, text.as_str()),
        };
        let purpose = match purpose {
            Purpose::Server => 0,
            Purpose::Client => 1,
        };
        // Each part has one length.
        let mut parts = vec![purpose, kind];
        parts.extend(crypto::sha256(&[text.as_bytes()]));
        chain.for_each(|der| parts.extend(crypto::sha256(&[der])));
        Self(crypto::sha256(&[&parts]))
    }
}

impl ChainCache {
    /// Returns when the verdict on this chain holds, if it holds now.
    pub fn find(&self, key: &ChainKey, now: i64) -> Option<Window> {
        self.with(|chains| {
            let at = chains.iter().position(|(known, _)| known == key)?;
            let (_, window) = *chains.get(at)?;
            if !window.contains(now) {
                return None;
            }
            chains.get_mut(at..)?.rotate_left(1);
            Some(window)
        })
    }

    /// Adds a chain that was accepted; the one whose last use is the longest ago makes room.
    pub fn add(&self, key: ChainKey, window: Window) {
        self.with(|chains| {
            chains.retain(|(known, _)| *known != key);
            chains.push((key, window));
            chains.drain(..chains.len().saturating_sub(MAX_CHAINS));
        });
    }

    fn with<R>(&self, work: impl FnOnce(&mut Vec<(ChainKey, Window)>) -> R) -> R {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for ChainCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainCache")
    }
}

/// Chains that one verifier remembers: a pool has a few servers, a server some hundred clients with
/// certificates. An entry has 48 bytes, and all of them are looked through faster than one signature is checked.
const MAX_CHAINS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { from: 100, until: 200 };

    fn key(purpose: Purpose, name: Option<&str>, chain: &[&[u8]]) -> ChainKey {
        let name = name.and_then(Name::parse);
        ChainKey::new(purpose, name.as_ref(), chain.iter().copied())
    }

    #[test]
    fn every_change_of_what_was_verified_misses() {
        let cache = ChainCache::default();
        let verified = || key(Purpose::Server, Some("db.test"), &[b"leaf", b"ca"]);
        cache.add(verified(), WINDOW);
        assert_eq!(cache.find(&verified(), 150), Some(WINDOW));
        for (what, other) in [
            ("purpose", key(Purpose::Client, Some("db.test"), &[b"leaf", b"ca"])),
            ("name", key(Purpose::Server, Some("db.tes"), &[b"leaf", b"ca"])),
            ("no name", key(Purpose::Server, None, &[b"leaf", b"ca"])),
            ("leaf", key(Purpose::Server, Some("db.test"), &[b"leag", b"ca"])),
            ("issuer", key(Purpose::Server, Some("db.test"), &[b"leaf", b"cb"])),
            ("order", key(Purpose::Server, Some("db.test"), &[b"ca", b"leaf"])),
            ("one less", key(Purpose::Server, Some("db.test"), &[b"leaf"])),
            ("one more", key(Purpose::Server, Some("db.test"), &[b"leaf", b"ca", b"ca"])),
            ("where they part", key(Purpose::Server, Some("db.test"), &[b"leafc", b"a"])),
        ] {
            assert_eq!(cache.find(&other, 150), None, "{what}");
        }
        for (now, expected) in [(99, None), (100, Some(WINDOW)), (199, Some(WINDOW)), (200, None)] {
            assert_eq!(cache.find(&verified(), now), expected, "at {now}");
        }
        // An address, and a name of the same letters.
        let (dns, text) = (Name::Dns("127.0.0.1".to_owned()), "127.0.0.1");
        let as_name = ChainKey::new(Purpose::Server, Some(&dns), [&b"leaf"[..]].into_iter());
        assert_ne!(as_name, key(Purpose::Server, Some(text), &[b"leaf"]));
    }

    #[test]
    fn a_full_cache_forgets_the_least_recently_used() {
        let cache = ChainCache::default();
        let key = |i: usize| key(Purpose::Client, None, &[&i.to_be_bytes()]);
        for i in 0..=MAX_CHAINS {
            cache.add(key(i), WINDOW);
            cache.add(key(i), WINDOW);
        }
        assert_eq!(cache.find(&key(0), 150), None);
        assert!((1..=MAX_CHAINS).all(|i| cache.find(&key(i), 150).is_some()));
        // Clients that come once do not drive out one that comes all the time.
        for i in MAX_CHAINS + 1..4 * MAX_CHAINS {
            assert!(cache.find(&key(1), 150).is_some(), "{i}");
            cache.add(key(i), WINDOW);
            // A chain whose verdict does not hold is not used.
            assert_eq!(cache.find(&key(2), 200), None);
        }
        assert_eq!(cache.find(&key(2), 150), None);
        assert!(cache.find(&key(1), 150).is_some());
        let entries = cache.0.lock().unwrap();
        assert_eq!(entries.len(), MAX_CHAINS);
    }
}
