//! Calls about accounts, and the proof of a server without a CA, with arbitrary small arguments.

use tlsql::ffi::*;

use super::abi_args::{Place, UNTOUCHED};
use super::abi_calls::{check_error, state, text_out};
use super::abi_objects::{Objects, check_code, raw};
use super::cursor::Cursor;

const NAMES: [&str; 8] =
    ["require", "cipher", "issuer", "subject", "san", "one_line", "clause", "one-line"];
const VALUES: [&str; 13] = [
    "NONE",
    "ssl",
    "X509",
    "TLS_AES_128_GCM_SHA256",
    "/CN=tlsql test client",
    "DNS:localhost",
    "any",
    "openssl1",
    "REQUIRE NONE",
    "REQUIRE SUBJECT '/CN=a' AND ISSUER '/O=b/CN=c' CIPHER 'd'",
    "REQUIRE SSL X509",
    "REQUIRE ISSUER 'unclosed",
    "",
];

// SAFETY of all below: as in `abi_calls`.

/// Makes one of the calls on an account, or for one on a connection.
pub fn run(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) {
    match script.u8() % 8 {
        0 => {
            let mut out = std::ptr::null_mut();
            let code = unsafe { tlsql_account_new(&mut out) };
            assert_eq!(code == 0, !out.is_null());
            objects.set_account(at, out);
        }
        1 => objects.set_account(at, std::ptr::null_mut()),
        2..=4 => set(objects, at, script),
        5 | 6 => check(objects, at, script),
        _ => own_proof(objects, at, script),
    }
}

fn set(objects: &Objects, at: usize, script: &mut Cursor<'_>) {
    let account = &objects.accounts[at % 2];
    let (name, value) = (word(&NAMES, script), word(&VALUES, script));
    let ((name, name_len), (value, value_len)) = (raw(name), raw(value));
    let (name, value, mut why) = (name.cast(), value.cast(), Place::<tlsql_error>::output(script));
    let place = why.pointer();
    let code =
        unsafe { tlsql_account_set(account.pointer, name, name_len, value, value_len, place) };
    check_code(code);
    if code != 0 && why.is_good() {
        check_error(&why.value());
        assert_eq!(why.value().code, code);
    }
    assert!(code != 0 || !account.pointer.is_null(), "a call without an account works");
    assert!(code != 0 || !account.is_judged, "an account changes after the first check");
}

/// Whatever the account requires, a peer is told what it is told of a wrong password.
fn check(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) {
    let conn = objects.conns[at].conn;
    let account = &mut objects.accounts[usize::from(script.u8() % 2)];
    let (user, host) = (script.bytes(), script.bytes());
    let used_password = u32::from(script.u8() % 4);
    let before = state(conn);
    let ask = |account, refusal, log| unsafe {
        let ((user, user_len), (host, host_len)) = (raw(user), raw(host));
        let (user, host) = (user.cast(), host.cast());
        tlsql_conn_check_account(
            conn,
            account,
            user,
            user_len,
            host,
            host_len,
            used_password,
            refusal,
            log,
        )
    };
    let (mut refusal, mut log) = (Place::output(script), Place::output(script));
    let code = check_code(ask(account.pointer.cast_const(), refusal.pointer(), log.pointer()));
    let places_are_good = refusal.is_allowed() && log.is_allowed();
    assert!(places_are_good || code != 0, "a login is admitted without a place for its refusal");
    for place in [&refusal, &log] {
        if place.is_good() && places_are_good {
            place.check(0, UNTOUCHED);
            check_error(&place.value());
        }
    }
    account.is_judged |= is_verdict(code);
    if is_verdict(code) && code != 0 && refusal.is_good() {
        let mut wrong = Place::right(0);
        assert_ne!(ask(std::ptr::null(), wrong.pointer(), std::ptr::null_mut()), 0);
        let (told, wrong) = (refusal.value(), wrong.value());
        assert!(matches!(told.mysql_errno, 1045 | 1698));
        assert_eq!(
            (told.mysql_errno, told.sqlstate, told.message),
            (wrong.mysql_errno, wrong.sqlstate, wrong.message)
        );
    }
    assert_eq!(state(conn), before, "a look at an account changed the connection");
}

/// Returns whether the account was judged: it was met, or something in it was not.
fn is_verdict(code: tlsql_code) -> bool {
    code == 0 || !(-19..0).contains(&code)
}

fn own_proof(objects: &Objects, at: usize, script: &mut Cursor<'_>) {
    let conn = objects.conns[at].conn;
    let before = state(conn);
    let salt = [&[7; 20][..], &[7; 32], &[7; 52], script.bytes()][usize::from(script.u8() % 4)];
    let scramble = [&[8; 20][..], script.bytes()][usize::from(script.u8() % 2)];
    let ((salt, salt_len), (scramble, scramble_len)) = (raw(salt), raw(scramble));
    let code = text_out(script, |buf, cap, needed| unsafe {
        tlsql_conn_own_proof(conn, salt, salt_len, scramble, scramble_len, buf, cap, needed)
    });
    check_code(code);
    assert_eq!(state(conn), before, "a look at the proof changed the connection");
}

/// Reads one of these words, or any bytes.
fn word<'a>(known: &[&'static str], script: &mut Cursor<'a>) -> &'a [u8] {
    match usize::from(script.u8()) {
        i if i < 0xe0 => known[i % known.len()].as_bytes(),
        _ => script.bytes(),
    }
}
