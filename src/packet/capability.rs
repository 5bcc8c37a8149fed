//! Capability bits of the greeting and of the client's first packet.
//!
//! The upgrade uses five of them (`CLIENT_MYSQL`, `CLIENT_PROTOCOL_41`, `CLIENT_SSL`,
//! `CLIENT_PLUGIN_AUTH`, `CLIENT_SSL_VERIFY_SERVER_CERT`); all others pass unchanged.
//!
//! # Source
//! The lists of capability flags in the protocol documentation of MySQL and of MariaDB; MySQL
//! 5.7.29, 9.7.4, MariaDB 10.11.19 and 11.8 on the wire.

/// MariaDB's name for `CLIENT_LONG_PASSWORD`: clear in a greeting with `mariadb_capabilities`, and
/// in the answer to it. MySQL servers always set it.
pub const CLIENT_MYSQL: u32 = CLIENT_LONG_PASSWORD;

pub const CLIENT_LONG_PASSWORD: u32 = 1;
pub const CLIENT_FOUND_ROWS: u32 = 1 << 1;
pub const CLIENT_LONG_FLAG: u32 = 1 << 2;
/// Changes the layout of HandshakeResponse41, so it must be the same there and in the SSLRequest.
pub const CLIENT_CONNECT_WITH_DB: u32 = 1 << 3;
pub const CLIENT_NO_SCHEMA: u32 = 1 << 4;
pub const CLIENT_COMPRESS: u32 = 1 << 5;
pub const CLIENT_ODBC: u32 = 1 << 6;
pub const CLIENT_LOCAL_FILES: u32 = 1 << 7;
pub const CLIENT_IGNORE_SPACE: u32 = 1 << 8;
/// The client's packets have 4-byte capabilities, and ERR packets an SQLSTATE.
pub const CLIENT_PROTOCOL_41: u32 = 1 << 9;
pub const CLIENT_INTERACTIVE: u32 = 1 << 10;
/// In a greeting, the offer of TLS; in a client's first packet, the sign of an SSLRequest.
pub const CLIENT_SSL: u32 = 1 << 11;
pub const CLIENT_IGNORE_SIGPIPE: u32 = 1 << 12;
pub const CLIENT_TRANSACTIONS: u32 = 1 << 13;
pub const CLIENT_RESERVED: u32 = 1 << 14;
/// The scramble has 20 bytes. Later versions call it `CLIENT_RESERVED2`.
pub const CLIENT_SECURE_CONNECTION: u32 = 1 << 15;
pub const CLIENT_MULTI_STATEMENTS: u32 = 1 << 16;
pub const CLIENT_MULTI_RESULTS: u32 = 1 << 17;
pub const CLIENT_PS_MULTI_RESULTS: u32 = 1 << 18;
/// The packet names an authentication plugin.
pub const CLIENT_PLUGIN_AUTH: u32 = 1 << 19;
pub const CLIENT_CONNECT_ATTRS: u32 = 1 << 20;
pub const CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA: u32 = 1 << 21;
pub const CLIENT_CAN_HANDLE_EXPIRED_PASSWORDS: u32 = 1 << 22;
pub const CLIENT_SESSION_TRACK: u32 = 1 << 23;
pub const CLIENT_DEPRECATE_EOF: u32 = 1 << 24;
pub const CLIENT_OPTIONAL_RESULTSET_METADATA: u32 = 1 << 25;
pub const CLIENT_ZSTD_COMPRESSION_ALGORITHM: u32 = 1 << 26;
pub const CLIENT_QUERY_ATTRIBUTES: u32 = 1 << 27;
pub const CLIENT_MULTI_FACTOR_AUTHENTICATION: u32 = 1 << 28;
pub const CLIENT_CAPABILITY_EXTENSION: u32 = 1 << 29;
/// An internal flag of clients that also occurs on the wire: MySQL servers set it along with
/// `CLIENT_SSL`, MariaDB never does, and no server reads it. It is not a sign of TLS.
pub const CLIENT_SSL_VERIFY_SERVER_CERT: u32 = 1 << 30;
pub const CLIENT_REMEMBER_OPTIONS: u32 = 1 << 31;

/// Bits of `mariadb_capabilities`: numbers 32 and up in MariaDB's 64-bit word.
pub const MARIADB_CLIENT_PROGRESS: u32 = 1;
pub const MARIADB_CLIENT_STMT_BULK_OPERATIONS: u32 = 1 << 2;
pub const MARIADB_CLIENT_EXTENDED_METADATA: u32 = 1 << 3;
pub const MARIADB_CLIENT_CACHE_METADATA: u32 = 1 << 4;
pub const MARIADB_CLIENT_BULK_UNIT_RESULTS: u32 = 1 << 5;
