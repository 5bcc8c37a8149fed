//! A connection: made, asked, ended.

use libc::c_char;

use super::buffer::{self, option_value, text};
use super::context::{context, tlsql_context};
use super::error::{explain, telling, tlsql_error};
use super::handle::{Handle, free, give, guard};
use super::{code, tlsql_code};
use crate::config::Role;
use crate::engine::{Conn, Phase};
use crate::error::{Code, Error};
use crate::tls::record;

/// The greeting has not come, or has not left, as a whole.
pub const TLSQL_PHASE_GREETING: u32 = 1;
/// The greeting is done; an SSLRequest or a plain login comes next.
pub const TLSQL_PHASE_NEGOTIATE: u32 = 2;
/// The TLS handshake.
pub const TLSQL_PHASE_HANDSHAKE: u32 = 3;
/// Application bytes in TLS.
pub const TLSQL_PHASE_TLS: u32 = 4;
/// Application bytes in clear text.
pub const TLSQL_PHASE_PLAIN: u32 = 5;
/// tlsql_conn_close() was called, and everything queued has left.
pub const TLSQL_PHASE_CLOSED: u32 = 6;
/// A failure ended the connection: see tlsql_conn_error().
pub const TLSQL_PHASE_FAILED: u32 = 7;

/// The constant of a phase.
pub(super) fn phase_number(phase: Phase) -> u32 {
    match phase {
        Phase::Greeting => TLSQL_PHASE_GREETING,
        Phase::Negotiate => TLSQL_PHASE_NEGOTIATE,
        Phase::Handshake => TLSQL_PHASE_HANDSHAKE,
        Phase::Tls => TLSQL_PHASE_TLS,
        Phase::Plain => TLSQL_PHASE_PLAIN,
        Phase::Closed => TLSQL_PHASE_CLOSED,
        Phase::Failed => TLSQL_PHASE_FAILED,
    }
}

/// Most bytes before and after a plaintext in tlsql_conn_seal(), to lay out buffers with.
pub const TLSQL_HEADROOM_MAX: u32 = 16;
pub const TLSQL_TAILROOM_MAX: u32 = 32;

/// One connection.
pub struct tlsql_conn(Handle<Conn>);

impl tlsql_conn {
    pub(super) fn new(conn: Conn) -> Self {
        Self(Handle::new(conn))
    }
}

/// Runs `work` alone on the connection.
pub(super) fn on_conn<R>(
    conn: *const tlsql_conn,
    work: impl FnOnce(&mut Conn) -> Result<R, Error>,
) -> Result<R, Error> {
    // SAFETY: the header says that a connection is NULL or came from the library and was not freed.
    let handle = unsafe { conn.as_ref() }.map_or(std::ptr::null(), |conn| &conn.0);
    Handle::call(handle, |conn| work(conn).map_err(|error| noted(conn, error)))
}

/// Keeps the reason of a wrong call for `tlsql_conn_explain`: one that is not of this moment has one
/// always.
#[cold]
pub(super) fn noted(conn: &mut Conn, error: Error) -> Error {
    let error = match error.code {
        Code::State if error.details().is_none() && conn.is_closing() => {
            Error::detail(Code::State, "tlsql_conn_close() was called")
        }
        Code::State if error.details().is_none() => {
            let role = if conn.role() == Role::Client { "client" } else { "server" };
            Error::detail(Code::State, format!("this is a {role} in {}", conn.phase().name()))
                .with_hint(Code::State.row().hint)
        }
        _ => error,
    };
    conn.note_misuse(&error);
    error
}

/// The reason of what needs the peer's certificate.
pub(super) fn no_certificate() -> Error {
    Error::detail(Code::State, "there is no certificate of the peer")
}

/// Makes a connection of a context whose role is TLSQL_CLIENT; else it is TLSQL_E_ARGUMENT. *why
/// gets the reason of a failure and may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_client_new(
    ctx: *const tlsql_context,
    out: *mut *mut tlsql_conn,
    why: *mut tlsql_error,
) -> tlsql_code {
    code(new(ctx, Role::Client, out, why))
}

/// Makes a connection of a context whose role is TLSQL_SERVER; else it is TLSQL_E_ARGUMENT. *why
/// gets the reason of a failure and may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_server_new(
    ctx: *const tlsql_context,
    out: *mut *mut tlsql_conn,
    why: *mut tlsql_error,
) -> tlsql_code {
    code(new(ctx, Role::Server, out, why))
}

fn new(
    ctx: *const tlsql_context,
    role: Role,
    out: *mut *mut tlsql_conn,
    why: *mut tlsql_error,
) -> Result<(), Error> {
    guard(|| {
        let cleared = buffer::put(out, std::ptr::null_mut());
        telling(why, || {
            cleared?;
            let context = context(ctx)?;
            if context.role() != role {
                return Err(Error::detail(Code::Argument, "the context is of the other role"));
            }
            buffer::put(out, give(tlsql_conn::new(Conn::new(context))))
        })
    })
}

/// Frees the connection; it sends nothing, tlsql_conn_close() does. Must not overlap any other call
/// on it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_free(conn: *mut tlsql_conn) {
    free(conn);
}

/// Sets one option of this connection before its first step and its first tlsql_client_ or
/// tlsql_server_ call; later it is TLSQL_E_STATE. host; port; transport: tcp (default), unix,
/// shared-memory or named-pipe, in any case; verify_name (default: host, or localhost on a local
/// transport without host); sni (default: tls_sni_servername, or none; an address is not sent). A
/// server has transport, host and port only.
///
/// TLSQL_E_OPTION_NAME for another name, TLSQL_E_OPTION_VALUE for a value that is not taken, such
/// as a host or verify_name that starts with a dot or has an address in brackets. *why gets the
/// reason and may be NULL; these two do not end the connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_set(
    conn: *mut tlsql_conn,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    why: *mut tlsql_error,
) -> tlsql_code {
    code(telling(why, || {
        on_conn(conn, |conn| {
            let name = text(name, name_len)?;
            conn.set(name, option_value(name, value, value_len)?)
        })
    }))
}

/// Says that the peer's half of the transport ended (end of file or reset), with wire_in_left unused
/// bytes of wire_in. Call it after a step with room for plaintext whose counts and events are all 0;
/// while the choice after TLSQL_EVENT_HELLO is open call it without a further step, which would end
/// the choice. While a record waits for room (WANT_APP_OUT), and in PLAIN while bytes are left, it
/// is TLSQL_E_STATE: read them first. It ends reading only: a reader stops when want lacks
/// WANT_WIRE_IN, what is presented then is dropped in TLS and left alone in PLAIN, and the phase
/// stays until tlsql_conn_close(). Once it returned TLSQL_OK, and after tlsql_conn_close(), it does
/// nothing and returns TLSQL_OK whatever is left, unless the connection failed.
///
/// Before TLS and PLAIN it is TLSQL_E_EOF, and in TLS 1.3 too if a client showed its certificate
/// and the server closed without sending anything. Else in TLS and PLAIN it is TLSQL_OK if no bytes
/// are left; in TLS it is TLSQL_E_TRUNCATED if some are, but TLSQL_OK whatever is left after a
/// close_notify, for nothing behind that counts. MySQL peers close without close_notify, so TLSQL_OK
/// does not prove an orderly end: the host knows whether the last MySQL packet was whole, and
/// tlsql_conn_peer_closed() returns whether close_notify came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_eof(conn: *mut tlsql_conn, wire_in_left: usize) -> tlsql_code {
    code(on_conn(conn, |conn| {
        // As for every length: one that cannot be is a misuse.
        let why = "wire_in_left is beyond PTRDIFF_MAX";
        isize::try_from(wire_in_left).map_err(|_| Error::detail(Code::Argument, why))?;
        conn.eof(wire_in_left)
    }))
}

/// Ends the connection in both directions. In TLS it queues close_notify; before TLS and PLAIN it
/// drops what is queued. From then on app_in and wire_in are not taken, and the phase is CLOSED
/// once wire_out has left; no reply is awaited. Allowed in every phase; in FAILED it returns that
/// failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_close(conn: *mut tlsql_conn) -> tlsql_code {
    code(on_conn(conn, Conn::close))
}

/// Queues a TLS 1.3 KeyUpdate, once: another call has no effect until application data was sent. It
/// asks the peer for one, unless one that was asked for has not come yet: a connection that read
/// that has WANT_WIRE_OUT until the answer has left.
/// TLSQL_E_STATE outside TLS 1.3, and while a message of the peer that spans records is half read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_rekey(conn: *mut tlsql_conn) -> tlsql_code {
    code(on_conn(conn, Conn::rekey))
}

/// Encrypts in place: makes one record at buf of the plain_len bytes (1 to 16384) at buf +
/// tlsql_conn_headroom(), and writes its length, never 0, to *record_len. In PLAIN headroom and
/// tailroom are 0 and the bytes stay as they are.
///
/// TLSQL_E_ARGUMENT for another plain_len, in every phase. TLSQL_E_STATE outside TLS and PLAIN, in
/// PLAIN before a step has reported EVENT_PLAIN, where the server has to prove itself first
/// (tlsql_conn_needs_peer_proof()), and while bytes for the peer are queued (tlsql_conn_want() has
/// WANT_WIRE_OUT), such as a KeyUpdate, which this call queues itself when it is due: step until
/// they have left, and call again. TLSQL_E_ROOM if cap is smaller than headroom + plain_len +
/// tailroom; nothing is written beyond these, whatever cap is. TLSQL_E_OVERLAP if *record_len lies
/// in buf. In TLS 1.2 TLSQL_E_KEYS_USED_UP, which is final, after 2^24 - 1 records of AES-GCM.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_seal(
    conn: *mut tlsql_conn,
    buf: *mut u8,
    cap: usize,
    plain_len: usize,
    record_len: *mut usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        let lent = buffer::named_range(buf, cap, "buf")?;
        let len = buffer::named_range(record_len.cast(), size_of::<usize>(), "record_len")?;
        if buffer::meet(lent, len) {
            return Err(Error::detail(Code::Overlap, "buf and record_len"));
        }
        if plain_len == 0 || plain_len > record::MAX_PLAINTEXT {
            return Err(Error::detail(Code::Argument, "plain_len is not from 1 to 16384"));
        }
        let (head, tail) = conn.margins();
        let slot = head.saturating_add(plain_len).saturating_add(tail);
        if cap < slot {
            let why = format!("cap is {cap}, and a record of {plain_len} bytes takes {slot}");
            let hint = "Give headroom + plain_len + tailroom bytes.";
            return Err(Error::detail(Code::Room, why).with_hint(hint));
        }
        let plain = || buffer::plain(buf, head, plain_len);
        conn.seal_in_place(plain, || buffer::record(buf, head, plain_len, tail))?;
        buffer::put(record_len, slot)
    }))
}

/// Returns the bytes before the plaintext in a record; valid from SECURED or PLAIN on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_headroom(conn: *const tlsql_conn) -> usize {
    on_conn(conn, |conn| Ok(conn.margins().0)).unwrap_or(0)
}

/// Returns the bytes after the plaintext in a record; valid from SECURED or PLAIN on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_tailroom(conn: *const tlsql_conn) -> usize {
    on_conn(conn, |conn| Ok(conn.margins().1)).unwrap_or(0)
}

/// Returns the TLSQL_WANT_ bits that a step without buffers would report, for a host that did
/// something else since its last step; WANT_WIRE_OUT means that bytes for the peer are queued. 0 if
/// nothing moves the connection any more, and while another call runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_want(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(conn.want())).unwrap_or(0)
}

/// Returns TLSQL_PHASE_.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_phase(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(phase_number(conn.phase()))).unwrap_or(0)
}

/// Returns 1 if the peer's close_notify came, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_peer_closed(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(u32::from(conn.peer_closed()))).unwrap_or(0)
}

/// Copies the failure that ended the connection; its code is TLSQL_OK when there is none. Wrong
/// calls and what tlsql_conn_set() refused are not recorded: see tlsql_conn_explain().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_error(
    conn: *const tlsql_conn,
    out: *mut tlsql_error,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        let known = conn.failure().map_or_else(tlsql_error::none, tlsql_error::of);
        buffer::write_struct(out, known)
    }))
}

/// Copies what to show for a code that a call on this connection returned: the failure that ended
/// the connection if it has this code, or the reason of the last wrong call, name or value if that
/// has it, such as which bit a TLSQL_E_ARGUMENT is about; else what tlsql_code_info() writes, also
/// while another call runs and after TLSQL_E_PANIC. A reason stays until a wrong call that has
/// one replaces it, or one of the same code without any clears it: ask at once. TLSQL_E_ARGUMENT if
/// this library does not have the code, TLSQL_E_NULL if conn or out is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_explain(
    conn: *const tlsql_conn,
    code_number: tlsql_code,
    out: *mut tlsql_error,
) -> tlsql_code {
    let own = on_conn(conn, |conn| {
        Ok(Code::from_number(code_number).and_then(|code| conn.known_error(code).cloned()))
    });
    code(guard(|| explain(code_number, own, out)))
}

/// Server: returns TLSQL_OK, or TLSQL_E_SECURE_TRANSPORT if require_secure_transport is on and the
/// transport is not secure; *refusal gets the error 3159 to send, and may be NULL. TLSQL_E_STATE
/// outside TLS and PLAIN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_check_transport(
    conn: *const tlsql_conn,
    refusal: *mut tlsql_error,
) -> tlsql_code {
    code(telling(refusal, || on_conn(conn, |conn| conn.check_transport())))
}
