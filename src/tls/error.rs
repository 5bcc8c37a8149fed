//! rustls' failures as codes of our table.

#[cfg(feature = "rustls-records")]
use rustls::unbuffered::EncryptError;
use rustls::{
    AlertDescription, CertificateError, InvalidMessage, PeerIncompatible, PeerMisbehaved,
};

use super::alert;
use crate::error::{Alert, Code, Details, Error};
use crate::text::quoted;

pub fn from_rustls(error: &rustls::Error) -> Error {
    use rustls::Error as E;
    match error {
        E::AlertReceived(alert) => from_alert(*alert),
        E::InvalidCertificate(error) => from_certificate(error),
        E::NoCertificatesPresented => Code::CertMissing.into(),
        E::PeerIncompatible(why) => from_incompatible(why),
        E::PeerMisbehaved(PeerMisbehaved::IllegalTlsInnerPlaintext) => {
            let why = "an encrypted record without content, or of a type that is unknown there";
            Error::detail(Code::Misbehaved, why)
        }
        E::PeerMisbehaved(why) => Error::detail(Code::Misbehaved, variant(&format!("{why:?}"))),
        E::InappropriateMessage { .. } | E::InappropriateHandshakeMessage { .. } => {
            Error::detail(Code::Misbehaved, "a message at the wrong moment")
        }
        E::PeerSentOversizedRecord => {
            Error::detail(Code::Record, "a record of more than 16384 bytes")
        }
        E::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => Code::HandshakeSize.into(),
        E::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        ) => Code::Record.into(),
        E::InvalidMessage(InvalidMessage::MissingData(_) | InvalidMessage::MessageTooShort) => {
            Error::detail(Code::Misbehaved, "a message ends before its last field")
        }
        E::InvalidMessage(InvalidMessage::TrailingData(_)) => {
            Error::detail(Code::Misbehaved, "a message goes on behind its last field")
        }
        E::InvalidMessage(why) => Error::detail(Code::Misbehaved, variant(&format!("{why:?}"))),
        E::DecryptError => Code::Decrypt.into(),
        E::General(why) if why == NO_SCHEME => {
            Error::detail(Code::Incompatible, "no signature scheme in common").with_hint(
                "Allow ECDSA with P-256 and SHA-256 (P-384: SHA-384) or RSA-PSS at the client, as ssl_key has it.",
            )
        }
        other => Error::detail(Code::Tls, other.to_string()),
    }
}

/// Turns a failure of rustls in a connection into ours, by the alert that was sent for it.
pub fn in_connection(error: &rustls::Error, sent: Option<u8>) -> Error {
    match (error, sent) {
        // Our side refused it: it is no fatal one (RFC 8446 section 6).
        (rustls::Error::AlertReceived(alert), Some(_)) => {
            let name = Alert { number: u8::from(*alert), from_peer: true }.name();
            Error::detail(
                Code::Misbehaved,
                format!("the alert {name} at a level that is not fatal"),
            )
        }
        (rustls::Error::DecryptError, Some(alert::DECRYPT_ERROR)) => {
            Error::detail(Code::Decrypt, "its Finished message does not fit the handshake")
        }
        _ => from_rustls(error),
    }
}

/// The peer ended the connection before the handshake was done.
pub fn close_notify() -> Error {
    from_alert(AlertDescription::CloseNotify)
}

/// The alert for a failure for which rustls sends none.
pub fn due_alert(error: &rustls::Error) -> u8 {
    use PeerMisbehaved as M;
    use rustls::Error as E;
    match error {
        E::InvalidCertificate(why) => AlertDescription::from(why.clone()).into(),
        E::InvalidMessage(why) => AlertDescription::from(*why).into(),
        E::PeerMisbehaved(M::InvalidKeyShare | M::ServerNameDifferedOnRetry) => {
            alert::ILLEGAL_PARAMETER
        }
        // RFC 8446 section 4.2.
        E::PeerMisbehaved(M::UnsolicitedCertExtension) => alert::UNSUPPORTED_EXTENSION,
        E::PeerMisbehaved(_) => alert::UNEXPECTED_MESSAGE,
        _ => from_rustls(error).row().alert.unwrap_or(alert::INTERNAL_ERROR),
    }
}

/// What sealing a record can fail with, once its room was checked.
#[cfg(feature = "rustls-records")]
pub fn from_encrypt(error: &EncryptError) -> Error {
    match error {
        EncryptError::EncryptExhausted => Code::KeysUsedUp.into(),
        EncryptError::InsufficientSize(_) => Code::Tls.into(),
    }
}

/// What rustls' server says where a TLS 1.2 client takes no signature that its key can make.
const NO_SCHEME: &str = "incompatible signing key";

fn from_alert(alert: AlertDescription) -> Error {
    let alert = Alert { number: u8::from(alert), from_peer: true };
    Error::with(Code::Alert, Details { alert: Some(alert), ..Details::default() })
}

fn from_certificate(error: &CertificateError) -> Error {
    use CertificateError as C;
    let code = match error {
        C::Expired | C::ExpiredContext { .. } => Code::CertExpired,
        C::NotValidYet | C::NotValidYetContext { .. } => Code::CertNotYet,
        C::Revoked => Code::CertRevoked,
        C::UnknownIssuer => Code::CertUnknownCa,
        C::UnknownRevocationStatus
        | C::ExpiredRevocationList
        | C::ExpiredRevocationListContext { .. } => Code::CrlState,
        C::BadSignature => Code::CertSignature,
        C::NotValidForName => Code::CertName,
        C::NotValidForNameContext { expected, presented } => {
            return Error::detail(Code::CertName, wrong_name(&expected.to_str(), presented));
        }
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => Code::CertPurpose,
        C::UnsupportedSignatureAlgorithmContext { .. }
        | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Code::CertOther,
        other => {
            let why = match other {
                C::Other(inner) => words(&inner.to_string()),
                other => variant(&format!("{other:?}")),
            };
            return Error::detail(Code::CertForm, why);
        }
    };
    code.into()
}

fn wrong_name(expected: &str, presented: &[String]) -> String {
    let expected = quoted(expected);
    let names: Vec<String> = presented
        .iter()
        .map(|name| {
            let text = name.split_once('(').map_or(name.as_str(), |(_, text)| text);
            quoted(text.trim_end_matches(')').trim_matches('"'))
        })
        .take(4)
        .collect();
    if names.is_empty() {
        format!("wanted {expected}, the certificate has no name in a subjectAltName")
    } else {
        format!("wanted {expected}, the certificate is for {}", names.join(", "))
    }
}

fn from_incompatible(why: &PeerIncompatible) -> Error {
    use PeerIncompatible as P;
    let code = match why {
        P::NoKxGroupsInCommon => {
            return Error::detail(Code::Incompatible, "no key exchange group in common").with_hint(
                "Allow X25519, P-256 or P-384 at the peer; DHE needs an RSA key in ssl_key.",
            );
        }
        P::NoCipherSuitesInCommon => Code::Cipher,
        P::NullCompressionRequired => {
            // RFC 5246 section 7.4.1.2, RFC 8446 section 4.1.2.
            return Error::detail(Code::Misbehaved, "its ClientHello asks for compression");
        }
        P::ServerDoesNotSupportTls12Or13 => Code::OldTls,
        P::SignatureAlgorithmsExtensionRequired => {
            let why = "it names no signature algorithms";
            let hint = "Upgrade the client's TLS library, or allow TLSv1.3 in its tls_version.";
            return Error::detail(Code::Incompatible, why).with_hint(hint);
        }
        P::ServerTlsVersionIsDisabledByOurConfig
        | P::SupportedVersionsExtensionRequired
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled => Code::Version,
        _ => Code::Incompatible,
    };
    Error::detail(code, variant(&format!("{why:?}")))
}

/// The name of a variant as words, without what it holds: that is rustls' own.
fn variant(debug: &str) -> String {
    words(debug.split(['(', ' ', '{']).next().unwrap_or_default())
}

/// `NoSignatureSchemesInCommon` as "no signature schemes in common".
fn words(name: &str) -> String {
    let mut text = String::new();
    for (i, c) in name.chars().take(120).enumerate() {
        if c.is_ascii_uppercase() && i > 0 && !text.ends_with([' ', '(']) {
            text.push(' ');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_code() {
        use rustls::Error as E;
        let cases = [
            (E::AlertReceived(AlertDescription::UnknownCA), Code::Alert),
            (E::NoCertificatesPresented, Code::CertMissing),
            (E::InvalidCertificate(CertificateError::Expired), Code::CertExpired),
            (E::InvalidCertificate(CertificateError::NotValidYet), Code::CertNotYet),
            (E::InvalidCertificate(CertificateError::Revoked), Code::CertRevoked),
            (E::InvalidCertificate(CertificateError::UnknownIssuer), Code::CertUnknownCa),
            (E::InvalidCertificate(CertificateError::UnknownRevocationStatus), Code::CrlState),
            (E::InvalidCertificate(CertificateError::BadSignature), Code::CertSignature),
            (E::InvalidCertificate(CertificateError::NotValidForName), Code::CertName),
            (E::InvalidCertificate(CertificateError::InvalidPurpose), Code::CertPurpose),
            (E::InvalidCertificate(CertificateError::BadEncoding), Code::CertForm),
            (
                E::InvalidCertificate(CertificateError::UnsupportedSignatureAlgorithmContext {
                    signature_algorithm_id: vec![],
                    supported_algorithms: vec![],
                }),
                Code::CertOther,
            ),
            (E::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon), Code::Cipher),
            (E::PeerIncompatible(PeerIncompatible::Tls12NotOffered), Code::Version),
            (E::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon), Code::Incompatible),
            (E::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge), Code::HandshakeSize),
            (E::InvalidMessage(InvalidMessage::InvalidContentType), Code::Record),
            (E::InvalidMessage(InvalidMessage::MissingKeyExchange), Code::Misbehaved),
            (E::DecryptError, Code::Decrypt),
            (E::FailedToGetRandomBytes, Code::Tls),
        ];
        for (error, code) in cases {
            assert_eq!(from_rustls(&error).code, code, "{error:?}");
        }
        #[cfg(feature = "rustls-records")]
        assert_eq!(from_encrypt(&EncryptError::EncryptExhausted).code, Code::KeysUsedUp);
    }

    #[test]
    fn a_reason_reads_as_words() {
        let detail = |why: InvalidMessage| {
            let error = from_rustls(&rustls::Error::InvalidMessage(why));
            error.details().and_then(|details| details.detail.clone()).unwrap_or_default()
        };
        assert_eq!(
            detail(InvalidMessage::MissingData("Random")),
            "a message ends before its last field"
        );
        assert_eq!(detail(InvalidMessage::DuplicateExtension(51)), "duplicate extension");
        assert_eq!(words("NoSignatureSchemesInCommon"), "no signature schemes in common");
    }
}
