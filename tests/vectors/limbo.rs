//! The chains of x509-limbo, which include BetterTLS'. OpenSSL's verdicts on them are in a separate
//! table; limbo's own expectations follow RFC 5280 and browsers, and MySQL does not.

use crate::chain::{Chain, Verdict};
use crate::report::Report;
use crate::text;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tlsql::trust::{Level, NameRule, Purpose};

/// Time of cases without one: 2026-11-22, when all chains that are meant to be valid are so.
const NOW: i64 = 1_795_305_600;

/// OpenSSL's verdicts by case.
pub struct Baseline(HashMap<String, Verdict>);

/// Numbers of verdicts that were compared with limbo's expectation, and that matched it.
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
        // Other kinds are e-mail addresses, which MySQL does not check.
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

/// Returns the certificates of a list; none if the list is missing.
fn pems(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().map_or_else(Vec::new, |list| list.iter().map(pem).collect())
}
