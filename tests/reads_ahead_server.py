#!/usr/bin/env python3
"""A MySQL server on asyncio's streams that lets everybody in and answers every command with OK.

It reads packets from a StreamReader, which takes all that has come, and starts TLS on the bytes
behind: a ClientHello that was taken with the SSLRequest never reaches TLS, and both sides wait.

reads_ahead_server.py CERT KEY      prints `listening on 127.0.0.1:PORT`
"""
import asyncio
import ssl
import sys

CLIENT_SSL = 0x0800
# PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH, and LONG_PASSWORD.
CAPABILITIES = 0x0008A201 | CLIENT_SSL
PLUGIN = b"mysql_native_password"
OK = b"\0\0\0\2\0\0\0"
COM_QUIT = 1


def greeting():
    low, high = CAPABILITIES & 0xFFFF, CAPABILITIES >> 16
    return b"".join([
        b"\x0a8.0.36\0",
        (1).to_bytes(4, "little") + b"AHEADofT\0",
        low.to_bytes(2, "little") + b"\x2d\2\0" + high.to_bytes(2, "little"),
        bytes([21]) + bytes(10),
        b"LShandshake1\0" + PLUGIN + b"\0",
    ])


async def receive(reader):
    header = await reader.readexactly(4)
    return header[3], await reader.readexactly(int.from_bytes(header[:3], "little"))


async def send(writer, sequence, payload):
    writer.write(len(payload).to_bytes(3, "little") + bytes([sequence]) + payload)
    await writer.drain()


async def serve(reader, writer, context):
    try:
        await send(writer, 0, greeting())
        await receive(reader)
        await writer.start_tls(context)
        sequence, _login = await receive(reader)
        await send(writer, sequence + 1, OK)
        while (await receive(reader))[1][0] != COM_QUIT:
            await send(writer, 1, OK)
    except (OSError, EOFError):
        pass
    finally:
        writer.close()


async def main(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = await asyncio.start_server(lambda r, w: serve(r, w, context), "127.0.0.1", 0)
    print("listening on 127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
