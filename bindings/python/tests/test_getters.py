"""Settings, errors and getters."""
import errno
import hashlib
import tempfile
import unittest
from pathlib import Path

from support import client, feed, file, needs_certs, pair, pump  # first: it finds the package

import packets
import tlsql
from tlsql import AlertFrom, Code, NameForm, Phase, Severity, Verify, Want

HAS_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
YEAR_2090 = 3786912000


class Refused(unittest.TestCase):
    def refused(self, code, call, *arguments):
        with self.assertRaises(tlsql.Error) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.code, code)
        return caught.exception


class Library(unittest.TestCase):
    def test_versions(self):
        self.assertEqual(tlsql.version_number(), tlsql.VERSION_NUMBER)
        self.assertEqual(tlsql.abi_version(), tlsql.ABI_VERSION)
        self.assertTrue(tlsql.version().startswith("tlsql/"))

    def test_names(self):
        self.assertEqual(tlsql.code_name(Code.CERT_NAME), "TLSQL_E_CERT_NAME")
        self.assertEqual(tlsql.code_name(-19), "UNKNOWN")
        self.assertEqual(tlsql.phase_name(Phase.TLS), "TLS")
        error = tlsql.code_info(Code.CERT_NAME)
        self.assertEqual((error.mysql_errno, error.verify_flags), (2026, Verify.NAME))
        self.assertIn("Ssl_cipher", tlsql.status_variables())


class Settings(Refused):
    def test_builder(self):
        builder = tlsql.Builder("client")
        builder.set("ssl-mode", "REQUIRED")
        builder.set("tls_version", "TLSv1.1,TLSv1.2")
        self.assertEqual(builder.get("ssl_mode"), "REQUIRED")
        builder.unset("ssl_mode")
        self.assertEqual(builder.get("ssl_mode"), "PREFERRED")
        self.assertIsNone(builder.error)
        self.refused(Code.OPTION_NAME, builder.unset, "ssl_mod")
        self.refused(Code.OPTION_NAME, builder.get, "ssl_mod")
        self.refused(Code.OPTION_VALUE, builder.set, "ssl_mode", "SOMETIMES")
        self.assertEqual(builder.error.code, Code.OPTION_VALUE)
        self.refused(Code.PEM, builder.add_ca, b"no certificate")
        self.refused(Code.CRL, builder.add_crl, b"no list")
        note, = builder.notes
        self.assertIn("TLSv1.1", note.message)
        self.assertEqual((note.option, note.severity), ("tls_version", Severity.WARNING))
        context = builder.context()
        self.assertEqual(context.notes, [note])
        for each in (context, context.ref()):
            self.assertTrue(each.has_tls)
            self.assertIn("TLSv1.2", each.get("tls-version"))
            self.assertEqual(each.status("Ssl_client_connects"), "0")
        self.refused(Code.OPTION_NAME, context.status, "Ssl_nothing")
        self.refused(Code.OPTION_NAME, context.get, "ssl_mod")
        self.assertFalse(tlsql.Context("server", {}).has_tls)

    def test_option_files(self):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "my.cnf"

            def write(content):
                path.write_text(content, encoding="utf-8")
                path.chmod(0o644)

            write("[client]\nssl-mode=REQUIRED\ntls-version=TLSv1.2\nloose-ssl-x\n"
                  "[mysqld]\nssl-y\n")
            builder = tlsql.Builder("client")
            builder.set("tls_version", "TLSv1.3")
            builder.read_options(path, ["client", "mysql"])
            self.assertEqual(builder.get("ssl_mode"), "REQUIRED")
            self.assertEqual(builder.get("tls_version"), "TLSv1.3")
            note, = builder.notes
            self.assertIn("line 4", note.message)
            self.refused(Code.ARGUMENT, builder.read_options, path, [])
            self.refused(Code.OPTION_FILE, builder.read_options, f"{path}.none", "client")
            write("[client]\nssl-ca=\"x\n")
            self.refused(Code.OPTION_SYNTAX, builder.read_options, path, "client")
            write(f"!include {path}\n")
            self.refused(Code.OPTION_INCLUDE, builder.read_options, path, "client")

    def test_generate(self):
        builder = tlsql.Builder("server")
        self.refused(Code.OPTION_VALUE, builder.generate, "5.7.29")
        with tempfile.TemporaryDirectory() as directory:
            builder.set("datadir", directory)
            self.refused(Code.ARGUMENT, builder.generate, "5.7.29", "a b")
            builder.generate("5.7.29", ["localhost", "127.0.0.1"])
            builder.load_files()
            # They were made, and the CA is self-signed.
            self.assertLessEqual({10305, 10068}, {note.log_code for note in builder.notes})
            verifying = tlsql.Context("client", {"ssl-mode": "VERIFY_IDENTITY",
                                                 "ssl-ca": f"{directory}/ca.pem"})
            a, _ = pair(verifying, builder.context())
            self.assertTrue(a.verified & Verify.NAME)

    def test_roles(self):
        self.assertEqual(tlsql.Context(tlsql.Role.SERVER).role, tlsql.Role.SERVER)
        self.assertEqual(tlsql.Builder("server").role, tlsql.Role.SERVER)
        for role in ("proxy", 7):
            with self.assertRaises((KeyError, ValueError)):
                tlsql.Builder(role)

    @needs_certs
    def test_certificates_in_memory(self):
        def read(name):
            with open(file(name), "rb") as f:
                return f.read()

        a, b = pair(tlsql.Context("client", {"ssl-mode": "VERIFY_IDENTITY"}, ca=read("ca.pem"),
                                  cert=read("client-cert.pem"), key=read("client-key.pem")),
                    tlsql.Context("server", {}, ca=read("ca.pem"), cert=read("server-cert.pem"),
                                  key=read("server-key.pem")))
        self.assertEqual(len(b.peer_certificates), 1)
        self.assertEqual(a.verified & b.verified & Verify.TRUST, Verify.TRUST)

    @needs_certs
    def test_names(self):
        def read(name):
            return Path(file(name)).read_bytes()

        builder = tlsql.Builder("server")
        builder.set_identity(read("server-cert.pem"), read("server-key.pem"))
        builder.add_name("*.test", read("cn-cert.pem"), read("cn-key.pem"))
        self.refused(Code.ARGUMENT, builder.add_name, "127.0.0.1", read("cn-cert.pem"),
                     read("cn-key.pem"))
        error = self.refused(Code.KEY_MISMATCH, builder.add_name, "db.test",
                             read("cn-cert.pem"), read("server-key.pem"))
        self.assertIn("'db.test'", error.message)
        context = builder.context()
        for name, subject in (("db.test", b"/CN=localhost"), ("other", b"/CN=tlsql test server")):
            a, _ = pair(tlsql.Context("client", {"ssl-mode": "REQUIRED",
                                                 "tls-sni-servername": name}), context)
            self.assertEqual(a.peer_subject(), subject)

    @needs_certs
    def test_reload(self):
        with tempfile.TemporaryDirectory() as directory:
            cert = Path(directory) / "cert.pem"

            def put(name):
                cert.write_bytes(Path(file(name)).read_bytes())

            def builder(role="server", **options):
                made = tlsql.Builder(role)
                if role == "server":
                    made.set("ssl_cert", cert)
                for name, value in options.items():
                    made.set(name, value)
                return made

            put("both.pem")
            first = builder()
            first.load_files()
            server = first.context()
            self.assertFalse(server.files_changed)
            put("both.pem")
            self.assertTrue(server.files_changed)
            first.load_files()
            server.reload(first)
            self.assertFalse(server.files_changed)
            other = builder(require_secure_transport="ON")
            other.load_files()
            error = self.refused(Code.OPTION_VALUE, server.reload, other)
            self.assertEqual(error.option, "require_secure_transport")
            server.reload(other, tlsql.Reload.OPTIONS)
            self.assertEqual(server.get("require_secure_transport"), "ON")
            self.refused(Code.ARGUMENT, server.reload, builder("client"))
            put("ca.pem")
            self.refused(Code.NO_KEY, other.load_files)
            error = self.refused(Code.NO_KEY, server.reload, other)
            self.assertEqual((error.mysql_errno, error.option), (3888, "ssl_key"))
            self.assertEqual(error.severity, Severity.ERROR)
            self.assertTrue(server.has_tls)
            error = self.refused(Code.NO_KEY, server.reload, other, tlsql.Reload.NO_ROLLBACK)
            self.assertEqual(error.severity, Severity.WARNING)
            self.assertFalse(server.has_tls)

    @needs_certs
    def test_ticket_keys(self):
        server = tlsql.Context("server", {"ssl-cert": file("both.pem")})
        key, other = bytes(range(48)), bytes(range(1, 49))
        self.assertEqual(len(key), tlsql.TICKET_KEY_SIZE)
        server.set_ticket_keys(key)
        server.set_ticket_keys(other, previous=key)
        for keys in [(key[1:],), (key, b""), (bytes(48),)]:
            self.refused(Code.ARGUMENT, server.set_ticket_keys, *keys)
        self.refused(Code.ARGUMENT, tlsql.Context("client", {}).set_ticket_keys, key)

    @needs_certs
    def test_clock(self):
        builder = tlsql.Builder("client")
        builder.set("ssl-mode", "VERIFY_CA")
        builder.set("ssl-ca", file("ca.pem"))
        builder.set_clock(YEAR_2090)
        builder.load_files()
        error = self.refused(Code.CERT_EXPIRED, pair, builder.context())
        self.assertEqual((error.verify_flags, error.x509_error), (Verify.TIME, HAS_EXPIRED))
        self.assertGreaterEqual(error.x509_depth, 0)


class Errors(Refused):
    def test_file(self):
        error = self.refused(Code.FILE, tlsql.Context, "client", {"ssl-ca": "/nonexistent/ca.pem"})
        self.assertEqual((error.os_errno, error.x509_depth), (errno.ENOENT, -1))
        self.assertEqual((error.option, error.severity, error.alert_from),
                         ("ssl_ca", Severity.ERROR, AlertFrom.NONE))
        self.assertIn(error.fact, error.message)
        self.assertLess(0, len(error.fact))
        self.assertLess(len(error.fact), len(error.message))

    @needs_certs
    def test_setting_of_a_connection(self):
        with self.assertRaises(tlsql.Error) as caught:
            tlsql.Connection(client(), host=".example.test")
        error = caught.exception
        self.assertEqual((error.code, error.option), (Code.OPTION_VALUE, "host"))
        self.assertIn("starts with a dot", error.message)

    def test_packet(self):
        packet = tlsql.code_info(Code.SECURE_TRANSPORT).packet(2, packets.PROTOCOL_41)
        self.assertEqual(packet[3:13], b"\x02\xff\x57\x0c#HY000")  # 3159
        packet = tlsql.error_packet(4, packets.PROTOCOL_41, mysql_errno=1045, sqlstate="28000",
                                    message="Access denied")
        self.assertEqual(packet, packets.packet(4, b"\xff\x15\x04#28000Access denied"))
        self.refused(Code.ARGUMENT, lambda: tlsql.error_packet(0, 0, message="no failure"))
        packet = tlsql.error_packet(4, 0, mysql_errno=1045, message="\u00e4" * 1000)
        self.assertEqual(len(packet), 4 + 3 + 510)  # cut, but in no character


@needs_certs
class Getters(Refused):
    def test_peer(self):
        a, b = pair()
        leaf = a.peer_certificates[0]
        self.assertEqual(a.peer_fingerprint(), hashlib.sha256(leaf).digest())
        self.assertEqual(a.peer_fingerprint(512), hashlib.sha512(leaf).digest())
        self.refused(Code.ARGUMENT, a.peer_fingerprint, 100)
        for form in NameForm:
            self.assertIn(b"CN", a.peer_subject(form))
            self.assertIn(b"CN", a.peer_issuer(form))
        self.assertEqual(b.peer_certificates, [])
        self.refused(Code.STATE, b.peer_subject)

    def test_connection(self):
        a, b = pair()
        self.assertEqual(a.phase, Phase.TLS)
        self.assertEqual(a.want & Want.APP_IN, Want.APP_IN)
        self.assertEqual(a.tls_version, 0x0304)
        self.assertGreater(a.cipher_id, 0)
        self.assertTrue(a.secure_transport)
        self.assertFalse(a.peer_closed)
        self.assertFalse(a.needs_peer_proof)
        self.assertIsNone(a.error)
        self.assertIsNone(b.check_transport())
        b.close()
        feed(a, b.write()[0])
        a.read()
        self.assertTrue(a.peer_closed)
        self.assertEqual(b.phase, Phase.CLOSED)

    def test_transport_that_is_not_secure(self):
        a = tlsql.Connection(tlsql.Context("client", {"ssl-mode": "DISABLED"}))
        b = tlsql.Connection(tlsql.Context("server", {
            "require_secure_transport": "ON", "ssl_ca": file("ca.pem"),
            "ssl_cert": file("server-cert.pem"), "ssl_key": file("server-key.pem")}))
        b.greet(packets.greeting())
        pump(a, b)
        feed(b, a.write(packets.packet(1, packets.login(packets.REQUEST, b"app", b"")))[0])
        pump(a, b)
        self.assertEqual(b.check_transport().mysql_errno, 3159)

    def test_rekey(self):
        a, b = pair()
        for _ in range(3):
            feed(b, a.write(b"some words")[0])
            self.assertEqual(b.read().plain, b"some words")
            a.rekey()
            feed(b, a.write()[0])
            self.assertIsNone(b.read().error)

    def test_seal(self):
        a, b = pair()
        words = b"encrypted where they lie"
        buffer = bytearray(a.headroom) + words + bytearray(a.tailroom)
        count = a.seal(buffer, len(words))
        self.assertNotIn(words, buffer)
        feed(b, buffer[:count])
        self.assertEqual(b.read().plain, words)
        self.refused(Code.ROOM, a.seal, bytearray(len(words)), len(words))
        with self.assertRaises((BufferError, TypeError, ValueError)):
            a.seal(bytes(buffer), len(words))

    def test_accounts(self):
        _, b = pair()
        b.check_account(tlsql.Account("REQUIRE SSL"), b"bob", b"h")
        account = tlsql.Account(one_line="any")
        account.set("subject", "/CN=x")
        with self.assertRaises(tlsql.Error) as caught:
            b.check_account(account, b"bob\xff", b"h", tlsql.Password.NO)
        refusal = caught.exception
        self.assertEqual(refusal.code, Code.ACCOUNT_X509)
        self.assertEqual((refusal.mysql_errno, refusal.sqlstate), (1045, "28000"))
        self.assertEqual(refusal.message,
                         r"Access denied for user 'bob\xFF'@'h' (using password: NO)")
        self.assertIn("requires X509", refusal.log.message)
        self.refused(Code.STATE, account.set, "issuer", "/CN=y")
        self.refused(Code.ARGUMENT, b.check_account, tlsql.Account(), b"bob", b"h")
        with self.assertRaises(tlsql.Error) as caught:
            b.check_account(None, b"bob", b"h", tlsql.Password.NOT_MENTIONED)
        self.assertEqual(caught.exception.message, "Access denied for user 'bob'@'h'")
        self.assertIsNone(caught.exception.log)
        with self.assertRaises(tlsql.Error) as caught:
            tlsql.Account("REQUIRE TLS")
        self.assertEqual((caught.exception.code, caught.exception.option),
                         (Code.OPTION_VALUE, "clause"))
        self.assertIn("'TLS' is none of", caught.exception.message)

    def test_own_proof(self):
        a, b = pair()
        stored = bytes(32)
        proof = b.own_proof(stored, packets.SALT)
        self.assertEqual(proof, a.peer_proof(stored, packets.SALT))
        self.assertNotEqual(proof, b.own_proof(b"\1" + stored[1:], packets.SALT))
        self.refused(Code.ARGUMENT, b.own_proof, b"", packets.SALT)
        self.refused(Code.ARGUMENT, b.own_proof, stored, packets.SALT + b"\0")
        self.refused(Code.STATE, a.own_proof, stored, packets.SALT)

    def test_peer_proof(self):
        context = tlsql.Context("client", {"ssl-mode": "REQUIRED", "tlsql_peer_proof": "ON"})
        salt = hashlib.sha1(hashlib.sha1(b"secret").digest()).digest()
        a, b = pair(context)

        def refusal(client):
            wire, error = client.write(b"\x05\0\0\x02login")
            self.assertEqual(bool(wire), error is None)
            return error and error.code

        self.assertTrue(a.needs_peer_proof)
        self.assertEqual(refusal(a), Code.STATE, "a program that never asks")
        a.auth_plugin("mysql_native_password")
        self.assertEqual(refusal(a), None)
        self.assertEqual(refusal(a), Code.STATE, "a second packet")
        b.read()
        answer, _ = b.write(b"an answer")
        a.room()[:len(answer)] = answer
        a.received(len(answer))
        self.assertEqual(a.read().plain, b"an answer")
        self.assertEqual(refusal(a), Code.STATE, "until the server answered")
        self.refused(Code.ARGUMENT, a.peer_proof, b"", packets.SALT)
        proof = a.peer_proof(salt, packets.SALT)
        self.assertEqual(len(proof), 64)
        a.confirm_peer(salt, packets.SALT, b"\x01" + proof.encode())
        self.assertFalse(a.needs_peer_proof)
        self.assertTrue(a.verified & Verify.PROOF)
        a, _ = pair(context)
        self.refused(Code.PEER_PROOF, a.confirm_peer, salt, packets.SALT, b"")
        self.assertEqual(a.error.code, Code.PEER_PROOF)
        for plugin in ("mysql_clear_password", "dialog", "sha256_password",
                       "caching_sha2_password", "mysql_old_password", ""):
            a, _ = pair(context)
            self.refused(Code.PEER_PROOF, a.auth_plugin, plugin)
            self.assertEqual(refusal(a), Code.PEER_PROOF)


if __name__ == "__main__":
    unittest.main()
