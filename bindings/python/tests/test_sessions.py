"""A TLS session of one connection that another one offers."""
import gc
import socket
import threading
import unittest

from support import client, needs_certs, pump, server  # first: it finds the package

import packets
import tlsql
from tlsql import Code, Outcome, Verify

PLACE = {"host": "localhost", "port": 3306, "verify_name": "localhost"}
VERSIONS = ("TLSv1.2", "TLSv1.3")


def met(context, server_context, session=None):
    """A client of localhost, port 3306, in TLS."""
    a = tlsql.Connection(context, session=session, **PLACE)
    b = tlsql.Connection(server_context)
    b.greet(packets.greeting())
    pump(a, b)
    assert (a.outcome, b.outcome) == (Outcome.TLS,) * 2
    assert a.resumed == b.resumed
    return a


@needs_certs
class Sessions(unittest.TestCase):
    def refused(self, code, call, *arguments, **settings):
        with self.assertRaises(tlsql.Error) as caught:
            call(*arguments, **settings)
        self.assertEqual(caught.exception.code, code)

    def taken(self, context, server_context):
        """A session of a connection that was not resumed, and is gone."""
        conn = met(context, server_context)
        self.assertFalse(conn.resumed)
        session = conn.session()
        del conn
        gc.collect()
        return session

    def test_another_context_resumes(self):
        there = server()
        for version in VERSIONS:
            session = self.taken(client(tls_version=version), there)
            gc.collect()  # its context may go
            other = client(tls_version=version)
            conn = met(other, there, session)
            self.assertTrue(conn.resumed, version)
            self.assertIn(Verify.TRUST | Verify.NAME, conn.verified)
            if version == "TLSv1.3":
                self.refused(Code.STATE, met, other, there, session)
            else:
                self.assertTrue(met(other, there, session).resumed)

    def test_another_policy_does_not(self):
        there = server()
        for version in VERSIONS:
            context = client(tls_version=version)
            session = self.taken(context, there)
            other = client(tls_version=version, ssl_mode="VERIFY_CA")
            conn = tlsql.Connection(other, **PLACE)
            self.refused(Code.SESSION_POLICY, conn.set_session, session)
            self.refused(Code.SESSION_POLICY, met, other, there, session)
            self.assertTrue(met(context, there, session).resumed, version)  # it was not spent

    def test_wrong_calls(self):
        there, context = server(), client()
        session = self.taken(context, there)
        self.refused(Code.STATE, tlsql.Connection, there, session=session)
        self.refused(Code.STATE, tlsql.Connection(context, **PLACE).session)
        self.refused(Code.STATE, met(context, there).set_session, session)

    def test_upgrade_client(self):
        there, context = server(), client()
        session = self.taken(client(), there)
        here, far = socket.socketpair()
        for end in (here, far):
            end.settimeout(10)
        box = []
        thread = threading.Thread(
            target=lambda: box.append(tlsql.upgrade_server(far, there, packets.greeting())))
        thread.start()
        stream, _ = tlsql.upgrade_client(here, context, packets.REQUEST, session=session, **PLACE)
        thread.join()
        self.assertTrue(stream.engine.resumed)
        self.assertTrue(box[0].engine.resumed)
        stream.close(), box[0].close()


if __name__ == "__main__":
    unittest.main()
