//! Records: their frame on the wire, and the protection of one direction.

mod frame;

pub use frame::{
    ALERT, APPLICATION_DATA, Frame, HANDSHAKE, Header, MAX_PLAINTEXT, MAX_RECORD, NotARecord,
    in_clear, last, too_large,
};
