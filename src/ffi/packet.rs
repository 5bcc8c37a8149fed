//! MySQL packets: the greeting, the client's first packet, ERR.

use super::buffer::{self, Sized32, bytes};
use super::conn::{on_conn, tlsql_conn};
use super::error::tlsql_error;
use super::handle::guard;
use super::{code, tlsql_code};
use crate::engine::SslRequest;
use crate::error::{Code, Error};
use crate::packet::capability::CLIENT_PROTOCOL_41;
use crate::packet::err::ErrPacket;
use crate::packet::errno::ER_UNKNOWN_ERROR;
use crate::packet::greeting;
use crate::packet::ssl_request::charset_byte;

/// The server's greeting. Its pointers live as long as the connection.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct tlsql_greeting {
    pub struct_size: u32,
    pub protocol: u32,
    pub connection_id: u32,
    pub capabilities: u32,
    pub mariadb_capabilities: u32,
    pub status: u32,
    pub charset: u32,
    pub server_version: *const u8,
    pub server_version_len: usize,
    pub auth_plugin: *const u8,
    pub auth_plugin_len: usize,
    /// Both parts of the scramble, without the NUL that ends it.
    pub auth_data: *const u8,
    pub auth_data_len: usize,
    /// The packet without its 4-byte header.
    pub payload: *const u8,
    pub payload_len: usize,
}

/// The SSLRequest, whose values HandshakeResponse41 must repeat; or the same fields of a plain
/// login, where there is no TLS.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct tlsql_request {
    pub struct_size: u32,
    pub capabilities: u32,
    /// Largest packet that the client will send, in bytes; 0 is allowed.
    pub max_packet: u32,
    /// Collation; the packet has room for the low 8 bits.
    pub charset: u32,
    /// 0 for a MySQL server.
    pub mariadb_capabilities: u32,
}

impl Sized32 for tlsql_greeting {
    fn set_struct_size(&mut self, size: u32) {
        self.struct_size = size;
    }
}

impl Sized32 for tlsql_request {
    fn set_struct_size(&mut self, size: u32) {
        self.struct_size = size;
    }
}

impl tlsql_request {
    /// The packet has room for the low 8 bits of the collation id only.
    fn take(&self) -> SslRequest {
        SslRequest {
            capabilities: self.capabilities,
            max_packet: self.max_packet,
            charset: charset_byte(self.charset),
            mariadb_capabilities: self.mariadb_capabilities,
        }
    }

    fn of(request: &SslRequest) -> Self {
        Self {
            struct_size: 0,
            capabilities: request.capabilities,
            max_packet: request.max_packet,
            charset: u32::from(request.charset),
            mariadb_capabilities: request.mariadb_capabilities,
        }
    }
}

/// Copies the greeting. What tlsql_client_greeting_facts() did not give is 0, and empty.
/// TLSQL_E_STATE before the greeting was read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_greeting(
    conn: *const tlsql_conn,
    out: *mut tlsql_greeting,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        buffer::struct_size(out)?;
        let stored = conn.greeting().ok_or(Code::State)?;
        let view = stored.view().ok_or(Code::State)?;
        let is_whole = !stored.payload().is_empty();
        buffer::write_struct(
            out,
            tlsql_greeting {
                struct_size: 0,
                protocol: if is_whole { u32::from(greeting::VERSION) } else { 0 },
                connection_id: view.connection_id,
                capabilities: view.capabilities,
                mariadb_capabilities: view.mariadb_capabilities,
                status: u32::from(view.status),
                charset: u32::from(view.charset),
                server_version: view.server_version.as_ptr(),
                server_version_len: view.server_version.len(),
                auth_plugin: view.auth_plugin.as_ptr(),
                auth_plugin_len: view.auth_plugin.len(),
                auth_data: stored.auth_data().as_ptr(),
                auth_data_len: stored.auth_data().len(),
                payload: stored.payload().as_ptr(),
                payload_len: stored.payload().len(),
            },
        )
    }))
}

/// Client: answers the greeting, once it was read. CLIENT_SSL is set or cleared as ssl-mode and the
/// greeting decide, and what MariaDB's first bit or a server before 4.1 needs is adapted; other
/// bits stay as given. On return *req has the values to repeat in HandshakeResponse41.
/// TLSQL_E_ARGUMENT if CLIENT_PROTOCOL_41 is missing where the server has it. A refusal by ssl-mode
/// is returned here, and nothing was sent then. The SSLRequest leaves in a step of its own and the
/// ClientHello in the next. Send each at once, on a socket with TCP_NODELAY: a server that reads
/// both together may lose the ClientHello.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_client_start(
    conn: *mut tlsql_conn,
    req: *mut tlsql_request,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        let mut request = buffer::read_struct(req)?.take();
        conn.client_start(&mut request)?;
        buffer::write_struct(req, tlsql_request::of(&request))
    }))
}

/// Server: queues the greeting, given without its 4-byte header; sets CLIENT_SSL if this context
/// has TLS, clears it otherwise. A plain login that answers it is delivered as plaintext after
/// EVENT_PLAIN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_server_start(
    conn: *mut tlsql_conn,
    payload: *const u8,
    len: usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| conn.server_start(bytes(payload, len)?)))
}

/// Copies the client's first packet; of a plain login the capabilities, and the rest as far as the
/// packet has it. TLSQL_E_STATE before it came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_request(
    conn: *const tlsql_conn,
    out: *mut tlsql_request,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        buffer::struct_size(out)?;
        buffer::write_struct(out, tlsql_request::of(conn.request().ok_or(Code::State)?))
    }))
}

/// Returns the number of the next packet that the host itself sends, until the first application
/// byte; meaningless later. Client: 1 in clear, 2 in TLS. Server: 0 for the greeting, then the
/// client's last number + 1 (2 in clear, 3 in TLS).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_sequence(conn: *const tlsql_conn) -> u8 {
    on_conn(conn, |conn| Ok(conn.sequence())).unwrap_or(0)
}

/// Client: hands in a greeting that the host read itself: its payload, its sequence number, and
/// every byte that was read beyond it (ahead). For a host that reads and writes the packets itself;
/// none of what is handed in is reported as an event or delivered. Bytes of ahead are looked at,
/// not taken: with TLS any of them is TLSQL_E_EARLY_BYTES, without TLS present them as the first
/// wire_in. A refusal by ssl-mode is returned here.
///
/// Go on with tlsql_client_start() or, if the host writes the SSLRequest or its plain login itself,
/// with tlsql_client_request_sent().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_client_greeting_read(
    conn: *mut tlsql_conn,
    payload: *const u8,
    len: usize,
    sequence: u8,
    ahead: *const u8,
    ahead_len: usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        conn.client_greeting_read(bytes(payload, len)?, sequence, bytes(ahead, ahead_len)?)
    }))
}

/// Client: does what tlsql_client_greeting_read() does, for a host whose TLS hook is called when
/// the greeting's bytes are gone. Of *greeting only server_version, capabilities and
/// mariadb_capabilities count; its other pointers may be NULL. server_version_len 0 means that the
/// version is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_client_greeting_facts(
    conn: *mut tlsql_conn,
    greeting: *const tlsql_greeting,
    ahead: *const u8,
    ahead_len: usize,
) -> tlsql_code {
    code(on_conn(conn, |conn| {
        let greeting = buffer::read_struct(greeting)?;
        let version = bytes(greeting.server_version, greeting.server_version_len)?;
        conn.client_greeting_facts(
            version,
            greeting.capabilities,
            greeting.mariadb_capabilities,
            bytes(ahead, ahead_len)?,
        )
    }))
}

/// Client: says that the host wrote the SSLRequest, or its plain login, with these values.
/// TLSQL_E_ARGUMENT if CLIENT_SSL in them is not what tlsql_conn_will_use_tls() returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_client_request_sent(
    conn: *mut tlsql_conn,
    req: *const tlsql_request,
) -> tlsql_code {
    code(on_conn(conn, |conn| conn.client_request_sent(&buffer::read_struct(req)?.take())))
}

/// Server: says that the host wrote the greeting, with these capabilities. TLSQL_E_ARGUMENT for a
/// CLIENT_SSL that cannot be kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_server_greeting_sent(
    conn: *mut tlsql_conn,
    capabilities: u32,
) -> tlsql_code {
    code(on_conn(conn, |conn| conn.server_greeting_sent(capabilities)))
}

/// Server: hands in the client's first packet, read by the host: its payload and its sequence
/// number. No EVENT_SSL_REQUEST follows, and a plain login is not delivered again. Present the
/// bytes behind the packet as wire_in. After a failure the engine still sends the ERR packet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_server_request_read(
    conn: *mut tlsql_conn,
    payload: *const u8,
    len: usize,
    sequence: u8,
) -> tlsql_code {
    code(on_conn(conn, |conn| conn.server_request_read(bytes(payload, len)?, sequence)))
}

/// Returns 1 if TLS will be used (client, once the greeting was read), or if the greeting may set
/// CLIENT_SSL (server); else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_conn_will_use_tls(conn: *const tlsql_conn) -> u32 {
    on_conn(conn, |conn| Ok(u32::from(conn.will_use_tls()))).unwrap_or(0)
}

/// Writes an ERR packet, header included, with the number and the message of *err; the SQLSTATE
/// goes along if capabilities has CLIENT_PROTOCOL_41. A failure without a MySQL number, such as a
/// wrong call, is sent as 1105, ER_UNKNOWN_ERROR. TLSQL_E_ARGUMENT if there is no failure in *err.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tlsql_error_packet(
    err: *const tlsql_error,
    sequence: u8,
    capabilities: u32,
    buf: *mut u8,
    cap: usize,
    needed: *mut usize,
) -> tlsql_code {
    code(guard(|| {
        let error = buffer::read_struct(err)?;
        if error.code == 0 && error.mysql_errno == 0 {
            return Err(Error::detail(Code::Argument, "there is no failure to tell of"));
        }
        let message = error.message_bytes();
        let state = error.sqlstate_bytes().unwrap_or(*b"HY000");
        let packet = ErrPacket {
            code: if error.mysql_errno == 0 { ER_UNKNOWN_ERROR } else { error.mysql_errno },
            sqlstate: (capabilities & CLIENT_PROTOCOL_41 != 0).then_some(state),
            message: &message,
        };
        let mut wire = vec![0; packet.wire_len()];
        packet.write(sequence, &mut wire).map_err(|_| Code::Room)?;
        buffer::copy_bytes(&wire, buf, cap, needed)
    }))
}
