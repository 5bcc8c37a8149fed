//! Cipher suites: IANA numbers and the names that MySQL shows.

use super::{Profile, Role};
use crate::text::quoted;

/// A suite that this build can speak.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Suite {
    /// IANA number.
    pub id: u16,
    /// OpenSSL's name for TLS 1.2, IANA's for TLS 1.3: what `Ssl_cipher` shows.
    pub name: &'static str,
    /// IANA's name, which `ssl_cipher` takes for a suite of TLS 1.2 too.
    pub iana_name: &'static str,
    /// The properties that `ssl_cipher` chooses by; `None` in TLS 1.3.
    pub parts: Option<Parts>,
}

/// The properties of a TLS 1.2 suite. They are ordered as OpenSSL orders suites before a list
/// changes that: the strongest cipher first, then ECDHE before DHE, then ECDSA before RSA.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Parts {
    pub cipher: Cipher,
    pub exchange: Exchange,
    pub auth: Auth,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Cipher {
    Aes256Gcm,
    ChaCha20,
    Aes128Gcm,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Exchange {
    Ecdhe,
    Dhe,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Auth {
    Ecdsa,
    Rsa,
}

const fn tls13(id: u16, name: &'static str) -> Suite {
    Suite { id, name, iana_name: name, parts: None }
}

const fn tls12(
    id: u16,
    [name, iana_name]: [&'static str; 2],
    exchange: Exchange,
    auth: Auth,
    cipher: Cipher,
) -> Suite {
    Suite { id, name, iana_name, parts: Some(Parts { cipher, exchange, auth }) }
}

/// All suites, in the default order of preference.
pub const ALL: &[Suite] = {
    use Auth::{Ecdsa, Rsa};
    use Cipher::{Aes128Gcm, Aes256Gcm, ChaCha20};
    use Exchange::{Dhe, Ecdhe};
    &[
        tls13(0x1302, "TLS_AES_256_GCM_SHA384"),
        tls13(0x1301, "TLS_AES_128_GCM_SHA256"),
        tls13(0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
        tls12(
            0xc02c,
            ["ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"],
            Ecdhe,
            Ecdsa,
            Aes256Gcm,
        ),
        tls12(
            0xc02b,
            ["ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
            Ecdhe,
            Ecdsa,
            Aes128Gcm,
        ),
        tls12(
            0xcca9,
            ["ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"],
            Ecdhe,
            Ecdsa,
            ChaCha20,
        ),
        tls12(
            0xc030,
            ["ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"],
            Ecdhe,
            Rsa,
            Aes256Gcm,
        ),
        tls12(
            0xc02f,
            ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
            Ecdhe,
            Rsa,
            Aes128Gcm,
        ),
        tls12(
            0xcca8,
            ["ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
            Ecdhe,
            Rsa,
            ChaCha20,
        ),
        tls12(
            0x009f,
            ["DHE-RSA-AES256-GCM-SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"],
            Dhe,
            Rsa,
            Aes256Gcm,
        ),
        tls12(
            0x009e,
            ["DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"],
            Dhe,
            Rsa,
            Aes128Gcm,
        ),
        tls12(
            0xccaa,
            ["DHE-RSA-CHACHA20-POLY1305", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
            Dhe,
            Rsa,
            ChaCha20,
        ),
    ]
};

/// Suites of TLS 1.3 that OpenSSL has and this build has not.
const FOREIGN_13: &[&str] = &["TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"];

impl Suite {
    pub fn is_tls13(&self) -> bool {
        self.parts.is_none()
    }

    /// Whether it is a suite of TLS 1.2 with this authentication.
    pub fn has(&self, auth: Auth) -> bool {
        self.parts.is_some_and(|parts| parts.auth == auth)
    }
}

impl Auth {
    /// Returns the fact about a cipher list that has no suite with this authentication.
    pub fn missing(self) -> String {
        let name = match self {
            Self::Ecdsa => "ECDSA",
            Self::Rsa => "RSA",
        };
        format!("no suite with {name} authentication, which the certificate's key needs")
    }
}

/// Returns the name that `Ssl_cipher` shows.
pub fn name(id: u16) -> &'static str {
    ALL.iter().find(|suite| suite.id == id).map_or("", |suite| suite.name)
}

/// Returns the suites that are used where no option chooses. A server with the profile mysql8
/// prefers AES-128, as MySQL 8.0.3x, 8.4 and 9.x do.
pub fn defaults(role: Role, profile: Profile) -> Vec<Suite> {
    if role != Role::Server || profile != Profile::Mysql8 {
        return ALL.to_vec();
    }
    let mut suites = Vec::new();
    for suite in ALL {
        let at =
            suites.partition_point(|earlier| place_in_mysql8(earlier) <= place_in_mysql8(suite));
        suites.insert(at, *suite);
    }
    suites
}

/// Returns what a server with the profile mysql8 sorts suites by.
fn place_in_mysql8(suite: &Suite) -> [bool; 5] {
    match suite.parts {
        None => [false, false, false, suite.id != 0x1301, false],
        Some(parts) => [
            true,
            parts.exchange == Exchange::Dhe,
            parts.cipher == Cipher::ChaCha20,
            parts.auth != Auth::Ecdsa,
            parts.cipher == Cipher::Aes256Gcm,
        ],
    }
}

/// The suites of a `tls_ciphersuites` value.
#[derive(Debug, Default, PartialEq)]
pub struct Selection {
    pub suites: Vec<Suite>,
    /// A sentence about each name that is left out.
    pub left_out: Vec<String>,
}

/// Reads names of TLS 1.3 suites between colons, compared exactly; white space around a name does
/// not count. An empty value turns all of them off (T56).
///
/// # Errors
/// Why each name is left out, if there is no usable one.
///
/// # Source
/// OpenSSL 3.0's `SSL_CTX_set_ciphersuites()`, which leaves out names that it does not know.
pub fn select_tls13(value: &str) -> Result<Selection, String> {
    let mut chosen = Selection::default();
    for name in value.split(':').map(str::trim).filter(|name| !name.is_empty()) {
        match ALL.iter().find(|suite| suite.is_tls13() && suite.name == name) {
            Some(suite) if !chosen.suites.contains(suite) => chosen.suites.push(*suite),
            Some(_) => {}
            None if FOREIGN_13.contains(&name) => {
                chosen
                    .left_out
                    .push(format!("{} is not supported (CCM) and left out", quoted(name)));
            }
            None => chosen.left_out.push(format!("{} is not known and left out", quoted(name))),
        }
    }
    if !value.is_empty() && chosen.suites.is_empty() {
        return Err(chosen.left_out.join("; "));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(suites: &[Suite]) -> Vec<&'static str> {
        suites.iter().map(|suite| suite.name).collect()
    }

    #[test]
    fn numbers_have_the_names_that_mysql_shows() {
        assert_eq!(name(0x1301), "TLS_AES_128_GCM_SHA256");
        assert_eq!(name(0xc030), "ECDHE-RSA-AES256-GCM-SHA384");
        assert_eq!(name(0x0000), "");
    }

    #[test]
    fn names_say_what_the_parts_say() {
        for suite in ALL {
            let Some(parts) = suite.parts else {
                assert!(suite.name.starts_with("TLS_"));
                continue;
            };
            let exchange = if parts.exchange == Exchange::Dhe { "DHE" } else { "ECDHE" };
            let auth = if parts.auth == Auth::Rsa { "RSA" } else { "ECDSA" };
            let cipher = match parts.cipher {
                Cipher::Aes256Gcm => "AES256-GCM-SHA384",
                Cipher::Aes128Gcm => "AES128-GCM-SHA256",
                Cipher::ChaCha20 => "CHACHA20-POLY1305",
            };
            assert_eq!(suite.name, format!("{exchange}-{auth}-{cipher}"));
            let cipher = match parts.cipher {
                Cipher::Aes256Gcm => "AES_256_GCM_SHA384",
                Cipher::Aes128Gcm => "AES_128_GCM_SHA256",
                Cipher::ChaCha20 => "CHACHA20_POLY1305_SHA256",
            };
            assert_eq!(suite.iana_name, format!("TLS_{exchange}_{auth}_WITH_{cipher}"));
        }
    }

    #[test]
    fn suites_of_tls_13_are_chosen_by_their_exact_names() {
        let value = " TLS_CHACHA20_POLY1305_SHA256:FOO: TLS_AES_128_GCM_SHA256 ::\
                     TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:tls_aes_256_gcm_sha384";
        let chosen = select_tls13(value).unwrap();
        assert_eq!(
            names(&chosen.suites),
            ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]
        );
        assert_eq!(
            chosen.left_out,
            [
                "'FOO' is not known and left out",
                "'TLS_AES_128_CCM_SHA256' is not supported (CCM) and left out",
                "'tls_aes_256_gcm_sha384' is not known and left out"
            ]
        );
    }

    #[test]
    fn an_empty_list_of_tls_13_is_one_and_a_useless_one_is_none() {
        assert_eq!(select_tls13(""), Ok(Selection::default()));
        let comma = "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384";
        for (value, why) in [
            (":", ""),
            (" ", ""),
            ("FOO", "'FOO' is not known and left out"),
            (
                "TLS_AES_128_CCM_SHA256",
                "'TLS_AES_128_CCM_SHA256' is not supported (CCM) and left out",
            ),
            (comma, &format!("'{comma}' is not known and left out")),
            ("A:B", "'A' is not known and left out; 'B' is not known and left out"),
        ] {
            assert_eq!(select_tls13(value), Err(why.to_owned()), "{value}");
        }
    }

    #[test]
    fn mysql_8_prefers_aes_128() {
        let suites = defaults(Role::Server, Profile::Mysql8);
        // The order of 8.0.3x, 8.4 and 9.x servers, without the suites that are not spoken here.
        let order = [
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-RSA-AES128-GCM-SHA256",
            "ECDHE-RSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "ECDHE-RSA-CHACHA20-POLY1305",
            "DHE-RSA-AES128-GCM-SHA256",
            "DHE-RSA-AES256-GCM-SHA384",
            "DHE-RSA-CHACHA20-POLY1305",
        ];
        assert_eq!(names(&suites), order[..suites.len()]);
        for (role, profile) in [
            (Role::Client, Profile::Mysql8),
            (Role::Server, Profile::Mysql57),
            (Role::Server, Profile::MariaDb),
        ] {
            assert_eq!(defaults(role, profile), ALL);
        }
    }
}
