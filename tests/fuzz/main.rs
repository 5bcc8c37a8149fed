//! Each fuzz target over its seeds, without a fuzzer: `fuzz/` has the targets, `make fuzz` runs
//! one.

mod account_seeds;
mod dh_seeds;
mod option_seeds;
mod record_seeds;
mod seeds;
mod targets;
mod trust_seeds;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use targets::{
    abi_calls, abi_values, account_clause, certificate, chain, cipher_strings, client_stream, crl,
    cursor, dh_params, dhe_exchange, differential, greeting, heap, hello_event, one_line,
    option_files, pem_and_keys, records_vs_rustls, server_stream, splits, ssl_request, stream,
    tickets,
};
use tlsql::{Role, event};

#[test]
fn greeting_over_its_seeds() {
    over_seeds("greeting", greeting::run, 15);
}

#[test]
fn ssl_request_over_its_seeds() {
    over_seeds("ssl_request", ssl_request::run, 20);
}

#[test]
fn client_stream_over_its_seeds() {
    over_seeds("client_stream", client_stream::run, 30);
}

#[test]
fn server_stream_over_its_seeds() {
    over_seeds("server_stream", server_stream::run, 30);
}

#[test]
fn splits_over_its_seeds() {
    over_seeds("splits", splits::run, 20);
}

#[test]
fn abi_calls_over_its_seeds() {
    over_seeds("abi_calls", abi_calls::run, 15);
}

#[test]
fn abi_calls_knows_every_option() {
    let known: Vec<_> = abi_values::NAMES.iter().map(|name| name.replace('-', "_")).collect();
    for option in tlsql::OPTIONS {
        assert!(known.iter().any(|name| name == option.name), "{}", option.name);
    }
}

#[test]
fn certificate_over_its_seeds() {
    over_seeds("certificate", certificate::run, 30);
}

#[test]
fn chain_over_its_seeds() {
    over_seeds("chain", chain::run, 30);
}

#[test]
fn crl_over_its_seeds() {
    over_seeds("crl", crl::run, 20);
}

#[test]
fn differential_over_its_seeds() {
    over_seeds("differential", differential::run, 30);
}

#[test]
fn pem_and_keys_over_its_seeds() {
    over_seeds("pem_and_keys", pem_and_keys::run, 20);
}

#[test]
fn dh_params_over_its_seeds() {
    over_seeds("dh_params", dh_params::run, 15);
}

#[test]
fn dhe_exchange_over_its_seeds() {
    over_seeds("dhe_exchange", dhe_exchange::run, 30);
}

#[test]
fn cipher_strings_over_its_seeds() {
    over_seeds("cipher_strings", cipher_strings::run, 15);
}

#[test]
fn option_files_over_its_seeds() {
    over_seeds("option_files", option_files::run, 25);
}

#[test]
fn records_vs_rustls_over_its_seeds() {
    // rustls' layer beside itself would show nothing.
    let is_ours = !cfg!(feature = "rustls-records");
    over_seeds("records_vs_rustls", if is_ours { records_vs_rustls::run } else { |_| {} }, 40);
}

/// Bytes and words put into the seeds, taken out and changed; `TLSQL_OPTION_FILES` says how many.
#[test]
fn option_files_of_any_bytes() {
    let count = std::env::var("TLSQL_OPTION_FILES").ok().and_then(|count| count.parse().ok());
    let seeds: Vec<_> = seeds_of("option_files").iter().map(|f| fs::read(f).unwrap()).collect();
    let words = [
        &b"\n"[..],
        b"\r",
        b"\0",
        b"\"",
        b"'",
        b"\\",
        b"#",
        b"=",
        b"[",
        b"]\n",
        b"!include @b.cnf\n",
        b"loose-",
        b"skip-",
        b"admin-",
        b"ssl",
        b"-ca",
        b"-mode=",
        b"tls-version=",
        b"\nssl-fp=",
        b"\xff",
        b"REQUIRED",
        b"tlsql-channel=mysql_admin\n",
        b"datadir=",
        b"[client]\n",
        b"[mysqld]\n",
        b"-",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % end.max(1)
    };
    for _ in 0..count.unwrap_or(1000) {
        let mut data = seeds[below(seeds.len())].clone();
        for _ in 0..1 + below(5) {
            let at = below(data.len());
            match below(4) {
                0 => data[at] = below(256) as u8,
                1 => drop(data.splice(at..at, words[below(words.len())].iter().copied())),
                2 => drop(data.drain(at..(at + below(12)).min(data.len()))),
                _ => drop(data.splice(at..at, seeds[below(seeds.len())].iter().copied())),
            }
            data.push(b'\n');
        }
        option_files::run(&data);
    }
}

/// The memory that an option file takes grows with its size and no faster.
#[test]
fn an_option_file_takes_memory_for_its_size() {
    let size = 40_000;
    for (line, tail) in [
        ("ssl-ca=x\n", ""),
        ("loose-ssl-x\n", ""),
        ("[x]\n", ""),
        ("port=1\n", ""),
        ("ssl\nskip-ssl\n", ""),
        ("ssl-verify-server-cert\n", ""),
        ("a:", "\n"),
        ("\\s", "\n"),
    ] {
        let head = if tail.is_empty() { "" } else { "ssl-cipher=HIGH:" };
        let content = format!("[client]\n{head}{}{tail}", line.repeat(size / line.len()));
        let data = [&[0, 0], content.as_bytes()].concat();
        let peak = heap::peak(|| option_files::run(&data));
        println!("{line:?}: {} times its size", peak / content.len() as isize);
        assert!(peak <= 1024 * content.len() as isize, "{line:?}: {peak}");
    }
}

#[test]
fn account_clause_over_its_seeds() {
    over_seeds("account_clause", account_clause::run, 20);
}

#[test]
fn one_line_over_its_seeds() {
    over_seeds("one_line", one_line::run, 20);
}

#[test]
fn tickets_over_their_seeds() {
    over_seeds("tickets", tickets::run, 10);
}

/// Its first byte is a handshake record's.
#[test]
fn an_err_packet_is_no_answer_in_tls() {
    hello_event::run(
        b"\x07q\x03\x01\x01$\x01\0\x01 \x03\x03\xada\x19\xb1y]j\x12+OXJ\xbf\xc0\xe8\xe38\xe3\xe0",
    );
}

/// A context that keeps sessions would resume the one of the first play in the second.
#[test]
fn a_script_plays_twice_alike() {
    splits::run(b"\0\x09\0\x03\0\x07\xc8\x02\x01\x02\x08\x01\xff\x01\x01\x04\x09\x03\x09");
}

#[test]
fn hello_event_over_its_seeds() {
    over_seeds("hello_event", hello_event::run, 20);
}

/// Two names that are not the same never share a line that satisfies an account.
#[test]
fn the_lines_of_random_names_are_not_shared() {
    let (mut state, mut known, mut refused) = (1u32, BTreeMap::new(), 0);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for _ in 0..20_000 {
        let mut script = Vec::new();
        for _ in 0..next() % 3 + 1 {
            let count = next() % 5;
            script.extend([0x80 | next() & 0x43, count]);
            script.extend((0..count).map(|_| next()));
        }
        let Some(one_line::ClearLine { line, attributes }) =
            one_line::check(&one_line::made(&mut cursor::Cursor::new(&script)))
        else {
            refused += 1;
            continue;
        };
        let before = known.insert(line, attributes.clone());
        assert!(before.is_none_or(|before| before == attributes), "{attributes:?}");
    }
    println!("one_line: {} lines, {refused} names without one", known.len());
    assert!(known.len() > 500 && refused > 500);
}

/// A script whose end is always the same would show nothing of a key exchange.
#[test]
fn the_key_exchanges_reach_every_end() {
    let (mut client, mut server) = (BTreeMap::new(), BTreeMap::new());
    for file in seeds_of("dhe_exchange") {
        let seed = fs::read(file).unwrap();
        let mut script = cursor::Cursor::new(&seed[1..]);
        let (ending, all) = match seed[0] & 1 {
            0 => (dhe_exchange::client(&mut script), &mut client),
            _ => (dhe_exchange::server(&mut script), &mut server),
        };
        *all.entry((ending.went_on, format!("{:?}", ending.failure))).or_insert(0) += 1;
    }
    println!("dhe_exchange: client {client:?}, server {server:?}");
    let ends = |all: &BTreeMap<(bool, String), i32>, expected: &[(bool, &str)]| {
        for (went_on, failure) in expected {
            assert!(all.contains_key(&(*went_on, (*failure).to_owned())), "{failure}");
        }
    };
    let refused = ["Some(DhGroup)", "Some(DhSmall)", "Some(Misbehaved)", "Some(CertSignature)"];
    ends(&client, &[(true, "None")]);
    ends(&client, &refused.map(|failure| (false, failure)));
    ends(&server, &[(true, "Some(Decrypt)"), (true, "Some(Misbehaved)")]);
    ends(&server, &[(false, "Some(Incompatible)")]);
}

/// As with the scripts of connections: each outcome is there.
#[test]
fn the_chains_reach_every_end() {
    let (mut accepted, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for file in seeds_of("chain") {
        match chain::verdict(&fs::read(file).unwrap()) {
            Some(Ok(len)) => *accepted.entry(len).or_insert(0) += 1,
            Some(Err(number)) => *refused.entry(number).or_insert(0) += 1,
            None => {}
        }
    }
    println!("chain: accepted by length {accepted:?}, refused by number {refused:?}");
    assert!([1, 2, 3].iter().all(|len| accepted.contains_key(len)));
    assert!(refused.len() >= 12);
    let mut verdicts = BTreeMap::new();
    for file in seeds_of("differential") {
        *verdicts.entry(differential::compare(&fs::read(file).unwrap())).or_insert(0) += 1;
    }
    println!("differential: we accept, webpki does: {verdicts:?}");
    let four = [(true, true), (true, false), (false, true), (false, false)];
    assert!(four.iter().all(|verdict| verdicts.contains_key(&Some(*verdict))));
}

/// As with the scripts of connections, and some differences from rustls are there.
#[test]
fn the_records_reach_every_end() {
    if cfg!(feature = "rustls-records") {
        return;
    }
    let (mut ends, mut reasons) = (BTreeMap::new(), BTreeMap::new());
    for file in seeds_of("records_vs_rustls") {
        let compared = records_vs_rustls::compare(&fs::read(file).unwrap());
        assert!(compared.records > 0);
        *ends.entry(format!("{:?}", compared.ends.0)).or_insert(0) += 1;
        if let Some(difference) = compared.difference {
            *reasons.entry(difference.reason).or_insert(0) += 1;
        }
    }
    let all = records_vs_rustls::differences::DIFFERENCES.len();
    println!("records_vs_rustls: {ends:?}, of {all} differences {reasons:#?}");
    for end in ["Taken", "Closed", "Alert(40)"] {
        assert!(ends.contains_key(end), "{end}");
    }
    for refused in ["Decrypt, Some(20)", "Misbehaved, Some(10)", "Misbehaved, Some(47)"] {
        assert!(ends.contains_key(&format!("Refused({refused})")), "{refused}");
    }
    assert!(reasons.len() >= 6);
}

/// A script that stops at once would show nothing.
#[test]
fn the_scripts_reach_every_end() {
    for (target, role) in [("client_stream", Role::Client), ("server_stream", Role::Server)] {
        let (mut secured, mut plain, mut closed, mut bytes) = (0, 0, 0, 0);
        let mut failures = BTreeMap::new();
        for file in seeds_of(target) {
            let subject = stream::run(role, &fs::read(file).unwrap()).subject;
            secured += usize::from(subject.had(event::SECURED));
            plain += usize::from(subject.had(event::PLAIN));
            closed += usize::from(subject.had(event::PEER_CLOSED));
            bytes += subject.plain.len();
            if let Some(code) = subject.failure() {
                *failures.entry(format!("{code:?}")).or_insert(0) += 1;
            }
        }
        println!("{target}: {secured} secured, {plain} plain, {closed} closed, {bytes} bytes");
        println!("{target}: {failures:?}");
        assert!(secured >= 20 && plain >= 1 && closed >= 2 && bytes > 100_000);
        assert!(failures.len() >= 6);
    }
}

/// What a connection held is given back, whatever became of it.
#[test]
fn nothing_is_left_behind() {
    left_behind("client_stream", client_stream::run);
    left_behind("server_stream", server_stream::run);
    left_behind("abi_calls", abi_calls::run);
}

fn left_behind(target: &str, run: fn(&[u8])) {
    for file in seeds_of(target) {
        let seed = fs::read(&file).unwrap();
        // The first run makes what is shared and stays, and a server's context keeps 128 sessions.
        run(&seed);
        let is_stable = (0..300).any(|_| {
            let before = heap::live();
            run(&seed);
            heap::live() == before
        });
        assert!(is_stable, "{}", file.display());
    }
}

fn over_seeds(target: &str, run: fn(&[u8]), least: usize) {
    let files = seeds_of(target);
    for file in &files {
        // Shown where the test fails.
        println!("{}", file.display());
        run(&fs::read(file).unwrap());
    }
    println!("{target}: ran {} of {} seeds", files.len(), files.len());
    assert!(files.len() >= least, "{target} has {} seeds", files.len());
}

fn seeds_of(target: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(seed_dir(target)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files
}

fn seed_dir(target: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fuzz", "seeds", target].iter().collect()
}
