//! No length of a text is counted by hand in our C: `TLSQL_STR("host")` or `strlen()` stands there,
//! and not `"host", 4`.

use std::fs;
use std::path::Path;

/// Where our C is, and the endings of the files' names there.
const PLACES: &[(&str, &[&str])] = &[
    (".", &["README.md"]),
    ("docs", &[".md"]),
    ("examples", &[".c", ".h"]),
    ("c-tests", &[".c", ".h"]),
];

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
                let pairs = counted(&text).into_iter().filter(|pair| {
                    // The tests' tables have texts with a number of another meaning behind them.
                    *folder != "c-tests" || pair.is_right()
                });
                found
                    .extend(pairs.map(|pair| format!("{name}: {}, {}", pair.literal, pair.number)));
            }
        }
    }
    assert!(files > 30, "only {files} files");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_counted_length_is_found() {
    let text =
        "f(c, \"verify_name\",\n   11, v, n); g((const uint8_t *)\"a\\\"b\", 3u); { \"NULL\", 4 }";
    let pairs = [("\"verify_name\"", "11"), ("\"a\\\"b\"", "3"), ("\"NULL\"", "4")];
    assert_eq!(counted(text), pairs.map(|(literal, number)| Pair { literal, number }));
    assert!(counted(text).iter().all(Pair::is_right));
    assert!(Pair { literal: "\"\\x16\\x03\\0a\\n\"", number: "5" }.is_right());
    assert!(!Pair { literal: "\"REQUIRED\"", number: "1" }.is_right());
    assert!(!Pair { literal: "\"\"", number: "0" }.is_right());
    let text =
        "f(c, TLSQL_STR(\"host\"), v, 4); say(\"x\", \"4\", 4 * n); g(\"one\" \"two\", n, 7);";
    assert!(counted(text).is_empty());
}

/// A string literal, quotes included, and the number that follows it.
#[derive(Debug, PartialEq)]
struct Pair<'a> {
    literal: &'a str,
    number: &'a str,
}

impl Pair<'_> {
    /// Whether the number is the length of the literal, which is not empty.
    fn is_right(&self) -> bool {
        let mut rest = &self.literal[1..self.literal.len() - 1];
        let mut len = 0;
        while let Some(c) = rest.chars().next() {
            let digits = |text: &str, radix, most| {
                text.chars().take(most).take_while(|c| c.is_digit(radix)).count()
            };
            rest = match rest.as_bytes() {
                [b'\\', b'x', ..] => &rest[2 + digits(&rest[2..], 16, usize::MAX)..],
                [b'\\', b'0'..=b'7', ..] => &rest[1 + digits(&rest[1..], 8, 3)..],
                [b'\\', ..] => &rest[2..],
                _ => {
                    len += c.len_utf8() - 1;
                    &rest[c.len_utf8()..]
                }
            };
            len += 1;
        }
        len > 0 && self.number.parse() == Ok(len)
    }
}

/// Finds string literals that a comma and a whole number follow.
fn counted(text: &str) -> Vec<Pair<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let Some(len) = literal(&rest[start..]) else {
            rest = &rest[start + 1..];
            continue;
        };
        let (literal, behind) = rest[start..].split_at(len);
        if let Some(number) = behind.trim_start().strip_prefix(',').and_then(number) {
            found.push(Pair { literal, number });
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
