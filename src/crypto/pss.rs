//! RSASSA-PSS keys: what their parameters allow them to sign with (RFC 4055 section 3.1), and the
//! verification of handshake signatures by them.

use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};

use super::algorithm_id::split;
use super::integer;
use crate::der::{Reader, Value, tag};

/// The restrictions in the SubjectPublicKeyInfo of an RSASSA-PSS key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PssRule {
    /// None: the parameters are absent.
    Any,
    /// This many bits of SHA-2, for the message and for MGF1, and a salt as long as the digest.
    Digest(u32),
    /// Ones that ring cannot keep.
    Unsupported,
}

impl PssRule {
    /// Reads the parameters of the key's algorithm, tag and length included.
    pub fn parse(parameters: &[u8]) -> Self {
        match parameters {
            [] => Self::Any,
            _ => digest_bits(parameters).map_or(Self::Unsupported, Self::Digest),
        }
    }

    /// Whether a signature with this digest, and a salt of its length, may be the key's.
    pub fn allows(self, bits: u32) -> bool {
        match self {
            Self::Any => true,
            Self::Digest(only) => only == bits,
            Self::Unsupported => false,
        }
    }
}

/// Returns the digest of RSASSA-PSS-params: SHA-256, SHA-384 or SHA-512 for the message and for
/// MGF1, a least salt length that the digest reaches, and trailer field 1. `None` for anything else:
/// a field that is absent means SHA-1, or 20 octets of salt.
fn digest_bits(parameters: &[u8]) -> Option<u32> {
    let mut fields = Reader::new(Value::whole_of(parameters, tag::SEQUENCE)?);
    let bits = sha2(fields.take(tag::constructed(0))?)?;
    let (mask, mask_digest) = split(fields.take(tag::constructed(1))?)?;
    let salt_len = match fields.take(tag::constructed(2)) {
        Some(field) => small(field)?,
        None => DEFAULT_SALT,
    };
    let trailer = fields.take(tag::constructed(3)).map_or(Some(1), small)?;
    let is_kept = mask == MGF1
        && sha2(mask_digest)? == bits
        && salt_len <= u64::from(bits / 8)
        && trailer == 1
        && fields.is_empty();
    is_kept.then_some(bits)
}

/// Returns the bits of SHA-2 of an AlgorithmIdentifier whose parameters are absent or NULL.
fn sha2(algorithm: &[u8]) -> Option<u32> {
    let (oid, [] | [tag::NULL, 0]) = split(algorithm)? else { return None };
    DIGESTS.iter().find(|(known, _)| *known == oid).map(|(_, bits)| *bits)
}

/// Returns the number of an INTEGER, tag and length included; `None` below 0.
fn small(integer: &[u8]) -> Option<u64> {
    match Value::whole_of(integer, tag::INTEGER)? {
        [0] => Some(0),
        body => integer::number(integer::positive(body)?),
    }
}

/// Returns these algorithms with `rsa_pss_pss_*` (RFC 8446 section 4.2.3) behind them: servers
/// choose in the client's order, and other keys go on signing as before.
pub fn with_pss_keys(stock: WebPkiSupportedAlgorithms) -> Vec<(SignatureScheme, Algorithms)> {
    stock.mapping.iter().copied().chain(SCHEMES).collect()
}

/// Returns the digest of a scheme for RSASSA-PSS keys; `None` for other schemes.
pub fn scheme_bits(scheme: SignatureScheme) -> Option<u32> {
    match u16::from(scheme) {
        0x0809 => Some(256),
        0x080a => Some(384),
        0x080b => Some(512),
        _ => None,
    }
}

/// Returns the scheme for rsaEncryption keys that is otherwise the same as this one for RSASSA-PSS
/// keys; `None` for other schemes.
pub fn rsae_scheme(scheme: u16) -> Option<u16> {
    scheme_bits(scheme.into())?;
    // 0x0804..=0x0806 for 0x0809..=0x080b (RFC 8446 section 4.2.3).
    scheme.checked_sub(5)
}

pub type Algorithms = &'static [&'static dyn SignatureVerificationAlgorithm];

/// rsa_pss_pss_sha256, rsa_pss_pss_sha384 and rsa_pss_pss_sha512.
const SCHEMES: [(SignatureScheme, Algorithms); 3] = [
    (SignatureScheme::Unknown(0x0809), &[&PssKey(alg_id::RSA_PSS_SHA256)]),
    (SignatureScheme::Unknown(0x080a), &[&PssKey(alg_id::RSA_PSS_SHA384)]),
    (SignatureScheme::Unknown(0x080b), &[&PssKey(alg_id::RSA_PSS_SHA512)]),
];

/// Signatures with this algorithm by RSASSA-PSS keys: ring takes the bare key, and so does what
/// verifies such signatures by ordinary ones.
#[derive(Debug)]
struct PssKey(AlgorithmIdentifier);

impl SignatureVerificationAlgorithm for PssKey {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let mut all = super::stock_algorithms().iter();
        let bare = all.find(|algorithm| algorithm.signature_alg_id() == self.0);
        bare.ok_or(InvalidSignature)?.verify_signature(public_key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10])
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0
    }
}

const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];

const DEFAULT_SALT: u64 = 20;

/// SHA-256, SHA-384 and SHA-512.
const DIGESTS: &[(&[u8], u32)] = &[
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], 256),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2], 384),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3], 512),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn value(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
        let body = parts.concat();
        [&[tag, u8::try_from(body.len()).unwrap()], &body[..]].concat()
    }

    fn algorithm(oid: &[u8], parameters: Vec<u8>) -> Vec<u8> {
        value(tag::SEQUENCE, &[value(tag::OID, &[oid.to_vec()]), parameters])
    }

    fn hash(n: usize) -> Vec<u8> {
        algorithm(DIGESTS[n].0, vec![tag::NULL, 0])
    }

    fn field(n: u8, body: Vec<u8>) -> Vec<u8> {
        value(tag::constructed(n), &[body])
    }

    fn number(n: u8) -> Vec<u8> {
        vec![tag::INTEGER, 1, n]
    }

    #[test]
    fn parameters_restrict_digest_mask_and_salt() {
        let mgf1 = |n| field(1, algorithm(MGF1, hash(n)));
        let sha256 = || field(0, hash(0));
        for (fields, rule) in [
            (vec![sha256(), mgf1(0), field(2, number(32))], PssRule::Digest(256)),
            (vec![sha256(), mgf1(0), field(2, number(0))], PssRule::Digest(256)),
            (vec![sha256(), mgf1(0)], PssRule::Digest(256)),
            (vec![sha256(), mgf1(0), field(3, number(1))], PssRule::Digest(256)),
            (vec![field(0, hash(2)), mgf1(2), field(2, number(64))], PssRule::Digest(512)),
            // RFC 8446 section 4.2.3: the salt is as long as the digest.
            (vec![sha256(), mgf1(0), field(2, number(33))], PssRule::Unsupported),
            (vec![sha256(), mgf1(1)], PssRule::Unsupported),
            (vec![sha256(), field(1, algorithm(DIGESTS[0].0, hash(0)))], PssRule::Unsupported),
            (vec![sha256(), mgf1(0), field(3, number(2))], PssRule::Unsupported),
            (vec![sha256(), mgf1(0), field(4, number(1))], PssRule::Unsupported),
            // RFC 4055 section 3.1: SHA-1 is the default.
            (vec![sha256()], PssRule::Unsupported),
            (vec![mgf1(0)], PssRule::Unsupported),
            (vec![], PssRule::Unsupported),
        ] {
            let parameters = value(tag::SEQUENCE, &fields);
            assert_eq!(PssRule::parse(&parameters), rule, "{parameters:02x?}");
        }
        assert_eq!(PssRule::parse(&[]), PssRule::Any);
        assert_eq!(PssRule::parse(&[tag::NULL, 0]), PssRule::Unsupported);
        assert!(PssRule::Digest(256).allows(256) && !PssRule::Digest(256).allows(384));
    }
}
