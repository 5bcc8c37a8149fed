//! Links in the documents lead to files and headings that are there.

use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn links_lead_to_files_and_headings() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in documents() {
        for target in links(&read(&path)) {
            seen += 1;
            if let Some(why) = dead(&path, &target) {
                wrong.push(format!("{}: {target}: {why}", path.display()));
            }
        }
    }
    assert!(seen > 50, "{seen} links");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_readers_of_this_test_read() {
    let text = "[a](b.md#c) and [d][e], `[f](g.md)`.\n\n[e]: h.md\n```\n[i](j.md)\n# k\n```\n# `L` m: n, o\n";
    assert_eq!(links(text), ["b.md#c", "h.md"]);
    assert_eq!(anchors(text), ["l-m-n-o"]);
    let here = Path::new(ROOT).join("docs/server.md");
    assert_eq!(dead(&here, "https://example.com/x#y"), None);
    assert_eq!(dead(&here, "errors.md"), None);
    for target in ["nothing.md", "errors.md#nothing", "#nothing"] {
        assert!(dead(&here, target).is_some(), "{target}");
    }
}

/// Why a link leads nowhere, if so. Those to other places are not followed.
fn dead(from: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let to = if file.is_empty() { from.to_owned() } else { from.parent()?.join(file) };
    if !to.exists() {
        return Some("no such file".to_owned());
    }
    let is_document = to.extension().is_some_and(|extension| extension == "md");
    let is_there =
        anchor.is_empty() || !is_document || anchors(&read(&to)).contains(&anchor.into());
    (!is_there).then(|| "no such heading".to_owned())
}

/// The targets of links and of references, outside code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        let reference = line.strip_prefix('[').and_then(|line| line.split_once("]: "));
        found.extend(reference.map(|(_, target)| target.trim().to_owned()));
        let plain: String = line.split('`').step_by(2).collect();
        let targets = plain.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        found.extend(targets.map(|(target, _)| target.to_owned()));
    }
    found
}

/// What follows `#` in links to the headings of a document: in lower case, without punctuation,
/// with a hyphen for each blank.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).filter(|line| line.starts_with('#'));
    let titles = headings.map(|line| line.trim_start_matches('#').trim().to_lowercase());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    titles.map(|title| title.chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

/// The lines outside blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The Markdown files of the root, of docs, and of folders with one of their own.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["", "docs", "bindings/go", "bindings/python", "examples", "fuzz", "benches"] {
        let Ok(entries) = std::fs::read_dir(Path::new(ROOT).join(folder)) else { continue };
        let paths = entries.map(|entry| entry.expect("an entry").path());
        found.extend(paths.filter(|path| path.extension().is_some_and(|e| e == "md")));
    }
    assert!(found.len() > 15, "{} documents", found.len());
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
