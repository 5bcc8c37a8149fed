//! The ERR packet that a server sends in clear when the upgrade fails.

use super::SslRequest;
use crate::error::{Code, Error};
use crate::packet::capability::CLIENT_PROTOCOL_41;
use crate::packet::err::ErrPacket;

/// Makes the packet, header included: 1156 for a wrong packet number, and where real servers would
/// read one from another protocol's bytes; else 1043.
pub fn refusal(error: &Error, request: Option<&SslRequest>) -> Vec<u8> {
    // What is of another protocol has no packet number either.
    let out_of_order = matches!(error.code, Code::Sequence | Code::NotMysql);
    let row = if out_of_order { Code::Sequence } else { Code::SslRequest }.row();
    // Before the client's capabilities are known an ERR packet may have no SQLSTATE.
    let speaks_41 = request.is_none_or(|r| r.capabilities & CLIENT_PROTOCOL_41 != 0);
    let sqlstate: Option<[u8; 5]> = row.sqlstate.as_bytes().try_into().ok();
    let packet = ErrPacket {
        code: row.errno,
        sqlstate: sqlstate.filter(|_| !out_of_order && speaks_41),
        message: row.text.as_bytes(),
    };
    let mut wire = vec![0; packet.wire_len()];
    // invariant: `wire` has the packet's length.
    let written = packet.write(if out_of_order { 1 } else { 2 }, &mut wire);
    written.map_or(Vec::new(), |_| wire)
}
