//! The names that a replica, Group Replication and the clone plugin have for a client's options.
//!
//! Each kind of connection has names of its own for the same options, and a switch in place of
//! `ssl-mode`. Names of two kinds do not go together, nor does a kind's with `ssl-mode`.
//!
//! # Source
//! MySQL 5.7 Reference Manual 13.4.2.1 (CHANGE MASTER TO), MySQL 8.0 Reference Manual 13.4.2.3
//! (CHANGE REPLICATION SOURCE TO), 18.9 (Group Replication), 5.6.7.13 (clone plugin).

use super::mode_aliases::ModeRequest;
use super::options::{
    Options, SSL, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CIPHER, SSL_CRL, SSL_CRLPATH, SSL_KEY,
    SSL_MODE, SSL_VERIFY_SERVER_CERT, Spec, TLS_CIPHERSUITES, TLS_VERSION,
};
use super::setting::{Origin, Setting};
use super::{Note, Role, Severity, SslMode, value};
use crate::error::{Code, Details, Error};
use crate::text::quoted;

/// A kind of connection between servers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Family {
    /// CHANGE MASTER TO, in MySQL and MariaDB.
    Master,
    /// CHANGE REPLICATION SOURCE TO.
    Source,
    /// Distributed recovery of Group Replication.
    Recovery,
    /// Group communication, whose other options are the server's.
    Group,
    /// The clone plugin's connection to its donor, whose statement has the mode.
    Clone,
}

const FAMILIES: [Family; 5] =
    [Family::Master, Family::Source, Family::Recovery, Family::Group, Family::Clone];

/// One name: it sets what `spec` is for a client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Name {
    family: Family,
    spec: &'static Spec,
}

/// What was set by these names.
#[derive(Clone, Debug, Default)]
pub struct Replication {
    /// The names, in the order in which they were set first.
    names: Vec<Name>,
    /// MASTER_SSL and its like.
    ssl: Setting<bool>,
    /// MASTER_SSL_VERIFY_SERVER_CERT and its like.
    verify: Setting<bool>,
    /// group_replication_ssl_mode.
    mode: Setting<SslMode>,
}

impl Family {
    fn prefix(self) -> &'static str {
        match self {
            Self::Master => "master_",
            Self::Source => "source_",
            Self::Recovery => "group_replication_recovery_",
            Self::Group => "group_replication_",
            Self::Clone => "clone_",
        }
    }

    fn specs(self) -> &'static [&'static Spec] {
        match self {
            Self::Master | Self::Source | Self::Recovery => OF_REPLICA,
            Self::Group => OF_GROUP,
            Self::Clone => OF_CLONE,
        }
    }

    /// Returns the name of the switch that turns TLS on; `None` if the kind has none.
    fn switch(self) -> Option<&'static str> {
        match self {
            Self::Master => Some("MASTER_SSL"),
            Self::Source => Some("SOURCE_SSL"),
            Self::Recovery => Some("group_replication_recovery_use_ssl"),
            Self::Group | Self::Clone => None,
        }
    }
}

impl Name {
    /// Reads a name in any case; `-` and `_` are equal.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.replace('-', "_").to_ascii_lowercase();
        let families = FAMILIES.iter().filter(|family| name.starts_with(family.prefix()));
        let names = families.flat_map(|family| {
            family.specs().iter().map(move |spec| Self { family: *family, spec })
        });
        names.into_iter().find(|known| known.text().eq_ignore_ascii_case(&name))
    }

    /// Returns the client's option that it sets a value of; `None` for the mode and its switches.
    pub fn material(self) -> Option<&'static Spec> {
        let is_mode = [&SSL, &SSL_MODE, &SSL_VERIFY_SERVER_CERT].contains(&self.spec);
        (!is_mode).then_some(self.spec)
    }

    /// Returns what a switch or a mode of this name comes to where this mode is in force.
    pub fn in_force(self, mode: SslMode) -> &'static str {
        let digit = |is_on| if is_on { "1" } else { "0" };
        if *self.spec == SSL_MODE {
            mode.name()
        } else if *self.spec == SSL {
            digit(mode != SslMode::Disabled)
        } else {
            digit(mode == SslMode::VerifyIdentity)
        }
    }

    /// Returns the name as MySQL's manual writes it.
    pub fn text(self) -> String {
        match (self.family.switch(), self.family) {
            (Some(switch), _) if *self.spec == SSL => switch.to_owned(),
            (_, Family::Master | Family::Source) => {
                [self.family.prefix(), self.spec.name].concat().to_ascii_uppercase()
            }
            _ => [self.family.prefix(), self.spec.name].concat(),
        }
    }

    /// Makes a failure that is about this name; `why` has no final stop.
    pub fn error(self, code: Code, why: impl Into<String>) -> Error {
        Error::option(code, &self.text(), why)
    }
}

impl Replication {
    /// Notes that a name was used.
    pub fn add(&mut self, name: Name) {
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    /// Parses and stores the value of a switch or of a mode.
    ///
    /// # Errors
    /// `OptionValue`; nothing is changed then.
    pub fn set(&mut self, name: Name, text: &str, origin: Origin) -> Result<(), Error> {
        if *name.spec == SSL_MODE {
            self.mode.store(group_mode(text)?, text, origin);
        } else if *name.spec == SSL {
            self.ssl.store(value::switch(text)?, text, origin);
        } else {
            self.verify.store(value::switch(text)?, text, origin);
        }
        self.add(name);
        Ok(())
    }

    /// Forgets a name, with the value of its switch or mode.
    pub fn unset(&mut self, name: Name) {
        self.names.retain(|known| *known != name);
        if *name.spec == SSL_MODE {
            self.mode = Setting::default();
        } else if *name.spec == SSL {
            self.ssl = Setting::default();
        } else if *name.spec == SSL_VERIFY_SERVER_CERT {
            self.verify = Setting::default();
        }
    }

    /// Forgets the names that set this option.
    pub fn forget(&mut self, spec: &Spec) {
        self.names.retain(|known| known.spec != spec);
    }

    /// Returns the value of a switch or of a mode as it was spelled, or the default.
    pub fn get(&self, name: Name) -> &str {
        if *name.spec == SSL_MODE {
            self.mode.text().unwrap_or(SslMode::Disabled.name())
        } else if *name.spec == SSL {
            self.ssl.text().unwrap_or("0")
        } else {
            self.verify.text().unwrap_or("0")
        }
    }

    /// Returns what the names say about the mode; `None` if they leave it open.
    pub fn request(&self) -> Option<ModeRequest> {
        let family = self.names.first()?.family;
        let disabled = ModeRequest { mode: Some(SslMode::Disabled), ..ModeRequest::default() };
        match family {
            Family::Clone => None,
            Family::Group => Some(ModeRequest { mode: self.mode.value().copied(), ..disabled }),
            Family::Master | Family::Source | Family::Recovery if !self.ssl.is_on() => {
                Some(disabled)
            }
            Family::Master | Family::Source | Family::Recovery => Some(ModeRequest {
                mode: None,
                ssl: Some(true),
                verify: Some(self.verify.is_on()),
                verify_was_on: false,
            }),
        }
    }

    /// Refuses names of two kinds, and those beside a client's own mode.
    ///
    /// # Errors
    /// `OptionValue`.
    pub fn check(&self, options: &Options) -> Result<(), Error> {
        let Some(first) = self.names.first() else { return Ok(()) };
        if let Some(other) = self.names.iter().find(|name| name.family != first.family) {
            let why = format!("it is for another connection than {}", first.text());
            return Err(other.error(Code::OptionValue, why));
        }
        match options.first_set(&[&SSL_MODE, &SSL, &SSL_VERIFY_SERVER_CERT]) {
            Some(spec) => {
                let why = format!("it does not go together with {}", first.text());
                Err(spec.error(Code::OptionValue, why))
            }
            None => Ok(()),
        }
    }

    /// Returns a warning where the switch is off, or was left out, beside names that it makes idle.
    pub fn notes(&self) -> Vec<Note> {
        let idle = self.names.iter().find(|name| *name.spec != SSL);
        let Some((name, switch)) = idle.and_then(|name| Some((name, name.family.switch()?))) else {
            return Vec::new();
        };
        let is = match (self.ssl.is_on(), self.ssl.is_set()) {
            (true, _) => return Vec::new(),
            (false, true) => "it is off",
            (false, false) => "it is off by default",
        };
        let text =
            format!("{is}, so that the connection is in clear text and {} idle", name.text());
        vec![Note::new(Severity::Warning, switch, &text)]
    }

    /// Returns what turns TLS off, for the notes of other options.
    pub fn off(&self) -> Option<String> {
        let name = self.names.first()?;
        match name.family.switch() {
            Some(switch) => Some(format!("{switch}=0")),
            None => Some(format!("{}=DISABLED", name.text())),
        }
    }
}

impl Options {
    /// Returns the name of replication that this is, for a client.
    pub fn replication_name(&self, name: &str) -> Option<Name> {
        Name::parse(name).filter(|_| self.role() == Role::Client)
    }

    /// Parses and stores the value of such a name.
    ///
    /// # Errors
    /// Those of the option's parser, about this name; nothing is changed then.
    pub fn set_for_replication(
        &mut self,
        name: Name,
        text: &str,
        origin: Origin,
    ) -> Result<(), Error> {
        let place = origin.clone();
        let told = |error: Error| {
            let details = error.details().cloned().unwrap_or_default();
            let option = Some(name.text());
            place.explain(Error::with(error.code, Details { option, ..details }))
        };
        if text.contains('\0') {
            return Err(told(Error::detail(Code::OptionValue, "a NUL byte in it")));
        }
        match name.material() {
            Some(spec) => {
                self.store(spec, text, origin).map_err(told)?;
                self.replication.add(name);
                Ok(())
            }
            None => self.replication.set(name, text, origin).map_err(told),
        }
    }
}

/// Returns why a name that these statements have is no option here.
pub fn other_name(name: &str) -> Option<&'static str> {
    let name = name.replace('-', "_").to_ascii_lowercase();
    let is_rsa = name.ends_with("_public_key") || name.ends_with("_public_key_path");
    let why = ": it is for a password in clear text with RSA, which is the program's";
    is_rsa.then_some(why)
}

/// Reads one of the modes of group_replication_ssl_mode, which has no PREFERRED.
fn group_mode(text: &str) -> Result<SslMode, Error> {
    SslMode::parse(text).filter(|mode| *mode != SslMode::Preferred).ok_or_else(|| {
        let known = "DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY";
        Error::detail(Code::OptionValue, format!("{} is none of {known}", quoted(text)))
    })
}

/// What a replica's connection takes.
const OF_REPLICA: &[&Spec] = &[
    &SSL,
    &SSL_VERIFY_SERVER_CERT,
    &SSL_CA,
    &SSL_CAPATH,
    &SSL_CERT,
    &SSL_KEY,
    &SSL_CIPHER,
    &SSL_CRL,
    &SSL_CRLPATH,
    &TLS_VERSION,
    &TLS_CIPHERSUITES,
];

const OF_GROUP: &[&Spec] = &[&SSL_MODE];
const OF_CLONE: &[&Spec] = &[&SSL_CA, &SSL_CERT, &SSL_KEY];
