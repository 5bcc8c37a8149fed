//! `ssl_cipher`: OpenSSL's cipher lists, resolved over the suites of TLS 1.2 that this build has.
//!
//! A list is a program on an ordered line of suites, each of them in use or not. Here it runs on
//! fewer suites than OpenSSL has, and leaves those in the order in which OpenSSL leaves them.
//!
//! # Source
//! `openssl-ciphers(1)`, and what OpenSSL 3.0 does. IANA's names of suites are taken since 3.2.

use super::cipher::{ALL, Cipher, Parts, Suite};
use super::cipher_name::{Class, keyword, reason};
use super::setting::Parsed;
use super::{Severity, value};
use crate::error::{Code, Error};
use crate::text::quoted;
use crate::trust::Level;

/// What a list chooses.
#[derive(Clone, Debug)]
pub struct CipherList {
    /// Suites of TLS 1.2, in order of preference; at least one.
    pub suites: Vec<Suite>,
    /// The security level that `@SECLEVEL` sets.
    pub level: Option<Level>,
}

/// The security level of a list, and notes on it.
#[derive(Default)]
struct Remarks {
    level: Option<Level>,
    notes: Vec<(Severity, String)>,
}

/// Reads a list by running it.
///
/// # Errors
/// `NoCipher` for one that leaves nothing, or is none; `OptionValue` where more is asked for than
/// suites and it cannot be honoured.
pub fn parse(value: &str) -> Result<Parsed<CipherList>, Error> {
    // A list that begins so chooses curves and signatures too.
    if value.starts_with("SUITEB128") || value.starts_with("SUITEB192") {
        return Err(value::unsupported("Suite B is not supported: name suites"));
    }
    let (mut line, mut found, mut rest) = (Line::new(), Remarks::default(), value);
    // Everything that this build has is in OpenSSL's default. Elsewhere the word means nothing.
    if let Some(after) = rest.strip_prefix(DEFAULT) {
        line.apply(Rule::Add, |_| true);
        rest = after;
    }
    let mut is_sure = true;
    loop {
        is_sure |= rest.starts_with(SEPARATORS);
        rest = rest.trim_start_matches(SEPARATORS);
        let mut after = rest.chars();
        let rule = match after.next() {
            None => break,
            Some('@') if !is_sure && after.as_str().starts_with("SECLEVEL") => {
                return Err(value::unsupported(
                    "put ':' in front of @SECLEVEL: OpenSSL may pass over it",
                ));
            }
            Some('@') => {
                rest = command(after.as_str(), &mut line, &mut found)?;
                continue;
            }
            Some('+') => Rule::Move,
            Some('-') => Rule::Remove,
            Some('!') => Rule::Kill,
            Some(_) => Rule::Add,
        };
        let text = if rule == Rule::Add { rest } else { after.as_str() };
        let (next, is_read) = entry(rule, text, &mut line, &mut found)?;
        (rest, is_sure) = (next, is_sure && is_read);
    }
    let Remarks { level, notes } = found;
    let suites = line.in_use();
    if suites.is_empty() {
        return Err(nothing_left(value, &notes));
    }
    Ok(Parsed { value: CipherList { suites, level }, notes })
}

/// The effect of an entry on the suites that it stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rule {
    /// They follow those in use.
    Add,
    /// `+`: those of them in use go to the end.
    Move,
    /// `-`: out of use; the first to be added when they are named again.
    Remove,
    /// `!`: out of use for good.
    Kill,
}

/// Suites in order.
struct Line(Vec<Place>);

struct Place {
    suite: Suite,
    parts: Parts,
    in_use: bool,
}

impl Line {
    fn new() -> Self {
        let mut places: Vec<Place> = Vec::new();
        for suite in ALL {
            let Some(parts) = suite.parts else { continue };
            let at = places.partition_point(|place| place.parts <= parts);
            places.insert(at, Place { suite: *suite, parts, in_use: false });
        }
        Self(places)
    }

    fn apply(&mut self, rule: Rule, is_meant: impl Fn(Parts) -> bool) {
        let (mut meant, mut others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.0).into_iter().partition(|place| {
                is_meant(place.parts) && (rule == Rule::Kill || place.in_use != (rule == Rule::Add))
            });
        meant.iter_mut().for_each(|place| place.in_use = rule != Rule::Remove);
        self.0 = match rule {
            Rule::Kill => others,
            Rule::Remove => {
                meant.append(&mut others);
                meant
            }
            Rule::Add | Rule::Move => {
                others.append(&mut meant);
                others
            }
        };
    }

    /// Moves the suites of 256 bits in front of those of 128.
    fn sort_by_strength(&mut self) {
        self.apply(Rule::Move, |suite| suite.cipher == Cipher::Aes128Gcm);
    }

    fn in_use(&self) -> Vec<Suite> {
        self.0.iter().filter(|place| place.in_use).map(|place| place.suite).collect()
    }
}

/// The meaning of a word.
enum Word {
    Class(Class),
    Suite(Parts),
    /// A suite that this build has not, and what keeps it out.
    Foreign(&'static str),
}

impl Word {
    fn means(&self, suite: Parts) -> bool {
        match self {
            Self::Class(class) => class(suite),
            Self::Suite(parts) => *parts == suite,
            Self::Foreign(_) => false,
        }
    }
}

/// Applies an entry to the line: names with `+` between them stand for the suites that all of them
/// mean. Returns the text behind it, and whether OpenSSL is sure to read that.
fn entry<'a>(
    rule: Rule,
    text: &'a str,
    line: &mut Line,
    found: &mut Remarks,
) -> Result<(&'a str, bool), Error> {
    // One that should have taken something away deserves a second look.
    let removes = matches!(rule, Rule::Remove | Rule::Kill);
    let severity = if removes { Severity::Warning } else { Severity::Note };
    let Entry { names, words, rest } = Entry::read(text)?;
    let words = match words {
        Ok(words) => words,
        // The whole entry counts as unknown, whatever else is in it.
        Err(why) => {
            found.notes.push((severity, why));
            return Ok((up_to_separator(rest), true));
        }
    };
    if names.contains(&"HIGH") && names.contains(&"FIPS") {
        let why = "HIGH and FIPS exclude each other in OpenSSL: left out";
        found.notes.push((severity, why.to_owned()));
        return Ok((up_to_separator(rest), true));
    }
    // OpenSSL forgets the word where a suite or HIGH follows, but not in front of it.
    if names.len() > 1 && names.contains(&"COMPLEMENTOFDEFAULT") {
        return Err(value::unsupported("COMPLEMENTOFDEFAULT with other words is not supported"));
    }
    let is_meant = |suite: Parts| words.iter().all(|word| word.means(suite));
    let has_suites = ALL.iter().filter_map(|suite| suite.parts).any(is_meant);
    if rule == Rule::Add && !has_suites {
        let written = text.get(..text.len().saturating_sub(rest.len())).unwrap_or(text);
        found.notes.push((Severity::Note, without_suites(written, &words)));
    }
    line.apply(rule, is_meant);
    // Words that OpenSSL's build has not, or that exclude each other, make it pass over all up to a
    // separator.
    Ok((rest, has_suites))
}

/// Names with `+` between them.
struct Entry<'a> {
    names: Vec<&'a str>,
    /// What the names stand for, or why the first one that is unknown stands for nothing.
    words: Result<Vec<Word>, String>,
    /// The text behind the last name that was read.
    rest: &'a str,
}

impl<'a> Entry<'a> {
    /// Reads names up to one that is unknown.
    fn read(text: &'a str) -> Result<Self, Error> {
        let (mut names, mut words, mut rest) = (Vec::new(), Vec::new(), text);
        loop {
            let (name, after) = split_name(rest);
            if name.is_empty() {
                return Err(invalid(after));
            }
            names.push(name);
            match word(name) {
                Ok(word) => words.push(word),
                Err(why) => return Ok(Self { names, words: Err(why), rest: after }),
            }
            match after.strip_prefix('+') {
                Some(behind) => rest = behind,
                None => return Ok(Self { names, words: Ok(words), rest: after }),
            }
        }
    }
}

fn up_to_separator(text: &str) -> &str {
    text.trim_start_matches(|c| !SEPARATORS.contains(&c))
}

fn without_suites(written: &str, words: &[Word]) -> String {
    let reason = words.iter().find_map(|word| match word {
        Word::Foreign(reason) => Some(*reason),
        _ => None,
    });
    match reason {
        Some(reason) => format!("{} is not supported ({reason}) and left out", quoted(written)),
        None => format!("{} stands for no suite that is supported", quoted(written)),
    }
}

/// Applies a command, whose name follows an `@`. Returns the text behind it.
fn command<'a>(text: &'a str, line: &mut Line, found: &mut Remarks) -> Result<&'a str, Error> {
    let (name, rest) = split_name(text);
    match (name, name.strip_prefix("SECLEVEL=")) {
        ("STRENGTH", _) => line.sort_by_strength(),
        (_, Some("3" | "4" | "5")) => {
            return Err(value::unsupported("security levels above 2 are not supported"));
        }
        (_, Some(level)) => {
            found.level = Some(value::level(level).map_err(|_| invalid(text))?);
        }
        _ => return Err(invalid(text)),
    }
    Ok(up_to_separator(rest))
}

/// Returns the meaning of a word, or why it has none.
fn word(name: &str) -> Result<Word, String> {
    match ALL.iter().find(|suite| [suite.name, suite.iana_name].contains(&name)) {
        Some(Suite { parts: Some(parts), .. }) => return Ok(Word::Suite(*parts)),
        Some(_) => {
            return Err(format!("{} is of TLS 1.3, where tls_ciphersuites chooses", quoted(name)));
        }
        None => {}
    }
    match (keyword(name), reason(name)) {
        (Some(class), _) => Ok(Word::Class(class)),
        (None, Some(reason)) => Ok(Word::Foreign(reason)),
        _ if name == DEFAULT => Err("'DEFAULT' counts at the start of a list only".to_owned()),
        _ => Err(format!("{} is not known and left out", quoted(name))),
    }
}

/// Splits off the characters that names have.
fn split_name(text: &str) -> (&str, &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.split_at(end)
}

fn invalid(at: &str) -> Error {
    let why = match at.chars().next() {
        Some(c) => {
            let c = quoted(&c.to_string());
            format!("{c} is in a place where OpenSSL's cipher lists have none")
        }
        None => "it ends where a name should follow".to_owned(),
    };
    Error::detail(Code::NoCipher, why)
}

fn nothing_left(value: &str, notes: &[(Severity, String)]) -> Error {
    let why = match notes.first() {
        Some((_, note)) => format!("{}: {note}", quoted(value)),
        None => quoted(value),
    };
    Error::detail(Code::NoCipher, why)
}

const SEPARATORS: [char; 4] = [':', ',', ' ', ';'];
const DEFAULT: &str = "DEFAULT";

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &str) -> Vec<&'static str> {
        parse(value).unwrap().value.suites.iter().map(|suite| suite.name).collect()
    }

    fn notes(value: &str) -> Vec<String> {
        let notes = parse(value).unwrap().notes;
        notes.into_iter().map(|(severity, text)| format!("{severity:?}: {text}")).collect()
    }

    fn refused(value: &str) -> (Code, String) {
        let error = parse(value).unwrap_err();
        (error.code, error.message())
    }

    const A128: &str = "ECDHE-ECDSA-AES128-GCM-SHA256";
    const R128: &str = "ECDHE-RSA-AES128-GCM-SHA256";
    const R256: &str = "ECDHE-RSA-AES256-GCM-SHA384";
    const CHACHA: &str = "ECDHE-RSA-CHACHA20-POLY1305";

    #[test]
    fn entries_add_and_keep_their_order() {
        assert_eq!(names("ECDHE-RSA-AES128-GCM-SHA256"), [R128]);
        for separated in [":", ",", " ", ";", ":: ,"] {
            let list = format!("{CHACHA}{separated}{R128}{separated}{CHACHA}");
            assert_eq!(names(&list), [CHACHA, R128], "{separated:?}");
        }
        assert_eq!(names("kECDHE+aRSA"), [R256, CHACHA, R128]);
        assert_eq!(names("ECDHE+aRSA+AES128:ECDHE+CHACHA20+aRSA"), [R128, CHACHA]);
    }

    #[test]
    fn rules_move_remove_and_kill() {
        assert_eq!(names("aRSA+ECDHE:+AES256"), [CHACHA, R128, R256]);
        assert_eq!(names("aRSA+ECDHE:-AES:AES128+aRSA+ECDHE"), [CHACHA, R128]);
        assert_eq!(names("aRSA+ECDHE:!AES128:AES128"), [R256, CHACHA]);
        assert_eq!(names("!aECDSA:kECDHE"), [R256, CHACHA, R128]);
        // What was removed last comes first when it is added again.
        assert_eq!(names("kECDHE:-AES128:-CHACHA20:kECDHE+aRSA:!AES256"), [CHACHA, R128]);
        assert_eq!(names("kECDHE+aRSA@STRENGTH"), [R256, CHACHA, R128]);
        assert_eq!(names("AES128+ECDHE:@STRENGTH"), [A128, R128]);
        assert_eq!(names(&format!("{R128}:{CHACHA}:@STRENGTH")), [CHACHA, R128]);
    }

    #[test]
    fn what_is_left_out_is_told() {
        let list = format!("{R128}:FOO:AES128-SHA:!aNULL:!RC4-SHA:RC4:TLS_AES_128_GCM_SHA256");
        assert_eq!(
            notes(&list),
            [
                "Note: 'FOO' is not known and left out",
                "Note: 'AES128-SHA' is not supported (RSA key exchange) and left out",
                "Note: 'RC4' stands for no suite that is supported",
                "Note: 'TLS_AES_128_GCM_SHA256' is of TLS 1.3, where tls_ciphersuites chooses",
            ]
        );
        assert_eq!(notes("HIGH:!aNULL:!MD5:!SHA1:-AES128"), [""; 0]);
        assert_eq!(notes("HIGH:!AES129"), ["Warning: 'AES129' is not known and left out"]);
        assert_eq!(notes("HIGH:DEFAULT"), ["Note: 'DEFAULT' counts at the start of a list only"]);
        let note = "Note: 'ECDHE+CBC' stands for no suite that is supported";
        assert_eq!(notes("HIGH:ECDHE+CBC"), [note]);
        let note = "Warning: HIGH and FIPS exclude each other in OpenSSL: left out";
        assert_eq!(notes("HIGH:!HIGH+FIPS!AES"), [note]);
    }

    /// OpenSSL 3.2 and later take them, 3.0 does not.
    #[test]
    fn iana_names_of_tls_12_are_taken_and_told_by_case() {
        for suite in ALL.iter().filter(|suite| !suite.is_tls13()) {
            assert_eq!(names(suite.iana_name), [suite.name]);
            assert_eq!(names(&format!("HIGH:!{}", suite.iana_name)).len(), 8, "{}", suite.name);
            assert_eq!(refused(&suite.iana_name.to_lowercase()).0, Code::NoCipher);
        }
        let [r128, chacha] = [
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ];
        assert_eq!(names(&format!("{chacha}:{r128}:{R128}")), [CHACHA, R128]);
        assert_eq!(names(&format!("aRSA+ECDHE:-{r128}:+{R256}")), [CHACHA, R256]);
        assert_eq!(
            notes(&format!("{r128}:TLS_RSA_WITH_AES_128_CBC_SHA")),
            [
                "Note: 'TLS_RSA_WITH_AES_128_CBC_SHA' is not supported (RSA key exchange) and left out"
            ]
        );
        let (code, message) = refused("TLS_RSA_WITH_AES_128_CBC_SHA");
        assert!(code == Code::NoCipher && message.contains("RSA key exchange"), "{message}");
    }

    #[test]
    fn the_security_level_is_read_where_it_can_be_honoured() {
        for (value, level) in [
            ("DEFAULT", None),
            ("DEFAULT@SECLEVEL=0", Some(Level::Zero)),
            ("DEFAULT:@SECLEVEL=1", Some(Level::One)),
            ("@SECLEVEL=1:HIGH:@SECLEVEL=2", Some(Level::Two)),
        ] {
            assert_eq!(parse(value).unwrap().value.level, level, "{value}");
        }
        for value in ["HIGH:@SECLEVEL=3", "HIGH:@SECLEVEL=5", "SUITEB128", "SUITEB192"] {
            assert_eq!(refused(value).0, Code::OptionValue, "{value}");
        }
    }

    #[test]
    fn a_list_that_leaves_nothing_is_refused_with_its_reason() {
        for (value, words) in [
            ("FOO", "'FOO' is not known"),
            ("AES128-SHA", "RSA key exchange"),
            ("ECDHE-RSA-AES256-SHA384", "CBC"),
            ("TLS_AES_128_GCM_SHA256", "tls_ciphersuites"),
            ("", "''"),
            ("::", "'::'"),
            ("HIGH:!ALL", "'HIGH:!ALL'"),
            ("+HIGH", "'+HIGH'"),
            ("@SECLEVEL=1", "'@SECLEVEL=1'"),
            ("ecdhe", "ecdhe"),
            // What cannot be seen is shown.
            ("FOO\n", r"'FOO\n': 'FOO' is not known"),
            ("\tFOO", r"'\t' is in a place"),
            ("FOO ", "'FOO ': 'FOO' is not known"),
        ] {
            let (code, message) = refused(value);
            assert_eq!(code, Code::NoCipher, "{value}");
            assert!(message.contains(words), "{message}");
            assert!(message.contains("Failed to set ciphers to use"), "{message}");
        }
    }

    #[test]
    fn what_is_no_list_is_refused_though_it_names_suites() {
        for value in [
            "HIGH:*",
            "HIGH*",
            "HIGH:!",
            "HIGH:!:AES",
            "HIGH+",
            "HIGH:++AES",
            "HIGH:@FOO",
            "HIGH:@SECLEVEL=9",
            "HIGH:@SECLEVEL=22",
            "HIGH:@STRENGTHS",
            "HIGH\tAES",
            "HIGH:\u{e9}",
        ] {
            let (code, message) = refused(value);
            assert_eq!(code, Code::NoCipher, "{value}");
            assert!(message.contains("Failed to set ciphers to use"), "{message}");
        }
        // An entry that is not known hides what stands behind it, up to the next separator.
        assert_eq!(names(&format!("FOO*:{R128}")), [R128]);
    }
}
