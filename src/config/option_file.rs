//! The syntax of MySQL's option files: what each line says. No file is opened here.
//!
//! # Source
//! MySQL 5.7 Reference Manual, section 4.2.2.2, and what the programs of MySQL 5.7.29 and MariaDB
//! 10.11 make of a line. Where a line is read otherwise here, docs/option-files.md has the reason.

use std::borrow::Cow;

/// A line that says something.
#[derive(Debug, PartialEq)]
pub enum Line<'a> {
    /// `[NAME]`.
    Group(&'a [u8]),
    /// `!include PATH`.
    Include(&'a [u8]),
    /// `!includedir PATH`.
    IncludeDirectory(&'a [u8]),
    Option(OptionLine<'a>),
}

/// `NAME` or `NAME=VALUE`.
#[derive(Debug, PartialEq)]
pub struct OptionLine<'a> {
    pub name: &'a [u8],
    /// `None` where the name stands alone.
    pub value: Option<Value<'a>>,
}

/// A value, as it stands in the line until somebody asks for it: it may be a password.
#[derive(Debug, PartialEq)]
pub struct Value<'a> {
    /// Without the quotes around it.
    inner: &'a [u8],
    /// A quote begins or ends the value, and the other end has none.
    pub has_odd_quote: bool,
}

/// The reason why a line cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    Utf16,
    Nul,
    CarriageReturn,
    OpenGroup,
    UnknownDirective,
    NoPath,
    /// An option stands before the first group.
    NoGroup,
}

impl Fault {
    /// Returns the sentence for people, without a final stop.
    pub fn text(self) -> &'static str {
        match self {
            Self::Utf16 => "the file is UTF-16 text",
            Self::Nul => "a NUL byte: this is no text file",
            Self::CarriageReturn => "a carriage return inside the line: lines end with LF or CR LF",
            Self::OpenGroup => "a group's name without its ]",
            Self::UnknownDirective => "what begins with ! is !include PATH or !includedir PATH",
            Self::NoPath => "the path is missing",
            Self::NoGroup => "an option before the first [group]",
        }
    }
}

/// Returns the lines that say something, each with its number, counted from 1. Empty lines and
/// comments are passed over, and so is a byte order mark in front of the first line.
///
/// # Errors
/// A line's `Fault` in its place; the lines behind it follow all the same.
pub fn lines(content: &[u8]) -> impl Iterator<Item = (usize, Result<Line<'_>, Fault>)> {
    let is_utf16 = content.starts_with(b"\xff\xfe") || content.starts_with(b"\xfe\xff");
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut has_group = false;
    (1..).zip(content.split(|byte| *byte == b'\n')).filter_map(move |(number, line)| {
        if is_utf16 {
            return (number == 1).then_some((number, Err(Fault::Utf16)));
        }
        let line = read(line).transpose()?;
        has_group |= matches!(line, Ok(Line::Group(_)));
        let is_early = !has_group && matches!(line, Ok(Line::Option(_)));
        Some((number, if is_early { Err(Fault::NoGroup) } else { line }))
    })
}

/// Reads one line, without its LF.
fn read(line: &[u8]) -> Result<Option<Line<'_>>, Fault> {
    let line = trim(line);
    if line.contains(&0) {
        return Err(Fault::Nul);
    }
    // Programs of Mac OS 9 ended lines so: all of their file would be one comment, or one group.
    if line.contains(&b'\r') {
        return Err(Fault::CarriageReturn);
    }
    match line.split_first() {
        None | Some((b'#' | b';', _)) => Ok(None),
        Some((b'!', directive)) => read_directive(directive).map(Some),
        Some((b'[', group)) => {
            let end = group.iter().position(|byte| *byte == b']').ok_or(Fault::OpenGroup)?;
            Ok(Some(Line::Group(trim_end(group.get(..end).unwrap_or_default()))))
        }
        Some(_) => Ok(Some(Line::Option(read_option(without_comment(line))))),
    }
}

fn read_directive(text: &[u8]) -> Result<Line<'_>, Fault> {
    let text = trim(text);
    let end = text.iter().position(|byte| is_blank(*byte)).unwrap_or(text.len());
    let (word, path) = text.split_at(end);
    let path = trim(path);
    let line = match word {
        b"include" => Line::Include(path),
        b"includedir" => Line::IncludeDirectory(path),
        _ => return Err(Fault::UnknownDirective),
    };
    if path.is_empty() { Err(Fault::NoPath) } else { Ok(line) }
}

fn read_option(line: &[u8]) -> OptionLine<'_> {
    let mut parts = line.splitn(2, |byte| *byte == b'=');
    let name = trim(parts.next().unwrap_or_default());
    OptionLine { name, value: parts.next().map(|value| Value::read(trim(value))) }
}

impl<'a> Value<'a> {
    fn read(value: &'a [u8]) -> Self {
        let inner = quoted(value);
        let has_odd_quote = match inner {
            Some(inner) => ends_with_escape(inner),
            None => value.first().is_some_and(is_quote) || value.last().is_some_and(is_quote),
        };
        Self { inner: inner.unwrap_or(value), has_odd_quote }
    }

    /// Whether it has no text; an escape always stands for something.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Returns the value, its escapes replaced.
    pub fn text(&self) -> Cow<'a, [u8]> {
        unescape(self.inner)
    }
}

/// Returns the line up to a `#` outside of quotes. A quote opens in the name too, and one without
/// its second half reaches to the end of the line.
fn without_comment(line: &[u8]) -> &[u8] {
    let (mut quote, mut is_escaped) = (None, false);
    for (i, byte) in line.iter().enumerate() {
        match quote {
            _ if is_quote(byte) && !is_escaped => match quote {
                None => quote = Some(*byte),
                Some(open) if open == *byte => quote = None,
                Some(_) => {}
            },
            None if *byte == b'#' => return trim_end(line.get(..i).unwrap_or_default()),
            _ => {}
        }
        is_escaped = quote.is_some() && *byte == b'\\' && !is_escaped;
    }
    line
}

/// Returns what stands between the quotes of a value.
fn quoted(value: &[u8]) -> Option<&[u8]> {
    let (first, rest) = value.split_first().filter(|(first, _)| is_quote(first))?;
    let (last, inner) = rest.split_last()?;
    (first == last).then_some(inner)
}

/// Whether the byte behind a text would be escaped.
fn ends_with_escape(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Replaces escapes. Before another character, and at the end, a backslash is one.
fn unescape(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\\') {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value.iter();
    while let Some(byte) = rest.next() {
        let escaped = rest.as_slice().first().filter(|_| *byte == b'\\').and_then(|b| escape(*b));
        match escaped {
            Some(escaped) => {
                out.push(escaped);
                rest.next();
            }
            None => out.push(*byte),
        }
    }
    Cow::Owned(out)
}

fn escape(letter: u8) -> Option<u8> {
    match letter {
        b'n' => Some(b'\n'),
        b't' => Some(b'\t'),
        b'r' => Some(b'\r'),
        b'b' => Some(8),
        b's' => Some(b' '),
        b'"' | b'\'' | b'\\' => Some(letter),
        _ => None,
    }
}

fn is_quote(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

/// Whether C's isspace() has it.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
    trim_end(text.get(start..).unwrap_or_default())
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |at| at.saturating_add(1));
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Group, name and value of each option, as `g.name=value`, and faults as their text.
    fn said(content: &str) -> Vec<String> {
        let mut group = String::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut found = Vec::new();
        for (number, line) in lines(content.as_bytes()) {
            match line {
                Ok(Line::Group(name)) => group = text(name),
                Ok(Line::Option(OptionLine { name, value, .. })) => {
                    let value = value.map(|value| format!("={}", text(&value.text())));
                    let value = value.unwrap_or_default();
                    found.push(format!("{group}.{}{value}", text(name)));
                }
                Ok(Line::Include(path)) => found.push(format!("include {}", text(path))),
                Ok(Line::IncludeDirectory(path)) => found.push(format!("all of {}", text(path))),
                Err(fault) => found.push(format!("{number}: {}", fault.text())),
            }
        }
        found
    }

    #[test]
    fn lines_as_mysql_reads_them() {
        // Measured: mysqld 5.7.29 --print-defaults and MariaDB 10.11's my_print_defaults.
        for (content, expected) in [
            ("[g]\na\nb=1\nc = 2\n  d\t=\t3  \n", &["g.a", "g.b=1", "g.c=2", "g.d=3"][..]),
            ("# c\n; c\n\n \t\n  # c\n[g]\na", &["g.a"]),
            ("[g]\na # c\nb=1#c\nc=1 ; d\n", &["g.a", "g.b=1", "g.c=1 ; d"]),
            ("[g]\na#b=1\n", &["g.a"]),
            ("[g]\na=\nb = \nc=''\nd=\"\"\n", &["g.a=", "g.b=", "g.c=", "g.d="]),
            ("[g]\na='1 '\nb=\" 2\" # c\nc=\"x#y\"\n", &["g.a=1 ", "g.b= 2", "g.c=x#y"]),
            ("[g]\na=x'y'z\nb=\"x\"y\nc=x\"#y\"\n", &["g.a=x'y'z", "g.b=\"x\"y", "g.c=x\"#y\""]),
            ("[g]\na=o'b # c\nb=\"x # c\n", &["g.a=o'b # c", "g.b=\"x # c"]),
            ("[g]\na=\"x\\\" # y\"\nb='x\"#y'\n", &["g.a=x\" # y", "g.b=x\"#y"]),
            ("[g]\na=x\\# c\n", &["g.a=x\\"]),
            ("[g]\na=\\n\\t\\r\\b\\s\\\\\\\"\\'\\q\\\n", &["g.a=\n\t\r\u{8} \\\"'\\q\\"]),
            ("[g]\na\\n=1\n", &["g.a\\n=1"]),
            ("[g]\na==b\nc = = d\n=e\n", &["g.a==b", "g.c== d", "g.=e"]),
            ("[g]\na b c = d\n--e=f\n", &["g.a b c=d", "g.--e=f"]),
            ("[g] # c\na\n[h]x=1\nb\n  [i \t]\nc\n[j]]\nd\n", &["g.a", "h.b", "i.c", "j.d"]),
            ("[ g]\na\n[]\nb\n[G]\nc\n", &[" g.a", ".b", "G.c"]),
            ("[g]\r\na=1\r\nb\r\n", &["g.a=1", "g.b"]),
            ("[g]\n\u{b}a\u{c}=\u{b}1\u{c}\n", &["g.a=1"]),
            (
                "!include a b.cnf\n[g]\n ! includedir\t/x/ \na\n",
                &["include a b.cnf", "all of /x/", "g.a"],
            ),
            ("!include \"x\" # y\n", &["include \"x\" # y"]),
        ] {
            assert_eq!(said(content), expected, "{content:?}");
        }
    }

    #[test]
    fn faults_name_their_lines() {
        for (content, expected) in [
            ("a\n[g]\nb\n", &["1: an option before the first [group]", "g.b"][..]),
            ("[g]\n[h\nb\n", &["2: a group's name without its ]", "g.b"]),
            ("[g]\na\0\n", &["2: a NUL byte: this is no text file"]),
            ("\u{feff}[g]\na\n", &["g.a"]),
            ("!includex\n", &["1: what begins with ! is !include PATH or !includedir PATH"]),
            ("!\n", &["1: what begins with ! is !include PATH or !includedir PATH"]),
            ("!include  \n!includedir\n", &["1: the path is missing", "2: the path is missing"]),
            (
                "# c\r[g]\ra=1\r",
                &["1: a carriage return inside the line: lines end with LF or CR LF"],
            ),
        ] {
            assert_eq!(said(content), expected, "{content:?}");
        }
        for utf16 in [&b"\xff\xfe[\0g\0]\0\n\0a\0"[..], b"\xfe\xff\0[\0g\0]\0\n"] {
            let found: Vec<_> = lines(utf16).collect();
            assert_eq!(found, [(1, Err(Fault::Utf16))]);
        }
    }

    #[test]
    fn a_quote_at_one_end_is_odd() {
        for (value, is_odd) in [
            ("\"x\"", false),
            ("''", false),
            ("x'y", false),
            ("\"it's\"", false),
            ("\"x\\\\\"", false),
            ("\"x", true),
            ("x'", true),
            ("\"x'", true),
            ("\"", true),
            ("\"x\" y", true),
            ("\"x\\\"", true),
            ("\"x # y", true),
        ] {
            let content = format!("[g]\na={value}\n");
            let Some((2, Ok(Line::Option(option)))) = lines(content.as_bytes()).nth(1) else {
                panic!("{value}");
            };
            assert_eq!(option.value.unwrap().has_odd_quote, is_odd, "{value}");
        }
    }
}
