//! Values of `ssl_cipher`, `tls_ciphersuites` and `tls_version`: text of any kind, and words of
//! these languages put together. What is taken makes a context, what is refused leaves no trace.

use tlsql::{Builder, Code, Context, Role};

use super::contexts::{SERVER_CERT, SERVER_KEY};
use super::cursor::Cursor;

/// Bit 0 of the first byte is the role. Then an option's number and its value, some times: octets
/// of the script, or 0 and words.
pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    let role = if script.u8() & 1 == 0 { Role::Client } else { Role::Server };
    let mut builder = Builder::new(role);
    match role {
        Role::Client => builder.set("ssl_mode", "REQUIRED").unwrap(),
        Role::Server => builder.set_identity(SERVER_CERT, SERVER_KEY).unwrap(),
    }
    let mut is_weakened = false;
    for _ in 0..8 {
        if script.is_empty() {
            break;
        }
        let name = script.pick(&OPTIONS);
        let value = value(&mut script);
        is_weakened |= value.contains("SECLEVEL");
        set(&mut builder, name, &value);
    }
    for note in builder.notes() {
        assert!(!note.text.contains(char::is_control), "{note:?}");
    }
    match Context::new(&builder) {
        Ok(context) => assert!(context.has_tls(), "TLS was asked for"),
        Err(error) => assert!(
            matches!(error.code, Code::NoCipher | Code::NoVersion)
                || (is_weakened && error.code == Code::OptionValue),
            "{error}"
        ),
    }
}

fn set(builder: &mut Builder, name: &'static str, value: &str) {
    let before = (builder.get(name).unwrap().to_owned(), builder.notes().len());
    match builder.set(name, value) {
        Ok(()) => assert_eq!(builder.get(name).expect("a value"), value),
        Err(error) => {
            let code = if name == "tls_version" { Code::NoVersion } else { Code::NoCipher };
            assert!(error.code == code || error.code == Code::OptionValue, "{error}");
            assert!(!error.message().contains(char::is_control), "{error:?}");
            let after = (builder.get(name).unwrap().to_owned(), builder.notes().len());
            assert_eq!(after, before, "a refused value changed something");
        }
    }
}

fn value(script: &mut Cursor<'_>) -> String {
    match script.u8() {
        0 => {
            let count = script.u8() % 32;
            (0..count).map(|_| script.pick(&WORDS)).collect()
        }
        _ => String::from_utf8_lossy(script.bytes()).into_owned(),
    }
}

pub const OPTIONS: [&str; 3] = ["ssl_cipher", "tls_ciphersuites", "tls_version"];

/// Their places are written in scripts.
pub const WORDS: [&str; 40] = [
    ":",
    ",",
    "+",
    "-",
    "!",
    "@",
    "DEFAULT",
    "ALL",
    "HIGH",
    "MEDIUM",
    "ECDHE",
    "kEECDH",
    "DHE",
    "aRSA",
    "aECDSA",
    "AES",
    "AES128",
    "AES256",
    "AESGCM",
    "CHACHA20",
    "SHA256",
    "TLSv1.2",
    "TLSv1.3",
    "TLSv1",
    "STRENGTH",
    "SECLEVEL=",
    "0",
    "1",
    "3",
    "COMPLEMENTOFDEFAULT",
    "SUITEB128",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "DHE-RSA-AES256-GCM-SHA384",
    "AES128-SHA",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "eNULL",
    " ",
];
