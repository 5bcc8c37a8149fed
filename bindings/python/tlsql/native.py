"""The shared library and its errors."""
import os
from pathlib import Path

import cffi


def _declarations():
    here = Path(__file__).resolve().parent
    for path in (here / "tlsql_cdef.h", here.parents[2] / "include" / "tlsql_cdef.h"):
        if path.exists():
            return path.read_text()
    raise ImportError("tlsql_cdef.h is neither beside the package nor in include/")


ABI = 0  # that this package is written for

ffi = cffi.FFI()
ffi.cdef(_declarations())
lib = ffi.dlopen(os.environ.get("TLSQL_LIBRARY") or "libtlsql.so.0")
if lib.tlsql_abi_version() != ABI:
    raise ImportError(f"the library has ABI {lib.tlsql_abi_version()}, not {ABI}")


class Error(Exception):
    """A failure that the engine reported; docs/errors.md lists them."""

    def __init__(self, code, details=None):
        details = details or new("tlsql_error")
        if details.code != code:  # a wrong call is not remembered by the object it was made on
            lib.tlsql_code_info(code, details)
        self.code = code
        self.name = ffi.string(lib.tlsql_code_name(code)).decode()
        self.message = ffi.string(details.message).decode()
        self.mysql_errno = details.mysql_errno
        self.sqlstate = ffi.string(details.sqlstate).decode()
        self.verify_flags = details.verify_flags
        self.alert, self.alert_from = details.tls_alert, details.alert_from
        self.unauthenticated = bool(details.flags & lib.TLSQL_ERROR_UNAUTHENTICATED)
        super().__init__(
            f"ERROR {self.mysql_errno} ({self.sqlstate}): {self.message} [{self.name}]")


def new(name):
    """A zeroed struct that knows its size."""
    struct = ffi.new(name + " *")
    struct.struct_size = ffi.sizeof(name)
    return struct


def failure(code, ask, *about):
    """code as an Error with the details that ask(*about, out) knows, or None."""
    if code == lib.TLSQL_OK:
        return None
    details = new("tlsql_error")
    ask(*about, details)
    return Error(code, details)


def check(code, ask, *about):
    if code != lib.TLSQL_OK:
        raise failure(code, ask, *about)


def octets(data):
    """(pointer, length) of a bytes-like object or a string, without a copy of the former."""
    buffer = ffi.from_buffer("uint8_t[]", data.encode() if isinstance(data, str) else data)
    return buffer, len(buffer)


def text(string):
    data = string.encode()
    return data, len(data)
