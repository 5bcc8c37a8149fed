//! The settings that a context puts in force: checked, complete, and typed.

use std::sync::Arc;

use rustls_pki_types::CertificateDer;

use super::cipher::{self, Suite};
use super::fingerprint::Pin;
use super::options::{self, Options, SSL, SSL_CERT, SSL_CIPHER, SSL_KEY, Spec};
use super::replication::Name;
use super::setting::Origin;
use super::{Clock, Identity, NamedIdentity, Role, SslMode, Versions};
use crate::crypto::DhGroup;
use crate::error::{Code, Error};
use crate::trust::{Level, Store};

/// The settings that a context puts in force.
#[derive(Clone, Debug)]
pub struct Settings {
    pub role: Role,
    /// Client only.
    pub mode: SslMode,
    /// Client: ssl-mode allows TLS. Server: there is a certificate, and `ssl` is not OFF.
    pub tls: bool,
    /// Server: the fault after which it goes on without TLS.
    pub fault: Option<Error>,
    /// Anchors of a peer's chain, and revocation lists; `None` where no CA is configured. It may be
    /// empty: an `ssl_capath` without a certificate verifies nobody.
    pub trust: Option<Arc<Store>>,
    /// Client: the server's certificate has one of these, and nothing else of it is looked at.
    pub pins: Vec<Pin>,
    /// Client: the certificate is not verified, and the server proves itself in its OK packet.
    pub awaits_proof: bool,
    /// The certificates that the peer showed can be asked for after the handshake.
    pub keeps_peer_chain: bool,
    pub level: Level,
    /// A connection gives its secrets to a host that asks.
    pub hands_out_secrets: bool,
    /// Most certificates in a peer's chain, with that of the trusted CA.
    pub max_chain: usize,
    /// Most bytes of a peer until its handshake is done.
    pub max_handshake_bytes: usize,
    /// Client: most sessions that are kept; 0 keeps none.
    pub session_cache: usize,
    /// The rules of MySQL 8.4 for names, and whatever else is stricter than MySQL 5.7.
    pub strict: bool,
    pub identity: Option<Arc<Identity>>,
    /// Server: a reload without a rollback turned TLS off, and there was a certificate before.
    pub lost_identity: bool,
    /// Server: a certificate of `identity` that `trust` does not verify is refused.
    pub verifies_own: bool,
    /// What is sent behind the certificate of `identity` where that stands alone.
    pub issuers: Vec<CertificateDer<'static>>,
    /// Server: certificates for names in SNI, beside `identity`, sorted by name.
    pub names: Vec<NamedIdentity>,
    pub versions: Versions,
    pub suites: Vec<Suite>,
    /// Client: the SNI of a connection that sets none itself.
    pub sni: Option<String>,
    /// Client: groups of servers that are allowed beside the known ones.
    pub dh_groups: Vec<&'static DhGroup>,
    pub require_secure_transport: bool,
    pub profile: Profile,
    /// Server: seconds for which a session can be resumed; 0: none is kept.
    pub session_lifetime: u32,
    /// Server: the host sees the first ClientHello before it is answered.
    pub hello_event: bool,
    pub clock: Clock,
    /// The role's options, for whoever asks by name.
    pub(super) in_force: Vec<InForce>,
}

/// An option as it is in force.
#[derive(Clone, Debug)]
pub(super) struct InForce {
    pub spec: &'static Spec,
    pub text: String,
    /// Where the value came from; `None` for a default.
    pub origin: Option<Origin>,
}

/// Whose behaviour counts where real servers differ; never what is verified (D13).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Profile {
    Mysql57,
    Mysql8,
    MariaDb,
}

impl Settings {
    /// Whether the name in the certificate is compared: under VERIFY_IDENTITY, unless a fingerprint
    /// or a proof takes the place of the chain.
    pub fn compares_name(&self) -> bool {
        self.mode == SslMode::VerifyIdentity && self.verifies() && self.pins.is_empty()
    }

    /// Returns the own certificate that a full handshake shows: of the name at this place, or else
    /// the one for all other names. One that resumes a session shows none, and the client may have
    /// an older one.
    pub fn shown_identity(&self, name: Option<usize>) -> Option<&Identity> {
        let named = name.and_then(|place| self.names.get(place)).map(|named| &named.identity);
        named.or(self.identity.as_ref()).map(|identity| &**identity)
    }

    /// Whether a peer's chain is verified: a CA is configured.
    pub fn verifies(&self) -> bool {
        self.trust.is_some()
    }

    /// Whether every certificate of a chain needs a revocation list, also if there is none.
    pub fn checks_revocation(&self) -> bool {
        self.trust.as_ref().is_some_and(|store| store.checks_revocation())
    }

    /// Whether `ssl_cipher` chooses the suites of TLS 1.2.
    pub fn suites_narrowed(&self) -> bool {
        self.find(&SSL_CIPHER).is_some_and(|place| place.origin.is_some())
    }

    /// Whether `tls_ciphersuites` leaves out suites of TLS 1.3.
    pub fn ciphersuites_narrowed(&self) -> bool {
        let tls13 = |suites: &[Suite]| suites.iter().filter(|suite| suite.is_tls13()).count();
        tls13(&self.suites) < tls13(cipher::ALL)
    }

    /// Whether `tls_version` leaves out a version.
    pub fn versions_narrowed(&self) -> bool {
        self.versions != Versions::DEFAULT
    }

    /// Returns the value in force of an option that the role has; "" where it is none.
    pub fn text(&self, spec: &Spec) -> &str {
        self.find(spec).map(|place| place.text.as_str()).unwrap_or_default()
    }

    /// Returns the value in force of an option, by its MySQL name or a name of replication; of a
    /// server also `have_ssl` and `have_openssl`, which are one.
    pub fn value(&self, name: &str) -> Option<&str> {
        if self.role == Role::Server && HAVE_SSL.contains(&name.replace('-', "_").as_str()) {
            return Some(if self.tls { "YES" } else { "DISABLED" });
        }
        let alias = Name::parse(name).filter(|_| self.role == Role::Client);
        match alias.map(|alias| (alias, alias.material())) {
            Some((_, Some(spec))) => Some(self.text(spec)),
            Some((alias, None)) => Some(alias.in_force(self.mode)),
            None => options::find(self.role, name).map(|spec| self.text(spec)),
        }
    }

    /// Returns the refusal to use a server's settings without TLS where a client has begun it, with
    /// what turned TLS off where that is known.
    pub fn refuse_without_tls(&self) -> Error {
        let why = |why: String, hint: String| {
            let hint = format!("{hint}, or go on under the first context, or close.");
            Error::detail(Code::ContextNoTls, why).with_hint(hint)
        };
        if self.fault.is_some() {
            let hint = "Mend what the notes on its builder name and reload it";
            return why("a fault in its settings turned it off".to_owned(), hint.to_owned());
        }
        if self.text(&SSL) == "OFF" {
            let off = format!("{}=OFF", SSL.name);
            return why(format!("{off} is set"), format!("Leave {off} out"))
                .with_hint_option(SSL.name);
        }
        Code::ContextNoTls.into()
    }

    /// Adds to a failure that names an option only the file that is meant, and where the value came
    /// from.
    pub fn locate(&self, error: Error) -> Error {
        let named = error.details().and_then(|details| details.option.as_deref());
        let Some(spec) = named.and_then(|name| options::find(self.role, name)) else {
            return error;
        };
        // Certificate and key may share a file, which one of the two names.
        let other = [(&SSL_CERT, &SSL_KEY), (&SSL_KEY, &SSL_CERT)];
        let other = other.into_iter().find(|(one, _)| *one == spec).map(|(_, other)| other);
        let mut naming = [Some(spec), other].into_iter().flatten().filter_map(|s| self.find(s));
        let Some(place) = naming.find(|place| !place.text.is_empty()) else { return error };
        let error = if spec.is_file() { error.in_file(Some(&place.text)) } else { error };
        match &place.origin {
            Some(origin) => origin.explain(error),
            None => error,
        }
    }

    pub(super) fn find(&self, spec: &Spec) -> Option<&InForce> {
        self.in_force.iter().find(|place| place.spec == spec)
    }

    /// Fills in each option's value in force, once all else is known.
    pub(super) fn print(&mut self, options: &Options) {
        let known = options::ALL.iter().filter(|spec| spec.roles.contains(&self.role));
        let made = known.map(|spec| InForce {
            spec,
            text: spec.print(self, options),
            origin: spec.origin(options).cloned(),
        });
        self.in_force = made.collect();
    }
}

/// MySQL's read-only variables on whether a server has TLS.
const HAVE_SSL: [&str; 2] = ["have_ssl", "have_openssl"];

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
