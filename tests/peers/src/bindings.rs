//! The tests of the bindings, which then also log in to a real server with VERIFY_IDENTITY.

use std::process::Command;

use crate::client::{HOST, Tools};
use crate::fetch::have;
use crate::report::Report;
use crate::server::{PASSWORD, USER};

pub fn run(tools: &Tools, port: u16, report: &mut Report) {
    let mut go = Command::new("go");
    go.args(["test", "-count=1", "-v", "./..."]);
    suite("Go", go, "bindings/go", tools, port, report);
    let mut python = Command::new("python3");
    python.args(["-m", "pytest", "-q", "-rs"]);
    suite("Python", python, "bindings/python", tools, port, report);
}

fn suite(
    language: &str,
    mut command: Command,
    dir: &str,
    tools: &Tools,
    port: u16,
    report: &mut Report,
) {
    let name = format!("{language} bindings against a real server");
    let program = command.get_program().to_string_lossy().into_owned();
    if !have(&program) {
        report.skip(name, format!("no {program} here"));
        return;
    }
    command
        .current_dir(tools.root.join(dir))
        .env("TLSQL_REAL_SERVER", format!("{HOST}:{port}"))
        .env("TLSQL_REAL_NAME", HOST)
        .env("TLSQL_REAL_CA", tools.cert("ca.pem"))
        .env("TLSQL_REAL_USER", USER)
        .env("TLSQL_REAL_PASSWORD", PASSWORD)
        .env("TLSQL_C_SERVER", tools.program("server"))
        .env("TLSQL_CERTS", &tools.certs);
    match command.output() {
        Err(error) => report.fail(name, "a run", error),
        Ok(output) => {
            let out = String::from_utf8_lossy(&output.stdout);
            let err = String::from_utf8_lossy(&output.stderr);
            report.check(name, &true, &output.status.success(), &format!("{out}{err}"));
        }
    }
}
