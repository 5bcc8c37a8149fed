//! Text for people, parts of which a peer, a file or a user wrote.

/// Replaces each character that could steer what shows the text by a space.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if steers(c) { ' ' } else { c }).collect()
}

/// Writes what cannot be seen as an escape, such as `\\n`.
pub fn visible(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match steers(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    out
}

/// Puts a name or a value in quotes, so that its ends are seen.
pub fn quoted(text: &str) -> String {
    format!("'{}'", visible(text))
}

/// Puts a text in quotes where its ends or parts of it could not be seen.
pub fn distinct(text: &str) -> String {
    let is_plain = text.trim() == text && !text.chars().any(steers);
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// Keeps the first `most` characters of a text.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Leaves out the middle of a text of more than `most` characters, such as a path.
pub fn shorten(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let half = most / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(count.saturating_sub(half)).collect();
    format!("{head}...{tail}")
}

/// Returns the longest start of a text that has at most `most` bytes and ends between characters.
pub fn fitting(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

/// Whether a character moves a terminal's cursor or turns the direction of writing.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        let text = "\u{1b}[2J\r\nlogin ok \u{202e}gpj\u{2066}\u{200f}\u{85}";
        assert_eq!(printable(text), " [2J  login ok  gpj   ");
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        for (text, shown) in [
            ("/etc/ca.pem", "/etc/ca.pem"),
            ("/etc/my ca.pem", "/etc/my ca.pem"),
            ("/etc/ca.pem\n", "'/etc/ca.pem\\n'"),
            ("/etc/ca.pem\r\n", "'/etc/ca.pem\\r\\n'"),
            (" /etc/ca.pem", "' /etc/ca.pem'"),
            ("ca\u{202e}.pem", "'ca\\u{202e}.pem'"),
            ("ä", "ä"),
        ] {
            assert_eq!(distinct(text), shown);
        }
        for (text, shown) in [("", "''"), ("a b", "'a b'"), (" a\n", "' a\\n'")] {
            assert_eq!(quoted(text), shown);
        }
    }

    #[test]
    fn long_text_loses_its_end_or_its_middle() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("äöüßef", 3), "äöü...");
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("/ä/b/c/d/e", 4), "/ä.../e");
    }

    #[test]
    fn a_start_ends_between_characters() {
        assert_eq!(fitting("aäb", 9), "aäb");
        assert_eq!(fitting("aäb", 3), "aä");
        assert_eq!(fitting("aäb", 2), "a");
        assert_eq!(fitting("ä", 1), "");
    }
}
