//! What a client program did: the one form in which expectation, our client and the `mariadb`
//! program are compared.

use std::fmt;
use std::process::{Command, Stdio};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Logged in, and the server says TLS of this version.
    Tls(&'static str),
    /// Logged in without TLS, as the server sees it too.
    Clear,
    Refused(Refusal),
    /// Neither: no program should end so.
    Other(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub errno: u16,
    pub sqlstate: [u8; 5],
    /// Our code's name; "" where the server refused, or for a program that has no such names.
    pub code: &'static str,
}

impl Refusal {
    /// From the engine.
    pub const fn ours(code: &'static str) -> Outcome {
        Outcome::Refused(Refusal { errno: 2026, sqlstate: *b"HY000", code })
    }

    /// From the server.
    pub const fn servers(errno: u16, sqlstate: [u8; 5]) -> Outcome {
        Outcome::Refused(Refusal { errno, sqlstate, code: "" })
    }
}

impl Outcome {
    /// As a table shows it: the name of our code stands for its number too.
    pub fn cell(self) -> String {
        match self {
            Outcome::Refused(Refusal { code, .. }) if !code.is_empty() => code.to_string(),
            other => other.to_string(),
        }
    }

    /// Equal as far as two different programs can be: they have no common code names.
    pub fn agrees(self, other: Outcome) -> bool {
        match (self, other) {
            (Outcome::Refused(a), Outcome::Refused(b)) => a.errno == b.errno,
            (a, b) => a == b,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Outcome::Tls(version) => f.write_str(version),
            Outcome::Clear => f.write_str("clear text"),
            Outcome::Refused(refusal) => {
                let sqlstate = String::from_utf8_lossy(&refusal.sqlstate);
                write!(f, "{} ({sqlstate})", refusal.errno)?;
                if refusal.code.is_empty() { Ok(()) } else { write!(f, " {}", refusal.code) }
            }
            Outcome::Other(status) => write!(f, "exit status {status}"),
        }
    }
}

/// An outcome with what the program wrote, to be shown when it is not the expected one.
pub struct Seen {
    pub outcome: Outcome,
    pub text: String,
}

/// Asks the server, as every account may, whether it sees TLS.
pub const QUERY: &str = "SHOW STATUS LIKE 'Ssl_version'";

/// Runs a client program that executes [`QUERY`].
pub fn see(mut command: Command) -> Result<Seen, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|e| format!("{:?}: {e}", command.get_program()))?;
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    let outcome = match output.status.code() {
        Some(0) => connected(&out).unwrap_or(Outcome::Other(0)),
        Some(1) => refused(&err).unwrap_or(Outcome::Other(1)),
        status => Outcome::Other(status.unwrap_or(-1)),
    };
    Ok(Seen { outcome, text: format!("{out}{err}") })
}

/// The answer to [`QUERY`], as all these programs print it: a tab between the values.
fn connected(out: &str) -> Option<Outcome> {
    match out.lines().find_map(|line| line.strip_prefix("Ssl_version\t"))? {
        "" => Some(Outcome::Clear),
        "TLSv1.2" => Some(Outcome::Tls("TLSv1.2")),
        "TLSv1.3" => Some(Outcome::Tls("TLSv1.3")),
        _ => None,
    }
}

/// Reads `ERROR 2026 (HY000): text [TLSQL_E_NAME]`, of which the name is our client's only.
fn refused(err: &str) -> Option<Outcome> {
    let rest = err.lines().find_map(|line| line.strip_prefix("ERROR "))?;
    let (errno, rest) = rest.split_once(" (")?;
    let (sqlstate, text) = rest.split_once(')')?;
    let name = text.rsplit_once('[').and_then(|(_, name)| name.trim_end().strip_suffix(']'));
    let code = match name {
        None => "",
        Some(name) => CODES.into_iter().find(|&code| code == name).unwrap_or("another code"),
    };
    let sqlstate = sqlstate.as_bytes().try_into().ok()?;
    Some(Outcome::Refused(Refusal { errno: errno.parse().ok()?, sqlstate, code }))
}

/// The codes that a cell may expect.
const CODES: [&str; 14] = [
    NO_TLS_OFFERED,
    UNKNOWN_CA,
    SELF_SIGNED,
    WRONG_NAME,
    EXPIRED,
    NOT_YET,
    REVOKED,
    CRL_STATE,
    CRL_EXPIRED,
    PURPOSE,
    WEAK,
    PIN,
    NO_CA,
    CLIENT_CERT,
];

pub const NO_TLS_OFFERED: &str = "TLSQL_E_NO_TLS_OFFERED";
pub const UNKNOWN_CA: &str = "TLSQL_E_CERT_UNKNOWN_CA";
pub const SELF_SIGNED: &str = "TLSQL_E_CERT_SELF_SIGNED";
pub const WRONG_NAME: &str = "TLSQL_E_CERT_NAME";
pub const EXPIRED: &str = "TLSQL_E_CERT_EXPIRED";
pub const NOT_YET: &str = "TLSQL_E_CERT_NOT_YET";
pub const REVOKED: &str = "TLSQL_E_CERT_REVOKED";
pub const CRL_STATE: &str = "TLSQL_E_CRL_STATE";
pub const CRL_EXPIRED: &str = "TLSQL_E_CRL_EXPIRED";
pub const PURPOSE: &str = "TLSQL_E_CERT_PURPOSE";
pub const WEAK: &str = "TLSQL_E_CERT_WEAK";
pub const PIN: &str = "TLSQL_E_CERT_PIN";
pub const NO_CA: &str = "TLSQL_E_NO_CA";
pub const CLIENT_CERT: &str = "TLSQL_E_CLIENT_CERT_REFUSED";
