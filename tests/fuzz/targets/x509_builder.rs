//! Certificates and revocation lists made from a script and then signed, so that what a fuzzer
//! changes is found behind good signatures too.

use ring::signature::{Ed25519KeyPair, KeyPair};

use super::asn1::{ENUMERATED, INTEGER, OCTETS, OID, SEQUENCE, SET, extension, sequence, value};
use super::cursor::Cursor;

/// Makes a certificate of a script: two bytes of names, one of keys, one each of dates, version and
/// serial number, a count of extensions, and these.
pub fn certificate(script: &mut Cursor<'_>, flips: u8) -> Vec<u8> {
    let (subject, issuer, keys) = (script.u8(), script.u8(), script.u8());
    let (dates, version, serial) = (script.u8(), script.u8(), script.u8());
    let (own, signer) = (key_of(subject, keys >> 4), key_of(issuer, keys & 15));
    let mut extensions = Vec::new();
    for _ in 0..script.u8() & 7 {
        let which = script.u8();
        extensions.extend(extension_of(script, which, own, signer, issuer));
    }
    let version: &[u8] = match version & 7 {
        0..=4 => &[0xa0, 3, 2, 1, 2],
        5 => &[],
        6 => &[0xa0, 3, 2, 1, 1],
        _ => &[0xa0, 3, 2, 1, 0],
    };
    let wrapped = value(0xa3, &[&sequence(&[&extensions])]);
    let mut body = [
        version,
        &value(INTEGER, &[SERIALS[usize::from(serial) % SERIALS.len()]]),
        ALGORITHM,
        &name(issuer),
        &sequence(&[date(dates & 7), date(dates >> 4 | 8)]),
        &name(subject),
        &spki(own),
        if extensions.is_empty() { &[] } else { &wrapped },
    ]
    .concat();
    script.flip(&mut body, flips);
    signed(&body, signer)
}

/// Makes a revocation list of a script: issuer, keys, dates, a count of entries and these, a count
/// of extensions and these.
pub fn revocation_list(script: &mut Cursor<'_>, flips: u8) -> Vec<u8> {
    let (issuer, keys, dates) = (script.u8(), script.u8(), script.u8());
    let signer = key_of(issuer, keys & 15);
    let mut entries = Vec::new();
    for _ in 0..script.u8() & 7 {
        let (serial, more) = (script.u8(), script.u8());
        let serial = value(INTEGER, &[SERIALS[usize::from(serial) % SERIALS.len()]]);
        let more = entry_extension(more, issuer);
        let more = if more.is_empty() { more } else { sequence(&[&more]) };
        entries.extend(sequence(&[&serial, date(0), &more]));
    }
    let mut extensions = Vec::new();
    for _ in 0..script.u8() & 3 {
        let which = script.u8();
        extensions.extend(list_extension(script, which, signer));
    }
    let wrapped = value(0xa0, &[&sequence(&[&extensions])]);
    let mut body = [
        if keys & 0x10 == 0 { &[2, 1, 1][..] } else { &[] },
        ALGORITHM,
        &name(issuer),
        date(dates & 7),
        if dates & 8 == 0 { date(dates >> 4 | 8) } else { &[] },
        &if entries.is_empty() { Vec::new() } else { sequence(&[&entries]) },
        if extensions.is_empty() { &[] } else { &wrapped },
    ]
    .concat();
    script.flip(&mut body, flips);
    signed(&body, signer)
}

fn signed(body: &[u8], signer: u8) -> Vec<u8> {
    let body = sequence(&[body]);
    let signature = key(signer).sign(&body);
    sequence(&[&body, ALGORITHM, &value(3, &[&[0], signature.as_ref()])])
}

/// Returns a name: one and two are CAs', the next four are a leaf's; the last two equal the first
/// but for their encoding.
fn name(which: u8) -> Vec<u8> {
    let one = |oid: u8, tag: u8, text: &str| {
        let text = value(tag, &[text.as_bytes()]);
        value(SET, &[&sequence(&[&value(OID, &[&[0x55, 4, oid]]), &text])])
    };
    match which & 7 {
        0 => sequence(&[&one(10, 0x0c, "Test"), &one(3, 0x0c, "Root")]),
        1 => sequence(&[&one(10, 0x0c, "Test"), &one(3, 0x0c, "Inter")]),
        2 => sequence(&[&one(3, 0x0c, HOST)]),
        3 => sequence(&[&one(10, 0x0c, "Test"), &one(3, 0x13, "*.example.com")]),
        4 => sequence(&[]),
        5 => sequence(&[&one(10, 0x0c, "Test"), &one(3, 0x0c, "127.0.0.1")]),
        6 => sequence(&[&one(10, 0x13, "TEST"), &one(3, 0x13, "root ")]),
        _ => sequence(&[&one(10, 0x1e, "\0T\0e\0s\0t"), &one(3, 0x14, " ROOT")]),
    }
}

/// Returns the number of a name's key; `other` chooses another one than its own.
fn key_of(name: u8, other: u8) -> u8 {
    let own = match name & 7 {
        0 | 6 | 7 => 0,
        1 => 1,
        _ => 2,
    };
    (own + other) % 4
}

fn key(which: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[which + 1; 32]).unwrap()
}

fn spki(which: u8) -> Vec<u8> {
    let bits = value(3, &[&[0], key(which).public_key().as_ref()]);
    sequence(&[ALGORITHM, &bits])
}

/// Returns the extension that a script chooses; bit 7 turns round whether it is critical.
fn extension_of(script: &mut Cursor<'_>, which: u8, own: u8, signer: u8, issuer: u8) -> Vec<u8> {
    let turned = which & 0x80 != 0;
    let ce = |id: u8, payload: &[u8]| id_ce(id, turned, payload);
    match which & 0x1f {
        which @ 0..=11 => usage_extension(which, turned),
        12 => ce(17, &sequence(&[&dns(HOST)])),
        13 => ce(17, &sequence(&[&dns("*.example.com"), &[0x87, 4, 127, 0, 0, 1]])),
        14 => ce(17, &sequence(&[&value(0x81, &[b"a@example.com"])])),
        15 => ce(14, &value(OCTETS, &[&[own; 4]])),
        16 => ce(35, &sequence(&[&value(0x80, &[&[signer; 4]])])),
        17 => {
            let names = value(0xa1, &[&value(0xa4, &[&name(issuer)])]);
            ce(35, &sequence(&[&names, &value(0x82, &[SERIALS[0]])]))
        }
        which @ (18..=21 | 28 | 31) => name_constraints(which, turned),
        22 => {
            let uri = value(0xa0, &[&value(0xa0, &[&value(0x86, &[b"http://a/"])])]);
            ce(31, &sequence(&[&sequence(&[&uri])]))
        }
        23 => ce(32, &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3]),
        24 => extension(&[0x2a, 3, 4], turned, b"?"),
        25 => extension(NETSCAPE_TYPE, turned, &[3, 2, 0, script.u8()]),
        26 => extension(&[0x2b, 6, 1, 5, 5, 7, 1, 14], turned, &[0x30, 0]),
        27 => extension(&[0x2b, 6, 1, 5, 5, 7, 1, 7], turned, &[0x30, 0]),
        29 => ce(17, &sequence(&[&dns("db1.other.com"), &dns(HOST)])),
        _ => ce(script.u8(), script.bytes()),
    }
}

/// Returns basicConstraints, keyUsage or extendedKeyUsage; the first two are critical unless
/// turned.
fn usage_extension(which: u8, turned: bool) -> Vec<u8> {
    let basic = |payload: &[u8]| id_ce(19, !turned, payload);
    let key_usage = |payload: &[u8]| id_ce(15, !turned, payload);
    let eku = |ids: &[u8]| {
        let oids = ids.iter().map(|id| value(OID, &[&[0x2b, 6, 1, 5, 5, 7, 3, *id]]));
        id_ce(37, turned, &sequence(&[&oids.collect::<Vec<_>>().concat()]))
    };
    match which {
        0 => basic(&[0x30, 3, 1, 1, 0xff]),
        1 => basic(&[0x30, 6, 1, 1, 0xff, 2, 1, 0]),
        2 => basic(&[0x30, 0]),
        3 => basic(&[0x30, 6, 1, 1, 0xff, 2, 1, 1]),
        4 => key_usage(&[3, 2, 1, 0x06]),
        5 => key_usage(&[3, 2, 7, 0x80]),
        6 => key_usage(&[3, 2, 5, 0x20]),
        7 => key_usage(&[3, 2, 1, 0x02]),
        8 => eku(&[1]),
        9 => eku(&[2]),
        10 => eku(&[1, 2]),
        _ => id_ce(37, turned, &[0x30, 6, 6, 4, 0x55, 0x1d, 37, 0]),
    }
}

/// Returns nameConstraints with one subtree, permitted or excluded; critical unless turned.
fn name_constraints(which: u8, turned: bool) -> Vec<u8> {
    let subtree = |kind: u8, base: &[u8]| {
        let list = value(0xa0 | kind, &[&sequence(&[base])]);
        id_ce(30, !turned, &sequence(&[&list]))
    };
    match which {
        18 => subtree(0, &dns("example.com")),
        19 => subtree(1, &dns("example.com")),
        20 => subtree(0, &value(0xa4, &[&name(2)])),
        21 => subtree(0, &[0x87, 8, 127, 0, 0, 0, 0xff, 0, 0, 0]),
        28 => subtree(1, &value(0x81, &[b"example.com"])),
        _ => subtree(1, &value(0x86, &[b".example.com"])),
    }
}

/// Returns an extension of RFC 5280's arc id-ce.
fn id_ce(id: u8, critical: bool, payload: &[u8]) -> Vec<u8> {
    extension(&[0x55, 0x1d, id], critical, payload)
}

fn dns(name: &str) -> Vec<u8> {
    value(0x82, &[name.as_bytes()])
}

fn list_extension(script: &mut Cursor<'_>, which: u8, signer: u8) -> Vec<u8> {
    let critical = which & 0x80 != 0;
    let ce = |id: u8, payload: &[u8]| id_ce(id, critical, payload);
    match which & 7 {
        0 => ce(20, &[2, 1, 1]),
        1 => ce(35, &sequence(&[&value(0x80, &[&[signer; 4]])])),
        2 => ce(27, &[2, 1, 1]),
        3 => ce(28, &[0x30, 3, 0x81, 1, 0xff]),
        4 => ce(28, &[0x30, 3, 0x82, 1, 0xff]),
        5 => {
            let uri = value(0xa0, &[&value(0xa0, &[&value(0x86, &[b"http://a/"])])]);
            ce(28, &sequence(&[&uri]))
        }
        6 => extension(&[0x2a, 3, 4], critical, b"?"),
        _ => ce(script.u8(), script.bytes()),
    }
}

fn entry_extension(which: u8, issuer: u8) -> Vec<u8> {
    let critical = which & 0x80 != 0;
    let reason = |reason| extension(&[0x55, 0x1d, 21], critical, &value(ENUMERATED, &[&[reason]]));
    match which & 7 {
        0..=2 => Vec::new(),
        3 => reason(1),
        4 => reason(8),
        5 => extension(&[0x2a, 3, 4], critical, b"?"),
        other => {
            let name = name(if other == 6 { issuer } else { 2 });
            let names = value(SEQUENCE, &[&value(0xa4, &[&name])]);
            extension(&[0x55, 0x1d, 29], critical, &names)
        }
    }
}

/// Returns a date: below 8 for notBefore, from 8 on for notAfter.
fn date(which: u8) -> &'static [u8] {
    match which & 15 {
        0..=4 => b"\x17\x0d200101000000Z",
        5 => b"\x17\x0d330518033320Z",
        6 => b"\x18\x0f20200101000000Z",
        7 => b"\x17\x0b2001010000Z",
        8..=12 => b"\x17\x0d491231000000Z",
        13 => b"\x17\x0d330518033320Z",
        14 => b"\x18\x0f99991231235959Z",
        _ => b"\x17\x0d250101000000Z",
    }
}

pub const HOST: &str = "db1.example.com";

const SERIALS: [&[u8]; 6] =
    [&[1], &[2], &[0x14], &[0], &[0x80], &[0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]];
/// Ed25519's, of keys and of signatures (RFC 8410 section 3).
const ALGORITHM: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
const NETSCAPE_TYPE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1];
