//! The four-buffer step.

use super::buffer::{self, RawSink, Sized32, meet};
use super::conn::{
    TLSQL_HEADROOM_MAX, TLSQL_TAILROOM_MAX, noted, on_conn, phase_number, tlsql_conn,
};
use super::{code, tlsql_code};
use crate::engine::{AppOut, Conn, Io, Step, event, want};
use crate::error::{Code, Error};
use crate::tls::record;

/// Buffer sizes that always let a step progress: the largest TLS record, header included.
pub const TLSQL_WIRE_IN_SIZE: u32 = 18437;
/// One full record out plus one control record.
pub const TLSQL_WIRE_OUT_SIZE: u32 = 16704;
/// Largest plaintext of one record.
pub const TLSQL_APP_OUT_SIZE: u32 = 16384;

/// Bytes from the peer. These bits say what the connection wants next: any set of them; 0 only in
/// CLOSED, and in FAILED once drained. After TLSQL_E_BUSY 0 says nothing. Wait for I/O only after a
/// step whose counts and events are all 0; otherwise step again: what comes after an event or behind
/// a view has not been looked at. Such a step counts only with the room that you have now: while
/// want has WANT_WIRE_OUT and your output buffer is free, step again before you wait.
pub const TLSQL_WANT_WIRE_IN: u32 = 0x01;
/// Room in wire_out: bytes for the peer are queued, or app_in did not fit. If a reader lends no
/// wire_out, a writer has to step when this bit shows.
pub const TLSQL_WANT_WIRE_OUT: u32 = 0x02;
/// Application bytes: they can be sent, in PLAIN from EVENT_PLAIN on. With tlsql_peer_proof=ON the
/// bit says that TLS is up: what is sent before the proof needs tlsql_client_auth_plugin() too, else
/// it is TLSQL_E_STATE.
pub const TLSQL_WANT_APP_IN: u32 = 0x04;
/// Room for plaintext: a record is waiting.
pub const TLSQL_WANT_APP_OUT: u32 = 0x08;
/// Client: tlsql_client_start() or tlsql_client_request_sent(). Server: tlsql_server_start() or
/// tlsql_server_greeting_sent().
pub const TLSQL_WANT_START: u32 = 0x10;

/// tlsql_conn_greeting() is ready. Each event is reported by exactly one step. A step that reports
/// GREETING, HELLO, SECURED or PLAIN stops there: app_in_used, app_out_made and view_len are 0, so
/// that a host never sends or reads before it decided.
pub const TLSQL_EVENT_GREETING: u32 = 0x01;
/// Server: tlsql_conn_request() is ready.
pub const TLSQL_EVENT_SSL_REQUEST: u32 = 0x02;
/// The handshake is done, and the peer verified as configured.
pub const TLSQL_EVENT_SECURED: u32 = 0x04;
/// The connection goes on without TLS; tlsql_conn_outcome() says why.
pub const TLSQL_EVENT_PLAIN: u32 = 0x08;
/// close_notify came; it may come with the last plaintext: read that first. From then on want has no
/// WANT_WIRE_IN, and bytes behind it are used up and dropped: do not poll for input.
pub const TLSQL_EVENT_PEER_CLOSED: u32 = 0x10;
/// Server with tlsql_hello_event=ON: the first ClientHello is whole, and the next step answers it.
/// tlsql_conn_hello_name() is ready, and tlsql_conn_use_context() is allowed until then. The client
/// waits now: once the context is chosen, step without waiting for input, whatever want says. Any
/// step, an empty one too, ends the choice; one that was a wrong call does not. The event may come
/// with SSL_REQUEST. A ClientHello that no server could take ends the connection without it.
/// Ssl_accepts counts the connection when the next step answers the ClientHello, or when the
/// connection fails before that, as where tlsql_conn_eof() says that the client has gone; not where
/// the host closes or frees it first.
pub const TLSQL_EVENT_HELLO: u32 = 0x20;

#[allow(clippy::as_conversions, reason = "computed by the compiler, and small")]
const _: () = {
    assert!(TLSQL_APP_OUT_SIZE as usize == record::MAX_PLAINTEXT);
    assert!(TLSQL_WIRE_IN_SIZE as usize == record::MAX_RECORD);
    // A full record, and a control record: the longest is a KeyUpdate, of 5 bytes.
    let margins = TLSQL_HEADROOM_MAX + TLSQL_TAILROOM_MAX;
    assert!(TLSQL_WIRE_OUT_SIZE >= TLSQL_APP_OUT_SIZE + margins + (5 + margins));
    assert!(TLSQL_WANT_WIRE_IN == want::WIRE_IN && TLSQL_WANT_WIRE_OUT == want::WIRE_OUT);
    assert!(TLSQL_WANT_APP_IN == want::APP_IN && TLSQL_WANT_APP_OUT == want::APP_OUT);
    assert!(TLSQL_WANT_START == want::START);
    assert!(TLSQL_EVENT_GREETING == event::GREETING && TLSQL_EVENT_PLAIN == event::PLAIN);
    assert!(TLSQL_EVENT_SSL_REQUEST == event::SSL_REQUEST);
    assert!(TLSQL_EVENT_SECURED == event::SECURED);
    assert!(TLSQL_EVENT_PEER_CLOSED == event::PEER_CLOSED && TLSQL_EVENT_HELLO == event::HELLO);
};

/// What a step did and wants. struct_size and flags are set before the call.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct tlsql_step {
    pub struct_size: u32,
    /// In: 0; else TLSQL_E_ARGUMENT.
    pub flags: u32,
    /// TLSQL_WANT_ bits.
    pub want: u32,
    /// TLSQL_PHASE_.
    pub phase: u32,
    /// TLSQL_EVENT_ bits.
    pub events: u32,
    /// Drop this many bytes from the front of wire_in, after using the view.
    pub wire_in_used: usize,
    /// Send this many bytes of wire_out, also when the call failed.
    pub wire_out_made: usize,
    /// Bytes of app_in that were taken: do not present them again.
    pub app_in_used: usize,
    /// Bytes of plaintext in app_out.
    pub app_out_made: usize,
    /// With app_out NULL: plaintext at wire_in + view_off.
    pub view_off: usize,
    pub view_len: usize,
    /// Length that wire_in must have next time to go on, counted from the first byte that was not
    /// used; 0 if that is not known, as where none was presented, and while no input is wanted.
    pub need_wire_in: usize,
    /// What makes progress: 1 for queued bytes, else a record of one byte of app_in. Lend
    /// TLSQL_WIRE_OUT_SIZE for full ones.
    pub need_wire_out: usize,
    /// Most plaintext that the waiting record can hold, also of one that turns out to hold none,
    /// such as a close_notify; 1 in PLAIN.
    pub need_app_out: usize,
}

impl Sized32 for tlsql_step {
    fn set_struct_size(&mut self, size: u32) {
        self.struct_size = size;
    }
}

impl tlsql_step {
    fn of(done: &Step, phase: u32) -> Self {
        Self {
            struct_size: 0,
            flags: 0,
            want: done.want,
            phase,
            events: done.events,
            wire_in_used: done.wire_in_used,
            wire_out_made: done.wire_out_made,
            app_in_used: done.app_in_used,
            app_out_made: done.app_out_made,
            view_off: done.view_off,
            view_len: done.view_len,
            need_wire_in: done.need_wire_in,
            need_wire_out: done.need_wire_out,
            need_app_out: done.need_app_out,
        }
    }
}

/// Does all the work the four buffers allow, and says what is wanted next.
///
/// wire_in   bytes from the peer, oldest first, writable: records are decrypted in place. Present
///           bytes that were not used again, unchanged, at the front of the next call that presents
///           any; a length of 0 is always allowed.
/// wire_out  room for bytes to the peer. Queued bytes leave in any amounts, app_in in whole
///           records. What any call writes goes out in the order of the calls. Send what a step
///           made at once, before the next step, with TCP_NODELAY.
/// app_in    bytes to send; only read.
/// app_out   room for plaintext, of as many whole records as fit. NULL: read in place; app_out_cap
///           is then the most bytes that the view may hold (TLSQL_ANY_ROOM: no limit). app_out_cap
///           0 always means no room: nothing is decrypted. A view is one record over 4 KiB, or
///           several records of at most 4 KiB each made adjacent; in PLAIN it is all of wire_in up
///           to app_out_cap, unchanged, at view_off 0.
///
/// The buffers must not overlap, and *step must not lie in one. A record is delivered whole or not
/// touched. In TLS and PLAIN, reading never waits for room in wire_out and writing never waits for
/// wire_in.
///
/// Plaintext is pending, as a host may be asked before it waits in poll(), while the host itself
/// holds some that it has not passed on, or the counts and events of its last step were not all 0,
/// or want has WANT_APP_OUT. A non-blocking write must not return before the wire_out of its step
/// has left: the app_in_used bytes that it reports as written are nowhere else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_step(
    conn: *mut tlsql_conn,
    wire_in: *mut u8,
    wire_in_len: usize,
    wire_out: *mut u8,
    wire_out_cap: usize,
    app_in: *const u8,
    app_in_len: usize,
    app_out: *mut u8,
    app_out_cap: usize,
    step: *mut tlsql_step,
) -> tlsql_code {
    let size = match buffer::struct_size(step) {
        Ok(size) => size,
        Err(error) => return note(conn, error),
    };
    let lent = Lent {
        wire_in: (wire_in, wire_in_len),
        wire_out: (wire_out, wire_out_cap),
        app_in: (app_in, app_in_len),
        app_out: (app_out, app_out_cap),
        step: (step, size),
    };
    let moved = lent.check().and_then(|()| on_conn(conn, |conn| lent.step(conn)));
    moved.unwrap_or_else(|error| lent.refuse(conn, error))
}

/// What the caller lent for one step.
struct Lent {
    wire_in: (*mut u8, usize),
    wire_out: (*mut u8, usize),
    app_in: (*const u8, usize),
    app_out: (*mut u8, usize),
    step: (*mut tlsql_step, usize),
}

impl Lent {
    /// Checks pointers and lengths, that no two ranges share a byte, and the flags.
    fn check(&self) -> Result<(), Error> {
        let [a, b, c, d, e] = self.ranges();
        let range = |lent: (*const u8, usize)| buffer::range(lent.0, lent.1);
        let (Some(a), Some(b), Some(c), Some(d), Some(e)) =
            (range(a), range(b), range(c), range(d), range(e))
        else {
            return Err(self.unfit());
        };
        // Of a step that only reads in place, and of an empty one, three are empty.
        let are_empty = (b.1 | c.1 | d.1) == 0;
        if meet(a, e) || (!are_empty && some_meet([a, b, c, d, e])) {
            return Err(overlap([a, b, c, d, e]));
        }
        if flags(self.step.0) != 0 {
            return Err(Error::detail(Code::Argument, "flags is not 0"));
        }
        Ok(())
    }

    /// What is lent, in the order of `NAMES`.
    fn ranges(&self) -> [(*const u8, usize); 5] {
        let (step, size) = self.step;
        [
            (self.wire_in.0, self.wire_in.1),
            (self.wire_out.0, self.wire_out.1),
            self.app_in,
            (self.app_out.0, self.app_room()),
            (step.cast(), size),
        ]
    }

    /// Says which pointer or length is wrong.
    #[cold]
    fn unfit(&self) -> Error {
        let mut named = NAMES.into_iter().zip(self.ranges());
        let found =
            named.find_map(|(name, (pointer, len))| buffer::named_range(pointer, len, name).err());
        found.unwrap_or(Code::Argument.into())
    }

    /// Room for plaintext that is copied out.
    fn app_room(&self) -> usize {
        if self.app_out.0.is_null() { 0 } else { self.app_out.1 }
    }

    /// Steps a connection and writes the result.
    fn step(&self, conn: &mut Conn) -> Result<tlsql_code, Error> {
        let mut out = RawSink::new(self.wire_out.0, self.wire_out.1);
        let mut app = RawSink::new(self.app_out.0, self.app_room());
        let mut io = Io {
            wire_in: buffer::checked_mut(self.wire_in.0, self.wire_in.1),
            wire_out: &mut out,
            app_in: buffer::checked(self.app_in.0, self.app_in.1),
            app_out: match self.app_out.0.is_null() {
                true => AppOut::View { limit: self.app_out.1 },
                false => AppOut::Buffer(&mut app),
            },
        };
        let (done, result) = conn.step(&mut io);
        let result = result.map_err(|error| noted(conn, error));
        let (step, size) = self.step;
        buffer::write_sized(step, size, tlsql_step::of(&done, phase_number(done.phase)));
        Ok(code(result))
    }

    /// Writes the result of a wrong call: nothing moved, and what is wanted is wanted still. A call that
    /// met another knows nothing, also if that has returned by now.
    #[cold]
    fn refuse(&self, conn: *const tlsql_conn, error: Error) -> tlsql_code {
        let (step, size) = self.step;
        if self.lends_step() {
            return note(conn, error);
        }
        let asked = if error.code == Code::Busy { std::ptr::null() } else { conn };
        let known = on_conn(asked, |conn| {
            conn.note_misuse(&error);
            Ok((conn.want(), conn.phase()))
        });
        let result = match known {
            Ok((want, phase)) => {
                tlsql_step::of(&Step { want, phase, ..Step::default() }, phase_number(phase))
            }
            // Nobody knows it: the caller's flags stay as they were.
            Err(_) => tlsql_step { flags: flags(step), ..tlsql_step::of(&Step::default(), 0) },
        };
        buffer::write_sized(step, size, result);
        error.code.number()
    }

    /// Whether the result lies in what is lent for bytes, which it must not change.
    fn lends_step(&self) -> bool {
        let [lent @ .., step] =
            self.ranges().map(|(at, len)| buffer::range(at, len).unwrap_or_default());
        lent.into_iter().any(|range| meet(range, step))
    }
}

/// The buffers as the header names them.
const NAMES: [&str; 5] = ["wire_in", "wire_out", "app_in", "app_out", "step"];

/// Whether any of the ranges share a byte, but the first and the last.
fn some_meet([a, b, c, d, e]: [(usize, usize); 5]) -> bool {
    let a_meets = meet(a, b) | meet(a, c) | meet(a, d);
    let b_meets = meet(b, c) | meet(b, d) | meet(b, e);
    a_meets | b_meets | meet(c, d) | meet(c, e) | meet(d, e)
}

/// Names the first two buffers that share a byte.
#[cold]
fn overlap(ranges: [(usize, usize); 5]) -> Error {
    let named = || NAMES.into_iter().zip(ranges);
    let mut pairs = named().flat_map(|one| named().map(move |other| (one, other)));
    let found = pairs.find(|(one, other)| one.0 != other.0 && meet(one.1, other.1));
    let names = found.map(|(one, other)| format!("{} and {}", one.0, other.0));
    Error::detail(Code::Overlap, names.unwrap_or_default())
}

/// The caller's flags, of a struct whose size was checked.
fn flags(step: *const tlsql_step) -> u32 {
    // SAFETY: the header says that struct_size bytes are readable; flags is among the first 8.
    unsafe { (&raw const (*step).flags).read() }
}

/// Keeps the reason of a wrong call whose result is not written.
#[cold]
fn note(conn: *const tlsql_conn, error: Error) -> tlsql_code {
    let is_unnamed = error.code == Code::Null && error.details().is_none();
    let error = if is_unnamed { Error::detail(Code::Null, "step") } else { error };
    let _ = on_conn(conn, |_| Err::<(), _>(error.clone()));
    error.code.number()
}
