//! The MySQL packets around the TLS upgrade. Reading returns borrowed views, writing fills a
//! caller's slice.
//!
//! Nothing here allocates, and nothing here can panic, whatever the peer sends.

pub mod capability;
pub mod err;
pub mod errno;
pub mod greeting;
pub mod header;
pub mod other_protocol;
pub mod ssl_request;
