"""The constants of tlsql.h, which explains each of them.

Their families are enumerations: TLSQL_E_CERT_NAME is Code.CERT_NAME, TLSQL_PHASE_TLS is Phase.TLS.
The members come from the header, so a new one needs no line here."""
from enum import IntEnum, IntFlag

from .native import ffi, lib


def _family(kind, name, prefix, **others):
    found = {c[len(prefix):]: getattr(lib, c) for c in dir(lib) if c.startswith(prefix)}
    members = sorted({**others, **found}.items(), key=lambda member: member[1])
    return kind(name, members, module=__name__)


def known(enumeration):
    """Returns a function that makes a number a member; a number without one stays as it is."""
    def member(number):
        try:
            return enumeration(number)
        except ValueError:
            return number
    return member


Role = IntEnum("Role", {"CLIENT": lib.TLSQL_CLIENT, "SERVER": lib.TLSQL_SERVER}, module=__name__)
Code = _family(IntEnum, "Code", "TLSQL_E_", OK=lib.TLSQL_OK)
Phase = _family(IntEnum, "Phase", "TLSQL_PHASE_")
Outcome = _family(IntEnum, "Outcome", "TLSQL_OUTCOME_")
NameForm = _family(IntEnum, "NameForm", "TLSQL_NAME_")
Want = _family(IntFlag, "Want", "TLSQL_WANT_")
Event = _family(IntFlag, "Event", "TLSQL_EVENT_")
Verify = _family(IntFlag, "Verify", "TLSQL_VERIFY_")
Severity = _family(IntEnum, "Severity", "TLSQL_SEVERITY_")
AlertFrom = _family(IntEnum, "AlertFrom", "TLSQL_ALERT_")
Password = _family(IntEnum, "Password", "TLSQL_PASSWORD_")
Reload = _family(IntFlag, "Reload", "TLSQL_RELOAD_")
ErrorFlag = _family(IntFlag, "ErrorFlag", "TLSQL_ERROR_")

# Of the header that this package reads; version_number() and abi_version() are the library's.
VERSION_MAJOR = lib.TLSQL_VERSION_MAJOR
VERSION_MINOR = lib.TLSQL_VERSION_MINOR
VERSION_PATCH = lib.TLSQL_VERSION_PATCH
VERSION_NUMBER = lib.TLSQL_VERSION_NUMBER
ABI_VERSION = lib.TLSQL_ABI_VERSION

MESSAGE_SIZE = lib.TLSQL_MESSAGE_SIZE
OPTION_SIZE = lib.TLSQL_OPTION_SIZE
WIRE_IN_SIZE = lib.TLSQL_WIRE_IN_SIZE
WIRE_OUT_SIZE = lib.TLSQL_WIRE_OUT_SIZE
APP_OUT_SIZE = lib.TLSQL_APP_OUT_SIZE
TICKET_KEY_SIZE = lib.TLSQL_TICKET_KEY_SIZE
HEADROOM_MAX = lib.TLSQL_HEADROOM_MAX
TAILROOM_MAX = lib.TLSQL_TAILROOM_MAX
ANY_ROOM = (1 << 8 * ffi.sizeof("size_t")) - 1
