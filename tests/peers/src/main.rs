//! Runs the C client, the C server, the bindings and the README's program against real servers.
//!
//! `tlsql-peers [--write-docs] [--only=PART]`, after `make examples`.  Fetches the servers once,
//! unpacks them under `target/peers`, runs them on loopback and leaves nothing running.  The parts
//! are `matrix`, `server` (the C server), `programs`, `certificates` (classes of the server's),
//! `clients` (classes of the client's), `pkcs1`, `old-servers`, `groups` (`openssl s_server`
//! behind a greeting), `option-files`, `accounts`, `configurations` (of a server),
//! `generated` (certificates that it made), `real-clients` (those of others against the C server)
//! and `resumption` (both, with sessions).
//! MySQL 9.7 and MariaDB 11.8 are optional: `TLSQL_OPTIONAL_PEERS=1`.

mod accounts;
mod authority;
mod bindings;
mod classes;
mod client;
mod client_classes;
mod client_rules;
mod configurations;
mod debootstrap;
mod docs;
mod drivers;
mod example_server;
mod fetch;
mod front;
mod generated;
mod greeting;
mod groups;
mod kind;
mod login;
mod matrix;
mod maven;
mod old_login;
mod old_servers;
mod option_files;
mod pkcs1;
mod program;
mod quick_start;
mod real_clients;
mod replica;
mod report;
mod resuming;
mod resumption;
mod s_client;
mod server;
mod server_classes;
mod stock_rustls;
mod three_clients;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use authority::Workshop;
use client::{Certificate, Cli, Tools};
use docs::Results;
use fetch::Missing;
use report::Report;
use server::{Installed, Kind};

const PARTS: [&str; 14] = [
    "matrix",
    "server",
    "programs",
    "certificates",
    "clients",
    "pkcs1",
    "old-servers",
    "groups",
    "option-files",
    "accounts",
    "real-clients",
    "configurations",
    "generated",
    "resumption",
];

/// What only the parts about old and unusual servers and about resumption need.
const OLD_SERVERS: [Kind; 6] = [
    Kind::MySql5722,
    Kind::MySql8015,
    Kind::MySql8031,
    Kind::MariaDb10115,
    Kind::MySql97,
    Kind::MariaDb118,
];

/// What a run is asked for.
#[derive(Default)]
struct Wish {
    write_docs: bool,
    only: Option<String>,
}

impl Wish {
    fn of(arguments: impl Iterator<Item = String>) -> Result<Wish, String> {
        let mut wish = Wish::default();
        for argument in arguments {
            match argument.strip_prefix("--only=") {
                Some(part) if PARTS.contains(&part) => wish.only = Some(part.to_string()),
                None if argument == "--write-docs" => wish.write_docs = true,
                _ => return Err(format!("unknown argument {argument}")),
            }
        }
        Ok(wish)
    }

    fn has(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == part)
    }
}

fn main() -> ExitCode {
    let wish = match Wish::of(std::env::args().skip(1)) {
        Ok(wish) => wish,
        Err(error) => {
            eprintln!("tlsql-peers: {error}");
            return ExitCode::from(2);
        }
    };
    let mut report = Report::default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match root.canonicalize().map_err(|e| e.to_string()).and_then(certificates) {
        Ok(tools) => all(tools, &wish, &mut report),
        Err(error) => report.fail("test certificates", "made", error),
    }
    report.finish()
}

fn all(mut tools: Tools, wish: &Wish, report: &mut Report) {
    let peers = tools.root.join("target/peers");
    let mysql = installed(Kind::MySql57, &peers, report);
    let mariadb = installed(Kind::MariaDb1011, &peers, report);
    tools.cli = mariadb.as_ref().map(Cli::of);
    if tools.cli.is_none() {
        report.skip("comparison with the mariadb program", "it comes with MariaDB");
    }
    let shop = workshop(&peers, mysql.as_ref(), wish, report);
    let mut old = Vec::new();
    for kind in OLD_SERVERS {
        let is_wished =
            wish.has("old-servers") || wish.has("resumption") && resumption::meets(kind);
        old.extend(is_wished.then(|| installed(kind, &peers, report)).flatten());
    }

    let mut results = Results::default();
    for server in [&mysql, &mariadb].into_iter().flatten() {
        if wish.has("matrix") {
            results.servers.push((server.kind, matrix::run(server, &tools, report)));
        }
        if wish.has("option-files") {
            option_files::run(server, &tools, report);
        }
    }
    if let (true, Some(shop)) = (wish.has("certificates"), &shop) {
        let servers: Vec<&Installed> = [&mysql, &mariadb].into_iter().flatten().collect();
        results.classes = Some(server_classes::run(&servers, &tools, shop, report));
    }
    if let (true, Some(shop)) = (wish.has("clients"), &shop) {
        match (&mysql, &mariadb) {
            (Some(mysql), Some(mariadb)) => {
                let table = client_classes::run(mysql, mariadb, &tools, shop, report);
                results.clients = Some(table);
            }
            _ => report.skip("classes of client certificate", "needs both servers"),
        }
    }
    if let (true, Some(shop)) = (wish.has("accounts"), &shop) {
        let servers: Vec<&Installed> = [&mysql, &mariadb].into_iter().flatten().collect();
        results.accounts = Some(accounts::run(&servers, &tools, shop, report));
    }
    if let (true, Some(shop)) = (wish.has("configurations"), &shop) {
        let servers = (mysql.as_ref(), mariadb.as_ref());
        results.configurations = configured(servers, &tools, shop, report);
    }
    if wish.has("generated") {
        let servers: Vec<&Installed> = [&mysql, &mariadb].into_iter().flatten().collect();
        generated::run(&servers, &tools, report);
    }
    if let (true, Some(shop)) = (wish.has("pkcs1"), &shop) {
        pkcs1::run(&tools, shop, report);
    }
    if let (true, Some(shop)) = (wish.has("old-servers"), &shop) {
        let servers: Vec<&Installed> =
            [&mysql, &mariadb].into_iter().flatten().chain(&old).collect();
        results.old_servers = old_servers::run(&servers, &tools, shop, report);
    }
    if let (true, Some(shop)) = (wish.has("groups"), &shop) {
        results.groups = groups::run(&tools, shop, report);
    }
    if wish.has("server") {
        match &tools.cli {
            Some(cli) => results.own = Some(example_server::run(cli, &tools, report)),
            None => report.skip(example_server::NAME, "no mariadb program"),
        }
        if let Some(mariadb) = &mariadb {
            old_logins(mariadb, &tools, report);
        }
    }
    if wish.has("real-clients") {
        results.real_clients = real_clients::run(mysql.as_ref(), &tools, report);
    }
    if wish.has("resumption") {
        let servers: Vec<&Installed> =
            [&mysql, &mariadb].into_iter().flatten().chain(&old).collect();
        results.resumption = resumption::run(&servers, &tools, report);
    }
    if wish.has("programs") {
        match &mysql {
            Some(server) => programs(server, &tools, report),
            None => report.skip("bindings, README quick start", "no MySQL 5.7.29"),
        }
    }
    if wish.only.is_some() {
        docs::compare(&tools.root, &results, report);
        return;
    }
    match docs::render(&results) {
        Some(text) => docs::settle(&tools.root, &text, wish.write_docs, report),
        None => report.skip("docs/compatibility.md", "needs a run with all servers"),
    }
}

/// The certificates of all classes, unless no part of the run needs them.
fn workshop(
    peers: &Path,
    mysql: Option<&Installed>,
    wish: &Wish,
    report: &mut Report,
) -> Option<Workshop> {
    const NAME: &str = "classes of certificate";
    if !["certificates", "clients", "pkcs1", "old-servers", "groups", "accounts", "configurations"]
        .iter()
        .any(|part| wish.has(part))
    {
        return None;
    }
    if !fetch::have("openssl") {
        report.skip(NAME, "no openssl program here");
        return None;
    }
    let made = classes::make(peers.join("classes")).and_then(|shop| {
        if let Some(server) = mysql {
            classes::add_generated(&shop, server)?;
        }
        Ok(shop)
    });
    made.inspect_err(|error| report.fail(NAME, "made", error)).ok()
}

/// The programs of others that use the library, against MySQL 5.7.29 with a good certificate.
fn programs(server: &Installed, tools: &Tools, report: &mut Report) {
    match server.start(&tools.server_options(Certificate::Good, &[])) {
        Ok(running) => {
            bindings::run(tools, running.port, report);
            quick_start::run(tools, running.port, report);
        }
        Err(error) => report.fail("bindings, README quick start", "a running server", error),
    }
}

/// A server's configuration, beside MySQL's and MariaDB's.
fn configured(
    (mysql, mariadb): (Option<&Installed>, Option<&Installed>),
    tools: &Tools,
    shop: &Workshop,
    report: &mut Report,
) -> Option<[docs::Table; 2]> {
    match mariadb {
        Some(mariadb) => configurations::refuse(mariadb, tools, shop, report),
        None => report.skip("a certificate that is none", "no MariaDB"),
    }
    if mysql.is_none() {
        report.skip("configurations", "no MySQL 5.7.29");
    }
    configurations::run(mysql?, tools, shop, report)
}

/// MariaDB and the C server get the same logins in a form that no client has today.
fn old_logins(mariadb: &Installed, tools: &Tools, report: &mut Report) {
    match (mariadb.start(&[]), example_server::listen(&[], tools)) {
        (Ok(theirs), Ok(ours)) => {
            let servers = [(mariadb.kind.name(), theirs.port), ("C server", ours.port)];
            old_login::run(&servers, report);
        }
        (theirs, ours) => {
            let errors = [theirs.err(), ours.err()].map(Option::unwrap_or_default).join(" ");
            report.fail("logins before 4.1", "two running servers", errors);
        }
    }
}

fn installed(kind: Kind, peers: &Path, report: &mut Report) -> Option<Installed> {
    let fetched = match kind {
        Kind::MySql57 => fetch::mysql(peers),
        Kind::MariaDb1011 => fetch::mariadb(peers),
        Kind::MySql97 | Kind::MariaDb118 => debootstrap::server(kind, peers),
        other => maven::server(other, peers),
    };
    match fetched {
        Ok(tree) => match Installed::new(kind, tree, peers) {
            Ok(installed) => Some(installed),
            Err(error) => {
                report.fail(kind.name(), "a new data directory", error);
                None
            }
        },
        Err(Missing::Here(reason)) => {
            match kind.is_optional() {
                true => report.skip_optional(kind.name(), reason),
                false => report.skip(kind.name(), reason),
            }
            None
        }
        Err(Missing::Wrong(got)) => {
            report.fail(kind.name(), "the pinned package", got);
            None
        }
    }
}

/// New certificates for every run.
fn certificates(root: PathBuf) -> Result<Tools, String> {
    let certs = root.join("target/peers/certs");
    let _ = fs::remove_dir_all(&certs);
    fs::create_dir_all(&certs).map_err(|e| e.to_string())?;
    let program = root.join("target/release/tlsql-certs");
    let made = Command::new(&program).arg(&certs).output();
    let made = made.map_err(|e| format!("{} (make examples): {e}", program.display()))?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into_owned());
    }
    Ok(Tools { root, certs, cli: None })
}
