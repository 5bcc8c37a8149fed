//! The handshake and the record layer.
//!
//! rustls does the handshake. It is fed one record at a time from a buffer of ours, and its flights
//! are collected in another: the caller's buffers are never lent to it.

mod chain;
mod config;
mod credentials;
mod error;
mod handshake;
mod hello;
pub mod record;
mod strict;
mod verifier;

pub use config::{ClientTls, Server, ServerTls};
pub use handshake::Session;

/// Whether a name can be sent as SNI (RFC 6066 section 3); an address is taken and not sent.
pub fn is_dns_name(name: &str) -> bool {
    rustls_pki_types::ServerName::try_from(name).is_ok()
}
