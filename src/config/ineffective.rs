//! Warnings on options that have no effect beside others: whoever set them counts on them.

use super::load::Material;
use super::options::{
    Options, SSL, SSL_CA, SSL_CAPATH, SSL_CIPHER, SSL_CRL, SSL_CRLPATH, SSL_FP, SSL_FPLIST,
    SSL_MODE, Spec, TLS_CIPHERSUITES, TLS_VERSION, TLSQL_PEER_PROOF, TLSQL_SECURITY_LEVEL,
    TLSQL_STRICT,
};
use super::{Identity, Note, Role, Severity, SslMode, Versions, value};
use crate::trust::Level;

/// Returns a warning for each option that is set in vain. Of `memory` only counts whether it has
/// certificates and lists.
pub fn check(options: &Options, memory: &Material) -> Vec<Note> {
    let given = Given::new(options, memory);
    if options.turn_tls_off() {
        return given.in_clear().into_iter().collect();
    }
    let mut notes = Vec::new();
    notes.extend(given.beside_pin());
    notes.extend(given.lists_without_ca());
    notes.extend(given.proof());
    notes.extend(without_version(options));
    notes.extend(given.strict());
    notes
}

/// Returns a note where `@SECLEVEL` in ssl_cipher is overridden by tlsql_security_level, or lowers
/// the default: a list that does that changes more than suites.
pub fn level_in_list(options: &Options) -> Option<Note> {
    let listed = options.ssl_cipher.value()?.level?;
    let level = TLSQL_SECURITY_LEVEL.name;
    match options.tlsql_security_level.value() {
        Some(own) if *own == listed => None,
        Some(own) => {
            let own = value::level_name(*own);
            let text = format!("@SECLEVEL has no effect beside {level}={own}");
            Some(SSL_CIPHER.note(Severity::Warning, &text))
        }
        None if listed >= Level::default() => None,
        None => {
            let listed = value::level_name(listed);
            let text = format!("@SECLEVEL sets {level}={listed}, below the default");
            Some(SSL_CIPHER.note(Severity::Note, &text))
        }
    }
}

/// Returns a warning where a server's key and list leave TLS 1.3 only. Where they leave nothing
/// there is an error instead.
pub fn list_without_suite_for_key(options: &Options, identity: Option<&Identity>) -> Option<Note> {
    let auth = identity.filter(|_| options.role() == Role::Server)?.auth();
    let listed = &options.ssl_cipher.value()?.suites;
    let Versions { tls12, tls13 } = options.versions();
    let has_13 = tls13 && options.tls_ciphersuites.value().is_none_or(|suites| !suites.is_empty());
    if !tls12 || !has_13 || options.turn_tls_off() || listed.iter().any(|suite| suite.has(auth)) {
        return None;
    }
    let text = format!("{}: TLS 1.2 is not spoken", auth.missing());
    Some(SSL_CIPHER.note(Severity::Warning, &text))
}

/// What is there to verify a peer with: the first option of each kind.
struct Given<'a> {
    options: &'a Options,
    ca: Option<&'static Spec>,
    crl: Option<&'static Spec>,
    pin: Option<&'static Spec>,
}

impl<'a> Given<'a> {
    fn new(options: &'a Options, memory: &Material) -> Self {
        let or_memory = |has: bool, spec| has.then_some(spec);
        let ca = options.first_set(&[&SSL_CA, &SSL_CAPATH]);
        let crl = options.first_set(&[&SSL_CRL, &SSL_CRLPATH]);
        Self {
            options,
            ca: ca.or(or_memory(!memory.ca.is_empty(), &SSL_CA)),
            crl: crl.or(or_memory(!memory.crl.is_empty(), &SSL_CRL)),
            pin: options.first_set(&[&SSL_FP, &SSL_FPLIST]),
        }
    }

    /// Warns of what would vouch for the peer beside clear text.
    fn in_clear(&self) -> Option<Note> {
        let off = match self.options.ssl_mode.value() {
            Some(mode) => format!("{}={}", SSL_MODE.name, mode.name()),
            None => format!("{}=OFF", SSL.name),
        };
        let vouching = self.pin.or(self.ca)?;
        Some(warn(vouching, format!("no effect beside {off}")))
    }

    fn beside_pin(&self) -> Option<Note> {
        let pin = self.pin?;
        let mode = self.options.ssl_mode.value().filter(|mode| **mode >= SslMode::VerifyCa);
        let specs = [self.ca, self.crl].into_iter().flatten().map(|spec| spec.name);
        let replaced: Vec<&str> = specs.chain(mode.map(|mode| mode.name())).collect();
        if replaced.is_empty() {
            return None;
        }
        let what = "a fingerprint replaces CA, dates, name and revocation";
        Some(warn(pin, format!("{what}: no effect of {}", replaced.join(", "))))
    }

    fn lists_without_ca(&self) -> Option<Note> {
        let crl = self.crl.filter(|_| self.ca.is_none() && self.pin.is_none())?;
        Some(warn(crl, format!("no effect without {A_CA}: no certificate is verified")))
    }

    fn proof(&self) -> Option<Note> {
        let vouching = self.pin.or(self.ca).filter(|_| self.options.tlsql_peer_proof.is_on())?;
        let text = format!("no effect beside {}, which vouches for the server", vouching.name);
        Some(warn(&TLSQL_PEER_PROOF, text))
    }

    fn strict(&self) -> Option<Note> {
        if !self.options.tlsql_strict.is_on() {
            return None;
        }
        match (self.pin, self.ca) {
            (Some(pin), _) => Some(warn(&TLSQL_STRICT, format!("no effect beside {}", pin.name))),
            (None, None) => Some(warn(&TLSQL_STRICT, format!("no effect without {A_CA}"))),
            (None, Some(_)) => None,
        }
    }
}

/// Warns of suites for a version that may not be used.
fn without_version(options: &Options) -> Vec<Note> {
    let Some(versions) = options.tls_version.value() else { return Vec::new() };
    // A list that sets the level has that effect in every version.
    let list = options.ssl_cipher.value().filter(|list| list.level.is_none());
    let has_no = |version| format!("no effect: {} has no {version}", TLS_VERSION.name);
    let mut notes = Vec::new();
    if !versions.tls12 && list.is_some() {
        notes.push(warn(&SSL_CIPHER, has_no("TLSv1.2")));
    }
    if !versions.tls13 && options.tls_ciphersuites.is_set() {
        notes.push(warn(&TLS_CIPHERSUITES, has_no("TLSv1.3")));
    }
    notes
}

fn warn(option: &Spec, text: String) -> Note {
    option.note(Severity::Warning, &text)
}

const A_CA: &str = "ssl_ca or ssl_capath";
