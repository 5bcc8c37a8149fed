//! Verification of handshake signatures with nothing but the certificate's public key.
//!
//! rustls' own helpers read the whole certificate, with a parser that refuses X.509 v1, the version
//! that the commands in MySQL's manual make. The key is looked at before the signature, so that one
//! that ring lacks is not taken for a wrong signature.

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::SignatureVerificationAlgorithm;

use super::public_key::{KeyKind, PublicKey};
use super::{key_name, pss, public_key_of};

/// The reason why a peer's key or its handshake signature is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HandshakeFailure {
    /// The certificate has no key that can be read.
    Unreadable,
    /// ring lacks this kind of key.
    Unsupported(String),
    /// The scheme was not offered, or TLS 1.3 does not allow it.
    NotOffered,
    /// The scheme is for keys of another kind than the certificate's.
    OtherKind,
    /// The signature was made with another key, or over something else.
    Bad,
}

/// Returns the kind of a certificate's key, if handshake signatures can be verified with it.
///
/// # Errors
/// `Unreadable`, `Unsupported`.
pub fn check_key(certificate: &[u8]) -> Result<KeyKind, HandshakeFailure> {
    peer_key(certificate).map(|key| key.kind)
}

/// Verifies a signature in TLS 1.2, with any algorithm that fits both the scheme and the key (RFC
/// 5246 section 7.4.1.4.1).
///
/// # Errors
/// Any `HandshakeFailure`.
pub fn verify_tls12(
    message: &[u8],
    certificate: &[u8],
    signed: &DigitallySignedStruct,
    supported: &WebPkiSupportedAlgorithms,
) -> Result<(), HandshakeFailure> {
    let key = peer_key(certificate)?;
    check(message, &key, signed, algorithms(signed.scheme, supported)?)
}

/// Verifies a signature in TLS 1.3, where the scheme determines the curve too, and PKCS#1 and SHA-1
/// are not allowed (RFC 8446 section 4.2.3).
///
/// # Errors
/// Any `HandshakeFailure`.
pub fn verify_tls13(
    message: &[u8],
    certificate: &[u8],
    signed: &DigitallySignedStruct,
    supported: &WebPkiSupportedAlgorithms,
) -> Result<(), HandshakeFailure> {
    let key = peer_key(certificate)?;
    if !allowed_in_tls13(signed.scheme) {
        return Err(HandshakeFailure::NotOffered);
    }
    let algorithms = algorithms(signed.scheme, supported)?;
    check(message, &key, signed, algorithms.get(..1).unwrap_or(algorithms))
}

fn peer_key(certificate: &[u8]) -> Result<PublicKey<'_>, HandshakeFailure> {
    let spki = public_key_of(certificate).ok_or(HandshakeFailure::Unreadable)?;
    match PublicKey::parse(spki) {
        Some(key) if key.is_supported() => Ok(key),
        // Too short for any algorithm: `PeerVerifier` calls it weak.
        Some(key) if key.kind == KeyKind::Rsa && key.modulus_bits < 1024 => Ok(key),
        None if PublicKey::is_known(spki) => Err(HandshakeFailure::Unreadable),
        _ => Err(HandshakeFailure::Unsupported(key_name::describe(spki))),
    }
}

fn check(
    message: &[u8],
    key: &PublicKey<'_>,
    signed: &DigitallySignedStruct,
    algorithms: &[&'static dyn SignatureVerificationAlgorithm],
) -> Result<(), HandshakeFailure> {
    // RFC 8446 section 4.2.3: the digest of the scheme must be that of the key's parameters.
    let digest_bits = pss::scheme_bits(signed.scheme);
    if digest_bits.is_some_and(|bits| !key.pss_rule().allows(bits)) {
        return Err(HandshakeFailure::OtherKind);
    }
    let mut algorithms = algorithms.iter();
    let found = algorithms.find(|algorithm| key.is_of(&algorithm.public_key_alg_id()));
    found
        .ok_or(HandshakeFailure::OtherKind)?
        .verify_signature(key.bits, message, signed.signature())
        .map_err(|_| HandshakeFailure::Bad)
}

fn algorithms(
    scheme: SignatureScheme,
    supported: &WebPkiSupportedAlgorithms,
) -> Result<&[&'static dyn SignatureVerificationAlgorithm], HandshakeFailure> {
    supported
        .mapping
        .iter()
        .find(|(mapped, _)| *mapped == scheme)
        .map(|(_, algorithms)| *algorithms)
        .ok_or(HandshakeFailure::NotOffered)
}

fn allowed_in_tls13(scheme: SignatureScheme) -> bool {
    pss::scheme_bits(scheme).is_some()
        || matches!(
            scheme,
            SignatureScheme::ECDSA_NISTP256_SHA256
                | SignatureScheme::ECDSA_NISTP384_SHA384
                | SignatureScheme::RSA_PSS_SHA256
                | SignatureScheme::RSA_PSS_SHA384
                | SignatureScheme::RSA_PSS_SHA512
                | SignatureScheme::ED25519
        )
}
