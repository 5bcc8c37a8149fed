//! rustls configurations, made of our settings: one set for each snapshot of a context.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::server::NoServerSessionStorage;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ServerConfig, SupportedProtocolVersion, version};
use rustls_pki_types::{ServerName, UnixTime};

use super::cert_request;
use super::chain::ChainVerifier;
use super::client_policy::ClientPolicy;
use super::credentials::{ClientCertResolver, Credentials, ServerCertResolver};
use super::secret_log::ToConnection;
use super::server_sessions::{RuledSessions, ServerSessions};
use super::session_cache::{DroppedSessions, SessionCache};
use super::session_stamp::SessionRules;
use super::session_store::OfConnection;
use super::verifier::PeerVerifier;
use crate::config::{
    Clock, Profile, SSL_CIPHER, Settings, TLS_CERTIFICATES_ENFORCED_VALIDATION, Versions,
};
use crate::crypto::{self, DhGroup, Renumbered};
use crate::error::{Code, Error};
use crate::trust::Level;

/// What all client connections of a context share.
#[derive(Debug)]
pub struct ClientTls {
    ecdhe: OfferConfig,
    with_dhe: OfferConfig,
    with_unsupported: OfferConfig,
    peer: PeerRules,
    policy: ClientPolicy,
    /// `None` where no session is kept.
    sessions: Option<Arc<SessionCache>>,
}

/// What is asked of a peer, and what becomes of its certificates.
#[derive(Clone, Copy, Debug)]
pub(super) struct PeerRules {
    /// A chain is verified if the peer shows one.
    pub verifies_chain: bool,
    /// The chain can be asked for after the handshake.
    pub keeps_chain: bool,
    /// It has to prove itself after the handshake.
    pub awaits_proof: bool,
    /// Most bytes of its handshake.
    pub max_bytes: usize,
    pub clock: Clock,
    /// The secrets of the connection can be asked for.
    #[cfg(feature = "keylog")]
    pub keeps_secrets: bool,
}

/// The configurations for one `SuiteOffer`. They are made with the context and shared by its
/// connections: rustls keeps one for as long as a connection of TLS 1.3 lives.
#[derive(Clone, Debug)]
struct OfferConfig {
    without_sni: Arc<ClientConfig>,
    with_sni: Arc<ClientConfig>,
}

/// The key exchanges that a ClientHello offers in TLS 1.2, by what is known of the server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SuiteOffer {
    /// To servers that have ECDHE: nothing else, unless ssl_cipher names it.
    #[default]
    Ecdhe,
    /// To servers of which nothing is known, or not that they follow the client's order: ECDHE and
    /// DHE.
    WithDhe,
    /// To MySQL servers of versions that were built without ECDHE too: ECDHE, DHE, and last the
    /// suites that are offered only to detect them. These servers follow the client's order, so that
    /// the last ones are chosen by a server that has nothing else.
    WithUnsupported,
}

/// What all server connections of a context share.
#[derive(Debug)]
pub struct ServerTls {
    pub(super) config: Arc<ServerConfig>,
    pub(super) peer: PeerRules,
    /// TLS 1.2: our CertificateRequest, where rustls writes another.
    pub(super) cert_request: Option<Renumbered>,
}

impl ClientTls {
    /// Makes the configurations of a client context; `same` is one whose settings have the same policy
    /// digest, and whose sessions go on; `dropped` counts sessions that are dropped.
    ///
    /// # Errors
    /// `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`.
    pub fn new(
        settings: &Settings,
        same: Option<&Self>,
        dropped: &Arc<DroppedSessions>,
    ) -> Result<Self, Error> {
        let ids = suites(settings);
        let (mut ecdhe, mut with_unsupported) = (ids.clone(), ids.clone());
        if !settings.suites_narrowed() {
            ecdhe.retain(|id| !crypto::is_dhe(*id));
            with_unsupported
                .extend(crypto::recognised_suites().filter(|_| settings.versions.tls12));
        }
        let provider = client_provider(settings, &with_unsupported);
        let credentials = credentials(settings)?;
        let chain = ChainVerifier::new(settings, &provider)?;
        let peer = PeerRules::new(settings, &chain);
        // This provider has every group, and the algorithms of the three are the same.
        let verifier = PeerVerifier {
            chain,
            pins: settings.pins.clone().into(),
            provider: provider.clone(),
            dh_bits: settings.level.dh_bits(),
        };
        let policy = same.map(|same| same.policy.clone()).unwrap_or_else(|| ClientPolicy {
            verifier: Arc::new(verifier),
            resolver: Arc::new(ClientCertResolver(credentials)),
        });
        let widest = OfferConfig::new(settings, provider, &policy)?;
        // All are one where ssl_cipher or tls_version leaves nothing to choose.
        let config = |suites: &[u16]| match suites == with_unsupported {
            true => Ok(widest.clone()),
            false => OfferConfig::new(settings, client_provider(settings, suites), &policy),
        };
        Ok(Self {
            ecdhe: config(&ecdhe)?,
            with_dhe: config(&ids)?,
            with_unsupported: widest.clone(),
            peer,
            sessions: sessions(settings.session_cache, same, dropped),
            policy,
        })
    }

    /// The sessions of its servers; `None` where none are kept.
    pub fn sessions(&self) -> Option<&Arc<SessionCache>> {
        self.sessions.as_ref()
    }

    pub(super) fn policy(&self) -> &ClientPolicy {
        &self.policy
    }

    pub(super) fn peer(&self) -> PeerRules {
        self.peer
    }

    /// Chooses a connection's configuration, and the name for it. `policy` is the one that a session
    /// which is offered was made under.
    ///
    /// # Errors
    /// `OptionValue` if `sni` is no DNS name.
    pub(super) fn connection(
        &self,
        sni: Option<&str>,
        offer: SuiteOffer,
        policy: &ClientPolicy,
    ) -> Result<(Arc<ClientConfig>, ServerName<'static>), Error> {
        let configs = match offer {
            SuiteOffer::Ecdhe => &self.ecdhe,
            SuiteOffer::WithDhe => &self.with_dhe,
            SuiteOffer::WithUnsupported => &self.with_unsupported,
        };
        let (config, name) = match sni {
            // No SNI for addresses (RFC 6066 section 3).
            Some(sni) if sni.parse::<IpAddr>().is_err() => {
                let invalid = |_| Error::option(Code::OptionValue, "sni", "not a DNS name");
                let name = ServerName::try_from(sni.to_owned()).map_err(invalid)?;
                (&configs.with_sni, name)
            }
            // Nothing reads this name: the verifier compares that of its connection's checks.
            _ => (&configs.without_sni, ServerName::from(IpAddr::from([0, 0, 0, 0]))),
        };
        let is_own = policy.is(&self.policy);
        Ok((if is_own { config.clone() } else { Arc::new(under(policy, config)) }, name))
    }
}

impl SuiteOffer {
    /// Tells the offers apart in a hash: a session of TLS 1.2 is resumed with its suite, which has to be
    /// offered.
    pub fn number(self) -> u8 {
        match self {
            Self::Ecdhe => 0,
            Self::WithDhe => 1,
            Self::WithUnsupported => 2,
        }
    }
}

impl PeerRules {
    fn new(settings: &Settings, chain: &Option<Arc<ChainVerifier>>) -> Self {
        Self {
            verifies_chain: chain.is_some(),
            keeps_chain: settings.keeps_peer_chain,
            awaits_proof: settings.awaits_proof,
            clock: settings.clock,
            max_bytes: settings.max_handshake_bytes,
            #[cfg(feature = "keylog")]
            keeps_secrets: settings.hands_out_secrets,
        }
    }
}

impl OfferConfig {
    fn new(
        settings: &Settings,
        provider: Arc<CryptoProvider>,
        policy: &ClientPolicy,
    ) -> Result<Self, Error> {
        let mut config = ClientConfig::builder_with_details(provider, Arc::new(settings.clock))
            .with_protocol_versions(versions(settings.versions))
            .map_err(no_suite)?
            .dangerous()
            .with_custom_certificate_verifier(policy.verifier.clone())
            .with_client_cert_resolver(policy.resolver.clone());
        // rustls' own store would resume a session for another name, and no verifier would be asked. A
        // session that the host sets comes by ours too. See tests/client_resumption.rs.
        config.resumption = Resumption::store(Arc::new(OfConnection));
        config.enable_secret_extraction = settings.session_cache > 0;
        config.enable_sni = false;
        config.key_log = Arc::new(ToConnection);
        let without_sni = Arc::new(config.clone());
        config.enable_sni = true;
        Ok(Self { without_sni, with_sni: Arc::new(config) })
    }
}

impl ServerTls {
    /// Makes the configuration of a server context, whose reloads share the sessions.
    ///
    /// # Errors
    /// `NoCert`, `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`, `OwnCert`.
    pub fn new(settings: &Settings, sessions: &Arc<ServerSessions>) -> Result<Self, Error> {
        let identity = settings.identity.as_ref().ok_or(Code::NoCert)?;
        let mut suites = suites(settings);
        let mut own = settings.names.iter().map(|named| &named.identity).chain([identity]);
        if !own.any(|own| own.chain.first().is_some_and(|leaf| crypto::rsa_bits(leaf).is_some())) {
            // All DHE suites sign with RSA, and rustls chooses none for another key. It would let them
            // stand in for a missing group.
            suites.retain(|id| !crypto::is_dhe(*id));
        }
        let short_keys = settings.level < Level::Two;
        let provider = crypto::provider(&suites, DhGroup::for_server(), short_keys);
        let provider = crypto::with_own_transcript(provider);
        let chain = ChainVerifier::new(settings, &provider)?;
        let credentials = ServerCertResolver::new(settings)?;
        if settings.verifies_own {
            verify_own(&credentials, chain.as_deref(), settings.clock)?;
        }
        let own_names = credentials.names_digest();
        let peer = PeerRules::new(settings, &chain);
        let verifier =
            PeerVerifier { chain, pins: Arc::default(), provider: provider.clone(), dh_bits: 0 };
        let cert_request = cert_request::message(&verifier.schemes());
        let mut config = ServerConfig::builder_with_details(provider, Arc::new(settings.clock))
            .with_protocol_versions(versions(settings.versions))
            .map_err(no_suite)?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::new(credentials));
        keep_sessions(&mut config, settings, own_names, sessions);
        config.key_log = Arc::new(ToConnection);
        // MySQL 5.7 and MariaDB follow the client's order of suites.
        config.ignore_client_order = settings.profile == Profile::Mysql8;
        Ok(Self { config: Arc::new(config), peer, cert_request })
    }
}

/// Returns the same configuration with another context's verifier and resolver.
fn under(policy: &ClientPolicy, config: &ClientConfig) -> ClientConfig {
    let mut config = config.clone();
    config.dangerous().set_certificate_verifier(policy.verifier.clone());
    config.client_auth_cert_resolver = policy.resolver.clone();
    config
}

/// Returns the cache of so many sessions: that of a set with the same policy, unless that has another
/// bound.
fn sessions(
    most: usize,
    same: Option<&ClientTls>,
    dropped: &Arc<DroppedSessions>,
) -> Option<Arc<SessionCache>> {
    let same = same.and_then(ClientTls::sessions).filter(|cache| cache.most() == most);
    let new = || (most > 0).then(|| Arc::new(SessionCache::new(most, dropped.clone())));
    same.cloned().or_else(new)
}

/// Lets clients resume sessions, or turns that off. rustls checks neither a session's age nor what was
/// verified under which policy: `SessionRules` do (tests/server_resumption.rs).
fn keep_sessions(
    config: &mut ServerConfig,
    settings: &Settings,
    own_names: [u8; 32],
    sessions: &Arc<ServerSessions>,
) {
    let lifetime = settings.session_lifetime;
    if lifetime == 0 {
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        return;
    }
    let (policy, clock) = (settings.policy_digest(), settings.clock);
    let rules = SessionRules { policy, own_names, lifetime, clock };
    let sessions = Arc::new(RuledSessions::new(sessions.clone(), rules));
    config.session_storage = sessions.clone();
    config.ticketer = sessions;
    config.send_tls13_tickets = TLS13_TICKETS;
}

/// As many as OpenSSL's servers send, MySQL's among them.
const TLS13_TICKETS: usize = 2;

/// Verifies our own certificate, as `tls_certificates_enforced_validation` asks for it.
fn verify_own(
    credentials: &ServerCertResolver,
    verifier: Option<&ChainVerifier>,
    clock: Clock,
) -> Result<(), Error> {
    let option = &TLS_CERTIFICATES_ENFORCED_VALIDATION;
    let no_ca = || option.error(Code::OptionValue, "ON needs ssl_ca or ssl_capath to verify with");
    let now = UnixTime::since_unix_epoch(clock.since_1970().unwrap_or_default());
    let verifier = verifier.ok_or_else(no_ca)?;
    credentials.each_chain(|chain| verifier.verify_own(chain, now))
}

/// Loads a client's own certificate, if there is one.
fn credentials(settings: &Settings) -> Result<Option<Credentials>, Error> {
    let identity = settings.identity.as_deref();
    identity.map(|identity| Credentials::new(identity, &settings.issuers)).transpose()
}

/// The provider for a ClientHello with these suites.
fn client_provider(settings: &Settings, suites: &[u16]) -> Arc<CryptoProvider> {
    let dh_groups = DhGroup::for_client(&settings.dh_groups);
    let provider = crypto::provider(suites, dh_groups, settings.level < Level::Two);
    crypto::with_own_transcript(provider)
}

/// The suites in force, of the versions in force.
fn suites(settings: &Settings) -> Vec<u16> {
    let Versions { tls12, tls13 } = settings.versions;
    let usable = settings.suites.iter().filter(|s| if s.is_tls13() { tls13 } else { tls12 });
    usable.map(|suite| suite.id).collect()
}

fn versions(versions: Versions) -> &'static [&'static SupportedProtocolVersion] {
    match versions {
        Versions { tls12: true, tls13: false } => ONLY_12,
        Versions { tls12: false, tls13: true } => ONLY_13,
        _ => BOTH,
    }
}

static ONLY_12: &[&SupportedProtocolVersion] = &[&version::TLS12];
static ONLY_13: &[&SupportedProtocolVersion] = &[&version::TLS13];
static BOTH: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];

fn no_suite(error: rustls::Error) -> Error {
    SSL_CIPHER.error(Code::NoCipher, error.to_string())
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        self.since_1970().map(UnixTime::since_unix_epoch)
    }
}
