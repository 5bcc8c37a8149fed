//! One server as three clients see it: ours, OpenSSL's and stock rustls.
//!
//! OpenSSL's is `openssl s_client` with everything allowed that it still has: security level 0, TLS
//! 1.0, servers without secure renegotiation. That is what MySQL's own clients could do while these
//! servers were new; what it refuses nobody can have.

use std::process::{Command, Stdio};

use crate::authority::{Workshop, path};
use crate::client::Tools;
use crate::docs::Table;
use crate::report::Report;
use crate::server::{USER, USER_NATIVE};
use crate::stock_rustls;

/// Of a server's certificate; all are signed by `ca.pem` and name `localhost`.
#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    /// X.509 version 1, with a common name: the manual's recipe.
    V1,
    CommonName,
    San,
    /// As [`Form::San`], with a key on P-256; the others have RSA keys.
    Ecdsa,
    /// As [`Form::San`], and names `127.0.0.1` instead.
    SanAddress,
}

pub const FORMS: [Form; 4] = [Form::V1, Form::CommonName, Form::San, Form::Ecdsa];

impl Form {
    pub fn label(self) -> &'static str {
        match self {
            Form::V1 => "v1",
            Form::CommonName => "CN",
            Form::San => "SAN",
            Form::Ecdsa => "ECDSA",
            Form::SanAddress => "SAN IP",
        }
    }

    /// Certificate and key, in the workshop.
    pub fn files(self) -> (&'static str, &'static str) {
        match self {
            Form::V1 => ("manual.pem", "leaf-key.pem"),
            Form::CommonName => ("cn.pem", "leaf-key.pem"),
            Form::San => ("san.pem", "leaf-key.pem"),
            Form::Ecdsa => ("ecdsa.pem", "ecdsa-key.pem"),
            Form::SanAddress => ("san-ip.pem", "leaf-key.pem"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    Disabled,
    Preferred,
    Required,
    VerifyCa,
    VerifyIdentity,
}

pub const MODES: [Mode; 5] =
    [Mode::Disabled, Mode::Preferred, Mode::Required, Mode::VerifyCa, Mode::VerifyIdentity];

impl Mode {
    pub fn label(self) -> &'static str {
        match self {
            Mode::Disabled => "DISABLED",
            Mode::Preferred => "PREFERRED",
            Mode::Required => "REQUIRED",
            Mode::VerifyCa => "VERIFY_CA",
            Mode::VerifyIdentity => "VERIFY_IDENTITY",
        }
    }

    pub fn verifies(self) -> bool {
        matches!(self, Mode::VerifyCa | Mode::VerifyIdentity)
    }
}

/// What becomes of TLS with a server, for each client: a TLS version and a suite, or a refusal.
///
/// OpenSSL refuses with [`REFUSED`], stock rustls with the word of its error, we with our code.
#[derive(Clone, Copy)]
pub struct Expect {
    pub ours: &'static str,
    pub openssl: &'static str,
    pub rustls: &'static str,
    /// What our message tells of the cause.
    pub says: &'static str,
}

pub const REFUSED: &str = "refused";
pub const CLEAR: &str = "clear text";
/// The greeting has no CLIENT_SSL, for [`Expect`] of all three.
pub const NO_TLS: &str = "no TLS offered";
const NO_TLS_CODE: &str = "TLSQL_E_NO_TLS_OFFERED";

/// Refusals of servers that OpenSSL's client takes, each explained in `docs/errors.md`.
const EXPLAINED: [&str; 6] = [
    "TLSQL_E_CBC_ONLY",
    "TLSQL_E_RSA_KEY_EXCHANGE",
    "TLSQL_E_OLD_TLS",
    "TLSQL_E_CIPHER",
    "TLSQL_E_DH_GROUP",
    "TLSQL_E_DH_SMALL",
];

/// All three alike.
pub const fn all(agreed: &'static str) -> Expect {
    Expect::new(agreed, agreed, agreed)
}

/// What stock rustls lacks.
pub const fn not_stock(agreed: &'static str) -> Expect {
    Expect::new(agreed, agreed, "HandshakeFailure")
}

/// Refused by us with what `code` stands for, and by stock rustls.
pub const fn refused(code: &'static str, openssl: &'static str) -> Expect {
    Expect::new(code, openssl, "HandshakeFailure")
}

impl Expect {
    pub const fn new(ours: &'static str, openssl: &'static str, rustls: &'static str) -> Expect {
        Expect { ours, openssl, rustls, says: "" }
    }

    pub const fn saying(self, says: &'static str) -> Expect {
        Expect { says, ..self }
    }

    fn ours(&self, mode: Mode) -> &'static str {
        match (mode, self.ours) {
            (Mode::Disabled, _) | (Mode::Preferred, NO_TLS) => CLEAR,
            (_, NO_TLS) => NO_TLS_CODE,
            (_, ours) => ours,
        }
    }

    /// Stock rustls checks no certificate of version 1, and no common name.
    fn rustls(&self, form: Form, mode: Mode) -> &'static str {
        match (form, mode) {
            _ if !self.rustls.starts_with("TLSv") => self.rustls,
            (Form::V1, _) => "UnsupportedCertVersion",
            (Form::CommonName, Mode::VerifyIdentity) => "NotValidForName",
            _ => self.rustls,
        }
    }

    /// A server that chose a suite of a kind that is not spoken is told which.
    fn says(&self) -> &'static str {
        let suite = || self.openssl.split_once(' ').map_or("", |(_, suite)| suite);
        match self.ours {
            "TLSQL_E_CBC_ONLY" | "TLSQL_E_RSA_KEY_EXCHANGE" if self.says.is_empty() => suite(),
            _ => self.says,
        }
    }

    /// As a table's cells say it: the same as OpenSSL, or a refusal that is explained.
    fn holds(&self) -> bool {
        self.ours == self.openssl
            || (self.openssl == REFUSED && !self.ours.starts_with("TLSv"))
            || EXPLAINED.contains(&self.ours)
    }
}

/// A server that runs, and what each client does there.
pub struct Meeting<'a> {
    pub name: &'a str,
    pub host: &'a str,
    pub port: u16,
    pub form: Form,
    /// More options of our client.
    pub options: &'a [&'a str],
    pub expect: Expect,
    pub modes: &'a [Mode],
}

/// What one client did: in one word, and all that it wrote.
pub struct Did {
    pub word: String,
    pub text: String,
}

impl Did {
    pub fn new(word: impl Into<String>, text: impl Into<String>) -> Did {
        Did { word: word.into(), text: text.into() }
    }
}

/// For ours, OpenSSL and stock rustls: what came of the four modes that may use TLS.
pub type Columns = [Vec<String>; 3];

impl Meeting<'_> {
    /// DISABLED is ours alone, the others have no such mode.
    pub fn run(&self, tools: &Tools, shop: &Workshop, report: &mut Report) -> Columns {
        let form = self.form;
        if !self.expect.holds() {
            report.fail(self.name, "OpenSSL's outcome or an explained refusal", self.expect.ours);
        }
        let mut columns = Columns::default();
        for &mode in self.modes {
            let name = format!("{}, {}, {}", self.name, form.label(), mode.label());
            let ours = self.ours(mode, tools, shop);
            let says = self.expect.says();
            if let (Mode::VerifyCa, false, Ok(did)) = (mode, says.is_empty(), &ours) {
                let told = did.text.contains(says);
                report.check(format!("{name}, says {says:?}"), &true, &told, &did.text);
            }
            let ours = compare(&name, self.expect.ours(mode), ours, report);
            if mode == Mode::Disabled {
                continue;
            }
            columns[0].push(ours);
            let name_openssl = format!("{name}, openssl s_client");
            let theirs = self.openssl(mode, shop);
            columns[1].push(compare(&name_openssl, self.expect.openssl, theirs, report));
            let name_rustls = format!("{name}, stock rustls");
            let expected = self.expect.rustls(form, mode);
            let theirs = stock_rustls::meet(self.host, self.port, mode, &shop.dir.join("ca.pem"));
            columns[2].push(compare(&name_rustls, expected, Ok(theirs), report));
        }
        columns
    }

    fn ours(&self, mode: Mode, tools: &Tools, shop: &Workshop) -> Result<Did, String> {
        const QUERY: &str = "SHOW STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')";
        // In clear text a password must not need TLS.
        let user = if mode == Mode::Disabled { USER_NATIVE } else { USER };
        let mut command = tools.asking("client", self.host, self.port, user, QUERY);
        command.arg(format!("--ssl-mode={}", mode.label()));
        if mode.verifies() {
            command.arg(format!("--ssl-ca={}", path(&shop.dir, "ca.pem")));
        }
        if mode != Mode::Disabled {
            for option in self.options {
                command.arg(shop.option(option)?);
            }
        }
        let output = command.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
        let out = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        let value = |name: &str| out.lines().find_map(|line| line.strip_prefix(name));
        let word = match (value("Ssl_version\t"), value("Ssl_cipher\t")) {
            (Some(""), Some("")) => CLEAR.to_string(),
            (Some(version), Some(suite)) => format!("{version} {}", wolfssl(suite)),
            _ => code(&error).unwrap_or("no outcome").to_string(),
        };
        Ok(Did::new(word, format!("{out}{error}")))
    }

    fn openssl(&self, mode: Mode, shop: &Workshop) -> Result<Did, String> {
        let mut command = Command::new("timeout");
        command
            .args(["20", "openssl", "s_client", "-starttls", "mysql", "-brief", "-connect"])
            .arg(format!("127.0.0.1:{}", self.port))
            .args(["-no-CAfile", "-no-CApath", "-no-CAstore"])
            .args(["-cipher", "DEFAULT:@SECLEVEL=0", "-min_protocol", "TLSv1"])
            .arg("-legacy_server_connect")
            .current_dir(&shop.dir)
            .stdin(Stdio::null());
        if mode.verifies() {
            command.args(["-CAfile", "ca.pem", "-verify_return_error", "-purpose", "sslserver"]);
        }
        if mode == Mode::VerifyIdentity {
            let is_address = self.host.parse::<std::net::IpAddr>().is_ok();
            command.args([if is_address { "-verify_ip" } else { "-verify_hostname" }, self.host]);
        }
        let output = command.output().map_err(|e| format!("openssl s_client: {e}"))?;
        let status = output.status.code();
        let both = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&both);
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let word = match (status, value("Protocol version: "), value("Ciphersuite: ")) {
            (Some(0), Some(version), Some(suite)) => format!("{version} {suite}"),
            (Some(1), ..) if text.contains("server does not support SSL") => NO_TLS.to_string(),
            (Some(1), ..) => REFUSED.to_string(),
            (status, ..) => format!("exit status {status:?}"),
        };
        Ok(Did::new(word, text))
    }
}

fn compare(name: &str, expected: &str, got: Result<Did, String>, report: &mut Report) -> String {
    match got {
        Ok(did) => {
            report.check(name, &expected, &did.word.as_str(), &did.text);
            did.word
        }
        Err(error) => {
            report.fail(name, expected, &error);
            error
        }
    }
}

/// The name in `ERROR 2026 (HY000): text [TLSQL_E_NAME]`.
fn code(error: &str) -> Option<&str> {
    let line = error.lines().find(|line| line.starts_with("ERROR "))?;
    let (_, name) = line.rsplit_once('[')?;
    name.trim_end().strip_suffix(']')
}

/// wolfSSL has names of its own for the suites of TLS 1.3.
fn wolfssl(suite: &str) -> String {
    match suite.strip_prefix("TLS13-") {
        Some(rest) => format!("TLS_{}", rest.replace("AES", "AES_").replace('-', "_")),
        None => suite.to_string(),
    }
}

/// Rows of a table: servers and forms of certificate with the same outcome share one.
#[derive(Default)]
pub struct Collected {
    rows: Vec<Row>,
}

struct Row {
    group: &'static str,
    titles: Vec<&'static str>,
    forms: Vec<Form>,
    columns: Columns,
}

impl Collected {
    /// The forms of one title come one after the other.
    pub fn add(&mut self, group: &'static str, title: &'static str, form: Form, columns: Columns) {
        let of_title =
            |row: &&mut Row| row.group == group && row.titles == [title] && row.columns == columns;
        match self.rows.iter_mut().find(of_title) {
            Some(row) => row.forms.push(form),
            None => self.rows.push(Row { group, titles: vec![title], forms: vec![form], columns }),
        }
    }

    pub fn table(self, title: &'static str) -> Table {
        let mut merged: Vec<Row> = Vec::new();
        for row in self.rows {
            let alike = |known: &&mut Row| {
                (known.group, &known.forms, &known.columns) == (row.group, &row.forms, &row.columns)
            };
            match merged.iter_mut().find(alike) {
                Some(known) => known.titles.extend(row.titles),
                None => merged.push(row),
            }
        }
        let mut table = Table::new(title);
        for row in merged {
            let forms: Vec<_> = row.forms.iter().map(|form| form.label()).collect();
            let titles = row.titles.join("; ");
            let mut cells = vec![("certificate", forms.join(", "))];
            let outcomes = row.columns.iter().map(|outcomes| summary(outcomes));
            cells.extend(["tlsql", "OpenSSL", "stock rustls"].into_iter().zip(outcomes));
            if row.group.is_empty() {
                table.row(&titles, cells);
            } else {
                cells.insert(0, ("run with", titles));
                table.row(row.group, cells);
            }
        }
        table
    }
}

/// What stands in a cell for the outcomes of the four modes.
fn summary(outcomes: &[String]) -> String {
    let Some(first) = outcomes.first() else { return String::new() };
    let mut text = first.clone();
    let mut before = first;
    for (outcome, mode) in outcomes.iter().zip(&MODES[1..]) {
        if outcome != before {
            let from = if *mode == Mode::VerifyIdentity { "" } else { "from " };
            text = format!("{text}; {from}{}: {outcome}", mode.label());
            before = outcome;
        }
    }
    text
}
