//! Valid chains, to which mutations are applied.

use crate::date;
use crate::der::{self, PRINTABLE_STRING, UTF8_STRING};
use crate::extensions::{self as ext, authority_key, basic_constraints, name, purposes};
use crate::keys::Keys;
use crate::model::{
    COMMON_NAME, COUNTRY, Case, Certificate, Entry, LEAF, List, Name, ORGANIZATION, Spoiled,
    attribute,
};
use crate::random::Random;

pub const HOST: &str = "db1.example.com";

/// The extensions of a chain's certificates.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Style {
    /// Version 1 at both ends of the chain, as `openssl x509 -req` makes them.
    Version1,
    /// basicConstraints alone, as in MySQL's own certificates.
    Basic,
    /// All that a public CA uses.
    Full,
}

pub fn case(random: &mut Random, keys: &Keys) -> Case {
    let style = random.pick(&[Style::Version1, Style::Basic, Style::Full, Style::Full]);
    let between = random.pick(&[0, 0, 0, 1, 1, 1, 1, 2, 2, 3]);
    let client = random.chance(40);
    let mut pool = Vec::new();
    for i in 0..between + 2 {
        pool.push(certificate(i, random, keys));
    }
    let root = between + 1;
    for i in 0..pool.len() {
        let issuer = pool[(i + 1).min(root)].clone();
        issue(&mut pool[i], &issuer, keys);
        extend(&mut pool[i], &issuer, style, i, i == root, client, keys);
    }
    let mut case = Case {
        client,
        level: random.pick(&[1, 1, 2, 2, 0]),
        host: random.chance(35).then(|| HOST.to_owned()),
        now: date::NOON + random.pick(&[0, 0, 0, 1, 3600]),
        pool,
        others: (1..root).collect(),
        anchors: vec![root],
        lists: None,
    };
    if random.chance(12) {
        check_revocation(&mut case, keys);
    }
    case
}

pub fn certificate(i: usize, random: &mut Random, keys: &Keys) -> Certificate {
    let key = pick_key(random, keys);
    let (not_before, not_after) = date::usual();
    let algorithm = keys.all[key].algorithms()[0];
    Certificate {
        version: der::integer(2),
        serial: vec![1 + i as u8, random.below(128) as u8],
        inner: algorithm,
        outer: algorithm,
        issuer: Name::default(),
        not_before,
        not_after,
        subject: subject(if i == LEAF { HOST.to_owned() } else { format!("Test CA {i}") }),
        key,
        issuer_id: None,
        subject_id: None,
        extensions: None,
        signer: key,
        spoiled: Spoiled::No,
    }
}

pub fn subject(common_name: String) -> Name {
    Name(vec![
        vec![attribute(COUNTRY, PRINTABLE_STRING, "SE")],
        vec![attribute(ORGANIZATION, UTF8_STRING, "tlsql")],
        vec![attribute(COMMON_NAME, UTF8_STRING, &common_name)],
    ])
}

/// Picks a key; those that sign slowly are rare.
pub fn pick_key(random: &mut Random, keys: &Keys) -> usize {
    let kind = match random.below(100) {
        0..70 => "ed25519",
        70..92 => "p256",
        92..96 => "p384",
        96..99 => "rsa2048",
        _ => "rsa1024",
    };
    random.pick(&keys.named(&[kind]))
}

/// Makes `certificate` one that `issuer` issued.
pub fn issue(certificate: &mut Certificate, issuer: &Certificate, keys: &Keys) {
    certificate.issuer = issuer.subject.clone();
    certificate.signer = issuer.key;
    certificate.inner = keys.all[issuer.key].algorithms()[0];
    certificate.outer = certificate.inner;
}

fn extend(
    certificate: &mut Certificate,
    issuer: &Certificate,
    style: Style,
    i: usize,
    is_root: bool,
    client: bool,
    keys: &Keys,
) {
    let is_leaf = i == LEAF;
    if style == Style::Version1 && (is_leaf || is_root) {
        certificate.version = Vec::new();
        return;
    }
    let critical = style == Style::Full;
    let ca = if is_leaf { None } else { Some(true) };
    certificate.set(ext::BASIC_CONSTRAINTS, critical, basic_constraints(ca, None));
    if style != Style::Full {
        return;
    }
    let usage = if is_leaf { ext::DIGITAL_SIGNATURE } else { ext::CERT_SIGN | ext::CRL_SIGN };
    certificate.set(ext::KEY_USAGE, true, der::named_bits(usage));
    let own = der::value(der::OCTET_STRING, keys.all[certificate.key].identifier());
    certificate.set(ext::SUBJECT_KEY, false, own);
    if !is_root {
        let id = authority_key(Some(keys.all[issuer.key].identifier()), None, None);
        certificate.set(ext::AUTHORITY_KEY, false, id);
    }
    if is_leaf {
        let purpose = if client { ext::CLIENT } else { ext::SERVER };
        certificate.set(ext::EXTENDED_KEY_USAGE, false, purposes(&[purpose]));
        let names = der::sequence(&[name(0, HOST)]);
        certificate.set(ext::SUBJECT_ALT_NAME, false, names);
    }
}

/// Turns revocation on, and adds a CRL of each CA.
pub fn check_revocation(case: &mut Case, keys: &Keys) {
    if case.lists.is_none() {
        let lists = (1..case.pool.len()).map(|i| list(case, i, keys)).collect();
        case.lists = Some(lists);
    }
}

/// Returns a CRL of certificate `i`, with one entry that belongs to no certificate.
pub fn list(case: &Case, i: usize, keys: &Keys) -> List {
    let issuer = &case.pool[i];
    let algorithm = keys.all[issuer.key].algorithms()[0];
    let id = authority_key(Some(keys.all[issuer.key].identifier()), None, None);
    let with_id = issuer.has(ext::SUBJECT_KEY);
    let extension = crate::model::Extension { oid: ext::AUTHORITY_KEY, critical: false, body: id };
    List {
        version: der::integer(1),
        inner: algorithm,
        outer: algorithm,
        issuer: issuer.subject.clone(),
        this_update: date::plain(date::NOON - 1000),
        next_update: Some(date::plain(date::NOON + 100_000)),
        entries: Some(vec![entry(&[0x7a, 0x7a])]),
        extensions: with_id.then(|| vec![extension]),
        signer: issuer.key,
        spoiled: Spoiled::No,
    }
}

pub fn entry(serial: &[u8]) -> Entry {
    let date = date::plain(date::NOON - 5000);
    Entry { serial: serial.to_vec(), date, extensions: Vec::new() }
}
