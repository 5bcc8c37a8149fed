//! `tls_version`: which protocol versions may be used.

/// What came of a `tls_version` value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Versions {
    pub tls12: bool,
    pub tls13: bool,
}

impl Versions {
    pub const DEFAULT: Self = Self { tls12: true, tls13: true };

    /// Tokens between commas, compared in any case and without trimming; unknown ones are ignored
    /// if one is known (section 2.7). The second value names known versions that are not spoken.
    pub fn parse(value: &str) -> Option<(Self, Vec<&str>)> {
        let mut found = Self { tls12: false, tls13: false };
        let mut refused = Vec::new();
        for token in value.split(',') {
            if token.eq_ignore_ascii_case("TLSv1.2") {
                found.tls12 = true;
            } else if token.eq_ignore_ascii_case("TLSv1.3") {
                found.tls13 = true;
            } else if ["TLSv1", "TLSv1.0", "TLSv1.1"].iter().any(|v| v.eq_ignore_ascii_case(token))
            {
                refused.push(token);
            }
        }
        (found.tls12 || found.tls13).then_some((found, refused))
    }
}

/// As `Ssl_version` shows it.
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
    fn tokens_in_any_case_unknown_ones_ignored() {
        let only12 = Versions { tls12: true, tls13: false };
        assert_eq!(Versions::parse("tlsv1.2"), Some((only12, vec![])));
        assert_eq!(Versions::parse("bogus,,TLSv1.2"), Some((only12, vec![])));
        assert_eq!(Versions::parse("TLSv1.2,TLSv1.3"), Some((Versions::DEFAULT, vec![])));
    }

    #[test]
    fn old_versions_are_named_or_refused() {
        let only12 = Versions { tls12: true, tls13: false };
        assert_eq!(Versions::parse("TLSv1.1,TLSv1.2"), Some((only12, vec!["TLSv1.1"])));
        for value in ["TLSv1.1", "", " TLSv1.3", "TLSv1", "bogus"] {
            assert_eq!(Versions::parse(value), None, "{value:?}");
        }
    }
}
