//! Diffie-Hellman groups for scripts, and numbers as their messages and files hold them.

use std::sync::LazyLock;

use rustls::ffdhe_groups::{FFDHE2048, FFDHE3072, FFDHE4096};

use super::asn1::{INTEGER, SEQUENCE, sequence, split, value};
use super::base64;
use super::cursor::Cursor;

pub struct Group {
    pub p: Vec<u8>,
    pub g: Vec<u8>,
    /// A client takes it.
    pub is_known: bool,
}

/// A script's byte names one.
pub static GROUPS: LazyLock<[Group; 7]> = LazyLock::new(|| {
    let named = |p: &[u8], g: &[u8]| Group { p: p.to_vec(), g: g.to_vec(), is_known: true };
    [
        of_file(include_str!("../../data/dh/mysql.pem"), true),
        of_file(include_str!("../../data/dh/mariadb.pem"), true),
        named(FFDHE2048.p, FFDHE2048.g),
        named(FFDHE3072.p, FFDHE3072.g),
        named(FFDHE4096.p, FFDHE4096.g),
        of_file(include_str!("../../data/dh/unknown2048.pem"), false),
        of_file(include_str!("../../data/dh/small1024.pem"), false),
    ]
});

fn of_file(pem: &str, is_known: bool) -> Group {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let (p, g) = read(&base64::decode(&body).unwrap()).unwrap();
    Group { p, g, is_known }
}

/// Reads a prime: the byte that names it, the count of changes, each of them, and the count of
/// octets that are cut off.
pub fn prime(script: &mut Cursor<'_>) -> Vec<u8> {
    let mut p = GROUPS[usize::from(script.u8()) % GROUPS.len()].p.clone();
    let flips = script.u8() & 3;
    script.flip(&mut p, flips);
    p.truncate(p.len().saturating_sub(script.size()));
    p
}

/// Returns p and g of PKCS #3 parameters, without leading zeros, if their structure is sound.
pub fn read(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (SEQUENCE, body, []) = split(der)? else { return None };
    let (INTEGER, p, rest) = split(body)? else { return None };
    let (INTEGER, g, _) = split(rest)? else { return None };
    Some((trim(p).to_vec(), trim(g).to_vec()))
}

/// Returns PKCS #3 parameters with these numbers, and `more` behind them.
pub fn parameters(p: &[u8], g: &[u8], more: &[u8]) -> Vec<u8> {
    let number = |n: &[u8]| match n {
        [0x80..=0xff, ..] | [] => value(INTEGER, &[&[0], n]),
        _ => value(INTEGER, &[n]),
    };
    sequence(&[&number(p), &number(g), more])
}

/// Returns parameters as a block of PEM.
pub fn pem(der: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = b"-----BEGIN DH PARAMETERS-----\n".to_vec();
    for line in der.chunks(48) {
        for part in line.chunks(3) {
            let bits = part.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
            let bits = bits << (8 * (3 - part.len()));
            let digits = [18, 12, 6, 0].map(|shift| DIGITS[bits >> shift & 63]);
            out.extend(&digits[..=part.len()]);
            out.extend(&b"=="[..3 - part.len()]);
        }
        out.push(b'\n');
    }
    out.extend(b"-----END DH PARAMETERS-----\n");
    out
}

pub fn trim(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// Returns whether `1 < value < p - 1`, for an odd p.
pub fn is_inside(value: &[u8], p: &[u8]) -> bool {
    let value = trim(value);
    let mut last = p.to_vec();
    *last.last_mut().unwrap() -= 1;
    let below = value.len() < last.len() || (value.len() == last.len() && value < &last[..]);
    below && !matches!(value, [] | [1])
}
