//! The mutable settings: options by name or from option files, and material from files or memory.

use std::sync::{Arc, OnceLock};

use super::datadir::{self, Found};
use super::file_options::FileOptions;
use super::load::{Asked, Loaded, Material, certificate_chain};
use super::mode_aliases::ModeRequest;
use super::options::{
    ALL, DATADIR, Options, SSL_CA, SSL_CERT, SSL_CRL, SSL_CRLPATH, SSL_KEY, Spec,
};
use super::server_fault::{IDENTITY, InMemory};
use super::server_names::{self, NamedIdentity, ServerName};
use super::setting::Origin;
use super::{
    Clock, Identity, Note, Role, Settings, generate, ineffective, list_dates, own_certificate, pem,
    server_fault, server_log,
};
use crate::error::{Code, Error};
use crate::fs::{self, Watch};
use crate::text::quoted;
use crate::trust::{RevocationList, Store};

/// Options and material, until a context is made of them.
#[derive(Debug)]
pub struct Builder {
    /// What the program set.
    own: Arc<Options>,
    files: FileOptions,
    /// What is in force of both; the program's own where no file adds to them.
    options: Arc<Options>,
    /// Notes on what does not count of the files.
    file_notes: Vec<Note>,
    /// The data directory in which certificate, key and CA were found.
    found_in: Option<String>,
    memory: Material,
    /// A server's certificates for names in SNI, from memory, sorted by name.
    names: Vec<NamedIdentity>,
    loaded: Loaded,
    /// Why the last call of `load_files` failed, if it did, and what options named then.
    load_failure: Option<(Error, Loaded)>,
    /// The note on the files that were made, or on why none were.
    generated: Option<Note>,
    clock: Clock,
    notes: OnceLock<Vec<Note>>,
    /// The notes since a context of a server was made without TLS.
    notes_on_context: OnceLock<Vec<Note>>,
}

impl Builder {
    pub fn new(role: Role) -> Self {
        let own = Arc::new(Options::new(role));
        Self {
            own: Arc::clone(&own),
            files: FileOptions::default(),
            options: own,
            file_notes: Vec::new(),
            found_in: None,
            memory: Material::default(),
            names: Vec::new(),
            loaded: Loaded::default(),
            load_failure: None,
            generated: None,
            clock: Clock::default(),
            notes: OnceLock::new(),
            notes_on_context: OnceLock::new(),
        }
    }

    pub fn role(&self) -> Role {
        self.options.role()
    }

    /// Sets one option by its MySQL name; `-` and `_` are equal. Paths are only remembered. A
    /// switch may have `skip-`, `disable-` or `enable-` in front of its name instead of a value.
    ///
    /// # Errors
    /// `OptionName`, `OptionValue`, `NoVersion`, `NoCipher`; the builder is unchanged then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let mut own = Arc::clone(&self.own);
        Arc::make_mut(&mut own).set(name, value, Origin::program())?;
        self.put_in_force(own, self.files.clone())
            .map_err(|error| server_fault::explain_choice(error, name, Some(value)))
    }

    /// Removes an option's value, so that its default is in force again, and what `load_files`
    /// read for it. One of `ssl_cert` and `ssl_key` names both where it is left alone, and must be
    /// loaded again. That `ssl_verify_server_cert` was ON once leaves VERIFY_CA, as after OFF.
    ///
    /// # Errors
    /// `OptionName`; a name with `skip-` and the like in front is none here.
    pub fn unset(&mut self, name: &str) -> Result<(), Error> {
        let (mut own, mut files) = (self.own.clone(), self.files.clone());
        let Some(spec) = Arc::make_mut(&mut own).unset(name)? else {
            return self.put_in_force(own, files);
        };
        files.forget(spec);
        let is_found = spec.origin(&self.options).is_some_and(Origin::is_found);
        self.put_in_force(own, files)
            .map_err(|error| server_fault::explain_choice(error, name, None))?;
        if is_found {
            self.forget_found();
            self.forget_notes();
        }
        Ok(())
    }

    /// OPENS FILES: adds the TLS options that an option file, and those that it includes, have in
    /// these groups, whose names are separated by commas. Of several files a later one counts, and
    /// before all files what the program sets.
    ///
    /// # Errors
    /// `Argument` for a path or a group that is empty, and for what no line names as a group;
    /// `OptionFile`, `OptionSyntax`,
    /// `OptionInclude`, `OptionName` and those of `set`, each with file and line. The builder is
    /// unchanged then.
    pub fn read_options(&mut self, path: &str, groups: &str) -> Result<(), Error> {
        let groups: Vec<&str> = groups.split(',').map(str::trim).collect();
        if path.is_empty() || path.contains('\0') {
            return Err(Error::detail(Code::Argument, "no path of a file"));
        }
        if groups.contains(&"") {
            return Err(Error::detail(Code::Argument, "a group without a name"));
        }
        let is_none = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | ';');
        if let Some(group) = groups.iter().find(|group| group.contains(is_none)) {
            let why = format!("{} is no group: separate groups by commas", quoted(group));
            return Err(Error::detail(Code::Argument, why));
        }
        let mut files = self.files.clone();
        files.read(self.role(), path, &groups)?;
        self.put_in_force(self.own.clone(), files)
    }

    /// Returns the value that was set, as it was spelled, or the default.
    ///
    /// # Errors
    /// `OptionName`.
    pub fn get(&self, name: &str) -> Result<&str, Error> {
        self.options.get(name)
    }

    /// Adds CA certificates from memory, in PEM or DER, beside those of `ssl_ca`. Where anything is
    /// in memory, nothing is looked for in `datadir`.
    ///
    /// # Errors
    /// `Pem`, `TrustedCert`.
    pub fn add_ca(&mut self, pem_or_der: &[u8]) -> Result<(), Error> {
        let found = pem::certificates(pem_or_der)
            .map_err(|error| SSL_CA.about(None)(error.or_hint(Code::Pem, PASS_CA)))?;
        self.memory.ca.extend(found);
        self.put_in_force(self.own.clone(), self.files.clone())
    }

    /// Adds revocation lists from memory, in PEM or DER, beside those of `ssl_crl`.
    ///
    /// # Errors
    /// `Crl`.
    pub fn add_crl(&mut self, pem_or_der: &[u8]) -> Result<(), Error> {
        let found = pem::revocation_lists(pem_or_der)
            .map_err(|error| SSL_CRL.about(None)(error.or_hint(Code::Crl, PASS_LISTS)))?;
        self.memory.crl.extend(found);
        self.put_in_force(self.own.clone(), self.files.clone())
    }

    /// Sets certificate chain and key from memory, instead of `ssl_cert` and `ssl_key`. An encrypted
    /// key needs `ssl_passphrase` before.
    ///
    /// # Errors
    /// `NoCert`, `TrustedCert`, `NoKey`, `KeyEncrypted`; those of `read_options` for a line after
    /// which a server with a certificate of files would go on. The builder is unchanged then.
    pub fn set_identity(&mut self, chain: &[u8], key: &[u8]) -> Result<(), Error> {
        let chain = certificate_chain(chain)
            .map_err(|error| SSL_CERT.about(None)(own_certificate::of_bytes(error)))?;
        let key = pem::private_key(key, self.options.ssl_passphrase.value())
            .map_err(|error| SSL_KEY.about(None)(own_certificate::of_bytes(error)))?;
        let before = self.memory.identity.replace(Arc::new(Identity::new(&chain, key)?));
        let result = self.put_in_force(self.own.clone(), self.files.clone());
        if result.is_err() {
            self.memory.identity = before;
        }
        result
    }

    /// Adds a server's certificate chain and key, from memory, for connections whose SNI is this name,
    /// or below it if that is `*.` and a name; replaces the pair of a name that was added before. All
    /// other connections get the certificate of `set_identity` or `ssl_cert`, which the server needs
    /// beside them. An encrypted key needs `ssl_passphrase` before.
    ///
    /// # Errors
    /// `Argument` for a client, for what is no name, and for too many of them; `NoCert`,
    /// `TrustedCert`, `NoKey`, `KeyEncrypted`, `KeyForm`, `KeyMismatch`, which say of which name; those
    /// of `set_identity` about files. The builder is unchanged then.
    pub fn add_name(&mut self, name: &str, chain: &[u8], key: &[u8]) -> Result<(), Error> {
        if self.role() == Role::Client {
            return Err(Error::detail(Code::Argument, "only a server has certificates for names"));
        }
        let name = ServerName::parse(name)?;
        let identity = self.pair(chain, key).map_err(|error| error.of_name(name.as_str()))?;
        let new = NamedIdentity { name, identity: Arc::new(identity), issuers: Vec::new() };
        let mut names = self.names.clone();
        server_names::add_name(&mut names, new)?;
        let before = std::mem::replace(&mut self.names, names);
        let result = self.put_in_force(self.own.clone(), self.files.clone());
        if result.is_err() {
            self.names = before;
        }
        result
    }

    /// Reads a certificate chain with its key, and checks that the key is the certificate's.
    fn pair(&self, chain: &[u8], key: &[u8]) -> Result<Identity, Error> {
        let chain = certificate_chain(chain).map_err(own_certificate::of_bytes)?;
        let key = pem::private_key(key, self.options.ssl_passphrase.value())
            .map_err(own_certificate::of_bytes)?;
        let identity = Identity::new(&chain, key)?;
        identity.check_pair().map_err(own_certificate::of_bytes)?;
        Ok(identity)
    }

    /// Sets a fixed time in Unix seconds, for tests.
    pub fn set_clock(&mut self, unix_seconds: u64) {
        self.clock = Clock { fixed: Some(unix_seconds) };
        self.forget_notes();
    }

    /// OPENS FILES: all that options name, all or nothing, in place of what an earlier call loaded.
    /// A server whose `tlsql_on_config_error` says so has notes in place of a failure, and no TLS.
    /// They are read again where one of them became another meanwhile, and where the key is not the
    /// certificate's, which is so for a moment while both are replaced.
    ///
    /// # Errors
    /// `File`, `Pem`, `TrustedCert`, `Crl`, `NoCert`, `NoKey`, `KeyEncrypted`, `OptionValue`, each
    /// with option and path.
    pub fn load_files(&mut self) -> Result<(), Error> {
        let (result, files) = fs::at_rest(|files| self.read_files(files), Loaded::has_pair);
        let failed = |fault| Loaded::failed(&self.options, self.asked(), fault);
        let result = match result {
            Err(fault) if self.goes_on(&fault) => Ok(failed(fault)),
            result => result,
        };
        let named = |error: &Error| failed(error.clone());
        self.load_failure = result.as_ref().err().map(|error| (error.clone(), named(error)));
        self.loaded = result?.with_files(files);
        self.forget_notes();
        Ok(())
    }

    fn read_files(&mut self, files: &mut Watch) -> Result<Loaded, Error> {
        Arc::make_mut(&mut self.options).forget_found();
        self.found_in = None;
        let found = datadir::look(&self.options, !self.memory.is_empty(), files)?;
        if let (Found::All, Some(directory)) = (found, self.options.datadir.value().cloned()) {
            Arc::make_mut(&mut self.options).set_found(&directory);
            self.found_in = Some(directory);
        }
        if self.options.turn_tls_off() {
            return Ok(Loaded::default());
        }
        Loaded::read(&self.options, self.asked(), files)
            .map_err(|error| self.options.explain_origin(error))
    }

    /// WRITES FILES: the CA, the certificates and the keys that MySQL makes in a data directory that
    /// has none, all or nothing. `version` stands in the common names, `names` are the server
    /// certificate's alternative names, separated by commas.
    ///
    /// # Errors
    /// `OptionValue` for a client, and without `datadir` where no file is named; `Argument` for a version
    /// or name that no certificate takes; `File` and `FileWrite`, with path; `Tls`.
    pub fn generate(&mut self, version: &str, names: &str) -> Result<(), Error> {
        let made = generate::generate(&self.options, &self.memory, version, names, self.clock);
        self.generated = match made {
            // `load_files` has the fault: there is no such directory to make anything in.
            Err(fault) if fault.code == Code::File && self.goes_on(&fault) => None,
            made => made?,
        };
        if self.generated.as_ref().is_some_and(|note| server_log::GENERATED.is(note)) {
            let of_failure = self.load_failure.as_mut().map(|(_, named)| named);
            let loads = [Some(&mut self.loaded), of_failure];
            loads.into_iter().flatten().for_each(|loaded| loaded.forget(&DATADIR));
        }
        self.forget_notes();
        Ok(())
    }

    /// Adds notes on a context that was made without TLS, and on the fault after which a server went on
    /// without it, if that is why.
    pub(crate) fn note_no_tls(&self, fault: Option<&Error>) {
        self.notes_on_context.get_or_init(|| self.list_notes(true, fault));
    }

    /// Returns notes on the values, then on values that lower or override others, then on files and
    /// our own certificate, and last on options without effect and on why a context of a server was
    /// made without TLS.
    pub fn notes(&self) -> &[Note] {
        let made = || self.notes.get_or_init(|| self.list_notes(false, None));
        self.notes_on_context.get().unwrap_or_else(made)
    }

    /// A server's certificates for names, sorted by name.
    pub(super) fn names(&self) -> &[NamedIdentity] {
        &self.names
    }

    /// Returns the option without which the files in the data directory would count, if it is one.
    pub(super) fn keeps_datadir_out(&self) -> Option<&'static Spec> {
        let mut named = datadir::named(&self.options);
        let only = named.next().filter(|_| named.next().is_none());
        only.filter(|_| self.options.datadir.is_set() && self.memory.is_empty())
    }

    /// Whether a certificate in the data directory would count.
    pub(super) fn looks_in_datadir(&self) -> bool {
        let in_memory = !self.memory.is_empty();
        self.options.datadir.is_set() && !datadir::is_outranked(&self.options, in_memory)
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// Refuses to replace lists by one that does not hold now, so that each certificate of its issuer
    /// would be refused. Where `current` has it, and none of its issuer that holds, nothing gets worse.
    ///
    /// # Errors
    /// `Crl`, with option and path.
    pub fn check_lists(&self, settings: &Settings, current: &Settings) -> Result<(), Error> {
        // With a fingerprint no list counts, and without TLS nothing gets worse.
        let counts = settings.pins.is_empty() && current.tls;
        let Some(store) = settings.trust.as_ref().filter(|_| counts) else {
            return Ok(());
        };
        let now = settings.clock.unix_seconds();
        let known = current.trust.as_deref();
        let stale = known.map(|known| known.lists_out_of_time(now)).unwrap_or_default();
        let is_known = |list: &RevocationList| {
            known.is_some_and(|known| known.has_list(list))
                && stale.iter().any(|(old, _)| old.issuer() == list.issuer())
        };
        match store.lists_out_of_time(now).into_iter().find(|(list, _)| !is_known(list)) {
            Some((list, why)) => Err(list_dates::error(self.loaded.place_of(list), why)),
            None => Ok(()),
        }
    }

    /// Returns what the last successful call of `load_files` read, and counts.
    pub fn files(&self) -> Watch {
        if self.options.turn_tls_off() {
            return Watch::default();
        }
        let mut files = self.loaded.files().clone();
        if !self.looks_in_datadir() {
            files.forget(DATADIR.name);
        }
        files
    }

    /// Checks that the last call of `load_files` did not fail: what an earlier one loaded is still
    /// there, and is not what was asked for. Where no option names a file any more it does not count.
    ///
    /// # Errors
    /// Those of `load_files`.
    pub fn check_loaded(&self) -> Result<(), Error> {
        let options = &self.options;
        let is_named = |spec: &&Spec| spec.is_file() && options.path_of(spec).is_some();
        let needs_files = !options.turn_tls_off() && ALL.iter().copied().any(|s| is_named(&s));
        match self.load_failure.as_ref().filter(|_| needs_files) {
            Some((error, named)) if self.is_loaded(named) && !self.goes_on(error) => {
                Err(error.clone())
            }
            Some((error, _)) => Err(error.clone().with_hint(LOAD_AGAIN)),
            None => Ok(()),
        }
    }

    fn asked(&self) -> Asked {
        Asked { lists: self.checks_revocation(), datadir: self.looks_in_datadir() }
    }

    /// Whether options ask for what was loaded, or could not be.
    fn is_loaded(&self, loaded: &Loaded) -> bool {
        loaded.check(&self.options, self.asked()).is_ok()
    }

    /// Adds to a failure of these settings the file that is meant, and where the value came from; none
    /// where certificate and key came from memory.
    pub fn locate(&self, settings: &Settings, error: Error) -> Error {
        let is_it = |name| IDENTITY.iter().any(|spec| spec.name == name);
        if self.memory.identity.is_none() || !error.option_name().is_some_and(is_it) {
            return settings.locate(error);
        }
        let is_pair = error.code != Code::KeyMismatch;
        own_certificate::of_bytes(if is_pair {
            error
        } else {
            SSL_KEY.error(error.code, "not the key of chain")
        })
    }

    /// Whether a set cannot be used because the program left out a call, whatever files hold: it did
    /// not load them, or not again once an option had another value, or gave from memory all but the
    /// certificate, which no data directory has.
    pub fn is_unfinished(&self, error: &Error) -> bool {
        let has_place = || self.options.first_set(IDENTITY).is_some() || self.looks_in_datadir();
        let has_others = !self.memory.is_empty() || !self.names.is_empty();
        let is_forgotten = || has_others && !has_place();
        let is_of_before = |(of_load, named): &(Error, Loaded)| {
            of_load.code == error.code && !self.is_loaded(named)
        };
        error.code == Code::NotLoaded
            || self.load_failure.as_ref().is_some_and(is_of_before)
            || (error.code == Code::NoCert && is_forgotten())
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// The fault after which a server goes on without TLS, if one is known before a context is made.
    pub(super) fn fault(&self) -> Option<&Error> {
        let options = &self.options;
        let of_files = self.loaded.fault().filter(|_| self.is_loaded(&self.loaded));
        options.faults().next().or(of_files).filter(|_| !options.turn_tls_off())
    }

    /// Whether a server goes on without TLS after this failure.
    pub(super) fn goes_on(&self, error: &Error) -> bool {
        server_fault::goes_on(&self.options, self.in_memory(), error)
    }

    fn in_memory(&self) -> InMemory {
        InMemory {
            ca: !self.memory.ca.is_empty(),
            identity: self.memory.identity.is_some(),
            names: !self.names.is_empty(),
        }
    }

    /// Returns what options, memory and files give together; memory's identity wins. Nothing counts
    /// where TLS is off.
    ///
    /// # Errors
    /// `NotLoaded`.
    pub(super) fn material(&self) -> Result<Material, Error> {
        if self.options.turn_tls_off() || self.fault().is_some() {
            return Ok(Material::default());
        }
        self.loaded.check(&self.options, self.asked())?;
        let mut material = self.memory.clone();
        material.pins = self.options.ssl_fp.value().cloned().unwrap_or_default();
        self.loaded.materials().for_each(|loaded| material.add(loaded));
        if !self.checks_revocation() {
            // The CA's file may hold lists, and whoever asked for them has taken that back.
            material.crl.clear();
        }
        Ok(material)
    }

    /// Makes the store of anchors and lists, if a CA is configured.
    pub(super) fn trust(&self, material: &Material) -> Option<Arc<Store>> {
        let options = &self.options;
        if material.ca.is_empty() && (options.turn_tls_off() || !options.ssl_capath.is_set()) {
            return None;
        }
        let mut store = Store::default();
        material.ca.iter().for_each(|certificate| store.add_certificate(certificate.clone()));
        material.crl.iter().for_each(|list| store.add_list(list.clone()));
        if self.checks_revocation() {
            store.check_revocation();
        }
        Some(Arc::new(store))
    }

    /// Whether lists were named, which turns the check on also where a directory holds none.
    pub(super) fn checks_revocation(&self) -> bool {
        let named = self.options.first_set(&[&SSL_CRL, &SSL_CRLPATH]).is_some();
        (named || !self.memory.crl.is_empty()) && !self.options.turn_tls_off()
    }

    /// Returns notes on our own certificate and on revocation lists, once all that is named was loaded:
    /// the CA certificates may have its issuers.
    fn material_notes(&self) -> Vec<Note> {
        let Ok(material) = self.material() else { return Vec::new() };
        let store = self.trust(&material);
        let now = self.clock.unix_seconds();
        let mut notes = Vec::new();
        if let Some(identity) = &material.identity {
            notes = own_certificate::notes(&self.options, identity, store.as_deref(), now);
            notes.extend(self.names.iter().flat_map(|n| own_certificate::notes_on_name(n, now)));
        }
        // With a fingerprint no list counts.
        if let Some(store) = store.filter(|_| self.checks_revocation() && material.pins.is_empty())
        {
            let lists = store.lists_out_of_time(now);
            notes.extend(list_dates::notes(&lists, |list| self.loaded.place_of(list)));
        }
        notes
    }

    /// Returns notes on why a server has no TLS, and on what that means.
    fn without_tls(&self, is_context: bool, of_context: Option<&Error>) -> Vec<Note> {
        let options = &self.options;
        let has_identity = self.memory.identity.is_some() || self.loaded.identity().is_some();
        let mut notes = match self.fault().or(of_context) {
            Some(fault) => server_fault::notes(options, fault),
            None if !options.turn_tls_off() && self.loaded.has_read(&DATADIR) && !has_identity => {
                server_fault::notes_without_identity(options)
            }
            None => Vec::new(),
        };
        if !notes.is_empty() || options.turn_tls_off() || is_context {
            notes.extend(server_fault::note_on_transport(options));
        }
        notes
    }

    /// Puts in force what the program and files say together, or changes nothing.
    fn put_in_force(&mut self, own: Arc<Options>, files: FileOptions) -> Result<(), Error> {
        let (mut options, notes) = files.beside(&own, self.in_memory())?;
        if let Some(directory) = &self.found_in {
            Arc::make_mut(&mut options).set_found(directory);
        }
        let same_passphrase = options.ssl_passphrase.value() == self.options.ssl_passphrase.value();
        if options.datadir.value() != self.options.datadir.value() {
            // It is about the files of another one.
            self.generated = None;
        }
        (self.own, self.files, self.options, self.file_notes) = (own, files, options, notes);
        let in_memory = !self.memory.is_empty();
        let is_elsewhere = self.options.datadir.value() != self.found_in.as_ref();
        let is_off = self.options.turn_tls_off();
        if is_off || is_elsewhere || datadir::is_outranked(&self.options, in_memory) {
            self.forget_found();
        }
        let of_failure = self.load_failure.as_mut().map(|(_, named)| named);
        for loaded in [Some(&mut self.loaded), of_failure].into_iter().flatten() {
            loaded.keep_named(&self.options, same_passphrase);
        }
        self.forget_notes();
        Ok(())
    }

    /// Drops what was found in the data directory, if anything was, which has to be loaded again.
    fn forget_found(&mut self) {
        if self.found_in.take().is_some() {
            let found = Arc::make_mut(&mut self.options).forget_found();
            found.into_iter().chain([&DATADIR]).for_each(|spec| self.loaded.forget(spec));
        }
    }

    /// Has the notes made anew once they are asked for.
    fn forget_notes(&mut self) {
        self.notes_on_context.take();
        self.notes.take();
    }

    /// Returns the notes; `is_context` since a context was made without TLS, after the fault
    /// `of_context` if there was one.
    fn list_notes(&self, is_context: bool, of_context: Option<&Error>) -> Vec<Note> {
        let options = &self.options;
        let identity = self.memory.identity.as_ref().or(self.loaded.identity());
        let has_tls = identity.is_some() && self.fault().or(of_context).is_none();
        let mut notes = options.notes().to_vec();
        notes.extend(ModeRequest::of(options).notes());
        notes.extend(options.replication.notes());
        notes.extend(ineffective::level_in_list(options));
        notes.extend(ineffective::list_without_suite_for_key(options, identity.map(Arc::as_ref)));
        // MySQL finds files before it makes any, finds none that it made itself, and looks for
        // self-signed CA certificates once TLS is set up.
        let is_made = self.generated.as_ref().is_some_and(|note| server_log::GENERATED.is(note));
        let counted = self.loaded.notes().filter(|_| !options.turn_tls_off());
        let (found, mut others): (Vec<_>, Vec<_>) =
            counted.cloned().partition(|note| server_log::FOUND.is(note));
        // An option that was taken back since names no CA certificate.
        let is_set = |note: &Note| options.get(note.option).is_ok_and(|value| !value.is_empty());
        others.retain(|note| !server_log::SELF_SIGNED.is(note) || has_tls && is_set(note));
        notes.extend(found.into_iter().filter(|_| !is_made));
        notes.extend(self.generated.clone().filter(|_| !options.turn_tls_off()));
        notes.append(&mut others);
        notes.extend(self.material_notes());
        notes.extend(ineffective::check(options, &self.memory, !self.names.is_empty()));
        options.annotate_origins(&mut notes);
        // Faults have their origin in them.
        notes.extend(self.without_tls(is_context, of_context));
        [&*self.file_notes, &notes].concat()
    }
}

const LOAD_AGAIN: &str = "Call tlsql_builder_load_files() again.";
const PASS_CA: &str = "Pass certificates in PEM, or one in DER.";
const PASS_LISTS: &str = "Pass X.509 CRLs in PEM, or one in DER.";
