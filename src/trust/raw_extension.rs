//! One extension as it is encoded (RFC 5280 section 4.2): in a certificate, a CRL or a CRL entry.

use super::dn::is_oid;
use crate::der::{Reader, tag};

/// An extension whose value was not read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extension<'a> {
    /// The content octets of the OBJECT IDENTIFIER.
    pub oid: &'a [u8],
    pub critical: bool,
    pub value: &'a [u8],
}

impl<'a> Extension<'a> {
    /// Takes the next extension; `None` if it is malformed.
    pub fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let mut inside = Reader::new(reader.take(tag::SEQUENCE)?);
        let oid = inside.take(tag::OID).filter(|oid| is_oid(oid))?;
        // OpenSSL accepts a FALSE that DER would leave out, and any octet but 0 as TRUE.
        let critical = match inside.peek()? {
            tag::BOOLEAN => match inside.take(tag::BOOLEAN)? {
                [octet] => *octet != 0,
                _ => return None,
            },
            _ => false,
        };
        let value = inside.take(tag::OCTET_STRING)?;
        inside.is_empty().then_some(Self { oid, critical, value })
    }
}

/// The occurrences of an extension, which RFC 5280 section 4.2 allows once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Occurrence<'a> {
    #[default]
    Absent,
    Single(&'a [u8]),
    Repeated,
}

impl<'a> Occurrence<'a> {
    /// Notes one more. Returns true: the extension is handled.
    pub fn add(&mut self, value: &'a [u8]) -> bool {
        *self = match self {
            Self::Absent => Self::Single(value),
            _ => Self::Repeated,
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<(bool, usize)> {
        let mut reader = Reader::new(bytes);
        let extension = Extension::read(&mut reader)?;
        assert!(reader.is_empty());
        Some((extension.critical, extension.value.len()))
    }

    /// The expected results are those of OpenSSL's d2i_X509_CRL().
    #[test]
    fn criticality_and_forms() {
        assert_eq!(read(b"\x30\x07\x06\x03\x2a\x03\x04\x04\x00"), Some((false, 0)));
        assert_eq!(read(b"\x30\x0a\x06\x03\x2a\x03\x04\x01\x01\xff\x04\x00"), Some((true, 0)));
        assert_eq!(read(b"\x30\x0a\x06\x03\x2a\x03\x04\x01\x01\x01\x04\x00"), Some((true, 0)));
        assert_eq!(read(b"\x30\x0a\x06\x03\x2a\x03\x04\x01\x01\x00\x04\x00"), Some((false, 0)));
        for malformed in [
            &b"\x30\x0b\x06\x03\x2a\x03\x04\x01\x02\x00\x00\x04\x00"[..],
            b"\x30\x04\x06\x00\x04\x00",
            b"\x30\x06\x06\x02\x2a\x83\x04\x00",
            b"\x30\x07\x06\x03\x2a\x80\x03\x04\x00",
            b"\x30\x05\x06\x03\x2a\x03\x04",
            b"\x30\x09\x06\x03\x2a\x03\x04\x04\x00\x05\x00",
        ] {
            assert_eq!(read(malformed), None, "{malformed:02x?}");
        }
    }

    #[test]
    fn a_second_one_is_no_value() {
        let mut occurrence = Occurrence::default();
        assert!(occurrence.add(b"a"));
        assert_eq!(occurrence, Occurrence::Single(b"a"));
        assert!(occurrence.add(b"a"));
        assert_eq!(occurrence, Occurrence::Repeated);
    }
}
