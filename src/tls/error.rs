//! rustls' failures as codes of our table.

use rustls::unbuffered::EncryptError;
use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};

use super::alert;
use super::record::Frame;
use crate::error::{Alert, Code, Details, Error};

pub fn from_rustls(error: &rustls::Error) -> Error {
    use rustls::Error as E;
    match error {
        E::AlertReceived(alert) => from_alert(*alert),
        E::InvalidCertificate(error) => from_certificate(error),
        E::NoCertificatesPresented => Code::CertMissing.into(),
        E::PeerIncompatible(why) => from_incompatible(why),
        E::PeerMisbehaved(why) => Error::detail(Code::Misbehaved, words(&format!("{why:?}"))),
        E::InappropriateMessage { .. } | E::InappropriateHandshakeMessage { .. } => {
            Error::detail(Code::Misbehaved, "a message at the wrong moment")
        }
        E::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => Code::HandshakeSize.into(),
        E::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        )
        | E::PeerSentOversizedRecord => Code::Record.into(),
        E::InvalidMessage(why) => Error::detail(Code::Misbehaved, words(&format!("{why:?}"))),
        E::DecryptError => Code::Decrypt.into(),
        E::General(why) if why == NO_SCHEME => {
            Error::detail(Code::Incompatible, "no signature scheme in common").with_hint(
                "Allow ECDSA with P-256 and SHA-256 (P-384: SHA-384) or RSA-PSS at the client, as ssl_key has it.",
            )
        }
        other => Error::detail(Code::Tls, other.to_string()),
    }
}

/// Returns the number of the alert that rustls queued for a failure, if it queued one: read from
/// `queued` where it is in clear, else as rustls chooses it.
pub fn queued_alert(error: &rustls::Error, queued: &[u8]) -> Option<u8> {
    use rustls::Error as E;
    if let Some(number) = alert::fatal_number(last_record(queued)?) {
        return Some(number);
    }
    match error {
        E::InvalidCertificate(why) => Some(AlertDescription::from(why.clone()).into()),
        E::InvalidMessage(why) => Some(AlertDescription::from(*why).into()),
        E::AlertReceived(_) => None,
        other => from_rustls(other).row().alert,
    }
}

/// A refusal of the peer, still in clear, for which rustls sends no alert.
pub fn lacks_alert(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::General(why) if why == NO_SCHEME)
}

/// What sealing a record can fail with, once its room was checked.
pub fn from_encrypt(error: &EncryptError) -> Error {
    match error {
        EncryptError::EncryptExhausted => Code::KeysUsedUp.into(),
        EncryptError::InsufficientSize(_) => Code::Tls.into(),
    }
}

/// Returns the last of whole records, header included.
fn last_record(mut records: &[u8]) -> Option<&[u8]> {
    let mut last = None;
    while let Frame::Whole(_, record) = Frame::next(records) {
        last = Some(record);
        records = records.get(record.len()..).unwrap_or_default();
    }
    last
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
                C::Other(inner) => inner.to_string(),
                other => other.to_string(),
            };
            return Error::detail(Code::CertForm, words(&why));
        }
    };
    code.into()
}

fn wrong_name(expected: &str, presented: &[String]) -> String {
    let names: Vec<&str> = presented
        .iter()
        .map(|name| {
            let text = name.split_once('(').map_or(name.as_str(), |(_, text)| text);
            text.trim_end_matches(')').trim_matches('"')
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
        P::ServerDoesNotSupportTls12Or13 => Code::OldTls,
        P::SignatureAlgorithmsExtensionRequired => {
            let why = "it names no signature algorithms, as TLS 1.1 and older do not";
            let hint = "Allow TLSv1.2 in the client's tls_version, or upgrade its TLS library.";
            return Error::detail(Code::Incompatible, why).with_hint(hint);
        }
        P::ServerTlsVersionIsDisabledByOurConfig
        | P::SupportedVersionsExtensionRequired
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled => Code::Version,
        _ => Code::Incompatible,
    };
    Error::detail(code, words(&format!("{why:?}")))
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
        assert_eq!(from_encrypt(&EncryptError::EncryptExhausted).code, Code::KeysUsedUp);
    }

    #[test]
    fn a_reason_reads_as_words() {
        assert_eq!(words("NoSignatureSchemesInCommon"), "no signature schemes in common");
    }
}
