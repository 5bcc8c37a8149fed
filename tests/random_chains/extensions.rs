//! Values of extensions, valid and malformed.

use crate::der::{self, constructed, context, value};
use crate::model::{COMMON_NAME, Certificate, Name, ORGANIZATION, attribute};
use crate::random::Random;

pub const SUBJECT_KEY: &str = "2.5.29.14";
pub const KEY_USAGE: &str = "2.5.29.15";
pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub const CRL_NUMBER: &str = "2.5.29.20";
pub const REASON: &str = "2.5.29.21";
pub const DELTA: &str = "2.5.29.27";
pub const DISTRIBUTION_POINT: &str = "2.5.29.28";
pub const CERTIFICATE_ISSUER: &str = "2.5.29.29";
pub const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub const CRL_POINTS: &str = "2.5.29.31";
pub const POLICIES: &str = "2.5.29.32";
pub const AUTHORITY_KEY: &str = "2.5.29.35";
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub const FRESHEST: &str = "2.5.29.46";
pub const NETSCAPE_TYPE: &str = "2.16.840.1.113730.1.1";
pub const PROXY: &str = "1.3.6.1.5.5.7.1.14";
pub const NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
/// Other extensions: handled by OpenSSL when critical, known but not handled, and unknown.
pub const OTHERS: &[&str] = &[
    "2.5.29.18",
    "2.5.29.33",
    "2.5.29.36",
    "2.5.29.54",
    "1.3.6.1.5.5.7.1.1",
    "1.3.6.1.5.5.7.1.24",
    "2.16.840.1.113730.1.13",
    "1.3.6.1.4.1.99999.1",
    "1.2.3.4",
];

pub const SERVER: &str = "1.3.6.1.5.5.7.3.1";
pub const CLIENT: &str = "1.3.6.1.5.5.7.3.2";
const PURPOSES: &[&str] = &[
    SERVER,
    SERVER,
    CLIENT,
    CLIENT,
    "2.5.29.37.0",
    "1.3.6.1.4.1.311.10.3.3",
    "2.16.840.1.113730.4.1",
    "1.3.6.1.5.5.7.3.3",
    "1.3.6.1.5.5.7.3.9",
    "1.3.6.1.4.1.99999.2",
];

pub const DIGITAL_SIGNATURE: u16 = 1;
pub const KEY_ENCIPHERMENT: u16 = 1 << 2;
pub const CERT_SIGN: u16 = 1 << 5;
pub const CRL_SIGN: u16 = 1 << 6;

pub fn basic_constraints(ca: Option<bool>, path_len: Option<i64>) -> Vec<u8> {
    let ca = ca.map(der::boolean).unwrap_or_default();
    der::sequence(&[ca, path_len.map(der::integer).unwrap_or_default()])
}

pub fn any_basic_constraints(random: &mut Random) -> Vec<u8> {
    let ca = random.pick(&[Some(true), Some(true), Some(true), None, Some(false)]);
    let path_len = random.pick(&[None, None, Some(0), Some(0), Some(1), Some(2), Some(-1)]);
    basic_constraints(ca, path_len)
}

pub fn any_key_usage(random: &mut Random) -> Vec<u8> {
    match random.below(8) {
        0 => der::named_bits(0),
        1 => der::named_bits(1 << random.below(9)),
        2 => der::named_bits(random.below(512) as u16),
        3 => der::named_bits(CERT_SIGN),
        4 => der::named_bits(CERT_SIGN | CRL_SIGN),
        5 => der::named_bits(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT),
        // Trailing zeros, which DER leaves out, and more bits than have names.
        6 => value(der::BIT_STRING, &[0, 0x86, 0]),
        _ => value(der::BIT_STRING, &[0, 0xff, 0xff, 0xff]),
    }
}

pub fn purposes(oids: &[&str]) -> Vec<u8> {
    der::sequence(&oids.iter().map(|oid| der::oid(oid)).collect::<Vec<_>>())
}

pub fn any_purposes(random: &mut Random) -> Vec<u8> {
    let count = random.below(4);
    let chosen = (0..count).map(|_| random.pick(PURPOSES)).collect::<Vec<_>>();
    purposes(&chosen)
}

/// Returns an authorityKeyIdentifier with a key identifier, with issuer and serial, or with one of
/// these two.
pub fn authority_key(id: Option<&[u8]>, issuer: Option<&Name>, serial: Option<&[u8]>) -> Vec<u8> {
    let names = issuer.map(|name| value(constructed(1), &value(constructed(4), &name.der())));
    der::sequence(&[
        id.map(|id| value(context(0), id)).unwrap_or_default(),
        names.unwrap_or_default(),
        serial.map(|serial| value(context(2), serial)).unwrap_or_default(),
    ])
}

/// Returns an authorityKeyIdentifier with the true values of `issuer`, or with others.
pub fn any_authority_key(random: &mut Random, issuer: &Certificate, key_id: &[u8]) -> Vec<u8> {
    let wrong = Name(vec![vec![attribute(COMMON_NAME, der::UTF8_STRING, "Nobody")]]);
    let id = random.pick(&[None, Some(key_id), Some(key_id), Some(&b"wrong"[..]), Some(&[])]);
    let name = random.pick(&[None, None, Some(&issuer.issuer), Some(&wrong)]);
    let serial = issuer.serial.as_slice();
    let serial = random.pick(&[None, Some(serial), Some(serial), Some(&[9, 9])]);
    match random.below(12) {
        0 => authority_key(None, None, None),
        1 => authority_key(Some(key_id), Some(&issuer.issuer), Some(&issuer.serial)),
        2..6 => authority_key(id, None, None),
        // GeneralNames without a directoryName.
        6 => {
            let other = value(constructed(1), &value(context(2), b"ca.example.com"));
            der::sequence(&[other, value(context(2), &issuer.serial)])
        }
        _ => authority_key(id, name, serial),
    }
}

/// Returns a GeneralName for a SAN or for a constraint.
pub fn name(kind: usize, text: &str) -> Vec<u8> {
    match kind {
        0 => value(context(2), text.as_bytes()),
        1 => value(context(1), text.as_bytes()),
        2 => value(context(6), text.as_bytes()),
        3 => value(context(8), &[0x2a, 3, 4]),
        4 => {
            let utf8 = value(constructed(0), &value(der::UTF8_STRING, text.as_bytes()));
            value(constructed(0), &[der::oid("1.3.6.1.5.5.7.8.9"), utf8].concat())
        }
        _ => {
            let text = attribute(ORGANIZATION, der::UTF8_STRING, text);
            value(constructed(4), &Name(vec![vec![text]]).der())
        }
    }
}

pub fn address(bytes: &[u8]) -> Vec<u8> {
    value(context(7), bytes)
}

const DNS: &[&str] = &[
    "db1.example.com",
    "db1.example.com",
    "*.example.com",
    "DB1.EXAMPLE.COM",
    "db*.example.com",
    "other.test",
    "example.com",
    ".example.com",
    "db1.example.com.",
    "a.b.example.com",
    "my_db.example.com",
    "xn--db-1.example.com",
    "*",
    "*.com",
    "10.0.0.1",
    "localhost",
    "db1.example.com\0.test",
    "",
    " ",
];
const EMAILS: &[&str] = &[
    "dba@example.com",
    "DBA@EXAMPLE.COM",
    "dba@other.test",
    "example.com",
    ".example.com",
    "@example.com",
    "dba@",
    "\"d@b\"@example.com",
    "",
];
const URIS: &[&str] = &[
    "https://db1.example.com/x",
    "https://u@db1.example.com:3306/",
    "https://other.test",
    "urn:x",
    "https://10.0.0.1/",
    "https://[::1]/",
    "db1.example.com",
    ".example.com",
    "example.com",
    "",
];

pub fn any_name(random: &mut Random) -> Vec<u8> {
    match random.below(14) {
        0..6 => name(0, random.pick(DNS)),
        6..8 => {
            let all: [&[u8]; 5] =
                [&[10, 0, 0, 1], &[10, 0, 0, 2], &[0; 16], &[10, 0, 0], &[10, 0, 0, 1, 0]];
            address(random.pick(&all))
        }
        8..10 => name(1, random.pick(EMAILS)),
        10..12 => name(2, random.pick(URIS)),
        12 => name(3 + random.below(2), "x"),
        _ => name(5, random.pick(&["tlsql", "TLSQL  ", "Else"])),
    }
}

pub fn any_alternative_names(random: &mut Random) -> Vec<u8> {
    let count = random.below(4);
    der::sequence(&(0..count).map(|_| any_name(random)).collect::<Vec<_>>())
}

fn any_subtree(random: &mut Random) -> Vec<u8> {
    let base = match random.below(14) {
        0..5 => name(0, random.pick(&["example.com", "example.com", ".example.com", "", "test"])),
        5..8 => {
            let all: [&[u8]; 6] = [
                &[10, 0, 0, 0, 255, 0, 0, 0],
                &[10, 0, 0, 0, 255, 255, 255, 255],
                &[192, 168, 0, 0, 255, 255, 0, 0],
                &[10, 0, 0, 0, 255, 0, 255, 0],
                &[0; 32],
                &[10, 0, 0, 0],
            ];
            address(random.pick(&all))
        }
        8 => name(1, random.pick(EMAILS)),
        9 => name(2, random.pick(&["db1.example.com", ".example.com", "example.com", ""])),
        10..12 => name(5, random.pick(&["tlsql", "TLSQL", "Else"])),
        12 => value(constructed(4), &Name::default().der()),
        _ => any_name(random),
    };
    let bounds = match random.below(12) {
        0 => value(context(0), &[0]),
        1 => value(context(0), &[1]),
        2 => value(context(1), &[1]),
        _ => Vec::new(),
    };
    der::sequence(&[base, bounds])
}

pub fn any_name_constraints(random: &mut Random) -> Vec<u8> {
    let subtrees = |random: &mut Random, n| {
        let count = random.below(3);
        let all = (0..count).map(|_| any_subtree(random)).collect::<Vec<_>>();
        if count == 0 && random.chance(80) {
            Vec::new()
        } else {
            value(constructed(n), &all.concat())
        }
    };
    der::sequence(&[subtrees(random, 0), subtrees(random, 1)])
}

/// Returns a DistributionPointName with one URI.
pub fn point_name(uri: &str) -> Vec<u8> {
    value(constructed(0), &value(constructed(0), &name(2, uri)))
}

pub fn any_crl_points(random: &mut Random) -> Vec<u8> {
    let uri = random.pick(&["http://crl.test/1", "http://crl.test/1", "http://crl.test/2"]);
    let point = match random.below(8) {
        0 => Vec::new(),
        // A name relative to the issuer's.
        1 => {
            let part = Name(vec![vec![attribute(COMMON_NAME, der::UTF8_STRING, "point")]]).der();
            value(constructed(0), &value(constructed(1), &part[4..]))
        }
        2 => [point_name(uri), value(context(1), &[7, 0x80])].concat(),
        3 => {
            let issuer = Name(vec![vec![attribute(COMMON_NAME, der::UTF8_STRING, "Else")]]);
            let issuer = value(constructed(2), &value(constructed(4), &issuer.der()));
            [point_name(uri), issuer].concat()
        }
        _ => point_name(uri),
    };
    der::sequence(&[value(der::SEQUENCE, &point)])
}

pub fn any_policies(random: &mut Random) -> Vec<u8> {
    let all = ["2.5.29.32.0", "1.2.3.1", "1.2.3.2"];
    let count = random.below(3);
    let one = |random: &mut Random| der::sequence(&[der::oid(random.pick(&all))]);
    der::sequence(&(0..count).map(|_| one(random)).collect::<Vec<_>>())
}

/// Returns a proxyCertInfo: an optional path length, and the policy language.
pub fn any_proxy(random: &mut Random) -> Vec<u8> {
    let len = if random.chance(50) { der::integer(1) } else { Vec::new() };
    der::sequence(&[len, der::sequence(&[der::oid("1.3.6.1.5.5.7.21.1")])])
}

pub fn any_distribution_point(random: &mut Random) -> Vec<u8> {
    let yes = |n| value(context(n), &[0xff]);
    let mut parts = Vec::new();
    if random.chance(40) {
        parts.push(point_name(random.pick(&["http://crl.test/1", "http://crl.test/2"])));
    }
    match random.below(8) {
        0..2 => parts.push(yes(1)),
        2..4 => parts.push(yes(2)),
        4 => parts.push(value(context(3), &[5, 0x60])),
        5 => parts.push(yes(4)),
        6 => parts.push(yes(5)),
        _ => {}
    }
    der::sequence(&parts)
}
