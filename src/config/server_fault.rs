//! Faults in a server's TLS settings: which of them a server goes on after without TLS, as MySQL's
//! does, and what it says then.
//!
//! The rule, in one sentence: a fault is what keeps MySQL's server from setting TLS up, and MySQL has
//! a sentence for it in `SENTENCES`. Every other failure stays an error whatever
//! `tlsql_on_config_error` says: a wrong call, material that the program gives as bytes, an unknown
//! option, a value that its option does not take, an option file that cannot be read, a certificate
//! that cannot be made.
//!
//! # Source
//! What server 5.7.29 did with 27 configurations, 9.7.4 with those of `tls_version`, and MariaDB
//! 10.11.19 and 11.8.9.

use super::options::{
    self, DATADIR, Options, REQUIRE_SECURE_TRANSPORT, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CIPHER,
    SSL_CRL, SSL_CRLPATH, SSL_KEY, SSL_PASSPHRASE, Spec, TLS_CERTIFICATES_ENFORCED_VALIDATION,
    TLS_CIPHERSUITES, TLS_VERSION, TLSQL_CHANNEL, TLSQL_ON_CONFIG_ERROR, TLSQL_PROFILE,
};
use super::setting::Origin;
use super::value::OnConfigError;
use super::{Note, Profile, Role, Severity, server_log};
use crate::error::{Code, Error, SETUP_FAILED};

/// What the program gave as bytes.
#[derive(Clone, Copy, Debug)]
pub struct InMemory {
    pub ca: bool,
    pub identity: bool,
    /// Certificates for names.
    pub names: bool,
}

/// Each stands for the other where that is left out.
pub const IDENTITY: &[&Spec] = &[&SSL_CERT, &SSL_KEY];

/// What a suite must be left by together.
const WITH_SUITES: &[&Spec] = &[&TLS_VERSION, &SSL_CIPHER, &TLS_CIPHERSUITES];

/// What an encrypted key is read with.
const WITH_KEY: &[&Spec] = &[&SSL_PASSPHRASE];

/// MySQL's sentence where a server has no certificate.
pub const NOT_USABLE: &str = "SSL context is not usable without certificate and private key";

const NO_CERTIFICATE: &str = "Unable to get certificate";
const NO_KEY: &str = "Unable to get private key";
const BAD_PATHS: &str = "SSL_CTX_set_default_verify_paths failed";

/// MySQL's sentences: of these codes about these options.
const SENTENCES: &[(&[Code], &[&Spec], &str)] = &[
    (&[Code::NoVersion], &[&TLS_VERSION], "TLS version is invalid"),
    (&[Code::NoCipher], &[&SSL_CIPHER, &TLS_CIPHERSUITES], "Failed to set ciphers to use"),
    (
        &[Code::File, Code::Pem, Code::TrustedCert, Code::Crl],
        &[&SSL_CA, &SSL_CAPATH, &SSL_CRL, &SSL_CRLPATH],
        BAD_PATHS,
    ),
    (&[Code::File, Code::Pem, Code::TrustedCert, Code::NoCert], &[&SSL_CERT], NO_CERTIFICATE),
    (
        // MySQL says so of another certificate's key too.
        &[Code::File, Code::Pem, Code::NoKey, Code::KeyEncrypted, Code::KeyForm, Code::KeyMismatch],
        &[&SSL_KEY],
        NO_KEY,
    ),
    (&[Code::File], &[&DATADIR], NOT_USABLE),
];

impl InMemory {
    /// Whether the certificate or key for all names without one is the program's own, as bytes or by
    /// its file.
    pub fn has_own_identity(self, options: &Options) -> bool {
        let is_own = |spec: &&Spec| spec.origin(options).is_some_and(Origin::is_program);
        self.identity || IDENTITY.iter().any(is_own)
    }

    /// Whether any certificate is the program's own.
    pub fn has_own_certificate(self, options: &Options) -> bool {
        self.names || self.has_own_identity(options)
    }
}

/// Returns MySQL's sentence for a fault in a server's TLS settings, and `None` for any other failure.
pub fn sentence(options: &Options, error: &Error) -> Option<&'static str> {
    let names_neither = options.first_set(&[&SSL_CERT, &SSL_KEY]).is_none();
    if error.code == Code::NoCert && names_neither {
        return Some(NOT_USABLE);
    }
    let named =
        error.details().and_then(|details| details.hint_option.or(details.option.as_deref()))?;
    // A key's file that is there alone is the certificate's too, and that is read first.
    let is_first = error.code == Code::File && !options.ssl_cert.is_set();
    let named = if named == SSL_KEY.name && is_first { SSL_CERT.name } else { named };
    let is_it = |(codes, specs, _): &&(&[Code], &[&Spec], _)| {
        codes.contains(&error.code) && specs.iter().any(|spec| spec.name == named)
    };
    SENTENCES.iter().find(is_it).map(|(.., sentence)| *sentence)
}

/// Whether a server goes on without TLS after this failure. A file's choice is none for what the
/// program set, and beside the program's own certificate no fault of a file turns TLS off.
pub fn goes_on(options: &Options, memory: InMemory, error: &Error) -> bool {
    let Some(choice) = choice(options, error) else { return false };
    if memory.identity && named(error).is_some_and(|spec| spec.is_in(IDENTITY)) {
        return false;
    }
    let is_of_program = |spec: &&'static Spec| spec.origin(options).is_some_and(Origin::is_program);
    let is_of_file = |spec: &'static Spec| spec.origin(options).is_some_and(Origin::is_file);
    if memory.has_own_certificate(options) {
        return choice.is_program() && !causes(error).any(is_of_file);
    }
    choice.is_program() || named(error).filter(is_of_program).is_none()
}

/// Whether a line that cannot be read is passed over where another value counts before it.
pub fn passes_over(options: &Options, error: &Error) -> bool {
    choice(options, error).is_some()
}

/// Returns where it was chosen that a server goes on after this failure, if it was.
fn choice<'a>(options: &'a Options, error: &Error) -> Option<&'a Origin> {
    if options.role() == Role::Client || sentence(options, error).is_none() {
        return None;
    }
    // MySQL ends with any fault then.
    if options.tls_certificates_enforced_validation.is_on() {
        return None;
    }
    match (options.tlsql_profile.value(), error.code) {
        // MariaDB does not start (T121).
        (Some(Profile::MariaDb), _) => None,
        // MySQL 8 takes the empty value for the wish to have no TLS, and does not start with another
        // one that names no version.
        (Some(Profile::Mysql8), Code::NoVersion) => {
            options.tlsql_profile.origin().filter(|_| options.tls_version.text() == Some(""))
        }
        _ => {
            let is_disable = options.tlsql_on_config_error.value() == Some(&OnConfigError::Disable);
            options.tlsql_on_config_error.origin().filter(|_| is_disable)
        }
    }
}

/// Returns the options that a fault may come of: the one that it names, and those that count
/// together with that.
fn causes(error: &Error) -> impl Iterator<Item = &'static Spec> {
    let others: &[&Spec] = match error.code {
        Code::NoCipher => WITH_SUITES,
        Code::KeyEncrypted => WITH_KEY,
        _ => &[],
    };
    others.iter().copied().chain(named(error))
}

fn named(error: &Error) -> Option<&'static Spec> {
    error.option_name().and_then(|name| options::find(Role::Server, name))
}

/// Returns what MySQL's log says of the fault after which a server goes on, and the cause.
pub fn notes(options: &Options, fault: &Error) -> Vec<Note> {
    let sentence = sentence(options, fault).unwrap_or(NOT_USABLE);
    let option = named(fault).unwrap_or(&SSL_CERT);
    let mut notes: Vec<Note> = from_file(options, sentence).into_iter().collect();
    notes.extend(without_tls(options, option, sentence));
    // MySQL's sentence leaves out what is wrong, and mostly where.
    let is_mysql8 = options.tlsql_profile.value() == Some(&Profile::Mysql8);
    let is_wish = is_mysql8 && fault.code == Code::NoVersion;
    let is_missing = sentence == NOT_USABLE && fault.code == Code::NoCert;
    if !is_wish && !is_missing {
        // The note names the option itself.
        let message = fault.clone().without_option().to_message();
        let what = message.text.get(message.fact.start..).unwrap_or_default();
        let text = format!("TLS is off: {}", what.trim_end_matches('.'));
        let os_errno = fault.details().map_or(0, |details| details.os_errno);
        notes.push(Note { os_errno, ..option.note(Severity::Warning, &text) });
    }
    notes
}

/// Adds to a failure that is about another option that this value of the options which decide about
/// faults is what was refused; without a `value` the default.
pub fn explain_choice(error: Error, name: &str, value: Option<&str>) -> Error {
    let chosen = options::find(Role::Server, name)
        .filter(|spec| spec.is_in(CHOICES) && error.option_name() != Some(spec.name));
    let Some(spec) = chosen else { return error };
    let refused = format!("{}={} is refused", spec.name, value.unwrap_or(spec.default));
    let detail = error.details().and_then(|details| details.detail.clone());
    error.with_detail(detail.map_or(refused.clone(), |detail| format!("{refused}: {detail}")))
}

/// Options that decide what becomes of a fault.
const CHOICES: &[&Spec] =
    &[&TLSQL_ON_CONFIG_ERROR, &TLSQL_PROFILE, &TLS_CERTIFICATES_ENFORCED_VALIDATION];

/// Returns what MySQL's log says where a server has no certificate.
pub fn notes_without_identity(options: &Options) -> Vec<Note> {
    without_tls(options, &DATADIR, NOT_USABLE)
}

/// Returns a note where a server that has no TLS demands it.
pub fn note_on_transport(options: &Options) -> Option<Note> {
    let text = "ON without TLS: only local transports are served, a Unix socket or shared memory";
    let is_on = options.require_secure_transport.is_on();
    is_on.then(|| REQUIRE_SECURE_TRANSPORT.note(Severity::Warning, text))
}

/// Returns MySQL's line that names the file of a certificate or key, as the option names it.
fn from_file(options: &Options, sentence: &str) -> Option<Note> {
    let (cert, key) = (options.ssl_cert.text(), options.ssl_key.text());
    let (option, file) = match sentence {
        NO_CERTIFICATE => (&SSL_CERT, cert.or(key)?),
        NO_KEY => (&SSL_KEY, key.or(cert)?),
        _ => return None,
    };
    let text = format!("SSL error: {sentence} from '{file}'");
    Some(server_log::FROM_FILE.note(option, &text))
}

/// Returns MySQL's lines on a server that goes on without TLS.
fn without_tls(options: &Options, option: &Spec, sentence: &str) -> Vec<Note> {
    let mut notes = Vec::new();
    if options.tlsql_profile.value() == Some(&Profile::Mysql8) {
        let channel = options.tlsql_channel.value().copied().unwrap_or_default().name();
        let text = format!(
            "Failed to initialize TLS for channel: {channel}. See below for the description of \
             exact issue."
        );
        notes.push(server_log::NO_CHANNEL.note(&TLSQL_CHANNEL, &text));
    }
    let text = format!("{SETUP_FAILED}{sentence}");
    notes.push(server_log::NO_TLS.note(option, &text));
    notes
}
