//! What x509-parser reads of a certificate.

use x509_parser::nom::Parser;
use x509_parser::prelude::{X509Certificate, X509CertificateParser};

/// Without the extensions' insides. It refuses some that OpenSSL reads.
pub fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    let mut parser = X509CertificateParser::new().with_deep_parse_extensions(false);
    let (rest, parsed) = parser.parse(der).ok()?;
    rest.is_empty().then_some(parsed)
}
