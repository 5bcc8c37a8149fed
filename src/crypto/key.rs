//! Private keys.

use std::sync::Arc;

use rustls::crypto::ring::sign::any_supported_type;
use rustls::sign::SigningKey;
use rustls_pki_types::PrivateKeyDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::public_key::PublicKey;

/// A signer for a PKCS#1, PKCS#8 or SEC1 key; `None` if ring does not take it.
pub fn load(key: &PrivateKeyDer<'_>) -> Option<Arc<dyn SigningKey>> {
    any_supported_type(key).ok()
}

/// Of the modulus of a certificate's RSA key; `None` for other keys.
pub fn rsa_bits(certificate: &[u8]) -> Option<usize> {
    let bits = PublicKey::parse(public_key_of(certificate)?)?.modulus_bits;
    (bits > 0).then_some(bits)
}

/// The SubjectPublicKeyInfo of a certificate of any version, as DER.
pub fn public_key_of(certificate: &[u8]) -> Option<&[u8]> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.tbs_certificate.subject_pki.raw)
}
