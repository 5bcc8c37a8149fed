//! Arbitrary sequences of C calls with arbitrary small arguments: no crash, no panic caught, and
//! what the header's opening says of all calls.

use std::ffi::{CStr, c_char};

use tlsql::ffi::*;

use super::abi_accounts;
use super::abi_args::{Buffer, Place, UNTOUCHED, check_text};
use super::abi_objects::{Objects, check_code, raw};
use super::abi_peer;
use super::abi_values::{option, payload, pem, status, value};
use super::cursor::Cursor;
use super::promises::AppRoom;

const MAX_CALLS: usize = 96;
/// The number of tlsql_client_greeting_facts() in a script.
const GREETING_FACTS: u8 = 61;
/// And that of tlsql_builder_unset().
const UNSET: u8 = 62;
/// And that of tlsql_context_reload().
const RELOAD: u8 = 63;
/// And that of tlsql_conn_keylog().
const KEY_LOG: u8 = 59;
/// And that of tlsql_builder_add_name().
const ADD_NAME: u8 = 58;

pub fn run(data: &[u8]) {
    let mut script = Cursor::new(data);
    let mut objects = Objects::new();
    for _ in 0..MAX_CALLS {
        if script.is_empty() {
            break;
        }
        let call = script.u8();
        let at = usize::from(call >> 6);
        match call & 0x3f {
            0..=9 | UNSET | ADD_NAME => on_builder(&mut objects, at, call & 0x3f, &mut script),
            10..=17 | RELOAD => on_context(&mut objects, at, call & 0x3f, &mut script),
            18..=39 | GREETING_FACTS | KEY_LOG => {
                on_conn(&mut objects, at, call & 0x3f, &mut script)
            }
            40 => objects.set_up(script.pick(&["VERIFY_IDENTITY", "REQUIRED", "PREFERRED"])),
            41 => objects.pump(usize::from(script.u8() % 24)),
            42 => feed(&mut objects, at, &mut script),
            43..=45 => step(&mut objects, at, &mut script),
            46 => overlap(&mut objects, at, &mut script),
            47 => abi_peer::peer(&mut objects, at, &mut script),
            48 => abi_accounts::run(&mut objects, at, &mut script),
            49 => abi_peer::session(&mut objects, at, &mut script),
            50 => abi_peer::hello(&mut objects, at, &mut script),
            60 => explain(&objects, at, &mut script),
            _ => library(call, &mut script),
        }
    }
}

// SAFETY of all below: pointers are NULL where the length is 0 or the header allows it, else to
// live memory of the length that goes with them; handles are NULL or alive, as `Objects` keeps them.

fn on_builder(objects: &mut Objects, at: usize, call: u8, script: &mut Cursor<'_>) {
    let b = objects.builders[at % 2];
    let code = match call {
        0 => {
            let mut out = std::ptr::null_mut();
            let code = unsafe { tlsql_builder_new(u32::from(script.u8() % 4), &mut out) };
            objects.set_builder(at, out);
            code
        }
        1 => {
            objects.set_builder(at, std::ptr::null_mut());
            0
        }
        2 | 3 => {
            let (name, value) = (option(script), value(script));
            let ((name, name_len), (value, value_len)) = (raw(&name), raw(&value));
            unsafe { tlsql_builder_set(b, name.cast(), name_len, value.cast(), value_len) }
        }
        UNSET => {
            let name = option(script);
            let (name, len) = raw(&name);
            unsafe { tlsql_builder_unset(b, name.cast(), len) }
        }
        4 => {
            let name = option(script);
            let (name, len) = raw(&name);
            text_out(script, |buf, cap, needed| unsafe {
                tlsql_builder_get(b, name.cast(), len, buf, cap, needed)
            })
        }
        5 => {
            let (pem, len) = raw(pem(script));
            match script.u8() & 1 {
                0 => unsafe { tlsql_builder_add_ca(b, pem, len) },
                _ => unsafe { tlsql_builder_add_crl(b, pem, len) },
            }
        }
        6 => {
            let ((cert, cert_len), (key, key_len)) = (raw(pem(script)), raw(pem(script)));
            unsafe { tlsql_builder_set_identity(b, cert, cert_len, key, key_len) }
        }
        ADD_NAME => {
            let name = value(script);
            let (name, len) = raw(&name);
            let ((cert, cert_len), (key, key_len)) = (raw(pem(script)), raw(pem(script)));
            unsafe { tlsql_builder_add_name(b, name.cast(), len, cert, cert_len, key, key_len) }
        }
        7 => unsafe { tlsql_builder_set_clock(b, u64::from(script.u32())) },
        8 => unsafe { tlsql_builder_load_files(b) },
        _ => {
            let count = unsafe { tlsql_builder_note_count(b) };
            let i = usize::from(script.u8());
            let code = error_out(script, |out| unsafe { tlsql_builder_note(b, i, out) });
            assert!(code != 0 || i < count, "note {i} of {count}");
            error_out(script, |out| unsafe { tlsql_builder_error(b, out) })
        }
    };
    check_code(code);
    let no_builder = call > 1 && call != 9 && b.is_null();
    assert!(!no_builder || code != 0, "a call without a builder works");
}

fn on_context(objects: &mut Objects, at: usize, call: u8, script: &mut Cursor<'_>) {
    let ctx = objects.contexts[at % 3];
    let code = match call {
        10 | 11 => {
            let mut out = std::ptr::null_mut();
            let builder = objects.builders[usize::from(script.u8() & 1)];
            let code = unsafe { tlsql_context_new(builder, &mut out) };
            assert_eq!(code == 0, !out.is_null());
            objects.set_context(at, out);
            code
        }
        12 => {
            let mut out = std::ptr::null_mut();
            let code = unsafe { tlsql_context_ref(ctx, &mut out) };
            objects.set_context(usize::from(script.u8()), out);
            code
        }
        13 => {
            objects.set_context(at, std::ptr::null_mut());
            0
        }
        RELOAD => {
            let builder = objects.builders[usize::from(script.u8() & 1)];
            let flags = u32::from(script.u8() % 8);
            assert!(unsafe { tlsql_context_files_changed(ctx) } <= 1);
            if flags > 3 {
                let key = [flags as u8; TLSQL_TICKET_KEY_SIZE as usize];
                let previous = if flags == 4 { std::ptr::null() } else { key.as_ptr() };
                check_code(unsafe { tlsql_context_set_ticket_keys(ctx, key.as_ptr(), previous) });
            }
            error_out(script, |why| unsafe { tlsql_context_reload(ctx, builder, flags, why) })
        }
        14 | 15 => {
            let name = if call == 14 { option(script) } else { status(script) };
            let (name, len) = raw(&name);
            let name = name.cast();
            text_out(script, |buf, cap, needed| unsafe {
                match call {
                    14 => tlsql_context_get(ctx, name, len, buf, cap, needed),
                    _ => tlsql_context_status(ctx, name, len, buf, cap, needed),
                }
            })
        }
        _ => {
            assert!(unsafe { tlsql_context_has_tls(ctx) } <= 1);
            let (mut out, mut why) = (std::ptr::null_mut(), Place::output(script));
            let code = match call {
                16 => unsafe { tlsql_client_new(ctx, &mut out, why.pointer()) },
                _ => unsafe { tlsql_server_new(ctx, &mut out, why.pointer()) },
            };
            if code != 0 && why.is_good() {
                check_error(&why.value());
            }
            objects.set_conn(usize::from(script.u8()), out);
            code
        }
    };
    check_code(code);
}

fn on_conn(objects: &mut Objects, at: usize, call: u8, script: &mut Cursor<'_>) {
    if call == 18 {
        return objects.set_conn(at, std::ptr::null_mut());
    }
    let slot = &mut objects.conns[at];
    let conn = slot.conn;
    let before = state(conn);
    let code = match call {
        19 => check_code(set_fact(conn, script)),
        20 => {
            let left = script.size().min(slot.wire.len());
            slot.ended(unsafe { tlsql_conn_eof(conn, left) })
        }
        21 => slot.ended(unsafe { tlsql_conn_close(conn) }),
        22 => slot.ended(unsafe { tlsql_conn_rekey(conn) }),
        23 | 24 => seal(objects, at, script),
        25 => getters(conn),
        26..=29 | 36..=38 | KEY_LOG => check_code(result(conn, call, script)),
        30..=35 | GREETING_FACTS => {
            let code = packet(conn, call, script);
            slot.ended(code)
        }
        _ => step_badly(objects, at, script),
    };
    if (-19..0).contains(&code) {
        assert_eq!(state(conn), before, "a wrong call changed something: {code} of {call}");
    }
    // Getters without a code aside, nothing works without a connection.
    assert!(!conn.is_null() || code != 0 || call == 25, "call {call} without a connection works");
}

fn set_fact(conn: *mut tlsql_conn, script: &mut Cursor<'_>) -> tlsql_code {
    let name = script.pick(&["host", "port", "transport", "verify-name", "sni", "HOST", ""]);
    let value = value(script);
    let ((name, name_len), (value, value_len)) = (raw(name), raw(&value));
    let mut why = Place::<tlsql_error>::output(script);
    let (name, value, place) = (name.cast(), value.cast(), why.pointer());
    let code = unsafe { tlsql_conn_set(conn, name, name_len, value, value_len, place) };
    if why.is_good() {
        check_error(&why.value());
        assert_eq!(why.value().code, code);
    }
    code
}

/// Makes one of the calls that write a result and leave the connection as it is.
fn result(conn: *mut tlsql_conn, call: u8, script: &mut Cursor<'_>) -> tlsql_code {
    match call {
        26 => error_out(script, |out| unsafe { tlsql_conn_error(conn, out) }),
        27 => error_out(script, |out| unsafe { tlsql_conn_check_transport(conn, out) }),
        28 => {
            let mut place = Place::<tlsql_greeting>::output(script);
            let code = unsafe { tlsql_conn_greeting(conn, place.pointer()) };
            place.check(code, UNTOUCHED);
            code
        }
        29 => {
            let mut place = Place::<tlsql_request>::output(script);
            let code = unsafe { tlsql_conn_request(conn, place.pointer()) };
            place.check(code, UNTOUCHED);
            code
        }
        36 => {
            let name = status(script);
            let (name, len) = raw(&name);
            text_out(script, |buf, cap, needed| unsafe {
                tlsql_conn_status(conn, name.cast(), len, buf, cap, needed)
            })
        }
        KEY_LOG => text_out(script, |buf, cap, needed| unsafe {
            tlsql_conn_keylog(conn, buf, cap, needed)
        }),
        37 => {
            let bits = script.pick(&[256, 384, 512, 0, 1]);
            let (mut buffer, mut needed) = (Buffer::new(script.size() % 80), 0);
            let code = unsafe {
                let (buf, cap) = (buffer.pointer(), buffer.cap());
                tlsql_conn_peer_fingerprint(conn, bits, buf, cap, &mut needed)
            };
            buffer.check(if code == 0 { needed } else { 0 });
            code
        }
        _ => {
            let (mut der, mut len) = (std::ptr::null(), 0);
            let i = usize::from(script.u8() & 3);
            let code = unsafe { tlsql_conn_peer_cert(conn, i, &mut der, &mut len) };
            if code == 0 {
                let der = unsafe { std::slice::from_raw_parts(der, len) };
                assert_eq!(der.first(), Some(&0x30), "a certificate is a SEQUENCE");
            }
            code
        }
    }
}

/// Makes one of the calls with which a host starts the upgrade or hands in its packets.
fn packet(conn: *mut tlsql_conn, call: u8, script: &mut Cursor<'_>) -> tlsql_code {
    match call {
        30 | 31 => {
            let mut place = Place::<tlsql_request>::input(script);
            if place.is_good() {
                place.bytes_mut()[4..8].copy_from_slice(&script.u32().to_ne_bytes());
            }
            let known = place.is_known();
            let code = match call {
                30 => unsafe { tlsql_client_start(conn, place.pointer()) },
                _ => unsafe { tlsql_client_request_sent(conn, place.pointer()) },
            };
            assert!(known || code != 0, "a struct that says more than the library knows");
            code
        }
        32 | 33 => {
            let (payload, len) = raw(payload(script));
            let (sequence, (ahead, ahead_len)) = (script.u8() & 3, raw(script.bytes()));
            match call {
                32 => unsafe { tlsql_server_start(conn, payload, len) },
                _ => unsafe {
                    tlsql_client_greeting_read(conn, payload, len, sequence, ahead, ahead_len)
                },
            }
        }
        GREETING_FACTS => greeting_facts(conn, script),
        34 => unsafe { tlsql_server_greeting_sent(conn, script.u32()) },
        _ => {
            let (payload, len) = raw(script.bytes());
            unsafe { tlsql_server_request_read(conn, payload, len, script.u8() & 3) }
        }
    }
}

/// Returns what a wrong call leaves as it was.
pub(super) fn state(conn: *const tlsql_conn) -> [u32; 6] {
    unsafe {
        [
            tlsql_conn_phase(conn),
            tlsql_conn_want(conn),
            tlsql_conn_outcome(conn),
            tlsql_conn_will_use_tls(conn),
            tlsql_conn_peer_closed(conn),
            u32::from(tlsql_conn_sequence(conn)),
        ]
    }
}

fn getters(conn: *const tlsql_conn) -> tlsql_code {
    let (want, phase, name) = unsafe {
        let version = tlsql_conn_tls_version(conn);
        assert!(matches!(version, 0 | 0x0303 | 0x0304));
        assert_eq!(version == 0, tlsql_conn_cipher_id(conn) == 0);
        assert!(tlsql_conn_headroom(conn) <= TLSQL_HEADROOM_MAX as usize);
        assert!(tlsql_conn_tailroom(conn) <= TLSQL_TAILROOM_MAX as usize);
        assert!(tlsql_conn_sequence(conn) <= 3);
        assert!(tlsql_conn_outcome(conn) <= 4);
        assert!(tlsql_conn_verified(conn) < 128);
        let bits = [
            tlsql_conn_peer_closed(conn),
            tlsql_conn_will_use_tls(conn),
            tlsql_conn_secure_transport(conn),
            tlsql_conn_resumed(conn),
        ];
        assert!(bits.iter().all(|&bit| bit <= 1));
        assert!(tlsql_conn_peer_cert_count(conn) < 16);
        let name = CStr::from_ptr(tlsql_conn_cipher_name(conn));
        assert_eq!(name.is_empty(), version == 0);
        let phase = tlsql_conn_phase(conn);
        (tlsql_conn_want(conn), phase, CStr::from_ptr(tlsql_phase_name(phase)))
    };
    assert!(want < 32);
    assert_eq!(name == c"UNKNOWN", conn.is_null(), "phase {phase}");
    0
}

fn seal(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) -> tlsql_code {
    let slot = &mut objects.conns[at];
    let plain_len = script.size() % 17000;
    let mut buffer = Buffer::new(plain_len + usize::from(script.u8() % 96));
    let mut record_len = 0;
    let (buf, cap) = (buffer.pointer(), buffer.cap());
    let code = unsafe { tlsql_conn_seal(slot.conn, buf, cap, plain_len, &mut record_len) };
    slot.ended(code);
    buffer.check(if code == 0 { record_len } else { 0 });
    if code == 0 {
        assert!(slot.promises.is_decided(), "sealed before the decision");
        let record = buffer.bytes()[..record_len].to_vec();
        objects.conns[at ^ 1].wire.extend(record);
    }
    code
}

fn feed(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) {
    let wire = &mut objects.conns[at].wire;
    match script.u8() & 3 {
        0 => {
            let at = script.size();
            if let Some(byte) = wire.get_mut(at) {
                *byte ^= script.u8();
            }
        }
        1 => wire.truncate(script.size()),
        _ if wire.len() < 128 << 10 => wire.extend_from_slice(script.bytes()),
        _ => {}
    }
}

fn step(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) {
    let window = if script.u8() & 0x80 == 0 { usize::MAX } else { script.size() };
    let out = script.size() % 20000;
    let app_in = vec![b'a'; script.size() % 20000];
    let app_out = if script.u8() & 1 == 0 { Some(script.size() % 20000) } else { None };
    let view = if script.u8() & 1 == 0 { usize::MAX } else { script.size() };
    let room = match app_out {
        // NULL of any size is a view.
        None | Some(0) => AppRoom::View(view),
        Some(cap) => AppRoom::Copy(cap),
    };
    objects.step(at, window, out, &app_in, room);
}

/// Steps with flags, a struct of the wrong size or NULL with a length: nothing is done.
fn step_badly(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) -> tlsql_code {
    let slot = &mut objects.conns[at];
    let mut place = Place::<tlsql_step>::input(script);
    let (which, mut out) = (script.u8() & 1, Buffer::new(64));
    let (null, len) = (std::ptr::null_mut(), if which == 0 { 1 + script.size() } else { 0 });
    if which == 1 && place.is_good() {
        place.bytes_mut()[4..8].copy_from_slice(&1u32.to_ne_bytes());
    }
    let code = unsafe {
        let (buf, cap) = (out.pointer(), out.cap());
        tlsql_conn_step(slot.conn, null, len, buf, cap, null, 0, null, 0, place.pointer())
    };
    assert!((-19..0).contains(&check_code(code)), "{code}");
    out.check(0);
    if place.is_good() {
        assert_eq!(place.value().wire_out_made, 0);
    }
    code
}

fn overlap(objects: &mut Objects, at: usize, script: &mut Cursor<'_>) {
    let slot = &mut objects.conns[at];
    let mut memory = vec![0u8; 256];
    let (a, b) = (usize::from(script.u8() % 128), usize::from(script.u8() % 128));
    let (a_len, b_len) = (usize::from(script.u8() % 128), usize::from(script.u8() % 128));
    let base = memory.as_mut_ptr();
    let mut place = Place::<tlsql_step>::right(0);
    let code = unsafe {
        let (a, b, none) = (base.add(a), base.add(b), std::ptr::null_mut());
        match script.u8() % 3 {
            0 => tlsql_conn_step(slot.conn, a, a_len, b, b_len, none, 0, none, 0, place.pointer()),
            1 => tlsql_conn_step(slot.conn, none, 0, a, a_len, b, b_len, none, 0, place.pointer()),
            _ => tlsql_conn_step(slot.conn, a, a_len, none, 0, none, 0, b, b_len, place.pointer()),
        }
    };
    if a.max(b) < (a + a_len).min(b + b_len) {
        let expected = if slot.conn.is_null() { [-1, -4] } else { [-4, -4] };
        assert!(expected.contains(&code), "overlapping buffers: {code}");
    } else {
        slot.remember(place.value().events, check_code(code));
    }
}

fn library(call: u8, script: &mut Cursor<'_>) {
    let number = i32::from(script.u8()) - 200;
    match call & 3 {
        0 => {
            let name = unsafe { CStr::from_ptr(tlsql_code_name(number)) };
            let code = error_out(script, |out| unsafe { tlsql_code_info(number, out) });
            assert!(code != 0 || name != c"UNKNOWN", "{number}");
            check_code(code);
        }
        1 => {
            assert!(tlsql_status_variable(1000 + usize::from(script.u8())).is_null());
            assert!(!tlsql_phase_name(script.u32()).is_null());
        }
        _ => {
            let mut place = Place::<tlsql_error>::input(script);
            if place.is_good() {
                place.bytes_mut()[4..8].copy_from_slice(&number.to_ne_bytes());
                let text = script.bytes();
                let len = text.len().min(500);
                // Behind struct_size and eight numbers: mysql_errno, alert, sqlstate, message.
                place.bytes_mut()[36..36 + len].copy_from_slice(&text[..len]);
            }
            let (mut buffer, mut needed) = (Buffer::new(script.size() % 600), 0);
            let code = unsafe {
                let (sequence, capabilities) = (script.u8(), script.u32());
                let (buf, cap) = (buffer.pointer(), buffer.cap());
                tlsql_error_packet(place.pointer(), sequence, capabilities, buf, cap, &mut needed)
            };
            check_code(code);
            assert!(place.is_known() || code != 0);
            buffer.check(if code == 0 { needed } else { 0 });
            assert!(code != TLSQL_E_ROOM || needed > buffer.cap());
        }
    }
}

/// Hands in what is left of a greeting whose bytes are gone.
fn greeting_facts(conn: *mut tlsql_conn, script: &mut Cursor<'_>) -> tlsql_code {
    let versions: [&[u8]; 5] = [b"", b"5.7.29", b"8.0.36", b"5.5.5-10.3.39-MariaDB", b"11.4.2-x"];
    let mut place = Place::<tlsql_greeting>::input(script);
    if place.is_good() {
        let (server_version, server_version_len) = raw(script.pick(&versions));
        let (capabilities, mariadb_capabilities) = (script.u32(), script.u32());
        place.set(tlsql_greeting {
            server_version,
            server_version_len,
            capabilities,
            mariadb_capabilities,
            ..place.value()
        });
    }
    let (ahead, ahead_len) = raw(script.bytes());
    let code = unsafe { tlsql_client_greeting_facts(conn, place.pointer(), ahead, ahead_len) };
    assert!(place.is_known() || code != 0, "a struct that says more than the library knows");
    code
}

/// Asks what is shown for a code: an object's own failure, or what is known of the code alone.
fn explain(objects: &Objects, at: usize, script: &mut Cursor<'_>) {
    let (builder, conn) = (objects.builders[at % 2], objects.conns[at].conn);
    let number = -i32::from(script.u8());
    let of_builder = script.u8() & 1 == 0;
    let code = error_out(script, |out| unsafe {
        let code = match of_builder {
            true => tlsql_builder_explain(builder, number, out),
            false => tlsql_conn_explain(conn, number, out),
        };
        if code == 0 {
            assert_eq!((*out).code, number);
        }
        code
    });
    check_code(code);
}

/// Makes a call that writes a text into a buffer, which may be too small.
pub(super) fn text_out(
    script: &mut Cursor<'_>,
    call: impl FnOnce(*mut c_char, usize, *mut usize) -> tlsql_code,
) -> tlsql_code {
    let mut buffer = Buffer::new(script.size() % 600);
    let mut needed = 0;
    let place = if script.u8() == 0xff { std::ptr::null_mut() } else { &raw mut needed };
    let code = call(buffer.pointer().cast(), buffer.cap(), place);
    assert!(!place.is_null() || code != 0, "NULL is taken for a place");
    buffer.check(if code == 0 { needed } else { 0 });
    if code == 0 {
        check_text(&buffer.bytes()[..needed]);
    }
    assert!(code != TLSQL_E_ROOM || needed > buffer.cap(), "no room for {needed} bytes");
    code
}

fn error_out(
    script: &mut Cursor<'_>,
    call: impl FnOnce(*mut tlsql_error) -> tlsql_code,
) -> tlsql_code {
    let mut place = Place::<tlsql_error>::output(script);
    let code = call(place.pointer());
    if place.is_good() && code == 0 {
        place.check(code, UNTOUCHED);
        check_error(&place.value());
    }
    code
}

pub(super) fn check_error(error: &tlsql_error) {
    for text in [error.message.as_slice(), &error.sqlstate, &error.option] {
        let bytes: Vec<u8> = text.iter().map(|c| c.to_ne_bytes()[0]).collect();
        let nul = bytes.iter().position(|&byte| byte == 0).expect("a NUL");
        check_text(&bytes[..=nul]);
    }
    assert!(error.alert_from <= 2 && error.severity <= 3);
    let end = usize::try_from(error.fact_off + error.fact_len).unwrap();
    assert!(end < error.message.len());
}

const TLSQL_E_ROOM: tlsql_code = -5;
