//! Chains in the forms of MySQL's certificates, and chains with CRLs, with OpenSSL's verdict on
//! each.

use crate::base64;
use crate::chain::{Chain, Verdict};
use crate::report::Report;
use serde_json::Value;
use tlsql::trust::{Level, NameRule, Purpose};

/// Compares `cases` with a `role`: one verdict for each security level (T62–T74, T79, D3).
pub fn certificates(file: &Value, report: &mut Report<'_>) {
    for case in cases(file) {
        let mut chain = certificate(case);
        let levels = case["openssl_3_0_19"].as_object().expect("verdicts by level");
        assert!(!levels.is_empty(), "{} has no verdict", case["id"]);
        for (level, theirs) in levels {
            chain.level = self::level(level);
            let id = format!("{}/{level}", string(&case["id"]));
            report.verdicts(&id, verdict(theirs), chain.verdict());
        }
    }
}

/// Compares `cases` with `crls`: level 1, and every certificate needs a list (T75–T77).
pub fn revocation(file: &Value, report: &mut Report<'_>) {
    for case in cases(file) {
        let chain = Chain { crls: Some(ders(&case["crls"])), ..chain(case) };
        report.verdicts(string(&case["id"]), verdict(&case["openssl_3_0_19"]), chain.verdict());
    }
}

/// A case of `certificates`.
pub fn certificate(case: &Value) -> Chain<'_> {
    let purpose = match string(&case["role"]) {
        "server" => Purpose::Server,
        "client" => Purpose::Client,
        other => panic!("unknown role {other}"),
    };
    Chain { purpose, host: case["host"].as_str(), ..chain(case) }
}

pub fn level(name: &str) -> Level {
    match name {
        "level0" => Level::Zero,
        "level1" => Level::One,
        "level2" => Level::Two,
        other => panic!("unknown level {other}"),
    }
}

fn chain(case: &Value) -> Chain<'_> {
    Chain {
        purpose: Purpose::Server,
        level: Level::One,
        host: None,
        name_rule: NameRule::Mysql84,
        time: case["time"].as_i64().expect("a time"),
        leaf: der(&case["leaf"]),
        others: ders(&case["intermediates"]),
        anchors: ders(&case["anchors"]),
        crls: None,
    }
}

pub fn verdict(theirs: &Value) -> Verdict {
    match string(&theirs["verdict"]) {
        "OK" => Verdict::Ok,
        "PARSE" => Verdict::Parse,
        "ERR" => Verdict::Error(theirs["error"].as_i64().expect("a number"), depth(theirs)),
        other => panic!("unknown verdict {other}"),
    }
}

fn depth(theirs: &Value) -> Option<u64> {
    Some(theirs["depth"].as_u64().expect("a depth"))
}

pub fn cases(file: &Value) -> &[Value] {
    file["cases"].as_array().expect("cases")
}

pub fn string(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn der(value: &Value) -> Vec<u8> {
    base64::decode(string(value)).expect("base64")
}

fn ders(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().expect("a list").iter().map(der).collect()
}
