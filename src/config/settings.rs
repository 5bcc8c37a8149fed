//! What a builder's options come to: checked, complete, and without names to look up.

use std::sync::Arc;

use super::builder::Builder;
use super::cipher::{self, Auth, Suite};
use super::cipher_list::{self, Resolved};
use super::fingerprint::Pin;
use super::load::Material;
use super::{Identity, Role, SslMode, Versions, options};
use crate::crypto::DhGroup;
use crate::error::{Code, Error};
use crate::trust::{Certificate, Level, RevocationList, Store};

/// The settings that a context puts in force.
#[derive(Debug)]
pub struct Settings {
    pub role: Role,
    /// Client only.
    pub mode: SslMode,
    /// Client: ssl-mode allows TLS. Server: there is a certificate, and `ssl` is not OFF.
    pub tls: bool,
    /// What a peer's chain must lead to, and the revocation lists; `None` where no CA is configured.
    /// It may be empty: an `ssl_capath` without a certificate verifies nobody.
    pub trust: Option<Arc<Store>>,
    /// Client: the server's certificate has one of these, and nothing else of it is looked at.
    pub pins: Vec<Pin>,
    /// Client: the certificate is not verified, and the server proves itself in its OK packet.
    pub awaits_proof: bool,
    pub level: Level,
    /// The rules of MySQL 8.4 for names, and whatever else is stricter than MySQL 5.7.
    pub strict: bool,
    pub identity: Option<Arc<Identity>>,
    pub versions: Versions,
    pub suites: Vec<Suite>,
    /// Client: what a connection sends that has no name of its own for it.
    pub sni: Option<String>,
    /// Client: groups of servers that are allowed beside the known ones.
    pub dh_groups: Vec<&'static DhGroup>,
    pub require_secure_transport: bool,
    pub profile: Profile,
    /// A fixed time in Unix seconds, for tests.
    pub clock: Option<u64>,
    /// Each option's value in force, by name.
    pub values: Vec<(&'static str, String)>,
}

/// Whose behaviour counts where real servers differ; never what is verified (D13).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Profile {
    Mysql57,
    Mysql8,
    MariaDb,
}

impl Settings {
    /// # Errors
    /// `NotLoaded`, `NoCa`, `NoCert`, `OptionValue`.
    pub fn of(builder: &Builder) -> Result<Self, Error> {
        let role = builder.role();
        let off = builder.files_are_off();
        if !off {
            builder.check_loaded()?;
        }
        let material = if off { Material::default() } else { builder.material() };
        let verifies = !off && (!material.ca.is_empty() || builder.value("ssl_capath").is_some());
        let checks_revocation = !off && builder.checks_revocation();
        let pinned = !material.pins.is_empty();
        let switch = |name| builder.switch(name).unwrap_or(false);
        let awaits_proof = !off && !verifies && !pinned && switch("tlsql_peer_proof");
        if switch("tlsql_peer_proof") && off {
            return Err(no_proof_in_clear());
        }
        let asked = builder.asked();
        asked.check()?;
        let mode = asked.mode(verifies, pinned || awaits_proof);
        let tls = match role {
            Role::Client => !off,
            Role::Server => !off && material.identity.is_some(),
        };
        if role == Role::Client && mode >= SslMode::VerifyCa {
            // A pin takes the place of a CA (section 3.7), and so does the proof (section 3.8).
            if !verifies && !pinned && !awaits_proof {
                return Err(Code::NoCa.into());
            }
        }
        if awaits_proof && mode < SslMode::Required {
            return Err(no_proof_in_clear());
        }
        if role == Role::Server && !off && !tls && (verifies || checks_revocation) {
            let why = "SSL context is not usable without certificate and private key";
            return Err(Error::option(Code::NoCert, "ssl_cert", why));
        }
        let versions = builder.versions();
        let profile = builder.value("tlsql_profile").and_then(Profile::parse);
        let profile = profile.unwrap_or(Profile::Mysql57);
        let list = builder.value("ssl_cipher").map(cipher_list::resolve).transpose()?;
        let level = level(builder, list.as_ref());
        check_dh_groups(&material.dh_groups, level)?;
        let suites = suites(builder, profile, list);
        if tls && !versions.tls12 && !suites.iter().any(Suite::is_tls13) {
            // T56, found out before a connection does.
            let why = "it is empty, and tls_version has TLSv1.3 only";
            return Err(Error::option(Code::NoCipher, "tls_ciphersuites", why));
        }
        if let Some(identity) = material.identity.as_ref().filter(|_| tls && role == Role::Server) {
            check_key(identity.auth(), versions, &suites)?;
        }
        let values = values(builder, mode, level, &suites);
        Ok(Self {
            role,
            mode,
            tls,
            trust: verifies.then(|| Arc::new(store(material.ca, material.crl, checks_revocation))),
            pins: material.pins,
            awaits_proof,
            level,
            strict: switch("tlsql_strict"),
            identity: material.identity,
            versions,
            suites,
            sni: builder.value("tls_sni_servername").map(str::to_owned),
            dh_groups: material.dh_groups,
            require_secure_transport: switch("require_secure_transport"),
            profile,
            clock: builder.clock(),
            values,
        })
    }

    /// VERIFY_IDENTITY has a chain to look for the name in; a pin or a proof takes its place.
    pub fn compares_name(&self) -> bool {
        self.mode == SslMode::VerifyIdentity && self.verifies() && self.pins.is_empty()
    }

    /// Whether a peer's chain is verified: a CA is configured.
    pub fn verifies(&self) -> bool {
        self.trust.is_some()
    }

    /// Whether every certificate of a chain needs a revocation list, also if there is none.
    pub fn checks_revocation(&self) -> bool {
        self.trust.as_ref().is_some_and(|store| store.checks_revocation())
    }

    /// Whether an option was given another value than its default, and not an empty one.
    pub fn chose(&self, name: &str) -> bool {
        let default = options::find(self.role, name).map_or("", |spec| spec.default);
        self.value(name).is_some_and(|value| !value.is_empty() && value != default)
    }

    /// Whether an option leaves out what would be spoken without it.
    pub fn narrows(&self, name: &str) -> bool {
        let tls13 = |suites: &[Suite]| suites.iter().filter(|suite| suite.is_tls13()).count();
        match name {
            "tls_version" => !(self.versions.tls12 && self.versions.tls13),
            "tls_ciphersuites" => tls13(&self.suites) < tls13(cipher::ALL),
            _ => self.chose(name),
        }
    }

    /// The value in force of an option, by its MySQL name.
    pub fn value(&self, name: &str) -> Option<&str> {
        let spec = options::find(self.role, name)?;
        let found = self.values.iter().find(|(name, _)| *name == spec.name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Settings {
    /// Adds the file that is meant to a failure that names an option only.
    pub fn locate(&self, error: Error) -> Error {
        let value = |name: &str| self.value(name).filter(|value| !value.is_empty());
        let path = match error.details().and_then(|details| details.option.as_deref()) {
            Some("ssl_key") => value("ssl_key").or(value("ssl_cert")),
            Some("ssl_cert") => value("ssl_cert").or(value("ssl_key")),
            Some(name @ ("ssl_ca" | "ssl_capath" | "ssl_crl" | "ssl_crlpath")) => value(name),
            _ => return error,
        };
        error.in_file(path)
    }
}

impl Profile {
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "mysql57" => Some(Self::Mysql57),
            "mysql8" => Some(Self::Mysql8),
            "mariadb" => Some(Self::MariaDb),
            _ => None,
        }
    }
}

/// Makes the store of anchors and lists that the connections of a context share.
fn store(
    ca: Vec<Arc<Certificate>>,
    crl: Vec<Arc<RevocationList>>,
    checks_revocation: bool,
) -> Store {
    let mut store = Store::default();
    ca.into_iter().for_each(|certificate| store.add_certificate(certificate));
    crl.into_iter().for_each(|list| store.add_list(list));
    if checks_revocation {
        store.check_revocation();
    }
    store
}

fn no_proof_in_clear() -> Error {
    let why = "ON needs an ssl_mode of REQUIRED or above: clear text proves nothing";
    Error::option(Code::OptionValue, "tlsql_peer_proof", why)
}

/// A group that no handshake would take is a mistake.
fn check_dh_groups(groups: &[&'static DhGroup], level: Level) -> Result<(), Error> {
    match groups.iter().find(|group| group.bits() < level.dh_bits()) {
        Some(group) => {
            let why = format!("a group of {} bits, {} are needed", group.bits(), level.dh_bits());
            Err(Error::option(Code::OptionValue, "tlsql_dh_params", why))
        }
        None => Ok(()),
    }
}

/// A server that no connection could use is a mistake.
fn check_key(auth: Auth, versions: Versions, suites: &[Suite]) -> Result<(), Error> {
    let is_usable = |suite: &Suite| match suite.is_tls13() {
        true => versions.tls13,
        false => versions.tls12 && suite.has(auth),
    };
    match suites.iter().any(is_usable) {
        true => Ok(()),
        false => Err(Error::option(Code::NoCipher, "ssl_cipher", auth.missing())),
    }
}

/// `tlsql_security_level` counts, and else what `ssl_cipher` says, as in OpenSSL.
fn level(builder: &Builder, list: Option<&Resolved>) -> Level {
    let own = builder.value("tlsql_security_level").and_then(options::level);
    own.or(list.and_then(|list| list.level)).unwrap_or_default()
}

/// Each of two options chooses for its versions only (T57).
fn suites(builder: &Builder, profile: Profile, list: Option<Resolved>) -> Vec<Suite> {
    let (tls13, tls12) =
        cipher::defaults(builder.role(), profile).into_iter().partition(Suite::is_tls13);
    let chosen = builder.value("tls_ciphersuites").and_then(|list| cipher::select_tls13(list).ok());
    let tls13: Vec<_> = chosen.map_or(tls13, |chosen| chosen.suites);
    let tls12: Vec<_> = list.map_or(tls12, |list| list.suites);
    [tls13, tls12].concat()
}

fn values(
    builder: &Builder,
    mode: SslMode,
    level: Level,
    suites: &[Suite],
) -> Vec<(&'static str, String)> {
    let tls13 = suites.iter().filter(|suite| suite.is_tls13()).map(|suite| suite.name);
    let tls13 = tls13.collect::<Vec<_>>().join(":");
    let in_force = |spec: &options::Spec| match spec.name {
        "ssl_mode" => mode.name().to_owned(),
        "tlsql_security_level" => options::level_name(level).to_owned(),
        "tls_ciphersuites" if builder.value(spec.name).is_none() => tls13.clone(),
        name => builder.value(name).unwrap_or(spec.default).to_owned(),
    };
    let role = builder.role();
    let known = options::ALL.iter().filter(|spec| options::find(role, spec.name).is_some());
    known.map(|spec| (spec.name, in_force(spec))).collect()
}
