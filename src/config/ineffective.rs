//! Warnings on options that have no effect beside others: whoever set them counts on them.

use super::load::Material;
use super::options::{
    Options, SSL, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CIPHER, SSL_CRL, SSL_CRLPATH, SSL_FP,
    SSL_FPLIST, SSL_KEY, SSL_MODE, SSL_PASSPHRASE, Spec, TLS_CERTIFICATES_ENFORCED_VALIDATION,
    TLS_CIPHERSUITES, TLS_VERSION, TLSQL_CAPATH_ALL, TLSQL_KEEP_PEER_CHAIN, TLSQL_ON_CONFIG_ERROR,
    TLSQL_PEER_PROOF, TLSQL_PROFILE, TLSQL_SECURITY_LEVEL, TLSQL_STRICT,
};
use super::setting::Origin;
use super::value::OnConfigError;
use super::{Identity, Note, Profile, Role, Severity, SslMode, Versions, value};
use crate::trust::Level;

/// Returns a warning for each option that is set in vain. Of `memory` only counts whether it has
/// certificates, lists and an identity; `has_names` says that there are certificates for names.
pub fn check(options: &Options, memory: &Material, has_names: bool) -> Vec<Note> {
    let given = Given::new(options, memory, has_names);
    if options.turn_tls_off() {
        return given.in_clear().into_iter().collect();
    }
    let mut notes = Vec::new();
    notes.extend(given.preferred());
    notes.extend(given.beside_pin());
    notes.extend(given.lists_without_ca());
    notes.extend(given.proof());
    notes.extend(given.chain());
    notes.extend(without_directory(options));
    notes.extend(without_version(options));
    notes.extend(given.strict());
    notes.extend(given.own_verification());
    notes.extend(given.passphrase());
    notes.extend(no_fault_is_passed(options));
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

/// What is there to verify a peer with, and the own certificate: the options of each kind that are
/// set. What is in memory counts as `ssl_ca`, `ssl_crl` and `ssl_cert`.
struct Given<'a> {
    options: &'a Options,
    ca: Vec<&'static Spec>,
    crl: Vec<&'static Spec>,
    pin: Vec<&'static Spec>,
    identity: Vec<&'static Spec>,
}

impl<'a> Given<'a> {
    fn new(options: &'a Options, memory: &Material, has_names: bool) -> Self {
        let set = |specs: [&'static Spec; 2], in_memory: bool| {
            let is_set =
                |(i, spec): &(usize, &Spec)| spec.text(options).is_some() || (*i == 0 && in_memory);
            specs.into_iter().enumerate().filter(is_set).map(|(_, spec)| spec).collect()
        };
        Self {
            options,
            ca: set([&SSL_CA, &SSL_CAPATH], !memory.ca.is_empty()),
            crl: set([&SSL_CRL, &SSL_CRLPATH], !memory.crl.is_empty()),
            pin: set([&SSL_FP, &SSL_FPLIST], false),
            identity: set([&SSL_CERT, &SSL_KEY], memory.identity.is_some() || has_names),
        }
    }

    /// The first option that vouches for the peer.
    fn vouching(&self) -> Option<&'static Spec> {
        self.pin.first().or(self.ca.first()).copied()
    }

    /// Warns of what would vouch for the peer beside clear text; without any of that, of a server's
    /// certificate where the program itself turned TLS off.
    fn in_clear(&self) -> Option<Note> {
        let off = match self.options.ssl_mode.value() {
            Some(mode) => format!("{}={}", SSL_MODE.name, mode.name()),
            None => self.options.replication.off().unwrap_or(format!("{}=OFF", SSL.name)),
        };
        let is_off_by_program = self.options.ssl.origin().is_some_and(Origin::is_program);
        let is_server = self.options.role() == Role::Server;
        let idle = match self.vouching() {
            Some(_) => [&self.pin[..], &self.ca, &self.crl].concat(),
            None if is_server && is_off_by_program => self.identity.clone(),
            None => return None,
        };
        warn_of_all(&idle, &format!("no effect beside {off}"))
    }

    /// Warns of a mode that lets a server go without what vouches for it (D14).
    fn preferred(&self) -> Option<Note> {
        let vouching = self.vouching()?;
        self.options.ssl_mode.value().filter(|mode| **mode == SslMode::Preferred)?;
        let instead = if self.pin.is_empty() { "VERIFY_CA or VERIFY_IDENTITY" } else { "REQUIRED" };
        let text = format!(
            "PREFERRED goes on in clear text where a server offers no TLS, also beside {}: set \
             {instead} to prevent that",
            vouching.name
        );
        Some(warn(&SSL_MODE, text))
    }

    fn beside_pin(&self) -> Option<Note> {
        let pin = self.pin.first()?;
        let mode = self.options.ssl_mode.value().filter(|mode| **mode >= SslMode::VerifyCa);
        let specs = self.ca.iter().chain(&self.crl).map(|spec| spec.name);
        let replaced: Vec<&str> = specs.chain(mode.map(|mode| mode.name())).collect();
        if replaced.is_empty() {
            return None;
        }
        let what = "a fingerprint replaces CA, dates, name and revocation";
        Some(warn(pin, format!("{what}: no effect of {}", replaced.join(", "))))
    }

    fn lists_without_ca(&self) -> Option<Note> {
        if self.vouching().is_some() {
            return None;
        }
        let text = format!("no effect without {A_CA}: no certificate is verified");
        warn_of_all(&self.crl, &text)
    }

    fn proof(&self) -> Option<Note> {
        let vouching = self.vouching().filter(|_| self.options.tlsql_peer_proof.is_on())?;
        let text = format!("no effect beside {}, which vouches for the server", vouching.name);
        Some(warn(&TLSQL_PEER_PROOF, text))
    }

    /// Warns that the chain is kept for the proof.
    fn chain(&self) -> Option<Note> {
        let is_off = self.options.tlsql_keep_peer_chain.is_off();
        let awaits_proof = self.options.tlsql_peer_proof.is_on() && self.vouching().is_none();
        (is_off && awaits_proof).then(|| {
            let text = format!(
                "OFF has no effect beside {}, which needs the chain",
                TLSQL_PEER_PROOF.name
            );
            warn(&TLSQL_KEEP_PEER_CHAIN, text)
        })
    }

    fn own_verification(&self) -> Option<Note> {
        let is_on = self.options.tls_certificates_enforced_validation.is_on();
        (is_on && self.identity.is_empty()).then(|| {
            let text = format!("no effect without {}", SSL_CERT.name);
            warn(&TLS_CERTIFICATES_ENFORCED_VALIDATION, text)
        })
    }

    fn passphrase(&self) -> Option<Note> {
        let is_idle = self.options.ssl_passphrase.is_set() && self.identity.is_empty();
        is_idle.then(|| warn(&SSL_PASSPHRASE, format!("no effect without {}", SSL_KEY.name)))
    }

    fn strict(&self) -> Option<Note> {
        if !self.options.tlsql_strict.is_on() {
            return None;
        }
        match (self.pin.first(), self.ca.first()) {
            (Some(pin), _) => Some(warn(&TLSQL_STRICT, format!("no effect beside {}", pin.name))),
            (None, None) => Some(warn(&TLSQL_STRICT, format!("no effect without {A_CA}"))),
            (None, Some(_)) => None,
        }
    }
}

fn without_directory(options: &Options) -> Option<Note> {
    let is_idle = options.tlsql_capath_all.is_on() && !options.ssl_capath.is_set();
    is_idle.then(|| warn(&TLSQL_CAPATH_ALL, format!("no effect without {}", SSL_CAPATH.name)))
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

/// Warns that every fault is an error, whatever `tlsql_on_config_error` says.
fn no_fault_is_passed(options: &Options) -> Option<Note> {
    let beside = if options.tlsql_profile.value() == Some(&Profile::MariaDb) {
        format!("{}=mariadb", TLSQL_PROFILE.name)
    } else if options.tls_certificates_enforced_validation.is_on() {
        format!("{}=ON", TLS_CERTIFICATES_ENFORCED_VALIDATION.name)
    } else {
        return None;
    };
    let is_on = options.tlsql_on_config_error.value() == Some(&OnConfigError::Disable);
    let text = || format!("disable has no effect beside {beside}");
    is_on.then(|| warn(&TLSQL_ON_CONFIG_ERROR, text()))
}

#[inline(never)]
fn warn(option: &Spec, text: String) -> Note {
    option.note(Severity::Warning, &text)
}

/// Warns of the first of these options, and names the others.
#[inline(never)]
fn warn_of_all(options: &[&Spec], text: &str) -> Option<Note> {
    let (first, others) = options.split_first()?;
    let others: Vec<_> = others.iter().map(|option| option.name).collect();
    Some(match others.is_empty() {
        true => warn(first, text.to_owned()),
        false => warn(first, format!("{text}; the same goes for {}", others.join(", "))),
    })
}

const A_CA: &str = "ssl_ca or ssl_capath";
