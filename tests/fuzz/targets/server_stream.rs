//! Arbitrary and changed bytes, splits and buffer sizes for a server, before, in and after a
//! handshake.

use tlsql::Role;

use super::stream;

pub fn run(data: &[u8]) {
    drop(stream::run(Role::Server, data));
}
