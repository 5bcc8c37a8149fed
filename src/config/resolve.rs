//! What options and material come to, in steps: trust, mode, assembly (with versions and suites),
//! the issuers of our own certificate, and checks.

use std::sync::Arc;

use rustls_pki_types::CertificateDer;

use super::builder::Builder;
use super::cipher::{self, Suite};
use super::load::Material;
use super::mode_aliases::ModeRequest;
use super::options::{
    Options, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CIPHER, SSL_CRL, SSL_CRLPATH, TLS_CIPHERSUITES,
    TLSQL_DH_PARAMS, TLSQL_PEER_PROOF,
};
use super::{Clock, Identity, NamedIdentity, Profile, Role, Settings, SslMode, server_fault};
use crate::error::{Code, Error};
use crate::trust::{Level, Limits, Store};

impl Settings {
    /// # Errors
    /// `NotLoaded`, `NoCa`, `NoCert`, `NoCipher`, `OptionValue`.
    pub fn of(builder: &Builder) -> Result<Self, Error> {
        if let Some(fault) = builder.fault() {
            return Self::without_tls(builder, fault.clone());
        }
        let settings = resolve(builder).map_err(|error| builder.options().explain_origin(error));
        settings.or_else(|error| Self::without_tls(builder, error))
    }

    /// Returns the settings of a server that goes on without TLS after this failure.
    ///
    /// # Errors
    /// The failure itself, if the server does not go on.
    pub fn without_tls(builder: &Builder, error: Error) -> Result<Self, Error> {
        let options = builder.options();
        if !builder.goes_on(&error) {
            return Err(error);
        }
        Ok(Self { fault: Some(error), clock: builder.clock(), ..Self::of_server(options) })
    }

    /// Returns what a server's options come to without any material.
    fn of_server(options: &Options) -> Self {
        let mode = Mode { mode: SslMode::Disabled, awaits_proof: false };
        let mut settings = assemble(options, Material::default(), None, mode);
        settings.print(options);
        settings
    }

    /// Checks that a server's options have the values of these settings, whatever their files hold.
    ///
    /// # Errors
    /// `OptionValue` with the first option that has another value.
    pub fn check_same_options(&self, builder: &Builder) -> Result<(), Error> {
        Self::of_server(builder.options()).check_options(self)
    }
}

fn resolve(builder: &Builder) -> Result<Settings, Error> {
    let options = builder.options();
    let material = builder.material()?;
    let trust = builder.trust(&material);
    let mode = mode(options, trust.is_some(), !material.pins.is_empty())?;
    let mut settings = assemble(options, material, trust, mode);
    settings.clock = builder.clock();
    settings.issuers = issuers(&settings, settings.identity.as_deref());
    if !options.turn_tls_off() {
        settings.names = names(&settings, builder)?;
    }
    if settings.verifies() || builder.checks_revocation() {
        check_certificate(&settings, builder)?;
    }
    check_dh_groups(&settings)?;
    check_suites(&settings)?;
    settings.print(options);
    Ok(settings)
}

/// Returns the issuers of our own certificate where that stands alone and the CA certificates have
/// them, as OpenSSL sends them (D16).
fn issuers(settings: &Settings, identity: Option<&Identity>) -> Vec<CertificateDer<'static>> {
    let (Some(store), Some(identity)) = (&settings.trust, identity) else { return Vec::new() };
    let issuers = identity.issuers(store, settings.clock.unix_seconds());
    let found = issuers.map(|issuers| issuers.found).unwrap_or_default();
    found.into_iter().map(|issuer| CertificateDer::from(issuer.der().to_vec())).collect()
}

/// Returns a server's certificates for names, with their issuers.
///
/// # Errors
/// `NoCert` without a certificate for all other names.
fn names(settings: &Settings, builder: &Builder) -> Result<Vec<NamedIdentity>, Error> {
    let names = builder.names();
    if !names.is_empty() && settings.identity.is_none() {
        let why = "tlsql_builder_add_name() has certificates for its names only";
        let hint = if builder.looks_in_datadir() { FIND_ANOTHER } else { PASS_ANOTHER };
        return Err(SSL_CERT.error(Code::NoCert, why).with_hint(hint));
    }
    let complete = |named: &NamedIdentity| NamedIdentity {
        issuers: issuers(settings, Some(&named.identity)),
        ..named.clone()
    };
    Ok(names.iter().map(complete).collect())
}

/// A client's mode in force, and what stands in for a CA.
struct Mode {
    mode: SslMode,
    awaits_proof: bool,
}

/// Decides on the mode, and refuses options that exclude each other.
fn mode(options: &Options, verifies: bool, is_pinned: bool) -> Result<Mode, Error> {
    let request = ModeRequest::of(options);
    let wants_proof = options.tlsql_peer_proof.is_on();
    if wants_proof && options.turn_tls_off() {
        return Err(no_proof_in_clear());
    }
    request.check()?;
    options.replication.check(options)?;
    let awaits_proof = wants_proof && !verifies && !is_pinned;
    let mode = request.mode(verifies, is_pinned || awaits_proof);
    // A pin takes the place of a CA, and so does the proof.
    let is_vouched_for = verifies || is_pinned || awaits_proof;
    if options.role() == Role::Client && mode >= SslMode::VerifyCa && !is_vouched_for {
        return Err(Code::NoCa.into());
    }
    if awaits_proof && mode < SslMode::Required {
        return Err(no_proof_in_clear());
    }
    Ok(Mode { mode, awaits_proof })
}

fn no_proof_in_clear() -> Error {
    let why = "ON needs an ssl_mode of REQUIRED or above: clear text proves nothing";
    TLSQL_PEER_PROOF.error(Code::OptionValue, why)
}

/// Puts the settings together; the texts of the values come last.
fn assemble(
    options: &Options,
    material: Material,
    trust: Option<Arc<Store>>,
    mode: Mode,
) -> Settings {
    let role = options.role();
    let profile = options.tlsql_profile.value().copied().unwrap_or(Profile::Mysql57);
    let max_chain = options.tlsql_max_chain.value().copied();
    let max_bytes = options.tlsql_max_handshake_bytes.value().copied();
    let tls = match role {
        Role::Client => !options.turn_tls_off(),
        Role::Server => material.identity.is_some(),
    };
    Settings {
        role,
        mode: mode.mode,
        tls,
        fault: None,
        trust,
        pins: material.pins,
        awaits_proof: mode.awaits_proof,
        // The proof is one of the certificate too.
        keeps_peer_chain: mode.awaits_proof || !options.tlsql_keep_peer_chain.is_off(),
        hands_out_secrets: options.tlsql_keylog.is_on(),
        max_chain: max_chain.unwrap_or(Limits::default().chain),
        max_handshake_bytes: max_bytes.unwrap_or(MAX_HANDSHAKE_BYTES),
        session_cache: session_cache(options),
        level: level(options),
        strict: options.tlsql_strict.is_on(),
        identity: material.identity,
        lost_identity: false,
        verifies_own: options.tls_certificates_enforced_validation.is_on(),
        issuers: Vec::new(),
        names: Vec::new(),
        versions: options.versions(),
        suites: suites(options, profile),
        sni: options.tls_sni_servername.value().cloned(),
        dh_groups: material.dh_groups,
        require_secure_transport: options.require_secure_transport.is_on(),
        profile,
        session_lifetime: session_lifetime(options),
        hello_event: options.tlsql_hello_event.is_on(),
        clock: Clock::default(),
        in_force: Vec::new(),
    }
}

/// Returns `ssl_session_cache_timeout`, or 0 for a client, and where `ssl_session_cache_mode` is OFF.
fn session_lifetime(options: &Options) -> u32 {
    let is_on = options.role() == Role::Server && !options.ssl_session_cache_mode.is_off();
    let timeout = options.ssl_session_cache_timeout.value().copied();
    if is_on { timeout.unwrap_or(SESSION_CACHE_TIMEOUT) } else { 0 }
}

/// Seconds, by default.
const SESSION_CACHE_TIMEOUT: u32 = 300;

/// Four messages of the largest size: an honest peer has one that is large, its certificates, or two
/// with the names of its CAs.
const MAX_HANDSHAKE_BYTES: usize = 256 << 10;

/// Sessions that a client keeps, unless `tlsql_session_cache_size` says otherwise: a few for each server
/// of a pool. One has about 2 KiB beside its server's chain.
const SESSIONS: usize = 256;

/// Returns how many sessions a client keeps; a server's are another matter.
fn session_cache(options: &Options) -> usize {
    match options.role() {
        Role::Client => options.tlsql_session_cache_size.value().copied().unwrap_or(SESSIONS),
        Role::Server => 0,
    }
}

/// Returns `tlsql_security_level`, or else the level of `ssl_cipher`, as in OpenSSL.
fn level(options: &Options) -> Level {
    let listed = options.ssl_cipher.value().and_then(|list| list.level);
    options.tlsql_security_level.value().copied().or(listed).unwrap_or_default()
}

/// Returns the suites of both versions. Each of two options chooses for its version only (T57).
fn suites(options: &Options, profile: Profile) -> Vec<Suite> {
    let defaults = cipher::defaults(options.role(), profile);
    let (mut tls13, mut tls12): (Vec<_>, Vec<_>) = defaults.into_iter().partition(Suite::is_tls13);
    if let Some(chosen) = options.tls_ciphersuites.value() {
        tls13.clone_from(chosen);
    }
    if let Some(list) = options.ssl_cipher.value() {
        tls12.clone_from(&list.suites);
    }
    [tls13, tls12].concat()
}

/// Refuses a server that is to verify clients and has no certificate.
fn check_certificate(settings: &Settings, builder: &Builder) -> Result<(), Error> {
    if settings.role == Role::Client || settings.tls {
        return Ok(());
    }
    let error = SSL_CERT.error(Code::NoCert, server_fault::NOT_USABLE);
    let named = builder.options().first_set(&[&SSL_CA, &SSL_CAPATH, &SSL_CRL, &SSL_CRLPATH]);
    Err(match (builder.keeps_datadir_out(), named) {
        (Some(spec), _) => error.with_hint(format!(
            "Set ssl_cert to a file that holds the certificate, or leave out {}: then the files in \
             datadir count.",
            spec.name
        )),
        (None, Some(_)) => error.with_hint(NAME_FILES),
        (None, None) => error.with_hint(PASS_THEM),
    })
}

const NAME_FILES: &str =
    "Set ssl_cert and ssl_key to files with the server's certificate and its key.";
const PASS_THEM: &str = "Pass them to tlsql_builder_set_identity(), or set ssl_cert and ssl_key.";
const FIND_ANOTHER: &str = "Put ca.pem, server-cert.pem and server-key.pem for all others into \
                            datadir, or pass a pair to tlsql_builder_set_identity().";
const PASS_ANOTHER: &str = "Pass one for all others to tlsql_builder_set_identity(), or set ssl_cert \
                            and ssl_key.";

/// Refuses a group that no handshake would take.
fn check_dh_groups(settings: &Settings) -> Result<(), Error> {
    let least = settings.level.dh_bits();
    match settings.dh_groups.iter().find(|group| group.bits() < least) {
        Some(group) => {
            let why = format!("a group of {} bits, {least} are needed", group.bits());
            Err(TLSQL_DH_PARAMS.error(Code::OptionValue, why))
        }
        None => Ok(()),
    }
}

/// Refuses settings that leave no suite, and a server that leaves none for its key: no connection
/// could work.
fn check_suites(settings: &Settings) -> Result<(), Error> {
    let (versions, suites) = (settings.versions, &settings.suites);
    if !settings.tls {
        return Ok(());
    }
    if !versions.tls12 && !suites.iter().any(Suite::is_tls13) {
        // T56, found out before a connection does.
        let why = "it is empty, and tls_version has TLSv1.3 only";
        return Err(TLS_CIPHERSUITES.error(Code::NoCipher, why));
    }
    let Some(identity) = settings.identity.as_ref().filter(|_| settings.role == Role::Server)
    else {
        return Ok(());
    };
    let check = |identity: &Identity| {
        let auth = identity.auth();
        let is_usable = |suite: &Suite| {
            if suite.is_tls13() { versions.tls13 } else { versions.tls12 && suite.has(auth) }
        };
        let missing = || SSL_CIPHER.error(Code::NoCipher, auth.missing());
        if suites.iter().any(is_usable) { Ok(()) } else { Err(missing()) }
    };
    check(identity)?;
    let mut names = settings.names.iter();
    names.try_for_each(|named| {
        check(&named.identity).map_err(|error| error.of_name(named.name.as_str()))
    })
}
