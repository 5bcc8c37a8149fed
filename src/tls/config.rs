//! rustls configurations made of our settings.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::server::NoServerSessionStorage;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ServerConfig, SupportedProtocolVersion, version};
use rustls_pki_types::{ServerName, UnixTime};

use super::chain::Chains;
use super::credentials::{Answer, Own};
use super::verifier::{Peer, Verdict};
use crate::config::{Pin, Profile, Settings, Versions};
use crate::crypto::{self, DhGroup};
use crate::error::{Code, Error};
use crate::trust::{Level, Name};

/// What all client connections of a context share.
#[derive(Debug)]
pub struct ClientTls {
    usual: Offer,
    /// For old servers: with DHE, which servers that have ECDHE are not told of unless ssl_cipher
    /// names it, and with the suites that are only recognised.
    old: Offer,
    own: Option<Arc<Own>>,
    chain: Option<Arc<Chains>>,
    pins: Arc<[Pin]>,
    dh_bits: u32,
}

/// What a ClientHello offers.
#[derive(Clone, Debug)]
struct Offer {
    base: ClientConfig,
    provider: Arc<CryptoProvider>,
}

/// What the greeting tells about a server's TLS library.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Server {
    HasEcdhe,
    MayLackEcdhe,
}

/// What all server connections of a context share.
#[derive(Debug)]
pub struct ServerTls {
    own: Arc<Own>,
    chain: Option<Arc<Chains>>,
    provider: Arc<CryptoProvider>,
    versions: &'static [&'static SupportedProtocolVersion],
    clock: Arc<dyn TimeProvider>,
    /// Our order of suites decides, not the client's.
    prefers_own_suites: bool,
}

impl ClientTls {
    /// # Errors
    /// `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let ids = suites(settings);
        let (old, usual) = if settings.chose("ssl_cipher") {
            let offer = Offer::new(settings, &ids)?;
            (offer.clone(), offer)
        } else {
            let more = crypto::recognised_suites().filter(|_| settings.versions.tls12);
            let old: Vec<u16> = ids.iter().copied().chain(more).collect();
            let usual: Vec<u16> = ids.into_iter().filter(|id| !crypto::is_dhe(*id)).collect();
            (Offer::new(settings, &old)?, Offer::new(settings, &usual)?)
        };
        let own = settings.identity.as_ref().map(Own::new).transpose()?.map(Arc::new);
        let chain = Chains::new(settings, &usual.provider)?;
        let (pins, dh_bits) = (settings.pins.clone().into(), settings.level.dh_bits());
        Ok(Self { usual, old, own, chain, pins, dh_bits })
    }

    pub(super) fn verifies_chain(&self) -> bool {
        self.chain.is_some()
    }

    /// One connection's configuration. The name is checked inside the handshake, before our
    /// certificate or Finished leaves.
    pub(super) fn connection(
        &self,
        name: Option<Name>,
        sni: Option<&str>,
        server: Server,
    ) -> Result<(Arc<ClientConfig>, ServerName<'static>, Arc<Verdict>), Error> {
        let verdict = Arc::new(Verdict::default());
        let Offer { base: mut config, provider } = match server {
            Server::HasEcdhe => self.usual.clone(),
            Server::MayLackEcdhe => self.old.clone(),
        };
        let answer = Answer { own: self.own.clone(), verdict: verdict.clone() };
        config.client_auth_cert_resolver = Arc::new(answer);
        config.dangerous().set_certificate_verifier(Arc::new(Peer {
            chain: self.chain.clone(),
            name,
            pins: self.pins.clone(),
            provider,
            dh_bits: self.dh_bits,
            verdict: verdict.clone(),
        }));
        let placeholder = ServerName::from(std::net::IpAddr::from([0, 0, 0, 0]));
        let server_name = match sni {
            // No SNI for addresses (RFC 6066 section 3).
            Some(sni) if sni.parse::<std::net::IpAddr>().is_err() => {
                config.enable_sni = true;
                let invalid = |_| Error::option(Code::OptionValue, "sni", "not a DNS name");
                ServerName::try_from(sni.to_owned()).map_err(invalid)?
            }
            _ => placeholder,
        };
        Ok((Arc::new(config), server_name, verdict))
    }
}

impl Offer {
    fn new(settings: &Settings, suites: &[u16]) -> Result<Self, Error> {
        let dh_groups = DhGroup::for_client(&settings.dh_groups);
        let provider = crypto::provider(suites, dh_groups, settings.level < Level::Two);
        let unverified = Peer {
            chain: None,
            name: None,
            pins: Arc::default(),
            provider: provider.clone(),
            dh_bits: settings.level.dh_bits(),
            verdict: Arc::default(),
        };
        let builder = ClientConfig::builder_with_details(provider.clone(), clock(settings))
            .with_protocol_versions(versions(settings.versions))
            .map_err(no_suite)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(unverified));
        let mut base = builder.with_no_client_auth();
        // A verifier for each connection and a session cache do not go together in rustls 0.23.
        base.resumption = Resumption::disabled();
        base.enable_sni = false;
        Ok(Self { base, provider })
    }
}

impl ServerTls {
    /// # Errors
    /// `NoCert`, `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let identity = settings.identity.as_ref().ok_or(Code::NoCert)?;
        let mut suites = suites(settings);
        if identity.chain.first().is_none_or(|leaf| crypto::rsa_bits(leaf).is_none()) {
            // All DHE suites sign with RSA. rustls would let them stand in for a missing group.
            suites.retain(|id| !crypto::is_dhe(*id));
        }
        let short_keys = settings.level < Level::Two;
        let provider = crypto::provider(&suites, DhGroup::for_server(), short_keys);
        let chain = Chains::new(settings, &provider)?;
        let own = Arc::new(Own::new(identity)?);
        let (versions, clock) = (versions(settings.versions), clock(settings));
        // Section 4.6: MySQL 5.7 and MariaDB follow the client.
        let prefers_own_suites = settings.profile == Profile::Mysql8;
        let made = Self { own, chain, provider, versions, clock, prefers_own_suites };
        // Settings that no connection could use are refused now.
        made.connection()?;
        Ok(made)
    }

    pub(super) fn verifies_chain(&self) -> bool {
        self.chain.is_some()
    }

    pub(super) fn connection(&self) -> Result<(Arc<ServerConfig>, Arc<Verdict>), Error> {
        let verdict = Arc::new(Verdict::default());
        let peer = Peer {
            chain: self.chain.clone(),
            name: None,
            pins: Arc::default(),
            provider: self.provider.clone(),
            dh_bits: 0,
            verdict: verdict.clone(),
        };
        let builder = ServerConfig::builder_with_details(self.provider.clone(), self.clock.clone());
        let mut config = builder
            .with_protocol_versions(self.versions)
            .map_err(no_suite)?
            .with_client_cert_verifier(Arc::new(peer))
            .with_cert_resolver(self.own.clone());
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.ignore_client_order = self.prefers_own_suites;
        Ok((Arc::new(config), verdict))
    }
}

/// Those of the versions that may be used.
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
    Error::option(Code::NoCipher, "ssl_cipher", error.to_string())
}

fn clock(settings: &Settings) -> Arc<dyn TimeProvider> {
    match settings.clock {
        Some(seconds) => Arc::new(Fixed(seconds)),
        None => Arc::new(System),
    }
}

/// The system's clock; a handshake fails where it stands before 1970.
#[derive(Debug)]
struct System;

impl TimeProvider for System {
    fn current_time(&self) -> Option<UnixTime> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        Some(UnixTime::since_unix_epoch(since))
    }
}

#[derive(Debug)]
struct Fixed(u64);

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0)))
    }
}
