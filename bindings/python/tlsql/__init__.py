"""MySQL's TLS upgrade for programs that speak MySQL themselves.

The program writes and reads the packets; this package turns the stream under them into TLS, or
refuses, as the options say.  See tlsql.h for what each call promises.

    Context      settings in force, by MySQL option names
    Stream       asyncio: a transport of plaintext; open_connection() and start_server() make it
    Socket       the same for a blocking socket; upgrade_client() and upgrade_server() make it
    Connection   the engine without I/O, for anything else
"""
from .aio import Stream, open_connection, start_server
from .blocking import Socket, upgrade_client, upgrade_server
from .connection import Connection, Context
from .native import Error, lib

__all__ = ["Connection", "Context", "Error", "Socket", "Stream", "lib", "open_connection",
           "start_server", "upgrade_client", "upgrade_server"]
