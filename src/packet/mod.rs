//! MySQL packets around the TLS upgrade: borrowed views in, a caller's slice out.
//!
//! Nothing here allocates, and nothing here can panic, whatever the peer sends.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        reason = "a panic is how a test fails"
    )
)]

pub mod capability;
pub mod err;
pub mod errno;
pub mod foreign;
pub mod greeting;
pub mod header;
pub mod ssl_request;
