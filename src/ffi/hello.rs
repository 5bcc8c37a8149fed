//! A server's choice of the context by the name in the ClientHello.

use libc::c_char;

use super::buffer;
use super::conn::{on_conn, tlsql_conn};
use super::context::{context, tlsql_context};
use super::{code, tlsql_code};

/// Copies the name of the server that the first ClientHello asks for, its SNI, in lower case and
/// without a dot at its end; "" where it has none that is a DNS name, as an address is none.
/// Nothing vouches for it. TLSQL_E_NO_HELLO before TLSQL_EVENT_HELLO, and from the next step on;
/// once the connection failed its failure, as from tlsql_conn_use_context().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_hello_name(
    conn: *const tlsql_conn,
    buf: *mut c_char,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| buffer::copy_text(conn.hello_name()?, buf, cap, needed)))
}

/// Makes the connection go on under another server's context, as that is now; call it once, after
/// the step that reported TLSQL_EVENT_HELLO and before the next. Without it the connection goes on
/// under its own. The context stays yours, to be reloaded at any time and freed once this returned.
///
/// What TLS decides is the other's from here on: certificate, versions and suites, the verification
/// of clients with tlsql_max_chain, sessions and ticket keys, what tlsql_conn_check_account() is
/// asked about, tlsql_keylog, tlsql_profile; and its counters count the connection, those of the
/// first context do not. What the greeting said stays, and so does the first context's
/// tlsql_max_handshake_bytes; tlsql_hello_event of the other means nothing here.
///
/// Each wrong call changes nothing: TLSQL_E_NO_HELLO at any other time, TLSQL_E_CONTEXT_CHOSEN the
/// second time, TLSQL_E_ARGUMENT for a client's context, TLSQL_E_CONTEXT_NO_TLS for one that has
/// none now (tlsql_context_has_tls()): the client has begun TLS, and the host goes on under the
/// first context or closes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_use_context(
    conn: *mut tlsql_conn,
    ctx: *const tlsql_context,
) -> tlsql_code {
    code(on_conn(conn, |conn| conn.use_context(context(ctx)?)))
}
