"""A blocking socket; its timeout is that of each wait.

After a timeout recv() may be repeated; sendall() may not, as with the socket's own."""
from .connection import Connection
from .native import Error, lib

AGREED = lib.TLSQL_EVENT_SECURED | lib.TLSQL_EVENT_PLAIN


class Socket:
    """Plaintext over the socket that it was given; one thread at a time."""

    def __init__(self, sock, context, **facts):
        self.engine = Connection(context, **facts)
        self._sock, self._plain, self._ended = sock, b"", False

    def agree(self, until):
        """Go on until one of the events, and send what it left behind."""
        if not self._run(until):
            raise ConnectionAbortedError("closed before the upgrade was done")
        self.sendall(b"")

    def recv(self, size):
        """At most size bytes; b"" at the end."""
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
            pass  # the goodbye is a courtesy
        self._sock.close()

    def _run(self, until):
        """Go on until one of the events, plaintext, or the end of the stream: False."""
        while True:
            turn = self.engine.read()
            if turn.wire:
                self._sock.sendall(turn.wire)
            if turn.error and not (turn.wire and turn.want & lib.TLSQL_WANT_WIRE_OUT):
                raise turn.error
            self._plain += turn.plain
            self._ended |= bool(turn.events & lib.TLSQL_EVENT_PEER_CLOSED)
            if turn.plain or turn.events & until:
                return True
            if turn.moved:
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


def upgrade_client(sock, context, request, **facts):
    """Read the greeting, answer with request (a dict, or a function that makes one of the
    greeting) and do the TLS handshake.  (Socket, values that the login packet must repeat)."""
    stream = Socket(sock, context, **facts)
    stream.agree(lib.TLSQL_EVENT_GREETING)
    answer = request(stream.engine.greeting()) if callable(request) else request
    repeat = stream.engine.start(answer)
    stream.agree(AGREED)
    return stream, repeat


def upgrade_server(sock, context, greeting):
    """Send the greeting, read the SSLRequest or the plain login, do the TLS handshake."""
    stream = Socket(sock, context)
    stream.engine.greet(greeting)
    stream.agree(AGREED)
    return stream
