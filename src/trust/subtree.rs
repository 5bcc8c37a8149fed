//! The GeneralSubtrees of name constraints, and which names they contain (RFC 5280 section
//! 4.2.1.10).

use super::dn::Dn;
use super::general_name::GeneralName;
use super::x509_error::X509Error;
use crate::der::{Reader, Value, is_integer, tag};

/// A GeneralSubtree: the base, and whether minimum or maximum differ from their defaults.
#[derive(Clone, Debug)]
pub struct Subtree {
    base: Base,
    has_bounds: bool,
}

/// A name that is compared with subtrees.
#[derive(Clone, Copy, Debug)]
pub enum CheckedName<'a> {
    /// A Name's canonical form.
    Directory(&'a [u8]),
    Dns(&'a [u8]),
    Email(&'a [u8]),
    Ip(&'a [u8]),
    Uri(&'a [u8]),
    /// An otherName: the type, and the value with its tag.
    Other(&'a [u8], &'a [u8]),
    Unsupported(Kind),
}

/// Types of names that are not compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    X400,
    EdiParty,
    RegisteredId,
}

#[derive(Clone, Debug)]
enum Base {
    Directory(Dn),
    Dns(Box<[u8]>),
    Email(Box<[u8]>),
    Ip(Box<[u8]>),
    Uri(Box<[u8]>),
    /// The otherName's type.
    Other(Box<[u8]>),
    Unsupported(Kind),
}

impl Subtree {
    /// Reads a GeneralSubtree; `None` if OpenSSL could not read it.
    pub fn parse(value: Value<'_>) -> Option<Self> {
        let mut fields = value.sequence()?;
        let base = Base::new(GeneralName::read(&mut fields)?)?;
        let minimum = optional_integer(&mut fields, MINIMUM)?;
        let maximum = optional_integer(&mut fields, MAXIMUM)?;
        // The default, encoded, is not DER; OpenSSL accepts it.
        let has_bounds = maximum.is_some() || minimum.is_some_and(|minimum| minimum != [0]);
        fields.is_empty().then_some(Self { base, has_bounds })
    }

    /// Whether a name is of the type that this subtree constrains.
    pub fn applies_to(&self, name: CheckedName<'_>) -> bool {
        match (&self.base, name) {
            // RFC 9598 section 6: it is an e-mail address.
            (base, CheckedName::Other(SMTP_UTF8_MAILBOX, _)) => matches!(base, Base::Email(_)),
            (Base::Other(base), CheckedName::Other(type_id, _)) => **base == *type_id,
            (Base::Unsupported(base), CheckedName::Unsupported(kind)) => *base == kind,
            (Base::Directory(_), CheckedName::Directory(_))
            | (Base::Dns(_), CheckedName::Dns(_))
            | (Base::Email(_), CheckedName::Email(_))
            | (Base::Ip(_), CheckedName::Ip(_))
            | (Base::Uri(_), CheckedName::Uri(_)) => true,
            _ => false,
        }
    }

    /// Checks that minimum and maximum have their defaults.
    ///
    /// # Errors
    /// `SubtreeMinMax` otherwise: RFC 5280 allows no bounds.
    pub fn check_bounds(&self) -> Result<(), X509Error> {
        if self.has_bounds { Err(X509Error::SubtreeMinMax) } else { Ok(()) }
    }

    /// Whether this subtree contains a name of its type.
    ///
    /// # Errors
    /// `UnsupportedNameSyntax`, `UnsupportedConstraintType`, `UnsupportedConstraintSyntax`,
    /// `Unspecified`.
    pub fn contains(&self, name: CheckedName<'_>) -> Result<bool, X509Error> {
        match (&self.base, name) {
            (Base::Directory(base), CheckedName::Directory(name)) => {
                Ok(name.starts_with(base.canonical()))
            }
            (Base::Dns(base), CheckedName::Dns(name)) => Ok(dns(base, name)),
            (Base::Email(base), CheckedName::Email(address)) => email(base, address),
            (Base::Email(base), CheckedName::Other(_, value)) => utf8_mailbox(base, value),
            (Base::Ip(base), CheckedName::Ip(address)) => ip(base, address),
            (Base::Uri(base), CheckedName::Uri(name)) => uri(base, name),
            _ => Err(X509Error::UnsupportedConstraintType),
        }
    }

    /// Whether a dNSName with a `*` in its first label matches the base of this subtree. If it
    /// matches names below the base, the pattern itself is in the subtree.
    pub fn contains_expansion_of(&self, name: CheckedName<'_>) -> bool {
        let (Base::Dns(base), CheckedName::Dns(pattern)) = (&self.base, name) else { return false };
        let mut parts = pattern.splitn(2, |octet| *octet == b'*');
        let (Some(before), Some(after)) = (parts.next(), parts.next()) else { return false };
        let Some((start, rest)) = base.split_at_checked(before.len()) else { return false };
        let Some(len) = rest.len().checked_sub(after.len()) else { return false };
        let Some((label, end)) = rest.split_at_checked(len) else { return false };
        start.eq_ignore_ascii_case(before)
            && end.eq_ignore_ascii_case(after)
            && !label.contains(&b'.')
    }
}

impl<'a> CheckedName<'a> {
    /// Converts a GeneralName; `directory` is the Name in it, if it is a directoryName.
    pub fn new(name: GeneralName<'a>, directory: Option<&'a Dn>) -> Option<Self> {
        Some(match name {
            GeneralName::Other { type_id, value } => Self::Other(type_id, value),
            GeneralName::Email(address) => Self::Email(address),
            GeneralName::Dns(name) => Self::Dns(name),
            GeneralName::X400(_) => Self::Unsupported(Kind::X400),
            GeneralName::Directory(_) => Self::Directory(directory?.canonical()),
            GeneralName::EdiParty(_) => Self::Unsupported(Kind::EdiParty),
            GeneralName::Uri(uri) => Self::Uri(uri),
            GeneralName::Ip(address) => Self::Ip(address),
            GeneralName::RegisteredId(_) => Self::Unsupported(Kind::RegisteredId),
        })
    }
}

impl Base {
    fn new(name: GeneralName<'_>) -> Option<Self> {
        Some(match name {
            GeneralName::Other { type_id, .. } => Self::Other(type_id.into()),
            GeneralName::Email(base) => Self::Email(base.into()),
            GeneralName::Dns(base) => Self::Dns(base.into()),
            GeneralName::X400(_) => Self::Unsupported(Kind::X400),
            GeneralName::Directory(raw) => Self::Directory(Dn::parse(raw)?),
            GeneralName::EdiParty(_) => Self::Unsupported(Kind::EdiParty),
            GeneralName::Uri(base) => Self::Uri(base.into()),
            GeneralName::Ip(base) => Self::Ip(base.into()),
            GeneralName::RegisteredId(_) => Self::Unsupported(Kind::RegisteredId),
        })
    }
}

/// Whether `name` is the base or below it; with a leading dot, below it only. An empty base
/// contains all names.
fn dns(base: &[u8], name: &[u8]) -> bool {
    let Some((above, end)) = split_end(name, base.len()) else { return false };
    let is_border = base.is_empty()
        || base.starts_with(b".")
        || above.last().is_none_or(|octet| *octet == b'.');
    is_border && end.eq_ignore_ascii_case(base)
}

/// Whether `address` is in the base: one mailbox, all of one host, or with a leading dot all of the
/// hosts below one.
fn email(base: &[u8], address: &[u8]) -> Result<bool, X509Error> {
    let (local, host) = split_mailbox(address).ok_or(X509Error::UnsupportedNameSyntax)?;
    match split_mailbox(base) {
        None if base.starts_with(b".") => Ok(is_below(base, address)),
        None => Ok(host.eq_ignore_ascii_case(base)),
        // RFC 5321 section 2.4: the local part is case-sensitive, only its host knows otherwise.
        Some((base_local, base_host)) => {
            if !base_local.is_empty() {
                if base_local.len() != local.len() {
                    return Ok(false);
                }
                if base_local.contains(&0) || local.contains(&0) {
                    return Err(X509Error::UnsupportedNameSyntax);
                }
                if base_local != local {
                    return Ok(false);
                }
            }
            Ok(host.eq_ignore_ascii_case(base_host))
        }
    }
}

/// Whether a SmtpUTF8Mailbox is in the base of an e-mail subtree (RFC 9598 section 6). The address
/// has U-labels, the base A-labels, which OpenSSL converts. Here a base with an A-label is refused,
/// and one with a leading dot, which in OpenSSL contains no name and thus excludes none.
fn utf8_mailbox(base: &[u8], value: &[u8]) -> Result<bool, X509Error> {
    if base.contains(&0) {
        return Err(X509Error::UnsupportedNameSyntax);
    }
    let address = Value::whole_of(value, tag::UTF8_STRING);
    let address = address.ok_or(X509Error::UnsupportedNameSyntax)?;
    let (_, host) = split_mailbox(address).ok_or(X509Error::UnsupportedNameSyntax)?;
    let is_a_label = |label: &[u8]| label.starts_with(b"xn--");
    if base.starts_with(b".") || base.split(|octet| *octet == b'.').any(is_a_label) {
        return Err(X509Error::UnsupportedConstraintSyntax);
    }
    if base.len() > MAX_UTF8_BASE {
        return Err(X509Error::Unspecified);
    }
    Ok(host.eq_ignore_ascii_case(base))
}

/// Whether the host of `uri` is in the base: one host, or with a leading dot all below one.
fn uri(base: &[u8], uri: &[u8]) -> Result<bool, X509Error> {
    // RFC 5280 section 4.2.1.10: a URI without a host is refused.
    let colon = uri.iter().position(|octet| *octet == b':');
    let after = colon.and_then(|at| uri.get(at..)).and_then(|rest| rest.strip_prefix(b"://"));
    let rest = after.ok_or(X509Error::UnsupportedNameSyntax)?;
    let end_at = |end: u8| rest.iter().position(|octet| *octet == end);
    let end = end_at(b':').or_else(|| end_at(b'/')).unwrap_or(rest.len());
    let host = rest.get(..end).filter(|host| !host.is_empty());
    let host = host.ok_or(X509Error::UnsupportedNameSyntax)?;
    if base.starts_with(b".") {
        return Ok(is_below(base, host));
    }
    Ok(host.eq_ignore_ascii_case(base))
}

/// Whether `address` is in the base, an address and a mask. As in OpenSSL, the mask need not be a
/// prefix.
fn ip(base: &[u8], address: &[u8]) -> Result<bool, X509Error> {
    if !matches!(address.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return Err(X509Error::UnsupportedNameSyntax);
    }
    let Some((network, mask)) = base.split_at_checked(address.len()) else { return Ok(false) };
    let octets = address.iter().zip(network).zip(mask);
    Ok(mask.len() == address.len() && octets.into_iter().all(|((a, n), m)| (a ^ n) & m == 0))
}

/// Splits a mailbox at its last `@`.
fn split_mailbox(address: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = address.iter().rposition(|octet| *octet == b'@')?;
    let (local, host) = address.split_at_checked(at)?;
    Some((local, host.get(1..)?))
}

/// Whether a name is longer than a base and ends with it.
fn is_below(base: &[u8], name: &[u8]) -> bool {
    split_end(name, base.len())
        .is_some_and(|(above, end)| !above.is_empty() && end.eq_ignore_ascii_case(base))
}

/// Splits off the last `len` octets.
fn split_end(name: &[u8], len: usize) -> Option<(&[u8], &[u8])> {
    name.split_at_checked(name.len().checked_sub(len)?)
}

/// Takes an INTEGER with this tag; `Some(None)` if it is missing, `None` if it is malformed.
fn optional_integer<'a>(fields: &mut Reader<'a>, tag: u8) -> Option<Option<&'a [u8]>> {
    if fields.peek() != Some(tag) {
        return Some(None);
    }
    fields.take(tag).filter(|body| is_integer(body)).map(Some)
}

const MINIMUM: u8 = tag::context(0);
const MAXIMUM: u8 = tag::context(1);

/// 1.3.6.1.5.5.7.8.9, id-on-SmtpUTF8Mailbox.
const SMTP_UTF8_MAILBOX: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x08\x09";

/// Length of the longest base for a SmtpUTF8Mailbox: OpenSSL converts it in a buffer of 256 octets,
/// the NUL included.
const MAX_UTF8_BASE: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    type Contains = Result<bool, X509Error>;

    const SYNTAX: Contains = Err(X509Error::UnsupportedNameSyntax);

    fn subtree(base: Base) -> Subtree {
        Subtree { base, has_bounds: false }
    }

    fn whole(base: &[u8]) -> Option<Subtree> {
        Subtree::parse(Value::whole(base)?)
    }

    #[test]
    fn a_dns_base_holds_what_is_below_it() {
        for (base, name, expected) in [
            ("", "a.b", true),
            ("a.b", "a.b", true),
            ("a.b", "A.B", true),
            ("a.b", "x.a.b", true),
            ("a.b", "xa.b", false),
            ("a.b", "b", false),
            (".a.b", "x.a.b", true),
            (".a.b", "a.b", false),
            (".a.b", "xa.b", false),
            ("a.b", "a.b.", false),
            ("a.b", "*.a.b", true),
        ] {
            assert_eq!(dns(base.as_bytes(), name.as_bytes()), expected, "{base} {name}");
        }
    }

    #[test]
    fn an_email_base_is_a_mailbox_a_host_or_a_domain() {
        for (base, address, expected) in [
            ("x@a.b", "x@A.b", Ok(true)),
            ("X@a.b", "x@a.b", Ok(false)),
            ("x@a.b", "xx@a.b", Ok(false)),
            ("@a.b", "x@a.b", Ok(true)),
            ("a.b", "x@a.b", Ok(true)),
            ("a.b", "x@c.a.b", Ok(false)),
            (".a.b", "x@c.a.b", Ok(true)),
            (".a.b", "x@a.b", Ok(false)),
            ("", "x@a.b", Ok(false)),
            ("a.b", "y@x@a.b", Ok(true)),
            ("a.b", "a.b", SYNTAX),
            ("\0@a.b", "\0@a.b", SYNTAX),
        ] {
            assert_eq!(email(base.as_bytes(), address.as_bytes()), expected, "{base} {address}");
        }
    }

    #[test]
    fn a_mailbox_in_utf_8_is_compared_with_plain_hosts_only() {
        for (base, value, expected) in [
            ("a.b", &b"\x0c\x05x@A.b"[..], Ok(true)),
            ("a.b", b"\x0c\x05x@c.b", Ok(false)),
            ("a.b", b"\x0c\x03a.b", SYNTAX),
            ("a.b", b"\x16\x05x@a.b", SYNTAX),
            ("a\0", b"\x0c\x05x@a.b", SYNTAX),
            (".b", b"\x0c\x05x@a.b", Err(X509Error::UnsupportedConstraintSyntax)),
            ("xn--a", b"\x0c\x05x@a.b", Err(X509Error::UnsupportedConstraintSyntax)),
        ] {
            let subtree = subtree(Base::Email(base.as_bytes().into()));
            let name = CheckedName::Other(SMTP_UTF8_MAILBOX, value);
            assert!(subtree.applies_to(name));
            assert_eq!(subtree.contains(name), expected, "{base} {value:02x?}");
        }
    }

    #[test]
    fn a_uri_base_is_about_its_host() {
        for (base, name, expected) in [
            ("a.b", "http://A.B", Ok(true)),
            ("a.b", "http://a.b/c", Ok(true)),
            ("a.b", "http://a.b:1/c", Ok(true)),
            ("a.b", "http://x.a.b", Ok(false)),
            (".a.b", "http://x.a.b/", Ok(true)),
            (".a.b", "http://a.b/", Ok(false)),
            ("a.b", "http:a.b", SYNTAX),
            ("a.b", "//a.b", SYNTAX),
            ("a.b", "http://", SYNTAX),
            ("a.b", "http:///a.b", SYNTAX),
        ] {
            assert_eq!(uri(base.as_bytes(), name.as_bytes()), expected, "{base} {name}");
        }
    }

    #[test]
    fn an_address_base_has_a_mask() {
        let base = b"\x0a\x01\x02\x03\xff\xff\xff\0";
        assert_eq!(ip(base, b"\x0a\x01\x02\xff"), Ok(true));
        assert_eq!(ip(base, b"\x0a\x01\x03\x03"), Ok(false));
        assert_eq!(ip(base, &[0; 16]), Ok(false));
        assert_eq!(ip(&[0; 32], &[7; 16]), Ok(true));
        assert_eq!(ip(&[0; 32], &[7; 4]), Ok(false));
        assert_eq!(ip(&[0; 4], &[0; 4]), SYNTAX);
        assert_eq!(ip(base, &[0; 8]), SYNTAX);
    }

    #[test]
    fn wildcards_stand_for_names_in_the_base() {
        for (base, pattern, expected) in [
            ("bar.example.com", "*.example.com", true),
            ("BAR.example.com", "b*.Example.com", true),
            ("bar.example.com", "*r.example.com", true),
            ("bar.example.com", "c*.example.com", false),
            ("bar.example.com", "*.com", false),
            ("a.bar.example.com", "*.example.com", false),
            ("bar.example.org", "*.example.com", false),
            ("bar.example.com", "bar.example.com", false),
        ] {
            let subtree = subtree(Base::Dns(base.as_bytes().into()));
            let name = CheckedName::Dns(pattern.as_bytes());
            assert_eq!(subtree.contains_expansion_of(name), expected, "{base} {pattern}");
        }
    }

    #[test]
    fn bounds_other_than_the_defaults_are_seen() {
        for (bytes, has_bounds) in [
            (&b"\x30\x03\x82\x01a"[..], Some(false)),
            (b"\x30\x06\x82\x01a\x80\x01\0", Some(false)),
            (b"\x30\x06\x82\x01a\x80\x01\x01", Some(true)),
            (b"\x30\x06\x82\x01a\x81\x01\0", Some(true)),
            (b"\x30\x09\x82\x01a\x80\x01\0\x81\x01\x05", Some(true)),
            (b"\x30\x07\x82\x01a\x80\x02\0\0", None),
            (b"\x30\x05\x82\x01a\x80\0", None),
            (b"\x30\x05\x82\x01a\x82\0", None),
            (b"\x30\0", None),
        ] {
            assert_eq!(whole(bytes).map(|subtree| subtree.has_bounds), has_bounds, "{bytes:02x?}");
        }
    }

    #[test]
    fn kinds_without_a_rule_are_refused() {
        for (base, kind) in [
            (&b"\x30\x04\x88\x02\x2a\x03"[..], Kind::RegisteredId),
            (b"\x30\x02\xa3\0", Kind::X400),
            (b"\x30\x06\xa5\x04\xa1\x02\x0c\0", Kind::EdiParty),
        ] {
            let name = CheckedName::Unsupported(kind);
            let subtree = whole(base).unwrap();
            assert!(subtree.applies_to(name));
            assert_eq!(subtree.contains(name), Err(X509Error::UnsupportedConstraintType));
            assert!(!subtree.applies_to(CheckedName::Dns(b"a")));
        }
        let other = whole(b"\x30\x0a\xa0\x08\x06\x02\x2a\x03\xa0\x02\x05\0").unwrap();
        assert!(other.applies_to(CheckedName::Other(b"\x2a\x03", b"\x05\0")));
        assert!(!other.applies_to(CheckedName::Other(b"\x2a\x04", b"\x05\0")));
    }
}
