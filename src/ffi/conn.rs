//! A connection: made, asked, ended.

use libc::c_char;

use super::buffer::{self, bytes, text};
use super::context::{context, tlsql_context};
use super::error::{explain, telling, tlsql_error};
use super::handle::{Handle, free, give, guard};
use super::{code, tlsql_code};
use crate::config::Role;
use crate::engine::{Conn, Phase};
use crate::error::{Code, Error};
use crate::tls::record;

pub const TLSQL_PHASE_GREETING: u32 = 1;
pub const TLSQL_PHASE_NEGOTIATE: u32 = 2;
pub const TLSQL_PHASE_HANDSHAKE: u32 = 3;
pub const TLSQL_PHASE_TLS: u32 = 4;
pub const TLSQL_PHASE_PLAIN: u32 = 5;
pub const TLSQL_PHASE_CLOSED: u32 = 6;
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

/// For tlsql_conn_seal() buffers laid out in advance.
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
    Handle::call(handle, work)
}

/// A client connection of a client context. why may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_client_new(
    ctx: *const tlsql_context,
    out: *mut *mut tlsql_conn,
    why: *mut tlsql_error,
) -> tlsql_code {
    code(new(ctx, Role::Client, out, why))
}

/// A server connection of a server context. why may be NULL.
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

/// NULL is fine. Must not overlap any call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_free(conn: *mut tlsql_conn) {
    free(conn);
}

/// Facts of this connection, until its first step or the first tlsql_client_ or tlsql_server_ call
/// on it: host, port, transport = tcp | unix | shared-memory | named-pipe in any case (default: tcp),
/// verify_name (default: host; localhost on a local transport without host), sni (default: that of
/// tls_sni_servername, or none; an address is not sent). Later it is TLSQL_E_STATE. A host or
/// verify_name that starts with a dot, or has an address in brackets, is refused. A server has
/// transport, host and port only. A refusal is not remembered, but told in *why, which may be
/// NULL: TLSQL_E_OPTION_NAME for a name that is none of these, TLSQL_E_OPTION_VALUE.
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
        on_conn(conn, |conn| conn.set(text(name, name_len)?, text(value, value_len)?))
    }))
}

/// The peer's half of the transport ended (end of file or reset), with unused bytes of wire_in left
/// over. Call it after a step with room for plaintext whose counts are all 0; while a record waits
/// for room (WANT_APP_OUT) it is TLSQL_E_STATE. It ends reading only: a reader stops when want lacks
/// WANT_WIRE_IN, and the phase stays until tlsql_conn_close(). Before TLS and PLAIN it is
/// TLSQL_E_EOF, and in TLS 1.3 too where a client showed its certificate and the server closed
/// without a word. Else in TLS and PLAIN it is TLSQL_OK when none are left, and TLSQL_E_TRUNCATED
/// when some are: MySQL peers close without close_notify, so TLSQL_OK is no proof of an orderly
/// end; whether the last MySQL packet was whole is the host's to judge, and tlsql_conn_peer_closed()
/// tells whether close_notify came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_eof(conn: *mut tlsql_conn, wire_in_left: usize) -> tlsql_code {
    code(on_conn(conn, |conn| conn.eof(wire_in_left)))
}

/// Say goodbye, in both directions: in TLS close_notify is queued, else nothing is sent, and what is
/// queued before TLS and PLAIN is dropped. From then on app_in and wire_in are not taken; CLOSED once
/// drained, no reply is awaited. Allowed in every phase; in FAILED it returns that failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_close(conn: *mut tlsql_conn) -> tlsql_code {
    code(on_conn(conn, Conn::close))
}

/// TLS 1.3 KeyUpdate: queued once; no effect until application data was sent since the last one.
/// TLSQL_E_STATE outside TLS 1.3, and while the peer is in the middle of a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_rekey(conn: *mut tlsql_conn) -> tlsql_code {
    code(on_conn(conn, Conn::rekey))
}

/// Encrypt where it lies: plaintext (1 to 16384 bytes) at buf + headroom, record at buf.
/// TLSQL_E_STATE while tlsql_conn_want() has WANT_WIRE_OUT, and outside TLS and PLAIN. In PLAIN
/// headroom and tailroom are 0 and the bytes stay as they are. TLSQL_E_ROOM: cap is smaller than
/// headroom + plain_len + tailroom; nothing behind that is written, whatever cap is. It is
/// TLSQL_E_STATE too where TLS itself has to send something first, such as the answer to a KeyUpdate:
/// step, and call it again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_seal(
    conn: *mut tlsql_conn,
    buf: *mut u8,
    cap: usize,
    plain_len: usize,
    record_len: *mut usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        buffer::check(buf, cap)?;
        if record_len.is_null() {
            return Err(Code::Null.into());
        }
        if plain_len == 0 || plain_len > record::MAX_PLAINTEXT {
            return Err(Code::Argument.into());
        }
        let (head, tail) = conn.margins();
        let slot = head.saturating_add(plain_len).saturating_add(tail);
        if cap < slot {
            return Err(Code::Room.into());
        }
        let plain = bytes(buf.wrapping_add(head), plain_len)?;
        buffer::copy_bytes(&conn.seal(plain)?, buf, slot, record_len)
    }))
}

/// Bytes before the plaintext in a record; valid from SECURED or PLAIN on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_headroom(conn: *const tlsql_conn) -> usize {
    on_conn(conn, |conn| Ok(conn.margins().0)).unwrap_or(0)
}

/// Bytes after the plaintext in a record; valid from SECURED or PLAIN on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_tailroom(conn: *const tlsql_conn) -> usize {
    on_conn(conn, |conn| Ok(conn.margins().1)).unwrap_or(0)
}

/// TLSQL_WANT_ bits; here WANT_WIRE_OUT tells of queued bytes only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_want(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(conn.want())).unwrap_or(0)
}

/// TLSQL_PHASE_.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_phase(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(phase_number(conn.phase()))).unwrap_or(0)
}

/// 1 if close_notify came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_peer_closed(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(u32::from(conn.peer_closed()))).unwrap_or(0)
}

/// The failure that ended the connection; its code is TLSQL_OK when there is none. Of a wrong call
/// or a refused tlsql_conn_set() tlsql_code_info() tells.
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

/// What to show for a code that a call on this connection returned: the failure that ended the
/// connection if it is this code, else what tlsql_code_info() gives, also while another call runs
/// and after TLSQL_E_PANIC. Why tlsql_conn_set() or tlsql_client_new() refused is in their *why.
/// TLSQL_E_ARGUMENT for no code of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_explain(
    conn: *const tlsql_conn,
    code_number: tlsql_code,
    out: *mut tlsql_error,
) -> tlsql_code {
    let own = on_conn(conn, |conn| Ok(conn.failure().cloned()));
    code(guard(|| explain(code_number, own, out)))
}

/// Server: TLSQL_OK, or TLSQL_E_SECURE_TRANSPORT with the 3159 to send, where
/// require_secure_transport is on; TLSQL_E_STATE outside TLS and PLAIN. refusal may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_check_transport(
    conn: *const tlsql_conn,
    refusal: *mut tlsql_error,
) -> tlsql_code {
    code(on_conn(conn, |conn| telling(refusal, || conn.check_transport())))
}
