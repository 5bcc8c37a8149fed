//! The authorityKeyIdentifier extension (RFC 5280 section 4.2.1.1).

use super::certificate::Certificate;
use super::dn::Dn;
use super::general_name::GeneralName;
use crate::der::{Value, tag};

/// Which key and certificate of its issuer a certificate or a CRL was signed with.
#[derive(Clone, Debug)]
pub struct AuthorityKeyId {
    key_id: Option<Box<[u8]>>,
    serial: Option<Box<[u8]>>,
    /// The first directoryName of authorityCertIssuer.
    issuer: Option<Dn>,
}

impl AuthorityKeyId {
    /// Reads the extension's value; `None` if OpenSSL could not read it.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let mut fields = Value::whole(value)?.sequence()?;
        let key_id = fields.take(tag::context(0)).map(Into::into);
        let mut issuer = None;
        if let Some(names) = fields.take(tag::constructed(1)) {
            for name in GeneralName::parse_body(names)? {
                if let (GeneralName::Directory(raw), None) = (name, &issuer) {
                    issuer = Some(Dn::parse(raw)?);
                }
            }
        }
        let serial = fields.take(tag::context(2)).map(Into::into);
        fields.is_empty().then_some(Self { key_id, serial, issuer })
    }

    /// Whether `issuer` has the key identifier, serial number and issuer that stand here. A part
    /// that is missing on either side is not compared (OpenSSL's X509_check_akid()).
    pub fn identifies(&self, issuer: &Certificate) -> bool {
        !self.is_of_other_key(issuer).unwrap_or(false)
            && self.serial.as_ref().is_none_or(|named| **named == *issuer.serial())
            && self.issuer.as_ref().is_none_or(|named| named == issuer.issuer())
    }

    /// Whether the key identifiers differ; `None` if one of the two has none.
    pub fn is_of_other_key(&self, issuer: &Certificate) -> Option<bool> {
        Some(**self.key_id.as_ref()? != *issuer.subject_key_id()?)
    }
}
