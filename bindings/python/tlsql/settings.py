"""Settings: while they change, and in force."""
from typing import NamedTuple

from .constants import TICKET_KEY_SIZE, Code, Reload, Role, Severity, known
from .errors import check, failure, remembered
from .native import ffi, lib, new, octets, sized_text, string, text


class Note(NamedTuple):
    """A remark on settings that are allowed: an option without effect, a version left out."""

    severity: Severity
    option: str
    message: str
    log_code: int


class Builder:
    """Settings that may still change, of one thread at a time.

    Context(...) makes one and uses it; a program that reads options one by one, or looks at the
    notes before it goes on, does so itself."""

    def __init__(self, role):
        """role: a Role, "client" or "server"."""
        self.role = Role[role.upper()] if isinstance(role, str) else Role(role)
        out = ffi.new("tlsql_builder **")
        check(lib.tlsql_builder_new(self.role, out))
        self._builder = ffi.gc(out[0], lib.tlsql_builder_free)

    def set(self, name, value):
        """Sets an option by its MySQL name; load_files() opens the files that it names."""
        self._check(lib.tlsql_builder_set(self._builder, *text(name), *text(str(value))))

    def read_options(self, path, groups):
        """Reads the TLS options that an option file such as my.cnf, and what it includes, have in
        these groups: a list, or names separated by commas. What set() sets counts before it."""
        groups = groups if isinstance(groups, str) else ",".join(groups)
        self._check(lib.tlsql_builder_read_options(self._builder, *text(str(path)),
                                                   *text(groups)))

    def unset(self, name):
        """Takes an option back, so that its default is in force again."""
        self._check(lib.tlsql_builder_unset(self._builder, *text(name)))

    def get(self, name):
        """Returns the value that was set, or the default."""
        code, value = sized_text(lib.tlsql_builder_get, self._builder, *text(name))
        self._check(code)
        return value

    def add_ca(self, pem_or_der):
        """Adds CA certificates, beside those that ssl_ca names."""
        self._check(lib.tlsql_builder_add_ca(self._builder, *octets(pem_or_der)))

    def add_crl(self, pem_or_der):
        """Adds revocation lists, beside those that ssl_crl names."""
        self._check(lib.tlsql_builder_add_crl(self._builder, *octets(pem_or_der)))

    def set_identity(self, cert, key):
        """Sets the certificate chain, leaf first, and its key, instead of ssl_cert and ssl_key."""
        self._check(lib.tlsql_builder_set_identity(self._builder, *octets(cert), *octets(key)))

    def add_name(self, name, cert, key):
        """Sets the certificate chain, leaf first, and its key that a server shows for an SNI.

        name: a host name, or *. and one.
        """
        self._check(
            lib.tlsql_builder_add_name(self._builder, *text(name), *octets(cert), *octets(key)))

    def set_clock(self, unix_seconds):
        """Sets a fixed time, for tests."""
        self._check(lib.tlsql_builder_set_clock(self._builder, unix_seconds))

    def load_files(self):
        """Opens the files that the options name, all or none, in place of those loaded before."""
        self._check(lib.tlsql_builder_load_files(self._builder))

    def generate(self, version, names=""):
        """Writes CA, certificates and keys into datadir where there are none, as MySQL does.

        version: the server's, for the common names.
        names: host names and addresses of the server, a string with commas or an iterable."""
        names = names if isinstance(names, str) else ",".join(names)
        self._check(lib.tlsql_builder_generate(self._builder, *text(version), *text(names)))

    @property
    def notes(self):
        """The Notes on the present settings."""
        notes, details = [], new("tlsql_error")
        for i in range(lib.tlsql_builder_note_count(self._builder)):
            check(lib.tlsql_builder_note(self._builder, i, details))
            notes.append(Note(known(Severity)(details.severity), string(details.option),
                              string(details.message), details.log_code))
        return notes

    @property
    def error(self):
        """The last failure of a call on this builder, get() and context() included, or None.

        Wrong calls are not remembered, and a later success does not clear it."""
        return remembered(lib.tlsql_builder_error, self._builder)

    def context(self):
        """Makes a Context of the present settings; the builder may change afterwards."""
        context = Context.__new__(Context)
        context._take(self)
        return context

    def _check(self, code):
        error = failure(code, lib.tlsql_builder_explain, self._builder)
        if error:
            raise error


class Context:
    """Settings in force, for any number of connections in any threads."""

    def __init__(self, role, options=(), *, ca=b"", crl=b"", cert=b"", key=b""):
        """role: a Role, "client" or "server"; options: by MySQL name, a dict; the files they name
        are opened here.  ca, crl, cert and key (PEM or DER) are bytes already in memory."""
        builder = Builder(role)
        for name, value in dict(options).items():
            builder.set(name, value)
        if ca:
            builder.add_ca(ca)
        if crl:
            builder.add_crl(crl)
        if cert or key:
            builder.set_identity(cert, key)
        builder.load_files()
        self._take(builder)

    def _take(self, builder):
        self.role = builder.role
        self.notes = builder.notes  # on the settings that this was made of
        out = ffi.new("tlsql_context **")
        builder._check(lib.tlsql_context_new(builder._builder, out))
        self._context = ffi.gc(out[0], lib.tlsql_context_free)

    def reload(self, builder, flags=Reload(0)):
        """Puts a builder's settings in force for new connections, in any thread: call its
        load_files() first. A failure leaves all as it was, but one whose severity is
        Severity.WARNING: Reload.NO_ROLLBACK turned TLS off."""
        details = new("tlsql_error")
        check(lib.tlsql_context_reload(self._context, builder._builder, flags, details), details)
        self.notes = builder.notes

    def set_ticket_keys(self, current, previous=None):
        """Sets the keys of a server's session tickets, TICKET_KEY_SIZE random bytes each: servers that
        have the same ones resume each other's sessions. Tickets of previous are taken too."""
        keys = [current] if previous is None else [current, previous]
        if any(octets(key)[1] != TICKET_KEY_SIZE for key in keys):
            check(Code.ARGUMENT)
        check(lib.tlsql_context_set_ticket_keys(
            self._context, octets(current)[0],
            ffi.NULL if previous is None else octets(previous)[0]))

    @property
    def files_changed(self):
        """Whether a file that was read for these settings is another one now."""
        return bool(lib.tlsql_context_files_changed(self._context))

    @property
    def has_tls(self):
        """Whether TLS can be done: a server needs a certificate for it."""
        return bool(lib.tlsql_context_has_tls(self._context))

    def get(self, name):
        """Returns an option, as it was set or by default; ssl_mode as it is in force."""
        code, value = sized_text(lib.tlsql_context_get, self._context, *text(name))
        check(code)
        return value

    def status(self, name):
        """Returns a status variable that is global, such as Ssl_accepts."""
        code, value = sized_text(lib.tlsql_context_status, self._context, *text(name))
        check(code)
        return value

    def ref(self):
        """Returns another Context with the same settings and counters."""
        other, out = Context.__new__(Context), ffi.new("tlsql_context **")
        check(lib.tlsql_context_ref(self._context, out))
        other.role, other.notes = self.role, self.notes
        other._context = ffi.gc(out[0], lib.tlsql_context_free)
        return other
