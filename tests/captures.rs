//! The recorded greetings and first packets: each is read and compared with its notes.

use std::fs;

use serde_json::Value;
use tlsql::packet::capability::{CLIENT_MYSQL, CLIENT_SSL, CLIENT_SSL_VERIFY_SERVER_CERT};
use tlsql::packet::greeting::{self, Greeting};
use tlsql::packet::header::Header;
use tlsql::packet::ssl_request::SslRequest;

#[test]
fn greetings_of_15_servers() {
    let file = read("server_greetings.json");
    let rows = file["greetings"].as_object().expect("an object of greetings");
    let mut matched = 0;
    for (name, recorded) in rows {
        let (_comment, hex) = recorded.as_str().unwrap().split_once('\n').expect("two lines");
        let server = SERVERS.iter().find(|server| server.rows.contains(&name.as_str()));
        check_greeting(name, &bytes(hex), server.unwrap_or_else(|| panic!("{name} is not read")));
        matched += 1;
    }
    println!("greetings: matched {matched} of {}", rows.len());
    assert_eq!(matched, SERVERS.iter().map(|server| server.rows.len()).sum::<usize>());
    assert_eq!(matched, 15);
}

#[test]
fn first_packets_of_41_clients() {
    let file = read("client_first_packets.json");
    let rows = file["clients"].as_array().expect("an array of clients");
    let mut matched = 0;
    let (mut plain, mut odd_fillers, mut cleared_in_tls) = (0, 0, 0);
    for row in rows {
        let name = row["client"].as_str().unwrap();
        let request = row["sslrequest"].as_str().map(|hex| check_request(name, row, &bytes(hex)));
        let login = row["handshake_response_first_36_bytes"].as_str();
        if let Some(hex) = login {
            let login = check_login(name, &bytes(hex), request);
            let clear = login.capabilities & CLIENT_SSL == 0;
            cleared_in_tls += usize::from(clear && request.is_some());
        }
        assert!(request.is_some() || login.is_some(), "{name}: nothing to read");
        plain += usize::from(request.is_none());
        odd_fillers += usize::from(request.is_some_and(|r| has_odd_filler(&r, row)));
        matched += 1;
    }
    println!("first packets: matched {matched} of {}", rows.len());
    assert_eq!(matched, 41);
    assert_eq!((plain, odd_fillers, cleared_in_tls), (1, 1, 1));
}

/// One server: the values that all its recordings have in common.
struct Server {
    rows: &'static [&'static str],
    without_tls: &'static [&'static str],
    version: &'static str,
    number: (u32, u32, u32),
    /// Capabilities with TLS on.
    capabilities: u32,
    charset: u8,
    auth_plugin: &'static str,
    mariadb_capabilities: u32,
}

const SERVERS: [Server; 5] = [
    Server {
        rows: &["mdb1011-off", "mdb1011-rst", "mdb1011-tls"],
        without_tls: &["mdb1011-off"],
        version: "5.5.5-10.11.19-MariaDB-0+deb12u1",
        number: (10, 11, 19),
        capabilities: 0x81ff_fffe,
        charset: 8,
        auth_plugin: "mysql_native_password",
        mariadb_capabilities: 0x1d,
    },
    Server {
        rows: &["mdb118-rst", "mdb118-zero"],
        without_tls: &[],
        version: "11.8.6-MariaDB-0+deb13u1 from Debian",
        number: (11, 8, 6),
        capabilities: 0x81ff_fffe,
        charset: 45,
        auth_plugin: "mysql_native_password",
        mariadb_capabilities: 0x3d,
    },
    Server {
        rows: &["my56-tls"],
        without_tls: &[],
        version: "5.6.24",
        number: (5, 6, 24),
        capabilities: 0xc07f_ffff,
        charset: 8,
        auth_plugin: "mysql_native_password",
        mariadb_capabilities: 0,
    },
    Server {
        rows: &["my57-auto", "my57-m", "my57-off", "my57-rst", "my57-tls"],
        without_tls: &["my57-m", "my57-off"],
        version: "5.7.29",
        number: (5, 7, 29),
        capabilities: 0xc1ff_ffff,
        charset: 8,
        auth_plugin: "mysql_native_password",
        mariadb_capabilities: 0,
    },
    Server {
        rows: &["my97-auto", "my97-off", "my97-rst", "my97-tls"],
        without_tls: &["my97-off"],
        version: "9.7.4-2",
        number: (9, 7, 4),
        capabilities: 0xdfff_ffff,
        charset: 255,
        auth_plugin: "caching_sha2_password",
        mariadb_capabilities: 0,
    },
];

fn check_greeting(name: &str, packet: &[u8], server: &Server) {
    let header = Header::parse(packet).expect(name);
    let payload = &packet[Header::WIRE_LEN..];
    assert_eq!(header, Header { len: payload.len() as u32, sequence: 0 }, "{name}");

    let tls = !server.without_tls.contains(&name);
    let tls_bits = match server.capabilities & CLIENT_MYSQL {
        0 => CLIENT_SSL,
        _ => CLIENT_SSL | CLIENT_SSL_VERIFY_SERVER_CERT,
    };
    let capabilities = if tls { server.capabilities } else { server.capabilities & !tls_bits };
    let greeting = Greeting::parse(payload).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    assert_eq!(greeting.server_version, server.version.as_bytes(), "{name}");
    assert_eq!(greeting.version_number(), Some(server.number), "{name}");
    assert_eq!(greeting.capabilities, capabilities, "{name}");
    assert_eq!(greeting.charset, server.charset, "{name}");
    assert_eq!(greeting.status, 2, "{name}: autocommit");
    assert_eq!(greeting.auth_plugin, server.auth_plugin.as_bytes(), "{name}");
    assert_eq!(greeting.mariadb_capabilities, server.mariadb_capabilities, "{name}");
    assert_eq!(greeting.is_mariadb(), server.version.contains("MariaDB"), "{name}");
    assert_eq!(greeting.offers_tls(), tls, "{name}");

    // 18 bytes lie between the parts of the scramble, and the plugin name ends the packet.
    let behind_version = 1 + server.version.len() + 1;
    let id = payload[behind_version..][..4].try_into().unwrap();
    assert_eq!(greeting.connection_id, u32::from_le_bytes(id), "{name}");
    let scramble = [&payload[behind_version + 4..][..8], &payload[behind_version + 31..][..12]];
    let mut joined = [0; 20];
    assert_eq!(greeting.auth_data(&mut joined), Ok(20), "{name}");
    assert_eq!(joined[..], scramble.concat(), "{name}");
    assert_eq!(payload.len(), behind_version + 31 + 13 + server.auth_plugin.len() + 1, "{name}");

    check_set_tls(name, payload, server, tls_bits);
}

/// `set_tls` gives a server's greeting the capabilities that the server itself sends with TLS on
/// and off.
fn check_set_tls(name: &str, payload: &[u8], server: &Server, tls_bits: u32) {
    let mut changed = payload.to_vec();
    for (on, capabilities) in
        [(false, server.capabilities & !tls_bits), (true, server.capabilities)]
    {
        greeting::set_tls(&mut changed, on).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        let greeting = Greeting::parse(&changed).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(greeting.capabilities, capabilities, "{name} with TLS {on}");
        let original = Greeting::parse(payload).unwrap();
        assert_eq!(Greeting { capabilities: original.capabilities, ..greeting }, original);
    }
    let as_recorded = !server.without_tls.contains(&name);
    greeting::set_tls(&mut changed, as_recorded).unwrap();
    assert_eq!(changed, payload, "{name}");
}

fn check_request(name: &str, row: &Value, packet: &[u8]) -> SslRequest {
    let number = |field: &str| row[field].as_u64().unwrap_or_else(|| panic!("{name}: {field}"));
    let hex = |field: &str| row[field].as_str().unwrap_or_else(|| panic!("{name}: {field}"));
    let header = Header::parse(packet).expect(name);
    let payload = &packet[Header::WIRE_LEN..];
    assert_eq!(header.len, 32, "{name}");
    assert_eq!(payload.len(), 32, "{name}");
    assert_eq!(u64::from(header.sequence), number("seq"), "{name}");

    let request = SslRequest::parse(payload).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    let request = request.unwrap_or_else(|| panic!("{name}: taken for a plain login"));
    let capabilities = hex("caps").strip_prefix("0x").expect(name);
    assert_eq!(request.capabilities, u32::from_str_radix(capabilities, 16).unwrap(), "{name}");
    assert_eq!(u64::from(request.max_packet), number("max_packet"), "{name}");
    assert_eq!(u64::from(request.charset), number("charset"), "{name}");
    let filler = bytes(hex("filler"));
    assert_eq!(payload[9..], filler, "{name}");
    let last = u32::from_le_bytes(filler[19..].try_into().unwrap());
    let is_mariadb = request.capabilities & CLIENT_MYSQL == 0;
    assert_eq!(request.mariadb_capabilities, if is_mariadb { last } else { 0 }, "{name}");

    let mut out = [0xaa; SslRequest::WIRE_LEN];
    assert_eq!(request.write(&mut out), Ok(SslRequest::WIRE_LEN), "{name}");
    if has_odd_filler(&request, row) {
        assert_eq!(out[..13], packet[..13], "{name}");
        assert_eq!(out[13..], [0; 23], "{name}");
    } else {
        assert_eq!(out, packet, "{name}");
    }
    request
}

/// The login repeats the SSLRequest; without one before it, it is in clear.
fn check_login(name: &str, start: &[u8], request: Option<SslRequest>) -> SslRequest {
    let header = Header::parse(start).expect(name);
    let payload = &start[Header::WIRE_LEN..];
    assert_eq!(payload.len(), 32, "{name}");
    assert!(header.len > 32, "{name}: user name and the rest follow");
    let login = SslRequest::parse_login(payload).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    let Some(request) = request else {
        assert_eq!(name, "replica-5.6.24");
        assert_eq!(header.sequence, 1, "{name}");
        assert_eq!(SslRequest::parse(payload).unwrap(), None, "{name}");
        assert_eq!(login.capabilities, 0x8038_a205, "{name}");
        assert_eq!(login.max_packet, 0x4000_0f80, "{name}");
        assert_eq!(login.charset, 8, "{name}");
        return login;
    };
    assert_eq!(header.sequence, 2, "{name}");
    // CLIENT_SSL alone may be clear inside TLS.
    let repeated = SslRequest { capabilities: login.capabilities | CLIENT_SSL, ..login };
    assert_eq!(repeated, request, "{name}");
    login
}

/// Whether unused bytes are not zero; `write` makes them zero.
fn has_odd_filler(request: &SslRequest, row: &Value) -> bool {
    let filler = bytes(row["filler"].as_str().unwrap());
    let end = if request.capabilities & CLIENT_MYSQL == 0 { 19 } else { 23 };
    filler[..end].iter().any(|&byte| byte != 0)
}

fn read(file: &str) -> Value {
    let path = format!("{}/tests/data/captures/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.is_ascii() && hex.len() % 2 == 0, "{hex}");
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}
