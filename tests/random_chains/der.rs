//! A writer of DER, which also writes malformed values.

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const OID: u8 = 0x06;
pub const ENUMERATED: u8 = 0x0a;
pub const UTF8_STRING: u8 = 0x0c;
pub const PRINTABLE_STRING: u8 = 0x13;
pub const T61_STRING: u8 = 0x14;
pub const IA5_STRING: u8 = 0x16;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
pub const VISIBLE_STRING: u8 = 0x1a;
pub const BMP_STRING: u8 = 0x1e;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

/// Returns the octet for `[n] IMPLICIT` of a primitive type.
pub fn context(n: u8) -> u8 {
    0x80 | n
}

/// Returns the octet for `[n] EXPLICIT`, or for `[n] IMPLICIT` of a constructed type.
pub fn constructed(n: u8) -> u8 {
    0xa0 | n
}

/// Returns a value: tag, length, body.
pub fn value(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let len = body.len().to_be_bytes();
    let short = &len[len.iter().take_while(|byte| **byte == 0).count()..];
    if body.len() < 0x80 {
        out.push(body.len() as u8);
    } else {
        out.push(0x80 | short.len() as u8);
        out.extend(short);
    }
    out.extend(body);
    out
}

pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    value(SEQUENCE, &parts.concat())
}

/// Encodes the object identifier `dotted`.
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs = dotted.split('.').map(|arc| arc.parse().expect("an arc")).collect::<Vec<u64>>();
    let mut body = Vec::new();
    let first = [arcs[0] * 40 + arcs[1]];
    for arc in first.iter().chain(&arcs[2..]) {
        let groups = (0..10).rev().map(|i| arc >> (7 * i) & 0x7f).skip_while(|group| *group == 0);
        let mut groups = groups.collect::<Vec<_>>();
        let last = groups.pop().unwrap_or(0);
        body.extend(groups.iter().map(|group| *group as u8 | 0x80));
        body.push(last as u8);
    }
    value(OID, &body)
}

pub fn integer(number: i64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let redundant =
        |pair: &[u8]| (pair[0] == 0 && pair[1] < 0x80) || (pair[0] == 0xff && pair[1] >= 0x80);
    let skip = bytes.windows(2).take_while(|pair| redundant(pair)).count();
    value(INTEGER, &bytes[skip..])
}

pub fn boolean(is: bool) -> Vec<u8> {
    value(BOOLEAN, &[if is { 0xff } else { 0 }])
}

/// Encodes named bits; bit 0 is the lowest of `mask`, and trailing zeros are left out (X.690
/// section 11.2.2).
pub fn named_bits(mask: u16) -> Vec<u8> {
    let mut bytes = mask.reverse_bits().to_be_bytes().to_vec();
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    let unused = bytes.last().map_or(0, |last| last.trailing_zeros() as u8);
    value(BIT_STRING, &[&[unused], bytes.as_slice()].concat())
}

/// Encodes a BIT STRING without unused bits.
pub fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0], bytes].concat())
}

/// Checks these functions by known answers.
pub fn check() {
    assert_eq!(oid("2.5.29.15"), [6, 3, 0x55, 0x1d, 15]);
    assert_eq!(oid("1.2.840.113549"), [6, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]);
    assert_eq!(integer(128), [2, 2, 0, 128]);
    assert_eq!(integer(-1), [2, 1, 0xff]);
    assert_eq!(integer(0), [2, 1, 0]);
    // keyCertSign and cRLSign.
    assert_eq!(named_bits(0x60), [3, 2, 1, 6]);
    assert_eq!(named_bits(0x100), [3, 3, 7, 0, 0x80]);
    assert_eq!(named_bits(0), [3, 1, 0]);
    assert_eq!(value(SEQUENCE, &[0; 200])[..3], [0x30, 0x81, 200]);
}
