//! Each fuzz target over its seeds, without a fuzzer: `fuzz/` has the targets, `make fuzz` runs one.

mod seeds;
mod targets;

use std::fs;
use std::path::PathBuf;

use targets::{abi_calls, client_stream, greeting, server_stream, splits, ssl_request};

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

fn over_seeds(target: &str, run: fn(&[u8]), least: usize) {
    let files = fs::read_dir(seed_dir(target)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    for file in &files {
        // Shown where the test fails.
        println!("{}", file.display());
        run(&fs::read(file).unwrap());
    }
    println!("{target}: ran {} of {} seeds", files.len(), files.len());
    assert!(files.len() >= least, "{target} has {} seeds", files.len());
}

fn seed_dir(target: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fuzz", "seeds", target].iter().collect()
}
