//! A client's sessions, from one connection to another.

use super::buffer;
use super::conn::{on_conn, tlsql_conn};
use super::handle::{free, give, guard};
use super::{code, tlsql_code};
use crate::engine::SavedSession;
use crate::error::Code;

/// A session of a client, taken out of a connection.
pub struct tlsql_session(SavedSession);

/// Takes a session of this client connection's server out of those that its context keeps, for
/// tlsql_conn_set_session(). A context resumes its sessions by itself (tlsql_session_cache_size):
/// this is for a host that keeps one beside its pool, or for another context.
///
/// Sessions are kept by host, port, transport, verify_name and sni as they were set, in the same
/// case: another port is another server, and so is LOCALHOST beside localhost. Of a server by TCP
/// without host none is kept, nor of a MariaDB server where the client has a certificate.
///
/// In TLS 1.3 a server gives its tickets after the handshake, so that there is none before a step
/// has read them, and one that was taken is kept no more. In TLS 1.2 there is one after the
/// handshake, and it stays when it is taken. TLSQL_E_STATE for a server, outside TLS, while
/// tlsql_conn_needs_peer_proof() is 1, and where there is none, as where tlsql_session_cache_size
/// is 0: such a context takes sessions of others only (tlsql_conn_set_session()).
///
/// The outcome of the login does not matter to a session: one that is taken after a refused login
/// is as good. Take it before you close or free the connection. It is yours, and outlives connection
/// and context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_session(
    conn: *mut tlsql_conn,
    out: *mut *mut tlsql_session,
) -> tlsql_code {
    let emptied = guard(|| buffer::put(out, std::ptr::null_mut()));
    code(on_conn(conn, |conn| {
        emptied?;
        buffer::put(out, give(tlsql_session(conn.take_session()?)))
    }))
}

/// Makes a client connection offer this session, and no other; call it before the connection's
/// first step and its first tlsql_client_ call, before or after tlsql_conn_set(). TLSQL_OK does not
/// mean that the session is offered. It is where this connection could have taken it from its own
/// context, in every ssl_mode, and is not if it has expired, or is of another host, port, transport,
/// verify_name, sni or kind of server (MySQL or MariaDB). If it is not offered, or the server
/// refuses it, the handshake is a full one, and tlsql_conn_resumed() returns 0 after it. New
/// sessions of this connection are kept by its own context.
///
/// The session stays yours. One of TLS 1.2 may be set on many connections, one of TLS 1.3 on one:
/// this call spends it, whatever becomes of the connection. Any threads may set it.
/// TLSQL_E_SESSION_POLICY if this connection's Tlsql_policy_digest differs from that of the
/// connection that the session was taken from; one of TLS 1.3 is not spent then. TLSQL_E_STATE for
/// a server, later, for a second session, and for one of TLS 1.3 that was set before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_set_session(
    conn: *mut tlsql_conn,
    session: *const tlsql_session,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        // SAFETY: the header says that a session is NULL or came from the library and was not freed;
        // it is only read.
        let session = unsafe { session.as_ref() }.ok_or(Code::Null)?;
        conn.set_session(&session.0)
    }))
}

/// Frees a session; connections that it was set on keep what they need. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_session_free(session: *mut tlsql_session) {
    free(session);
}
