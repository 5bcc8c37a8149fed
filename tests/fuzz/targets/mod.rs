//! The fuzz targets' bodies. Each `run` reads its input as a script, and panics if the library
//! breaks a promise of its header.

pub mod abi_calls;
pub mod client_stream;
pub mod greeting;
pub mod heap;
pub mod server_stream;
pub mod splits;
pub mod ssl_request;
pub mod stream;

mod abi_args;
mod abi_world;
mod contexts;
mod cursor;
mod outgoing;
mod watched;
