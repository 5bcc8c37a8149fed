//! Verification of handshake signatures with nothing but the certificate's public key.
//!
//! rustls' own helpers read the whole certificate, with a parser that refuses X.509 v1, the version
//! that the commands in MySQL's manual make.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::{CertificateError, DigitallySignedStruct, Error, PeerMisbehaved, SignatureScheme};
use rustls_pki_types::SignatureVerificationAlgorithm;

use super::public_key_of;
use crate::der::{Value, tag};

/// Verifies a signature in TLS 1.2, with any algorithm that fits both the scheme and the key (RFC
/// 5246 section 7.4.1.4.1).
pub fn verify_tls12(
    message: &[u8],
    certificate: &[u8],
    signed: &DigitallySignedStruct,
    supported: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    check(message, certificate, signed, algorithms(signed.scheme, supported)?)
}

/// Verifies a signature in TLS 1.3, where the scheme determines the curve too, and PKCS#1 and SHA-1
/// are not allowed (RFC 8446 section 4.2.3).
pub fn verify_tls13(
    message: &[u8],
    certificate: &[u8],
    signed: &DigitallySignedStruct,
    supported: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    if !allowed_in_tls13(signed.scheme) {
        return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
    }
    let algorithms = algorithms(signed.scheme, supported)?;
    check(message, certificate, signed, algorithms.get(..1).unwrap_or(algorithms))
}

fn check(
    message: &[u8],
    certificate: &[u8],
    signed: &DigitallySignedStruct,
    algorithms: &[&'static dyn SignatureVerificationAlgorithm],
) -> Result<HandshakeSignatureValid, Error> {
    let spki = public_key_of(certificate).ok_or(CertificateError::BadEncoding)?;
    let (algorithm_id, key) = split_spki(spki).ok_or(CertificateError::BadEncoding)?;
    for algorithm in algorithms {
        if algorithm.public_key_alg_id().as_ref() == algorithm_id {
            return algorithm
                .verify_signature(key, message, signed.signature())
                .map(|_| HandshakeSignatureValid::assertion())
                .map_err(|_| CertificateError::BadSignature.into());
        }
    }
    Err(CertificateError::BadSignature.into())
}

fn algorithms(
    scheme: SignatureScheme,
    supported: &WebPkiSupportedAlgorithms,
) -> Result<&[&'static dyn SignatureVerificationAlgorithm], Error> {
    supported
        .mapping
        .iter()
        .find(|(mapped, _)| *mapped == scheme)
        .map(|(_, algorithms)| *algorithms)
        .ok_or_else(|| PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
}

fn allowed_in_tls13(scheme: SignatureScheme) -> bool {
    matches!(
        scheme,
        SignatureScheme::ECDSA_NISTP256_SHA256
            | SignatureScheme::ECDSA_NISTP384_SHA384
            | SignatureScheme::RSA_PSS_SHA256
            | SignatureScheme::RSA_PSS_SHA384
            | SignatureScheme::RSA_PSS_SHA512
            | SignatureScheme::ED25519
    )
}

/// Splits a SubjectPublicKeyInfo into the body of its AlgorithmIdentifier and the key.
fn split_spki(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = Value::whole(spki)?.sequence()?;
    let algorithm = fields.take(tag::SEQUENCE)?;
    // The first octet of a BIT STRING is the number of unused bits, which is 0 in a key.
    match fields.take(tag::BIT_STRING)?.split_first()? {
        (0, key) => Some((algorithm, key)),
        _ => None,
    }
}
