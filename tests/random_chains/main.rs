//! Random chains: this library's verdict on each is compared with OpenSSL's.
//!
//! Around half of the chains are valid. `TLSQL_CHAINS` is the number of chains, `TLSQL_SEED`
//! selects others, `TLSQL_FIRST` is the number of the first. A disagreement prints the settings
//! that reproduce it, and `TLSQL_SHOWN` kinds of disagreement are shrunk and printed whole. OpenSSL
//! runs in a program that this test compiles (`tests/openssl/oracle.c`); without OpenSSL's headers
//! the test is skipped, which with `CI=true` is a failure. The library itself never links OpenSSL.
//!
//! With OpenSSL's own limits the verdict must be OpenSSL's, error and depth included. The default
//! limits try several CA certificates with one subject, which may only turn a refusal into
//! acceptance.

mod base;
mod date;
mod der;
mod deviations;
mod extensions;
mod keys;
mod model;
mod mutations;
mod mutations_of_lists;
mod mutations_of_sets;
mod oracle;
mod ours;
mod random;
mod recipe;
mod shrink;
mod tally;

#[path = "../support/base64.rs"]
mod base64;
#[path = "../support/c_program.rs"]
mod c_program;
#[path = "../support/runner.rs"]
mod runner;

use keys::Keys;
use oracle::Oracle;
use recipe::Recipe;
use runner::Outcome;
use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use tally::{Judged, Tally};

const CHAINS: u64 = 3_000;
const SEED: u64 = 0x7453_514c;
const SHOWN: u64 = 12;
/// Requests that are sent before the first answer is read.
const AHEAD: usize = 256;
/// The version of OpenSSL to compare with: later ones differ in details.
const VERSION: &str = "OpenSSL 3.0.";

fn main() -> ExitCode {
    runner::main("random_chains", || {
        let outcome = match oracle::build() {
            Ok(program) => compare(&program),
            Err(why) => {
                println!("skipped: {why}");
                match std::env::var("CI").as_deref() {
                    Ok("true") => Outcome::Failed(vec![why]),
                    _ => Outcome::Skipped(why),
                }
            }
        };
        vec![("random_chains", outcome)]
    })
}

fn compare(program: &std::path::Path) -> Outcome {
    der::check();
    date::check();
    let mut signer = Oracle::start(program);
    let version = signer.version();
    let (chains, seed) = (number("TLSQL_CHAINS", CHAINS), number("TLSQL_SEED", SEED));
    let first = number("TLSQL_FIRST", 0);
    println!("{version}, {chains} chains, seed {seed}");
    let mut keys = Keys::read(signer);
    let mut tally = Tally::default();

    let mut verifier = Oracle::start(program);
    let mut requests = verifier.0.requests.take().expect("the oracle's input");
    let (sender, receiver) = sync_channel::<Vec<u8>>(AHEAD);
    // Writes while this thread computes, so that neither side waits for the other.
    let writer = std::thread::spawn(move || {
        for request in receiver {
            oracle::send(&mut requests, &request);
        }
        std::io::Write::flush(&mut requests).expect("the oracle reads");
    });
    let mut waiting = VecDeque::new();
    for i in first..first.saturating_add(chains) {
        let recipe = Recipe::new(seed, i);
        let case = recipe.build(&keys);
        let encoded = case.encode(&mut keys);
        sender.send(case.request(&encoded)).expect("the writer");
        let (exact, default) = ours::verdicts(&case, &encoded);
        waiting.push_back((recipe, case, exact, default));
        // Requests wait in the buffer until it is flushed, so more of them can be unanswered.
        if waiting.len() > 4 * AHEAD {
            let answer = oracle::read(&mut verifier.0.answers);
            settle(waiting.pop_front(), answer, &mut tally, &mut keys);
        }
    }
    drop(sender);
    while let Some(one) = waiting.pop_front() {
        let answer = oracle::read(&mut verifier.0.answers);
        settle(Some(one), answer, &mut tally, &mut keys);
    }
    writer.join().expect("the writer");
    tally.show(number("TLSQL_SHOWN", SHOWN) as usize, &mut keys);
    if version.starts_with(VERSION) {
        tally.outcome()
    } else {
        println!("not judged: {version} is not {VERSION}x");
        Outcome::Skipped(format!("{version} is not {VERSION}x"))
    }
}

type Waiting = (Recipe, model::Case, String, String);

fn settle(one: Option<Waiting>, answer: Vec<u8>, tally: &mut Tally, keys: &mut Keys) {
    let Some((recipe, case, exact, default)) = one else { return };
    let theirs = String::from_utf8(answer).expect("text");
    tally.add(Judged { recipe, case, theirs, exact, default }, keys);
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}
