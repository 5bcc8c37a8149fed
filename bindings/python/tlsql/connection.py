"""Settings, and the engine of one connection without any I/O."""
from types import SimpleNamespace

from .native import Error, check, failure, ffi, lib, new, octets, text

BUFFER_SIZE = 64 << 10  # in each direction: three full records and more
ANY_ROOM = (1 << 8 * ffi.sizeof("size_t")) - 1
REQUEST_FIELDS = ("capabilities", "max_packet", "charset", "mariadb_capabilities")


class Context:
    """Settings in force, for any number of connections in any threads."""

    def __init__(self, role, options=(), *, ca=b"", crl=b"", cert=b"", key=b""):
        """role: "client" or "server"; options: by MySQL name, a dict; the files they name are
        opened here.  ca, crl (PEM or DER), cert and key (PEM) are bytes already in memory."""
        self.role = {"client": lib.TLSQL_CLIENT, "server": lib.TLSQL_SERVER}[role]
        out = ffi.new("tlsql_builder **")
        check(lib.tlsql_builder_new(self.role, out), lib.tlsql_code_info, lib.TLSQL_E_PANIC)
        builder = ffi.gc(out[0], lib.tlsql_builder_free)

        def must(code):
            check(code, lib.tlsql_builder_error, builder)

        for name, value in dict(options).items():
            must(lib.tlsql_builder_set(builder, *text(name), *text(str(value))))
        if ca:
            must(lib.tlsql_builder_add_ca(builder, *octets(ca)))
        if crl:
            must(lib.tlsql_builder_add_crl(builder, *octets(crl)))
        if cert or key:
            must(lib.tlsql_builder_set_identity(builder, *octets(cert), *octets(key)))
        must(lib.tlsql_builder_load_files(builder))
        out = ffi.new("tlsql_context **")
        must(lib.tlsql_context_new(builder, out))
        self._context = ffi.gc(out[0], lib.tlsql_context_free)


def _fact(name, kind=lambda value: value):
    getter = getattr(lib, "tlsql_conn_" + name)
    return property(lambda self: kind(getter(self._conn)))


class Connection:
    """One connection; one thread at a time.

    Received bytes go into room(), then received(n) and read() until nothing moves; read() and
    write() return what is to be sent, to be sent in the order of the calls."""

    def __init__(self, context, **facts):
        """facts: host, port, transport, verify_name, sni, as tlsql_conn_set knows them."""
        make = lib.tlsql_client_new if context.role == lib.TLSQL_CLIENT else lib.tlsql_server_new
        out, why = ffi.new("tlsql_conn **"), new("tlsql_error")
        code = make(context._context, out, why)
        if code != lib.TLSQL_OK:
            raise Error(code, why)
        self._conn = ffi.gc(out[0], lib.tlsql_conn_free)
        for name, value in facts.items():
            self._check(lib.tlsql_conn_set(self._conn, *text(name), *text(str(value)), ffi.NULL))
        self._in = ffi.new("uint8_t[]", BUFFER_SIZE)  # unused bytes stand at _in[_at:_end]
        self._out = ffi.new("uint8_t[]", BUFFER_SIZE)
        self._at = self._end = 0
        self._step = new("tlsql_step")

    def room(self):
        """Where to put received bytes, behind the part of a record that is already there."""
        ffi.memmove(self._in, self._in + self._at, self._end - self._at)
        self._at, self._end = 0, self._end - self._at
        return memoryview(ffi.buffer(self._in))[self._end:]

    def received(self, count):
        self._end += count

    def read(self, room=True):
        """Take received bytes; not if they are plaintext and there is no room for it."""
        return self._turn(self._in + self._at, self._end - self._at, b"",
                          ANY_ROOM if room else 0)

    def write(self, data=b""):
        """(bytes to send, error) of data, behind all that was queued."""
        data, wire = memoryview(data).cast("B"), []
        while True:
            turn = self._turn(ffi.NULL, 0, data, 0)
            data = data[turn.used:]
            wire.append(turn.wire)
            if turn.wire and turn.want & lib.TLSQL_WANT_WIRE_OUT:
                continue
            if turn.error or not data:
                return b"".join(wire), turn.error
            if not turn.moved:
                return b"".join(wire), Error(lib.TLSQL_E_STATE)

    def eof(self):
        """The peer ended its half: None, or the error that this is."""
        return self._failure(lib.tlsql_conn_eof(self._conn, self._end - self._at))

    def close(self):
        self._check(lib.tlsql_conn_close(self._conn))

    def greeting(self):
        """Client: what the server said."""
        g = new("tlsql_greeting")
        self._check(lib.tlsql_conn_greeting(self._conn, g))
        numbers = {name: getattr(g, name) for name in (
            "protocol", "connection_id", "capabilities", "mariadb_capabilities", "status",
            "charset")}
        return SimpleNamespace(**numbers, **{
            name: bytes(ffi.buffer(getattr(g, name), getattr(g, name + "_len")))
            for name in ("server_version", "auth_plugin", "auth_data", "payload")})

    def start(self, request):
        """Client: answer the greeting; what is returned the login packet must repeat."""
        r = new("tlsql_request")
        for name, value in request.items():
            setattr(r, name, value)
        self._check(lib.tlsql_client_start(self._conn, r))
        return {name: getattr(r, name) for name in REQUEST_FIELDS}

    def greet(self, payload):
        """Server: the greeting to send, without its packet header."""
        self._check(lib.tlsql_server_start(self._conn, *octets(payload)))

    def request(self):
        """Server: what the client's first packet said."""
        r = new("tlsql_request")
        self._check(lib.tlsql_conn_request(self._conn, r))
        return {name: getattr(r, name) for name in REQUEST_FIELDS}

    def check_transport(self):
        """Server: the Error to tell a client that require_secure_transport refuses, or None."""
        refusal = new("tlsql_error")
        code = lib.tlsql_conn_check_transport(self._conn, refusal)
        return Error(code, refusal) if code else None

    def status(self, name):
        """A status variable, such as Ssl_cipher."""
        needed, buf = ffi.new("size_t *"), ffi.new("char[]", 1024)
        self._check(lib.tlsql_conn_status(self._conn, *text(name), buf, len(buf), needed))
        return ffi.string(buf).decode()

    sequence = _fact("sequence")
    outcome = _fact("outcome")
    verified = _fact("verified")
    secure_transport = _fact("secure_transport", bool)
    tls_version = _fact("tls_version")
    cipher = _fact("cipher_name", lambda name: ffi.string(name).decode())

    def _turn(self, wire_in, wire_in_len, data, room):
        s = self._step
        code = lib.tlsql_conn_step(self._conn, wire_in, wire_in_len, self._out, BUFFER_SIZE,
                                   *octets(data), ffi.NULL, room, s)
        turn = SimpleNamespace(
            wire=bytes(ffi.buffer(self._out, s.wire_out_made)),
            plain=bytes(ffi.buffer(wire_in + s.view_off, s.view_len)) if s.view_len else b"",
            used=s.app_in_used, events=s.events, want=s.want, error=self._failure(code))
        turn.moved = bool(turn.wire or s.wire_in_used or turn.used or turn.events)
        self._at += s.wire_in_used
        return turn

    def _failure(self, code):
        return failure(code, lib.tlsql_conn_error, self._conn)

    def _check(self, code):
        check(code, lib.tlsql_conn_error, self._conn)
