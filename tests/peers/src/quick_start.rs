//! The first C block of the README, compiled as the README says and run against a real server.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::client::{HOST, Tools};
use crate::report::Report;

const NAME: &str = "README quick start";
/// What a reader is promised.
const MOST_LINES: usize = 45;

pub fn run(tools: &Tools, port: u16, report: &mut Report) {
    if let Err((expected, got)) = build(tools, report) {
        report.fail(NAME, expected, got);
        return;
    }
    let cases = [
        ("connects with VERIFY_IDENTITY", "ca.pem", true),
        ("refuses the server under another CA", "other-ca.pem", false),
        ("refuses a CA file that is missing", "no-such-file.pem", false),
    ];
    for (what, ca, succeeds) in cases {
        let prefix = prefix(tools);
        let mut program = Command::new(prefix.join("quickstart"));
        program.env("LD_LIBRARY_PATH", prefix.join("lib"));
        program.args([HOST, &port.to_string(), &tools.cert(ca)]);
        let name = format!("{NAME}: {what}");
        match program.output() {
            Err(error) => report.fail(name, "a run", error),
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                report.check(name, &succeeds, &output.status.success(), &text);
            }
        }
    }
}

/// Installs the library into a directory of its own and compiles the block against that alone.
fn build(tools: &Tools, report: &mut Report) -> Result<(), (&'static str, String)> {
    let readme = fs::read_to_string(tools.root.join("README.md"))
        .map_err(|e| ("a README.md", e.to_string()))?;
    let source = first_c_block(&readme).ok_or(("a block of C", "none".to_string()))?;
    let lines = source.lines().count();
    report.check(
        format!("{NAME}: at most {MOST_LINES} lines"),
        &true,
        &(lines <= MOST_LINES),
        &format!("{lines} lines"),
    );
    let prefix = prefix(tools);
    let _ = fs::remove_dir_all(&prefix);
    let made = fs::create_dir_all(&prefix);
    let file = prefix.join("quickstart.c");
    made.and_then(|()| fs::write(&file, source)).map_err(|e| ("a directory", e.to_string()))?;
    let place = format!("PREFIX={}", prefix.display());
    succeed(Command::new("make").args(["-s", "install", &place]).current_dir(&tools.root))
        .map_err(|e| ("make install", e))?;
    let compiler = std::env::var("CC").unwrap_or("cc".into());
    succeed(
        Command::new(compiler)
            .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
            .arg(format!("-I{}", prefix.join("include").display()))
            .arg(&file)
            .arg(format!("-L{}", prefix.join("lib").display()))
            .arg("-ltlsql")
            .arg("-o")
            .arg(prefix.join("quickstart")),
    )
    .map_err(|e| ("a program that compiles", e))
}

fn prefix(tools: &Tools) -> std::path::PathBuf {
    tools.root.join(Path::new("target/peers/installed"))
}

fn first_c_block(readme: &str) -> Option<&str> {
    let (_, rest) = readme.split_once("```c\n")?;
    rest.split_once("```").map(|(block, _)| block)
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
