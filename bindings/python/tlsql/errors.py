"""Failures of the engine as exceptions, and as ERR packets."""
from .constants import AlertFrom, Code, Severity, Verify, known
from .native import ffi, lib, new, sized, string


class Error(Exception):
    """A failure that the engine reported, or what is known of a code; docs/errors.md lists them.

    code              a Code
    name, message     "TLSQL_E_CERT_NAME", and a sentence
    fact              the part of message that says what happened, without what to change
    option            the option, or the connection's setting, that it is about
    severity          a Severity
    mysql_errno       2026, 3159, ...; 0 when none fits
    sqlstate          "HY000", ...; may be empty
    log_code          MY-nnnnnn of the server's error log; 0 none
    verify_flags      Verify: the checks that failed
    x509_error        OpenSSL's X509_V_ERR_ number of a refused chain; 0 none
    x509_depth        whose certificate it is about: 0 leaf, 1 its issuer, ...; -1 none
    alert, alert_from the TLS alert, and an AlertFrom
    os_errno          from opening a file; else 0
    unauthenticated   whether message came in clear before TLS: do not trust it then"""

    def __init__(self, code, details=None):
        details = details or new("tlsql_error")
        if details.code != code:  # the call gave no details
            lib.tlsql_code_info(code, details)
        self.code = known(Code)(code)
        self.name = code_name(code)
        self.message = string(details.message)
        fact = self.message.encode()[details.fact_off:details.fact_off + details.fact_len]
        self.fact = fact.decode(errors="replace")
        self.option = string(details.option)
        self.severity = known(Severity)(details.severity)
        self.mysql_errno = details.mysql_errno
        self.sqlstate = string(details.sqlstate)
        self.log_code = details.log_code
        self.verify_flags = Verify(details.verify_flags)
        self.x509_error, self.x509_depth = details.x509_error, details.x509_depth
        self.alert, self.alert_from = details.tls_alert, known(AlertFrom)(details.alert_from)
        self.os_errno = details.os_errno
        self.unauthenticated = bool(details.flags & lib.TLSQL_ERROR_UNAUTHENTICATED)
        super().__init__(
            f"ERROR {self.mysql_errno} ({self.sqlstate}): {self.message} [{self.name}]")

    def packet(self, sequence, capabilities):
        """Returns an ERR packet that reports this failure to the peer; see error_packet()."""
        return error_packet(sequence, capabilities, code=self.code, mysql_errno=self.mysql_errno,
                            sqlstate=self.sqlstate, message=self.message)


def error_packet(sequence, capabilities, *, message, mysql_errno=0, sqlstate="", code=0):
    """Returns an ERR packet, header included.

    It has the SQLSTATE if capabilities, the client's, have CLIENT_PROTOCOL_41.  A failure without
    a code, the program's own, needs a mysql_errno."""
    details = new("tlsql_error")
    details.code, details.mysql_errno = code, mysql_errno
    for field, value in ((details.message, message), (details.sqlstate, sqlstate)):
        data = value.encode()[:len(field) - 1].decode(errors="ignore").encode()
        ffi.memmove(field, data, len(data))
    code, packet = sized(lib.tlsql_error_packet, details, sequence, capabilities)
    check(code)
    return packet


def code_name(code):
    """Returns a code's name in C: "TLSQL_E_CERT_EXPIRED"; "UNKNOWN" for no code."""
    return string(lib.tlsql_code_name(code))


def code_info(code):
    """Returns what is known of a code alone, as an Error."""
    return Error(code)


def phase_name(phase):
    """Returns a phase's name: "HANDSHAKE"; "UNKNOWN" for no phase."""
    return string(lib.tlsql_phase_name(phase))


def failure(code, explain, about):
    """Returns None for TLSQL_OK, else an Error with the details that explain() finds."""
    if code == lib.TLSQL_OK:
        return None
    details = new("tlsql_error")
    explain(about, code, details)
    return Error(code, details)


def check(code, details=None):
    """Raises code as an Error, unless it is TLSQL_OK."""
    if code != lib.TLSQL_OK:
        raise Error(code, details)


def remembered(ask, about):
    """Returns the failure that an object remembers, as an Error, or None."""
    details = new("tlsql_error")
    check(ask(about, details))
    return Error(details.code, details) if details.code != lib.TLSQL_OK else None
