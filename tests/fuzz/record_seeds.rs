//! Seeds of records that a peer with the keys makes.

use super::targets::records_vs_rustls::op;

/// Returns scripts: some traffic in every version, role and suite, and each kind of record in some.
pub fn all() -> Vec<Vec<u8>> {
    let heads = (0..12).map(|head| [head, head & 3]);
    let traffic = heads.map(|head| [&head[..], TRAFFIC, &[op::CLOSE]].concat());
    // A client and a server, in TLS 1.3 and in TLS 1.2.
    let ends = [[0, 0], [3, 1], [6, 4], [9, 0]];
    let each = scripts();
    let scripts =
        each.iter().enumerate().map(|(i, script)| [&ends[i % 4][..], &script[..]].concat());
    traffic.chain(scripts).collect()
}

fn scripts() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for which in 0..12 {
        // Every change, with a type or a version that is near.
        for near in [1, 4] {
            all.push(vec![op::DATA, 9, 0, op::CHANGED, 20, which, near, 2, 0, op::DATA, 9, 0]);
        }
    }
    for which in 0..16 {
        all.push(vec![op::MESSAGES, 0, which, 1, op::DATA, 9, 0, op::EOF]);
        all.push(vec![op::FRAGMENTS, 3, which, 4, 9, 1, 5, 1, op::ANY, 2, 0, 1, 1, op::REST]);
    }
    for which in 0..7 {
        all.push(vec![op::HOLD, 5, op::FLOOD, which, 39, op::WRITE, 7]);
    }
    for kind in 0..6 {
        all.push(vec![op::SIZE, kind, 4, 2, op::SIZE, kind, 5, 7]);
        all.push(vec![op::DATA, 9, 0, op::ALERT, 2, kind, kind, op::WRITE, 9, op::EOF]);
        all.push(vec![op::ALERT, kind, 1, 0, op::ALERT, 0, 0, 0, op::DATA, 9, 0, op::EOF]);
        all.push(vec![op::SIZE, kind, 1 + kind, kind, op::ALERT, 0, 1, kind + 4]);
    }
    all
}

const TRAFFIC: &[u8] = &[
    op::DATA,
    0xc0,
    0,
    3,
    op::WRITE,
    0xc0,
    0,
    op::BURST,
    9,
    30,
    op::REKEY,
    op::SEAL,
    40,
    op::HOLD,
    4,
    op::MESSAGES,
    0,
    0,
    1,
    op::DATA,
    5,
    0,
    op::REKEY,
    op::MESSAGES,
    0,
    5,
    0,
    op::ALERT,
    1,
    1,
    0,
    op::WRITE,
    5,
];
