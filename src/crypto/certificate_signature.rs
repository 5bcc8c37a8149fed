//! Signatures of certificates and CRLs: the algorithm by its OID, its strength, and the
//! verification.
//!
//! Errors distinguish an algorithm that OpenSSL has and ring lacks from one that both lack, and a
//! signature that cannot be verified from one that is wrong.

use rustls_pki_types::{SignatureVerificationAlgorithm, alg_id};

use super::algorithm_id::{split, split_body};
use super::public_key::{KeyKind, PublicKey, SHORT_RSA};
use super::{key_name, legacy_rsa};
use crate::der::{Reader, Value, tag};

/// The reason why a signature could not be verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignatureFailure {
    /// ring lacks the algorithm, or does not support this key with it.
    Unsupported,
    /// The signature is wrong.
    Bad,
}

/// A signature algorithm: the kind of key that it needs, and its strength.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignatureKind {
    pub key: KeyKind,
    /// Bits of security as OpenSSL 3.0 counts them: half the digest's bits, fewer for broken ones.
    pub security_bits: u32,
    /// MD5 or older: refused on every security level.
    pub broken: bool,
}

impl SignatureKind {
    /// Reads an AlgorithmIdentifier; `None` for an algorithm that OpenSSL lacks too.
    pub fn parse(algorithm: &[u8]) -> Option<Self> {
        let (oid, parameters) = split(algorithm)?;
        if oid == RSA_PSS {
            let security_bits = pss_bits(parameters)?;
            return Some(Self { key: KeyKind::RsaPss, security_bits, broken: false });
        }
        let known = KINDS.iter().find(|(known, ..)| *known == oid);
        known.map(|&(_, key, security_bits)| Self {
            key,
            security_bits,
            broken: security_bits <= MD5_BITS,
        })
    }

    /// Returns the name of an AlgorithmIdentifier's algorithm, or its OID with dots.
    pub fn describe(algorithm: &[u8]) -> String {
        let named = split(algorithm).map(|(oid, _)| key_name::of(oid, &[]));
        named.unwrap_or_else(|| "an algorithm that cannot be read".to_owned())
    }
}

/// Verifies `signature` over `message`. `algorithm` is an AlgorithmIdentifier and `spki` a
/// SubjectPublicKeyInfo, both with tag and length.
///
/// # Errors
/// `Bad` if the signature is wrong, `Unsupported` if it cannot be verified.
pub fn verify_signed(
    algorithm: &[u8],
    message: &[u8],
    signature: &[u8],
    spki: &[u8],
) -> Result<(), SignatureFailure> {
    let key = PublicKey::parse(spki).ok_or(SignatureFailure::Unsupported)?;
    // No key makes a signature of an unknown algorithm, or of one for another kind of key.
    let kind = SignatureKind::parse(algorithm).filter(|kind| key.kind.signs(kind.key));
    let kind = kind.ok_or(SignatureFailure::Bad)?;
    let found = find(algorithm, &key).ok_or(SignatureFailure::Unsupported)?;
    // RFC 4055 section 3.3: with what the key's parameters allow, and nothing else.
    let digest_bits = kind.security_bits.saturating_mul(2);
    if key.kind == KeyKind::RsaPss && !key.pss_rule().allows(digest_bits) {
        return Err(SignatureFailure::Bad);
    }
    found.verify_signature(key.bits, message, signature).map_err(|_| SignatureFailure::Bad)
}

/// Finds the implementation for a signature algorithm and a key.
fn find(
    algorithm: &[u8],
    key: &PublicKey<'_>,
) -> Option<&'static dyn SignatureVerificationAlgorithm> {
    let (oid, parameters) = split(algorithm)?;
    let plain = matches!(parameters, [] | [tag::NULL, 0]);
    let is_rsa = key.kind == KeyKind::Rsa;
    if !key.is_supported() {
        return None;
    }
    if is_rsa && plain {
        // Parameters are NULL; OpenSSL accepts absent ones too (RFC 4055 section 5).
        if let Some(found) = legacy_rsa::find(oid, key.modulus_bits) {
            return Some(found);
        }
    }
    if is_rsa && key.modulus_bits < SHORT_RSA {
        return None;
    }
    let mut all = super::stock_algorithms().iter().copied();
    all.find(|known| {
        let (signature_id, key_id) = (known.signature_alg_id(), known.public_key_alg_id());
        let same_signature = match split_body(signature_id.as_ref()) {
            Some((known, [] | [tag::NULL, 0])) => known == oid && plain,
            Some((known, known_parameters)) => known == oid && known_parameters == parameters,
            None => false,
        };
        // ring takes the bare key of RSASSA-PSS too.
        let takes_rsa = key_id == alg_id::RSA_ENCRYPTION;
        let same_key = key.is_of(&key_id) || key.kind == KeyKind::RsaPss && takes_rsa;
        same_signature && same_key
    })
}

/// Returns the bits of security of RSASSA-PSS-params: those of the digest, which is the first
/// field, and SHA-1 if it is absent (RFC 4055 section 3.1).
fn pss_bits(parameters: &[u8]) -> Option<u32> {
    let mut fields = Reader::new(Value::whole_of(parameters, tag::SEQUENCE)?);
    let Some(hash) = fields.take(tag::constructed(0)) else { return Some(SHA1_BITS) };
    let (oid, _) = split(hash)?;
    DIGESTS.iter().find(|(known, _)| *known == oid).map(|(_, bits)| *bits)
}

/// OpenSSL 3.0 counts SHA-1 as 63 bits and MD5 as 39.
const SHA1_BITS: u32 = 63;
const MD5_BITS: u32 = 39;

const RSA_PSS: &[u8] = &rsa(10);

const DIGESTS: &[(&[u8], u32)] = &[
    (&[0x2b, 14, 3, 2, 26], SHA1_BITS),
    (&nist_hash(1), 128),
    (&nist_hash(2), 192),
    (&nist_hash(3), 256),
    (&nist_hash(4), 112),
];

/// The signature algorithms of OpenSSL 3.0, with the key that each needs and its bits of security:
/// PKCS #1 (RFC 8017), X9.62, FIPS 186, RFC 8410.
const KINDS: &[(&[u8], KeyKind, u32)] = &[
    (&rsa(2), KeyKind::Rsa, MD5_BITS),
    (&rsa(3), KeyKind::Rsa, MD5_BITS),
    (&rsa(4), KeyKind::Rsa, MD5_BITS),
    (&rsa(5), KeyKind::Rsa, SHA1_BITS),
    (&[0x2b, 14, 3, 2, 29], KeyKind::Rsa, SHA1_BITS),
    (&rsa(11), KeyKind::Rsa, 128),
    (&rsa(12), KeyKind::Rsa, 192),
    (&rsa(13), KeyKind::Rsa, 256),
    (&rsa(14), KeyKind::Rsa, 112),
    (&rsa(15), KeyKind::Rsa, 112),
    (&rsa(16), KeyKind::Rsa, 128),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], KeyKind::Ec, SHA1_BITS),
    (&ecdsa(1), KeyKind::Ec, 112),
    (&ecdsa(2), KeyKind::Ec, 128),
    (&ecdsa(3), KeyKind::Ec, 192),
    (&ecdsa(4), KeyKind::Ec, 256),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3], KeyKind::Dsa, SHA1_BITS),
    (&nist_signature(1), KeyKind::Dsa, 112),
    (&nist_signature(2), KeyKind::Dsa, 128),
    (&nist_signature(3), KeyKind::Dsa, 192),
    (&nist_signature(4), KeyKind::Dsa, 256),
    (&[0x2b, 0x65, 0x70], KeyKind::Ed25519, 128),
    (&[0x2b, 0x65, 0x71], KeyKind::Ed448, 224),
];

const fn rsa(n: u8) -> [u8; 9] {
    [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, n]
}

const fn ecdsa(n: u8) -> [u8; 8] {
    [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, n]
}

const fn nist_hash(n: u8) -> [u8; 9] {
    [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, n]
}

const fn nist_signature(n: u8) -> [u8; 9] {
    [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, n]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn algorithm(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
        let oid = [&[tag::OID, oid.len() as u8], oid].concat();
        let body = [&oid[..], parameters].concat();
        [&[tag::SEQUENCE, body.len() as u8], &body[..]].concat()
    }

    #[test]
    fn the_strength_is_that_of_the_digest() {
        for (oid, bits, broken) in
            [(rsa(4), 39, true), (rsa(5), 63, false), (rsa(11), 128, false), (rsa(14), 112, false)]
        {
            let kind = SignatureKind::parse(&algorithm(&oid, &[tag::NULL, 0])).unwrap();
            assert_eq!((kind.key, kind.security_bits), (KeyKind::Rsa, bits));
            assert_eq!(kind.broken, broken);
        }
        assert_eq!(SignatureKind::parse(&algorithm(&rsa(99), &[])), None);
        assert_eq!(SignatureKind::parse(&[]), None);
    }

    #[test]
    fn a_pss_digest_is_in_the_parameters() {
        let sha256 = algorithm(&nist_hash(1), &[tag::NULL, 0]);
        let field = [&[tag::constructed(0), sha256.len() as u8], &sha256[..]].concat();
        let parameters = [&[tag::SEQUENCE, field.len() as u8], &field[..]].concat();
        let bits = |parameters: &[u8]| {
            SignatureKind::parse(&algorithm(RSA_PSS, parameters)).map(|kind| kind.security_bits)
        };
        assert_eq!(bits(&parameters), Some(128));
        assert_eq!(bits(&[tag::SEQUENCE, 0]), Some(63));
        assert_eq!(bits(&[]), None);
    }
}
