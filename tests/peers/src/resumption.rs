//! Sessions that are resumed: clients of others with the C server, and the Python binding with real
//! servers. Each client connects several times, one connection after the other.

use std::fs;
use std::path::Path;

use crate::authority::{self, Workshop};
use crate::client::{Certificate, Tools};
use crate::docs::Table;
use crate::drivers::Driver;
use crate::example_server;
use crate::fetch::{Missing, have};
use crate::report::Report;
use crate::resuming::{CONNECTIONS, Program, Series};
use crate::server::{Installed, Kind, PASSWORD, Running, USER};

const VERSIONS: [&str; 2] = ["TLSv1.2", "TLSv1.3"];

/// What connections of one client are, all behind the first.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Resumed,
    Full,
    /// By error 1045: the server has forgotten the client's certificate.
    Denied,
    /// The peer has no such version.
    NoVersion,
}

use Then::{Denied, Full, NoVersion, Resumed};

impl Then {
    fn label(self) -> &'static str {
        match self {
            Resumed => "resumed",
            Full => "full",
            Denied => "1045",
            NoVersion => "–",
        }
    }

    /// As the programs of `clients/` answer.
    fn answer(self) -> String {
        format!("in full{}", format!(" {}", self.label()).repeat(CONNECTIONS - 1))
    }
}

struct Client {
    name: &'static str,
    program: Program<'static>,
    then: Versions,
}

/// In TLS 1.2 and in TLS 1.3.
type Versions = [Then; 2];

/// A client offers a session where it or its caller keeps one; the server takes it where the policy
/// is the same, which it is here.
const CLIENTS: [Client; 9] = [
    client("openssl s_client", Program::SClient(&[]), [Resumed, Resumed]),
    client("openssl s_client -no_ticket", Program::SClient(&["-no_ticket"]), [Resumed, NoVersion]),
    client("Python's ssl", Program::Lines(Driver::Python("ssl")), [Resumed, Resumed]),
    client(
        "Python's ssl, OP_NO_TICKET",
        Program::Lines(Driver::Python("ssl-ids")),
        [Resumed, NoVersion],
    ),
    client("mysql2 3.24.6 (Node.js)", Program::Lines(Driver::Node), [Resumed, Resumed]),
    client(
        "go-sql-driver/mysql 1.10.1 with a ClientSessionCache",
        Program::Lines(Driver::Go),
        [Resumed, Resumed],
    ),
    client("stock rustls", Program::Rustls, [Resumed, Resumed]),
    // These are given no session by their caller.
    client(
        "mysql-connector-python 9.4.0, C extension (Oracle's libmysqlclient)",
        Program::Lines(Driver::Python("connector-c")),
        [Full, Full],
    ),
    client("mariadb 10.11", Program::MariaDb, [Full, Full]),
];

const fn client(name: &'static str, program: Program<'static>, then: Versions) -> Client {
    Client { name, program, then }
}

/// A real server, and what connections of ours are behind the first.
struct Server {
    kind: Kind,
    then: Versions,
    /// With a certificate of the client's, and an account with `REQUIRE X509`.
    with_certificate: Versions,
    /// The same of OpenSSL's client, which has each session offered.
    openssl_with_certificate: Versions,
}

const fn server(kind: Kind, then: Versions) -> Server {
    Server { kind, then, with_certificate: then, openssl_with_certificate: then }
}

/// MySQL 5.7 and 8.0.15 have no TLS 1.3. MariaDB with wolfSSL forgets the client's certificate with the
/// first connection, and that it has wolfSSL cannot be told.
const SERVERS: [Server; 5] = [
    server(Kind::MySql57, [Resumed, NoVersion]),
    server(Kind::MySql8015, [Resumed, NoVersion]),
    server(Kind::MySql8031, [Resumed, Resumed]),
    Server { with_certificate: [Full, Full], ..server(Kind::MariaDb1011, [Resumed, Resumed]) },
    Server {
        with_certificate: [Full, Full],
        openssl_with_certificate: [Denied, Denied],
        ..server(Kind::MariaDb10115, [Resumed, Resumed])
    },
];

/// Whether connections are made to it.
pub fn meets(kind: Kind) -> bool {
    kind == Kind::MySql97 || SERVERS.iter().any(|server| server.kind == kind)
}

/// Those of `SERVERS` are among the servers given; `None` where a client or a server is missing.
pub fn run(servers: &[&Installed], tools: &Tools, report: &mut Report) -> Option<[Table; 2]> {
    let with_ours =
        if std::env::var("SKIPOURS").is_ok() { None } else { with_our_server(tools, report) };
    let with_theirs = with_real_servers(servers, tools, report);
    with_a_fleet(tools, report);
    let newest = servers.iter().find(|server| server.kind == Kind::MySql97);
    match newest.map(|server| server.tree.base.join("bin/mysql")) {
        Some(program) if program.exists() => newest_client(&program, tools, report),
        _ => report.skip_optional("resumption, mysql 9.7", "no mysql program of MySQL 9.7"),
    }
    Some([with_ours?, with_theirs?])
}

/// What is to be expected of each series, where there is something: `then` is without a certificate
/// and with one.
fn series<'a>(
    then: [&Versions; 2],
    ports: impl Fn(usize) -> Vec<u16>,
    tools: &'a Tools,
) -> Vec<(Then, Series<'a>)> {
    let mut series = Vec::new();
    for (i, version) in VERSIONS.into_iter().enumerate() {
        for (then, certificate) in then.into_iter().zip([false, true]) {
            let one = Series { ports: ports(i), version, certificate, tools };
            series.extend((then[i] != NoVersion).then_some((then[i], one)));
        }
    }
    series
}

fn with_our_server(tools: &Tools, report: &mut Report) -> Option<Table> {
    let running = match start(tools, &[]) {
        Ok(running) => running,
        Err(error) => {
            report.fail("clients that resume", "running servers", error);
            return None;
        }
    };
    let mut table = Table::new("Clients of others with the C server");
    let mut is_whole = true;
    for client in &CLIENTS {
        let then = [&client.then; 2];
        let series = series(then, |i| vec![running[i].port], tools);
        is_whole &= judge(client.name, client.program, &series, report);
        let cells = client.then.map(|then| then.label().to_string());
        table.row(client.name, ["TLS 1.2", "TLS 1.3"].into_iter().zip(cells));
    }
    is_whole.then_some(table)
}

/// It has no `mysql_native_password`.
fn newest_client(program: &Path, tools: &Tools, report: &mut Report) {
    const NAME: &str = "mysql 9.7 --ssl-session-data";
    let started = accounts("resuming-accounts-sha2", "caching_sha2_password", tools)
        .and_then(|accounts| start(tools, &[&accounts]));
    match started {
        Ok(running) => {
            let ports = |i: usize| vec![running[i].port];
            let series = series([&[Resumed, Resumed]; 2], ports, tools);
            judge(NAME, Program::MySql(program), &series, report);
        }
        Err(error) => report.fail(NAME, "running servers", error),
    }
}

/// Servers in processes of their own, which resume each other's sessions where they have the same keys.
fn with_a_fleet(tools: &Tools, report: &mut Report) {
    const S_CLIENT: (&str, Program) = ("openssl s_client", Program::SClient(&[]));
    const RUSTLS: (&str, Program) = ("stock rustls", Program::Rustls);
    for (what, keys, then) in [
        ("the same ticket keys", &["one.keys", "one.keys"][..], Resumed),
        ("a change of keys", &["one.keys", "both.keys", "two.keys"], Resumed),
        ("other ticket keys", &["one.keys", "two.keys"], Full),
    ] {
        // In TLS 1.2 s_client does not write down the ticket of a connection that it resumed.
        let clients = if keys.len() > 2 { &[RUSTLS][..] } else { &[S_CLIENT, RUSTLS] };
        let name = format!("servers with {what}");
        let started: Result<Vec<_>, _> = keys.iter().map(|keys| start_with(keys, tools)).collect();
        let running = match started {
            Ok(running) => running,
            Err(error) => {
                report.fail(name, "running servers", error);
                continue;
            }
        };
        let ports = |i: usize| running.iter().map(|server| server[i].port).collect();
        for (client, program) in clients {
            let series = series([&[then, then]; 2], ports, tools);
            judge(&format!("{name}, {client}"), *program, &series, report);
        }
    }
}

/// The C server with each version, and ticket keys of a file that is made here.
fn start_with(keys: &str, tools: &Tools) -> Result<Vec<Running>, String> {
    let dir = tools.root.join("target/peers");
    let [one, two] = [[0x11; 48], [0x22; 48]];
    for (name, content) in
        [("one.keys", one.to_vec()), ("two.keys", two.to_vec()), ("both.keys", [two, one].concat())]
    {
        fs::write(dir.join(name), content).map_err(|e| e.to_string())?;
    }
    start(tools, &[&format!("--ticket-keys={}", dir.join(keys).display())])
}

fn with_real_servers(servers: &[&Installed], tools: &Tools, report: &mut Report) -> Option<Table> {
    const NAME: &str = "resumption with real servers";
    if !have("openssl") {
        report.skip(NAME, "no openssl program here");
        return None;
    }
    let certs = match rsa_certificates(tools) {
        Ok(shop) => shop.dir,
        Err(error) => {
            report.fail(NAME, "certificates", error);
            return None;
        }
    };
    let tools = &Tools { root: tools.root.clone(), certs, cli: None };
    let mut table = Table::new("tlsql's client with real servers");
    let mut is_whole = true;
    for server in &SERVERS {
        match servers.iter().find(|installed| installed.kind == server.kind) {
            Some(installed) => is_whole &= server.meet(installed, tools, report),
            None => is_whole = false,
        }
        let cells = [0, 1].map(|i| summary(server.then[i], server.with_certificate[i]));
        table.row(server.kind.name(), ["TLS 1.2", "TLS 1.3"].into_iter().zip(cells));
    }
    is_whole.then_some(table)
}

impl Server {
    /// What they are where nothing is resumed.
    fn full(&self) -> Versions {
        self.then.map(|then| if then == NoVersion { NoVersion } else { Full })
    }

    /// Returns `false` if a client is missing.
    fn meet(&self, server: &Installed, tools: &Tools, report: &mut Report) -> bool {
        let name = format!("resumption, {}", self.kind.name());
        let running = match server.start(&tools.server_options(Certificate::Good, &[])) {
            Ok(running) => running,
            Err(error) => {
                report.fail(name, "a running server", error);
                return true;
            }
        };
        let mut is_whole = true;
        for (client, driver, then) in [
            ("tlsql", Driver::Binding("tlsql"), [&self.then, &self.with_certificate]),
            ("OpenSSL", Driver::Python("ssl"), [&self.then, &self.openssl_with_certificate]),
            ("tlsql without a cache", Driver::Binding("tlsql-no-cache"), [&self.full(); 2]),
        ] {
            let series = series(then, |_| vec![running.port], tools);
            let name = format!("{client}, {}", self.kind.name());
            is_whole &= judge(&name, Program::Lines(driver), &series, report);
        }
        running.kill();
        is_whole
    }
}

/// Without a certificate of the client's and with one; told once where they are one.
fn summary(without: Then, with: Then) -> String {
    match without == with {
        true => without.label().to_string(),
        false => format!("{}; with a certificate: {}", without.label(), with.label()),
    }
}

/// MySQL 8.0.15 has no suite for another key.
fn rsa_certificates(tools: &Tools) -> Result<Workshop, String> {
    let shop = Workshop::new(tools.root.join("target/peers/resuming"))?;
    for name in ["ca", "server", "client"] {
        shop.key(name, 2048)?;
    }
    shop.self_signed("ca", "/CN=ca", "ca", Some(authority::CA))?;
    let ca = shop.authority("ca", "ca")?;
    ca.issue("server-cert", "/CN=localhost", "server", "subjectAltName=DNS:localhost\n")?;
    ca.issue("client-cert", "/CN=client", "client", "")?;
    Ok(shop)
}

/// The C server with each version.
fn start(tools: &Tools, more: &[&str]) -> Result<Vec<Running>, String> {
    let accounts = accounts("resuming-accounts", "mysql_native_password", tools)?;
    let start = |version| {
        let version_option = format!("--tls-version={version}");
        let more = [&[version_option.as_str(), &accounts], more].concat();
        let options = tools.server_options(Certificate::Good, &more);
        example_server::listen(&options, tools)
    };
    VERSIONS.into_iter().map(start).collect()
}

/// The option for accounts of this plugin.
fn accounts(file: &str, plugin: &str, tools: &Tools) -> Result<String, String> {
    let path = tools.root.join("target/peers").join(file);
    let lines = [("", "NONE"), ("_x509", "X509")]
        .map(|(end, require)| format!("{USER}{end} {PASSWORD} {plugin} REQUIRE {require}\n"));
    fs::write(&path, lines.concat()).map_err(|e| e.to_string())?;
    Ok(format!("--accounts={}", path.display()))
}

/// Compares what became of each series; returns `false` if the client is missing.
fn judge(client: &str, program: Program, expected: &[(Then, Series)], report: &mut Report) -> bool {
    let (expected, series): (Vec<Then>, Vec<&Series>) =
        expected.iter().map(|(then, series)| (*then, series)).unzip();
    let answers = match program.answers(&series) {
        Ok(answers) => answers,
        Err(Missing::Here(reason)) => {
            report.skip(format!("resumption, {client}"), reason);
            return false;
        }
        Err(Missing::Wrong(got)) => {
            report.fail(format!("resumption, {client}"), "an answer to each line", got);
            return true;
        }
    };
    for ((then, series), answer) in expected.iter().zip(&series).zip(&answers) {
        let name = format!("resumption, {client}, {}", series.name());
        report.check(name, &then.answer(), answer, "");
    }
    true
}
