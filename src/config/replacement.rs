//! Which settings may take the place of others in a running context.

use super::Role;
use super::options::{SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CRL, SSL_MODE, Spec};
use super::setting::Origin;
use super::settings::{InForce, Settings};
use crate::error::{Code, Error};
use crate::text::quoted;

impl Settings {
    /// Checks that these may take the place of `current`: what files and memory hold may be another,
    /// and what is missing was never there. With `other_options` the values of options may be others
    /// too, but a client's mode is never lowered.
    ///
    /// # Errors
    /// `OptionValue` with the first option that has another value; `NoCert`, and `NoCa` where CA
    /// certificates or lists are missing.
    pub fn check_reload(&self, current: &Self, other_options: bool) -> Result<(), Error> {
        let is_default = || self.find(&SSL_MODE).is_some_and(|mode| mode.origin.is_none());
        if self.role == Role::Client && self.mode < current.mode {
            if is_default() && current.verifies() && !self.verifies() {
                // The mode follows from the CA certificates, which are what is missing.
                return Err(current.explain_missing_ca(no_ca()));
            }
            let (old, new) = (current.mode.name(), self.mode.name());
            let why = format!("{old} is in force, and {new} is lower");
            let sentence = format!("A reload does not lower {}", SSL_MODE.name);
            let error = SSL_MODE.error(Code::OptionValue, why).with_sentence(sentence);
            return Err(error.with_hint(OWN_CONTEXT));
        }
        if other_options {
            return Ok(());
        }
        self.check_options(current)?;
        self.check_material(current)
    }

    pub(super) fn check_options(&self, current: &Self) -> Result<(), Error> {
        let Some((old, new)) = self.changed_option(current) else { return Ok(()) };
        let spec = new.spec;
        let why = match [old, new].map(|value| (value.is_unset(), quoted(value.text_by_hand()))) {
            [(true, _), (_, new)] => format!("it was not set, and now it is {new}"),
            [(_, old), (true, _)] => format!("{old} is in force, and it is not set now"),
            [(_, old), (_, new)] => format!("{old} is in force, and {new} is another value"),
        };
        let sentence = format!("A reload does not change {}", spec.name);
        Err(spec.error(Code::OptionValue, why).with_sentence(sentence).with_hint(SAME_OPTIONS))
    }

    /// Returns an option that has another value than in `current`: one that somebody set, before one
    /// whose value follows from others.
    fn changed_option<'a>(&'a self, current: &'a Self) -> Option<(&'a InForce, &'a InForce)> {
        let pairs = || current.in_force.iter().zip(&self.in_force);
        let changed = || pairs().filter(|(old, new)| old.text_by_hand() != new.text_by_hand());
        let is_set =
            |(old, new): &(&InForce, &InForce)| old.origin.is_some() || new.origin.is_some();
        changed().find(is_set).or_else(|| changed().next())
    }

    /// Checks that nothing is missing: who sets material from memory may have left some out.
    fn check_material(&self, current: &Self) -> Result<(), Error> {
        let missing = |option: &Spec, error: Error, call: &str| {
            let what_to_do = match current.find(option).is_some_and(InForce::is_found) {
                true => "Put the files back into datadir".to_owned(),
                false => format!("Call {call} on the new builder"),
            };
            Err(error.with_hint(format!("{what_to_do}, or pass TLSQL_RELOAD_OPTIONS.")))
        };
        if (current.identity.is_some() || current.lost_identity) && self.identity.is_none() {
            let error = SSL_CERT.error(Code::NoCert, NONE_NOW);
            return missing(&SSL_CERT, error, "tlsql_builder_set_identity()");
        }
        if current.verifies() && !self.verifies() {
            return missing(&SSL_CA, no_ca(), ADD_CA);
        }
        if current.checks_revocation() && !self.checks_revocation() {
            let error = SSL_CRL.error(Code::Crl, NONE_NOW).with_sentence(NO_LISTS);
            return missing(&SSL_CRL, error, "tlsql_builder_add_crl()");
        }
        Ok(())
    }

    /// Adds to a failure of a set that is to take the place of these settings, and has no CA although
    /// a client's mode needs one, what the old set had.
    pub fn explain_missing_ca(&self, error: Error) -> Error {
        if error.code != Code::NoCa || !self.verifies() {
            return error;
        }
        let is_set = |spec| self.find(spec).is_some_and(|value| !value.text.is_empty());
        no_ca().with_hint(match is_set(&SSL_CA) || is_set(&SSL_CAPATH) {
            true => "Set ssl_ca and ssl_capath as in the old set.".to_owned(),
            false => format!("Call {ADD_CA} on the new builder."),
        })
    }

    /// Returns a server's settings with TLS off: all options as they are, and no certificate.
    pub fn with_tls_off(&self) -> Self {
        debug_assert_eq!(self.role, Role::Server, "a client's mode is never lowered");
        let lost_identity = self.lost_identity || self.identity.is_some();
        let (issuers, names) = (Vec::new(), Vec::new());
        Self { tls: false, identity: None, lost_identity, issuers, names, ..self.clone() }
    }
}

/// The failure of a set without CA certificates in place of one that has some.
fn no_ca() -> Error {
    SSL_CA.error(Code::NoCa, NONE_NOW).with_sentence(NO_CA)
}

impl InForce {
    /// Whether the value is that of a file in the data directory, which nobody named.
    fn is_found(&self) -> bool {
        self.origin.as_ref().is_some_and(Origin::is_found)
    }

    /// Whether nobody set it, and there is no default.
    fn is_unset(&self) -> bool {
        (self.origin.is_none() || self.is_found()) && self.text_by_hand().is_empty()
    }

    /// Returns the value, and "" for a file that was found in the data directory: whether it is there
    /// is what the directory holds, and no value of an option.
    fn text_by_hand(&self) -> &str {
        if self.is_found() { "" } else { &self.text }
    }
}

const OWN_CONTEXT: &str = "Make a context of its own for that.";
const SAME_OPTIONS: &str = "Reload with the options in force, or pass TLSQL_RELOAD_OPTIONS.";
const NONE_NOW: &str = "the new set has none, unlike the old one";
const NO_CA: &str = "SSL connection error: CA certificates (ssl_ca) are missing";
const NO_LISTS: &str = "SSL connection error: revocation lists (ssl_crl) are missing";
const ADD_CA: &str = "tlsql_builder_add_ca()";
