//! What the integration tests share: hosts that drive a connection in memory, ways to split a
//! stream, raw bytes of MySQL and TLS peers, and throw-away certificates.

#![allow(dead_code, unused_imports, reason = "each test program uses a part of it")]

pub mod dh;
pub mod files;
pub mod forger;
pub mod handmade_server;
pub mod hello_choice;
pub mod host;
pub mod issued;
pub mod long_finished;
pub mod odd_signer;
pub mod open_peer;
pub mod pki;
pub mod plain_client;
pub mod plain_server;
pub mod promises;
pub mod record_keys;
pub mod record_layers;
pub mod rustls_peers;
pub mod schedule;
pub mod source;
pub mod wire;

pub use files::Files;
pub use host::{Host, link, run};
pub use schedule::{SCHEDULES, Schedule};
