//! A hash of everything that a verdict on a peer, or a choice of the handshake, depends on.
//!
//! It is equal where the settings are equal, in other processes too, and what was found out under
//! one digest must not count under another. A server's own certificates are not in it, those for
//! names neither: their renewal changes no verdict. A client's is, since the server's verdict on the
//! client depends on it.

use std::collections::BinaryHeap;
use std::fmt;

use super::{Pin, Profile, Role, Settings};
use crate::crypto::{self, DhGroup};
use crate::trust::{Level, Store};

/// SHA-256 over the settings that count.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct PolicyDigest([u8; Self::LEN]);

impl PolicyDigest {
    pub const LEN: usize = 32;

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the digest with these bytes; `None` unless there are `LEN` of them.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// What is hashed: for each field its number, its length and its bytes.
struct Fields(Vec<u8>);

impl Settings {
    /// Returns the hash of what a verdict on a peer depends on. It is made anew each time: most
    /// contexts are never asked, and it takes a tenth of what there is to do before a ClientHello.
    pub fn policy_digest(&self) -> PolicyDigest {
        // A setting that is added has to be thought of here: no `..`.
        let Self {
            role,
            mode,
            tls,
            fault: _,
            trust,
            pins,
            awaits_proof,
            keeps_peer_chain,
            max_chain,
            // A bound on what a peer may send, and what a host is told: not what is accepted.
            max_handshake_bytes: _,
            hands_out_secrets: _,
            hello_event: _,
            session_cache: _,
            level,
            strict,
            identity,
            lost_identity: _,
            verifies_own: _,
            names: _,
            issuers,
            versions,
            suites,
            sni,
            dh_groups,
            require_secure_transport: _,
            profile,
            // How long a verdict may be used again, and what a date means; not what is accepted.
            session_lifetime: _,
            clock: _,
            in_force: _,
        } = self;
        let mut fields = Fields(DOMAIN.to_vec());
        fields.add(1, &[u8::from(*role == Role::Client), u8::from(*tls)]);
        fields.add(2, mode.name().as_bytes());
        fields.add(3, &[u8::from(*awaits_proof), u8::from(*keeps_peer_chain), u8::from(*strict)]);
        fields.add(4, &[level_number(*level), profile_number(*profile)]);
        fields.add(5, &[u8::from(versions.tls12), u8::from(versions.tls13)]);
        fields.add(14, &u64::try_from(*max_chain).unwrap_or(u64::MAX).to_be_bytes());
        fields.add_all(6, suites.iter().map(|suite| suite.id.to_be_bytes())); // by preference
        fields.add_all(7, sni);
        fields.add_sets(pins, dh_groups);
        trust.iter().for_each(|store| fields.add_trust(store));
        let own = identity.iter().filter(|_| *role == Role::Client);
        fields.add_all(13, own.flat_map(|identity| identity.chain.iter().chain(issuers)));
        PolicyDigest(crypto::sha256(&[&fields.0]))
    }
}

impl Fields {
    fn add(&mut self, number: u8, bytes: &[u8]) {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.push(number);
        self.0.extend_from_slice(&len.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn add_sets(&mut self, pins: &[Pin], dh_groups: &[&DhGroup]) {
        self.add_all(8, sorted(pins.iter().map(|pin| &pin.digest)));
        self.add_all(9, sorted(dh_groups.iter().map(|group| group.fingerprint())));
    }

    fn add_trust(&mut self, store: &Store) {
        self.add(10, &[u8::from(store.checks_revocation())]);
        self.add_all(11, store.certificates_in_order().map(|certificate| certificate.der()));
        self.add_all(12, store.lists_in_order().map(|list| list.der()));
    }

    /// Adds a field for each, which long ones stand in by their hash.
    fn add_all(&mut self, number: u8, all: impl IntoIterator<Item = impl AsRef<[u8]>>) {
        for each in all {
            self.add(number, &crypto::sha256(&[each.as_ref()]));
        }
    }
}

/// Returns a set in an order of its own.
fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    let mut all = all.collect::<BinaryHeap<_>>().into_sorted_vec();
    all.dedup();
    all.into_iter()
}

impl fmt::Display for PolicyDigest {
    /// Writes 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PolicyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyDigest({self})")
    }
}

/// Tells this hash from all others, and from that of a later version with other fields.
const DOMAIN: &[u8] = b"tlsql policy digest 1\0";

fn level_number(level: Level) -> u8 {
    match level {
        Level::Zero => 0,
        Level::One => 1,
        Level::Two => 2,
    }
}

fn profile_number(profile: Profile) -> u8 {
    match profile {
        Profile::Mysql57 => 0,
        Profile::Mysql8 => 1,
        Profile::MariaDb => 2,
    }
}
