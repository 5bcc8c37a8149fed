"""A blocking socket; its timeout is that of each wait.

After a timeout recv() may be repeated; sendall() may not, as with the socket's own."""
import socket

from .connection import Connection
from .errors import Error
from .native import lib

DECIDED = lib.TLSQL_EVENT_SECURED | lib.TLSQL_EVENT_PLAIN


class Socket:
    """Plaintext over the socket that it was given; one thread at a time.

    A program that reads and writes the MySQL packets of the upgrade itself makes one, reports them
    to `engine` (greeting_read(), request_sent(), ...) and calls handshake()."""

    def __init__(self, sock, context, *, choose=None, **settings):
        """choose: of a server, see upgrade_server()."""
        self.engine = Connection(context, **settings)
        self._sock, self._plain, self._ended = sock, b"", False
        self._choose = choose
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            # The SSLRequest and the ClientHello leave apart, and neither waits for the other.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handshake(self):
        """Goes on until it is TLS, or decided that it stays clear text."""
        self._negotiate(DECIDED)

    def _negotiate(self, until):
        """Goes on until one of the events, and sends what it left behind."""
        if not self._run(until):
            raise ConnectionAbortedError("closed before the upgrade was done")
        self.sendall(b"")

    def recv(self, size):
        """Returns at most size bytes; b"" at the end."""
        while not self._plain and self._run(0):
            pass
        plain, self._plain = self._plain[:size], self._plain[size:]
        return plain

    def sendall(self, data):
        wire, error = self.engine.write(data)
        self._sock.sendall(wire)
        if error:
            raise error

    def close(self):
        try:
            self.engine.close()
            self._sock.sendall(self.engine.write()[0])
        except (OSError, Error):
            pass  # the peer may be gone: close_notify is not required
        self._sock.close()

    def _choose_context(self):
        try:
            self.engine._choose(self._choose)
        except BaseException:
            self._ended = True
            self.engine.close()  # nothing goes on under the first Context
            raise

    def _run(self, until):
        """Goes on until one of the events or plaintext; False at the end of the stream."""
        while True:
            step = self.engine.read()
            if step.wire:
                self._sock.sendall(step.wire)
            if step.error and not (step.wire and step.want & lib.TLSQL_WANT_WIRE_OUT):
                raise step.error
            if step.events & lib.TLSQL_EVENT_HELLO:
                self._choose_context()
            self._plain += step.plain
            self._ended |= bool(step.events & lib.TLSQL_EVENT_PEER_CLOSED)
            if step.plain or step.events & until:
                return True
            if step.moved:
                continue
            if not self._ended:
                count = self._sock.recv_into(self.engine.room())
                self.engine.received(count)
                self._ended = count == 0
                error = self.engine.eof() if self._ended else None
                if error:
                    raise error
            if self._ended:
                return False


def upgrade_client(sock, context, request, **settings):
    """Reads the greeting, answers with request (a dict, or a function that makes one of the
    greeting) and does the TLS handshake.

    Returns (Socket, values that the login packet must repeat)."""
    stream = Socket(sock, context, **settings)
    stream._negotiate(lib.TLSQL_EVENT_GREETING)
    answer = request(stream.engine.greeting()) if callable(request) else request
    repeat = stream.engine.start(answer)
    stream.handshake()
    return stream, repeat


def upgrade_server(sock, context, greeting, choose=None):
    """Sends the greeting, reads the SSLRequest or a login in clear text, does the TLS handshake.

    choose: a function that is called with the name that the client asks for, where the context has
    tlsql_hello_event=ON; the connection goes on under the Context that it returns, if any.

    Returns the Socket."""
    stream = Socket(sock, context, choose=choose)
    stream.engine.greet(greeting)
    stream.handshake()
    return stream
