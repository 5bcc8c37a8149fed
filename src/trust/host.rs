//! Matching of a certificate's names with the name of the server.
//!
//! # Source
//! Results of `X509_check_host()` with no flags and of `X509_check_ip()` in OpenSSL 1.1.1 and 3.0.
//! Which of them MySQL calls depends on its version, see `NameRule`.

use std::net::IpAddr;

use super::dn::Dn;
use super::general_name::GeneralName;
use super::policy::{Name, NameRule};
use crate::text::{cut, quoted};

/// Whether a certificate with these names is for `name`. `alt_names` is `None` if it has no
/// subjectAltName, or one that cannot be read.
pub fn matches(
    rule: NameRule,
    name: &Name,
    subject: &Dn,
    alt_names: Option<&[GeneralName<'_>]>,
) -> bool {
    let alt_names = alt_names.unwrap_or_default();
    match name {
        Name::Dns(host) => has_host(host, subject, alt_names),
        Name::Ip { address, text } => {
            has_address(*address, alt_names)
                || (rule == NameRule::Mysql57 && has_host(text, subject, alt_names))
        }
    }
}

/// Whether `matches` compared `name` with the entries of `alt_names` that are of its type, and not
/// with a common name or with an address as text.
pub fn is_alt_name(name: &Name, alt_names: &[GeneralName<'_>]) -> bool {
    match name {
        Name::Dns(_) => dns_names(alt_names).next().is_some(),
        Name::Ip { address, .. } => has_address(*address, alt_names),
    }
}

/// Returns the names that a certificate is for, as text for messages. "The name 10.0.0.1" and "the
/// address 10.0.0.1" are different: `NameRule::Mysql84` accepts only the second.
pub fn presented_names(subject: &Dn, alt_names: Option<&[GeneralName<'_>]>) -> Vec<Presented> {
    let alt_names = alt_names.unwrap_or_default();
    let mut names: Vec<_> = alt_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::Dns(octets) => Some(Presented::Name(printable(octets))),
            GeneralName::Ip(octets) => Some(Presented::Address(printable_address(octets))),
            _ => None,
        })
        .take(MAX_NAMES)
        .collect();
    // A common name counts if there is no dNSName, whatever else there is.
    if dns_names(alt_names).next().is_none() {
        let room = MAX_NAMES.saturating_sub(names.len());
        let common_names = subject.common_names().map_while(|name| name);
        names.extend(
            common_names.map(|name| Presented::Name(printable(name.as_bytes()))).take(room),
        );
    }
    names
}

/// Whether a dNSName matches or, if there is none, a common name. Entries of other types do not
/// make the common names irrelevant.
fn has_host(host: &str, subject: &Dn, alt_names: &[GeneralName<'_>]) -> bool {
    let mut dns_names = dns_names(alt_names).peekable();
    if dns_names.peek().is_some() {
        return dns_names.any(|pattern| is_match(pattern, host));
    }
    // All of them are compared, up to one that is not text.
    let mut common_names = subject.common_names().map_while(|name| name);
    common_names.any(|pattern| is_match(pattern.as_bytes(), host))
}

/// Whether an iPAddress has these octets. An IPv4 address does not match its form in IPv6.
fn has_address(address: IpAddr, alt_names: &[GeneralName<'_>]) -> bool {
    alt_names.iter().any(|name| match (name, address) {
        (GeneralName::Ip(octets), IpAddr::V4(address)) => *octets == address.octets(),
        (GeneralName::Ip(octets), IpAddr::V6(address)) => *octets == address.octets(),
        _ => false,
    })
}

fn dns_names<'a>(alt_names: &[GeneralName<'a>]) -> impl Iterator<Item = &'a [u8]> {
    alt_names.iter().filter_map(|name| match name {
        GeneralName::Dns(octets) => Some(*octets),
        _ => None,
    })
}

/// Whether a name of a certificate matches. Case does not matter; a dot at the end does.
fn is_match(pattern: &[u8], host: &str) -> bool {
    let host = host.as_bytes();
    if pattern.is_empty() || pattern.contains(&0) {
        return false;
    }
    match Wildcard::parse(pattern) {
        Some(wildcard) => wildcard.matches(host),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

/// A pattern with one `*` that stands for a part of its first label. A name with a `*` in any other
/// place is compared as text.
struct Wildcard<'a> {
    before: &'a [u8],
    /// The rest behind the `*`, the dot that ends the first label included.
    after: &'a [u8],
}

impl<'a> Wildcard<'a> {
    fn parse(pattern: &'a [u8]) -> Option<Self> {
        let star = pattern.iter().position(|octet| *octet == b'*')?;
        let (before, rest) = pattern.split_at_checked(star)?;
        let after = rest.get(1..)?;
        let mut labels = after.split(|octet| *octet == b'.');
        let first = labels.next()?;
        // At the beginning or the end of the label; never in an A-label (RFC 6125 section 6.4.3).
        let is_at_an_end = before.is_empty() || first.is_empty();
        if !is_at_an_end || is_a_label(before) {
            return None;
        }
        // The text beside the star must be a label, except where it touches the star.
        let beside_is_good = match (before, first) {
            ([], []) => true,
            ([], after) => is_letters_digits_hyphens(after) && !after.ends_with(b"-"),
            (before, _) => is_label(before),
        };
        let labels: Vec<_> = labels.collect();
        let is_good = beside_is_good && labels.len() >= 2 && labels.iter().all(|l| is_label(l));
        is_good.then_some(Self { before, after })
    }

    /// Whether the pattern matches `host`.
    fn matches(&self, host: &[u8]) -> bool {
        let Some((start, rest)) = host.split_at_checked(self.before.len()) else { return false };
        let Some(len) = rest.len().checked_sub(self.after.len()) else { return false };
        let Some((label, end)) = rest.split_at_checked(len) else { return false };
        if !start.eq_ignore_ascii_case(self.before) || !end.eq_ignore_ascii_case(self.after) {
            return false;
        }
        let is_whole_label = self.before.is_empty() && self.after.starts_with(b".");
        match label {
            [] if is_whole_label => false,
            // A `*` must not stand for a part of an A-label.
            _ if !is_whole_label && is_a_label(host) => false,
            b"*" => true,
            _ => is_letters_digits_hyphens(label),
        }
    }
}

/// Whether a name begins with an A-label (RFC 5890 section 2.3.2.1).
fn is_a_label(name: &[u8]) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"))
}

/// Whether it has letters and digits, and hyphens inside only; the prefix of an A-label aside.
fn is_label(label: &[u8]) -> bool {
    let own = if is_a_label(label) { label.get(4..).unwrap_or_default() } else { label };
    is_letters_digits_hyphens(label)
        && own.first().is_some_and(u8::is_ascii_alphanumeric)
        && own.last().is_some_and(u8::is_ascii_alphanumeric)
}

fn is_letters_digits_hyphens(octets: &[u8]) -> bool {
    octets.iter().all(|octet| octet.is_ascii_alphanumeric() || *octet == b'-')
}

/// What a certificate has to be compared with, as text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Presented {
    Name(String),
    Address(String),
}

impl Presented {
    /// Returns at most this many characters of it, a name in quotes; one that reads as an address is
    /// marked as a name.
    pub fn shown(&self, most: usize) -> String {
        match self {
            Self::Address(text) => cut(text, most),
            Self::Name(text) if text.parse::<IpAddr>().is_ok() => {
                format!("the name {}", quoted(text))
            }
            Self::Name(text) => quoted(&cut(text, most)),
        }
    }
}

fn printable_address(octets: &[u8]) -> String {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return format!("the address {}", IpAddr::from(octets));
    }
    match <[u8; 16]>::try_from(octets) {
        Ok(octets) => format!("the address {}", IpAddr::from(octets)),
        Err(_) => format!("an address of {} octets", octets.len()),
    }
}

/// Returns text without control characters: an attacker writes a certificate until it is verified.
/// Characters that control a terminal or hide others are escaped, and so are octets that are not
/// UTF-8.
fn printable(octets: &[u8]) -> String {
    let mut text = String::new();
    for chunk in octets.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '"' => text.push(c),
                _ => text.extend(c.escape_debug()),
            }
        }
        for octet in chunk.invalid() {
            text.push_str(&format!("\\x{octet:02x}"));
        }
        if text.len() > MAX_NAME_LEN {
            let cut: String = text.chars().take(MAX_NAME_LEN).collect();
            return cut + "...";
        }
    }
    text
}

/// Names that are shown of one certificate: most have two.
const MAX_NAMES: usize = 8;

/// Characters that are shown of a name: as many as a DNS name can have (RFC 1035 section 2.3.4).
const MAX_NAME_LEN: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: &[u8] = b"\x30\0";
    /// CN=127.0.0.1, then CN=db.example.com.
    const TWO_NAMES: &[u8] = b"\x30\x2d\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09127.0.0.1\
        \x31\x17\x30\x15\x06\x03\x55\x04\x03\x0c\x0edb.example.com";
    /// A common name that is a BIT STRING, then CN=a.
    const NO_TEXT_FIRST: &[u8] = b"\x30\x19\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x03\x02\x00\x01\
        \x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01a";

    fn dn(raw: &[u8]) -> Dn {
        Dn::parse(raw).unwrap()
    }

    fn is_for(name: &str, subject: &[u8], alt_names: Option<&[GeneralName<'_>]>) -> [bool; 2] {
        let name = Name::parse(name).unwrap();
        [NameRule::Mysql57, NameRule::Mysql84]
            .map(|rule| matches(rule, &name, &dn(subject), alt_names))
    }

    #[test]
    fn patterns_cover_one_label() {
        for (pattern, host, expected) in [
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "A.EXAMPLE.com", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", ".example.com", false),
            ("*.example.com", "example.com", false),
            ("*.example.com", "a_b.example.com", false),
            ("*.example.com", "*.example.com", true),
            ("*.example.com", "-.example.com", true),
            ("*.example.com", "xn--a.example.com", true),
            ("*.example.com", "a.example.com.", false),
            ("*.example.com.", "a.example.com.", false),
            ("d*.example.com", "db.example.com", true),
            ("d*.example.com", "d.example.com", true),
            ("d*.example.com", "ab.example.com", false),
            ("*b.example.com", "db.example.com", true),
            ("*-b.example.com", "a-b.example.com", true),
            ("x*.example.com", "xn--a.example.com", false),
            ("*a.example.com", "xn--a.example.com", false),
            ("xn--*.example.com", "xn--a.example.com", false),
            ("d*b.example.com", "db.example.com", false),
            ("d*b.example.com", "d*b.example.com", true),
            ("a-*.example.com", "a-b.example.com", false),
            ("*-.example.com", "a-.example.com", false),
            ("*.*.example.com", "a.b.example.com", false),
            ("a.*.example.com", "a.b.example.com", false),
            ("*.com", "example.com", false),
            ("*.com", "*.com", true),
            ("*", "a", false),
            ("*.a_b.com", "x.a_b.com", false),
            ("*.-a.com", "x.-a.com", false),
            ("*..com", "a..com", false),
            ("*.xn---a.com", "b.xn---a.com", false),
            ("*.xn--a.com", "b.xn--a.com", true),
        ] {
            assert_eq!(is_match(pattern.as_bytes(), host), expected, "{pattern} {host}");
        }
    }

    #[test]
    fn without_a_dns_name_any_common_name_counts() {
        let others = [GeneralName::Email(b"a@b"), GeneralName::Ip(b"\x01\x02\x03\x04")];
        for alt_names in [None, Some(&[][..]), Some(&others)] {
            assert_eq!(is_for("db.example.com", TWO_NAMES, alt_names), [true; 2]);
            assert_eq!(is_for("127.0.0.1", TWO_NAMES, alt_names), [true, false]);
        }
        let dns = [GeneralName::Dns(b"")];
        assert_eq!(is_for("db.example.com", TWO_NAMES, Some(&dns)), [false; 2]);
        assert_eq!(is_for("a", NO_TEXT_FIRST, None), [false; 2]);
        assert_eq!(is_for("a", NOBODY, None), [false; 2]);
    }

    #[test]
    fn addresses_are_compared_as_octets() {
        let names = [GeneralName::Ip(b"\x7f\0\0\x01"), GeneralName::Dns(b"::1")];
        assert_eq!(is_for("127.0.0.1", NOBODY, Some(&names)), [true; 2]);
        assert_eq!(is_for("::ffff:127.0.0.1", NOBODY, Some(&names)), [false; 2]);
        assert_eq!(is_for("::1", NOBODY, Some(&names)), [true, false], "as text");
        assert_eq!(is_for("0:0:0:0:0:0:0:1", NOBODY, Some(&names)), [false; 2]);
    }

    #[test]
    fn a_nul_matches_nothing() {
        let names = [GeneralName::Dns(b"a.example.com\0"), GeneralName::Dns(b"a\0.example.com")];
        assert_eq!(is_for("a.example.com", NOBODY, Some(&names)), [false; 2]);
    }

    fn all_shown(subject: &[u8], names: &[GeneralName<'_>]) -> Vec<String> {
        let presented = presented_names(&dn(subject), Some(names));
        presented.iter().map(|name| name.shown(300)).collect()
    }

    #[test]
    fn names_are_shown_without_what_could_mislead() {
        let long = [b'x'; 300];
        let names = [
            GeneralName::Dns(b"a.b"),
            GeneralName::Dns(b"a\x1b[2J\n\0\xff\\"),
            GeneralName::Dns("b\u{fc}\u{202e}".as_bytes()),
            GeneralName::Dns(&long),
            GeneralName::Ip(b"\x7f\0\0\x01"),
            GeneralName::Ip(b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"),
            GeneralName::Ip(b"\0"),
            GeneralName::Uri(b"u"),
        ];
        let cut = format!("'{}...'", "x".repeat(255));
        let shown = all_shown(TWO_NAMES, &names);
        let expected = [
            "'a.b'",
            "'a\\u{1b}[2J\\n\\0\\xff\\\\'",
            "'b\u{fc}\\u{202e}'",
            &cut,
            "the address 127.0.0.1",
            "the address ::1",
            "an address of 1 octets",
        ];
        assert_eq!(shown, expected);
        let names = [GeneralName::Ip(b"\x7f\0\0\x01")];
        let shown = all_shown(TWO_NAMES, &names);
        assert_eq!(shown, ["the address 127.0.0.1", "the name '127.0.0.1'", "'db.example.com'"]);
        let many = [GeneralName::Dns(b"a"); 20];
        assert_eq!(presented_names(&dn(NOBODY), Some(&many)).len(), 8);
    }
}
