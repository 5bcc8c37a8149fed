//! The options: one row for each, and the values that were set.
//!
//! All that depends on an option's name is made of its row. Other code uses the row's constant, as
//! `SSL_CA`, or the field, as `options.ssl_ca`, so that a misspelt option does not compile.

use std::convert::Infallible;
use std::path::Path;

use super::cipher::Suite;
use super::cipher_list::{self, CipherList};
use super::fingerprint::Pin;
use super::mode_aliases::{self, ModeRequest};
use super::passphrase::Passphrase;
use super::replication::Replication;
use super::setting::{self, Origin, Parsed, Setting};
use super::value::{self, CaSource, Channel, GeneratedKey, OnConfigError};
use super::{
    Note, Profile, Role, Settings, Severity, SslMode, Versions, datadir, unknown_option, version,
};
use crate::error::{Code, Details, Error};
use crate::trust::Level;

/// One option: a row of the table below.
#[derive(Debug)]
pub struct Spec {
    /// MySQL's name with underscores; callers may write `-` for `_`.
    pub name: &'static str,
    pub roles: &'static [Role],
    /// The value in force where none is set, as text.
    pub default: &'static str,
    form: Form,
    set: Setter,
    unset: fn(&mut Options),
    text: fn(&Options) -> Option<&str>,
    origin: fn(&Options) -> Option<&Origin>,
    fault: fn(&Options) -> Option<&Error>,
    printer: Printer,
}

/// What a value is to code that treats many options alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    /// One of MySQL's switches, whose name takes `skip-` and the like in front.
    Switch,
    /// A switch of our own.
    Flag,
    /// `load_files` reads what it names.
    File,
    /// A text that in an option file may be empty, as if it were not there.
    Text,
    /// Such a text that is kept as its value only, and shown to nobody.
    Secret,
    Number,
    Other,
}

/// Parses and stores a value. Returns the notes on it; `None` where it was outranked.
type Setter = fn(&mut Options, &str, Origin) -> Result<Option<Vec<Note>>, Error>;

/// Makes the text of the value in force, of the settings and of the text that was set, if any.
type Printer = fn(&Spec, &Settings, Option<&str>) -> String;

/// Makes of its rows the constants, the table, and `Options`, which has a field for each row.
macro_rules! options {
    ($($spec:ident = $name:ident: $value:ty, $parser:path, $form:ident, $roles:ident,
        $default:expr, $printer:ident;)*) => {
        $(pub static $spec: Spec = Spec {
            name: stringify!($name),
            roles: $roles,
            default: $default,
            form: Form::$form,
            set: |options, text, origin| {
                $spec.store(options.role, &mut options.$name, $parser(text), text, origin)
            },
            unset: |options| options.$name = Setting::default(),
            text: |options| options.$name.text(),
            origin: |options| options.$name.origin(),
            fault: |options| options.$name.fault(),
            printer: $printer,
        };)*

        /// The table.
        pub static ALL: &[&Spec] = &[$(&$spec,)*];

        /// The values that were set, parsed.
        #[derive(Clone, Debug)]
        pub struct Options {
            role: Role,
            /// `ssl_verify_server_cert` was ON once, which nothing takes back: see `ModeRequest`.
            pub verify_was_on: bool,
            /// Notes on the values, in the order in which these were set.
            notes: Vec<Note>,
            /// What was set by the names of replication.
            pub replication: Replication,
            $(pub $name: Setting<$value>,)*
        }

        impl Options {
            pub fn new(role: Role) -> Self {
                let (verify_was_on, notes) = (false, Vec::new());
                let replication = Replication::default();
                Self { role, verify_was_on, notes, replication, $($name: Setting::default(),)* }
            }
        }
    };
}

// constant = name: type of a value, parser, form, roles, default, printer
options! {
    SSL_MODE = ssl_mode: SslMode, value::mode, Other, CLIENT, "PREFERRED", mode_in_force;
    SSL = ssl: bool, value::switch, Switch, BOTH, "ON", as_set;
    SSL_VERIFY_SERVER_CERT = ssl_verify_server_cert: bool, value::switch, Switch, CLIENT,
        "OFF", as_set;
    SSL_CA = ssl_ca: CaSource, value::ca, File, BOTH, "", as_set;
    SSL_CAPATH = ssl_capath: String, value::path, File, BOTH, "", as_set;
    SSL_CERT = ssl_cert: String, value::path, File, BOTH, "", as_set;
    SSL_CRL = ssl_crl: String, value::path, File, BOTH, "", as_set;
    SSL_CRLPATH = ssl_crlpath: String, value::path, File, BOTH, "", as_set;
    SSL_FPLIST = ssl_fplist: String, value::path, File, CLIENT, "", as_set;
    SSL_KEY = ssl_key: String, value::path, File, BOTH, "", as_set;
    SSL_PASSPHRASE = ssl_passphrase: Passphrase, value::passphrase, Secret, BOTH, "", as_set;
    SSL_CIPHER = ssl_cipher: CipherList, cipher_list::parse, Text, BOTH, "", as_set;
    SSL_FP = ssl_fp: Vec<Pin>, value::fingerprints, Text, CLIENT, "", as_set;
    TLS_VERSION = tls_version: Versions, version::parse, Other, BOTH, "TLSv1.2,TLSv1.3", as_set;
    TLS_CIPHERSUITES = tls_ciphersuites: Vec<Suite>, value::cipher_suites, Other, BOTH,
        "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
        ciphersuites_in_force;
    TLS_SNI_SERVERNAME = tls_sni_servername: String, value::server_name, Text, CLIENT, "", as_set;
    DATADIR = datadir: String, value::path, File, SERVER, "", as_set;
    AUTO_GENERATE_CERTS = auto_generate_certs: bool, value::switch, Switch, SERVER, "ON", as_set;
    REQUIRE_SECURE_TRANSPORT = require_secure_transport: bool, value::switch, Switch, SERVER,
        "OFF", as_set;
    TLS_CERTIFICATES_ENFORCED_VALIDATION = tls_certificates_enforced_validation: bool,
        value::switch, Switch, SERVER, "OFF", as_set;
    SSL_SESSION_CACHE_MODE = ssl_session_cache_mode: bool, value::switch, Switch, SERVER,
        "ON", as_set;
    SSL_SESSION_CACHE_TIMEOUT = ssl_session_cache_timeout: u32, value::session_timeout, Number,
        SERVER, "300", as_set;
    SSL_SESSION_DATA = ssl_session_data: Infallible, value::session, Text, CLIENT, "", as_set;
    SSL_SESSION_DATA_CONTINUE_ON_FAILED_REUSE = ssl_session_data_continue_on_failed_reuse:
        Infallible, value::session, Text, CLIENT, "", as_set;
    SSL_FIPS_MODE = ssl_fips_mode: (), value::fips_mode, Other, BOTH, "OFF", only_default;
    TLSQL_PROFILE = tlsql_profile: Profile, value::profile, Other, BOTH, "mysql57", as_set;
    TLSQL_SECURITY_LEVEL = tlsql_security_level: Level, value::level, Other, BOTH,
        "2", level_in_force;
    TLSQL_STRICT = tlsql_strict: bool, value::switch, Flag, BOTH, "OFF", as_set;
    TLSQL_CAPATH_ALL = tlsql_capath_all: bool, value::switch, Flag, BOTH, "OFF", as_set;
    TLSQL_KEEP_PEER_CHAIN = tlsql_keep_peer_chain: bool, value::switch, Flag, BOTH, "ON", as_set;
    TLSQL_MAX_HANDSHAKE_BYTES = tlsql_max_handshake_bytes: usize, value::handshake_bytes, Number,
        BOTH, "262144", as_set;
    TLSQL_KEYLOG = tlsql_keylog: bool, value::keylog, Flag, BOTH, "OFF", as_set;
    TLSQL_MAX_CHAIN = tlsql_max_chain: usize, value::chain_len, Number, BOTH, "16", as_set;
    TLSQL_SESSION_CACHE_SIZE = tlsql_session_cache_size: usize, value::sessions, Number, CLIENT,
        "256", as_set;
    TLSQL_PEER_PROOF = tlsql_peer_proof: bool, value::switch, Flag, CLIENT, "OFF", as_set;
    TLSQL_GENERATE_KEY = tlsql_generate_key: GeneratedKey, value::generated_key, Other, SERVER,
        "P-256", as_set;
    TLSQL_DH_PARAMS = tlsql_dh_params: String, value::path, File, CLIENT, "", as_set;
    TLSQL_HELLO_EVENT = tlsql_hello_event: bool, value::switch, Flag, SERVER, "OFF", as_set;
    TLSQL_CHANNEL = tlsql_channel: Channel, value::channel, Other, SERVER, "mysql_main", as_set;
    TLSQL_ON_CONFIG_ERROR = tlsql_on_config_error: OnConfigError, value::on_config_error, Other,
        SERVER, "abort", as_set;
}

const CLIENT: &[Role] = &[Role::Client];
const SERVER: &[Role] = &[Role::Server];
const BOTH: &[Role] = &[Role::Client, Role::Server];

/// As MySQL shows values: a switch as ON or OFF, a number without zeros in front, all else as it was
/// spelled.
fn as_set(spec: &Spec, _: &Settings, text: Option<&str>) -> String {
    let text = text.unwrap_or(spec.default);
    let shown = match spec.form {
        Form::Switch | Form::Flag => {
            value::switch(text).ok().map(|on| if on { "ON" } else { "OFF" }.to_owned())
        }
        Form::Number => text.parse::<u64>().ok().map(|number| number.to_string()),
        Form::File | Form::Text | Form::Secret | Form::Other => None,
    };
    shown.unwrap_or(text.to_owned())
}

fn only_default(spec: &Spec, _: &Settings, _: Option<&str>) -> String {
    spec.default.to_owned()
}

fn mode_in_force(_: &Spec, settings: &Settings, _: Option<&str>) -> String {
    settings.mode.name().to_owned()
}

fn level_in_force(_: &Spec, settings: &Settings, _: Option<&str>) -> String {
    value::level_name(settings.level).to_owned()
}

/// The order of the default depends on the profile.
fn ciphersuites_in_force(_: &Spec, settings: &Settings, text: Option<&str>) -> String {
    let suites = settings.suites.iter().filter(|suite| suite.is_tls13()).map(|suite| suite.name);
    text.map_or_else(|| suites.collect::<Vec<_>>().join(":"), str::to_owned)
}

/// Returns the option of this name that `role` has.
pub fn find(role: Role, name: &str) -> Option<&'static Spec> {
    let name = name.replace('-', "_");
    ALL.iter().copied().find(|spec| spec.name == name && spec.roles.contains(&role))
}

impl Options {
    pub fn role(&self) -> Role {
        self.role
    }

    /// Notes on the values, in the order in which these were set.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Parses and stores a value. Of a server's value that cannot be read the failure is stored:
    /// whether that ends the call is for the settings together to say. See `faults`.
    ///
    /// # Errors
    /// `OptionName`, and those of the option's parser; nothing is changed then.
    pub fn set(&mut self, name: &str, text: &str, origin: Origin) -> Result<(), Error> {
        if let Some(name) = self.replication_name(name) {
            return self.set_for_replication(name, text, origin);
        }
        let (spec, text) = match mode_aliases::switch_prefix(self.role, name, text)? {
            Some(switched) => switched,
            None => (self.find(name)?, text),
        };
        let told = |error: Error| origin.explain(spec.about(None)(error));
        if text.contains('\0') {
            return Err(told(Error::detail(Code::OptionValue, "a NUL byte in it")));
        }
        self.store(spec, text, origin.clone()).map_err(told)?;
        self.verify_was_on |= self.ssl_verify_server_cert.is_on();
        Ok(())
    }

    /// Sets the files that were found in the data directory, as MySQL does: the values have their bare
    /// names.
    pub fn set_found(&mut self, directory: &str) {
        let path = |name| datadir::path(directory, name);
        let ca = CaSource::File(path(datadir::CA));
        self.ssl_ca.store(ca, datadir::CA, Origin::found());
        self.ssl_cert.store(path(datadir::CERT), datadir::CERT, Origin::found());
        self.ssl_key.store(path(datadir::KEY), datadir::KEY, Origin::found());
    }

    /// Removes the values that were found, and returns their options.
    pub fn forget_found(&mut self) -> Vec<&'static Spec> {
        let is_found = |spec: &&Spec| spec.origin(self).is_some_and(Origin::is_found);
        let found: Vec<_> = ALL.iter().copied().filter(is_found).collect();
        found.iter().for_each(|spec| (spec.unset)(self));
        found
    }

    /// Parses and stores the value of an option, and replaces the notes on it.
    ///
    /// # Errors
    /// Those of the option's parser.
    pub fn store(&mut self, spec: &'static Spec, text: &str, origin: Origin) -> Result<(), Error> {
        if let Some(notes) = (spec.set)(self, text, origin)? {
            self.notes.retain(|note| note.option != spec.name);
            self.notes.extend(notes);
        }
        Ok(())
    }

    /// Removes a value, wherever it came from, and returns the option; `None` for a switch of
    /// replication. That `ssl_verify_server_cert` was ON is not forgotten: VERIFY_CA is left, as
    /// after OFF.
    ///
    /// # Errors
    /// `OptionName`.
    pub fn unset(&mut self, name: &str) -> Result<Option<&'static Spec>, Error> {
        let alias = self.replication_name(name);
        let spec = match alias {
            Some(alias) => alias.material(),
            None => Some(self.find(name)?),
        };
        if let Some(alias) = alias {
            self.replication.unset(alias);
        }
        if let Some(spec) = spec {
            (spec.unset)(self);
            self.replication.forget(spec);
            self.notes.retain(|note| note.option != spec.name);
        }
        Ok(spec)
    }

    /// Returns the value as it was spelled, or the default.
    ///
    /// # Errors
    /// `OptionName`.
    pub fn get(&self, name: &str) -> Result<&str, Error> {
        let spec = match self.replication_name(name).map(|alias| (alias, alias.material())) {
            Some((_, Some(spec))) => spec,
            Some((alias, None)) => return Ok(self.replication.get(alias)),
            None => self.find(name)?,
        };
        Ok((spec.text)(self).unwrap_or(spec.default))
    }

    /// Whether no TLS is wanted, so that no file is opened, required or reported (T22).
    pub fn turn_tls_off(&self) -> bool {
        match self.role {
            Role::Client => ModeRequest::of(self).is_off(),
            Role::Server => self.ssl.is_off(),
        }
    }

    /// Returns the protocol versions that may be used.
    pub fn versions(&self) -> Versions {
        self.tls_version.value().copied().unwrap_or(Versions::DEFAULT)
    }

    /// Returns the path that an option's value names. As in MySQL a server's relative path in an
    /// option file is relative to `datadir`; all others are to the working directory.
    pub fn path<T>(&self, setting: &Setting<T>) -> Option<String> {
        setting.text().zip(setting.origin()).map(|(text, origin)| self.locate(text, origin))
    }

    /// Returns the path that an option names, if it is set.
    pub fn path_of(&self, spec: &Spec) -> Option<String> {
        let (text, origin) = spec.text(self).zip(spec.origin(self))?;
        let is_base = *spec == DATADIR;
        Some(if is_base { text.to_owned() } else { self.locate(text, origin) })
    }

    fn locate(&self, text: &str, origin: &Origin) -> String {
        let is_relative =
            !origin.is_program() && text != value::SYSTEM && Path::new(text).is_relative();
        match self.datadir.value().filter(|_| is_relative) {
            Some(base) => format!("{}/{text}", base.trim_end_matches('/')),
            None => text.to_owned(),
        }
    }

    /// Returns why values of a server cannot be read, in the order in which MySQL reads them.
    pub fn faults(&self) -> impl Iterator<Item = &Error> {
        let others = ALL.iter().copied().filter(|spec| **spec != TLS_VERSION);
        [&TLS_VERSION].into_iter().chain(others).filter_map(|spec| spec.fault(self))
    }

    /// Returns the first of these options that is set.
    pub fn first_set(&self, specs: &[&'static Spec]) -> Option<&'static Spec> {
        specs.iter().copied().find(|spec| spec.text(self).is_some())
    }

    /// Adds to a failure where the value came from that it is about.
    pub fn explain_origin(&self, error: Error) -> Error {
        let option = error.details().and_then(|details| details.option.as_deref());
        match option.and_then(|name| self.origin_of(name)) {
            Some(origin) => origin.explain(error),
            None => error,
        }
    }

    /// Adds to notes where the values came from that they are about.
    pub fn annotate_origins(&self, notes: &mut [Note]) {
        for note in notes {
            if let Some(origin) = self.origin_of(note.option) {
                origin.annotate(note);
            }
        }
    }

    fn origin_of(&self, name: &str) -> Option<&Origin> {
        find(self.role, name).and_then(|spec| spec.origin(self))
    }

    /// Makes the failure for a name that no option of `role` has.
    pub fn unknown(role: Role, name: &str) -> Error {
        Error::option(Code::OptionName, name, unknown_option::why(role, name))
    }

    fn find(&self, name: &str) -> Result<&'static Spec, Error> {
        find(self.role, name).ok_or_else(|| Self::unknown(self.role, name))
    }
}

impl Spec {
    /// Whether it is one of MySQL's switches.
    pub fn is_switch(&self) -> bool {
        self.form == Form::Switch
    }

    /// Whether `load_files` reads what its value names.
    pub fn is_file(&self) -> bool {
        self.form == Form::File
    }

    /// Whether it stands for ON in an option file that names it without a value.
    pub fn stands_alone(&self) -> bool {
        matches!(self.form, Form::Switch | Form::Flag)
    }

    /// Whether an empty value in an option file is as if it were not there.
    pub fn is_unset_when_empty(&self) -> bool {
        matches!(self.form, Form::File | Form::Text | Form::Secret)
    }

    pub fn is_in(&self, specs: &[&Self]) -> bool {
        specs.contains(&self)
    }

    /// Returns the value that was set, as it was spelled.
    pub fn text<'a>(&self, options: &'a Options) -> Option<&'a str> {
        (self.text)(options)
    }

    pub fn origin<'a>(&self, options: &'a Options) -> Option<&'a Origin> {
        (self.origin)(options)
    }

    /// Returns why a server's value cannot be read.
    pub fn fault<'a>(&self, options: &'a Options) -> Option<&'a Error> {
        (self.fault)(options)
    }

    /// Returns the text of the value in force.
    pub fn print(&self, settings: &Settings, options: &Options) -> String {
        (self.printer)(self, settings, self.text(options))
    }

    /// Makes a failure that is about this option; `why` has no final stop.
    pub fn error(&self, code: Code, why: impl Into<String>) -> Error {
        Error::option(code, self.name, why)
    }

    /// Makes a failure that is about the file that this option names.
    pub fn file_error(&self, code: Code, path: &str, why: impl Into<String>) -> Error {
        Error::file(code, self.name, path, why)
    }

    /// Adds this option, and the file that it names, to a failure.
    pub fn about(&self, path: Option<&str>) -> impl Fn(Error) -> Error {
        move |error| {
            let details = error.details().cloned().unwrap_or_default();
            let (option, path) = (Some(self.name.to_owned()), path.map(str::to_owned));
            Error::with(error.code, Details { option, path, ..details })
        }
    }

    pub fn note(&self, severity: Severity, text: &str) -> Note {
        Note::new(severity, self.name, text)
    }

    #[inline(never)]
    fn store<T>(
        &self,
        role: Role,
        setting: &mut Setting<T>,
        parsed: Result<impl Into<Parsed<T>>, Error>,
        text: &str,
        origin: Origin,
    ) -> Result<Option<Vec<Note>>, Error> {
        let text = if self.form == Form::Secret { HIDDEN } else { text };
        let Parsed { value, notes } = match parsed {
            Ok(parsed) => parsed.into(),
            Err(error) if role == Role::Server => {
                let fault = origin.explain(self.about(None)(error.clone()));
                let is_stored = setting.store_fault(fault, text, origin);
                return if is_stored { Ok(Some(Vec::new())) } else { Err(error) };
            }
            Err(error) => return Err(error),
        };
        Ok(setting.store(value, text, origin).then(|| self.few_notes(notes)))
    }

    /// Makes notes on a value, with a last one in place of all that are too many.
    #[inline(never)]
    fn few_notes(&self, notes: Vec<(Severity, String)>) -> Vec<Note> {
        setting::few(notes).into_iter().map(|(severity, text)| self.note(severity, &text)).collect()
    }
}

/// Stands for the text of a secret.
const HIDDEN: &str = "hidden";

/// Names are unique.
impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::builder::Builder;
    use super::super::load::{Asked, Loaded};
    use super::*;
    use crate::fs::Watch;

    fn file() -> Origin {
        Origin::file(&Arc::from("my.cnf"), 3)
    }

    #[test]
    fn the_programs_own_value_outranks_one_from_elsewhere() {
        let mut options = Options::new(Role::Client);
        options.set("tls_version", "TLSv1.1,TLSv1.2", Origin::program()).unwrap();
        options.set("tls-version", "bogus,TLSv1.3", file()).unwrap();
        assert_eq!(options.get("tls_version").unwrap(), "TLSv1.1,TLSv1.2");
        let [note] = options.notes() else { panic!("{:?}", options.notes()) };
        assert!(note.text.contains("TLSv1.1"), "of the value that is in force: {}", note.text);
        options.set("ssl_verify_server_cert", "OFF", Origin::program()).unwrap();
        options.set("ssl_verify_server_cert", "ON", file()).unwrap();
        assert!(!options.verify_was_on, "it never was");
    }

    #[test]
    fn a_value_from_elsewhere_is_told_as_such() {
        let mut options = Options::new(Role::Client);
        let refused = |options: &mut Options, name, value, origin| {
            options.set(name, value, origin).unwrap_err().details().unwrap().detail.clone().unwrap()
        };
        let own = refused(&mut options, "ssl", "x", Origin::program());
        assert_eq!(own, "'x' is neither ON nor OFF");
        let others = refused(&mut options, "ssl", "x", file());
        assert_eq!(others, "'x' is neither ON nor OFF (my.cnf, line 3)");
        options.set("ssl", "ON", file()).unwrap();
        options.set("tls_version", "TLSv1.2", Origin::program()).unwrap();
        let text = |error: Error| options.explain_origin(error).message();
        assert!(text(SSL.error(Code::OptionValue, "why")).contains("(ssl): why (my.cnf, line 3)."));
        assert!(text(TLS_VERSION.error(Code::OptionValue, "why")).contains("(tls_version): why."));
        assert!(text(SSL_CA.error(Code::Pem, "why")).contains("(ssl_ca): why."), "not set");
        let mut notes = [&SSL, &TLS_VERSION].map(|spec| spec.note(Severity::Note, "text"));
        options.annotate_origins(&mut notes);
        assert_eq!(
            notes.map(|note| note.text),
            ["ssl: text (my.cnf, line 3)", "tls_version: text"]
        );
    }

    #[test]
    fn each_option_that_names_a_file_has_a_loader() {
        for role in [Role::Client, Role::Server] {
            let files = ALL.iter().filter(|spec| spec.is_file() && spec.roles.contains(&role));
            for spec in files {
                let mut options = Options::new(role);
                options.set(spec.name, "/nonexistent/file", Origin::program()).unwrap();
                let error = Loaded::default().check(&options, Asked::default()).unwrap_err();
                assert_eq!(error.code, Code::NotLoaded, "{}", spec.name);
                let error =
                    Loaded::read(&options, Asked::default(), &mut Watch::default()).unwrap_err();
                assert_eq!(error.code, Code::File, "{}", spec.name);
                assert_eq!(error.details().unwrap().option.as_deref(), Some(spec.name));
            }
        }
    }

    /// The text of a row is what documents and `get` show; the code takes the default of the type.
    #[test]
    fn a_default_in_text_is_that_of_the_type() {
        let certificate = include_bytes!("../../tests/data/keys/p256-cert.pem");
        let key = include_bytes!("../../tests/data/keys/p256-sec1.pem");
        // To set these to their default is more than to leave them out.
        let (own_meaning, mut compared) = (["ssl"], 0);
        for role in [Role::Client, Role::Server] {
            let settings = |option: Option<&Spec>| {
                let mut builder = Builder::new(role);
                if role == Role::Server {
                    builder.set_identity(certificate, key).unwrap();
                }
                if let Some(option) = option {
                    builder.set(option.name, option.default).unwrap();
                }
                let settings = format!("{:?}", Settings::of(&builder).unwrap());
                // Without the texts, which say where a value came from.
                settings.split_once(", in_force: ").unwrap().0.to_owned()
            };
            let of_role = ALL.iter().filter(|spec| spec.roles.contains(&role));
            let with_default = of_role.filter(|spec| !spec.default.is_empty());
            for spec in with_default.filter(|spec| !own_meaning.contains(&spec.name)) {
                assert_eq!(settings(Some(spec)), settings(None), "{} of a {role:?}", spec.name);
                compared += 1;
            }
        }
        assert_eq!(compared, 35);
    }

    #[test]
    fn a_default_is_a_value_of_its_option() {
        for spec in ALL.iter().filter(|spec| !spec.default.is_empty()) {
            for role in spec.roles {
                let mut options = Options::new(*role);
                options.set(spec.name, spec.default, Origin::program()).unwrap();
                assert_eq!(options.get(spec.name).unwrap(), spec.default);
            }
        }
    }
}
