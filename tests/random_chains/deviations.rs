//! Where we differ from OpenSSL 3.0 on purpose, as `docs/compatibility.md` has it.

use crate::extensions as ext;
use crate::keys::Keys;
use crate::model::Case;

/// The reason why `ours` may stand beside `theirs`, if the case has what it takes.
pub fn reason(case: &Case, theirs: &str, ours: &str, keys: &Keys) -> Option<&'static str> {
    let lists = || case.lists.iter().flatten();
    let signed = || {
        let certificates = case.pool.iter().map(|c| (c.outer, c.signer));
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
        "48" if has_wildcard(case) && case.pool.iter().any(|c| c.has(ext::NAME_CONSTRAINTS)) => {
            Some("a wildcard that reaches into an excluded subtree")
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

/// In a SAN, or in a common name, which stands in for it.
fn has_wildcard(case: &Case) -> bool {
    case.pool.iter().any(|certificate| {
        let extensions = certificate.extensions.iter().flatten();
        let mut names = extensions.filter(|extension| extension.oid == ext::SUBJECT_ALT_NAME);
        let mut attributes = certificate.subject.0.iter().flatten();
        names.any(|extension| extension.body.contains(&b'*'))
            || attributes.any(|attribute| attribute.text.contains(&b'*'))
    })
}
