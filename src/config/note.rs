//! What a builder tells beside its failures.

/// Something the user should know that is no failure.
#[derive(Clone, Debug)]
pub struct Note {
    pub option: &'static str,
    pub severity: Severity,
    pub text: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    Note = 1,
    Warning = 2,
    Error = 3,
}

impl Note {
    /// About an option, which the text names first.
    pub fn new(severity: Severity, option: &'static str, text: &str) -> Self {
        Self { option, severity, text: format!("{option}: {text}") }
    }
}

impl Severity {
    pub fn number(self) -> u32 {
        match self {
            Self::Note => 1,
            Self::Warning => 2,
            Self::Error => 3,
        }
    }
}
