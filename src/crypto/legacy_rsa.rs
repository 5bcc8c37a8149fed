//! RSA keys below 2048 bits, and RSA with SHA-1: verified by ring's legacy algorithms, where a
//! lower security level allows them.

use std::sync::LazyLock;

use ring::signature::{self, RsaParameters, UnparsedPublicKey};
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};

use super::pss::Algorithms;

/// Returns the legacy algorithm for this OID and a modulus of this size, if there is one.
pub fn find(
    oid: &[u8],
    modulus_bits: usize,
) -> Option<&'static dyn SignatureVerificationAlgorithm> {
    match oid {
        SHA1_WITH_RSA | OIW_SHA1_WITH_RSA => Some(&RSA_SHA1),
        SHA256_WITH_RSA if modulus_bits < 2048 => Some(&RSA_SHA256),
        SHA512_WITH_RSA if modulus_bits < 2048 => Some(&RSA_SHA512),
        _ => None,
    }
}

/// Returns the algorithms for handshakes with peers whose RSA keys are short: those of the
/// provider, and PKCS#1 from 1024 bits on. PKCS#1 comes before PSS, since servers choose in the
/// client's order and ring does not verify PSS by such keys.
pub fn handshake_algorithms() -> WebPkiSupportedAlgorithms {
    let all = super::stock_algorithms();
    WebPkiSupportedAlgorithms { all, mapping: &MAPPING }
}

/// PKCS#1 v1.5 signatures by keys of 1024 bits and more.
#[derive(Debug)]
struct LegacyRsa {
    signature_id: AlgorithmIdentifier,
    ring: &'static RsaParameters,
}

impl SignatureVerificationAlgorithm for LegacyRsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = UnparsedPublicKey::new(self.ring, public_key);
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature_id
    }
}

static MAPPING: LazyLock<Vec<(SignatureScheme, Algorithms)>> = LazyLock::new(|| {
    let mut mapping: Vec<(SignatureScheme, Algorithms)> = vec![
        (SignatureScheme::RSA_PKCS1_SHA256, SHORT_SHA256),
        (SignatureScheme::RSA_PKCS1_SHA512, SHORT_SHA512),
    ];
    for entry in super::handshake_algorithms().mapping {
        if mapping.iter().all(|(scheme, _)| *scheme != entry.0) {
            mapping.push(*entry);
        }
    }
    mapping
});

static SHORT_SHA256: Algorithms = &[&RSA_SHA256];
static SHORT_SHA512: Algorithms = &[&RSA_SHA512];

static RSA_SHA1: LegacyRsa = LegacyRsa {
    // sha1WithRSAEncryption (RFC 3279 section 2.2.1), parameters NULL.
    signature_id: AlgorithmIdentifier::from_slice(&[
        6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5, 5, 0,
    ]),
    ring: &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
};

static RSA_SHA256: LegacyRsa = LegacyRsa {
    signature_id: alg_id::RSA_PKCS1_SHA256,
    ring: &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
};

static RSA_SHA512: LegacyRsa = LegacyRsa {
    signature_id: alg_id::RSA_PKCS1_SHA512,
    ring: &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
};

const SHA1_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
const OIW_SHA1_WITH_RSA: &[u8] = &[0x2b, 14, 3, 2, 29];
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
const SHA512_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13];
