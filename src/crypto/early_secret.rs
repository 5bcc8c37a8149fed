//! The key schedule of TLS 1.3 up to where the first secret comes in.
//!
//! Without a pre-shared key the Early Secret is made of zeros, and the salt of the Handshake Secret,
//! which is expanded of it, is the same in all connections (RFC 8446 section 7.1). Both are computed
//! once for each hash function; ring computes them, as everything else.

use std::sync::{Arc, OnceLock};

use ring::hkdf::{self, KeyType, Prk, Salt};
use rustls::Tls13CipherSuite;
use rustls::crypto::hash::HashAlgorithm;
use rustls::crypto::hmac::Tag;
use rustls::crypto::tls13::{Hkdf, HkdfExpander, OkmBlock, OutputLengthError};
use zeroize::Zeroizing;

/// Returns the key derivation of a suite, with what all connections share computed once.
pub(super) fn hkdf(suite: &Tls13CipherSuite) -> &'static dyn Hkdf {
    static SHA256: OnceLock<SharedStart> = OnceLock::new();
    static SHA384: OnceLock<SharedStart> = OnceLock::new();
    let stock = suite.hkdf_provider;
    let (place, algorithm) = match suite.common.hash_provider.algorithm() {
        HashAlgorithm::SHA256 => (&SHA256, hkdf::HKDF_SHA256),
        HashAlgorithm::SHA384 => (&SHA384, hkdf::HKDF_SHA384),
        _ => return stock,
    };
    place.get_or_init(|| {
        let start = Start { stock, algorithm, early: OnceLock::new(), salt: OnceLock::new() };
        SharedStart(Arc::new(start))
    })
}

/// HKDF with one hash function.
struct SharedStart(Arc<Start>);

struct Start {
    stock: &'static dyn Hkdf,
    algorithm: hkdf::Algorithm,
    /// The Early Secret without a pre-shared key. A ClientHello needs none.
    early: OnceLock<Box<dyn HkdfExpander>>,
    salt: OnceLock<HandshakeSalt>,
}

impl Start {
    fn early(&self) -> &dyn HkdfExpander {
        self.early.get_or_init(|| self.stock.extract_from_zero_ikm(None)).as_ref()
    }
}

/// What was expanded first of the Early Secret: a handshake without a pre-shared key expands nothing
/// but this salt.
struct HandshakeSalt {
    info: Vec<u8>,
    block: OkmBlock,
    salt: Salt,
}

impl Hkdf for SharedStart {
    fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
        match salt {
            None => Box::new(EarlySecret(self.0.clone())),
            Some(_) => self.0.stock.extract_from_zero_ikm(salt),
        }
    }

    fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
        match self.0.salt.get() {
            Some(known) if salt == Some(known.block.as_ref()) => {
                Box::new(Secret { prk: known.salt.extract(secret), len: self.0.algorithm.len() })
            }
            _ => self.0.stock.extract_from_secret(salt, secret),
        }
    }

    fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
        self.0.stock.expander_for_okm(okm)
    }

    fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> Tag {
        self.0.stock.hmac_sign(key, message)
    }
}

/// The Early Secret without a pre-shared key.
struct EarlySecret(Arc<Start>);

impl HkdfExpander for EarlySecret {
    fn expand_slice(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
        self.0.early().expand_slice(info, output)
    }

    fn expand_block(&self, info: &[&[u8]]) -> OkmBlock {
        let known = self.0.salt.get_or_init(|| {
            let block = self.0.early().expand_block(info);
            let salt = Salt::new(self.0.algorithm, block.as_ref());
            HandshakeSalt { info: info.concat(), block, salt }
        });
        if info.iter().copied().flatten().eq(&known.info) {
            return known.block.clone();
        }
        self.0.early().expand_block(info)
    }

    fn hash_len(&self) -> usize {
        self.0.early().hash_len()
    }
}

/// A secret that ring extracted.
struct Secret {
    prk: Prk,
    len: usize,
}

impl HkdfExpander for Secret {
    fn expand_slice(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
        let okm = self.prk.expand(info, Len(output.len())).map_err(|_| OutputLengthError)?;
        okm.fill(output).map_err(|_| OutputLengthError)
    }

    fn expand_block(&self, info: &[&[u8]]) -> OkmBlock {
        let mut block = Zeroizing::new([0; OkmBlock::MAX_LEN]);
        let output = block.get_mut(..self.len).unwrap_or_default();
        let result = self.expand_slice(info, output);
        // Not with zeros as a key. invariant: a block is never too long for HKDF.
        assert!(result.is_ok(), "HKDF gives 255 blocks");
        OkmBlock::new(output)
    }

    fn hash_len(&self) -> usize {
        self.len
    }
}

/// The length of what is expanded.
struct Len(usize);

impl KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::USABLE;
    use super::*;

    fn suites() -> impl Iterator<Item = &'static Tls13CipherSuite> {
        USABLE.iter().filter_map(|suite| suite.tls13())
    }

    /// What stands between the secrets of RFC 8446 section 7.1, over and over.
    #[test]
    fn it_derives_what_rustls_derives() {
        for suite in suites() {
            let stock = rustls::crypto::ring::ALL_CIPHER_SUITES.iter().find_map(|stock| {
                stock.tls13().filter(|stock| stock.common.suite == suite.common.suite)
            });
            let stock = stock.unwrap().hkdf_provider;
            for (label, other) in [(b"derived", b"another"), (b"another", b"derived")] {
                let all = [hkdf(suite), suite.hkdf_provider, stock].map(|hkdf| {
                    let early = hkdf.extract_from_zero_ikm(None);
                    let salt = early.expand_block(&[b"\0\x30", label]);
                    let secret = hkdf.extract_from_secret(Some(salt.as_ref()), b"shared");
                    let mut key = [0; 16];
                    secret.expand_slice(&[b"key"], &mut key).unwrap();
                    let block = secret.expand_block(&[b"traffic"]);
                    let cut = early.expand_block(&[&b"\0\x30"[..], &label[..3], &label[3..]]);
                    let others = [
                        early.expand_block(&[b"\0\x30", other]),
                        hkdf.extract_from_secret(Some(b"salt"), b"shared").expand_block(&[]),
                        hkdf.extract_from_secret(None, b"shared").expand_block(&[]),
                        hkdf.extract_from_zero_ikm(Some(b"salt")).expand_block(&[]),
                    ];
                    assert_eq!(salt.as_ref(), cut.as_ref());
                    assert_eq!(
                        (early.hash_len(), secret.hash_len()),
                        (salt.as_ref().len(), block.as_ref().len())
                    );
                    let others = others.map(|block| block.as_ref().to_vec());
                    (salt.as_ref().to_vec(), key, block.as_ref().to_vec(), others)
                });
                assert!(all.iter().all(|one| *one == all[2]), "{:?}", suite.common.suite);
            }
        }
    }
}
