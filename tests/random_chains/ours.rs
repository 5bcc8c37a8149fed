//! This library's verdict, in the form of the oracle's answers.

use crate::model::{Case, Encoded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tlsql::trust::{
    Certificate, Level, Limits, Malformed, Name, NameRule, Policy, Purpose, RevocationList, Store,
    verify,
};

/// A case that was read, ready to be verified.
pub struct Prepared {
    store: Store,
    leaf: Certificate,
    others: Vec<Certificate>,
    policy: Policy,
    now: i64,
}

/// Returns OpenSSL's limits: one path, with a hundred certificates.
fn as_openssl() -> Limits {
    Limits {
        certificates: 1000,
        bytes: usize::MAX,
        chain: 100,
        signatures: 10_000,
        unverified_crl_bytes: usize::MAX,
        paths: 1,
        ..Limits::default()
    }
}

/// Returns the verdicts with OpenSSL's limits and with the default ones.
pub fn verdicts(case: &Case, encoded: &Encoded) -> (String, String) {
    let judged = catch_unwind(AssertUnwindSafe(|| match prepare(case, encoded) {
        Err(refused) => (refused.clone(), refused),
        Ok(prepared) => (prepared.verdict(as_openssl()), prepared.verdict(Limits::default())),
    }));
    judged.unwrap_or_else(|_| ("PANIC".to_owned(), "PANIC".to_owned()))
}

fn prepare(case: &Case, encoded: &Encoded) -> Result<Prepared, String> {
    let mut refused = String::from("PARSE");
    let anchors = read(&encoded.anchors, "a", Certificate::parse, &mut refused);
    let others = read(&encoded.others, "o", Certificate::parse, &mut refused);
    let lists = read(&encoded.lists, "c", RevocationList::parse, &mut refused);
    let leaf = Certificate::parse(&encoded.leaf);
    let leaf = leaf.map_err(|_| refused.clone() + " leaf")?;
    if refused != "PARSE" {
        return Err(refused);
    }
    let mut store = Store::default();
    anchors.into_iter().for_each(|anchor| store.add_certificate(anchor));
    if case.lists.is_some() {
        store.check_revocation();
    }
    lists.into_iter().for_each(|list| store.add_list(list));
    let policy = Policy {
        purpose: if case.client { Purpose::Client } else { Purpose::Server },
        name: case.host.as_deref().map(|host| Name::parse(host).expect("a host name")),
        name_rule: NameRule::Mysql84,
        level: [Level::Zero, Level::One, Level::Two][usize::from(case.level)],
        limits: as_openssl(),
    };
    Ok(Prepared { store, leaf, others, policy, now: case.now })
}

fn read<T>(
    ders: &[Vec<u8>],
    letter: &str,
    parse: fn(&[u8]) -> Result<T, Malformed>,
    refused: &mut String,
) -> Vec<T> {
    let mut all = Vec::new();
    for (i, der) in ders.iter().enumerate() {
        match parse(der) {
            Ok(one) => all.push(one),
            Err(_) => refused.push_str(&format!(" {letter}{i}")),
        }
    }
    all
}

impl Prepared {
    fn verdict(&self, limits: Limits) -> String {
        let policy = Policy { limits, ..self.policy.clone() };
        match verify(&self.store, &self.leaf, &self.others, &policy, self.now) {
            Ok((_, window)) => {
                for now in [window.from, window.until - 1] {
                    let again = verify(&self.store, &self.leaf, &self.others, &policy, now);
                    assert_eq!(again.ok().map(|(_, again)| again), Some(window), "at {now}");
                }
                "OK".to_owned()
            }
            Err(refusal) => format!("ERR {}@{}", refusal.error.number(), refusal.depth),
        }
    }
}
