//! The nameConstraints extension: the names that certificates below a CA may have (RFC 5280
//! section 4.2.1.10).
//!
//! # Source
//! Results of OpenSSL 3.0's `NAME_CONSTRAINTS_check()` and `NAME_CONSTRAINTS_check_CN()`.

use std::net::IpAddr;

use super::dn::Dn;
use super::general_name::GeneralName;
use super::policy::Name;
use super::subtree::{CheckedName, Subtree};
use super::x509_error::X509Error;
use crate::der::{Reader, Value, tag};

/// The extension, read once.
#[derive(Clone, Debug)]
pub struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

impl NameConstraints {
    /// Reads the extension's value; `None` if it is not in DER. Both lists may be missing or empty,
    /// as in OpenSSL.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let mut lists = Value::whole(value)?.sequence()?;
        let permitted = subtrees(&mut lists, PERMITTED)?;
        let excluded = subtrees(&mut lists, EXCLUDED)?;
        lists.is_empty().then_some(Self { permitted, excluded })
    }

    /// Checks the names of a certificate below the one with these constraints.
    ///
    /// With `is_leaf_without_dns_san` the common names are checked too. Each comparison takes 1
    /// from `comparisons`, the number that is left.
    ///
    /// # Errors
    /// The first failure in OpenSSL's order; `Unspecified` if there is too much to compare.
    pub fn check(
        &self,
        comparisons: &mut usize,
        subject: &Dn,
        alt_names: &[GeneralName<'_>],
        is_leaf_without_dns_san: bool,
    ) -> Result<(), X509Error> {
        let names = subject.entry_count().saturating_add(alt_names.len());
        let constraints = self.permitted.len().saturating_add(self.excluded.len());
        if names.saturating_mul(constraints) > MAX_COMPARISONS {
            return Err(X509Error::Unspecified);
        }
        if !subject.is_empty() {
            self.check_name(comparisons, CheckedName::Directory(subject.canonical()))?;
        }
        for email in subject.emails() {
            // OpenSSL compares the octets with an IA5String, and does not convert other types.
            if email.tag != tag::IA5_STRING {
                return Err(X509Error::UnsupportedNameSyntax);
            }
            self.check_name(comparisons, CheckedName::Email(email.value))?;
        }
        for name in alt_names {
            let directory = match name {
                GeneralName::Directory(raw) => Dn::parse(raw),
                _ => None,
            };
            let name = CheckedName::new(*name, directory.as_ref());
            self.check_name(comparisons, name.ok_or(X509Error::UnsupportedNameSyntax)?)?;
        }
        if is_leaf_without_dns_san {
            for name in subject.common_names() {
                // OpenSSL reports the failed conversion as a lack of memory.
                let name = name.ok_or(X509Error::Unspecified)?;
                if let Some(host) = host_like(name.as_bytes())? {
                    self.check_name(comparisons, CheckedName::Dns(host))?;
                }
            }
        }
        Ok(())
    }

    /// Checks the name of the server that the client connects to, where a common name, or an
    /// address as text, matched it. OpenSSL constrains only common names that look like a host
    /// name, and matches others too.
    ///
    /// # Errors
    /// As `check`.
    pub fn check_reference(&self, comparisons: &mut usize, name: &Name) -> Result<(), X509Error> {
        match name {
            Name::Dns(text) => {
                let host = text.strip_suffix('.').unwrap_or(text);
                self.check_name(comparisons, CheckedName::Dns(host.as_bytes()))
            }
            Name::Ip { address: IpAddr::V4(address), .. } => {
                self.check_name(comparisons, CheckedName::Ip(&address.octets()))
            }
            Name::Ip { address: IpAddr::V6(address), .. } => {
                self.check_name(comparisons, CheckedName::Ip(&address.octets()))
            }
        }
    }

    /// Checks that one of the permitted subtrees for this type of name contains it, if there are
    /// any, and that no excluded one does.
    fn check_name(&self, comparisons: &mut usize, name: CheckedName<'_>) -> Result<(), X509Error> {
        let mut is_permitted = None;
        for subtree in self.permitted.iter().filter(|subtree| subtree.applies_to(name)) {
            subtree.check_bounds()?;
            if is_permitted != Some(true) {
                spend(comparisons)?;
                is_permitted = Some(subtree.contains(name)?);
            }
        }
        if is_permitted == Some(false) {
            return Err(X509Error::PermittedViolation);
        }
        for subtree in self.excluded.iter().filter(|subtree| subtree.applies_to(name)) {
            subtree.check_bounds()?;
            spend(comparisons)?;
            // A wildcard that lies outside can still match names inside; OpenSSL does not check
            // that.
            if subtree.contains(name)? || subtree.contains_expansion_of(name) {
                return Err(X509Error::ExcludedViolation);
            }
        }
        Ok(())
    }
}

/// Takes the list of subtrees with this tag; empty if it is missing.
fn subtrees(lists: &mut Reader<'_>, tag: u8) -> Option<Vec<Subtree>> {
    let mut found = Vec::new();
    if lists.peek() == Some(tag) {
        let mut list = Reader::new(lists.take(tag)?);
        while !list.is_empty() {
            found.push(Subtree::parse(list.any()?)?);
        }
    }
    Some(found)
}

/// Counts one comparison.
fn spend(comparisons: &mut usize) -> Result<(), X509Error> {
    *comparisons = comparisons.checked_sub(1).ok_or(X509Error::Unspecified)?;
    Ok(())
}

/// Returns a common name that looks like a host name: at least two labels of letters, digits, `_`
/// and inner hyphens. One label is never a host name here, so that no constraint forbids
/// `localhost`. A wildcard is one, unlike in OpenSSL: it would match hosts that the constraints
/// forbid.
fn host_like(name: &[u8]) -> Result<Option<&[u8]>, X509Error> {
    // NULs at the end occur and do no harm; others end the name early for programs in C.
    let end = name.iter().rposition(|octet| *octet != 0).map_or(0, |last| last.saturating_add(1));
    let name = name.get(..end).unwrap_or(name);
    if name.contains(&0) {
        return Err(X509Error::UnsupportedNameSyntax);
    }
    let is_hyphen = |octet: Option<&u8>| octet == Some(&b'-');
    let is_label = |label: &[u8]| {
        !label.is_empty()
            && !is_hyphen(label.first())
            && !is_hyphen(label.last())
            && label.iter().all(|octet| octet.is_ascii_alphanumeric() || b"_-*".contains(octet))
    };
    let is_host = name.contains(&b'.') && name.split(|octet| *octet == b'.').all(is_label);
    Ok(is_host.then_some(name))
}

const PERMITTED: u8 = tag::constructed(0);
const EXCLUDED: u8 = tag::constructed(1);

/// OpenSSL's NAME_CHECK_MAX: names of one certificate times constraints of another.
const MAX_COMPARISONS: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: &[u8] = b"\x30\0";

    /// Returns the extension with these subtrees, given as encoded GeneralNames.
    fn constraints(permitted: &[&[u8]], excluded: &[&[u8]]) -> NameConstraints {
        let list = |tag, names: &[&[u8]]| {
            let subtrees: Vec<_> = names.iter().map(|name| value(tag::SEQUENCE, name)).collect();
            if names.is_empty() { Vec::new() } else { value(tag, &subtrees.concat()) }
        };
        let lists = [list(PERMITTED, permitted), list(EXCLUDED, excluded)].concat();
        NameConstraints::parse(&value(tag::SEQUENCE, &lists)).unwrap()
    }

    /// Returns a DER value shorter than 128 octets.
    fn value(tag: u8, body: &[u8]) -> Vec<u8> {
        [&[tag, u8::try_from(body.len()).unwrap()], body].concat()
    }

    fn dns(name: &str) -> Vec<u8> {
        value(tag::context(2), name.as_bytes())
    }

    fn subject(oid: &[u8], tag: u8, text: &[u8]) -> Vec<u8> {
        let fields = [value(tag::OID, oid), value(tag, text)].concat();
        value(tag::SEQUENCE, &value(tag::SET, &value(tag::SEQUENCE, &fields)))
    }

    #[test]
    fn the_name_that_was_asked_for_is_constrained_however_it_is_written() {
        let only = constraints(&[&dns("corp.test")], &[&dns("bank.corp.test")]);
        for (host, good) in [
            ("db.corp.test", true),
            ("db.corp.test.", true),
            ("bank", false),
            ("db.bank.test.", false),
            ("x.bank.corp.test.", false),
            ("b\u{fc}cher.bank.test", false),
            ("db-.bank.test", false),
        ] {
            let name = Name::parse(host).unwrap();
            assert_eq!(only.check_reference(&mut 100, &name).is_ok(), good, "{host}");
        }
        let no_address = constraints(&[], &[&value(tag::context(7), &[0; 8])]);
        let address = Name::parse("10.0.0.1").unwrap();
        let refused = Err(X509Error::ExcludedViolation);
        assert_eq!(no_address.check_reference(&mut 100, &address), refused);
    }

    fn common_name(text: &[u8]) -> Vec<u8> {
        subject(b"\x55\x04\x03", tag::UTF8_STRING, text)
    }

    fn check(
        constraints: &NameConstraints,
        subject: &[u8],
        names: &[GeneralName<'_>],
    ) -> Result<(), X509Error> {
        let subject = Dn::parse(subject).unwrap();
        constraints.check(&mut 1000, &subject, names, names.is_empty())
    }

    #[test]
    fn one_permitted_subtree_must_hold_a_name_and_none_excluded() {
        let c = constraints(&[&dns("a.b"), &dns("c.d")], &[&dns("no.a.b")]);
        for (name, expected) in [
            ("x.a.b", Ok(())),
            ("c.d", Ok(())),
            ("e.f", Err(X509Error::PermittedViolation)),
            ("x.no.a.b", Err(X509Error::ExcludedViolation)),
        ] {
            let names = [GeneralName::Dns(name.as_bytes())];
            assert_eq!(check(&c, NOBODY, &names), expected, "{name}");
        }
        assert_eq!(check(&c, NOBODY, &[GeneralName::Email(b"x")]), Ok(()), "another kind");
    }

    #[test]
    fn a_wildcard_may_not_stand_for_an_excluded_name() {
        let c = constraints(&[&dns("example.com")], &[&dns("bar.example.com")]);
        for (name, expected) in [
            ("foo.example.com", Ok(())),
            ("*.foo.example.com", Ok(())),
            ("*.example.com", Err(X509Error::ExcludedViolation)),
            ("b*.example.com", Err(X509Error::ExcludedViolation)),
            ("c*.example.com", Ok(())),
        ] {
            let names = [GeneralName::Dns(name.as_bytes())];
            assert_eq!(check(&c, NOBODY, &names), expected, "{name}");
        }
    }

    #[test]
    fn a_common_name_counts_where_it_looks_like_a_host() {
        let c = constraints(&[&dns("a.b")], &[]);
        for (name, expected) in [
            (&b"x.a.b"[..], Ok(())),
            (b"x.a.b\0\0", Ok(())),
            (b"c.d", Err(X509Error::PermittedViolation)),
            (b"my_db.c-1.d", Err(X509Error::PermittedViolation)),
            (b"x\0.a.b", Err(X509Error::UnsupportedNameSyntax)),
            (b"localhost", Ok(())),
            (b"MySQL Server 5.7", Ok(())),
            (b"-c.d", Ok(())),
            (b"c-.d", Ok(())),
            (b"c..d", Ok(())),
            (b"c.d.", Ok(())),
            (b"", Ok(())),
            (b"\0", Ok(())),
        ] {
            assert_eq!(check(&c, &common_name(name), &[]), expected, "{name:?}");
        }
        let with_san = [GeneralName::Dns(b"a.b")];
        assert_eq!(check(&c, &common_name(b"c.d"), &with_san), Ok(()));
        let bits = subject(b"\x55\x04\x03", tag::BIT_STRING, b"\0\x01");
        assert_eq!(check(&c, &bits, &[]), Err(X509Error::Unspecified));
    }

    #[test]
    fn the_subject_is_a_directory_name() {
        let base = value(tag::constructed(4), &common_name(b"A  b"));
        let c = constraints(&[&base], &[]);
        assert_eq!(check(&c, &common_name(b"a B"), &[]), Ok(()), "canonical");
        assert_eq!(check(&c, &common_name(b"ab"), &[]), Err(X509Error::PermittedViolation));
        assert_eq!(check(&c, NOBODY, &[]), Ok(()), "no subject");
        let raw = common_name(b"c");
        let names = [GeneralName::Directory(&raw)];
        assert_eq!(check(&c, NOBODY, &names), Err(X509Error::PermittedViolation));
    }

    #[test]
    fn the_subject_s_email_addresses_count() {
        const EMAIL: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";
        let c = constraints(&[&value(tag::context(1), b"a.b")], &[]);
        for (tag, text, expected) in [
            (tag::IA5_STRING, &b"x@a.b"[..], Ok(())),
            (tag::IA5_STRING, b"x@c.d", Err(X509Error::PermittedViolation)),
            (tag::IA5_STRING, b"x", Err(X509Error::UnsupportedNameSyntax)),
            (tag::UTF8_STRING, b"x@a.b", Err(X509Error::UnsupportedNameSyntax)),
        ] {
            assert_eq!(check(&c, &subject(EMAIL, tag, text), &[]), expected);
        }
    }

    #[test]
    fn work_is_bounded() {
        let c = constraints(&[&dns("a.b"), &dns("c.d")], &[&dns("e.f")]);
        let names = [GeneralName::Dns(b"c.d")];
        let nobody = Dn::parse(NOBODY).unwrap();
        let mut budget = 5;
        assert_eq!(c.check(&mut budget, &nobody, &names, false), Ok(()));
        assert_eq!(budget, 2, "three comparisons");
        let result = c.check(&mut budget, &nobody, &names, false);
        assert_eq!(result, Err(X509Error::Unspecified));
        let many = vec![GeneralName::Email(b"x"); MAX_COMPARISONS / 3 + 1];
        let result = c.check(&mut 0, &nobody, &many, false);
        assert_eq!(result, Err(X509Error::Unspecified), "OpenSSL counts those of other kinds too");
        assert_eq!(c.check(&mut 0, &nobody, &many[1..], false), Ok(()));
    }

    #[test]
    fn both_lists_may_be_missing_or_empty() {
        for good in [&b"\x30\0"[..], b"\x30\x02\xa0\0", b"\x30\x04\xa0\0\xa1\0"] {
            let c = NameConstraints::parse(good).unwrap();
            assert_eq!(check(&c, &common_name(b"a.b"), &[]), Ok(()));
        }
        for bad in [&b""[..], b"\x30\x04\xa1\0\xa0\0", b"\x30\x02\xa2\0", b"\x30\0\0"] {
            assert!(NameConstraints::parse(bad).is_none(), "{bad:02x?}");
        }
    }
}
