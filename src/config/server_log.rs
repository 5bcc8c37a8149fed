//! MySQL's own log lines on a server's TLS configuration, by the numbers of MySQL 8's error log.
//!
//! # Source
//! What servers 5.7.29, 8.0 and 9.7 write; the numbers are those of 8.0 and later.

use super::options::Spec;
use super::{Note, Severity};

/// A line that MySQL writes.
#[derive(Clone, Copy, Debug)]
pub struct LogLine {
    /// The number behind MY- in the log.
    code: u32,
    severity: Severity,
}

/// "Found ca.pem, server-cert.pem and server-key.pem in data directory. …"
pub const FOUND: LogLine = LogLine { code: 10182, severity: Severity::Note };
/// "Skipping generation of SSL certificates as …"
pub const SKIPPED_FOR_OPTIONS: LogLine = LogLine { code: 10303, severity: Severity::Note };
pub const SKIPPED_FOR_FILES: LogLine = LogLine { code: 10304, severity: Severity::Note };
pub const GENERATED: LogLine = LogLine { code: 10305, severity: Severity::Note };
pub const SKIPPED_BY_SWITCH: LogLine = LogLine { code: 10306, severity: Severity::Note };
pub const SELF_SIGNED: LogLine = LogLine { code: 10068, severity: Severity::Warning };
/// "Failed to set up SSL because of the following SSL library error: …"
pub const NO_TLS: LogLine = LogLine { code: 10069, severity: Severity::Warning };
/// "Failed to initialize TLS for channel: …", of MySQL 8 before the line above.
pub const NO_CHANNEL: LogLine = LogLine { code: 13595, severity: Severity::Warning };
/// "SSL error: … from '…'"
pub const FROM_FILE: LogLine = LogLine { code: 59, severity: Severity::Error };

impl LogLine {
    pub fn is(self, note: &Note) -> bool {
        note.log_code == self.code
    }

    /// Makes a note of MySQL's sentence.
    pub fn note(self, option: &Spec, sentence: &str) -> Note {
        Note::of_log(self.code, self.severity, option.name, sentence)
    }
}
