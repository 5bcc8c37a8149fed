//! Certificates: made once for each test program, and contexts that use them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tlsql::{Builder, Context, Error, Role};

/// Returns the directory of this process's throw-away certificates, made on first use.
pub fn dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let place = concat!("certs-", env!("CARGO_CRATE_NAME"));
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(place);
        tlsql_certs::make_all(&dir).expect("certificates");
        dir
    })
}

/// `openssl x509 -hash` of our CA: its name is the same in every run.
pub const CA_HASH: &str = "8bcb9849";
/// Its common name.
pub const CA_NAME: &str = "tlsql test CA";

/// Returns the path of one of these certificates or keys.
pub fn path(name: &str) -> String {
    dir().join(name).to_str().expect("a path in UTF-8").to_owned()
}

pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(dir().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Returns the path of a file that is kept in `tests/data`.
pub fn kept(name: &str) -> String {
    format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Returns the content of the first block of a PEM text.
pub fn der(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).expect("PEM is text");
    let mut lines = text.lines().skip_while(|line| !line.starts_with("-----BEGIN"));
    lines.next().expect("a PEM block");
    let body: String = lines.take_while(|line| !line.starts_with("-----END")).collect();
    base64(body.as_bytes())
}

fn base64(text: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for digit in text.iter().filter(|byte| **byte != b'=') {
        let value = DIGITS.iter().position(|d| d == digit).expect("a digit of base64");
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

/// Makes a builder with options in the order given and loads its files. A value that names one of
/// our PEM files stands for its path.
pub fn builder(role: Role, options: &[(&str, &str)]) -> Result<Builder, Error> {
    let mut builder = Builder::new(role);
    for (name, value) in options {
        let bare = value.ends_with(".pem") && !value.contains('/');
        let value = if bare { path(value) } else { (*value).to_owned() };
        builder.set(name, &value)?;
    }
    builder.load_files()?;
    Ok(builder)
}

pub fn try_context(role: Role, options: &[(&str, &str)]) -> Result<Context, Error> {
    Context::new(&builder(role, options)?)
}

pub fn client(options: &[(&str, &str)]) -> Context {
    try_context(Role::Client, options).expect("a client context")
}

pub fn server(options: &[(&str, &str)]) -> Context {
    try_context(Role::Server, options).expect("a server context")
}

/// Makes a server with the certificate `NAME-cert.pem` and its key, and further options.
pub fn server_as(name: &str, options: &[(&str, &str)]) -> Context {
    let (cert, key) = (format!("{name}-cert.pem"), format!("{name}-key.pem"));
    server(&[&[("ssl_cert", cert.as_str()), ("ssl_key", key.as_str())], options].concat())
}

/// Makes a client with the certificate `NAME-cert.pem` and its key, and further options.
pub fn client_as(name: &str, options: &[(&str, &str)]) -> Context {
    let (cert, key) = (format!("{name}-cert.pem"), format!("{name}-key.pem"));
    client(&[&[("ssl_cert", cert.as_str()), ("ssl_key", key.as_str())], options].concat())
}
