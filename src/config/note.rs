//! Notes on settings that are no failures.

use crate::text;

/// What the user should know of the settings.
#[derive(Clone, Debug)]
pub struct Note {
    /// MySQL's name of the option.
    pub option: &'static str,
    pub severity: Severity,
    pub text: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Note {
    /// Makes a note whose text names the option first. Control characters of a value that the text
    /// repeats become escapes, so that they are seen and cannot steer the terminal that shows it.
    pub fn new(severity: Severity, option: &'static str, text: &str) -> Self {
        Self { option, severity, text: format!("{option}: {}", text::visible(text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_steer_what_shows_a_note() {
        let text = "\u{1b}[31mred\n is not \u{202e}known";
        let note = Note::new(Severity::Note, "tls_ciphersuites", text);
        assert_eq!(note.text, r"tls_ciphersuites: \u{1b}[31mred\n is not \u{202e}known");
    }
}
