//! The deviations from OpenSSL 3.0 on purpose, as `docs/compatibility.md` lists them.

use std::collections::BTreeSet;

use crate::extensions as ext;
use crate::keys::Keys;
use crate::model::{Case, Entry, Extension, List};
use tlsql::der::{Value, tag};

/// Returns the reason why `ours` may differ from `theirs` in this case, if there is one.
pub fn reason(case: &Case, theirs: &str, ours: &str, keys: &Keys) -> Option<&'static str> {
    let lists = || case.lists.iter().flatten();
    let signed = || {
        let keys = case.pool.iter().flat_map(|c| [c.signer, c.key]);
        let certificates = keys.flat_map(|key| case.pool.iter().map(move |c| (c.outer, key)));
        certificates.chain(lists().map(|list| (list.outer, list.signer)))
    };
    let code = ours.strip_prefix("ERR ").and_then(|ours| ours.split('@').next());
    let has_delta = lists()
        .any(|list| list.extensions.iter().flatten().any(|extension| extension.oid == ext::DELTA));
    if has_delta && !theirs.starts_with("PARSE") && !ours.starts_with("PARSE") {
        return Some("delta CRLs are ignored, as by OpenSSL from 3.0.22");
    }
    match code? {
        "8" if lists().any(|list| list.inner != list.outer) => {
            Some("a CRL whose two algorithm fields differ")
        }
        "9" | "10" if theirs.starts_with("ERR 14") => {
            // Of several CA certificates with one subject that are all out of their dates, OpenSSL
            // compares the dates too.
            Some("a date without seconds is earlier than any other")
        }
        "23" if lists().any(|list| is_listed_twice(list.entries.iter().flatten())) => {
            Some("a serial number that is listed twice is revoked if either entry says so")
        }
        "41" if lists().any(is_malformed) => {
            Some("a CRL with an extension that cannot be read is not relied on")
        }
        "47" | "48"
            if has_wildcard(case) && case.pool.iter().any(|c| c.has(ext::NAME_CONSTRAINTS)) =>
        {
            Some("a wildcard that is not permitted, or reaches into an excluded subtree")
        }
        "20" if case.pool.iter().flat_map(|c| c.extensions.iter().flatten()).any(is_primitive) => {
            Some("a SEQUENCE that is not constructed cannot be read")
        }
        "68" if signed().any(|(algorithm, _)| algorithm.name == "rsa-md5") => {
            Some("MD5 is refused at every level")
        }
        "76" if signed().any(|(algorithm, key)| algorithm.is_foreign(&keys.all[key])) => {
            Some("an algorithm that ring has not")
        }
        _ => None,
    }
}

fn is_primitive(extension: &Extension) -> bool {
    extension.body.first() == Some(&(tag::SEQUENCE & !0x20))
}

fn is_listed_twice<'a>(mut entries: impl Iterator<Item = &'a Entry>) -> bool {
    let mut seen = BTreeSet::new();
    entries.any(|entry| !seen.insert(&entry.serial))
}

/// Whether the CRL or an entry has an extension twice, or one of a wrong type.
fn is_malformed(list: &List) -> bool {
    let of_entries = list.entries.iter().flatten().map(|entry| &entry.extensions);
    list.extensions.iter().chain(of_entries).any(|extensions| {
        let mut seen = BTreeSet::new();
        extensions.iter().any(|extension| {
            let tag = match extension.oid {
                ext::CRL_NUMBER => tag::INTEGER,
                ext::REASON => tag::ENUMERATED,
                ext::AUTHORITY_KEY | ext::DISTRIBUTION_POINT | ext::CERTIFICATE_ISSUER => {
                    tag::SEQUENCE
                }
                _ => return false,
            };
            !seen.insert(extension.oid) || Value::whole_of(&extension.body, tag).is_none()
        })
    })
}

/// Whether a SAN, or a common name in its place, has a wildcard.
fn has_wildcard(case: &Case) -> bool {
    case.pool.iter().any(|certificate| {
        let extensions = certificate.extensions.iter().flatten();
        let mut names = extensions.filter(|extension| extension.oid == ext::SUBJECT_ALT_NAME);
        let mut attributes = certificate.subject.0.iter().flatten();
        names.any(|extension| extension.body.contains(&b'*'))
            || attributes.any(|attribute| attribute.text.contains(&b'*'))
    })
}
