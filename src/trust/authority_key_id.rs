//! authorityKeyIdentifier (RFC 5280 section 4.2.1.1).

use super::dn::Dn;
use super::general_name::GeneralName;
use crate::der::{Value, tag};

/// What a certificate or a revocation list says of its issuer's key.
#[derive(Clone, Debug)]
pub struct AuthorityKeyId {
    key_id: Option<Box<[u8]>>,
    serial: Option<Box<[u8]>>,
    /// The first directoryName of authorityCertIssuer.
    issuer: Option<Dn>,
}

impl AuthorityKeyId {
    /// `None` if the payload cannot be read.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut fields = Value::whole(payload)?.sequence()?;
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

    /// Whether these are the key identifier, serial number and issuer of the issuer's certificate.
    /// What one side leaves out is not compared (OpenSSL's X509_check_akid()).
    pub(super) fn matches(&self, key_id: Option<&[u8]>, serial: &[u8], issuer: &Dn) -> bool {
        let same_key = match (&self.key_id, key_id) {
            (Some(named), Some(own)) => **named == *own,
            _ => true,
        };
        same_key
            && self.serial.as_ref().is_none_or(|named| **named == *serial)
            && self.issuer.as_ref().is_none_or(|named| named == issuer)
    }
}
