//! Two handshakes of rustls that end with the same keys: what the first derives for traffic is kept,
//! and the second gets it in place of its own.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, LazyLock};

use rustls::crypto::hmac::Tag;
use rustls::crypto::tls12::Prf;
use rustls::crypto::tls13::{Hkdf, HkdfExpander, OkmBlock, OutputLengthError};
use rustls::crypto::{ActiveKeyExchange, CryptoProvider, ring};
use rustls::{CipherSuiteCommon, Error, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite};

/// What a handshake derives is kept, or is what was kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Secrets {
    Keep,
    Replace,
}

/// Numbers of suites: three AEADs for each version.
pub const SUITES: usize = 6;

/// Returns a provider that has one suite.
pub fn provider(suite: usize) -> Arc<CryptoProvider> {
    static PROVIDERS: LazyLock<Vec<Arc<CryptoProvider>>> = LazyLock::new(|| {
        let suites = suites().into_iter();
        let provider = |suite| {
            Arc::new(CryptoProvider { cipher_suites: vec![suite], ..ring::default_provider() })
        };
        suites.map(provider).collect()
    });
    PROVIDERS[suite % SUITES].clone()
}

/// Does something with rustls, of which the secrets of traffic are kept or replaced.
pub fn during<T>(secrets: Secrets, act: impl FnOnce() -> T) -> T {
    let before = MODE.replace(Some(secrets));
    if secrets == Secrets::Keep {
        KEPT.take();
    }
    let result = act();
    MODE.set(before);
    result
}

/// TLS 1.3: returns the traffic secrets that a server and a client, or a client and a server, wrote
/// with.
pub fn traffic(of_server_first: bool) -> [Option<Vec<u8>>; 2] {
    let mut labels = ["c ap traffic", "s ap traffic"];
    if of_server_first {
        labels.reverse();
    }
    KEPT.with_borrow(|kept| {
        labels.map(|label| kept.iter().find(|(other, _)| *other == label).map(|(_, s)| s.clone()))
    })
}

thread_local! {
    static MODE: Cell<Option<Secrets>> = const { Cell::new(None) };
    /// Secrets by their label.
    static KEPT: RefCell<Vec<(&'static str, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what was derived for this label, or replaces it.
fn exchange(label: &'static str, derived: &mut [u8]) {
    match MODE.get() {
        Some(Secrets::Keep) => KEPT.with_borrow_mut(|kept| {
            kept.retain(|(other, _)| *other != label);
            kept.push((label, derived.to_vec()));
        }),
        Some(Secrets::Replace) => KEPT.with_borrow(|kept| {
            let (_, secret) = kept.iter().find(|(other, _)| *other == label).expect("a secret");
            derived.copy_from_slice(secret);
        }),
        None => {}
    }
}

fn suites() -> [SupportedCipherSuite; SUITES] {
    use ring::cipher_suite as suite;
    [
        suite::TLS13_AES_128_GCM_SHA256,
        suite::TLS13_AES_256_GCM_SHA384,
        suite::TLS13_CHACHA20_POLY1305_SHA256,
        suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ]
    .map(|suite| match suite {
        SupportedCipherSuite::Tls13(suite) => {
            let hkdf: &'static KnownHkdf = Box::leak(Box::new(KnownHkdf(suite.hkdf_provider)));
            let known = Tls13CipherSuite { hkdf_provider: hkdf, quic: None, ..copy13(suite) };
            SupportedCipherSuite::Tls13(Box::leak(Box::new(known)))
        }
        SupportedCipherSuite::Tls12(suite) => {
            let prf: &'static KnownPrf = Box::leak(Box::new(KnownPrf(suite.prf_provider)));
            let known = Tls12CipherSuite { prf_provider: prf, ..copy12(suite) };
            SupportedCipherSuite::Tls12(Box::leak(Box::new(known)))
        }
    })
}

fn copy13(suite: &Tls13CipherSuite) -> Tls13CipherSuite {
    let common = CipherSuiteCommon { ..suite.common };
    let Tls13CipherSuite { hkdf_provider, aead_alg, quic, .. } = *suite;
    Tls13CipherSuite { common, hkdf_provider, aead_alg, quic }
}

fn copy12(suite: &Tls12CipherSuite) -> Tls12CipherSuite {
    let common = CipherSuiteCommon { ..suite.common };
    let Tls12CipherSuite { prf_provider, kx, sign, aead_alg, .. } = *suite;
    Tls12CipherSuite { common, prf_provider, kx, sign, aead_alg }
}

/// The PRF of TLS 1.2, whose key block (RFC 5246 section 6.3) is known.
struct KnownPrf(&'static dyn Prf);

impl Prf for KnownPrf {
    fn for_key_exchange(
        &self,
        output: &mut [u8; 48],
        kx: Box<dyn ActiveKeyExchange>,
        peer_pub_key: &[u8],
        label: &[u8],
        seed: &[u8],
    ) -> Result<(), Error> {
        self.0.for_key_exchange(output, kx, peer_pub_key, label, seed)
    }

    fn for_secret(&self, output: &mut [u8], secret: &[u8], label: &[u8], seed: &[u8]) {
        self.0.for_secret(output, secret, label, seed);
        if label == b"key expansion" {
            exchange("key expansion", output);
        }
    }
}

/// The HKDF of TLS 1.3, whose traffic secrets (RFC 8446 section 7.1) are known.
struct KnownHkdf(&'static dyn Hkdf);

impl Hkdf for KnownHkdf {
    fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
        Box::new(KnownExpander(self.0.extract_from_zero_ikm(salt)))
    }

    fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
        Box::new(KnownExpander(self.0.extract_from_secret(salt, secret)))
    }

    fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
        Box::new(KnownExpander(self.0.expander_for_okm(okm)))
    }

    fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> Tag {
        self.0.hmac_sign(key, message)
    }
}

struct KnownExpander(Box<dyn HkdfExpander>);

impl HkdfExpander for KnownExpander {
    fn expand_slice(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
        self.0.expand_slice(info, output)
    }

    fn expand_block(&self, info: &[&[u8]]) -> OkmBlock {
        let block = self.0.expand_block(info);
        let labels = ["c ap traffic", "s ap traffic"];
        let label = labels.into_iter().find(|label| info.contains(&label.as_bytes()));
        let Some(label) = label else { return block };
        let mut secret = block.as_ref().to_vec();
        exchange(label, &mut secret);
        OkmBlock::new(&secret)
    }

    fn hash_len(&self) -> usize {
        self.0.hash_len()
    }
}
