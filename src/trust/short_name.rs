//! OpenSSL's short names of attribute types, for the one-line form of a name.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::der::dotted;

/// Returns the short name for the content octets of an OBJECT IDENTIFIER, or its arcs with dots if
/// it has none.
pub fn of(oid: &[u8]) -> Cow<'static, str> {
    if oid.len() > MAX_OID_LEN {
        return "".into();
    }
    let dotted = dotted(oid);
    let found = table().binary_search_by_key(&dotted.as_str(), |(dotted, _)| dotted);
    match found.ok().and_then(|at| table().get(at)) {
        Some((_, name)) => (*name).into(),
        None => dotted.chars().take(MAX_TEXT_LEN).collect::<String>().into(),
    }
}

/// Returns the pairs of dotted form and short name, sorted by the first.
fn table() -> &'static [(&'static str, &'static str)] {
    static TABLE: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    TABLE.get_or_init(|| SHORT_NAMES.lines().filter_map(|line| line.split_once(' ')).collect())
}

/// Results of OpenSSL 3.0's `OBJ_nid2sn(OBJ_obj2nid())` for every identifier that it knows, one a
/// line: the dotted form, a space, the short name. Sorted by octets.
const SHORT_NAMES: &str = include_str!("short_names.txt");

/// Octets of the longest identifier that `OBJ_obj2txt()` writes: 128 arcs of 32 bits (RFC 2578
/// section 3.5). It writes nothing for a longer one.
const MAX_OID_LEN: usize = 586;

/// Characters of the longest dotted form: `X509_NAME_oneline()` has a buffer of 80, NUL included,
/// and cuts longer ones.
const MAX_TEXT_LEN: usize = 79;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_types_have_names() {
        for (oid, name) in [
            (&b"\x55\x04\x03"[..], "CN"),
            (b"\x55\x04\x04", "SN"),
            (b"\x55\x04\x05", "serialNumber"),
            (b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "emailAddress"),
            (b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC"),
            (b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID"),
        ] {
            assert_eq!(of(oid), name);
        }
    }

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert_eq!(table().len(), 1103);
        assert_eq!(table().len(), SHORT_NAMES.lines().count());
        assert!(table().is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn unknown_types_are_written_with_dots() {
        for (oid, dots) in [
            (&b"\x2a\x03\x04"[..], "1.2.3.4"),
            (b"\x00", "0.0"),
            (b"\x27\x01", "0.39.1"),
            (b"\x28\x01", "1.0.1"),
            (b"\x4f\x01", "1.39.1"),
            (b"\x50\x01", "2.0.1"),
            (b"\x88\x37\x01", "2.999.1"),
            (b"\x2a\x88\x80\x80\x80\x00", "1.2.2147483648"),
            // 2^64 and 2^70.
            (b"\x2a\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00", "1.2.18446744073709551616"),
            (b"\x2a\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", "1.2.1180591620717411303424"),
            // 10^18, with digits that are zero.
            (b"\x2a\x8d\xf0\xad\xd6\xba\xbb\x90\x80\x00", "1.2.1000000000000000000"),
            // 2^70 - 80 as the second arc.
            (b"\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", "2.1180591620717411303344"),
        ] {
            assert_eq!(of(oid), dots);
        }
    }

    #[test]
    fn long_ones_are_cut_as_openssl_cuts_them() {
        let cut = of(&[&b"\x2a"[..], &[1; 100]].concat());
        assert_eq!(cut.len(), 79);
        assert!(cut.starts_with("1.2.1.1."));
        assert_eq!(of(&[&b"\x2a"[..], &[1; 585]].concat()).len(), 79);
        assert_eq!(of(&[&b"\x2a"[..], &[1; 586]].concat()), "");
        assert_eq!(of(&[0xff; 586]).len(), 79, "no limit to an arc but that");
    }
}
