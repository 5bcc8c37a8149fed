//! The bindings' tests that log in to a real server with VERIFY_IDENTITY.

use std::process::Command;

use crate::client::{HOST, Tools};
use crate::fetch::have;
use crate::report::Report;
use crate::server::{PASSWORD, USER};

pub fn run(tools: &Tools, port: u16, report: &mut Report) {
    go(tools, port, report);
    python(tools, port, report);
}

fn go(tools: &Tools, port: u16, report: &mut Report) {
    let name = "Go binding, login to MySQL 5.7.29 with VERIFY_IDENTITY";
    if !have("go") {
        return report.skip(name, "no go here");
    }
    let mut command = Command::new("go");
    command.args(["test", "-count=1", "-v", "-run=RealServer", "./..."]);
    command.env("CGO_LDFLAGS", format!("-L{}", tools.root.join("target/c").display()));
    suite(name, command, "bindings/go", "--- PASS: ", tools, port, report);
}

fn python(tools: &Tools, port: u16, report: &mut Report) {
    let name = "Python binding, login to MySQL 5.7.29 with VERIFY_IDENTITY";
    // Where `make test-peers` could make an environment, it is first in PATH.
    let cffi = Command::new("python3").args(["-c", "import cffi"]).output();
    if !cffi.is_ok_and(|output| output.status.success()) {
        return report.skip(name, "no python3 with cffi here");
    }
    let mut command = Command::new("python3");
    command.args(["-B", "-m", "unittest", "discover", "-v", "-k", "real_server", "tests"]);
    suite(name, command, "bindings/python", "... ok", tools, port, report);
}

/// Runs it; a test that was skipped or that does not exist prints no `passed`.
fn suite(
    name: &str,
    mut command: Command,
    dir: &str,
    passed: &str,
    tools: &Tools,
    port: u16,
    report: &mut Report,
) {
    command
        .current_dir(tools.root.join(dir))
        .env("LD_LIBRARY_PATH", tools.root.join("target/c"))
        .env("TLSQL_LIBRARY", tools.program("libtlsql.so.0"))
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
            let text = format!("{out}{}", String::from_utf8_lossy(&output.stderr));
            let ran = output.status.success() && text.contains(passed);
            report.check(name, &true, &ran, &text);
        }
    }
}
