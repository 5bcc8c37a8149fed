//! The handshake and the record layer.
//!
//! rustls does the handshake. It is fed one record at a time from a buffer of ours, and its flights
//! are collected in another: the caller's buffers are never lent to it.

pub mod alert;
mod awaited_hello;
mod cert_request;
mod chain;
mod chain_cache;
mod checks;
mod clear_messages;
mod client_policy;
mod config;
mod credentials;
mod error;
mod handshake;
mod hello;
mod intake;
#[cfg(not(feature = "rustls-records"))]
mod kernel;
#[cfg(feature = "keylog")]
mod key_log;
mod kx_scheme;
mod negotiated;
#[cfg(not(feature = "rustls-records"))]
mod own_records;
mod peer_chain;
#[cfg(not(feature = "rustls-records"))]
mod post;
pub mod record;
mod resumption;
#[cfg(feature = "rustls-records")]
mod rustls_records;
mod saved_session;
mod secret_log;
mod server_name;
mod server_sessions;
mod session_cache;
mod session_keeper;
mod session_stamp;
mod session_store;
mod session_ticket;
mod strict;
#[cfg(not(feature = "rustls-records"))]
mod ticket;
mod ticket_keys;
mod traffic;
mod unbuffered;
mod verifier;

pub use awaited_hello::AwaitedHello;
pub use checks::ClientAuth;
pub use config::{ClientTls, ServerTls, SuiteOffer};
pub use handshake::{ClientStart, Handshake, Next, Seen};
#[cfg(feature = "keylog")]
pub use key_log::SecretLines;
pub use negotiated::{Negotiated, is_same_proof, password_proof};
pub use saved_session::{SavedSession, SetSession};
pub use server_sessions::{ServerSessions, SessionCounts};
pub use session_cache::{DroppedSessions, Place};
pub use traffic::{RecordLayer, Traffic};

/// Whether a name can be sent as SNI (RFC 6066 section 3); an address is taken and not sent.
pub fn is_dns_name(name: &str) -> bool {
    rustls_pki_types::ServerName::try_from(name).is_ok()
}
