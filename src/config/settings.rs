//! What a builder's options come to: checked, complete, and without names to look up.

use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use zeroize::Zeroize;

use super::builder::{Builder, Material};
use super::cipher::{self, Suite};
use super::{Role, SslMode, Versions, option};
use crate::error::{Code, Error};

/// The settings that a context puts in force.
#[derive(Debug)]
pub struct Settings {
    pub role: Role,
    /// Client only.
    pub mode: SslMode,
    /// Client: ssl-mode allows TLS. Server: there is a certificate, and `ssl` is not OFF.
    pub tls: bool,
    pub ca: Vec<CertificateDer<'static>>,
    pub crl: Vec<CertificateRevocationListDer<'static>>,
    pub identity: Option<Identity>,
    pub versions: Versions,
    pub suites: Vec<Suite>,
    pub require_secure_transport: bool,
    pub profile: Profile,
    /// A fixed time in Unix seconds, for tests.
    pub clock: Option<u64>,
    /// Each option's value in force, by name.
    pub values: Vec<(&'static str, String)>,
}

/// A certificate chain, leaf first, and the leaf's private key.
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
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
    /// `NotLoaded`, `NoCa`, `NoCert`.
    pub fn of(builder: &Builder) -> Result<Self, Error> {
        let role = builder.role();
        let off = builder.files_are_off();
        if !off {
            builder.check_loaded()?;
        }
        let material = if off { Material::default() } else { builder.material() };
        let mode = mode(builder, !material.ca.is_empty());
        let tls = match role {
            Role::Client => !off,
            Role::Server => !off && material.identity.is_some(),
        };
        if role == Role::Client && mode >= SslMode::VerifyCa && material.ca.is_empty() {
            return Err(Code::NoCa.into());
        }
        let trust_named = !material.ca.is_empty() || !material.crl.is_empty();
        if role == Role::Server && !off && !tls && trust_named {
            let why = "SSL context is not usable without certificate and private key";
            return Err(Error::option(Code::NoCert, "ssl_cert", why));
        }
        let suites = builder.value("ssl_cipher").and_then(cipher::select);
        let versions = builder.value("tls_version").and_then(Versions::parse);
        let profile = builder.value("tlsql_profile").and_then(Profile::parse);
        let secure = builder.value("require_secure_transport").and_then(option::switch);
        Ok(Self {
            role,
            mode,
            tls,
            ca: material.ca,
            crl: material.crl,
            identity: material.identity,
            versions: versions.map_or(Versions::DEFAULT, |(versions, _)| versions),
            suites: suites.map_or_else(|| cipher::ALL.to_vec(), |chosen| chosen.suites),
            require_secure_transport: secure.unwrap_or(false),
            profile: profile.unwrap_or(Profile::Mysql57),
            clock: builder.clock(),
            values: values(builder, mode),
        })
    }

    /// The value in force of an option, by its MySQL name.
    pub fn value(&self, name: &str) -> Option<&str> {
        let spec = option::find(self.role, name)?;
        let found = self.values.iter().find(|(name, _)| *name == spec.name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Settings {
    /// Adds the file that is meant to a failure that names an option only.
    pub fn locate(&self, error: Error) -> Error {
        let value = |name: &str| self.value(name).filter(|value| !value.is_empty());
        let path = match error.facts().and_then(|facts| facts.option.as_deref()) {
            Some("ssl_key") => value("ssl_key").or(value("ssl_cert")),
            Some("ssl_cert") => value("ssl_cert").or(value("ssl_key")),
            Some(name @ ("ssl_ca" | "ssl_crl")) => value(name),
            _ => return error,
        };
        error.in_file(path)
    }
}

impl Profile {
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "mysql57" => Some(Self::Mysql57),
            "mysql8" => Some(Self::Mysql8),
            "mariadb" => Some(Self::MariaDb),
            _ => None,
        }
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity {{ chain: {} certificates, key: hidden }}", self.chain.len())
    }
}

/// A CA without a mode means VERIFY_CA (D1); no route lowers a mode that was set (T127).
fn mode(builder: &Builder, has_ca: bool) -> SslMode {
    match builder.value("ssl_mode").and_then(SslMode::parse) {
        Some(mode) => mode,
        None if has_ca => SslMode::VerifyCa,
        None => SslMode::Preferred,
    }
}

fn values(builder: &Builder, mode: SslMode) -> Vec<(&'static str, String)> {
    let in_force = |spec: &option::Spec| match spec.name {
        "ssl_mode" => mode.name().to_owned(),
        name => builder.value(name).unwrap_or(spec.default).to_owned(),
    };
    let role = builder.role();
    let known = option::ALL.iter().filter(|spec| option::find(role, spec.name).is_some());
    known.map(|spec| (spec.name, in_force(spec))).collect()
}
