//! Private keys, and the public keys of certificates.

use std::sync::Arc;

use rustls::crypto::ring::sign::any_supported_type;
use rustls::sign::SigningKey;
use rustls_pki_types::PrivateKeyDer;

use super::public_key::PublicKey;
use crate::der::{Value, tag};

/// Returns a signer for a PKCS#1, PKCS#8 or SEC1 key; `None` if ring does not support it.
pub fn load(key: &PrivateKeyDer<'_>) -> Option<Arc<dyn SigningKey>> {
    any_supported_type(key).ok()
}

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
