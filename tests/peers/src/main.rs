//! Runs the C client, the C server, the bindings and the README's program against real servers.
//!
//! `tlsql-peers [--write-docs]`, after `make examples`.  Fetches MySQL 5.7.29 and MariaDB 10.11
//! once, unpacks them under `target/peers`, runs them on loopback and leaves nothing running.

mod bindings;
mod client;
mod docs;
mod example_server;
mod fetch;
mod matrix;
mod program;
mod quick_start;
mod report;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use client::{Certificate, Cli, Tools};
use fetch::Missing;
use report::Report;
use server::{Installed, Kind};

fn main() -> ExitCode {
    let mut write_docs = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--write-docs" => write_docs = true,
            other => {
                eprintln!("tlsql-peers: unknown argument {other}");
                return ExitCode::from(2);
            }
        }
    }
    let mut report = Report::default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match root.canonicalize().map_err(|e| e.to_string()).and_then(certificates) {
        Ok(tools) => all(tools, write_docs, &mut report),
        Err(error) => report.fail("test certificates", "made", error),
    }
    report.finish()
}

fn all(mut tools: Tools, write_docs: bool, report: &mut Report) {
    let peers = tools.root.join("target/peers");
    let mysql = installed(Kind::MySql57, &peers, report);
    let mariadb = installed(Kind::MariaDb1011, &peers, report);
    tools.cli = mariadb.as_ref().map(Cli::of);
    if tools.cli.is_none() {
        report.skip("comparison with the mariadb program", "it comes with MariaDB");
    }

    let mut tables = Vec::new();
    for server in [&mysql, &mariadb].into_iter().flatten() {
        tables.push((server.kind, matrix::run(server, &tools, report)));
    }
    let own = match &tools.cli {
        Some(cli) => Some(example_server::run(cli, &tools, report)),
        None => {
            report.skip(example_server::NAME, "no mariadb program");
            None
        }
    };
    match &mysql {
        Some(server) => programs(server, &tools, report),
        None => report.skip("bindings, README quick start", "no MySQL 5.7.29"),
    }
    match own {
        Some(own) if tables.len() == 2 => {
            docs::settle(&tools.root, &docs::render(&tables, &own), write_docs, report);
        }
        _ => report.skip("docs/compatibility.md", "needs a run with both servers"),
    }
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

fn installed(kind: Kind, peers: &Path, report: &mut Report) -> Option<Installed> {
    let fetched = match kind {
        Kind::MySql57 => fetch::mysql(peers),
        Kind::MariaDb1011 => fetch::mariadb(peers),
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
            report.skip(kind.name(), reason);
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
