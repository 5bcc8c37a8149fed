//! The REQUIRE clause of CREATE USER and ALTER USER, as text.
//!
//! # Source
//! MySQL 5.7 Reference Manual 13.7.1.2 (CREATE USER SSL/TLS Options) and 9.1.1 (String Literals).

use crate::text::{cut, visible};

/// What one clause says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Clause {
    pub require: Option<Require>,
    pub cipher: Option<String>,
    pub issuer: Option<String>,
    pub subject: Option<String>,
}

/// The forms of REQUIRE that stand alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Require {
    None,
    Ssl,
    X509,
}

impl Require {
    /// Reads the word in any case.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::None, Self::Ssl, Self::X509]
            .into_iter()
            .find(|r| r.word().eq_ignore_ascii_case(word))
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Ssl => "SSL",
            Self::X509 => "X509",
        }
    }
}

impl Clause {
    /// Reads a whole clause, from the word REQUIRE to its last text.
    ///
    /// # Errors
    /// A fact that names the word or the quote, without a final stop.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Tokens { rest: text };
        match tokens.next()? {
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("REQUIRE") => {}
            Some(other) => return Err(format!("{} where the word REQUIRE stands", other.shown())),
            None => return Err("an empty clause: it begins with REQUIRE".to_owned()),
        }
        match tokens.next()? {
            Some(Token::Word(word)) => match Require::parse(word) {
                Some(alone) => Self::alone(alone, tokens.next()?),
                None => Self::list(word, &mut tokens),
            },
            Some(text) => Err(format!("{} where {FORMS} stands", text.shown())),
            None => Err(format!("nothing behind REQUIRE, where {FORMS} stands")),
        }
    }

    fn alone(require: Require, next: Option<Token<'_>>) -> Result<Self, String> {
        match next {
            Some(more) => {
                Err(format!("{} behind {}, which stands alone", more.shown(), require.word()))
            }
            None => Ok(Self { require: Some(require), ..Self::default() }),
        }
    }

    /// Reads CIPHER, ISSUER and SUBJECT in any order, with or without AND between two of them.
    fn list(first: &str, tokens: &mut Tokens<'_>) -> Result<Self, String> {
        let mut clause = Self::default();
        let mut word = first;
        loop {
            let (name, place) = clause.place(word)?;
            if place.is_some() {
                return Err(format!("{name} stands twice"));
            }
            *place = match tokens.next()? {
                Some(Token::Text(text)) => Some(text),
                Some(other) => {
                    return Err(format!(
                        "{} behind {name}, where a quoted text stands",
                        other.shown()
                    ));
                }
                None => return Err(format!("{name} without a quoted text")),
            };
            let mut next = tokens.next()?;
            if next.as_ref().is_some_and(Token::is_and) {
                next = Some(tokens.next()?.ok_or("nothing behind the last AND")?);
            }
            word = match next {
                None => return Ok(clause),
                Some(Token::Word(word)) => word,
                Some(text) => return Err(format!("{} behind another text", text.shown())),
            };
        }
    }

    fn place(&mut self, word: &str) -> Result<(&'static str, &mut Option<String>), String> {
        match word.to_ascii_uppercase().as_str() {
            "CIPHER" => Ok(("CIPHER", &mut self.cipher)),
            "ISSUER" => Ok(("ISSUER", &mut self.issuer)),
            "SUBJECT" => Ok(("SUBJECT", &mut self.subject)),
            _ if Require::parse(word).is_some() => {
                Err(format!("'{word}' stands alone, without CIPHER, ISSUER or SUBJECT"))
            }
            _ => Err(format!("'{}' is none of {FORMS}", shown(word))),
        }
    }
}

/// A word of the clause, or a text with its quotes and escapes taken off.
#[derive(Debug)]
enum Token<'a> {
    Word(&'a str),
    Text(String),
}

impl Token<'_> {
    fn is_and(&self) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case("AND"))
    }

    fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("'{}'", shown(word)),
            Self::Text(text) => format!("the text '{}'", shown(text)),
        }
    }
}

struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Result<Option<Token<'a>>, String> {
        self.rest = self.rest.trim_start_matches(is_space);
        match self.rest.chars().next() {
            None => Ok(None),
            Some(quote @ ('\'' | '"')) => self.text(quote).map(|text| Some(Token::Text(text))),
            Some(_) => {
                let is_end = |c: char| is_space(c) || c == '\'' || c == '"';
                let end = self.rest.find(is_end).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
                self.rest = rest;
                Ok(Some(Token::Word(word)))
            }
        }
    }

    /// Reads a text in quotes: a doubled quote is one, and backslash escapes as in MySQL without
    /// NO_BACKSLASH_ESCAPES.
    fn text(&mut self, quote: char) -> Result<String, String> {
        let unclosed = || format!("an unclosed quote: {}", shown(self.rest));
        let mut out = String::new();
        let mut chars = self.rest.char_indices().skip(1).peekable();
        while let Some((_, c)) = chars.next() {
            match c {
                '\\' => {
                    let (_, escaped) = chars.next().ok_or_else(unclosed)?;
                    push_escaped(&mut out, escaped);
                }
                c if c == quote => match chars.peek() {
                    Some((_, next)) if *next == quote => {
                        chars.next();
                        out.push(quote);
                    }
                    end => {
                        let end = end.map_or(self.rest.len(), |(end, _)| *end);
                        self.rest = self.rest.get(end..).unwrap_or_default();
                        return Ok(out);
                    }
                },
                c => out.push(c),
            }
        }
        Err(unclosed())
    }
}

/// Appends what a backslash and this character stand for: `\%` and `\_` keep the backslash.
fn push_escaped(out: &mut String, escaped: char) {
    if matches!(escaped, '%' | '_') {
        out.push('\\');
    }
    out.push(match escaped {
        '0' => '\0',
        'b' => '\u{8}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'Z' => '\u{1a}',
        other => other,
    });
}

/// White space of MySQL's parser.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}

fn shown(text: &str) -> String {
    cut(&visible(text), MAX_SHOWN)
}

const FORMS: &str = "NONE, SSL, X509, CIPHER, ISSUER, SUBJECT";
/// Characters of a word or a text that an error shows.
const MAX_SHOWN: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(cipher: &str, issuer: &str, subject: &str) -> Clause {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Clause {
            require: None,
            cipher: given(cipher),
            issuer: given(issuer),
            subject: given(subject),
        }
    }

    #[test]
    fn each_form_is_read_in_any_case() {
        for (text, require) in [
            ("REQUIRE NONE", Require::None),
            ("require ssl", Require::Ssl),
            ("\t\n Require\u{b}X509\u{c}\r ", Require::X509),
        ] {
            let expected = Clause { require: Some(require), ..Clause::default() };
            assert_eq!(Clause::parse(text), Ok(expected), "{text}");
        }
        for (text, expected) in [
            ("REQUIRE CIPHER 'c'", listed("c", "", "")),
            ("REQUIRE SUBJECT '/CN=x' AND ISSUER '/CN=y'", listed("", "/CN=y", "/CN=x")),
            ("require issuer'/CN=y'subject\"/CN=x\"and cipher 'c'", listed("c", "/CN=y", "/CN=x")),
            ("REQUIRE CIPHER 'AND' AND SUBJECT 'SUBJECT'", listed("AND", "", "SUBJECT")),
        ] {
            assert_eq!(Clause::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn texts_have_sql_escapes() {
        for (text, value) in [
            (r"'/CN=cl\/ient'", "/CN=cl/ient"),
            (r"'/CN=cl\\/ient'", r"/CN=cl\/ient"),
            (r"'/CN=zo\\xC3\\xAB'", r"/CN=zo\xC3\xAB"),
            (r#"'it''s "it"'"#, r#"it's "it""#),
            (r#""it's ""it""""#, r#"it's "it""#),
            (r#"'\'\"'"#, "'\""),
            (r"'\b\n\r\t\Z\%\_\x\N'", "\u{8}\n\r\t\u{1a}\\%\\_xN"),
            (r"'a\0b'", "a\0b"),
            ("'Mélange'", "Mélange"),
            ("''", ""),
        ] {
            let clause = Clause::parse(&format!("REQUIRE SUBJECT {text}")).unwrap();
            assert_eq!(clause.subject.as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn an_error_names_the_word_or_the_quote() {
        for (text, why) in [
            ("", "an empty clause: it begins with REQUIRE"),
            (" \t", "an empty clause: it begins with REQUIRE"),
            ("SSL", "'SSL' where the word REQUIRE stands"),
            ("'REQUIRE' SSL", "the text 'REQUIRE' where the word REQUIRE stands"),
            ("REQUIRE", "nothing behind REQUIRE, where "),
            ("REQUIRE 'SSL'", "the text 'SSL' where "),
            ("REQUIRE TLS", "'TLS' is none of NONE, SSL, X509, CIPHER, ISSUER, SUBJECT"),
            ("REQUIRE SAN 'DNS:x'", "'SAN' is none of "),
            ("REQUIRE SSL;", "'SSL;' is none of "),
            ("REQUIRE SSL AND X509", "'AND' behind SSL, which stands alone"),
            ("REQUIRE NONE ''", "the text '' behind NONE, which stands alone"),
            ("REQUIRE CIPHER 'c' SSL", "'SSL' stands alone, without CIPHER, ISSUER or SUBJECT"),
            ("REQUIRE CIPHER", "CIPHER without a quoted text"),
            ("REQUIRE CIPHER c", "'c' behind CIPHER, where a quoted text stands"),
            ("REQUIRE CIPHER 'c' 'd'", "the text 'd' behind another text"),
            ("REQUIRE CIPHER 'c' AND cipher 'd'", "CIPHER stands twice"),
            ("REQUIRE AND CIPHER 'c'", "'AND' is none of "),
            ("REQUIRE CIPHER 'c' AND", "nothing behind the last AND"),
            ("REQUIRE CIPHER 'c' AND AND ISSUER 'i'", "'AND' is none of "),
            ("REQUIRE CIPHER 'c' OR ISSUER 'i'", "'OR' is none of "),
            ("REQUIRE CIPHER 'c", "an unclosed quote: 'c"),
            ("REQUIRE CIPHER 'c\\'", "an unclosed quote: 'c\\'"),
            ("REQUIRE CIPHER 'c\\", "an unclosed quote: 'c\\"),
            ("REQUIRE CIPHER 'c''", "an unclosed quote: 'c''"),
            ("REQUIRE CIPHER \"c'", "an unclosed quote: \"c'"),
            ("REQUIRE CIPHER 'c' /* x */", "'/*' is none of "),
            ("REQUIRE \u{1b}[2J", "'\\u{1b}[2J' is none of "),
        ] {
            let found = Clause::parse(text).unwrap_err();
            assert!(found.starts_with(why), "{text}: {found}");
        }
    }
}
