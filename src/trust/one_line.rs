//! Which one-line form of a name an account compares, and which names are not to be compared.
//!
//! A line of OpenSSL 1.1.1 does not tell a `/` of a value from one that begins an attribute: the
//! common name `x/O=y` looks like a common name and an organization. That of OpenSSL 3 escapes it, and
//! not the backslash: a value that ends in one looks as if it went on. Whoever gets such a certificate
//! would pass for somebody else, so that these names satisfy no account where that form counts.

use super::dn::{Dn, OnelineForm};
use super::short_name;
use crate::text::cut;

/// The forms in which an account's issuer and subject are meant.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OneLine {
    #[default]
    OpenSsl3,
    OpenSsl1,
    /// Either: only names that have the same line in both satisfy it.
    Any,
}

impl OneLine {
    /// Reads openssl3, openssl1 or any, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "openssl3" => Some(Self::OpenSsl3),
            "openssl1" => Some(Self::OpenSsl1),
            "any" => Some(Self::Any),
            _ => None,
        }
    }

    /// Returns the line of a name, as it is shown.
    pub fn line(self, name: &Dn) -> String {
        let form = match self {
            Self::OpenSsl3 => OnelineForm::OpenSsl3,
            Self::OpenSsl1 | Self::Any => OnelineForm::OpenSsl111,
        };
        String::from_utf8_lossy(&name.oneline(form)).into_owned()
    }

    /// Whether the line of a name may satisfy an account. A name has one such line at most, in
    /// whichever of the forms.
    pub fn is_clear(self, name: &Dn) -> bool {
        match self {
            Self::OpenSsl3 => !seems_escaped(name),
            Self::OpenSsl1 => !is_ambiguous(name),
            Self::Any => {
                let [new, old] =
                    [OnelineForm::OpenSsl3, OnelineForm::OpenSsl111].map(|form| name.oneline(form));
                !is_ambiguous(name) && new == old
            }
        }
    }
}

/// Whether the line of OpenSSL 1.1.1 can be read as other attributes or values.
fn is_ambiguous(name: &Dn) -> bool {
    let separates = |octet: &u8| matches!(octet, b'/' | b'+');
    seems_escaped(name) || name.attributes().any(|attribute| attribute.value.iter().any(separates))
}

/// Whether either line can be read as other values, since a backslash of this name seems to escape what
/// is behind it, or as other attributes, since a type's short name has a `/`.
fn seems_escaped(name: &Dn) -> bool {
    name.attributes().any(|attribute| {
        let value = attribute.value;
        value.ends_with(b"\\")
            || value.windows(4).any(is_escape)
            || short_name::of(attribute.oid).contains('/')
    })
}

/// Whether four octets of a value are what the line writes for one: `\x` and two digits.
fn is_escape(octets: &[u8]) -> bool {
    let is_digit = |octet: &u8| matches!(octet, b'0'..=b'9' | b'A'..=b'F');
    matches!(octets, [b'\\', b'x', high, low] if is_digit(high) && is_digit(low))
}

/// Checks that a text can be the line of a name: attributes, each `/` or `+`, a type, `=` and a
/// value in which these two are escaped, in printable ASCII.
///
/// # Errors
/// A fact that names the part, without a final stop.
pub fn check(line: &str) -> Result<(), String> {
    if let Some(odd) = line.chars().find(|c| !matches!(c, ' '..='~')) {
        let mut buffer = [0; 4];
        let octets = odd.encode_utf8(&mut buffer).bytes();
        let written: String = octets.map(|octet| format!("\\x{octet:02X}")).collect();
        return Err(format!("'{}' stands in it as {written}", odd.escape_default()));
    }
    let Some(attributes) = line.strip_prefix('/') else {
        return Err("it does not begin with /".to_owned());
    };
    for attribute in split(attributes) {
        let kind = attribute.split_once('=').map(|(kind, _)| kind).unwrap_or_default();
        let is_type = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if kind.is_empty() || !kind.chars().all(is_type) {
            let attribute = cut(attribute, MAX_SHOWN);
            return Err(format!(
                "'{attribute}' is no attribute (a / or + of a value has a \\ in front)"
            ));
        }
    }
    Ok(())
}

/// Returns the attributes of a line, without what separates them.
fn split(line: &str) -> impl Iterator<Item = &str> {
    let mut is_escaped = false;
    line.split(move |c: char| {
        let separates = matches!(c, '/' | '+') && !is_escaped;
        is_escaped = c == '\\';
        separates
    })
}

/// Characters of an attribute that a fact shows, so that its end is seen too.
const MAX_SHOWN: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_what_is_none_is_named() {
        for line in [
            "/CN=x",
            "/C=SE/ST=Uppsala/O=MySQL AB/CN=client",
            "/OU=a+CN=multi",
            r"/CN=cl\/ient",
            r"/O=a\+b/CN=x",
            r"/O=zo\xC3\xAB/CN=",
            "/1.2.3.4=a=b,c;\"'",
            r"/O=a\b/CN=x",
        ] {
            assert_eq!(check(line), Ok(()), "{line}");
        }
        for (line, why) in [
            ("", "it does not begin with /"),
            ("CN=x", "it does not begin with /"),
            ("CN = x, O = y", "it does not begin with /"),
            ("/", "'' is no attribute"),
            ("/CN", "'CN' is no attribute"),
            ("/=x", "'=x' is no attribute"),
            ("/CN=cl/ient", "'ient' is no attribute"),
            ("/CN=a+b", "'b' is no attribute"),
            ("/CN=x/", "'' is no attribute"),
            ("//CN=x", "'' is no attribute"),
            ("/C N=x", "'C N=x' is no attribute"),
            ("/CN=zoë", r"'\u{eb}' stands in it as \xC3\xAB"),
            ("/CN=a\nb", r"'\n' stands in it as \x0A"),
            ("/CN=a\0", r"'\u{0}' stands in it as \x00"),
        ] {
            let found = check(line).unwrap_err();
            assert!(found.starts_with(why), "{line}: {found}");
        }
    }
}
