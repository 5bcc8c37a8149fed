//! A hash of the names that a server's certificate is for: what a client's session vouches for.

use std::collections::BinaryHeap;

use super::certificate::Certificate;
use super::dn::Dn;
use super::general_name::GeneralName;
use crate::crypto;

/// Returns SHA-256 over the names of a certificate in DER that a client compares with its host:
/// dNSName and iPAddress entries, and the common names where there is no dNSName. It is the same
/// after a renewal with the same names, in any order. A certificate that cannot be read is its own
/// name.
pub fn names_digest(certificate: &[u8]) -> [u8; 32] {
    let Ok(certificate) = Certificate::parse(certificate) else {
        return digest(vec![(UNREADABLE, certificate.to_vec())]);
    };
    let alt_names = certificate.alt_names().unwrap_or_default();
    digest(names(certificate.subject(), &alt_names))
}

/// The length of each name keeps apart what is concatenated.
fn digest(names: Vec<(u8, Vec<u8>)>) -> [u8; 32] {
    let mut names = BinaryHeap::from(names).into_sorted_vec();
    names.dedup();
    let mut octets = Vec::new();
    for (kind, name) in names {
        octets.push(kind);
        octets.extend(u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes());
        octets.extend(name);
    }
    crypto::sha256(&[&octets])
}

/// Returns the names, each with what kind it is. Case does not matter where they are compared.
fn names(subject: &Dn, alt_names: &[GeneralName<'_>]) -> Vec<(u8, Vec<u8>)> {
    let mut names = Vec::new();
    for name in alt_names {
        match name {
            GeneralName::Dns(name) => names.push((DNS, name.to_ascii_lowercase())),
            GeneralName::Ip(address) => names.push((IP, address.to_vec())),
            _ => {}
        }
    }
    if !names.iter().any(|(kind, _)| *kind == DNS) {
        let common_names = subject.common_names().map_while(|name| name);
        names.extend(common_names.map(|name| (COMMON, name.to_ascii_lowercase().into_bytes())));
    }
    names
}

const UNREADABLE: u8 = 0;
const COMMON: u8 = 1;
/// Tags of GeneralName (RFC 5280 section 4.2.1.6).
const DNS: u8 = 2;
const IP: u8 = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use GeneralName::{Dns, Email, Ip};

    const NOBODY: &[u8] = b"\x30\0";
    /// CN=db.test.
    const DB: &[u8] = b"\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07db.test";
    /// CN=DB.test.
    const DB_CAPITALS: &[u8] = b"\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07DB.test";

    fn of(subject: &[u8], alt_names: &[GeneralName<'_>]) -> [u8; 32] {
        digest(names(&Dn::parse(subject).unwrap(), alt_names))
    }

    #[test]
    fn the_same_names_have_the_same_digest() {
        let first = of(DB, &[Dns(b"a.test"), Dns(b"b.test"), Ip(&[127, 0, 0, 1])]);
        let renewed = [Ip(&[127, 0, 0, 1]), Dns(b"B.test"), Email(b"dba@a.test"), Dns(b"a.test")];
        assert_eq!(of(NOBODY, &renewed), first);
        assert_eq!(of(DB, &[]), of(DB_CAPITALS, &[Email(b"dba@a.test")]));
    }

    #[test]
    fn another_name_has_another_digest() {
        let all = [
            of(DB, &[]),
            of(NOBODY, &[]),
            of(DB, &[Dns(b"db.test")]),
            of(DB, &[Dns(b"a.test")]),
            of(DB, &[Dns(b"a.test"), Dns(b"b.test")]),
            of(DB, &[Dns(b"a.testb.test")]),
            of(NOBODY, &[Ip(&[127, 0, 0, 1])]),
            // A common name counts beside an address.
            of(DB, &[Ip(&[127, 0, 0, 1])]),
            of(DB, &[Dns(&[127, 0, 0, 1])]),
            names_digest(b"no certificate"),
            names_digest(b"another"),
        ];
        for (n, digest) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == digest), Some(n));
        }
    }
}
