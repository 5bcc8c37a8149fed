//! Parsers of option values, for the table in `options.rs`.
//!
//! A parser's error has no option's name: `Options::set` adds it.

use std::convert::Infallible;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use rustls_pki_types::ServerName;

use super::cipher::{self, Suite};
use super::fingerprint::Pin;
use super::passphrase::Passphrase;
use super::setting::Parsed;
use super::{Profile, Severity, SslMode};
use crate::error::{Code, Details, Error};
use crate::text::quoted;
use crate::trust::Level;

/// What `ssl_ca` names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CaSource {
    /// The platform's root certificates.
    System,
    File(String),
}

/// A server's interfaces that have a TLS configuration each, by MySQL's names `mysql_main` and
/// `mysql_admin`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Channel {
    #[default]
    Main,
    Administration,
}

impl Channel {
    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "mysql_main",
            Self::Administration => "mysql_admin",
        }
    }
}

/// What a server does about a fault in its TLS settings.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OnConfigError {
    #[default]
    Abort,
    /// It goes on without TLS.
    Disable,
}

/// The value of `ssl_ca` that means the platform's roots; `./system` names a file.
pub const SYSTEM: &str = "system";

/// The keys that `tlsql_builder_generate` makes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum GeneratedKey {
    #[default]
    P256,
    Rsa2048,
}

/// # Errors
/// `OptionValue`, also for what this build does not make.
pub fn generated_key(text: &str) -> Result<GeneratedKey, Error> {
    match text.to_ascii_uppercase().as_str() {
        "P-256" => Ok(GeneratedKey::P256),
        "RSA-2048" if cfg!(feature = "rsa-keys") => Ok(GeneratedKey::Rsa2048),
        "RSA-2048" => Err(refused("this build makes no RSA keys (cargo feature rsa-keys)")),
        _ => Err(refused(format!("{} is neither P-256 nor RSA-2048", quoted(text)))),
    }
}

/// Reads a boolean in MySQL's spellings.
///
/// # Errors
/// `OptionValue`.
pub fn switch(text: &str) -> Result<bool, Error> {
    match text.to_ascii_uppercase().as_str() {
        "1" | "ON" | "TRUE" => Ok(true),
        "0" | "OFF" | "FALSE" => Ok(false),
        _ => Err(refused(format!("{} is neither ON nor OFF", quoted(text)))),
    }
}

/// # Errors
/// `OptionValue`.
pub fn mode(text: &str) -> Result<SslMode, Error> {
    SslMode::parse(text).ok_or_else(|| {
        let known = "DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY";
        refused(format!("{} is none of {known}", quoted(text)))
    })
}

/// # Errors
/// `OptionValue`.
pub fn profile(text: &str) -> Result<Profile, Error> {
    Profile::parse(text)
        .ok_or_else(|| refused(format!("{} is none of mysql57, mysql8, mariadb", quoted(text))))
}

/// # Errors
/// `OptionValue`.
pub fn channel(text: &str) -> Result<Channel, Error> {
    let mut channels = [Channel::Main, Channel::Administration].into_iter();
    let known = channels.find(|channel| channel.name().eq_ignore_ascii_case(text));
    known.ok_or_else(|| refused(format!("{} is none of mysql_main, mysql_admin", quoted(text))))
}

/// # Errors
/// `OptionValue`.
pub fn on_config_error(text: &str) -> Result<OnConfigError, Error> {
    match text.to_ascii_lowercase().as_str() {
        "abort" => Ok(OnConfigError::Abort),
        "disable" => Ok(OnConfigError::Disable),
        _ => Err(refused(format!("{} is neither abort nor disable", quoted(text)))),
    }
}

/// Reads the path of a file or a directory, and opens nothing.
///
/// # Errors
/// `OptionValue`.
pub fn path(text: &str) -> Result<String, Error> {
    if text.is_empty() {
        return Err(refused("an empty path"));
    }
    Ok(text.to_owned())
}

/// # Errors
/// `OptionValue`.
pub fn ca(text: &str) -> Result<CaSource, Error> {
    if text == SYSTEM { Ok(CaSource::System) } else { path(text).map(CaSource::File) }
}

/// # Errors
/// `OptionValue`.
pub fn fingerprints(text: &str) -> Result<Vec<Pin>, Error> {
    Pin::parse_list(text).map_err(refused)
}

/// Reads a name that SNI can carry.
///
/// # Errors
/// `OptionValue`.
pub fn server_name(text: &str) -> Result<String, Error> {
    match ServerName::try_from(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(refused(format!("{} is not a DNS name", quoted(text)))),
    }
}

/// Reads the passphrase of a private key.
///
/// # Errors
/// `OptionValue`, also in a build that decrypts none.
pub fn passphrase(text: &str) -> Result<Passphrase, Error> {
    if !cfg!(feature = "encrypted-keys") {
        let why = "this build decrypts no private keys (cargo feature encrypted-keys)";
        return Err(unsupported(why));
    }
    if text.is_empty() {
        return Err(refused("an empty passphrase"));
    }
    Ok(Passphrase::new(text))
}

/// Reads one of OpenSSL's security levels that are known here.
///
/// # Errors
/// `OptionValue`.
pub fn level(text: &str) -> Result<Level, Error> {
    let level = [Level::Zero, Level::One, Level::Two].into_iter().find(|l| level_name(*l) == text);
    level.ok_or_else(|| refused(format!("{} is none of 0, 1, 2", quoted(text))))
}

pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Zero => "0",
        Level::One => "1",
        Level::Two => "2",
    }
}

/// Reads IANA's names of TLS 1.3 suites. An empty list turns all of them off (T56).
///
/// # Errors
/// `NoCipher`.
pub fn cipher_suites(text: &str) -> Result<Parsed<Vec<Suite>>, Error> {
    let chosen = cipher::select_tls13(text).map_err(|why| {
        Error::detail(Code::NoCipher, if why.is_empty() { quoted(text) } else { why })
    })?;
    let notes = chosen.left_out.into_iter().map(|text| (Severity::Note, text)).collect();
    Ok(Parsed { value: chosen.suites, notes })
}

/// Reads a number of seconds, up to the day that MySQL allows.
///
/// # Errors
/// `OptionValue`.
pub fn session_timeout(text: &str) -> Result<u32, Error> {
    number(text, 0..=86_400, "seconds")
}

/// Reads the bytes that a peer's handshake may have.
///
/// # Errors
/// `OptionValue`.
pub fn handshake_bytes(text: &str) -> Result<usize, Error> {
    number(text, 4096..=1 << 20, "bytes")
}

/// Reads the certificates that a chain may have. More than 32, with a list for each, would need more
/// signature checks than one verdict may cost.
///
/// # Errors
/// `OptionValue`.
pub fn chain_len(text: &str) -> Result<usize, Error> {
    number(text, 2..=32, "certificates")
}

/// Reads the number of sessions that a client keeps.
///
/// # Errors
/// `OptionValue`.
pub fn sessions(text: &str) -> Result<usize, Error> {
    number(text, 0..=65_536, "sessions")
}

/// Reads a number in decimal digits alone.
fn number<T>(text: &str, range: RangeInclusive<T>, what: &str) -> Result<T, Error>
where
    T: FromStr + PartialOrd + Display,
{
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| is_number && range.contains(number));
    number.ok_or_else(|| {
        let (first, last) = range.into_inner();
        refused(format!("{} is no number of {what} from {first} to {last}", quoted(text)))
    })
}

/// Reads `tlsql_keylog`: a switch that most builds do not turn on.
///
/// # Errors
/// `OptionValue`.
pub fn keylog(text: &str) -> Result<bool, Error> {
    match switch(text)? {
        true if !cfg!(feature = "keylog") => {
            Err(unsupported("this build hands out no secrets (cargo feature keylog)"))
        }
        is_on => Ok(is_on),
    }
}

/// Reads `ssl_fips_mode`, of which only OFF can be honoured; MySQL takes the numbers too.
///
/// # Errors
/// `OptionValue`.
pub fn fips_mode(text: &str) -> Result<(), Error> {
    match text.to_ascii_uppercase().as_str() {
        "0" | "OFF" => Ok(()),
        "1" | "ON" | "2" | "STRICT" => Err(unsupported(format!(
            "{} needs a FIPS-validated cryptographic module, and this build is not validated",
            quoted(text)
        ))),
        _ => Err(refused(format!("{} is none of OFF, ON, STRICT", quoted(text)))),
    }
}

/// Refuses every value of the options that resume the session of a file.
///
/// # Errors
/// `OptionValue`.
pub fn session(_: &str) -> Result<Infallible, Error> {
    Err(unsupported("rustls writes no session down: sessions are resumed within the process alone"))
}

/// Makes the failure for a value that is known, and of which this build cannot do what it asks for.
#[cold]
#[inline(never)]
pub fn unsupported(why: impl Into<String>) -> Error {
    let (detail, is_unsupported) = (Some(why.into()), true);
    Error::with(Code::OptionValue, Details { detail, is_unsupported, ..Details::default() })
}

#[cold]
#[inline(never)]
fn refused(why: impl Into<String>) -> Error {
    Error::detail(Code::OptionValue, why)
}
