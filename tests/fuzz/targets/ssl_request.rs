//! A client's first packet: parsed, written back, and given to a server in both forms.

use tlsql::packet::capability::{CLIENT_PROTOCOL_41, CLIENT_SSL};
use tlsql::packet::header::Header;
use tlsql::{SslRequest, event};

use super::checked_conn::CheckedConn;

/// The first byte chooses the server's settings, the second the sequence number, the rest is the
/// payload.
pub fn run(data: &[u8]) {
    let &[bits, sequence, ref payload @ ..] = data else { return };
    // Most inputs shall get past this check.
    let sequence = if sequence < 0xf0 { 1 } else { sequence };
    check_parse(payload);

    let Ok(len) = u32::try_from(payload.len()) else { return };
    let (mut from_wire, mut handed_in) = (server(bits), server(bits));
    from_wire.wire = vec![0; Header::WIRE_LEN];
    Header { len, sequence }.write(&mut from_wire.wire).unwrap();
    from_wire.wire.extend_from_slice(payload);
    from_wire.drain();
    handed_in.call(|conn| conn.server_request_read(payload, sequence));
    handed_in.drain();
    if from_wire.failure().is_none() && from_wire.wire.len() < 8 {
        // So few bytes may begin another protocol's first message: the server waits for more.
        return;
    }
    assert_eq!(from_wire.failure(), handed_in.failure());
    assert_eq!(from_wire.conn.request(), handed_in.conn.request());
    assert_eq!(from_wire.conn.phase(), handed_in.conn.phase());
    assert_eq!(from_wire.had(event::PLAIN), handed_in.had(event::PLAIN));
    if from_wire.had(event::PLAIN) {
        // A login in clear is the host's to read, all of it.
        assert_eq!(from_wire.plain[Header::WIRE_LEN..], *payload);
    } else {
        assert!(from_wire.plain.is_empty());
    }
    from_wire.finish();
    handed_in.finish();
}

/// Makes a server that waits for the client's first packet.
fn server(bits: u8) -> CheckedConn {
    let mut server = CheckedConn::server(bits, false);
    let offer = if server.conn.will_use_tls() { CLIENT_SSL } else { 0 };
    server.host_packets = server.call(|conn| conn.server_greeting_sent(offer));
    assert!(server.host_packets);
    server
}

fn check_parse(payload: &[u8]) {
    let Ok(login) = SslRequest::parse_login(payload) else {
        assert!(SslRequest::parse(payload).is_err());
        assert!(payload.len() < 32);
        return;
    };
    let asks = login.capabilities & CLIENT_SSL != 0;
    assert_eq!(SslRequest::parse(payload).unwrap(), Some(login).filter(|_| asks));

    let mut wire = [0xaa; SslRequest::WIRE_LEN + 1];
    let len = login.write(&mut wire).unwrap();
    let pre_41 = login.capabilities & CLIENT_PROTOCOL_41 == 0;
    assert_eq!(len, if pre_41 { SslRequest::PRE_41_WIRE_LEN } else { SslRequest::WIRE_LEN });
    assert_eq!(wire[len], 0xaa, "written beyond");
    let again = SslRequest::parse(&wire[Header::WIRE_LEN..len]).unwrap();
    assert_eq!(again, Some(SslRequest { capabilities: login.capabilities | CLIENT_SSL, ..login }));
    assert!(login.write(&mut wire[..len - 1]).is_err());
}
