//! Cipher suites: IANA numbers and the names that MySQL shows.

/// A suite that this build can speak.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Suite {
    /// IANA number.
    pub id: u16,
    /// OpenSSL's name for TLS 1.2, IANA's for TLS 1.3: what `Ssl_cipher` shows.
    pub name: &'static str,
    pub tls13: bool,
}

const fn tls13(id: u16, name: &'static str) -> Suite {
    Suite { id, name, tls13: true }
}

const fn tls12(id: u16, name: &'static str) -> Suite {
    Suite { id, name, tls13: false }
}

/// All suites, in the default order of preference.
pub const ALL: &[Suite] = &[
    tls13(0x1302, "TLS_AES_256_GCM_SHA384"),
    tls13(0x1301, "TLS_AES_128_GCM_SHA256"),
    tls13(0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    tls12(0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    tls12(0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    tls12(0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    tls12(0xc030, "ECDHE-RSA-AES256-GCM-SHA384"),
    tls12(0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"),
    tls12(0xcca8, "ECDHE-RSA-CHACHA20-POLY1305"),
    tls12(0x009f, "DHE-RSA-AES256-GCM-SHA384"),
    tls12(0x009e, "DHE-RSA-AES128-GCM-SHA256"),
    tls12(0xccaa, "DHE-RSA-CHACHA20-POLY1305"),
];

/// What came of an `ssl_cipher` value.
#[derive(Debug, Default, PartialEq)]
pub struct Selection {
    pub suites: Vec<Suite>,
    pub unknown: Vec<String>,
}

/// Reads a list of suite names, separated as in OpenSSL by `:`, `,` or a space.
///
/// `ssl_cipher` speaks of TLS 1.2 only; suites of TLS 1.3 stay as they are (T57). Returns `None`
/// if the value uses more of OpenSSL's list language than names.
pub fn select(value: &str) -> Option<Selection> {
    let mut chosen = Selection::default();
    chosen.suites.extend(ALL.iter().filter(|suite| suite.tls13));
    for name in value.split([':', ',', ' ']).filter(|name| !name.is_empty()) {
        if name.starts_with(['!', '-', '+', '@']) || is_group(name) {
            return None;
        }
        match ALL.iter().find(|suite| !suite.tls13 && suite.name == name) {
            Some(suite) if !chosen.suites.contains(suite) => chosen.suites.push(*suite),
            Some(_) => {}
            None => chosen.unknown.push(name.to_owned()),
        }
    }
    Some(chosen)
}

/// As `Ssl_cipher` shows it.
pub fn name(id: u16) -> &'static str {
    ALL.iter().find(|suite| suite.id == id).map_or("", |suite| suite.name)
}

/// A keyword of OpenSSL's list language that stands for a set of suites.
fn is_group(name: &str) -> bool {
    let plain = name.strip_prefix('k').or_else(|| name.strip_prefix('a')).unwrap_or(name);
    matches!(
        plain,
        "ALL"
            | "DEFAULT"
            | "HIGH"
            | "MEDIUM"
            | "ECDHE"
            | "EECDH"
            | "DHE"
            | "EDH"
            | "DH"
            | "RSA"
            | "ECDSA"
            | "AES"
            | "AESGCM"
            | "AES128"
            | "AES256"
            | "CHACHA20"
            | "TLSv1.2"
            | "ECDH"
            | "COMPLEMENTOFALL"
            | "COMPLEMENTOFDEFAULT"
    ) || name.contains(['+', '@'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_suites_of_tls_12_and_all_of_13() {
        let chosen = select("FOO:ECDHE-RSA-AES128-GCM-SHA256").unwrap();
        let names: Vec<_> = chosen.suites.iter().map(|s| s.name).collect();
        assert_eq!(
            names,
            [
                "TLS_AES_256_GCM_SHA384",
                "TLS_AES_128_GCM_SHA256",
                "TLS_CHACHA20_POLY1305_SHA256",
                "ECDHE-RSA-AES128-GCM-SHA256"
            ]
        );
        assert_eq!(chosen.unknown, ["FOO"]);
    }

    #[test]
    fn the_list_language_is_not_guessed_at() {
        for value in ["HIGH:!aNULL", "ECDHE", "DEFAULT@SECLEVEL=1", "kEECDH", "ECDHE+AESGCM"] {
            assert_eq!(select(value), None, "{value}");
        }
    }

    #[test]
    fn numbers_have_the_names_that_mysql_shows() {
        assert_eq!(name(0x1301), "TLS_AES_128_GCM_SHA256");
        assert_eq!(name(0xc030), "ECDHE-RSA-AES256-GCM-SHA384");
        assert_eq!(name(0x0000), "");
    }
}
