"""Run with: python3 -m unittest discover -v tests.  The README says what the environment names."""
import asyncio
import os
import socket
import subprocess
import threading
import unittest

from support import client, feed, file, needs_certs, pair, server  # first: it finds the package

import packets
import tlsql
from tlsql import lib

C_SERVER = os.environ.get("TLSQL_C_SERVER")
REAL = os.environ.get("TLSQL_REAL_SERVER")
SIZE = 16 << 20
needs_c_server = unittest.skipUnless(C_SERVER, "TLSQL_C_SERVER is not set")
needs_real_server = unittest.skipUnless(
    REAL, "optional peer: TLSQL_REAL_SERVER is not set (make test-peers sets it)")


async def query(address, context, user, password, name):
    reader, writer = await tlsql.open_connection(*address, context, packets.REQUEST,
                                                  verify_name=name)
    engine, stream = writer.get_extra_info("tlsql"), writer.transport
    rows = await packets.run_async(packets.session(
        stream.request, engine.sequence, engine.greeting().auth_data, user, password, b"SELECT 1"),
        reader, writer)
    writer.close()
    await writer.wait_closed()
    return rows, engine


class CServer:
    """The C example server on a free port."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [C_SERVER, "--port=0", "--bind-address=127.0.0.1", "--user=app", "--password=secret",
             f"--ssl-ca={file('ca.pem')}", f"--ssl-cert={file('server-cert.pem')}",
             f"--ssl-key={file('server-key.pem')}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line
        return "127.0.0.1", int(line.rsplit(":", 1)[1])

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Login(unittest.IsolatedAsyncioTestCase):
    def agreed(self, rows, engine):
        self.assertEqual(rows, [b"1"])
        self.assertEqual(engine.outcome, lib.TLSQL_OUTCOME_TLS)
        both = lib.TLSQL_VERIFY_TRUST | lib.TLSQL_VERIFY_NAME
        self.assertEqual(engine.verified & both, both)
        self.assertEqual(engine.status("Ssl_cipher"), engine.cipher)

    @needs_certs
    @needs_c_server
    async def test_c_server(self):
        with CServer() as address:
            rows, engine = await query(address, client(), b"app", b"secret", "localhost")
        self.agreed(rows, engine)
        self.assertEqual(engine.tls_version, 0x0304)

    @needs_certs
    @needs_c_server
    def test_c_server_blocking(self):
        with CServer() as address, socket.create_connection(address, timeout=10) as sock:
            stream, repeat = tlsql.upgrade_client(sock, client(tls_version="TLSv1.2"),
                                                  packets.REQUEST, host="localhost")
            engine = stream.engine
            self.assertEqual(engine.sequence, 2)
            rows = packets.run(packets.session(
                repeat, engine.sequence, engine.greeting().auth_data, b"app", b"secret",
                b"SELECT 1"), stream)
            self.assertEqual(stream.recv(1), b"")  # after COM_QUIT
            stream.close()
        self.agreed(rows, engine)
        self.assertEqual(engine.tls_version, 0x0303)

    @needs_certs
    @needs_c_server
    def test_first_packets_inside_tls(self):
        """What real servers answer to a wrong number (1156), and to a login whose capabilities
        leave CLIENT_SSL out (they go on)."""
        for sequence, without_ssl, first in [(1, False, b"\xff\x84\x04"), (2, True, b"\x00")]:
            with CServer() as address, socket.create_connection(address, timeout=10) as sock:
                stream, repeat = tlsql.upgrade_client(sock, client(), packets.REQUEST,
                                                      host="localhost")
                if without_ssl:
                    repeat = repeat | {"capabilities": repeat["capabilities"] & ~packets.CLIENT_SSL}
                salt = stream.engine.greeting().auth_data
                stream.sendall(packets.packet(sequence, packets.login(
                    repeat, b"app", packets.native(b"secret", salt[:20]))))
                answer = stream.recv(4096)
                self.assertEqual(answer[3], sequence + 1)
                self.assertTrue(answer[4:].startswith(first), answer)
                stream.close()

    @needs_real_server
    async def test_real_server(self):
        host, port = REAL.rsplit(":", 1)
        context = tlsql.Context("client", {"ssl-mode": "VERIFY_IDENTITY",
                                           "ssl-ca": os.environ["TLSQL_REAL_CA"]})
        self.agreed(*await query(
            (host, int(port)), context, os.environ["TLSQL_REAL_USER"].encode(),
            os.environ.get("TLSQL_REAL_PASSWORD", "").encode(),
            os.environ.get("TLSQL_REAL_NAME") or host))


@needs_certs
class Streams(unittest.IsolatedAsyncioTestCase):
    async def serve(self, connected, context=None):
        listener = await tlsql.start_server(connected, "127.0.0.1", 0, context or server(),
                                            packets.greeting)
        self.addCleanup(listener.close)
        return listener.sockets[0].getsockname()

    async def raw(self, connected):
        """A server without an engine."""
        listener = await asyncio.start_server(connected, "127.0.0.1", 0)
        self.addCleanup(listener.close)
        return listener.sockets[0].getsockname()

    async def test_16_mib_both_ways_at_once(self):
        up, down = os.urandom(SIZE), os.urandom(SIZE)
        served = asyncio.get_running_loop().create_future()

        async def send(writer, data):
            for at in range(0, SIZE, 100_000):  # no multiple of a record
                writer.write(data[at:at + 100_000])
                await writer.drain()

        async def connected(reader, writer):
            _, got = await asyncio.gather(send(writer, down), reader.readexactly(SIZE))
            served.set_result(got == up)
            await reader.read()
            writer.close()

        address = await self.serve(connected)
        reader, writer = await tlsql.open_connection(*address, client(), packets.REQUEST)
        _, got = await asyncio.wait_for(
            asyncio.gather(send(writer, up), reader.readexactly(SIZE)), 120)
        self.assertTrue(got == down)
        self.assertTrue(await asyncio.wait_for(served, 120))
        writer.close()
        await writer.wait_closed()

    async def test_close_is_the_end_of_the_stream(self):
        async def connected(reader, writer):
            writer.write(b"last words")
            writer.close()

        address = await self.serve(connected)
        reader, writer = await tlsql.open_connection(*address, client(), packets.REQUEST)
        self.assertEqual(await asyncio.wait_for(reader.read(), 10), b"last words")
        writer.close()

    async def test_request_made_of_the_greeting(self):
        seen = []

        def answer(greeting):
            seen.append(greeting.server_version)
            return packets.REQUEST

        async def connected(reader, writer):
            seen.append(writer.get_extra_info("tlsql").request()["capabilities"])
            writer.close()

        address = await self.serve(connected)
        reader, writer = await tlsql.open_connection(*address, client(), answer)
        await reader.read()
        self.assertEqual(
            seen, [b"8.0.36", packets.REQUEST["capabilities"] | packets.CLIENT_SSL])
        writer.close()

    async def test_cancelled_while_waiting_for_the_greeting(self):
        ended = asyncio.get_running_loop().create_future()

        async def silent(reader, writer):
            try:
                ended.set_result(await reader.read())
            except ConnectionError:
                ended.set_result(b"")
            writer.close()

        address = await self.raw(silent)
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(
                tlsql.open_connection(*address, client(), packets.REQUEST), 0.2)
        self.assertEqual(await asyncio.wait_for(ended, 10), b"")

    async def test_peer_ends_in_the_handshake(self):
        async def leaves(reader, writer):
            writer.write(packets.packet(0, packets.greeting(
                packets.REQUEST["capabilities"] | packets.CLIENT_SSL)))
            await reader.readexactly(36)  # SSLRequest
            head = await reader.readexactly(5)  # all of the ClientHello: unread bytes make a reset
            await reader.readexactly(int.from_bytes(head[3:], "big"))
            writer.close()

        address = await self.raw(leaves)
        with self.assertRaises(tlsql.Error) as caught:
            await tlsql.open_connection(*address, client(), packets.REQUEST)
        self.assertEqual(caught.exception.code, lib.TLSQL_E_EOF)

    async def refused(self, capabilities, behind, context):
        """(error, bytes that the client sent) when a server says this."""
        sent = asyncio.get_running_loop().create_future()

        async def connected(reader, writer):
            writer.write(packets.packet(0, packets.greeting(capabilities)) + behind)
            sent.set_result(await reader.read())
            writer.close()

        address = await self.raw(connected)
        with self.assertRaises(tlsql.Error) as caught:
            await tlsql.open_connection(*address, context, packets.REQUEST)
        return caught.exception, await asyncio.wait_for(sent, 10)

    async def test_early_bytes(self):
        with_tls = packets.REQUEST["capabilities"] | packets.CLIENT_SSL
        error, sent = await self.refused(with_tls, b"\x07\0\0\1\0\0\0\2\0\0\0", client())
        self.assertEqual((error.code, sent), (lib.TLSQL_E_EARLY_BYTES, b""))

    async def test_server_without_tls(self):
        error, sent = await self.refused(packets.REQUEST["capabilities"], b"", client())
        self.assertEqual((error.code, error.mysql_errno, sent),
                         (lib.TLSQL_E_NO_TLS_OFFERED, 2026, b""))

    async def test_refused_name(self):
        async def connected(reader, writer):
            writer.close()

        address = await self.serve(connected, server("wrongname"))
        with self.assertRaises(tlsql.Error) as caught:
            await tlsql.open_connection(*address, client(), packets.REQUEST)
        error = caught.exception
        self.assertEqual((error.code, error.name, error.mysql_errno, error.sqlstate),
                         (lib.TLSQL_E_CERT_NAME, "TLSQL_E_CERT_NAME", 2026, "HY000"))
        self.assertEqual(error.verify_flags & lib.TLSQL_VERIFY_NAME, lib.TLSQL_VERIFY_NAME)
        self.assertIn("127.0.0.1", error.message)

    async def test_plain_when_preferred(self):
        async def connected(reader, writer):
            writer.write(await reader.readexactly(4))
            self.assertEqual(writer.get_extra_info("tlsql").outcome,
                             lib.TLSQL_OUTCOME_PLAIN_DISABLED)
            writer.close()

        address = await self.serve(connected, tlsql.Context("server", {}))
        reader, writer = await tlsql.open_connection(
            *address, tlsql.Context("client", {}), packets.REQUEST)
        engine = writer.get_extra_info("tlsql")
        self.assertEqual((engine.outcome, engine.cipher),
                         (lib.TLSQL_OUTCOME_PLAIN_NO_TLS, ""))
        login = packets.packet(engine.sequence, packets.login(
            writer.transport.request, b"app", b""))
        writer.write(login)
        self.assertEqual(await asyncio.wait_for(reader.read(), 10), login[:4])
        writer.close()


@needs_certs
class InMemory(unittest.TestCase):
    def test_a_record_cut_off_is_no_orderly_end(self):
        a, b = pair()
        wire, error = b.write(b"the whole or nothing")
        self.assertIsNone(error)
        feed(a, wire[:-1])
        self.assertEqual(a.read().plain, b"")
        self.assertEqual(a.eof().code, lib.TLSQL_E_TRUNCATED)

    def test_no_room_no_plaintext(self):
        a, b = pair()
        feed(a, b.write(b"later")[0])
        turn = a.read(room=False)
        self.assertEqual((turn.plain, turn.want & lib.TLSQL_WANT_APP_OUT),
                         (b"", lib.TLSQL_WANT_APP_OUT))
        self.assertEqual(a.read().plain, b"later")
        self.assertIsNone(a.eof())

    def test_wrong_setting(self):
        for option, value, name, word in (
                ("ssl-mode", "SOMETIMES", "TLSQL_E_OPTION_VALUE", "(ssl_mode)"),
                ("ssl-mod", "REQUIRED", "TLSQL_E_OPTION_NAME", "(ssl-mod)"),
                ("ssl-ca", "/nonexistent/ca.pem", "TLSQL_E_FILE", "/nonexistent/ca.pem")):
            with self.assertRaises(tlsql.Error) as caught:
                tlsql.Context("client", {option: value})
            self.assertEqual(caught.exception.name, name)
            self.assertIn(word, caught.exception.message)

    def test_blocking_timeout_and_both_roles(self):
        here, there = socket.socketpair()
        here.settimeout(0.2)
        there.settimeout(10)
        box = []
        thread = threading.Thread(target=lambda: box.append(
            tlsql.upgrade_server(there, server(), packets.greeting())))
        thread.start()
        stream, _ = tlsql.upgrade_client(here, client(), packets.REQUEST, host="localhost")
        thread.join()
        with self.assertRaises(socket.timeout):
            stream.recv(1)
        box[0].sendall(b"after the timeout")
        self.assertEqual(stream.recv(100), b"after the timeout")
        stream.close()
        self.assertEqual(box[0].recv(1), b"")
        box[0].close()


if __name__ == "__main__":
    unittest.main()
