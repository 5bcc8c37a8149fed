"""asyncio: one class is protocol to the socket's transport and transport to the program."""
import asyncio

from .connection import Connection
from .errors import Error
from .native import lib


class Stream(asyncio.Transport, asyncio.BufferedProtocol):
    """A transport of plaintext.

    The program's protocol is connected when TLS is up or clear text is decided; the future `ready`
    is done then, or has the error.  get_extra_info("tlsql") is the Connection."""

    def __init__(self, engine, protocol, *, request=None, greeting=None, choose=None):
        """engine: a Connection; protocol: makes the program's.  Client: request, a dict or a
        function that makes one of the greeting.  Server: greeting, a payload or a function that
        makes one.  A program that reported these packets to the engine gives neither.  Server:
        choose, a function that may return another Context, see start_server()."""
        super().__init__()
        self.engine = engine
        self.request = None  # client: what the login packet must repeat
        self.ready = asyncio.get_running_loop().create_future()
        self._make, self._protocol = protocol, None
        self._answer, self._greeting, self._choose = request, greeting, choose
        self._socket = self._error = None
        self._paused = self._ended = False

    # The protocol of the socket's transport.

    def connection_made(self, transport):
        self._socket = transport
        if self._greeting is not None:
            self.engine.greet(self._greeting() if callable(self._greeting) else self._greeting)
        self._pump()

    def get_buffer(self, sizehint):
        return self.engine.room()

    def buffer_updated(self, nbytes):
        self.engine.received(nbytes)
        self._pump()

    def eof_received(self):
        error = self.engine.eof()
        if error:
            self._fail(error)
        return not error and self._end()

    def connection_lost(self, exc):
        if not self._error:
            self._error = exc
        if self._protocol:
            self._protocol.connection_lost(self._error)
        self._refuse(self._error or ConnectionAbortedError("closed before the upgrade was done"))

    def pause_writing(self):
        if self._protocol:
            self._protocol.pause_writing()

    def resume_writing(self):
        if self._protocol:
            self._protocol.resume_writing()

    # The transport of the program's protocol.

    def write(self, data):
        if not self._socket.is_closing():
            wire, error = self.engine.write(data)
            self._socket.write(wire)
            if error:
                self._fail(error)

    def close(self):
        if not self._socket.is_closing():
            self.engine.close()
            self._socket.write(self.engine.write()[0])
            self._socket.close()

    def abort(self):
        self._socket.abort()

    def pause_reading(self):
        self._paused = True
        self._socket.pause_reading()

    def resume_reading(self):
        self._paused = False
        self._socket.resume_reading()
        asyncio.get_running_loop().call_soon(self._pump)  # the protocol may not be called from here

    def get_extra_info(self, name, default=None):
        return self.engine if name == "tlsql" else self._socket.get_extra_info(name, default)

    def get_protocol(self):
        return self._protocol

    def set_protocol(self, protocol):
        self._protocol = protocol

    def is_closing(self):
        return self._socket.is_closing()

    def is_reading(self):
        return not self._paused and self._socket.is_reading()

    def can_write_eof(self):
        return False  # close_notify ends both directions of the engine

    def get_write_buffer_size(self):
        return self._socket.get_write_buffer_size()

    def get_write_buffer_limits(self):
        return self._socket.get_write_buffer_limits()

    def set_write_buffer_limits(self, high=None, low=None):
        self._socket.set_write_buffer_limits(high, low)

    # Between the two.

    def _pump(self):
        while not self._socket.is_closing():
            step = self.engine.read(not self._paused)
            self._socket.write(step.wire)
            if step.error and not (step.wire and step.want & lib.TLSQL_WANT_WIRE_OUT):
                return self._fail(step.error)
            if step.events & lib.TLSQL_EVENT_GREETING:
                self._start()
            if step.events & lib.TLSQL_EVENT_HELLO and not self._choose_context():
                return None
            if step.events & (lib.TLSQL_EVENT_SECURED | lib.TLSQL_EVENT_PLAIN):
                self._connect()
            if step.plain:
                self._protocol.data_received(step.plain)
            if step.events & lib.TLSQL_EVENT_PEER_CLOSED and not self._end():
                return self.close()
            if not step.moved:
                return None

    def _start(self):
        answer = self._answer
        try:
            self.request = self.engine.start(
                answer(self.engine.greeting()) if callable(answer) else answer)
        except Error as error:
            self._fail(error)

    def _choose_context(self):
        """Lets the program choose.  Returns whether the connection goes on."""
        try:
            self.engine._choose(self._choose)
        except Exception as error:  # the program's own too: nobody else would see it
            self.engine.close()
            self._fail(error)
            return False
        return True

    def _connect(self):
        if self.ready.cancelled():
            return self.abort()
        self._protocol = self._make()
        self._protocol.connection_made(self)
        self.ready.set_result(self)

    def _end(self):
        """The peer closed its half.  Returns whether the program wants to go on writing."""
        if self._protocol and not self._ended:
            self._ended = True
            return self._protocol.eof_received()
        return self._ended

    def _fail(self, error):
        self._error = error
        self._refuse(error)
        self._socket.close()  # what was written, such as an alert, leaves first

    def _refuse(self, error):
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()  # nobody has to wait for it


async def open_connection(host, port, context, request, **settings):
    """Returns (reader, writer), as asyncio.open_connection, when TLS is up or clear text decided."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    settings = {"host": host, "port": port, **settings}
    _, stream = await loop.create_connection(
        lambda: Stream(Connection(context, **settings), lambda: protocol, request=request), host, port)
    await _ready(stream)
    return reader, asyncio.StreamWriter(stream, protocol, reader, loop)


async def start_server(connected, host, port, context, greeting, *, choose=None, **options):
    """Is asyncio.start_server, but connected(reader, writer) is called after the upgrade.

    choose: a function that is called with the name that the client asks for, where the context has
    tlsql_hello_event=ON; the connection goes on under the Context that it returns, if any."""
    loop = asyncio.get_running_loop()

    def protocol():
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), connected, loop=loop)

    return await loop.create_server(
        lambda: Stream(Connection(context), protocol, greeting=greeting, choose=choose), host, port,
        **options)


async def upgrade_transport(transport, protocol, engine):
    """Does the TLS handshake on a connected transport, for a program that read and wrote the MySQL
    packets of the upgrade itself and reported them to engine, a Connection.

    protocol makes the protocol of the plaintext.  Returns the Stream, its transport."""
    stream = Stream(engine, protocol)
    transport.set_protocol(stream)
    stream.connection_made(transport)
    await _ready(stream)
    return stream


async def _ready(stream):
    try:
        await stream.ready
    except asyncio.CancelledError:
        stream.abort()
        raise
