"""What the tests share: the package of this repository, and contexts with test certificates."""
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import packets  # noqa: E402
import tlsql  # noqa: E402
from tlsql import lib  # noqa: E402

CERTS = os.environ.get("TLSQL_CERTS")
needs_certs = unittest.skipUnless(CERTS, "TLSQL_CERTS is not set")


def file(name):
    return str(Path(CERTS) / name)


def client(**options):
    return tlsql.Context("client", {"ssl-mode": "VERIFY_IDENTITY", "ssl-ca": file("ca.pem"),
                                    **{k.replace("_", "-"): v for k, v in options.items()}})


def server(cert="server"):
    return tlsql.Context("server", {"ssl_ca": file("ca.pem"), "ssl_cert": file(f"{cert}-cert.pem"),
                                    "ssl_key": file(f"{cert}-key.pem")})


def feed(engine, wire):
    engine.room()[:len(wire)] = wire
    engine.received(len(wire))


def pump(a, b):
    """Carries bytes between two engines until nothing moves; returns the events and the plaintext
    of each."""
    events, plain, moved = [0, 0], [b"", b""], True
    while moved:
        moved = False
        for i, (one, other) in enumerate(((a, b), (b, a))):
            step = one.read()
            if step.error:
                raise step.error
            events[i] |= step.events
            plain[i] += step.plain
            moved |= step.moved
            if step.events & lib.TLSQL_EVENT_GREETING:
                one.start(packets.REQUEST)
            feed(other, step.wire)
    return events, plain


def pair(client_context=None, server_context=None):
    """A client and a server in TLS, without sockets."""
    a = tlsql.Connection(client_context or client(), host="localhost")
    b = tlsql.Connection(server_context or server())
    b.greet(packets.greeting())
    pump(a, b)
    assert (a.outcome, b.outcome) == (lib.TLSQL_OUTCOME_TLS,) * 2
    return a, b
