//! Arbitrary calls about who the peer is, the proof of it, and sessions with it.

use tlsql::ffi::*;

use super::abi_args::Buffer;
use super::abi_calls::{state, text_out};
use super::abi_objects::{Objects, check_code, raw};
use super::cursor::Cursor;

// SAFETY of all below: pointers are NULL where the length is 0 or the header allows it, else to
// live memory of the length that goes with them; handles are NULL or alive, as `Objects` keeps them.

/// Makes one of the calls about who the peer is, and the proof of it.
pub fn peer(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) {
    let slot = &mut objects.conns[at];
    let conn = slot.conn;
    let before = state(conn);
    let form = script.pick(&[1, 3, 0, 2]);
    let (salt, scramble, said) = (script.bytes(), script.bytes(), script.bytes());
    // One byte stands for one of MariaDB's lengths: every other length is a wrong argument.
    let salt = if salt.len() == 1 { [&[7; 20][..], &[7; 32], &[7; 52]][at % 3] } else { salt };
    let scramble = if scramble.len() == 1 { &[8; 20][..] } else { scramble };
    let ((salt, salt_len), (scramble, scramble_len)) = (raw(salt), raw(scramble));
    let code = match script.u8() % 5 {
        4 => {
            let (name, len) = raw(script.pick(&[&b"parsec"[..], b"dialog", said]));
            slot.ended(unsafe { tlsql_client_auth_plugin(conn, name.cast(), len) })
        }
        0 => check_code(text_out(script, |buf, cap, needed| unsafe {
            tlsql_conn_peer_proof(conn, salt, salt_len, scramble, scramble_len, buf, cap, needed)
        })),
        1 => {
            let (said, said_len) = raw(said);
            let code = unsafe {
                tlsql_conn_confirm_peer(
                    conn,
                    salt,
                    salt_len,
                    scramble,
                    scramble_len,
                    said,
                    said_len,
                )
            };
            assert_ne!(code, 0, "nobody finds the proof by chance");
            slot.ended(code)
        }
        which => {
            let (mut buffer, mut needed) = (Buffer::new(script.size() % 80), 0);
            let (buf, cap) = (buffer.pointer(), buffer.cap());
            let code = match which {
                2 => unsafe { tlsql_conn_peer_subject(conn, form, buf, cap, &mut needed) },
                _ => unsafe { tlsql_conn_peer_issuer(conn, form, buf, cap, &mut needed) },
            };
            buffer.check(if code == 0 { needed } else { 0 });
            check_code(code)
        }
    };
    if (-19..0).contains(&code) {
        assert_eq!(state(conn), before, "a wrong call changed something: {code}");
    }
    let verified = unsafe { tlsql_conn_verified(conn) };
    let unproven = unsafe { tlsql_conn_needs_peer_proof(conn) };
    assert!(unproven == 0 || verified == 0, "{verified:#x} vouches for it");
}

/// Takes a session out of a connection, sets it on one, or frees it.
pub fn session(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) {
    let conn = objects.conns[at % 4].conn;
    let before = state(conn);
    let code = match script.u8() % 3 {
        0 => unsafe { tlsql_conn_set_session(conn, objects.session) },
        1 => {
            let mut out = std::ptr::null_mut();
            let code = unsafe { tlsql_conn_session(conn, &mut out) };
            assert_eq!(code == 0, !out.is_null());
            objects.set_session(out);
            code
        }
        _ => {
            objects.set_session(std::ptr::null_mut());
            0
        }
    };
    check_code(code);
    assert_eq!(state(conn), before, "it changed something: {code}");
}

/// Asks a server for the name in the ClientHello, or has it go on under another context.
pub fn hello(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) {
    let conn = objects.conns[at % 4].conn;
    let before = state(conn);
    let code = match script.u8() {
        which @ 0..=2 => unsafe {
            tlsql_conn_use_context(conn, objects.contexts[usize::from(which)])
        },
        _ => text_out(script, |buf, cap, needed| unsafe {
            tlsql_conn_hello_name(conn, buf, cap, needed)
        }),
    };
    check_code(code);
    assert_eq!(state(conn), before, "it moved the connection: {code}");
}
