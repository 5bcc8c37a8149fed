//! GeneralNames, as several extensions hold them (RFC 5280 section 4.2.1.6).

use super::dn::{Dn, bits, is_directory_string, is_oid};
use crate::der::{Reader, Value, is_integer, tag};

/// One GeneralName, borrowed from the extension.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GeneralName<'a> {
    Other {
        /// Content octets of the OBJECT IDENTIFIER.
        type_id: &'a [u8],
        /// The value inside its explicit tag, with its own tag and length.
        value: &'a [u8],
    },
    Email(&'a [u8]),
    Dns(&'a [u8]),
    /// Content octets, not checked.
    X400(&'a [u8]),
    /// A Name with tag and length, which `Dn::parse` reads.
    Directory(&'a [u8]),
    /// Content octets.
    EdiParty(&'a [u8]),
    Uri(&'a [u8]),
    /// The address: 4 or 16 octets, but any number is read.
    Ip(&'a [u8]),
    /// Content octets of the OBJECT IDENTIFIER.
    RegisteredId(&'a [u8]),
}

impl<'a> GeneralName<'a> {
    /// Reads an extension's value, a SEQUENCE OF GeneralName; `None` if OpenSSL could not read it.
    /// An empty one is accepted, as by OpenSSL.
    pub fn parse(value: &'a [u8]) -> Option<Vec<Self>> {
        Self::parse_body(Value::whole_of(value, tag::SEQUENCE)?)
    }

    /// Reads the names from the body of the SEQUENCE, or of an IMPLICIT tag in its place.
    pub fn parse_body(body: &'a [u8]) -> Option<Vec<Self>> {
        let mut reader = Reader::new(body);
        let mut names = Vec::new();
        while !reader.is_empty() {
            names.push(Self::read(&mut reader)?);
        }
        Some(names)
    }

    /// Takes one name. The characters of an IA5String are not checked, as in OpenSSL.
    pub fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let Value { tag, body, .. } = reader.any()?;
        Some(match tag {
            OTHER => {
                let mut fields = Reader::new(body);
                let type_id = fields.take(tag::OID).filter(|oid| is_oid(oid))?;
                let value = fields.take(tag::constructed(0))?;
                if !fields.is_empty() || !is_any(Value::whole(value)?) {
                    return None;
                }
                Self::Other { type_id, value }
            }
            EMAIL => Self::Email(body),
            DNS => Self::Dns(body),
            X400 => Self::X400(body),
            DIRECTORY => {
                Dn::parse(body)?;
                Self::Directory(body)
            }
            EDI_PARTY if is_edi_party(body)? => Self::EdiParty(body),
            URI => Self::Uri(body),
            IP => Self::Ip(body),
            REGISTERED_ID if is_oid(body) => Self::RegisteredId(body),
            _ => return None,
        })
    }
}

/// Whether OpenSSL reads a value as ANY: whether its content is valid for its tag.
fn is_any(value: Value<'_>) -> bool {
    let body = value.body;
    match value.tag {
        tag::BOOLEAN => matches!(body, [0 | 0xff]),
        tag::INTEGER | tag::ENUMERATED => is_integer(body),
        tag::BIT_STRING => bits(body).is_some(),
        tag::NULL => body.is_empty(),
        tag::OID => is_oid(body),
        tag::BMP_STRING => body.len() % 2 == 0,
        tag::UNIVERSAL_STRING => body.len() % 4 == 0,
        // Lengths of the shortest forms that OpenSSL reads.
        tag::UTC_TIME => body.len() >= 13,
        tag::GENERALIZED_TIME => body.len() >= 15,
        tag::SEQUENCE | tag::SET => true,
        // Known primitive types without a rule, and all tags of other classes.
        tag::OCTET_STRING
        | tag::UTF8_STRING
        | tag::NUMERIC_STRING
        | tag::PRINTABLE_STRING
        | tag::T61_STRING
        | tag::IA5_STRING
        | tag::VISIBLE_STRING
        | tag::GENERAL_STRING
        | 0x40.. => true,
        _ => false,
    }
}

/// Whether it is an EDIPartyName: a DirectoryString in `[0]`, which may be missing, and one in
/// `[1]`.
fn is_edi_party(body: &[u8]) -> Option<bool> {
    let mut fields = Reader::new(body);
    let mut strings = true;
    if fields.peek() == Some(tag::constructed(0)) {
        strings &= is_directory_string(Value::whole(fields.take(tag::constructed(0))?)?);
    }
    strings &= is_directory_string(Value::whole(fields.take(tag::constructed(1))?)?);
    Some(strings && fields.is_empty())
}

const OTHER: u8 = tag::constructed(0);
const EMAIL: u8 = tag::context(1);
const DNS: u8 = tag::context(2);
const X400: u8 = tag::constructed(3);
const DIRECTORY: u8 = tag::constructed(4);
const EDI_PARTY: u8 = tag::constructed(5);
const URI: u8 = tag::context(6);
const IP: u8 = tag::context(7);
const REGISTERED_ID: u8 = tag::context(8);

#[cfg(test)]
mod tests {
    use super::*;

    fn one(bytes: &[u8]) -> Option<GeneralName<'_>> {
        match GeneralName::parse_body(bytes)?.as_slice() {
            [name] => Some(*name),
            _ => None,
        }
    }

    #[test]
    fn each_kind_is_read() {
        use GeneralName::*;
        for (bytes, name) in [
            (
                &b"\xa0\x08\x06\x02\x2a\x03\xa0\x02\x05\0"[..],
                Other { type_id: b"\x2a\x03", value: b"\x05\0" },
            ),
            (b"\x81\x03a@b", Email(b"a@b")),
            (b"\x82\x03a.b", Dns(b"a.b")),
            (b"\xa3\x02\x05\0", X400(b"\x05\0")),
            (b"\xa4\x02\x30\0", Directory(b"\x30\0")),
            (b"\xa5\x05\xa1\x03\x0c\x01x", EdiParty(b"\xa1\x03\x0c\x01x")),
            (
                b"\xa5\x09\xa0\x02\x0c\0\xa1\x03\x0c\x01x",
                EdiParty(b"\xa0\x02\x0c\0\xa1\x03\x0c\x01x"),
            ),
            (b"\x86\x04a://", Uri(b"a://")),
            (b"\x87\x04\x7f\0\0\x01", Ip(b"\x7f\0\0\x01")),
            (b"\x88\x02\x2a\x03", RegisteredId(b"\x2a\x03")),
        ] {
            assert_eq!(one(bytes), Some(name));
            for n in 1..bytes.len() {
                assert_eq!(one(&bytes[..n]), None, "{n} bytes of {name:?}");
            }
        }
    }

    #[test]
    fn what_openssl_does_not_read_is_none() {
        for bytes in [
            &b"\xa0\x04\x06\x02\x2a\x03"[..],
            b"\xa0\x0a\x06\x02\x2a\x03\xa0\x04\x05\0\x05\0",
            b"\xa0\x09\x06\x02\x2a\x03\xa0\x03\x05\x01\0",
            b"\xa0\x0a\x06\x02\x2a\x03\xa0\x04\x02\x02\0\x01",
            b"\xa4\x04\x30\x02\x31\0",
            b"\xa4\x02\x31\0",
            b"\xa5\0",
            b"\xa5\x05\xa1\x03\x16\x01x",
            b"\x88\0",
            b"\x88\x01\x80",
            b"\x89\0",
            b"\xa2\x03\x16\x01x",
            b"\x0c\x01x",
        ] {
            assert_eq!(one(bytes), None, "{bytes:02x?}");
        }
        assert_eq!(GeneralName::parse(b"\x30\x03\x82\x01x\0"), None, "something behind it");
        assert_eq!(GeneralName::parse(b"\x31\x03\x82\x01x"), None, "a SET");
    }

    #[test]
    fn several_come_in_order_and_none_is_fine() {
        use GeneralName::*;
        let names = GeneralName::parse(b"\x30\x08\x82\x01x\x87\0\x82\x01y").unwrap();
        assert_eq!(names, [Dns(b"x"), Ip(b""), Dns(b"y")]);
        assert_eq!(GeneralName::parse(b"\x30\0"), Some(Vec::new()));
    }
}
