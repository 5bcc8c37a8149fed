//! One option's value: parsed, as it was spelled, and where it came from.

use std::fmt;
use std::sync::Arc;

use super::{Note, Severity};
use crate::error::{Code, Error};
use crate::text;

/// The value of one option, if one was set.
#[derive(Debug, Default)]
pub enum Setting<T> {
    #[default]
    Unset,
    Value(T, Given),
    /// Why the value could not be read, where a server may go on without TLS all the same.
    Fault(Error, Given),
}

/// How a value was set.
#[derive(Clone, Debug)]
pub struct Given {
    /// The value as it was spelled.
    text: String,
    origin: Origin,
}

/// What a parser makes of a text.
#[derive(Debug)]
pub struct Parsed<T> {
    pub value: T,
    /// What the user should know of the value.
    pub notes: Vec<(Severity, String)>,
}

/// Where a value came from. This is the one place that tells origins apart: another one needs a
/// constructor here, and its rank in `outranks`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Origin {
    /// What errors and notes add; `None` for a call of the program, which knows what it called.
    place: Option<Place>,
}

/// Where a value came from that the program did not set.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Place {
    /// A line of an option file, printed as "FILE, line 3".
    Line { file: Arc<str>, line: usize },
    /// The data directory, where nobody named the file.
    Found,
}

/// What was derived would be inlined into the clone of all options, once for each.
impl<T: Clone> Clone for Setting<T> {
    #[inline(never)]
    fn clone(&self) -> Self {
        match self {
            Self::Unset => Self::Unset,
            Self::Value(value, given) => Self::Value(value.clone(), given.clone()),
            Self::Fault(fault, given) => Self::Fault(fault.clone(), given.clone()),
        }
    }
}

impl<T> Setting<T> {
    /// Stores a value, unless the present one outranks it. Returns whether it was stored.
    #[inline(never)]
    pub fn store(&mut self, value: T, text: &str, origin: Origin) -> bool {
        self.put(|given| Self::Value(value, given), text, origin)
    }

    /// Stores why a value cannot be read, as if it were one.
    pub fn store_fault(&mut self, fault: Error, text: &str, origin: Origin) -> bool {
        self.put(|given| Self::Fault(fault, given), text, origin)
    }

    fn put(&mut self, make: impl FnOnce(Given) -> Self, text: &str, origin: Origin) -> bool {
        if self.origin().is_some_and(|present| present.outranks(&origin)) {
            return false;
        }
        *self = make(Given { text: text.to_owned(), origin });
        true
    }

    pub fn is_set(&self) -> bool {
        self.given().is_some()
    }

    pub fn value(&self) -> Option<&T> {
        if let Self::Value(value, _) = self { Some(value) } else { None }
    }

    /// Why the value that was set could not be read.
    pub fn fault(&self) -> Option<&Error> {
        if let Self::Fault(fault, _) = self { Some(fault) } else { None }
    }

    /// The value as it was spelled.
    pub fn text(&self) -> Option<&str> {
        self.given().map(|given| given.text.as_str())
    }

    pub fn origin(&self) -> Option<&Origin> {
        self.given().map(|given| &given.origin)
    }

    fn given(&self) -> Option<&Given> {
        match self {
            Self::Unset => None,
            Self::Value(_, given) | Self::Fault(_, given) => Some(given),
        }
    }
}

impl Setting<bool> {
    pub fn is_on(&self) -> bool {
        self.value() == Some(&true)
    }

    pub fn is_off(&self) -> bool {
        self.value() == Some(&false)
    }
}

/// Keeps the first notes on a value, and one that says how many there were behind them: a list in an
/// option file has room for 300,000 names.
pub fn few(mut notes: Vec<(Severity, String)>) -> Vec<(Severity, String)> {
    let behind = notes.split_off(notes.len().min(MAX_NOTES));
    let is_warning = |(severity, _): &(Severity, String)| *severity == Severity::Warning;
    let has_warning = behind.iter().any(is_warning);
    let severity = if has_warning { Severity::Warning } else { Severity::Note };
    if !behind.is_empty() {
        notes.push((severity, format!("and {} more like these", behind.len())));
    }
    notes
}

impl<T> From<T> for Parsed<T> {
    fn from(value: T) -> Self {
        Self { value, notes: Vec::new() }
    }
}

impl Origin {
    /// A call of the program.
    pub fn program() -> Self {
        Self::default()
    }

    /// A line of an option file, counted from 1.
    pub fn file(file: &Arc<str>, line: usize) -> Self {
        Self { place: Some(Place::Line { file: Arc::clone(file), line }) }
    }

    /// A file that was found in the data directory, which nobody named.
    pub fn found() -> Self {
        Self { place: Some(Place::Found) }
    }

    /// Whether it is a call of the program.
    pub fn is_program(&self) -> bool {
        self.place.is_none()
    }

    /// Whether it is a line of an option file.
    pub fn is_file(&self) -> bool {
        matches!(self.place, Some(Place::Line { .. }))
    }

    pub fn is_found(&self) -> bool {
        self.place == Some(Place::Found)
    }

    /// Whether a value from here stays where one from `other` comes later. The program's own
    /// outranks every other, and what somebody named what was found; among equals the later one
    /// replaces the earlier.
    fn outranks(&self, other: &Self) -> bool {
        self.rank() > other.rank()
    }

    fn rank(&self) -> u8 {
        match self.place {
            None => 2,
            Some(Place::Line { .. }) => 1,
            Some(Place::Found) => 0,
        }
    }

    /// Adds the place to a failure that is about the value.
    pub fn explain(&self, error: Error) -> Error {
        let Some(place) = &self.place else { return error };
        // Where the file itself is wrong its line is what matters, and comes first.
        let is_of_file = matches!(error.code, Code::OptionSyntax | Code::OptionInclude);
        if is_of_file && error.option_name().is_none() {
            return error.in_file(Some(&place.to_string()));
        }
        match error.details().and_then(|details| details.detail.clone()) {
            Some(detail) => error.with_detail(format!("{detail} ({place})")),
            None => error.with_origin(place.to_string()),
        }
    }

    /// Adds the place to a note that is about the value.
    pub fn annotate(&self, note: &mut Note) {
        // A line of MySQL's log stays as MySQL writes it.
        if let Some(place) = self.place.as_ref().filter(|_| note.log_code == 0) {
            note.text.push_str(&format!(" ({})", text::visible(&place.to_string())));
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line } => {
                write!(f, "{}, line {line}", text::shorten(&text::distinct(file), MAX_FILE))
            }
            Self::Found => f.write_str("found in the data directory"),
        }
    }
}

/// Notes on one value that are kept: OpenSSL's default list has 60 names.
const MAX_NOTES: usize = 100;

/// Characters of a file's path that an error or a note shows.
const MAX_FILE: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_value_outranks_and_equals_replace() {
        let file = || Origin::file(&Arc::from("my.cnf"), 3);
        let mut setting = Setting::default();
        assert_eq!((setting.is_set(), setting.text()), (false, None));
        assert!(setting.store(1, "one", file()));
        assert!(setting.store(2, "two", file()), "a later line replaces an earlier one");
        assert!(setting.store(3, "three", Origin::program()));
        assert!(setting.store(4, "four", Origin::program()), "a later call too");
        assert!(!setting.store(5, "five", file()), "a file does not replace a call");
        assert_eq!((setting.value(), setting.text()), (Some(&4), Some("four")));
        assert_eq!(setting.origin(), Some(&Origin::program()));
    }

    #[test]
    fn another_place_than_the_program_is_told() {
        let file = Origin::file(&Arc::from("my.cnf"), 3);
        let error = || Error::detail(Code::OptionValue, "'x' is neither ON nor OFF");
        let detail = |error: Error| error.details().and_then(|details| details.detail.clone());
        let told = "'x' is neither ON nor OFF (my.cnf, line 3)";
        assert_eq!(detail(file.explain(error())).as_deref(), Some(told));
        let bare = file.explain(Code::NotLoaded.into());
        assert!(bare.message().starts_with("File not loaded (my.cnf, line 3). "), "{bare}");
        let untold = detail(Origin::program().explain(error()));
        assert_eq!(untold.as_deref(), Some("'x' is neither ON nor OFF"));
        let mut note = Note::new(Severity::Note, "ssl", "ON has no effect");
        Origin::program().annotate(&mut note);
        assert_eq!(note.text, "ssl: ON has no effect");
        file.annotate(&mut note);
        assert_eq!(note.text, "ssl: ON has no effect (my.cnf, line 3)");
    }
}
