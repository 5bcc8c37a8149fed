//! Settings in force, shared by any number of connections.

use std::sync::{Arc, PoisonError, RwLock};

use super::snapshot::{Snapshot, Totals};
use crate::config::{Builder, Role};
use crate::error::Error;
use crate::status;

/// Made of a builder; cheap to clone and share.
#[derive(Clone, Debug)]
pub struct Context(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    role: Role,
    /// The lock is taken when a connection is made and when the context
    /// itself is asked, never in traffic.
    current: RwLock<Snapshot>,
}

impl Context {
    /// Puts a builder's settings in force.
    ///
    /// # Errors
    /// `NotLoaded`, `NoCa`, `NoCert`, `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`,
    /// `OwnCert`.
    pub fn new(builder: &Builder) -> Result<Self, Error> {
        let current = RwLock::new(Snapshot::new(builder, Arc::new(Totals::default()))?);
        Ok(Self(Arc::new(Shared { role: builder.role(), current })))
    }

    /// The fault after which a server went on without TLS (`tlsql_on_config_error`); see
    /// `Builder::note_fault`.
    pub fn fault(&self) -> Option<Error> {
        self.snapshot().settings().fault.clone()
    }

    /// `have_ssl`.
    pub fn has_tls(&self) -> bool {
        self.snapshot().settings().tls
    }

    pub fn role(&self) -> Role {
        self.0.role
    }

    /// An option's value in force, by its MySQL name.
    pub fn value(&self, name: &str) -> Option<String> {
        self.snapshot().settings().value(name).map(str::to_owned)
    }

    /// A status value that is global.
    pub fn status(&self, name: &str) -> Option<String> {
        let snapshot = self.snapshot();
        status::global(name, snapshot.settings(), snapshot.counters())
    }

    /// Returns what a connection that is made now keeps.
    pub(super) fn snapshot(&self) -> Snapshot {
        // Nothing that can panic runs while the lock is held for writing, but for what makes errors.
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
