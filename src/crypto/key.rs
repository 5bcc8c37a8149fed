//! Private keys, and the public keys of certificates.

use std::sync::Arc;

use rustls::crypto::ring::sign::{any_ecdsa_type, any_supported_type};
use rustls::sign::SigningKey;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use super::algorithm_id::split_body;
use super::integer::{bit_length, number, positive};
use super::key_name;
use super::public_key::{EC, PublicKey, RSA};
use super::stack;
use crate::der::{Value, tag};

/// Returns a signer for a PKCS#1, PKCS#8 or SEC1 key; `None` if ring does not support it.
pub fn load(key: &PrivateKeyDer<'_>) -> Option<Arc<dyn SigningKey>> {
    stack::wiped_after(|| signer(key))
}

fn signer(key: &PrivateKeyDer<'_>) -> Option<Arc<dyn SigningKey>> {
    let PrivateKeyDer::Sec1(sec1) = key else { return any_supported_type(key).ok() };
    // rustls does the same, but frees its copies unwiped.
    CURVES.iter().find_map(|curve| {
        let key = pkcs8(curve, sec1.secret_sec1_der())?;
        any_ecdsa_type(&PrivatePkcs8KeyDer::from(key.as_slice()).into()).ok()
    })
}

/// Whether a signer's key is that of a certificate.
pub fn is_key_of(key: &Arc<dyn SigningKey>, certificate: &[u8]) -> bool {
    let (own, shown) = (key.public_key(), public_key_of(certificate));
    own.zip(shown).is_some_and(|(own, shown)| PublicKey::is_same(&own, shown))
}

/// Whether a private key is that of a certificate; `true` for one that ring does not sign with. An RSA
/// key is not loaded for that: ring frees parts of it unwiped.
pub fn is_pair(key: &PrivateKeyDer<'_>, certificate: &[u8]) -> bool {
    match own_modulus(key) {
        Some(own) => shown_modulus(certificate) == Some(own),
        None => load(key).is_none_or(|key| is_key_of(&key, certificate)),
    }
}

/// Returns the modulus in an RSA private key; `None` for other keys.
fn own_modulus<'a>(key: &'a PrivateKeyDer<'_>) -> Option<&'a [u8]> {
    let der = match key {
        PrivateKeyDer::Pkcs1(key) => key.secret_pkcs1_der(),
        PrivateKeyDer::Pkcs8(key) => {
            let mut fields = Value::whole(key.secret_pkcs8_der())?.sequence()?;
            fields.take(tag::INTEGER)?;
            let (oid, _) = split_body(fields.take(tag::SEQUENCE)?)?;
            fields.take(tag::OCTET_STRING).filter(|_| oid == RSA)?
        }
        _ => return None,
    };
    let mut numbers = Value::whole(der)?.sequence()?;
    numbers.take(tag::INTEGER)?;
    positive(numbers.take(tag::INTEGER)?)
}

/// Returns the modulus in a certificate with an RSA key.
fn shown_modulus(certificate: &[u8]) -> Option<&[u8]> {
    let key = PublicKey::parse(public_key_of(certificate)?)?;
    let mut numbers = Value::whole(key.bits)?.sequence()?;
    positive(numbers.take(tag::INTEGER)?).filter(|_| key.modulus_bits > 0)
}

/// Returns why ring does not sign with a key.
pub fn why_unusable(key: &PrivateKeyDer<'_>) -> String {
    let der = key.secret_der();
    let read = match key {
        PrivateKeyDer::Pkcs1(_) => why_rsa(der),
        PrivateKeyDer::Sec1(_) => why_sec1(der),
        _ => why_pkcs8(der),
    };
    read.unwrap_or_else(|| "it cannot be read".to_owned())
}

/// A PrivateKeyInfo (RFC 5958 section 2).
fn why_pkcs8(der: &[u8]) -> Option<String> {
    let mut fields = Value::whole(der)?.sequence()?;
    fields.take(tag::INTEGER)?;
    let (oid, parameters) = split_body(fields.take(tag::SEQUENCE)?)?;
    let inner = fields.take(tag::OCTET_STRING)?;
    match oid {
        RSA => why_rsa(inner),
        _ => Some(format!("{}, which ring does not sign with", key_name::of(oid, parameters))),
    }
}

/// An ECPrivateKey (RFC 5915 section 3).
fn why_sec1(der: &[u8]) -> Option<String> {
    let mut fields = Value::whole(der)?.sequence()?;
    fields.take(tag::INTEGER)?;
    fields.take(tag::OCTET_STRING)?;
    let parameters = fields.take(tag::constructed(0)).unwrap_or_default();
    Some(format!("{}, which ring does not sign with", key_name::of(EC, parameters)))
}

/// An RSAPrivateKey (RFC 8017 appendix A.1.2), and the limits of ring's signer: two primes of 1024,
/// 1536 or 2048 bits, and an odd exponent from 65537 to 2^33 - 1.
fn why_rsa(der: &[u8]) -> Option<String> {
    let mut fields = Value::whole(der)?.sequence()?;
    let version = fields.take(tag::INTEGER)?;
    let bits = bit_length(positive(fields.take(tag::INTEGER)?)?);
    let exponent = number(positive(fields.take(tag::INTEGER)?)?);
    Some(match exponent {
        _ if version != [0] => "RSA with more than two primes".to_owned(),
        _ if !matches!(bits, 2047..=2048 | 3071..=3072 | 4095..=4096) => {
            format!("RSA of {bits} bits, and ring signs with 2048, 3072 and 4096 only")
        }
        Some(exponent) if exponent < MIN_EXPONENT => {
            format!("RSA with the public exponent {exponent}, and ring signs with 65537 or more")
        }
        Some(..=MAX_EXPONENT) => "RSA whose parts do not fit together".to_owned(),
        _ => "RSA with a public exponent of more than 33 bits".to_owned(),
    })
}

const MIN_EXPONENT: u64 = 65537;
const MAX_EXPONENT: u64 = (1 << 33) - 1;

/// Returns the PrivateKeyInfo (RFC 5958 section 2) of a SEC1 key on a curve; wiped when dropped.
fn pkcs8(curve: &[u8], sec1: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let octets = head(tag::OCTET_STRING, sec1.len())?;
    let version = [tag::INTEGER, 1, 0];
    let parts = [&version[..], curve, &octets, sec1];
    let len = parts.iter().map(|part| part.len()).sum();
    let sequence = head(tag::SEQUENCE, len)?;
    let mut key = Zeroizing::new(Vec::with_capacity(sequence.len().saturating_add(len)));
    key.extend_from_slice(&sequence);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    Some(key)
}

/// Returns tag and length of a value, the length in its shortest form.
fn head(tag: u8, len: usize) -> Option<Vec<u8>> {
    let [high, low] = u16::try_from(len).ok()?.to_be_bytes();
    Some(match (high, low) {
        (0, 0..=0x7f) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    })
}

/// AlgorithmIdentifiers of id-ecPublicKey on P-256 and on P-384 (RFC 5480 section 2.1.1).
const CURVES: [&[u8]; 2] = [
    b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
    b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22",
];

/// Returns the bits of the RSA modulus of a certificate's key; `None` for other keys.
pub fn rsa_bits(certificate: &[u8]) -> Option<usize> {
    let bits = PublicKey::parse(public_key_of(certificate)?)?.modulus_bits;
    (bits > 0).then_some(bits)
}

/// Returns the SubjectPublicKeyInfo of a certificate of any version, in DER: the field after
/// version, serial number, algorithm, issuer, validity and subject (RFC 5280 section 4.1). No other
/// field has to be readable, since without verification none is used.
pub fn public_key_of(certificate: &[u8]) -> Option<&[u8]> {
    let mut fields = Value::whole(certificate)?.sequence()?.any()?.sequence()?;
    let _ = fields.take(tag::constructed(0));
    fields.take(tag::INTEGER)?;
    for _ in ["algorithm", "issuer", "validity", "subject"] {
        fields.take(tag::SEQUENCE)?;
    }
    fields.take_value(tag::SEQUENCE).map(|value| value.raw)
}
