//! What is said of revocation lists that do not hold now.

use std::sync::Arc;

use super::options::{SSL_CRL, Spec};
use super::{Note, Severity};
use crate::error::{Code, Error};
use crate::text::{cut, quoted};
use crate::trust::{OnelineForm, OutOfTime, RevocationList, date_text};

/// The option and the file that a list came from; `None` for one from memory.
pub type Place<'a> = Option<(&'static Spec, &'a str)>;

/// Makes the failure for such a list.
pub fn error(place: Place<'_>, why: OutOfTime) -> Error {
    let (why, hint) = match why {
        OutOfTime::Past(due) => (
            format!("the list was to be replaced by {}", date_text(due)),
            "Fetch the CA's present list, or set the clock right.",
        ),
        OutOfTime::Future(from) => (
            format!("the list holds from {} on", date_text(from)),
            "Put it there when that time has come, or set the clock right.",
        ),
    };
    let error = match place {
        Some((option, path)) => option.file_error(Code::Crl, path, why),
        None => SSL_CRL.error(Code::Crl, why),
    };
    error.with_hint(hint)
}

/// Makes notes on such lists: on some of them, and on how many more there are.
pub fn notes<'a>(
    lists: &[(&Arc<RevocationList>, OutOfTime)],
    place_of: impl Fn(&Arc<RevocationList>) -> Place<'a>,
) -> Vec<Note> {
    let (shown, more) = lists.split_at(lists.len().min(MAX_NOTES));
    let mut notes: Vec<_> =
        shown.iter().map(|(list, why)| note(place_of(list), list, *why)).collect();
    if !more.is_empty() {
        let text = format!("{} more lists do not hold now", more.len());
        notes.push(SSL_CRL.note(Severity::Warning, &text));
    }
    notes
}

fn note(place: Place<'_>, list: &RevocationList, why: OutOfTime) -> Note {
    let when = match why {
        OutOfTime::Past(due) => format!("was to be replaced by {}", date_text(due)),
        OutOfTime::Future(from) => format!("holds from {} on", date_text(from)),
    };
    let issuer = list.issuer().oneline(OnelineForm::OpenSsl3);
    let issuer = quoted(&cut(&String::from_utf8_lossy(&issuer), MAX_NAME));
    let text = format!(
        "the list of {issuer} {when}: until there is one that holds, each certificate of this CA is \
         refused"
    );
    place.map_or(&SSL_CRL, |(option, _)| option).note(Severity::Warning, &text)
}

/// Lists that have a note each.
const MAX_NOTES: usize = 20;

/// Characters of an issuer's name that a note shows.
const MAX_NAME: usize = 80;
