//! No length of a text is counted by hand in C that users copy: `TLSQL_STR("host")` or `strlen()`
//! stands there, and not `"host", 4`.

use std::fs;
use std::path::Path;

/// Where C stands that users copy, and the endings of the files' names there.
const PLACES: &[(&str, &[&str])] =
    &[(".", &["README.md"]), ("docs", &[".md"]), ("examples", &[".c", ".h"])];

#[test]
fn no_length_is_counted_by_hand() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut files) = (Vec::new(), 0);
    for (folder, endings) in PLACES {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if endings.iter().any(|ending| name.ends_with(ending)) {
                files += 1;
                let text = fs::read_to_string(&path).unwrap();
                found.extend(counted(&text).into_iter().map(|pair| format!("{name}: {pair}")));
            }
        }
    }
    assert!(files > 20, "only {files} files");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_counted_length_is_found() {
    let text =
        "f(c, \"verify_name\",\n   11, v, n); g((const uint8_t *)\"a\\\"b\", 3u); { \"NULL\", 4 }";
    assert_eq!(counted(text), ["\"verify_name\", 11", "\"a\\\"b\", 3", "\"NULL\", 4"]);
    let text =
        "f(c, TLSQL_STR(\"host\"), v, 4); say(\"x\", \"4\", 4 * n); g(\"one\" \"two\", n, 7);";
    assert!(counted(text).is_empty());
}

/// Literals that a comma and a whole number follow, as one line each.
fn counted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let Some(len) = literal(&rest[start..]) else {
            rest = &rest[start + 1..];
            continue;
        };
        let (literal, behind) = rest[start..].split_at(len);
        if let Some(number) = behind.trim_start().strip_prefix(',').and_then(number) {
            found.push(format!("{literal}, {number}"));
        }
        rest = behind;
    }
    found
}

/// Bytes of the string literal at the front, its quotes included; `None` if its line ends first.
fn literal(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return None,
            '"' if !escaped => return Some(at + 1),
            _ => escaped = c == '\\' && !escaped,
        }
    }
    None
}

/// The decimal number at the front, if it is an argument or a field by itself.
fn number(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let behind = text[end..].trim_start_matches(['u', 'U', 'l', 'L']).trim_start();
    (end > 0 && behind.starts_with([',', ')', '}'])).then(|| &text[..end])
}
