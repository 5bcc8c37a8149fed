//! Seeds of the targets that know Diffie-Hellman, and of cipher lists.

use super::targets::cipher_strings::{OPTIONS, WORDS};
use super::targets::dh::{self, GROUPS};
use super::targets::dh_params::form;

/// Returns files of groups: good, changed, cut, too many, and in DER.
pub fn params() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (i, group) in (0..).zip(GROUPS.iter()) {
        // The group itself, in both forms.
        let g = [&[group.g.len() as u8], &group.g[..]].concat();
        all.push([&[form::MADE, i, 0, 0], &g[..], &[0]].concat());
        all.push([&[form::PEM, 0, i, 0, 0], &g[..], &[0, 0]].concat());
    }
    all.push([&[form::DER], &dh::parameters(&GROUPS[5].p, &[2], &[2, 2, 0, 225])[..]].concat());
    let pem = dh::pem(&dh::parameters(&GROUPS[5].p, &[2], &[]));
    all.push([&[form::FILE], &pem[..]].concat());
    all.push([&[form::FILE], &b"text\n"[..], &pem, &pem, b"text"].concat());
    all.push([&[form::FILE], &pem[..100]].concat());
    // 1019 and 263 are small safe primes.
    for p in [[3, 0xfb], [1, 7]] {
        all.push([&[form::DER], &dh::parameters(&p, &[2], &[])[..]].concat());
    }
    // An even p, a composite one, other g's, something behind them, and nine blocks.
    all.push(vec![form::MADE, 0, 1, 0xff, 0, 1, 0, 1, 2, 0]);
    all.push(vec![form::MADE, 2, 1, 100, 0, 8, 0, 1, 2, 0]);
    all.push(vec![form::MADE, 2, 0, 0, 1, 1, 0]);
    all.push(vec![form::MADE, 2, 0, 0, 2, 1, 1, 0]);
    all.push(vec![form::MADE, 2, 0, 0, 1, 2, 3, 2, 1, 8]);
    all.push([&[form::PEM, 8][..], &[2, 0, 0, 1, 2, 0].repeat(9), &[0]].concat());
    all
}

/// Returns scripts as `dhe_exchange` reads them.
pub fn exchanges() -> Vec<Vec<u8>> {
    [clients(), clients_with_other_params(), servers()].concat()
}

/// Returns a client's script: bits, suite, group, p and g unchanged, Ys, a scheme, a whole
/// signature, one record.
fn client(bits: u8, suite: u8, group: u8, public: &[u8], scheme: u8) -> Vec<u8> {
    [&[0, bits, suite, group, 0, 0, 0, 0], public, &[scheme, 0, 0, 0x90, 0, 0]].concat()
}

fn clients() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for group in 0..7 {
        all.push(client(group & 1, group % 3, group, &[0, 4], 0));
    }
    for scheme in 1..6 {
        all.push(client(4, 0, 2, &[0, 4], scheme));
    }
    // 0, 1, p, p - 1, p - 4, nothing, too long.
    for public in [&[0, 0][..], &[0, 1], &[1, 0], &[1, 1], &[1, 4], &[2, 0], &[3, 1, 8, 9]] {
        all.push(client(0, 0, 2, public, 0));
        all.push(client(1, 1, 0, public, 3));
    }
    // p with zeros in front, without its end, with a bit changed; another g.
    for changed in
        [&[0, 0xf3, 0, 0][..], &[0, 9, 0, 0], &[1, 9, 0, 1, 0, 0, 0], &[0, 0, 1, 0, 0, 9, 0]]
    {
        all.push([&[0, 0, 0, 2], changed, &[0, 4, 0, 0, 0, 0x90, 0, 0]].concat());
    }
    all
}

fn clients_with_other_params() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    // Other lengths; a curve's parameters; a bad signature, a short one; small records.
    all.push([&[0, 2, 0, 2, 0, 0, 0, 0, 0, 4], &[0, 3, 0][..], &[0, 0, 0, 0x90, 0, 0]].concat());
    let curve = [&[0x82, 9, 36, 3, 0, 29, 32], &[9; 32][..]].concat();
    all.push([&[0, 2, 0, 2, 0, 0, 0, 0, 0, 4, 0], &curve[..], &[0, 0, 0, 0x90, 0, 0]].concat());
    all.push([&[0, 0, 0, 2, 0, 0, 0, 0, 0, 4], &[0, 1, 9, 0, 1, 0, 0x90, 0, 0][..]].concat());
    all.push([&[0, 0, 0, 2, 0, 0, 0, 0, 0, 4], &[0, 0, 9, 0x90, 0, 0][..]].concat());
    all.push([&[0, 0, 0, 2, 0, 0, 0, 0, 0, 4], &[0, 0, 0, 1, 0][..]].concat());
    // ECDHE: X25519, a DH group by its number, DHE's parameters.
    let number = [&[0x82, 9, 0x81, 4, 3, 1, 0, 0xff], &[9; 255][..], &[0]].concat();
    for params in [&curve, &number] {
        let sound = [&params[..], &[0, 0, 0, 0x90, 0, 0]].concat();
        all.push([&[0, 2, 3, 2, 0, 0, 0, 0, 0, 4, 0], &sound[..]].concat());
    }
    all.push(client(0, 3, 2, &[0, 4], 0));
    all
}

/// Returns servers' scripts: suite, groups, whole or not, the public value.
fn servers() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for public in
        [&[0, 4][..], &[0, 1], &[0, 0], &[1, 0], &[1, 1], &[1, 9], &[2, 0], &[3, 0, 60, 9]]
    {
        all.push([&[1, 0, 0, 0], public].concat());
    }
    for groups in [&[1, 0][..], &[1, 1], &[1, 2], &[1, 4], &[0, 29], &[1], &[0, 29, 1, 1]] {
        let groups = [&[groups.len() as u8], groups].concat();
        all.push([&[1, 1], &groups[..], &[0, 0, 16]].concat());
    }
    all.push(vec![1, 2, 0, 1, 0, 4, 1, 0]);
    all.push(vec![1, 2, 0, 1, 0, 4, 0, 3, 1, 2, 3]);
    all
}

/// Returns values as users write them, for either role, and words one after the other.
pub fn strings() -> Vec<Vec<u8>> {
    const VALUES: [(u8, &str); 16] = [
        (0, "DEFAULT"),
        (0, "HIGH:!aNULL:!MD5:@STRENGTH"),
        (0, "DEFAULT@SECLEVEL=1"),
        (0, "HIGH:@SECLEVEL=3"),
        (0, "kEECDH+aRSA:-AES128:+CHACHA20:DHE,AES128 ECDHE"),
        (0, "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:FOO:TLS_AES_128_GCM_SHA256"),
        (0, "SUITEB128"),
        (0, "!"),
        (0, "\u{1b}[31mred"),
        (1, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"),
        (1, "TLS_AES_128_CCM_SHA256"),
        (1, "TLS_AES_128_GCM_SHA256:\u{1b}[31mred"),
        (2, "TLSv1.2,TLSv1.3"),
        (2, "tlsv1.2,TLSv1.1"),
        (2, "TLSv1"),
        (2, "TLSv1.2, TLSv1.3"),
    ];
    let mut all = Vec::new();
    for role in 0..2 {
        for (option, value) in VALUES {
            let text = value.as_bytes();
            all.push([&[role, option, 1, text.len() as u8], text].concat());
        }
        for option in 0..OPTIONS.len() as u8 {
            let words = (0..30).map(|i| (i * 7 + option * 3) % WORDS.len() as u8);
            all.push([role, option, 0, 30].into_iter().chain(words).collect());
        }
        // One after the other in one builder.
        all.push(
            [&[role, 2, 1, 7], &b"TLSv1.3"[..], &[0, 1, 3], b"ALL", &[1, 1, 1, b'x']].concat(),
        );
    }
    all
}
