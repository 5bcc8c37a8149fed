//! Who the peer is.

use libc::c_char;

use super::buffer::{self, bytes};
use super::conn::{no_certificate, on_conn, tlsql_conn};
use super::{code, tlsql_code};
use crate::engine::{Conn, OnelineForm};
use crate::error::{Code, Error};

/// A name in one line as OpenSSL 3 writes it.
pub const TLSQL_NAME_OPENSSL3: u32 = 3;
/// As OpenSSL 1.1.1 writes it: ambiguous if a value holds '/' or '+'.
pub const TLSQL_NAME_OPENSSL1: u32 = 1;

/// Copies the subject of the peer's own certificate in one line, as MySQL shows and compares it:
/// raw bytes, without a NUL. form is TLSQL_NAME_. TLSQL_E_STATE if the peer showed no certificate.
/// It says nothing about trust: tlsql_conn_verified() does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_peer_subject(
    conn: *const tlsql_conn,
    form: u32,
    buf: *mut u8,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(name(conn, Conn::peer_subject, form, buf, cap, needed))
}

/// Copies the issuer of the peer's own certificate, else as tlsql_conn_peer_subject().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_peer_issuer(
    conn: *const tlsql_conn,
    form: u32,
    buf: *mut u8,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(name(conn, Conn::peer_issuer, form, buf, cap, needed))
}

/// Returns 1 while a client with tlsql_peer_proof=ON does not know who its server is: only the
/// password can vouch for it (ssl_mode is REQUIRED or above, with neither CA nor fingerprint), and
/// tlsql_conn_confirm_peer() has not succeeded. Each connection needs a proof of its own, one that
/// resumed a session too: what the session's first connection proved was that the server knows one
/// account's password. Returns 0 for all other connections, but 1 if it cannot be known: for NULL,
/// while another call runs, and for a poisoned object.
///
/// WHILE IT IS 1, SEND NO PASSWORD IN CLEAR, AND ANSWER A PLUGIN THAT HASHES ONLY:
/// mysql_native_password, client_ed25519 or parsec, with the server's scramble, and a password that
/// is not empty. Refuse a switch to any other plugin (mysql_clear_password, dialog,
/// sha256_password, caching_sha2_password), send no statement and believe no result. So that a host
/// cannot forget it, app_in and tlsql_conn_seal() are TLSQL_E_STATE in TLS meanwhile, but while
/// tlsql_client_auth_plugin() allows them.
///
/// These plugins are not bound to the connection: somebody in between who passes the answer on is
/// logged in at the true server before the missing proof ends this connection, and no client can
/// prevent that. Where it matters, give the client ssl_ca or ssl_fp.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_needs_peer_proof(conn: *const tlsql_conn) -> u32 {
    // The one getter whose 0 lets a password out, so that it must not mean "unknown".
    on_conn(conn, |conn| Ok(u32::from(conn.needs_peer_proof()))).unwrap_or(1)
}

/// Tells the engine of a client which authentication plugin the host answers next, named as on the
/// wire: call it before each packet of the login, the first one included. While
/// tlsql_conn_needs_peer_proof() is 1 each call allows one packet in app_in or tlsql_conn_seal(),
/// header included and in any parts, that is begun before plaintext of the server is delivered; all
/// of app_in is TLSQL_E_STATE if it goes beyond. Calls do not add up: a second one before the packet
/// is begun allows no second packet, and one while it is half sent none but its rest. A plugin other
/// than mysql_native_password, client_ed25519 and parsec ends the connection with
/// TLSQL_E_PEER_PROOF, before an answer to it can leave. Otherwise it does nothing. TLSQL_E_STATE
/// for a server, and before TLS if the proof is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_client_auth_plugin(
    conn: *mut tlsql_conn,
    name: *const c_char,
    name_len: usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| conn.auth_plugin(bytes(name.cast(), name_len)?)))
}

/// Copies the proof that a MariaDB server (11.4 and later) sends if it has this connection's
/// certificate and knows this salt of the password: 64 capital hexadecimal digits, of SHA-256(salt,
/// scramble, SHA-256(certificate)). salt is SHA1(SHA1(password)) for mysql_native_password (20
/// bytes), the public key for client_ed25519 (32 bytes), and for parsec 'P', the iteration byte,
/// the salt (18 bytes) and the public key (32 bytes). scramble is the server's scramble without its
/// NUL: the 20 bytes of the greeting (auth_data), or of a later AuthSwitchRequest for
/// mysql_native_password, and not the 32 bytes that client_ed25519 and parsec sign.
///
/// TLSQL_E_ARGUMENT unless salt has 20, 32 or 52 bytes and scramble 20: out of a longer scramble and
/// the true server's proof, somebody in between could make a proof of his own. TLSQL_E_ARGUMENT too
/// for the salt of an empty password, except parsec's, which cannot be recognised. TLSQL_E_STATE for
/// a server and outside TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_peer_proof(
    conn: *const tlsql_conn,
    salt: *const u8,
    salt_len: usize,
    scramble: *const u8,
    scramble_len: usize,
    buf: *mut c_char,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        let (salt, scramble) = (bytes(salt, salt_len)?, bytes(scramble, scramble_len)?);
        buffer::copy_text(&conn.peer_proof(salt, scramble)?, buf, cap, needed)
    }))
}

/// Compares the server's proof in constant time: text is that of the OK packet which ends the
/// login, a byte 0x01 and the 64 digits of tlsql_conn_peer_proof(). MariaDB writes that text behind
/// its length, also to a client without CLIENT_SESSION_TRACK, for which MySQL's manual has the rest
/// of the packet: the length is not part of text. If they are equal
/// tlsql_conn_needs_peer_proof() returns 0 and tlsql_conn_verified() has TLSQL_VERIFY_PROOF from
/// now on. Any other text, length 0 included, ends the connection with TLSQL_E_PEER_PROOF, also
/// after an earlier success, and the context forgets this server's sessions. salt and scramble as
/// for tlsql_conn_peer_proof(). TLSQL_E_STATE without tlsql_peer_proof=ON, if something else
/// vouches for the server, and outside TLS.
///
/// MariaDB sends no proof after COM_CHANGE_USER: what another account does then, its password
/// included, rests on the proof of the first one's. Where not all accounts are trusted with each
/// other's logins, open a connection for each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_confirm_peer(
    conn: *mut tlsql_conn,
    salt: *const u8,
    salt_len: usize,
    scramble: *const u8,
    scramble_len: usize,
    text: *const u8,
    text_len: usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        let (salt, scramble) = (bytes(salt, salt_len)?, bytes(scramble, scramble_len)?);
        conn.confirm_peer(salt, scramble, bytes(text, text_len)?)
    }))
}

/// Server: copies the proof that this server knows the salt of a client's password, for clients
/// that have no CA: a MariaDB server (11.4 and later) sends a byte 0x01 and these 64 digits as the
/// text of the OK packet that ends the login. They are what tlsql_conn_peer_proof() is at the
/// client with the same salt and scramble, of the certificate that this connection's handshake, or
/// that of its session, showed. Send none for an account without a password, for a plugin other
/// than mysql_native_password, client_ed25519 and parsec, and after COM_CHANGE_USER.
///
/// TLSQL_E_ARGUMENT as for tlsql_conn_peer_proof(). TLSQL_E_STATE for a client and outside TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_own_proof(
    conn: *const tlsql_conn,
    salt: *const u8,
    salt_len: usize,
    scramble: *const u8,
    scramble_len: usize,
    buf: *mut c_char,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        let (salt, scramble) = (bytes(salt, salt_len)?, bytes(scramble, scramble_len)?);
        buffer::copy_text(&conn.own_proof(salt, scramble)?, buf, cap, needed)
    }))
}

fn name(
    conn: *const tlsql_conn,
    which: fn(&Conn, OnelineForm) -> Option<Vec<u8>>,
    form: u32,
    buf: *mut u8,
    cap: usize,
    needed: *mut usize,
) -> Result<(), Error> {
    on_conn(conn, |conn| {
        buffer::check(buf, cap)?;
        if needed.is_null() {
            return Err(Code::Null.into());
        }
        let form = match form {
            TLSQL_NAME_OPENSSL3 => OnelineForm::OpenSsl3,
            TLSQL_NAME_OPENSSL1 => OnelineForm::OpenSsl111,
            _ => return Err(Error::detail(Code::Argument, "form is none of TLSQL_NAME_")),
        };
        let line = which(conn, form).ok_or_else(no_certificate)?;
        buffer::copy_bytes(&line, buf, cap, needed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Builder, Role};
    use crate::engine::Context;

    #[test]
    fn whoever_cannot_be_asked_is_unproven() {
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { tlsql_conn_needs_peer_proof(std::ptr::null()) }, 1);
        let context = Context::new(&Builder::new(Role::Client)).unwrap();
        let conn = tlsql_conn::new(Conn::new(&context));
        // SAFETY: a connection that lives to the end of this test.
        let unproven = || unsafe { tlsql_conn_needs_peer_proof(&conn) };
        assert_eq!(unproven(), 0);
        assert_eq!(on_conn(&conn, |_| Ok(unproven())).unwrap(), 1, "busy");
        let caught = on_conn(&conn, |_| -> Result<(), Error> { panic!("on purpose") });
        assert_eq!(caught.unwrap_err().code, Code::Panic);
        assert_eq!(unproven(), 1, "poisoned");
    }
}
