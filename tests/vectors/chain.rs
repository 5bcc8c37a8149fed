//! One chain to verify, and this library's verdict on it.

use std::fmt;
use tlsql::trust::{
    Certificate, Level, Limits, Name, NameRule, Policy, Purpose, RevocationList, Store, verify,
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    Ok,
    /// An `X509_V_ERR_` number, with the depth if it is known.
    Error(i64, Option<u64>),
    /// A certificate or CRL of the case cannot be read.
    Parse,
}

impl Verdict {
    /// Whether `ours` is the same verdict; without a depth only the number is compared.
    pub fn is(self, ours: Self) -> bool {
        match (self, ours) {
            (Self::Error(a, None), Self::Error(b, _)) => a == b,
            _ => self == ours,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => write!(f, "OK"),
            Self::Error(error, Some(depth)) => write!(f, "ERR {error}@{depth}"),
            Self::Error(error, None) => write!(f, "ERR {error}"),
            Self::Parse => write!(f, "PARSE"),
        }
    }
}

pub struct Chain<'a> {
    pub purpose: Purpose,
    pub level: Level,
    pub host: Option<&'a str>,
    pub name_rule: NameRule,
    pub time: i64,
    pub leaf: Vec<u8>,
    pub others: Vec<Vec<u8>>,
    pub anchors: Vec<Vec<u8>>,
    /// CRLs in DER; `None` if revocation is not checked.
    pub crls: Option<Vec<Vec<u8>>>,
}

impl Chain<'_> {
    pub fn verdict(&self) -> Verdict {
        let mut store = Store::default();
        for anchor in &self.anchors {
            let Ok(anchor) = Certificate::parse(anchor) else { return Verdict::Parse };
            store.add_certificate(anchor);
        }
        if let Some(crls) = &self.crls {
            store.check_revocation();
            for crl in crls {
                let Ok(crl) = RevocationList::parse(crl) else { return Verdict::Parse };
                store.add_list(crl);
            }
        }
        let others = self.others.iter().map(|der| Certificate::parse(der));
        let Ok(others) = others.collect::<Result<Vec<_>, _>>() else { return Verdict::Parse };
        let Ok(leaf) = Certificate::parse(&self.leaf) else { return Verdict::Parse };
        let policy = Policy {
            purpose: self.purpose,
            name: self.host.map(|host| Name::parse(host).expect("a host that names a server")),
            name_rule: self.name_rule,
            level: self.level,
            limits: Limits::default(),
        };
        match verify(&store, &leaf, &others, &policy, self.time) {
            Ok(_) => Verdict::Ok,
            Err(refusal) => {
                let depth = refusal.depth.try_into().expect("a small depth");
                Verdict::Error(refusal.error.number().into(), Some(depth))
            }
        }
    }
}
