//! MySQL's error numbers that the upgrade sends, receives or reports, by their MySQL names.
//!
//! Numbers of the error table are columns there (`error/table.rs`, which uses no other module).
//!
//! # Source
//! MySQL 8.0 Error Reference: server errors (ER_, from 1000) and client errors (CR_, from 2000).

/// "Too many connections": in place of a greeting, when max_connections are in use.
pub const ER_CON_COUNT_ERROR: u16 = 1040;

/// "Bad handshake": the server could not read a packet of the login, or TLS failed.
pub const ER_HANDSHAKE_ERROR: u16 = 1043;

/// "Access denied for user '%s'@'%s' (using password: %s)".
pub const ER_ACCESS_DENIED_ERROR: u16 = 1045;

/// "Unknown error": for failures that MySQL has no number for.
pub const ER_UNKNOWN_ERROR: u16 = 1105;

/// "Host '%s' is blocked because of many connection errors": in place of a greeting.
pub const ER_HOST_IS_BLOCKED: u16 = 1129;

/// "Host '%s' is not allowed to connect to this MySQL server": in place of a greeting.
pub const ER_HOST_NOT_PRIVILEGED: u16 = 1130;

/// "Got packets out of order": a packet without the sequence number that follows the last one.
pub const ER_NET_PACKETS_OUT_OF_ORDER: u16 = 1156;

/// "Access denied for user '%s'@'%s'": as 1045, from a server that says nothing of a password.
pub const ER_ACCESS_DENIED_NO_PASSWORD_ERROR: u16 = 1698;

/// "Lost connection to MySQL server": what client libraries report when a connection ends early,
/// or when the greeting's sequence number is not 0.
pub const CR_SERVER_LOST: u16 = 2013;

/// "SSL connection error: %s": what client libraries report for every failure of TLS.
pub const CR_SSL_CONNECTION_ERROR: u16 = 2026;
