//! The objects that a sequence of C calls works on, and what must hold after each call.

use std::ffi::CStr;

use tlsql::ffi::*;
use tlsql::{Code, want};

use super::abi_args::{Buffer, Place};
use super::contexts::{self, CA, GREETING, HOST, NOW, SERVER_CERT, SERVER_KEY};
use super::promises::{APP_OUT_SIZE, WIRE_OUT_SIZE};
use super::stream::CAPABILITIES;

/// NULL where nothing was made yet.
pub struct World {
    pub builders: [*mut tlsql_builder; 2],
    pub contexts: [*mut tlsql_context; 3],
    pub conns: [Slot; 4],
}

pub struct Slot {
    pub conn: *mut tlsql_conn,
    /// Bytes for it.
    pub wire: Vec<u8>,
    /// Its final failure.
    pub failure: tlsql_code,
    /// Plaintext may surface.
    pub decided: bool,
}

impl Slot {
    fn new() -> Self {
        let conn = std::ptr::null_mut();
        Self { conn, wire: Vec::new(), failure: 0, decided: false }
    }

    /// Checks a code of a call that can end a connection.
    pub fn ended(&mut self, code: tlsql_code) -> tlsql_code {
        check_code(code);
        if !(-19..0).contains(&code) {
            assert!(self.failure == 0 || self.failure == code, "{} then {code}", self.failure);
            self.failure = code;
        }
        code
    }
}

impl World {
    pub fn new() -> Self {
        Self {
            builders: [std::ptr::null_mut(); 2],
            contexts: [std::ptr::null_mut(); 3],
            conns: std::array::from_fn(|_| Slot::new()),
        }
    }

    pub fn set_builder(&mut self, at: usize, builder: *mut tlsql_builder) {
        let old = std::mem::replace(&mut self.builders[at % 2], builder);
        // SAFETY: each pointer is in one place, and freed when it leaves it.
        unsafe { tlsql_builder_free(old) };
    }

    pub fn set_context(&mut self, at: usize, context: *mut tlsql_context) {
        let old = std::mem::replace(&mut self.contexts[at % 3], context);
        // SAFETY: as above.
        unsafe { tlsql_context_free(old) };
    }

    pub fn set_conn(&mut self, at: usize, conn: *mut tlsql_conn) {
        let slot = &mut self.conns[at % 4];
        // SAFETY: as above.
        unsafe { tlsql_conn_free(slot.conn) };
        *slot = Slot { conn, ..Slot::new() };
    }

    /// A client that verifies in slot 0 and its server in slot 1.
    pub fn set_up(&mut self, mode: &str) {
        for (at, role) in [TLSQL_CLIENT, TLSQL_SERVER].into_iter().enumerate() {
            let (mut builder, mut context) = (std::ptr::null_mut(), std::ptr::null_mut());
            let mut conn = std::ptr::null_mut();
            let why = std::ptr::null_mut();
            // SAFETY: pointers and lengths are those of live slices, out-parameters are ours.
            unsafe {
                assert_eq!(tlsql_builder_new(role, &mut builder), 0);
                assert_eq!(tlsql_builder_set_clock(builder, NOW), 0);
                let ((cert, cert_len), (key, key_len)) = (raw(SERVER_CERT), raw(SERVER_KEY));
                if role == TLSQL_SERVER {
                    let code = tlsql_builder_set_identity(builder, cert, cert_len, key, key_len);
                    assert_eq!(code, 0);
                    assert_eq!(tlsql_context_new(builder, &mut context), 0);
                    assert_eq!(tlsql_server_new(context, &mut conn, why), 0);
                } else {
                    assert_eq!(tlsql_builder_add_ca(builder, raw(CA).0, CA.len()), 0);
                    let ((name, name_len), (value, value_len)) = (raw(b"ssl-mode"), raw(mode));
                    let (name, value) = (name.cast(), value.cast());
                    assert_eq!(tlsql_builder_set(builder, name, name_len, value, value_len), 0);
                    assert_eq!(tlsql_context_new(builder, &mut context), 0);
                    assert_eq!(tlsql_client_new(context, &mut conn, why), 0);
                    let ((name, name_len), (value, value_len)) = (raw(b"host"), raw(HOST));
                    let (name, value) = (name.cast(), value.cast());
                    assert_eq!(tlsql_conn_set(conn, name, name_len, value, value_len), 0);
                }
            }
            self.set_builder(at, builder);
            self.set_context(at, context);
            self.set_conn(at, conn);
        }
    }

    /// Slots 0 and 1 in turns, with ample buffers, as far as they get.
    pub fn pump(&mut self, rounds: usize) {
        for round in 0..rounds {
            let at = 1 - round % 2;
            let conn = self.conns[at].conn;
            // SAFETY: a NULL connection is a wrong call and no more.
            let wants_start = unsafe { tlsql_conn_want(conn) } & want::START != 0;
            if wants_start {
                let mut request = Place::<tlsql_request>::right(0);
                request.bytes_mut()[4..8].copy_from_slice(&CAPABILITIES.to_ne_bytes());
                let (payload, len) = raw(GREETING);
                // SAFETY: one of the two is of the wrong role, and that is a wrong call.
                let codes = unsafe {
                    [
                        tlsql_server_start(conn, payload, len),
                        tlsql_client_start(conn, request.pointer()),
                    ]
                };
                for code in codes {
                    self.conns[at].ended(code);
                }
            }
            self.step(at, usize::MAX, WIRE_OUT_SIZE, &[], Some(APP_OUT_SIZE), 0);
        }
    }

    /// One step of a connection with buffers of these sizes; `app_out` None is a view.
    pub fn step(
        &mut self,
        at: usize,
        window: usize,
        out_cap: usize,
        app_in: &[u8],
        app_out: Option<usize>,
        view: usize,
    ) {
        let slot = &mut self.conns[at];
        let mut wire_in = Buffer::of(&slot.wire[..window.min(slot.wire.len())]);
        let (mut out, mut app_in) = (Buffer::new(out_cap), Buffer::of(app_in));
        let mut app_out = app_out.filter(|&cap| cap > 0).map(Buffer::new);
        let (pointer, cap) = match &mut app_out {
            Some(buffer) => (buffer.pointer(), buffer.cap()),
            None => (std::ptr::null_mut(), view),
        };
        let mut place = Place::<tlsql_step>::right(0);
        // SAFETY: four buffers of our own, each with its length.
        let code = unsafe {
            tlsql_conn_step(
                slot.conn,
                wire_in.pointer(),
                wire_in.cap(),
                out.pointer(),
                out.cap(),
                app_in.pointer(),
                app_in.cap(),
                pointer,
                cap,
                place.pointer(),
            )
        };
        slot.ended(code);
        let step = place.value();
        assert!(step.wire_in_used <= wire_in.cap() && step.app_in_used <= app_in.cap());
        assert!(step.wire_out_made <= out.cap());
        out.check(step.wire_out_made);
        if let Some(app_out) = &app_out {
            assert!(step.app_out_made <= app_out.cap() && step.view_len == 0);
            app_out.check(step.app_out_made);
        } else {
            assert!(step.app_out_made == 0 && step.view_len <= cap);
            assert!(step.view_off + step.view_len <= step.wire_in_used);
        }
        let counts = [step.wire_in_used, step.wire_out_made, step.app_in_used, step.app_out_made];
        let did = counts.iter().sum::<usize>() + step.view_len > 0 || step.events != 0;
        let going = step.events & (TLSQL_EVENT_SECURED | TLSQL_EVENT_PLAIN) != 0;
        if code != 0 || !slot.decided || going {
            assert_eq!((step.app_out_made, step.view_len, step.app_in_used), (0, 0, 0));
        }
        if (-19..0).contains(&code) {
            assert!(!did, "a wrong call did something");
        } else if code == 0 && !did {
            assert!(step.want != 0 || step.phase == TLSQL_PHASE_CLOSED, "nothing to wait for");
        }
        slot.decided |= going;
        slot.wire.drain(..step.wire_in_used);
        // 0 and 1 are one connection's ends, 2 and 3 another's.
        self.conns[at ^ 1].wire.extend_from_slice(&out.bytes()[..step.wire_out_made]);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for at in 0..4 {
            self.set_conn(at, std::ptr::null_mut());
            self.set_context(at, std::ptr::null_mut());
            self.set_builder(at, std::ptr::null_mut());
        }
    }
}

/// Known, honest about defects, and not one that nothing may return yet.
pub fn check_code(code: tlsql_code) -> tlsql_code {
    // SAFETY: never NULL, and lives for ever.
    let name = unsafe { CStr::from_ptr(tlsql_code_name(code)) };
    assert_ne!(name, c"UNKNOWN", "{code}");
    assert_ne!(name, c"TLSQL_E_PANIC", "a defect was caught");
    assert_ne!(name, c"TLSQL_E_BUSY", "nothing else runs");
    let reserved = Code::from_number(code).is_some_and(|code| code.row().reserved);
    assert!(!reserved, "{name:?} is reserved");
    code
}

pub fn raw<B: AsRef<[u8]> + ?Sized>(bytes: &B) -> (*const u8, usize) {
    let bytes = bytes.as_ref();
    (bytes.as_ptr(), bytes.len())
}

/// PEM that a call may be given, good and bad.
pub const PEM: [&[u8]; 6] =
    [CA, SERVER_CERT, SERVER_KEY, contexts::CLIENT_CERT, contexts::CLIENT_KEY, GREETING];
