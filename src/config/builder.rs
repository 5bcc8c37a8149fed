//! The mutable settings: options by name, and material from files or from memory.

use std::collections::BTreeMap;

use super::fingerprint::Pin;
use super::material::{Loaded, Material, about, ders, no_cert};
use super::option::{self, Kind, Spec};
use super::{Identity, Note, Profile, Role, Severity, SslMode, Versions, cipher, pem};
use crate::error::{Code, Error, Facts};

/// Options and material, until a context is made of them.
#[derive(Debug)]
pub struct Builder {
    role: Role,
    values: BTreeMap<&'static str, String>,
    memory: Material,
    loaded: Loaded,
    clock: Option<u64>,
    /// Of the options' values.
    value_notes: Vec<Note>,
    /// Those, and then those of `loaded`.
    notes: Vec<Note>,
}

impl Builder {
    pub fn new(role: Role) -> Self {
        Self {
            role,
            values: BTreeMap::new(),
            memory: Material::default(),
            loaded: Loaded::default(),
            clock: None,
            value_notes: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub fn role(&self) -> Role {
        self.role
    }

    /// One option by its MySQL name; `-` and `_` are equal. Paths are only remembered.
    ///
    /// # Errors
    /// `OptionName`, `OptionValue`, `NoVersion`, `NoCipher`; the builder is unchanged then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let spec = self.find(name)?;
        let notes = check(spec, value)?;
        self.value_notes.retain(|note| note.option != spec.name);
        self.value_notes.extend(notes);
        self.gather_notes();
        self.values.insert(spec.name, value.to_owned());
        Ok(())
    }

    /// The value that was set, or the default.
    ///
    /// # Errors
    /// `OptionName`.
    pub fn get(&self, name: &str) -> Result<&str, Error> {
        let spec = self.find(name)?;
        Ok(self.values.get(spec.name).map_or(spec.default, String::as_str))
    }

    /// CA certificates from memory, in PEM or DER, beside those of `ssl_ca`.
    ///
    /// # Errors
    /// `Pem`.
    pub fn add_ca(&mut self, pem_or_der: &[u8]) -> Result<(), Error> {
        let found = pem::certificates(pem_or_der).map_err(about("ssl_ca", None))?;
        self.memory.ca.extend(found);
        Ok(())
    }

    /// Revocation lists from memory, in PEM or DER, beside those of `ssl_crl`.
    ///
    /// # Errors
    /// `Crl`.
    pub fn add_crl(&mut self, pem_or_der: &[u8]) -> Result<(), Error> {
        let found = pem::revocation_lists(pem_or_der).map_err(about("ssl_crl", None))?;
        self.memory.crl.extend(found);
        Ok(())
    }

    /// Certificate chain and key from memory, instead of `ssl_cert` and `ssl_key`.
    ///
    /// # Errors
    /// `NoCert`, `NoKey`, `KeyForm`.
    pub fn set_identity(&mut self, chain: &[u8], key: &[u8]) -> Result<(), Error> {
        let chain = pem::certificates(chain).map_err(no_cert).map_err(about("ssl_cert", None))?;
        let key = pem::private_key(key).map_err(about("ssl_key", None))?;
        self.memory.identity = Some(Identity { chain: ders(&chain), key });
        Ok(())
    }

    /// A fixed time in Unix seconds, for tests.
    pub fn set_clock(&mut self, unix_seconds: u64) {
        self.clock = Some(unix_seconds);
    }

    /// OPENS FILES: all that options name, all or nothing, in place of what an earlier call loaded.
    ///
    /// # Errors
    /// `File`, `Pem`, `TrustedCert`, `Crl`, `NoCert`, `NoKey`, `KeyForm`, `OptionValue`, each with
    /// option and path.
    pub fn load_files(&mut self) -> Result<(), Error> {
        let loaded = match self.files_are_off() {
            true => Loaded::default(),
            false => Loaded::of(&self.values, self.checks_revocation())?,
        };
        self.loaded = loaded;
        self.gather_notes();
        Ok(())
    }

    /// Notes on the options' values, then those on the files.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    pub(super) fn value(&self, name: &'static str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(super) fn clock(&self) -> Option<u64> {
        self.clock
    }

    /// Files and memory together; memory's identity wins.
    pub(super) fn material(&self) -> Material {
        let (memory, files) = (&self.memory, &self.loaded.material);
        let pins = self.value("ssl_fp").and_then(|value| Pin::parse_list(value).ok());
        Material {
            ca: [memory.ca.as_slice(), &files.ca].concat(),
            crl: [memory.crl.as_slice(), &files.crl].concat(),
            pins: [pins.unwrap_or_default(), files.pins.clone()].concat(),
            dh_groups: files.dh_groups.clone(),
            identity: memory.identity.as_ref().or(files.identity.as_ref()).cloned(),
        }
    }

    /// Naming lists turns the check on, also if a directory holds none (section 3.5).
    pub(super) fn checks_revocation(&self) -> bool {
        let named = ["ssl_crl", "ssl_crlpath"].iter().any(|name| self.values.contains_key(name));
        named || !self.memory.crl.is_empty()
    }

    /// A setting is never dropped silently.
    pub(super) fn check_loaded(&self) -> Result<(), Error> {
        for (name, value) in &self.values {
            let is_read = option::find(self.role, name).is_some_and(|s| s.kind.is_read());
            if is_read && self.loaded.read.get(name) != Some(value) {
                return Err(Error::with(
                    Code::NotLoaded,
                    Facts {
                        option: Some((*name).to_owned()),
                        path: Some(value.clone()),
                        ..Facts::default()
                    },
                ));
            }
        }
        Ok(())
    }

    /// With ssl-mode=DISABLED, or ssl=OFF, no file is opened, required or reported (T22).
    pub(super) fn files_are_off(&self) -> bool {
        match self.role {
            Role::Client => {
                self.value("ssl_mode").and_then(SslMode::parse) == Some(SslMode::Disabled)
            }
            Role::Server => self.value("ssl").and_then(option::switch) == Some(false),
        }
    }

    fn gather_notes(&mut self) {
        self.notes = [self.value_notes.as_slice(), &self.loaded.notes].concat();
    }

    fn find(&self, name: &str) -> Result<&'static Spec, Error> {
        option::find(self.role, name).ok_or_else(|| {
            Error::option(
                Code::OptionName,
                name,
                match self.role {
                    Role::Client => "a client has no such option",
                    Role::Server => "a server has no such option",
                },
            )
        })
    }
}

/// Whether the option takes this value, and what to say about it if so.
fn check(spec: &Spec, value: &str) -> Result<Vec<Note>, Error> {
    let refused = |why: String| Err(Error::option(Code::OptionValue, spec.name, why));
    let mut notes = Vec::new();
    match spec.kind {
        Kind::Mode if SslMode::parse(value).is_none() => {
            return refused(format!(
                "'{value}' is none of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"
            ));
        }
        Kind::Switch if option::switch(value).is_none() => {
            return refused(format!("'{value}' is neither ON nor OFF"));
        }
        Kind::Profile if Profile::parse(value).is_none() => {
            return refused(format!("'{value}' is none of mysql57, mysql8, mariadb"));
        }
        Kind::Path | Kind::Directory if value.is_empty() => {
            return refused("an empty path".to_owned());
        }
        Kind::Fingerprints => {
            if let Err(why) = Pin::parse_list(value) {
                return refused(why);
            }
        }
        Kind::Level if option::level(value).is_none() => {
            return refused(format!("'{value}' is none of 0, 1, 2"));
        }
        Kind::Versions => match Versions::parse(value) {
            None => return Err(Error::option(Code::NoVersion, spec.name, quoted(value))),
            Some((_, refused)) => notes.extend(refused.into_iter().map(|version| {
                let text = format!("{version} is not supported and left out");
                Note::new(Severity::Warning, spec.name, &text)
            })),
        },
        Kind::Ciphers => match cipher::select(value) {
            None => return refused("only names of suites, separated by ':'".to_owned()),
            Some(chosen) if chosen.suites.iter().all(|suite| suite.tls13) => {
                return Err(Error::option(Code::NoCipher, spec.name, quoted(value)));
            }
            Some(chosen) => notes.extend(chosen.unknown.into_iter().map(|name| {
                let text = format!("{name} is not known and left out");
                Note::new(Severity::Note, spec.name, &text)
            })),
        },
        _ => {}
    }
    Ok(notes)
}

fn quoted(value: &str) -> String {
    format!("'{value}'")
}
