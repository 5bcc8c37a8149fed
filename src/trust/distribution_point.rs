//! Where the lists for a certificate are, and which part of it a list covers (RFC 5280 sections
//! 4.2.1.13 and 5.2.5).
//!
//! Nothing is fetched from there: the names only tell a CA's lists apart.

use std::collections::HashSet;

use super::{Dn, GeneralName};
use crate::der::{Reader, Value, tag};

/// Revocation reasons as bits, in OpenSSL's order.
pub(super) type Reasons = u16;

/// OpenSSL's CRLDP_ALL_REASONS: bit 0 is unused in ReasonFlags.
pub(super) const ALL_REASONS: Reasons = 0x807f;

/// A list's issuingDistributionPoint.
#[derive(Debug)]
pub(super) struct IssuingPoint {
    names: Option<Names>,
    pub only_user: bool,
    pub only_ca: bool,
    pub only_attribute: bool,
    /// Lists revocations for some reasons only.
    pub some_reasons: bool,
    /// Lists certificates of other issuers too.
    pub indirect: bool,
}

/// One of the places that a certificate's cRLDistributionPoints name.
#[derive(Debug)]
pub(super) struct Point<'a> {
    names: Option<PointNames<'a>>,
    pub reasons: Reasons,
    /// The GeneralNames of the lists' issuer, if it is not the certificate's.
    crl_issuer: Option<&'a [u8]>,
}

/// Names in a form in which equal ones have equal octets.
type Names = HashSet<Vec<u8>>;

/// A DistributionPointName.
#[derive(Clone, Copy, Debug)]
enum PointNames<'a> {
    Full(&'a [u8]),
    /// What follows the issuer's name.
    Relative(&'a [u8]),
}

impl IssuingPoint {
    /// Of a list that `issuer` made; `None` if OpenSSL could not read it.
    pub fn parse(value: &[u8], issuer: &Dn) -> Option<Self> {
        let mut fields = Reader::new(Value::whole_of(value, tag::SEQUENCE)?);
        let names = PointNames::take(&mut fields)?;
        let only_user = take_flag(&mut fields, 1)?;
        let only_ca = take_flag(&mut fields, 2)?;
        let some_reasons = take_reasons(&mut fields, 3)?.is_some();
        let indirect = take_flag(&mut fields, 4)?;
        let only_attribute = take_flag(&mut fields, 5)?;
        if !fields.is_empty() {
            return None;
        }
        let names = match names {
            Some(names) => Some(names.resolve(issuer)?),
            None => None,
        };
        Some(Self { names, only_user, only_ca, only_attribute, some_reasons, indirect })
    }

    pub fn is_named(&self) -> bool {
        self.names.is_some()
    }

    /// RFC 5280 section 5.2.5: at most one of the three.
    pub fn is_contradictory(&self) -> bool {
        [self.only_user, self.only_ca, self.only_attribute].iter().filter(|set| **set).count() > 1
    }

    /// Whether the list is one of those that `point` of a certificate by `issuer` leads to. A side
    /// without a name fits any.
    pub fn is_at(&self, point: &Point<'_>, issuer: &Dn) -> bool {
        let (Some(own), Some(names)) = (&self.names, point.names) else { return true };
        let base = point.directory_names().and_then(|mut names| names.next());
        let names = names.resolve(base.as_ref().unwrap_or(issuer));
        names.is_some_and(|names| names.iter().any(|name| own.contains(name)))
    }
}

impl<'a> Point<'a> {
    /// Those of a cRLDistributionPoints; `None` if OpenSSL could not read it.
    pub fn parse_all(value: &'a [u8]) -> Option<Vec<Self>> {
        let mut points = Reader::new(Value::whole_of(value, tag::SEQUENCE)?);
        let mut all = Vec::new();
        while !points.is_empty() {
            all.push(Self::parse(points.take(tag::SEQUENCE)?)?);
        }
        Some(all)
    }

    /// Whether the lists there are of `issuer`, who also issued the certificate.
    pub fn has_lists_of(&self, issuer: &Dn) -> bool {
        match self.directory_names() {
            Some(mut names) => names.any(|name| name == *issuer),
            None => true,
        }
    }

    fn parse(body: &'a [u8]) -> Option<Self> {
        let mut fields = Reader::new(body);
        let names = PointNames::take(&mut fields)?;
        let reasons = take_reasons(&mut fields, 1)?.unwrap_or(ALL_REASONS);
        let crl_issuer = fields.take(tag::constructed(2));
        if !fields.is_empty() || crl_issuer.is_some_and(|names| !are_general_names(names)) {
            return None;
        }
        Some(Self { names, reasons, crl_issuer })
    }

    fn directory_names(&self) -> Option<impl Iterator<Item = Dn> + use<'a>> {
        self.crl_issuer.map(directory_names)
    }
}

impl<'a> PointNames<'a> {
    /// The `[0]` that comes first, if it is there.
    fn take(fields: &mut Reader<'a>) -> Option<Option<Self>> {
        if fields.peek() != Some(tag::constructed(0)) {
            return Some(None);
        }
        let choice = Value::whole(fields.take(tag::constructed(0))?)?;
        match choice.tag {
            FULL_NAME => are_general_names(choice.body).then_some(Some(Self::Full(choice.body))),
            RELATIVE_NAME => Some(Some(Self::Relative(choice.body))),
            _ => None,
        }
    }

    fn resolve(self, issuer: &Dn) -> Option<Names> {
        let directory = |canonical: &[&[u8]]| {
            let parts = [&[DIRECTORY_NAME][..]].into_iter().chain(canonical.iter().copied());
            parts.flatten().copied().collect::<Vec<u8>>()
        };
        match self {
            // A Name's canonical form is that of its parts, one behind the other.
            Self::Relative(attributes) => {
                let part = Dn::parse(&sequence_of_set(attributes)?)?;
                if part.is_empty() {
                    return None;
                }
                Some(HashSet::from([directory(&[issuer.canonical(), part.canonical()])]))
            }
            Self::Full(names) => {
                let mut names = Reader::new(names);
                let mut keys = HashSet::new();
                while !names.is_empty() {
                    let name = names.any()?;
                    keys.insert(match name.tag {
                        DIRECTORY_NAME => directory(&[Dn::parse(name.body)?.canonical()]),
                        _ => name.raw.to_vec(),
                    });
                }
                Some(keys)
            }
        }
    }
}

/// Whether one of the GeneralNames in `body` is `wanted`, as a directoryName; `None` if OpenSSL could
/// not read them.
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

/// A BOOLEAN `[n]`, false if it is not there. OpenSSL takes any octet but 0 for true.
fn take_flag(fields: &mut Reader<'_>, n: u8) -> Option<bool> {
    match fields.take(tag::context(n)) {
        Some([octet]) => Some(*octet != 0),
        Some(_) => None,
        None => Some(false),
    }
}

/// A ReasonFlags `[n]`, if it is there.
fn take_reasons(fields: &mut Reader<'_>, n: u8) -> Option<Option<Reasons>> {
    let Some(bits) = fields.take(tag::context(n)) else { return Some(None) };
    let (&unused, octets) = bits.split_first()?;
    if unused > 7 || (unused > 0 && octets.is_empty()) {
        return None;
    }
    let last = octets.len().checked_sub(1);
    let octet = |at: usize| {
        let octet = octets.get(at).copied().unwrap_or(0);
        // Bits past the end count as 0, whatever is sent.
        u16::from(if last == Some(at) { octet & (0xff << unused) } else { octet })
    };
    Some(Some((octet(0) | octet(1) << 8) & ALL_REASONS))
}

/// A Name with these attributes as its only part.
fn sequence_of_set(attributes: &[u8]) -> Option<Vec<u8>> {
    let set = with_head(tag::SET, attributes)?;
    with_head(tag::SEQUENCE, &set)
}

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
