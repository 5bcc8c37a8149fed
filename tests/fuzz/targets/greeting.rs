//! A greeting's payload: parsed, changed, and given to a client in both forms.

use tlsql::Code;
use tlsql::packet::err::ErrPacket;
use tlsql::packet::greeting::{self, Greeting};
use tlsql::packet::header::Header;

use super::checked_conn::CheckedConn;

/// The first byte chooses the client's settings, the rest is the payload.
pub fn run(data: &[u8]) {
    let Some((&bits, payload)) = data.split_first() else { return };
    check_parse(payload);
    check_err(payload);

    let Ok(len) = u32::try_from(payload.len()) else { return };
    let mut packet = vec![0; Header::WIRE_LEN];
    Header { len, sequence: 0 }.write(&mut packet).unwrap();
    packet.extend_from_slice(payload);
    let (mut from_wire, mut handed_in) =
        (CheckedConn::client(bits, false), CheckedConn::client(bits, false));
    from_wire.wire = packet;
    let sent = from_wire.drain();
    assert!(sent.is_empty(), "a client speaks before it is told to");
    handed_in.call(|conn| conn.client_greeting_read(payload, 0, &[]));
    match (from_wire.failure(), handed_in.failure()) {
        // Told at once, a refusal by ssl-mode comes a call earlier.
        (None, Some(code)) => {
            assert!(matches!(code, Code::NoTlsOffered | Code::NoName), "{code:?}")
        }
        (from_wire, handed_in) => assert_eq!(from_wire, handed_in),
    }
    assert_eq!(from_wire.failure().is_none(), Greeting::parse(payload).is_ok());
    from_wire.finish();
    handed_in.finish();
}

fn check_parse(payload: &[u8]) {
    let Ok(greeting) = Greeting::parse(payload) else {
        assert!(greeting::set_tls(&mut payload.to_vec(), true).is_err());
        return;
    };
    for part in
        [greeting.server_version, greeting.auth_data_1, greeting.auth_data_2, greeting.auth_plugin]
    {
        assert!(part.len() <= payload.len().max(b"mysql_native_password".len()));
    }
    let _ = (greeting.is_mariadb(), greeting.version_number());
    let len = greeting.auth_data_1.len() + greeting.auth_data_2.len();
    assert!(greeting.auth_data(&mut vec![0; len]).unwrap() <= len);
    assert!(greeting.auth_data(&mut []).is_err());

    for on in [true, false] {
        let mut changed = payload.to_vec();
        greeting::set_tls(&mut changed, on).unwrap();
        let again = Greeting::parse(&changed).unwrap();
        assert_eq!(again.offers_tls(), on);
        assert_eq!(Greeting { capabilities: greeting.capabilities, ..again }, greeting);
        let others = changed.iter().zip(payload).filter(|(a, b)| a != b).count();
        assert!(others <= 4, "{others} bytes changed");
    }
}

fn check_err(payload: &[u8]) {
    let Ok(packet) = ErrPacket::parse(payload) else { return };
    let mut wire = vec![0; packet.wire_len()];
    assert_eq!(packet.write(0, &mut wire), Ok(wire.len()));
    let again = ErrPacket::parse(&wire[Header::WIRE_LEN..]);
    if packet.message.len() <= ErrPacket::MAX_MESSAGE && !wire[Header::WIRE_LEN + 3..].is_empty() {
        assert_eq!(again.unwrap(), packet);
    }
    assert!(packet.write(0, &mut wire[1..]).is_err());
}
