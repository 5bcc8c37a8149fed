//! MySQL's TLS upgrade as an embeddable engine.
//!
//! This library does **not** open sockets, speak SQL, check passwords, start threads or call back.
//! Its host owns the sockets and the MySQL packets; `tlsql` owns the SSLRequest, the TLS
//! negotiation, the `ssl-mode`s, certificates, and the `Ssl_*` status values.
//!
//! ```text
//!             wire_in ─────►┌──────────────────────────────┐◄───── app_in
//!    socket                 │  conn: GREETING → NEGOTIATE  │              host program
//!    (the host's)           │   → HANDSHAKE → TLS | PLAIN  │              (its MySQL packets)
//!             wire_out ◄────└──────────────────────────────┘─────► app_out, or a view into wire_in
//! ```
//!
//! The C header `tlsql.h` is the product; this crate's Rust API is the same engine without it.
//! `examples/client.rs` is a whole client.

#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

#[cfg(panic = "abort")]
compile_error!("tlsql catches its own defects at the C boundary: build it with panic=unwind");

mod config;
mod engine;
#[allow(unsafe_code, reason = "the C boundary: pointers come in and go out here and nowhere else")]
pub mod ffi;
mod fs;
mod status;
mod text;

#[cfg(not(feature = "internals"))]
mod bytes;
#[cfg(not(feature = "internals"))]
mod crypto;
#[cfg(not(feature = "internals"))]
mod der;
#[cfg(not(feature = "internals"))]
mod error;
#[cfg(not(feature = "internals"))]
mod packet;
#[cfg(not(feature = "internals"))]
mod tls;
#[cfg(not(feature = "internals"))]
mod trust;

// For the tests, fuzz targets and benches of this package, and without a promise.
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod bytes;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod crypto;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod der;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod error;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod packet;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod tls;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod trust;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub use config::OptionFileReader;
pub use config::{Builder, Note, OPTIONS, OptionSpec, Outcome, Role, Severity, SslMode, Transport};
#[cfg(feature = "internals")]
#[doc(hidden)]
pub use engine::rules;
pub use engine::{
    AppOut, Conn, Context, Denied, Io, Login, Phase, Reload, SavedSession, Sink, SliceSink,
    SslRequest, Step, StoredGreeting, UsedPassword, event, want,
};
pub use error::{Alert, Code, Error};
pub use packet::capability;
pub use packet::greeting::Greeting;
pub use status::NAMES as STATUS_NAMES;
pub use trust::{Account, OnelineForm};
