//! `docs/certificates.md` has a section for each refusal, with its message and OpenSSL's numbers;
//! the deviations in `docs/compatibility.md` name existing tests.

use std::collections::{BTreeMap, BTreeSet};

use tlsql::error::TABLE;
use tlsql::trust::{Refusal, X509Error};

/// Names of the errors in settings that concern certificates.
const SETTINGS: &[&str] = &[
    "TLSQL_E_FILE",
    "TLSQL_E_PEM",
    "TLSQL_E_NO_CERT",
    "TLSQL_E_NO_KEY",
    "TLSQL_E_KEY_MISMATCH",
    "TLSQL_E_KEY_FORM",
    "TLSQL_E_KEY_ENCRYPTED",
    "TLSQL_E_NO_CA",
    "TLSQL_E_CRL",
    "TLSQL_E_NOT_LOADED",
    "TLSQL_E_NO_NAME",
    "TLSQL_E_TRUSTED_CERT",
    "TLSQL_E_OWN_CERT",
];

#[test]
fn each_row_has_a_section_and_no_section_names_another() {
    let is_certificate = |number| (-149..=-120).contains(&number);
    let expected: BTreeSet<_> = TABLE
        .iter()
        .filter(|row| is_certificate(row.code.number()) || SETTINGS.contains(&row.name))
        .map(|row| row.name.to_owned())
        .collect();
    let guide = document("docs/certificates.md");
    let found: Vec<_> = sections(&guide).into_iter().map(|(name, _)| name).collect();
    let unique: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(found.len(), unique.len(), "a section stands there twice");
    assert_eq!(unique, expected);
    for setting in SETTINGS {
        assert!(expected.contains(*setting), "no row {setting}");
    }
    for name in &unique {
        let link = format!("| [{name}](#{}) |", name.to_lowercase());
        assert!(guide.contains(&link), "the table of symptoms has no {link}");
    }
}

#[test]
fn a_section_quotes_what_a_user_sees() {
    for (name, body) in sections(&document("docs/certificates.md")) {
        let row = TABLE.iter().find(|row| row.name == name).unwrap();
        let quote: Vec<_> = body.lines().filter_map(|line| line.strip_prefix("> ")).collect();
        let quote = quote.join(" ");
        assert!(quote.starts_with(row.text), "{name}: not '{}' but '{quote}'", row.text);
        assert!(quote.ends_with(row.hint), "{name}: not '{}' but '{quote}'", row.hint);
    }
}

#[test]
fn a_section_lists_openssls_numbers() {
    let mut expected: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for error in X509Error::ALL {
        let name = Refusal::new(*error, 0, None).code().row().name;
        expected.entry(name).or_default().insert(error.number());
    }
    for (name, body) in sections(&document("docs/certificates.md")) {
        let lines: Vec<_> = body.lines().filter_map(|l| l.strip_prefix("OpenSSL: ")).collect();
        let numbers = lines.iter().flat_map(|line| line.split(", "));
        let numbers: BTreeSet<i32> = numbers.map(|number| number.parse().unwrap()).collect();
        assert_eq!(numbers, expected.remove(name.as_str()).unwrap_or_default(), "{name}");
    }
    assert!(expected.is_empty(), "{expected:?}");
}

/// Checks the rows of deviations: what, why, and `file` `test` or `file` `case` for each that shows
/// it.
#[test]
fn each_deviation_names_a_test_that_is_there() {
    let text = document("docs/compatibility.md");
    let (_, part) = text.split_once("\n## Where tlsql differs from OpenSSL on purpose\n").unwrap();
    let part = part.split("\n## ").next().unwrap();
    let rows: Vec<_> = part.lines().filter(|line| line.starts_with("| ")).collect();
    let mut count = 0;
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        if cells.last() == Some(&"shown by") {
            continue;
        }
        assert_eq!(cells.len(), 3, "{row}");
        let names: Vec<_> = cells[2].split('`').skip(1).step_by(2).collect();
        assert!(names.len() >= 2, "no test: {row}");
        let mut source = None;
        for name in names {
            if name.contains('/') {
                source = Some(document(name));
                continue;
            }
            let source = source.as_ref().unwrap_or_else(|| panic!("no file first: {row}"));
            let is_there = source.contains(&format!("fn {name}("))
                || source.contains(&format!("\t{name}\t"))
                || source.contains(&format!("\t{name}/level"));
            assert!(is_there, "{name} is not there: {row}");
        }
        count += 1;
    }
    assert!(count > 30, "{count} rows");
    // And every deviation is documented.
    for line in document("tests/vectors/deviations.tsv").lines() {
        let Some(case) = line.split('\t').nth(1) else { continue };
        let case = case.split('/').next().unwrap();
        assert!(text.contains(&format!("`{case}`")), "{case} is not in docs/compatibility.md");
    }
}

/// Returns the sections whose heading is the name of an error.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for part in text.split("\n## ").flat_map(|part| part.split("\n### ")) {
        let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
        if heading.starts_with("TLSQL_E_") {
            all.push((heading.to_owned(), body.to_owned()));
        }
    }
    all
}

fn document(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}
