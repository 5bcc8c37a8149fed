//! The provider: suites, groups, signature algorithms, hashes, private keys.
//!
//! No primitive is written here; everything comes from ring.

mod group;
mod key;
mod signature;

pub use key::{load as load_key, public_key_of};
pub use signature::{verify_tls12, verify_tls13};

use std::sync::Arc;

use ring::digest;
use rustls::crypto::{CryptoProvider, ring as stock};
use rustls::{CipherSuite, SupportedCipherSuite};

/// A provider that offers the suites with these IANA numbers, in that order.
pub fn provider(suites: &[u16]) -> Arc<CryptoProvider> {
    let all = stock::ALL_CIPHER_SUITES;
    let find = |id: &u16| {
        all.iter().copied().find(|s: &SupportedCipherSuite| s.suite() == CipherSuite::from(*id))
    };
    Arc::new(CryptoProvider {
        cipher_suites: suites.iter().filter_map(find).collect(),
        kx_groups: group::ALL.to_vec(),
        ..stock::default_provider()
    })
}

/// Hash of a certificate: `bits` is 256, 384 or 512.
pub fn fingerprint(der: &[u8], bits: u32) -> Option<digest::Digest> {
    let algorithm = match bits {
        256 => &digest::SHA256,
        384 => &digest::SHA384,
        512 => &digest::SHA512,
        _ => return None,
    };
    Some(digest::digest(algorithm, der))
}

/// SHA-1, for the names of files in a directory of certificates. It protects nothing there, and is
/// for nothing else.
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    // invariant: SHA-1 has 20 octets.
    digest.as_ref().try_into().unwrap_or_default()
}
