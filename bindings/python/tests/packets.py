"""As much of MySQL's protocol as the tests speak."""
import hashlib

LONG_PASSWORD, PROTOCOL_41, TRANSACTIONS = 0x1, 0x200, 0x2000
SECURE_CONNECTION, PLUGIN_AUTH = 0x8000, 0x80000
CLIENT_SSL = 0x800
SALT = bytes(range(1, 21))
REQUEST = {
    "capabilities": LONG_PASSWORD | PROTOCOL_41 | TRANSACTIONS | SECURE_CONNECTION | PLUGIN_AUTH,
    "max_packet": 1 << 24,
    "charset": 45,
}


def packet(sequence, payload):
    return len(payload).to_bytes(3, "little") + bytes([sequence]) + payload


def greeting(capabilities=REQUEST["capabilities"]):
    """A server's greeting, without its header."""
    return (b"\x0a8.0.36\0" + (7).to_bytes(4, "little") + SALT[:8] + b"\0"
            + (capabilities & 0xffff).to_bytes(2, "little") + b"\x2d\x02\x00"
            + (capabilities >> 16).to_bytes(2, "little") + b"\x15" + bytes(10)
            + SALT[8:] + b"\0mysql_native_password\0")


def native(password, salt):
    """mysql_native_password: SHA1(password) XOR SHA1(salt + SHA1(SHA1(password)))."""
    if not password:
        return b""
    once = hashlib.sha1(password).digest()
    mask = hashlib.sha1(salt + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mask))


def login(repeat, user, answer):
    """HandshakeResponse41, without its header."""
    return (repeat["capabilities"].to_bytes(4, "little")
            + repeat["max_packet"].to_bytes(4, "little") + bytes([repeat["charset"]]) + bytes(23)
            + user + b"\0" + bytes([len(answer)]) + answer + b"mysql_native_password\0")


def session(repeat, sequence, salt, user, password, sql):
    """Log in, run sql and return its rows: a generator that yields bytes to send, or None to be
    sent the next (sequence, payload)."""
    yield packet(sequence, login(repeat, user, native(password, salt[:20])))
    number, payload = yield None
    if payload[0] == 0xfe:  # another plugin, or another salt: only this plugin is spoken here
        name, salt = payload[1:].split(b"\0", 1)
        assert name == b"mysql_native_password", name
        yield packet(number + 1, native(password, salt[:20]))
        number, payload = yield None
    assert payload[0] == 0, payload
    yield packet(0, b"\x03" + sql)
    number, payload = yield None
    assert payload == b"\x01", payload  # one column
    ends, rows = 0, []
    while ends < 2:
        number, payload = yield None
        if payload[0] == 0xfe and len(payload) < 9:
            ends += 1
        elif ends:
            rows.append(payload[1:1 + payload[0]])
    yield packet(0, b"\x01")  # COM_QUIT
    return rows


async def run_async(conversation, reader, writer):
    reply = None
    while True:
        try:
            out = conversation.send(reply)
        except StopIteration as done:
            return done.value
        reply = None
        if out is not None:
            writer.write(out)
            continue
        head = await reader.readexactly(4)
        reply = head[3], await reader.readexactly(int.from_bytes(head[:3], "little"))


def run(conversation, stream):
    def exactly(count):
        data = b""
        while len(data) < count:
            more = stream.recv(count - len(data))
            assert more, "the stream ended"
            data += more
        return data

    reply = None
    while True:
        try:
            out = conversation.send(reply)
        except StopIteration as done:
            return done.value
        reply = None
        if out is not None:
            stream.sendall(out)
            continue
        head = exactly(4)
        reply = head[3], exactly(int.from_bytes(head[:3], "little"))
