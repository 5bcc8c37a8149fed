//! What an account requires of a connection: MySQL's REQUIRE.
//!
//! # Source
//! MySQL 5.7 Reference Manual 13.7.1.2; server 5.7.29 and 9.7.4, MariaDB 11.8.9 (T107 to T114).

use std::net::IpAddr;

use super::certificate::Certificate;
use super::dn::Dn;
use super::general_name::GeneralName;
use super::one_line::{self, OneLine};
use super::require_clause::{Clause, Require};
use crate::error::{Code, Error};
use crate::text::{cut, visible};

/// The requirements of one account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    clause: Clause,
    san: Option<San>,
    one_line: OneLine,
}

/// A subjectAltName as TiDB writes it, `URI:spiffe://host/name`.
#[derive(Clone, Debug)]
struct San {
    text: String,
    name: SanName,
}

#[derive(Clone, Debug)]
enum SanName {
    Uri(String),
    Dns(String),
    Ip(IpAddr),
}

/// What a connection has to show.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    pub has_tls: bool,
    /// As `Ssl_cipher` shows it.
    pub cipher: &'a str,
    pub certificate: Option<&'a Certificate>,
    pub is_verified: bool,
}

/// The first requirement that a connection does not meet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unmet {
    pub code: Code,
    /// What the account requires and what there is, where two texts were compared.
    pub texts: Option<(String, String)>,
    /// The line could be that of another name, and so satisfies no account.
    pub is_ambiguous: bool,
}

impl Account {
    /// Sets one requirement by name: require, cipher, issuer, subject, san, one_line; or clause,
    /// which replaces the first four.
    ///
    /// # Errors
    /// `OptionName`, `OptionValue`; nothing is changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let mut new = self.clone();
        let refused = |code, why: String| Error::option(code, name, why).with_hint(HINT);
        new.put(name, value).map_err(|why| match why {
            Some(why) => refused(Code::OptionValue, why),
            None => refused(Code::OptionName, format!("an account has {NAMES}")),
        })?;
        if let Err(why) = new.check_texts().and_then(|()| new.check_alone()) {
            return Err(refused(Code::OptionValue, why));
        }
        *self = new;
        Ok(())
    }

    /// Whether nothing was required, not even that nothing is.
    pub fn is_empty(&self) -> bool {
        self.clause.require.is_none() && !self.has_list()
    }

    /// Finds the first requirement that a connection does not meet, in MySQL's order.
    /// `cipher_needs_certificate`: CIPHER alone needs a verified certificate too, as in MySQL and
    /// not in MariaDB (T110).
    ///
    /// # Errors
    /// The requirement.
    pub fn check(&self, shown: &Shown<'_>, cipher_needs_certificate: bool) -> Result<(), Unmet> {
        if self.clause.require == Some(Require::None) {
            return Ok(());
        }
        if !shown.has_tls {
            return Err(Unmet::of(Code::AccountSsl));
        }
        if self.clause.require == Some(Require::Ssl) {
            return Ok(());
        }
        if shown.certificate.is_some() && !shown.is_verified {
            return Err(Unmet::of(Code::AccountX509));
        }
        if let Some(cipher) = self.clause.cipher.as_deref().filter(|text| *text != shown.cipher) {
            return Err(Unmet::texts(Code::AccountCipher, cipher, shown.cipher.to_owned()));
        }
        if self.is_cipher_alone() && !cipher_needs_certificate {
            return Ok(());
        }
        let certificate = shown.certificate.ok_or_else(|| Unmet::of(Code::AccountX509))?;
        let Clause { issuer, subject, .. } = &self.clause;
        self.check_name(Code::AccountIssuer, issuer.as_deref(), certificate.issuer())?;
        self.check_name(Code::AccountSubject, subject.as_deref(), certificate.subject())?;
        self.san.as_ref().map_or(Ok(()), |san| san.check(certificate))
    }

    fn check_name(&self, code: Code, required: Option<&str>, name: &Dn) -> Result<(), Unmet> {
        let Some(required) = required else { return Ok(()) };
        let line = self.one_line.line(name);
        let is_ambiguous = !self.one_line.is_clear(name);
        if line == required && !is_ambiguous {
            return Ok(());
        }
        Err(Unmet { is_ambiguous, ..Unmet::texts(code, required, line) })
    }

    /// Parses and stores a value; `None` for an unknown name.
    fn put(&mut self, name: &str, value: &str) -> Result<(), Option<String>> {
        let is_none_of = |known: &str| Some(format!("'{}' is none of {known}", shown(value)));
        match name.replace('-', "_").as_str() {
            "require" => {
                let parsed = Require::parse(value).ok_or_else(|| is_none_of("NONE, SSL, X509"))?;
                self.clause.require = Some(parsed);
            }
            "cipher" => self.clause.cipher = Some(value.to_owned()),
            "issuer" => self.clause.issuer = Some(value.to_owned()),
            "subject" => self.clause.subject = Some(value.to_owned()),
            "san" => self.san = Some(San::parse(value).map_err(Some)?),
            "one_line" => {
                let forms = "openssl3, openssl1, any";
                self.one_line = OneLine::parse(value).ok_or_else(|| is_none_of(forms))?;
            }
            "clause" => self.clause = Clause::parse(value).map_err(Some)?,
            _ => return Err(None),
        }
        Ok(())
    }

    fn check_texts(&self) -> Result<(), String> {
        let Clause { cipher, issuer, subject, .. } = &self.clause;
        if let Some(cipher) = cipher {
            if cipher.is_empty() || !cipher.chars().all(|c| c.is_ascii_graphic()) {
                return Err(format!("'{}' is no name of a cipher suite", shown(cipher)));
            }
        }
        for name in [issuer, subject].into_iter().flatten() {
            one_line::check(name).map_err(|why| {
                format!("'{}' is no name in one line: {}", shown(name), visible(&why))
            })?;
        }
        Ok(())
    }

    fn check_alone(&self) -> Result<(), String> {
        match self.clause.require {
            Some(require) if self.has_list() => {
                let list = "cipher, issuer, subject and san";
                Err(format!("{} stands alone, without {list}", require.word()))
            }
            _ => Ok(()),
        }
    }

    fn has_list(&self) -> bool {
        let Clause { cipher, issuer, subject, .. } = &self.clause;
        cipher.is_some() || issuer.is_some() || subject.is_some() || self.san.is_some()
    }

    fn is_cipher_alone(&self) -> bool {
        let Clause { cipher, issuer, subject, .. } = &self.clause;
        cipher.is_some() && issuer.is_none() && subject.is_none() && self.san.is_none()
    }
}

impl San {
    fn parse(text: &str) -> Result<Self, String> {
        let refused = |why: &str| format!("'{}' {why}", shown(text));
        let form = "is none of URI:..., DNS:..., IP:...";
        let (kind, value) = text.split_once(':').ok_or_else(|| refused(form))?;
        if value.is_empty() || !value.chars().all(|c| c.is_ascii_graphic()) || value.contains(',') {
            return Err(refused("is not one name in ASCII"));
        }
        let name = match kind.to_ascii_uppercase().as_str() {
            "URI" => SanName::Uri(value.to_owned()),
            "DNS" => SanName::Dns(value.to_owned()),
            "IP" => SanName::Ip(value.parse().map_err(|_| refused("is not an address"))?),
            _ => return Err(refused(form)),
        };
        Ok(Self { text: text.to_owned(), name })
    }

    fn check(&self, certificate: &Certificate) -> Result<(), Unmet> {
        let names = certificate.alt_names().unwrap_or_default();
        if names.iter().any(|name| self.is(name)) {
            return Ok(());
        }
        let found: Vec<_> = names.iter().filter_map(alt_name).take(MAX_NAMES).collect();
        Err(Unmet::texts(Code::AccountSan, &self.text, found.join(", ")))
    }

    /// Compares the octets, of a DNS name without regard to case; a `*` is a character like others.
    fn is(&self, name: &GeneralName<'_>) -> bool {
        match (&self.name, name) {
            (SanName::Uri(required), GeneralName::Uri(octets)) => required.as_bytes() == *octets,
            (SanName::Dns(required), GeneralName::Dns(octets)) => {
                required.as_bytes().eq_ignore_ascii_case(octets)
            }
            (SanName::Ip(required), GeneralName::Ip(octets)) => Some(*required) == address(octets),
            _ => false,
        }
    }
}

impl Unmet {
    fn of(code: Code) -> Self {
        Self { code, texts: None, is_ambiguous: false }
    }

    fn texts(code: Code, required: &str, found: String) -> Self {
        Self { code, texts: Some((required.to_owned(), found)), is_ambiguous: false }
    }
}

/// Returns a name of the kinds that `san` takes, as text.
fn alt_name(name: &GeneralName<'_>) -> Option<String> {
    let text = |octets: &[u8]| visible(&String::from_utf8_lossy(octets));
    match name {
        GeneralName::Uri(octets) => Some(format!("URI:{}", text(octets))),
        GeneralName::Dns(octets) => Some(format!("DNS:{}", text(octets))),
        GeneralName::Ip(octets) => address(octets).map(|address| format!("IP:{address}")),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or(<[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

fn shown(text: &str) -> String {
    cut(&visible(text), MAX_SHOWN)
}

const NAMES: &str = "require, cipher, issuer, subject, san, one_line, clause";
const HINT: &str = "See tlsql_account_set() in the header for the names and their values.";
/// Characters of a value that an error shows.
const MAX_SHOWN: usize = 120;
/// Names of a certificate that the log shows.
const MAX_NAMES: usize = 8;
