//! Each class of server certificate with our C client: what must come of it in the three modes, and
//! that `openssl s_client` accepts and refuses the same.
//!
//! The expectations are OpenSSL's verdicts on each class, in our codes.

use crate::authority::{Workshop, path};
use crate::client::{HOST, Tools};
use crate::docs::Table;
use crate::matrix::Expect;
use crate::program::{self, Outcome};
use crate::report::Report;
use crate::s_client::Question;
use crate::server::{Installed, Kind, Running, USER};

/// What a server is started with: `CERT.pem`, `KEY-key.pem`, `CA.pem`.
#[derive(Clone, Copy, PartialEq)]
struct Files {
    cert: &'static str,
    key: &'static str,
    ca: &'static str,
}

struct Class {
    name: &'static str,
    /// `None`: no options, so that the server takes what it made for itself.
    server: Option<Files>,
    /// Options of the client beside the mode: in the verifying modes, and in every mode.
    trust: &'static [&'static str],
    every: &'static [&'static str],
    host: &'static str,
    verify_name: Option<&'static str>,
    /// REQUIRED, VERIFY_CA, VERIFY_IDENTITY.
    expect: [Expect; 3],
    /// What the last refusal names.
    says: &'static str,
    /// OpenSSL accepts it; the reason stands beside the row.
    stricter: [bool; 3],
    only: Option<Kind>,
}

const MODES: [&str; 3] = ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"];
const IDENTITY: usize = 2;

const TLS: Expect = Expect::Tls;
const TLS12: Expect = Expect::Tls12;
const NAME: Expect = Expect::Ours(program::WRONG_NAME);
const UNKNOWN: Expect = Expect::Ours(program::UNKNOWN_CA);
const SELF: Expect = Expect::Ours(program::SELF_SIGNED);
const EXPIRED: Expect = Expect::Ours(program::EXPIRED);
const NOT_YET: Expect = Expect::Ours(program::NOT_YET);
const REVOKED: Expect = Expect::Ours(program::REVOKED);
const NO_CRL: Expect = Expect::Ours(program::CRL_STATE);
const OLD_CRL: Expect = Expect::Ours(program::CRL_EXPIRED);
const PURPOSE: Expect = Expect::Ours(program::PURPOSE);
const WEAK: Expect = Expect::Ours(program::WEAK);
const PIN: Expect = Expect::Ours(program::PIN);

const ALL: [Expect; 3] = [TLS; 3];
const WRONG_NAME: [Expect; 3] = [TLS, TLS, NAME];

/// Refused wherever the chain is checked.
const fn refused(by: Expect) -> [Expect; 3] {
    [TLS, by, by]
}

const fn files(cert: &'static str, key: &'static str, ca: &'static str) -> Option<Files> {
    Some(Files { cert, key, ca })
}

const fn leaf(cert: &'static str) -> Option<Files> {
    files(cert, "leaf", "ca")
}

const fn class(name: &'static str, server: Option<Files>, expect: [Expect; 3]) -> Class {
    let trust = &["--ssl-ca=@ca.pem"];
    let (host, verify_name) = (HOST, None);
    let (says, stricter, only) = ("", [false; 3], None);
    Class { name, server, trust, every: &[], host, verify_name, expect, says, stricter, only }
}

impl Class {
    const fn trusting(self, trust: &'static [&'static str]) -> Class {
        Class { trust, ..self }
    }

    const fn with(self, every: &'static [&'static str]) -> Class {
        Class { every, ..self }
    }

    const fn named(self, name: &'static str) -> Class {
        Class { verify_name: Some(name), ..self }
    }

    const fn at(self, host: &'static str) -> Class {
        Class { host, ..self }
    }

    const fn saying(self, says: &'static str) -> Class {
        Class { says, ..self }
    }

    const fn stricter(self, stricter: [bool; 3]) -> Class {
        Class { stricter, ..self }
    }

    const fn only(self, kind: Kind) -> Class {
        Class { only: Some(kind), ..self }
    }
}

const AUTO_NAME: &str = "MySQL_Server_5.7.29_Auto_Generated_Server_Certificate";
const OLD_SETUP: Option<Files> = files("setup-old", "leaf", "setup-old-ca");
const NEW_SETUP: Option<Files> = files("setup-new", "leaf", "setup-new-ca");
const BY_FOREIGN: Option<Files> = files("by-foreign", "leaf", "foreign");
const COMPLETED: Option<Files> = files("below", "leaf", "ca-and-sub");
const SHORT: Option<Files> = files("rsa-1024", "small", "ca");
const SHA1: Option<Files> = leaf("sha1");

/// Neighbours with the same files share a running server.
#[rustfmt::skip]
const CLASSES: [Class; 58] = [
    class("the manual's recipe (version 1)", leaf("manual"), ALL),
    class("the same, ssl_crl without it", leaf("manual"), ALL)
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crl=@crl-none.pem"]),
    class("the same, revoked", leaf("manual"), refused(REVOKED))
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crl=@crl-revoked.pem"]),
    class("the recipe with the CA's own name", leaf("manual-same-name"), refused(SELF)),
    class("old mysql_ssl_rsa_setup (version 1)", OLD_SETUP, WRONG_NAME)
        .trusting(&["--ssl-ca=@setup-old-ca.pem"]).saying(AUTO_NAME),
    class("the same, by its own name", OLD_SETUP, ALL)
        .trusting(&["--ssl-ca=@setup-old-ca.pem"]).named(AUTO_NAME),
    class("new mysql_ssl_rsa_setup (version 3)", NEW_SETUP, WRONG_NAME)
        .trusting(&["--ssl-ca=@setup-new-ca.pem"]).saying(AUTO_NAME),
    class("the same, by its own name", NEW_SETUP, ALL)
        .trusting(&["--ssl-ca=@setup-new-ca.pem"]).named(AUTO_NAME),
    class("what the server made for itself", None, WRONG_NAME)
        .trusting(&["--ssl-ca=@auto-ca.pem"]).saying(AUTO_NAME).only(Kind::MySql57),
    class("common name only", leaf("cn"), ALL),
    class("common name beside another subjectAltName", leaf("cn-beside-san"), WRONG_NAME)
        .saying("db.example.test"),
    class("common name *.example.test, db.example.test", leaf("cn-wild"), ALL)
        .named("db.example.test"),
    class("the same, a.b.example.test", leaf("cn-wild"), WRONG_NAME).named("a.b.example.test"),
    class("the same, example.test", leaf("cn-wild"), WRONG_NAME).named("example.test"),
    class("subjectAltName *.example.test, db.example.test", leaf("san-wild"), ALL)
        .named("db.example.test"),
    class("the same, a.b.example.test", leaf("san-wild"), WRONG_NAME).named("a.b.example.test"),
    class("the same, example.test", leaf("san-wild"), WRONG_NAME).named("example.test"),
    class("common name 127.0.0.1", leaf("cn-ip"), ALL).at("127.0.0.1"),
    class("the same, tlsql_strict", leaf("cn-ip"), WRONG_NAME)
        .at("127.0.0.1").with(&["--tlsql-strict"]),
    class("iPAddress 127.0.0.1", leaf("san-ip"), ALL).at("127.0.0.1"),
    class("the same, tlsql_strict", leaf("san-ip"), ALL).at("127.0.0.1").with(&["--tlsql-strict"]),
    class("the same, localhost", leaf("san-ip"), WRONG_NAME).saying("127.0.0.1"),
    class("subjectAltName localhost", leaf("san"), ALL),
    class("the same, ssl_capath", leaf("san"), ALL).trusting(&["--ssl-capath=@hashed"]),
    // The server sends the root too, as one nobody trusts.
    class("the same, ssl_capath without hashed names", leaf("san"), refused(SELF))
        .trusting(&["--ssl-capath=@unhashed"]),
    class("the same, ssl_ca of another CA", leaf("san"), refused(SELF))
        .trusting(&["--ssl-ca=@foreign.pem"]),
    class("the same, ssl_crl without it", leaf("san"), ALL)
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crl=@crl-none.pem"]),
    class("the same, revoked in ssl_crl", leaf("san"), refused(REVOKED))
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crl=@crl-revoked.pem"]),
    class("the same, ssl_crlpath without it", leaf("san"), ALL)
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crlpath=@crl-none"]),
    class("the same, revoked in ssl_crlpath", leaf("san"), refused(REVOKED))
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crlpath=@crl-revoked"]),
    class("the same, ssl_crlpath without hashed names", leaf("san"), refused(NO_CRL))
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crlpath=@crl-unhashed"]),
    class("the same, ssl_crl expired", leaf("san"), refused(OLD_CRL))
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crl=@crl-old.pem"]),
    // MySQL 5.7 loads the first certificate of ssl_cert only.
    class("intermediate in the server's ssl_cert", leaf("chain"), refused(UNKNOWN))
        .only(Kind::MySql57),
    class("intermediate in the server's ssl_cert", leaf("chain"), ALL).only(Kind::MariaDb1011),
    class("intermediate in the server's ssl_ca", COMPLETED, ALL),
    class("the same, ssl_crl of both CAs", COMPLETED, ALL)
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crl=@crl-both.pem"]),
    class("the same, ssl_crl without the root's", COMPLETED, refused(NO_CRL))
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crl=@crl-sub.pem"]),
    class("the same, ssl_crl without the intermediate's", COMPLETED, refused(NO_CRL))
        .trusting(&["--ssl-ca=@ca.pem", "--ssl-crl=@crl-none.pem"]),
    class("intermediate missing", leaf("below"), refused(UNKNOWN)),
    class("the same, intermediate in our ssl_ca", leaf("below"), ALL)
        .trusting(&["--ssl-ca=@ca-and-sub.pem"]),
    class("the same, intermediate alone in our ssl_ca", leaf("below"), refused(UNKNOWN))
        .trusting(&["--ssl-ca=@sub.pem"]),
    class("self-signed", leaf("own"), refused(SELF)),
    class("the same, itself in ssl_ca", leaf("own"), ALL).trusting(&["--ssl-ca=@own.pem"]),
    class("another CA, whose root is sent", BY_FOREIGN, refused(SELF)),
    class("the same, ssl_fp", BY_FOREIGN, ALL).trusting(&[]).with(&["--ssl-fp=#by-foreign.pem"]),
    class("the same, ssl_fp of another", BY_FOREIGN, [PIN; 3])
        .trusting(&[]).with(&["--ssl-fp=#san.pem"]),
    class("another CA, whose root is not sent", leaf("by-foreign"), refused(UNKNOWN)),
    class("expired", leaf("expired"), refused(EXPIRED)),
    class("not valid yet", leaf("future"), refused(NOT_YET)),
    class("extendedKeyUsage clientAuth", leaf("eku-client"), refused(PURPOSE)),
    class("extendedKeyUsage serverAuth", leaf("eku-server"), ALL),
    class("RSA-1024, tlsql_security_level 0", SHORT, [TLS12; 3])
        .with(&["--tls-version=TLSv1.2", "--tlsql-security-level=0"]),
    class("the same, tlsql_security_level 1", SHORT, [TLS12; 3])
        .with(&["--tls-version=TLSv1.2", "--tlsql-security-level=1"]),
    // ring checks no signature of a handshake by such a key on this level, nor in TLS 1.3.
    class("the same, tlsql_security_level 2", SHORT, [WEAK; 3]).stricter([true, false, false])
        .with(&["--tls-version=TLSv1.2"]),
    class("the same, tlsql_security_level 1, TLS 1.3", SHORT, [WEAK; 3]).stricter([true; 3])
        .with(&["--tlsql-security-level=1"]).only(Kind::MariaDb1011),
    class("signed with SHA-1, tlsql_security_level 0", SHA1, ALL)
        .with(&["--tlsql-security-level=0"]),
    class("the same, tlsql_security_level 1", SHA1, refused(WEAK))
        .with(&["--tlsql-security-level=1"]),
    class("the same, tlsql_security_level 2", SHA1, refused(WEAK)),
];

/// All classes with each server, as one table of `docs/compatibility.md`.
pub fn run(servers: &[&Installed], tools: &Tools, shop: &Workshop, report: &mut Report) -> Table {
    let rows = rows();
    let columns: Vec<_> =
        servers.iter().map(|server| column(server, &rows, tools, shop, report)).collect();
    let mut table = Table::new("Which mode accepts them");
    for (i, row) in rows.iter().enumerate() {
        for (mode, title) in MODES.into_iter().enumerate() {
            let mut cells: Vec<&str> = columns
                .iter()
                .filter_map(|column| Some(column[i].as_ref()?[mode].as_str()))
                .collect();
            // One word where the servers agree.
            cells.dedup();
            table.push(row, title, cells.join(" / "));
        }
    }
    table
}

/// The names of the rows: "the same" is the name before, up to its comma.
fn rows() -> Vec<String> {
    let mut group = "";
    let mut rows = Vec::new();
    for class in &CLASSES {
        let mut row = match class.name.strip_prefix("the same") {
            Some(rest) => format!("{group}{rest}"),
            None => {
                group = class.name.split(", ").next().unwrap_or_default();
                class.name.to_string()
            }
        };
        if let Some(kind) = class.only {
            row = format!("{row} ({})", kind.name());
        }
        rows.push(row);
    }
    rows
}

/// For each class the cells of its three modes, if it is one for this server.
fn column(
    server: &Installed,
    rows: &[String],
    tools: &Tools,
    shop: &Workshop,
    report: &mut Report,
) -> Vec<Option<[String; 3]>> {
    let mut running: Option<(Option<Files>, Running)> = None;
    let mut column = Vec::new();
    for (class, row) in CLASSES.iter().zip(rows) {
        column.push(None);
        if class.only.is_some_and(|kind| kind != server.kind) {
            continue;
        }
        let name = format!("{}, {row}", server.kind.name());
        if running.as_ref().is_none_or(|(files, _)| *files != class.server) {
            drop(running.take());
            match server.start(&options(class.server, server.kind, shop)) {
                Ok(started) => running = Some((class.server, started)),
                Err(error) => {
                    report.fail(name, "a running server", error);
                    continue;
                }
            }
        }
        let Some((_, at)) = &running else { continue };
        let cells = [0, 1, 2].map(|mode| {
            let expected = class.expect[mode].of(server.kind);
            let name = format!("{name}, {}", MODES[mode]);
            Cell { class, mode, port: at.port, expected, name }.run(tools, shop, report)
        });
        column.pop();
        column.push(Some(cells));
    }
    column
}

fn options(files: Option<Files>, kind: Kind, shop: &Workshop) -> Vec<String> {
    let Some(used) = files else { return Vec::new() };
    let at = |name: String| path(&shop.dir, &name);
    let mut options = vec![
        format!("--ssl-ca={}", at(format!("{}.pem", used.ca))),
        format!("--ssl-cert={}", at(format!("{}.pem", used.cert))),
        format!("--ssl-key={}", at(format!("{}-key.pem", used.key))),
    ];
    // Debian's OpenSSL does not even load these otherwise.
    if kind == Kind::MariaDb1011 && (files == SHORT || files == SHA1) {
        options.push("--ssl-cipher=DEFAULT:@SECLEVEL=0".to_string());
    }
    options
}

/// One mode of one class.
struct Cell<'a> {
    class: &'a Class,
    mode: usize,
    port: u16,
    expected: Outcome,
    name: String,
}

impl Cell<'_> {
    fn run(&self, tools: &Tools, shop: &Workshop, report: &mut Report) -> String {
        match self.ours(tools, shop, report) {
            Ok(got) => {
                self.beside(got, shop, report);
                if matches!(got, Outcome::Tls(_)) { "yes".to_string() } else { got.cell() }
            }
            Err(error) => {
                report.fail(&self.name, self.expected, &error);
                error
            }
        }
    }

    fn options(&self) -> Vec<&'static str> {
        let trust = if self.mode > 0 { self.class.trust } else { &[] };
        [trust, self.class.every].concat()
    }

    fn ours(&self, tools: &Tools, shop: &Workshop, report: &mut Report) -> Result<Outcome, String> {
        let class = self.class;
        let mut command = tools.connection("client", class.host, self.port, USER);
        command.arg(format!("--ssl-mode={}", MODES[self.mode]));
        for option in self.options() {
            command.arg(shop.option(option)?);
        }
        if let Some(verify_name) = class.verify_name {
            command.arg(format!("--verify-name={verify_name}"));
        }
        let seen = program::see(command)?;
        report.check(&self.name, &self.expected, &seen.outcome, &seen.text);
        if self.mode == IDENTITY && !seen.text.contains(class.says) {
            let expected = format!("a message that names {}", class.says);
            report.fail(&self.name, expected, seen.text);
        }
        Ok(seen.outcome)
    }

    /// OpenSSL accepts what we accept and refuses what we refuse.
    fn beside(&self, got: Outcome, shop: &Workshop, report: &mut Report) {
        let class = self.class;
        let name = (self.mode == IDENTITY).then_some(class.verify_name.unwrap_or(class.host));
        let options = self.options();
        let question = Question { port: self.port, options: &options, verify: self.mode > 0, name };
        let beside = format!("{}, beside openssl s_client", self.name);
        match question.ask(shop) {
            Ok(None) => {}
            Ok(Some(theirs)) => {
                let expected = matches!(got, Outcome::Tls(_)) || class.stricter[self.mode];
                report.check(beside, &Verdict(expected), &Verdict(theirs), "");
            }
            Err(error) => report.fail(beside, "a verdict", error),
        }
    }
}

#[derive(PartialEq)]
struct Verdict(bool);

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(if self.0 { "accepted" } else { "refused" })
    }
}
