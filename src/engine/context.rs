//! Settings in force, shared by any number of connections.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::snapshot::Snapshot;
use crate::config::{Builder, Role};
use crate::error::{Code, Error};
use crate::status;
use crate::trust::Store;

/// Made of a builder; cheap to clone and share.
#[derive(Clone, Debug)]
pub struct Context(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    role: Role,
    /// Replaced whole by a reload. The lock is taken when a connection is made and when the context
    /// itself is asked, never in traffic.
    current: RwLock<Snapshot>,
    /// Taken for the whole of a reload, so that what is judged by the settings in force is put in force
    /// in their place. Has the CAs and lists of before while a connection may have them: the last one
    /// that ends would take long to free them.
    reload: Mutex<Vec<Arc<Store>>>,
}

/// How `Context::reload` treats what it would refuse.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reload {
    /// Other values of options are put in force too.
    pub options: bool,
    /// A set that cannot be used turns a server's TLS off for new connections.
    pub no_rollback: bool,
}

impl Context {
    /// Puts a builder's settings in force. Without TLS the builder has the notes on it.
    ///
    /// # Errors
    /// Those of `Builder::load_files` if the builder's last call of it failed; `NotLoaded`, `NoCa`,
    /// `NoCert`, `Pem`, `Crl`, `KeyForm`, `KeyMismatch`, `NoCipher`, `OwnCert`.
    pub fn new(builder: &Builder) -> Result<Self, Error> {
        builder.check_loaded()?;
        let current = Snapshot::new(builder)?;
        let settings = current.settings();
        if !settings.tls {
            builder.note_no_tls(settings.fault.as_ref());
        }
        Ok(Self(Arc::new(Shared {
            role: builder.role(),
            current: RwLock::new(current),
            reload: Mutex::default(),
        })))
    }

    /// Puts a builder's settings in force for connections that are made from now on; those that are
    /// there keep theirs. Counters go on. A failure leaves the context as it was, but one that
    /// `is_warning`: TLS is off then (`Reload::no_rollback`).
    ///
    /// # Errors
    /// `Argument` for a builder of the other role, and for a client without a rollback; those of
    /// `Builder::load_files` if the builder's last call of it failed, and of `new`; `Crl` for a list
    /// that does not hold now; `OptionValue` with the name of an option that has another
    /// value, if not `options`, and for a client's lower `ssl_mode`; `NoCert`, `NoCa` and `Crl` where
    /// what was there is missing.
    pub fn reload(&self, builder: &Builder, how: Reload) -> Result<(), Error> {
        if builder.role() != self.role() {
            return Err(Error::detail(Code::Argument, "the builder is one of the other role"));
        }
        if how.no_rollback && self.role() == Role::Client {
            let why = "a client's TLS is not turned off: its mode is never lowered";
            return Err(Error::detail(Code::Argument, why));
        }
        let mut before = self.0.reload.lock().unwrap_or_else(PoisonError::into_inner);
        drop(take_unused(&mut before));
        let result = match self.new_set(builder) {
            Ok(set) => {
                let judged = builder.check_lists(set.settings(), self.snapshot().settings());
                judged.and_then(|()| {
                    // A set that is refused is freed once nobody waits for the settings in force.
                    self.replace(&mut before, |current| {
                        set.settings().check_reload(current.settings(), how.options)?;
                        Ok(set.clone())
                    })
                })
            }
            Err(error) if how.no_rollback && !builder.is_unfinished(&error) => self
                .replace(&mut before, |current| {
                    // As for a set that can be used: files of other options turn nothing off.
                    if !how.options {
                        current.settings().check_same_options(builder)?;
                    }
                    Ok(current.without_tls())
                })
                .and(Err(error.as_warning())),
            Err(error) => Err(error),
        };
        result.map_err(|error| if self.role() == Role::Server { error.in_reload() } else { error })
    }

    fn new_set(&self, builder: &Builder) -> Result<Snapshot, Error> {
        builder.check_loaded()?;
        let current = self.snapshot();
        let explain = |error| current.settings().explain_missing_ca(error);
        let set = current.next(builder).map_err(explain)?;
        // A server that may start without TLS does not lose it here.
        if let Some(fault) = &set.settings().fault {
            return Err(fault.clone());
        }
        Ok(set)
    }

    /// OPENS FILES: whether a file or directory that was read for the settings in force has other
    /// metadata now, or is behind a link that leads elsewhere; always while a reload without a rollback
    /// keeps TLS off. Frees what no connection has any more of settings that a reload replaced.
    pub fn files_changed(&self) -> bool {
        // Freed once the lock is, for which a reload may wait.
        let unused = self.0.reload.try_lock().map(|mut before| take_unused(&mut before));
        drop(unused);
        self.snapshot().files_changed()
    }

    /// The fault after which a server went on without TLS (`tlsql_on_config_error`), which the
    /// builder has notes on.
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

    /// Sets the keys of a server's session tickets, 48 random bytes each. Servers that have the same
    /// ones resume each other's sessions; tickets of the previous key are taken, and new ones are made
    /// with the current one. From now on the library changes no key by itself.
    ///
    /// # Errors
    /// `Argument` for a client, and for keys of another length or all zeros; nothing is changed then.
    pub fn set_ticket_keys(&self, current: &[u8], previous: Option<&[u8]>) -> Result<(), Error> {
        if self.role() != Role::Server {
            return Err(Error::detail(Code::Argument, "a client makes no tickets"));
        }
        self.snapshot().totals().sessions().set_keys(current, previous)
    }

    /// Returns what a connection that is made now keeps.
    pub(super) fn snapshot(&self) -> Snapshot {
        // Nothing that can panic runs while the lock is held for writing, but for what makes errors.
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the settings in force.
    fn replace(
        &self,
        before: &mut Vec<Arc<Store>>,
        make: impl FnOnce(&Snapshot) -> Result<Snapshot, Error>,
    ) -> Result<(), Error> {
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        let new = make(&current)?;
        let old = std::mem::replace(&mut *current, new);
        // Nobody waits while we free it.
        drop(current);
        if let Some(store) = &old.settings().trust {
            // The same one again, where the policy is the same.
            before.retain(|other| !Arc::ptr_eq(other, store));
            before.push(store.clone());
        }
        drop(old);
        drop(take_unused(before));
        Ok(())
    }
}

/// Returns what nobody else has, to be freed.
fn take_unused(before: &mut Vec<Arc<Store>>) -> Vec<Arc<Store>> {
    let all = std::mem::take(before).into_iter();
    let (used, unused) = all.partition(|store| Arc::strong_count(store) > 1);
    *before = used;
    unused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Conn;

    /// It takes long: a connection would wait for it.
    #[test]
    fn no_connection_frees_the_cas_of_before() {
        let first: &[u8] = include_bytes!("../../tests/data/refusals/ca.pem");
        let second: &[u8] = include_bytes!("../../tests/data/mysql-auto/ca.pem");
        let builder = |ca| {
            let mut builder = Builder::new(Role::Client);
            builder.add_ca(ca).unwrap();
            builder
        };
        let context = Context::new(&builder(first)).unwrap();
        let reload = |ca| {
            let old = context.snapshot().settings().trust.as_ref().map(Arc::downgrade).unwrap();
            context.reload(&builder(ca), Reload::default()).unwrap();
            old
        };
        assert!(reload(second).upgrade().is_none(), "no connection had it");
        let conn = Conn::new(&context);
        let old = reload(first);
        context.files_changed();
        drop(conn);
        assert!(old.upgrade().is_some());
        context.files_changed();
        assert!(old.upgrade().is_none());
        let conn = Conn::new(&context);
        let old = reload(second);
        drop(conn);
        assert!(old.upgrade().is_some());
        context.reload(&Builder::new(Role::Client), Reload::default()).unwrap_err();
        assert!(old.upgrade().is_none(), "a reload that is refused frees it too");
        let conn = Conn::new(&context);
        let old = reload(first);
        drop(conn);
        (0..10).for_each(|_| drop(reload(first)));
        assert!(old.upgrade().is_none());
        assert_eq!(context.0.reload.lock().unwrap().len(), 1, "what is in force");
    }
}
