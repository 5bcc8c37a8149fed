//! What option files say about TLS, and what counts of it beside what the program set.
//!
//! The options in force are made anew from both whenever one of them changes, so that the order of
//! the program's calls and of the reading of files does not matter.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::cipher_list::CipherList;
use super::counted_notes::{CountedNotes, Kind};
use super::inclusion::{Found, Reader};
use super::mode_aliases::{self, ModeRequest};
use super::options::{
    self, Options, SSL, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CIPHER, SSL_CRL, SSL_CRLPATH, SSL_FP,
    SSL_FPLIST, SSL_KEY, SSL_MODE, SSL_VERIFY_SERVER_CERT, Spec, TLS_CIPHERSUITES, TLS_VERSION,
    TLSQL_CAPATH_ALL, TLSQL_CHANNEL, TLSQL_ON_CONFIG_ERROR, TLSQL_PROFILE, TLSQL_SECURITY_LEVEL,
};
use super::server_fault::{self, IDENTITY, InMemory};
use super::setting::Origin;
use super::value::{self, Channel, OnConfigError};
use super::{Note, Profile, Role, Severity, SslMode};
use crate::error::{Code, Details, Error};

/// The TLS options of the files that were read, and what was passed over.
#[derive(Clone, Debug, Default)]
pub struct FileOptions {
    /// In the order of the lines that count: of lines for one option the last.
    values: Vec<FileValue>,
    notes: Vec<Note>,
    /// A line that was taken back had `ssl_verify_server_cert` ON.
    verify_was_on: bool,
}

#[derive(Clone)]
struct FileValue {
    spec: &'static Spec,
    channel: Channel,
    /// `None` where the line has an empty value that is as none. It may be a passphrase, so it is
    /// wiped when dropped.
    text: Option<Zeroizing<String>>,
    origin: Origin,
}

impl FileOptions {
    /// OPENS FILES: adds what a file and those that it includes say in these groups.
    ///
    /// # Errors
    /// `OptionFile`, `OptionSyntax`, `OptionInclude`, `OptionName`, `OptionValue`, each with file
    /// and line; some of the file may have been added then.
    pub fn read(&mut self, role: Role, path: &str, groups: &[&str]) -> Result<(), Error> {
        let mut notes = CountedNotes::default();
        let reader = Reader::new(groups, |found| self.add(role, &found, &mut notes));
        let ignored = reader.read(path)?;
        ignored.into_iter().for_each(|note| notes.add(Kind::WorldWritable, note));
        self.notes.extend(notes.finish());
        Ok(())
    }

    /// Drops what files say of an option.
    pub fn forget(&mut self, spec: &Spec) {
        let mut dropped = self.values.iter().filter(|value| value.spec == spec);
        self.verify_was_on |= dropped.any(FileValue::turns_check_on);
        self.values.retain(|value| value.spec != spec);
        self.notes.retain(|note| note.option != spec.name);
    }

    /// Returns the options in force where the program set `own`, and notes on what does not count.
    ///
    /// # Errors
    /// Those of the options' parsers, with file and line.
    pub fn beside(
        &self,
        own: &Arc<Options>,
        memory: InMemory,
    ) -> Result<(Arc<Options>, Vec<Note>), Error> {
        let mut layer = Layer {
            memory,
            own: Own::new(own, memory),
            options: Arc::clone(own),
            unread: Vec::new(),
            notes: self.notes.clone(),
        };
        // The program's own ssl=OFF outranks a file's line, and what was left of one.
        let is_of_program = own.ssl_verify_server_cert.is_set() || layer.own.request.is_off();
        if self.verify_was_on && !is_of_program {
            Arc::make_mut(&mut layer.options).verify_was_on = true;
        }
        // What the other lines are judged by.
        let is_first = |value: &&FileValue| value.spec.is_in(&[&TLSQL_CHANNEL, &TLSQL_PROFILE]);
        for value in self.values.iter().filter(is_first) {
            layer.set(value);
        }
        let channel = layer.options.tlsql_channel.value().copied().unwrap_or_default();
        let has_own = self.values.iter().any(FileValue::configures_administration);
        let is_shared = !has_own && self.values.iter().any(|value| value.spec.is_in(BOTH));
        if channel == Channel::Administration && is_shared {
            // MySQL's sentence.
            let text = "No TLS configuration was given for channel mysql_admin; re-using TLS \
                        configuration of channel mysql_main.";
            layer.notes.push(Note::of_log(13_603, Severity::Note, TLSQL_CHANNEL.name, text));
        }
        for value in self.values.iter().filter(|value| !is_first(value)) {
            match value.place_in(channel, has_own) {
                Ok(()) => layer.add(value)?,
                Err(why) => layer.pass_over(value, why),
            }
        }
        layer.check()?;
        Ok((layer.options, layer.notes))
    }

    fn add(
        &mut self,
        role: Role,
        found: &Found<'_>,
        notes: &mut CountedNotes,
    ) -> Result<(), Error> {
        let name = String::from_utf8_lossy(found.line.name).replace('-', "_");
        if !is_about_tls(role, &name) {
            return Ok(());
        }
        let (is_loose, name) = match name.strip_prefix(LOOSE) {
            Some(name) => (true, name),
            None => (false, name.as_str()),
        };
        match read_value(role, name, found) {
            Ok(value) => match value.unsupported(role).filter(|_| is_loose) {
                Some(error) => notes.add(Kind::Unsupported, left_out(value.spec, &error)),
                None => self.put(value),
            },
            Err(error) if is_loose && error.code == Code::OptionName => {
                let mut note =
                    Note::about_no_option(Severity::Note, &format!("{name}: unknown, left out"));
                found.origin.annotate(&mut note);
                notes.add(Kind::Unknown, note);
            }
            Err(error) => return Err(found.origin.explain(error)),
        }
        Ok(())
    }

    /// Adds a value in place of an earlier one. That `ssl_verify_server_cert` was ON is kept: OFF
    /// behind it leaves VERIFY_CA.
    fn put(&mut self, new: FileValue) {
        let is_kept = |old: &FileValue| old.turns_check_on() && !new.turns_check_on();
        self.values
            .retain(|old| old.spec != new.spec || old.channel != new.channel || is_kept(old));
        self.values.push(new);
    }
}

impl fmt::Debug for FileValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.name(), self.origin)
    }
}

impl FileValue {
    /// Returns the failure of a value that is known, and of which this build cannot do what it asks
    /// for.
    fn unsupported(&self, role: Role) -> Option<Error> {
        let text = self.text.as_ref()?;
        let mut options = Options::new(role);
        let error = match options.set(self.spec.name, text, self.origin.clone()) {
            Ok(()) => self.spec.fault(&options)?.clone(),
            Err(error) => error,
        };
        let is_marked = |details: &Details| details.is_unsupported;
        let is_unspoken = matches!(error.code, Code::NoVersion | Code::NoCipher);
        (is_unspoken || error.details().is_some_and(is_marked)).then_some(error)
    }

    fn turns_check_on(&self) -> bool {
        let is_on = |text: &Zeroizing<String>| value::switch(text).is_ok_and(|on| on);
        *self.spec == SSL_VERIFY_SERVER_CERT && self.text.as_ref().is_some_and(is_on)
    }

    /// Whether it gives the administrators' channel a configuration of its own; `admin_ssl` only
    /// turns that channel's TLS on or off.
    fn configures_administration(&self) -> bool {
        self.channel == Channel::Administration && *self.spec != SSL && self.text.is_some()
    }

    /// Tells whether a line is for this channel, which has a configuration of its own or not.
    fn place_in(&self, channel: Channel, has_own: bool) -> Result<(), &'static str> {
        match (channel, self.channel) {
            (Channel::Main, Channel::Administration) => {
                Err("passed over, for tlsql_channel is mysql_main")
            }
            (Channel::Administration, Channel::Main) if has_own && self.spec.is_in(BOTH) => {
                Err("passed over, for tlsql_channel is mysql_admin and has options of its own")
            }
            _ => Ok(()),
        }
    }

    fn name(&self) -> &'static str {
        let is_own = |name: &&&str| name.strip_prefix(ADMIN) == Some(self.spec.name);
        let admin = ADMIN_NAMES.iter().find(is_own).filter(|_| self.channel != Channel::Main);
        admin.copied().unwrap_or(self.spec.name)
    }
}

/// Options that are being put together.
struct Layer<'a> {
    memory: InMemory,
    own: Own<'a>,
    options: Arc<Options>,
    /// Why values cannot be read that do not count beside others.
    unread: Vec<Error>,
    notes: Vec<Note>,
}

impl Layer<'_> {
    fn add(&mut self, value: &FileValue) -> Result<(), Error> {
        let profile = self.options.tlsql_profile.value().copied();
        match self.own.outranks(value, profile)? {
            Some(why) => self.warn(value, &why),
            None => self.set(value),
        }
        Ok(())
    }

    fn set(&mut self, value: &FileValue) {
        let Some(text) = &value.text else { return };
        let result =
            Arc::make_mut(&mut self.options).set(value.spec.name, text, value.origin.clone());
        self.unread.extend(result.err());
    }

    /// Refuses values that cannot be read, unless a server goes on without TLS: that is for all
    /// options together to say.
    fn check(&self) -> Result<(), Error> {
        let options = &self.options;
        let mut unread = self.unread.iter().filter(|e| !server_fault::passes_over(options, e));
        let mut faults =
            options.faults().filter(|e| !server_fault::goes_on(options, self.memory, e));
        let fault = unread.next().or_else(|| faults.next());
        fault.map_or(Ok(()), |fault| Err(fault.clone()))
    }

    fn warn(&mut self, value: &FileValue, why: &str) {
        let mut note = value.spec.note(Severity::Warning, why);
        value.origin.annotate(&mut note);
        self.notes.push(note);
    }

    fn pass_over(&mut self, value: &FileValue, why: &str) {
        let mut note = Note::new(Severity::Note, value.name(), why);
        value.origin.annotate(&mut note);
        self.notes.push(note);
    }
}

/// What the program set itself. Nothing of it gives way to a file: neither a value, nor the mode
/// that its values ask for, nor what it verifies the peer with.
struct Own<'a> {
    options: &'a Options,
    request: ModeRequest,
    /// The mode that the program's values come to.
    mode: SslMode,
    /// What it verifies the peer with, as the words of a note.
    vouching: Option<&'static str>,
    has_identity: bool,
    /// An identity, or certificates for names.
    has_certificate: bool,
}

impl<'a> Own<'a> {
    fn new(options: &'a Options, memory: InMemory) -> Self {
        let has_ca = memory.ca || options.first_set(&[&SSL_CA, &SSL_CAPATH]).is_some();
        let has_pin = options.first_set(&[&SSL_FP, &SSL_FPLIST]).is_some();
        let wants_proof = options.tlsql_peer_proof.is_on();
        let request = ModeRequest::of(options);
        Self {
            options,
            request,
            mode: request.mode(has_ca, has_pin || wants_proof && !has_ca),
            vouching: match (has_ca || has_pin, wants_proof) {
                (true, _) => Some("a CA or a fingerprint"),
                (false, true) => Some("tlsql_peer_proof=ON"),
                (false, false) => None,
            },
            has_identity: memory.has_own_identity(options),
            has_certificate: memory.has_own_certificate(options),
        }
    }

    /// Returns why a file's value does not count. A value of the same option is none of this: the
    /// program's own stays there without a word.
    fn outranks(
        &self,
        value: &FileValue,
        profile: Option<Profile>,
    ) -> Result<Option<String>, Error> {
        let Some(text) = &value.text else { return Ok(None) };
        if value.spec.text(self.options).is_some() {
            return Ok(None);
        }
        if let Some(what) = self.vouching.filter(|_| value.spec.is_in(VOUCHING)) {
            return Ok(Some(format!("no effect: the program set {what} itself")));
        }
        if value.spec.is_in(IDENTITY) && self.has_identity {
            return Ok(Some("no effect: the program set a certificate itself".to_owned()));
        }
        let lowered = self.lowered_by(value.spec, text, profile);
        lowered.map_err(|error| value.origin.explain(value.spec.about(None)(error)))
    }

    /// Returns why a file's value does not count that would ask for less than the program does.
    fn lowered_by(
        &self,
        spec: &Spec,
        text: &str,
        profile: Option<Profile>,
    ) -> Result<Option<String>, Error> {
        if *spec == TLSQL_SECURITY_LEVEL {
            value::level(text)?;
            let has_level = |list: &&CipherList| list.level.is_some();
            let why = "no effect beside @SECLEVEL in ssl_cipher, which the program set";
            return Ok(self.options.ssl_cipher.value().filter(has_level).map(|_| why.to_owned()));
        }
        match self.options.role() {
            Role::Client => self.mode_lowered_by(spec, text),
            Role::Server if !self.has_certificate => Ok(None),
            Role::Server => {
                let off = may_turn_tls_off(spec, text, profile)?;
                let why = "has no effect: the program set a certificate itself";
                Ok(off.map(|off| format!("{off} {why}")))
            }
        }
    }

    /// Returns why a client's mode is not changed by a file's value.
    fn mode_lowered_by(&self, spec: &Spec, text: &str) -> Result<Option<String>, Error> {
        let set = match (self.request.mode, self.request.is_off()) {
            (Some(mode), _) => Some(format!("{}={}", SSL_MODE.name, mode.name())),
            (None, true) => Some(format!("{}=OFF", SSL.name)),
            (None, false) => None,
        };
        let asked = (self.mode > SslMode::Preferred).then_some(self.mode);
        let is_below = |mode| asked.is_some_and(|asked| mode < asked);
        let is_contrary = if *spec == SSL_MODE {
            set.is_some() || is_below(value::mode(text)?)
        } else if *spec == SSL {
            set.is_none() && !value::switch(text)? && is_below(SslMode::Disabled)
        } else if *spec == SSL_VERIFY_SERVER_CERT {
            set.is_some() && value::switch(text)? && self.mode != SslMode::VerifyIdentity
        } else {
            false
        };
        let why = || match &set {
            Some(set) => format!("{text} has no effect beside {set}, which the program set"),
            None => {
                let mode = self.mode.name();
                format!("{text} has no effect: the program's own settings ask for {mode}")
            }
        };
        Ok(is_contrary.then(why))
    }
}

/// Returns the words for a value with which a server may go on without TLS.
fn may_turn_tls_off(
    spec: &Spec,
    text: &str,
    profile: Option<Profile>,
) -> Result<Option<&'static str>, Error> {
    Ok(if *spec == SSL {
        (!value::switch(text)?).then_some("OFF")
    } else if *spec == TLSQL_ON_CONFIG_ERROR {
        (value::on_config_error(text)? == OnConfigError::Disable).then_some("disable")
    } else {
        let is_wish = *spec == TLS_VERSION && text.is_empty() && profile == Some(Profile::Mysql8);
        is_wish.then_some("an empty value")
    })
}

/// Returns the note on a value that `loose-` stands before. An earlier one stays.
fn left_out(spec: &Spec, error: &Error) -> Note {
    let detail = error.details().and_then(|details| details.detail.as_deref());
    // The detail has file and line.
    spec.note(Severity::Note, &format!("left out: {}", detail.unwrap_or(error.row().text)))
}

/// Whether an option is about TLS by its name, known or not. One that is none is another program's
/// or another part's of the server. A name that goes on behind a known one, as with a comment that is
/// none there, is no other option's, and neither is a misspelt `require_secure_transport`.
fn is_about_tls(role: Role, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut name = name.trim_start_matches('_');
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        name = rest.trim_start_matches('_');
    }
    let name = name.strip_prefix(ADMIN).unwrap_or(name);
    let word = name.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).next();
    name.starts_with(SSL.name)
        || name.starts_with("tls")
        || (role == Role::Server && name.starts_with("require_secure"))
        || written_short(role, word.unwrap_or(name)).is_some()
}

/// Returns the option whose name begins so. Names are to be written in full, as `mysqld` has them.
fn written_short(role: Role, name: &str) -> Option<&'static Spec> {
    let mut known = options::ALL.iter().copied().filter(|spec| spec.roles.contains(&role));
    known.find(|spec| name.len() >= 3 && spec.name.starts_with(name))
}

/// Reads an option, `loose_` taken from its name.
fn read_value(role: Role, name: &str, found: &Found<'_>) -> Result<FileValue, Error> {
    let (channel, plain) = channel_of(role, name);
    let unknown = || {
        let error = Options::unknown(role, name);
        match written_short(role, name) {
            Some(spec) => error.with_detail(format!("write the name in full, as {}", spec.name)),
            None => error,
        }
    };
    let plain = plain.ok_or_else(unknown)?;
    let (spec, text) = match options::find(role, &plain) {
        Some(spec) => (spec, value_text(spec, found)?),
        None => {
            let value = text_of(name, found);
            let text = value.as_ref().map_or("", |text| text.as_str());
            let switched = mode_aliases::switch_prefix(role, &plain, text)?;
            let (spec, text) = switched.ok_or_else(unknown)?;
            value?;
            (spec, Some(Zeroizing::new(text.to_owned())))
        }
    };
    Ok(FileValue { spec, channel, text, origin: found.origin.clone() })
}

/// Returns the channel that a name is for, and the name without `admin_`, behind `skip_` too;
/// `None` where that channel has no such option.
fn channel_of(role: Role, name: &str) -> (Channel, Option<String>) {
    let (prefix, base) = match name.split_once('_') {
        Some((prefix @ ("skip" | "disable" | "enable"), base)) => (format!("{prefix}_"), base),
        _ => (String::new(), name),
    };
    match base.strip_prefix(ADMIN) {
        None => (Channel::Main, Some(name.to_owned())),
        Some(base) => {
            let spec =
                options::find(role, base).filter(|spec| role == Role::Server && spec.is_in(BOTH));
            (Channel::Administration, spec.map(|spec| format!("{prefix}{}", spec.name)))
        }
    }
}

/// Returns the value of an option that has its whole name.
fn value_text(spec: &'static Spec, found: &Found<'_>) -> Result<Option<Zeroizing<String>>, Error> {
    match &found.line.value {
        None if spec.stands_alone() => Ok(Some(Zeroizing::new("ON".to_owned()))),
        None => Err(spec.error(Code::OptionValue, "it needs a value")),
        Some(value) if value.is_empty() && spec.is_unset_when_empty() => Ok(None),
        Some(_) => text_of(spec.name, found).map(Some),
    }
}

fn text_of(name: &str, found: &Found<'_>) -> Result<Zeroizing<String>, Error> {
    let Some(value) = &found.line.value else { return Ok(Zeroizing::default()) };
    if value.has_odd_quote {
        return Err(Error::option(
            Code::OptionSyntax,
            name,
            "a quote at one end of the value only",
        ));
    }
    let bytes = Zeroizing::new(value.text().into_owned());
    let text = std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned()));
    text.map_err(|_| Error::option(Code::OptionValue, name, "it is not UTF-8"))
}

const LOOSE: &str = "loose_";
const ADMIN: &str = "admin_";

/// What MySQL takes in front of an option's name.
const PREFIXES: &[&str] = &[LOOSE, "skip_", "disable_", "enable_", "maximum_"];

/// Options that the administrators' channel has too, with `admin_` in front.
const BOTH: &[&Spec] = &[
    &SSL,
    &SSL_CA,
    &SSL_CAPATH,
    &SSL_CERT,
    &SSL_CIPHER,
    &SSL_CRL,
    &SSL_CRLPATH,
    &SSL_KEY,
    &TLS_CIPHERSUITES,
    &TLS_VERSION,
];

/// Their names there.
const ADMIN_NAMES: &[&str] = &[
    "admin_ssl",
    "admin_ssl_ca",
    "admin_ssl_capath",
    "admin_ssl_cert",
    "admin_ssl_cipher",
    "admin_ssl_crl",
    "admin_ssl_crlpath",
    "admin_ssl_key",
    "admin_tls_ciphersuites",
    "admin_tls_version",
];

/// Options that say what the peer is verified with.
const VOUCHING: &[&Spec] = &[&SSL_CA, &SSL_CAPATH, &SSL_FP, &SSL_FPLIST, &TLSQL_CAPATH_ALL];
