//! `include/tlsql.h` as a C programmer reads it: its form. What it says is checked elsewhere.

#[path = "support/source.rs"]
mod source;

use tlsql::error::TABLE;

fn header() -> String {
    source::read("include/tlsql.h")
}

#[test]
fn lines_are_short_and_of_one_form() {
    let mut wrong = Vec::new();
    for (i, line) in header().lines().enumerate() {
        let is_long = line.chars().count() > 100;
        let is_odd = line.contains("//") || line.contains('\t') || line.ends_with(' ');
        if is_long || is_odd || line.contains(".  ") || !line.is_ascii() {
            wrong.push(format!("{}: {line}", i + 1));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_code_has_the_words_of_its_row() {
    let header = header();
    for row in TABLE {
        let what = row.text.trim_start_matches("SSL connection error: ");
        let (name, number) = (row.name, row.code.number());
        // The first letter may have become a capital.
        let expected = format!("{}{} */\n#define {name} ({number})\n", &what[1..], row.clause);
        assert!(header.contains(&expected), "no\n{expected}");
    }
}

#[test]
fn bits_are_hexadecimal() {
    for line in header().lines().filter(|line| line.starts_with("#define TLSQL_")) {
        let is_bit = ["_ERROR_", "_VERIFY_", "_WANT_", "_EVENT_"].iter().any(|b| line.contains(b));
        let is_code = line.contains("TLSQL_E_");
        assert!(is_code || is_bit == line.contains(" 0x"), "{line}");
    }
}

/// Each file of the ABI is a section, in the order of their dependencies.
#[test]
fn each_file_has_its_banner() {
    let header = header();
    let titles: Vec<_> = header
        .lines()
        .filter_map(|line| line.strip_prefix("/* ")?.strip_suffix(" */")?.split_once(" ---"))
        .map(|(title, rest)| {
            assert!(rest.chars().all(|c| c == '-'), "{title}");
            title
        })
        .collect();
    let files = source::all();
    let public = files.iter().filter(|(path, text)| {
        path.starts_with("ffi/") && text.contains("#[unsafe(no_mangle)]\npub")
    });
    // The codes come from the error table.
    assert_eq!(titles.len(), public.count() + 1, "{titles:?}");
    assert_eq!(titles.first(), Some(&"Codes"));
}

#[test]
fn each_function_has_a_comment_that_opens_with_a_verb() {
    let header = header();
    for (at, _) in header.match_indices("\nTLSQL_API") {
        let declared = header[at + 1..].split(';').next().unwrap();
        let comment = header[..at].strip_suffix("*/").map(|text| text.rsplit("/**").next());
        let comment = comment.flatten().unwrap_or_else(|| panic!("no comment: {declared}"));
        let mut words = comment.split_whitespace().filter(|word| *word != "*");
        let first = match words.next().unwrap() {
            "Client:" | "Server:" => words.next().unwrap().to_owned(),
            word => word.to_owned(),
        };
        assert!(first.trim_end_matches(',').ends_with('s'), "{first:?} begins {declared}");
    }
}
