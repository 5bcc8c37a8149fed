//! Names in one line, and which of them satisfy an account: no certificate has two lines, and a line
//! in the form of OpenSSL 1.1.1 that satisfies one is read in one way.

use tlsql::trust::{Certificate, Dn, OnelineForm, Shown};
use tlsql::{Account, Code};

use super::asn1::{OID, SEQUENCE, SET, children, sequence, split, value};
use super::cursor::Cursor;

/// The first byte chooses: a Name in DER, or attributes: for each a byte with type and whether it
/// joins the last one, and its value.
pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    if script.u8() & 1 == 0 {
        check(script.take(4096));
        return;
    }
    check(&made(&mut script));
}

/// Returns the Name of a script.
pub fn made(script: &mut Cursor<'_>) -> Vec<u8> {
    let mut sets: Vec<Vec<u8>> = Vec::new();
    for _ in 0..6 {
        if script.is_empty() {
            break;
        }
        let what = script.u8();
        let text = match what & 0x80 {
            0 => String::from_utf8_lossy(script.bytes()).into_owned(),
            _ => (0..script.u8() % 8).map(|_| script.pick(&PARTS)).collect(),
        };
        let kind = value(OID, &[TYPES[usize::from(what & 7) % TYPES.len()]]);
        let attribute = sequence(&[&kind, &value(UTF8, &[text.as_bytes()])]);
        match sets.last_mut() {
            Some(set) if what & 0x40 != 0 => set.extend(attribute),
            _ => sets.push(attribute),
        }
    }
    let sets: Vec<u8> = sets.iter().flat_map(|members| value(SET, &[members])).collect();
    value(SEQUENCE, &[&sets])
}

/// A line that satisfies an account, and what it says: types and values.
pub struct ClearLine {
    pub line: Vec<u8>,
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Checks the promises for one name, and returns its line in the form of OpenSSL 1.1.1 if that
/// satisfies an account.
pub fn check(name: &[u8]) -> Option<ClearLine> {
    let certificate = Certificate::parse(&certificate(name)).ok()?;
    assert_eq!(Dn::parse(name).as_ref(), Some(certificate.subject()));
    let [new, old] = [OnelineForm::OpenSsl3, OnelineForm::OpenSsl111]
        .map(|form| certificate.subject().oneline(form));
    let lines = [&new, &old];
    let satisfied = ["openssl3", "openssl1", "any"].map(|form| {
        let mut found: Vec<_> =
            lines.iter().filter(|line| admits(&certificate, form, line)).collect();
        found.dedup();
        assert!(found.len() < 2, "{form}: two lines satisfy accounts: {found:?}");
        found.first().map(|line| line.to_vec())
    });
    let [by_new, by_old, by_any] = satisfied;
    assert!(by_new.is_none_or(|line| line == new));
    if let Some(line) = by_any {
        assert!(line == new && line == old, "{line:?}");
        assert_eq!(by_old.as_ref(), Some(&line));
    }
    let line = by_old?;
    assert_eq!(line, old);
    let attributes = read(&line);
    let values: Vec<_> = attributes.iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(values, raw_values(name), "{:?} is read otherwise", String::from_utf8_lossy(&line));
    Some(ClearLine { line, attributes })
}

/// Whether an account with this subject admits a client with the certificate.
fn admits(certificate: &Certificate, form: &str, line: &[u8]) -> bool {
    let line = std::str::from_utf8(line).expect("ASCII");
    let mut account = Account::default();
    account.set("one_line", form).unwrap();
    if account.set("subject", line).is_err() {
        return false;
    }
    let (certificate, is_verified) = (Some(certificate), true);
    let shown = Shown { has_tls: true, cipher: "", certificate, is_verified };
    match account.check(&shown, true) {
        Ok(()) => true,
        Err(unmet) => {
            assert_eq!(unmet.code, Code::AccountSubject);
            false
        }
    }
}

/// Reads a line of OpenSSL 1.1.1 as types and values, in the simplest way.
fn read(line: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all = Vec::new();
    for attribute in line.split(|octet| *octet == b'/').skip(1) {
        let at = attribute.iter().position(|octet| *octet == b'=').expect("a type");
        let (kind, mut rest) = (&attribute[..at], &attribute[at + 1..]);
        let mut value = Vec::new();
        while let [first, others @ ..] = rest {
            let escaped = rest.get(..4).filter(|four| four.starts_with(b"\\x"));
            let octet = escaped
                .and_then(|four| std::str::from_utf8(&four[2..]).ok())
                .filter(|digits| !digits.contains(|c: char| c.is_ascii_lowercase() || c == '+'))
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            value.push(octet.unwrap_or(*first));
            rest = if octet.is_some() { &rest[4..] } else { others };
        }
        all.push((kind.to_vec(), value));
    }
    all
}

/// Returns the values of a name, in encoded order, as the line has them.
fn raw_values(name: &[u8]) -> Vec<Vec<u8>> {
    let (_, sets, _) = split(name).expect("a Name");
    let attributes = children(sets).into_iter().flat_map(|(_, set)| children(set));
    let values = attributes.map(|(_, attribute)| {
        let (tag, body) = children(attribute)[1];
        match tag {
            // A BIT STRING has the count of unused bits in front.
            3 => body[1..].to_vec(),
            SEQUENCE => value(SEQUENCE, &[body]),
            _ => body.to_vec(),
        }
    });
    values.collect()
}

/// Makes a certificate with this subject; nobody looks at its signature.
fn certificate(subject: &[u8]) -> Vec<u8> {
    const ED25519: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
    let dates = sequence(&[&value(0x17, &[b"200101000000Z"]), &value(0x17, &[b"491231235959Z"])]);
    let key = sequence(&[ED25519, &value(3, &[&[0], &[9; 32]])]);
    let version = [0xa0, 3, 2, 1, 2, 2, 1, 7];
    let body = sequence(&[&version, ED25519, b"\x30\0", &dates, subject, &key]);
    sequence(&[&body, ED25519, &value(3, &[&[0], &[0; 64]])])
}

const UTF8: u8 = 0x0c;

/// C, O, OU, CN, an unknown one, and one whose short name has a slash (RSA-SHA512/256).
const TYPES: [&[u8]; 6] = [
    b"\x55\x04\x06",
    b"\x55\x04\x0a",
    b"\x55\x04\x0b",
    b"\x55\x04\x03",
    b"\x2a\x03\x04",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x10",
];

/// Their places are written in scripts.
pub const PARTS: [&str; 14] =
    ["/", "+", "\\", "=", "x", "C3", "\\xC3", "CN=", "/CN=", "é", "a", "\u{1}", "O", "\\/"];
