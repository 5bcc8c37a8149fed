//! The C server of `examples/` with the `mariadb` program as its client.

use std::path::Path;
use std::process::Command;

use crate::client::{Certificate, Cli, Tools};
use crate::docs::Table;
use crate::program::{self, Outcome, Refusal};
use crate::report::Report;
use crate::server::{PASSWORD, Running, USER};

pub const NAME: &str = "C server, mariadb client";

struct Case {
    name: &'static str,
    server: Server,
    password: &'static str,
    options: &'static [&'static str],
    /// What may come of it; two where TLS 1.3 lets a client miss the alert.
    expected: &'static [Outcome],
}

#[derive(Clone, Copy, PartialEq)]
enum Server {
    With(Certificate),
    Demanding,
    WithoutTls,
}

const TLS12: Outcome = Outcome::Tls("TLSv1.2");
const TLS13: Outcome = Outcome::Tls("TLSv1.3");
const TLS_ERROR: Outcome = Refusal::servers(2026, *b"HY000");
const LOST: Outcome = Refusal::servers(2013, *b"HY000");
const DENIED: Outcome = Refusal::servers(1045, *b"28000");
const INSECURE: Outcome = Refusal::servers(3159, *b"HY000");

const GOOD: Server = Server::With(Certificate::Good);
const VERIFY: [&str; 3] = ["--ssl", "--ssl-ca=@ca.pem", "--ssl-verify-server-cert"];
const CLIENT: [&str; 3] = ["--ssl", "--ssl-cert=@client-cert.pem", "--ssl-key=@client-key.pem"];
const V1_CLIENT: [&str; 3] =
    ["--ssl", "--ssl-cert=@v1-client-cert.pem", "--ssl-key=@v1-client-key.pem"];
const OTHER_CLIENT: [&str; 3] =
    ["--ssl", "--ssl-cert=@other-client-cert.pem", "--ssl-key=@other-client-key.pem"];
const OTHER_CLIENT_12: [&str; 4] = [
    "--ssl",
    "--ssl-cert=@other-client-cert.pem",
    "--ssl-key=@other-client-key.pem",
    "--tls-version=TLSv1.2",
];

#[rustfmt::skip]
const CASES: [Case; 19] = [
    case("clear text", GOOD, &["--skip-ssl"], &[Outcome::Clear]),
    case("TLS 1.3", GOOD, &["--ssl"], &[TLS13]),
    case("TLS 1.2", GOOD, &["--ssl", "--tls-version=TLSv1.2"], &[TLS12]),
    case("verified identity", GOOD, &VERIFY, &[TLS13]),
    case("another CA", GOOD, &["--ssl", "--ssl-ca=@other-ca.pem"], &[TLS_ERROR]),
    case("client certificate", GOOD, &CLIENT, &[TLS13]),
    case("version 1 client certificate", GOOD, &V1_CLIENT, &[TLS13]),
    case("client certificate of another CA", GOOD, &OTHER_CLIENT, &[TLS_ERROR, LOST]),
    case("the same with TLS 1.2", GOOD, &OTHER_CLIENT_12, &[TLS_ERROR]),
    Case { password: "wrong", ..case("wrong password in TLS", GOOD, &["--ssl"], &[DENIED]) },
    Case { password: "wrong", ..case("wrong password", GOOD, &["--skip-ssl"], &[DENIED]) },
    case("wrong name", Server::With(Certificate::WrongName), &VERIFY, &[TLS_ERROR]),
    case("version 1 certificate", Server::With(Certificate::V1), &["--ssl"], &[TLS13]),
    case("version 1 certificate, verified", Server::With(Certificate::V1), &VERIFY, &[TLS13]),
    case("version 1 certificate, TLS 1.2", Server::With(Certificate::V1),
         &["--ssl", "--tls-version=TLSv1.2"], &[TLS12]),
    case("require_secure_transport, clear text", Server::Demanding, &["--skip-ssl"], &[INSECURE]),
    case("require_secure_transport, TLS", Server::Demanding, &["--ssl"], &[TLS13]),
    case("no TLS, TLS wished", Server::WithoutTls, &["--ssl"], &[Outcome::Clear]),
    case("no TLS, TLS demanded", Server::WithoutTls, &VERIFY, &[TLS_ERROR]),
];

const fn case(
    name: &'static str,
    server: Server,
    options: &'static [&'static str],
    expected: &'static [Outcome],
) -> Case {
    Case { name, server, password: PASSWORD, options, expected }
}

pub fn run(cli: &Cli, tools: &Tools, report: &mut Report) -> Table {
    let mut table = Table::new(NAME);
    let mut running: Option<(Server, Running)> = None;
    for case in &CASES {
        let name = format!("{NAME}, {}", case.name);
        if running.as_ref().is_none_or(|(server, _)| *server != case.server) {
            drop(running.take());
            match start(case.server, tools) {
                Ok(started) => running = Some((case.server, started)),
                Err(error) => {
                    report.fail(name, "a running server", error);
                    continue;
                }
            }
        }
        let Some((_, at)) = &running else { continue };
        let mut command = cli.base(at.port, USER, case.password);
        for option in case.options {
            command.arg(option.replace('@', &tools.cert("")));
        }
        command.arg(format!("--execute={}", program::QUERY));
        match program::see(command) {
            Err(error) => report.fail(name, case.expected[0], error),
            Ok(seen) if case.expected.contains(&seen.outcome) => {
                let expected: Vec<String> = case.expected.iter().map(|e| e.cell()).collect();
                table.push(case.name, "outcome", expected.join(" or "));
                report.ok(name);
            }
            Ok(seen) => report.check(name, &case.expected[0], &seen.outcome, &seen.text),
        }
    }
    table
}

fn start(server: Server, tools: &Tools) -> Result<Running, String> {
    let options = match server {
        Server::With(certificate) => tools.server_options(certificate, &[]),
        Server::Demanding => {
            tools.server_options(Certificate::Good, &["--require-secure-transport=ON"])
        }
        Server::WithoutTls => Vec::new(),
    };
    listen(&options, tools)
}

/// The server with these options, on a port of its own choice.
pub fn listen(options: &[String], tools: &Tools) -> Result<Running, String> {
    listen_with_log(options, tools, &tools.root.join("target/peers/c-server.log"))
}

/// The same, for one of several at once.
pub fn listen_with_log(options: &[String], tools: &Tools, log: &Path) -> Result<Running, String> {
    let mut command = Command::new(tools.program("server"));
    command.args(["--port=0", "--bind-address=127.0.0.1"]);
    command.args([format!("--user={USER}"), format!("--password={PASSWORD}")]);
    command.args(options);
    Running::listening(command, log)
}
