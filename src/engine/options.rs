//! What the host says about one connection before it begins.

use crate::config::{Role, Transport};
use crate::error::{Code, Error};
use crate::text::quoted;
use crate::tls::{self, Place, SetSession};
use crate::trust::Name;

/// The options of a connection: host, port, transport, verify_name, sni.
#[derive(Debug, Default)]
pub struct ConnOptions {
    host: Option<Box<str>>,
    port: Option<u16>,
    transport: Transport,
    verify_name: Option<Box<str>>,
    sni: Option<Box<str>>,
    /// The session that the host sets.
    pub session: Option<Box<SetSession>>,
    /// The connection has begun. It outlives every phase, so it stands here and not in a state.
    is_frozen: bool,
}

impl ConnOptions {
    /// Sets one option.
    ///
    /// # Errors
    /// `State` once the connection has begun, `OptionName`, `OptionValue`.
    pub fn set(&mut self, role: Role, name: &str, value: &str) -> Result<(), Error> {
        if self.is_frozen {
            return Err(Error::option(Code::State, &name.replace('-', "_"), BEGUN));
        }
        let known = name.replace('-', "_");
        match known.as_str() {
            "host" => self.host = Some(server_name(name, value)?),
            "port" => {
                let why = || format!("{} is no port number", quoted(value));
                self.port = Some(value.parse().map_err(|_| refused(name, &why()))?);
            }
            "transport" => {
                let known = "tcp, unix, shared-memory, named-pipe";
                let why = || format!("{} is none of {known}", quoted(value));
                self.transport = Transport::parse(value).ok_or_else(|| refused(name, &why()))?;
            }
            "verify_name" if role == Role::Client => {
                self.verify_name = Some(server_name(name, value)?);
            }
            "sni" if role == Role::Client => {
                let value = filled(name, value)?;
                if !tls::is_dns_name(value) {
                    return Err(refused(name, "not a DNS name"));
                }
                self.sni = Some(value.into());
            }
            _ => return Err(unknown(role, name)),
        }
        Ok(())
    }

    /// From now on nothing can be set.
    pub fn freeze(&mut self) {
        self.is_frozen = true;
    }

    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The name that VERIFY_IDENTITY compares with the certificate.
    pub fn reference_name(&self) -> Option<Name> {
        let local = self.transport.is_local().then_some("localhost");
        let name = self.verify_name.as_deref().or(self.host.as_deref()).or(local);
        name.and_then(Name::parse)
    }

    pub fn sni(&self) -> Option<&str> {
        self.sni.as_deref()
    }

    /// Where the server is, as far as that tells servers apart; `None` for TCP without a host.
    pub fn place(&self) -> Option<Place<'_>> {
        let local = self.transport.is_local().then_some("");
        let host = self.host.as_deref().or(local)?;
        Some(Place { host, port: self.port, transport: self.transport })
    }

    /// Whether options can still be set.
    pub fn is_frozen(&self) -> bool {
        self.is_frozen
    }

    /// The server that the host connected to, for messages.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The port that the host connected to, for messages.
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

/// Why nothing can be set any more.
pub const BEGUN: &str = "the connection has begun; set this before its first step and its first \
                         tlsql_client_ or tlsql_server_ call";

/// Takes a value that is neither empty nor has a NUL.
fn filled<'a>(name: &str, value: &'a str) -> Result<&'a str, Error> {
    match value {
        "" => Err(refused(name, "empty")),
        value if value.contains('\0') => Err(refused(name, "a NUL byte in it")),
        value => Ok(value),
    }
}

/// Takes a host name or an address, as a certificate is compared with it.
fn server_name(name: &str, value: &str) -> Result<Box<str>, Error> {
    if value.starts_with('[') {
        return Err(refused(name, "an address has no brackets here"));
    }
    let value = filled(name, value)?;
    // What is neither empty nor has a NUL.
    let why = "a name that starts with a dot would stand for all names below it";
    Name::parse(value).map(|_| value.into()).ok_or_else(|| refused(name, why))
}

fn unknown(role: Role, name: &str) -> Error {
    let (what, has) = match role {
        Role::Client => ("client", "host, port, transport, verify_name, sni"),
        Role::Server => ("server", "host, port, transport"),
    };
    Error::option(Code::OptionName, name, format!("a connection of a {what} has {has}"))
        .with_hint("Other options are set for all connections, by tlsql_builder_set().")
}

fn refused(name: &str, why: &str) -> Error {
    Error::option(Code::OptionValue, name, why)
}
