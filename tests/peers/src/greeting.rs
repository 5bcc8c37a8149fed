//! What a MySQL server says before and after TLS, for servers that only speak TLS.

/// CLIENT_LONG_PASSWORD, PROTOCOL_41, SSL, SECURE_CONNECTION and PLUGIN_AUTH.
const CAPABILITIES: u32 = 0x0008_8a01;

/// The greeting of a server of this version, protocol 10, with TLS (`docs/protocol.md`).
pub fn greeting(version: &str) -> Vec<u8> {
    let [c0, c1, c2, c3] = CAPABILITIES.to_le_bytes();
    let mut payload = format!("\x0a{version}\0\x01\0\0\0abcdefgh\0").into_bytes();
    payload.extend([c0, c1, 45, 2, 0, c2, c3, 21]);
    payload.extend([0; 10]);
    payload.extend(b"ijklmnopqrst\0mysql_native_password\0");
    packet(0, &payload)
}

/// The login is taken, with this packet.
pub fn ok(sequence: u8) -> Vec<u8> {
    packet(sequence, b"\0\0\0\x02\0\0\0")
}

/// The answer to a query: two columns, and these rows.
pub fn rows(rows: [[&str; 2]; 2]) -> Vec<u8> {
    const EOF: &[u8] = b"\xfe\0\0\x02\0";
    let mut packets = vec![vec![2], column("Variable_name"), column("Value"), EOF.to_vec()];
    packets.extend(rows.map(|row| row.map(text).concat()));
    packets.push(EOF.to_vec());
    let numbered = (1..).zip(&packets).map(|(sequence, payload)| packet(sequence, payload));
    numbered.collect::<Vec<_>>().concat()
}

/// A definition of a VARCHAR; only its name matters.
fn column(name: &str) -> Vec<u8> {
    let mut payload = [text("def"), text(""), text(""), text(""), text(name), text("")].concat();
    payload.extend([12, 45, 0, 0, 1, 0, 0, 253, 0, 0, 0, 0, 0]);
    payload
}

/// With its length in front, as all texts here have it.
fn text(text: &str) -> Vec<u8> {
    [&[len(text.as_bytes())], text.as_bytes()].concat()
}

fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    [&[len(payload), 0, 0, sequence], payload].concat()
}

/// Nothing here is longer than one byte can say.
fn len(bytes: &[u8]) -> u8 {
    u8::try_from(bytes.len()).unwrap_or(u8::MAX)
}
