//! Settings for both roles, each made once: a byte of fuzz input names one.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use tlsql::{Builder, Context, Role, SslMode};

pub const CA: &[u8] = include_bytes!("../../data/certs/ca.pem");
pub const SERVER_CERT: &[u8] = include_bytes!("../../data/certs/server-cert.pem");
pub const SERVER_KEY: &[u8] = include_bytes!("../../data/certs/server-key.pem");
pub const OTHER_CERT: &[u8] = include_bytes!("../../data/certs/other-cert.pem");
pub const OTHER_KEY: &[u8] = include_bytes!("../../data/certs/other-key.pem");
pub const CLIENT_CERT: &[u8] = include_bytes!("../../data/certs/client-cert.pem");
pub const CLIENT_KEY: &[u8] = include_bytes!("../../data/certs/client-key.pem");
pub const RSA_CERT: &[u8] = include_bytes!("../../data/keys/rsa2048-cert.pem");
pub const RSA_KEY: &[u8] = include_bytes!("../../data/keys/rsa2048-pkcs8.pem");

/// The server certificate's name.
pub const HOST: &str = "db.example.test";
/// In 2033; the certificates are good from 2026 to 2126.
pub const NOW: u64 = 2_000_000_000;

pub const MODES: [(&str, SslMode); 5] = [
    ("REQUIRED", SslMode::Required),
    ("VERIFY_IDENTITY", SslMode::VerifyIdentity),
    ("PREFERRED", SslMode::Preferred),
    ("VERIFY_CA", SslMode::VerifyCa),
    ("DISABLED", SslMode::Disabled),
];

const VERSIONS: [&str; 4] = ["TLSv1.2,TLSv1.3", "TLSv1.2", "TLSv1.3", "TLSv1.3,TLSv1.2"];

/// Returns a client's context and mode. Bits 0–2: ssl-mode; 3–4: versions; 5: with a certificate of
/// its own.
pub fn client(bits: u8) -> (Context, SslMode) {
    let (name, mode) = MODES[usize::from(bits & 7) % MODES.len()];
    let context = made(Role::Client, |builder| {
        builder.set("ssl_mode", name).unwrap();
        builder.set("tls_version", VERSIONS[usize::from(bits >> 3 & 3)]).unwrap();
        if matches!(mode, SslMode::VerifyCa | SslMode::VerifyIdentity) {
            builder.add_ca(CA).unwrap();
        }
        if bits & 0x20 != 0 {
            builder.set_identity(CLIENT_CERT, CLIENT_KEY).unwrap();
        }
    });
    (context, mode)
}

/// Returns a server's context. Bits 0–1: 3 is without TLS, 2 has a certificate that no client here
/// trusts; 3–4: versions; 5: client certificates are checked; 6: MariaDB's profile.
pub fn server(bits: u8) -> Context {
    cached(bits & 0x7f, |builder| {
        builder.set("tls_version", VERSIONS[usize::from(bits >> 3 & 3)]).unwrap();
        builder.set("tlsql_profile", if bits & 0x40 == 0 { "mysql57" } else { "mariadb" }).unwrap();
        match bits & 3 {
            3 => builder.set("ssl", "OFF").unwrap(),
            2 => builder.set_identity(OTHER_CERT, OTHER_KEY).unwrap(),
            _ => builder.set_identity(SERVER_CERT, SERVER_KEY).unwrap(),
        }
        if bits & 0x20 != 0 {
            builder.add_ca(CA).unwrap();
        }
    })
}

/// Makes a server with an RSA key, as DHE needs one; of TLS 1.2.
pub fn rsa_server() -> Context {
    cached(0x80, |builder| {
        builder.set("tls_version", "TLSv1.2").unwrap();
        builder.set_identity(RSA_CERT, RSA_KEY).unwrap();
    })
}

/// Makes a server whose ticket keys are a test's own to set.
pub fn server_of_tickets() -> Context {
    cached(0x81, |builder| {
        builder.set_identity(SERVER_CERT, SERVER_KEY).unwrap();
        builder.add_ca(CA).unwrap();
    })
}

/// Makes the server of `server(0)` whose host sees each ClientHello.
pub fn server_of_hellos() -> Context {
    cached(0x82, |builder| {
        builder.set_identity(SERVER_CERT, SERVER_KEY).unwrap();
        builder.set("tlsql_hello_event", "ON").unwrap();
    })
}

pub fn server_is_trusted(bits: u8) -> bool {
    bits & 3 < 2
}

/// Makes a server once.
fn cached(bits: u8, set: impl FnOnce(&mut Builder)) -> Context {
    static MADE: LazyLock<Mutex<BTreeMap<u8, Context>>> = LazyLock::new(Mutex::default);
    // A finding in another test must not look like one here.
    let mut all = MADE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    all.entry(bits).or_insert_with(|| made(Role::Server, set)).clone()
}

fn made(role: Role, set: impl FnOnce(&mut Builder)) -> Context {
    let mut builder = Builder::new(role);
    builder.set_clock(NOW);
    set(&mut builder);
    Context::new(&builder).unwrap()
}

/// MySQL 5.7.29's greeting, without the packet header.
pub const GREETING: &[u8] = b"\n5.7.29\0\x03\0\0\0%Nd\x1e\x04Epj\0\xff\xff\x08\x02\0\xff\xc1\x15\
    \0\0\0\0\0\0\0\0\0\0E:j(,V,\x1f8@SB\0mysql_native_password\0";
