//! What a script gives to C calls: names, values, PEM and payloads, most of them known ones.

use std::ffi::CStr;

use tlsql::ffi::tlsql_status_variable;

use super::contexts::{CA, CLIENT_CERT, CLIENT_KEY, GREETING, SERVER_CERT, SERVER_KEY};
use super::cursor::Cursor;

/// Names of options: all that there are, a few in other spellings, and an empty one.
pub const NAMES: &[&str] = &[
    "ssl-mode",
    "ssl_ca",
    "ssl_cert",
    "ssl_key",
    "ssl_crl",
    "ssl_cipher",
    "tls_version",
    "ssl",
    "require-secure-transport",
    "tlsql_profile",
    "ssl_capath",
    "ssl_crlpath",
    "ssl_fips_mode",
    "",
    "ssl_fp",
    "ssl_fplist",
    "tlsql_security_level",
    "tlsql_strict",
    "tlsql_peer_proof",
    "tls_ciphersuites",
    "ssl-verify-server-cert",
    "skip-ssl",
    "tls-sni-servername",
    "ssl_session_cache_mode",
    "ssl_session_cache_timeout",
    "ssl-session-data",
    "ssl_session_data_continue_on_failed_reuse",
    "tlsql_dh_params",
    "tlsql_keep_peer_chain",
    "datadir",
    "auto_generate_certs",
    "tlsql_generate_key",
    "tlsql_channel",
    "tlsql_capath_all",
    "tlsql_on_config_error",
    "tls_certificates_enforced_validation",
    "tlsql_max_handshake_bytes",
    "tlsql_max_chain",
    "tlsql_session_cache_size",
    "ssl_passphrase",
    "tlsql_keylog",
    "tlsql_hello_event",
];

/// Reads an option's name, known or not.
pub fn option(script: &mut Cursor<'_>) -> Vec<u8> {
    match usize::from(script.u8()) {
        i if i < 0xe0 => NAMES[i % NAMES.len()].into(),
        _ => script.bytes().to_vec(),
    }
}

/// Reads an option's value, without slashes, so that only files in the working directory are
/// opened.
pub fn value(script: &mut Cursor<'_>) -> Vec<u8> {
    const VALUES: [&str; 27] = [
        "DISABLED",
        "PREFERRED",
        "REQUIRED",
        "VERIFY_CA",
        "VERIFY_IDENTITY",
        "ON",
        "OFF",
        "",
        "TLSv1.2",
        "TLSv1.3",
        "TLSv1.1,TLSv1.2",
        "TLSv1.2,TLSv1.3",
        "mysql57",
        "mysql8",
        "mariadb",
        "missing.pem",
        ".",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "TLS_AES_128_GCM_SHA256:AES128-SHA",
        "unix",
        "tcp",
        "localhost",
        "3306",
        "db.example.test",
        "ALL:!AES128:-ECDHE+aRSA:+CHACHA20:@STRENGTH",
        "FOO:HIGH+ECDHE:!aNULL@SECLEVEL=1",
        "disable",
    ];
    match usize::from(script.u8()) {
        i if i < 0xc0 => VALUES[i % VALUES.len()].into(),
        _ => script.bytes().iter().map(|&byte| if byte == b'/' { b'_' } else { byte }).collect(),
    }
}

/// Reads the name of a status variable, known or not.
pub fn status(script: &mut Cursor<'_>) -> Vec<u8> {
    let i = usize::from(script.u8());
    // SAFETY: NULL past the last, else a text that lives for ever.
    let name = unsafe { tlsql_status_variable(i % 64).as_ref().map(|name| CStr::from_ptr(name)) };
    name.map_or_else(|| script.bytes().to_vec(), |name| name.to_bytes().to_vec())
}

/// Reads PEM: whole, cut, or any bytes.
pub fn pem<'a>(script: &mut Cursor<'a>) -> &'a [u8] {
    match usize::from(script.u8()) {
        i if i < 0xc0 => PEM[i % PEM.len()],
        i if i < 0xe0 => {
            let whole = PEM[i % PEM.len()];
            &whole[..script.size().min(whole.len())]
        }
        _ => script.bytes(),
    }
}

/// Reads a greeting's payload, a sound one or any bytes.
pub fn payload<'a>(script: &mut Cursor<'a>) -> &'a [u8] {
    if script.u8() & 1 == 0 { GREETING } else { script.bytes() }
}

/// PEM that a call may be given, good and bad.
const PEM: [&[u8]; 6] = [CA, SERVER_CERT, SERVER_KEY, CLIENT_CERT, CLIENT_KEY, GREETING];
