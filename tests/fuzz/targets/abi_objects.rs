//! The objects that a sequence of C calls works on, and what must hold after each call.

use std::ffi::CStr;

use tlsql::error::UsedBy;
use tlsql::ffi::*;
use tlsql::{Code, Phase, Step, want};

use super::abi_args::{Buffer, Place};
use super::contexts::{CA, GREETING, HOST, NOW, SERVER_CERT, SERVER_KEY};
use super::promises::{APP_OUT_SIZE, AppRoom, Failure, Observed, Promises, WIRE_OUT_SIZE, phase};
use super::stream::CAPABILITIES;

/// NULL where nothing was made yet.
pub struct Objects {
    pub builders: [*mut tlsql_builder; 2],
    pub contexts: [*mut tlsql_context; 3],
    pub conns: [Slot; 4],
    pub accounts: [Account; 2],
    pub session: *mut tlsql_session,
}

pub struct Account {
    pub pointer: *mut tlsql_account,
    /// A connection was checked against it.
    pub is_judged: bool,
}

impl Account {
    fn new(pointer: *mut tlsql_account) -> Self {
        Self { pointer, is_judged: false }
    }
}

pub struct Slot {
    pub conn: *mut tlsql_conn,
    /// Bytes for it.
    pub wire: Vec<u8>,
    pub promises: Promises,
}

impl Slot {
    fn new() -> Self {
        let conn = std::ptr::null_mut();
        Self { conn, wire: Vec::new(), promises: Promises::default() }
    }

    /// Checks a code of a call that can end a connection.
    pub fn ended(&mut self, code: tlsql_code) -> tlsql_code {
        self.remember(0, check_code(code))
    }

    /// Remembers what a call reported.
    pub fn remember(&mut self, events: u32, code: tlsql_code) -> tlsql_code {
        let first = self.promises.failure();
        assert!(code != 0 || first.is_none(), "{first:?}, then success");
        self.promises.remember(events, failure(code).as_ref());
        code
    }

    fn check_step(&mut self, buffers: &Buffers, code: tlsql_code, step: &Step) {
        let (conn_phase, conn_failure) = self.state();
        self.promises.check(&Observed {
            step,
            failure: failure(code).as_ref(),
            conn_phase,
            conn_failure: conn_failure.as_ref(),
            presented: &self.wire[..buffers.wire_in.cap()],
            left: buffers.wire_in.bytes(),
            wire_out_cap: buffers.wire_out.cap(),
            wire_out_len: step.wire_out_made,
            app_in_len: buffers.app_in.cap(),
            app_room: buffers.room,
            app_out: &buffers.app_out.bytes()[..step.app_out_made],
        });
    }

    /// Returns the connection's phase, and the failure that it tells of.
    fn state(&self) -> (Phase, Option<Failure>) {
        let mut place = Place::<tlsql_error>::right(0);
        // SAFETY: a connection that is alive, and a struct of the right size.
        let (number, code) =
            unsafe { (tlsql_conn_phase(self.conn), tlsql_conn_error(self.conn, place.pointer())) };
        assert_eq!(code, 0);
        (phase(number), failure(place.value().code))
    }
}

/// Returns the failure that a code stands for.
fn failure(code: tlsql_code) -> Option<Failure> {
    let code = Code::from_number(code)?;
    Some(Failure { code, message: String::new() })
}

fn step_of(step: &tlsql_step) -> Step {
    Step {
        want: step.want,
        phase: phase(step.phase),
        events: step.events,
        wire_in_used: step.wire_in_used,
        wire_out_made: step.wire_out_made,
        app_in_used: step.app_in_used,
        app_out_made: step.app_out_made,
        view_off: step.view_off,
        view_len: step.view_len,
        need_wire_in: step.need_wire_in,
        need_wire_out: step.need_wire_out,
        need_app_out: step.need_app_out,
    }
}

impl Objects {
    pub fn new() -> Self {
        Self {
            builders: [std::ptr::null_mut(); 2],
            contexts: [std::ptr::null_mut(); 3],
            conns: std::array::from_fn(|_| Slot::new()),
            accounts: std::array::from_fn(|_| Account::new(std::ptr::null_mut())),
            session: std::ptr::null_mut(),
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

    pub fn set_account(&mut self, at: usize, account: *mut tlsql_account) {
        let old = std::mem::replace(&mut self.accounts[at % 2], Account::new(account));
        // SAFETY: as above.
        unsafe { tlsql_account_free(old.pointer) };
    }

    pub fn set_session(&mut self, session: *mut tlsql_session) {
        let old = std::mem::replace(&mut self.session, session);
        // SAFETY: as above.
        unsafe { tlsql_session_free(old) };
    }

    pub fn set_conn(&mut self, at: usize, conn: *mut tlsql_conn) {
        let slot = &mut self.conns[at % 4];
        // SAFETY: as above.
        unsafe { tlsql_conn_free(slot.conn) };
        *slot = Slot { conn, ..Slot::new() };
    }

    /// Makes a client that verifies in slot 0 and its server in slot 1.
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
                    assert_eq!(tlsql_conn_set(conn, name, name_len, value, value_len, why), 0);
                }
            }
            self.set_builder(at, builder);
            self.set_context(at, context);
            self.set_conn(at, conn);
        }
    }

    /// Steps slots 0 and 1 in turns, with ample buffers.
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
            self.step(at, usize::MAX, WIRE_OUT_SIZE, &[], AppRoom::Copy(APP_OUT_SIZE));
        }
    }

    /// Steps a connection with buffers of these sizes.
    pub fn step(&mut self, at: usize, window: usize, out: usize, app_in: &[u8], room: AppRoom) {
        let slot = &mut self.conns[at];
        let window = window.min(slot.wire.len());
        let mut buffers = Buffers::new(&slot.wire[..window], out, app_in, room);
        let (code, step) = buffers.step(slot.conn);
        check_code(code);
        buffers.check(&step);
        if slot.conn.is_null() {
            assert_eq!((code, step.phase), (Code::Null.number(), 0), "no connection");
            return;
        }
        slot.check_step(&buffers, code, &step_of(&step));
        slot.wire.drain(..step.wire_in_used);
        // 0 and 1 are one connection's ends, 2 and 3 another's.
        let sent = &buffers.wire_out.bytes()[..step.wire_out_made];
        self.conns[at ^ 1].wire.extend_from_slice(sent);
    }
}

/// The four buffers of a step.
struct Buffers {
    wire_in: Buffer,
    wire_out: Buffer,
    app_in: Buffer,
    app_out: Buffer,
    room: AppRoom,
}

impl Buffers {
    fn new(wire_in: &[u8], out: usize, app_in: &[u8], room: AppRoom) -> Self {
        let app_out = if let AppRoom::Copy(cap) = room { cap } else { 0 };
        Self {
            wire_in: Buffer::of(wire_in),
            wire_out: Buffer::new(out),
            app_in: Buffer::of(app_in),
            app_out: Buffer::new(app_out),
            room,
        }
    }

    fn step(&mut self, conn: *mut tlsql_conn) -> (tlsql_code, tlsql_step) {
        let (AppRoom::Copy(app_cap) | AppRoom::View(app_cap)) = self.room;
        let mut place = Place::<tlsql_step>::right(0);
        // SAFETY: four buffers of our own, each with its length; that of a view is no buffer's.
        let code = unsafe {
            tlsql_conn_step(
                conn,
                self.wire_in.pointer(),
                self.wire_in.cap(),
                self.wire_out.pointer(),
                self.wire_out.cap(),
                self.app_in.pointer(),
                self.app_in.cap(),
                self.app_out.pointer(),
                app_cap,
                place.pointer(),
            )
        };
        (code, place.value())
    }

    /// Checks that nothing was written but what the step reports.
    fn check(&self, step: &tlsql_step) {
        self.wire_out.check(step.wire_out_made);
        self.app_out.check(step.app_out_made);
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        for at in 0..4 {
            self.set_conn(at, std::ptr::null_mut());
            self.set_context(at, std::ptr::null_mut());
            self.set_builder(at, std::ptr::null_mut());
            self.set_account(at, std::ptr::null_mut());
            self.set_session(std::ptr::null_mut());
        }
    }
}

/// Checks that a code is one that the library returns, and neither a caught defect nor a concurrent
/// call.
pub fn check_code(code: tlsql_code) -> tlsql_code {
    // SAFETY: never NULL, and lives for ever.
    let name = unsafe { CStr::from_ptr(tlsql_code_name(code)) };
    assert_ne!(name, c"UNKNOWN", "{code}");
    assert_ne!(name, c"TLSQL_E_PANIC", "a defect was caught");
    assert_ne!(name, c"TLSQL_E_BUSY", "nothing else runs");
    let used_by = Code::from_number(code).map(|code| code.row().used_by);
    assert!(matches!(used_by, None | Some(UsedBy::Library)), "{name:?} is not the library's");
    code
}

pub fn raw<B: AsRef<[u8]> + ?Sized>(bytes: &B) -> (*const u8, usize) {
    let bytes = bytes.as_ref();
    (bytes.as_ptr(), bytes.len())
}
