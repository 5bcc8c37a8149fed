//! Twelve accounts, each with another REQUIRE, and seven ways to come: our server, MySQL 5.7.29 and
//! MariaDB 10.11 admit and refuse the same.
//!
//! A name in one line is OpenSSL's text, of which there are two forms: MySQL 5.7.29 has that of
//! OpenSSL 1.1.1, MariaDB 10.11 that of OpenSSL 3. Our server stands beside each with the profile
//! and the `one_line` of that one, and where the forms differ both lines are asked for.

use std::fs;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CipherSuite, ClientConfig};

use crate::authority::{Workshop, path};
use crate::client::Tools;
use crate::docs::Table;
use crate::example_server;
use crate::login::log_in;
use crate::report::Report;
use crate::server::{Installed, Kind, PASSWORD, Running};
use crate::stock_rustls;
use crate::three_clients::Mode;

struct Account {
    title: &'static str,
    /// Behind REQUIRE, for a certificate with these names.
    clause: fn(issuer: &str, subject: &str) -> String,
    /// In the order of [`WAYS`].
    expect: [Expect; WAYS.len()],
}

/// What a connection presents.
struct Way {
    title: &'static str,
    /// Of users' names, and of a certificate's files.
    key: &'static str,
    tls: bool,
    certificate: bool,
    issuer: &'static str,
    /// In the forms of OpenSSL 1.1.1 and 3.
    subject: [&'static str; 2],
}

#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Yes,
    No,
    /// MariaDB asks for no certificate where CIPHER stands alone.
    NoButMariaDb,
    /// Yes, with the line of the server's own OpenSSL.
    OwnForm,
    /// The same, but that ours takes no line of OpenSSL 1.1.1: it could be another name's.
    OnlyNewForm,
}

use Expect::{
    No as NO, NoButMariaDb as CIPHER_ALONE, OnlyNewForm as NEW, OwnForm as OWN, Yes as YES,
};

impl Expect {
    fn cell(self) -> &'static str {
        match self {
            YES => "yes",
            NO => "no",
            CIPHER_ALONE => "no; MariaDB: yes",
            OWN => "`openssl1` as 5.7.29, `openssl3` as MariaDB",
            NEW => "`openssl3` as MariaDB; 5.7.29 takes its own line, `openssl1` none",
        }
    }

    fn admits(self, server: &Server, line: Form) -> bool {
        match self {
            YES => true,
            NO => false,
            CIPHER_ALONE => server.form == Form::OpenSsl3,
            OWN => line == server.form,
            NEW => line == server.form && !(server.is_ours && line == Form::OpenSsl1),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    OpenSsl1,
    OpenSsl3,
}

const SUITE: &str = "ECDHE-RSA-AES128-GCM-SHA256";
const OTHER_SUITE: &str = "ECDHE-RSA-AES256-GCM-SHA384";
const ROOT: &str = "/O=tlsql/CN=test root";
const SUB: &str = "/CN=test intermediate";
const GOOD: &str = "/C=SE/O=tlsql/CN=good client";
const SUB_CLIENT: &str = "/C=SE/O=tlsql/CN=sub client";
/// The `openssl` program takes each of the two octets of an `ë` for a character of Latin-1.
const NOT_ASCII: &str = r"/C=SE/O=tlsql/CN=zo\xC3\x83\xC2\xAB";

#[rustfmt::skip]
const WAYS: [Way; 7] = [
    Way { tls: false, ..way("clear text", "good", ROOT, [GOOD, GOOD]) }.without(),
    way("no certificate", "good", ROOT, [GOOD, GOOD]).without(),
    way("good", "good", ROOT, [GOOD, GOOD]),
    way("of a sub-CA", "sub", SUB, [SUB_CLIENT, SUB_CLIENT]),
    way("`/` in a value", "slash", ROOT,
        ["/C=SE/O=tlsql/CN=cl/OU=ient", r"/C=SE/O=tlsql/CN=cl\/OU=ient"]),
    way("multi-valued RDN", "multi", ROOT,
        ["/C=SE/O=tlsql/OU=a/CN=multi", "/C=SE/O=tlsql/OU=a+CN=multi"]),
    way("not ASCII", "other", ROOT, [NOT_ASCII, NOT_ASCII]),
];

const fn way(
    title: &'static str,
    key: &'static str,
    issuer: &'static str,
    subject: [&'static str; 2],
) -> Way {
    Way { title, key, tls: true, certificate: true, issuer, subject }
}

impl Way {
    const fn without(self) -> Way {
        Way { certificate: false, ..self }
    }

    fn subject(&self, form: Form) -> &'static str {
        self.subject[usize::from(form == Form::OpenSsl3)]
    }
}

#[rustfmt::skip]
const ACCOUNTS: [Account; 12] = [
    account("NONE", |_, _| "NONE".into(), [YES, YES, YES, YES, YES, YES, YES]),
    account("SSL", |_, _| "SSL".into(), [NO, YES, YES, YES, YES, YES, YES]),
    account("X509", |_, _| "X509".into(), [NO, NO, YES, YES, YES, YES, YES]),
    account("CIPHER", |_, _| text("CIPHER", SUITE), [NO, CIPHER_ALONE, YES, YES, YES, YES, YES]),
    account("CIPHER, another", |_, _| text("CIPHER", OTHER_SUITE), [NO, NO, NO, NO, NO, NO, NO]),
    account("ISSUER", |issuer, _| text("ISSUER", issuer), [NO, NO, YES, YES, YES, YES, YES]),
    account("SUBJECT", |_, subject| text("SUBJECT", subject), [NO, NO, YES, YES, NEW, OWN, YES]),
    account("SUBJECT, one byte different",
        |_, subject| text("SUBJECT", &subject.replace("tlsql", "tlsqm")),
        [NO, NO, NO, NO, NO, NO, NO]),
    account("SUBJECT, other case",
        |_, subject| text("SUBJECT", &subject.replace("tlsql", "TLSQL")),
        [NO, NO, NO, NO, NO, NO, NO]),
    account("SUBJECT, other order",
        |_, subject| text("SUBJECT", &subject.replace("/C=SE/O=tlsql", "/O=tlsql/C=SE")),
        [NO, NO, NO, NO, NO, NO, NO]),
    account("ISSUER and SUBJECT",
        |issuer, subject| [text("ISSUER", issuer), text("SUBJECT", subject)].join(" AND "),
        [NO, NO, YES, YES, NEW, OWN, YES]),
    account("all three",
        |issuer, subject| [text("SUBJECT", subject), text("ISSUER", issuer), text("CIPHER", SUITE)]
            .join(" AND "),
        [NO, NO, YES, YES, NEW, OWN, YES]),
];

const fn account(
    title: &'static str,
    clause: fn(&str, &str) -> String,
    expect: [Expect; WAYS.len()],
) -> Account {
    Account { title, clause, expect }
}

/// A word of a clause with its text, as a literal of SQL.
fn text(word: &str, text: &str) -> String {
    format!("{word} '{}'", text.replace('\\', r"\\"))
}

/// A running server, and what its names look like.
struct Server {
    name: String,
    form: Form,
    is_ours: bool,
    running: Running,
}

/// All cells, as one table of `docs/compatibility.md`.
pub fn run(servers: &[&Installed], tools: &Tools, shop: &Workshop, report: &mut Report) -> Table {
    let mut table = Table::new("Who is admitted");
    for account in &ACCOUNTS {
        for (way, expect) in WAYS.iter().zip(account.expect) {
            table.push(account.title, way.title, expect.cell().to_string());
        }
    }
    for server in servers {
        let name = format!("accounts, {}", server.kind.name());
        let seen = files(shop).and_then(|()| Pair::start(server, tools, shop));
        match seen.and_then(|pair| pair.compare(shop, report)) {
            Ok(()) => {}
            Err(error) => report.fail(name, "two running servers", error),
        }
    }
    table
}

/// The certificates of clients.
fn files(shop: &Workshop) -> Result<(), String> {
    const LEAF: Option<&str> = Some("basicConstraints=CA:FALSE\n");
    let ca = shop.authority("ca", "ca")?;
    ca.recipe("account-good", GOOD, "client", LEAF)?;
    ca.recipe("account-slash", r"/C=SE/O=tlsql/CN=cl\/OU=ient", "client", LEAF)?;
    ca.recipe("account-multi", "/C=SE/O=tlsql/OU=a+CN=multi", "client", LEAF)?;
    ca.recipe("account-other", "/C=SE/O=tlsql/CN=zoë", "client", LEAF)?;
    shop.authority("sub", "sub")?.recipe("account-leaf", SUB_CLIENT, "client", LEAF)?;
    shop.join("account-sub.pem", &["account-leaf.pem", "sub.pem"])
}

/// A real server, and ours as it should be beside it.
struct Pair {
    theirs: Server,
    ours: Server,
}

impl Pair {
    fn start(server: &Installed, tools: &Tools, shop: &Workshop) -> Result<Pair, String> {
        let (form, profile) = match server.kind {
            Kind::MySql57 => (Form::OpenSsl1, "mysql57"),
            _ => (Form::OpenSsl3, "mariadb"),
        };
        let (sql, lines) = (shop.dir.join("accounts.sql"), shop.dir.join("accounts"));
        let created = users().map(|(user, clause)| {
            format!("CREATE USER '{user}'@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE {clause};\n")
        });
        fs::write(&sql, created.collect::<String>()).map_err(|e| e.to_string())?;
        let one_line = if form == Form::OpenSsl1 { " ONE_LINE openssl1" } else { "" };
        let listed = users().map(|(user, clause)| {
            format!("{user} {PASSWORD} mysql_native_password REQUIRE {clause}{one_line}\n")
        });
        fs::write(&lines, listed.collect::<String>()).map_err(|e| e.to_string())?;
        let file = |option: &str, name: &str| format!("--{option}={}", path(&shop.dir, name));
        let tls = [
            file("ssl-ca", "ca.pem"),
            file("ssl-cert", "san.pem"),
            file("ssl-key", "leaf-key.pem"),
        ];
        let theirs = server.start(&[&tls[..], &[file("init-file", "accounts.sql")]].concat())?;
        let own = [file("accounts", "accounts"), format!("--tlsql-profile={profile}")];
        let ours = example_server::listen(&[&tls[..], &own].concat(), tools)?;
        let (name, own_name) =
            (server.kind.name().to_string(), format!("C server, profile {profile}"));
        Ok(Pair {
            theirs: Server { name, form, is_ours: false, running: theirs },
            ours: Server { name: own_name, form, is_ours: true, running: ours },
        })
    }

    fn compare(&self, shop: &Workshop, report: &mut Report) -> Result<(), String> {
        for (i, way) in WAYS.iter().enumerate() {
            let tls = if way.tls { Some(Arc::new(config(way, shop)?)) } else { None };
            for (n, account) in ACCOUNTS.iter().enumerate() {
                for line in lines(account, way) {
                    let user = user(n, way, line);
                    let name = format!("account {}, {}, {user}", account.title, way.title);
                    self.meet(&name, &user, line, account.expect[i], tls.as_ref(), report);
                }
            }
        }
        Ok(())
    }

    /// One user at both servers: the expected outcome, and one and the same refusal.
    fn meet(
        &self,
        name: &str,
        user: &str,
        line: Form,
        expect: Expect,
        tls: Option<&Arc<ClientConfig>>,
        report: &mut Report,
    ) {
        let mut refusals = Vec::new();
        for server in [&self.theirs, &self.ours] {
            let name = format!("{}, {name}", server.name);
            let expected = outcome(if expect.admits(server, line) { Ok(()) } else { Err(1045) });
            match log_in(server.running.port, tls, user, PASSWORD) {
                Err(error) => report.fail(name, expected, error),
                Ok(session) => {
                    let got = session.result();
                    report.check(name, &expected, &outcome(got), "");
                    if got.is_err() {
                        refusals.push(session.answer);
                    }
                }
            }
        }
        let Some(ours) = refusals.last().filter(|_| !expect.admits(&self.ours, line)) else {
            return;
        };
        if refusals.first() != Some(ours) {
            let theirs = refusals.first().map(|answer| shown(answer)).unwrap_or_default();
            report.fail(format!("{name}: one refusal"), theirs, shown(ours));
        }
        match log_in(self.ours.running.port, tls, user, "wrong") {
            Ok(session) if session.answer == *ours => {}
            Ok(session) => {
                let name = format!("{name}: as a wrong password");
                report.fail(name, shown(&session.answer), shown(ours));
            }
            Err(error) => report.fail(format!("{name}: a wrong password"), "a refusal", error),
        }
    }
}

fn outcome(result: Result<(), u16>) -> String {
    result.map_or_else(|errno| format!("error {errno}"), |()| "admitted".to_string())
}

/// A packet's header in hexadecimal, and its text.
fn shown(packet: &[u8]) -> String {
    let (header, payload) = packet.split_at(packet.len().min(4));
    format!("{header:02x?} {:?}", String::from_utf8_lossy(payload))
}

/// All users and their clauses.
fn users() -> impl Iterator<Item = (String, String)> {
    // A way without a certificate has the users of the good one.
    WAYS.iter().filter(|way| way.certificate).flat_map(|way| {
        ACCOUNTS.iter().enumerate().flat_map(move |(n, account)| {
            lines(account, way).map(move |line| {
                (user(n, way, line), (account.clause)(way.issuer, way.subject(line)))
            })
        })
    })
}

/// The forms in which an account can be written for a certificate, one where they do not differ.
fn lines(account: &Account, way: &Way) -> impl Iterator<Item = Form> {
    let clause = |form| (account.clause)(way.issuer, way.subject(form));
    let differ = clause(Form::OpenSsl1) != clause(Form::OpenSsl3);
    [Form::OpenSsl1, Form::OpenSsl3].into_iter().take(if differ { 2 } else { 1 })
}

fn user(n: usize, way: &Way, line: Form) -> String {
    let form = if line == Form::OpenSsl1 { "old" } else { "new" };
    format!("{}_{n}_{form}", way.key)
}

/// TLS 1.2 with one suite, so that all servers agree on it.
fn config(way: &Way, shop: &Workshop) -> Result<ClientConfig, String> {
    let mut provider: CryptoProvider = ring::default_provider();
    let suite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
    provider.cipher_suites.retain(|known| known.suite() == suite);
    let provider = Arc::new(provider);
    let verifier = stock_rustls::verifier(Mode::Required, &shop.dir.join("ca.pem"), &provider);
    let verifier = verifier.map_err(|e| format!("{e:?}"))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    if !way.certificate {
        return Ok(builder.with_no_client_auth());
    }
    let chain = CertificateDer::pem_file_iter(shop.dir.join(format!("account-{}.pem", way.key)));
    let chain = chain.and_then(Iterator::collect).map_err(|e| e.to_string())?;
    let key = PrivateKeyDer::from_pem_file(shop.dir.join("client-key.pem"));
    let key = key.map_err(|e| e.to_string())?;
    builder.with_client_auth_cert(chain, key).map_err(|e| e.to_string())
}
