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
    CipherList,
    CipherSuites,
    Profile,
    /// What SNI can carry.
    ServerName,
    /// At most a day.
    Seconds,
    /// About resumption, which is not there yet: no value can be honoured.
    Session,
}

/// All options.
pub const ALL: &[Spec] = &[
    Spec { name: "ssl_mode", client: true, server: false, kind: Kind::Mode, default: "PREFERRED" },
    both("ssl", Kind::Switch, "ON"),
    client("ssl_verify_server_cert", Kind::Switch, "OFF"),
    both("ssl_ca", Kind::Path, ""),
    both("ssl_capath", Kind::Directory, ""),
    both("ssl_cert", Kind::Path, ""),
    both("ssl_key", Kind::Path, ""),
    both("ssl_cipher", Kind::CipherList, ""),
    both("ssl_crl", Kind::Path, ""),
    both("ssl_crlpath", Kind::Directory, ""),
    both("tls_version", Kind::Versions, "TLSv1.2,TLSv1.3"),
    both("tls_ciphersuites", Kind::CipherSuites, TLS13),
    client("tls_sni_servername", Kind::ServerName, ""),
    server("require_secure_transport", Kind::Switch, "OFF"),
    server("ssl_session_cache_mode", Kind::Switch, "OFF"),
    server("ssl_session_cache_timeout", Kind::Seconds, "300"),
    client("ssl_session_data", Kind::Session, ""),
    client("ssl_session_data_continue_on_failed_reuse", Kind::Session, ""),
    // MariaDB's names (section 3.7).
    client("ssl_fp", Kind::Fingerprints, ""),
    client("ssl_fplist", Kind::Path, ""),
    both("tlsql_profile", Kind::Profile, "mysql57"),
    both("tlsql_security_level", Kind::Level, "2"),
    both("tlsql_strict", Kind::Switch, "OFF"),
    client("tlsql_peer_proof", Kind::Switch, "OFF"),
    client("tlsql_dh_params", Kind::Path, ""),
];

/// All suites of TLS 1.3 that this build has.
const TLS13: &str = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";

const fn client(name: &'static str, kind: Kind, default: &'static str) -> Spec {
    Spec { name, client: true, server: false, kind, default }
}

const fn server(name: &'static str, kind: Kind, default: &'static str) -> Spec {
    Spec { name, client: false, server: true, kind, default }
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

/// Seconds, up to the day that MySQL allows.
pub fn seconds(value: &str) -> Option<u32> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|seconds| is_number && *seconds <= 86_400)
}

pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Zero => "0",
        Level::One => "1",
        Level::Two => "2",
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
