//! What the text of a Rust file says: its words without comments, its functions, what it uses.

use std::collections::BTreeSet;

/// The unit tests stand at the end of a file.
pub fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// Without comments and literals, in which anything may be named.
pub fn code(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or(line);
        for (i, part) in line.split('"').enumerate() {
            // Good enough for lines of ours: no quote stands inside a literal there.
            if i % 2 == 0 {
                out.push_str(part);
            }
        }
        out.push('\n');
    }
    out
}

/// The modules that a crate's root makes public whatever features are on.
pub fn public_modules(root: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut needs_internals = false;
    for line in root.lines() {
        if let Some(rest) = line.strip_prefix("pub mod ") {
            let name = rest.split([';', ' ']).next().unwrap_or(rest);
            found.extend(Some(name).filter(|_| !needs_internals));
        }
        let is_attribute = line.starts_with("#[");
        let asks = line == "#[cfg(feature = \"internals\")]";
        needs_internals = asks || (is_attribute && needs_internals);
    }
    found
}

/// The modules that `crate::...` names, lists in braces included.
pub fn uses(code: &str) -> BTreeSet<String> {
    named_behind("crate::", code)
}

/// The first names behind this part of a path, lists in braces included.
pub fn named_behind(prefix: &str, code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        // The end of a longer path is none: `super::super::x` names no sibling of `super`.
        if code[..at].ends_with("::") || code[at + prefix.len()..].starts_with("super::") {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(items(list)),
            None => found.extend(first_name(rest)),
        }
    }
    found
}

/// The first name of each item of a list, up to the brace that ends it.
fn items(list: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                found.extend(first_name(&list[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

fn first_name(text: &str) -> Option<String> {
    let word = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_');
    Some(word.collect::<String>()).filter(|name| !name.is_empty())
}

/// Whether a word stands in the code by itself.
pub fn names(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// Names and lines of the functions, as rustfmt writes them: a brace ends one in the column in which
/// it begins.
pub fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let head = line.trim_start();
        let Some((before, rest)) = head.split_once("fn ") else { continue };
        let is_head = before.split_whitespace().all(|word| {
            matches!(word, "const" | "unsafe" | "extern" | "\"C\"") || word.starts_with("pub")
        });
        let has_body = is_head && !line.ends_with(';');
        let Some(name) = first_name(rest).filter(|_| has_body) else { continue };
        let end = format!("{}}}", &line[..line.len() - head.len()]);
        let len = lines[at..].iter().position(|line| *line == end || line.ends_with(" {}"));
        found.extend(len.map(|len| (name, len + 1)));
    }
    found
}
