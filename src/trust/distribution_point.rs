//! Distribution points: where a certificate says that CRLs are, and which certificates a CRL says
//! that it covers (RFC 5280 sections 4.2.1.13 and 5.2.5).
//!
//! Nothing is fetched from there: the names only identify which of a CA's CRLs covers a
//! certificate.

use std::collections::HashSet;

use super::dn::Dn;
use super::general_name::GeneralName;
use crate::der::{Reader, Value, tag};

/// Revocation reasons as bits, in OpenSSL's order.
pub(super) type Reasons = u16;

/// OpenSSL's CRLDP_ALL_REASONS: bit 0 is unused in ReasonFlags.
pub(super) const ALL_REASONS: Reasons = 0x807f;

/// The issuingDistributionPoint of a CRL.
#[derive(Debug)]
pub(super) struct IssuingDistributionPoint {
    names: Option<Names>,
    pub only_user: bool,
    pub only_ca: bool,
    pub only_attribute: bool,
    /// onlySomeReasons is there: the CRL lists revocations for some reasons only.
    pub some_reasons: bool,
    /// The CRL lists certificates of other issuers too.
    pub indirect: bool,
}

/// A DistributionPoint of a certificate, with the names made comparable.
#[derive(Debug)]
pub(super) struct DistributionPoint {
    names: Option<Names>,
    /// Reasons for which the CRLs there list revocations.
    pub reasons: Reasons,
}

/// A DistributionPoint as it is encoded in a certificate.
#[derive(Debug)]
pub(super) struct RawDistributionPoint<'a> {
    name: Option<DistributionPointName<'a>>,
    reasons: Reasons,
    /// The GeneralNames of the CRLs' issuer, if it is not the certificate's.
    crl_issuer: Option<&'a [u8]>,
}

/// Names in a form in which equal ones have equal octets.
type Names = HashSet<Vec<u8>>;

/// The CHOICE of the same name in RFC 5280.
#[derive(Clone, Copy, Debug)]
enum DistributionPointName<'a> {
    /// GeneralNames.
    Full(&'a [u8]),
    /// A RelativeDistinguishedName, to be put behind the issuer's name.
    Relative(&'a [u8]),
}

impl IssuingDistributionPoint {
    /// Reads the extension of a CRL that `issuer` issued; `None` if OpenSSL could not read it.
    pub fn parse(value: &[u8], issuer: &Dn) -> Option<Self> {
        let mut fields = Reader::new(Value::whole_of(value, tag::SEQUENCE)?);
        let name = DistributionPointName::take(&mut fields)?;
        let only_user = take_flag(&mut fields, 1)?;
        let only_ca = take_flag(&mut fields, 2)?;
        let some_reasons = take_reasons(&mut fields, 3)?.is_some();
        let indirect = take_flag(&mut fields, 4)?;
        let only_attribute = take_flag(&mut fields, 5)?;
        if !fields.is_empty() {
            return None;
        }
        let names = match name {
            Some(name) => Some(name.resolve(issuer)?),
            None => None,
        };
        Some(Self { names, only_user, only_ca, only_attribute, some_reasons, indirect })
    }

    pub fn is_named(&self) -> bool {
        self.names.is_some()
    }

    /// Whether more than one of the three is set, which RFC 5280 section 5.2.5 forbids.
    pub fn is_contradictory(&self) -> bool {
        [self.only_user, self.only_ca, self.only_attribute].iter().filter(|set| **set).count() > 1
    }

    /// Whether the two have a name in common, or one of them has no name.
    pub fn matches(&self, point: &DistributionPoint) -> bool {
        let (Some(own), Some(names)) = (&self.names, &point.names) else { return true };
        names.iter().any(|name| own.contains(name))
    }
}

impl DistributionPoint {
    /// Reads the cRLDistributionPoints of a certificate that `issuer` issued, and returns those
    /// with CRLs of `issuer`; `None` if OpenSSL could not read the extension. All names are read
    /// here, and not again for each CRL.
    pub fn parse_all(value: &[u8], issuer: &Dn) -> Option<Vec<Self>> {
        let points = RawDistributionPoint::parse_all(value)?;
        let of_issuer = points.iter().filter(|point| point.has_crls_of(issuer));
        Some(of_issuer.map(|point| point.resolve(issuer)).collect())
    }

    /// Returns the number of names to compare with each CRL.
    pub fn name_count(&self) -> usize {
        self.names.as_ref().map_or(0, HashSet::len)
    }
}

impl<'a> RawDistributionPoint<'a> {
    /// Reads the value of cRLDistributionPoints; `None` if OpenSSL could not read it.
    pub fn parse_all(value: &'a [u8]) -> Option<Vec<Self>> {
        let mut points = Reader::new(Value::whole_of(value, tag::SEQUENCE)?);
        let mut all = Vec::new();
        while !points.is_empty() {
            all.push(Self::parse(points.take(tag::SEQUENCE)?)?);
        }
        Some(all)
    }

    /// Whether `issuer`, who also issued the certificate, issued the CRLs there.
    fn has_crls_of(&self, issuer: &Dn) -> bool {
        match self.crl_issuer_names() {
            Some(mut names) => names.any(|name| name == *issuer),
            None => true,
        }
    }

    fn resolve(&self, issuer: &Dn) -> DistributionPoint {
        let base = self.crl_issuer_names().and_then(|mut names| names.next());
        // A name that cannot be resolved stands for no name at all, which no CRL has.
        let resolve = |name: DistributionPointName<'_>| {
            name.resolve(base.as_ref().unwrap_or(issuer)).unwrap_or_default()
        };
        DistributionPoint { names: self.name.map(resolve), reasons: self.reasons }
    }

    fn parse(body: &'a [u8]) -> Option<Self> {
        let mut fields = Reader::new(body);
        let name = DistributionPointName::take(&mut fields)?;
        let reasons = take_reasons(&mut fields, 1)?.unwrap_or(ALL_REASONS);
        let crl_issuer = fields.take(tag::constructed(2));
        // RFC 5280 section 4.2.1.13: not reasons alone.
        let has_place = name.is_some() || crl_issuer.is_some_and(|names| !names.is_empty());
        let readable = crl_issuer.is_none_or(are_general_names);
        if !fields.is_empty() || !has_place || !readable {
            return None;
        }
        Some(Self { name, reasons, crl_issuer })
    }

    fn crl_issuer_names(&self) -> Option<impl Iterator<Item = Dn> + use<'a>> {
        self.crl_issuer.map(directory_names)
    }
}

impl<'a> DistributionPointName<'a> {
    /// Takes the `[0]` that comes first, if it is there.
    fn take(fields: &mut Reader<'a>) -> Option<Option<Self>> {
        if fields.peek() != Some(tag::constructed(0)) {
            return Some(None);
        }
        let choice = Value::whole(fields.take(tag::constructed(0))?)?;
        match choice.tag {
            FULL_NAME => are_general_names(choice.body).then_some(Some(Self::Full(choice.body))),
            RELATIVE_NAME => {
                // OpenSSL reads an empty set, which then cannot be resolved.
                let readable = choice.body.is_empty() || relative(choice.body).is_some();
                readable.then_some(Some(Self::Relative(choice.body)))
            }
            _ => None,
        }
    }

    /// Makes the names comparable; a relative one is put behind `issuer`.
    fn resolve(self, issuer: &Dn) -> Option<Names> {
        let directory = |canonical: &[&[u8]]| {
            let parts = [&[DIRECTORY_NAME][..]].into_iter().chain(canonical.iter().copied());
            parts.flatten().copied().collect::<Vec<u8>>()
        };
        match self {
            // A Name's canonical form is that of its parts, one behind the other.
            Self::Relative(attributes) => {
                let part = relative(attributes).filter(|part| !part.is_empty())?;
                Some(HashSet::from([directory(&[issuer.canonical(), part.canonical()])]))
            }
            Self::Full(names) => {
                let mut names = Reader::new(names);
                let mut comparable = HashSet::new();
                while !names.is_empty() {
                    let name = names.any()?;
                    comparable.insert(match name.tag {
                        DIRECTORY_NAME => directory(&[Dn::parse(name.body)?.canonical()]),
                        _ => name.raw.to_vec(),
                    });
                }
                Some(comparable)
            }
        }
    }
}

/// Whether one of the GeneralNames in `body` is `wanted`, as a directoryName; `None` if OpenSSL
/// could not read them.
pub(super) fn names_directory(body: &[u8], wanted: &Dn) -> Option<bool> {
    are_general_names(body).then(|| directory_names(body).any(|name| name == *wanted))
}

fn directory_names(body: &[u8]) -> impl Iterator<Item = Dn> + use<'_> {
    GeneralName::parse_body(body).unwrap_or_default().into_iter().filter_map(|name| match name {
        GeneralName::Directory(raw) => Dn::parse(raw),
        _ => None,
    })
}

fn are_general_names(body: &[u8]) -> bool {
    GeneralName::parse_body(body).is_some()
}

/// Takes a BOOLEAN `[n]`; false if it is not there. OpenSSL takes any octet but 0 for true.
fn take_flag(fields: &mut Reader<'_>, n: u8) -> Option<bool> {
    match fields.take(tag::context(n)) {
        Some([octet]) => Some(*octet != 0),
        Some(_) => None,
        None => Some(false),
    }
}

/// Takes a ReasonFlags `[n]`, if it is there.
fn take_reasons(fields: &mut Reader<'_>, n: u8) -> Option<Option<Reasons>> {
    let Some(bits) = fields.take(tag::context(n)) else { return Some(None) };
    let (&unused, octets) = bits.split_first()?;
    if unused > 7 || (unused > 0 && octets.is_empty()) {
        return None;
    }
    let last = octets.len().checked_sub(1);
    let octet = |at: usize| {
        let octet = octets.get(at).copied().unwrap_or(0);
        // Unused bits of the last octet count as 0, whatever was sent.
        u16::from(if last == Some(at) { octet & (0xff << unused) } else { octet })
    };
    Some(Some((octet(0) | octet(1) << 8) & ALL_REASONS))
}

/// Returns a Name with these attributes as its only RelativeDistinguishedName.
fn relative(attributes: &[u8]) -> Option<Dn> {
    Dn::parse(&with_head(tag::SEQUENCE, &with_head(tag::SET, attributes)?)?)
}

/// Returns `body` behind its tag and length.
fn with_head(tag: u8, body: &[u8]) -> Option<Vec<u8>> {
    let len = u32::try_from(body.len()).ok()?.to_be_bytes();
    let octets = len.iter().position(|octet| *octet != 0).and_then(|at| len.get(at..));
    let octets = octets.unwrap_or(&[0]);
    let mut value = vec![tag];
    if body.len() > 0x7f {
        value.push(0x80 | u8::try_from(octets.len()).ok()?);
    }
    value.extend_from_slice(octets);
    value.extend_from_slice(body);
    Some(value)
}

const FULL_NAME: u8 = tag::constructed(0);
const RELATIVE_NAME: u8 = tag::constructed(1);
const DIRECTORY_NAME: u8 = tag::constructed(4);

#[cfg(test)]
mod tests {
    use super::super::crl_builder::{common_name_attribute, name, sequence, value};
    use super::*;

    fn dn(common_name: &str) -> Dn {
        Dn::parse(&name(common_name)).unwrap()
    }

    fn uri(text: &str) -> Vec<u8> {
        value(0x86, &[text.as_bytes()])
    }

    fn full(names: &[u8]) -> Vec<u8> {
        value(0xa0, &[&value(0xa0, &[names])])
    }

    fn relative_to_issuer(common_name: &str) -> Vec<u8> {
        value(0xa0, &[&value(0xa1, &[&common_name_attribute(common_name)])])
    }

    fn points(fields: &[&[u8]]) -> Vec<u8> {
        sequence(&[&sequence(fields)])
    }

    fn meet(of_list: &[u8], of_certificate: &[&[u8]]) -> bool {
        let issuer = dn("Root");
        let own = IssuingDistributionPoint::parse(&sequence(&[of_list]), &issuer).unwrap();
        let points = points(of_certificate);
        own.matches(&RawDistributionPoint::parse_all(&points).unwrap()[0].resolve(&issuer))
    }

    /// The expected results are those of EXFLAG_INVALID of OpenSSL 3.0.19 for a certificate with
    /// each value.
    #[test]
    fn what_openssl_reads_is_read() {
        let place = full(&uri("http://a"));
        let root = value(0xa2, &[&value(0xa4, &[&name("Root")])]);
        for (payload, good) in [
            (sequence(&[]), true),
            (points(&[&place]), true),
            (points(&[&root]), true),
            (points(&[&full(b"")]), true),
            (points(&[&relative_to_issuer("x")]), true),
            (points(&[&value(0xa0, &[&value(0xa1, &[])])]), true),
            (points(&[&place, b"\x81\x01\x00"]), true),
            (points(&[&place, b"\x81\x02\x01\x61"]), true),
            (points(&[&place, b"\xa2\x00"]), true),
            (points(&[]), false),
            (points(&[b"\x81\x02\x01\x60"]), false),
            (points(&[b"\xa2\x00"]), false),
            (points(&[&place, b"\x81\x02\x08\x60"]), false),
            (points(&[&place, b"\x81\x00"]), false),
            (points(&[&value(0xa0, &[])]), false),
            (points(&[&full(&value(0x89, &[b"a"]))]), false),
            (points(&[&value(0xa0, &[&value(0xa0, &[]), &value(0xa0, &[])])]), false),
            (b"zz".to_vec(), false),
        ] {
            assert_eq!(RawDistributionPoint::parse_all(&payload).is_some(), good, "{payload:02x?}");
        }
    }

    #[test]
    fn names_are_equal_or_not() {
        let directory = |parts: &[&str]| {
            let sets: Vec<_> =
                parts.iter().map(|part| value(0x31, &[&common_name_attribute(part)])).collect();
            full(&value(0xa4, &[&sequence(&[&sets.concat()])]))
        };
        let a = full(&uri("http://a"));
        let b = full(&uri("http://b"));
        let both = full(&[uri("http://b"), uri("http://a")].concat());
        assert!(meet(&a, &[&a]) && meet(&a, &[&both]) && meet(&both, &[&b]));
        assert!(!meet(&a, &[&b]));
        assert!(!meet(&a, &[&full(&uri("http://A"))]), "octet by octet");
        assert!(!meet(&a, &[&full(&value(0x82, &[b"http://a"]))]), "another kind of name");
        assert!(meet(b"", &[&a]), "a list without a name is at any point");

        let x = relative_to_issuer("x");
        assert!(meet(&x, &[&relative_to_issuer(" X ")]));
        assert!(meet(&x, &[&directory(&["root", "x"])]));
        assert!(meet(&directory(&["Root", "x"]), &[&x]));
        assert!(!meet(&x, &[&directory(&["x"])]) && !meet(&x, &[&relative_to_issuer("y")]));
        let other = value(0xa2, &[&value(0xa4, &[&name("Other")])]);
        assert!(!meet(&x, &[&x, &other]), "relative to the list's issuer");
        assert!(meet(&directory(&["Other", "x"]), &[&x, &other]));
        let empty = value(0xa0, &[&value(0xa1, &[])]);
        assert!(!meet(&a, &[&empty]));
    }

    #[test]
    fn reasons_are_bits_up_to_the_last() {
        let place = full(&uri("http://a"));
        for (bits, reasons) in [
            (&b"\x01\x60"[..], 0x60),
            (b"\x00\x7f\x80", ALL_REASONS),
            (b"\x00\xff\xff\xff", ALL_REASONS),
            (b"\x07\x1f\x80", 0x801f),
            (b"\x05\x7f", 0x60),
            (b"\x00", 0),
        ] {
            let points = points(&[&place, &value(0x81, &[bits])]);
            assert_eq!(
                RawDistributionPoint::parse_all(&points).unwrap()[0].reasons,
                reasons,
                "{bits:02x?}"
            );
        }
        let points = points(&[&place]);
        assert_eq!(RawDistributionPoint::parse_all(&points).unwrap()[0].reasons, ALL_REASONS);
    }

    #[test]
    fn what_a_list_is_limited_to() {
        let issuer = dn("Root");
        let parse = |body: &[u8]| IssuingDistributionPoint::parse(&sequence(&[body]), &issuer);
        let both = parse(b"\x81\x01\x01\x82\x01\xff").unwrap();
        assert!(both.only_user && both.only_ca && both.is_contradictory());
        let none = parse(b"\x81\x01\x00\x85\x01\x00").unwrap();
        assert!(!none.only_user && !none.only_attribute && !none.is_contradictory());
        let rest = parse(b"\x83\x01\x00\x84\x01\xff").unwrap();
        assert!(rest.some_reasons && rest.indirect && !rest.is_named());
        for malformed in [&b"\x82\x01\xff\x81\x01\xff"[..], b"\x86\x01\xff", b"\x81\x02\xff\xff"] {
            assert!(parse(malformed).is_none(), "{malformed:02x?}");
        }
    }

    #[test]
    fn only_places_with_lists_of_the_issuer_count() {
        let place = full(&uri("http://a"));
        let issuer = |name_of: &str| value(0xa2, &[&value(0xa4, &[&name(name_of)])]);
        let all = sequence(&[
            &sequence(&[&place]),
            &sequence(&[&place, &issuer("Root")]),
            &sequence(&[&place, &issuer("Other")]),
        ]);
        let places = DistributionPoint::parse_all(&all, &dn("Root")).unwrap();
        assert_eq!(places.iter().map(DistributionPoint::name_count).collect::<Vec<_>>(), [1, 1]);
    }
}
