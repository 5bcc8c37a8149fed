//! DER for the targets: written, and walked in the simplest way, apart from the library's reader.

pub const INTEGER: u8 = 0x02;
pub const OCTETS: u8 = 0x04;
pub const OID: u8 = 0x06;
pub const ENUMERATED: u8 = 0x0a;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

pub fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let len = u32::try_from(body.len()).unwrap().to_be_bytes();
    let mut out = vec![tag];
    match len.iter().position(|octet| *octet != 0).unwrap_or(3) {
        3 if len[3] < 0x80 => out.push(len[3]),
        first => {
            out.push(0x80 | u8::try_from(4 - first).unwrap());
            out.extend_from_slice(&len[first..]);
        }
    }
    out.extend_from_slice(&body);
    out
}

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, parts)
}

/// Returns an extension; `critical` is left out when it is false, as DER wants.
pub fn extension(oid: &[u8], critical: bool, payload: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    sequence(&[&value(OID, &[oid]), flag, &value(OCTETS, &[payload])])
}

/// Splits off the value at the front: tag, body, and the bytes behind it.
pub fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (len, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (octets.iter().fold(0usize, |len, octet| len << 8 | usize::from(*octet)), rest)
    };
    let (body, rest) = rest.split_at_checked(len)?;
    Some((tag, body, rest))
}

/// Returns all values of a body that is whole.
pub fn children(mut body: &[u8]) -> Vec<(u8, &[u8])> {
    let mut all = Vec::new();
    while let Some((tag, inside, rest)) = split(body) {
        all.push((tag, inside));
        body = rest;
    }
    all
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
