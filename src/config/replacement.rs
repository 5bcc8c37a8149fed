//! Which settings may take the place of others in a running context.

use super::Role;
use super::options::{SSL_CA, SSL_CERT, SSL_CRL, SSL_MODE, Spec};
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
        let is_default = || {
            self.in_force.iter().any(|own| own.spec.name == SSL_MODE.name && own.origin.is_none())
        };
        if self.role == Role::Client && self.mode < current.mode {
            if is_default() && current.verifies() && !self.verifies() {
                // The mode follows from the CA certificates, which are what is missing.
                let error = SSL_CA.error(Code::NoCa, NONE_NOW);
                return Err(error.with_hint(SAME_CA));
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
        let (old, new) = (quoted(old.text_by_hand()), quoted(new.text_by_hand()));
        let why = format!("{old} is in force, and {new} is another value");
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
        let missing = |option: &Spec, code| Err(option.error(code, NONE_NOW).with_hint(SAME_KINDS));
        if current.identity.is_some() && self.identity.is_none() {
            return missing(&SSL_CERT, Code::NoCert);
        }
        if current.verifies() && !self.verifies() {
            return missing(&SSL_CA, Code::NoCa);
        }
        if current.checks_revocation() && !self.checks_revocation() {
            return missing(&SSL_CRL, Code::Crl);
        }
        Ok(())
    }

    /// Returns a server's settings with TLS off: all options as they are, and no certificate.
    pub fn with_tls_off(&self) -> Self {
        debug_assert_eq!(self.role, Role::Server, "a client's mode is never lowered");
        Self { tls: false, identity: None, issuers: Vec::new(), names: Vec::new(), ..self.clone() }
    }
}

impl InForce {
    /// Returns the value, and "" for a file that was found in the data directory: whether it is there
    /// is what the directory holds, and no value of an option.
    fn text_by_hand(&self) -> &str {
        if self.origin.as_ref().is_some_and(|origin| origin.is_found()) { "" } else { &self.text }
    }
}

const NONE_NOW: &str = "the new set has none, unlike the old one";
const SAME_CA: &str = "Set ssl_ca again, or call tlsql_builder_add_ca().";
const OWN_CONTEXT: &str = "Make a context of its own for that.";
const SAME_OPTIONS: &str = "Reload with the options in force, or pass TLSQL_RELOAD_OPTIONS.";
const SAME_KINDS: &str = "Give the new set what the old one had, or pass TLSQL_RELOAD_OPTIONS.";
