//! One call of the validator, read from a script: the trusted certificates and lists, what the peer
//! sent, and the policy.

use tlsql::trust::{
    Certificate, Level, Limits, Name, NameRule, Policy, Purpose, RevocationList, Store,
};

use super::cursor::Cursor;
use super::{vector_samples, x509_builder};

pub struct ChainCase {
    pub leaf: Certificate,
    pub others: Vec<Certificate>,
    pub anchors: Vec<Certificate>,
    pub lists: Vec<Vec<u8>>,
    pub store: Store,
    pub policy: Policy,
    pub now: i64,
}

/// What a byte of the script asks for.
pub mod op {
    /// A made certificate: where it goes, and `x509_builder::certificate`'s script.
    pub const MADE: u8 = 0;
    /// The same, then a count of bytes to change before it is signed.
    pub const MADE_ODD: u8 = 1;
    /// One of the vectors: where it goes, its number, a count of bytes to change.
    pub const REAL: u8 = 2;
    /// A case of the vectors, whole: its number.
    pub const CASE: u8 = 3;
    /// `x509_builder::revocation_list`'s script.
    pub const LIST: u8 = 4;
    /// The same, then a count of bytes to change before it is signed.
    pub const LIST_ODD: u8 = 5;
    /// A list of the vectors: its number, a count of bytes to change.
    pub const REAL_LIST: u8 = 6;
    pub const COUNT: u8 = 7;
}

/// Where a certificate goes.
pub mod to {
    pub const LEAF: u8 = 0;
    pub const OTHERS: u8 = 1;
    pub const STORE: u8 = 2;
    pub const BOTH: u8 = 3;
}

impl ChainCase {
    /// Reads a case; `None` if the script gives no leaf that can be parsed.
    pub fn read(script: &mut Cursor<'_>) -> Option<Self> {
        let (policy, time) = (script.u8(), script.u8());
        let mut parts = Parts::default();
        // More makes a run slow and shows nothing new.
        for _ in 0..MOST_PARTS {
            if script.is_empty() {
                break;
            }
            parts.take(script);
        }
        let leaf = Certificate::parse(&parts.leaf?).ok()?;
        let read = |all: Vec<Vec<u8>>| -> Vec<Certificate> {
            all.iter().filter_map(|der| Certificate::parse(der).ok()).collect()
        };
        let (others, anchors) = (read(parts.others), read(parts.anchors));
        let mut store = Store::default();
        for anchor in &anchors {
            store.add_certificate(anchor.clone());
        }
        parts.lists.retain(|der| RevocationList::parse(der).is_ok());
        for der in &parts.lists {
            store.add_list(RevocationList::parse(der).unwrap());
        }
        if time & 0x40 != 0 {
            store.check_revocation();
        }
        let now = match time & 0x3f {
            0..=7 => parts.time.unwrap_or(TIMES[0]),
            other => TIMES[usize::from(other) % TIMES.len()],
        };
        let client = parts.is_client ^ (policy & 1 != 0);
        Some(Self {
            leaf,
            others,
            anchors,
            lists: parts.lists,
            store,
            policy: policy_of(policy, client),
            now,
        })
    }
}

/// Returns the policy of some bits: 1–2 the name; 3 how it is compared; 4–5 the level.
fn policy_of(bits: u8, client: bool) -> Policy {
    let name = match bits >> 1 & 3 {
        0 => None,
        1 => Some(x509_builder::HOST),
        2 => Some("127.0.0.1"),
        _ => Some("db9.example.com"),
    };
    Policy {
        purpose: if client { Purpose::Client } else { Purpose::Server },
        name: name.filter(|_| !client).and_then(Name::parse),
        name_rule: if bits & 8 == 0 { NameRule::Mysql57 } else { NameRule::Mysql84 },
        level: [Level::Two, Level::One, Level::Zero, Level::Two][usize::from(bits >> 4 & 3)],
        limits: Limits::default(),
    }
}

#[derive(Default)]
struct Parts {
    leaf: Option<Vec<u8>>,
    others: Vec<Vec<u8>>,
    anchors: Vec<Vec<u8>>,
    lists: Vec<Vec<u8>>,
    time: Option<i64>,
    is_client: bool,
}

impl Parts {
    fn take(&mut self, script: &mut Cursor<'_>) {
        match script.u8() % op::COUNT {
            op @ (op::MADE | op::MADE_ODD) => {
                let to = script.u8();
                let flips = if op == op::MADE { 0 } else { 1 + (to >> 4 & 3) };
                let der = x509_builder::certificate(script, flips);
                self.put(to, der);
            }
            op::REAL => {
                let to = script.u8();
                let der = changed(script, &vector_samples::CERTIFICATES, to >> 4);
                self.put(to, der);
            }
            op::CASE => {
                let cases = &vector_samples::CASES;
                let case = &cases[usize::from(script.u8()) % cases.len()];
                self.leaf = Some(case.leaf.clone());
                self.others.extend(case.others.iter().cloned());
                self.anchors.extend(case.anchors.iter().cloned());
                self.lists.extend(case.lists.iter().cloned());
                self.time = Some(case.time);
                self.is_client = case.is_client;
            }
            op @ (op::LIST | op::LIST_ODD) => {
                let flips = if op == op::LIST { 0 } else { 1 + script.u8() % 4 };
                self.lists.push(x509_builder::revocation_list(script, flips));
            }
            _ => {
                let flips = script.u8();
                self.lists.push(changed(script, &vector_samples::LISTS, flips));
            }
        }
    }

    fn put(&mut self, to: u8, der: Vec<u8>) {
        match to & 3 {
            to::LEAF => self.leaf = Some(der),
            to::OTHERS => self.others.push(der),
            to::STORE => self.anchors.push(der),
            _ => {
                self.others.push(der.clone());
                self.anchors.push(der);
            }
        }
    }
}

fn changed(script: &mut Cursor<'_>, from: &[Vec<u8>], flips: u8) -> Vec<u8> {
    let mut der = from[script.size() % from.len()].clone();
    script.flip(&mut der, flips & 7);
    der
}

const MOST_PARTS: usize = 16;

/// The second is the end of some made dates, the others are about them, and out of all bounds.
const TIMES: [i64; 7] =
    [1_795_617_000, 2_000_000_000, 1_999_999_999, 1_700_000_000, 0, i64::MIN, i64::MAX];
