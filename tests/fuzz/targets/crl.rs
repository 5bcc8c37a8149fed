//! One revocation list against a walk over the same octets.

use tlsql::trust::RevocationList;

use super::asn1::{self, INTEGER, SEQUENCE, children, contains};

/// The input is the list.
pub fn run(data: &[u8]) {
    let Ok(list) = RevocationList::parse(data) else { return };
    assert_eq!(list.der(), data);
    let again = RevocationList::parse(list.der()).unwrap();
    assert_eq!(format!("{again:?}"), format!("{list:?}"));
    for len in 0..data.len() {
        assert!(RevocationList::parse(&data[..len]).is_err(), "cut to {len} octets");
    }
    assert!(RevocationList::parse(&[data, &[0]].concat()).is_err(), "with one more octet");
    assert_eq!(list.issuer().raw(), issuer(data));

    let entries = walk(data);
    assert!(list.entry_count() <= entries.len());
    // certificateIssuer says of all that follows whether it is the issuer's; that much is not
    // repeated here.
    let is_direct = !contains(data, CERTIFICATE_ISSUER);
    let revoked: Vec<&[u8]> =
        entries.iter().filter(|entry| !entry.removed).map(|entry| entry.serial).collect();
    if is_direct {
        assert_eq!(list.entry_count(), revoked.len());
    }
    let check = |serial: &[u8]| {
        let listed = revoked.contains(&serial);
        assert!(listed || !list.revokes(serial), "{serial:02x?} is not listed");
        assert!(!is_direct || !listed || list.revokes(serial), "{serial:02x?} is listed");
    };
    for serial in entries.iter().map(|entry| entry.serial) {
        check(serial);
        check(&serial[1..]);
        check(&[&[0], serial].concat());
        check(&[serial, &[0]].concat());
        let mut other = serial.to_vec();
        for octet in 0..other.len().min(20) {
            other[octet] ^= 1;
            check(&other);
            other[octet] ^= 1;
        }
    }
    for serial in [&b""[..], b"\0", b"\x01", b"\xff", b"\x7f\xff"] {
        check(serial);
    }
}

struct Entry<'a> {
    serial: &'a [u8],
    /// It says removeFromCRL.
    removed: bool,
}

/// Returns the fields of tbsCertList from the first AlgorithmIdentifier on.
fn fields(der: &[u8]) -> Vec<(u8, &[u8])> {
    let (_, outer, _) = asn1::split(der).unwrap();
    let (_, tbs, _) = asn1::split(outer).unwrap();
    let mut fields = children(tbs);
    if fields[0].0 == INTEGER {
        fields.remove(0);
    }
    fields
}

fn issuer(der: &[u8]) -> Vec<u8> {
    asn1::sequence(&[fields(der)[1].1])
}

fn walk(der: &[u8]) -> Vec<Entry<'_>> {
    // Algorithm and issuer are sequences too.
    let fields = fields(der);
    let entries = fields.iter().skip(2).find(|(tag, _)| *tag == SEQUENCE);
    children(entries.map_or(&[], |(_, body)| *body)).iter().map(|(_, body)| entry(body)).collect()
}

fn entry(body: &[u8]) -> Entry<'_> {
    let parts = children(body);
    let extensions = parts.get(2).map_or(Vec::new(), |(_, body)| children(body));
    let reasons: Vec<&[u8]> = extensions
        .iter()
        .map(|(_, extension)| children(extension))
        .filter(|extension| extension[0].1 == REASON_CODE)
        .map(|extension| extension.last().unwrap().1)
        .collect();
    // Said twice it is not understood, and the entry stands.
    Entry { serial: parts[0].1, removed: reasons == [&[0x0a, 1, 8]] }
}

// RFC 5280 sections 5.3.1 and 5.3.3.
const REASON_CODE: &[u8] = &[0x55, 0x1d, 21];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
