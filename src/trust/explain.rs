//! Refusals as errors of the table, with the names and dates that a user needs.

use super::certificate::Certificate;
use super::dn::{Dn, OnelineForm};
use super::policy::{Name, Policy, Purpose};
use super::refusal::Refusal;
use super::x509_error::X509Error;
use super::{host, time};
use crate::error::{Code, Error};
use crate::text::{cut, quoted};

impl Refusal {
    /// Returns the code of the error table for this refusal.
    pub fn code(&self) -> Code {
        use X509Error as E;
        match self.error {
            _ if self.unknown_algorithm().is_some() => Code::CertOther,
            E::UnableToGetIssuer | E::UnableToGetIssuerLocally => Code::CertUnknownCa,
            E::SelfSignedLeaf | E::SelfSignedInChain => Code::CertSelfSigned,
            E::HasExpired => Code::CertExpired,
            E::NotYetValid => Code::CertNotYet,
            E::Revoked => Code::CertRevoked,
            E::HostnameMismatch | E::IpAddressMismatch => Code::CertName,
            E::SignatureFailure => Code::CertSignature,
            E::UnsupportedSignatureAlgorithm | E::ExplicitCurve => Code::CertOther,
            E::InvalidPurpose => Code::CertPurpose,
            E::LeafKeyTooSmall | E::CaKeyTooSmall | E::CaDigestTooWeak => Code::CertWeak,
            E::InvalidCa | E::PathLengthExceeded | E::KeyUsageNoCertSign => Code::CertCa,
            E::PermittedViolation
            | E::ExcludedViolation
            | E::SubtreeMinMax
            | E::UnsupportedConstraintType
            | E::UnsupportedConstraintSyntax
            | E::UnsupportedNameSyntax => Code::CertConstraint,
            E::UnableToGetCrl => Code::CrlState,
            E::CrlHasExpired | E::CrlNotYetValid => Code::CrlExpired,
            E::CrlSignatureFailure
            | E::CrlLastUpdateField
            | E::CrlNextUpdateField
            | E::UnableToGetCrlIssuer
            | E::UndecodableIssuerKey
            | E::KeyUsageNoCrlSign
            | E::UnhandledCriticalCrlExtension
            | E::InvalidExtension
            | E::DifferentCrlScope
            | E::CrlPathValidation => Code::CrlUnusable,
            E::Unspecified
            | E::NotBeforeField
            | E::NotAfterField
            | E::ChainTooLong
            | E::UnhandledCriticalExtension
            | E::InvalidNonCa
            | E::ProxyNotAllowed => Code::CertForm,
        }
    }

    /// Returns the error with subject, issuer, depth, and the dates or names involved.
    pub fn explain(&self, policy: &Policy) -> Error {
        let mut openssl = format!("OpenSSL error {} at depth {}", self.error.number(), self.depth);
        let is_unknown = self.unknown_algorithm().is_some();
        if self.code() != Code::CertName && !is_unknown {
            // OpenSSL's text about a wrong name adds nothing to the row's. About an algorithm that
            // it does not know it says that the key is weak, or the issuer unknown.
            openssl = format!("{openssl}, {}", self.error.text());
        }
        let detail = match self.certificate.as_ref() {
            Some(certificate) => format!("{} ({openssl})", self.describe(certificate, policy)),
            None => openssl,
        };
        let depth = u32::try_from(self.depth).unwrap_or(u32::MAX);
        let error = Error::x509(self.code(), self.error.number(), depth, detail);
        match self.error {
            _ if self.other_key => error.with_hint(OTHER_KEY),
            // The row's hint is about a self-signed leaf, whose fingerprint could be set.
            X509Error::SelfSignedInChain => {
                error.with_hint("Set ssl_ca to that CA, if it is the right one.")
            }
            _ => error,
        }
    }

    /// Returns what of the certificate has an algorithm that OpenSSL does not know, if this failure
    /// came of that.
    fn unknown_algorithm(&self) -> Option<String> {
        use X509Error as E;
        let certificate = self.certificate.as_ref()?;
        match self.error {
            E::LeafKeyTooSmall | E::CaKeyTooSmall | E::Unspecified => {
                certificate.unknown_key().map(|kind| format!("has a key of {kind}"))
            }
            E::CaDigestTooWeak | E::UnableToGetIssuer | E::UnableToGetIssuerLocally => {
                certificate.unknown_signature().map(|kind| format!("is signed with {kind}"))
            }
            _ => None,
        }
    }

    /// Describes the certificate by what matters for this failure.
    fn describe(&self, certificate: &Certificate, policy: &Policy) -> String {
        let subject = shown(certificate.subject());
        if let Some(what) = self.unknown_algorithm() {
            return format!("{} {what}", shown_within(certificate.subject(), SHORT_LEN));
        }
        let date = |seconds: Option<i64>| seconds.map_or("a date unread".to_owned(), time::text);
        match self.code() {
            Code::CertExpired => format!("{subject}, on {}", date(certificate.not_after())),
            Code::CertNotYet => format!("{subject}, before {}", date(certificate.not_before())),
            Code::CertName => wrong_name(certificate, policy.name.as_ref()),
            Code::CertRevoked => {
                let serial: String =
                    certificate.serial().iter().take(20).map(|o| format!("{o:02X}")).collect();
                format!("{subject}, serial {serial}")
            }
            Code::CrlExpired => {
                let when = if self.error == X509Error::CrlHasExpired { "until" } else { "from" };
                let issuer = shown(certificate.issuer());
                format!("the list of {issuer}, {when} {}", date(self.list_date))
            }
            Code::CertPurpose => match policy.purpose {
                Purpose::Server => format!("{subject}, not for servers"),
                Purpose::Client => format!("{subject}, not for clients"),
            },
            Code::CertUnknownCa | Code::CrlState => {
                // OpenSSL's text is long here, and it is the CA that is missing.
                let issuer = shown(certificate.issuer());
                match subject.chars().chain(issuer.chars()).count() {
                    0..=SHOWN_LEN => format!("{subject} by {issuer}"),
                    _ => format!("issued by {issuer}"),
                }
            }
            Code::CertWeak => subject,
            _ if certificate.is_self_issued() => subject,
            _ => format!("{subject} by {}", shown(certificate.issuer())),
        }
    }
}

/// Describes which name was wanted, and which names the certificate has.
fn wrong_name(certificate: &Certificate, name: Option<&Name>) -> String {
    let alt_names = certificate.alt_names();
    let presented = host::presented_names(certificate.subject(), alt_names.as_deref());
    let most = if presented.len() == 1 { COMMON_NAME_LEN } else { SHOWN_LEN };
    let shown: Vec<String> =
        presented.iter().take(SHOWN_NAMES).map(|name| name.shown(most)).collect();
    let wanted = match name {
        Some(Name::Ip { text, .. }) => cut(&format!("the address {text}"), SHOWN_LEN),
        Some(Name::Dns(text)) => quoted(&cut(text, SHOWN_LEN)),
        None => String::new(),
    };
    match (shown.is_empty(), presented.len() > SHOWN_NAMES) {
        (true, _) => format!("wanted {wanted}, it has no name"),
        (_, false) => format!("wanted {wanted}, it is for {}", shown.join(", ")),
        (_, true) => format!("wanted {wanted}, it is for {}, ...", shown.join(", ")),
    }
}

/// Returns a name in OpenSSL's one-line form, in quotes, cut where a message would get too long.
pub fn shown(name: &Dn) -> String {
    shown_within(name, SHOWN_LEN)
}

fn shown_within(name: &Dn, most: usize) -> String {
    match name.oneline(OnelineForm::OpenSsl3) {
        text if text.is_empty() => "an empty name".to_owned(),
        text => quoted(&cut(&String::from_utf8_lossy(&text), most)),
    }
}

/// What to do where `Refusal::other_key` says so: the CA was renewed, or it is another's.
const OTHER_KEY: &str = "ssl_ca has that CA with another key: set the renewed one.";
/// Names that are shown of a certificate for many hosts.
const SHOWN_NAMES: usize = 3;
/// Characters that are shown of one name, so that names, OpenSSL's text and the row's fit into
/// TLSQL_MESSAGE_SIZE. "the address " and an IPv6 address are 51, the names of MySQL's own
/// certificates 57.
const SHOWN_LEN: usize = 57;
/// Characters that are shown of one name beside an algorithm's.
const SHORT_LEN: usize = 18;
/// Characters that are shown of a single name: the longest common name (RFC 5280 appendix A.1,
/// ub-common-name).
/// Those of MySQL's own certificates have 53.
const COMMON_NAME_LEN: usize = 64;

#[cfg(test)]
mod tests {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn the_name_that_mysql_makes_for_itself_is_shown_whole() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mysql-auto/server-cert.pem");
        let der = CertificateDer::from_pem_file(path).unwrap();
        let certificate = Certificate::parse(&der).unwrap();
        assert_eq!(
            wrong_name(&certificate, Name::parse("localhost").as_ref()),
            "wanted 'localhost', it is for \
             'MySQL_Server_5.7.29_Auto_Generated_Server_Certificate'"
        );
    }
}
