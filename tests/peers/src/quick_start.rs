//! The first C block of the README, built by the README's own lines against an installation in a
//! directory of its own, and run against a real server.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::client::{HOST, Tools};
use crate::fetch::have;
use crate::report::Report;
use crate::server::Kind;

const NAME: &str = "README quick start";
/// What a reader is promised.
const MOST_LINES: usize = 110;
/// Where the README's lines look for the library; ours is elsewhere.
const README_PREFIX: &str = "/usr/local";

pub fn run(tools: &Tools, port: u16, report: &mut Report) {
    let prefix = tools.root.join("target/peers/installed");
    let quick_start = QuickStart { tools, prefix, port };
    let commands = match quick_start.install() {
        Ok(commands) => commands,
        Err((expected, got)) => return report.fail(NAME, expected, got),
    };
    report.ok(format!("{NAME}: at most {MOST_LINES} lines"));
    for command in commands {
        if command.contains("pkg-config") && !have("pkg-config") {
            report.skip(format!("{NAME}, {command}"), "no pkg-config here");
            continue;
        }
        quick_start.build_and_run(&command, report);
    }
}

/// A server of which the program is to tell.
pub struct Server<'a> {
    pub kind: Kind,
    pub port: u16,
    pub ca: &'a str,
}

/// The first of the README's ways to build it, and one connection: what it says of it.
pub fn says(server: &Server, tools: &Tools, expected: &str, report: &mut Report) {
    let name = format!("{NAME}, {}", server.kind.name());
    // Not where another thread may do the same.
    let prefix = tools.root.join("target/peers/installed-for").join(server.kind.stem());
    let quick_start = QuickStart { tools, prefix, port: server.port };
    let installed = quick_start.install();
    let built = installed.and_then(|commands| {
        let plain = commands.iter().find(|command| !command.contains("pkg-config"));
        let command = plain.ok_or(("a line without pkg-config", String::new()))?;
        quick_start.build(command).map_err(|e| ("a program", e))
    });
    if let Err((expected, got)) = built {
        return report.fail(name, expected, got);
    }
    match quick_start.connect(server.ca) {
        Err(error) => report.fail(name, expected, error),
        Ok(output) => {
            let out = String::from_utf8_lossy(&output.stdout);
            let errors = String::from_utf8_lossy(&output.stderr);
            report.check(name, &expected, &out.trim(), &errors);
        }
    }
}

struct QuickStart<'a> {
    tools: &'a Tools,
    prefix: PathBuf,
    port: u16,
}

impl QuickStart<'_> {
    /// Installs the library, lays the block beside it; the README's build commands come back.
    fn install(&self) -> Result<Vec<String>, (&'static str, String)> {
        let readme = fs::read_to_string(self.tools.root.join("README.md"))
            .map_err(|e| ("a README.md", e.to_string()))?;
        let source = block(&readme, "```c\n").ok_or(("a block of C", "none".to_string()))?;
        let lines = source.lines().count();
        if lines > MOST_LINES {
            return Err(("fewer lines", format!("{lines}")));
        }
        let _ = fs::remove_dir_all(&self.prefix);
        fs::create_dir_all(&self.prefix)
            .and_then(|()| fs::write(self.prefix.join("quickstart.c"), source))
            .map_err(|e| ("a directory", e.to_string()))?;
        let prefix = format!("PREFIX={}", self.prefix.display());
        run_well(
            Command::new("make").args(["-s", "install", &prefix]).current_dir(&self.tools.root),
        )
        .map_err(|e| ("make install", e))?;
        run_well(
            Command::new("cc")
                .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"])
                .args(["-fsyntax-only", "-Iinclude", "quickstart.c"])
                .current_dir(&self.prefix),
        )
        .map_err(|e| ("a program without warnings", e))?;

        let commands =
            block(&readme, "```\ncc ").ok_or(("lines that begin with cc", String::new()))?;
        let joined = format!("cc {commands}").replace("\\\n", " ");
        Ok(joined.lines().filter(|line| line.starts_with("cc ")).map(str::to_string).collect())
    }

    fn build(&self, command: &str) -> Result<(), String> {
        let _ = fs::remove_file(self.program());
        let here = command.replace(README_PREFIX, &self.prefix.display().to_string());
        let pkg_config = self.prefix.join("lib/pkgconfig");
        run_well(
            Command::new("sh")
                .args(["-c", &here])
                .current_dir(&self.prefix)
                .env("PKG_CONFIG_PATH", pkg_config),
        )
    }

    fn connect(&self, ca: &str) -> std::io::Result<Output> {
        Command::new("timeout")
            .arg("20")
            .arg(self.program())
            .args([HOST, &self.port.to_string(), ca])
            .env("LD_LIBRARY_PATH", self.prefix.join("lib"))
            .output()
    }

    fn program(&self) -> PathBuf {
        self.prefix.join("quickstart")
    }

    fn build_and_run(&self, command: &str, report: &mut Report) {
        let name = format!("{NAME}, {}", command.split_whitespace().collect::<Vec<_>>().join(" "));
        if let Err(error) = self.build(command) {
            return report.fail(name, "a program", error);
        }
        let cases = [
            ("connects with VERIFY_IDENTITY", "ca.pem", true),
            ("refuses a server of another CA", "other-ca.pem", false),
            ("refuses a CA file that is missing", "no-such-file.pem", false),
        ];
        for (what, ca, succeeds) in cases {
            match self.connect(&self.tools.cert(ca)) {
                Err(error) => report.fail(&name, what, error),
                Ok(output) => {
                    let text = String::from_utf8_lossy(&output.stderr);
                    let got = output.status.code() == Some(0);
                    report.check(format!("{name}: {what}"), &succeeds, &got, &text);
                }
            }
        }
    }
}

/// What stands between `opening` and the end of its block.
fn block<'a>(readme: &'a str, opening: &str) -> Option<&'a str> {
    let (_, rest) = readme.split_once(opening)?;
    rest.split_once("```").map(|(block, _)| block)
}

fn run_well(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| e.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
