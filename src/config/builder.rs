//! The mutable settings: options by name, and material from files or from memory.

use std::collections::BTreeMap;

use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};

use super::option::{self, Kind, Spec};
use super::{Identity, Profile, Role, SslMode, Versions, cipher, pem};
use crate::error::{Code, Error, Facts};
use crate::fs;

/// Options and material, until a context is made of them.
#[derive(Debug)]
pub struct Builder {
    role: Role,
    values: BTreeMap<&'static str, String>,
    memory: Material,
    loaded: Material,
    /// Options whose files were loaded, with the paths that were read.
    read: BTreeMap<&'static str, String>,
    clock: Option<u64>,
    notes: Vec<Note>,
}

/// What files or memory gave.
#[derive(Debug, Default)]
pub struct Material {
    pub ca: Vec<CertificateDer<'static>>,
    pub crl: Vec<CertificateRevocationListDer<'static>>,
    pub identity: Option<Identity>,
}

/// Something the user should know that is no failure.
#[derive(Clone, Debug)]
pub struct Note {
    pub option: &'static str,
    pub severity: Severity,
    pub text: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    Note = 1,
    Warning = 2,
    Error = 3,
}

impl Severity {
    pub fn number(self) -> u32 {
        match self {
            Self::Note => 1,
            Self::Warning => 2,
            Self::Error => 3,
        }
    }
}

impl Builder {
    pub fn new(role: Role) -> Self {
        Self {
            role,
            values: BTreeMap::new(),
            memory: Material::default(),
            loaded: Material::default(),
            read: BTreeMap::new(),
            clock: None,
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
        self.notes.retain(|note| note.option != spec.name);
        self.notes.extend(notes);
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
        self.memory.identity = Some(Identity { chain, key });
        Ok(())
    }

    /// A fixed time in Unix seconds, for tests.
    pub fn set_clock(&mut self, unix_seconds: u64) {
        self.clock = Some(unix_seconds);
    }

    /// OPENS FILES: all that options name, all or nothing, in place of what an earlier call loaded.
    ///
    /// # Errors
    /// `File`, `Pem`, `Crl`, `NoCert`, `NoKey`, `KeyForm`, each with option and path.
    pub fn load_files(&mut self) -> Result<(), Error> {
        let mut loaded = Material::default();
        let mut read = BTreeMap::new();
        if !self.files_are_off() {
            if let Some(path) = self.values.get("ssl_ca") {
                let data = fs::read("ssl_ca", path)?;
                loaded.ca = pem::certificates(&data).map_err(about("ssl_ca", Some(path)))?;
                read.insert("ssl_ca", path.clone());
            }
            if let Some(path) = self.values.get("ssl_crl") {
                let data = fs::read("ssl_crl", path)?;
                loaded.crl = pem::revocation_lists(&data).map_err(about("ssl_crl", Some(path)))?;
                read.insert("ssl_crl", path.clone());
            }
            loaded.identity = self.load_identity(&mut read)?;
        }
        self.loaded = loaded;
        self.read = read;
        Ok(())
    }

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
        let identity = self.memory.identity.as_ref().or(self.loaded.identity.as_ref());
        Material {
            ca: [self.memory.ca.as_slice(), &self.loaded.ca].concat(),
            crl: [self.memory.crl.as_slice(), &self.loaded.crl].concat(),
            identity: identity.cloned(),
        }
    }

    /// A setting is never dropped silently.
    pub(super) fn check_loaded(&self) -> Result<(), Error> {
        for (name, value) in &self.values {
            let is_path = option::find(self.role, name).is_some_and(|s| s.kind == Kind::Path);
            if is_path && self.read.get(name) != Some(value) {
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

    /// Each of ssl_cert and ssl_key defaults to the other's file (section 2.5).
    fn load_identity(
        &self,
        read: &mut BTreeMap<&'static str, String>,
    ) -> Result<Option<Identity>, Error> {
        let (cert, key) = (self.values.get("ssl_cert"), self.values.get("ssl_key"));
        let (Some(cert_path), Some(key_path)) = (cert.or(key), key.or(cert)) else {
            return Ok(None);
        };
        // The option to change is the one that is missing.
        let data = fs::read(if cert.is_some() { "ssl_cert" } else { "ssl_key" }, cert_path)?;
        let chain = pem::certificates(&data)
            .map_err(no_cert)
            .map_err(about("ssl_cert", Some(cert_path)))?;
        let data = fs::read(if key.is_some() { "ssl_key" } else { "ssl_cert" }, key_path)?;
        let key_der = pem::private_key(&data).map_err(about("ssl_key", Some(key_path)))?;
        if cert.is_some() {
            read.insert("ssl_cert", cert_path.clone());
        }
        if key.is_some() {
            read.insert("ssl_key", key_path.clone());
        }
        Ok(Some(Identity { chain, key: key_der }))
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
        Kind::Path if value.is_empty() => return refused("an empty path".to_owned()),
        Kind::NotYet => {
            return refused("not yet: name the files with ssl_ca and ssl_crl".to_owned());
        }
        Kind::Versions => match Versions::parse(value) {
            None => return Err(Error::option(Code::NoVersion, spec.name, quoted(value))),
            Some((_, refused)) => notes.extend(refused.into_iter().map(|version| Note {
                option: spec.name,
                severity: Severity::Warning,
                text: format!("{}: {version} is not supported and left out", spec.name),
            })),
        },
        Kind::Ciphers => match cipher::select(value) {
            None => return refused("only names of suites, separated by ':'".to_owned()),
            Some(chosen) if chosen.suites.iter().all(|suite| suite.tls13) => {
                return Err(Error::option(Code::NoCipher, spec.name, quoted(value)));
            }
            Some(chosen) => notes.extend(chosen.unknown.into_iter().map(|name| Note {
                option: spec.name,
                severity: Severity::Note,
                text: format!("{}: {name} is not known and left out", spec.name),
            })),
        },
        _ => {}
    }
    Ok(notes)
}

fn quoted(value: &str) -> String {
    format!("'{value}'")
}

/// A certificate that cannot be read is MySQL's "Unable to get certificate".
fn no_cert(error: Error) -> Error {
    error.as_code(Code::NoCert)
}

fn about(option: &'static str, path: Option<&str>) -> impl Fn(Error) -> Error {
    move |error| {
        let facts = error.facts().cloned().unwrap_or_default();
        let path = path.map(str::to_owned);
        Error::with(error.code, Facts { option: Some(option.to_owned()), path, ..facts })
    }
}
