//! What was in force when a connection was made, which it keeps to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::{Builder, Role, Settings};
use crate::error::Error;
use crate::fs::Watch;
use crate::status::Counters;
use crate::tls::{ClientTls, ServerTls};

/// Settings, and what was made of them; never changed, and cheap to clone.
#[derive(Clone, Debug)]
pub struct Snapshot(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    settings: Settings,
    tls: TlsConfig,
    /// The files that the settings came from.
    files: Watch,
    /// Those of the context, which all its snapshots share.
    totals: Arc<Totals>,
}

/// What the settings allow of TLS.
#[derive(Debug)]
pub enum TlsConfig {
    Off,
    Client(Box<ClientTls>),
    Server(ServerTls),
}

/// Handshakes of all connections of a context.
#[derive(Debug, Default)]
pub struct Totals {
    started: AtomicU64,
    finished: AtomicU64,
}

impl Snapshot {
    /// # Errors
    /// `NotLoaded`, `NoCa`, `NoCert`, `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`,
    /// `OwnCert`.
    pub fn new(builder: &Builder, totals: Arc<Totals>) -> Result<Self, Error> {
        let settings = Settings::of(builder)?;
        let (settings, tls) = match TlsConfig::new(&settings) {
            Ok(tls) => (settings, tls),
            Err(error) => (Settings::without_tls(builder, settings.locate(error))?, TlsConfig::Off),
        };
        Ok(Self(Arc::new(Parts { settings, tls, files: builder.files().clone(), totals })))
    }

    /// Returns a server's settings with TLS off; the same files are watched.
    pub fn without_tls(&self) -> Self {
        let Parts { settings, files, totals, .. } = &*self.0;
        let (settings, tls) = (settings.with_tls_off(), TlsConfig::Off);
        Self(Arc::new(Parts { settings, tls, files: files.clone(), totals: totals.clone() }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub fn tls(&self) -> &TlsConfig {
        &self.0.tls
    }

    /// OPENS FILES: whether a file or directory that was read is another now.
    pub fn files_changed(&self) -> bool {
        self.0.files.changed().is_some()
    }

    pub fn counters(&self) -> Counters {
        self.0.totals.counters()
    }

    pub fn totals(&self) -> &Arc<Totals> {
        &self.0.totals
    }
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

impl Totals {
    /// Counts a handshake that begins.
    pub fn count_start(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a handshake that is done.
    pub fn count_finish(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    fn counters(&self) -> Counters {
        Counters {
            started: self.started.load(Ordering::Relaxed),
            finished: self.finished.load(Ordering::Relaxed),
        }
    }
}
