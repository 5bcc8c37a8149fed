//! Certificates, lists, keys and fingerprints, and how files become them: one loader per source.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::fingerprint::{Line, Pin};
use super::list_dates::Place;
use super::options::{
    ALL, DATADIR, Options, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CRL, SSL_CRLPATH, SSL_FPLIST, SSL_KEY,
    Spec, TLSQL_DH_PARAMS,
};
use super::setting::Origin;
use super::value::{CaSource, SYSTEM};
use super::{Identity, Note, Severity, datadir, pem, server_log};
use crate::crypto::DhGroup;
use crate::error::{Code, Details, Error};
use crate::fs::{self, Watch};
use crate::text::quoted;
use crate::trust::{Certificate, RevocationList};

/// What files or memory gave. Certificates, lists and keys are shared, not copied.
#[derive(Clone, Debug, Default)]
pub struct Material {
    pub ca: Vec<Arc<Certificate>>,
    pub crl: Vec<Arc<RevocationList>>,
    pub pins: Vec<Pin>,
    /// Groups of `tlsql_dh_params`.
    pub dh_groups: Vec<&'static DhGroup>,
    pub identity: Option<Arc<Identity>>,
}

/// What was read for the options, source by source.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    sources: Vec<Source>,
    /// What was read for them.
    files: Watch,
}

/// What the program and options ask for beside the paths that they name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    /// The check of revocation: lists in places of certificates count.
    pub lists: bool,
    /// The files in the data directory.
    pub datadir: bool,
}

/// What was read for one option, or for the two of an identity.
#[derive(Debug, Default)]
struct Source {
    /// The options, with the values that were read.
    options: Vec<(&'static Spec, String)>,
    material: Material,
    notes: Vec<Note>,
    /// The file of each of its revocation lists, where the option names a directory.
    list_files: Vec<String>,
    /// It has revocation lists that were not read, since nothing asked for the check then.
    has_unread_lists: bool,
    /// `ssl_capath`: every file was read, whatever its name.
    has_all_files: bool,
    /// `datadir`: its files were looked for.
    is_looked_into: bool,
    /// Why nothing was read, where a server goes on without TLS.
    fault: Option<Error>,
}

impl Material {
    pub fn is_empty(&self) -> bool {
        let Self { ca, crl, pins, dh_groups, identity } = self;
        let has_no_trust = ca.is_empty() && crl.is_empty() && pins.is_empty();
        has_no_trust && dh_groups.is_empty() && identity.is_none()
    }

    /// Adds other material behind this; an identity that is here stays.
    pub fn add(&mut self, other: &Self) {
        self.ca.extend_from_slice(&other.ca);
        self.crl.extend_from_slice(&other.crl);
        self.pins.extend_from_slice(&other.pins);
        self.dh_groups.extend_from_slice(&other.dh_groups);
        self.identity = self.identity.take().or_else(|| other.identity.clone());
    }
}

impl Loaded {
    /// OPENS FILES: all that these options name, noted in `files`.
    ///
    /// # Errors
    /// `File`, `Pem`, `TrustedCert`, `Crl`, `NoCert`, `NoKey`, `KeyEncrypted`, `OptionValue`, each
    /// with option and path.
    pub fn read(options: &Options, asked: Asked, files: &mut Watch) -> Result<Self, Error> {
        let sources = [
            data_directory(options, asked.datadir, files)?,
            ca(options, asked.lists, files)?,
            ca_directory(options, asked.lists, files)?,
            lists(options, files)?,
            list_directory(options, files)?,
            fingerprints(options, files)?,
            dh_groups(options, files)?,
            identity(options, files)?,
        ];
        Ok(Self { sources: sources.into_iter().flatten().collect(), files: Watch::default() })
    }

    /// Keeps what was noted while this was read.
    pub fn with_files(self, files: Watch) -> Self {
        Self { files, ..self }
    }

    /// Whether the key is the certificate's, if both are here.
    pub fn has_pair(&self) -> bool {
        self.identity().is_none_or(|own| own.is_pair())
    }

    pub fn files(&self) -> &Watch {
        &self.files
    }

    /// Returns the option, and the file, that a list came from; `None` for one from memory.
    pub fn place_of(&self, list: &Arc<RevocationList>) -> Place<'_> {
        self.sources.iter().find_map(|source| source.place_of(list))
    }

    /// Stands for all that these options name, of which a server makes no use after this fault.
    pub fn failed(options: &Options, asked: Asked, fault: Error) -> Self {
        let named: Vec<_> = ALL.iter().copied().filter(|spec| spec.is_file()).collect();
        let mut source = Source::of(&named, options);
        source.note_found(options);
        source.has_all_files = options.tlsql_capath_all.is_on();
        source.is_looked_into = asked.datadir;
        source.fault = Some(fault);
        Self { sources: vec![source], files: Watch::default() }
    }

    /// Why nothing was read, where a server goes on without TLS.
    pub fn fault(&self) -> Option<&Error> {
        self.sources.iter().find_map(|source| source.fault.as_ref())
    }

    /// Drops what was read for an option.
    pub fn forget(&mut self, option: &Spec) {
        self.keep(&|source| source.options.iter().all(|(known, _)| *known != option));
        self.files.forget(option.name);
    }

    /// Drops what was read for options that name something else now, or nothing, and a fault where the
    /// passphrase is another. A certificate and key of two options are dropped together: one that is
    /// left alone names both, and has to be loaded as such.
    pub fn keep_named(&mut self, options: &Options, same_passphrase: bool) {
        let may_be_fault = |source: &Source| same_passphrase || source.fault.is_none();
        self.keep(&|source| source.is_named(options) && may_be_fault(source));
    }

    fn keep(&mut self, is_kept: &dyn Fn(&Source) -> bool) {
        let files = &mut self.files;
        self.sources.retain(|source| {
            let is_kept = is_kept(source);
            if !is_kept {
                source.options.iter().for_each(|(option, _)| files.forget(option.name));
            }
            is_kept
        });
    }

    /// Whether something was read for an option.
    pub fn has_read(&self, option: &Spec) -> bool {
        self.sources.iter().flat_map(|source| &source.options).any(|(known, _)| *known == option)
    }

    pub fn materials(&self) -> impl Iterator<Item = &Material> {
        self.sources.iter().map(|source| &source.material)
    }

    pub fn identity(&self) -> Option<&Arc<Identity>> {
        self.materials().find_map(|material| material.identity.as_ref())
    }

    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.sources.iter().flat_map(|source| &source.notes)
    }

    /// Refuses options whose files were not loaded as they are named now, or not as is asked now: a
    /// setting is never dropped silently.
    ///
    /// # Errors
    /// `NotLoaded`, with option and path.
    pub fn check(&self, options: &Options, asked: Asked) -> Result<(), Error> {
        for spec in ALL.iter().copied().filter(|spec| spec.is_file()) {
            let is_read = |path: &String| {
                let is_it = |(known, text): &(&Spec, String)| *known == spec && text == path;
                let mut sources = self.sources.iter();
                sources.any(|s| s.options.iter().any(is_it) && s.is_as_asked(spec, options, asked))
            };
            if let Some(path) = options.path_of(spec).filter(|path| !is_read(path)) {
                let (option, path) = (Some(spec.name.to_owned()), Some(path));
                let details = Details { option, path, ..Details::default() };
                return Err(Error::with(Code::NotLoaded, details));
            }
        }
        Ok(())
    }
}

impl Source {
    /// An empty source for these options, as they are set.
    fn of(specs: &[&'static Spec], options: &Options) -> Self {
        let text = |spec: &&'static Spec| Some((*spec, options.path_of(spec)?));
        Self { options: specs.iter().filter_map(text).collect(), ..Self::default() }
    }

    /// Whether all its options still name what was read.
    fn is_named(&self, options: &Options) -> bool {
        let is_it = |(spec, path): &(&Spec, String)| options.path_of(spec).as_ref() == Some(path);
        self.options.iter().all(is_it)
    }

    /// Whether it is what is asked for one of its options now. A data directory that was looked into
    /// may be outranked since.
    fn is_as_asked(&self, option: &Spec, options: &Options, asked: Asked) -> bool {
        let has_lists = !(asked.lists && self.has_unread_lists);
        let is_whole = match option {
            _ if *option == SSL_CAPATH => self.has_all_files == options.tlsql_capath_all.is_on(),
            _ if *option == DATADIR && self.fault.is_some() => self.is_looked_into == asked.datadir,
            _ if *option == DATADIR => self.is_looked_into || !asked.datadir,
            _ => true,
        };
        has_lists && is_whole
    }

    fn warn(&mut self, option: &Spec, text: &str) {
        self.notes.push(option.note(Severity::Warning, text));
    }

    fn warn_of_hash(&mut self, option: &Spec, path: &str, found: u32) {
        let text =
            format!("what {} holds has the name hash {found:08x} and is left out", quoted(path));
        self.warn(option, &text);
    }

    /// Adds MySQL's note if files were found in the data directory.
    fn note_found(&mut self, options: &Options) {
        if options.ssl_ca.origin().is_some_and(Origin::is_found) {
            self.notes.push(datadir::note_found());
        }
    }

    /// Adds MySQL's note if the first certificate of a file is self-signed. A file without one is
    /// passed over: what it has to hold is not asked here.
    fn note_self_signed(&mut self, option: &Spec, path: &str, name: &str, files: &mut Watch) {
        let Ok(data) = files.read(option.name, path) else { return };
        let Ok(certificates) = pem::certificates(&data) else { return };
        if certificates.first().is_some_and(|first| first.issuer() == first.subject()) {
            let text = format!("CA certificate {name} is self signed.");
            self.notes.push(server_log::SELF_SIGNED.note(option, &text));
        }
    }

    /// Reads the platform's roots. One that cannot be read must not take the others away.
    fn add_system_roots(&mut self, files: &mut Watch) -> Result<(), Error> {
        let fs::Roots { certificates: roots, unread } = files.system_roots(SSL_CA.name)?;
        for why in unread {
            self.warn(&SSL_CA, &format!("left out of the system's roots: {why}"));
        }
        let usable = roots.iter().filter_map(|der| Certificate::parse(der).ok());
        self.material.ca = usable.map(Arc::new).collect();
        let left_out = roots.len().saturating_sub(self.material.ca.len());
        if self.material.ca.is_empty() {
            let why = "none of this system's root certificates can be read";
            return Err(SSL_CA.file_error(Code::File, SYSTEM, why));
        }
        if left_out > 0 {
            let text = format!("{left_out} of the system's root certificates are left out");
            self.warn(&SSL_CA, &text);
        }
        Ok(())
    }

    /// Reads the certificates of a directory. One counts only under the hash of its subject: under
    /// another OpenSSL would never look at it. Returns how many files there are.
    fn add_hashed_certificates(
        &mut self,
        option: &Spec,
        directory: &str,
        files: &mut Watch,
    ) -> Result<usize, Error> {
        let mut room = MAX_DIRECTORY;
        let found = files.hashed(option.name, directory, fs::Hashed::Certificates)?;
        let count = found.len();
        for (hash, path) in found {
            let data = read_hashed(option, &path, &mut room, files)?;
            for certificate in pem::certificates(&data).map_err(option.about(Some(&path)))? {
                match certificate.subject().hash() {
                    found if found == hash => self.material.ca.push(certificate),
                    found => self.warn_of_hash(option, &path, found),
                }
            }
        }
        Ok(count)
    }

    /// Reads every file of `ssl_capath`, and of each all certificates. A file of something else is
    /// left out; one that cannot be read may be the CA that is meant.
    fn add_all_files(
        &mut self,
        directory: &str,
        with_lists: bool,
        files: &mut Watch,
    ) -> Result<(), Error> {
        let (mut room, mut left_out) = (MAX_DIRECTORY, Vec::new());
        for path in files.visible_files(SSL_CAPATH.name, directory)? {
            let data = read_in_directory(&SSL_CAPATH, &path, &mut room, files)?;
            let (has_ca, has_lists) =
                (pem::has_certificate(&data), pem::has_revocation_list(&data));
            if has_ca {
                self.material
                    .ca
                    .extend(pem::certificates(&data).map_err(SSL_CAPATH.about(Some(&path)))?);
            }
            if has_lists && with_lists {
                let lists = pem::revocation_lists(&data).map_err(SSL_CAPATH.about(Some(&path)))?;
                lists.into_iter().for_each(|list| self.add_list(list, &path));
            }
            self.has_unread_lists |= has_lists && !with_lists;
            if !has_ca && !has_lists {
                left_out.push(path);
            }
        }
        self.has_all_files = true;
        if let Some((first, others)) = left_out.split_first() {
            let behind = match others.len() {
                0 => String::new(),
                count => format!("; {count} more like it"),
            };
            let text = format!("no certificate in PEM in {}, left out{behind}", quoted(first));
            self.notes.push(SSL_CAPATH.note(Severity::Note, &text));
        }
        if self.material.ca.is_empty() {
            self.warn(&SSL_CAPATH, &format!("no certificate in {}", quoted(directory)));
        }
        Ok(())
    }

    /// Reads the revocation lists of a directory, which count under the hash of the issuer.
    fn add_hashed_lists(
        &mut self,
        option: &Spec,
        directory: &str,
        files: &mut Watch,
    ) -> Result<(), Error> {
        let mut room = MAX_DIRECTORY;
        for (hash, path) in files.hashed(option.name, directory, fs::Hashed::Lists)? {
            let data = read_hashed(option, &path, &mut room, files)?;
            for list in pem::revocation_lists(&data).map_err(option.about(Some(&path)))? {
                match list.issuer().hash() {
                    found if found == hash => self.add_list(list, &path),
                    found => self.warn_of_hash(option, &path, found),
                }
            }
        }
        Ok(())
    }

    /// Keeps a list of a directory, with its file.
    fn add_list(&mut self, list: Arc<RevocationList>, path: &str) {
        self.material.crl.push(list);
        self.list_files.push(path.to_owned());
    }

    /// Returns the option and the file that this list is of; `None` if it is of another source.
    fn place_of(&self, list: &Arc<RevocationList>) -> Place<'_> {
        let at = self.material.crl.iter().position(|each| Arc::ptr_eq(each, list))?;
        let (option, path) = self.options.first()?;
        Some((option, self.list_files.get(at).unwrap_or(path)))
    }
}

/// `datadir`, with MySQL's notes: on the files that were found there, and on CA certificates that are
/// self-signed, which it looks for in the first certificate of each file.
fn data_directory(
    options: &Options,
    is_looked_into: bool,
    files: &mut Watch,
) -> Result<Option<Source>, Error> {
    let Some(directory) = options.datadir.value() else { return Ok(None) };
    fs::check_directory(DATADIR.name, directory)?;
    let mut source = Source { is_looked_into, ..Source::of(&[&DATADIR], options) };
    source.note_found(options);
    if let (Some(CaSource::File(_)), Some(path), Some(name)) =
        (options.ssl_ca.value(), options.path(&options.ssl_ca), options.ssl_ca.text())
    {
        source.note_self_signed(&SSL_CA, &path, name, files);
    }
    if let Some(directory) = options.path(&options.ssl_capath) {
        for path in files.regular_files(SSL_CAPATH.name, &directory)? {
            source.note_self_signed(&SSL_CAPATH, &path, &path, files);
        }
    }
    Ok(Some(source))
}

/// `ssl_ca`.
fn ca(options: &Options, with_lists: bool, files: &mut Watch) -> Result<Option<Source>, Error> {
    let Some(path) = options.path(&options.ssl_ca) else { return Ok(None) };
    let mut source = Source::of(&[&SSL_CA], options);
    match options.ssl_ca.value() {
        Some(CaSource::System) => source.add_system_roots(files)?,
        _ => {
            let data = files.read(SSL_CA.name, &path)?;
            let about = SSL_CA.about(Some(&path));
            source.material.ca = pem::certificates(&data).map_err(&about)?;
            // OpenSSL keeps certificates and lists in one store: a list in the CA file counts.
            let has_lists = pem::has_revocation_list(&data);
            if with_lists && has_lists {
                source.material.crl = pem::revocation_lists(&data).map_err(&about)?;
            }
            source.has_unread_lists = has_lists && !with_lists;
        }
    }
    Ok(Some(source))
}

/// `ssl_capath`.
fn ca_directory(
    options: &Options,
    with_lists: bool,
    files: &mut Watch,
) -> Result<Option<Source>, Error> {
    let Some(directory) = options.path(&options.ssl_capath) else { return Ok(None) };
    let mut source = Source::of(&[&SSL_CAPATH], options);
    if options.tlsql_capath_all.is_on() {
        source.add_all_files(&directory, with_lists, files)?;
        return Ok(Some(source));
    }
    if source.add_hashed_certificates(&SSL_CAPATH, &directory, files)? == 0 {
        let names = "names are HASH.0, HASH.1, ... as `openssl rehash` makes them, or any with \
                     tlsql_capath_all=ON";
        source.warn(&SSL_CAPATH, &format!("no certificate in {}: {names}", quoted(&directory)));
    }
    if with_lists {
        source.add_hashed_lists(&SSL_CAPATH, &directory, files)?;
    } else {
        let lists = files.hashed(SSL_CAPATH.name, &directory, fs::Hashed::Lists)?;
        source.has_unread_lists = !lists.is_empty();
    }
    Ok(Some(source))
}

/// `ssl_crl`.
fn lists(options: &Options, files: &mut Watch) -> Result<Option<Source>, Error> {
    let Some(path) = options.path(&options.ssl_crl) else { return Ok(None) };
    let mut source = Source::of(&[&SSL_CRL], options);
    let data = files.read(SSL_CRL.name, &path)?;
    source.material.crl = pem::revocation_lists(&data).map_err(SSL_CRL.about(Some(&path)))?;
    Ok(Some(source))
}

/// `ssl_crlpath`.
fn list_directory(options: &Options, files: &mut Watch) -> Result<Option<Source>, Error> {
    let Some(directory) = options.path(&options.ssl_crlpath) else { return Ok(None) };
    let mut source = Source::of(&[&SSL_CRLPATH], options);
    source.add_hashed_lists(&SSL_CRLPATH, &directory, files)?;
    Ok(Some(source))
}

/// `ssl_fplist`. Invalid lines are passed over, as by MariaDB; a file without a valid one pins
/// nothing, which nobody can have meant.
fn fingerprints(options: &Options, files: &mut Watch) -> Result<Option<Source>, Error> {
    let Some(path) = options.path(&options.ssl_fplist) else { return Ok(None) };
    let mut source = Source::of(&[&SSL_FPLIST], options);
    let data = files.read(SSL_FPLIST.name, &path)?;
    let mut invalid = 0_usize;
    for line in data.split(|byte| *byte == b'\n') {
        match Pin::parse_line(line) {
            Line::Pin(pin) => source.material.pins.push(pin),
            Line::Nothing => {}
            Line::Invalid => invalid = invalid.saturating_add(1),
        }
    }
    if source.material.pins.is_empty() {
        let why = "no SHA-256, SHA-384 or SHA-512 fingerprint in it";
        return Err(SSL_FPLIST.file_error(Code::OptionValue, &path, why));
    }
    if invalid > 0 {
        let text = format!("lines that are no usable fingerprint and left out: {invalid}");
        source.warn(&SSL_FPLIST, &text);
    }
    Ok(Some(source))
}

/// `tlsql_dh_params`.
fn dh_groups(options: &Options, files: &mut Watch) -> Result<Option<Source>, Error> {
    let Some(path) = options.path(&options.tlsql_dh_params) else { return Ok(None) };
    let mut source = Source::of(&[&TLSQL_DH_PARAMS], options);
    let data = files.read(TLSQL_DH_PARAMS.name, &path)?;
    let about = TLSQL_DH_PARAMS.about(Some(&path));
    source.material.dh_groups = pem::dh_groups(&data).map_err(about)?;
    Ok(Some(source))
}

/// `ssl_cert` and `ssl_key`. Each defaults to the other's file (T46).
fn identity(options: &Options, files: &mut Watch) -> Result<Option<Source>, Error> {
    let (cert, key) = (options.path(&options.ssl_cert), options.path(&options.ssl_key));
    let (Some(cert_path), Some(key_path)) =
        (cert.as_ref().or(key.as_ref()), key.as_ref().or(cert.as_ref()))
    else {
        return Ok(None);
    };
    let mut source = Source::of(&[&SSL_CERT, &SSL_KEY], options);
    // A file that cannot be read is the one of the option that names it.
    let data = files.read(if cert.is_some() { SSL_CERT.name } else { SSL_KEY.name }, cert_path)?;
    let chain = certificate_chain(&data).map_err(about(
        &SSL_CERT,
        if cert.is_some() { &SSL_CERT } else { &SSL_KEY },
        cert_path,
    ))?;
    let data = files.read(if key.is_some() { SSL_KEY.name } else { SSL_CERT.name }, key_path)?;
    let naming = if key.is_some() { &SSL_KEY } else { &SSL_CERT };
    let key = pem::private_key(&data, options.ssl_passphrase.value())
        .map_err(about(&SSL_KEY, naming, key_path))?;
    source.material.identity = Some(Arc::new(Identity::new(&chain, key)?));
    Ok(Some(source))
}

/// Adds to a failure the file and the option that names it, and which option to set.
fn about(option: &'static Spec, naming: &'static Spec, path: &str) -> impl Fn(Error) -> Error {
    move |error| naming.about(Some(path))(error).with_hint_option(option.name)
}

/// Reads our own chain. A certificate that cannot be read is MySQL's "Unable to get certificate".
///
/// # Errors
/// `NoCert`, `TrustedCert`.
pub(super) fn certificate_chain(data: &[u8]) -> Result<Vec<Arc<Certificate>>, Error> {
    pem::certificates(data).map_err(|error| {
        if error.code == Code::TrustedCert { error } else { error.with_code(Code::NoCert) }
    })
}

/// Reads a file of a directory with hashed names: PEM only, as OpenSSL reads it there.
fn read_hashed(
    option: &Spec,
    path: &str,
    room: &mut usize,
    files: &mut Watch,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let data = read_in_directory(option, path, room, files)?;
    if pem::is_der(&data) {
        let why = "DER, and files of a directory are PEM";
        return Err(option.file_error(Code::Pem, path, why));
    }
    Ok(data)
}

fn read_in_directory(
    option: &Spec,
    path: &str,
    room: &mut usize,
    files: &mut Watch,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let data = files.read(option.name, path)?;
    *room = room.checked_sub(data.len()).ok_or_else(|| {
        option.file_error(Code::File, path, "the directory's files have more than 256 MiB")
    })?;
    Ok(data)
}

/// As for one file: a directory that revocation lists of a million entries fit into.
const MAX_DIRECTORY: usize = 256 << 20;
