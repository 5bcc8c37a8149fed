//! What was negotiated.

use libc::c_char;

use super::buffer::{self, text};
use super::conn::{no_certificate, on_conn, tlsql_conn};
use super::name::{EMPTY, c_string};
use super::{code, tlsql_code};
use crate::config::Outcome;
use crate::engine::Conn;
use crate::error::{Code, Error};

/// Not decided yet, or the connection failed.
pub const TLSQL_OUTCOME_NONE: u32 = 0;
/// TLS.
pub const TLSQL_OUTCOME_TLS: u32 = 1;
/// Clear text: ssl-mode=DISABLED, or the server has no TLS configured.
pub const TLSQL_OUTCOME_PLAIN_DISABLED: u32 = 2;
/// Clear text: PREFERRED and no TLS offered (client), or not asked for (server).
pub const TLSQL_OUTCOME_PLAIN_NO_TLS: u32 = 3;
/// Clear text: PREFERRED on a local transport.
pub const TLSQL_OUTCOME_PLAIN_LOCAL: u32 = 4;

fn outcome_number(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Undecided => TLSQL_OUTCOME_NONE,
        Outcome::Tls => TLSQL_OUTCOME_TLS,
        Outcome::PlainDisabled => TLSQL_OUTCOME_PLAIN_DISABLED,
        Outcome::PlainNoTls => TLSQL_OUTCOME_PLAIN_NO_TLS,
        Outcome::PlainLocal => TLSQL_OUTCOME_PLAIN_LOCAL,
    }
}

/// Returns TLSQL_OUTCOME_ once the connection is up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_outcome(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(outcome_number(conn.outcome()))).unwrap_or(0)
}

/// Returns the TLSQL_VERIFY_ bits of what was checked and holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_verified(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(conn.verified())).unwrap_or(0)
}

/// Returns 1 in TLS, and on a local transport that counts as secure; else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_secure_transport(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(u32::from(conn.is_secure()))).unwrap_or(0)
}

/// Returns 0x0303 for TLS 1.2, 0x0304 for TLS 1.3; 0 without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_tls_version(conn: *const tlsql_conn) -> u16 {
    on_conn(conn, |conn| Ok(conn.negotiated().map_or(0, |negotiated| negotiated.version)))
        .unwrap_or(0)
}

/// Returns the cipher suite's IANA number; 0 without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_cipher_id(conn: *const tlsql_conn) -> u16 {
    on_conn(conn, |conn| Ok(conn.negotiated().map_or(0, |negotiated| negotiated.cipher)))
        .unwrap_or(0)
}

/// Returns 1 if the handshake resumed a session, so that the certificate and the checks are those of
/// the session's first connection; else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_resumed(conn: *const tlsql_conn) -> u32 {
    let is_resumed = |conn: &Conn| conn.negotiated().is_some_and(|negotiated| negotiated.resumed);
    on_conn(conn, |conn| Ok(u32::from(is_resumed(conn)))).unwrap_or(0)
}

/// Returns the suite as Ssl_cipher shows it: a static string, never freed; "" without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_cipher_name(conn: *const tlsql_conn) -> *const c_char {
    on_conn(conn, |conn| Ok(c_string(conn.cipher_name()))).unwrap_or(EMPTY.as_ptr())
}

/// Returns the number of certificates that the peer showed: 0 before the handshake is done, and
/// after one that failed or was refused. With tlsql_keep_peer_chain=OFF it is 0, and this and all
/// other getters answer as for a peer that showed none, as tlsql_conn_check_account() does;
/// tlsql_conn_verified() does not, and tlsql_peer_proof=ON keeps the certificates all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_peer_cert_count(conn: *const tlsql_conn) -> usize {
    on_conn(conn, |conn| Ok(conn.negotiated().map_or(0, |negotiated| negotiated.peer_chain.len())))
        .unwrap_or(0)
}

/// Points *der at certificate i in DER, the peer's own being number 0; it lives until the next call
/// whose conn is not const. TLSQL_E_STATE if the peer showed none, TLSQL_E_ARGUMENT past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_peer_cert(
    conn: *const tlsql_conn,
    i: usize,
    der: *mut *const u8,
    len: *mut usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        if der.is_null() || len.is_null() {
            return Err(Code::Null.into());
        }
        let chain = conn.negotiated().map(|negotiated| &negotiated.peer_chain);
        let chain = chain.filter(|chain| !chain.is_empty()).ok_or_else(no_certificate)?;
        let past = || Error::detail(Code::Argument, format!("there is no certificate {i}"));
        let found = chain.get(i).ok_or_else(past)?;
        buffer::put(der, found.as_ptr())?;
        buffer::put(len, found.len())
    }))
}

/// Copies the SHA-2 hash of the peer's own certificate; bits is 256, 384 or 512. TLSQL_E_STATE if
/// the peer showed none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_peer_fingerprint(
    conn: *const tlsql_conn,
    bits: u32,
    buf: *mut u8,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        buffer::check(buf, cap)?;
        if needed.is_null() {
            return Err(Code::Null.into());
        }
        let negotiated = conn.negotiated().ok_or_else(no_certificate)?;
        if negotiated.peer_chain.is_empty() {
            return Err(no_certificate());
        }
        let other = || Error::detail(Code::Argument, "bits is none of 256, 384 and 512");
        let digest = negotiated.peer_fingerprint(bits).ok_or_else(other)?;
        buffer::copy_bytes(&digest, buf, cap, needed)
    }))
}

/// Copies the secrets of the connection that there are so far, in the lines of a key log file
/// (SSLKEYLOGFILE), with which a program decrypts recorded traffic: WHO HAS THEM READS ALL THAT WAS
/// SENT. "" before TLS; a handshake that failed has none any more. TLSQL_E_STATE without
/// tlsql_keylog=ON, which is refused by builds without the cargo feature keylog.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_keylog(
    conn: *const tlsql_conn,
    buf: *mut c_char,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| buffer::copy_text(conn.key_log()?, buf, cap, needed)))
}

/// Copies a status value by name, such as "Ssl_cipher" or "Ssl_version": this connection's, or the
/// context's if the variable is global, by the settings with which the connection was made, or by
/// those of tlsql_conn_use_context(); no later reload changes them. Names as for
/// tlsql_context_status(). TLSQL_E_OPTION_NAME if it is unknown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_status(
    conn: *const tlsql_conn,
    name: *const c_char,
    name_len: usize,
    buf: *mut c_char,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        let name = text(name, name_len)?;
        let unknown = || {
            Error::option(Code::OptionName, name, "there is no such status variable")
                .with_hint("tlsql_status_variable() lists them.")
        };
        let value = conn.status(name).ok_or_else(unknown)?;
        buffer::copy_text(&value, buf, cap, needed)
    }))
}
