//! Records: their frame on the wire, and the protection of one direction.
//!
//! `frame` finds a record by its header. `keys` has the key and the number of the next record, `open`
//! and `seal` work on one record where it lies, `limits` says how many there may be, and `secret` and
//! `key_update` make the next keys.

mod frame;
#[cfg(not(feature = "rustls-records"))]
mod key_update;
#[cfg(not(feature = "rustls-records"))]
mod keys;
#[cfg(not(feature = "rustls-records"))]
mod limits;
#[cfg(not(feature = "rustls-records"))]
mod open;
#[cfg(not(feature = "rustls-records"))]
mod seal;
mod secret;
#[cfg(all(test, not(feature = "rustls-records")))]
mod vectors;

pub use frame::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, Frame, HANDSHAKE, Header, MAX_PLAINTEXT,
    MAX_RECORD, NotARecord, in_clear, last, tls12_expansion, too_large,
};
#[cfg(not(feature = "rustls-records"))]
pub use keys::Keys;
#[cfg(not(feature = "rustls-records"))]
pub use limits::{Allowances, Flood};
#[cfg(not(feature = "rustls-records"))]
pub use open::{BadRecord, MAX_TLS13_BODY, Opened};
pub use secret::{TrafficSecret, TrafficSecrets};
