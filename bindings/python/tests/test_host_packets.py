"""Programs that read and write the MySQL packets of the upgrade themselves."""
import asyncio
import socket
import threading
import unittest

from support import client, feed, needs_certs, pump, server  # first: it finds the package

import packets
import tlsql
from tlsql import Code, Event, Outcome, Phase, Verify

CAPABILITIES = packets.REQUEST["capabilities"]
WITH_TLS = packets.REQUEST | {"capabilities": CAPABILITIES | packets.CLIENT_SSL}
GREETING = packets.greeting(WITH_TLS["capabilities"])
SSL_REQUEST = packets.packet(1, packets.login(WITH_TLS, b"", b"")[:32])
LOGIN = packets.packet(1, packets.login(packets.REQUEST, b"app", b""))


def exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        assert more, "the stream ended"
        data += more
    return data


def read_packet(sock):
    head = exactly(sock, 4)
    return head[3], exactly(sock, int.from_bytes(head[:3], "little"))


@needs_certs
class InMemory(unittest.TestCase):
    def refused(self, code, call, *arguments):
        with self.assertRaises(tlsql.Error) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.code, code)

    def ends(self, client_context=None, server_context=None):
        return (tlsql.Connection(client_context or client(), host="localhost"),
                tlsql.Connection(server_context or server()))

    def echo(self, a, b):
        feed(b, a.write(b"there")[0])
        self.assertEqual(pump(a, b)[1], [b"", b"there"])
        feed(a, b.write(b"and back")[0])
        self.assertEqual(pump(a, b)[1], [b"and back", b""])

    def test_over_tls(self):
        a, b = self.ends()
        self.assertTrue(b.will_use_tls)
        b.greeting_sent(WITH_TLS["capabilities"])
        a.greeting_read(GREETING, 0)
        self.assertTrue(a.will_use_tls)
        self.assertEqual(a.greeting().server_version, b"8.0.36")
        a.request_sent(WITH_TLS)
        self.assertEqual(a.phase, Phase.HANDSHAKE)
        hello = a.read().wire
        b.request_read(SSL_REQUEST[4:], 1, ahead=hello[:100])
        feed(b, hello[100:])
        events, plain = pump(a, b)
        self.assertEqual((events, plain), ([Event.SECURED] * 2, [b"", b""]))
        self.assertEqual((a.outcome, b.outcome), (Outcome.TLS, Outcome.TLS))
        self.assertEqual((a.sequence, b.sequence), (2, 3))
        self.assertEqual(b.request(), WITH_TLS | {"mariadb_capabilities": 0})
        self.assertEqual(a.verified & Verify.NAME, Verify.NAME)
        self.echo(a, b)

    def test_facts_of_a_greeting_whose_bytes_are_gone(self):
        for version in (b"8.0.36", b""):
            a, b = self.ends()
            a.greeting_facts(WITH_TLS["capabilities"], version)
            self.assertTrue(a.will_use_tls)
            self.assertEqual(a.greeting().server_version, version)
            a.request_sent(WITH_TLS)
            b.greeting_sent(WITH_TLS["capabilities"])
            b.request_read(SSL_REQUEST[4:])
            pump(a, b)
            self.echo(a, b)
            self.refused(Code.STATE, a.greeting_facts, CAPABILITIES)
            self.refused(Code.STATE, b.greeting_facts, CAPABILITIES)
        a, _ = self.ends()
        self.refused(Code.EARLY_BYTES, a.greeting_facts, packets.CLIENT_SSL, b"8.0.36", 0, b"\x07")
        a, _ = self.ends()
        self.refused(Code.NO_TLS_OFFERED, a.greeting_facts, CAPABILITIES)

    def test_in_clear_text(self):
        a, b = self.ends(tlsql.Context("client", {"ssl-mode": "DISABLED"}))
        a.greeting_read(GREETING, 0, ahead=b"read ahead")
        self.assertFalse(a.will_use_tls)
        a.request_sent(packets.REQUEST)
        b.greeting_sent(WITH_TLS["capabilities"])
        b.request_read(LOGIN[4:], 1, ahead=b"and behind")
        events, plain = pump(a, b)
        self.assertEqual(events, [Event.PLAIN] * 2)
        self.assertEqual(plain, [b"read ahead", b"and behind"])
        self.assertEqual((a.outcome, b.outcome), (Outcome.PLAIN_DISABLED, Outcome.PLAIN_NO_TLS))
        self.assertEqual((a.sequence, b.sequence), (1, 2))
        self.echo(a, b)

    def test_more_ahead_than_a_buffer_holds(self):
        a, b = self.ends(tlsql.Context("client", {}))
        ahead = bytes(range(256)) * 1024
        a.greeting_read(packets.greeting(), ahead=ahead)
        a.request_sent(packets.REQUEST)
        b.greeting_sent(CAPABILITIES)
        b.request_read(LOGIN[4:])
        self.assertTrue(pump(a, b)[1][0] == ahead)
        self.echo(a, b)

    def test_misuse(self):
        a, b = self.ends()
        self.refused(Code.STATE, a.request_sent, WITH_TLS)
        self.refused(Code.STATE, a.greeting_sent, CAPABILITIES)
        self.refused(Code.STATE, a.request_read, SSL_REQUEST[4:])
        a.greeting_read(GREETING)
        self.refused(Code.STATE, a.greeting_read, GREETING)
        self.refused(Code.ARGUMENT, a.request_sent, packets.REQUEST)  # TLS was decided
        a.request_sent(WITH_TLS)
        self.refused(Code.STATE, a.request_sent, WITH_TLS)
        self.refused(Code.STATE, a.start, WITH_TLS)
        self.assertIsNone(a.error)

        self.refused(Code.STATE, b.greeting_read, GREETING)
        self.refused(Code.STATE, b.request_read, SSL_REQUEST[4:])
        b.greeting_sent(WITH_TLS["capabilities"])
        self.refused(Code.STATE, b.greeting_sent, CAPABILITIES)
        self.refused(Code.SEQUENCE, b.request_read, SSL_REQUEST[4:], 7)
        self.assertEqual(b.error.code, Code.SEQUENCE)

        a, b = self.ends(None, tlsql.Context("server", {}))
        self.assertFalse(b.will_use_tls)
        self.refused(Code.ARGUMENT, b.greeting_sent, WITH_TLS["capabilities"])

    def test_refusals(self):
        for code, payload, sequence, ahead in (
                (Code.EARLY_BYTES, GREETING, 0, b"\x07"),
                (Code.SEQUENCE, GREETING, 1, b""),
                (Code.GREETING, GREETING[:40], 0, b""),
                (Code.NO_TLS_OFFERED, packets.greeting(), 0, b"")):
            a, _ = self.ends()
            self.refused(code, a.greeting_read, payload, sequence, ahead)
            self.assertEqual(a.error.code, code)
            step = a.read()
            self.assertEqual((step.error.code, step.wire, step.plain), (code, b"", b""))


@needs_certs
class OverSockets(unittest.IsolatedAsyncioTestCase):
    def test_blocking(self):
        here, there = socket.socketpair()
        here.settimeout(10)
        there.settimeout(10)

        def serve():
            stream = tlsql.Socket(there, server())
            there.sendall(packets.packet(0, GREETING))
            stream.engine.greeting_sent(WITH_TLS["capabilities"])
            sequence, payload = read_packet(there)
            stream.engine.request_read(payload, sequence)
            stream.handshake()
            stream.sendall(stream.recv(100))
            stream.close()

        thread = threading.Thread(target=serve)
        thread.start()
        stream = tlsql.Socket(here, client(), host="localhost")
        sequence, payload = read_packet(here)
        stream.engine.greeting_read(payload, sequence)
        here.sendall(SSL_REQUEST)
        stream.engine.request_sent(WITH_TLS)
        stream.handshake()
        self.assertEqual(stream.engine.phase, Phase.TLS)
        stream.sendall(b"there and back")
        self.assertEqual(stream.recv(100), b"there and back")
        self.assertEqual(stream.recv(100), b"")
        thread.join()
        stream.close()

    async def test_asyncio_over_tls(self):
        await self.upgrade(client(), WITH_TLS, SSL_REQUEST)

    async def test_asyncio_in_clear_text(self):
        await self.upgrade(tlsql.Context("client", {}), packets.REQUEST, b"")

    async def upgrade(self, context, request, first):
        async def connected(reader, writer):
            if not first:  # a login in clear text is delivered
                await reader.readexactly(len(LOGIN))
            writer.write(await reader.readexactly(14))
            writer.close()

        listener = await tlsql.start_server(
            connected, "127.0.0.1", 0, server() if first else tlsql.Context("server", {}),
            packets.greeting)
        self.addCleanup(listener.close)
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
        head = await reader.readexactly(4)
        payload = await reader.readexactly(int.from_bytes(head[:3], "little"))
        engine = tlsql.Connection(context, host="localhost")
        engine.greeting_read(payload, head[3])
        self.assertEqual(engine.will_use_tls, bool(first))
        writer.write(first or LOGIN)
        engine.request_sent(request)

        loop = asyncio.get_running_loop()
        plain = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(plain, loop=loop)
        stream = await tlsql.upgrade_transport(writer.transport, lambda: protocol, engine)
        self.assertIs(stream.get_extra_info("tlsql"), engine)
        stream.write(b"there and back")
        self.assertEqual(await asyncio.wait_for(plain.read(), 10), b"there and back")
        stream.close()

    async def test_asyncio_refused(self):
        listener = await tlsql.start_server(lambda *_: None, "127.0.0.1", 0, server("wrongname"),
                                            packets.greeting)
        self.addCleanup(listener.close)
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
        head = await reader.readexactly(4)
        engine = tlsql.Connection(client(), host="localhost")
        engine.greeting_read(await reader.readexactly(int.from_bytes(head[:3], "little")), 0)
        writer.write(SSL_REQUEST)
        engine.request_sent(WITH_TLS)
        with self.assertRaises(tlsql.Error) as caught:
            await asyncio.wait_for(
                tlsql.upgrade_transport(writer.transport, asyncio.Protocol, engine), 10)
        self.assertEqual(caught.exception.code, Code.CERT_NAME)


if __name__ == "__main__":
    unittest.main()
