//! The options that other versions have for `ssl-mode`, and how they go together (D12).
//!
//! `ssl-mode` counts alone where it is set. Among the others the strictest counts, so that nothing
//! lowers what was asked for (T127).

use super::options::{self, Options, SSL, SSL_MODE, SSL_VERIFY_SERVER_CERT, Spec};
use super::{Note, Role, Severity, SslMode, value};
use crate::error::{Code, Error};
use crate::text::quoted;

/// What the options say about a client's mode.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModeRequest {
    pub mode: Option<SslMode>,
    /// `ssl`, of 5.7.
    pub ssl: Option<bool>,
    /// `ssl-verify-server-cert`, of 5.7.
    pub verify: Option<bool>,
    /// That one was ON once: where it is OFF or unset now, VERIFY_CA is left (T43).
    pub verify_was_on: bool,
}

impl ModeRequest {
    /// Returns what a client's options say, and nothing for a server.
    pub fn of(options: &Options) -> Self {
        match options.role() {
            Role::Server => Self::default(),
            Role::Client => options.replication.request().unwrap_or(Self {
                mode: options.ssl_mode.value().copied(),
                ssl: options.ssl.value().copied(),
                verify: options.ssl_verify_server_cert.value().copied(),
                verify_was_on: options.verify_was_on,
            }),
        }
    }

    /// Whether there is no TLS, whatever else is set.
    pub fn is_off(self) -> bool {
        match self.mode {
            Some(mode) => mode == SslMode::Disabled,
            None => self.ssl == Some(false) && !self.verify_was_on,
        }
    }

    /// Returns the mode in force. A CA without a mode means VERIFY_CA (D1); what takes a CA's place
    /// means REQUIRED.
    pub fn mode(self, verifies: bool, replaces_ca: bool) -> SslMode {
        if let Some(mode) = self.mode {
            return mode;
        }
        if self.is_off() {
            return SslMode::Disabled;
        }
        let implied = match (verifies, replaces_ca) {
            (_, true) => SslMode::Required,
            (true, false) => SslMode::VerifyCa,
            (false, false) => SslMode::Preferred,
        };
        let aliased = match (self.verify, self.verify_was_on, self.ssl) {
            (Some(true), ..) => SslMode::VerifyIdentity,
            (_, true, _) => SslMode::VerifyCa,
            (_, false, Some(true)) => SslMode::Required,
            _ => SslMode::Preferred,
        };
        implied.max(aliased)
    }

    /// Refuses `ssl_verify_server_cert=ON` beside an `ssl_mode` other than VERIFY_IDENTITY: one of
    /// the two would have to give way.
    ///
    /// # Errors
    /// `OptionValue`.
    pub fn check(self) -> Result<(), Error> {
        match self.mode {
            Some(mode) if mode != SslMode::VerifyIdentity && self.verify == Some(true) => {
                let why = format!("ON means VERIFY_IDENTITY, and ssl_mode is {}", mode.name());
                Err(SSL_VERIFY_SERVER_CERT.error(Code::OptionValue, why))
            }
            _ => Ok(()),
        }
    }

    /// Returns a warning for each alias that has no effect.
    pub fn notes(self) -> Vec<Note> {
        let Some(mode) = self.mode else { return self.ssl_beside_verify().into_iter().collect() };
        let mut notes = Vec::new();
        let beside = format!("{}={}", SSL_MODE.name, mode.name());
        let agrees = |on: bool| {
            if on { mode >= SslMode::Required } else { mode == SslMode::Disabled }
        };
        if let Some(on) = self.ssl.filter(|on| !agrees(*on)) {
            notes.push(ineffective(&SSL, on, &beside));
        }
        if self.verify == Some(false) && mode == SslMode::VerifyIdentity {
            notes.push(ineffective(&SSL_VERIFY_SERVER_CERT, false, &beside));
        }
        notes
    }

    fn ssl_beside_verify(self) -> Option<Note> {
        let is_ineffective = self.ssl == Some(false) && self.verify_was_on;
        is_ineffective.then(|| ineffective(&SSL, false, SSL_VERIFY_SERVER_CERT.name))
    }
}

fn ineffective(option: &Spec, value: bool, beside: &str) -> Note {
    let value = if value { "ON" } else { "OFF" };
    option.note(Severity::Warning, &format!("{value} has no effect beside {beside}"))
}

/// Returns the switch, and what it is set to, where a name is a switch's with `skip-`, `disable-`
/// or `enable-` in front, as MySQL's programs take it. The value beside such a name can only be
/// empty or ON.
///
/// # Errors
/// `OptionValue` for another value.
pub fn switch_prefix(
    role: Role,
    name: &str,
    value: &str,
) -> Result<Option<(&'static Spec, &'static str)>, Error> {
    let Some(found) = prefixed_switch(role, name) else { return Ok(None) };
    if value.is_empty() || value::switch(value).is_ok_and(|on| on) {
        return Ok(Some(found));
    }
    let why = format!("{} is not for a name that turns a switch: leave it out", quoted(value));
    Err(Error::option(Code::OptionValue, name, why))
}

/// Returns the switch that a name with `skip-` or the like in front sets, and to what.
pub fn prefixed_switch(role: Role, name: &str) -> Option<(&'static Spec, &'static str)> {
    let name = name.replace('-', "_");
    let (switch, value) = match name.split_once('_')? {
        ("skip" | "disable", switch) => (switch, "OFF"),
        ("enable", switch) => (switch, "ON"),
        _ => return None,
    };
    let spec = options::find(role, switch)?;
    spec.is_switch().then_some((spec, value))
}

#[cfg(test)]
mod tests {
    use super::SslMode::{Disabled, Preferred, Required, VerifyCa, VerifyIdentity};
    use super::*;

    const NOTHING: ModeRequest =
        ModeRequest { mode: None, ssl: None, verify: None, verify_was_on: false };

    #[test]
    fn a_mode_that_was_set_counts_alone() {
        for mode in [Disabled, Preferred, Required, VerifyCa, VerifyIdentity] {
            for ssl in [None, Some(false), Some(true)] {
                for verify in [None, Some(false), Some(true)] {
                    for verify_was_on in [false, true] {
                        let request = ModeRequest { mode: Some(mode), ssl, verify, verify_was_on };
                        for (verifies, proves) in [(false, false), (true, false), (false, true)] {
                            assert_eq!(request.mode(verifies, proves), mode);
                        }
                        assert_eq!(request.is_off(), mode == Disabled);
                    }
                }
            }
        }
    }

    #[test]
    fn among_the_others_the_strictest_counts() {
        // Mode without anything more, with a CA, and with what takes its place.
        let cases = [
            (NOTHING, [Preferred, VerifyCa, Required]),
            (ModeRequest { ssl: Some(true), ..NOTHING }, [Required, VerifyCa, Required]),
            (ModeRequest { ssl: Some(false), ..NOTHING }, [Disabled; 3]),
            (ModeRequest { verify: Some(false), ..NOTHING }, [Preferred, VerifyCa, Required]),
            (
                ModeRequest { verify: Some(true), verify_was_on: true, ..NOTHING },
                [VerifyIdentity; 3],
            ),
            (ModeRequest { verify: Some(false), verify_was_on: true, ..NOTHING }, [VerifyCa; 3]),
            (
                ModeRequest {
                    ssl: Some(false),
                    verify: Some(true),
                    verify_was_on: true,
                    ..NOTHING
                },
                [VerifyIdentity; 3],
            ),
            (
                ModeRequest {
                    ssl: Some(true),
                    verify: Some(false),
                    verify_was_on: true,
                    ..NOTHING
                },
                [VerifyCa; 3],
            ),
        ];
        for (request, expected) in cases {
            let modes = [(false, false), (true, false), (false, true)];
            assert_eq!(modes.map(|(ca, proof)| request.mode(ca, proof)), expected, "{request:?}");
        }
    }

    #[test]
    fn prefixes_set_mysqls_switches() {
        for (role, name, expected) in [
            (Role::Client, "skip-ssl", Some(("ssl", "OFF"))),
            (Role::Server, "skip_ssl", Some(("ssl", "OFF"))),
            (Role::Client, "disable-ssl", Some(("ssl", "OFF"))),
            (Role::Client, "enable-ssl", Some(("ssl", "ON"))),
            (Role::Client, "skip-ssl-verify-server-cert", Some(("ssl_verify_server_cert", "OFF"))),
            (Role::Server, "skip-ssl-verify-server-cert", None),
            (Role::Client, "skip-ssl-ca", None),
            (Role::Client, "skip-tlsql-strict", None),
            (Role::Client, "skip-", None),
            (Role::Client, "skip", None),
            (Role::Client, "skip-skip-ssl", None),
        ] {
            let found = prefixed_switch(role, name).map(|(spec, value)| (spec.name, value));
            assert_eq!(found, expected, "{name}");
        }
    }
}
