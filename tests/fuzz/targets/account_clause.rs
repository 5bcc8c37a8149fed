//! The REQUIRE clause: text of any kind, and clauses put together whose meaning is known.

use tlsql::{Account, Code};

use super::cursor::Cursor;

/// The first byte chooses: words and octets as text, or a clause that is made of three values.
pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    match script.u8() & 3 {
        0 => check_made(&mut script),
        1 => {
            let text: String = (0..script.u8() % 24).map(|_| script.pick(&WORDS)).collect();
            check_any(&text);
        }
        _ => check_any(&String::from_utf8_lossy(script.take(4096))),
    }
}

/// What is refused is named and changes nothing; what is taken is taken again.
fn check_any(text: &str) {
    let mut account = Account::default();
    account.set("subject", "/CN=before").unwrap();
    let before = format!("{account:?}");
    match account.set("clause", text) {
        Ok(()) => {
            assert!(!account.is_empty(), "{text:?} says nothing");
            let once = format!("{account:?}");
            account.set("clause", text).unwrap();
            assert_eq!(format!("{account:?}"), once);
        }
        Err(error) => {
            assert_eq!(error.code, Code::OptionValue, "{text:?}");
            assert!(!error.message().contains(char::is_control), "{error:?}");
            // Parts are cut by characters, of which some have several octets.
            assert!(error.message().chars().count() < 512, "{error}");
            assert_eq!(format!("{account:?}"), before, "{text:?} changed something");
        }
    }
}

/// A clause says what the names and values say that it is made of.
fn check_made(script: &mut Cursor<'_>) {
    let (order, style) = (script.u8(), script.u8());
    let mut names = ["cipher", "issuer", "subject"];
    names.rotate_left(usize::from(order % 3));
    if order & 4 != 0 {
        names.swap(0, 1);
    }
    let (mut clause, mut by_name) = ("REQUIRE".to_owned(), Account::default());
    let mut is_taken = true;
    let mut count = 0;
    for (i, name) in names.into_iter().enumerate() {
        if order >> (3 + i) & 1 != 0 {
            continue;
        }
        let value = String::from_utf8_lossy(script.bytes()).into_owned();
        let and = if count > 0 && style >> i & 1 != 0 { " AND" } else { "" };
        let quote = if style >> (3 + i) & 1 != 0 { '\'' } else { '"' };
        clause.push_str(&format!("{and} {name}{}", quoted(&value, quote, style & 0x80 != 0)));
        is_taken &= by_name.set(name, &value).is_ok();
        count += 1;
    }
    let mut by_clause = Account::default();
    let result = by_clause.set("clause", &clause);
    assert_eq!(result.is_ok(), is_taken && count > 0, "{clause:?}: {result:?}");
    if result.is_ok() {
        assert_eq!(format!("{by_clause:?}"), format!("{by_name:?}"), "{clause:?}");
    }
}

/// Writes a text as a literal of SQL.
fn quoted(value: &str, quote: char, doubles: bool) -> String {
    let mut out = String::from(quote);
    for c in value.chars() {
        match c {
            c if c == quote && doubles => out.extend([quote, quote]),
            '\'' | '"' | '\\' => out.extend(['\\', c]),
            '\0' => out.push_str("\\0"),
            '\n' => out.push_str("\\n"),
            '\u{1a}' => out.push_str("\\Z"),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// Their places are written in scripts.
pub const WORDS: [&str; 24] = [
    "REQUIRE ",
    "require ",
    "NONE",
    "SSL ",
    "X509 ",
    "CIPHER ",
    "ISSUER ",
    "SUBJECT ",
    "AND ",
    "and ",
    "SAN ",
    " ",
    "\t",
    "'",
    "\"",
    "\\",
    "''",
    "\\'",
    "'/CN=x' ",
    "\"/C=SE/CN=cl\\\\/ient\" ",
    "'AES128-SHA' ",
    "/* */",
    ";",
    "\0",
];
