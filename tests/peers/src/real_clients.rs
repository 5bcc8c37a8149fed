//! The clients of others against the C server: each mode, with and without a certificate of the
//! client's, at a server with each certificate and TLS version, and at one without TLS.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;

use crate::client::{Certificate, HOST, Tools};
use crate::client_rules::{CLIENTS, Cell, Client, Outcome, Program, Server};
use crate::docs::Table;
use crate::drivers;
use crate::example_server;
use crate::fetch::{Missing, have};
use crate::program::QUERY;
use crate::replica::Replica;
use crate::report::Report;
use crate::server::{Installed, PASSWORD, Running, USER};
use crate::three_clients::{MODES, Mode};

const CERTIFICATES: [Certificate; 4] =
    [Certificate::Good, Certificate::WrongCa, Certificate::WrongName, Certificate::V1];
const VERSIONS: [&str; 2] = ["TLSv1.2", "TLSv1.3"];

/// One connection, and the port of its server.
type Connection = (Cell, u16);

/// What makes a client's connections.
enum Ready<'a> {
    Lines(Command),
    Each(Program),
    Replica(Replica<'a>),
}

/// A table for each client and one of the deviations; `None` if a client is missing.
pub fn run(mysql: Option<&Installed>, tools: &Tools, report: &mut Report) -> Option<Vec<Table>> {
    let servers = match start(tools) {
        Ok(servers) => servers,
        Err(error) => {
            report.fail("clients of others", "running servers", error);
            return None;
        }
    };
    let mut ready = Vec::new();
    for client in &CLIENTS {
        let connections = connections(client, &servers);
        match prepare(client.program, mysql, tools) {
            Ok(prepared) => ready.push((client, connections, prepared)),
            Err(Missing::Here(reason)) => report.skip(client.name, reason),
            Err(Missing::Wrong(got)) => report.fail(client.name, "the pinned package", got),
        }
    }
    let is_whole = ready.len() == CLIENTS.len();
    // They wait more than they compute.
    let answered: Vec<_> = thread::scope(|scope| {
        let mut running = Vec::new();
        for (client, connections, prepared) in ready {
            let answers = scope.spawn({
                let connections = connections.clone();
                move || answers(prepared, &connections, tools)
            });
            running.push((client, connections, answers));
        }
        let joined = running.into_iter().map(|(client, connections, answers)| {
            let answers = answers.join().unwrap_or_else(|_| Err("a panic".into()));
            (client, connections, answers)
        });
        joined.collect()
    });
    for (client, connections, answers) in answered {
        match answers {
            Ok(answers) => {
                for ((cell, _), answer) in connections.iter().zip(&answers) {
                    judge(client, *cell, answer, report);
                }
            }
            Err(error) => report.fail(client.name, "an answer to each line", error),
        }
    }
    is_whole.then(tables)
}

/// One for each certificate and version, and one without TLS.
fn start(tools: &Tools) -> Result<Vec<(Server, Running)>, String> {
    let accounts = tools.root.join("target/peers/clients-accounts");
    let lines = [("", "NONE"), ("_ssl", "SSL"), ("_x509", "X509")].map(|(end, require)| {
        format!("{USER}{end} {PASSWORD} mysql_native_password REQUIRE {require}\n")
    });
    fs::write(&accounts, lines.concat()).map_err(|e| e.to_string())?;
    let accounts = format!("--accounts={}", accounts.display());
    let mut servers = Vec::new();
    for certificate in CERTIFICATES {
        for version in VERSIONS {
            let version_option = format!("--tls-version={version}");
            let options = tools.server_options(certificate, &[&version_option, &accounts]);
            let running = example_server::listen(&options, tools)?;
            servers.push((Server::Tls(certificate, version), running));
        }
    }
    servers.push((Server::Off, example_server::listen(&[accounts], tools)?));
    Ok(servers)
}

/// All that the client has; without TLS a certificate is of no use.
fn connections(client: &Client, servers: &[(Server, Running)]) -> Vec<Connection> {
    let mut found = Vec::new();
    for mode in MODES {
        for (server, at) in servers {
            for certificate in [false, true] {
                let cell = Cell { mode, certificate, server: *server };
                let is_of_use = *server != Server::Off || !certificate;
                if is_of_use && client.expected(cell).0 != Outcome::NoSuchMode {
                    found.push((cell, at.port));
                }
            }
        }
    }
    found
}

fn prepare<'a>(
    program: Program,
    mysql: Option<&Installed>,
    tools: &'a Tools,
) -> Result<Ready<'a>, Missing> {
    if let Some(command) = drivers::command(program, tools) {
        return command.map(Ready::Lines);
    }
    let cli = tools.cli.as_ref();
    match (program, cli, mysql) {
        (Program::SClient, ..) if have("openssl") => Ok(Ready::Each(program)),
        (Program::SClient, ..) => Err(Missing::Here("no openssl program here".into())),
        (Program::MariaDb, Some(_), _) => Ok(Ready::Each(program)),
        (Program::Replica, Some(cli), Some(mysql)) => {
            Replica::start(mysql, cli).map(Ready::Replica).map_err(Missing::Here)
        }
        _ => Err(Missing::Here("no MySQL 5.7.29, or no mariadb program".into())),
    }
}

fn answers(
    prepared: Ready,
    connections: &[Connection],
    tools: &Tools,
) -> Result<Vec<String>, String> {
    let each = |answer: &dyn Fn(Cell, u16) -> String| {
        Ok(connections.iter().map(|(cell, port)| answer(*cell, *port)).collect())
    };
    match prepared {
        Ready::Lines(command) => {
            let line = |(cell, port): &Connection| {
                let certificate = if cell.certificate { "with" } else { "without" };
                format!("{port} {} {certificate}", cell.mode.label())
            };
            drivers::answers(command, &connections.iter().map(line).collect::<Vec<_>>())
        }
        Ready::Each(Program::MariaDb) => each(&|cell, port| mariadb(cell, port, tools)),
        Ready::Each(_) => each(&|cell, port| s_client(cell, port, tools)),
        Ready::Replica(replica) => each(&|cell, port| replica.connect(cell, port, tools)),
    }
}

fn mariadb(cell: Cell, port: u16, tools: &Tools) -> String {
    let Some(cli) = &tools.cli else { return "failed no mariadb program".into() };
    let user = if cell.certificate { format!("{USER}_x509") } else { USER.to_string() };
    let mut command = cli.base(port, &user, PASSWORD);
    if cell.certificate {
        command.arg(format!("--ssl-cert={}", tools.cert("client-cert.pem")));
        command.arg(format!("--ssl-key={}", tools.cert("client-key.pem")));
    }
    if cell.mode.verifies() {
        command.arg(format!("--ssl-ca={}", tools.cert("ca.pem")));
    }
    if cell.mode == Mode::VerifyIdentity {
        command.arg("--ssl-verify-server-cert");
    }
    // Last, because it must win over the certificate.
    command.arg(if cell.mode == Mode::Disabled { "--skip-ssl" } else { "--ssl" });
    command.arg(format!("--execute={QUERY}"));
    answer(command, "Ssl_version\t")
}

fn s_client(cell: Cell, port: u16, tools: &Tools) -> String {
    let mut command = Command::new("timeout");
    command
        .args(["20", "openssl", "s_client", "-starttls", "mysql", "-brief", "-connect"])
        .arg(format!("127.0.0.1:{port}"))
        .args(["-no-CAfile", "-no-CApath", "-no-CAstore"]);
    if cell.certificate {
        let (cert, key) = (tools.cert("client-cert.pem"), tools.cert("client-key.pem"));
        command.args(["-cert", &cert, "-key", &key]);
    }
    if cell.mode.verifies() {
        command.args(["-CAfile", &tools.cert("ca.pem"), "-verify_return_error"]);
    }
    if cell.mode == Mode::VerifyIdentity {
        command.args(["-verify_hostname", HOST]);
    }
    answer(command, "Protocol version: ")
}

/// As the programs of `clients/` answer; `mark` stands before the TLS version.
fn answer(mut command: Command, mark: &str) -> String {
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) => return format!("failed {error}"),
    };
    let both = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&both);
    let version = text.lines().find_map(|line| line.strip_prefix(mark));
    match (output.status.code(), version) {
        (Some(0), Some(version)) => format!("in {version}"),
        (Some(1), _) => format!("out {}", text.replace('\n', " ")),
        (status, _) => format!("failed {status:?} {}", text.replace('\n', " ")),
    }
}

/// Compares an answer with what must become of the connection.
fn judge(client: &Client, cell: Cell, answer: &str, report: &mut Report) {
    let server = match cell.server {
        Server::Tls(certificate, version) => format!("{certificate}, {version}"),
        Server::Off => "TLS off".to_string(),
    };
    let with = if cell.certificate { "with" } else { "without" };
    let mode = cell.mode.label();
    let name = format!("{}, {mode}, {with} a certificate, server: {server}", client.name);
    let (outcome, words) = client.expected(cell);
    let is_right = match (outcome, cell.server) {
        (Outcome::Tls, Server::Tls(_, version)) => answer == format!("in {version}"),
        (Outcome::Clear, _) => answer.trim_end() == "in",
        _ => answer.starts_with("out ") && answer.contains(words),
    };
    if is_right {
        report.ok(name);
    } else {
        report.fail(name, format!("{} {words}", outcome.label()), answer);
    }
}

fn tables() -> Vec<Table> {
    let mut tables = Vec::new();
    let mut deviations = Table::new("Where a client's mode is not MySQL's");
    for client in &CLIENTS {
        let mut table = Table::new(client.name);
        for mode in MODES {
            let how = client.how[mode as usize];
            if how.is_empty() {
                continue;
            }
            let mut cells = vec![("asked for with", how.to_string())];
            for certificate in CERTIFICATES {
                cells.push((certificate.label(), summary(client, mode, certificate)));
            }
            let off = Cell { mode, certificate: false, server: Server::Off };
            cells.push(("TLS off", client.expected(off).0.label().to_string()));
            table.row(mode.label(), cells);
        }
        for deviation in client.deviations {
            deviations.row(client.name, [("what it does", deviation.what.to_string())]);
        }
        tables.push(table);
    }
    tables.push(deviations);
    tables
}

/// Both versions, without and with a client certificate; told once where they are one.
fn summary(client: &Client, mode: Mode, certificate: Certificate) -> String {
    let [without, with] = [false, true].map(|own| {
        let [old, new] = VERSIONS.map(|version| {
            let server = Server::Tls(certificate, version);
            client.expected(Cell { mode, certificate: own, server }).0.label()
        });
        if old == new { old.to_string() } else { format!("TLS 1.2: {old}; TLS 1.3: {new}") }
    });
    if without == with { without } else { format!("{without}; with a certificate: {with}") }
}
