//! Settings in force, shared by any number of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::{Builder, Role, Settings};
use crate::error::Error;
use crate::status::Counters;
use crate::tls::{ClientTls, ServerTls};

/// Made once of a builder; cheap to clone and share.
#[derive(Clone, Debug)]
pub struct Context(pub(super) Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    pub settings: Settings,
    pub tls: Tls,
    pub counters: Totals,
}

/// What the settings allow of TLS.
#[derive(Debug)]
pub(super) enum Tls {
    Off,
    Client(Box<ClientTls>),
    Server(ServerTls),
}

/// Handshakes of all connections of a context.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub started: AtomicU64,
    pub finished: AtomicU64,
}

impl Context {
    /// # Errors
    /// `NotLoaded`, `NoCa`, `NoCert`, `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`.
    pub fn new(builder: &Builder) -> Result<Self, Error> {
        let settings = Settings::of(builder)?;
        let tls = match (settings.tls, settings.role) {
            (false, _) => Tls::Off,
            (true, Role::Client) => {
                let made = ClientTls::new(&settings).map_err(|e| settings.locate(e));
                Tls::Client(Box::new(made?))
            }
            (true, Role::Server) => {
                Tls::Server(ServerTls::new(&settings).map_err(|e| settings.locate(e))?)
            }
        };
        Ok(Self(Arc::new(Shared { settings, tls, counters: Totals::default() })))
    }

    /// `have_ssl`.
    pub fn has_tls(&self) -> bool {
        self.0.settings.tls
    }

    pub fn role(&self) -> Role {
        self.0.settings.role
    }

    /// An option's value in force, by its MySQL name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.settings.value(name)
    }

    /// A `Ssl_*` status value that is global.
    pub fn status(&self, name: &str) -> Option<String> {
        crate::status::global(name, &self.0.settings, self.counters())
    }

    pub(super) fn counters(&self) -> Counters {
        let totals = &self.0.counters;
        Counters {
            started: totals.started.load(Ordering::Relaxed),
            finished: totals.finished.load(Ordering::Relaxed),
        }
    }
}
