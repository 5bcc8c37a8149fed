"""MySQL's TLS upgrade for programs that speak MySQL themselves.

The program writes and reads the packets; this package turns the stream under them into TLS, or
refuses, as the options say.  See tlsql.h for what each call promises.

    Context      settings in force, by MySQL option names; Builder: settings that may still change
    Stream       asyncio: a transport of plaintext; open_connection(), start_server() and
                 upgrade_transport() make it
    Socket       the same for a blocking socket; upgrade_client() and upgrade_server() make it
    Connection   the engine without I/O, for anything else
    Session      a TLS session of a client, from one Connection to another
    Account      what a server requires of a connection before it lets somebody log in
    Error        a failure of the engine; Code and other enumerations: the constants of tlsql.h
"""
from .account import Account
from .aio import Stream, open_connection, start_server, upgrade_transport
from .blocking import Socket, upgrade_client, upgrade_server
from .connection import Connection, Session
from .constants import (
    ABI_VERSION, ANY_ROOM, APP_OUT_SIZE, HEADROOM_MAX, MESSAGE_SIZE, OPTION_SIZE, TAILROOM_MAX,
    TICKET_KEY_SIZE, VERSION_MAJOR, VERSION_MINOR, VERSION_NUMBER, VERSION_PATCH, WIRE_IN_SIZE,
    WIRE_OUT_SIZE, AlertFrom, Code, ErrorFlag, Event, NameForm, Outcome, Password, Phase, Reload, Role, Severity,
    Verify, Want)
from .errors import Error, code_info, code_name, error_packet, phase_name
from .native import abi_version, lib, status_variables, version, version_number
from .settings import Builder, Context, Note

__all__ = [
    "ABI_VERSION", "ANY_ROOM", "APP_OUT_SIZE", "Account", "AlertFrom", "Builder", "Code",
    "Connection", "Context", "Error", "ErrorFlag", "Event", "HEADROOM_MAX", "MESSAGE_SIZE",
    "NameForm", "Note", "OPTION_SIZE", "Outcome", "Password", "Phase", "Reload", "Role",
    "Session", "Severity", "Socket", "Stream", "TAILROOM_MAX", "VERSION_MAJOR", "VERSION_MINOR", "VERSION_NUMBER",
    "VERSION_PATCH", "Verify", "WIRE_IN_SIZE", "WIRE_OUT_SIZE", "Want", "abi_version", "code_info",
    "Severity", "Socket", "Stream", "TAILROOM_MAX", "TICKET_KEY_SIZE", "VERSION_MAJOR", "VERSION_MINOR",
    "VERSION_NUMBER", "VERSION_PATCH", "Verify", "WIRE_IN_SIZE", "WIRE_OUT_SIZE", "Want", "abi_version", "code_info",
    "code_name", "error_packet", "lib", "open_connection", "phase_name", "start_server",
    "status_variables", "upgrade_client", "upgrade_server", "upgrade_transport", "version",
    "version_number"]
