//! Notes on settings that are no failures.

use crate::text;

/// What the user should know of the settings.
#[derive(Clone, Debug)]
pub struct Note {
    /// MySQL's name of the option; empty where the note is about none that is known.
    pub option: &'static str,
    pub severity: Severity,
    /// The number behind MY- of the line in MySQL's error log; 0 for a note of our own.
    pub log_code: u32,
    /// The system's error number, where a file cannot be read; 0 else.
    pub os_errno: u32,
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
    #[cold]
    #[inline(never)]
    pub fn new(severity: Severity, option: &'static str, text: &str) -> Self {
        let text = format!("{option}: {}", text::visible(text));
        Self { option, severity, log_code: 0, os_errno: 0, text }
    }

    /// Makes a note of a line that MySQL writes to its error log, with nothing before it.
    #[cold]
    #[inline(never)]
    pub fn of_log(log_code: u32, severity: Severity, option: &'static str, sentence: &str) -> Self {
        Self { option, severity, log_code, os_errno: 0, text: text::visible(sentence) }
    }

    /// Makes a note on a file, or on an option that is not known.
    #[cold]
    #[inline(never)]
    pub fn about_no_option(severity: Severity, text: &str) -> Self {
        Self { option: "", severity, log_code: 0, os_errno: 0, text: text::visible(text) }
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
