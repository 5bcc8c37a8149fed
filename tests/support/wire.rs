//! Raw bytes of peers, made and read without the library's own code.

/// Capability bits as real servers and clients send them (`tests/data/captures`).
pub const MYSQL57: u32 = 0xc1ff_ffff;
pub const MYSQL57_OFF: u32 = 0x81ff_f7ff;
pub const MYSQL97: u32 = 0xdfff_ffff;
pub const MYSQL97_OFF: u32 = 0x9fff_f7ff;
pub const MARIADB: u32 = 0x81ff_fffe;
/// What the `mysql` program of 9.7 asks for.
pub const MYSQL_PROGRAM: u32 = 0x19bf_aa85;
pub const CLIENT_SSL: u32 = 0x800;
pub const PROTOCOL_41: u32 = 0x200;

/// Returns the greeting's payload: protocol 10, a scramble of 20 bytes, `mysql_native_password`.
pub fn greeting(capabilities: u32) -> Vec<u8> {
    greeting_of("5.7.29", capabilities, 0)
}

/// Returns the same with a server version and MariaDB's second capability word.
pub fn greeting_of(version: &str, capabilities: u32, mariadb: u32) -> Vec<u8> {
    let [a, b, c, d] = capabilities.to_le_bytes();
    let mut out = vec![10];
    out.extend(version.as_bytes());
    out.push(0);
    out.extend(7u32.to_le_bytes());
    out.extend(b"saltsalt\0");
    out.extend([a, b, 8, 2, 0, c, d, 21, 0, 0, 0, 0, 0, 0]);
    out.extend(mariadb.to_le_bytes());
    out.extend(b"saltsaltsalt\0mysql_native_password\0");
    out
}

/// Returns the capabilities in a greeting's payload.
pub fn greeting_capabilities(payload: &[u8]) -> u32 {
    let nul = payload.iter().position(|byte| *byte == 0).expect("a server version");
    let at = nul + 1 + 13;
    u32::from_le_bytes([payload[at], payload[at + 1], payload[at + 5], payload[at + 6]])
}

/// Returns a packet: the header and the payload.
pub fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let [a, b, c, _] = (payload.len() as u32).to_le_bytes();
    [&[a, b, c, sequence], payload].concat()
}

/// Returns the payload of an ERR packet.
pub fn err(code: u16, text: &str) -> Vec<u8> {
    [&[0xff], &code.to_le_bytes()[..], text.as_bytes()].concat()
}

/// What real servers send after a failed handshake, byte for byte (T89).
pub const BAD_HANDSHAKE: &[u8] = b"\x16\0\0\x02\xff\x13\x04#08S01Bad handshake";

/// Returns the 32-byte SSLRequest's payload.
pub fn ssl_request(capabilities: u32) -> Vec<u8> {
    let mut out = capabilities.to_le_bytes().to_vec();
    out.extend([0, 0, 0, 1, 0xff]);
    out.resize(32, 0);
    out
}

/// Returns a login in clear: the SSLRequest's 32 bytes, and a user without password.
pub fn login(capabilities: u32) -> Vec<u8> {
    [&ssl_request(capabilities)[..], b"root\0\0mysql_native_password\0"].concat()
}

pub const ALERT: u8 = 21;
pub const HANDSHAKE: u8 = 22;
pub const APPLICATION: u8 = 23;

/// Returns a TLS record.
pub fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3], &(body.len() as u16).to_be_bytes()[..], body].concat()
}

/// Returns a fatal alert in clear.
pub fn alert(number: u8) -> Vec<u8> {
    record(ALERT, &[2, number])
}

/// Returns the records that a stream consists of, as type and body; panics if it is anything else.
pub fn records(mut stream: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut out = Vec::new();
    while !stream.is_empty() {
        let &[kind, 3, _, high, low] = &stream[..5] else { panic!("no record: {stream:02x?}") };
        let end = 5 + usize::from(u16::from_be_bytes([high, low]));
        out.push((kind, stream[5..end].to_vec()));
        stream = &stream[end..];
    }
    out
}

/// Returns how many bytes at the front of a stream are whole TLS records.
pub fn records_len(stream: &[u8]) -> usize {
    let mut end = 0;
    while let Some(&[20..=23, 3, _, high, low]) = stream.get(end..end + 5) {
        end += 5 + usize::from(u16::from_be_bytes([high, low]));
    }
    end
}

/// The body of a NewSessionTicket (RFC 8446 section 4.6.1).
pub fn ticket(lifetime: u32, nonce: &[u8], ticket: &[u8], extensions: &[u8]) -> Vec<u8> {
    let vector = |body: &[u8]| [&(body.len() as u16).to_be_bytes(), body].concat();
    let head = [&lifetime.to_be_bytes()[..], &[1, 2, 3, 4, nonce.len() as u8], nonce].concat();
    [head, vector(ticket), vector(extensions)].concat()
}

/// Returns a handshake message: type, length, body.
pub fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = (body.len() as u32).to_be_bytes();
    [&[kind, a, b, c], body].concat()
}

/// Returns a ClientHello as a test wants it, in one record.
pub fn client_hello(version: u16, suites: &[u16], extensions: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend((suites.len() as u16 * 2).to_be_bytes());
    body.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
    body.extend([1, 0]);
    let mut list = Vec::new();
    for (kind, content) in extensions {
        list.extend(kind.to_be_bytes());
        list.extend((content.len() as u16).to_be_bytes());
        list.extend(content);
    }
    body.extend((list.len() as u16).to_be_bytes());
    body.extend(list);
    record(HANDSHAKE, &handshake(1, &body))
}

/// Returns a ServerHello of TLS 1.2 or older without extensions, in one record of that version.
pub fn server_hello(version: u16, suite: u16) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([9; 32]);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    let mut out = record(HANDSHAKE, &handshake(2, &body));
    out[1..3].copy_from_slice(&version.to_be_bytes());
    out
}

/// Returns extensions that TLS 1.2 clients send: groups, signature algorithms.
pub fn usual_extensions(groups: &[u16]) -> Vec<(u16, Vec<u8>)> {
    vec![(10, list16(groups)), (11, vec![1, 0]), (13, list16(&[0x0403, 0x0804, 0x0401]))]
}

/// Returns a list of 16-bit numbers behind its length in bytes.
pub fn list16(numbers: &[u16]) -> Vec<u8> {
    let len = (numbers.len() as u16 * 2).to_be_bytes();
    len.into_iter().chain(numbers.iter().flat_map(|number| number.to_be_bytes())).collect()
}

/// Returns the extensions of the ClientHello that a stream begins with.
pub fn hello_extensions(stream: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let (kind, message) = records(stream).remove(0);
    assert_eq!((kind, message[0]), (HANDSHAKE, 1), "a ClientHello");
    // Type and length, version, random.
    let mut rest = &message[4 + 2 + 32..];
    rest = &rest[1 + usize::from(rest[0])..];
    rest = &rest[2 + number16(rest)..];
    rest = &rest[1 + usize::from(rest[0])..];
    rest = &rest[2..2 + number16(rest)];
    let mut out = Vec::new();
    while !rest.is_empty() {
        let end = 4 + number16(&rest[2..]);
        out.push((number16(rest) as u16, rest[4..end].to_vec()));
        rest = &rest[end..];
    }
    out
}

/// Returns the groups of a ClientHello's key_share extension, with the length of each share.
pub fn key_shares(stream: &[u8]) -> Vec<(u16, usize)> {
    let extensions = hello_extensions(stream);
    let (_, shares) = extensions.iter().find(|(kind, _)| *kind == 51).expect("a key_share");
    let mut rest = &shares[2..];
    let mut out = Vec::new();
    while !rest.is_empty() {
        let len = number16(&rest[2..]);
        out.push((number16(rest) as u16, len));
        rest = &rest[4 + len..];
    }
    out
}

fn number16(bytes: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// Returns the cipher suites of the ClientHello that a stream begins with.
pub fn hello_suites(stream: &[u8]) -> Vec<u16> {
    let (_, message) = records(stream).remove(0);
    let rest = &message[4 + 2 + 32..];
    let rest = &rest[1 + usize::from(rest[0])..];
    let list = &rest[2..2 + number16(rest)];
    list.chunks(2).map(|number| number16(number) as u16).collect()
}

/// Returns the supported_groups of the ClientHello that a stream begins with.
pub fn hello_groups(stream: &[u8]) -> Vec<u16> {
    let extensions = hello_extensions(stream);
    let (_, groups) = extensions.iter().find(|(kind, _)| *kind == 10).expect("supported_groups");
    groups[2..].chunks(2).map(|number| number16(number) as u16).collect()
}
