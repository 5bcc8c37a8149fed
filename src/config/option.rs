//! The options by MySQL's names.

use super::Role;
use crate::trust::Level;

/// One option. Names have underscores here; `-` and `_` are equal to a caller.
#[derive(Debug)]
pub struct Spec {
    pub name: &'static str,
    pub client: bool,
    pub server: bool,
    pub kind: Kind,
    /// What is in force when it is not set.
    pub default: &'static str,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Mode,
    Switch,
    Path,
    /// A directory of files with hashed names.
    Directory,
    Fingerprints,
    Level,
    Versions,
    Ciphers,
    Profile,
}

/// All options.
pub const ALL: &[Spec] = &[
    Spec { name: "ssl_mode", client: true, server: false, kind: Kind::Mode, default: "PREFERRED" },
    Spec { name: "ssl", client: false, server: true, kind: Kind::Switch, default: "ON" },
    both("ssl_ca", Kind::Path, ""),
    both("ssl_capath", Kind::Directory, ""),
    both("ssl_cert", Kind::Path, ""),
    both("ssl_key", Kind::Path, ""),
    both("ssl_cipher", Kind::Ciphers, ""),
    both("ssl_crl", Kind::Path, ""),
    both("ssl_crlpath", Kind::Directory, ""),
    both("tls_version", Kind::Versions, "TLSv1.2,TLSv1.3"),
    Spec {
        name: "require_secure_transport",
        client: false,
        server: true,
        kind: Kind::Switch,
        default: "OFF",
    },
    // MariaDB's names (section 3.7).
    client("ssl_fp", Kind::Fingerprints, ""),
    client("ssl_fplist", Kind::Path, ""),
    both("tlsql_profile", Kind::Profile, "mysql57"),
    both("tlsql_security_level", Kind::Level, "2"),
    both("tlsql_strict", Kind::Switch, "OFF"),
    client("tlsql_peer_proof", Kind::Switch, "OFF"),
    client("tlsql_dh_params", Kind::Path, ""),
];

const fn client(name: &'static str, kind: Kind, default: &'static str) -> Spec {
    Spec { name, client: true, server: false, kind, default }
}

const fn both(name: &'static str, kind: Kind, default: &'static str) -> Spec {
    Spec { name, client: true, server: true, kind, default }
}

impl Kind {
    /// The value names what `load_files` reads.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Path | Self::Directory)
    }
}

/// The option of this name that `role` has.
pub fn find(role: Role, name: &str) -> Option<&'static Spec> {
    let name = name.replace('-', "_");
    ALL.iter().find(|spec| {
        spec.name == name
            && match role {
                Role::Client => spec.client,
                Role::Server => spec.server,
            }
    })
}

/// OpenSSL's security levels that are known.
pub fn level(value: &str) -> Option<Level> {
    match value {
        "0" => Some(Level::Zero),
        "1" => Some(Level::One),
        "2" => Some(Level::Two),
        _ => None,
    }
}

/// MySQL's spellings of a boolean.
pub fn switch(value: &str) -> Option<bool> {
    match value.to_ascii_uppercase().as_str() {
        "1" | "ON" | "TRUE" => Some(true),
        "0" | "OFF" | "FALSE" => Some(false),
        _ => None,
    }
}
