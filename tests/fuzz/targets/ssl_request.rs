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
    let (mut seen, mut told) = (server(bits), server(bits));
    seen.wire = vec![0; Header::WIRE_LEN];
    Header { len, sequence }.write(&mut seen.wire).unwrap();
    seen.wire.extend_from_slice(payload);
    seen.drain();
    told.call(|conn| conn.server_request_read(payload, sequence));
    told.drain();
    assert_eq!(seen.failure(), told.failure());
    assert_eq!(seen.conn.request(), told.conn.request());
    assert_eq!(seen.conn.phase(), told.conn.phase());
    assert_eq!(seen.had(event::PLAIN), told.had(event::PLAIN));
    if seen.had(event::PLAIN) {
        // A login in clear is the host's to read, all of it.
        assert_eq!(seen.plain[Header::WIRE_LEN..], *payload);
    } else {
        assert!(seen.plain.is_empty());
    }
    seen.finish();
    told.finish();
}

/// A server that waits for the first packet.
fn server(bits: u8) -> CheckedConn {
    let mut server = CheckedConn::server(bits, false);
    let offer = if server.conn.will_use_tls() { CLIENT_SSL } else { 0 };
    server.told = server.call(|conn| conn.server_greeting_sent(offer));
    assert!(server.told);
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
