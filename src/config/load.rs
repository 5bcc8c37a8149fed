//! Certificates, lists, keys and fingerprints, and how they come from files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fingerprint::{Line, Pin};
use super::{Identity, Note, Severity, pem};
use crate::crypto::DhGroup;
use crate::error::{Code, Details, Error};
use crate::fs;
use crate::trust::{Certificate, RevocationList};

/// What files or memory gave.
#[derive(Clone, Debug, Default)]
pub struct Material {
    pub ca: Vec<Arc<Certificate>>,
    pub crl: Vec<Arc<RevocationList>>,
    /// From `ssl_fplist`.
    pub pins: Vec<Pin>,
    /// From `tlsql_dh_params`.
    pub dh_groups: Vec<&'static DhGroup>,
    pub identity: Option<Arc<Identity>>,
}

/// What was read for the options, all of it or nothing.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub material: Material,
    /// Options whose files were loaded, with the paths that were read.
    pub read: BTreeMap<&'static str, String>,
    pub notes: Vec<Note>,
}

type Values = BTreeMap<&'static str, String>;

impl Loaded {
    /// OPENS FILES: all that these options name.
    ///
    /// # Errors
    /// `File`, `Pem`, `TrustedCert`, `Crl`, `NoCert`, `NoKey`, `KeyForm`, `OptionValue`, each with
    /// option and path.
    pub fn of(values: &Values, checks_revocation: bool) -> Result<Self, Error> {
        let mut loaded = Self::default();
        loaded.certificates(values, checks_revocation)?;
        loaded.lists(values)?;
        loaded.pins(values)?;
        loaded.dh_groups(values)?;
        loaded.identity(values)?;
        Ok(loaded)
    }

    fn certificates(&mut self, values: &Values, checks_revocation: bool) -> Result<(), Error> {
        match values.get("ssl_ca").map(String::as_str) {
            None => {}
            Some(SYSTEM) => self.system()?,
            Some(path) => {
                let data = fs::read("ssl_ca", path)?;
                let at = about("ssl_ca", Some(path));
                self.material.ca = pem::certificates(&data).map_err(&at)?;
                // OpenSSL keeps certificates and lists in one store: a list in the CA file counts.
                if checks_revocation && pem::has_revocation_list(&data) {
                    self.material.crl.extend(pem::revocation_lists(&data).map_err(&at)?);
                }
            }
        }
        if let Some(directory) = values.get("ssl_capath") {
            if self.hashed_certificates("ssl_capath", directory)? == 0 {
                let text = format!(
                    "no certificate in {directory}: names are HASH.0, HASH.1, ... as `openssl \
                     rehash` makes them"
                );
                self.notes.push(Note::new(Severity::Warning, "ssl_capath", &text));
            }
            if checks_revocation {
                self.hashed_lists("ssl_capath", directory)?;
            }
        }
        self.remember(values, &["ssl_ca", "ssl_capath"]);
        Ok(())
    }

    /// The platform's roots. One that cannot be read must not take the others away.
    fn system(&mut self) -> Result<(), Error> {
        let fs::Roots { certificates: roots, unread } = fs::system_roots("ssl_ca")?;
        for why in unread {
            let text = format!("left out of the system's roots: {why}");
            self.notes.push(Note::new(Severity::Warning, "ssl_ca", &text));
        }
        let usable = roots.iter().filter_map(|der| Certificate::parse(der).ok());
        self.material.ca = usable.map(Arc::new).collect();
        let left_out = roots.len().saturating_sub(self.material.ca.len());
        if self.material.ca.is_empty() {
            let why = "none of this system's root certificates can be read";
            return Err(Error::file(Code::File, "ssl_ca", SYSTEM, why));
        }
        if left_out > 0 {
            let text = format!("{left_out} of the system's root certificates are left out");
            self.notes.push(Note::new(Severity::Warning, "ssl_ca", &text));
        }
        Ok(())
    }

    /// A certificate counts only under the hash of its subject: under another OpenSSL would never
    /// look at it (section 3.4). Returns how many files there are.
    fn hashed_certificates(
        &mut self,
        option: &'static str,
        directory: &str,
    ) -> Result<usize, Error> {
        let mut room = MAX_DIRECTORY;
        let files = fs::hashed(option, directory, fs::Hashed::Certificates)?;
        let count = files.len();
        for (hash, path) in files {
            let data = read_hashed(option, &path, &mut room)?;
            for certificate in pem::certificates(&data).map_err(about(option, Some(&path)))? {
                match certificate.subject().hash() {
                    found if found == hash => self.material.ca.push(certificate),
                    found => self.note_hash(option, &path, found),
                }
            }
        }
        Ok(count)
    }

    /// As certificates, by the hash of the issuer.
    fn hashed_lists(&mut self, option: &'static str, directory: &str) -> Result<(), Error> {
        let mut room = MAX_DIRECTORY;
        for (hash, path) in fs::hashed(option, directory, fs::Hashed::Lists)? {
            let data = read_hashed(option, &path, &mut room)?;
            for list in pem::revocation_lists(&data).map_err(about(option, Some(&path)))? {
                match list.issuer().hash() {
                    found if found == hash => self.material.crl.push(list),
                    found => self.note_hash(option, &path, found),
                }
            }
        }
        Ok(())
    }

    fn note_hash(&mut self, option: &'static str, path: &str, found: u32) {
        let text = format!("what {path} holds has the name hash {found:08x} and is left out");
        self.notes.push(Note::new(Severity::Warning, option, &text));
    }

    fn lists(&mut self, values: &Values) -> Result<(), Error> {
        if let Some(path) = values.get("ssl_crl") {
            let data = fs::read("ssl_crl", path)?;
            let found = pem::revocation_lists(&data).map_err(about("ssl_crl", Some(path)))?;
            self.material.crl.extend(found);
        }
        if let Some(directory) = values.get("ssl_crlpath") {
            self.hashed_lists("ssl_crlpath", directory)?;
        }
        self.remember(values, &["ssl_crl", "ssl_crlpath"]);
        Ok(())
    }

    /// Invalid lines are passed over, as by MariaDB; a file without a valid one pins nothing, which
    /// nobody can have meant.
    fn pins(&mut self, values: &Values) -> Result<(), Error> {
        let Some(path) = values.get("ssl_fplist") else { return Ok(()) };
        let data = fs::read("ssl_fplist", path)?;
        let mut invalid = 0_usize;
        for line in data.split(|byte| *byte == b'\n') {
            match Pin::parse_line(line) {
                Line::Pin(pin) => self.material.pins.push(pin),
                Line::Nothing => {}
                Line::Invalid => invalid = invalid.saturating_add(1),
            }
        }
        if self.material.pins.is_empty() {
            let why = "no SHA-256, SHA-384 or SHA-512 fingerprint in it";
            return Err(Error::file(Code::OptionValue, "ssl_fplist", path, why));
        }
        if invalid > 0 {
            let text = format!("lines that are no usable fingerprint and left out: {invalid}");
            self.notes.push(Note::new(Severity::Warning, "ssl_fplist", &text));
        }
        self.remember(values, &["ssl_fplist"]);
        Ok(())
    }

    fn dh_groups(&mut self, values: &Values) -> Result<(), Error> {
        if let Some(path) = values.get("tlsql_dh_params") {
            let data = fs::read("tlsql_dh_params", path)?;
            let at = about("tlsql_dh_params", Some(path));
            self.material.dh_groups = pem::dh_groups(&data).map_err(at)?;
        }
        self.remember(values, &["tlsql_dh_params"]);
        Ok(())
    }

    /// Each of ssl_cert and ssl_key defaults to the other's file (section 2.5).
    fn identity(&mut self, values: &Values) -> Result<(), Error> {
        let (cert, key) = (values.get("ssl_cert"), values.get("ssl_key"));
        let (Some(cert_path), Some(key_path)) = (cert.or(key), key.or(cert)) else {
            return Ok(());
        };
        // The option to change is the one that is missing.
        let data = fs::read(if cert.is_some() { "ssl_cert" } else { "ssl_key" }, cert_path)?;
        let chain = pem::certificates(&data)
            .map_err(no_cert)
            .map_err(about("ssl_cert", Some(cert_path)))?;
        let data = fs::read(if key.is_some() { "ssl_key" } else { "ssl_cert" }, key_path)?;
        let key = pem::private_key(&data).map_err(about("ssl_key", Some(key_path)))?;
        self.material.identity = Some(Arc::new(Identity::new(&chain, key)));
        self.remember(values, &["ssl_cert", "ssl_key"]);
        Ok(())
    }

    fn remember(&mut self, values: &Values, names: &[&'static str]) {
        for name in names {
            if let Some(path) = values.get(name) {
                self.read.insert(name, path.clone());
            }
        }
    }
}

/// A file of a directory: PEM only, as OpenSSL reads it there.
fn read_hashed(
    option: &'static str,
    path: &str,
    room: &mut usize,
) -> Result<zeroize::Zeroizing<Vec<u8>>, Error> {
    let data = fs::read(option, path)?;
    if pem::is_der(&data) {
        return Err(Error::file(Code::Pem, option, path, "DER, and files of a directory are PEM"));
    }
    *room = room.checked_sub(data.len()).ok_or_else(|| {
        Error::file(Code::File, option, path, "the directory's files have more than 256 MiB")
    })?;
    Ok(data)
}

/// A certificate that cannot be read is MySQL's "Unable to get certificate".
pub(super) fn no_cert(error: Error) -> Error {
    if error.code == Code::TrustedCert { error } else { error.with_code(Code::NoCert) }
}

pub(super) fn about(option: &'static str, path: Option<&str>) -> impl Fn(Error) -> Error {
    move |error| {
        let details = error.details().cloned().unwrap_or_default();
        let path = path.map(str::to_owned);
        Error::with(error.code, Details { option: Some(option.to_owned()), path, ..details })
    }
}

/// The value of `ssl_ca` that means the platform's roots and no file; `./system` names a file.
pub const SYSTEM: &str = "system";

/// As for one file: a directory that revocation lists of a million entries fit into.
const MAX_DIRECTORY: usize = 256 << 20;
