"""The shared library, and how Python's values get into it and out of it."""
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


def version():
    """Returns the versions of the library and its parts: "tlsql/0.1.0 rustls/... ring/..."."""
    return string(lib.tlsql_version_string())


def version_number():
    """Returns the library's version as major << 16 | minor << 8 | patch."""
    return lib.tlsql_version_number()


def abi_version():
    """Returns the number in the library's SONAME."""
    return lib.tlsql_abi_version()


def status_variables():
    """Returns the names of the status variables, in order."""
    names = []
    while name := lib.tlsql_status_variable(len(names)):
        names.append(string(name))
    return names


def new(name):
    """Returns a zeroed struct that knows its size."""
    struct = ffi.new(name + " *")
    struct.struct_size = ffi.sizeof(name)
    return struct


def octets(data):
    """Returns (pointer, length) of a bytes-like object, without a copy, or of a string."""
    buffer = ffi.from_buffer("uint8_t[]", data.encode() if isinstance(data, str) else data)
    return buffer, len(buffer)


def text(string):
    """Returns (pointer, length) of a name or a value."""
    data = string.encode()
    return data, len(data)


def string(pointer):
    """Returns the text that a char pointer or array holds."""
    return ffi.string(pointer).decode()


def sized(get, *arguments):
    """Calls a function that writes a result of unknown size, again with more room if it asks.

    Returns (code, bytes)."""
    needed, room = ffi.new("size_t *"), 256
    while True:
        buffer = ffi.new("uint8_t[]", room)
        code = get(*arguments, buffer, room, needed)
        if code == lib.TLSQL_OK:
            return code, bytes(ffi.buffer(buffer, needed[0]))
        if code != lib.TLSQL_E_ROOM or needed[0] <= room:
            return code, b""
        room = needed[0]


def sized_text(get, *arguments):
    """Returns (code, string): sized() for a text, whose NUL is left out."""
    code, data = sized(get, *arguments)
    return code, data[:-1].decode()
