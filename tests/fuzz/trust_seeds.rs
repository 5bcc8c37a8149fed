//! The seeds of the targets about certificates.

use super::targets::chain_case::{op, to};
use super::targets::cursor::Cursor;
use super::targets::pem_and_keys::{FILES, call};
use super::targets::{vector_samples, x509_builder};

/// Returns small certificates of the vectors, and made ones with many extensions.
pub fn certificates() -> Vec<Vec<u8>> {
    let real =
        vector_samples::CERTIFICATES.iter().filter(|der| der.len() < 900).step_by(5).cloned();
    let made = [
        &[0, 0, 0, 0, 0, 0, 7, 0, 4, 15, 16, 18, 21, 23][..],
        &[0, 0, 0, 0, 0, 0, 6, 0, 4, 17, 19, 20, 28],
        &[2, 0, 0, 0, 0, 2, 7, 2, 5, 10, 13, 22, 25, 0x40, 26],
        &[5, 1, 0, 0x60, 0, 5, 4, 12, 14, 27, 31],
        &[4, 7, 0, 0, 0, 3, 2, 29, 30, 18, 3, 0x30, 1, 0],
    ];
    let made = made.iter().map(|script| x509_builder::certificate(&mut Cursor::new(script), 0));
    real.take(30).chain(made).collect()
}

pub fn lists() -> Vec<Vec<u8>> {
    let real = vector_samples::LISTS.iter().filter(|der| der.len() < 900).cloned();
    let made = [
        &[0, 0, 0, 5, 0, 0, 1, 3, 2, 4, 5, 0x84, 4, 5, 3, 0, 1, 3][..],
        &[1, 0x10, 8, 4, 1, 6, 2, 7, 3, 0x83, 0, 0, 0],
        &[6, 0, 0x66, 0, 3, 2, 4, 5],
        &[7, 0, 0x70, 1, 1, 5, 3, 6, 7, 20, 3, 2, 1, 5],
    ];
    let made = made.iter().map(|script| x509_builder::revocation_list(&mut Cursor::new(script), 0));
    real.take(32).chain(made).collect()
}

/// Returns scripts as `ChainCase::read` reads them: a policy, a time, then the parts.
pub fn chain_cases() -> Vec<Vec<u8>> {
    [vector_cases(), short_chains(), odd_anchors(), with_lists(), with_constraints()].concat()
}

fn with(policy: u8, time: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[policy, time][..], &parts.concat()].concat()
}

fn root() -> Vec<u8> {
    made(to::STORE, 0, 0, &[0, 4])
}

fn inter() -> Vec<u8> {
    made(to::OTHERS, 1, 0, &[0, 4])
}

fn leaf(issuer: u8, more: &[u8]) -> Vec<u8> {
    made(to::LEAF, 2, issuer, more)
}

fn list(issuer: u8, entries: &[u8], more: &[u8]) -> Vec<u8> {
    let (n, m) = (entries.len() / 2, more.len());
    [&[op::LIST, issuer, 0, 0, n as u8][..], entries, &[m as u8], more].concat()
}

fn vector_cases() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    // Cases of the vectors, spread over both files.
    all.extend((0..8).map(|i| vec![(i & 1) * 2, 0, op::CASE, i * 13]));
    all.extend((0..10).map(|i| vec![0, 0, op::CASE, 107 + i * 4]));
    // The same, something changed, and at another time.
    all.push([&[0, 10, op::CASE, 40][..], &[op::REAL, 0x10 | to::OTHERS, 9, 200, 0, 1]].concat());
    all.push(vec![0x20, 9, op::CASE, 30]);
    all
}

fn short_chains() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let (root, inter) = (root(), inter());
    all.push(with(0, 0, &[&root, &leaf(0, &[12])]));
    all.push(with(2, 0, &[&root, &inter, &leaf(1, &[12, 10])]));
    all.push(with(4, 0, &[&root, &leaf(0, &[13, 5, 8])]));
    all.push(with(6, 0, &[&root, &leaf(0, &[12])]));
    all.push(with(1, 0, &[&root, &leaf(0, &[9])]));
    all.push(with(0, 0, &[&root, &leaf(0, &[9])]));
    all.push(with(2, 0, &[&root, &leaf(0, &[])]));
    all
}

fn odd_anchors() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let root = root();
    // The leaf is the anchor, and its two names are equal and not octet by octet.
    all.push(vec![
        0, 0, 0, 2, 0, 22, 3, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 2, 0, 22, 3, 1, 0, 0, 0, 22,
        3, 1, 0, 0, 0, 0, 1, 12,
    ]);
    // The leaf is the anchor; it is self-signed and not the anchor; nobody knows its issuer.
    all.push(with(0, 0, &[&made(to::LEAF, 0, 0, &[]), &made(to::STORE, 0, 0, &[])]));
    all.push(with(0, 0, &[&made(to::LEAF, 0, 0, &[]), &root]));
    all.push(with(0, 0, &[&root, &leaf(1, &[12])]));
    all.push(with(0, 0, &[&made(to::STORE, 1, 0, &[0]), &leaf(1, &[12])]));
    // What is between them is no CA.
    for no_ca in [&[2][..], &[], &[0, 5]] {
        all.push(with(0, 0, &[&root, &made(to::OTHERS, 1, 0, no_ca), &leaf(1, &[12])]));
    }
    // Names that are equal, a key that is not; a second root for it.
    all.push(with(0, 0, &[&made(to::STORE, 6, 6, &[0]), &leaf(7, &[12])]));
    let other = [op::MADE, to::STORE, 0, 0, 0x11, 0, 0, 1, 1, 0];
    all.push(with(0, 0, &[&other, &leaf(0, &[12])]));
    all.push(with(0, 0, &[&other, &root, &leaf(0, &[12])]));
    all
}

/// Returns chains with lists: clean, revoked, taken back, of one scope, too old, missing for the
/// intermediate.
fn with_lists() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let (root, inter) = (root(), inter());
    let base = [&root[..], &leaf(0, &[12])].concat();
    all.push(with(0, 0, &[&base, &list(0, &[4, 3], &[0, 1])]));
    all.push(with(0, 0, &[&base, &list(0, &[0, 3], &[0, 1])]));
    all.push(with(0, 0, &[&base, &list(0, &[0, 4], &[])]));
    all.push(with(0, 0, &[&base, &list(0, &[], &[3])]));
    all.push(with(0, 0, &[&root, &inter, &leaf(1, &[12]), &list(0, &[], &[])]));
    all.push(with(0, 0x40, &[&base]));
    all.push(with(0, 0, &[&base, &[op::REAL_LIST, 0, 3], &list(0, &[], &[])]));
    all.push(with(0, 3, &[&root, &made(to::BOTH, 1, 0, &[0]), &leaf(1, &[12])]));
    all
}

/// Returns chains with constraints that hold, and that do not; path length; a critical extension;
/// dates.
fn with_constraints() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let (plain_root, inter) = (root(), inter());
    for (above, below) in
        [(18, 12), (19, 12), (20, 12), (21, 13), (18, 29), (1, 12), (24 | 0x80, 12)]
    {
        let root = made(to::STORE, 0, 0, &[0, above]);
        all.push(with(0, 0, &[&root, &inter, &leaf(1, &[below])]));
    }
    all.push(with(0, 9, &[&[op::MADE, to::STORE, 0, 0, 0, 0x55, 0, 0, 1, 0], &leaf(0, &[12])[..]]));
    all.push(with(0, 8, &[&[op::MADE, to::STORE, 0, 0, 0, 0x55, 0, 0, 1, 0], &leaf(0, &[12])[..]]));
    all.push(with(
        0,
        0,
        &[&plain_root, &[op::MADE_ODD, to::LEAF, 2, 0, 0, 0, 0, 0, 1, 12, 9, 0, 2][..]],
    ));
    all
}

fn made(to: u8, subject: u8, issuer: u8, extensions: &[u8]) -> Vec<u8> {
    let head = [op::MADE, to, subject, issuer, 0, 0, 0, 0, extensions.len() as u8];
    [&head[..], extensions].concat()
}

/// Returns scripts of `pem_and_keys`: role and mode, then calls.
pub fn materials() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let count = FILES.len() as u8;
    for file in 1..=count {
        // As anything, for either role, whole and changed.
        all.push(vec![file & 1, call::CA, file, 0, call::CRL, file, 0]);
        let chain = if file & 1 == 0 { 2 } else { file };
        all.push(vec![!file & 1, call::CA, 1, 0, call::IDENTITY, chain, 0, file, 1, 90, 0, 1]);
    }
    for (chain, key) in [(2, 3), (5, 6), (8, 9), (10, 11), (10, 12), (14, 15), (18, 19), (2, 6)] {
        all.push(vec![1, call::IDENTITY, chain, 0, key, 0]);
    }
    for der in [vector_samples::CERTIFICATES.last().unwrap(), &vector_samples::LISTS[0]] {
        let high = 0x80 | (der.len() >> 8) as u8;
        let bytes = [&[0, high, der.len() as u8][..], der].concat();
        all.push([&[6, call::CA][..], &bytes, &[call::CRL], &bytes].concat());
    }
    all.truncate(40);
    all
}
