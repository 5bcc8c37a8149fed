//! Writes the seeds: recorded packets, and scripts that reach every phase.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::account_seeds;
use super::dh_seeds;
use super::option_seeds;
use super::record_seeds;
use super::seed_dir;
use super::targets::splits::part;
use super::targets::stream::op;
use super::trust_seeds;

/// With TLSQL_WRITE_SEEDS=1 they are written.
#[test]
fn the_seeds_are_what_the_scripts_give() {
    let greetings = greetings();
    let requests = requests();
    let hellos = hellos();
    put("greeting", greetings.iter().map(|packet| [&[0], &packet[4..]].concat()));
    put("ssl_request", requests.iter().map(|packet| [&[0, 0], &packet[4..]].concat()));
    put("client_stream", client_scripts(&greetings));
    put("server_stream", server_scripts(&requests, &hellos));
    put("splits", split_scripts(&greetings, &requests, &hellos));
    put("abi_calls", call_scripts());
    put("certificate", trust_seeds::certificates());
    put("chain", trust_seeds::chain_cases().into_iter().map(|case| [&[0x1a], &case[..]].concat()));
    put("crl", trust_seeds::lists());
    put("differential", trust_seeds::chain_cases());
    put("pem_and_keys", trust_seeds::materials());
    put("dh_params", dh_seeds::params());
    put("dhe_exchange", dh_seeds::exchanges());
    put("cipher_strings", dh_seeds::strings());
    put("option_files", option_seeds::all());
    put("account_clause", account_seeds::clauses());
    put("one_line", account_seeds::names());
    put("records_vs_rustls", record_seeds::all());
    put("tickets", ticket_scripts());
    put("hello_event", hello_scripts(&hellos));
}

/// Returns ClientHellos of clients, whole, in parts, cut short and with a changed octet.
fn hello_scripts(hellos: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (i, hello) in hellos.iter().enumerate() {
        let part = [0, 1, 7, 200][i % 4];
        all.push([&[part], &hello[..]].concat());
        all.push([&[part], &hello[..hello.len() * (i % 7 + 1) / 8]].concat());
        let mut changed = [&[part], &hello[..]].concat();
        let at = (i * 37 + 45) % changed.len();
        changed[at] ^= 1 << (i % 8);
        all.push(changed);
    }
    all
}

/// Returns tickets of both versions: any bytes, what the server's key seals, and what is then changed.
fn ticket_scripts() -> Vec<Vec<u8>> {
    // Version, made, origin, window; none of the three digests is known here.
    let stamp = [&[3][..], &2_000_000_000_i64.to_le_bytes().repeat(2), &[0; 16], &[3; 96]].concat();
    let session = [&stamp[..], &[0, 3, 3, 0xc0, 0x2b, 48], &[9; 48], &[1, 0, 0, 0, 0]].concat();
    let tickets = [&b"ticket"[..], &[5; 48], &[5; 64], &stamp, &session];
    let whats = [0, 1, 2, 3, 6, 7];
    let script = |ticket: &[u8], what: u8| [&[what, 20, 1], ticket].concat();
    tickets.iter().flat_map(|ticket| whats.map(|what| script(ticket, what))).collect()
}

fn client_scripts(greetings: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let after = [after_handshake(&[0, 0, 0]), after_handshake(&[8, 0, 0])].concat();
    let sent = [changed_for_client(), fragmented_for_client(), pss_for_client()];
    [client_upgrades(greetings), after, sent.concat()].concat()
}

fn client_upgrades(greetings: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    // Every mode and version, good and bad peers, some traffic.
    for own in [0, 1, 2, 3, 4, 8, 9, 16, 17, 32, 0x29, 0x31] {
        let other = if own & 1 == 0 { 0x20 } else { 0x48 };
        all.push([&[own, other, 0], TRAFFIC].concat());
    }
    for (own, other, more) in
        [(0, 2, 0), (1, 2, 0), (9, 2, 0), (17, 2, 0), (2, 3, 0), (0, 3, 0), (2, 0, 1)]
    {
        all.push([&[own, other, more], TRAFFIC].concat());
    }
    for (i, greeting) in greetings.iter().enumerate() {
        let own = [0, 1, 2, 8, 16][i % 5];
        let script = [&[own, 0, 0, op::FEED][..], &sized(greeting), &STEP, &START, &STEP];
        let junk = [&[op::FEED], &sized(b"\x16\x03\x03\x00\x04\x0e\0\0\0")[..], &STEP].concat();
        let err = [&[op::FEED], &sized(b"\x17\0\0\x02\xff\x13\x04#08S01Bad handshake")[..], &STEP];
        all.push([script.concat(), if i & 1 == 0 { junk } else { err.concat() }].concat());
    }
    all
}

/// Returns scripts of a host that reads and writes the packets itself, and of changed bytes.
fn changed_for_client() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let packets = [op::HOST_PACKET, 1, 0, op::HOST_PACKET, 2, 0, 0x85, 0xaa, 0xbf, 0x19];
    all.push([&[0, 0, 0][..], &packets, &[op::STEP, 0, 0xff, 0, 0xfe]].concat());
    all.push(
        [&[0, 0, 0, op::PEER][..], &STEP, &START, &STEP, &[op::PEER, op::FLIP, 80, 1], &STEP]
            .concat(),
    );
    all.push(
        [&[8, 0, 0, op::PEER][..], &STEP, &START, &STEP, &[op::PEER, op::CUT, 9, 1], &STEP]
            .concat(),
    );
    all.push([&[0, 0, 0, op::PEER][..], &[op::FEED, 1, 0x16], &STEP, &START, &STEP].concat());
    // The beginning of a greeting of 64 KiB.
    all.push([&[0, 0, 0, op::FEED, 5, 0x20, 0xff, 0, 0, 10][..], &STEP].concat());
    all
}

fn fragmented_for_client() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (own, size) in [(0, 30), (8, 1), (8, 100), (16, 7)] {
        let script = [&[own, 0, 0, op::PEER][..], &STEP, &START, &STEP, &[op::PEER]];
        all.push(
            [&script.concat(), &[op::FRAGMENT, size, op::SHAKE, op::PEER_SAYS, 9][..]].concat(),
        );
        // Traffic in the same bytes as the end of the handshake.
        let more = [&STEP[..], &[op::PEER, op::PEER_SAYS, 40], &STEP];
        all.push([script.concat(), more.concat()].concat());
    }
    all
}

/// Returns scripts of servers that sign a ServerKeyExchange of TLS 1.2 with `rsa_pss_pss_sha256`, whole
/// and in small records.
fn pss_for_client() -> Vec<Vec<u8>> {
    let message =
        |kind: u8, body: &[u8]| [&[kind, 0, 0, u8::try_from(body.len()).unwrap()], body].concat();
    let record = |body: &[u8]| [&[22, 3, 3, 0, u8::try_from(body.len()).unwrap()], body].concat();
    let mut all = Vec::new();
    let params = [&[3, 0, 29, 32][..], &[9; 32]].concat();
    // ECDHE-RSA with AES-128-GCM and AES-256-GCM.
    for suite in [0x2f, 0x30] {
        let hello = [&[3, 3][..], &[7; 32], &[0, 0xc0, suite, 0]].concat();
        let exchange = message(12, &[&params[..], &[8, 9, 0, 2, 7, 7]].concat());
        let flight = [message(2, &hello), exchange, message(14, &[])].concat();
        for size in [flight.len(), 25, 1] {
            let records: Vec<u8> = flight.chunks(size).flat_map(record).collect();
            let begin =
                [&[0, 0, 0, op::PEER][..], &STEP, &START, &STEP, &STEP, &[op::FEED]].concat();
            all.push([&begin, &sized(&records)[..], &STEP, &STEP].concat());
        }
    }
    all
}

fn server_scripts(requests: &[Vec<u8>], hellos: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for own in [0, 2, 3, 8, 16, 0x20, 0x28, 0x30, 0x40] {
        for other in [0, 0x20] {
            all.push([&[own, other, 0], TRAFFIC].concat());
        }
    }
    for (own, other, more) in [(0, 4, 0), (3, 4, 0), (3, 2, 0), (0, 2, 1), (0x40, 4, 1)] {
        all.push([&[own, other, more], TRAFFIC].concat());
    }
    for (i, hello) in hellos.iter().enumerate() {
        let own = [0, 8, 16, 0x20][i % 4];
        let request = &requests[i % requests.len()];
        let script = [&[own, 0, 0][..], &START, &STEP, &[op::FEED], &sized(request), &[op::FEED]];
        all.push([script.concat(), sized(hello), STEP.to_vec(), STEP.to_vec()].concat());
    }
    for request in requests.iter().step_by(4) {
        let script = [&[0, 0, 0][..], &START, &STEP, &[op::FEED], &sized(request), &STEP];
        let junk = [&[op::FEED], &sized(b"\x17\x03\x03\x00\x01\x00")[..], &STEP].concat();
        all.push([script.concat(), junk].concat());
    }
    all.extend(after_handshake(&[0, 0, 0]));
    all.extend(after_handshake(&[8, 0, 0]));
    for (own, size) in [(0, 30), (8, 1), (8, 100), (16, 7)] {
        let script = [&[own, 0, 0][..], &START, &STEP, &[op::PEER, op::FRAGMENT, size], &STEP];
        all.push([&script.concat(), &[op::PEER, op::FRAGMENT, size, op::SHAKE][..]].concat());
        // Traffic in the same bytes as the end of the handshake.
        let script = [&[own, 0, 0][..], &START, &STEP, &[op::PEER], &STEP, &[op::PEER]];
        all.push([script.concat(), vec![op::PEER_SAYS, 40], STEP.to_vec()].concat());
    }
    all.push(vec![
        0,
        0,
        0,
        op::HOST_PACKET,
        1,
        0,
        0,
        8,
        0,
        0,
        op::PEER,
        op::STEP,
        0xff,
        0xff,
        0,
        0xfe,
    ]);
    all
}

/// Returns scripts of what may come when the handshake is done.
fn after_handshake(head: &[u8]) -> Vec<Vec<u8>> {
    let tails: [&[u8]; 13] = [
        &[op::RECORD, 0, 0x00, 0x41, 0, 0, op::STEP, 0xff, 0xff, 0, 0xfe],
        &[op::RECORD, 0, 0x00, 0x48, 0, 0, op::STEP, 0xff, 0xff, 0, 0xff],
        &[op::RECORD, 1, 4, 0, 0, 0, op::STEP, 0xff, 0xff, 0, 0xfe],
        &[op::RECORD, 2, 2, 0, 1, 0, op::STEP, 0xff, 0xff, 0, 0xfe],
        &[op::RECORD, 3, 1, 0, 1, 0, op::STEP, 0xff, 0xff, 0, 0xfe],
        &[op::PEER_CALL, 1, op::PEER_SAYS, 100, op::REKEY, op::SEAL, 0x90, 0, op::SHAKE],
        &[op::PEER_SAYS, 0xff, 0xff, op::STEP, 0xff, 0, 0, 0xff, op::STEP, 0xff, 0xff, 9, 0xff],
        &[op::PEER_SAYS, 50, op::PEER_CALL, 0, op::PEER, op::STEP, 0xff, 0xff, 0, 0xfe, op::EOF, 0],
        &[op::PEER_SAYS, 50, op::FLIP, 7, 1, op::STEP, 0xff, 0xff, 0, 0xfe, op::SEAL, 5],
        &[op::PEER_SAYS, 50, op::CUT, 9, 200, op::STEP, 0xff, 0xff, 0, 0xfe, op::EOF, 9, op::CLOSE],
        // Several records in one view; bytes behind close_notify; a failure behind plaintext.
        &[op::PEER_SAYS, 9, op::PEER_SAYS, 90, op::PEER_SAYS, 30, op::STEP, 0xff, 0xff, 0, 0xff],
        &[op::PEER_SAYS, 5, op::PEER_CALL, 0, op::PEER, op::FEED, 6, 1, 2, 3, 4, 5, 6],
        &[op::PEER_SAYS, 60, op::RECORD, 0, 40, 0, 1, 0, op::STEP, 0xff, 0xff, 0, 0xff],
    ];
    tails.map(|tail| [head, &[op::SHAKE], tail].concat()).into()
}

fn split_scripts(greetings: &[Vec<u8>], requests: &[Vec<u8>], hellos: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let schedules: [&[u8]; 4] = [&[1], &[0, 7, 200], &[5, 5, 64, 255], &[33, 2]];
    let hand = [part::START, part::PEER, part::START, part::PEER, part::PEER, part::PEER];
    let traffic = [part::SAY, 0x90, 1, part::PEER_SAYS, 0xa0, 9, part::PEER_REKEYS];
    let more = [part::PEER_SAYS, 77, part::SAY, 10, part::PEER_CLOSES];
    for (i, own) in [0, 1, 2, 4, 8, 16, 32, 3].into_iter().enumerate() {
        for role in [0, 1] {
            let head = [&[role, own, 0][..], &sized(schedules[i % 4])].concat();
            let changed = [part::CHANGED, 0x81, 9, 20, 4];
            let tail = if i & 1 == 0 { &more[..] } else { &changed };
            let say = if i & 2 == 0 { &traffic[..] } else { &[] };
            all.push([&head, &hand[..], say, tail].concat());
        }
    }
    for (own, size) in [(0, 50), (8, 1), (8, 90), (16, 9)] {
        for role in [0, 1] {
            let head = [&[role, own, 0][..], &sized(schedules[usize::from(size) % 4])].concat();
            let first = [part::START, part::PEER, part::START, part::FRAGMENTS, size];
            let then = [part::FRAGMENTS, size, part::PEER, part::PEER_SAYS, 9, part::SAY, 9];
            all.push([head, first.to_vec(), then.to_vec()].concat());
        }
    }
    for (i, greeting) in greetings.iter().step_by(3).enumerate() {
        let head = [&[4, 0, 0][..], &sized(schedules[i % 4]), &[part::BYTES], &sized(greeting)];
        let junk = [&[part::START, part::BYTES], &sized(b"\x15\x03\x03\x00\x02\x02\x28")[..]];
        all.push([head.concat(), junk.concat()].concat());
    }
    for (i, hello) in hellos.iter().take(4).enumerate() {
        let packets = [requests[i].as_slice(), hello].concat();
        let head = [&[1, 0, 0][..], &sized(schedules[i % 4]), &[part::START, part::BYTES]];
        all.push([head.concat(), sized(&packets)].concat());
    }
    all
}

fn call_scripts() -> Vec<Vec<u8>> {
    const SET_UP: u8 = 40;
    const PUMP: u8 = 41;
    let mut all = Vec::new();
    for mode in 0..3 {
        // A handshake, then each call on the client (slot 0) and on the server (slot 1).
        for slot in [0, 0x40] {
            let calls: Vec<u8> = (19..40).flat_map(|call| [slot | call, 0, 0, 2, 9]).collect();
            all.push([&[SET_UP, mode, PUMP, 14], &calls[..], &[PUMP, 4]].concat());
            let early: Vec<u8> = (19..40).rev().flat_map(|call| [slot | call, 1, 40, 0]).collect();
            all.push([&[SET_UP, mode, PUMP, mode + 2], &early[..], &[PUMP, 14]].concat());
        }
    }
    let traffic = [43, 0, 0x90, 0, 0x90, 200, 0, 0x90, 0, 0, 43 | 0x40, 0, 0xa0, 0, 0, 1, 0];
    all.push([&[SET_UP, 0, PUMP, 14][..], &traffic, &traffic, &[23, 90, 60, PUMP, 4]].concat());
    all.push([&[SET_UP, 0, PUMP, 14, 22, PUMP, 2, 21, PUMP, 4][..], &[26, 0, 25]].concat());
    all.push([&[SET_UP, 0, PUMP, 3, 42, 0, 9, 1, PUMP, 9][..], &[26, 0, 21, 20, 0]].concat());
    // Texts into buffers that are too small and large enough; structs of every size.
    for i in 0..14 {
        let texts = [4, i, 2, 0, 4, i, 0x81, 0, 0, 14, i, 0x81, 0, 0, 15, i, 0x81, 0, 0];
        all.push([&[SET_UP, 0, PUMP, 14][..], &texts, &[36, i, 0x81, 0, 0]].concat());
    }
    for i in 0xf0..=0xff {
        let results = [26, i, 28, i, 29 | 0x40, i, 9, 0, i, i, 27 | 0x40, i, 16, i, 3];
        let inputs = [39, i, 0, 39, i, 1, 0, 30 | 0x80, i, 31 | 0x80, i, 50, 70, i, 3, 1, 2, 3];
        all.push([&[SET_UP, 0, PUMP, 5][..], &results, &inputs].concat());
    }
    // Settings from nothing, by name, with notes, files that are not there.
    let set = |name: u8, value: u8| vec![2, name, value];
    all.push([&[0, 1], &set(0, 2)[..], &set(1, 15), &[8, 9, 0, 0, 0], &[10, 0, 16, 0, 0]].concat());
    all.push([&[0, 1], &set(6, 10)[..], &set(5, 17), &[9, 0, 0, 0, 10, 0, 16, 0, 0]].concat());
    all.push([&[0, 2], &set(7, 6)[..], &[10, 0, 17, 0, 1, 4, 0, 99, 0, 12, 1, 14, 0, 80]].concat());
    all.push(
        [&[0, 2, 6, 1, 2, 10, 0, 17, 0, 1][..], &[32 | 0x40, 0, 0, 0, 43 | 0x40, 0, 99]].concat(),
    );
    all.extend((46..64).step_by(3).map(|call| vec![SET_UP, 1, call, 20, 30, 90, 90, 0, 80, 80]));
    all.extend(
        account_calls().into_iter().map(|calls| [&[SET_UP, 1, PUMP, 14], &calls[..]].concat()),
    );
    all
}

/// Returns an account for each name and value, and a check of the server's connection (slot 1).
fn account_calls() -> Vec<Vec<u8>> {
    const CALL: u8 = 0x40 | 48;
    let new = [CALL, 0];
    let set = |name, value, place| [CALL, 2, name, value, place];
    let check = |refusal, log| [CALL, 5, 1, 2, b'b', b'o', 1, b'h', 1, refusal, log];
    let proof = [CALL, 7, 0, 0, 80, 0];
    let pairs = [(0, 0), (0, 1), (0, 2), (1, 3), (2, 4), (3, 4), (4, 5), (5, 6), (7, 7)];
    let clauses = (8..13).map(|value| (6, value));
    let mut all: Vec<Vec<u8>> = pairs
        .into_iter()
        .chain(clauses)
        .map(|(name, value)| {
            // A check makes it unchangeable.
            [&new[..], &set(name, value, 0), &check(0, 0), &set(name, value, 0), &proof].concat()
        })
        .collect();
    // Places of every size; an account that says nothing, and none.
    for place in [0xf0, 0xf7, 0xf8, 0xfc, 0xff] {
        let calls = [&new[..], &set(0, 2, place), &check(place, 0), &check(0, place), &[CALL, 1]];
        all.push([&calls.concat()[..], &check(0, 0), &new, &check(0, 0)].concat());
    }
    all
}

/// A handshake, then some of everything.
const TRAFFIC: &[u8] = &[
    op::SHAKE,
    op::PEER_SAYS,
    100,
    op::STEP,
    0xff,
    0xff,
    0x81,
    0,
    0xfe,
    op::SEAL,
    30,
    op::SHAKE,
    op::REKEY,
    op::PEER_SAYS,
    0xc0,
    0,
    op::STEP,
    0xff,
    9,
    200,
    0xff,
    op::STEP,
    3,
    3,
    3,
    3,
    op::CLOSE,
];
const STEP: [u8; 5] = [op::STEP, 0xff, 0xff, 0, 0xfe];
const START: [u8; 5] = [op::START, 0x85, 0xaa, 0xbf, 0x19];

fn greetings() -> Vec<Vec<u8>> {
    let file = read("server_greetings.json");
    let rows = file["greetings"].as_object().unwrap().values();
    rows.map(|row| bytes(row.as_str().unwrap().split_once('\n').unwrap().1)).collect()
}

/// Returns whole SSLRequests, and the beginnings of logins as if they came first.
fn requests() -> Vec<Vec<u8>> {
    let columns = ["sslrequest", "handshake_response_first_36_bytes"];
    let all = columns.iter().flat_map(|column| first_packets(column));
    let first = all.map(|packet| [&packet[..3], &[1], &packet[4..]].concat());
    first.collect::<BTreeSet<_>>().into_iter().collect()
}

fn hellos() -> Vec<Vec<u8>> {
    let mut all = first_packets("clienthello");
    all.sort_by_key(Vec::len);
    // One of each length is enough.
    all.dedup_by_key(|hello| hello.len());
    all
}

fn first_packets(column: &str) -> Vec<Vec<u8>> {
    let file = read("client_first_packets.json");
    let rows = file["clients"].as_array().unwrap().iter();
    rows.filter_map(|row| row[column].as_str().map(bytes)).collect()
}

fn put(target: &str, seeds: impl IntoIterator<Item = Vec<u8>>) {
    let dir = seed_dir(target);
    let write = std::env::var_os("TLSQL_WRITE_SEEDS").is_some();
    if write {
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
    }
    for (i, seed) in seeds.into_iter().enumerate() {
        let file = dir.join(format!("{i:02}"));
        if write {
            fs::write(file, seed).unwrap();
        } else {
            assert_eq!(fs::read(&file).unwrap_or_default(), seed, "{}", file.display());
        }
    }
}

/// Returns bytes as `Cursor::bytes` reads them.
pub fn sized(bytes: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let mut all = if bytes.len() < 0x80 { vec![low] } else { vec![0x80 | high, low] };
    all.extend_from_slice(bytes);
    all
}

fn read(file: &str) -> Value {
    let path = format!("{}/tests/data/captures/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}
