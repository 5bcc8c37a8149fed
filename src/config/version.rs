//! `tls_version`: which protocol versions may be used.

use super::Severity;
use super::setting::Parsed;
use crate::error::{Code, Error};
use crate::text::quoted;

/// The versions that may be used; at least one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Versions {
    pub tls12: bool,
    pub tls13: bool,
}

impl Versions {
    pub const DEFAULT: Self = Self { tls12: true, tls13: true };

    /// Reads tokens between commas, compared in any case and without trimming. Empty ones do not
    /// count, and unknown ones are left out if one is known (T50 to T53). The second value says why
    /// each token is left out.
    pub fn parse(value: &str) -> Option<(Self, Vec<String>)> {
        let mut found = Self { tls12: false, tls13: false };
        let mut left_out = Vec::new();
        for token in value.split(',').filter(|token| !token.is_empty()) {
            if token.eq_ignore_ascii_case("TLSv1.2") {
                found.tls12 = true;
            } else if token.eq_ignore_ascii_case("TLSv1.3") {
                found.tls13 = true;
            } else if is_one_of(OLD, token) {
                left_out.push(format!("{} is not supported and left out", quoted(token)));
            } else if is_one_of(OLD, token.trim()) || is_one_of(SPOKEN, token.trim()) {
                let why = "a version has no white space";
                left_out.push(format!("{} is not known and left out: {why}", quoted(token)));
            } else {
                left_out.push(format!("{} is not known and left out", quoted(token)));
            }
        }
        (found.tls12 || found.tls13).then_some((found, left_out))
    }
}

/// Reads a `tls_version` value.
///
/// # Errors
/// `NoVersion` if no version is left; `OptionValue` for a value that is too long.
pub fn parse(text: &str) -> Result<Parsed<Versions>, Error> {
    if text.len() > MAX_LEN {
        return Err(Error::detail(Code::OptionValue, format!("more than {MAX_LEN} bytes")));
    }
    let none = || Error::detail(Code::NoVersion, quoted(text));
    let (value, left_out) = Versions::parse(text).ok_or_else(none)?;
    let notes = left_out.into_iter().map(|text| (Severity::Warning, text)).collect();
    Ok(Parsed { value, notes })
}

/// MySQL has room for so many bytes of a value.
const MAX_LEN: usize = 255;

const SPOKEN: &[&str] = &["TLSv1.2", "TLSv1.3"];
const OLD: &[&str] = &["TLSv1", "TLSv1.0", "TLSv1.1"];

fn is_one_of(names: &[&str], token: &str) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(token))
}

/// Returns the name that `Ssl_version` shows.
pub fn name(version: u16) -> &'static str {
    match version {
        0x0303 => "TLSv1.2",
        0x0304 => "TLSv1.3",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_any_case_unknown_ones_left_out() {
        let only12 = Versions { tls12: true, tls13: false };
        assert_eq!(Versions::parse("tlsv1.2"), Some((only12, vec![])));
        assert_eq!(Versions::parse(",,TLSv1.2"), Some((only12, vec![])));
        let bogus = vec!["'bogus' is not known and left out".to_owned()];
        assert_eq!(Versions::parse("bogus,TLSv1.2"), Some((only12, bogus)));
        assert_eq!(Versions::parse("TLSv1.2,TLSv1.3"), Some((Versions::DEFAULT, vec![])));
    }

    #[test]
    fn old_versions_are_named_or_refused() {
        let only12 = Versions { tls12: true, tls13: false };
        let old = vec!["'TLSv1.1' is not supported and left out".to_owned()];
        assert_eq!(Versions::parse("TLSv1.1,TLSv1.2"), Some((only12, old)));
        for value in ["TLSv1.1", "", " TLSv1.3", "TLSv1", "bogus"] {
            assert_eq!(Versions::parse(value), None, "{value:?}");
        }
    }
}
