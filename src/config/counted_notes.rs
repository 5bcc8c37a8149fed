//! The notes of one reading of option files, whose number is bounded: a file has room for 80,000.

use super::{Note, Severity};

/// Notes, of each kind the first ones, and how many there were.
#[derive(Debug, Default)]
pub struct CountedNotes {
    notes: Vec<Note>,
    /// How many there were of each of `Kind::ALL`.
    counts: [usize; 3],
}

/// What a note says of an option file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// An option behind `loose-` is unknown.
    Unknown,
    /// An option behind `loose-` asks for what this build cannot do.
    Unsupported,
    /// Everybody may write the file.
    WorldWritable,
}

impl CountedNotes {
    /// Adds a note, or counts it where there are enough of its kind.
    pub fn add(&mut self, kind: Kind, note: Note) {
        for (counted, count) in Kind::ALL.iter().zip(&mut self.counts) {
            if *counted == kind {
                *count = count.saturating_add(1);
                if *count <= MAX_OF_A_KIND {
                    self.notes.push(note);
                }
                return;
            }
        }
    }

    /// Returns the notes in their order, and behind them how many more there are of each kind.
    pub fn finish(self) -> Vec<Note> {
        let mut notes = self.notes;
        for (kind, count) in Kind::ALL.iter().zip(self.counts) {
            match count.saturating_sub(MAX_OF_A_KIND) {
                0 => {}
                more => notes.push(kind.more(more)),
            }
        }
        notes
    }
}

impl Kind {
    const ALL: [Self; 3] = [Self::Unknown, Self::Unsupported, Self::WorldWritable];

    fn more(self, count: usize) -> Note {
        let (severity, one, many) = match self {
            Self::Unknown => (
                Severity::Note,
                "option that is unknown is left out",
                "options that are unknown are left out",
            ),
            Self::Unsupported => (
                Severity::Note,
                "option that cannot be honoured is left out",
                "options that cannot be honoured are left out",
            ),
            Self::WorldWritable => (
                Severity::Warning,
                "file that everybody may write is ignored",
                "files that everybody may write are ignored",
            ),
        };
        let text = if count == 1 { one } else { many };
        Note::about_no_option(severity, &format!("{count} more {text}"))
    }
}

/// Notes of one kind that are kept: more than anybody reads one by one.
const MAX_OF_A_KIND: usize = 20;
