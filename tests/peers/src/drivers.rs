//! The clients of others that are libraries: their packages, pinned and fetched once, and the
//! programs of `clients/` that make connections with them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::client::Tools;
use crate::client_rules::Program;
use crate::fetch::{Missing, fresh, have, here, run};
use crate::maven;
use crate::server::{PASSWORD, USER};

/// For all connections of one program.
const SECONDS: &str = "240";

/// A program that reads lines and answers each; none for what is no library.
pub fn command(program: Program, tools: &Tools) -> Option<Result<Command, Missing>> {
    let made = match program {
        Program::Python(client) => python("clients.py", client, "requirements.txt", tools),
        Program::Python26(client) => python("clients.py", client, "requirements-26.txt", tools),
        Program::Node => node("clients.mjs", tools),
        Program::Go => go(".", "clients-go", tools),
        Program::Java => java(tools),
        Program::MariaDb | Program::SClient | Program::Replica => return None,
    };
    Some(made.map(|command| with_account(command, tools)))
}

/// The same for connections that may resume the one before.
pub fn resuming(driver: Driver, tools: &Tools) -> Result<Command, Missing> {
    let made = match driver {
        Driver::Python(client) => python("resume.py", client, "requirements.txt", tools),
        Driver::Node => node("resume.mjs", tools),
        Driver::Go => go("./resume", "resume-go", tools),
        Driver::Binding(client) => binding(client, tools),
    };
    made.map(|command| with_account(command, tools))
}

/// A program of `clients/resume.*`.
#[derive(Clone, Copy, PartialEq)]
pub enum Driver {
    /// `resume.py` with this client, and the packages of `requirements.txt`.
    Python(&'static str),
    Node,
    Go,
    /// `resume.py` with our own client under this name.
    Binding(&'static str),
}

fn with_account(mut command: Command, tools: &Tools) -> Command {
    command.arg(&tools.certs).args([USER, PASSWORD]);
    command
}

/// Gives it the lines and returns its answers.
pub fn answers(mut command: Command, lines: &[String]) -> Result<Vec<String>, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().map_err(|e| e.to_string())?;
    if let Some(mut stdin) = running.stdin.take() {
        // What it does not read it does not answer.
        let _ = stdin.write_all((lines.join("\n") + "\n").as_bytes());
    }
    let output = running.wait_with_output().map_err(|e| e.to_string())?;
    let out = String::from_utf8_lossy(&output.stdout);
    let answers: Vec<String> = out.lines().map(str::to_string).collect();
    if answers.len() == lines.len() {
        return Ok(answers);
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{} answers to {} lines, {}: {errors}", answers.len(), lines.len(), output.status))
}

fn limited(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.arg(SECONDS).arg(program);
    command
}

fn source(tools: &Tools, name: &str) -> PathBuf {
    tools.root.join("tests/peers/clients").join(name)
}

fn python(script: &str, client: &str, pins: &str, tools: &Tools) -> Result<Command, Missing> {
    if !have("python3") {
        return Err(Missing::Here("no python3 here".into()));
    }
    let pins = source(tools, pins);
    let packages = pinned(&pins, tools, |dir| {
        println!("fetching {} from PyPI", pins.display());
        run(Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-deps", "--only-binary=:all:", "--require-hashes", "--target"])
            .arg(dir)
            .arg("--requirement")
            .arg(&pins))
        .map_err(|missing| match missing {
            Missing::Here(why) if why.contains("DO NOT MATCH THE HASHES") => Missing::Wrong(why),
            other => other,
        })
        .map(|_| ())
    })?;
    let mut command = limited("python3");
    command.arg("-B").arg(source(tools, script)).arg(client).env("PYTHONPATH", packages);
    Ok(command)
}

/// Where `make test-peers` could make an environment with cffi, it is first in PATH.
fn binding(client: &str, tools: &Tools) -> Result<Command, Missing> {
    run(Command::new("python3").args(["-c", "import cffi"]))
        .map_err(|_| Missing::Here("no python3 with cffi here".into()))?;
    let mut command = limited("python3");
    command.arg("-B").arg(source(tools, "resume.py")).arg(client);
    command.env("PYTHONPATH", tools.root.join("bindings/python"));
    command.env("TLSQL_LIBRARY", tools.program("libtlsql.so.0"));
    Ok(command)
}

fn node(script: &str, tools: &Tools) -> Result<Command, Missing> {
    if !have("node") || !have("npm") {
        return Err(Missing::Here("no node and npm here".into()));
    }
    let lock = source(tools, "npm/package-lock.json");
    let modules = pinned(&lock, tools, |dir| {
        println!("fetching {} from npm", lock.display());
        for name in ["package.json", "package-lock.json"] {
            let to = dir.join(name);
            fs::copy(source(tools, "npm").join(name), &to).map_err(|e| here(&to, e))?;
        }
        run(Command::new("npm").args(["ci", "--silent", "--ignore-scripts"]).current_dir(dir))
            .map(|_| ())
    })?;
    let mut command = limited("node");
    command.arg(source(tools, script)).arg(modules);
    Ok(command)
}

/// Go itself fetches, and checks against `go.sum`; it builds again what has changed.
fn go(package: &str, name: &str, tools: &Tools) -> Result<Command, Missing> {
    if !have("go") {
        return Err(Missing::Here("no go here".into()));
    }
    let program = tools.root.join("target/peers").join(name);
    run(Command::new("go")
        .args(["build", "-mod=readonly", "-o"])
        .arg(&program)
        .arg(package)
        .current_dir(source(tools, "go")))?;
    Ok(limited(program))
}

fn java(tools: &Tools) -> Result<Command, Missing> {
    if !have("java") || !have("javac") {
        return Err(Missing::Here("no java and javac here".into()));
    }
    let peers = tools.root.join("target/peers");
    let jar = maven::connector_j(&peers)?;
    let stores = peers.join("clients-java");
    fresh(&stores)?;
    let mut command = limited("java");
    // It compiles the program itself.
    command.arg("-cp").arg(jar).arg(source(tools, "java/Clients.java")).arg(stores);
    Ok(command)
}

/// A directory with what `pins` names, filled once, and again where the pins have changed.
fn pinned(
    pins: &Path,
    tools: &Tools,
    fill: impl FnOnce(&Path) -> Result<(), Missing>,
) -> Result<PathBuf, Missing> {
    let name = pins.file_name().unwrap_or_default().to_string_lossy();
    let dir = tools.root.join("target/peers").join(format!("clients-{name}"));
    let mark = dir.join(".pins");
    let wanted = fs::read(pins).map_err(|e| here(pins, e))?;
    if fs::read(&mark).is_ok_and(|held| held == wanted) {
        return Ok(dir);
    }
    fresh(&dir)?;
    fill(&dir)?;
    fs::write(&mark, wanted).map_err(|e| here(&mark, e))?;
    Ok(dir)
}
