//! The connection: bytes in, bytes out, and the decisions between them.

mod account;
mod client;
mod conn;
mod context;
mod context_choice;
mod diagnosis;
mod early_bytes;
mod err_packet;
mod greeting;
mod handshake;
mod inbound;
mod io;
mod key_log;
mod options;
mod outbox;
mod peer_proof;
mod phase;
mod plain;
mod progress;
mod server;
mod session;
mod snapshot;
mod state;
mod step;
mod tls;
mod tls_session;

pub use account::{Denied, Login, UsedPassword};
pub use conn::Conn;
pub use context::{Context, Reload};
#[cfg(feature = "internals")]
pub use diagnosis::rules;
pub use greeting::StoredGreeting;
pub use io::{AppOut, Io, Sink, SliceSink};
pub use phase::Phase;
pub use progress::Step;

pub use crate::packet::ssl_request::SslRequest;
pub use crate::tls::SavedSession;
pub use crate::trust::OnelineForm;

/// What the connection wants next, as bits.
pub mod want {
    pub const WIRE_IN: u32 = 0x01;
    pub const WIRE_OUT: u32 = 0x02;
    pub const APP_IN: u32 = 0x04;
    pub const APP_OUT: u32 = 0x08;
    pub const START: u32 = 0x10;
}

/// What happened, as bits; each is reported by exactly one step.
pub mod event {
    pub const GREETING: u32 = 0x01;
    pub const SSL_REQUEST: u32 = 0x02;
    pub const SECURED: u32 = 0x04;
    pub const PLAIN: u32 = 0x08;
    pub const PEER_CLOSED: u32 = 0x10;
    pub const HELLO: u32 = 0x20;
}
