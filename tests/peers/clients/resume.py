"""Connections of one context, each after the other: `resume.py CLIENT CERTS USER PASSWORD`.

CLIENT is `ssl` (Python's own, which offers the session of the connection before), `ssl-ids` (the
same without tickets), `tlsql` (the binding), `tlsql-no-cache` (the same with
tlsql-session-cache-size=0) or `connector-c` (Oracle's libmysqlclient, of which the
server alone says what it did).  Reads lines `PORT VERSION CERTIFICATE COUNT` and
answers each with one line: `in` and for each connection `full` or `resumed`, as both sides say, or
the number of the server's error; or `out` and a failure.  CERTIFICATE is `with` or `without` the
client's.  MariaDB's servers do not say it: their Ssl_sessions_reused is always 0.
"""

import hashlib
import socket
import ssl
import sys

HOST = "localhost"
NAME, CERTS, USER, PASSWORD = sys.argv[1:]
# LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION and PLUGIN_AUTH; the binding adds SSL itself.
CAPABILITIES, SSL = 0x00088201, 0x800
REQUEST = {"capabilities": CAPABILITIES, "max_packet": 1 << 24, "charset": 45}
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def native(scramble):
    once = hashlib.sha1(PASSWORD.encode()).digest()
    return xor(once, hashlib.sha1(scramble + hashlib.sha1(once).digest()).digest())


def sha2(scramble):
    once = hashlib.sha256(PASSWORD.encode()).digest()
    twice = hashlib.sha256(once).digest()
    return xor(once, hashlib.sha256(twice + scramble).digest())


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


ANSWERS = {b"mysql_native_password": native, b"caching_sha2_password": sha2}


class Refused(Exception):
    """The server's error, by its number."""


class Session:
    """MySQL's packets on a stream that has recv() and sendall()."""

    def __init__(self, stream, sequence):
        self.stream, self.sequence = stream, sequence

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.stream.recv(count - len(data))
            if not more:
                raise ConnectionError("the stream ended")
            data += more
        return data

    def receive(self):
        head = self.exactly(4)
        self.sequence = head[3] + 1
        payload = self.exactly(int.from_bytes(head[:3], "little"))
        if payload[:1] == b"\xff":
            raise Refused(int.from_bytes(payload[1:3], "little"))
        return payload

    def send(self, payload):
        self.stream.sendall(len(payload).to_bytes(3, "little") + bytes([self.sequence]) + payload)

    def log_in(self, head, user, plugin, scramble):
        answer = ANSWERS[plugin](scramble)
        self.send(head + user.encode() + b"\0" + bytes([len(answer)]) + answer + plugin + b"\0")
        while True:
            payload = self.receive()
            if payload[0] == 0:
                return
            if payload[0] == 0xfe:
                plugin, scramble = payload[1:].split(b"\0", 1)
                self.send(ANSWERS[plugin](scramble[:20]))
            elif payload == b"\x01\x04":  # not in its cache: in TLS it is sent the password
                self.send(PASSWORD.encode() + b"\0")

    def status(self):
        """All of SHOW STATUS LIKE 'Ssl%', by name."""
        self.sequence = 0
        self.send(b"\x03SHOW STATUS LIKE 'Ssl%'")
        rows, ends = {}, 0
        while ends < 2:
            payload = self.receive()
            if payload[0] == 0xfe and len(payload) < 9:
                ends += 1
            elif ends:
                name, payload = text(payload)
                rows[name] = text(payload)[0]
        return rows

    def quit(self):
        self.sequence = 0
        self.send(b"\x01")


def text(payload):
    size, rest = payload[0], payload[1:]
    if size == 0xfc:
        size, rest = int.from_bytes(rest[:2], "little"), rest[2:]
    return rest[:size].decode(), rest[size:]


class Python:
    """Python's ssl: the SSLRequest by hand, then a socket with the last connection's session."""

    def __init__(self, version, files):
        self.context = ssl.create_default_context(cafile=f"{CERTS}/ca.pem")
        self.context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        # wolfSSL's servers have no secure renegotiation.
        self.context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 4)
        self.context.minimum_version = self.context.maximum_version = VERSIONS[version]
        if NAME == "ssl-ids":
            self.context.options |= ssl.OP_NO_TICKET
        if files:
            self.context.load_cert_chain(*files)
        self.session = None

    def connect(self, sock, port):
        greeting = Session(sock, 0).receive()
        end = greeting.index(b"\0")
        self.server_version, rest = greeting[1:end], greeting[end + 5:]
        scramble, plugin = rest[:8] + rest[27:39], rest[40:].rstrip(b"\0")
        head = (CAPABILITIES | SSL).to_bytes(4, "little") + (1 << 24).to_bytes(4, "little")
        head += bytes([45]) + bytes(23)
        Session(sock, 1).send(head)
        stream = self.context.wrap_socket(sock, server_hostname=HOST, session=self.session)
        self.stream = stream
        return Session(stream, 2), head, plugin, scramble

    def resumed(self):
        """Asked for at the end: TLS 1.3 has its tickets behind the handshake."""
        self.session = self.stream.session
        return self.stream.session_reused


class Tlsql:
    """The binding: the context keeps the sessions."""

    def __init__(self, version, files):
        import tlsql

        options = {"ssl-mode": "VERIFY_IDENTITY", "ssl-ca": f"{CERTS}/ca.pem",
                   "tls-version": version}
        if NAME == "tlsql-no-cache":
            options["tlsql-session-cache-size"] = "0"
        if files:
            options["ssl-cert"], options["ssl-key"] = files
        self.upgrade, self.context = tlsql.upgrade_client, tlsql.Context("client", options)

    def connect(self, sock, port):
        stream, repeat = self.upgrade(sock, self.context, REQUEST, host=HOST, port=str(port))
        self.engine = stream.engine
        greeting = self.engine.greeting()
        self.server_version = greeting.server_version
        head = repeat["capabilities"].to_bytes(4, "little")
        head += repeat["max_packet"].to_bytes(4, "little") + bytes([repeat["charset"]]) + bytes(23)
        session = Session(stream, self.engine.sequence)
        return session, head, greeting.auth_plugin, greeting.auth_data

    def resumed(self):
        return bool(self.engine.resumed)


def meet(client, port, version, user):
    with socket.create_connection((HOST, port), timeout=20) as sock:
        session, head, plugin, scramble = client.connect(sock, port)
        try:
            session.log_in(head, user, plugin, scramble[:20])
        except Refused as error:
            client.resumed()
            return str(error)
        status = session.status()
        if status["Ssl_version"] != version:
            raise ConnectionError(f"the server says {status['Ssl_version']}")
        own, server = client.resumed(), status["Ssl_sessions_reused"] == "1"
        session.quit()
    if server != own and b"MariaDB" not in client.server_version:
        raise ConnectionError(f"resumed? The server says {server}, the client {own}")
    return "resumed" if own else "full"


def meet_connector(port, version, user, files):
    import mysql.connector

    more = {"ssl_cert": files[0], "ssl_key": files[1]} if files else {}
    connection = mysql.connector.connect(
        host=HOST, port=port, user=user, password=PASSWORD, use_pure=False, tls_versions=[version],
        ssl_ca=f"{CERTS}/ca.pem", ssl_verify_cert=True, ssl_verify_identity=True, **more)
    try:
        cursor = connection.cursor()
        cursor.execute("SHOW STATUS LIKE 'Ssl_sessions_reused'")
        return "resumed" if cursor.fetchall()[0][1] == "1" else "full"
    finally:
        connection.close()


def answer(port, version, certificate, count):
    user, files = USER, None
    if certificate == "with":
        user, files = f"{USER}_x509", (f"{CERTS}/client-cert.pem", f"{CERTS}/client-key.pem")
    if NAME == "connector-c":
        return " ".join(meet_connector(int(port), version, user, files) for _ in range(int(count)))
    client = (Tlsql if NAME.startswith("tlsql") else Python)(version, files)
    return " ".join(meet(client, int(port), version, user) for _ in range(int(count)))


for line in sys.stdin:
    try:
        print("in", answer(*line.split()), flush=True)
    except Exception as error:
        print("out", f"{type(error).__name__}: {error}".replace("\n", " "), flush=True)
