//! A server's certificates for the names that clients ask for in SNI (RFC 6066 section 3; D19).

use std::sync::Arc;

use rustls_pki_types::{CertificateDer, DnsName};

use super::Identity;
use crate::error::{Code, Error};
use crate::text::quoted;

/// A host name, or `*.` in front of one, in lower case.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ServerName(String);

/// The certificate for a name, and its key.
#[derive(Clone, Debug)]
pub struct NamedIdentity {
    pub name: ServerName,
    pub identity: Arc<Identity>,
    /// What is sent behind a certificate that stands alone.
    pub issuers: Vec<CertificateDer<'static>>,
}

impl ServerName {
    /// Reads a DNS name in ASCII, without a dot at its end; its first label may be `*`.
    ///
    /// # Errors
    /// `Argument`.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let host = name.strip_prefix("*.").unwrap_or(name);
        if host.ends_with('.') || DnsName::try_from(host).is_err() {
            let why = format!(
                "{} is no host name in ASCII without a dot at its end, nor one behind *.",
                quoted(name)
            );
            return Err(Error::detail(Code::Argument, why));
        }
        Ok(Self(name.to_ascii_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns a host name that the certificate has to be for.
    pub fn example(&self) -> String {
        self.0.replacen('*', "any", 1)
    }
}

/// Returns the place of the certificate for a client's name among `names`, which are sorted: of the
/// name itself before that of `*.`, which stands for one whole label (RFC 6125 section 6.4.3).
pub fn find_name(names: &[NamedIdentity], asked: &str) -> Option<usize> {
    // RFC 6066 has no dot at the end, and clients send what their user typed.
    let asked = asked.strip_suffix('.').unwrap_or(asked).to_ascii_lowercase();
    let find = |name: &str| names.binary_search_by(|known| known.name.as_str().cmp(name)).ok();
    let below = || asked.split_once('.').and_then(|(_, parent)| find(&format!("*.{parent}")));
    find(&asked).or_else(below)
}

/// Puts a name among others that are sorted; one that is there already is replaced.
///
/// # Errors
/// `Argument` if there are too many.
pub fn add_name(names: &mut Vec<NamedIdentity>, new: NamedIdentity) -> Result<(), Error> {
    match names.binary_search_by(|known| known.name.cmp(&new.name)) {
        Ok(place) => {
            if let Some(known) = names.get_mut(place) {
                *known = new;
            }
        }
        Err(_) if names.len() >= MAX_NAMES => {
            let why = format!("a server has {MAX_NAMES} names at most");
            return Err(Error::detail(Code::Argument, why));
        }
        Err(place) => names.insert(place, new),
    }
    Ok(())
}

/// Most names of a server. Each has its key in memory.
const MAX_NAMES: usize = 1000;

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::super::builder::Builder;
    use super::*;

    #[test]
    fn host_names_are_names_and_others_are_not() {
        for good in ["db.example.test", "*.example.test", "localhost", "xn--bcher-kva.example"] {
            assert_eq!(ServerName::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(ServerName::parse("*.DB.Test").unwrap().as_str(), "*.db.test");
        for bad in [
            "",
            "*",
            "*.",
            ".",
            "db.",
            "*.db.",
            "a..b",
            "d*.example.test",
            "db.*.test",
            "*.*.test",
            "b\u{fc}cher.example",
            "127.0.0.1",
            "::1",
            "db.example.test:3306",
            "my host",
            "a\0b",
        ] {
            assert_eq!(ServerName::parse(bad).unwrap_err().code, Code::Argument, "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_found_before_a_wildcard_that_covers_one_label() {
        let mut builder = Builder::new(Role::Server);
        let certificate = include_bytes!("../../tests/data/keys/p256-cert.pem");
        let key = include_bytes!("../../tests/data/keys/p256-sec1.pem");
        for name in ["www.test", "*.db.test", "a.db.test", "*.test"] {
            builder.add_name(name, certificate, key).unwrap();
        }
        let names = builder.names();
        let found = |asked| find_name(names, asked).map(|place| names[place].name.as_str());
        for (asked, expected) in [
            ("a.db.test", Some("a.db.test")),
            ("A.DB.Test", Some("a.db.test")),
            ("a.db.test.", Some("a.db.test")),
            ("b.db.test", Some("*.db.test")),
            ("b.a.db.test", None),
            ("db.test", Some("*.test")),
            ("test", None),
            ("www.test", Some("www.test")),
            ("other", None),
            ("", None),
        ] {
            assert_eq!(found(asked), expected, "{asked:?}");
        }
    }
}
