//! Settings in force, shared by any number of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::{Builder, Role, Settings};
use crate::error::Error;
use crate::status::{self, Counters};
use crate::tls::{ClientTls, ServerTls};

/// Made once of a builder; cheap to clone and share.
#[derive(Clone, Debug)]
pub struct Context(Arc<Snapshot>);

#[derive(Debug)]
struct Snapshot {
    settings: Settings,
    tls: TlsConfig,
    counters: Totals,
}

/// What the settings allow of TLS.
#[derive(Debug)]
pub(super) enum TlsConfig {
    Off,
    Client(Box<ClientTls>),
    Server(ServerTls),
}

impl TlsConfig {
    fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(match (settings.tls, settings.role) {
            (false, _) => Self::Off,
            (true, Role::Client) => Self::Client(Box::new(ClientTls::new(settings)?)),
            (true, Role::Server) => Self::Server(ServerTls::new(settings)?),
        })
    }
}

/// Handshakes of all connections of a context.
#[derive(Debug, Default)]
struct Totals {
    started: AtomicU64,
    finished: AtomicU64,
}

impl Context {
    /// Puts a builder's settings in force.
    ///
    /// # Errors
    /// `NotLoaded`, `NoCa`, `NoCert`, `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`,
    /// `OwnCert`.
    pub fn new(builder: &Builder) -> Result<Self, Error> {
        let settings = Settings::of(builder)?;
        let (settings, tls) = match TlsConfig::new(&settings) {
            Ok(tls) => (settings, tls),
            Err(error) => (Settings::without_tls(builder, settings.locate(error))?, TlsConfig::Off),
        };
        Ok(Self(Arc::new(Snapshot { settings, tls, counters: Totals::default() })))
    }

    /// The fault after which a server went on without TLS (`tlsql_on_config_error`); see
    /// `Builder::note_fault`.
    pub fn fault(&self) -> Option<&Error> {
        self.settings().fault.as_ref()
    }

    /// `have_ssl`.
    pub fn has_tls(&self) -> bool {
        self.settings().tls
    }

    pub fn role(&self) -> Role {
        self.settings().role
    }

    /// An option's value in force, by its MySQL name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.settings().value(name)
    }

    /// A status value that is global.
    pub fn status(&self, name: &str) -> Option<String> {
        status::global(name, self.settings(), self.counters())
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn tls(&self) -> &TlsConfig {
        &self.0.tls
    }

    /// Counts a handshake that begins.
    pub(super) fn count_start(&self) {
        self.0.counters.started.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a handshake that is done.
    pub(super) fn count_finish(&self) {
        self.0.counters.finished.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counters(&self) -> Counters {
        let totals = &self.0.counters;
        Counters {
            started: totals.started.load(Ordering::Relaxed),
            finished: totals.finished.load(Ordering::Relaxed),
        }
    }
}
