//! Words for the kind of a key, for messages.

use super::pss::PssRule;
use super::public_key::{
    DSA, EC, ED448, ED25519, KeyKind, PublicKey, RSA, RSA_PSS, UNCOMPRESSED, X448, X25519,
    algorithm_of,
};
use crate::der::{Value, dotted, tag};
use crate::text;

/// Returns the name of a key's algorithm, or of its curve: "P-521", "ML-DSA-65", or numbers with
/// dots.
pub fn of(oid: &[u8], parameters: &[u8]) -> String {
    match Value::whole(parameters) {
        Some(Value { tag: tag::OID, body: curve, .. }) if oid == EC => {
            find(CURVES, curve, "curve ")
        }
        Some(Value { tag: tag::SEQUENCE, .. }) if oid == EC => {
            "EC with its parameters written out".to_owned()
        }
        _ => find(ALGORITHMS, oid, "algorithm "),
    }
}

/// Returns words for the key in a SubjectPublicKeyInfo: its kind, and what decides whether ring
/// takes it, as "RSA of 2048 bits".
pub fn describe(spki: &[u8]) -> String {
    let Some((oid, parameters)) = algorithm_of(spki) else { return "of no known kind".to_owned() };
    match PublicKey::parse(spki) {
        Some(key) => with_details(&key),
        None => of(oid, parameters),
    }
}

fn with_details(key: &PublicKey<'_>) -> String {
    let name = of(key.oid, key.parameters);
    match key.kind {
        KeyKind::RsaPss if key.pss_rule() == PssRule::Unsupported => {
            format!("{name}, restricted to parameters that ring lacks")
        }
        KeyKind::Rsa | KeyKind::RsaPss => {
            let bits = key.modulus_bits;
            match key.exponent {
                Some(3 | 65537) => format!("{name} of {bits} bits"),
                Some(exponent) => format!("{name} of {bits} bits with exponent {exponent}"),
                None => format!("{name} of {bits} bits with a long exponent"),
            }
        }
        KeyKind::Ec if key.bits.first() != Some(&UNCOMPRESSED) => {
            format!("{name} with a compressed point")
        }
        _ => name,
    }
}

fn find(names: &[(&[u8], &str)], oid: &[u8], what: &str) -> String {
    match names.iter().find(|(known, _)| *known == oid) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("{what}{}", text::cut(&dotted(oid), MAX_DOTTED)),
    }
}

/// Characters of an unknown OBJECT IDENTIFIER that a message shows.
const MAX_DOTTED: usize = 22;

/// RFC 3279, RFC 4055, RFC 8410, RFC 9881, RFC 9909.
const ALGORITHMS: &[(&[u8], &str)] = &[
    (RSA, "RSA"),
    (RSA_PSS, "RSASSA-PSS"),
    (EC, "EC"),
    (DSA, "DSA"),
    (X25519, "X25519"),
    (X448, "X448"),
    (ED25519, "Ed25519"),
    (ED448, "Ed448"),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17], "ML-DSA-44"),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18], "ML-DSA-65"),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19], "ML-DSA-87"),
];

/// SEC 2 and RFC 5639.
const CURVES: &[(&[u8], &str)] = &[
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], "P-192"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "P-256"),
    (&[0x2b, 0x81, 4, 0, 10], "secp256k1"),
    (&[0x2b, 0x81, 4, 0, 33], "P-224"),
    (&[0x2b, 0x81, 4, 0, 34], "P-384"),
    (&[0x2b, 0x81, 4, 0, 35], "P-521"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1"),
];
