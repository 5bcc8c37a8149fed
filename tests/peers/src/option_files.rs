//! The test that compares option files with the programs of these servers, `option_file_peers`.

use std::process::Command;

use crate::client::Tools;
use crate::report::Report;
use crate::server::{Installed, Kind};

pub fn run(server: &Installed, tools: &Tools, report: &mut Report) {
    let (variable, program, test) = match server.kind {
        Kind::MariaDb1011 => (
            "TLSQL_MY_PRINT_DEFAULTS",
            server.tree.base.join("bin/my_print_defaults"),
            "as_my_print_defaults_reads_them",
        ),
        _ => ("TLSQL_MYSQLD", server.tree.base.join(server.kind.daemon()), "as_mysqld_reads_them"),
    };
    let name = format!("option files, {}", server.kind.name());
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let libraries = std::env::join_paths(&server.tree.libraries).unwrap_or_default();
    let output = Command::new(cargo)
        .args(["test", "--release", "--test", "option_file_peers"])
        .current_dir(&tools.root)
        .env(variable, program)
        .env("LD_LIBRARY_PATH", libraries)
        .output();
    match output {
        Err(error) => report.fail(name, "a run", error),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            for line in text.lines().filter(|line| line.starts_with('/')) {
                println!("{line}");
            }
            let ran = output.status.success() && text.contains(&format!("test {test} ... ok"));
            let errors = String::from_utf8_lossy(&output.stderr);
            report.check(name, &true, &ran, &format!("{text}{errors}"));
        }
    }
}
