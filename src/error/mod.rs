//! One error type, one table.
//!
//! Decisions carry a code and the details that were at hand; the sentence is made at the edge, by
//! `message()`. What makes an error is never inlined: there are hundreds of places that do, and none is
//! in a hurry.

pub mod alert;
mod table;

pub use alert::Alert;
pub use table::{Code, Row, TABLE, UsedBy, verify_flag};

use std::fmt;
use std::ops::Range;

use crate::text::{distinct, printable, quoted, shorten, visible};

/// A failure: its code, and what was known when it happened.
#[derive(Clone, Debug)]
pub struct Error {
    pub code: Code,
    details: Option<Box<Details>>,
}

/// What a failure's row cannot know.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// MySQL's name of the option to change.
    pub option: Option<String>,
    pub path: Option<String>,
    pub os_errno: u32,
    /// One short fact for the message, without a final stop.
    pub detail: Option<String>,
    pub server_error: Option<ServerError>,
    pub alert: Option<Alert>,
    /// The X509_V_ERR_ number of a refused chain, and the depth: 0 the leaf, 1 its issuer.
    pub x509: Option<(i32, u32)>,
    /// Replaces the row's errno and SQLSTATE, where roles or profiles differ.
    pub errno: Option<(u16, &'static str)>,
    /// Replaces the row's hint, where more is known of what helps.
    pub hint: Option<String>,
    /// Replaces the row's option and `option`, where the hint names another.
    pub hint_option: Option<&'static str>,
    /// Where the value came from that the failure is about, where no detail says that.
    pub origin: Option<String>,
    /// The value is known, and this build cannot do what it asks for.
    pub is_unsupported: bool,
    /// Replaces "SSL connection error: " in front of the row's text, where no connection failed.
    pub prefix: Option<&'static str>,
    /// Replaces the row's text, and names the option itself.
    pub sentence: Option<String>,
    /// Replaces the whole message: words of MySQL's own, to which nothing is added.
    pub words: Option<String>,
    /// Number of the entry in MySQL's error log; 0 where it has none.
    pub log_code: u32,
    /// What the call was to do instead was done: MySQL's statement succeeds, with a warning.
    pub is_warning: bool,
}

/// A sentence for people.
#[derive(Clone, Debug)]
pub struct Message {
    pub text: String,
    /// Bytes of `text` that say what happened: not the prefix that client libraries write
    /// themselves, and not the hint, which names our options.
    pub fact: Range<usize>,
}

/// The ERR packet that a server sent in clear text.
#[derive(Clone, Debug)]
pub struct ServerError {
    pub errno: u16,
    pub sqlstate: [u8; 5],
    pub text: Vec<u8>,
}

impl Error {
    #[cold]
    #[inline(never)]
    pub fn with(code: Code, details: Details) -> Self {
        Self { code, details: Some(Box::new(details)) }
    }

    /// About an option's value; `detail` has no final stop.
    #[cold]
    #[inline(never)]
    pub fn option(code: Code, option: &str, detail: impl Into<String>) -> Self {
        let detail = Some(detail.into());
        Self::with(code, Details { option: Some(option.to_owned()), detail, ..Details::default() })
    }

    /// About a file that an option names.
    #[cold]
    #[inline(never)]
    pub fn file(code: Code, option: &str, path: &str, detail: impl Into<String>) -> Self {
        Self::with(
            code,
            Details {
                option: Some(option.to_owned()),
                path: Some(path.to_owned()),
                detail: Some(detail.into()),
                ..Details::default()
            },
        )
    }

    /// Adds the file that the option names, unless it is known already.
    #[cold]
    #[inline(never)]
    pub fn in_file(self, path: Option<&str>) -> Self {
        self.edit(|details| details.path = details.path.take().or(path.map(str::to_owned)))
    }

    #[cold]
    #[inline(never)]
    pub fn detail(code: Code, detail: impl Into<String>) -> Self {
        Self::with(code, Details { detail: Some(detail.into()), ..Details::default() })
    }

    /// About a peer's chain: an X509_V_ERR_ number at a depth; `detail` has no final stop.
    #[cold]
    #[inline(never)]
    pub fn x509(code: Code, number: i32, depth: u32, detail: impl Into<String>) -> Self {
        let (x509, detail) = (Some((number, depth)), Some(detail.into()));
        Self::with(code, Details { x509, detail, ..Details::default() })
    }

    /// A failure that MySQL has words for: they are the whole message.
    #[cold]
    #[inline(never)]
    pub fn words(code: Code, words: impl Into<String>, log_code: u32) -> Self {
        Self::with(code, Details { words: Some(words.into()), log_code, ..Details::default() })
    }

    /// Replaces the row's hint by one for this case.
    #[cold]
    #[inline(never)]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        self.edit(|details| details.hint = Some(hint.into()))
    }

    /// Replaces the row's hint, unless there is one for this case or the failure has another code.
    pub fn or_hint(self, code: Code, hint: &str) -> Self {
        let is_rows = self.details().is_none_or(|details| details.hint.is_none());
        if self.code == code && is_rows { self.with_hint(hint) } else { self }
    }

    /// Replaces the row's text by one that names the option.
    #[cold]
    #[inline(never)]
    pub fn with_sentence(self, sentence: impl Into<String>) -> Self {
        self.edit(|details| details.sentence = Some(sentence.into()))
    }

    /// Removes the option, for a text that names it already.
    pub fn without_option(self) -> Self {
        self.edit(|details| details.option = None)
    }

    /// Adds where the value came from that the failure is about.
    pub fn with_origin(self, origin: impl Into<String>) -> Self {
        self.edit(|details| details.origin = Some(origin.into()))
    }

    /// Replaces the row's option by the one that this case's hint names.
    #[cold]
    #[inline(never)]
    pub fn with_hint_option(self, option: &'static str) -> Self {
        self.edit(|details| details.hint_option = Some(option))
    }

    /// Replaces the fact that the message adds to the row's text.
    #[cold]
    #[inline(never)]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        self.edit(|details| details.detail = Some(detail.into()))
    }

    /// Says that it is about the certificate for this name of a server.
    #[cold]
    #[inline(never)]
    pub fn of_name(self, name: &str) -> Self {
        let known = self.details().and_then(|details| details.detail.clone());
        let of = format!("of the name {}", quoted(name));
        self.with_detail(known.map_or_else(|| of.clone(), |known| format!("{known} ({of})")))
    }

    /// Replaces the row's MySQL number and SQLSTATE.
    #[cold]
    #[inline(never)]
    pub fn with_errno(self, errno: u16, sqlstate: &'static str) -> Self {
        self.edit(|details| details.errno = Some((errno, sqlstate)))
    }

    /// Makes it the failure of a server's reload of its certificates, with MySQL's number and words:
    /// `ALTER INSTANCE RELOAD TLS`.
    pub fn in_reload(self) -> Self {
        self.with_errno(RELOAD_ERRNO, "HY000").edit(|details| details.prefix = Some(SETUP_FAILED))
    }

    /// Makes it the warning of a call that did what it was to do after a failure.
    pub fn as_warning(self) -> Self {
        self.edit(|details| details.is_warning = true)
    }

    /// Replaces the code; the details stay.
    pub fn with_code(self, code: Code) -> Self {
        Self { code, ..self }
    }

    pub fn row(&self) -> &'static Row {
        self.code.row()
    }

    pub fn details(&self) -> Option<&Details> {
        self.details.as_deref()
    }

    /// The number of the server's ERR packet, else the row's.
    pub fn mysql_errno(&self) -> u16 {
        let own = self.details().and_then(|f| f.errno).map_or(self.row().errno, |(errno, _)| errno);
        self.server_error().map_or(own, |server| server.errno)
    }

    /// Five characters, or empty.
    pub fn sqlstate(&self) -> String {
        if let Some(server) = self.server_error() {
            let is_state = server.sqlstate.iter().all(u8::is_ascii_alphanumeric);
            let own = if is_state { &server.sqlstate } else { b"HY000" };
            return String::from_utf8_lossy(own).into_owned();
        }
        let own = self.details().and_then(|f| f.errno);
        own.map_or(self.row().sqlstate, |(_, sqlstate)| sqlstate).to_owned()
    }

    /// The alert that ended the connection, or that we sent for it.
    pub fn alert(&self) -> Option<Alert> {
        self.details().and_then(|f| f.alert)
    }

    /// Adds the alert that was queued for it.
    #[cold]
    #[inline(never)]
    pub fn with_alert(self, number: u8) -> Self {
        self.edit(|details| details.alert = Some(Alert { number, from_peer: false }))
    }

    /// The number of the entry in MySQL's error log; 0 where it has none.
    pub fn log_code(&self) -> u32 {
        self.details().map_or(0, |f| f.log_code)
    }

    pub fn is_warning(&self) -> bool {
        self.details().is_some_and(|f| f.is_warning)
    }

    /// OpenSSL's number for a refused chain, and its depth.
    pub fn x509_error(&self) -> Option<(i32, u32)> {
        self.details().and_then(|f| f.x509)
    }

    /// The text came in clear before TLS.
    pub fn unauthenticated(&self) -> bool {
        self.server_error().is_some()
    }

    /// The option to change, or the name of a fact of the connection: what the failure is about, or
    /// else what its hint names.
    pub fn option_name(&self) -> Option<&str> {
        let details = self.details();
        // Words of MySQL's own advise nothing.
        if details.is_some_and(|details| details.words.is_some()) {
            return None;
        }
        let named = details.and_then(|details| details.hint_option.or(details.option.as_deref()));
        // A hint of its own may advise something else than the row's.
        let (row, hint) = (self.row(), self.hint());
        let is_advised = hint == row.hint || hint.contains(row.option);
        named.or(Some(row.option).filter(|name| is_advised && !name.is_empty()))
    }

    /// The certificate checks that this failure means, as `verify_flag` bits.
    pub fn verify_flags(&self) -> u32 {
        self.row().verify_flags
    }

    /// Returns the sentence for people: what happened, with the details, and what to change.
    pub fn message(&self) -> String {
        self.to_message().text
    }

    /// Returns the message, and where in it the fact stands.
    pub fn to_message(&self) -> Message {
        if let Some(words) = self.details().and_then(|details| details.words.as_deref()) {
            let text = visible(words);
            let fact = 0..text.len();
            return Message { text, fact };
        }
        let row = self.row();
        let text = if self.is_reasoned() { NOT_NOW } else { row.text };
        let sentence = self.details().and_then(|details| details.sentence.as_deref());
        let text = sentence.unwrap_or(text);
        let (prefix, what) =
            text.strip_prefix(SSL_PREFIX).map_or(("", text), |what| (SSL_PREFIX, what));
        let prefix = self.details().and_then(|details| details.prefix).unwrap_or(prefix);
        let mut fact = what.to_owned();
        if let Some(details) = self.details() {
            let path_first = matches!(
                self.code,
                Code::File
                    | Code::FileWrite
                    | Code::NotLoaded
                    | Code::KeyForm
                    | Code::OptionFile
                    | Code::OptionSyntax
                    | Code::OptionInclude
            );
            details.describe(&mut fact, path_first);
        }
        fact.push_str(row.clause);
        let fact = visible(&fact);
        let hint = visible(self.hint());
        let stop = match (hint.is_empty(), fact.ends_with('.')) {
            (true, _) => "",
            (false, true) => " ",
            (false, false) => ". ",
        };
        let end = prefix.len().saturating_add(fact.len());
        Message { text: format!("{prefix}{fact}{stop}{hint}"), fact: prefix.len()..end }
    }

    /// Whether a call was refused for a reason that says all: it need not be the phase, of which the
    /// row speaks.
    fn is_reasoned(&self) -> bool {
        let says_all = |details: &Details| details.detail.is_some() && details.hint.is_none();
        self.code == Code::State && self.details().is_some_and(says_all)
    }

    /// What to change.
    pub fn hint(&self) -> &str {
        let details = self.details();
        if let Some(hint) = details.and_then(|details| details.hint.as_deref()) {
            return hint;
        }
        if self.is_reasoned() {
            return "";
        }
        let alert = self.alert().filter(|alert| alert.from_peer && self.code == Code::Alert);
        alert.map_or(self.row().hint, Alert::hint)
    }

    /// Makes `known`, the reason of an earlier wrong call, what is known after this one: its reason,
    /// and none if it has none and is of the same code.
    pub fn replace_reason(&self, known: &mut Option<Self>) {
        if self.details.is_some() || known.as_ref().is_some_and(|known| known.code == self.code) {
            *known = self.details.is_some().then(|| self.clone());
        }
    }

    fn edit(mut self, change: impl FnOnce(&mut Details)) -> Self {
        change(self.details.get_or_insert_default());
        self
    }

    fn server_error(&self) -> Option<&ServerError> {
        self.details().and_then(|f| f.server_error.as_ref())
    }
}

impl Details {
    /// Adds what was known, the reason in front: a client library keeps 100 bytes, and a path or a
    /// reason is long. Where the file is the matter (`path_first`), it comes before the reason.
    fn describe(&self, text: &mut String, path_first: bool) {
        let option = self.option.as_deref().filter(|_| self.sentence.is_none());
        let option = option.map(|option| shorten(&distinct(option), MAX_OPTION));
        let path = self.path.as_deref().map(|path| shorten(&distinct(path), MAX_PATH));
        let is_file = path.is_some();
        let named = match (option, path) {
            (Some(option), Some(path)) => Some(format!("{option}={path}")),
            (option, path) => option.or(path),
        };
        let place: Vec<_> = named.into_iter().chain(self.origin.clone()).collect();
        let place =
            if place.is_empty() { String::new() } else { format!(" ({})", place.join("; ")) };
        let (before, after) =
            if path_first || !is_file { (place.as_str(), "") } else { ("", place.as_str()) };
        text.push_str(before);
        if let Some(server) = &self.server_error {
            let words = printable(&String::from_utf8_lossy(&server.text));
            let is_long = words.len() > 2 * MAX_SERVER_TEXT;
            let most = if is_long { MAX_SERVER_TEXT / 2 } else { MAX_SERVER_TEXT };
            let space = if words.is_empty() { "" } else { " " };
            text.push_str(&format!(": {}{space}{}", server.errno, shorten(&words, most)));
        }
        if let Some(detail) = &self.detail {
            text.push_str(if self.server_error.is_some() { ", " } else { ": " });
            text.push_str(&shorten(detail, MAX_DETAIL));
        }
        text.push_str(after);
        if let Some(alert) = self.alert.filter(|alert| alert.from_peer) {
            let means =
                if self.detail.is_some() { String::new() } else { format!(", {}", alert.means()) };
            text.push_str(&format!(" (alert {} {}{means})", alert.number, alert.name()));
        }
    }
}

/// Replaces the row's text of a call that is refused for another reason than the phase.
const NOT_NOW: &str = "Not allowed now";
/// The text of MySQL's CR_SSL_CONNECTION_ERROR.
const SSL_PREFIX: &str = "SSL connection error: ";
/// MySQL's words where a server's certificates cannot be used.
pub const SETUP_FAILED: &str = "Failed to set up SSL because of the following SSL library error: ";
/// MySQL's number for the same.
const RELOAD_ERRNO: u16 = 3888;
/// Characters of an option's name that a message shows: enough for every known one.
const MAX_OPTION: usize = 60;
/// Characters of a path that a message shows.
const MAX_PATH: usize = 160;
/// Characters of a server's ERR packet: MySQL's words about a blocked host with an IPv6 address.
const MAX_SERVER_TEXT: usize = 136;
/// Characters of a fact. A message has 512 (TLSQL_MESSAGE_SIZE).
const MAX_DETAIL: usize = 300;

impl Code {
    pub fn row(self) -> &'static Row {
        // invariant: the macro makes one row for each variant.
        TABLE.iter().find(|row| row.code == self).unwrap_or(NO_ROW)
    }

    /// From the value of a C constant.
    pub fn from_number(number: i32) -> Option<Self> {
        TABLE.iter().find(|row| row.code.number() == number).map(|row| row.code)
    }

    /// A wrong call changes nothing; its reason alone is kept, for an explanation.
    pub fn is_misuse(self) -> bool {
        self.number() > -20
    }
}

const NO_ROW: &Row = &Row {
    code: Code::Panic,
    name: "",
    errno: 0,
    sqlstate: "",
    alert: None,
    text: "",
    clause: "",
    hint: "",
    option: "",
    verify_flags: 0,
    used_by: UsedBy::Nobody,
};

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self { code, details: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message(), self.row().name)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_parts_lose_their_middle() {
        let (long, path) = ("ä".repeat(400), "ö".repeat(200));
        let text = Error::file(Code::File, &"ü".repeat(70), &path, long.as_str()).message();
        let half = |letter: &str, count: usize| letter.repeat(count);
        let shown = |letter: &str, most: usize| format!("{0}...{0}", half(letter, most / 2));
        let expected = format!(" ({}={}): {}.", shown("ü", 60), shown("ö", 160), shown("ä", 300));
        assert!(text.contains(&expected), "{text}");
    }

    #[test]
    fn blanks_and_line_ends_of_a_name_are_seen() {
        for (name, shown) in
            [("ssl_ca ", "('ssl_ca ')"), ("ssl_ca\n", r"('ssl_ca\n')"), ("ssl-xx", "(ssl-xx)")]
        {
            let message = Error::option(Code::OptionName, name, "").message();
            assert!(message.contains(shown), "{message}");
        }
    }

    #[test]
    fn a_peer_cannot_steer_what_shows_a_message() {
        let text = "\u{1b}[2J\r\n[Note] login ok \u{202e}gpj\u{2066}\u{200f}";
        let message = Error::detail(Code::CertName, text).message();
        let shown = r"\u{1b}[2J\r\n[Note] login ok \u{202e}gpj\u{2066}\u{200f}";
        assert!(message.contains(shown), "{message}");
        assert_eq!(message, printable(&message));
    }
}
