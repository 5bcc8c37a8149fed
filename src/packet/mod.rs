//! MySQL packets around the TLS upgrade: borrowed views in, a caller's slice out.
//!
//! Nothing here allocates, and nothing here can panic, whatever the peer sends.

pub mod capability;
pub mod err;
pub mod errno;
pub mod greeting;
pub mod header;
pub mod other_protocol;
pub mod ssl_request;
