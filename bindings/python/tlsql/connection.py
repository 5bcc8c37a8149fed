"""The engine of one connection, without any I/O."""
from types import SimpleNamespace

from .constants import ANY_ROOM, NameForm, Outcome, Password, Phase, Verify, Want, known
from .errors import Error, check, failure, remembered
from .native import ffi, lib, new, octets, sized, sized_text, string, text

BUFFER_SIZE = 64 << 10  # in each direction: three full records and more
REQUEST_FIELDS = ("capabilities", "max_packet", "charset", "mariadb_capabilities")
GREETING_NUMBERS = ("protocol", "connection_id", "capabilities", "mariadb_capabilities", "status",
                    "charset")
GREETING_BYTES = ("server_version", "auth_plugin", "auth_data", "payload")


def _getter(function, kind, doc):
    return property(lambda self: kind(function(self._conn)), doc=doc)


class Session:
    """A TLS session of a client, for another connection (session=); Connection.session() makes it."""

    def __init__(self, session):
        self._session = ffi.gc(session, lib.tlsql_session_free)


class Connection:
    """One connection; one thread at a time.

    Received bytes go into room(), then received(n) and read() until nothing moves; read() and
    write() return what is to be sent, to be sent in the order of the calls."""

    def __init__(self, context, *, session=None, **settings):
        """session: of a client, the Session that it offers; see set_session().
        settings: host, port, transport, verify_name, sni, as tlsql_conn_set knows them."""
        make = lib.tlsql_client_new if context.role == lib.TLSQL_CLIENT else lib.tlsql_server_new
        out, why = ffi.new("tlsql_conn **"), new("tlsql_error")
        check(make(context._context, out, why), why)
        self._conn = ffi.gc(out[0], lib.tlsql_conn_free)
        for name, value in settings.items():
            check(lib.tlsql_conn_set(self._conn, *text(name), *text(str(value)), why), why)
        if session is not None:
            self.set_session(session)
        self._in = ffi.new("uint8_t[]", BUFFER_SIZE)  # unused bytes stand at _in[_at:_end]
        self._out = ffi.new("uint8_t[]", BUFFER_SIZE)
        self._at = self._end = 0
        self._step = new("tlsql_step")

    # Bytes.

    def room(self):
        """Returns where to put received bytes, behind those that are not used yet."""
        ffi.memmove(self._in, self._in + self._at, self._end - self._at)
        self._at, self._end = 0, self._end - self._at
        return memoryview(ffi.buffer(self._in))[self._end:]

    def received(self, count):
        """Reports that count bytes were put into room()."""
        self._end += count

    def read(self, room=True):
        """Works on received bytes.  Without room it leaves plaintext where it is.

        Returns an object with wire (bytes to send), plain, events and want (sums of Event and
        Want), error (None or an Error) and moved (whether to call it again)."""
        return self._advance(self._in + self._at, self._end - self._at, b"",
                             ANY_ROOM if room else 0)

    def write(self, data=b""):
        """Returns (bytes to send, None or an Error) for data, behind all that was queued.

        In the handshake it returns what one step made: a server may lose a ClientHello that comes
        together with the SSLRequest.  Send that, and call it again while `want` has WIRE_OUT."""
        data, wire = memoryview(data).cast("B"), []
        while True:
            step = self._advance(ffi.NULL, 0, data, 0)
            data = data[step.used:]
            wire.append(step.wire)
            apart = lib.tlsql_conn_phase(self._conn) == lib.TLSQL_PHASE_HANDSHAKE
            if step.wire and step.want & lib.TLSQL_WANT_WIRE_OUT and not apart:
                continue
            if step.error or not data:
                return b"".join(wire), step.error
            if not step.moved:
                return b"".join(wire), Error(lib.TLSQL_E_STATE)

    def seal(self, buffer, count):
        """Encrypts in place: count bytes stand in the writable buffer at headroom, with tailroom
        bytes behind them.  Returns the length of the record, which begins at buffer[0].

        Code.STATE while `want` has WIRE_OUT, and where TLS itself has to send something first: send
        what write() returns, and call it again."""
        record_len = ffi.new("size_t *")
        whole = ffi.from_buffer("uint8_t[]", buffer, require_writable=True)
        self._check(lib.tlsql_conn_seal(self._conn, whole, len(whole), count, record_len))
        return record_len[0]

    def rekey(self):
        """Queues a KeyUpdate of TLS 1.3, which replaces this side's keys; write() returns it."""
        self._check(lib.tlsql_conn_rekey(self._conn))

    def eof(self):
        """Reports that the peer ended its half.  Returns None, or the Error that this is."""
        return self._failure(lib.tlsql_conn_eof(self._conn, self._end - self._at))

    def close(self):
        """Queues close_notify in TLS; write() returns it."""
        self._check(lib.tlsql_conn_close(self._conn))

    # The upgrade, by a program that leaves its packets to the engine.

    def greeting(self):
        """Client: returns the server's greeting."""
        g = new("tlsql_greeting")
        self._check(lib.tlsql_conn_greeting(self._conn, g))
        return SimpleNamespace(
            **{name: getattr(g, name) for name in GREETING_NUMBERS},
            **{name: bytes(ffi.buffer(getattr(g, name), getattr(g, name + "_len")))
               for name in GREETING_BYTES})

    def start(self, request):
        """Client: answers the greeting.  Returns the values that the login packet must repeat."""
        r = _request(request)
        self._check(lib.tlsql_client_start(self._conn, r))
        return _values(r)

    def greet(self, payload):
        """Server: queues the greeting, given without its packet header."""
        self._check(lib.tlsql_server_start(self._conn, *octets(payload)))

    def request(self):
        """Server: returns the values of the client's first packet."""
        r = new("tlsql_request")
        self._check(lib.tlsql_conn_request(self._conn, r))
        return _values(r)

    def hello_name(self):
        """Server: returns the name that the client asks for, its SNI, after Event.HELLO and before
        the next read() or write(); "" where there is none that is a DNS name."""
        return self._text(lib.tlsql_conn_hello_name)

    def use_context(self, context):
        """Server: goes on under another Context, after Event.HELLO and before the next read() or
        write(), once.  The event comes where the first Context has tlsql_hello_event=ON."""
        self._check(lib.tlsql_conn_use_context(self._conn, context._context))

    def _choose(self, choose):
        """Goes on under the Context that the function makes of the name, or under its own."""
        context = choose(self.hello_name()) if choose else None
        if context is not None:
            self.use_context(context)

    # The same, by a program that reads and writes these packets itself.

    def greeting_read(self, payload, sequence=0, ahead=b""):
        """Client: reports the greeting that the program read: its payload and sequence number,
        and all bytes that were read behind it.

        Without TLS read() returns those as plaintext, with TLS they are an Error; a refusal by
        ssl-mode is raised here, too.  Then start() follows, or request_sent()."""
        self._check(lib.tlsql_client_greeting_read(self._conn, *octets(payload), sequence,
                                                   *octets(ahead)))
        self._unread(ahead)

    def greeting_facts(self, capabilities, server_version=b"", mariadb_capabilities=0, ahead=b""):
        """Client: greeting_read() for a program that has not kept the greeting's bytes.

        Without server_version it is not known which server this is."""
        g = new("tlsql_greeting")
        version, g.server_version_len = octets(server_version)
        g.server_version, g.capabilities = version, capabilities
        g.mariadb_capabilities = mariadb_capabilities
        self._check(lib.tlsql_client_greeting_facts(self._conn, g, *octets(ahead)))
        self._unread(ahead)

    def request_sent(self, request):
        """Client: reports the SSLRequest, or the login in clear text, that the program wrote.

        CLIENT_SSL must be set in its capabilities if and only if will_use_tls is true."""
        self._check(lib.tlsql_client_request_sent(self._conn, _request(request)))

    def greeting_sent(self, capabilities):
        """Server: reports the greeting that the program wrote.

        CLIENT_SSL may be set in its capabilities if will_use_tls is true."""
        self._check(lib.tlsql_server_greeting_sent(self._conn, capabilities))

    def request_read(self, payload, sequence=1, ahead=b""):
        """Server: reports the client's first packet that the program read: its payload and
        sequence number, and all bytes that were read behind it."""
        self._check(lib.tlsql_server_request_read(self._conn, *octets(payload), sequence))
        self._unread(ahead)

    # What was negotiated.

    phase = _getter(lib.tlsql_conn_phase, known(Phase), "How far the connection is, a Phase.")
    want = _getter(lib.tlsql_conn_want, Want, "What the engine waits for, as Want.")
    outcome = _getter(lib.tlsql_conn_outcome, known(Outcome),
                      "The decision on TLS or clear text, an Outcome.")
    verified = _getter(lib.tlsql_conn_verified, Verify, "The checks that were made and hold.")
    will_use_tls = _getter(
        lib.tlsql_conn_will_use_tls, bool,
        "Client, after the greeting: whether there will be TLS.  Server: whether the greeting may "
        "have CLIENT_SSL.")
    secure_transport = _getter(lib.tlsql_conn_secure_transport, bool,
                               "Whether it is TLS, or a local transport that counts as secure.")
    sequence = _getter(lib.tlsql_conn_sequence, int,
                       "Number of the next packet that the program sends, until its first byte.")
    tls_version = _getter(lib.tlsql_conn_tls_version, int, "0x0303, 0x0304; 0 without TLS.")
    cipher_id = _getter(lib.tlsql_conn_cipher_id, int, "IANA number; 0 without TLS.")
    cipher = _getter(lib.tlsql_conn_cipher_name, string, "As Ssl_cipher shows it.")
    resumed = _getter(lib.tlsql_conn_resumed, bool, "Whether the handshake resumed a session.")
    peer_closed = _getter(lib.tlsql_conn_peer_closed, bool, "Whether close_notify came.")
    headroom = _getter(lib.tlsql_conn_headroom, int, "Bytes before the plaintext, for seal().")
    tailroom = _getter(lib.tlsql_conn_tailroom, int, "Bytes after the plaintext, for seal().")

    def session(self):
        """Takes a session of this client connection's server out of those that its Context keeps.

        In TLS 1.3 there is none before something was read from the server."""
        out = ffi.new("tlsql_session **")
        self._check(lib.tlsql_conn_session(self._conn, out))
        return Session(out[0])

    def set_session(self, session):
        """Makes a client connection offer this session; before anything else.

        Without it a connection offers a session that its Context keeps."""
        self._check(lib.tlsql_conn_set_session(self._conn, session._session))

    @property
    def error(self):
        """The failure that ended the connection, or None."""
        return remembered(lib.tlsql_conn_error, self._conn)

    def status(self, name):
        """Returns a status variable, such as Ssl_cipher."""
        return self._text(lib.tlsql_conn_status, *text(name))

    def keylog(self):
        """Returns the secrets that there are so far, in the lines of a key log file: who has them
        reads all that was sent. It raises without tlsql_keylog=ON, which most builds refuse."""
        return self._text(lib.tlsql_conn_keylog)

    def check_transport(self):
        """Server: returns the Error for a client that require_secure_transport refuses, or None."""
        refusal = new("tlsql_error")
        code = lib.tlsql_conn_check_transport(self._conn, refusal)
        return Error(code, refusal) if code else None

    # The peer.

    @property
    def peer_certificates(self):
        """The certificates that the peer showed, in DER, its own first."""
        der, length, chain = ffi.new("uint8_t **"), ffi.new("size_t *"), []
        for i in range(lib.tlsql_conn_peer_cert_count(self._conn)):
            self._check(lib.tlsql_conn_peer_cert(self._conn, i, der, length))
            chain.append(bytes(ffi.buffer(der[0], length[0])))
        return chain

    def peer_fingerprint(self, bits=256):
        """Returns the hash of the peer's own certificate: SHA-2 of 256, 384 or 512 bits."""
        return self._bytes(lib.tlsql_conn_peer_fingerprint, bits)

    def peer_subject(self, form=NameForm.OPENSSL3):
        """Returns the subject of the peer's own certificate in one line, as bytes.

        It says nothing about trust: `verified` does."""
        return self._bytes(lib.tlsql_conn_peer_subject, form)

    def peer_issuer(self, form=NameForm.OPENSSL3):
        """Returns the issuer of the peer's own certificate in one line, as bytes."""
        return self._bytes(lib.tlsql_conn_peer_issuer, form)

    needs_peer_proof = _getter(
        lib.tlsql_conn_needs_peer_proof, bool,
        "Whether a client with tlsql_peer_proof=ON does not know who its server is.  While it is "
        "true, send no password in clear, and answer only the authentication plugins that tlsql.h "
        "names at tlsql_conn_needs_peer_proof; write() is refused without auth_plugin().")

    def auth_plugin(self, name):
        """Client: reports which authentication plugin, named as on the wire, is answered next.

        While needs_peer_proof is true write() is refused without it, and takes one packet after it,
        header included, until the server's answer was read; it ends the connection for a plugin that
        shows the password."""
        self._check(lib.tlsql_client_auth_plugin(self._conn, *text(name)))

    def peer_proof(self, salt, scramble):
        """Returns the 64 digits by which a server that has this connection's certificate proves
        that it knows the salted password.

        tlsql.h says what salt is for each plugin; scramble is the server's, of 20 bytes
        whatever the plugin."""
        return self._text(lib.tlsql_conn_peer_proof, *octets(salt), *octets(scramble))

    def confirm_peer(self, salt, scramble, info):
        """Checks the server's proof: info is the text of the OK packet that ends the login, a
        byte 0x01 and the digits of peer_proof(), without the length that MariaDB writes before
        it.  Anything else ends the connection."""
        self._check(lib.tlsql_conn_confirm_peer(self._conn, *octets(salt), *octets(scramble),
                                                *octets(info)))

    def own_proof(self, salt, scramble):
        """Server: returns the 64 digits by which it proves to a client that it knows the salted
        password: the text of the OK packet is a byte 0x01 and these."""
        return self._text(lib.tlsql_conn_own_proof, *octets(salt), *octets(scramble))

    def check_account(self, account, user, host, used_password=Password.YES):
        """Server: raises an Error if this connection does not meet what an Account requires.

        user and host are bytes, used_password is a Password.  The Error is what the peer may know,
        and its log another one, for the server's error log.  With None for an account it is raised
        too: it is that of a wrong password, with None for its log."""
        refusal, log = new("tlsql_error"), new("tlsql_error")
        code = lib.tlsql_conn_check_account(
            self._conn, account._account if account else ffi.NULL, *octets(user), *octets(host),
            used_password, refusal, log)
        if code != lib.TLSQL_OK:
            error = Error(code, refusal)
            error.log = Error(code, log) if account else None
            raise error

    def _advance(self, wire_in, wire_in_len, data, room):
        s = self._step
        code = lib.tlsql_conn_step(self._conn, wire_in, wire_in_len, self._out, BUFFER_SIZE,
                                   *octets(data), ffi.NULL, room, s)
        step = SimpleNamespace(
            wire=bytes(ffi.buffer(self._out, s.wire_out_made)),
            plain=bytes(ffi.buffer(wire_in + s.view_off, s.view_len)) if s.view_len else b"",
            used=s.app_in_used, events=s.events, want=s.want, error=self._failure(code))
        step.moved = bool(step.wire or s.wire_in_used or step.used or step.events)
        self._at += s.wire_in_used
        return step

    def _unread(self, ahead):
        """Puts bytes from the peer behind those that are not used yet."""
        waiting, ahead = self._end - self._at, bytes(ahead)
        if waiting + len(ahead) > len(self._in):
            larger = ffi.new("uint8_t[]", waiting + len(ahead) + BUFFER_SIZE)
            ffi.memmove(larger, self._in + self._at, waiting)
            self._in, self._at, self._end = larger, 0, waiting
        self.room()[:len(ahead)] = ahead
        self.received(len(ahead))

    def _text(self, get, *arguments):
        code, value = sized_text(get, self._conn, *arguments)
        self._check(code)
        return value

    def _bytes(self, get, *arguments):
        code, value = sized(get, self._conn, *arguments)
        self._check(code)
        return value

    def _failure(self, code):
        return failure(code, lib.tlsql_conn_explain, self._conn)

    def _check(self, code):
        error = self._failure(code)
        if error:
            raise error


def _request(values):
    r = new("tlsql_request")
    for name, value in values.items():
        setattr(r, name, value)
    return r


def _values(request):
    return {name: getattr(request, name) for name in REQUEST_FIELDS}
