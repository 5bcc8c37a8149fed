//! The oldest Rust that the manifests promise can build what the lock files name.
//!
//! Cargo's resolver looks at `rust-version` only when it chooses a version: one that a lock file
//! has already is kept, and a workspace without `rust-version` gets what the newest Rust builds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn every_locked_package_builds_with_the_promised_rust() {
    let mut count = 0;
    let workspaces = workspaces();
    assert!(workspaces.len() >= 3, "{workspaces:?}");
    for workspace in workspaces {
        let manifest = workspace.display();
        let metadata = metadata(&workspace);
        let packages = metadata["packages"].as_array().expect("packages");
        let (ours, others): (Vec<_>, Vec<_>) =
            packages.iter().partition(|package| package["source"].is_null());
        for package in &ours {
            assert_eq!(package["rust_version"], "1.85", "{manifest}: {}", package["name"]);
        }
        let newer = |package: &&&Value| {
            package["rust_version"].as_str().is_some_and(|version| number(version) > (1, 85))
        };
        let newer: Vec<_> = others.iter().filter(newer).map(|package| named(package)).collect();
        assert!(newer.is_empty(), "{manifest}: {newer:?} need a newer Rust than 1.85");
        count += others.len();
    }
    assert!(count > 150, "{count} packages");
}

#[test]
fn versions_of_rust_are_compared_as_numbers() {
    assert_eq!(number("1.85"), (1, 85));
    assert_eq!(number("1.85.1"), (1, 85));
    assert!(number("1.9") < number("1.85") && number("1.88.0") > number("1.85"));
}

fn named(package: &Value) -> String {
    let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    format!("{} {} ({})", text("name"), text("version"), text("rust_version"))
}

/// Returns the first two numbers of a version of Rust.
fn number(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().expect("a number"));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// Returns the directories with a lock file: ours, the fuzz targets', and some of the benches'.
fn workspaces() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let benches = fs::read_dir(root.join("benches")).expect("benches");
    let benches = benches.map(|entry| entry.expect("an entry").path());
    let all = [root.to_owned(), root.join("fuzz")].into_iter().chain(benches);
    all.filter(|directory| directory.join("Cargo.lock").is_file()).collect()
}

fn metadata(workspace: &Path) -> Value {
    let made = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version=1", "--manifest-path"])
        .arg(workspace.join("Cargo.toml"))
        .output()
        .expect("cargo");
    assert!(
        made.status.success(),
        "{}: {}",
        workspace.display(),
        String::from_utf8_lossy(&made.stderr)
    );
    serde_json::from_slice(&made.stdout).expect("JSON")
}
