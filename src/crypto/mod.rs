//! The cryptographic provider: suites, groups, signature algorithms, hashes, private keys.
//!
//! No primitive is written here: ring has them all, except the arithmetic of finite-field
//! Diffie-Hellman, by crypto-bigint, the comparison in constant time, by subtle, and what decrypts an
//! own key, by RustCrypto's crates. With the feature `aws-lc-rs` the AEADs of `aead` are AWS-LC's.

pub mod aead;
mod algorithm_id;
mod certificate_signature;
mod dh_group;
mod dh_modulus;
mod dh_primes;
mod dhe;
mod early_secret;
mod ecdhe;
#[cfg(feature = "encrypted-keys")]
mod encrypted_key;
mod explicit_curve;
mod handshake_signature;
mod integer;
mod key;
mod key_name;
mod legacy_rsa;
#[cfg(feature = "generate")]
mod new_key;
mod pss;
mod public_key;
mod recognised;
mod record_keys;
mod sealing;
mod stack;
mod ticket_key;
mod transcript;

pub use certificate_signature::{SignatureFailure, SignatureKind, verify_signed};
pub use dh_group::{ChosenGroup, DhGroup};
#[cfg(feature = "internals")]
pub use dh_modulus::Modulus;
pub use ecdhe::with_one_share;
#[cfg(feature = "encrypted-keys")]
pub use encrypted_key::{Undecrypted, decrypt_pem, decrypt_pkcs8};
pub use handshake_signature::{HandshakeFailure, check_key, verify_tls12, verify_tls13};
pub use key::{is_key_of, is_pair, load as load_key, public_key_of, rsa_bits, why_unusable};
pub use key_name::describe as describe_key;
#[cfg(feature = "generate")]
pub use new_key::{NewKey, NewKeyKind};
pub use pss::rsae_scheme;
pub use public_key::{KeyKind, PublicKey};
pub use recognised::{Recognised, RecognisedKind, recognised, recognised_suites};
#[cfg(not(feature = "rustls-records"))]
pub use record_keys::RecordKeys;
pub use sealing::{SharedOpener, SharedSealer};
pub use ticket_key::TicketKey;
pub use transcript::{Renumbered, during, on_the_wire, with_own_messages, with_own_transcript};

use std::sync::{Arc, LazyLock};

use ring::digest;
#[cfg(feature = "generate")]
use ring::rand::{SecureRandom, SystemRandom};
use rustls::crypto::{CryptoProvider, SupportedKxGroup, WebPkiSupportedAlgorithms, ring as stock};
use rustls::{CipherSuite, SignatureScheme, SupportedCipherSuite};
use rustls_pki_types::SignatureVerificationAlgorithm;
use subtle::ConstantTimeEq;

/// Returns a provider with the suites of these IANA numbers, in that order, and with `dh_groups` if
/// one of them is a DHE suite. With `short_keys` it verifies handshake signatures by RSA keys below
/// 2048 bits too.
pub fn provider(
    suites: &[u16],
    dh_groups: Vec<&'static DhGroup>,
    short_keys: bool,
) -> Arc<CryptoProvider> {
    let find = |id: &u16| {
        let mut all = USABLE.iter().copied().chain(recognised::suites());
        all.find(|suite: &SupportedCipherSuite| suite.suite() == CipherSuite::from(*id))
    };
    let mut kx_groups = ecdhe::ALL.to_vec();
    if suites.iter().any(|id| is_dhe(*id)) {
        kx_groups.extend(dh_groups.into_iter().map(|group| -> &dyn SupportedKxGroup { group }));
    }
    let mut provider = CryptoProvider {
        cipher_suites: suites.iter().filter_map(find).collect(),
        kx_groups,
        ..stock::default_provider()
    };
    provider.signature_verification_algorithms =
        if short_keys { legacy_rsa::handshake_algorithms() } else { handshake_algorithms() };
    Arc::new(provider)
}

/// The suites that a handshake can finish with.
static USABLE: LazyLock<Vec<SupportedCipherSuite>> = LazyLock::new(|| {
    let all = stock::ALL_CIPHER_SUITES.iter().copied().chain(dhe::suites());
    all.map(sealing::with_shared_sealer).collect()
});

/// Whether the suite with this IANA number is one of the DHE suites.
pub fn is_dhe(suite: u16) -> bool {
    dhe::suites().any(|dhe| dhe.suite() == CipherSuite::from(suite))
}

/// Returns the algorithms for handshakes: those of rustls' ring provider, and RSASSA-PSS keys.
fn handshake_algorithms() -> WebPkiSupportedAlgorithms {
    static MAPPING: LazyLock<Vec<(SignatureScheme, pss::Algorithms)>> = LazyLock::new(|| {
        pss::with_pss_keys(stock::default_provider().signature_verification_algorithms)
    });
    WebPkiSupportedAlgorithms { all: stock_algorithms(), mapping: &MAPPING }
}

/// Returns the signature algorithms of rustls' ring provider.
fn stock_algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    static ALL: LazyLock<WebPkiSupportedAlgorithms> =
        LazyLock::new(|| stock::default_provider().signature_verification_algorithms);
    ALL.all
}

/// Returns the hash of a certificate: `bits` of SHA-2, which is 256, 384 or 512.
pub fn fingerprint(der: &[u8], bits: u32) -> Option<digest::Digest> {
    let algorithm = match bits {
        256 => &digest::SHA256,
        384 => &digest::SHA384,
        512 => &digest::SHA512,
        _ => return None,
    };
    Some(digest::digest(algorithm, der))
}

/// Returns the SHA-1 of a name, by which files in a directory of certificates are named. Nothing
/// depends on its strength, and it must not be used for anything else.
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    // invariant: SHA-1 has 20 octets.
    digest.as_ref().try_into().unwrap_or_default()
}

/// Returns the SHA-256 of these parts, one after the other.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    // invariant: SHA-256 has 32 octets.
    context.finish().as_ref().try_into().unwrap_or_default()
}

/// Returns random bytes; `None` if the system's source fails.
#[cfg(feature = "generate")]
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

/// Compares in a time that depends on the lengths only, not on where the two differ.
pub fn is_equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}
