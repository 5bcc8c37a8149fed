//! Distinguished names: reading, comparing, hashing, and the one-line form.

use std::borrow::Cow;
use std::collections::BinaryHeap;
use std::hash::{Hash, Hasher};
use std::str::from_utf8;

use super::short_name;
use crate::crypto;
use crate::der::{Reader, Value, tag};

/// An owned Name in a form that OpenSSL reads too.
///
/// Two names are equal if OpenSSL's X509_NAME_cmp() finds them equal: the type of a string, the
/// case of ASCII letters and the amount of white space make no difference.
#[derive(Clone, Debug)]
pub struct Dn {
    raw: Box<[u8]>,
    canonical: Box<[u8]>,
    /// Number of attributes.
    entries: usize,
}

/// One attribute of a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attribute<'a> {
    /// The content octets of the type's OBJECT IDENTIFIER.
    pub oid: &'a [u8],
    /// The tag of the value.
    pub tag: u8,
    /// The value as OpenSSL keeps it: the octets of a BIT STRING without the count of unused bits,
    /// a SEQUENCE with tag and length, and the content octets of all other types.
    pub value: &'a [u8],
    /// The value with tag and length, as it was encoded.
    pub raw: &'a [u8],
    /// It is in one SET (RelativeDistinguishedName) with the attribute before it.
    pub joined: bool,
}

/// The one-line form of a name, which `X509_NAME_oneline()` writes differently in OpenSSL's
/// versions.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OnelineForm {
    /// 3.0 and later: `/` and `+` are escaped in values, and `+` joins the attributes of one SET.
    #[default]
    OpenSsl3,
    /// Up to 1.1.1: no escapes and no `+`, so that a value can look like several attributes.
    OpenSsl111,
}

impl Dn {
    /// Reads a Name, tag and length included; `None` if OpenSSL could not read it, or if it has an
    /// empty SET.
    pub fn parse(raw: &[u8]) -> Option<Self> {
        let mut rdns = Value::whole(raw)?.sequence()?;
        let mut canonical = Vec::with_capacity(raw.len());
        let mut entries = 0usize;
        while !rdns.is_empty() {
            let mut rdn = Reader::new(rdns.take(tag::SET)?);
            let first = Attribute::read(&mut rdn, false);
            if rdn.is_empty() {
                // As almost all have it: nothing to sort. RFC 5280 section 4.1.2.4: SIZE (1..MAX).
                // OpenSSL would skip an empty set.
                push_value(&mut canonical, tag::SET, &first?.canonical()?);
                entries = entries.saturating_add(1);
                continue;
            }
            let mut members = vec![first?.canonical()?];
            while !rdn.is_empty() {
                members.push(Attribute::read(&mut rdn, false)?.canonical()?);
            }
            entries = entries.saturating_add(members.len());
            // X.690 section 11.6: a SET is sorted, and the canonical values may sort otherwise.
            let members = BinaryHeap::from(members).into_sorted_vec();
            push_value(&mut canonical, tag::SET, &members.concat());
        }
        Some(Self { raw: raw.into(), canonical: canonical.into(), entries })
    }

    /// Returns the Name as it was encoded.
    #[cfg(feature = "internals")]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Returns OpenSSL's canonical form: the SETs with their values made comparable, without the
    /// SEQUENCE around them.
    pub fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Returns the number of attributes.
    pub fn entry_count(&self) -> usize {
        self.entries
    }

    /// Returns OpenSSL's X509_NAME_hash(), by which files in a directory are named: `{:08x}.0` for
    /// a certificate, `{:08x}.r0` for a CRL.
    pub fn hash(&self) -> u32 {
        let [a, b, c, d, ..] = crypto::sha1(&self.canonical);
        u32::from_le_bytes([a, b, c, d])
    }

    /// Returns all attributes, in encoded order.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'_>> {
        // invariant: `parse` has read all of it in the same way.
        let rdns = Value::whole(&self.raw).and_then(|whole| whole.sequence());
        Attributes { rdns: rdns.unwrap_or(Reader::new(b"")), rdn: Reader::new(b"") }
    }

    /// Returns the common names in encoded order; `None` for one whose value is not text.
    pub fn common_names(&self) -> impl Iterator<Item = Option<Cow<'_, str>>> {
        self.attributes().filter(|a| a.oid == COMMON_NAME).map(|a| a.text())
    }

    /// Returns the emailAddress attributes, in encoded order.
    pub fn emails(&self) -> impl Iterator<Item = Attribute<'_>> {
        self.attributes().filter(|a| a.oid == EMAIL_ADDRESS)
    }

    /// Returns the one-line form, which `REQUIRE SUBJECT` and `REQUIRE ISSUER` compare; empty for
    /// an empty name.
    pub fn oneline(&self, form: OnelineForm) -> Vec<u8> {
        let escapes = form == OnelineForm::OpenSsl3;
        let mut line = Vec::with_capacity(self.raw.len());
        for attribute in self.attributes() {
            line.push(if escapes && attribute.joined { b'+' } else { b'/' });
            line.extend_from_slice(short_name::of(attribute.oid).as_bytes());
            line.push(b'=');
            for &octet in attribute.value {
                match octet {
                    b'/' | b'+' if escapes => line.extend_from_slice(&[b'\\', octet]),
                    b' '..=b'~' => line.push(octet),
                    _ => line.extend_from_slice(format!("\\x{octet:02X}").as_bytes()),
                }
            }
        }
        line
    }
}

impl Eq for Dn {}

impl Hash for Dn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl<'a> Attribute<'a> {
    /// Returns the value as text; `None` if its type is no string, or if it is malformed.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self.tag {
            tag::UTF8_STRING => from_utf8(self.value).ok().map(Cow::Borrowed),
            // One character an octet, ISO 8859-1: OpenSSL checks none of the smaller alphabets, and
            // reads a T61String as Latin-1.
            tag::NUMERIC_STRING | tag::PRINTABLE_STRING | tag::T61_STRING | tag::IA5_STRING => {
                Some(match from_utf8(self.value) {
                    Ok(text) if text.is_ascii() => Cow::Borrowed(text),
                    _ => Cow::Owned(self.value.iter().copied().map(char::from).collect()),
                })
            }
            // UCS-2: a surrogate is not a character, nor is a pair of them.
            tag::BMP_STRING => {
                units(self.value, |unit: [u8; 2]| u32::from(u16::from_be_bytes(unit)))
            }
            tag::UNIVERSAL_STRING => units(self.value, u32::from_be_bytes),
            _ => None,
        }
    }

    /// Takes an AttributeTypeAndValue.
    fn read(rdn: &mut Reader<'a>, joined: bool) -> Option<Self> {
        let mut fields = rdn.any()?.sequence()?;
        let oid = fields.take(tag::OID).filter(|oid| is_oid(oid))?;
        let Value { tag, body, raw } = fields.any()?;
        if !fields.is_empty() {
            return None;
        }
        let value = match tag {
            // The strings of OpenSSL's ASN1_PRINTABLE; VisibleString and GeneralString are not
            // among them. Of the other types that it accepts, only BIT STRING and SEQUENCE are
            // read.
            tag::UTF8_STRING
            | tag::NUMERIC_STRING
            | tag::PRINTABLE_STRING
            | tag::T61_STRING
            | tag::IA5_STRING
            | tag::UNIVERSAL_STRING
            | tag::BMP_STRING => body,
            tag::BIT_STRING => bits(body)?,
            tag::SEQUENCE => raw,
            _ => return None,
        };
        Some(Self { oid, tag, value, raw, joined })
    }

    /// Encodes the attribute with its value as UTF8String, white space trimmed and collapsed, ASCII
    /// in lower case. Values that are not compared as text stay as they are.
    fn canonical(&self) -> Option<Vec<u8>> {
        let mut fields =
            Vec::with_capacity(self.raw.len().saturating_add(self.oid.len()).saturating_add(ROOM));
        push_value(&mut fields, tag::OID, self.oid);
        match self.tag {
            tag::SEQUENCE | tag::NUMERIC_STRING | tag::BIT_STRING => {
                fields.extend_from_slice(self.raw);
            }
            _ => push_value(&mut fields, tag::UTF8_STRING, &comparable(&self.text()?)),
        }
        let mut whole = Vec::with_capacity(fields.len().saturating_add(ROOM));
        push_value(&mut whole, tag::SEQUENCE, &fields);
        Some(whole)
    }
}

/// Iterates over the attributes of a Name.
struct Attributes<'a> {
    rdns: Reader<'a>,
    rdn: Reader<'a>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let joined = !self.rdn.is_empty();
        if !joined {
            self.rdn = Reader::new(self.rdns.take(tag::SET)?);
        }
        Attribute::read(&mut self.rdn, joined)
    }
}

/// Makes text comparable as OpenSSL's asn1_string_canon() does. Octets beyond ASCII stay, white
/// space among them too.
fn comparable(text: &str) -> Vec<u8> {
    let is_space = |octet: &u8| matches!(octet, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r');
    let words = text.as_bytes().split(is_space).filter(|word| !word.is_empty());
    let mut out = Vec::with_capacity(text.len());
    for word in words {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
    out.make_ascii_lowercase();
    out
}

/// Decodes big-endian characters of `N` octets each.
fn units<const N: usize>(octets: &[u8], unit: fn([u8; N]) -> u32) -> Option<Cow<'_, str>> {
    let chunks = octets.chunks(N).map(|chunk| char::from_u32(unit(chunk.try_into().ok()?)));
    chunks.collect::<Option<String>>().map(Cow::Owned)
}

/// Returns the octets of a BIT STRING; `None` unless the unused bits are 0, as DER demands (X.690
/// section 11.2.1). OpenSSL clears them.
pub(super) fn bits(body: &[u8]) -> Option<&[u8]> {
    let (&unused, bits) = body.split_first()?;
    let last = bits.last().copied();
    let set = match (unused, last) {
        (0, _) => 0,
        (1..=7, Some(last)) => last & !(0xffu8 << unused),
        _ => return None,
    };
    (set == 0).then_some(bits)
}

/// Whether these can be an OBJECT IDENTIFIER's content octets: whole arcs in their shortest form
/// (X.690 section 8.19.2).
pub(super) fn is_oid(body: &[u8]) -> bool {
    let ends = |octet: &u8| octet & 0x80 == 0;
    body.last().is_some_and(ends)
        && body.split_inclusive(ends).all(|arc| arc.first() != Some(&0x80))
}

/// Whether a value is one of the types that RFC 5280 appendix A.1 calls DirectoryString.
pub(super) fn is_directory_string(value: Value<'_>) -> bool {
    match value.tag {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::T61_STRING => true,
        tag::BMP_STRING => value.body.len() % 2 == 0,
        tag::UNIVERSAL_STRING => value.body.len() % 4 == 0,
        _ => false,
    }
}

/// Appends a value in DER.
fn push_value(out: &mut Vec<u8>, tag: u8, body: &[u8]) {
    out.push(tag);
    match u8::try_from(body.len()) {
        Ok(short @ ..=0x7f) => out.push(short),
        _ => {
            let len = body.len().to_be_bytes();
            let zeros = len.iter().take_while(|octet| **octet == 0).count();
            let long = len.get(zeros..).unwrap_or_default();
            // A usize has 8 octets at most.
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(body);
}

/// Octets of the tags and lengths of two values, as a rule.
const ROOM: usize = 8;

/// 2.5.4.3.
const COMMON_NAME: &[u8] = b"\x55\x04\x03";
/// 1.2.840.113549.1.9.1.
const EMAIL_ADDRESS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a Name with one attribute in each SET.
    fn name(attributes: &[(&[u8], u8, &[u8])]) -> Vec<u8> {
        let mut sets = Vec::new();
        for (oid, tag, value) in attributes {
            push_value(&mut sets, tag::SET, &attribute(oid, *tag, value));
        }
        whole(tag::SEQUENCE, &sets)
    }

    fn attribute(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        whole(tag::SEQUENCE, &[whole(tag::OID, oid), whole(tag, value)].concat())
    }

    fn whole(tag: u8, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        push_value(&mut out, tag, body);
        out
    }

    fn common_name(tag: u8, value: &[u8]) -> Option<Dn> {
        Dn::parse(&name(&[(COMMON_NAME, tag, value)]))
    }

    #[test]
    fn string_type_case_and_white_space_make_no_difference() {
        let plain = common_name(tag::UTF8_STRING, b"my sql").unwrap();
        for (tag, value) in [
            (tag::PRINTABLE_STRING, &b"My SQL"[..]),
            (tag::IA5_STRING, b" \t\x0b\x0c\r\nMy \n SQL\x20"),
            (tag::T61_STRING, b"MY  SQL"),
            (tag::BMP_STRING, b"\0M\0y\0 \0S\0Q\0L"),
            (tag::UNIVERSAL_STRING, b"\0\0\0m\0\0\0y\0\0\0 \0\0\0s\0\0\0q\0\0\0l"),
        ] {
            assert_eq!(common_name(tag, value).unwrap(), plain, "{tag:#x}");
        }
        assert_ne!(common_name(tag::NUMERIC_STRING, b"my sql").unwrap(), plain);
        assert_ne!(common_name(tag::UTF8_STRING, b"mysql").unwrap(), plain);
        assert_ne!(
            common_name(tag::UTF8_STRING, "my\u{a0}sql".as_bytes()).unwrap(),
            plain,
            "a space beyond ASCII is none"
        );
        let accented = common_name(tag::UTF8_STRING, "É".as_bytes()).unwrap();
        assert_eq!(common_name(tag::T61_STRING, b"\xc9").unwrap(), accented, "Latin-1");
        assert_ne!(common_name(tag::UTF8_STRING, "é".as_bytes()).unwrap(), accented);
    }

    #[test]
    fn what_openssl_does_not_read_is_none() {
        for (tag, value) in [
            (tag::VISIBLE_STRING, &b"x"[..]),
            (tag::GENERAL_STRING, b"x"),
            (tag::OCTET_STRING, b"x"),
            (tag::UTF8_STRING, b"\xff\xfe"),
            (tag::UTF8_STRING, b"\xed\xa0\x80"),
            (tag::UTF8_STRING, b"\xc0\x80"),
            (tag::BMP_STRING, b"\0x\0"),
            (tag::BMP_STRING, b"\xd8\x3d\xde\0"),
            (tag::UNIVERSAL_STRING, b"\0\0\0x\0\0"),
            (tag::UNIVERSAL_STRING, b"\0\x11\0\0"),
            (tag::BIT_STRING, b""),
            (tag::BIT_STRING, b"\x08\0"),
            (0x2c, b"\x0c\x01x"),
        ] {
            assert!(common_name(tag, value).is_none(), "{tag:#x} {value:02x?}");
        }
        let set = whole(tag::SET, &attribute(COMMON_NAME, tag::UTF8_STRING, b"x"));
        for (bytes, why) in [
            (whole(tag::SET, &set), "a SET of sets"),
            (whole(tag::SEQUENCE, &whole(tag::SET, b"")), "an empty set"),
            (whole(tag::SEQUENCE, &whole(tag::SEQUENCE, b"")), "no set"),
            ([name(&[]), vec![0]].concat(), "something behind it"),
            (name(&[(b"", tag::UTF8_STRING, b"x")]), "no type"),
            (name(&[(b"\x55\x84", tag::UTF8_STRING, b"x")]), "an arc cut short"),
            (name(&[(b"\x55\x80\x04", tag::UTF8_STRING, b"x")]), "an arc with a leading zero"),
        ] {
            assert!(Dn::parse(&bytes).is_none(), "{why}");
        }
        let three = [whole(tag::OID, COMMON_NAME), whole(tag::UTF8_STRING, b""), vec![5, 0]];
        let set = whole(tag::SET, &whole(tag::SEQUENCE, &three.concat()));
        assert!(Dn::parse(&whole(tag::SEQUENCE, &set)).is_none(), "a third field");
    }

    #[test]
    fn no_prefix_is_a_name() {
        let bytes = name(&[(COMMON_NAME, tag::UTF8_STRING, b"x"), (EMAIL_ADDRESS, 0x16, b"a@b")]);
        for n in 0..bytes.len() {
            assert!(Dn::parse(&bytes[..n]).is_none(), "{n} bytes");
        }
    }

    #[test]
    fn one_set_is_one_unit_and_ordered_anew() {
        let pair = [
            attribute(COMMON_NAME, tag::PRINTABLE_STRING, b"B"),
            attribute(COMMON_NAME, tag::UTF8_STRING, b"a"),
        ];
        let set = whole(tag::SEQUENCE, &whole(tag::SET, &pair.concat()));
        let dn = Dn::parse(&set).unwrap();
        let names: Vec<_> = dn.common_names().flatten().collect();
        assert_eq!(names, ["B", "a"]);
        assert_eq!(dn.entry_count(), 2);
        assert_eq!(dn.oneline(OnelineForm::OpenSsl3), b"/CN=B+CN=a");
        assert_eq!(dn.oneline(OnelineForm::OpenSsl111), b"/CN=B/CN=a");
        let turned = whole(tag::SEQUENCE, &whole(tag::SET, &[&pair[1][..], &pair[0]].concat()));
        assert_eq!(Dn::parse(&turned).unwrap(), dn);
        let apart = name(&[(COMMON_NAME, 0x0c, b"a"), (COMMON_NAME, 0x0c, b"b")]);
        assert_ne!(Dn::parse(&apart).unwrap(), dn);
    }

    #[test]
    fn values_that_are_no_text_are_copied() {
        let bits = common_name(tag::BIT_STRING, b"\x04\xf0").unwrap();
        assert_eq!(bits.canonical(), b"\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x03\x02\x04\xf0");
        assert_eq!(bits.oneline(OnelineForm::OpenSsl3), b"/CN=\\xF0");
        assert_eq!(bits.common_names().collect::<Vec<_>>(), [None]);
        let sequence = common_name(tag::SEQUENCE, b"\x05\0").unwrap();
        assert_eq!(sequence.oneline(OnelineForm::OpenSsl3), b"/CN=0\\x02\\x05\\x00");
    }

    #[test]
    fn an_empty_name_is_a_name() {
        let dn = Dn::parse(b"\x30\0").unwrap();
        assert!(dn.is_empty());
        assert_eq!(dn.canonical(), b"");
        assert_eq!(dn.oneline(OnelineForm::OpenSsl3), b"");
        assert_eq!(dn.hash(), 0xeea3_39da, "of no octets");
    }

    #[test]
    fn emails_tell_their_type() {
        let dn = Dn::parse(&name(&[
            (EMAIL_ADDRESS, tag::IA5_STRING, b"a@b"),
            (COMMON_NAME, tag::UTF8_STRING, b"x"),
            (EMAIL_ADDRESS, tag::UTF8_STRING, b"c@d"),
        ]))
        .unwrap();
        let found: Vec<_> = dn.emails().map(|email| (email.tag, email.value)).collect();
        assert_eq!(found, [(tag::IA5_STRING, &b"a@b"[..]), (tag::UTF8_STRING, b"c@d")]);
    }

    #[test]
    fn long_values_keep_their_lengths() {
        for len in [0x7f, 0x80, 0xff, 0x100, 0x1_0000] {
            let bytes = name(&[(COMMON_NAME, tag::UTF8_STRING, &vec![b'x'; len])]);
            let dn = Dn::parse(&bytes).unwrap();
            let sets = Value::whole_of(&bytes, tag::SEQUENCE).unwrap();
            assert_eq!(dn.canonical(), sets, "{len} characters");
        }
    }
}
