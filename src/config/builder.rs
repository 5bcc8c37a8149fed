//! The mutable settings: options by name, and material from files or from memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustls_pki_types::ServerName;

use super::fingerprint::Pin;
use super::ineffective::Given;
use super::load::{Loaded, Material, about, no_cert};
use super::mode_aliases::{self, Asked};
use super::options::{self, Kind, Spec};
use super::{Identity, Note, Profile, Role, Severity, SslMode, Versions};
use super::{cipher, cipher_list, pem, version};
use crate::error::{Code, Details, Error};
use crate::trust::Level;

/// Options and material, until a context is made of them.
#[derive(Debug)]
pub struct Builder {
    role: Role,
    values: BTreeMap<&'static str, String>,
    memory: Material,
    loaded: Loaded,
    clock: Option<u64>,
    /// `ssl_verify_server_cert` was ON once.
    was_verifying: bool,
    /// Of the options' values.
    value_notes: Vec<Note>,
    /// Those, then those of `loaded`, then those on options without effect.
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
            was_verifying: false,
            value_notes: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub fn role(&self) -> Role {
        self.role
    }

    /// One option by its MySQL name; `-` and `_` are equal. Paths are only remembered. A switch may
    /// be turned by `skip-`, `disable-` or `enable-` before its name, without a value.
    ///
    /// # Errors
    /// `OptionName`, `OptionValue`, `NoVersion`, `NoCipher`; the builder is unchanged then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let (spec, value) = match mode_aliases::turned(self.role, name) {
            // What stands behind the name can only say the same.
            Some((spec, turned)) if value.is_empty() || options::switch(value) == Some(true) => {
                (spec, turned)
            }
            Some(_) => {
                let why = format!("'{value}' is not for a name that turns a switch: leave it out");
                return Err(Error::option(Code::OptionValue, name, why));
            }
            None => (self.find(name)?, value),
        };
        let notes = check(spec, value)?;
        self.value_notes.retain(|note| note.option != spec.name);
        self.value_notes.extend(notes);
        self.values.insert(spec.name, value.to_owned());
        self.was_verifying |= self.switch("ssl_verify_server_cert") == Some(true);
        self.gather_notes();
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
        self.gather_notes();
        Ok(())
    }

    /// Revocation lists from memory, in PEM or DER, beside those of `ssl_crl`.
    ///
    /// # Errors
    /// `Crl`.
    pub fn add_crl(&mut self, pem_or_der: &[u8]) -> Result<(), Error> {
        let found = pem::revocation_lists(pem_or_der).map_err(about("ssl_crl", None))?;
        self.memory.crl.extend(found);
        self.gather_notes();
        Ok(())
    }

    /// Certificate chain and key from memory, instead of `ssl_cert` and `ssl_key`.
    ///
    /// # Errors
    /// `NoCert`, `NoKey`, `KeyForm`.
    pub fn set_identity(&mut self, chain: &[u8], key: &[u8]) -> Result<(), Error> {
        let chain = pem::certificates(chain).map_err(no_cert).map_err(about("ssl_cert", None))?;
        let key = pem::private_key(key).map_err(about("ssl_key", None))?;
        self.memory.identity = Some(Arc::new(Identity::new(&chain, key)));
        self.gather_notes();
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

    /// Notes on the options' values, on the files, and on what has no effect beside the rest.
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
            identity: self.identity().cloned(),
        }
    }

    fn identity(&self) -> Option<&Arc<Identity>> {
        self.memory.identity.as_ref().or(self.loaded.material.identity.as_ref())
    }

    pub(super) fn versions(&self) -> Versions {
        let chosen = self.value("tls_version").and_then(Versions::parse);
        chosen.map_or(Versions::DEFAULT, |(versions, _)| versions)
    }

    /// Naming lists turns the check on, also if a directory holds none (section 3.5).
    pub(super) fn checks_revocation(&self) -> bool {
        let named = ["ssl_crl", "ssl_crlpath"].iter().any(|name| self.values.contains_key(name));
        named || !self.memory.crl.is_empty()
    }

    /// A setting is never dropped silently.
    pub(super) fn check_loaded(&self) -> Result<(), Error> {
        for (name, value) in &self.values {
            let is_read = options::find(self.role, name).is_some_and(|s| s.kind.is_read());
            if is_read && self.loaded.read.get(name) != Some(value) {
                return Err(Error::with(
                    Code::NotLoaded,
                    Details {
                        option: Some((*name).to_owned()),
                        path: Some(value.clone()),
                        ..Details::default()
                    },
                ));
            }
        }
        Ok(())
    }

    /// With ssl-mode=DISABLED, or ssl=OFF, no file is opened, required or reported (T22).
    pub(super) fn files_are_off(&self) -> bool {
        match self.role {
            Role::Client => self.asked().is_off(),
            Role::Server => self.switch("ssl") == Some(false),
        }
    }

    /// What a client's options say about its mode.
    pub(super) fn asked(&self) -> Asked {
        if self.role == Role::Server {
            return Asked::default();
        }
        Asked {
            mode: self.value("ssl_mode").and_then(SslMode::parse),
            ssl: self.switch("ssl"),
            verify: self.switch("ssl_verify_server_cert"),
            was_verifying: self.was_verifying,
        }
    }

    pub(super) fn switch(&self, name: &'static str) -> Option<bool> {
        self.value(name).and_then(options::switch)
    }

    /// Of two levels the option's own counts. A list that lowers it changes more than suites.
    fn level_note(&self) -> Option<Note> {
        let listed = cipher_list::resolve(self.value("ssl_cipher")?).ok()?.level?;
        let (severity, text) = match self.value("tlsql_security_level") {
            Some(own) if options::level(own) == Some(listed) => return None,
            Some(own) => {
                let text = format!("@SECLEVEL has no effect beside tlsql_security_level={own}");
                (Severity::Warning, text)
            }
            None if listed >= Level::default() => return None,
            None => {
                let name = options::level_name(listed);
                let text = format!("@SECLEVEL sets tlsql_security_level={name}, below the default");
                (Severity::Note, text)
            }
        };
        Some(Note::new(severity, "ssl_cipher", &text))
    }

    /// A server whose key and list leave TLS 1.3 only. Where they leave nothing there is an error.
    fn key_note(&self) -> Option<Note> {
        let auth = self.identity().filter(|_| self.role == Role::Server)?.auth();
        let listed = cipher_list::resolve(self.value("ssl_cipher")?).ok()?.suites;
        let has_13 = self.versions().tls13 && self.value("tls_ciphersuites") != Some("");
        let is_told = self.versions().tls12 && has_13 && !self.files_are_off();
        let text = format!("{}: TLS 1.2 is not spoken", auth.missing());
        let note = Note::new(Severity::Warning, "ssl_cipher", &text);
        (is_told && !listed.iter().any(|suite| suite.has(auth))).then_some(note)
    }

    fn gather_notes(&mut self) {
        let given = Given {
            values: &self.values,
            ca_in_memory: !self.memory.ca.is_empty(),
            crl_in_memory: !self.memory.crl.is_empty(),
        };
        let idle = match (self.files_are_off(), self.asked().mode) {
            (false, _) => given.notes(),
            (true, Some(_)) => given.in_clear("ssl_mode=DISABLED").into_iter().collect(),
            (true, None) => given.in_clear("ssl=OFF").into_iter().collect(),
        };
        self.notes = self.value_notes.clone();
        self.notes.extend(self.asked().notes());
        self.notes.extend(self.level_note());
        self.notes.extend(self.key_note());
        self.notes.extend_from_slice(&self.loaded.notes);
        self.notes.extend(idle);
    }

    fn find(&self, name: &str) -> Result<&'static Spec, Error> {
        options::find(self.role, name).ok_or_else(|| {
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
    if value.contains('\0') {
        return refused("a NUL byte in it".to_owned());
    }
    match spec.kind {
        Kind::Mode if SslMode::parse(value).is_none() => {
            return refused(format!(
                "'{value}' is none of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"
            ));
        }
        Kind::Switch if options::switch(value).is_none() => {
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
        Kind::ServerName if ServerName::try_from(value).is_err() => {
            return refused(format!("'{value}' is not a DNS name"));
        }
        Kind::Seconds if options::seconds(value).is_none() => {
            return refused(format!("'{value}' is no number of seconds from 0 to 86400"));
        }
        Kind::Session => {
            let why = "sessions cannot be resumed yet: every handshake is a full one";
            return refused(why.to_owned());
        }
        Kind::Level if options::level(value).is_none() => {
            return refused(format!("'{value}' is none of 0, 1, 2"));
        }
        Kind::Versions if value.len() > version::MAX_LEN => {
            return refused(format!("more than {} bytes", version::MAX_LEN));
        }
        Kind::Versions => match Versions::parse(value) {
            None => return Err(Error::option(Code::NoVersion, spec.name, quoted(value))),
            Some((_, left_out)) => notes
                .extend(left_out.iter().map(|text| Note::new(Severity::Warning, spec.name, text))),
        },
        Kind::CipherList => {
            let noted = cipher_list::resolve(value)?.notes.into_iter();
            notes.extend(noted.map(|(severity, text)| Note::new(severity, spec.name, &text)));
        }
        Kind::CipherSuites => match cipher::select_tls13(value) {
            Err(why) if why.is_empty() => {
                return Err(Error::option(Code::NoCipher, spec.name, quoted(value)));
            }
            Err(why) => return Err(Error::option(Code::NoCipher, spec.name, why)),
            Ok(chosen) => notes.extend(
                chosen.left_out.iter().map(|text| Note::new(Severity::Note, spec.name, text)),
            ),
        },
        _ => {}
    }
    if spec.name.starts_with("ssl_session_cache") && options::switch(value) != Some(false) {
        let text = "no session is kept yet: every handshake is a full one";
        notes.push(Note::new(Severity::Note, spec.name, text));
    }
    Ok(notes)
}

fn quoted(value: &str) -> String {
    format!("'{value}'")
}
