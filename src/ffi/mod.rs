//! The C ABI: checks pointers, catches panics, converts. The only `unsafe` of the library.
//!
//! The contract is written once, in the doc comments that cbindgen copies into `include/tlsql.h`;
//! `cbindgen.toml` holds the header's opening. Each function takes its arguments apart, calls the
//! engine inside `Handle::call`, and puts the result together.

#![allow(non_camel_case_types, reason = "the C names")]
#![warn(clippy::undocumented_unsafe_blocks)]
#![allow(clippy::missing_safety_doc, reason = "the header's opening says it for all functions")]

mod account;
mod buffer;
mod builder;
mod conn;
mod context;
mod error;
mod handle;
mod hello;
mod library;
mod name;
mod packet;
mod peer;
mod resumption;
mod session;
mod step;

pub use account::*;
pub use builder::*;
pub use conn::*;
pub use context::*;
pub use error::*;
pub use hello::*;
pub use library::*;
pub use packet::*;
pub use peer::*;
pub use resumption::*;
pub use session::*;
pub use step::*;

/// The code of a result.
fn code(result: Result<(), crate::error::Error>) -> tlsql_code {
    result.map_or_else(|error| error.code.number(), |()| 0)
}
