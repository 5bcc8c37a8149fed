"""Who may log in at a server."""
from .errors import check
from .native import ffi, lib, new, text


class Account:
    """What an account requires of a connection; Connection.check_account() judges by it.

    Any threads may use it once it is set, and after its first use it cannot change."""

    def __init__(self, clause=None, **requirements):
        """clause: CREATE USER's REQUIRE clause alone, such as "REQUIRE X509"; requirements:
        require, cipher, issuer, subject, san, one_line, as tlsql_account_set knows them."""
        out = ffi.new("tlsql_account **")
        check(lib.tlsql_account_new(out))
        self._account = ffi.gc(out[0], lib.tlsql_account_free)
        if clause is not None:
            self.set("clause", clause)
        for name, value in requirements.items():
            self.set(name, value)

    def set(self, name, value):
        """Sets one requirement by name."""
        why = new("tlsql_error")
        check(lib.tlsql_account_set(self._account, *text(name), *text(value), why), why)
