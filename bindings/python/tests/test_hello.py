"""A server that chooses a Context by the name that the client asks for."""
import asyncio
import socket
import threading
import unittest

from support import client, feed, file, needs_certs, pump, server  # first: it finds the package

import packets
import tlsql
from tlsql import Code, Event, Outcome, lib

FRONT, TENANT = b"/CN=tlsql wrong name", b"/CN=tlsql test server"


def front():
    return tlsql.Context("server", {"ssl_cert": file("wrongname-cert.pem"),
                                    "ssl_key": file("wrongname-key.pem"),
                                    "tlsql_hello_event": "ON"})


def any_server(**settings):
    """A client, with the SNI, that takes both certificates."""
    context = tlsql.Context("client", {"ssl-mode": "REQUIRED"})
    return tlsql.Connection(context, host="localhost", **settings)


@needs_certs
class InMemory(unittest.TestCase):
    def met(self, choose):
        """Returns a client and a server, with the name that was seen."""
        a, b, names = any_server(sni="LocalHost"), tlsql.Connection(front()), []
        b.greet(packets.greeting())
        moved = True
        while moved:
            moved = False
            for one, other in ((a, b), (b, a)):
                step = one.read()
                self.assertIsNone(step.error)
                moved |= step.moved
                if step.events & Event.GREETING:
                    one.start(packets.REQUEST)
                if step.events & Event.HELLO:
                    names.append(one.hello_name())
                    choose(one)
                feed(other, step.wire)
        self.assertEqual((a.outcome, b.outcome), (Outcome.TLS,) * 2)
        return a, b, names

    def test_the_context_that_was_chosen(self):
        tenant = server()
        for choose, subject in (((lambda conn: conn.use_context(tenant)), TENANT),
                                ((lambda conn: None), FRONT)):
            a, _, names = self.met(choose)
            self.assertEqual((a.peer_subject(), names), (subject, ["localhost"]))

    def test_wrong_calls(self):
        def refused(conn, code, context):
            with self.assertRaises(tlsql.Error) as caught:
                conn.use_context(context)
            self.assertEqual(caught.exception.code, code)

        def choose(conn):
            refused(conn, Code.ARGUMENT, client())
            refused(conn, Code.CONTEXT_NO_TLS, tlsql.Context("server", {"ssl": "OFF"}))
            conn.use_context(server())
            refused(conn, Code.CONTEXT_CHOSEN, server())

        a, b, _ = self.met(choose)
        self.assertEqual(a.peer_subject(), TENANT)
        refused(b, Code.NO_HELLO, server())
        refused(a, Code.NO_HELLO, server())
        with self.assertRaises(tlsql.Error) as caught:
            b.hello_name()
        self.assertEqual(caught.exception.code, Code.NO_HELLO)

    def test_no_event_without_the_option(self):
        a, b = any_server(), tlsql.Connection(server())
        b.greet(packets.greeting())
        self.assertFalse(pump(a, b)[0][1] & lib.TLSQL_EVENT_HELLO)


class Refused(Exception):
    """What a program raises for a name that it does not have."""


@needs_certs
class OnSockets(unittest.IsolatedAsyncioTestCase):
    def blocking(self, choose):
        """Returns the client's end, and what the server's upgrade came to."""
        here, there = socket.socketpair()
        for end in (here, there):
            end.settimeout(10)
        box = []

        def serve():
            try:
                box.append(tlsql.upgrade_server(there, front(), packets.greeting(), choose))
            except Exception as error:
                box.append(error)
                there.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            context = tlsql.Context("client", {"ssl-mode": "REQUIRED"})
            stream, _ = tlsql.upgrade_client(here, context, packets.REQUEST, host="localhost",
                                             sni="localhost")
        except (tlsql.Error, OSError) as error:
            stream = error
        thread.join()
        return stream, box[0]

    def test_blocking(self):
        tenant = server()
        a, b = self.blocking({"localhost": tenant}.get)
        self.assertEqual(a.engine.peer_subject(), TENANT)
        a.close(), b.close()
        a, b = self.blocking({"another": tenant}.get)
        self.assertEqual(a.engine.peer_subject(), FRONT)
        a.close(), b.close()

    def test_blocking_refused(self):
        def refuse(name):
            raise Refused(name)

        a, b = self.blocking(refuse)
        self.assertIsInstance(a, (tlsql.Error, OSError))
        self.assertIsInstance(b, Refused)
        a, b = self.blocking(lambda name: client())
        self.assertEqual(b.code, Code.ARGUMENT)

    def test_nothing_goes_on_after_a_refusal(self):
        here, there = socket.socketpair()
        a = any_server()
        stream = tlsql.Socket(there, front(), choose=lambda name: 1 / 0)
        stream.engine.greet(packets.greeting())
        stream.sendall(b"")
        feed(a, here.recv(1000))
        pump_to(a, here)
        with self.assertRaises(ZeroDivisionError):
            stream.handshake()
        here.setblocking(False)
        with self.assertRaises(ConnectionAbortedError):
            stream.handshake()
        with self.assertRaises(BlockingIOError):
            here.recv(1)
        here.close(), there.close()

    async def test_asyncio(self):
        tenant = server()

        def choose(name):
            if name == "nobody":
                raise Refused(name)
            return {"localhost": tenant}.get(name)

        async def connected(reader, writer):
            writer.close()

        listener = await tlsql.start_server(connected, "127.0.0.1", 0, front(),
                                            packets.greeting(), choose=choose)
        port = listener.sockets[0].getsockname()[1]
        context = tlsql.Context("client", {"ssl-mode": "REQUIRED"})
        for name, subject in (("localhost", TENANT), ("another", FRONT), ("nobody", None)):
            connecting = tlsql.open_connection("127.0.0.1", port, context, packets.REQUEST, sni=name)
            if subject is None:
                with self.assertRaises((tlsql.Error, OSError)):
                    await asyncio.wait_for(connecting, 10)
                continue
            _, writer = await asyncio.wait_for(connecting, 10)
            self.assertEqual(writer.get_extra_info("tlsql").peer_subject(), subject)
            writer.close()
        listener.close()


def pump_to(engine, sock):
    """Sends all that a client that got its greeting has to say."""
    while True:
        step = engine.read()
        if step.events & Event.GREETING:
            engine.start(packets.REQUEST)
        sock.sendall(step.wire)
        if not step.moved:
            return


if __name__ == "__main__":
    unittest.main()
