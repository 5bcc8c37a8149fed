//! The chains of x509-limbo and, through it, BetterTLS. OpenSSL's verdicts on them are in a table
//! of their own; limbo's expectation is RFC 5280's and the browsers', which is not MySQL's.

use crate::chain::{Chain, Verdict};
use crate::report::Report;
use crate::text;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tlsql::trust::{Level, NameRule, Purpose};

/// For cases that do not say: 2026-11-22, inside the dates of all that are meant to be valid.
const NOW: i64 = 1_795_305_600;

/// OpenSSL's verdicts by case.
pub struct Baseline(HashMap<String, Verdict>);

/// How often we say what limbo expects.
#[derive(Clone, Copy, Default)]
pub struct Expectation {
    pub compared: usize,
    pub matched: usize,
}

impl Baseline {
    /// `TLSQL_LIMBO_BASELINE`, else `baselines/limbo.tsv` two directories up.
    pub fn read(directory: &Path) -> Self {
        let beside = || directory.join("../../baselines/limbo.tsv");
        let path = std::env::var_os("TLSQL_LIMBO_BASELINE").map_or_else(beside, PathBuf::from);
        let text = std::fs::read_to_string(&path);
        Self::parse(&text.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    fn parse(text: &str) -> Self {
        let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let head = lines.next().expect("a head line");
        let column = |name| head.iter().position(|field| *field == name).expect("a column");
        let (id, verdict) = (column("id"), column("openssl3_mysql"));
        let error = column("openssl3_mysql_err");
        Self(lines.map(|line| (line[id].to_owned(), read(line[verdict], line[error]))).collect())
    }
}

fn read(verdict: &str, error: &str) -> Verdict {
    match verdict {
        "OK" => Verdict::Ok,
        "ERR" => Verdict::Error(error.parse().expect("an error number"), None),
        other => panic!("unknown verdict {other}"),
    }
}

/// The files in `directory`: the core and BetterTLS, or a sample of that.
pub fn files(directory: &Path) -> Vec<(String, Value)> {
    let bettertls = ["limbo-bettertls.json.xz", "limbo-bettertls-sample.json.xz"];
    let bettertls = bettertls.into_iter().find(|name| directory.join(name).exists());
    std::iter::once("limbo-core.json")
        .chain(bettertls)
        .map(|name| {
            let path = directory.join(name);
            let bytes = std::fs::read(&path);
            let mut bytes = bytes.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            if name.ends_with(".xz") {
                let mut plain = Vec::new();
                lzma_rs::xz_decompress(&mut bytes.as_slice(), &mut plain).expect("xz");
                bytes = plain;
            }
            (name.to_owned(), serde_json::from_slice(&bytes).expect("JSON"))
        })
        .collect()
}

pub fn run(file: &Value, baseline: &Baseline, report: &mut Report<'_>, limbo: &mut Expectation) {
    for case in file["testcases"].as_array().expect("testcases") {
        let id = case["id"].as_str().expect("an id");
        let theirs = *baseline.0.get(id).unwrap_or_else(|| panic!("no baseline for {id}"));
        let ours = chain(case).verdict();
        report.verdicts(id, theirs, ours);
        limbo.compared += 1;
        let expected = case["expected_result"] == "SUCCESS";
        limbo.matched += usize::from(expected == (ours == Verdict::Ok));
    }
}

fn chain(case: &Value) -> Chain<'_> {
    let crls = pems(&case["crls"]);
    let name = &case["expected_peer_name"];
    Chain {
        purpose: if case["validation_kind"] == "CLIENT" {
            Purpose::Client
        } else {
            Purpose::Server
        },
        level: Level::One,
        // Other kinds are e-mail addresses, which MySQL never asks for.
        host: name["value"].as_str().filter(|_| name["kind"] == "DNS" || name["kind"] == "IP"),
        name_rule: NameRule::Mysql84,
        time: case["validation_time"].as_str().map_or(NOW, |at| text::time(at).expect("a time")),
        leaf: pem(&case["peer_certificate"]),
        others: pems(&case["untrusted_intermediates"]),
        anchors: pems(&case["trusted_certs"]),
        crls: (!crls.is_empty()).then_some(crls),
    }
}

fn pem(value: &Value) -> Vec<u8> {
    value.as_str().and_then(text::pem).expect("PEM")
}

/// A list that is not there is empty.
fn pems(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().map_or_else(Vec::new, |list| list.iter().map(pem).collect())
}
