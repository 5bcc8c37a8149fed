//! Our record layer beside rustls' own, over schedules by chance: the fuzz target of this name does the
//! comparison. `TLSQL_RECORD_SCHEDULES` says how many there are.

#![cfg(not(feature = "rustls-records"))]
#![allow(dead_code, reason = "the fuzz targets use the rest of these files")]

#[path = "fuzz/targets/checked_conn.rs"]
mod checked_conn;
#[path = "fuzz/targets/contexts.rs"]
mod contexts;
#[path = "fuzz/targets/cursor.rs"]
mod cursor;
#[path = "fuzz/targets/heap.rs"]
mod heap;
#[path = "support/promises.rs"]
mod promises;
#[path = "fuzz/targets/records_vs_rustls/mod.rs"]
mod records_vs_rustls;
#[path = "support/schedule.rs"]
mod schedule;
#[path = "fuzz/targets/sent_stream.rs"]
mod sent_stream;
#[path = "fuzz/targets/stream.rs"]
mod stream;

use std::collections::BTreeMap;

use records_vs_rustls::differences::DIFFERENCES;
use records_vs_rustls::op;
use schedule::Random;

#[test]
fn schedules_by_chance_end_alike() {
    let number = |name| std::env::var(name).ok().and_then(|text: String| text.parse().ok());
    let count = number("TLSQL_RECORD_SCHEDULES").unwrap_or(400);
    let first = number("TLSQL_RECORD_SEED").unwrap_or(0);
    let (mut records, mut failed) = (0, Vec::new());
    let (mut ends, mut seen) = (BTreeMap::new(), BTreeMap::new());
    for seed in first..first + count {
        let script = script(&mut Random::new(seed + 1));
        match std::panic::catch_unwind(|| records_vs_rustls::compare(&script)) {
            Ok(compared) => {
                records += compared.records;
                *ends.entry(format!("{:?}", compared.ends.0)).or_insert(0) += 1;
                if let Some(one) = compared.difference {
                    let place = DIFFERENCES.iter().position(|listed| std::ptr::eq(listed, one));
                    *seen.entry(place.expect("it is listed")).or_insert(0) += 1;
                }
            }
            Err(_) => failed.push(seed),
        }
    }
    println!("compared {count} connections, {records} records");
    println!("ends of ours: {ends:?}");
    println!("{} of {} listed differences: {seen:?}", seen.len(), DIFFERENCES.len());
    assert!(failed.is_empty(), "TLSQL_RECORD_SEED={failed:?}");
}

#[test]
fn sizes_about_the_limits_end_alike() {
    for end in ENDS {
        for size in 0..10 {
            for padding in 0..9 {
                records_vs_rustls::compare(&[end, 0, op::SIZE, 0, size, padding, op::WRITE, 9]);
            }
        }
    }
}

#[test]
fn floods_about_the_limits_end_alike() {
    for end in ENDS {
        for which in 0..7 {
            for count in [0, 1, 3, 4, 5, 30, 31, 32, 33, 39] {
                records_vs_rustls::compare(&[end, 0, op::FLOOD, which, count, op::WRITE, 9]);
            }
        }
    }
}

/// A client and a server, in TLS 1.3 and in TLS 1.2.
const ENDS: [u8; 4] = [0, 3, 6, 9];

/// Returns a script: good records, so that it comes far, and then anything.
fn script(random: &mut Random) -> Vec<u8> {
    let (calm, wild) = (random.below(24), 1 + random.below(12));
    let mut byte = |end| u8::try_from(random.below(end)).expect("a byte");
    let mut script = vec![byte(256), byte(256)];
    for _ in 0..calm {
        match byte(8) {
            0 => script.extend([op::DATA, byte(128), byte(256)]),
            1 => script.extend([op::DATA, 128 + byte(64), byte(256), byte(256)]),
            2 => script.extend([op::WRITE, byte(128)]),
            3 => script.extend([op::SEAL, byte(128)]),
            4 => script.push(op::REKEY),
            _ => script.extend([op::BURST, byte(256), byte(256)]),
        }
    }
    for _ in 0..wild {
        let len = byte(6);
        script.push(byte(256));
        script.extend((0..len).map(|_| byte(256)));
    }
    script
}
