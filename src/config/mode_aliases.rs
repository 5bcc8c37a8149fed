//! The spellings that other versions have for `ssl-mode`, and how they go together (D12).
//!
//! `ssl-mode` counts alone where it is set. Among the others the strictest counts, so that nothing
//! lowers what was asked for (T127).

use super::options::{self, Kind, Spec};
use super::{Note, Role, Severity, SslMode};
use crate::error::{Code, Error};

/// What options say about a client's mode.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    pub mode: Option<SslMode>,
    /// `ssl`, of 5.7.
    pub ssl: Option<bool>,
    /// `ssl-verify-server-cert`, of 5.7.
    pub verify: Option<bool>,
    /// That one was ON once: turning it off leaves VERIFY_CA then (T43).
    pub was_verifying: bool,
}

impl Asked {
    /// No TLS, whatever else is set.
    pub fn is_off(self) -> bool {
        match self.mode {
            Some(mode) => mode == SslMode::Disabled,
            None => self.ssl == Some(false) && !self.was_verifying,
        }
    }

    /// A CA without a mode means VERIFY_CA (D1), and what takes a CA's place that TLS is a must.
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
        let spelled = match (self.verify, self.was_verifying, self.ssl) {
            (Some(true), ..) => SslMode::VerifyIdentity,
            (_, true, _) => SslMode::VerifyCa,
            (_, false, Some(true)) => SslMode::Required,
            _ => SslMode::Preferred,
        };
        implied.max(spelled)
    }

    /// A mode that was set is not raised either, and a check that was asked for is not forgotten.
    ///
    /// # Errors
    /// `OptionValue`.
    pub fn check(self) -> Result<(), Error> {
        match self.mode {
            Some(mode) if mode != SslMode::VerifyIdentity && self.verify == Some(true) => {
                let why = format!("ON means VERIFY_IDENTITY, and ssl_mode is {}", mode.name());
                Err(Error::option(Code::OptionValue, VERIFY, why))
            }
            _ => Ok(()),
        }
    }

    /// What has no effect.
    pub fn notes(self) -> Vec<Note> {
        let mut notes = Vec::new();
        let mut idle = |option, value: bool, beside: &str| {
            let value = if value { "ON" } else { "OFF" };
            let text = format!("{value} has no effect beside {beside}");
            notes.push(Note::new(Severity::Warning, option, &text));
        };
        match (self.mode, self.ssl, self.verify) {
            (Some(mode), ssl, verify) => {
                let beside = format!("ssl_mode={}", mode.name());
                let agrees = |on| match on {
                    true => mode >= SslMode::Required,
                    false => mode == SslMode::Disabled,
                };
                if let Some(on) = ssl.filter(|on| !agrees(*on)) {
                    idle("ssl", on, &beside);
                }
                if verify == Some(false) && mode == SslMode::VerifyIdentity {
                    idle(VERIFY, false, &beside);
                }
            }
            (None, Some(false), _) if self.was_verifying => idle("ssl", false, VERIFY),
            _ => {}
        }
        notes
    }
}

/// MySQL's programs take `skip-`, `disable-` and `enable-` before a switch: which one, and what it
/// is turned to.
pub fn turned(role: Role, name: &str) -> Option<(&'static Spec, &'static str)> {
    let name = name.replace('-', "_");
    let (switch, value) = match name.split_once('_')? {
        ("skip" | "disable", switch) => (switch, "OFF"),
        ("enable", switch) => (switch, "ON"),
        _ => return None,
    };
    let spec = options::find(role, switch)?;
    let is_mysqls = spec.kind == Kind::Switch && !spec.name.starts_with("tlsql_");
    is_mysqls.then_some((spec, value))
}

const VERIFY: &str = "ssl_verify_server_cert";

#[cfg(test)]
mod tests {
    use super::SslMode::{Disabled, Preferred, Required, VerifyCa, VerifyIdentity};
    use super::*;

    const NOTHING: Asked = Asked { mode: None, ssl: None, verify: None, was_verifying: false };

    #[test]
    fn a_mode_that_was_set_counts_alone() {
        for mode in [Disabled, Preferred, Required, VerifyCa, VerifyIdentity] {
            for ssl in [None, Some(false), Some(true)] {
                for verify in [None, Some(false), Some(true)] {
                    for was_verifying in [false, true] {
                        let asked = Asked { mode: Some(mode), ssl, verify, was_verifying };
                        for (verifies, proves) in [(false, false), (true, false), (false, true)] {
                            assert_eq!(asked.mode(verifies, proves), mode);
                        }
                        assert_eq!(asked.is_off(), mode == Disabled);
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
            (Asked { ssl: Some(true), ..NOTHING }, [Required, VerifyCa, Required]),
            (Asked { ssl: Some(false), ..NOTHING }, [Disabled; 3]),
            (Asked { verify: Some(false), ..NOTHING }, [Preferred, VerifyCa, Required]),
            (Asked { verify: Some(true), was_verifying: true, ..NOTHING }, [VerifyIdentity; 3]),
            (Asked { verify: Some(false), was_verifying: true, ..NOTHING }, [VerifyCa; 3]),
            (
                Asked { ssl: Some(false), verify: Some(true), was_verifying: true, ..NOTHING },
                [VerifyIdentity; 3],
            ),
            (
                Asked { ssl: Some(true), verify: Some(false), was_verifying: true, ..NOTHING },
                [VerifyCa; 3],
            ),
        ];
        for (asked, expected) in cases {
            let modes = [(false, false), (true, false), (false, true)];
            assert_eq!(modes.map(|(ca, proof)| asked.mode(ca, proof)), expected, "{asked:?}");
        }
    }

    #[test]
    fn prefixes_turn_mysqls_switches() {
        for (role, name, expected) in [
            (Role::Client, "skip-ssl", Some(("ssl", "OFF"))),
            (Role::Server, "skip_ssl", Some(("ssl", "OFF"))),
            (Role::Client, "disable-ssl", Some(("ssl", "OFF"))),
            (Role::Client, "enable-ssl", Some(("ssl", "ON"))),
            (Role::Client, "skip-ssl-verify-server-cert", Some((VERIFY, "OFF"))),
            (Role::Server, "skip-ssl-verify-server-cert", None),
            (Role::Client, "skip-ssl-ca", None),
            (Role::Client, "skip-tlsql-strict", None),
            (Role::Client, "skip-", None),
            (Role::Client, "skip", None),
            (Role::Client, "skip-skip-ssl", None),
        ] {
            let found = turned(role, name).map(|(spec, value)| (spec.name, value));
            assert_eq!(found, expected, "{name}");
        }
    }
}
