//! The status variables by name: MySQL's (T123–T125), and our own.

use crate::config::{
    OptionSpec, Profile, Role, SSL_CA, SSL_CAPATH, SSL_CERT, SSL_CIPHER, SSL_CRL, SSL_CRLPATH,
    SSL_KEY, SSL_SESSION_CACHE_MODE, SSL_SESSION_CACHE_TIMEOUT, Settings, TLS_CIPHERSUITES,
    TLS_VERSION,
};
use crate::tls::{Negotiated, ServerSessions, SessionCounts};
use crate::trust::Certificate;

/// All names: MySQL's in its order, then our own.
pub const NAMES: &[&str] = &[
    "Current_tls_ca",
    "Current_tls_capath",
    "Current_tls_cert",
    "Current_tls_cipher",
    "Current_tls_ciphersuites",
    "Current_tls_crl",
    "Current_tls_crlpath",
    "Current_tls_key",
    "Current_tls_version",
    "Ssl_accept_renegotiates",
    "Ssl_accepts",
    "Ssl_callback_cache_hits",
    "Ssl_cipher",
    "Ssl_cipher_list",
    "Ssl_client_connects",
    "Ssl_connect_renegotiates",
    "Ssl_ctx_verify_depth",
    "Ssl_ctx_verify_mode",
    "Ssl_default_timeout",
    "Ssl_finished_accepts",
    "Ssl_finished_connects",
    "Ssl_server_not_after",
    "Ssl_server_not_before",
    "Ssl_session_cache_hits",
    "Ssl_session_cache_misses",
    "Ssl_session_cache_mode",
    "Ssl_session_cache_overflows",
    "Ssl_session_cache_size",
    "Ssl_session_cache_timeout",
    "Ssl_session_cache_timeouts",
    "Ssl_sessions_reused",
    "Ssl_used_session_cache_entries",
    "Ssl_verify_depth",
    "Ssl_verify_mode",
    "Ssl_version",
    "Tlsql_days_left",
    "Tlsql_policy_digest",
    "Tlsql_verified_from",
    "Tlsql_verified_until",
];

/// The options whose values the contexts of MySQL 8 show, by their variables.
const CURRENT: &[(&str, &OptionSpec)] = &[
    ("Current_tls_ca", &SSL_CA),
    ("Current_tls_capath", &SSL_CAPATH),
    ("Current_tls_cert", &SSL_CERT),
    ("Current_tls_cipher", &SSL_CIPHER),
    ("Current_tls_ciphersuites", &TLS_CIPHERSUITES),
    ("Current_tls_crl", &SSL_CRL),
    ("Current_tls_crlpath", &SSL_CRLPATH),
    ("Current_tls_key", &SSL_KEY),
    ("Current_tls_version", &TLS_VERSION),
];

/// Handshakes that a context's connections began and ended, and a server's sessions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    pub started: u64,
    pub finished: u64,
    /// Of these, those that resumed a session.
    pub resumed: u64,
    /// Client: full ones though a session was offered.
    pub refused: u64,
    /// Client: sessions that are kept, and the bound; `None` where none are.
    pub kept: Option<(usize, usize)>,
    /// Client: sessions that were dropped because their time was past.
    pub timeouts: u64,
    /// Client: sessions that made room for others in a full cache.
    pub overflows: u64,
    /// Of a server's sessions.
    pub sessions: SessionCounts,
}

/// A value for one connection; `negotiated` is `None` where it has no TLS. `None` for an unknown name.
pub fn session(
    name: &str,
    settings: &Settings,
    counters: Counters,
    negotiated: Option<&Negotiated>,
) -> Option<String> {
    let name = find(name)?;
    let value = match (name, negotiated) {
        ("Ssl_cipher", Some(negotiated)) => negotiated.cipher_name().to_owned(),
        ("Ssl_version", Some(negotiated)) => negotiated.version_name().to_owned(),
        ("Ssl_cipher_list", Some(_)) => list(settings),
        ("Ssl_verify_mode", Some(_)) => verify_mode(settings).to_owned(),
        ("Ssl_verify_depth", Some(_)) => NO_DEPTH_LIMIT.to_owned(),
        ("Ssl_default_timeout", Some(_)) => "7200".to_owned(),
        ("Ssl_sessions_reused", _) => {
            u8::from(negotiated.is_some_and(|negotiated| negotiated.resumed)).to_string()
        }
        ("Ssl_server_not_after" | "Ssl_server_not_before", _) => {
            let certificate = match (settings.role, negotiated) {
                // MariaDB looks at the connection, MySQL at the server.
                (Role::Server, None) if settings.profile == Profile::MariaDb => None,
                (Role::Server, Some(negotiated)) if settings.profile == Profile::MariaDb => {
                    own_certificate(settings, negotiated.shown_name)
                }
                (Role::Server, _) => own_certificate(settings, None),
                (Role::Client, _) => negotiated.and_then(Negotiated::peer),
            };
            certificate.map(|certificate| date(name, &certificate)).unwrap_or_default()
        }
        ("Tlsql_verified_from", Some(negotiated)) => negotiated.window.date_from(),
        ("Tlsql_verified_until", Some(negotiated)) => negotiated.window.date_until(),
        ("Ssl_cipher" | "Ssl_version" | "Ssl_cipher_list", None) => String::new(),
        ("Ssl_verify_mode" | "Ssl_verify_depth" | "Ssl_default_timeout", None) => "0".to_owned(),
        _ => return global(name, settings, counters),
    };
    Some(value)
}

/// A value for a whole context. `None` for an unknown name.
pub fn global(name: &str, settings: &Settings, counters: Counters) -> Option<String> {
    let name = find(name)?;
    let server = settings.role == Role::Server;
    let count = |mine: bool, number: u64| if mine { number.to_string() } else { "0".to_owned() };
    Some(match name {
        "Ssl_accepts" => count(server, counters.started),
        "Ssl_finished_accepts" => count(server, counters.finished),
        "Ssl_client_connects" => count(!server, counters.started),
        "Ssl_finished_connects" => count(!server, counters.finished),
        "Ssl_ctx_verify_depth" | "Ssl_ctx_verify_mode" if server && !settings.tls => "0".to_owned(),
        "Ssl_ctx_verify_depth" => NO_DEPTH_LIMIT.to_owned(),
        "Ssl_ctx_verify_mode" => verify_mode(settings).to_owned(),
        "Ssl_session_cache_hits" if !server => counters.resumed.to_string(),
        "Ssl_session_cache_misses" if !server => counters.refused.to_string(),
        "Ssl_session_cache_mode" if counters.kept.is_some() => "CLIENT".to_owned(),
        "Ssl_session_cache_overflows" if !server => counters.overflows.to_string(),
        "Ssl_session_cache_timeouts" if !server => counters.timeouts.to_string(),
        "Ssl_session_cache_size" if !server => kept(counters).1.to_string(),
        "Ssl_used_session_cache_entries" if !server => kept(counters).0.to_string(),
        "Ssl_sessions_reused" => counters.resumed.to_string(),
        "Ssl_used_session_cache_entries" => counters.sessions.entries.to_string(),
        _ if name.starts_with("Ssl_session_cache_") => session_cache(name, settings, counters),
        "Tlsql_days_left" => days_left(settings).map_or_else(String::new, |days| days.to_string()),
        "Tlsql_policy_digest" => settings.policy_digest().to_string(),
        "Ssl_cipher"
        | "Ssl_version"
        | "Ssl_cipher_list"
        | "Tlsql_verified_from"
        | "Tlsql_verified_until" => String::new(),
        "Ssl_server_not_after" | "Ssl_server_not_before" => {
            let certificate = own_certificate(settings, None).filter(|_| server);
            certificate.map(|certificate| date(name, &certificate)).unwrap_or_default()
        }
        _ => match CURRENT.iter().find(|(current, _)| *current == name) {
            Some((_, option)) => settings.text(option).to_owned(),
            // Renegotiation, and a cache behind the server's own: there is none of either.
            None => "0".to_owned(),
        },
    })
}

/// Returns the number of sessions that a client keeps, and the most.
fn kept(counters: Counters) -> (usize, usize) {
    counters.kept.unwrap_or_default()
}

/// A value about the cache of sessions, which counts tickets as OpenSSL does: there is one where a
/// server has TLS (T101).
fn session_cache(name: &str, settings: &Settings, counters: Counters) -> String {
    let there_is_one = settings.role == Role::Server && settings.tls;
    let count = match name {
        "Ssl_session_cache_hits" => counters.resumed,
        "Ssl_session_cache_misses" => counters.sessions.misses,
        "Ssl_session_cache_overflows" => counters.sessions.overflows,
        "Ssl_session_cache_timeouts" => counters.sessions.timeouts,
        "Ssl_session_cache_mode" if !there_is_one => return "NONE".to_owned(),
        "Ssl_session_cache_mode" if settings.text(&SSL_SESSION_CACHE_MODE) == "OFF" => {
            return "OFF".to_owned();
        }
        "Ssl_session_cache_mode" => return "SERVER".to_owned(),
        _ if !there_is_one => 0,
        "Ssl_session_cache_timeout" => return settings.text(&SSL_SESSION_CACHE_TIMEOUT).to_owned(),
        _ => return ServerSessions::CACHE_SIZE.to_string(),
    };
    count.to_string()
}

fn find(name: &str) -> Option<&'static str> {
    NAMES.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}

fn list(settings: &Settings) -> String {
    let names: Vec<&str> = settings.suites.iter().map(|suite| suite.name).collect();
    names.join(":")
}

/// Bits of OpenSSL's verify mode: a server asks once and does not demand (T125).
fn verify_mode(settings: &Settings) -> &'static str {
    match settings.role {
        Role::Server => "5",
        Role::Client if !settings.verifies() => "0",
        Role::Client => "1",
    }
}

fn date(name: &str, certificate: &Certificate) -> String {
    let date = match name {
        "Ssl_server_not_after" => certificate.not_after_text(),
        _ => certificate.not_before_text(),
    };
    date.unwrap_or_default()
}

/// Reads the own certificate of the name at this place, or the one for all other names.
fn own_certificate(settings: &Settings, name: Option<usize>) -> Option<Certificate> {
    let own = settings.shown_identity(name).and_then(|identity| identity.chain.first());
    own.and_then(|der| Certificate::parse(der).ok())
}

/// Returns the whole days until the first of our own certificates expires: 0 on its last day,
/// negative behind it. `None` without a certificate.
fn days_left(settings: &Settings) -> Option<i64> {
    let named = (0..settings.names.len()).map(Some);
    let own = [None].into_iter().chain(named).map(|name| own_certificate(settings, name));
    let end = own.filter_map(|certificate| certificate?.not_after()).min()?;
    end.checked_sub(settings.clock.unix_seconds())?.checked_div_euclid(DAY)
}

/// Seconds.
const DAY: i64 = 86_400;

/// OpenSSL's -1 as MySQL prints it.
const NO_DEPTH_LIMIT: &str = "18446744073709551615";
