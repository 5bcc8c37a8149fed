"""Connections of Python's clients: `clients.py CLIENT CERTS USER PASSWORD`.

Reads lines `PORT MODE CERTIFICATE`, connects to localhost, and answers each with one line: `in
Ssl_version`, where the server says so, or `out` and the error.  MODE is one of MySQL's, by the
parameters that the client documents for it; CERTIFICATE is `with` or `without` the client's.
"""

import asyncio
import ssl
import sys

HOST = "localhost"
QUERY = "SHOW STATUS LIKE 'Ssl_version'"
NAME, CERTS, USER, PASSWORD = sys.argv[1:]
CA = f"{CERTS}/ca.pem"
FILES = {"ssl_cert": f"{CERTS}/client-cert.pem", "ssl_key": f"{CERTS}/client-key.pem"}


def account(port, certificate):
    user = USER + ("_x509" if certificate else "")
    return {"host": HOST, "port": port, "user": user, "password": PASSWORD}


def pymysql_parameters(mode, certificate):
    """Without any parameter about TLS it is PREFERRED; each of these demands TLS."""
    files = FILES if certificate else {}
    if mode == "DISABLED":
        return {"ssl_disabled": True, **files}
    if mode == "PREFERRED":
        return {}
    if mode == "REQUIRED":
        return files or {"ssl": {"verify_mode": "none"}}
    if mode == "VERIFY_CA":
        return {"ssl_ca": CA, "ssl_verify_cert": True, **files}
    return {"ssl_ca": CA, "ssl_verify_identity": True, **files}


def context(mode, certificate):
    """The ssl.SSLContext that aiomysql and asyncmy take."""
    if mode == "DISABLED":
        return None
    made = ssl.create_default_context(cafile=CA)
    made.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    made.check_hostname = mode == "VERIFY_IDENTITY"
    if mode == "REQUIRED":
        made.verify_mode = ssl.CERT_NONE
    if certificate:
        made.load_cert_chain(FILES["ssl_cert"], FILES["ssl_key"])
    return made


def connector_parameters(mode, certificate):
    """PREFERRED unless something is verified; it has nothing for REQUIRED."""
    found = {"use_pure": NAME == "connector-pure", **(FILES if certificate else {})}
    if mode == "DISABLED":
        return {**found, "ssl_disabled": True}
    if mode == "VERIFY_CA":
        return {**found, "ssl_ca": CA, "ssl_verify_cert": True}
    if mode == "VERIFY_IDENTITY":
        return {**found, "ssl_ca": CA, "ssl_verify_cert": True, "ssl_verify_identity": True}
    return found


def ask(connection):
    """What the server sees of a connection of the DB-API."""
    try:
        cursor = connection.cursor()
        cursor.execute(QUERY)
        return cursor.fetchall()[0][1]
    finally:
        connection.close()


async def ask_later(connecting):
    """The same for a client of asyncio."""
    connection = await connecting
    try:
        async with connection.cursor() as cursor:
            await cursor.execute(QUERY)
            return (await cursor.fetchall())[0][1]
    finally:
        connection.close()


def connect(port, mode, certificate):
    login = account(port, certificate)
    if NAME == "pymysql":
        import pymysql

        return ask(pymysql.connect(**login, **pymysql_parameters(mode, certificate)))
    if NAME == "aiomysql":
        import aiomysql

        return asyncio.run(ask_later(aiomysql.connect(**login, ssl=context(mode, certificate))))
    if NAME == "asyncmy":
        import asyncmy

        return asyncio.run(ask_later(asyncmy.connect(**login, ssl=context(mode, certificate))))
    import mysql.connector

    return ask(mysql.connector.connect(**login, **connector_parameters(mode, certificate)))


for line in sys.stdin:
    port, mode, certificate = line.split()
    try:
        print("in", connect(int(port), mode, certificate == "with"))
    except Exception as error:
        causes = []
        while error:
            causes.append(f"{type(error).__name__}: {error}")
            error = error.__cause__
        print("out", " | ".join(causes).replace("\n", " "))
